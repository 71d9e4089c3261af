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
        "es": "{n:row} de {rows} de {runs}, por {metric}, de mayor a menor",
    },
    "board.best_lowest": {
        "en": "best {n} of {rows} by {runs}, by {metric}, lowest first",
        "es": "{n:row} de {rows} de {runs}, por {metric}, de menor a mayor",
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
    "board.bars": {
        "en": "{file}, bars of {length:time}",
        "es": "{file}, barras de {length:time}",
    },
    "board.dates": {"en": "searched {first} to {last}", "es": "buscado de {first} a {last}"},
    "board.dates_holdout": {
        "en": "searched {first} to about {split}; hold-out from there to {last}",
        "es": "buscado de {first} a {split} más o menos; reserva desde ahí a {last}",
    },
    "board.none_meets": {
        "en": "none meets the conditions: the ranking begins with those that come nearest",
        "es": "ninguna cumple las condiciones: la clasificación empieza por las más cercanas",
    },
    "board.in_brackets": {
        "en": "(in brackets: does not meet the conditions; the nearest first)",
        "es": "(entre paréntesis: no cumple las condiciones; primero lo más cercano)",
    },
    "board.left_out": {
        "en": "(a wider terminal also shows: {columns})",
        "es": "(una terminal más ancha muestra también: {columns})",
    },
    "board.no_bars": {
        "en": "(without costs, breaks even at: only with the bars, which are not found here: "
        "evosearch top --data FILE)",
        "es": "(sin costes, empata al: solo con las barras, que aquí no se encuentran: evosearch "
        "top --data FICHERO)",
    },
    # What a merge brought together.
    "board.profiles_on": {
        "en": "{host} ({profiles}; {runs})",
        "es": "{host} ({profiles}; {runs})",
    },
    "board.runs_on": {"en": "{who} ({runs})", "es": "{who} ({runs})"},
    "board.brought_all_new": {
        "en": "{who} brought {rows}, all new",
        "es": "{who} trajo {rows}, todo nuevo",
    },
    "board.brought_some_new": {
        "en": "{who} brought {rows}, {new} of them new",
        "es": "{who} trajo {rows}, {new} que no halló ninguna otra máquina",
    },
    "board.brought_rows": {"en": "{who} brought {rows}", "es": "{who} trajo {rows}"},
    "board.more_machines": {
        "en": "... and {n:machine} more (-v lists all)",
        "es": "... y {n:machine} más (-v las muestra)",
    },
    "board.ranked_plain": {
        "en": "{rows} ranked, {failed} failed",
        "es": "{rows} en la clasificación, {failed} con fallo",
    },
    "board.ranked_plain_twice": {
        "en": "{rows} ranked, {duplicates} duplicates left out; {failed} failed",
        "es": "{rows} en la clasificación, sin {duplicates} repeticiones; {failed} con fallo",
    },
    "board.ranked_feasible": {
        "en": "{rows} ranked: {feasible}, {failed} failed",
        "es": "{rows} en la clasificación: {feasible}, {failed} con fallo",
    },
    "board.ranked_feasible_twice": {
        "en": "{rows} ranked, {duplicates} duplicates left out: {feasible}, {failed} failed",
        "es": "{rows} en la clasificación, sin {duplicates} repeticiones: {feasible}, {failed} "
        "con fallo",
    },
    "board.meets_conditions": {
        "en": "{n} meet the conditions",
        "es": "{n} cumplen las condiciones",
    },
    "board.same_ranges": {
        "en": "all searched the same ranges",
        "es": "todos buscaron en los mismos rangos",
    },
    "board.overlap": {
        "en": "{gene}: {ranges}; the ranges overlap by {share}",
        "es": "{gene}: {ranges}; los rangos coinciden en un {share}",
    },
    "board.no_overlap": {
        "en": "{gene}: {ranges}; the ranges do not overlap",
        "es": "{gene}: {ranges}; los rangos no coinciden",
    },
    "board.overlap_many": {
        "en": "{gene}: {n} different ranges, which overlap by {share}",
        "es": "{gene}: {n} rangos distintos, que coinciden en un {share}",
    },
    "board.no_overlap_many": {
        "en": "{gene}: {n} different ranges, which do not overlap",
        "es": "{gene}: {n} rangos distintos, que no coinciden",
    },
    "board.more_ranges": {
        "en": "... and {n} more parameters differ (--json lists all)",
        "es": "... y {n} parámetros más difieren (--json los muestra)",
    },
    "board.spread": {
        "en": "the best of each of {runs}: {metric} {low} .. {high}",
        "es": "lo mejor de cada una de {runs}: {metric} {low} .. {high}",
    },
    "board.unchanged": {
        "en": "unchanged: {path}",
        "es": "sin cambios: {path}",
    },
    "board.only_looks": {
        "en": "(the rows are those of {path}; new are only looks at the hold-out)",
        "es": "(las filas son las de {path}; solo hay miradas nuevas a la reserva)",
    },
    # Parameters as people call them.
    "gene.n_rules": {"en": "number of rules", "es": "número de reglas"},
    "gene.stop_loss_frac": {"en": "stop", "es": "stop"},
    "gene.take_profit_frac": {"en": "target", "es": "objetivo"},
    "gene.rule_kind": {"en": "rule {n}: kind", "es": "regla {n}: tipo"},
    "gene.rule_op": {"en": "rule {n}: above or below", "es": "regla {n}: por encima o por debajo"},
    "gene.rule_period": {"en": "rule {n}: bars", "es": "regla {n}: barras"},
    "gene.rule_slow_period": {"en": "rule {n}: slow bars", "es": "regla {n}: barras lentas"},
    "gene.rule_level": {"en": "rule {n}: level", "es": "regla {n}: nivel"},
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
        "en": "(xN: N rows make the same trades, the best is shown; top --all shows all)",
        "es": "(xN: N filas hacen las mismas operaciones, sale la mejor; top --all: todas)",
    },
    "table.lacks_first": {
        "en": "(rank 1 is not among these rows; what is said below is about it alone)",
        "es": "(el puesto 1 no está entre estas filas; lo que sigue trata solo de él)",
    },
    "table.folded": {
        "en": "(rows with the same trades as a better one are left out; top --all shows all)",
        "es": "(no salen filas con las mismas operaciones que una mejor; top --all: todas)",
    },
    "evaluate.hidden": {
        "en": "hold-out not shown; --unseen shows it, each row a look",
        "es": "reserva oculta; --unseen la enseña, cada fila una mirada",
    },
}
