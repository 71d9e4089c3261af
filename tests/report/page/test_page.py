"""A page from plain data: what it allows, what it escapes, and that nothing else gets in."""

import base64
import hashlib
import json
import re

import pytest

from evosearch.report.page.cells import MAX_ROWS, show_cell
from evosearch.report.page.contents import KeyNumber, Page, Said
from evosearch.report.page.records import KINDS, PLACES, Grid, Picture
from evosearch.report.page.render import render
from evosearch.report.page.scripts import write_json
from evosearch.report.page.sparkline import HEIGHT, WIDTH, draw_sparkline

EVIL = '</script><img src=x onerror="alert(1)">\'&'


def make_page(language="en", text="plain", n_rows=3, n_pictures=1):
    rows = tuple(
        (text, "2025-10-10 09:50", "9 %", k, -k / 3, k / 9, k / 7, 1000.5 * k, (0.0, 1.0, 0.5))
        for k in range(n_rows)
    )
    headers = tuple(f"{text} {kind}" for kind in KINDS)
    grid = Grid(headers, rows, KINDS, text, f"{text}.csv")
    figure = {"data": [{"type": "scatter", "x": [1, 2], "y": [3, 4], "name": text}], "layout": {}}
    pictures = [
        Picture(place, text, figure, text, (grid,), sentences=(text,))
        for place in PLACES[:n_pictures]
    ]
    return Page(
        language=language,
        title=text,
        lines=(text,),
        verdict=Said("bad", text),
        box=((text, text),),
        numbers=(KeyNumber(text, text, text, True),),
        checks=(Said("bad", text),),
        pictures=tuple(pictures),
        command=text,
    )


@pytest.fixture(scope="module")
def evil():
    return render(make_page(text=EVIL))


def list_scripts(text):
    """Attributes and text of each script element, as a browser finds them."""
    return re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)


def test_the_policy_allows_two_scripts_by_their_hash_and_nothing_else(evil):
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', evil)
    run = [body for attributes, body in list_scripts(evil) if "application/json" not in attributes]
    hashes = [base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in run]
    scripts = " ".join(f"'sha256-{each}'" for each in hashes)
    policy = policy.replace("&#39;", "'")
    assert len(run) == 2
    assert policy == (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert evil.index("Content-Security-Policy") < evil.index("<style>")


def test_texts_of_strangers_are_text(evil):
    inside = re.sub(r"<(script|style)\b.*?</\1>", "", evil, flags=re.DOTALL)
    assert "<img" not in inside
    assert inside.count("&lt;/script&gt;&lt;img src=x") > 15
    ((_, body),) = [each for each in list_scripts(evil) if "application/json" in each[0]]
    assert "<" not in body
    assert json.loads(body)["data"][0]["name"] == EVIL


def test_a_page_names_no_place_outside_of_itself(evil):
    """Plotly's script names places that it asks only for maps; the policy would refuse them."""
    own = [body for attributes, body in list_scripts(evil)][-1]
    rest = re.sub(r"<script[^>]*>.*?</script>", "", evil, flags=re.DOTALL)
    for text in (own, rest):
        assert not re.search(r"https?:|//[a-z]|@import|url\(|srcset|<(iframe|object|embed)", text)
    links = re.findall(r'(?:src|href)="([^"]*)', rest)
    assert [link for link in links if not link.startswith("#")] == ["data:,"]


def test_the_same_page_has_the_same_bytes(evil):
    assert render(make_page(text=EVIL)) == evil


def test_headings_descend_one_by_one_and_all_is_labelled():
    text = render(make_page("es", n_pictures=len(PLACES), n_rows=1))
    body = text[text.index("<body") : text.index("<script")]
    levels = [int(level) for level in re.findall(r"<h(\d)", body)]
    assert levels[:2] == [1, 2] and set(levels[1:]) == {2}
    assert '<html lang="es">' in text
    ids = re.findall(r' id="([^"]+)"', body)
    assert len(ids) == len({*ids})
    named = {name for names in re.findall(r'aria-labelledby="([^"]+)"', body) for name in [names]}
    assert named <= {*ids}
    assert {link for link in re.findall(r'href="#([^"]+)"', body)} <= {*ids}
    assert all('scope="col"' in head for head in re.findall(r"<th\b[^>]*>", body))


def test_numbers_are_written_in_the_language_and_sorted_as_numbers():
    shown = show_cell(-1234.5, "money", "es")
    assert (shown.text, shown.value, shown.is_loss) == ("-1.234,50", "-1234.5", True)
    assert show_cell(-0.0913, "percent", "en").text == "-9.13\N{NO-BREAK SPACE}%"
    assert show_cell(-0.00001, "percent", "en").is_loss is False
    assert show_cell(None, "decimal", "en").value == ""
    assert show_cell(float("nan"), "decimal", "en").value == ""
    assert show_cell("a\x1b[31mb", "text", "en").text != "a\x1b[31mb"


def test_a_table_has_a_limit_and_says_so():
    grid = Grid(("n",), tuple((k,) for k in range(MAX_ROWS + 5)), ("integer",), "many")
    page = make_page()
    picture = Picture("rests", "rests", None, "", (grid,))
    text = render(Page(**{**vars(page), "pictures": (picture,)}))
    assert text.count("<tr>") == MAX_ROWS + 1
    assert "The first 1,000 rows are shown." in text
    assert "plotly" not in text  # nothing is drawn: its script is left out


def test_small_curves_keep_their_ends_and_stay_in_their_box():
    points = draw_sparkline([float(k % 97) for k in range(30_000)]).split()
    places = [tuple(map(float, point.split(","))) for point in points]
    assert len(places) <= 2 * WIDTH
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
    assert draw_sparkline([]) == ""
    assert draw_sparkline([1.0, 1.0]) == f"0,2 {WIDTH},2"


def test_a_page_refuses_what_has_no_place():
    page = make_page()
    twice = Page(**{**vars(page), "pictures": page.pictures * 2})
    with pytest.raises(ValueError, match="two pictures"):
        twice.list_pictures()
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"y": [float("nan")]})
