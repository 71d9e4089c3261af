r"""Texts without private parts: absolute paths, and names of a person or machine.

`remove_paths` knows the form of a path and nothing of this machine, so that every machine makes the
same of a text. `Private` also knows the folders and the names that are private here.

    FileNotFoundError: [Errno 2] No such file or directory: '/home/ana/my bars/btc.csv'
    FileNotFoundError: [Errno 2] No such file or directory: 'btc.csv'
"""

from __future__ import annotations

import getpass
import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.texts import slugify

# Stands for a known folder while a text is processed; its name may hold blanks.
_KNOWN, _BLANK = "\x00", "\x01"
_CHARS = r"[^\s'\"`<>|\x00]"
_WINDOWS_HOMES = r"(?:Users|Documents and Settings)"
_BEGIN = r"(?:~[\w.-]*(?=[\\/])|[A-Za-z]:(?=[\\/])|(?=/)|(?=\\\\{1,8}[\w.?$-]{1,200}\\)|\x00)"
# A slash within a word or after a bracket divides; after an escaped line break, or an option of a
# compiler, a path begins. What a fingerprint says of a problem's own folder is relative.
_OUTSIDE = r"(?:(?<![\w.\-/\\~+*)\]}$%])(?<!<folder>)|(?<=\\[nrt])|(?<=\s-[A-Z]))"
# Every repetition below is bounded or consumes what it reads: a stranger's text may be long.
_URL = rf"(?P<url>(?<![A-Za-z0-9])(?!file:)[A-Za-z][A-Za-z0-9+.-]{{1,20}}://(?!/){_CHARS}*)"
_FILE = (
    r"(?P<file>(?<![A-Za-z0-9])"
    r"(?:(?:file:){1,9}(?://[\w.-]{0,99}(?=/))?|[A-Za-z][\w+.-]{1,20}:///(?=/?\w)))"
    rf"(?P<place>{_CHARS}+)"
)
_QUOTED = (
    rf"(?P<mark>['\"`])(?P<quoted>{_BEGIN}(?:(?!(?P=mark))[^\\]|\\[\s\S])*)(?P<close>(?P=mark))?"
)
# Compilers colour paths; escapes stand in errors as they are shown.
_COLOUR = r"(?P<colour>(?:\x1b|\\x1b)\[[\d;]{0,20}[a-z])"
_RELATIVE = r"(?:\.\.?[\\/]){0,99}\.{0,2}(?=\x00)"
_PLAIN = rf"(?P<plain>(?:{_RELATIVE}|{_OUTSIDE}|{_COLOUR}){_BEGIN}(?!(?<=<)/\w+>){_CHARS}*)"
# Of home folders even the second half of a path names the person.
_BELOW_HOME = rf"(?P<home>[\\/](?:home|{_WINDOWS_HOMES})[\\/]+{_CHARS}+)"
_PATH = re.compile("|".join((_URL, _FILE, _QUOTED, _PLAIN, _BELOW_HOME)), re.IGNORECASE)
_BEFORE = re.compile(r"[\w.\\/-]*$")
_NEAR = 300
_HOME = re.compile(rf"(?:[a-z]:)?[\\/]+(?:home|{_WINDOWS_HOMES})[\\/]+[^\\/]+[\\/]*", re.IGNORECASE)
_SEVERAL = re.compile(r"(?<=[:;,])(?<!^[A-Za-z]:)(?<![:;,][A-Za-z]:)(?=(?:~|[A-Za-z]:)?[\\/]|\x00)")
# The rest of a path whose folders have blanks in their names.
_REST = re.compile(r"(?: (?!-)[^\s\\/'\"`:;,|<>=]+){1,3}[\\/]+" + _CHARS + "+")
_IDIOM = re.compile(r"(?i)(?:^|.* )(?:and/or|n/a|i/o|w/o)\b")
_UNQUOTED = re.compile(rf"\x00?{_CHARS}*")
_CUT = "..."

# Names of accounts and folders that are those of no person.
_NOBODY = re.compile(
    "root user users admin administrator runner runneradmin ubuntu debian fedora centos ec2-user "
    "vagrant docker nobody guest test tester jovyan app home default public work workspace "
    "codespace vscode gitpod dev developer sandbox ray data nonroot node python evosearch conda "
    "mambauser appuser build builder ci jenkins gitlab github system service local student project "
    "src tmp temp var opt usr".replace(" ", "|")
)
_SHORTEST_NAME = 3
# The longest error of a row.
_ERROR_BYTES = 200


