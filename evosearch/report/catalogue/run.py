"""Words of `run`: its header, its live view and its last lines; a profile in words."""

from __future__ import annotations

# What decides the figures of a search, for a profile that is shown.
_PROFILE = {
    "profile.highest": {
        "en": "The search looks for the highest {metric}.",
        "es": "Se busca el mayor valor de: {metric}.",
    },
    "profile.lowest": {
        "en": "The search looks for the lowest {metric}.",
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
    # The header.
    "run.highest": {
        "en": "{size}; looking for the highest {metric}",
        "es": "{size}; se busca lo más alto en: {metric}",
    },
    "run.lowest": {
        "en": "{size}; looking for the lowest {metric}",
        "es": "{size}; se busca lo más bajo en: {metric}",
    },
    "run.product": {
        "en": "{population} x {generations} = {all}",
        "es": "{population} x {generations} = {all}",
    },
    "run.each": {
        "en": "{all}, {population} a generation",
        "es": "{all}, {population} por generación",
    },
    "run.machine": {
        "en": "{host}, {cpu}, {n_cores:core}; {n_workers:worker} ({backend})",
        "es": "{host}, {cpu}, {n_cores:core}; {n_workers:worker} ({backend})",
    },
    "run.crowded": {
        "en": "more than {most} workers for each core get in each other's way",
        "es": "más de {most} procesos por núcleo se estorban unos a otros",
    },
    "run.known": {
        "en": "{n} rows are on disk already",
        "es": "ya hay {n} filas en el disco",
    },
    "run.on_cluster": {"en": "{n} on the cluster now", "es": "ahora {n} en el clúster"},
    "run.more_workers": {
        "en": "{n} {kind}, as the work left is worth it",
        "es": "{n} {kind}, porque lo que queda lo merece",
    },
    # The live view.
    "run.none": {"en": "none", "es": "ninguna"},
    "run.best_yet": {"en": "best: {metric} {value}", "es": "mejor: {metric} {value}"},
    "run.none_feasible": {
        "en": "none yet that meets all conditions",
        "es": "ninguno aún que cumpla las condiciones",
    },
    "run.none_measured": {"en": "none yet without an error", "es": "ninguno aún sin error"},
    "run.live": {
        "en": "{best}; diversity {diversity:%0}; {better:%0} better than their parents; "
        "{n:duplicate} avoided",
        "es": "{best}; diversidad {diversity:%0}; {better:%0} mejores que sus padres; "
        "se evitaron {n:duplicate}",
    },
    "run.live_young": {
        "en": "{best}; diversity {diversity:%0}; {n:duplicate} avoided",
        "es": "{best}; diversidad {diversity:%0}; se evitaron {n:duplicate}",
    },
    "run.live_random": {
        "en": "{best}; {n:duplicate} avoided",
        "es": "{best}; se evitaron {n:duplicate}",
    },
    # The end.
    "run.measured": {
        "en": "{size} in {seconds:.2} s, {ending}",
        "es": "{size} en {seconds:.2} s, {ending}",
    },
    "run.measured_fast": {
        "en": "{size} in {seconds:.2} s ({per_s}/s), {ending}",
        "es": "{size} en {seconds:.2} s ({per_s}/s), {ending}",
    },
    "run.breaks": {
        "en": "does not meet all conditions",
        "es": "no cumple todas las condiciones",
    },
    "run.before": {"en": "{n} from before", "es": "{n} de antes"},
    "run.feasible": {"en": "{n} meet all conditions", "es": "{n} cumplen las condiciones"},
    "run.good_and_failed": {"en": "{good}, {n} failed", "es": "{good}, {n} con error"},
    "run.sample": {"en": "on sample prices", "es": "con precios de ejemplo"},
    "run.more_shards": {"en": "and {n} more in {folder}", "es": "y {n} más en {folder}"},
    "run.committed": {
        "en": "{n} rows are in no shard yet; resume publishes them",
        "es": "{n} filas no están aún en ningún fichero; resume las publica",
    },
    "run.printed": {
        "en": "{folder}/  (what the objective wrote)",
        "es": "{folder}/  (lo que escribió el objetivo)",
    },
    "run.why": {
        "en": "nothing meets the limits: {text}",
        "es": "nada cumple los límites: {text}",
    },
    "run.nothing": {
        "en": "nothing, as nothing was measured",
        "es": "nada, porque nada se midió",
    },
    "run.either": {"en": "{first}   or   {second}", "es": "{first}   o   {second}"},
    "run.many_rising": {
        "en": "{n} of {all} searches were still improving when they ended; the best of these:",
        "es": "{n} de {all} búsquedas aún mejoraban al acabar; la mejor de ellas:",
    },
    # What ended it.
    "run.ended_generations": {"en": "all generations", "es": "todas las generaciones"},
    "run.ended_evaluations": {"en": "all evaluations", "es": "todas las evaluaciones"},
    "run.ended_exhausted": {"en": "the whole space", "es": "el espacio entero"},
    "run.ended_duplicates": {
        "en": "nothing new in a million draws",
        "es": "nada nuevo en un millón de sorteos",
    },
    "run.ended_stopped": {"en": "stopped early", "es": "parada antes de acabar"},
    "run.ended_target": {"en": "target reached", "es": "meta alcanzada"},
    "run.ended_stagnation": {"en": "no more progress", "es": "sin más avance"},
    "run.ended_time": {"en": "time is up", "es": "se acabó el tiempo"},
    "run.ended_failed": {"en": "failed", "es": "falló"},
    "run.ended_early": {"en": "ended early", "es": "acabó antes"},
    "run.luck": {
        "en": "{trials}; the best of {n} by luck: Sharpe {luck:.1} a year",
        "es": "{trials}; el mejor de {n} por suerte: Sharpe {luck:.1} al año",
    },
}
