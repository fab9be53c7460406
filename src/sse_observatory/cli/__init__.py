"""The command `observatory`: one verb for each thing its users do.

A user's mistake ends in a sentence that says what to do and a non-zero exit status, never in a
traceback. Long work shows its steps.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from sse_observatory import __version__
from sse_observatory.cli.brief import brief
from sse_observatory.cli.console import err, out, plain, steps
from sse_observatory.cli.instrument import instrument_app
from sse_observatory.cli.portal_records import portal_app
from sse_observatory.cli.records import records_app
from sse_observatory.core import ObservatoryError

VAR = Path(os.environ.get("SSE_VAR", "var"))
app = typer.Typer(
    name="observatory",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Measure the social and solidarity economy: from registers to protected, traced, published figures.",
)
catalogue_app = typer.Typer(no_args_is_help=True, help="The catalogue: codelists, sources, definitions, processes.")
source_app = typer.Typer(no_args_is_help=True, help="Sources: what a register is and how it is read.")
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(source_app, name="source")
process_app = typer.Typer(no_args_is_help=True, help="Processes: which sources, definitions and tables make a release.")
app.add_typer(process_app, name="process")
app.add_typer(portal_app, name="portal")
app.add_typer(records_app, name="records")
app.add_typer(instrument_app, name="instrument")
app.command()(brief)

ReleasesUrl = Annotated[
    str, typer.Option("--releases", envvar="SSE_RELEASES_URL", help="The folder of releases.", show_default=True)
]
DEFAULT_RELEASES = str(VAR / "releases")
MOST_VALUES = 6
"""How many values of one kind are listed, the most frequent first, before the rest is only counted."""


def main() -> None:
    """Run the command line; errors a person can act on end with their sentence and exit status."""
    # SIGPIPE stays ignored: with its default, one reader who hangs up would end the portal that `serve` runs.
    try:
        # Without its standalone mode the library returns the exit status of a command instead of leaving with it.
        if status := app(standalone_mode=False):
            sys.exit(status)
    except ObservatoryError as error:
        err.print(f"[bold red]Stopped.[/] {plain(str(error))}")
        sys.exit(error.exit_status)
    except BrokenPipeError:  # the reader of our output has left, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except (typer.Abort, KeyboardInterrupt):
        err.print("Interrupted.")
        sys.exit(130)
    except typer.Exit as leave:
        sys.exit(leave.exit_code)
    except Exception as error:
        if type(error).__module__.startswith(("click", "typer")) and hasattr(error, "show"):
            error.show()
            sys.exit(getattr(error, "exit_code", 2))
        raise


def _catalogue() -> Any:
    from sse_observatory import catalogue

    return catalogue.load()


def _releases(url: str) -> Any:
    from sse_observatory.releases import Releases

    return Releases(url)


@app.command()
def version() -> None:
    """The version of the observatory."""
    out.print(__version__)


@app.command()
def simulate(
    units: Annotated[int, typer.Option(help="True legal units of the fictional country.")] = 100_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same country.")] = 2025,
    editions: Annotated[int, typer.Option(help="Yearly editions of its registers.")] = 2,
    to: Annotated[Path, typer.Option("--out", help="The folder to write.")] = VAR / "registers" / "solidaria",
    replace: Annotated[bool, typer.Option("--replace", help="Replace a former simulation in the folder.")] = False,
    surveys: Annotated[
        bool, typer.Option("--surveys", help="Draw a survey of cooperatives and one of households.")
    ] = False,
    areas: Annotated[int, typer.Option(help="Enumeration areas of the household survey's country.")] = 2_000,
) -> None:
    """Write the registers of a fictional country, with known truth."""
    _simulate(units, seed, editions, to, replace)
    if surveys:
        from sse_observatory import simulation

        files = simulation.draw_surveys(simulation.describe(to), areas=areas)
        err.print(f"Fictional surveys are in {next(iter(files.cooperatives.values())).parent.parent}.")


def _simulate(units: int, seed: int, editions: int, to: Path, replace: bool) -> None:
    from rich.progress import Progress

    from sse_observatory import simulation

    with Progress(console=err, transient=True) as bar:
        task = bar.add_task(f"Simulating {units:,} fictional units", total=units)
        made = simulation.simulate(
            to, units, seed, editions, lambda done, of: bar.update(task, completed=done, total=of), replace=replace
        )
    err.print(f"Fictional registers of {', '.join(map(str, made.years))} are in {to}.")


@app.command()
def run(
    process: Annotated[str, typer.Argument(help="A process of the catalogue, or the path of a process file.")],
    data: Annotated[Path | None, typer.Option("--data", help="The folder with the files of its sources.")] = None,
    releases: ReleasesUrl = DEFAULT_RELEASES,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything but publish.")] = False,
) -> None:
    """Run a statistical process and publish its release."""
    if process == "published-figures":
        _published_figures(releases, dry_run)
        return
    if data is None:
        raise ObservatoryError("Which files?", "Name the folder with --data FOLDER.")
    _run_process(process, data, releases, dry_run)


def _published_figures(url: str, dry_run: bool = False) -> None:
    from sse_observatory.pipelines import published_figures

    with steps("Figures published by others") as say:
        draft = published_figures.run(_catalogue())
        flagged = draft.quality["validation"]
        say(f"{sum(t.num_rows for t in draft.tables.values())} figures re-keyed with their sources; checks: {flagged}")
        if not dry_run:
            release = _releases(url).publish(draft, published_figures.clearance(draft))
            say(f"published as release {release.id[:12]}")


def _run_process(name: str, data: Path, url: str, dry_run: bool = False) -> None:
    from sse_observatory.catalogue.processes import find_process
    from sse_observatory.catalogue.surveys import find_survey
    from sse_observatory.pipelines import cooperatives
    from sse_observatory.pipelines.restricted import Restricted

    catalogue = _catalogue()
    if (survey := find_survey(name, catalogue)) is not None:
        _run_survey(survey, catalogue, data, url, dry_run)
        return
    process = find_process(name, catalogue)
    restricted = Restricted.from_environment()
    with steps(process.title["en"]) as say:
        outcome = cooperatives.run(process, catalogue, _releases(url), restricted, data, say, publish=not dry_run)
        for label, seen in outcome.noticed.items():
            for line in _noticed(seen):
                say(f"{label}: {line}")
        for rule, count in sorted(outcome.issues.items()):
            say(f"validation rule {rule}: {count} unit(s)")
        if outcome.audit.skipped:
            say(outcome.audit.skipped)
        say(f"{outcome.shown} observations shown, {outcome.hidden} confidential")
        if outcome.release is not None:
            say(f"published as release {outcome.release.id[:12]}")


def _run_survey(survey: Any, catalogue: Any, data: Path, url: str, dry_run: bool) -> None:
    from sse_observatory.pipelines import surveys
    from sse_observatory.pipelines.restricted import Restricted

    restricted = Restricted.from_environment()
    with steps(survey.title["en"]) as say:
        outcome = surveys.run(survey, catalogue, _releases(url), restricted, data, say, publish=not dry_run)
        for code, count in outcome.rejected.items():
            say(f"{code}: {count} answer(s) set aside, listed in {outcome.rejected_files[code]}")
        say(f"{outcome.shown} observations shown, {outcome.imprecise} too imprecise, {outcome.hidden} confidential")
        if outcome.release is not None:
            say(f"published as release {outcome.release.id[:12]}")


def _noticed(issues: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What was seen while reading a register without a row being set aside: a line for each kind, with its values."""
    kinds: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for issue in issues:
        kinds.setdefault((issue["variable"], issue["message"]), []).append(issue)
    for (variable, message), alike in kinds.items():
        if not alike[0]["records"]:
            yield message
            continue
        told = [
            (f"{issue['value']!r} " if issue["value"] is not None else "")
            + f"({issue['records']} record(s)"
            + (f", first in line {issue['first_line']})" if issue["first_line"] else ")")
            for issue in sorted(alike, key=lambda issue: -issue["records"])[:MOST_VALUES]
        ]
        if len(alike) > MOST_VALUES:
            told.append(f"and {len(alike) - MOST_VALUES} more")
        yield f"{variable}: {message}: {', '.join(told)}; kept as it is"


