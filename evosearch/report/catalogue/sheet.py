"""What `show` and the report tell of one strategy besides its rules: bars, figures, trades, now."""

from __future__ import annotations

# One value, as a cell of a table shows it.
_CELLS = {
    "cell.text": {"en": "{text}", "es": "{text}"},
    "cell.count": {"en": "{x}", "es": "{x}"},
    "cell.value": {"en": "{x}", "es": "{x}"},
    "cell.decimal": {"en": "{x:.2}", "es": "{x:.2}"},
    "cell.percent": {"en": "{x:%2}", "es": "{x:%2}"},
    "cell.money": {"en": "{x:.2}", "es": "{x:.2}"},
    "cell.utc": {"en": "{x:utc}", "es": "{x:utc}"},
    "cell.time": {"en": "{x:time}", "es": "{x:time}"},
    "cell.minutes": {"en": "{x:.1} minutes", "es": "{x:.1} minutos"},
    "cell.hours": {"en": "{x:.1} hours", "es": "{x:.1} horas"},
    "cell.days": {"en": "{x:.1} days", "es": "{x:.1} días"},
    "cell.week": {"en": "{n:week}", "es": "{n:week}"},
    "cell.month": {"en": "{n:month}", "es": "{n:month}"},
    "cell.quarter": {"en": "{n:quarter}", "es": "{n:quarter}"},
    "cell.year": {"en": "{n:year}", "es": "{n:year}"},
}

_BARS = {
    "sheet.market": {
        "en": "Prices: {source} ({hash}), {n:bar} of {length}, {first} to {last} UTC.",
        "es": "Precios: {source} ({hash}), {n:bar} de {length}, {first} a {last} UTC.",
    },
    "sheet.market_no_length": {
        "en": "Prices: {source} ({hash}), {n:bar}, {first} to {last} UTC.",
        "es": "Precios: {source} ({hash}), {n:bar}, {first} a {last} UTC.",
    },
    "sheet.data": {"en": "Data: {text}.", "es": "Datos: {text}."},
    "sheet.symbol": {"en": "The market is {symbol}.", "es": "El mercado es {symbol}."},
    "sheet.searched": {
        "en": "The search saw the first {n:bar}: {begin} to {end} UTC.",
        "es": "La búsqueda vio las primeras {n:bar}: {begin} a {end} UTC.",
    },
    "sheet.unseen": {
        "en": "The last {n:bar} are the hold-out, which the search never saw: {begin} to {end} "
        "UTC.",
        "es": "Las últimas {n:bar} son la reserva, que la búsqueda nunca vio: {begin} a {end} UTC.",
    },
    "sheet.searched_undated": {
        "en": "The search saw the first {n:bar}.",
        "es": "La búsqueda vio las primeras {n:bar}.",
    },
    "sheet.unseen_undated": {
        "en": "The last {n:bar} are the hold-out, which the search never saw.",
        "es": "Las últimas {n:bar} son la reserva, que la búsqueda nunca vio.",
    },
    "sheet.all_searched": {
        "en": "The search saw all {n:bar}: there is no hold-out.",
        "es": "La búsqueda vio todas, {n:bar}: no hay reserva.",
    },
    "sheet.times": {
        "en": "The time of a bar is the moment at which it begins.",
        "es": "La hora de una barra es el momento en que empieza.",
    },
    "sheet.no_volume": {
        "en": "These bars have no volume: a rule on volume never holds.",
        "es": "Estas barras no tienen volumen: una regla sobre el volumen nunca se cumple.",
    },
    "sheet.returns": {
        "en": "Every bar gives one return, {per_year:=} a year.",
        "es": "Cada barra da un rendimiento, {per_year:=} al año.",
    },
    "sheet.place_here": {
        "en": "They are on this machine: {file}",
        "es": "Están en esta máquina: {file}",
    },
    "sheet.place_sample": {
        "en": "They are a sample that comes with evosearch, not your own prices.",
        "es": "Son una muestra que viene con evosearch, no tus propios precios.",
    },
    "sheet.place_changed": {
        "en": "They are not on this machine any more: this file has changed since: {file}",
        "es": "Ya no están en esta máquina: este fichero ha cambiado desde entonces: {file}",
    },
    "sheet.place_gone": {
        "en": "They are not on this machine any more: this file is gone: {file}",
        "es": "Ya no están en esta máquina: este fichero ya no existe: {file}",
    },
    "sheet.place_unknown": {
        "en": "They are not on this machine.",
        "es": "No están en esta máquina.",
    },
    "sheet.missing": {
        "en": "Missing without these bars: the last trades, the position now, the return without "
        "costs and the fee it can bear.",
        "es": "Sin estas barras faltan: las últimas operaciones, la posición actual, la "
        "rentabilidad sin costes y la comisión que soporta.",
    },
    "sheet.get_bars": {"en": "With them: {command}", "es": "Con ellas: {command}"},
    "sheet.missing_why": {
        "en": "The strategy cannot be played again here: {why}",
        "es": "La estrategia no se puede repetir aquí: {why}",
    },
    "sheet.differs": {
        "en": "Played again on these bars it does not give the figures of its row: {names} differ. "
        "Do not trust this row.",
        "es": "Al repetirla con estas barras no da las cifras de su fila: difieren {names}. No te "
        "fíes de esta fila.",
    },
    "sheet.equal": {
        "en": "Played again on these bars: every figure equals its row.",
        "es": "Repetida con estas barras: todas las cifras coinciden con su fila.",
    },
}

