"""One strategy in words: its rules, how it trades, what is measured of it, what speaks against it.

These sentences say all that decides a trade. To change one is to change what a reader would trade.
"""

from __future__ import annotations

_BARS = {
    "bars.only": {"en": "{n:bar}", "es": "{n:bar}"},
    "bars.time": {"en": "{n:bar} ({time:time})", "es": "{n:bar} ({time:time})"},
    "bars.of_trading": {
        "en": "{n:bar} ({time:time} of trading)",
        "es": "{n:bar} ({time:time} de mercado)",
    },
    "bars.trading_day": {"en": "{n:bar} ({n:trading_day})", "es": "{n:bar} ({n:trading_day})"},
    "bars.week": {"en": "{n:bar} ({n:week})", "es": "{n:bar} ({n:week})"},
    "bars.month": {"en": "{n:bar} ({n:month})", "es": "{n:bar} ({n:month})"},
    "bars.quarter": {"en": "{n:bar} ({n:quarter})", "es": "{n:bar} ({n:quarter})"},
    "bars.year": {"en": "{n:bar} ({n:year})", "es": "{n:bar} ({n:year})"},
}

_RULES = {
    "rule.rsi_level_above": {
        "en": "the RSI of {bars} is above {level:=}",
        "es": "el RSI de {bars} está por encima de {level:=}",
    },
    "rule.rsi_level_below": {
        "en": "the RSI of {bars} is below {level:=}",
        "es": "el RSI de {bars} está por debajo de {level:=}",
    },
    "rule.price_vs_sma_above": {
        "en": "the close is above the average of {bars}",
        "es": "el cierre está por encima de la media de {bars}",
    },
    "rule.price_vs_sma_below": {
        "en": "the close is below the average of {bars}",
        "es": "el cierre está por debajo de la media de {bars}",
    },
    "rule.price_vs_ema_above": {
        "en": "the close is above the exponential average of {bars}",
        "es": "el cierre está por encima de la media exponencial de {bars}",
    },
    "rule.price_vs_ema_below": {
        "en": "the close is below the exponential average of {bars}",
        "es": "el cierre está por debajo de la media exponencial de {bars}",
    },
    "rule.sma_cross_above": {
        "en": "the average of {bars} is above the average of {slow}",
        "es": "la media de {bars} está por encima de la media de {slow}",
    },
    "rule.sma_cross_below": {
        "en": "the average of {bars} is below the average of {slow}",
        "es": "la media de {bars} está por debajo de la media de {slow}",
    },
    "rule.ema_cross_above": {
        "en": "the exponential average of {bars} is above the exponential average of {slow}",
        "es": "la media exponencial de {bars} está por encima de la media exponencial de {slow}",
    },
    "rule.ema_cross_below": {
        "en": "the exponential average of {bars} is below the exponential average of {slow}",
        "es": "la media exponencial de {bars} está por debajo de la media exponencial de {slow}",
    },
    "rule.volume_vs_sma_above": {
        "en": "the volume is above the average volume of {bars}",
        "es": "el volumen está por encima del volumen medio de {bars}",
    },
    "rule.volume_vs_sma_below": {
        "en": "the volume is below the average volume of {bars}",
        "es": "el volumen está por debajo del volumen medio de {bars}",
    },
}

_INDICATORS = {
    "strategy.sma": {
        "en": "The average of n bars is the sum of the closes of the bar and of the n - 1 before "
        "it, divided by n.",
        "es": "La media de n barras es la suma de los cierres de la barra y de las n - 1 "
        "anteriores, dividida por n.",
    },
    "strategy.volume": {
        "en": "The average volume of n bars is the sum of the volumes of the bar and the n - 1 "
        "before it, divided by n.",
        "es": "El volumen medio de n barras es la suma de los volúmenes de la barra y de las n - 1 "
        "anteriores, dividida por n.",
    },
    "strategy.ema": {
        "en": "The exponential average of n bars begins as the first close; each later close moves "
        "it towards itself by 2 / (n + 1) of the distance.",
        "es": "La media exponencial de n barras empieza siendo el primer cierre; cada cierre "
        "posterior la acerca hacia sí 2 / (n + 1) de la distancia.",
    },
    "strategy.rsi": {
        "en": "The RSI of n bars is 100 - 100 / (1 + rise / fall): the average rise and the "
        "average fall of the close over n bars, plain averages (not Wilder's). The first bar "
        "counts as no change. Without a fall it is 100; without any change, or before n bars, it "
        "is 50.",
        "es": "El RSI de n barras es 100 - 100 / (1 + subida / bajada): la subida media y la "
        "bajada media del cierre en n barras, medias simples (no las de Wilder). La primera barra "
        "cuenta sin cambio. Sin bajadas es 100; sin ningún cambio, o antes de n barras, es 50.",
    },
    "strategy.undefined": {
        "en": "Before there are n bars an average that is not exponential is undefined: a "
        "comparison with it is false.",
        "es": "Antes de haber n barras no existe una media que no sea exponencial: una comparación "
        "con ella es falsa.",
    },
}

