"""Words of the report's page."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
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
    "page.no_advice": {
        "en": "This is not investment advice. What a strategy earned on past prices says little "
        "about what it will earn.",
        "es": "Esto no es una recomendación de inversión. Lo que una estrategia ganó con precios "
        "pasados dice poco de lo que ganará.",
    },
}
