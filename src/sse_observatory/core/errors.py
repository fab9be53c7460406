"""The errors a person can act on.

Every error says what happened, where, and what to do next. None of them shows a traceback to a
user: the command line prints `str(error)` and exits with `exit_status`.
"""

from __future__ import annotations

from pathlib import Path


class ObservatoryError(Exception):
    """A mistake or a refusal that a person can act on.

    `what` is the sentence that says what happened, `todo` what to do about it. `retry` is True only
    where the same call may succeed later without a change.
    """

    exit_status = 1
    retry = False

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what}\n  What to do: {self.todo}" if self.todo else self.what


class InputError(ObservatoryError):
    """A file is not what its description says: the file, line, column, value, what was expected."""

    exit_status = 2

    def __init__(
        self,
        what: str,
        *,
        file: Path | str,
        line: int | None = None,
        column: str | None = None,
        value: str | None = None,
        expected: str = "",
        todo: str = "",
    ) -> None:
        self.file, self.line, self.column, self.value, self.expected = file, line, column, value, expected
        place = str(file)
        if line is not None:
            place += f", line {line}"
        if column is not None:
            place += f", column {column!r}"
        if value is not None:
            place += f", value {value!r}"
        sentence = f"{place}: {what}"
        if expected:
            sentence += f" Expected: {expected}."
        super().__init__(sentence, todo)


class CatalogueError(InputError):
    """The catalogue contradicts itself or lacks something; it lists the place like any input error."""

    exit_status = 3


class NotFound(ObservatoryError):
    """Something asked for by name does not exist here."""

    exit_status = 4


class Unsafe(ObservatoryError):
    """Publishing would give away a confidential unit, or its safety could not be shown."""

    exit_status = 5


class Damaged(ObservatoryError):
    """Stored content does not match its own hash."""

    exit_status = 6


class Busy(ObservatoryError):
    """Another process holds what this one needs; trying again may succeed."""

    exit_status = 7
    retry = True
