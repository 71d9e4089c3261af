"""Labels, counted nouns and what joins a list, by key and language."""

from __future__ import annotations

# Each at most nine letters: they stand in a column before the sentences.
LABELS = {
    "verdict": {"en": "verdict", "es": "veredicto"},
    "trials": {"en": "trials", "es": "intentos"},
    "luck": {"en": "luck", "es": "suerte"},
    "history": {"en": "history", "es": "histórico"},
    "hold": {"en": "hold", "es": "mantener"},
    "holdout": {"en": "hold-out", "es": "reserva"},
    "best": {"en": "best", "es": "mejor"},
    "noise": {"en": "noise", "es": "ruido"},
    "audit": {"en": "audit", "es": "auditoría"},
    "runs": {"en": "runs", "es": "búsquedas"},
    "search": {"en": "search", "es": "búsqueda"},
    "merged": {"en": "merged", "es": "unido"},
    "next": {"en": "next", "es": "siguiente"},
}

# One, and any other number.
COUNTED = {
    # What a search measures many of, by `Problem.noun`.
    "candidate": {
        "en": ("{n} candidate", "{n} candidates"),
        "es": ("{n} candidato", "{n} candidatos"),
    },
    "strategy": {
        "en": ("{n} strategy", "{n} strategies"),
        "es": ("{n} estrategia", "{n} estrategias"),
    },
    "trade": {"en": ("{n} trade", "{n} trades"), "es": ("{n} operación", "{n} operaciones")},
    "run": {"en": ("{n} run", "{n} runs"), "es": ("{n} búsqueda", "{n} búsquedas")},
    "row": {"en": ("{n} row", "{n} rows"), "es": ("{n} fila", "{n} filas")},
    "machine": {"en": ("{n} machine", "{n} machines"), "es": ("{n} máquina", "{n} máquinas")},
    "second": {"en": ("{n} second", "{n} seconds"), "es": ("{n} segundo", "{n} segundos")},
    "minute": {"en": ("{n} minute", "{n} minutes"), "es": ("{n} minuto", "{n} minutos")},
    "hour": {"en": ("{n} hour", "{n} hours"), "es": ("{n} hora", "{n} horas")},
    "day": {"en": ("{n} day", "{n} days"), "es": ("{n} día", "{n} días")},
    "trading_day": {
        "en": ("{n} trading day", "{n} trading days"),
        "es": ("{n} sesión", "{n} sesiones"),
    },
    # What one return spans where bars are longer than a day.
    "week": {"en": ("{n} week", "{n} weeks"), "es": ("{n} semana", "{n} semanas")},
    "month": {"en": ("{n} month", "{n} months"), "es": ("{n} mes", "{n} meses")},
    "quarter": {"en": ("{n} quarter", "{n} quarters"), "es": ("{n} trimestre", "{n} trimestres")},
    "year": {"en": ("{n} year", "{n} years"), "es": ("{n} año", "{n} años")},
    "bar": {"en": ("{n} bar", "{n} bars"), "es": ("{n} barra", "{n} barras")},
    "other_file": {
        "en": ("{n} other file", "{n} other files"),
        "es": ("{n} fichero más", "{n} ficheros más"),
    },
    "try": {"en": ("{n} try", "{n} tries"), "es": ("{n} intento", "{n} intentos")},
    "trial": {"en": ("{n} trial", "{n} trials"), "es": ("{n} intento", "{n} intentos")},
    "looked": {
        "en": ("looked at once", "looked at {n} times"),
        "es": ("mirada una vez", "mirada {n} veces"),
    },
}

SENTENCES = {
    "common.yes": {"en": "yes", "es": "sí"},
    "common.no": {"en": "no", "es": "no"},
    "common.and": {"en": "{first} and {last}", "es": "{first} y {last}"},
    "common.unseen": {"en": "{name}, hold-out", "es": "{name}, reserva"},
}