_TRADING = {
    "strategy.gene": {"en": "{name} = {value}", "es": "{name} = {value}"},
    "strategy.buy_next_open": {
        "en": "Buy at the open of the next bar when, at the close of a bar, {rules}.",
        "es": "Compra en la apertura de la barra siguiente cuando, al cierre de una barra, "
        "{rules}.",
    },
    "strategy.buy_same_close": {
        "en": "Buy at the close of a bar when, at that close, {rules}.",
        "es": "Compra al cierre de una barra cuando, en ese cierre, {rules}.",
    },
    "strategy.never": {
        "en": "These rules can never hold at once: it never trades.",
        "es": "Estas reglas nunca se cumplen a la vez: no opera nunca.",
    },
    "strategy.first": {
        "en": "The first {n:bar} give no signal.",
        "es": "Las primeras {n:bar} no dan señal.",
    },
    "strategy.one_next_open": {
        "en": "Long only, one position at a time. The close of the bar in which it sells may give "
        "the next signal.",
        "es": "Solo compras, una posición a la vez. El cierre de la barra en que vende ya puede "
        "dar la señal siguiente.",
    },
    "strategy.one_same_close": {
        "en": "Long only, one position at a time. The close of the bar after the one in which it "
        "sells may give the next signal; the last bar gives none.",
        "es": "Solo compras, una posición a la vez. El cierre de la barra posterior a aquella en "
        "que vende ya puede dar la señal siguiente; la última barra no da ninguna.",
    },
    "strategy.exits": {
        "en": "The stop lies {stop:%2} below the price paid, the target {target:%2} above it (the "
        "parameters have them exactly).",
        "es": "El stop está un {stop:%2} por debajo del precio pagado; el objetivo, un {target:%2} "
        "por encima (exactos en los parámetros).",
    },
    "strategy.watch_next_open": {
        "en": "Both are watched inside each bar, from the bar of the purchase on: a low at the "
        "stop or below, a high at the target or above. If one bar has both, the stop came first.",
        "es": "Ambos se vigilan dentro de cada barra, desde la de la compra: un mínimo en el stop "
        "o menor, un máximo en el objetivo o mayor. Si una barra tiene ambos, el stop fue antes.",
    },
    "strategy.watch_same_close": {
        "en": "Both are watched inside each bar, from the bar after the purchase on: a low at the "
        "stop or below, a high at the target or above. If one bar has both, the stop came first.",
        "es": "Ambos se vigilan dentro de cada barra, desde la posterior a la compra: un mínimo en "
        "el stop o menor, un máximo en el objetivo o mayor. Si una barra tiene ambos, el stop fue "
        "antes.",
    },
    "strategy.level_next_open": {
        "en": "The stop sells at its price, or at the bar's open if that is lower, less slippage; "
        "the target at its price, or at the bar's open if that is higher, without slippage.",
        "es": "El stop vende a su precio, o a la apertura de la barra si es más baja, menos el "
        "deslizamiento; el objetivo, a su precio o a la apertura si es más alta, sin "
        "deslizamiento.",
    },
    "strategy.level_same_close": {
        "en": "Each sells exactly at its price.",
        "es": "Cada uno vende exactamente a su precio.",
    },
    "strategy.trail_next_open": {
        "en": "The stop trails: from the bar after the purchase on it first rises to the last "
        "close less {trail:%} of its first distance, if that is higher. It never falls.",
        "es": "El stop sigue al precio: desde la barra posterior a la compra sube antes al último "
        "cierre menos el {trail:%} de su distancia inicial, si es más alto. Nunca baja.",
    },
    "strategy.trail_same_close": {
        "en": "The stop trails: in each bar it first rises to that bar's own close less {trail:%} "
        "of its first distance, if that is higher. It never falls.",
        "es": "El stop sigue al precio: en cada barra sube antes al cierre de esa misma barra "
        "menos el {trail:%} de su distancia inicial, si es más alto. Nunca baja.",
    },
    "strategy.end_next_open": {
        "en": "A position that is open at the last bar of a part is sold at its close, less "
        "slippage. That close gives no signal.",
        "es": "Una posición abierta en la última barra de una parte se vende a su cierre, menos el "
        "deslizamiento. Ese cierre no da señal.",
    },
    "strategy.end_same_close": {
        "en": "A position that is open at the last bar is left out, as if never bought.",
        "es": "Una posición abierta en la última barra no cuenta, como si no se hubiera comprado.",
    },
    "strategy.size": {
        "en": "Each trade puts in {size:%} of the money; its fee comes on top.",
        "es": "Cada operación invierte el {size:%} del dinero; la comisión va aparte.",
    },
    "strategy.borrowed": {
        "en": "Each trade puts in {size:%} of the money; its fee comes on top (up to {borrowed:%} "
        "borrowed).",
        "es": "Cada operación invierte el {size:%} del dinero; la comisión va aparte (hasta un "
        "{borrowed:%} prestado).",
    },
    "strategy.amount": {
        "en": "Each trade puts in {amount:=}; its fee comes on top. It buys no more once the money "
        "is not above both.",
        "es": "Cada operación invierte {amount:=}; la comisión va aparte. Deja de comprar cuando "
        "el dinero no supera ambos.",
    },
    "strategy.costs": {
        "en": "The fee is {fee:%} of the value of each purchase and of each sale. Slippage is "
        "{slippage:%}: added to the open at each purchase, taken off at each sale that is less "
        "slippage.",
        "es": "La comisión es el {fee:%} del valor de cada compra y de cada venta. El "
        "deslizamiento es el {slippage:%}: se suma a la apertura al comprar y se resta al vender "
        "con él.",
    },
    "strategy.fee_only": {
        "en": "The fee is {fee:%} of the value of each purchase and of each sale. Slippage is 0 %.",
        "es": "La comisión es el {fee:%} del valor de cada compra y de cada venta. El "
        "deslizamiento es el 0 %.",
    },
    "strategy.money": {
        "en": "It begins with {capital:=}, without a position.",
        "es": "Empieza con {capital:=}, sin posición.",
    },
    "strategy.money_parts": {
        "en": "Each part begins anew with {capital:=}, without a position. Indicators run through "
        "both parts.",
        "es": "Cada parte empieza de nuevo con {capital:=}, sin posición. Los indicadores recorren "
        "ambas partes.",
    },
}