def remove_paths(text: str, is_cut: bool = False) -> str:
    r"""A text in which of every absolute path only the last part is left.

    Paths of POSIX and Windows, of network shares, below ``~``, in ``file:`` addresses, in quotes
    with blanks. What is relative, a fraction, a date or an address of the web stays as it is.

    Parameters
    ----------
    text : str
    is_cut : bool
        The text may end in the middle of a path: then nothing of a path at its end is left.

    Returns
    -------
    str
        The same when it is given its own result.

    Examples
    --------
    >>> remove_paths("no file 'C:\\Users\\ana\\my bars\\btc.csv', see https://example.org/a/b")
    "no file 'btc.csv', see https://example.org/a/b"
    """
    if not ("/" in text or "\\" in text or _KNOWN in text):
        return text
    # Once more where what is left of one path stands beside what looks like another.
    for _ in range(5):
        shorter = _remove_once(text, is_cut)
        if shorter == text:
            break
        text = shorter
    return text


def _remove_once(text: str, is_cut: bool) -> str:
    pieces, place = [], 0
    while found := _PATH.search(text, place):
        begin, end = found.span()
        if found["home"] is not None:
            near = max(place, begin - _NEAR)
            begin = near + _BEFORE.search(text[near:begin]).start()  # type: ignore[union-attr]
        pieces.append(text[place:begin])
        place = end
        if found["url"] is not None:
            pieces.append(found[0])
            continue
        if found["mark"] is not None:
            pieces.append(found["mark"])
            begin = found.start("quoted")
            if ": " not in found["quoted"][2:]:
                is_lost = is_cut and found["close"] is None
                pieces += [_CUT if is_lost else _shorten(found["quoted"]), found["close"] or ""]
                continue
            # A sentence in quotes: its path ends as it would without them.
            place = _UNQUOTED.match(text, begin).end()  # type: ignore[union-attr]
        elif found["file"] is not None:
            begin = found.start("place")
            pieces.append("" if found["file"].lower().startswith("file:") else found["file"])
        elif found["colour"] is not None:
            begin = found.end("colour")
            pieces.append(found["colour"])
        place = _find_end(text, begin, place)
        pieces.append(_shorten_all(text[begin:place], is_cut and place == len(text)))
    return "".join(pieces) + text[place:]


def _find_end(text: str, begin: int, place: int) -> int:
    """Where a path that is not in quotes ends: folders may have blanks in their names."""
    while rest := _REST.match(text, place):
        last = re.split(r"[\\/]", text[max(begin, place - _NEAR) : place])[-1]
        is_idiom = _IDIOM.match(rest[0]) or not any(char.isalpha() for char in rest[0])
        if is_idiom or "." in last or last.endswith((",", ":", ";", ")")):
            break
        place = rest.end()
    return place


def _shorten_all(raw: str, is_cut: bool) -> str:
    """What is left of one path or of several in a row, and of what a sentence puts behind them."""
    text = raw.rstrip(".,:;)]}!?")
    paths = _SEVERAL.split(text)
    if is_cut and _shorten(paths[-1]) != paths[-1]:
        return "".join(map(_shorten, paths[:-1])) + _CUT
    return "".join(map(_shorten, paths)) + raw[len(text) :]


def _shorten(path: str) -> str:
    """The last part of one path; a home folder is ``~``, and what names nothing stays."""
    end = path[len(path.rstrip(":;,")) :]
    path = path[: len(path) - len(end)]
    if path.lstrip("\\/") in ("", _KNOWN) or _HOME.fullmatch(path):
        return ("~" if path.strip("\\/") else path) + end
    parts = [part for part in re.split(r"[\\/]+", path) if part]
    if path[0] in "~\x00" or re.match(r"[A-Za-z]:", path):
        parts = parts[1:]
        if not parts:
            return ("~" if path[0] in "~\x00" else path) + end
    elif not any(char.isalpha() for part in parts for char in part):
        return path + end
    return parts[-1] + end