@app.command("releases")
def list_releases(
    releases: ReleasesUrl = DEFAULT_RELEASES,
    history: Annotated[bool, typer.Option("--history", help="Every publication, oldest first.")] = False,
) -> None:
    """The releases that readers see now, or every publication with --history."""
    store = _releases(releases)
    table = Table("Process", "Release", "Data", "Tables", "Published")
    times = {p.release.id: p.at for p in store.history()}
    listed = [p.release for p in store.history()] if history else store.current()
    for ref in listed:
        mark = " (fictional)" if ref.fictional else ""
        table.add_row(
            ref.process + mark, ref.id[:12], ref.vintage, ", ".join(ref.dataflows), str(times.get(ref.id, ""))
        )
    if not listed:
        err.print("Nothing is published here yet: `observatory demo` or `observatory run PROCESS` publishes something.")
        return
    out.print(table)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="The id of the earlier release, or its first digits.")],
    new: Annotated[str, typer.Argument(help="The id of the later release, or its first digits.")],
    releases: ReleasesUrl = DEFAULT_RELEASES,
) -> None:
    """What changed between two releases (the first digits of an id suffice)."""
    store = _releases(releases)
    found = store.diff(old, new)
    if found.empty:
        out.print("The two releases show the same.")
        return
    for name, flow in found.dataflows.items():
        out.print(f"[bold]{name}[/]: " + ", ".join(f"{kind} {n}" for kind, n in flow.counts.items() if n))
        for row in flow.rows.slice(0, 20).to_pylist():
            key = ".".join(str(v) for k, v in row.items() if k != "CHANGE" and not k.startswith(("OLD_", "NEW_")))
            names = [n.removeprefix("OLD_") for n in row if n.startswith("OLD_")]
            moved = [n for n in names if row[f"OLD_{n}"] != row.get(f"NEW_{n}") and n not in {"RECIPE", "FINGERPRINT"}]
            told = "; ".join(f"{n} {_written(row[f'OLD_{n}'])} → {_written(row.get(f'NEW_{n}'))}" for n in moved)
            out.print(plain(f"  {row['CHANGE']:<10} {key}  {told}".rstrip()))
        if flow.rows.num_rows > 20:
            out.print(f"  … and {flow.rows.num_rows - 20} more")