_FIGURES = {
    "sheet.head_searched": {"en": "searched", "es": "búsqueda"},
    "sheet.head_unseen": {"en": "hold-out", "es": "reserva"},
    "sheet.head_hold": {"en": "holding", "es": "mantener"},
    "sheet.head_hold_unseen": {"en": "holding, hold-out", "es": "mantener, reserva"},
    "sheet.head_value": {"en": "value", "es": "valor"},
    "sheet.head_meaning": {"en": "meaning", "es": "significado"},
    "sheet.a_week": {"en": "trades a week", "es": "operaciones por semana"},
    "sheet.held": {"en": "mean holding", "es": "duración media"},
    "sheet.head_bought": {"en": "bought", "es": "compra"},
    "sheet.head_sold": {"en": "sold", "es": "venta"},
    "sheet.head_price": {"en": "price", "es": "precio"},
    "sheet.head_for": {"en": "for", "es": "a"},
    "sheet.head_why": {"en": "by", "es": "por"},
    "sheet.head_earned": {"en": "earned", "es": "resultado"},
    "sheet.head_held": {"en": "held", "es": "duración"},
    "sheet.last_trades": {
        "en": "Its last trades of {n} (all of them: {command})",
        "es": "Sus últimas operaciones de {n} (todas: {command})",
    },
    "sold.stop": {"en": "stop", "es": "stop"},
    "sold.target": {"en": "target", "es": "objetivo"},
    "sold.trailing_stop": {"en": "trailing stop", "es": "stop dinámico"},
    "sold.end": {"en": "end of the bars", "es": "fin de las barras"},
}

_NOW = {
    "now.head": {
        "en": "Traded in one piece until the last bar ({last} UTC, close {close}).",
        "es": "Operada de una vez hasta la última barra ({last} UTC, cierre {close}).",
    },
    "now.head_newer": {
        "en": "{source}: {n:bar} more. Traded in one piece until the last one ({last} UTC, close "
        "{close}).",
        "es": "{source}: {n:bar} más. Operada de una vez hasta la última ({last} UTC, cierre "
        "{close}).",
    },
    "now.torn": {
        "en": "Its first newer bar ({first} UTC, open {open}) does not follow the last one of the "
        "ranking ({last} UTC, close {close}). Bars are missing, or it is another market: what "
        "follows may be wrong.",
        "es": "Su primera barra nueva ({first} UTC, apertura {open}) no sigue a la última del "
        "ranking ({last} UTC, cierre {close}). Faltan barras o es otro mercado: lo que sigue puede "
        "ser falso.",
    },
    "now.head_none": {
        "en": "{source} has no bar after those of the ranking. Traded in one piece until the last "
        "one ({last} UTC, close {close}).",
        "es": "{source} no tiene barras después de las de la clasificación. Operada de una vez "
        "hasta la última ({last} UTC, cierre {close}).",
    },
    "now.in": {
        "en": "It is in the market since {since} UTC, bought at {price}. Next: it sells at {stop} "
        "(stop) or {target} (target).",
        "es": "Está en el mercado desde {since} UTC, comprada a {price}. Lo siguiente: vende a "
        "{stop} (stop) o a {target} (objetivo).",
    },
    "now.buys_next_open": {
        "en": "It is out of the market. Next: its rules hold, so it buys at the next open.",
        "es": "Está fuera del mercado. Lo siguiente: sus reglas se cumplen, así que compra en la "
        "próxima apertura.",
    },
    "now.buys_same_close": {
        "en": "It is out of the market. Next: its rules hold, so it buys at this close.",
        "es": "Está fuera del mercado. Lo siguiente: sus reglas se cumplen, así que compra a este "
        "cierre.",
    },
    "now.out": {
        "en": "It is out of the market. Next: it waits, its rules do not hold.",
        "es": "Está fuera del mercado. Lo siguiente: espera, sus reglas no se cumplen.",
    },
}

_COSTS = {
    "sheet.free": {
        "en": "Without fee and slippage it would have earned {free:%2} where it was searched.",
        "es": "Sin comisión ni deslizamiento habría ganado un {free:%2} donde se buscó.",
    },
    "sheet.breaks_even": {
        "en": "It stops earning at a fee of {fee:%3} a side.",
        "es": "Deja de ganar con una comisión del {fee:%3} por cada compra y cada venta.",
    },
    "sheet.never_earns": {
        "en": "It earns nothing at any fee, not even at 0 %.",
        "es": "No gana con ninguna comisión, ni siquiera con el 0 %.",
    },
}

_FOUND = {
    "sheet.found": {
        "en": "Found by {who}, run {run}: generation {generation}, seed {seed}.",
        "es": "Encontrada por {who}, búsqueda {run}: generación {generation}, semilla {seed}.",
    },
    "sheet.found_also": {"en": "Also found by {who}.", "es": "También la encontró {who}."},
    "sheet.twins": {
        "en": "x{total}: {total} of the first {most} rows make these trades.",
        "es": "x{total}: {total} de las primeras {most} filas hacen estas operaciones.",
    },
    "sheet.twin_of": {
        "en": "Rank {rank} makes the same trades.",
        "es": "El puesto {rank} hace las mismas operaciones.",
    },
    "sheet.failed": {"en": "{status}: {error}", "es": "{status}: {error}"},
    "sheet.breaks": {
        "en": "breaks a condition of the search by {by}",
        "es": "incumple una condición de la búsqueda por {by}",
    },
    "sheet.past": {
        "en": "All this is measured on the past. It is not investment advice.",
        "es": "Todo esto mide el pasado. No es una recomendación de inversión.",
    },
}

SENTENCES = _CELLS | _BARS | _FIGURES | _NOW | _COSTS | _FOUND
