r"""Paths as a person types them: one rule for options, profiles and calls from Python.

    ~/evo   ~ana/evo   $HOME/evo   ${HOME}/evo   %USERPROFILE%\evo

Only what a person of this machine wrote is expanded, never what a shard says.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from evosearch.errors import UsageError

_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)|\$\{([^}/\\]+)\}|%([^%/\\]+)%")
_HOMES = ("HOME", "USERPROFILE")


def expand_path(path: str | os.PathLike[str]) -> str:
    """A path with its home folder and its variables written out.

    Parameters
    ----------
    path : str or path
        ``./~name`` means a file that is really called ``~name``, and so does a name with the sign
        of a variable where there is a file of that name.

    Returns
    -------
    str
        What is not known here stays as it is. Expanded again, it stays the same.

    Examples
    --------
    >>> expand_path("prices/bars.csv")
    'prices/bars.csv'
    >>> expand_path("~/bars.csv") == os.path.expanduser("~/bars.csv")
    True
    """
    raw = os.fspath(path)
    text = os.path.expanduser(raw)  # noqa: PTH111 (which raises)
    if not os.path.lexists(text):
        text = _VARIABLE.sub(_replace, text)
    if not os.path.isabs(text):  # noqa: PTH117
        find_current_folder()
    is_meant = not raw.startswith("~") and os.path.normpath(text).startswith("~")
    return os.path.join(find_current_folder(), os.path.normpath(text)) if is_meant else text  # noqa: PTH118


def write_out(path: str | os.PathLike[str]) -> str:
    """A path that leads to the same file from every folder: expanded, absolute, without ``..``."""
    text = expand_path(path)
    text = text if os.path.isabs(text) else os.path.join(find_current_folder(), text)  # noqa: PTH117, PTH118
    plain = os.path.normpath(text)
    # Behind a link to a folder, .. leads elsewhere than it reads.
    with contextlib.suppress(OSError, ValueError):
        return plain if os.path.samefile(plain, text) else text  # noqa: PTH121
    return text


def expand_target(path: str | os.PathLike[str]) -> Path:
    """A path that may be written to.

    Raises
    ------
    UsageError
        It begins with the home of an unknown user, or names a variable that is not set: a folder
        that is called so would be made, and looked for elsewhere by every shell.
    """
    text = expand_path(path)
    if not os.path.lexists(text):
        if os.pardir in Path(text).parts:
            # Of missing/../all.csv nothing exists until its folder is made: then it is all.csv.
            text = os.path.realpath(text)
        left = _VARIABLE.search(text)
        if left:
            name = next(filter(None, left.groups()))
            raise UsageError(
                f"{os.fspath(path)}: there is no variable {name} here. Write the folder out, or "
                "make it first if it is really called so."
            )
        first = Path(text).parts[:1]
        if first and first[0].startswith("~") and not os.path.isdir(first[0]):  # noqa: PTH112
            raise UsageError(
                f"{os.fspath(path)}: this machine knows no home folder {first[0]}. Write the "
                f"folder out, or write ./{first[0]} if it is really called so."
            )
    return Path(text)


def find_current_folder() -> str:
    """The current folder.

    Raises
    ------
    UsageError
        It was deleted meanwhile.
    """
    try:
        return os.getcwd()  # noqa: PTH109 (a text)
    except OSError as error:
        raise UsageError(
            "The folder that you are in was deleted or moved away. Go to another one, with cd, "
            "and give the command again."
        ) from error


def _replace(found: re.Match[str]) -> str:
    name = next(filter(None, found.groups()))
    value = os.environ.get(name)
    if value is None and name in _HOMES:  # the other kind of system calls it so
        home = os.path.expanduser("~")  # noqa: PTH111 (which raises)
        value = None if home == "~" else home
    return found[0] if value is None else value
