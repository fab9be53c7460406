"""Write the fictional country to a folder, and find one's way in it.

The folder holds `registers/<year>/…` (what the offices hold), `truth/…` (what is true; never an input of production)
and `simulation.json` (what was asked for). Batches are written one after the other, so that memory does not grow with
the number of units. The whole folder appears at once, or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sse_observatory.core import InputError, NotFound, ObservatoryError
from sse_observatory.simulation.life import STATES, Edition, editions
from sse_observatory.simulation.names import Names
from sse_observatory.simulation.parameters import KINDS, TYPES, Parameters, read_parameters
from sse_observatory.simulation.population import (
    BLOCK,
    FAMILIES,
    INTERESTS,
    MAJORITIES,
    Units,
    affiliations,
    classes,
    forms,
    found,
    sections,
)
from sse_observatory.simulation.registers import (
    ID_STATES,
    OFFICES,
    REGISTERS,
    Written,
    labels,
    national_id_text,
    padded,
)
from sse_observatory.simulation.totals import Totals
from sse_observatory.simulation.writing import LAYOUTS, TableWriter

AREA = "XSO"
BATCH = 16 * BLOCK
MOST_UNITS = 100_000_000
MARK = "simulation.json"
_KIND = "sse-observatory/simulation"
_NOTE = {b"fictional": b"true", b"country": b"XSO Solidaria (fictional)"}
_README = """SOLIDARIA (XSO) IS A FICTIONAL COUNTRY / EST UN PAYS FICTIF / ES UN PAÍS FICTICIO.

Every file in this folder was made by a simulation. No unit, name, identifier or figure in it is real, and none may
enter a regional or world figure. registers/ is what three offices hold; truth/ is what is true, for testing only.

Tous les fichiers de ce dossier proviennent d'une simulation. Aucune unité, aucun nom, aucun identifiant et aucun
chiffre n'est réel ; aucun ne doit entrer dans un chiffre régional ou mondial.

