"""`observatory brief`: the sourced update to a government group, as of a day, and its later check."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from sse_observatory.cli.console import err, out, plain, steps
from sse_observatory.core import LANGUAGES, Language, ObservatoryError, language

PUBLISHED = "DF_SSE_PUBLISHED"
"""The figures published by others, of which a briefing tells how far they reach."""


def brief(
    group: Annotated[
        str, typer.Option(help="The group: africa, aspag, grulac, europe, arab-states, eu27-2020 …", show_default=False)
    ] = "",
    as_of: Annotated[
        str, typer.Option("--as-of", help="The day whose knowledge it tells, as 2023-05-19.", show_default="today")
    ] = "",
    lang: Annotated[str, typer.Option(help="The languages, separated by commas: en, fr, es.")] = "en",
    to: Annotated[str, typer.Option(help="The formats, separated by commas: html, pdf, docx.")] = "html,pdf,docx",
    out_folder: Annotated[Path, typer.Option("--out", help="The folder to write into.")] = Path("briefings"),
    releases: Annotated[
        str, typer.Option("--releases", envvar="SSE_RELEASES_URL", help="The folder of releases.", show_default=False)
    ] = "",
    corrections: Annotated[
        bool, typer.Option(help="Add, apart and marked so, what was learned after the day.")
    ] = True,
    check: Annotated[
        Path | None, typer.Option(help="A briefing built earlier: list what has gone stale in it, and why.")
    ] = None,
) -> None:
    """Brief a group of governments: what was adopted, what it asks, who does what, what the figures say.

    Every sentence carries its sources. The briefing is not built where a claim cannot be resolved or an open
    conflict touches it. With --check, exit status 1 where something in the document no longer holds.
    """
    if check is not None:
        _check(check, _releases(releases))
        return
    if not group.strip():
        raise ObservatoryError("No group is named.", "Write for example: observatory brief --group africa --lang fr")
    day, languages = _day(as_of), _languages(lang)
    from sse_observatory.updates import briefing, render
    from sse_observatory.updates.records import catalogue_records

    wanted = render.formats(to)
    shelf = _releases(releases)
    if PUBLISHED not in shelf.dataflows():
        # They come with the package: a first briefing need not ask for another command.
        from sse_observatory.cli import DEFAULT_RELEASES, _published_figures

        _published_figures(releases or DEFAULT_RELEASES)
    with steps("Briefing") as say:
        document = briefing.build(catalogue_records(), shelf, group, day, languages, later=corrections)
        say(f"{len(document.claims)} claims resolved, {len(document.sources)} sources")
        written = render.write(document, out_folder, wanted, languages)
        say(f"{len(written)} files written")
    for path in written:
        out.print(str(path), soft_wrap=True)


def _releases(url: str) -> Any:
    from sse_observatory.cli import DEFAULT_RELEASES
    from sse_observatory.releases import Releases

    return Releases(url or DEFAULT_RELEASES)


def _day(written: str) -> date:
    if not written:
        return date.today()
    try:
        if len(written) != len("2023-05-19"):
            raise ValueError
        return date.fromisoformat(written)
    except ValueError:
        raise ObservatoryError(
            f"There is no day {written!r}.", "Write the as-of date as year, month and day: 2023-05-19."
        ) from None


def _languages(written: str) -> tuple[Language, ...]:
    try:
        found = tuple(dict.fromkeys(language(code.strip()) for code in written.split(",") if code.strip()))
    except ValueError as error:
        raise ObservatoryError(f"{str(error).capitalize()}.", f"Write --lang {','.join(LANGUAGES)}, or some.") from None
    if not found:
        raise ObservatoryError("No language is named.", f"Write --lang {','.join(LANGUAGES)}, or some of them.")
    return found


def _check(path: Path, releases: Any) -> None:
    from sse_observatory.updates import check as checking
    from sse_observatory.updates.records import catalogue_records

    report = checking.check(path, catalogue_records(), releases)
    out.print(plain(f"{report.title} ({report.language}), as of {report.as_of}"))
    for findings, title in (
        (report.stale, "Stale: build the briefing again"),
        (report.altered, "Altered: not the words it was built with"),
        (report.overtaken, f"Overtaken by {report.checked_on}: right as of {report.as_of}, different now"),
    ):
        if findings:
            out.print(f"\n{title}")
            for found in findings:
                _tell(found)
    if not report.fresh:
        told = f"Stale claims: {len(report.stale)} of {report.claims}. Altered sentences: {len(report.altered)}."
        err.print(told)
        raise typer.Exit(1)
    out.print(f"All {report.claims} claims hold as of {report.as_of}.")


def _tell(found: Any) -> None:
    """One finding: the sentence, what it says and what is said now, why, and the claim to look up."""
    now = f"; now: {found.now}" if found.now else ""
    sentence = f"{found.sentence[:119]}…" if len(found.sentence) > 120 else found.sentence
    out.print(plain(f"- {sentence or found.said}"))
    if sentence:
        out.print(plain(f"    said: {found.said}{now}"))
    out.print(plain(f"    {found.why} ({found.claim})"))
