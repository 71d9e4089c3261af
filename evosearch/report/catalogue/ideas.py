"""Words about strategies that trade differently."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "ideas.all": {
        "en": "({rows:row} that meet the conditions are {ideas:idea}: two ideas correlate below "
        "{below:.2} in their daily returns. xN: N rows are one idea)",
        "es": "({rows:row} que cumplen las condiciones son {ideas:idea}: dos ideas tienen una "
        "correlación menor que {below:.2} en sus rendimientos diarios. xN: N filas son una idea)",
    },
    "ideas.more": {
        "en": "(the best {ideas:idea} of {rows:row} that meet the conditions; there are more. Two "
        "ideas correlate below {below:.2} in their daily returns. xN: N rows are one idea)",
        "es": "({ideas:idea}, las mejores de {rows:row} que cumplen las condiciones; hay más. Dos "
        "ideas tienen una correlación menor que {below:.2} en sus rendimientos diarios. xN: N "
        "filas son una idea)",
    },
}
