"""Metrics: a short word for each, as headings have it, and a line of meaning."""

from __future__ import annotations

_WORDS = {
    "metric.net_profit": {"en": "profit", "es": "beneficio"},
    "metric.return_frac": {"en": "return", "es": "rentabilidad"},
    "metric.n_trades": {"en": "trades", "es": "operaciones"},
    "metric.n_wins": {"en": "trades won", "es": "ganadas"},
    "metric.win_frac": {"en": "won", "es": "aciertos"},
    "metric.profit_factor": {"en": "profit factor", "es": "factor de beneficio"},
    "metric.mean_trade_frac": {"en": "mean trade", "es": "operación media"},
    "metric.max_drawdown_frac": {"en": "worst fall", "es": "peor caída"},
    "metric.exposure_frac": {"en": "in the market", "es": "en mercado"},
    "metric.n_ambiguous_bars": {"en": "ambiguous bars", "es": "barras ambiguas"},
    "metric.sharpe_daily": {"en": "Sharpe a day", "es": "Sharpe diario"},
    "metric.sharpe_annual": {"en": "Sharpe a year", "es": "Sharpe anual"},
    "metric.skew_daily": {"en": "skewness", "es": "asimetría"},
    "metric.kurtosis_daily": {"en": "kurtosis", "es": "curtosis"},
    "metric.n_days": {"en": "returns", "es": "rendimientos"},
    "metric.trades_id": {"en": "trades id", "es": "id de operaciones"},
    "metric.legacy_2026": {"en": "old fitness", "es": "aptitud antigua"},
}

_MEANINGS = {
    "metric_means.net_profit": {
        "en": "money won or lost, fees and slippage paid",
        "es": "dinero ganado o perdido, pagadas comisiones y deslizamiento",
    },
    "metric_means.return_frac": {
        "en": "the profit as a share of the money at the start",
        "es": "el beneficio como parte del dinero inicial",
    },
    "metric_means.n_trades": {
        "en": "how many times it bought and sold",
        "es": "cuántas veces compró y vendió",
    },
    "metric_means.n_wins": {
        "en": "trades that earned something after fees",
        "es": "operaciones que ganaron algo tras las comisiones",
    },
    "metric_means.win_frac": {
        "en": "the share of trades that earned something after fees",
        "es": "parte de las operaciones que ganó algo tras las comisiones",
    },
    "metric_means.profit_factor": {
        "en": "all that was won divided by all that was lost",
        "es": "todo lo ganado dividido por todo lo perdido",
    },
    "metric_means.mean_trade_frac": {
        "en": "what a trade earned on average, as a share of what it put in",
        "es": "lo que ganó de media una operación, como parte de lo invertido en ella",
    },
    "metric_means.max_drawdown_frac": {
        "en": "the deepest fall of the money below its highest point before, bar by bar",
        "es": "la mayor caída del dinero desde su máximo anterior, barra a barra",
    },
    "metric_means.exposure_frac": {
        "en": "the share of bars with an open position",
        "es": "parte de las barras con una posición abierta",
    },
    "metric_means.n_ambiguous_bars": {
        "en": "trades whose last bar reached stop and target; the stop was taken as first",
        "es": "operaciones cuya última barra tocó stop y objetivo; se tomó antes el stop",
    },
    "metric_means.sharpe_daily": {
        "en": "the mean of the daily returns divided by their deviation",
        "es": "la media de los rendimientos diarios dividida por su desviación",
    },
    "metric_means.sharpe_annual": {
        "en": "the same for a year: times the root of the days in a year",
        "es": "lo mismo para un año: por la raíz de los días de un año",
    },
    "metric_means.skew_daily": {
        "en": "below 0 large losses are likelier than large gains",
        "es": "por debajo de 0 son más probables las grandes pérdidas que las grandes ganancias",
    },
    "metric_means.kurtosis_daily": {
        "en": "how much a few extreme days decide; 3 for a bell curve",
        "es": "cuánto deciden unos pocos días extremos; 3 en una campana de Gauss",
    },
    "metric_means.n_days": {
        "en": "how many returns, one a day or one a bar where bars are longer, all this rests on",
        "es": "en cuántos rendimientos se apoya, uno al día o por barra si esta es más larga",
    },
    "metric_means.trades_id": {
        "en": "equal for strategies that make the same trades",
        "es": "igual en las estrategias que hacen las mismas operaciones",
    },
    "metric_means.legacy_2026": {
        "en": "the fitness of the system before: profit and two bonuses",
        "es": "la aptitud del sistema anterior: beneficio y dos primas",
    },
}

SENTENCES = _WORDS | _MEANINGS
