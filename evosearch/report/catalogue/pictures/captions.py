"""Captions: what a picture shows, how many stand behind it, and from when until when."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "picture.span": {
        "en": "Searched: {begin} to {end} UTC, {n:bar}.",
        "es": "Búsqueda: del {begin} al {end} UTC, {n:bar}.",
    },
    "picture.spans": {
        "en": "Searched: {begin} to {end} UTC, {n:bar}; hold-out: {from} to {until}, {m:bar}.",
        "es": "Búsqueda: del {begin} al {end} UTC, {n:bar}; reserva: del {from} al "
        "{until}, {m:bar}.",
    },
    "picture.seed": {"en": "Seed {seed}.", "es": "Semilla {seed}."},
    "picture.seed_of": {
        "en": "#{rank} was found with seed {seed}.",
        "es": "La n.º {rank} se encontró con la semilla {seed}.",
    },
    "picture.seeds": {
        "en": "{n} seeds, from {seed} to {last}.",
        "es": "{n} semillas, de {seed} a {last}.",
    },
    "picture.rows": {"en": "All {rows} of the ranking.", "es": "Toda la clasificación: {rows}."},
    "picture.sample": {
        "en": "Drawn from a uniform sample of {n} among {rows}.",
        "es": "Dibujado con una muestra uniforme de {n} entre {rows}.",
    },
    "picture.no_bars": {
        "en": "Not drawn: it needs the bars that the ranking was measured on. {command}",
        "es": "No se dibuja: necesita las barras con las que se midió la clasificación. {command}",
    },
    "picture.unmerged": {
        "en": "Not drawn: nothing of the hold-out is shown before a merge. evosearch merge",
        "es": "No se dibuja: antes de unir no se muestra nada de la reserva. evosearch merge",
    },
    "picture.no_unseen": {
        "en": "Not drawn: no row has a ratio over the hold-out, or no bars were kept apart.",
        "es": "No se dibuja: ninguna fila tiene un valor en la reserva, o no se apartó ninguna "
        "barra.",
    },
    "picture.no_rows": {
        "en": "Not drawn: no row has a value.",
        "es": "No se dibuja: ninguna fila tiene un valor.",
    },
    "picture.no_genes": {
        "en": "Not drawn: too few rows, or too few genes that vary among them.",
        "es": "No se dibuja: hay muy pocas filas, o muy pocos genes que varíen entre ellas.",
    },
    "picture.reduced": {
        "en": "Of each curve the lowest and the highest value of every pixel column are drawn, at "
        "most {n} points.",
        "es": "De cada curva se dibujan el valor más bajo y el más alto de cada columna de "
        "píxeles, como mucho {n} puntos.",
    },
    "picture.equity_told": {
        "en": "Money from {money} at the close of each bar: #{rank}, holding without costs, and "
        "#{rank} without costs. Below, how far #{rank} is under its peak; the deepest falls have "
        "numbers.",
        "es": "Dinero a partir de {money} al cierre de cada barra: la n.º {rank}, mantener sin "
        "costes, y la n.º {rank} sin costes. Debajo, cuánto está la n.º {rank} por debajo de su "
        "máximo; las mayores caídas llevan número.",
    },
    "picture.anew": {
        "en": "In the hold-out money begins anew, as it was measured.",
        "es": "En la reserva el dinero empieza de nuevo, tal como se midió.",
    },
    "picture.luck_told": {
        "en": "One dot for all that trade alike: {n} dots of {rows} strategies, {drawn} of them "
        "drawn. On the dashed line both ratios are equal.",
        "es": "Un punto por cada grupo que opera igual: {n} puntos de {rows} estrategias, de los "
        "que se dibujan {drawn}. Sobre la línea de trazos ambos valores son iguales.",
    },
    "picture.correlation": {
        "en": "Rank correlation of searched and hold-out: {value}.",
        "es": "Correlación de rangos entre búsqueda y reserva: {value}.",
    },
    "picture.no_ids": {
        "en": "Dots have no names and stand at the nearest pixel, so the cloud shows the hold-out "
        "of no strategy but #{rank}: it counts as one look, that at #{rank}.",
        "es": "Los puntos no tienen nombre y están en el píxel más cercano: la nube no enseña la "
        "reserva de ninguna estrategia salvo la n.º {rank}, y cuenta como una sola mirada, la de "
        "la n.º {rank}.",
    },
    "picture.histogram_told": {
        "en": "How often each value was found: {n} values in {bins} bins.",
        "es": "Cuántas veces salió cada valor: {n} valores en {bins} intervalos.",
    },
    "picture.without_value": {
        "en": "{n} more have no value.",
        "es": "Otros {n} no tienen valor.",
    },
    "picture.lucky_told": {
        "en": "The band is where the best of {n} strategies without any skill lands in 90 of 100 "
        "cases; its dashed line is what is expected.",
        "es": "La banda es donde cae la mejor de {n} estrategias sin ningún mérito en 90 de cada "
        "100 casos; su línea de trazos es lo esperado.",
    },
    "picture.not_lucky": {
        "en": "Where the best of {n} lucky ones would stand is not known: holding is not recorded.",
        "es": "No se sabe dónde estaría la mejor de {n} con suerte: no consta lo que da mantener.",
    },
    "picture.no_luck": {
        "en": "{n} were tried. A problem without daily returns has no measure of luck.",
        "es": "Se probaron {n}. Un problema sin rendimientos diarios no tiene medida de la suerte.",
    },
    "picture.candles": {
        "en": "Each of the {n:bar} is drawn.",
        "es": "Se dibuja cada barra: {n:bar}.",
    },
    "picture.closes": {
        "en": "The closes of {n:bar}, of which the lowest and the highest of each pixel column are "
        "drawn ({kept} points).",
        "es": "Los cierres de {n:bar}; se dibujan el más bajo y el más alto de cada columna de "
        "píxeles ({kept} puntos).",
    },
    "picture.all_closes": {
        "en": "The closes of {n:bar}, all drawn.",
        "es": "Los cierres de {n:bar}, todos dibujados.",
    },
    "picture.price_told": {
        "en": "{n} of the {whole:trade} of #{rank}, with stop and target as they were set at the "
        "entry.",
        "es": "{n} de las {whole:trade} de la n.º {rank}, con stop y objetivo tal como se fijaron "
        "al entrar.",
    },
    "picture.search_told": {
        "en": "The best so far of each run (solid), and the median of those of each generation "
        "that meet the conditions (dots).",
        "es": "Lo mejor hasta el momento de cada búsqueda (línea continua), y la mediana de las "
        "que cumplen las condiciones en cada generación (puntos).",
    },
    "picture.search_many": {
        "en": "The best so far of each run, a line a run.",
        "es": "Lo mejor hasta el momento de cada búsqueda, una línea por búsqueda.",
    },
    "picture.cut_runs": {
        "en": "The best {n} of {whole:run} are drawn.",
        "es": "Se dibujan las mejores {n} de {whole:run}.",
    },
    "picture.kept_copies": {
        "en": "What several runs found counts for the run whose copy the ranking keeps.",
        "es": "Lo que varias búsquedas encontraron cuenta para aquella cuya copia guarda la "
        "clasificación.",
    },
    "picture.rising": {
        "en": "{n} of {of:run} still improving at the end: going on may find better.",
        "es": "{n} de {of:run} seguían mejorando al final: continuar puede encontrar algo mejor.",
    },
    "picture.settled": {
        "en": "Of {of:run} none was still improving at the end.",
        "es": "De {of:run} ninguna seguía mejorando al final.",
    },
    "picture.plateau_told": {
        "en": "Each cell of two genes: above its best, below its median ({unit}), and how many "
        "were tried there ({n} in all).",
        "es": "Cada celda de dos genes: arriba su mejor, abajo su mediana ({unit}), y cuántos se "
        "probaron en ella ({n} en total).",
    },
    "picture.strongest": {
        "en": "The genes that explain most of the variance of the ranks: {x} and {y} ({first} "
        "and {second}).",
        "es": "Los genes que más explican de la varianza de los rangos: {x} y {y} ({first} y "
        "{second}).",
    },
    "picture.ringed": {
        "en": "#{rank} lies in the framed cell.",
        "es": "La n.º {rank} está en la celda enmarcada.",
    },
    "picture.genes_told": {
        "en": "The {n} genes of {whole} that explain most of the variance of the ranks.",
        "es": "Los {n} genes de {whole} que más explican de la varianza de los rangos.",
    },
    "picture.genes_rows": {
        "en": "Of {n} that meet the conditions at most {most} are drawn a gene.",
        "es": "De {n} que cumplen las condiciones se dibujan como mucho {most} por gen.",
    },
    "picture.costs_told": {
        "en": "Return of #{rank} at several fees a side, each with slippage {slippage}; it was "
        "measured at {own}. Holding has no costs.",
        "es": "Rentabilidad de la n.º {rank} con varias comisiones por lado, cada una con "
        "deslizamiento {slippage}; se midió con {own}. Mantener no tiene costes.",
    },
    "picture.breaks_even": {
        "en": "Where it was searched it breaks even at a fee of {fee} a side; the fee is {own}.",
        "es": "Donde se buscó no gana ni pierde con una comisión de {fee} por lado; la comisión es "
        "{own}.",
    },
    "picture.never_earns": {
        "en": "Where it was searched #{rank} loses even without a fee.",
        "es": "Donde se buscó, la n.º {rank} pierde incluso sin comisión.",
    },
    "picture.months_told": {
        "en": "Return of #{rank} and of holding in each of {n:month}, by UTC.",
        "es": "Rentabilidad de la n.º {rank} y de mantener en cada uno de {n:month}, según UTC.",
    },
    "picture.twice": {
        "en": "A month in which the hold-out begins stands twice.",
        "es": "El mes en que empieza la reserva aparece dos veces.",
    },
    "picture.apart_returns": {
        "en": "The daily returns of no two of them correlate at {below} or more.",
        "es": "Entre los rendimientos diarios de dos cualesquiera la correlación es menor que "
        "{below}.",
    },
    "picture.apart_behaviour": {
        "en": "No two of them have the same trades.",
        "es": "No hay dos con las mismas operaciones.",
    },
    "picture.apart_genes": {
        "en": "The genes of any two differ by at least 5 % of their ranges on average.",
        "es": "Los genes de dos cualesquiera difieren en promedio al menos un 5 % de sus rangos.",
    },
    "picture.compared": {
        "en": "Found among the best {n} that meet the conditions.",
        "es": "Buscadas entre las mejores {n} que cumplen las condiciones.",
    },
    "picture.ideas_all": {
        "en": "The best {rows:row} that meet the conditions are {n:idea} at {below:.2}.",
        "es": "Las mejores {rows:row} que cumplen las condiciones son {n:idea} con {below:.2}.",
    },
    "picture.ideas_more": {
        "en": "The best {rows:row} that meet the conditions are more than {n:idea} at {below:.2}.",
        "es": "Las mejores {rows:row} que cumplen las condiciones son más de {n:idea} con "
        "{below:.2}.",
    },
    "picture.searched_alone": {
        "en": "All figures are of the searched part.",
        "es": "Todas las cifras son de la parte en que se buscó.",
    },
    "picture.machines_told": {
        "en": "All that was measured: found by this machine alone, by others too, or again by "
        "itself.",
        "es": "Todo lo medido: hallado solo por esta máquina, también por otras, o repetido por "
        "ella misma.",
    },
    "picture.cut_machines": {
        "en": "The {n} largest are drawn.",
        "es": "Se dibujan las {n} mayores.",
    },
}