_DOUBTS = {
    "doubt.never": {
        "en": "it never trades where it was searched: there is nothing to judge",
        "es": "no opera nunca donde se buscó: no hay nada que juzgar",
    },
    "doubt.few": {
        "en": "only {n:trade}: luck cannot be told from skill",
        "es": "solo {n:trade}: no se distingue la suerte de la habilidad",
    },
    "doubt.unconfirmed": {
        "en": "it never trades in the hold-out, so nothing confirms it",
        "es": "no opera nunca en la reserva, así que nada la confirma",
    },
    "doubt.ambiguous": {
        "en": "{n} of {trades:trade} touched stop and target in one bar; the stop was taken as "
        "first",
        "es": "{n} de {trades:trade} tocaron stop y objetivo en una misma barra; se tomó antes el "
        "stop",
    },
    "lacks.trades": {
        "en": "{n:trade}; {least} are required",
        "es": "{n:trade}; hacen falta {least}",
    },
    "lacks.returns": {
        "en": "{n} returns where it was searched; {name} needs {least}",
        "es": "{n} rendimientos donde se buscó; {name} necesita {least}",
    },
    "lacks.trade": {
        "en": "without a trade {name} is undefined",
        "es": "sin operaciones no existe {name}",
    },
    "lacks.loss": {
        "en": "no trade lost, so {name} is undefined",
        "es": "ninguna operación perdió, así que no existe {name}",
    },
    "lacks.change": {
        "en": "all returns are alike, so {name} is undefined",
        "es": "todos los rendimientos son iguales, así que no existe {name}",
    },
}

SENTENCES = _DOUBTS | _BARS | _RULES | _INDICATORS | _TRADING
