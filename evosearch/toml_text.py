"""Plain data as TOML, as profiles are written into shards."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any


def write_toml(plain: Mapping[str, Any]) -> str:
    """Tables of plain data as a TOML document: what is no table first, one value a line."""
    tables = {key: value for key, value in plain.items() if isinstance(value, dict)}
    lines = [f"{_key(key)} = {write_value(v)}" for key, v in plain.items() if key not in tables]
    for key, table in tables.items():
        lines += ["", f"[{_key(key)}]"]
        lines += [f"{_key(name)} = {write_value(value)}" for name, value in table.items()]
    return "\n".join(lines) + "\n"


def write_value(value: Any) -> str:
    """One value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(write_value(item) for item in value)}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {write_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (int, float)):
        return repr(value)
    # JSON strings are TOML basic strings, but for DEL, which TOML wants escaped.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")


def _key(key: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_-]+", key):
        return key
    return json.dumps(key, ensure_ascii=False).replace("\x7f", "\\u007F")
