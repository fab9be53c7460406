"""Two sample surveys of the fictional country, with the truth they estimate.

The *survey of cooperatives* samples the entries of the registrar's register: strata by part of the country and size,
large units self-representing, simple random sampling without replacement by permanent random numbers (Ohlsson 1995), so
that successive rounds overlap. Its frame has what frames have: entries twice, dormant and ceased units, cooperatives
missing from it. The *household survey* is a labour force survey with questions on cooperatives: enumeration areas with
probability proportional to size (systematic), dwellings at the second stage, all persons of a household; half of the
dwellings return in the next round. Both lose units to non-response that depends on what is known of everybody, which
weighting can repair, and leave items unanswered.

The persons are a population of their own: they are not the members in the registers. Every row can be drawn again from
the seed, the round and the place of the unit alone, so rounds agree with each other. See docs/reference/simulation.md.
"""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sse_observatory.core import CatalogueError, ObservatoryError
from sse_observatory.simulation.country import AREA, Simulation
from sse_observatory.simulation.draws import Bools, Draws, Floats, Ints, pick
from sse_observatory.simulation.parameters import Parameters, parameters_file, read_parameters
from sse_observatory.simulation.totals import SIZES, size_class
from sse_observatory.simulation.writing import Layout, TableWriter

AGES = ("Y0T14", "Y15T24", "Y25T44", "Y45T64", "Y_GE65")
"""Age bands of the population figures, codes of CL_AGE where it has them."""
ICSE18 = ("11", "12", "21", "22", "30", "41", "42", "43", "44", "51")
_LAYOUT = Layout("", "csv", ",", "utf-8", True)
_SLOTS = 256  # places for dwellings of an area in the streams of random numbers; an area never has that many
_PERSONS = 8  # places for persons of a household
_AREAS_AT_ONCE = 256

# Share of persons by age band, by place in the household: the first is an adult.
_AGE_FIRST = (0.0, 0.06, 0.40, 0.36, 0.18)
_AGE_OTHERS = (0.42, 0.20, 0.22, 0.12, 0.04)
_AGE_START, _AGE_YEARS = np.array([0, 15, 25, 45, 65]), np.array([15, 10, 20, 20, 25])
_HOUSEHOLD_SIZES = (0.17, 0.23, 0.21, 0.19, 0.11, 0.06, 0.03)
# Status in employment of the employed (ICSE-18), in towns and in the country: assumptions.
_ICSE_URBAN = (0.02, 0.03, 0.02, 0.17, 0.04, 0.43, 0.14, 0.09, 0.03, 0.03)
_ICSE_RURAL = (0.01, 0.04, 0.01, 0.38, 0.06, 0.17, 0.06, 0.10, 0.01, 0.16)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rate(_Strict):
    value: float = Field(ge=0, le=1)
    evidence: str = Field(min_length=3)


_Fraction = Annotated[float, Field(gt=0, le=1)]
_UNKNOWN = "_U"
FRAME_SIZES = (*SIZES, _UNKNOWN)
"""Size classes of the frame: an entry that never told its employees is in none of the others."""
_Size = Literal["S0", "S1T9", "S10T49", "S50T249", "S250", "_U"]


class _Cooperatives(_Strict):
    fraction: Mapping[_Size, _Fraction]
    smallest: int = Field(ge=1)
    retained: _Rate
    refuses: _Rate
    not_found: _Rate
    turnover_withheld: _Rate
    intermediate_share: _Rate


class _Households(_Strict):
    areas_sampled: _Rate
    fewest_areas: int = Field(ge=2)
    dwellings: int = Field(ge=2, le=50)
    area_smallest: int = Field(ge=50)
    area_largest: int = Field(le=_SLOTS - 1)
    urban: _Rate
    vacant: _Rate
    refuses: _Rate
    no_contact: _Rate
    earnings_withheld: _Rate
    knows_legal_form: _Rate
    active_men: _Rate
    active_women: _Rate
    unemployed: _Rate
    second_job: _Rate
    works_in_cooperative: _Rate
    worker_member: _Rate
    within_scope: _Rate
    member: _Rate
    joins_several: _Rate
    volunteers: _Rate
    changes: _Rate
    area_effect: float = Field(ge=0, le=3)


class SurveyParameters(_Strict):
    """`simulation-surveys.toml` of the catalogue: sampling fractions, fieldwork, population."""

    version: str
    cooperatives: _Cooperatives
    households: _Households


@dataclass(frozen=True)
class Surveys:
    """The files of the surveys, by round (year), and what is true."""

    cooperatives: dict[int, Path]
    addresses: dict[int, Path]
    persons: dict[int, Path]
    population: dict[int, Path]
    totals: Path


