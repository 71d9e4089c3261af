"""The data of a run: the file, its bars, and what is unusual about them."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "data.nameless": {"en": "a file without a name", "es": "un fichero sin nombre"},
    "data.sample": {"en": "the bundled sample {name}", "es": "la muestra incluida {name}"},
    "data.bars": {"en": "bars", "es": "barras"},
    "data.bars_daily": {"en": "daily bars", "es": "barras diarias"},
    "data.bars_weekly": {"en": "weekly bars", "es": "barras semanales"},
    "data.bars_monthly": {"en": "monthly bars", "es": "barras mensuales"},
    "data.bars_quarterly": {"en": "quarterly bars", "es": "barras trimestrales"},
    "data.bars_yearly": {"en": "yearly bars", "es": "barras anuales"},
    "data.bars_day": {"en": "{n}-day bars", "es": "barras de {n} días"},
    "data.bars_hour": {"en": "{n}-hour bars", "es": "barras de {n} h"},
    "data.bars_minute": {"en": "{n}-minute bars", "es": "barras de {n} min"},
    "data.bars_second": {"en": "{n}-second bars", "es": "barras de {n} s"},
    "data.bars_odd": {"en": "bars of {n} s", "es": "barras de {n} s"},
    "data.share": {"en": "{bars} ({share}% of them)", "es": "{bars} (el {share} % de ellas)"},
    "data.some": {"en": "{n} of them", "es": "{n} en total"},
    "data.all": {"en": "all {n}", "es": "las {n}"},
    "data.part": {"en": "{n} of {all}", "es": "{n} de {all}"},
    "data.newest": {"en": "newest {n} of {all}", "es": "las {n} últimas de {all}"},
    "data.dates": {"en": "{first} to {last}", "es": "{first} a {last}"},
    "data.held_out": {"en": "{n} held out", "es": "{n} en reserva"},
    "data.no_gaps": {"en": "no gaps", "es": "sin huecos"},
    "data.gaps": {"en": "{n} missing in {gaps:gap}", "es": "faltan {n} en {gaps:gap}"},
    "data.layout": {"en": "read as {layout}", "es": "leído como {layout}"},
    "data.layout_zone": {
        "en": "read as {layout}, times in {zone}",
        "es": "leído como {layout}, horas de {zone}",
    },
    "data.since": {"en": "window since {since}", "es": "ventana desde {since}"},
    "data.until": {"en": "window until {until}", "es": "ventana hasta {until}"},
    "data.since_until": {
        "en": "window since {since} until {until}",
        "es": "ventana desde {since} hasta {until}",
    },
    "data.timeframe": {
        "en": "bars of {timeframe} formed from the file's by the UTC clock",
        "es": "barras de {timeframe} formadas con las del fichero según el reloj UTC",
    },
    "data.symbol": {"en": "symbol {symbol}", "es": "símbolo {symbol}"},
    "data.no_volume": {
        "en": "no volume: every rule on volume is false",
        "es": "sin volumen: ninguna regla de volumen se cumple",
    },
    "data.returns": {
        "en": "one return a {unit}, {year} a year",
        "es": "un rendimiento por {unit}, {year} al año",
    },
    "data.year": {
        "en": "{year} days with bars a year",
        "es": "{year} días con barras al año",
    },
    "data.unit_week": {"en": "week", "es": "semana"},
    "data.unit_month": {"en": "month", "es": "mes"},
    "data.unit_quarter": {"en": "quarter", "es": "trimestre"},
    "data.unit_year": {"en": "year", "es": "año"},
    "data.unit_bar": {"en": "bar", "es": "barra"},
}
