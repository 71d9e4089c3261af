"""Words of `run`: its header, its live view and its last lines."""

from __future__ import annotations

SENTENCES = {
    "run.luck": {
        "en": "{trials}; the best of {n} by luck: Sharpe {luck} a year",
        "es": "{trials}; el mejor de {n} por suerte: Sharpe {luck} al año",
    },
}
