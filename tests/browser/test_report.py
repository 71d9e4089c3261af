"""The report in a real Chromium: what it asks for, draws, sorts, saves and prints."""

import csv
import io
import re

import pytest

from tests.browser.conftest import drawn_again

pytestmark = pytest.mark.browser


def read_column(page, table, place):
    return page.eval_on_selector_all(
        f"#{table} tbody tr", f"rows => rows.map(row => row.cells[{place}].textContent.trim())"
    )


def test_no_request_leaves_the_page_and_every_picture_is_drawn(reports, english, spanish):
    for language, (page, watched) in {"en": english, "es": spanish}.items():
        path = reports[language]
        assert watched.said == []
        assert watched.asked == [path.as_uri()]
        n = page.locator(".plot").count()
        assert n >= 9
        assert page.get_attribute("html", "data-drawn") == str(n)
        for place in page.locator(".plot").all():
            assert place.locator("svg.main-svg").count() > 0, place.get_attribute("id")
        assert path.stat().st_size < 8_000_000


def look(page, shots, name):
    """Take a picture of all of the page, and check what can be checked without eyes."""
    page.screenshot(path=f"{shots}/{name}.png", full_page=True)
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], name
    sizes = page.eval_on_selector_all(
        ".plot text", "nodes => nodes.map(node => parseFloat(getComputedStyle(node).fontSize))"
    )
    assert sizes and min(sizes) >= 12, name
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = sum(map(int, re.findall(r"\d+", paper)[:3])) > 380
    ink = page.evaluate("getComputedStyle(document.querySelector('#equity-plot text')).fill")
    is_dark_ink = sum(map(int, re.findall(r"\d+", ink)[:3])) < 380
    assert light == is_dark_ink == ("light" in name), name


def test_nothing_sticks_out_in_any_width_and_colours_follow_the_reader(reports, open_page, shots):
    for language, path in reports.items():
        page, _ = open_page(path, 375, "light")
        look(page, shots, f"{language}-375-light")
        with drawn_again(page):
            page.emulate_media(color_scheme="dark")
        look(page, shots, f"{language}-375-dark")
        with drawn_again(page):
            page.set_viewport_size({"width": 1280, "height": 900})
        look(page, shots, f"{language}-1280-dark")
        with drawn_again(page):
            page.emulate_media(color_scheme="light")
        look(page, shots, f"{language}-1280-light")


def test_sorting_changes_the_first_row_and_back(english):
    page, _ = english
    table = page.locator("#how-1")
    table.scroll_into_view_if_needed()
    headers = table.locator("thead th")
    place = next(k for k in range(headers.count()) if headers.nth(k).inner_text()[:6] == "profit")
    header = headers.nth(place)
    for order in ("descending", "ascending"):
        header.get_by_role("button").click()
        assert header.get_attribute("aria-sort") == order
        values = [
            float(text) for text in page.eval_on_selector_all(
                "#how-1 tbody tr", f"rows => rows.map(row => row.cells[{place}].dataset.v)"
            )
        ]  # fmt: skip
        assert values == sorted(values, reverse=order == "descending")
    headers.nth(0).get_by_role("button").click()
    headers.nth(0).get_by_role("button").click()
    numbers = read_column(page, "how-1", 0)
    assert numbers == [str(k + 1) for k in range(len(numbers))]


def test_the_button_saves_the_table(english):
    page, watched = english
    table = page.locator("figure", has=page.locator("#how-1"))
    with page.expect_download() as waiting:
        table.get_by_role("button", name="Save as CSV").click()
    assert re.fullmatch(r"trades-[0-9a-f]{8}\.csv", waiting.value.suggested_filename)
    text = waiting.value.path().read_bytes().decode()
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) - 1 == page.locator("#how-1 tbody tr").count()
    assert [row[2] for row in rows[1:]] == read_column(page, "how-1", 2)
    assert all(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", row[8]) for row in rows[1:])
    assert watched.said == []


def test_a_text_of_a_stranger_is_no_formula_in_a_spreadsheet(english):
    page, _ = english
    page.evaluate("document.querySelector('#how-1 tbody td.text').textContent = '=1+1'")
    with page.expect_download() as waiting:
        page.locator("figure", has=page.locator("#how-1")).get_by_role(
            "button", name="Save as CSV"
        ).click()
    text = waiting.value.path().read_bytes().decode()
    assert "'=1+1" in text and ",=1+1" not in text


def test_rows_are_reached_by_keys(english):
    page, _ = english
    rows = page.locator("#how-1 tbody tr")
    rows.nth(0).focus()
    page.keyboard.press("ArrowDown")
    assert rows.nth(1).evaluate("row => row === document.activeElement")
    page.keyboard.press("End")
    assert rows.last.evaluate("row => row === document.activeElement")
    assert page.locator("#how-1 tbody tr[tabindex='0']").count() == 1
    outline = rows.last.evaluate("row => getComputedStyle(row).outlineStyle")
    assert outline == "solid"


def test_a_point_says_what_it_is(english):
    page, _ = english
    place = page.locator("#equity-plot")
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3, steps=4)
    page.wait_for_selector("#equity-plot .hoverlayer text")


def test_it_prints_with_every_picture_light_and_whole(reports, open_page):
    page, _ = open_page(reports["en"], scheme="dark")
    page.evaluate(
        """addEventListener("beforeprint", () => {
            const wide = (node) => node.getBoundingClientRect().width;
            window.printed = {
                widest: Math.max(...[...document.querySelectorAll(".plot svg")].map(wide)),
                ink: getComputedStyle(document.querySelector("#equity-plot text")).fill,
                shut: document.querySelectorAll("details:not([open])").length,
                n: document.querySelectorAll(".plot svg.main-svg").length,
            };
        })"""
    )
    document = page.pdf(format="A4")
    printed = page.evaluate("window.printed")
    assert printed["widest"] <= 690 and printed["shut"] == 0 and printed["n"] >= 9
    assert printed["ink"] == "rgb(27, 31, 36)"
    assert len(re.findall(rb"/Type\s*/Page\b", document)) >= 9
    page.wait_for_selector("html:not(.printing)", state="attached")


def test_without_scripts_the_words_and_tables_are_there(reports, open_page):
    page, watched = open_page(reports["en"], script=False)
    words = page.locator("body").inner_text()
    assert "Verdict" in words and "Scripts are switched off" in words
    assert page.locator("table").count() >= 9
    assert not page.locator(".plot").first.is_visible()
    for section in page.locator("section.picture").all():
        is_told = section.locator("table, .caption, .missing").count() > 0
        assert is_told, section.get_attribute("id")
    assert watched.said == []


def test_a_hostile_machine_does_nothing(english):
    page, watched = english
    assert watched.said == []
    assert page.locator("img").count() == 0
    assert page.locator("main b").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert "<img src=x onerror" in page.locator("#machines").inner_text()


def test_nothing_hinders_a_person_with_a_screen_reader(english, spanish):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core here")
    for page, _ in (english, spanish):
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        found = axe.Axe().run(page)
        told = [
            (each["id"], [node["html"][:120] for node in each["nodes"][:3]])
            for each in found.response["violations"]
        ]
        assert told == []