def _written(value: object) -> str:
    return "–" if value is None else f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


@app.command()
def trace(
    key: Annotated[str, typer.Argument(help="DATAFLOW/CODES: the codes of its dimensions joined by dots, time last.")],
    releases: ReleasesUrl = DEFAULT_RELEASES,
    lang: Annotated[str, typer.Option(help="Language: en, fr or es.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Where a published number comes from: sources, methods, rules and release."""
    from sse_observatory.core import canonical, language

    chosen = language(lang)
    dataflow, codes = _key(key)
    store = _releases(releases)
    found = store.trace(dataflow, store.open(dataflow).key(codes))
    if as_json:
        sys.stdout.write(canonical(found).decode() + "\n")
        return
    value = (
        "confidential"
        if found.attributes.get("CONF_STATUS") == "C"
        else "no value"
        if found.value is None
        else f"{found.value.normalize():f}"
    )
    out.print(
        f"[bold]{plain(value)}[/]  {found.attributes.get('UNIT_MEASURE', '')}"
        + ("  FICTIONAL COUNTRY" if found.fictional else "")
    )
    for dimension, code in found.key.items():
        out.print(f"  {dimension:<14} {code}")
    out.print(f"release {found.release[:12]} of process {found.process}, run {found.run_id}")
    if found.recipe is None:
        out.print("Confidential: nothing more is said of it.")
        return
    out.print(f"fingerprint of its inputs: {found.fingerprint}")
    inputs = store.quality(found.process).get("inputs", {})
    for name in sorted(n for n in inputs if found.key.get("TIME_PERIOD", "") in n):
        out.print(plain(f"input: {name}, hash {inputs[name]} (keyed: only the office can repeat it)"))
    for source in found.recipe.sources:
        out.print(
            f"source: {source.title[chosen]}, {source.edition} "
            f"({source.provider}; {source.licence}). {source.attribution}"
        )
        if source.coverage:
            out.print(f"        {source.coverage[chosen]}")
    for method in found.recipe.methods:
        doubt = "  [unconfirmed]" if method.status != "confirmed" else ""
        settings = "; ".join(f"{k} {v}" for k, v in method.parameters.items())
        out.print(
            plain(
                f"method: GSBPM {method.gsbpm}  {method.id} {method.version}: {method.label[chosen]}{doubt}"
                + (f" ({settings})" if settings else "")
            )
        )
    for note in found.recipe.notes:
        out.print(f"note: {note[chosen]}")


def _key(key: str) -> tuple[str, str]:
    dataflow, _, codes = key.partition("/")
    if not codes:
        raise ObservatoryError(
            f"{key!r} is not the key of an observation.",
            "Write DATAFLOW/CODES with the codes of the dimensions joined by dots, time last.",
        )
    return dataflow, codes.replace("/", ".")


@app.command("lineage")
def show_lineage(
    key: Annotated[str, typer.Argument(help="DATAFLOW/CODES of a published cell.")],
    releases: ReleasesUrl = DEFAULT_RELEASES,
    limit: Annotated[int, typer.Option(help="How many records to show.")] = 20,
) -> None:
    """Restricted: the units and source records behind a cell (office side only)."""
    from sse_observatory.pipelines.restricted import Restricted
    from sse_observatory.production import lineage

    restricted = Restricted.from_environment()
    dataflow, codes = _key(key)
    opened = _releases(releases).open(dataflow)
    found = _releases(releases).trace(dataflow, opened.key(codes))
    folder = restricted.folder / "lineage" / found.process / found.run_id
    with restricted.engine() as engine:
        rows = lineage.behind(engine, folder, opened.dataflow, dict(found.key))
    table = Table("Unit", "Source", "Record", "Contribution")
    for row in rows.slice(0, limit).to_pylist():
        table.add_row(row["unit_id"], row["source_id"], row["record_id"], row["VALUE"])
    out.print(table)
    out.print(f"{rows.num_rows} record(s) stand behind this cell. Restricted: do not pass on.")


@catalogue_app.command("check")
def check_catalogue(
    root: Annotated[Path | None, typer.Argument(help="A catalogue folder; default: the packaged one.")] = None,
) -> None:
    """Check the catalogue: references, codes, translations. Exit status 3 when something must be corrected."""
    from sse_observatory import catalogue

    folder = root or catalogue.PACKAGED
    problems = [p for p in catalogue.check(folder) if p.severity == "error"]
    for problem in problems:
        err.print(plain(str(problem)))
    if problems:
        err.print(f"[bold red]{len(problems)} problem(s)[/] in {folder}.")
        raise typer.Exit(3)
    gaps = {part: n for part, n in catalogue.gaps(folder).items() if n}
    out.print(
        "The catalogue is in order. "
        + (
            "Missing translations: " + ", ".join(f"{part} {n}" for part, n in gaps.items()) + "."
            if gaps
            else "No translation is missing."
        )
    )


@catalogue_app.command("unconfirmed")
def unconfirmed() -> None:
    """The release checklist: rules, codes and terms that await somebody with the document they follow."""
    loaded = _catalogue()
    table = Table("What", "Version", "To confirm against")
    for ruleset in (*loaded.perimeters.values(), *loaded.types.values()):
        if ruleset.status == "unconfirmed":
            table.add_row(ruleset.id, ruleset.version, ruleset.reference)
    for field in fields(loaded.parameters):
        rule = getattr(loaded.parameters, field.name)
        if rule.status == "unconfirmed":
            table.add_row(field.name, rule.version, rule.reference)
    for name, rules in loaded.disclosure.items():
        if rules.status == "unconfirmed":
            table.add_row(f"disclosure {name}", rules.version, rules.source)
    waiting: dict[tuple[str, str], list[str]] = {}
    for name, codelist in loaded.codelists.items():
        for code in codelist:
            if code.notes.get("status") == "unconfirmed":
                waiting.setdefault((name, code.source), []).append(code.id)
    for term in loaded.glossary.values():
        if term.status == "unconfirmed":
            waiting.setdefault(("glossary", term.source), []).append(term.id)
    for (name, source), found in waiting.items():
        table.add_row(f"{name}: {plain(', '.join(found))}", "", plain(source))
    out.print(table)


@source_app.command("draft")
def draft_source(
    file: Annotated[Path, typer.Argument(help="A register file.")],
    id: Annotated[str, typer.Option(help="The id of the source.")] = "my-register",
) -> None:
    """Write a first description of a register file (source.toml) to standard output, for you to finish."""
    from sse_observatory.production import registers

    sys.stdout.write(registers.draft_description(file, id))


@source_app.command("show")
def show_source(name: Annotated[str, typer.Argument(help="A source id, or the path of its folder.")]) -> None:
    """What a source is, what it covers, and how to get it."""
    from sse_observatory.catalogue.sources import find_source

    source = find_source(name, _catalogue())
    out.print(f"[bold]{source.title['en']}[/] ({source.id})")
    out.print(f"provider: {source.provider['en']}\nlicence: {source.licence}\nattribution: {source.attribution}")
    out.print(f"where: {source.description.url}\nhow: {source.description.how_to_get['en']}")
    out.print(f"coverage: {source.coverage.statement['en']}")
    out.print(f"microdata public: {'yes' if source.microdata_public else 'no'}")
    for layout in source.layouts:
        out.print(f"layout {layout.id}: {layout.status}")
    for edition in source.editions:
        out.print(f"edition {edition.id}: {edition.period}, {edition.file}")


@process_app.command("draft")
def draft_process(
    source: Annotated[str, typer.Argument(help="A source id, or the path of a source's folder.")],
) -> None:
    """Write a first process file for a source to standard output, for you to finish."""
    from sse_observatory.catalogue.sources import find_source
    from sse_observatory.pipelines import drafts

    catalogue = _catalogue()
    sys.stdout.write(drafts.draft_process(find_source(source, catalogue), catalogue))


@app.command()
def serve(
    releases: ReleasesUrl = DEFAULT_RELEASES,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    confine: Annotated[bool, typer.Option(help="Give up every file the portal has no business with.")] = True,
) -> None:
    """Start the portal, until Ctrl-C."""
    from sse_observatory.portal import confinement
    from sse_observatory.portal import serve as serve_portal
    from sse_observatory.portal.database import described, folder_of
    from sse_observatory.portal.server import refuse_microdata

    refuse_microdata()
    own = (VAR / "portal").resolve()
    os.environ["SSE_VAR"] = str(own)
    with contextlib.suppress(OSError):  # where nothing can be written the portal serves readers only
        (own / "tmp").mkdir(parents=True, exist_ok=True)
        os.environ["TMPDIR"] = str(own / "tmp")
    where = Path(releases.removeprefix("file://")).resolve()
    with contextlib.suppress(OSError):
        where.mkdir(parents=True, exist_ok=True)
    catalogue = os.environ.get("SSE_CATALOGUE")
    readable = [where, *([Path(catalogue).resolve()] if catalogue else [])]
    database = folder_of(described(own))
    if confine and not confinement.confine(readable, [own, *([database] if database else [])]):
        err.print("This kernel cannot confine the portal: run it as a user who cannot open the restricted folder.")
    serve_portal(str(where), host, port)


@app.command()
def demo(
    units: Annotated[int, typer.Option(help="Units of the fictional country.")] = 100_000,
    editions: Annotated[int, typer.Option(help="Yearly editions of its registers.")] = 2,
    port: Annotated[int, typer.Option(help="The first port to try.")] = 8000,
    releases: ReleasesUrl = DEFAULT_RELEASES,
) -> None:
    """The whole way once: simulate, publish, serve. Ends with the portal's address."""
    store = _releases(releases)
    real = [r.process for r in store.current() if not r.fictional and r.process != "published-figures"]
    if real:
        raise ObservatoryError(
            f"{releases} holds releases of {', '.join(real)}; the demonstration publishes a fictional country.",
            "Name another folder with --releases or SSE_RELEASES_URL.",
        )
    os.environ.setdefault("SSE_RESTRICTED_URL", str((VAR / "restricted").resolve()))
    _stop()
    registers = VAR / "registers" / "solidaria"
    _simulate(units, 2025, editions, registers, replace=True)
    _published_figures(releases)
    _run_process("solidaria", registers, releases)
    address = _start_portal(port, releases)
    out.print(f"\nThe portal is at [bold]{address}[/] (`make stop` or `observatory stop` ends it).")


def _start_portal(port: int, releases: str) -> str:
    """Start the portal in the background, without the microdata address, and wait until it answers."""
    environment = {k: v for k, v in os.environ.items() if k != "SSE_RESTRICTED_URL"}
    log = VAR / "portal.log"
    port = _free_port(port)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "sse_observatory.cli", "serve", "--releases", releases, "--port", str(port)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    (VAR / "portal.pid").write_text(json.dumps({"pid": process.pid, "port": port}))
    address = f"http://127.0.0.1:{port}/"
    if not _until(lambda: process.poll() is not None or _answers(address), 60) or process.poll() is not None:
        process.terminate()
        (VAR / "portal.pid").unlink(missing_ok=True)
        raise ObservatoryError(
            f"The portal did not start; {log} says why.", "Correct that and run `observatory serve`."
        )
    return address


def _free_port(wanted: int) -> int:
    import socket

    for port in range(wanted, wanted + 20):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise ObservatoryError(f"No port from {wanted} to {wanted + 19} is free.", "Choose another one with --port.")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _until(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


@app.command()
def stop() -> None:
    """Stop the portal that `observatory demo` started."""
    if not _stop():
        out.print("No portal of the demonstration is running.")


def _stop() -> bool:
    file = VAR / "portal.pid"
    try:
        pid = int(json.loads(file.read_text())["pid"])
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists() and b"sse_observatory" not in command.read_bytes():
            raise ProcessLookupError
        os.kill(pid, signal.SIGTERM)
    except (FileNotFoundError, ValueError, KeyError, ProcessLookupError, PermissionError):
        file.unlink(missing_ok=True)
        return False
    file.unlink(missing_ok=True)
    out.print("The portal was stopped.")
    return True
