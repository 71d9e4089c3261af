"""Words of the report's page."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    # What the command says when it is done.
    "page.made": {"en": "report   {path}  ({size})", "es": "informe  {path}  ({size})"},
    "page.made_missing": {
        "en": "the prices are not here, so pictures are missing; get them: {command}",
        "es": "los precios no están aquí y faltan dibujos; para tenerlos: {command}",
    },
    "page.made_differs": {
        "en": "figures of this ranking are not what its prices give: see the page",
        "es": "hay cifras de esta clasificación que no son las que dan sus precios: mira la página",
    },
    "page.brand": {"en": "evosearch report", "es": "informe de evosearch"},
    "page.skip": {"en": "Go to the verdict", "es": "Ir al veredicto"},
    "page.verdict": {"en": "Verdict", "es": "Veredicto"},
    "page.contents": {"en": "Contents", "es": "Contenido"},
    "page.save": {"en": "Save as CSV", "es": "Guardar como CSV"},
    "page.sort": {"en": "Sort by this column", "es": "Ordenar por esta columna"},
    "page.cut": {
        "en": "The first {n} rows are shown.",
        "es": "Se muestran las primeras {n} filas.",
    },
    "page.no_script": {
        "en": "Scripts are switched off, so nothing is drawn. The tables say the same.",
        "es": "Los scripts están desactivados y no se dibuja nada. Las tablas dicen lo mismo.",
    },
    "page.again": {
        "en": "This command makes the page again:",
        "es": "Esta orden vuelve a hacer la página:",
    },
    "page.title": {"en": "{name}", "es": "{name}"},
    "page.title_row": {"en": "#{rank} of {name}", "es": "#{rank} de {name}"},
    "page.bars": {
        "en": "{n_bars:bar} of {interval_s:time}, {first} to {last} UTC; the last "
        "{n_holdout_bars:bar} were never searched (hold-out).",
        "es": "{n_bars:bar} de {interval_s:time}, del {first} al {last} UTC; las últimas "
        "{n_holdout_bars:bar} no entraron en la búsqueda (reserva).",
    },
    "page.bars_whole": {
        "en": "{n_bars:bar} of {interval_s:time}, {first} to {last} UTC; all were searched.",
        "es": "{n_bars:bar} de {interval_s:time}, del {first} al {last} UTC; todas entraron en la "
        "búsqueda.",
    },
    "page.tried": {
        "en": "{n} by {runs:run} on {machines:machine}, compared by {objective}.",
        "es": "{n} de {runs:run} en {machines:machine}, comparadas por {objective}.",
    },
    "page.tried_cut": {
        "en": "The best {n} of {runs:run} on {machines:machine}, compared by {objective}.",
        "es": "Las mejores: {n} de {runs:run} en {machines:machine}, comparadas por {objective}.",
    },
    "page.costs": {
        "en": "Fee {fee:%2} a side, slippage {slippage:%2}.",
        "es": "Comisión {fee:%2} por compra y por venta, deslizamiento {slippage:%2}.",
    },
    "page.searched": {"en": "Return where searched", "es": "Rentabilidad donde se buscó"},
    "page.unseen": {"en": "Return on the hold-out", "es": "Rentabilidad en la reserva"},
    "page.holding": {"en": "holding: {value}", "es": "mantener: {value}"},
    "page.lucky": {
        "en": "the best of {n} by luck: {value}",
        "es": "el mejor de {n} por suerte: {value}",
    },
    "page.equal_row": {
        "en": "Recomputed from the bars: all {n} figures of this row are equal to 1e-9.",
        "es": "Recalculado a partir de las barras: las {n} cifras de esta fila son iguales hasta "
        "1e-9.",
    },
    "page.equal": {
        "en": "Recomputed from the bars: all {n} figures of this row, and those of the {rows} "
        "best, are equal to 1e-9.",
        "es": "Recalculado a partir de las barras: las {n} cifras de esta fila, y las de las "
        "{rows} mejores, son iguales hasta 1e-9.",
    },
    "page.differs": {
        "en": "Do not trust this ranking: the bars give other figures than its file states "
        "({names}).",
        "es": "No te fíes de esta clasificación: las barras dan otras cifras que las de su "
        "fichero ({names}).",
    },
    "page.differs_others": {
        "en": "Do not trust this ranking: the bars give other figures than its file states for "
        "{ranks}.",
        "es": "No te fíes de esta clasificación: las barras dan otras cifras que su fichero en "
        "{ranks}.",
    },
    "page.differing": {
        "en": "Figures that are not what the bars give",
        "es": "Cifras que no son las que dan las barras",
    },
    "page.figure": {"en": "figure", "es": "cifra"},
    "page.in_file": {"en": "in the file", "es": "en el fichero"},
    "page.from_bars": {"en": "from the bars", "es": "según las barras"},
    "page.not_measured": {
        "en": "This row was not measured: there is nothing to compute again.",
        "es": "Esta fila no se midió: no hay nada que recalcular.",
    },
    "page.no_prices": {
        "en": "These figures are those of the ranking. Its problem has no prices from which they "
        "could be computed again.",
        "es": "Estas cifras son las de la clasificación. Su problema no tiene precios con los que "
        "recalcularlas.",
    },
    "page.no_bars": {
        "en": "The prices of this ranking are not on this machine, so nothing was computed again. "
        "Missing: {names}. To get all of it: {command}",
        "es": "Los precios de esta clasificación no están en esta máquina, así que nada se ha "
        "recalculado. Falta: {names}. Para tenerlo todo: {command}",
    },
    "page.skipped": {
        "en": "{n} files could not be used; the command that made this page named them.",
        "es": "No se pudieron usar {n} ficheros; la orden que hizo esta página los nombró.",
    },
    "page.how": {"en": "How to trade it", "es": "Cómo operarla"},
    "page.what": {"en": "What it is", "es": "Qué es"},
    "page.doubt": {"en": "Doubt: {doubt}", "es": "Duda: {doubt}"},
    "page.params": {"en": "Its parameters: {params}", "es": "Sus parámetros: {params}"},
    "page.figures": {"en": "What was measured of it", "es": "Lo que se midió de ella"},
    "page.trades": {"en": "Every trade, as it was measured", "es": "Todas las operaciones"},
    "page.best": {
        "en": "The {n} best that trade or behave differently, on what was searched",
        "es": "Las {n} mejores que se comportan de forma distinta, donde se buscó",
    },
    "page.rests": {"en": "What this rests on", "es": "En qué se apoya esto"},
    "page.rests_caption": {
        "en": "Anyone with these files and bars gets this page again, byte for byte.",
        "es": "Con estos ficheros y estas barras cualquiera obtiene esta página, byte a byte.",
    },
    "page.facts": {"en": "What was measured", "es": "Qué se midió"},
    "page.fact": {"en": "fact", "es": "dato"},
    "page.fact_source": {"en": "file", "es": "fichero"},
    "page.fact_symbol": {"en": "market", "es": "mercado"},
    "page.fact_layout": {"en": "read as", "es": "leído como"},
    "page.fact_hash": {"en": "SHA-256 of the bars", "es": "SHA-256 de las barras"},
    "page.fact_n_bars": {"en": "bars", "es": "barras"},
    "page.fact_interval": {"en": "length of a bar", "es": "duración de una barra"},
    "page.fact_first": {"en": "first bar", "es": "primera barra"},
    "page.fact_last": {"en": "last bar", "es": "última barra"},
    "page.fact_gaps": {"en": "missing", "es": "faltan"},
    "page.gaps": {"en": "{n:bar} in {gaps} gaps", "es": "{n:bar} en {gaps} huecos"},
    "page.fact_fee": {"en": "fee a side", "es": "comisión por lado"},
    "page.fact_slippage": {"en": "slippage a side", "es": "deslizamiento por lado"},
    "page.fact_holdout": {"en": "hold-out", "es": "reserva"},
    "page.fact_looks": {"en": "hold-out", "es": "reserva"},
    "page.fact_measured": {
        "en": "what was measured (prices, fees, rules)",
        "es": "qué se midió (precios, comisiones, reglas)",
    },
    "page.fact_rows": {"en": "rows of the ranking", "es": "filas de la clasificación"},
    "page.runs": {"en": "Runs", "es": "Búsquedas"},
    "page.versions": {"en": "versions", "es": "versiones"},
    "page.files": {
        "en": "Files and parts, each with its SHA-256",
        "es": "Ficheros y partes, cada uno con su SHA-256",
    },
    "page.file_name": {"en": "name", "es": "nombre"},
    "page.file_kind": {"en": "SHA-256 of", "es": "SHA-256 de"},
    "page.file_rows": {"en": "rows", "es": "filas"},
    "page.file_hash": {"en": "SHA-256", "es": "SHA-256"},
    "page.kind_file": {"en": "the file", "es": "el fichero"},
    "page.kind_part": {"en": "the rows of a shard", "es": "las filas de una búsqueda"},
    "page.no_advice": {
        "en": "This is not investment advice. What a strategy earned on past prices says little "
        "about what it will earn.",
        "es": "Esto no es una recomendación de inversión. Lo que una estrategia ganó con precios "
        "pasados dice poco de lo que ganará.",
    },
}
