"""The one type of what programs read, such as `--json` prints it."""

from typing import Any

# Texts, numbers, truth values and None, in lists and dictionaries of such.
PlainData = dict[str, Any]
