"""Words of `top` and `merge`: their tables and what stands under them."""

from __future__ import annotations

SENTENCES = {
    # What a feasible row is, by `Problem.describe_feasible`, with how many there are.
    "board.feasible_trades": {
        "en": "{n} with {least:trade} or more",
        "es": "{n} con {least:trade} o más",
    },
    # Headers of the table.
    "board.id": {"en": "id", "es": "id"},
    "board.holdout": {"en": "hold-out", "es": "reserva"},
    "board.over_hold": {"en": "vs holding", "es": "frente a mantener"},
    "board.without_costs": {"en": "without costs", "es": "sin costes"},
    "board.break_even": {"en": "breaks even at", "es": "empata al"},
    "board.alike": {"en": "alike", "es": "iguales"},
    "board.found_by": {"en": "found by", "es": "hallada por"},
    # Which rows of which ranking, above the table.
    "board.best_highest": {
        "en": "best {n} of {rows} by {runs}, by {metric}, highest first",
        "es": "{n} mejores de {rows} de {runs}, por {metric}, de mayor a menor",
    },
    "board.best_lowest": {
        "en": "best {n} of {rows} by {runs}, by {metric}, lowest first",
        "es": "{n} mejores de {rows} de {runs}, por {metric}, de menor a mayor",
    },
    "board.all_highest": {
        "en": "all of {rows} by {runs}, by {metric}, highest first",
        "es": "todas, de {rows} de {runs}, por {metric}, de mayor a menor",
    },
    "board.all_lowest": {
        "en": "all of {rows} by {runs}, by {metric}, lowest first",
        "es": "todas, de {rows} de {runs}, por {metric}, de menor a mayor",
    },
    "board.matching": {
        "en": "(only rows that match; # is the place among all)",
        "es": "(solo filas que cumplen el filtro; # es el puesto entre todas)",
    },
    # What was searched.
    "board.data": {
        "en": "{file}, bars of {length:time}, searched {first} to {last}",
        "es": "{file}, barras de {length:time}, buscado {first} a {last}",
    },
    "board.data_holdout": {
        "en": "{file}, bars of {length:time}, searched {first} to about {split}; hold-out "
        "to {last}",
        "es": "{file}, barras de {length:time}, buscado {first} a {split} (aprox.); reserva hasta "
        "{last}",
    },
    "board.in_brackets": {
        "en": "(in brackets: does not meet the conditions; the nearest first)",
        "es": "(entre paréntesis: no cumple las condiciones; primero lo más cercano)",
    },
    "board.no_bars": {
        "en": "(without costs, breaks even at: only with the bars. {remedy})",
        "es": "(sin costes, empata al: solo con las barras. {remedy})",
    },
    "table.hidden": {
        "en": "(hold-out: only of rows that were tested; --unseen shows all, each row a look)",
        "es": "(reserva: solo de filas probadas; --unseen la enseña, cada fila una mirada)",
    },
    "table.hidden_unmerged": {
        "en": "(hold-out: not before the merge; --unseen shows it, each row shown is a look)",
        "es": "(reserva: oculta antes de unir; --unseen la enseña, cada fila una mirada)",
    },
    "table.unseen": {
        "en": "(--unseen: each row shown is a look at the hold-out; later tests are stricter)",
        "es": "(--unseen: cada fila es una mirada a la reserva; las pruebas serán más duras)",
    },
    "table.alike": {
        "en": "(xN: N rows make the same trades, the best of them is shown; top --all shows all)",
        "es": "(xN: N filas hacen las mismas operaciones y sale la mejor; top --all muestra todas)",
    },
    "table.lacks_first": {
        "en": "(rank 1 is not among these rows; what is said below is about it alone)",
        "es": "(el puesto 1 no está entre estas filas; lo que sigue trata solo de él)",
    },
    "table.folded": {
        "en": "(rows with the same trades as a better one are left out; top --all shows all)",
        "es": "(no salen filas con las mismas operaciones que una mejor; top --all muestra todas)",
    },
    "evaluate.hidden": {
        "en": "hold-out not shown; --unseen shows it, each row a look",
        "es": "reserva oculta; --unseen la enseña, cada fila una mirada",
    },
}
