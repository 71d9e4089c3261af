"""The catalogue's sentences about trials, luck, history and holding, by key and language."""

from __future__ import annotations

_TRIALS = {
    "trials.profiles_days": {
        "en": "{n} distinct on {machines} ({profiles}), {days} searched",
        "es": "{n} distintos en {machines} ({profiles}), {days} de datos",
    },
    "trials.days": {
        "en": "{n} distinct on {machines}, {days} searched",
        "es": "{n} distintos en {machines}, {days} de datos",
    },
    "trials.profiles": {
        "en": "{n} distinct on {machines} ({profiles})",
        "es": "{n} distintos en {machines} ({profiles})",
    },
    "trials.plain": {
        "en": "{n} distinct on {machines}",
        "es": "{n} distintos en {machines}",
    },
    "trials.bound_profiles_days": {
        "en": "at most {n} on {machines} ({profiles}), {days} searched",
        "es": "como mucho {n} en {machines} ({profiles}), {days} de datos",
    },
    "trials.bound_days": {
        "en": "at most {n} on {machines}, {days} searched",
        "es": "como mucho {n} en {machines}, {days} de datos",
    },
    "trials.bound_profiles": {
        "en": "at most {n} on {machines} ({profiles})",
        "es": "como mucho {n} en {machines} ({profiles})",
    },
    "trials.bound_plain": {
        "en": "at most {n} on {machines}",
        "es": "como mucho {n} en {machines}",
    },
    "trials.elsewhere": {
        "en": "of these {n} in {files}",
        "es": "de ellos {n} en {files}",
    },
    "trials.before": {
        "en": "of these {n} by --trials-before",
        "es": "de ellos {n} por --trials-before",
    },
    "trials.older": {
        "en": "files of an older version count by their rows",
        "es": "los ficheros de una versión anterior cuentan por sus filas",
    },
    "trials.behaviours": {
        "en": "about {n} trade differently",
        "es": "unos {n} operan de forma distinta",
    },
}

_FIGURES = {
    "luck.both": {
        "en": "best of {n} by luck: Sharpe {luck} a year; this: {own} (hold-out {unseen})",
        "es": "mejor de {n} por suerte: Sharpe {luck} al año; este {own}, reserva {unseen}",
    },
    "luck.searched": {
        "en": "best of {n} by luck: Sharpe {luck} a year; this: {own}",
        "es": "mejor de {n} por suerte: Sharpe {luck} al año; este {own}",
    },
    "luck.unknown_both": {
        "en": "not known; this one: Sharpe {own} a year (hold-out {unseen})",
        "es": "no se conoce; este: Sharpe {own} al año, reserva {unseen}",
    },
    "luck.unknown_searched": {
        "en": "not known; this one: Sharpe {own} a year",
        "es": "no se conoce; este: Sharpe {own} al año",
    },
    "luck.wide_both": {
        "en": "in sample not judged: a wide space, bred; evosearch audit; this one: Sharpe {own} "
        "a year (hold-out {unseen})",
        "es": "en la muestra no se juzga: espacio amplio; evosearch audit; este: Sharpe {own} al "
        "año, reserva {unseen}",
    },
    "luck.wide_searched": {
        "en": "in sample not judged: a wide space, bred; evosearch audit; this one: Sharpe {own} "
        "a year",
        "es": "en la muestra no se juzga: espacio amplio; evosearch audit; este: Sharpe {own} al "
        "año",
    },
    "history.both": {
        "en": "{here} years here; {needed} needed before a Sharpe of 1 means anything",
        "es": "{here} años aquí; harían falta {needed} para que un Sharpe de 1 diga algo",
    },
    "history.needed": {
        "en": "{needed} years needed before a Sharpe of 1 means anything",
        "es": "harían falta {needed} años para que un Sharpe de 1 diga algo",
    },
    "history.never": {
        "en": "{here} years here; no history would do",
        "es": "{here} años aquí; ningún histórico bastaría",
    },
    "hold.both_exposure": {
        "en": "buy and hold: Sharpe {hold} a year searched, {unseen} hold-out; exposure {exposure}",
        "es": "comprar y mantener: Sharpe {hold} al año, reserva {unseen}; exposición {exposure}",
    },
    "hold.both": {
        "en": "buy and hold: Sharpe {hold} a year searched, {unseen} hold-out",
        "es": "comprar y mantener: Sharpe {hold} al año donde se buscó, reserva {unseen}",
    },
    "hold.searched_exposure": {
        "en": "buy and hold: Sharpe {hold} a year searched; exposure {exposure}",
        "es": "comprar y mantener: Sharpe {hold} al año; exposición {exposure}",
    },
    "hold.searched": {
        "en": "buy and hold: Sharpe {hold} a year searched",
        "es": "comprar y mantener: Sharpe {hold} al año donde se buscó",
    },
    "hold.unknown": {
        "en": "buy and hold is not recorded; `evosearch audit` computes it from the bars",
        "es": "falta el dato de comprar y mantener; `evosearch audit` lo calcula con las barras",
    },
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
    "best.plain": {"en": "{objective} {value}", "es": "{objective} {value}"},
    "best.found": {
        "en": "{objective} {value}, found by {run}",
        "es": "{objective} {value}, encontrado por {run}",
    },
}

SENTENCES = _TRIALS | _FIGURES | _HOLDOUT
