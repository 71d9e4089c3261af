"""Words of `status`."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    # Headers of the table.
    "status.run": {"en": "run", "es": "búsqueda"},
    "status.state": {"en": "state", "es": "estado"},
    "status.rows": {"en": "rows", "es": "filas"},
    "status.profile": {"en": "profile", "es": "perfil"},
    "status.machine": {"en": "machine", "es": "máquina"},
    "status.begun": {"en": "begun (UTC)", "es": "comienzo (UTC)"},
    "status.took": {"en": "took", "es": "duró"},
    "status.best": {"en": "best", "es": "mejor"},
    "status.best_metric": {"en": "best {metric}", "es": "mejor {metric}"},
    "status.value": {"en": "{metric} {value}", "es": "{metric} {value}"},
    "status.shards": {"en": "files", "es": "ficheros"},
    "status.merged": {"en": "merged", "es": "unida"},
    # Cells.
    "status.finished": {"en": "finished", "es": "terminada"},
    "status.ended": {"en": "finished: {ending}", "es": "terminada: {ending}"},
    "status.running": {"en": "running", "es": "en marcha"},
    "status.interrupted": {"en": "interrupted", "es": "interrumpida"},
    "status.partial": {"en": "partial", "es": "incompleta"},
    "status.unknown": {"en": "unknown", "es": "sin saber"},
    "status.of": {"en": "{n} of {all}", "es": "{n} de {all}"},
    "status.in_part": {"en": "in part", "es": "en parte"},
    # Below it.
    "status.pending": {
        "en": "{n:row} of {run} not yet published",
        "es": "{n:row} de {run} aún sin publicar",
    },
    "status.folder": {
        "en": "{n:merged_file} in {folder}; {free:.1} GiB free",
        "es": "{n:merged_file} en {folder}; {free:.1} GiB libres",
    },
    "status.unreadable": {
        "en": "No run in {folder} can be read.",
        "es": "No se puede leer ninguna búsqueda de {folder}.",
    },
    "status.none": {
        "en": "No runs in {folder} yet: {command}",
        "es": "Aún no hay búsquedas en {folder}: {command}",
    },
}