def read_survey_parameters(path: Path | None = None) -> SurveyParameters:
    """The parameters of the surveys (default: the catalogue's). Raises CatalogueError naming file, key and value."""
    path = path or parameters_file().with_name("simulation-surveys.toml")
    todo = "correct the file, or take the packaged one as a model (docs/reference/simulation.md)"
    if not path.is_file():
        raise CatalogueError("there are no parameters of the simulated surveys here", file=path, todo=todo)
    try:
        read = SurveyParameters.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"this is not a TOML file in UTF-8 ({error})", file=path, todo=todo) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise CatalogueError(
            "a parameter of the simulated surveys is missing or wrong",
            file=path,
            column=".".join(str(part) for part in first["loc"]),
            value=str(first.get("input")),
            expected=first["msg"],
            todo=todo,
        ) from None
    if read.households.area_smallest > read.households.area_largest:
        raise CatalogueError(
            "the smallest enumeration area is larger than the largest",
            file=path,
            column="households.area_smallest",
            value=str(read.households.area_smallest),
            expected=f"at most {read.households.area_largest}",
            todo=todo,
        )
    missing = [size for size in FRAME_SIZES if size not in read.cooperatives.fraction]
    if missing:
        raise CatalogueError(
            "a size class has no sampling fraction",
            file=path,
            column="cooperatives.fraction",
            value=", ".join(read.cooperatives.fraction),
            expected=", ".join(FRAME_SIZES),
            todo=todo,
        )
    return read


def survey_files(simulation: Simulation) -> Surveys:
    """Where the surveys of a simulation are, whether or not they have been drawn."""

    def by_year(stem: str) -> dict[int, Path]:
        return {
            year: simulation.folder / "surveys" / str(year) / f"fictional-{stem}-{year}.csv"
            for year in simulation.years
        }

    return Surveys(
        by_year("survey-of-cooperatives"),
        by_year("household-survey-addresses"),
        by_year("household-survey-persons"),
        by_year("population"),
        simulation.folder / "truth" / "fictional-survey-totals.csv",
    )


def draw_surveys(
    simulation: Simulation,
    *,
    areas: int = 2_000,
    parameters: Parameters | None = None,
    survey_parameters: SurveyParameters | None = None,
) -> Surveys:
    """Draw one round of both surveys for each edition of `simulation`, and write them into its folder.

    `areas` is the number of enumeration areas of the country (about 110 dwellings and 320 persons each). The same
    simulation, areas and parameters give the same bytes; former surveys of the simulation are replaced, all at once.
    Memory grows with the units (about 500 bytes each), not with the persons.

    Raises ObservatoryError for an impossible number of areas or a disk that refuses, CatalogueError for wrong
    parameters.
    """
    if isinstance(areas, bool) or not isinstance(areas, int) or not 200 <= areas <= 1_000_000:
        raise ObservatoryError(
            f"areas is {areas!r}: a household survey cannot be drawn from that",
            "give a whole number of enumeration areas from 200 to 1,000,000",
        )
    country = parameters or read_parameters()
    chosen = survey_parameters or read_survey_parameters()
    files = survey_files(simulation)
    totals = _Totals()
    try:
        work = Path(tempfile.mkdtemp(prefix=".surveys-", dir=simulation.folder))
        try:
            former = None
            for place, year in enumerate(simulation.years):
                (work / str(year)).mkdir()
                path = work / str(year) / files.cooperatives[year].name
                former = _cooperatives(simulation, chosen.cooperatives, place, former, path, totals)
            _households(simulation.seed, country, chosen.households, areas, simulation.years, work, files, totals)
            totals.write(work / files.totals.name)
            work.chmod(0o755)
            shutil.rmtree(simulation.folder / "surveys", ignore_errors=True)
            os.replace(work / files.totals.name, files.totals)  # noqa: PTH105 - replaces a former file
            work.rename(simulation.folder / "surveys")
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
    except OSError as error:
        raise ObservatoryError(
            f"the surveys could not be written to {simulation.folder}: {error.strerror or error}",
            "check that the folder of the simulation may be written and has room",
        ) from error
    return files


