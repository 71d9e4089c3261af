"""The catalogue's sentences about a verdict, by key and language."""

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

SENTENCES = _VERDICTS | _REASONS
