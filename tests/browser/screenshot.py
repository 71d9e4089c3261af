"""The README's picture of a report: python -m tests.browser.screenshot [--data FILE] [-o PNG].

Two searches as the README makes them are merged, and the beginning of their report is photographed.
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import evosearch
from evosearch.assemble.pages.build import Asked, build_report
from tests.browser.chromium import FLAGS, find_chromium
from tests.conftest import ROOT

# GitHub shows a README about 900 pixels wide.
WIDTH, MAX_BYTES = 1100, 300_000


def make_report(data, folder):
    """Search as the two machines do, merge, and build the report; its path."""
    results = str(folder / "results")
    settings = () if data is None else (f"problem.data={data}",)
    for number, name in enumerate(("pro", "air")):
        profile = evosearch.load_profile(name, settings, seed=1 + number, results=results)
        evosearch.run(profile)
    merged, path = folder / "merged.parquet", folder / "report.html"
    evosearch.merge([f"{results}/*.parquet"], output=merged)
    build_report(Asked(merged, results=results, output=path))
    return path


def photograph(page_path, output):
    """The beginning of a page as PNG."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        page.goto(page_path.as_uri())
        page.wait_for_selector("html[data-turn]", state="attached", timeout=60_000)
        box = page.locator("#equity .caption").bounding_box()
        page.screenshot(
            path=output,
            full_page=True,
            clip={"x": 0, "y": 0, "width": WIDTH, "height": box["y"]},
        )
        browser.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="a file of prices; default: the bundled sample")
    parser.add_argument("-o", "--output", default=str(ROOT / "docs" / "report.png"))
    asked = parser.parse_args()
    data = str(Path(asked.data).resolve()) if asked.data else "sample:ibm-daily"
    with tempfile.TemporaryDirectory() as folder:
        photograph(make_report(data, Path(folder)), asked.output)
    n_bytes = Path(asked.output).stat().st_size
    assert n_bytes < MAX_BYTES, f"{asked.output} has {n_bytes:,} bytes"
    print(f"{asked.output}: {n_bytes:,} bytes")


if __name__ == "__main__":
    main()