Todos los archivos de esta carpeta proceden de una simulación. Ninguna unidad, nombre, identificador o cifra es real;
ninguno debe formar parte de una cifra regional o mundial.
"""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Truth:
    """The files with what is true; see docs/reference/simulation.md for their columns."""

    units: Path
    links: Path
    totals: Path
    editions: dict[int, Path]
    records: dict[int, dict[str, Path]]


@dataclass(frozen=True)
class Simulation:
    """A simulated country on disk. `registers[year][code]` is the file of an office (codes: REGISTERS)."""

    folder: Path
    units: int
    seed: int
    years: tuple[int, ...]
    parameters: str
    currency: str
    registers: dict[int, dict[str, Path]]
    truth: Truth

    @property
    def area(self) -> str:
        """The code of the fictional country."""
        return AREA


def simulate(
    out: Path,
    units: int,
    seed: int,
    editions: int,
    progress: Progress | None = None,
    *,
    replace: bool = False,
    parameters: Parameters | None = None,
) -> Simulation:
    """Write the fictional country with `units` true legal units in `editions` yearly editions to the folder `out`.

    `units` counts every true legal unit of the candidate population: cooperatives of all tiers (pseudo-cooperatives
    among them), the other families of the SSE, companies controlled by cooperatives and the ordinary companies that
    wrong codes let in. A few of them are in no register. The same arguments give the same bytes; more units add rows at
    the end.
    `progress(done, units)` is called after each batch. `replace` overwrites a former simulation, and nothing else.

    Raises ObservatoryError for impossible arguments or a disk that refuses, InputError where `out` holds something,
    CatalogueError for wrong parameters. After any error `out` is as it was.
    """
    _check(units, seed, editions)
    chosen = parameters or read_parameters()
    out = Path(out).absolute()
    _check_target(out, replace)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        try:
            work.chmod(0o755)
            _write(work, units, seed, editions, chosen, progress)
            _exchange(work, out, replace)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
    except OSError as error:
        raise ObservatoryError(
            f"the simulation could not be written to {out}: {error.strerror or error}",
            "check that the folder above may be written and has room (about 80 MB for 100,000 units and two editions)",
        ) from error
    return describe(out)


def describe(out: Path) -> Simulation:
    """The simulation in the folder `out`: its files by edition and register, and its truth.

    Raises NotFound where there is none, InputError where its description is damaged or a file is missing.
    """
    out = Path(out)
    about = _about(out)
    if about is None:
        raise NotFound(
            f"{out} is not the folder of a simulation", "write one: observatory simulate --units 1000 --out …"
        )
    todo = "write the simulation again"
    try:
        years = tuple(int(y) for y in about["years"])
        found_units, seed = int(about["units"]), int(about["seed"])
        parameters, currency = str(about["parameters"]), str(about["currency"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"the description of the simulation is damaged ({error!r})", file=out / MARK, todo=todo
        ) from None
    simulation = Simulation(
        out,
        found_units,
        seed,
        years,
        parameters,
        currency,
        {year: {code: out / _register_file(code, year) for code in REGISTERS} for year in years},
        Truth(
            out / _truth("units"),
            out / _truth("links"),
            out / "truth" / "fictional-totals.csv",
            {year: out / _truth(f"edition-{year}") for year in years},
            {year: {code: out / _truth(f"records-{code}-{year}") for code in REGISTERS} for year in years},
        ),
    )
    truth = simulation.truth
    files = [
        truth.units,
        truth.links,
        truth.totals,
        *truth.editions.values(),
        *(f for by_code in (*simulation.registers.values(), *truth.records.values()) for f in by_code.values()),
    ]
    for file in files:
        if not file.is_file():
            raise InputError("a file of the simulation is missing", file=file, todo=todo)
    return simulation


def _register_file(code: str, year: int) -> Path:
    return Path("registers") / str(year) / LAYOUTS[code].file_name(year)


def _truth(name: str) -> Path:
    return Path("truth") / f"fictional-{name}.parquet"


def _check(units: int, seed: int, count: int) -> None:
    for name, value, low, high in (
        ("units", units, 1, MOST_UNITS),
        ("seed", seed, 0, 2**63 - 1),
        ("editions", count, 1, 50),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ObservatoryError(
                f"{name} is {value!r}: a simulation cannot be made of that",
                f"give a whole number from {low:,} to {high:,}",
            )


def _about(out: Path) -> dict[str, Any] | None:
    try:
        about = json.loads((out / MARK).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        return None
    return about if isinstance(about, dict) and about.get("kind") == _KIND else None


def _check_target(out: Path, replace: bool) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError(
            "the simulation needs a folder of its own", file=out, todo="name a folder that does not exist yet"
        )
    if not out.is_dir() or not any(out.iterdir()):
        return
    if _about(out) is None:
        raise InputError(
            "this folder is not empty and not a former simulation",
            file=out,
            todo="name a folder that does not exist yet, or empty this one yourself",
        )
    if not replace:
        raise InputError(
            "this folder holds a former simulation",
            file=out,
            todo="name another folder, or ask to replace it (--force)",
        )


def _exchange(work: Path, out: Path, replace: bool) -> None:
    """Put the finished folder in its place: one rename, or two where a former simulation stands there."""
    _check_target(out, replace)
    former = None
    if out.is_dir() and any(out.iterdir()):
        former = Path(tempfile.mkdtemp(prefix=f".{out.name}-former-", dir=out.parent)) / out.name
        out.rename(former)
    try:
        os.replace(work, out)  # noqa: PTH105 - an empty folder at `out` is replaced too
    except OSError:
        if former is not None:
            with contextlib.suppress(OSError):
                former.rename(out)
        raise
    if former is not None:
        shutil.rmtree(former.parent, ignore_errors=True)


class _Parquet:
    """Writes batches to one Parquet file; the schema is the first batch's."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        table = table.replace_schema_metadata(_NOTE)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd", compression_level=1)
        self._writer.write_table(table)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()


