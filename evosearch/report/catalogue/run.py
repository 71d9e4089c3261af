"""Words of `run`: its header, its live view and its last lines; a profile in words."""

from __future__ import annotations

# What decides the figures of a search, for a profile that is shown.
_PROFILE = {
    "profile.highest": {
        "en": "Wanted is the highest {metric}.",
        "es": "Se busca el mayor valor de: {metric}.",
    },
    "profile.lowest": {
        "en": "Wanted is the lowest {metric}.",
        "es": "Se busca el menor valor de: {metric}.",
    },
    "profile.least": {
        "en": "A strategy with fewer than {least:trade} ranks behind all others.",
        "es": "Una estrategia con menos de {least:trade} queda detrás de todas las demás.",
    },
    "profile.holdout": {
        "en": "The newest {share:%} of the bars are the hold-out: the search never sees them.",
        "es": "El {share:%} más reciente de las barras es la reserva: la búsqueda nunca lo ve.",
    },
    "profile.no_holdout": {
        "en": "There is no hold-out: nothing can tell a good strategy from a lucky one.",
        "es": "No hay reserva: nada distingue una buena estrategia de una con suerte.",
    },
    "profile.fill_next_open": {
        "en": "What is decided at the close of a bar is bought at the open of the next one.",
        "es": "Lo decidido al cierre de una barra se compra en la apertura de la siguiente.",
    },
    "profile.fill_same_close": {
        "en": "What is decided at the close of a bar is bought at that same close.",
        "es": "Lo decidido al cierre de una barra se compra en ese mismo cierre.",
    },
    "profile.fee": {
        "en": "Each purchase and each sale costs {fee:%} of its value; there is no slippage.",
        "es": "Cada compra y cada venta cuesta el {fee:%} de su valor; no hay deslizamiento.",
    },
    "profile.costs": {
        "en": "Each purchase and each sale costs {fee:%} of its value, and {slippage:%} slippage.",
        "es": "Cada compra y cada venta cuesta el {fee:%} de su valor, y un {slippage:%} de "
        "deslizamiento.",
    },
    "profile.money": {
        "en": "It begins with {capital:$}.",
        "es": "Empieza con {capital:$} de capital.",
    },
}

SENTENCES = _PROFILE | {
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
