"""The box under a ranking: its verdict, and trials, luck, history, holding and hold-out."""

from __future__ import annotations

_VERDICTS = {
    "verdict.unknown": {"en": "cannot be judged: {why}", "es": "no se puede juzgar: {why}"},
    "verdict.loses": {
        "en": "loses money after costs where it was searched ({loss} in {days})",
        "es": "pierde dinero tras los costes donde se buscó ({loss} en {days})",
    },
    "verdict.loses_undated": {
        "en": "loses money after costs where it was searched ({loss})",
        "es": "pierde dinero tras los costes donde se buscó ({loss})",
    },
    "verdict.loses_nothing": {
        "en": "earns nothing after costs where it was searched",
        "es": "no gana nada tras los costes donde se buscó",
    },
    "verdict.consistent": {
        "en": "consistent evidence: beyond luck where searched, and again on bars never searched",
        "es": "indicios coherentes: más que suerte donde se buscó, y otra vez en barras nunca "
        "buscadas",
    },
    "verdict.paper": {
        "en": "worth paper trading for {days}",
        "es": "merece operar en simulado (sin dinero) durante {days}",
    },
    "verdict.paper_never": {
        "en": "worth paper trading, but no history would do to confirm it at this Sharpe",
        "es": "merece operar en simulado, pero ningún histórico bastaría para confirmarla",
    },
    "verdict.contradicted": {
        "en": "the hold-out contradicts it",
        "es": "las barras de reserva la desmienten",
    },
    "verdict.too_short": {
        "en": "no better than the luckiest of {n} can be; not enough history: needs {years} years "
        "at this Sharpe",
        "es": "no supera a la más afortunada de {n}; falta histórico: con este Sharpe harían falta "
        "{years} años",
    },
    "verdict.too_short_never": {
        "en": "no better than the luckiest of {n} can be; no history would do at this Sharpe",
        "es": "no supera a la más afortunada de {n}; con este Sharpe ningún histórico bastaría",
    },
    "verdict.luck": {
        "en": "luck explains it: of {tries} the best was expected at {luck} a year",
        "es": "lo explica la suerte: el mejor de {tries} daría {luck} al año",
    },
    "verdict.luck_unconfirmed": {
        "en": "luck explains it: no bars outside of the search confirm it",
        "es": "lo explica la suerte: ninguna barra fuera de la búsqueda la confirma",
    },
    "verdict.luck_surrogates": {
        "en": "luck explains it: searches of bars without direction did as well (p = {p})",
        "es": "lo explica la suerte: buscar en barras sin dirección dio lo mismo (p = {p})",
    },
    "verdict.fragile": {"en": "does not survive {which}", "es": "no resiste: {which}"},
    "verdict.not_tested": {
        "en": "not tested: a row above did not pass",
        "es": "no se puso a prueba: una fila de más arriba no pasó",
    },
    "verdict.chosen_by_holdout": {
        "en": "none; chosen by the hold-out: it is no hold-out any more",
        "es": "ninguno; elegida por las barras de reserva: ya no son una reserva",
    },
    "verdict.unmerged": {
        "en": "none yet: several runs, not merged; merge for the verdict",
        "es": "todavía ninguno: varias búsquedas sin unir; únelas con merge",
    },
    "verdict.no_evidence": {
        "en": "none: this problem names no figures that luck could be told from",
        "es": "ninguno: este problema no declara cifras para distinguir la suerte",
    },
    "verdict.no_rows": {
        "en": "none: there is no row to judge",
        "es": "ninguno: no hay ninguna fila que juzgar",
    },
}

# What follows "cannot be judged".
_REASONS = {
    "why.no_sharpe": {
        "en": "too few days, no trade, or all its days are alike",
        "es": "muy pocos días, ninguna operación, o todos sus días son iguales",
    },
    "why.no_sharpe_bars": {
        "en": "too few bars, no trade, or all its returns are alike",
        "es": "muy pocas barras, ninguna operación, o todos sus rendimientos son iguales",
    },
    "why.infeasible": {
        "en": "it breaks a condition of the search, such as enough trades",
        "es": "incumple una condición de la búsqueda, como un mínimo de operaciones",
    },
    "why.hold_unknown": {
        "en": "buy and hold is not recorded; `evosearch audit` computes it from the bars",
        "es": "falta el dato de comprar y mantener; `evosearch audit` lo calcula con las barras",
    },
    "why.hold_unknown_own": {
        "en": "the problem does not state what holding earned (its `measure_data`)",
        "es": "el problema no indica cuánto ganó mantener (su `measure_data`)",
    },
    "why.no_sharpe_unseen": {
        "en": "the hold-out has too few days, no trade, or all its days are alike",
        "es": "la reserva tiene muy pocos días, ninguna operación, o todos sus días iguales",
    },
    "why.no_sharpe_unseen_bars": {
        "en": "the hold-out has too few bars, no trade, or all its returns are alike",
        "es": "la reserva tiene muy pocas barras, ninguna operación, o rendimientos iguales",
    },
    "why.other": {
        "en": "a figure that it needs is missing",
        "es": "falta una cifra necesaria",
    },
}

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

SENTENCES = _VERDICTS | _REASONS | _TRIALS | _FIGURES | _HOLDOUT
