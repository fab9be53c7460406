"""One row for each act, for spreadsheets and statistical packages.

Several values of a cell (addressees, conditions) are separated by `` | ``. Text that a spreadsheet would take for a
formula is made harmless; `codes` columns hold codes of the catalogue, `text` columns the words of the document.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from sse_observatory.core.spreadsheets import safe_cell
from sse_observatory.instruments.model import Act, Element, Instrument

COLUMNS = (
    "symbol",
    "file",
    "language",
    "title",
    "adopted",
    "paragraph",
    "act",
    "modifier",
    "verb",
    "verb_code",
    "verb_text",
    "strength",
    "addressee_codes",
    "addressee_text",
    "action",
    "condition_codes",
    "condition_text",
    "deadline_text",
    "deadline_due",
    "deadline_session",
    "deadline_basis",
    "recurrence_text",
    "recurrence_rule",
    "references",
    "text",
)
SEPARATOR = " | "


def to_csv(instruments: Iterable[Instrument]) -> str:
    """The acts of some instruments as CSV (RFC 4180), with a heading."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for instrument in instruments:
        writer.writerows(rows(instrument))
    return written.getvalue()


def rows(instrument: Instrument) -> Iterator[list[str]]:
    """A row for each act, in the order of the text."""
    for element in instrument.elements:
        for act in instrument.acts.get(element.id, ()):
            yield [safe_cell(value) for value in _row(instrument, element, act)]


def _row(instrument: Instrument, element: Element, act: Act) -> list[str]:
    work, deadline, recurrence = instrument.work, act.deadline, act.recurrence
    return [
        str(work.symbol or ""),
        instrument.source.name or "",
        instrument.expression.language,
        instrument.expression.title or "",
        work.adopted.isoformat() if work.adopted else "",
        element.id,
        act.id,
        act.modifier or "",
        act.verb,
        act.code,
        act.verb_text,
        act.strength,
        SEPARATOR.join(a.term or "" for a in act.addressees),
        SEPARATOR.join(a.text for a in act.addressees),
        act.action,
        SEPARATOR.join(c.term for c in act.conditions),
        SEPARATOR.join(c.text for c in act.conditions),
        deadline.text if deadline else "",
        deadline.due.isoformat() if deadline and deadline.due else "",
        str(deadline.session) if deadline and deadline.session is not None else "",
        deadline.basis if deadline else "",
        recurrence.text if recurrence else "",
        recurrence.rule if recurrence else "",
        SEPARATOR.join(str(r.symbol or r.text) for r in act.references),
        element.text,
    ]
