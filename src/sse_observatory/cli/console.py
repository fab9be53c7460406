"""What every command prints with: output for readers and programs, messages and steps for people."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from sse_observatory.core import ObservatoryError

# What is read by a program or a file is not cut to the width of a terminal that is not there.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, highlight=False, soft_wrap=True)


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """`text` without the characters with which a file could steer the terminal of whoever looks at it."""
    return _CONTROL.sub("\ufffd", text)


def plain(text: str) -> str:
    """`text` as it is, with nothing in it read as markup or by the terminal."""
    return printable(text).replace("[", r"\[")


def write(text: str, to: Path | None) -> None:
    """Write a text to a file and say so, or to standard output. Raises ObservatoryError where that cannot be done."""
    if to is None:
        sys.stdout.write(text)
        return
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ObservatoryError(f"{to} cannot be written: {error.strerror}.", "Choose another place.") from None
    err.print(f"Written: {plain(str(to))}", soft_wrap=True)


@contextmanager
def steps(title: str) -> Iterator[Callable[[str], None]]:
    """Show the steps of long work, each with the seconds since the start."""
    started = time.monotonic()
    err.print(f"[bold]{title}[/]")

    def say(message: str) -> None:
        err.print(f"  {time.monotonic() - started:6.1f} s  {plain(message)}")

    yield say
