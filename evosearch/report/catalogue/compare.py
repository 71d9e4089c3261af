"""Words of `compare`."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "compare.head": {
        "en": "{metric}: the best so far after so many tries, median over the runs",
        "es": "{metric}: el mejor valor tras tantos intentos, mediana de las búsquedas",
    },
    "compare.head_less": {
        "en": "{metric}, less is better: the best so far after so many tries, median over the runs",
        "es": "{metric}, menos es mejor: el mejor valor tras tantos intentos, mediana de las "
        "búsquedas",
    },
    "compare.name": {"en": "group", "es": "grupo"},
    "compare.runs": {"en": "runs", "es": "búsquedas"},
    "compare.interval": {"en": "interval", "es": "intervalo"},
    "compare.course": {"en": "course", "es": "evolución"},
    "compare.range": {"en": "{low} .. {high}", "es": "{low} .. {high}"},
    "compare.interval_note": {
        "en": "interval: the median of all such runs lies there in 95 of 100 cases; with fewer "
        "than 6 runs it goes from the worst run to the best",
        "es": "intervalo: la mediana de todas las búsquedas iguales cae ahí en 95 de cada 100 "
        "casos; con menos de 6 búsquedas va de la peor a la mejor",
    },
    "compare.cut": {
        "en": "Some runs are longer: of each only the first {n:try} are compared.",
        "es": "Algunas búsquedas son más largas: de cada una se comparan solo {n:try}.",
    },
    "compare.differ": {
        "en": "{better} is better than {worse}: it is ahead in {share:%0} of all pairs of their "
        "runs (p = {p}).",
        "es": "{better} es mejor que {worse}: va por delante en el {share:%0} de todos los pares "
        "de sus búsquedas (p = {p}).",
    },
    "compare.same": {
        "en": "No difference between {first} and {second} can be shown at 5 % (p = {p}).",
        "es": "No se puede demostrar ninguna diferencia entre {first} y {second} al 5 % (p = {p}).",
    },
    "compare.too_few": {
        "en": "Too few seeds to tell: with {n_first} against {n_second} no difference could be "
        "shown. At least {least} of each are needed: evosearch run --seeds {least}",
        "es": "Muy pocas semillas para decirlo: con {n_first} contra {n_second} no se podría "
        "demostrar ninguna diferencia. Hacen falta {least} de cada: evosearch run --seeds {least}",
    },
    "compare.equal": {
        "en": "Too many runs of {first} and {second} reach the very same value to tell them apart.",
        "es": "Demasiadas búsquedas de {first} y {second} llegan al mismo valor: no se distinguen.",
    },
    "compare.alone": {
        "en": "One group alone: name another one to compare it with.",
        "es": "Un solo grupo: nombra otro con el que compararlo.",
    },
}