class Private:
    """What is private on this machine, beside the form of a path.

    Parameters
    ----------
    folders : iterable of Path
        Folders of the profile.
    machine : str
        What this machine is called in shards; its host's name, where that is another, is removed.
    """

    def __init__(self, folders: Iterable[Path], machine: str) -> None:
        known = _list_folders(folders)
        self._folders = [
            (_match_folder(folder), _KNOWN if is_home else f"{_KNOWN}/{_last_part(folder)}")
            for folder, is_home in known
        ]
        self._blank = [folder for folder, _ in known if " " in folder]
        self._names: list[tuple[re.Pattern[str], str]] = []
        host = platform.node()
        short = host.split(".")[0]
        if slugify(short) != machine and short.lower() != "localhost":
            for name in filter(None, dict.fromkeys([host, short, slugify(short)])):
                word = rf"(?<![\w-]){re.escape(name)}(?![\w-])"
                self._names.append((re.compile(word, re.IGNORECASE), machine))
        self._people = list_people()
        for name in self._people:
            word = rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"
            self._names.append((re.compile(word), "USER"))

    def remove(self, text: str, is_cut: bool = False) -> str:
        """The text without any of it; as in `remove_paths`."""
        if is_cut:
            text = self._complete(text)
        if "/" in text or "\\" in text:
            for pattern, known in self._folders:
                text = pattern.sub(known, text)
            text = remove_paths(text, is_cut).replace(_KNOWN, "~").replace(_BLANK, " ")
        for word, other in self._names:
            text = word.sub(other, text)
        return text

    def clean(self, errors: NDArray[np.object_]) -> None:
        """Replace the errors of rows by texts without any of it, within their limit."""
        for row in np.flatnonzero(errors.astype(np.bool_)):
            text = self.remove(errors[row], is_cut_error(errors[row]))
            raw = text.encode("utf-8", "replace")[:_ERROR_BYTES]
            errors[row] = raw.decode("utf-8", "ignore")

    def _complete(self, text: str) -> str:
        """The text without a private name that its end has cut."""
        for folder in self._blank:
            n = next((n for n in range(len(folder), 1, -1) if text.endswith(folder[:n])), 0)
            if " " in folder[:n]:
                return text[:-n] + _CUT
        for name in self._people:
            for n in range(len(name) - 1, _SHORTEST_NAME - 1, -1):
                if re.search(rf"(?<![^\W_]){re.escape(name[:n])}$", text):
                    return text[:-n] + _CUT
        return text


def list_people() -> list[str]:
    """Names of the person who runs this, longest first; none of an account that is no person's."""
    found = {os.environ.get(key, "") for key in ("USER", "LOGNAME", "USERNAME", "LNAME")}
    with suppress(Exception):  # KeyError, OSError or ImportError, by system and version
        found.add(getpass.getuser())
    with suppress(RuntimeError):
        found.add(Path.home().name)
    found |= {Path(os.environ.get(key, "")).name for key in ("HOME", "USERPROFILE")}
    people = {
        name
        for name in found
        if len(name) >= _SHORTEST_NAME and not _NOBODY.fullmatch(name.lower())
    }
    return sorted(people, key=lambda name: (-len(name), name))


def _list_folders(folders: Iterable[Path]) -> list[tuple[str, bool]]:
    """Known folders, longest first, each with whether it is a home folder."""
    found: dict[str, bool] = {}
    homes: list[Any] = [Path.home, os.environ.get("HOME"), os.environ.get("USERPROFILE")]
    others: list[Any] = [Path.cwd, tempfile.gettempdir, sys.prefix, sys.base_prefix, *folders]
    for place in filter(None, (*homes, *others)):
        with suppress(OSError, RuntimeError):
            path = Path(place() if callable(place) else place).absolute()
            for each in (path, path.resolve()):
                if len(each.parts) > 1:
                    found.setdefault(str(each), place in homes)
    return sorted(found.items(), key=lambda item: (-len(item[0]), item[0]))


def _match_folder(folder: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in re.split(r"[\\/]+", folder)]
    flags = re.IGNORECASE if sys.platform == "win32" else 0
    return re.compile(r"[\\/]{1,9}".join(parts) + r"(?![\w-])", flags)


def _last_part(folder: str) -> str:
    return re.split(r"[\\/]+", folder.rstrip("\\/"))[-1].replace(" ", _BLANK)


def is_cut_error(text: str) -> bool:
    """Whether the error of a row may have been cut, which is done between two characters."""
    return len(text.encode("utf-8", "replace")) > _ERROR_BYTES - 4
