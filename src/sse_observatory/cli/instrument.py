"""`observatory instrument`: read resolutions, compare them, follow their provisions, find who cites them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sse_observatory.cli.console import err, out, plain, printable
from sse_observatory.core import Language, ObservatoryError, language

if TYPE_CHECKING:
    from rich.text import Text

    from sse_observatory.instruments.citations import Succession
    from sse_observatory.instruments.model import Instrument

instrument_app = typer.Typer(
    no_args_is_help=True, help="Resolutions and other texts: what they ask, what changed, who cites them."
)
Lang = Annotated[str, typer.Option(help="The language to answer in: en, fr or es.")]
TextLanguage = Annotated[
    str, typer.Option("--text-language", help="The language of the text, where it is not to be detected.")
]
FORMATS = ("json", "akn", "jsonld", "csv")
_SUFFIXES = {"json": ".json", "akn": ".akn.xml", "jsonld": ".jsonld", "csv": ".csv"}


@instrument_app.command("read")
def read(
    file: Annotated[Path, typer.Argument(help="Text, HTML, DOCX, PDF, MARC 21 or Akoma Ntoso.", show_default=False)],
    lang: Lang = "en",
    text_language: TextLanguage = "",
    corrections: Annotated[
        Path | None, typer.Option(help="Corrections made by people, as JSON Lines; they are obeyed.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Show preamble and statements whole.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything that was read, as JSON.")] = False,
) -> None:
    """Read a text: what it is, and what each paragraph asks of whom, under which conditions, by when."""
    from sse_observatory.instruments import view
    from sse_observatory.instruments.export import to_json

    spoken = _lang(lang)
    instrument = _read(file, text_language, corrections)
    if as_json:
        _json(to_json(instrument))
    else:
        _print(view.lines(instrument, spoken, full=full))


@instrument_app.command("compare")
def compare(
    old: Annotated[Path, typer.Argument(help="The earlier text.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="The later text, or another language version.", show_default=False)],
    lang: Lang = "en",
    text_language: TextLanguage = "",
    full: Annotated[bool, typer.Option("--full", help="Show changed paragraphs whole.")] = False,
    page: Annotated[Path | None, typer.Option("--html", help="Write a page to read, side by side.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The comparison as JSON.")] = False,
) -> None:
    """Compare two texts paragraph by paragraph: what moved, what was reworded, what asks for more or for less."""
    from sse_observatory.instruments.compare import compare as compared
    from sse_observatory.instruments.compare import page as pages
    from sse_observatory.instruments.compare import terminal
    from sse_observatory.instruments.export import comparison_to_json

    spoken = _lang(lang)
    found = compared(_read(old, text_language), _read(new, text_language))
    if page is not None:
        _write(page, pages.document(found, spoken))
    if as_json:
        _json(comparison_to_json(found))
    elif page is None:
        _print(terminal.lines(found, spoken, full=full))


@instrument_app.command("chain")
def chain(
    files: Annotated[list[Path], typer.Argument(help="The texts, from the first to the last.", show_default=False)],
    lang: Lang = "en",
) -> None:
    """Follow each provision through a series of resolutions: a table of provisions and texts."""
    from rich.table import Table

    from sse_observatory.instruments.compare import Change
    from sse_observatory.instruments.compare.chains import chain as chained
    from sse_observatory.instruments.speech import name, say

    spoken = _lang(lang)
    found = chained([_read(file) for file in files])
    table = Table(title=say("chain.title", spoken), title_justify="left", show_lines=True)
    table.add_column(say("chain.provision", spoken), overflow="fold")
    for instrument in found.instruments:
        table.add_column(plain(name(instrument, spoken)))
    for thread in found.threads:
        last, latest = [(at, cell) for at, cell in enumerate(thread.cells) if cell][-1]
        text = found.instruments[last].element(latest.paragraphs[0]).text
        cells = [plain(_short(text, 10))]
        for at, cell in enumerate(thread.cells):
            if cell is None:
                dropped = at > 0 and thread.cells[at - 1] is not None
                cells.append("—\n" + plain(say("comparison.change.dropped", spoken).lower()) if dropped else "—")
                continue
            told = [", ".join(cell.paragraphs)]
            if cell.returned:
                told.append(say("chain.returned", spoken))
            elif cell.change not in (None, Change.UNCHANGED):
                told.append(say(f"comparison.change.{cell.change}", spoken).lower())
            cells.append(plain("\n".join(told)))
        table.add_row(*cells)
    out.print(table)


@instrument_app.command("relations")
def relations(
    files: Annotated[list[Path], typer.Argument(help="The texts among which to look.", show_default=False)],
    lang: Lang = "en",
) -> None:
    """Propose how texts relate: which recalls, succeeds, strengthens, takes over or reports on which."""
    from sse_observatory.instruments.compare.relations import propose
    from sse_observatory.instruments.speech import name, say

    spoken = _lang(lang)
    texts = [_read(file) for file in files]
    names = [name(text, spoken) for text in texts]
    proposals = propose(texts)
    out.print(plain(say("relation.title" if proposals else "relation.none", spoken)), style="bold")
    for proposal in proposals:
        object = proposal.object if isinstance(proposal.object, str) else names[proposal.object]
        subject = _place(names[proposal.subject], proposal.subject_paragraph)
        verb = say(f"relation.{proposal.relation}", spoken)
        target = _place(object, proposal.object_paragraph)
        out.print(plain(f"{proposal.score:.2f}  {subject}  {verb}  {target}"), soft_wrap=True)
        for evidence in proposal.evidence[:1]:
            out.print(plain(f"      {evidence.element}: {_short(evidence.text)}"), style="dim", soft_wrap=True)


@instrument_app.command("cite")
def cite(
    files: Annotated[
        list[Path],
        typer.Argument(help="Programme budgets, reports: DOCX, PDF, HTML, text; folders of them.", show_default=False),
    ],
    lang: Lang = "en",
    successions: Annotated[
        Path | None,
        typer.Option(
            help="CSV with the columns old, new, since: which took whose place. Default: the follow-up records."
        ),
    ] = None,
    documents: Annotated[
        Path | None, typer.Option(help="CSV with the columns file, entity, year, where the documents do not say.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Every citation, as CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Citations and counts, as JSON.")] = False,
) -> None:
    """Find which documents cite which resolutions, and which of these are superseded.

    Exit status 2 when a document could not be read; the others are still shown.
    """
    from sse_observatory.instruments import citations

    spoken = _lang(lang)
    found = citations.cite(
        _within(files),
        successions=citations.read_successions(successions) if successions else _recorded_successions(),
        stated=citations.read_stated(documents) if documents else None,
    )
    if as_csv:
        sys.stdout.write(citations.to_csv(found))
    elif as_json:
        _json(citations.to_json(found))
    else:
        _citations(found, spoken, recorded=successions is None)
    for _, reason in found.problems:
        err.print(f"[bold red]Not read.[/] {plain(reason)}")
    if found.problems:
        raise typer.Exit(2)


def _recorded_successions() -> tuple[Succession, ...]:
    """Which text succeeds which by the relations of the follow-up records; of two successors the earlier one."""
    from sse_observatory import catalogue
    from sse_observatory.catalogue.portfolio.model import Instrument, Relation
    from sse_observatory.instruments import symbols
    from sse_observatory.instruments.citations import Succession

    records = catalogue.load().portfolio
    found: dict[str, Succession] = {}
    for relation in sorted(records.of(Relation), key=lambda relation: str(relation.date)):
        new, old = records.get(relation.subject), records.get(relation.object)
        if relation.predicate != "succeeds" or not (isinstance(new, Instrument) and isinstance(old, Instrument)):
            continue
        if new.symbol and old.symbol and symbols.is_symbol(new.symbol) and symbols.is_symbol(old.symbol):
            since = records.known_on(new)
            found.setdefault(old.symbol, Succession(old.symbol, new.symbol, since))
    return tuple(found.values())


def _citations(found: Any, lang: Language, *, recorded: bool) -> None:
    from rich.table import Table

    from sse_observatory.instruments.speech import say

    if not found.citations:
        out.print(plain(say("citation.none", lang)))
        return
    table = Table(title=say("citation.title", lang), title_justify="left")
    for key in ("resolution", "documents", "places", "by", "superseded"):
        number = key in ("documents", "places")
        table.add_column(say(f"citation.{key}", lang), justify="right" if number else "left", overflow="fold")
    for symbol, by in found.by_resolution().items():
        there = found.of(symbol)
        entities = dict.fromkeys(c.entity or c.document.file for c in there)
        later = dict.fromkeys(c.superseded_by for c in there if c.superseded_by)
        table.add_row(
            plain(symbol), str(len(by)), str(by.total()), plain("; ".join(entities)), plain(", ".join(later))
        )
    if recorded:
        table.caption, table.caption_justify = say("citation.by_records", lang), "left"
    out.print(table)
    if doubted := dict.fromkeys(c.symbol.text for c in found.citations if c.doubt):
        out.print(plain(say("citation.doubt", lang, resolutions=", ".join(doubted))))
    counts = Table(title=say("citation.counts", lang), title_justify="left")
    for key in ("entity", "year", "resolutions", "of_which_superseded"):
        number = key in ("resolutions", "of_which_superseded")
        counts.add_column(say(f"citation.{key}", lang), justify="right" if number else "left", overflow="fold")
    for (entity, year), (cited, superseded) in found.by_entity_and_year().items():
        unknown = say("citation.not_stated", lang)
        counts.add_row(plain(entity or unknown), str(year or unknown), str(cited), str(superseded))
    out.print(counts)


@instrument_app.command("export")
def export(
    files: Annotated[list[Path], typer.Argument(help="The texts to export.", show_default=False)],
    to: Annotated[str, typer.Option(help="json, akn (AKN4UN), jsonld or csv (one row for each act).")] = "json",
    folder: Annotated[
        Path | None, typer.Option("--out", help="The folder to write into; default: one text to the terminal.")
    ] = None,
    text_language: TextLanguage = "",
    corrections: Annotated[
        Path | None, typer.Option(help="Corrections made by people, as JSON Lines; they are obeyed.")
    ] = None,
) -> None:
    """Write texts for other programs: JSON with a published schema, AKN4UN, JSON-LD, CSV."""
    if to not in FORMATS:
        raise ObservatoryError(f"There is no format {to!r}.", f"Use one of {', '.join(FORMATS)}.")
    if folder is None and len(files) > 1 and to != "csv":
        raise ObservatoryError("Several texts do not fit into one answer.", "Name a folder with --out FOLDER.")
    texts = [_read(file, text_language, corrections) for file in files]
    if folder is None:
        sys.stdout.write(_exported(texts, to))
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ObservatoryError(f"{folder} cannot be made: {error.strerror}.", "Name another folder.") from error
    names = _names(files, _SUFFIXES[to])
    for text, name in zip(texts, names, strict=True):
        _write(folder / name, _exported([text], to))


def _within(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those in the folders named, in the order of their names."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        else:
            found.append(path)
    return found


def _names(files: Sequence[Path], suffix: str) -> list[str]:
    """A name for each export; files of one name in several folders must not overwrite each other."""
    found: list[str] = []
    for file in files:
        name, more = file.stem + suffix, 1
        while name in found:
            more += 1
            name = f"{file.stem}-{more}{suffix}"
        found.append(name)
    return found


def _exported(texts: Sequence[Instrument], to: str) -> str:
    from sse_observatory.instruments import export

    if to == "csv":
        return export.to_csv(texts)
    [text] = texts
    if to == "akn":
        return export.to_akn(text).decode() + "\n"
    value = export.to_json_ld(text) if to == "jsonld" else export.to_json(text)
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _read(file: Path, text_language: str = "", corrections: Path | None = None) -> Instrument:
    from sse_observatory import instruments
    from sse_observatory.instruments.corrections import Correction, loads

    known: tuple[Correction, ...] = ()
    if corrections is not None:
        try:
            known = loads(corrections.read_text(encoding="utf-8"), file=str(corrections))
        except (OSError, UnicodeDecodeError) as error:
            raise ObservatoryError(f"{corrections} cannot be read: {error}.", "Give a file of JSON Lines.") from error
    return instruments.read(file, language=_lang(text_language) if text_language else None, corrections=known)


def _lang(written: str) -> Language:
    try:
        return language(written)
    except ValueError as error:
        raise ObservatoryError(f"{error}.", "Write en, fr or es.") from None


def _print(lines: Iterable[Text]) -> None:
    """Lines wrapped to a terminal, or whole where a program or a file reads them."""
    from sse_observatory.instruments.compare.terminal import wrapped

    if sys.stdout.isatty():
        lines = wrapped(lines, min(out.width, 100))
    for line in lines:
        line.plain = printable(line.plain)
        out.print(line, soft_wrap=True)


def _json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ObservatoryError(f"{file} cannot be written: {error.strerror}.", "Name another place.") from error
    err.print(f"Written: {plain(str(file))}")


def _place(name: str, paragraph: str | None) -> str:
    return f"{name}, {paragraph}" if paragraph else name


def _short(text: str, words: int = 24) -> str:
    there = text.split()
    return " ".join(there[:words]) + (" …" if len(there) > words else "")