def _write(folder: Path, units: int, seed: int, count: int, parameters: Parameters, progress: Progress | None) -> None:
    years = [parameters.first_edition + k for k in range(count)]
    (folder / "truth").mkdir()
    for year in years:
        (folder / "registers" / str(year)).mkdir(parents=True)
    (folder / "README.txt").write_text(_README, encoding="utf-8")
    totals = Totals(parameters)
    with ExitStack() as open_files:
        registers = {
            (code, year): open_files.enter_context(TableWriter(folder / _register_file(code, year), LAYOUTS[code]))
            for year in years
            for code in REGISTERS
        }

        def parquet(name: str) -> _Parquet:
            return open_files.enter_context(_Parquet(folder / _truth(name)))

        truth_units, truth_links = parquet("units"), parquet("links")
        truth_editions = {year: parquet(f"edition-{year}") for year in years}
        truth_records = {(code, year): parquet(f"records-{code}-{year}") for year in years for code in REGISTERS}

        for start in range(0, units, BATCH):
            size = min(BATCH, units - start)
            batch = found(parameters, seed, start, size, count)
            names = Names(batch, len(parameters.regions))
            ids = unit_ids(batch.number)
            truth_units.write(_units_table(batch, names, parameters, ids))
            truth_links.write(_links_table(batch))
            offices = {code: OFFICES[code](batch, names, parameters) for code in REGISTERS}
            for edition in editions(batch, parameters, count):
                totals.add(batch, edition)
                truth_editions[edition.year].write(_edition_table(batch, edition, ids))
                for code, office in offices.items():
                    written = office.write(edition)
                    registers[code, edition.year].write(written.table)
                    truth_records[code, edition.year].write(_records_table(written, ids))
            if progress is not None:
                progress(start + size, units)
    totals.write(folder / "truth" / "fictional-totals.csv")
    about = {
        "kind": _KIND,
        "version": 1,
        "fictional": True,
        "area": AREA,
        "country": "Solidaria (fictional)",
        "units": units,
        "seed": seed,
        "years": years,
        "currency": parameters.currency,
        "parameters": parameters.hash,
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
    }
    (folder / MARK).write_text(json.dumps(about, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def unit_ids(numbers: Any) -> pa.Array:
    """The true units' identifiers: XSO-U and nine digits."""
    return padded(numbers, 9, f"{AREA}-U")


def _units_table(u: Units, names: Names, p: Parameters, ids: pa.Array) -> pa.Table:
    rows = np.arange(len(u.number))
    all_classes = classes(p)

    def others(numbers: Any) -> pa.Array:
        return pc.if_else(pa.array(numbers < 0), None, unit_ids(np.maximum(numbers, 0)))

    return pa.table(
        {
            "unit_id": ids,
            "kind": labels(u.kind, KINDS),
            "family": labels(u.family, FAMILIES),
            "coop_type": labels(u.coop_type, tuple(t.upper() for t in TYPES)),
            "tier": labels(u.tier - 1, ("T1", "T2", "T3")),
            "legal_form": labels(u.form, forms(p)),
            "legal_form_coop": pa.array(u.is_coop),
            "statistical_coop": pa.array(u.statistical_coop),
            "pseudo_coop": pa.array(u.is_coop & ~u.statistical_coop),
            "coop_like": pa.array(u.coop_like),
            "in_sse": pa.array(u.in_sse),
            "has_status": pa.array(u.overlay),
            "isic4_class": labels(u.activity, all_classes),
            "isic4_division": labels(
                u.activity, tuple(s + c[:2] for c, s in zip(all_classes, sections(p), strict=True))
            ),
            "section": labels(u.activity, sections(p)),
            "region": labels(u.region, tuple(p.regions)),
            "registered_on": pa.array(u.registered_on.astype(np.int32)).cast(pa.date32()),
            "member_interest": labels(u.interest, INTERESTS),
            "board_majority": labels(u.majority, MAJORITIES),
            "controlled_by": others(u.controller),
            "group_head": others(u.group_head),
            "giant": pa.array(u.giant > 1),
            "national_id": national_id_text(u.national_id),
            "first_name": names.text("full", np.zeros(len(rows), dtype=np.int64), rows),
        }
    )


def _links_table(u: Units) -> pa.Table:
    member, upper = affiliations(u)
    controlled = np.flatnonzero(u.controller >= 0)
    source = np.concatenate([u.number[member], u.number[controlled]])
    target = np.concatenate([u.number[upper], u.controller[controlled]])
    kinds = np.concatenate([np.zeros(len(member), dtype=np.int64), np.ones(len(controlled), dtype=np.int64)])
    return pa.table(
        {
            "from_unit": unit_ids(source),
            "to_unit": unit_ids(target),
            "kind": labels(kinds, ("affiliated to", "controlled by")),
        }
    )


def _edition_table(u: Units, e: Edition, ids: pa.Array) -> pa.Table:
    def year(values: Any) -> pa.Array:
        return pa.array(values, pa.int32(), mask=values == 0)

    return pa.table(
        {
            "unit_id": ids,
            "year": pa.array(np.full(len(u.number), e.year, dtype=np.int32)),
            "life_status": labels(e.state, STATES),
            "registered": pa.array(e.registered),
            "active": pa.array(e.active),
            "ceased_year": year(e.ceased_year.astype(np.int32)),
            "struck_off_year": year(e.struck_year.astype(np.int32)),
            "name_version": pa.array(e.name_version.astype(np.int32)),
            "members_headcount": pa.array(e.members),
            "members_women": pa.array(e.members_women),
            "members_men": pa.array(e.members_men),
            "member_organisations": pa.array(e.member_organisations),
            "first_memberships": pa.array(e.first_memberships),
            "employees_headcount": pa.array(e.employees),
            "employees_women": pa.array(e.employees_women),
            "worker_members_headcount": pa.array(e.worker_members),
            "worker_members_women": pa.array(e.worker_members_women),
            "scope_jobs_headcount": pa.array(e.scope_jobs),
            "turnover_lcu": pa.array(e.turnover),
            "assets_lcu": pa.array(e.assets),
            "compensation_lcu": pa.array(e.compensation),
        }
    )


def _records_table(written: Written, ids: pa.Array) -> pa.Table:
    return pa.table(
        {
            "record_id": written.record_ids,
            "unit_id": ids.take(pa.array(written.unit)),
            "copy": pa.array(written.copy.astype(np.int8)),
            "national_id_is": labels(written.id_state, ID_STATES),
        }
    )