class _Totals:
    """True totals, in whole numbers: by survey, round, population, measure and one dimension at a time."""

    header = ("country", "survey", "edition", "population", "measure", "dimension", "code", "value", "note")

    def __init__(self) -> None:
        self._sums: dict[tuple[str, int, str, str, str, str], int] = defaultdict(int)

    def add(
        self,
        survey: str,
        year: int,
        population: str,
        inside: Bools,
        values: Mapping[str, Ints],
        dimensions: Mapping[str, tuple[tuple[str, ...], Ints]],
    ) -> None:
        for measure, value in values.items():
            chosen = value[inside]
            self._sums[survey, year, population, measure, "_T", "_T"] += int(chosen.sum())
            for dimension, (codes, places) in dimensions.items():
                at = places[inside]
                known = at >= 0
                # Doubles hold whole numbers exactly up to 2**53; one batch stays far below.
                sums = np.bincount(at[known], weights=chosen[known], minlength=len(codes))
                for code, total in zip(codes, sums, strict=True):
                    self._sums[survey, year, population, measure, dimension, code] += int(total)

    def write(self, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(self.header)
            writer.writerows(
                (AREA, *(str(k) for k in key), value, "fictional") for key, value in sorted(self._sums.items())
            )


# The survey of cooperatives: an establishment survey from the registrar's register


_PARTS = ("centre", "provinces", "periphery")
OUTCOMES = ("responded", "refused", "not found", "dormant", "ceased", "entered twice", "not a cooperative")
_RESPONDED, _REFUSED, _NOT_FOUND, _DORMANT, _CEASED, _TWICE, _NO_COOPERATIVE = range(len(OUTCOMES))


@dataclass(frozen=True)
class _Round:
    """The frame of one round, entry by entry in the order of the register, and who was sampled."""

    entry: pa.Array  # file numbers
    unit: Ints
    twice: Bools
    stratum: Ints
    size: Ints
    population: Ints  # by stratum
    sample: Ints  # by stratum
    chosen: Bools


_STRATA = tuple(f"{part}-{size}" for part in _PARTS for size in FRAME_SIZES)


def _round(simulation: Simulation, p: _Cooperatives, place: int) -> _Round:
    """Frame and sample of round `place`.

    In each stratum the sample is the entries whose permanent random numbers follow next after the round's starting
    point, which moves on by the share of the sample that is replaced.
    """
    year = simulation.years[place]
    register = pa_csv.read_csv(
        simulation.registers[year]["registrar"],
        convert_options=pa_csv.ConvertOptions(
            include_columns=["region", "struck_off_on", "employees", "worker_members"],
            strings_can_be_null=True,
            column_types={"region": pa.string(), "struck_off_on": pa.string(), "employees": pa.float64(),
                          "worker_members": pa.float64()},
        ),
    )  # fmt: skip
    records = pq.read_table(simulation.truth.records[year]["registrar"], columns=["record_id", "unit_id", "copy"])
    alive = np.flatnonzero(np.asarray(pc.is_null(register["struck_off_on"])))

    jobs = pc.add(pc.fill_null(register["employees"], 0), pc.fill_null(register["worker_members"], 0))
    told = np.asarray(pc.is_valid(register["employees"]))[alive]
    size = np.where(told, size_class(np.asarray(jobs)[alive].astype(np.int64)), len(SIZES))
    code = pc.cast(pc.utf8_slice_codeunits(pc.fill_null(register["region"], f"{AREA}-12"), -2), pa.int64())
    part = np.searchsorted(np.array([2, 6]), np.asarray(code)[alive], side="left")
    stratum = part * len(FRAME_SIZES) + size

    unit = _numbers(records["unit_id"])[alive]
    twice = np.asarray(records["copy"])[alive] == 1
    draws = Draws(simulation.seed, 0, simulation.units)
    own, second = draws.uniform("survey number"), draws.uniform("survey number of the second entry")
    number = np.where(twice, second[unit], own[unit])

    fraction = np.array([p.fraction[s] for s in FRAME_SIZES] * len(_PARTS))
    population = np.bincount(stratum, minlength=len(_STRATA))
    sample = np.minimum(np.maximum(np.ceil(population * fraction - 1e-9).astype(np.int64), p.smallest), population)
    order = np.lexsort(((number - place * (1 - p.retained.value) * fraction[stratum]) % 1.0, stratum))
    first = np.concatenate([[0], np.cumsum(population)[:-1]])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - first[stratum[order]]
    entry = records["record_id"].combine_chunks().take(pa.array(alive))
    return _Round(entry, unit, twice, stratum, size, population, sample, rank < sample[stratum])


def _numbers(unit_ids: pa.ChunkedArray) -> Ints:
    return np.asarray(pc.cast(pc.utf8_slice_codeunits(unit_ids, len(f"{AREA}-U")), pa.int64()))


def _cooperatives(
    simulation: Simulation, p: _Cooperatives, place: int, former: _Round | None, path: Path, totals: _Totals
) -> _Round:
    """Write one round of the survey of cooperatives, add its truth; returns the round for the next one."""
    year = simulation.years[place]
    units = pq.read_table(simulation.truth.units, columns=["coop_type", "section", "region", "statistical_coop"])
    edition = pq.read_table(simulation.truth.editions[year])
    draws = Draws(simulation.seed, 0, simulation.units)

    def known(column: str) -> Ints:
        return np.asarray(pc.fill_null(edition[column], 0)).astype(np.int64)

    employees, worker_members = known("employees_headcount"), known("worker_members_headcount")
    turnover, compensation = known("turnover_lcu"), known("compensation_lcu")
    # Intermediate consumption belongs to the unit: a share near the mean, never so high that wages cannot be paid.
    share = np.clip(p.intermediate_share.value + 0.12 * draws.normal("intermediate consumption"), 0.05, 0.95)
    intermediate = np.minimum(np.rint(turnover * share).astype(np.int64), np.maximum(turnover - compensation, 0))
    hours = np.rint((employees + worker_members) * (1_700 + 150 * draws.normal(f"hours {place}"))).astype(np.int64)
    values = {
        "UNITS": np.ones(simulation.units, dtype=np.int64),
        "JOBS": employees + worker_members,
        "JOBS_F": known("employees_women") + known("worker_members_women"),
        "EMPLOYEES": employees,
        "WORKER_MEMBERS": worker_members,
        "HOURS": hours,
        "TURNOVER": turnover,
        "INTERMEDIATE_CONSUMPTION": intermediate,
        "GROSS_VALUE_ADDED": turnover - intermediate,
        "COMPENSATION": compensation,
    }
    coop, active = np.asarray(units["statistical_coop"]), np.asarray(edition["active"])
    dimensions = {
        "COOP_TYPE": _coded(units["coop_type"]),
        "ACTIVITY": _coded(units["section"]),
        "REGION": _coded(units["region"]),
        "SIZE": (SIZES, size_class(values["JOBS"])),
    }
    totals.add("cooperatives", year, "active cooperatives", coop & active, values, dimensions)
    now = _round(simulation, p, place)
    covered = np.zeros(simulation.units, dtype=bool)
    covered[now.unit] = True
    totals.add("cooperatives", year, "active cooperatives in the frame", coop & active & covered, values, dimensions)

    at = np.flatnonzero(now.chosen)
    unit, size = now.unit[at], now.size[at]
    life = np.asarray(edition["life_status"].combine_chunks().dictionary_decode()
                      if pa.types.is_dictionary(edition["life_status"].type)
                      else edition["life_status"])[unit]  # fmt: skip
    meets = draws.uniform(f"survey contact {place}")[unit]
    willing = draws.uniform(f"survey answer {place}")[unit]
    outcome = np.full(len(at), _RESPONDED)
    small = (size <= 1) | (size == FRAME_SIZES.index(_UNKNOWN))
    outcome[willing < p.refuses.value * np.where(small, 2, 1)] = _REFUSED
    outcome[life == "dormant"] = _DORMANT
    outcome[~coop[unit]] = _NO_COOPERATIVE
    outcome[(life == "ceased") | (life == "struck_off")] = _CEASED
    outcome[now.twice[at]] = _TWICE
    outcome[meets < p.not_found.value * np.where(outcome == _CEASED, 4, 1)] = _NOT_FOUND

    answered = outcome == _RESPONDED
    withheld = draws.uniform(f"turnover withheld {place}")[unit] < p.turnover_withheld.value
    kept = set(former.entry.filter(pa.array(former.chosen)).to_pylist()) if former else set()

    def answer(measure: str, where: Bools = answered) -> pa.Array:
        return pa.array(values[measure][unit], pa.int64(), mask=~where)

    def described(column: pa.ChunkedArray) -> pa.Array:
        chosen = _plain(column).take(pa.array(unit))
        return pc.if_else(pa.array(answered), chosen, None)

    stratum = now.stratum[at]
    entry = now.entry.take(pa.array(at))
    with TableWriter(path, _LAYOUT) as writer:
        writer.write(
            pa.table(
                {
                    "file_no": entry,
                    "round": pa.array(np.full(len(at), year)),
                    "stratum": pa.array(np.array(_STRATA)[stratum]),
                    "stratum_population": pa.array(now.population[stratum]),
                    "stratum_sample": pa.array(now.sample[stratum]),
                    "rotation": pa.array(["retained" if e in kept else "new" for e in entry.to_pylist()]),
                    "outcome": pa.array(np.array(OUTCOMES)[outcome]),
                    "frame_size": pa.array(np.array(FRAME_SIZES)[size]),
                    "coop_type": described(units["coop_type"]),
                    "section": described(units["section"]),
                    "region": described(units["region"]),
                    "employees": answer("EMPLOYEES"),
                    "worker_members": answer("WORKER_MEMBERS"),
                    "women": answer("JOBS_F"),
                    "hours_year": answer("HOURS"),
                    "turnover": answer("TURNOVER", answered & ~withheld),
                    "intermediate_consumption": answer("INTERMEDIATE_CONSUMPTION", answered & ~withheld),
                    "compensation": answer("COMPENSATION"),
                    "remark": pa.array(["fictional"] * len(at)),
                }
            )
        )
    return now


def _plain(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole


def _coded(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Ints]:
    """The codes in a column, sorted, and the place of each value among them; -1 where there is none."""
    encoded = _plain(column).dictionary_encode()
    codes = encoded.dictionary.to_pylist()
    order = {code: place for place, code in enumerate(sorted(codes))}
    places = np.array([order[c] for c in codes] or [0])
    index = np.asarray(pc.fill_null(encoded.indices, -1)).astype(np.int64)
    return tuple(sorted(codes)), np.where(index < 0, -1, places[index])


# The household survey: a labour force survey with questions on cooperatives


@dataclass(frozen=True)
class _Areas:
    """The enumeration areas of the country."""

    region: Ints
    urban: Bools
    dwellings: Ints
    effect: Floats  # what neighbours have in common, on the logit scale

    @property
    def stratum(self) -> Ints:
        return self.region * 2 + self.urban


def _areas(seed: int, country: Parameters, p: _Households, count: int) -> _Areas:
    draws = Draws(seed, 0, count)
    region = draws.choice("area region", list(country.regions.values()))
    # The largest region is the most urban, the smallest the least; the mean is that of the parameters.
    lean = np.linspace(0.3, -0.3, len(country.regions))[region]
    urban = draws.uniform("area urban") < np.clip(p.urban.value + lean, 0.02, 0.98)
    spread = p.area_largest - p.area_smallest + 1
    return _Areas(
        region,
        np.asarray(urban),
        p.area_smallest + draws.whole("area dwellings", spread),
        p.area_effect * draws.normal("area effect"),
    )


@dataclass(frozen=True)
class _Persons:
    """Everybody in a block of areas, in one round: one value per place for a person; `here` says who exists."""

    here: Bools
    area: Ints
    dwelling: Ints
    line: Ints
    sex: Ints  # 0 men, 1 women
    age: Ints
    band: Ints
    status: Ints  # 0 employed, 1 unemployed, 2 outside the labour force, -1 under 15
    icse: Ints  # -1 where not employed
    in_cooperative: Bools
    worker_member: Bools
    within_scope: Bools
    memberships: Ints
    second_job: Bools
    volunteers: Bools
    hours: Ints
    earnings: Ints  # per month; only of employees and worker-members


def _people(seed: int, p: _Households, areas: _Areas, first: int, last: int, place: int) -> tuple[_Persons, Bools]:
    """The persons of areas `first` to `last` in round `place`, and which dwelling places are lived in."""
    count = last - first
    homes = Draws(seed, first * _SLOTS, count * _SLOTS)
    exists = (np.arange(_SLOTS)[None, :] < areas.dwellings[first:last, None]).ravel()
    lived_in = exists & (homes.uniform(f"vacant {place}") >= p.vacant.value)
    household = 1 + pick(homes.uniform("household size"), _HOUSEHOLD_SIZES)

    n = count * _SLOTS * _PERSONS
    d = Draws(seed, first * _SLOTS * _PERSONS, n)
    line = np.tile(np.arange(_PERSONS), count * _SLOTS)
    here = np.repeat(lived_in, _PERSONS) & (line < np.repeat(household, _PERSONS))
    area = np.repeat(np.arange(first, last), _SLOTS * _PERSONS)
    urban, effect = areas.urban[area], areas.effect[area]

    at_birth = d.uniform("age band")
    band = np.where(line == 0, pick(at_birth, _AGE_FIRST), pick(at_birth, _AGE_OTHERS))
    age = _AGE_START[band] + np.floor(d.uniform("age") * _AGE_YEARS[band]).astype(np.int64) + place
    band = np.searchsorted(_AGE_START, age, side="right") - 1
    sex = (d.uniform("sex") < np.where(line == 0, 0.42, 0.54)).astype(np.int64)

    # Each person's situation is drawn once, and anew in a later round for the share that changes.
    latest = np.zeros(n, dtype=np.int64)
    for later in range(1, place + 1):
        latest[d.uniform(f"change {later}") < p.changes.value] = later

    def situation(variable: str) -> Floats:
        number = d.uniform(variable)
        for later in range(1, place + 1):
            changed = latest == later
            if changed.any():
                number = np.where(changed, d.uniform(f"{variable} {later}"), number)
        return number

    adult = age >= 15
    prime = np.array([0.0, 0.55, 1.15, 1.0, 0.25])[band]
    participation = np.where(sex == 1, p.active_women.value, p.active_men.value)
    active = adult & (situation("active") < np.clip(participation * prime, 0, 0.98))
    unemployed = active & (situation("unemployed") < p.unemployed.value * np.where(band == 1, 2.2, 0.8))
    employed = active & ~unemployed
    status = np.where(~adult, -1, np.where(employed, 0, np.where(unemployed, 1, 2)))
    kind = situation("status in employment")
    icse = np.where(employed, np.where(urban, pick(kind, _ICSE_URBAN), pick(kind, _ICSE_RURAL)), -1)
    dependent = np.isin(icse, [ICSE18.index(c) for c in ("30", "41", "42", "43", "44")])
    own_account = np.isin(icse, [ICSE18.index(c) for c in ("12", "22")])

    # Only jobs that can be in a cooperative carry the rate, so that the share of all the employed is near it.
    in_cooperative = dependent & (situation("cooperative") < _near(p.works_in_cooperative.value * 1.5, effect))
    worker_member = in_cooperative & (situation("worker-member") < p.worker_member.value)
    within_scope = own_account & ~urban & (situation("scope") < _near(p.within_scope.value, effect))
    joins = adult & (situation("member") < _near(p.member.value * np.where(urban, 0.8, 1.25), effect))
    joins |= worker_member | within_scope
    further = np.floor(np.log(situation("further memberships")) / np.log(max(p.joins_several.value, 1e-9)))
    memberships = np.where(joins, 1 + np.minimum(further, 5).astype(np.int64), 0)

    weekly = np.clip(np.rint(38 + 11 * d.normal(f"weekly hours {place}")), 1, 98).astype(np.int64)
    wage = 1_150 * np.exp(0.55 * d.normal("earnings") + 0.02 * place - np.where(sex == 1, 0.14, 0.0))
    paid = np.isin(icse, [ICSE18.index(c) for c in ("41", "42", "43", "44")])
    return (
        _Persons(
            here,
            area,
            np.repeat(np.tile(np.arange(_SLOTS), count), _PERSONS),
            line,
            sex,
            age,
            band,
            status,
            icse,
            in_cooperative,
            worker_member,
            within_scope,
            memberships,
            employed & (situation("second job") < p.second_job.value),
            adult & (situation("volunteer") < _near(p.volunteers.value, effect)),
            np.where(employed, weekly, 0),
            np.where(paid, np.rint(wage).astype(np.int64), 0),
        ),
        lived_in,
    )


def _near(rate: float | Floats, effect: Floats) -> Floats:
    """A rate moved by what neighbours have in common, on the logit scale."""
    share = np.clip(rate, 1e-9, 1 - 1e-9)
    return np.asarray(1 / (1 + np.exp(-(np.log(share / (1 - share)) + effect))))


def _sampled_areas(seed: int, p: _Households, areas: _Areas) -> tuple[Ints, Floats, Ints]:
    """The areas in the sample, their inclusion probabilities, and how many are sampled in their stratum.

    Systematic sampling with probability proportional to the number of dwellings, in random order, in each stratum; an
    area larger than the sampling interval is taken with certainty and the others share what remains.
    """
    stratum = areas.stratum
    number = Draws(seed, 0, len(stratum)).uniform("area order")
    taken: list[int] = []
    probability = np.zeros(len(stratum))
    for code in np.unique(stratum):
        inside = np.flatnonzero(stratum == code)
        inside = inside[np.argsort(number[inside], kind="stable")]
        wanted = min(max(p.fewest_areas, round(p.areas_sampled.value * len(inside))), len(inside))
        size = areas.dwellings[inside].astype(float)
        share = wanted * size / size.sum()
        while (share > 1).any():
            certain = share >= 1
            share[certain] = 1.0
            share[~certain] = (wanted - certain.sum()) * size[~certain] / size[~certain].sum()
        probability[inside] = share
        start = Draws(seed, 0, 4 * (int(code) + 1)).uniform("area start")[4 * int(code)]
        # A point falls into an area wherever the cumulated probabilities pass a whole number plus the start.
        passed = np.floor(np.round(np.cumsum(share), 9) + 1 - start)
        taken.extend(inside[np.diff(np.concatenate([[np.floor(1 - start)], passed])) > 0].tolist())
    chosen = np.array(sorted(taken), dtype=np.int64)
    by_stratum = np.bincount(stratum[chosen], minlength=int(stratum.max()) + 1)
    return chosen, probability[chosen], by_stratum[stratum[chosen]]


_FOUND = ("responded", "refused", "no contact", "vacant")


def _households(
    seed: int,
    country: Parameters,
    p: _Households,
    count: int,
    years: tuple[int, ...],
    folder: Path,
    files: Surveys,
    totals: _Totals,
) -> None:
    """Write every round of the household survey and its truth."""
    areas = _areas(seed, country, p, count)
    chosen, probability, in_stratum = _sampled_areas(seed, p, areas)
    regions = tuple(country.regions)
    for place, year in enumerate(years):
        margins: dict[tuple[str, str, str, str], int] = defaultdict(int)
        with (
            TableWriter(folder / str(year) / files.addresses[year].name, _LAYOUT) as addresses,
            TableWriter(folder / str(year) / files.persons[year].name, _LAYOUT) as persons,
        ):
            for first in range(0, count, _AREAS_AT_ONCE):
                last = min(first + _AREAS_AT_ONCE, count)
                people, lived_in = _people(seed, p, areas, first, last, place)
                _count(people, areas, regions, year, totals, margins)
                here = np.flatnonzero((chosen >= first) & (chosen < last))
                if len(here):
                    _interview(
                        seed, p, areas, regions, people, lived_in, first, chosen[here], probability[here],
                        in_stratum[here], place, year, addresses, persons,
                    )  # fmt: skip
        with (folder / str(year) / files.population[year].name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(("country", "year", "region", "urban", "sex", "age", "persons", "remark"))
            writer.writerows((AREA, year, *key, value, "fictional") for key, value in sorted(margins.items()))


def _count(
    people: _Persons, areas: _Areas, regions: tuple[str, ...], year: int, totals: _Totals,
    margins: dict[tuple[str, str, str, str], int],
) -> None:  # fmt: skip
    one = np.ones(len(people.here), dtype=np.int64)
    region, urban = areas.region[people.area], areas.urban[people.area].astype(np.int64)
    employed = people.status == 0
    values = {
        "PERSONS": one,
        "EMPLOYED": one * employed,
        "UNEMPLOYED": one * (people.status == 1),
        "WORK_IN_COOPERATIVES": one * people.in_cooperative,
        "WORKER_MEMBERS": one * people.worker_member,
        "WORK_WITHIN_SCOPE": one * people.within_scope,
        "PERSONS_MEMBERS": one * (people.memberships > 0),
        "MEMBERSHIPS": people.memberships,
        "VOLUNTEERS": one * people.volunteers,
        "HOURS_WEEK": people.hours,
        "HOURS_WEEK_IN_COOPERATIVES": people.hours * people.in_cooperative,
        "EARNINGS_MONTH": people.earnings,
        "EARNERS": one * (people.earnings > 0),
    }
    dimensions: dict[str, tuple[tuple[str, ...], Ints]] = {
        "SEX": (("M", "F"), people.sex),
        "AGE": (AGES, people.band),
        "URBAN": (("rural", "urban"), urban),
        "REGION": (regions, region),
        "ICSE18": (ICSE18, people.icse),
    }
    totals.add("households", year, "persons in households", people.here, values, dimensions)
    cell = ((region * 2 + urban) * 2 + people.sex) * len(AGES) + people.band
    counted = np.bincount(cell[people.here], minlength=len(regions) * 4 * len(AGES))
    for index in np.flatnonzero(counted):
        rest, band = divmod(int(index), len(AGES))
        rest, sex = divmod(rest, 2)
        where, town = divmod(rest, 2)
        margins[regions[where], ("rural", "urban")[town], "MF"[sex], AGES[band]] += int(counted[index])


def _interview(
    seed: int,
    p: _Households,
    areas: _Areas,
    regions: tuple[str, ...],
    people: _Persons,
    lived_in: Bools,
    first: int,
    chosen: Ints,
    probability: Floats,
    in_stratum: Ints,
    place: int,
    year: int,
    addresses: TableWriter,
    persons: TableWriter,
) -> None:
    """Fieldwork of one round in the sampled areas of a block."""
    homes = Draws(seed, first * _SLOTS, len(lived_in))
    number, contact, willing = (
        homes.uniform("dwelling number"), homes.uniform(f"contact {place}"), homes.uniform(f"willing {place}"),
    )  # fmt: skip
    size = people.here.reshape(-1, _PERSONS).sum(axis=1)
    n = p.dwellings
    sampled: list[Ints] = []
    for area in chosen:
        start = (int(area) - first) * _SLOTS
        order = np.argsort(number[start : start + int(areas.dwellings[area])], kind="stable")
        # Half a sample further on in the random order of dwellings in each round: the other half returns.
        turn = (place * (n - n // 2) + np.arange(n)) % len(order)
        sampled.append(start + order[turn])
    slot = np.concatenate(sampled)
    area = np.repeat(chosen, n)
    urban = areas.urban[area]
    outcome = np.zeros(len(slot), dtype=np.int64)
    outcome[willing[slot] < p.refuses.value * np.where(urban, 1.5, 1.0)] = 1
    outcome[contact[slot] < p.no_contact.value * np.where(size[slot] == 1, 3, 1)] = 2
    outcome[~lived_in[slot]] = 3

    stratum = [f"{regions[r]}-{'urban' if u else 'rural'}" for r, u in zip(areas.region[area], urban, strict=True)]
    number_of = slot % _SLOTS + 1
    address = [f"{a:06d}-{d:03d}" for a, d in zip(area, number_of, strict=True)]
    weight = 1 / np.repeat(probability, n) * areas.dwellings[area] / n
    design = {
        "address": pa.array(address),
        "round": pa.array(np.full(len(slot), year)),
        "stratum": pa.array(stratum),
        "area": pa.array([f"{a:06d}" for a in area]),
        "areas_in_sample": pa.array(np.repeat(in_stratum, n)),
        "area_probability": pa.array(np.repeat(probability, n)),
        "dwellings_in_area": pa.array(areas.dwellings[area]),
        "dwellings_in_sample": pa.array(np.full(len(slot), n)),
        "design_weight": pa.array(np.round(weight, 6)),
        "outcome": pa.array(np.array(_FOUND)[outcome]),
        "remark": pa.array(["fictional"] * len(slot)),
    }
    addresses.write(pa.table(design))

    at = np.flatnonzero(outcome == 0)
    rows = (slot[at][:, None] * _PERSONS + np.arange(_PERSONS)[None, :]).ravel()
    home = np.repeat(at, _PERSONS)
    there = people.here[rows]
    rows, home = rows[there], home[there]
    answers = Draws(seed, first * _SLOTS * _PERSONS, len(people.here))
    knows = answers.uniform(f"knows {place}")[rows] < p.knows_legal_form.value
    tells = answers.uniform(f"tells earnings {place}")[rows] >= p.earnings_withheld.value
    dependent = np.isin(people.icse[rows], [ICSE18.index(c) for c in ("30", "41", "42", "43", "44")])
    employer = np.where(
        ~dependent, "", np.where(~knows, "does not know", np.where(people.in_cooperative[rows], "cooperative", "other"))
    )

    def text(values: Any) -> pa.Array:
        array = pa.array(values, pa.string())
        return pc.if_else(pc.equal(array, ""), None, array)

    adult = people.age[rows] >= 15
    paid = people.earnings[rows] > 0
    persons.write(
        pa.table(
            {
                "address": pa.array([address[h] for h in home]),
                "line": pa.array(people.line[rows] + 1),
                "round": pa.array(np.full(len(rows), year)),
                "stratum": pa.array([stratum[h] for h in home]),
                "area": pa.array([f"{area[h]:06d}" for h in home]),
                "region": pa.array([regions[r] for r in areas.region[area[home]]]),
                "urban": pa.array(np.where(urban[home], "urban", "rural")),
                "sex": pa.array(np.array(["M", "F"])[people.sex[rows]]),
                "age": pa.array(people.age[rows]),
                "age_band": pa.array(np.array(AGES)[people.band[rows]]),
                # A child's status is -1: the last of the four, which is empty.
                "status": text(np.array(["employed", "unemployed", "outside", ""])[people.status[rows]]),
                "icse18": text(np.array([*ICSE18, ""])[people.icse[rows]]),
                "employer": text(employer),
                "worker_member": text(np.where(employer == "cooperative",
                                               np.where(people.worker_member[rows], "yes", "no"), "")),
                "sells_through_cooperative": text(np.where(
                    np.isin(people.icse[rows], [ICSE18.index("12"), ICSE18.index("22")]),
                    np.where(people.within_scope[rows], "yes", "no"), "")),
                "memberships": pa.array(people.memberships[rows], mask=~adult),
                "second_job": text(np.where(people.status[rows] == 0,
                                            np.where(people.second_job[rows], "yes", "no"), "")),
                "volunteer": text(np.where(adult, np.where(people.volunteers[rows], "yes", "no"), "")),
                "hours_week": pa.array(people.hours[rows], mask=people.status[rows] != 0),
                "earnings_month": pa.array(np.where(tells, people.earnings[rows], -9), mask=~paid),
                "design_weight": pa.array(np.round(weight, 6)[home]),
                "remark": pa.array(["fictional"] * len(rows)),
            }
        )
    )  # fmt: skip
