"""What all commands share. Here errors become messages and exit codes."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, TypeVar, cast

import typer

from evosearch.cli.typed import help as helped
from evosearch.cli.typed.mistakes import Group
from evosearch.errors import EvosearchError
from evosearch.system.os_errors import advise
from evosearch.system.typed_paths import find_current_folder

_ENVIRONMENT = frozenset(
    getattr(errno, name)
    for name in (
        "ENOSPC", "EDQUOT", "EFBIG", "EIO", "EROFS", "EACCES", "EPERM", "EMFILE", "ENFILE",
        "ENOMEM",
    )
    if hasattr(errno, name)
)  # fmt: skip

P = ParamSpec("P")
R = TypeVar("R")

app = typer.Typer(
    name="evosearch",
    cls=Group,
    help=(
        "Search with a genetic algorithm on any number of machines, each on its own, and merge "
        "what they found into one honest ranking."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(
    group: typer.Typer = app,
    name: str | None = None,
    *,
    section: str | None = None,
    example: str = "",
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register a command, of all commands or of a group, under its function's name or another.

    Parameters
    ----------
    group : typer.Typer
    name : str, optional
    section : str, optional
        Where the help of all commands lists it, one of `typed.help`.
    example : str
        A line to paste, at the end of its help.
    """
    kind = helped.make_command(example)
    register = group.command(name, cls=kind, rich_help_panel=section)
    return lambda function: register(_end_well(function))


def add_group(name: str, help: str, section: str) -> typer.Typer:
    """Make a group of commands with a name of its own."""
    group = typer.Typer(cls=Group, help=help, no_args_is_help=True)
    app.add_typer(group, name=name, rich_help_panel=section)
    return group


def _end_well(function: Callable[P, R]) -> Callable[P, R]:
    """Turn an EvosearchError into a message on stderr and its exit code.

    Any other exception is our own fault and keeps its traceback.
    """

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            find_current_folder()
            return function(*args, **kwargs)
        except EvosearchError as error:
            if os.environ.get("EVOSEARCH_TRACEBACK"):
                raise
            from evosearch.cli.console import print_error

            print_error(str(error))
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            # The reader of our output has enough, as in `| head`. That is no error.
            _drop_output()
            raise typer.Exit(0) from None
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")
            raise typer.Exit(130) from None
        except OSError as error:
            from evosearch.cli.console import print_error

            try:
                find_current_folder()
            except EvosearchError as gone:  # deleted meanwhile, and with it what was missed
                print_error(str(gone))
                raise typer.Exit(gone.exit_code) from None
            # A full disk or a protected file can be met anywhere, also while we write output.
            # Other errors of the system are our own faults.
            if error.errno not in _ENVIRONMENT or os.environ.get("EVOSEARCH_TRACEBACK"):
                raise
            _drop_output()
            where = f": {error.filename}" if error.filename else ""
            print_error(f"{error.strerror}{where}. {advise(error)}".rstrip())
            raise typer.Exit(5) from None
        finally:
            _tell_unflushed()

    return wrapper


def _tell_unflushed() -> None:
    """Say what a loss of power may cost, if a file system that was written to cannot flush."""
    flushing = sys.modules.get("evosearch.shards.disk.flushing")  # None: nothing was written
    text = flushing.take_unflushed() if flushing is not None else ""
    if text:
        from evosearch.cli.console import print_warning

        print_warning(text)


def _drop_output() -> None:
    """Discard all further output, and what waits in the buffer."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show_version(wanted: bool) -> None:
    if wanted:
        from evosearch import __version__

        typer.echo(f"evosearch {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Shared by all commands."""
    from evosearch.system.open_files import allow_open_files

    allow_open_files()
    # A redirected stdout may have a small character set. Other characters become escapes.
    with contextlib.suppress(AttributeError, ValueError):
        cast(Any, sys.stdout).reconfigure(errors="backslashreplace")
