"""Titles of pictures and of their tables, and the names of files that are saved."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "title.equity": {"en": "Equity of #{rank}", "es": "Dinero de la n.º {rank}"},
    "title.equity_table": {
        "en": "Money at the start and at the end of each part",
        "es": "Dinero al principio y al final de cada parte",
    },
    "title.falls_table": {"en": "The deepest falls", "es": "Las mayores caídas"},
    "title.luck": {"en": "Is it luck?", "es": "¿Es suerte?"},
    "title.quadrants_table": {
        "en": "How many dots earn, and where",
        "es": "Cuántos puntos ganan, y dónde",
    },
    "title.marks_table": {"en": "The marks in the picture", "es": "Las marcas del dibujo"},
    "title.best_of_n": {"en": "The best of {n}", "es": "El mejor de {n}"},
    "title.best_of_n_bound": {
        "en": "The best of at most {n}",
        "es": "El mejor de {n} como mucho",
    },
    "title.best_of_n_table": {
        "en": "What stands where",
        "es": "Qué está dónde",
    },
    "title.bins_table": {
        "en": "All bins, by {unit}",
        "es": "Todos los intervalos, según {unit}",
    },
    "title.price": {
        "en": "The last {n:trade} of #{rank}",
        "es": "Las últimas {n:trade} de la n.º {rank}",
    },
    "title.price_none": {"en": "The trades of #{rank}", "es": "Las operaciones de la n.º {rank}"},
    "title.price_table": {
        "en": "The {n:trade} in the picture",
        "es": "Las {n:trade} del dibujo",
    },
    "title.search": {"en": "Did the search finish?", "es": "¿Terminó la búsqueda?"},
    "title.runs_table": {
        "en": "What each run reached: {unit}",
        "es": "Lo que alcanzó cada búsqueda: {unit}",
    },
    "title.spread_table": {
        "en": "Spread over the seeds of each profile: {unit}",
        "es": "Dispersión entre las semillas de cada perfil: {unit}",
    },
    "title.plateau": {"en": "Needle or plateau?", "es": "¿Aguja o meseta?"},
    "title.cells_table": {
        "en": "All cells that were tried: {unit}",
        "es": "Todas las celdas probadas: {unit}",
    },
    "title.genes": {"en": "Each gene against the value", "es": "Cada gen frente al valor"},
    "title.genes_table": {"en": "All genes that vary", "es": "Todos los genes que varían"},
    "title.costs": {"en": "Costs of #{rank}", "es": "Costes de la n.º {rank}"},
    "title.costs_table": {"en": "Return by fee", "es": "Rentabilidad según la comisión"},
    "title.months": {"en": "Months of #{rank}", "es": "Meses de la n.º {rank}"},
    "title.months_table": {
        "en": "Returns by year and month",
        "es": "Rentabilidad por año y mes",
    },
    "title.ideas": {"en": "The {n} different ones", "es": "Las {n} diferentes"},
    "title.ideas_table": {
        "en": "One row for each, and how many it stands for",
        "es": "Una fila para cada una, y a cuántas representa",
    },
    "title.ideas_file": {"en": "different.csv", "es": "diferentes.csv"},
    "title.machines": {
        "en": "What the machines brought",
        "es": "Lo que aportaron las máquinas",
    },
    "title.machines_table": {
        "en": "Each machine, and the best it found: {unit}",
        "es": "Cada máquina, y lo mejor que encontró: {unit}",
    },
}
