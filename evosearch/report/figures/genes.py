"""Each gene against the value of the rows, the strongest gene first."""

from __future__ import annotations

from evosearch.report.figures import style
from evosearch.report.page.data import PageData
from evosearch.report.page.genes_data import Gene, Genes
from evosearch.report.page.records import FIRST, SERIES, Grid, Picture
from evosearch.report.sentences import say

KEY = "genes"
_MOST_DRAWN = 6
_HEIGHT, _GAP = 190, 0.26


def draw(data: PageData, language: str) -> Picture:
    """A row of dots for each gene, one under the other."""
    title, found = say("title.genes", language), data.genes
    if found is None:
        return Picture(KEY, title, None, "", missing=say("picture.no_genes", language))
    drawn = found.genes[:_MOST_DRAWN]
    caption = style.join_sentences(
        say("picture.genes_told", language, n=len(drawn), whole=found.n_genes),
        say("picture.genes_rows", language, n=found.n_rows, most=max(len(g.x) for g in drawn)),
        style.tell_rows(data.facts, language),
        style.tell_searched(data.facts, language),
        style.tell_seeds(data.facts, language),
    )
    figure = _make_figure(data, drawn, language)
    return Picture(KEY, title, figure, caption, (_list_genes(found, language),))


def _make_figure(data: PageData, drawn: tuple[Gene, ...], language: str) -> style.Figure:
    traces: list[style.Figure] = []
    n = len(drawn)
    layout = style.make_layout(language, 60 + _HEIGHT * n, showlegend=False)
    for place, gene in enumerate(drawn):
        end = "" if place == 0 else str(place + 1)
        top = 1.0 - place / n
        layout[f"yaxis{end}"] = style.value_axis(
            data.facts, language, domain=[top - (1 - _GAP) / n, top], anchor=f"x{end}"
        )
        across = style.axis(
            style.name_gene(gene.name, language), anchor=f"y{end}", exponentformat="e"
        )
        if gene.labels:
            across |= {"tickmode": "array", "tickvals": list(range(len(gene.labels)))}
            across["ticktext"] = [style.clean(label) for label in gene.labels]
        elif gene.is_log:
            across["type"] = "log"
        layout[f"xaxis{end}"] = across
        axes = {"xaxis": f"x{end}", "yaxis": f"y{end}", "type": "scatter", "mode": "markers"}
        traces.append(
            axes
            | {
                "x": style.to_list(gene.x),
                "y": style.to_list(gene.y),
                "marker": {"color": SERIES[5], "size": 4, "opacity": 0.45},
                "hovertemplate": "%{x}: %{y:.4~g}<extra></extra>",
            }
        )
        if gene.focus is not None:
            ring = {"symbol": "circle-open", "size": 14, "color": FIRST, "line": {"width": 3}}
            x, y = gene.focus
            traces.append(
                axes
                | {
                    "x": style.to_list([x]),
                    "y": style.to_list([y]),
                    "name": style.name_rank(data.facts.rank, language),
                    "marker": ring,
                }
            )
    return {"data": traces, "layout": layout}


def _list_genes(found: Genes, language: str) -> Grid:
    rows = tuple(
        (
            gene.name,
            gene.n_rows,
            gene.share,
            None if gene.focus is None or gene.labels else gene.focus[0],
            gene.labels[int(gene.focus[0])] if gene.labels and gene.focus else "",
        )
        for gene in found.genes
    )
    headers = tuple(
        say(f"drawn.{name}", language)
        for name in ("gene", "how_many", "explains", "value_first", "choice_first")
    )
    kinds = ("text", "integer", "percent", "value", "text")
    return Grid(headers, rows, kinds, say("title.genes_table", language))
