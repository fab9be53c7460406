"""`observatory records …` over the catalogue: check, list, show, status and export, as of a day."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from sse_observatory.cli.console import err, out, plain, write
from sse_observatory.cli.portal_records import records_app
from sse_observatory.core import Language, ObservatoryError, language

if TYPE_CHECKING:
    from sse_observatory.catalogue.portfolio import Record
    from sse_observatory.updates.records import View

AsOf = Annotated[str, typer.Option("--as-of", help="What was known on that day, as 2023-05-19.", show_default="today")]
Lang = Annotated[str, typer.Option(help="The language: en, fr or es.")]
MOST_SHOWN = 20


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written) if written else date.today()
    except ValueError:
        raise ObservatoryError(f"{written!r} is not a day.", "Write it as 2023-05-19.") from None


def _lang(written: str) -> Language:
    try:
        return language(written)
    except ValueError as error:
        raise ObservatoryError(f"{error}.", "Write en, fr or es.") from None


def _view(as_of: str) -> View:
    from sse_observatory.updates.records import catalogue_records

    return catalogue_records().as_of(_day(as_of))


@records_app.command("check")
def check(
    file: Annotated[Path | None, typer.Argument(help="An export to check; default: the catalogue’s records.")] = None,
) -> None:
    """Check the records: form, references, dates, roles, conflicts. Exit status 3 when something must be corrected."""
    from sse_observatory import catalogue
    from sse_observatory.catalogue.portfolio import check_portfolio, exchange

    found = catalogue.load()
    if file is not None:
        portfolio = exchange.from_json(file, found)
        out.print(f"{file} is in order: {_counted(portfolio.records.values())}.", soft_wrap=True)
        return
    problems = list(check_portfolio(found.root, found))
    errors = [problem for problem in problems if problem.severity == "error"]
    for problem in errors[:MOST_SHOWN]:
        err.print(plain(str(problem)))
    if errors:
        more = f", {MOST_SHOWN} of them shown" if len(errors) > MOST_SHOWN else ""
        err.print(f"[bold red]{len(errors)} problem(s)[/]{more}; the records are not loaded.")
        raise typer.Exit(3)
    missing = sum(len(problem.missing) for problem in problems)
    out.print(f"The records are in order: {_counted(found.portfolio.records.values())}.")
    out.print(f"Texts missing in a language: {missing}." if missing else "No text is missing in any language.")


def _counted(records: Any) -> str:
    counts = Counter(record.kind for record in records)
    return ", ".join(f"{n} {kind}" for kind, n in counts.items()) + f"; {sum(counts.values())} in all"


@records_app.command("list")
def list_records(
    kind: Annotated[str, typer.Argument(help="A kind of record; without one the kinds are listed.")] = "",
    as_of: AsOf = "",
    lang: Lang = "en",
) -> None:
    """List the records of a kind with the first day each could be known."""
    from sse_observatory.catalogue.portfolio import CLASSES

    view, tongue = _view(as_of), _lang(lang)
    if not kind:
        table = Table("Kind", "Records")
        for name, cls in CLASSES.items():
            table.add_row(name, str(len(view.all(cls))))
        out.print(table)
        return
    if kind not in CLASSES:
        raise ObservatoryError(f"There is no kind of record {kind!r}.", f"Write one of {', '.join(CLASSES)}.")
    table = Table("Record", "Known from", "Title")
    for record in view.all(CLASSES[kind]):
        known = view.known_on(record.id)
        table.add_row(record.id, known.isoformat() if known else "–", plain(record.title[tongue]))
    out.print(table)


@records_app.command("show")
def show(
    record: Annotated[str, typer.Argument(help="The id of a record.")],
    as_of: AsOf = "",
    lang: Lang = "en",
    as_json: Annotated[bool, typer.Option("--json", help="The record as plain values, in all languages.")] = False,
) -> None:
    """Show a record as it was known on a day: what it says, its sources, relations and conflicts."""
    from sse_observatory.catalogue.portfolio import entry_of
    from sse_observatory.catalogue.portfolio.holdings import TITLED_BY_PARTS

    view, tongue = _view(as_of), _lang(lang)
    found = view.get(record)
    entry = entry_of(found)
    if as_json:
        out.print(plain(json.dumps(entry, ensure_ascii=False, indent=1)), soft_wrap=True)
        return
    known = view.known_on(record)
    title, written_in = found.title.within(tongue)
    marks = [] if isinstance(found, TITLED_BY_PARTS) else [f"{found.title_status(written_in)} title"]
    marks += [] if written_in == tongue else [f"only in {written_in}"]
    out.print(plain(title) + (f" ({', '.join(marks)})" if marks else ""), soft_wrap=True)
    out.print(f"{found.kind} {found.id}, {found.status}, known from {known or 'the beginning'}", soft_wrap=True)
    for name, value in entry.items():
        if name not in ("id", "kind", "title", "status", "sources", "official"):
            out.print(plain(f"  {name}: {_shown(value, tongue)}"), soft_wrap=True)
    _related(view, found, tongue)
    for n, cited in enumerate(found.sources, start=1):
        copy = f" (copy of: {cited.source.copy_of})" if cited.source.copy_of else ""
        locator = f", {cited.locator}" if cited.locator else ""
        out.print(plain(f"  [{n}] {cited.source.publisher}{locator}: {cited.url}{copy}"), soft_wrap=True)


def _related(view: View, record: Record, lang: Language) -> None:
    for event in view.events(record.id):
        out.print(plain(f"  event: {event.date}: {event.title[lang]} ({event.id})"), soft_wrap=True)
    for relation in view.relations(record.id):
        out.print(plain(f"  relation: {relation.title[lang]} ({relation.id})"), soft_wrap=True)
    for conflict in view.conflicts(record.id):
        out.print(plain(f"  conflict, {conflict.status}: {conflict.title[lang]} ({conflict.id})"), soft_wrap=True)
    for corrected, correction in view.corrections():
        if corrected.id == record.id:
            out.print(plain(f"  learned later, {correction.known}: {correction.text[lang]}"), soft_wrap=True)


def _shown(value: Any, lang: Language) -> str:
    """A plain value in one line, texts in one language."""
    if isinstance(value, dict):
        if set(value) <= {"en", "fr", "es"}:
            return str(value.get(lang) or next(iter(value.values())))
        return "; ".join(f"{name} {_shown(member, lang)}" for name, member in value.items())
    if isinstance(value, list):
        return " | ".join(_shown(member, lang) for member in value)
    return str(value)


@records_app.command("status")
def status(
    records: Annotated[list[str] | None, typer.Argument(help="Provisions, outputs or dues; default: all due.")] = None,
    as_of: AsOf = "",
    lang: Lang = "en",
) -> None:
    """Where the follow-up of provisions stood on a day: the state, the rule that gives it, and why."""
    from sse_observatory.catalogue.portfolio import Due

    view, tongue = _view(as_of), _lang(lang)
    for identifier in records or [due.id for due in view.all(Due)]:
        found = view.status(identifier)
        about = view.get(identifier)
        out.print(plain(f"{identifier}: {found.label[tongue]} ({found.rule})"), soft_wrap=True)
        out.print(plain(f"  {about.title[tongue]}"), soft_wrap=True)
        out.print(plain(f"  {found.sentence[tongue]}"), soft_wrap=True)
        if found.evidence:
            out.print(plain(f"  {', '.join(found.evidence)}"), soft_wrap=True)


@records_app.command("export")
def export(
    to: Annotated[Path | None, typer.Argument(help="The file to write; standard output if left out.")] = None,
    as_of: Annotated[str, typer.Option("--as-of", help="Only what was known on that day, cut to it.")] = "",
) -> None:
    """Write every record into one JSON file, which `records check FILE` and `records load --from FILE` read."""
    from sse_observatory import catalogue
    from sse_observatory.catalogue.portfolio import CLASSES, exchange

    portfolio = catalogue.load().portfolio
    if as_of:
        view = _view(as_of)
        known = [record for cls in CLASSES.values() for record in view.all(cls)]
        cited = {citation.source.id: citation.source for record in known for citation in record.sources}
        text = exchange.text_of(exchange.entries_of(cited.values(), known))
    else:
        text = exchange.to_json(portfolio)
    write(text, to)
