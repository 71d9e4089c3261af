"""The sentences by key and language. How they are filled in stands in `sentences`."""

from __future__ import annotations

from evosearch.report.catalogue_audit import AUDIT
from evosearch.report.catalogue_figures import FIGURES, TRIALS
from evosearch.report.catalogue_verdict import REASONS, VERDICTS

# Each at most nine letters: they stand in a column before the sentences.
LABELS = {
    "verdict": {"en": "verdict", "es": "veredicto"},
    "trials": {"en": "trials", "es": "intentos"},
    "luck": {"en": "luck", "es": "suerte"},
    "history": {"en": "history", "es": "histórico"},
    "hold": {"en": "hold", "es": "mantener"},
    "holdout": {"en": "hold-out", "es": "reserva"},
    "best": {"en": "best", "es": "mejor"},
    "noise": {"en": "noise", "es": "ruido"},
    "audit": {"en": "audit", "es": "auditoría"},
    "next": {"en": "next", "es": "siguiente"},
}

# One, and any other number.
COUNTED = {
    "machine": {"en": ("{n} machine", "{n} machines"), "es": ("{n} máquina", "{n} máquinas")},
    "day": {"en": ("{n} day", "{n} days"), "es": ("{n} día", "{n} días")},
    # What one return spans where bars are longer than a day.
    "week": {"en": ("{n} week", "{n} weeks"), "es": ("{n} semana", "{n} semanas")},
    "month": {"en": ("{n} month", "{n} months"), "es": ("{n} mes", "{n} meses")},
    "quarter": {"en": ("{n} quarter", "{n} quarters"), "es": ("{n} trimestre", "{n} trimestres")},
    "year": {"en": ("{n} year", "{n} years"), "es": ("{n} año", "{n} años")},
    "bar": {"en": ("{n} bar", "{n} bars"), "es": ("{n} barra", "{n} barras")},
    "other_file": {
        "en": ("{n} other file", "{n} other files"),
        "es": ("{n} fichero más", "{n} ficheros más"),
    },
    "try": {"en": ("{n} try", "{n} tries"), "es": ("{n} intento", "{n} intentos")},
    "trial": {"en": ("{n} trial", "{n} trials"), "es": ("{n} intento", "{n} intentos")},
    "looked": {
        "en": ("looked at once", "looked at {n} times"),
        "es": ("mirada una vez", "mirada {n} veces"),
    },
}

CHECKS = {
    "same_numbers": {"en": "same numbers", "es": "mismas cifras"},
    "surrogates": {"en": "surrogate searches", "es": "búsquedas simuladas"},
    "random_entries": {"en": "random entries", "es": "entradas al azar"},
    "costs": {"en": "costs x 2", "es": "costes x 2"},
    "neighbourhood": {"en": "neighbourhood", "es": "parámetros vecinos"},
    "noise": {"en": "noise", "es": "precios con ruido"},
    "walk_forward": {"en": "walk-forward", "es": "avance por tramos"},
    "lookahead": {"en": "lookahead", "es": "mirar al futuro"},
    "concentration": {"en": "concentration", "es": "concentración"},
}

_HOLDOUT = {
    "holdout.none": {
        "en": "none: no bars were kept apart, so nothing can confirm it",
        "es": "no hay: no se apartó ninguna barra, así que nada puede confirmarla",
    },
    "holdout.looked": {
        "en": "{looked} ({days}); this test counts at {alpha}",
        "es": "{looked} ({days}); esta prueba cuenta al {alpha}",
    },
    "holdout.looked_undated": {
        "en": "{looked}; this test counts at {alpha}",
        "es": "{looked}; esta prueba cuenta al {alpha}",
    },
    "holdout.only_looked": {"en": "{looked} ({days})", "es": "{looked} ({days})"},
    "holdout.only_looked_undated": {"en": "{looked}", "es": "{looked}"},
    "holdout.nearly": {
        "en": "this hold-out has been looked at {n} times: it is nearly used up; bring newer bars",
        "es": "esta reserva se ha mirado {n} veces: está casi gastada; trae barras más nuevas",
    },
    "holdout.used_up": {
        "en": "looked at more than 1,000 times: it is used up and confirms nothing; bring newer "
        "bars",
        "es": "mirada más de 1.000 veces: está gastada y no confirma nada; trae barras más nuevas",
    },
    "holdout.counts": {
        "en": "this test counts at {alpha}",
        "es": "esta prueba cuenta al {alpha}",
    },
    "holdout.unrecorded": {
        "en": "this look could not be recorded",
        "es": "esta mirada no se pudo anotar",
    },
}

_OTHERS = {
    "best.found": {
        "en": "{objective} {value}, found by {run}",
        "es": "{objective} {value}, encontrado por {run}",
    },
    "best.plain": {"en": "{objective} {value}", "es": "{objective} {value}"},
    "noise.none": {
        "en": "deterministic: the value is the value",
        "es": "determinista: el valor es el valor",
    },
    "noise.unknown": {
        "en": "unknown: evosearch audit measures the leaders again",
        "es": "se desconoce: evosearch audit vuelve a medir las mejores",
    },
    "audit.passed": {
        "en": "{n} surrogate searches, p = {p}; no check failed",
        "es": "{n} búsquedas simuladas, p = {p}; ninguna prueba falló",
    },
    "audit.failed": {
        "en": "{n} surrogate searches, p = {p}; failed: {names}",
        "es": "{n} búsquedas simuladas, p = {p}; no superó: {names}",
    },
    "audit.passed_only": {
        "en": "no surrogate searches; no check failed",
        "es": "sin búsquedas simuladas; ninguna prueba falló",
    },
    "audit.others": {
        "en": "{n} surrogate searches, p = {p}; this row was not measured again",
        "es": "{n} búsquedas simuladas, p = {p}; esta fila no se volvió a medir",
    },
    "audit.others_only": {
        "en": "this row was not measured again",
        "es": "esta fila no se volvió a medir",
    },
    "audit.failed_only": {
        "en": "no surrogate searches; failed: {names}",
        "es": "sin búsquedas simuladas; no superó: {names}",
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
    "run.luck": {
        "en": "{trials}; the best of {n} by luck: Sharpe {luck} a year",
        "es": "{trials}; el mejor de {n} por suerte: Sharpe {luck} al año",
    },
    "evaluate.hidden": {
        "en": "hold-out not shown; --unseen shows it, each row a look",
        "es": "reserva oculta; --unseen la enseña, cada fila una mirada",
    },
}

SENTENCES = VERDICTS | REASONS | TRIALS | FIGURES | _HOLDOUT | _OTHERS | AUDIT
