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
    "doubt": {"en": "doubt", "es": "duda"},
    "runs": {"en": "runs", "es": "búsquedas"},
    "merged": {"en": "merged", "es": "unido"},
    # Those of `run`.
    "run": {"en": "run", "es": "búsqueda"},
    "search": {"en": "search", "es": "plan"},
    "course": {"en": "search", "es": "marcha"},
    "onward": {"en": "go on", "es": "seguir"},
    "seed": {"en": "seed", "es": "semilla"},
    "machine": {"en": "machine", "es": "máquina"},
    "profile": {"en": "profile", "es": "perfil"},
    "resumed": {"en": "resumed", "es": "reanudada"},
    "workers": {"en": "workers", "es": "procesos"},
    "data": {"en": "data", "es": "datos"},
    "note": {"en": "note", "es": "nota"},
    "shard": {"en": "shard", "es": "fichero"},
    "kept": {"en": "kept", "es": "guardado"},
    "printed": {"en": "printed", "es": "impreso"},
    "why": {"en": "why", "es": "porque"},
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
    "merged_file": {
        "en": ("{n} merged file", "{n} merged files"),
        "es": ("{n} fichero unido", "{n} ficheros unidos"),
    },
    "gap": {"en": ("{n} gap", "{n} gaps"), "es": ("{n} hueco", "{n} huecos")},
    "row": {"en": ("{n} row", "{n} rows"), "es": ("{n} fila", "{n} filas")},
    "core": {"en": ("{n} core", "{n} cores"), "es": ("{n} núcleo", "{n} núcleos")},
    "worker": {"en": ("{n} worker", "{n} workers"), "es": ("{n} proceso", "{n} procesos")},
    "duplicate": {
        "en": ("{n} duplicate", "{n} duplicates"),
        "es": ("{n} repetición", "{n} repeticiones"),
    },
    "idea": {"en": ("{n} idea", "{n} ideas"), "es": ("{n} idea", "{n} ideas")},
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
