"""Pages made once, and a Chromium that opens them. Without one all of this is skipped, and says so."""

import contextlib
import os

import pytest

from evosearch.assemble.pages.build import Asked, build_report
from tests.assemble.pages.reports import make_ranking
from tests.browser.chromium import FLAGS, find_chromium


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine: make test-browser says how to get one")
    return browser_type_launch_args | {"executable_path": program, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def ranking(tmp_path_factory):
    """A merged file of two machines, one with a hostile name, and its folder of results."""
    return make_ranking(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="session")
def reports(ranking, tmp_path_factory):
    """The report in each language, by language."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for language in ("en", "es"):
        path = folder / f"{language}.html"
        build_report(Asked(ranking.merged, results=ranking.results, output=path, language=language))
        found[language] = path
    return found


class Watched:
    """What a page says and asks for while it is open."""

    def __init__(self, page):
        self.said, self.asked = [], []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))


@pytest.fixture(scope="session")
def open_page(browser):
    """Open a file; the page, drawn, and what it said and asked for."""
    contexts = []

    def open_it(path, width=1280, scheme="light", script=True):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        watched = Watched(page)
        page.goto(path.as_uri())
        if script:
            # Functions to wait for are evaluated in the page, which its policy forbids.
            page.wait_for_selector("html[data-turn]", state="attached", timeout=60_000)
        return page, watched

    yield open_it
    for context in contexts:
        context.close()


@contextlib.contextmanager
def drawn_again(page):
    """Wait until all pictures were drawn once more than before."""
    turn = page.get_attribute("html", "data-turn")
    yield
    page.wait_for_selector(f"html:not([data-turn='{turn}'])", state="attached", timeout=60_000)


@pytest.fixture(scope="session")
def english(reports, open_page):
    """The English report in a wide window: nothing that one test does hinders another."""
    return open_page(reports["en"])


@pytest.fixture(scope="session")
def spanish(reports, open_page):
    """The Spanish report in a narrow dark window."""
    return open_page(reports["es"], 375, "dark")


@pytest.fixture(scope="session")
def shots(tmp_path_factory):
    """Where screenshots go: the folder that EVOSEARCH_SCREENSHOTS names."""
    return os.environ.get("EVOSEARCH_SCREENSHOTS") or str(tmp_path_factory.mktemp("shots"))
