"""Where this machine has a Chromium. `python -m tests.browser.chromium` prints it."""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# Without a graphics card, and without a word to its maker.
FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium():
    """The program, or None."""
    named = os.environ.get("EVOSEARCH_CHROMIUM")
    if named:
        return named
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or next((path for path in MAC if Path(path).is_file()), None)


if __name__ == "__main__":
    found = find_chromium()
    if found is None:
        sys.exit(
            "These tests open pages in a Chromium, and this machine has none. Install one "
            "(Debian, Ubuntu: apt-get install chromium), or name it: EVOSEARCH_CHROMIUM=PATH"
        )
    print(found)
