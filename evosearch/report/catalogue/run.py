"""Words of `run`: its header, its live view and its last lines."""

from __future__ import annotations

SENTENCES = {
    # Whether a search was still improving when it ended: see `report.rising`.
    "run.rising": {
        "en": "best found in generation {born} of {n}: still improving",
        "es": "el mejor salió en la generación {born} de {n}: aún mejoraba",
    },
    "run.rising_onward": {
        "en": "best found in generation {born} of {n}: still improving; "
        "going on to {further} takes about {time}, {size}",
        "es": "el mejor salió en la generación {born} de {n}: aún mejoraba; "
        "seguir hasta {further} cuesta unos {time}, {size}",
    },
    "run.early_onward": {
        "en": "best found in generation {born} of {n}, too few to tell whether it is finished; "
        "going on to {further} takes about {time}, {size}",
        "es": "el mejor salió en la generación {born} de {n}, pocas para saber si ha terminado; "
        "seguir hasta {further} cuesta unos {time}, {size}",
    },
    "run.settled": {
        "en": "best found in generation {born} of {n}: hardly improving in the last third",
        "es": "el mejor salió en la generación {born} de {n}: apenas mejoraba en el último tercio",
    },
    "run.elsewhere": {"en": "on {host}:  {command}", "es": "en {host}:  {command}"},
    "run.luck": {
        "en": "{trials}; the best of {n} by luck: Sharpe {luck} a year",
        "es": "{trials}; el mejor de {n} por suerte: Sharpe {luck} al año",
    },
}
