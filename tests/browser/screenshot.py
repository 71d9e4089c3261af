"""The READMEs' pictures of a report: python -m tests.browser.screenshot [--data FILE] [-o FOLDER].

The two searches that the READMEs show are made again and merged, and the beginning of their report is
photographed in both languages.
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
SEARCHES = (("pro", "macbook-pro", 189850055174051), ("air", "macbook-air", 105296438580607))
PICTURES = {"en": "report.png", "es": "report.es.png"}


def make_ranking(data, folder):
    """Search as the two machines do, and merge; the path of the merged file."""
    results = str(folder / "results")
    for name, machine, seed in SEARCHES:
        settings = (f"problem.data={data}", f"run.machine={machine}")
        evosearch.run(evosearch.load_profile(name, settings, seed=seed, results=results))
    merged = folder / "merged.parquet"
    evosearch.merge([f"{results}/*.parquet"], output=merged)
    return merged


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
    parser.add_argument("-o", "--output", default=str(ROOT / "docs"), help="a folder")
    asked = parser.parse_args()
    data = str(Path(asked.data).resolve()) if asked.data else "sample:ibm-daily"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        merged = make_ranking(data, folder)
        for language, picture in PICTURES.items():
            page, output = folder / f"{language}.html", Path(asked.output, picture)
            build_report(Asked(merged, results=str(folder), language=language, output=page))
            photograph(page, str(output))
            n_bytes = output.stat().st_size
            assert n_bytes < MAX_BYTES, f"{output} has {n_bytes:,} bytes"
            print(f"{output}: {n_bytes:,} bytes")


if __name__ == "__main__":
    main()
