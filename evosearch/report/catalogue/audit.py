"""The catalogue's sentences about audits, by key and language."""

from __future__ import annotations

# At most five letters: they stand in a column.
MARKS = {
    "passed": {"en": "pass", "es": "bien"},
    "failed": {"en": "FAIL", "es": "MAL"},
    "unknown": {"en": "-", "es": "-"},
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

SENTENCES = {
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
    "audit.survives": {
        "en": "survives every check that could tell",
        "es": "supera todas las pruebas que dicen algo",
    },
    "audit.survives_own": {
        "en": "survives its own checks, but the searches as a whole fail",
        "es": "supera sus pruebas, pero las búsquedas en conjunto fallan",
    },
    "audit.brief": {
        "en": "(every check of each: --top {n})",
        "es": "(todas las pruebas de cada una: --top {n})",
    },
    "audit.survives_not": {
        "en": "does not survive: {names}",
        "es": "no supera: {names}",
    },
    "audit.unknown": {
        "en": "no check could tell anything",
        "es": "ninguna prueba dice nada",
    },
    "audit.searches": {
        "en": "the searches as a whole",
        "es": "las búsquedas en conjunto",
    },
    "audit.no_evidence": {
        "en": "this problem declares no evidence, so its leaders were measured again and no more",
        "es": "este problema no declara evidencia: solo se han vuelto a medir las mejores",
    },
    "audit.reused": {
        "en": "made before; read from {path}",
        "es": "ya estaba hecha; leída de {path}",
    },
    "audit.kept": {
        "en": "kept in {path}",
        "es": "guardada en {path}",
    },
    "audit.at_least": {
        "en": "fewer trials than the ranking had: the chance of luck is at least this",
        "es": "con menos intentos que la clasificación: la probabilidad de suerte es al menos esta",
    },
    "audit.not_repeated": {
        "en": "these searches cannot be made again from what their files state",
        "es": "estas búsquedas no se pueden repetir con lo que dicen sus ficheros",
    },
    "same_numbers.passed": {
        "en": "every number is the same again",
        "es": "todas las cifras coinciden",
    },
    "same_numbers.failed": {
        "en": "{first} differs, so nothing else was checked",
        "es": "{first} no coincide: no se prueba nada más",
    },
    "costs.value": {
        "en": "{value} at twice the costs; {triple} at three times",
        "es": "{value} con costes dobles; {triple} con triples",
    },
    "concentration.value": {
        "en": "{value} without its best 3 trades or best month",
        "es": "{value} sin sus 3 mejores operaciones o mejor mes",
    },
    "random_entries.value": {
        "en": "beats {value} of {many}; best of these {best} a year",
        "es": "gana al {value} de {many}; la mejor: {best} anual",
    },
    "neighbourhood.value": {
        "en": "neighbours: Sharpe {value} a year, needs {limit}",
        "es": "vecinas: Sharpe anual {value}, mínimo {limit}",
    },
    "noise.value": {
        "en": "shaken prices: Sharpe {value} a year, needs {limit}",
        "es": "precios movidos: Sharpe anual {value}, mínimo {limit}",
    },
    "lookahead.value": {
        "en": "trades differ at {value} of {n_cuts} cuts of the bars",
        "es": "operaciones distintas en {value} de {n_cuts} cortes",
    },
    "surrogates.value": {
        "en": "{as_good} of {n} without an edge did as well: p = {p}",
        "es": "{as_good} de {n} sin ventaja llegan a tanto: p = {p}",
    },
    "walk_forward.value": {
        "en": "Sharpe {value} a year, {confidence} likely above holding: {limit}",
        "es": "Sharpe anual {value}, {confidence} de superar mantener: {limit}",
    },
    "untold.no_trades": {"en": "cannot tell: it makes no trade", "es": "no dice nada: no opera"},
    "untold.too_few_trades": {
        "en": "cannot tell: it makes too few trades",
        "es": "no dice nada: opera muy poco",
    },
    "untold.no_profit": {"en": "cannot tell: it makes no profit", "es": "no dice nada: no gana"},
    "untold.no_value": {
        "en": "cannot tell: it has no Sharpe above zero",
        "es": "no dice nada: su Sharpe no existe o no es positivo",
    },
    "untold.too_short": {
        "en": "cannot tell: there are too few days",
        "es": "no dice nada: hay muy pocos días",
    },
    "untold.too_short_bars": {
        "en": "cannot tell: there are too few bars",
        "es": "no dice nada: hay muy pocas barras",
    },
    "untold.infeasible": {
        "en": "cannot tell: the best breaks a condition",
        "es": "no dice nada: la mejor incumple una condición",
    },
    "untold.too_few": {
        "en": "cannot tell: fewer than 19 searches",
        "es": "no dice nada: menos de 19 búsquedas",
    },
    "untold.unknown": {"en": "cannot tell", "es": "no dice nada"},
    "forward.head": {
        "en": "{source}: {days} after the bars of the ranking, {since} to {until}",
        "es": "{source}: {days} tras las barras de la clasificación, {since} a {until}",
    },
    "forward.none": {
        "en": "{source} has no bars after those of the ranking",
        "es": "{source} no tiene barras después de las de la clasificación",
    },
    "forward.too_short": {
        "en": "{source}: only {days} after the bars of the ranking; 30 are needed to say anything",
        "es": "{source}: solo {days} tras las barras de la clasificación; hacen falta 30",
    },
    "forward.reading": {
        "en": "read as the bars of the ranking were: {options}",
        "es": "leído como las barras de la clasificación: {options}",
    },
    "forward.changed": {
        "en": "{n} bars of the ranking have other prices there, the first at {first} UTC",
        "es": "{n} barras de la clasificación tienen allí otros precios, la primera a las "
        "{first} UTC",
    },
    "forward.hold": {
        "en": "buy and hold there: Sharpe {hold} a year",
        "es": "comprar y mantener allí: Sharpe {hold} al año",
    },
    "forward.passes": {
        "en": "passes: Sharpe {own} a year there, p = {p}, level {alpha}",
        "es": "pasa: Sharpe {own} al año allí, p = {p}, nivel {alpha}",
    },
    "forward.fails": {
        "en": "does not pass: Sharpe {own} a year there, p = {p}, level {alpha}",
        "es": "no pasa: Sharpe {own} al año allí, p = {p}, nivel {alpha}",
    },
    "forward.looked": {
        "en": "these newer bars: {looked}",
        "es": "esta reserva nueva: {looked}",
    },
    "forward.stopped": {
        "en": "the strategies below were not tested there: the one above did not pass",
        "es": "las siguientes no se han puesto a prueba allí: la anterior no pasa",
    },
}
