"""What may be wrong among records that each have the right form: references, vocabularies, dates, roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sse_observatory.catalogue.portfolio import forms
from sse_observatory.catalogue.portfolio.holdings import TITLED_BY_PARTS
from sse_observatory.catalogue.portfolio.model import Coded, In, Names, Needs
from sse_observatory.catalogue.portfolio.reading import Read
from sse_observatory.catalogue.problems import Problem
from sse_observatory.core import LANGUAGES, Text

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue


def problems(read: Read, catalogue: Catalogue) -> Iterator[Problem]:
    """Errors among the records of `read`."""
    before = len(read.problems)
    _references(read, catalogue)
    yield from read.problems[before:]
    del read.problems[before:]


def _references(read: Read, catalogue: Catalogue) -> None:
    for record in list(read.records.values()):
        for reference in forms.references(record):
            what, todo = _wrong_reference(read, catalogue, reference)
            if what:
                read.wrong_in(record.id, reference.path, what, todo)


def _wrong_reference(read: Read, catalogue: Catalogue, reference: forms.Reference) -> tuple[str, str]:
    value, mark = reference.value, reference.mark
    if isinstance(mark, In):
        known = read.sources if mark.name == "source" else read.terms.get(mark.name, {})
        if value not in known:
            return f"{value!r} is not a {mark.name.replace('_', ' ')}", f"Write one of {', '.join(sorted(known))}."
    elif isinstance(mark, Coded):
        if mark.name in catalogue.codelists and value not in catalogue.codelists[mark.name]:
            return f"{value!r} is not a code of {mark.name}", f"Write a code of {mark.name}, or add it there."
    elif isinstance(mark, (Needs, Names)):
        found = read.records.get(value)
        if found is None:
            return f"there is no record {value!r}", "Correct the id, or write the record."
        if found.kind not in mark.kinds:
            return f"{value!r} is of kind {found.kind}", f"Name one of kind {', '.join(mark.kinds)}."
    return "", ""


def gaps(read: Read) -> Iterator[Problem]:
    """Texts missing in a language, as gaps."""
    for record in read.records.values():
        for path, text in texts(record):
            if isinstance(record, TITLED_BY_PARTS) and path == ("title",):
                continue
            missing = tuple(lang for lang in LANGUAGES if text.get(lang) is None)
            if missing:
                file = read.files[record.id]
                names = ", ".join(missing)
                key = ".".join((record.id, *path))
                line = file.line(record.id, *path)
                yield Problem(
                    file.name, line, key, f"the text is missing in {names}", f"Write it in {names}.", "gap", missing
                )


def texts(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Text]]:
    """Every text below a record, with where it stands."""
    for name in forms.fields(type(value)):
        member = getattr(value, name)
        for n, one in enumerate(member) if isinstance(member, tuple) else ((None, member),):
            where = (*path, name) if n is None else (*path, name, str(n))
            if isinstance(one, Text):
                yield where, one
            elif forms.is_part(one):
                yield from texts(one, where)
