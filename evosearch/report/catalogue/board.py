"""Words of `top` and `merge`: their tables and what stands under them."""

from __future__ import annotations

SENTENCES = {
    # What a feasible row is, by `Problem.describe_feasible`, with how many there are.
    "board.feasible_trades": {
        "en": "{n} with {least:trade} or more",
        "es": "{n} con {least:trade} o más",
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
        "en": "(rows with the same trades as a better one are left out; alike: how many)",
        "es": "(no salen las filas con las mismas operaciones que una mejor; alike: cuántas)",
    },
    "table.lacks_first": {
        "en": "(rank 1 is not among these rows; what is said below is about it alone)",
        "es": "(el puesto 1 no está entre estas filas; lo que sigue trata solo de él)",
    },
    "table.folded": {
        "en": "(rows with the same trades as a better one are left out)",
        "es": "(no salen las filas con las mismas operaciones que una mejor)",
    },
    "evaluate.hidden": {
        "en": "hold-out not shown; --unseen shows it, each row a look",
        "es": "reserva oculta; --unseen la enseña, cada fila una mirada",
    },
}
