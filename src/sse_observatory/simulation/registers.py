"""What three offices of Solidaria hold of the true units, each with its own layout, habits and mistakes.

- **registrar**: the register of cooperatives (English; UTF-8, comma, ISO dates). Alone it is a fair base for counts.
- **tax**: the tax and business register of all families (Spanish; ISO 8859-1, semicolon, decimal comma, dd/mm/yyyy).
- **social**: the employers' file of social security (French; UTF-8, tab, dates as yyyymmdd), one row per account.

A mistake belongs to a unit and an office and stays from edition to edition, as mistakes do; a slip in a name stays
until the unit changes its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sse_observatory.simulation.draws import Bools, Floats, Ints, pick
from sse_observatory.simulation.life import ACTIVE, CEASED, DORMANT, STRUCK_OFF, UNBORN, Edition
from sse_observatory.simulation.names import Names, slips
from sse_observatory.simulation.parameters import Parameters
from sse_observatory.simulation.population import (
    Units,
    classes,
    forms,
    identity,
    spread,
    year_start,
)

REGISTERS = ("registrar", "tax", "social")
MODERN = 2015  # since then the tax register keeps small letters and accents
ID_STATES = ("right", "missing", "wrong")
_EPOCH_FIRST = -20 * 366  # the dates that occur lie between 1949 and 2130
_EPOCH_LAST = 160 * 366


@dataclass(frozen=True)
class Written:
    """One register and edition of a batch: the rows as written, and the unit (place in the batch), copy number and
    state of the national id (place in ID_STATES) behind each row."""

    table: pa.Table
    record_ids: pa.Array
    unit: Ints
    copy: Ints
    id_state: Ints


def labels(codes: Ints, words: tuple[str, ...], missing: Bools | None = None) -> pa.Array:
    """The word for each code; null where the code is negative or `missing`."""
    mask = codes < 0 if missing is None else (codes < 0) | missing
    return pa.array(words, pa.string()).take(pa.array(codes, mask=mask))


def numbers(values: Ints, missing: Bools) -> pa.Array:
    """Whole numbers, null where `missing`."""
    return pa.array(values, pa.int64(), mask=missing)


@cache
def _dates(form: str) -> pa.Array:
    days = np.arange(_EPOCH_FIRST, _EPOCH_LAST).astype("datetime64[D]")
    iso = np.datetime_as_string(days)
    if form == "dd/mm/yyyy":
        return pa.array([f"{d[8:10]}/{d[5:7]}/{d[:4]}" for d in iso], pa.string())
    return pa.array([d.replace("-", "") if form == "yyyymmdd" else str(d) for d in iso], pa.string())


def dates(days: Ints, form: str, missing: Bools | None = None) -> pa.Array:
    """Days since 1970-01-01 as text in one of three forms; null where `missing`."""
    return _dates(form).take(pa.array(days - _EPOCH_FIRST, mask=missing))


def padded(values: Ints, width: int, prefix: str) -> pa.Array:
    """Whole numbers as text of fixed width behind a prefix."""
    text = pc.utf8_lpad(pa.array(values).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, text, "")


def national_id_text(values: Ints) -> pa.Array:
    """National ids as text: the letter S and eleven digits."""
    return padded(values, 11, "S")


@cache
def _cents() -> pa.Array:
    return pa.array([f",{c:02d}" for c in range(100)], pa.string())


def _decimal_comma(values: Ints, cents: Ints, missing: Bools) -> pa.Array:
    whole = pa.array(values, mask=missing).cast(pa.string())
    return pc.binary_join_element_wise(whole, _cents().take(pa.array(cents)), "")


class _Office:
    """The lasting habits of one office towards a batch of units."""

    def __init__(self, code: str, units: Units, names: Names, parameters: Parameters, copy_rate: str) -> None:
        self.code, self.units, self.names, self.parameters = code, units, names, parameters
        d = self.draws = units.draws
        # One stream for the first record of a unit, another for its copy: a copy makes its own mistakes.
        self.copied = d.happens(f"{code} copy", self.rate(copy_rate))
        self._cache: dict[str, tuple[Floats, Floats]] = {}

    def rate(self, name: str) -> float:
        return self.parameters[f"{self.code}.{name}"]

    def uniform(self, variable: str, rows: Ints, copy: Ints) -> Floats:
        """The numbers behind a variable of each row."""
        if variable not in self._cache:
            self._cache[variable] = (
                self.draws.uniform(f"{self.code} {variable}"),
                self.draws.uniform(f"{self.code} {variable} copy"),
            )
        first, second = self._cache[variable]
        return np.where(copy > 0, second[rows], first[rows])

    def happens(self, name: str, rows: Ints, copy: Ints) -> Bools:
        return self.uniform(name, rows, copy) < self.rate(name)

    def rows(self, present: Bools, copied: Bools) -> tuple[Ints, Ints]:
        """The unit and the copy number of each row."""
        counts = np.where(present, 1 + copied, 0)
        rows = np.repeat(np.arange(len(counts)), counts)
        copy = np.zeros(len(rows), dtype=np.int64)
        copy[1:] = rows[1:] == rows[:-1]
        return rows, copy

    def record_numbers(self, rows: Ints, copy: Ints) -> Ints:
        """Nine digits that are the office's own and say nothing about the unit."""
        return spread(self.units.number[rows] * 2 + copy, self.draws.seed, self.code)

    def identities(self, rows: Ints, copy: Ints) -> tuple[pa.Array, Ints]:
        """National ids as the office has them, and whether they are right."""
        seed = self.draws.seed
        values = self.units.national_id[rows]
        missing = self.happens("id_missing", rows, copy) | ((copy > 0) & (self.uniform("copy id", rows, copy) < 0.25))
        wrong = self.happens("id_wrong", rows, copy) & ~missing
        # Nine times in ten a digit is wrong (the check digits show it), else it is the id of another unit.
        power = 10 ** (self.uniform("wrong digit", rows, copy) * 11).astype(np.int64)
        digit = values // power % 10
        changed = (
            values + ((digit + 1 + (self.uniform("wrong by", rows, copy) * 9).astype(np.int64)) % 10 - digit) * power
        )
        neighbour = identity(np.abs(self.units.number[rows] - 1), seed)
        taken = np.where(self.uniform("wrong kind", rows, copy) < 0.9, changed, neighbour)
        state = np.where(missing, 1, np.where(wrong, 2, 0))
        return pc.if_else(pa.array(missing), None, national_id_text(np.where(wrong, taken, values))), state

    def activities(self, rows: Ints, copy: Ints, true: Ints) -> pa.Array:
        """ISIC classes as the office has them: some missing, some no code at all."""
        codes = labels(true, classes(self.parameters), self.happens("activity_missing", rows, copy))
        if f"{self.code}.activity_invalid" not in self.parameters.rates:
            return codes
        invalid = self.happens("activity_invalid", rows, copy)
        nonsense = labels((self.uniform("nonsense", rows, copy) * 4).astype(np.int64), ("0000", "4400", "98X1", "12"))
        return pc.if_else(pa.array(invalid), nonsense, codes)

    def name_texts(
        self, rows: Ints, copy: Ints, version: Ints, style: str, other_style: str, modern: Bools | None = None
    ) -> pa.Array:
        """Names as the office writes them, with its slips of the pen; copies and `modern` rows in another style."""
        texts = self.names.text(style, version, rows)
        differs = (copy > 0) if modern is None else (copy > 0) | modern
        others = np.flatnonzero(differs)
        if len(others):
            other = self.names.text(other_style, version[others], rows[others])
            texts = pc.replace_with_mask(texts, pa.array(differs), other)
        slipped = self.happens("name_variant", rows, copy) & ((version == 0) | (copy > 0))
        return slips(texts, slipped, self.uniform("slip kind", rows, copy), self.uniform("slip place", rows, copy))


def _day_in(year: Ints, uniform: Floats, first: int = 32, last: int = 334) -> Ints:
    """A day of each year between two days of the year."""
    return year_start(year) + first + (uniform * (last - first)).astype(np.int64)


class Registrar:
    """The register of cooperatives: legal form, by-laws, members, work and money from the annual return."""

    def __init__(self, units: Units, names: Names, parameters: Parameters) -> None:
        self.office = _Office("registrar", units, names, parameters, "duplicate")
        self.covered = units.is_coop & units.draws.happens("registrar coverage", parameters["registrar.coverage"])
        self.last_return: Ints | None = None
        self.returned: Edition | None = None

    def write(self, edition: Edition) -> Written:
        """The edition of the register. Editions are written in their order: the last return is remembered."""
        o, u, d, p = self.office, self.office.units, self.office.draws, self.office.parameters
        year = edition.year
        filed = np.where(
            edition.active,
            d.happens(f"return {year}", p["registrar.files_return"]),
            (edition.state == DORMANT) & d.happens(f"return {year}", p["registrar.dormant_files_return"]),
        )
        if self.last_return is None:
            self.last_return = np.where(edition.active, year - 1 - d.whole("returns behind", 2), edition.last_active)
            self.last_return = np.where(self.last_return < u.born, 0, self.last_return)
            self.returned = edition
        assert self.returned is not None  # set together with last_return above
        self.last_return = np.where(filed, year, self.last_return)
        previous = self.returned
        # A new cooperative is entered with its founders; afterwards only a return changes the entry.
        known = filed | (previous.state == UNBORN)

        def reported(value: str) -> Ints:
            now, before = getattr(edition, value), getattr(previous, value)
            return np.asarray(np.where(known, now, before))

        values = {
            v: reported(v)
            for v in (
                "members",
                "members_women",
                "members_men",
                "employees",
                "worker_members",
                "scope_jobs",
                "turnover",
                "assets",
                "member_organisations",
            )
        }
        self.returned = Edition(**{**{f: getattr(edition, f) for f in edition.__dataclass_fields__}, **values})

        present = self.covered & (edition.registered | (edition.struck_year == year))
        rows, copy = o.rows(present, o.copied)
        closed = edition.state[rows] == STRUCK_OFF
        ids, id_state = o.identities(rows, copy)
        record = padded(o.record_numbers(rows, copy), 9, "RC-")

        names = list(forms(p))
        form = u.form[rows]
        slipped = o.happens("legal_form_wrong", rows, copy)
        form = np.where(slipped, np.where(u.tier[rows] == 1, names.index("2210"), names.index("2110")), form)
        stale = ~filed[rows] & ~edition.active[rows]
        no_jobs = o.happens("jobs_missing", rows, copy) | stale
        no_money = o.happens("money_missing", rows, copy) | stale
        no_members = o.happens("members_missing", rows, copy)
        no_sex = no_members | o.happens("sex_missing", rows, copy)
        upper = u.tier[rows] > 1
        scale = np.where(o.happens("scale_error", rows, copy), 1000, 1)
        unit_of_money = np.where(o.happens("money_in_thousands", rows, copy), 1000, 1)
        persons_behind = upper & o.happens("union_counts_persons", rows, copy)
        members = values["members"][rows]
        members = np.where(
            persons_behind, members * (60 + (o.uniform("behind", rows, copy) * 200).astype(np.int64)), members
        )

        def examined(fails: Bools, test: str) -> pa.Array:
            """The registrar's reading of the by-laws for one of the tests; null where nobody has looked."""
            unread = o.uniform(f"{test} unread", rows, copy) < p["registrar.test_unknown"]
            return labels(fails[rows].astype(np.int64), ("pass", "fail"), unread)

        # Proportional votes are democratic above tier 1 (test T2 accepts them there).
        votes = np.where(u.fails_votes[rows], 1, np.where(upper & (o.uniform("votes", rows, copy) < 0.5), 2, 0))
        interest = u.interest[rows]
        categories = np.where(interest == 3, 2 + (o.uniform("categories", rows, copy) < 0.3), 1)
        no_interest = o.happens("interest_missing", rows, copy)
        no_majority = o.happens("majority_missing", rows, copy)
        last = self.last_return[rows]
        birthday = o.uniform("return day", rows, copy)
        table = pa.table(
            {
                "file_no": record,
                "national_id": ids,
                "name": o.name_texts(rows, copy, edition.name_version[rows], "full", "short"),
                "legal_form": labels(form, forms(p), o.happens("legal_form_missing", rows, copy)),
                "region": labels(u.region[rows], tuple(p.regions), o.happens("region_missing", rows, copy)),
                "isic4_class": o.activities(rows, copy, u.activity[rows]),
                "registered_on": dates(u.registered_on[rows], "iso"),
                "struck_off_on": dates(_day_in(np.full(len(rows), year), birthday), "iso", ~closed),
                "last_annual_return_on": dates(
                    np.maximum(_day_in(np.maximum(last, 1950), birthday), u.registered_on[rows]), "iso", last == 0
                ),
                "reference_date": dates(np.full(len(rows), year_start(np.array([year + 1]))[0] - 1), "iso"),
                "legal_personality": labels(np.zeros(len(rows), dtype=np.int64), ("yes",)),
                "voting_rule": labels(votes, ("one member one vote", "by capital", "by members represented")),
                "test_control": examined(u.fails_votes, "control"),
                "test_membership": examined(np.zeros(len(u.number), dtype=bool), "membership"),
                "test_surplus": examined(u.fails_surplus, "surplus"),
                "member_interest": labels(interest, ("user", "producer", "worker", "multi"), no_interest),
                "member_categories": numbers(categories, no_interest),
                "board_majority": labels(u.majority[rows], ("user", "producer", "worker", "none"), no_majority),
                "board_veto": labels(np.zeros(len(rows), dtype=np.int64), ("none",), no_majority),
                "members_total": numbers(members, no_members),
                "members_women": numbers(values["members_women"][rows], no_sex),
                "members_men": numbers(values["members_men"][rows], no_sex),
                "member_organisations": numbers(values["member_organisations"][rows], no_members),
                "employees": numbers(values["employees"][rows] * scale, no_jobs),
                "worker_members": numbers(values["worker_members"][rows], no_jobs),
                "jobs_in_member_enterprises": numbers(
                    values["scope_jobs"][rows], no_jobs | o.happens("scope_missing", rows, copy) | upper
                ),
                "turnover": numbers(values["turnover"][rows] // unit_of_money, no_money),
                "total_assets": numbers(values["assets"][rows] // unit_of_money, no_money),
                "remark": labels(np.zeros(len(rows), dtype=np.int64), ("fictional",)),
            }
        )
        return Written(table, record, rows, copy, id_state)


class Tax:
    """The tax and business register: all families, with turnover, the status flag and control."""

    def __init__(self, units: Units, names: Names, parameters: Parameters) -> None:
        self.office = _Office("tax", units, names, parameters, "duplicate")
        d = units.draws
        self.u_coverage = d.uniform("tax coverage")
        self.in_register: Bools | None = None
        self.last_declared: Ints | None = None
        self.version = np.zeros(len(units.number), dtype=np.int64)
        self.struck = np.zeros(len(units.number), dtype=np.int64)

    def write(self, edition: Edition) -> Written:
        """The edition of the register. Editions are written in their order: the last declaration is remembered."""
        o, u, d, p = self.office, self.office.units, self.office.draws, self.office.parameters
        year = edition.year
        if self.in_register is None or self.last_declared is None:
            self.in_register = np.zeros(len(u.number), dtype=bool)
            self.last_declared = np.where(edition.active, year - 1, edition.last_active)
            self.last_declared = np.where(self.last_declared < u.born, 0, self.last_declared)
        covered = self.u_coverage < np.where(edition.active, p["tax.coverage_active"], p["tax.coverage_inactive"])
        self.in_register = self.in_register | (covered & edition.registered)
        declared = np.where(
            edition.active,
            d.happens(f"declares {year}", p["tax.declares"]),
            (edition.state == DORMANT) & d.happens(f"declares {year}", p["tax.dormant_declares"]),
        )
        self.last_declared = np.where(declared, year, self.last_declared)
        # The office learns of a striking-off in its year, or one edition later.
        late = d.happens("tax late closure", p["tax.late_closure"])
        known = np.where(edition.struck_year > 0, edition.struck_year + late, 0)
        present = self.in_register & (edition.registered | ((edition.state == STRUCK_OFF) & (known >= year)))
        rows, copy = o.rows(present, o.copied)
        closed = (known[rows] == year) & (known[rows] > 0)
        ids, id_state = o.identities(rows, copy)
        record = padded(o.record_numbers(rows, copy), 9, "")

        names = list(forms(p))
        coop = u.is_coop[rows]
        slipped = o.happens("legal_form_wrong", rows, copy)
        # A cooperative entered as a company, an association as a foundation, a company as a cooperative.
        wrong_form = np.select(
            [coop, names.index("4110") == u.form[rows], u.form[rows] <= names.index("1120")],
            [names.index("1110"), names.index("5110"), names.index("2110")],
            names.index("4110"),
        )
        form = np.where(slipped, wrong_form, u.form[rows])
        differs = o.happens("activity_differs", rows, copy)
        other = pick(o.uniform("activity instead", rows, copy), np.ones(len(classes(p))))
        activity = np.where(differs, other, u.activity[rows])

        holds = u.in_sse[rows] | u.overlay[rows]
        said = np.where(holds, ~o.happens("flag_lost", rows, copy), o.happens("flag_false", rows, copy))
        flag = np.where(o.happens("flag_missing", rows, copy), -1, np.where(said, 0, 1))
        controller, head = u.controller[rows], u.group_head[rows]
        no_control = (controller < 0) | o.happens("control_missing", rows, copy)
        heads = national_id_text(identity(np.maximum(head, 0), d.seed))
        owners = national_id_text(identity(np.maximum(controller, 0), d.seed))
        # A unit that nobody is known to control heads a group of its own.
        group = pc.if_else(pa.array(no_control), ids, heads)

        no_money = o.happens("money_missing", rows, copy) | ~(declared[rows])
        cents = (o.uniform("cents", rows, copy) * 100).astype(np.int64)
        staff = edition.employees[rows] + edition.worker_members[rows]
        band = np.select([staff == 0, staff < 10, staff < 50, staff < 250], [0, 1, 2, 3], 4)
        band = np.where(o.uniform("band unknown", rows, copy) < 0.3, 5, band)
        last = self.last_declared[rows]
        day = o.uniform("declaration day", rows, copy)
        # Names follow one edition behind.
        version, self.version = self.version[rows], edition.name_version
        table = pa.table(
            {
                "numero_registro": record,
                "identificador_nacional": ids,
                "razon_social": o.name_texts(rows, copy, version, "capitals", "short", u.born[rows] >= MODERN),
                "forma_juridica": labels(form, forms(p), o.happens("legal_form_missing", rows, copy)),
                "actividad_ciiu": o.activities(rows, copy, activity),
                "region": labels(
                    u.region[rows],
                    tuple(str(int(r.split("-")[1])) for r in p.regions),
                    o.happens("region_missing", rows, copy),
                ),
                "fecha_alta": dates(u.registered_on[rows] + (day * 90).astype(np.int64), "dd/mm/yyyy"),
                "fecha_baja": dates(_day_in(np.full(len(rows), year), day), "dd/mm/yyyy", ~closed),
                "ultima_declaracion": dates(
                    np.maximum(_day_in(np.maximum(last, 1950), day), u.registered_on[rows]), "dd/mm/yyyy", last == 0
                ),
                "indicador_ess": labels(flag, ("S", "N")),
                "tramo_personal": labels(band, ("0", "1-9", "10-49", "50-249", "250+", "NN")),
                "cifra_negocios": _decimal_comma(edition.turnover[rows], cents, no_money),
                "activo_total": _decimal_comma(edition.assets[rows], cents, no_money),
                "control_cooperativo": labels(no_control.astype(np.int64), ("S", "N")),
                "controlada_por": pc.if_else(pa.array(no_control), None, owners),
                "cabeza_grupo": group,
                "observacion": labels(np.zeros(len(rows), dtype=np.int64), ("registro ficticio",)),
            }
        )
        return Written(table, record, rows, copy, id_state)


class Social:
    """The employers' file of social security: employees, worker-members and pay, one row for each employer account."""

    def __init__(self, units: Units, names: Names, parameters: Parameters) -> None:
        self.office = _Office("social", units, names, parameters, "second_account")
        self.covered = units.draws.happens("social coverage", parameters["social.coverage"])
        self.last_paid: Ints | None = None
        self.account: Bools | None = None

    def write(self, edition: Edition) -> Written:
        """The edition of the file. Editions are written in their order: an account stays after the last worker left."""
        o, u, d, p = self.office, self.office.units, self.office.draws, self.office.parameters
        year, n = edition.year, len(self.office.units.number)
        staff = edition.employees + edition.worker_members
        if self.account is None or self.last_paid is None:
            # Some dormant units still have the account of their active years.
            self.account = (edition.state == DORMANT) & d.happens("old account", 0.4)
            self.last_paid = np.where(edition.active, year - 1, edition.last_active)
            self.last_paid = np.where(self.last_paid < u.born, 0, self.last_paid)
        opened = self.covered & (staff > 0)
        paid = (staff > 0) & d.happens(f"contributes {year}", p["social.contributes"])
        self.last_paid = np.where(paid, year, self.last_paid)
        self.account = self.account | opened
        ended = (edition.state == CEASED) | (edition.state == STRUCK_OFF)
        present = self.account & (
            (edition.state == ACTIVE) | (edition.state == DORMANT) | (ended & (edition.ceased_year == year))
        )
        rows, copy = o.rows(present, o.copied & (staff > 1))
        ids, id_state = o.identities(rows, copy)
        record = padded(o.record_numbers(rows, copy), 9, "E")

        # A second account holds part of the workers; together the accounts hold all of them.
        two = np.zeros(n, dtype=bool)
        two[rows[copy > 0]] = True
        part = 0.1 + 0.35 * d.uniform("second account share")

        def split(value: Ints) -> Ints:
            second = np.where(two, np.floor(value * part), 0).astype(np.int64)
            return np.where(copy > 0, second[rows], (value - second)[rows])

        as_employees = d.happens("worker members as employees", p["social.worker_members_as_employees"])
        employees = edition.employees + np.where(as_employees, edition.worker_members, 0)
        employees_women = edition.employees_women + np.where(as_employees, edition.worker_members_women, 0)
        worker_members = np.where(as_employees, 0, edition.worker_members)
        unpaid = ~paid[rows]

        names = list(forms(p))
        letters = {"1": "S", "2": "C", "3": "M", "4": "A", "5": "F"}
        letter = np.array([["S", "C", "M", "A", "F"].index(letters[f[0]]) for f in names])[u.form[rows]]
        letter = np.where(
            o.happens("legal_form_wrong", rows, copy),
            (letter + 1 + (o.uniform("letter", rows, copy) * 4).astype(np.int64)) % 5,
            letter,
        )
        last = self.last_paid[rows]
        start = np.maximum(u.registered_on[rows] + (o.uniform("opened", rows, copy) * 400).astype(np.int64), 0)
        start = np.minimum(start, year_start(np.array([year + 1]))[0] - 1)
        table = pa.table(
            {
                "numero_employeur": record,
                "identifiant_national": ids,
                "denomination": o.name_texts(rows, copy, edition.name_version[rows], "short", "capitals"),
                "nature_juridique": labels(
                    letter, ("S", "C", "M", "A", "F"), o.happens("legal_form_missing", rows, copy)
                ),
                "activite_citi": o.activities(rows, copy, u.activity[rows]),
                "region": labels(u.region[rows], tuple("R" + r.split("-")[1] for r in p.regions)),
                "date_affiliation": dates(start, "yyyymmdd"),
                "date_radiation": dates(
                    _day_in(np.full(len(rows), year), o.uniform("closed", rows, copy)), "yyyymmdd", ~ended[rows]
                ),
                "derniere_cotisation": dates(
                    np.maximum(
                        _day_in(np.maximum(last, 1950), o.uniform("paid day", rows, copy), 334, 364),
                        u.registered_on[rows],
                    ),
                    "yyyymmdd",
                    last == 0,
                ),
                "salaries": numbers(split(employees), unpaid),
                "salariees_femmes": numbers(split(employees_women), unpaid),
                "associes_travailleurs": numbers(split(worker_members), unpaid),
                "masse_salariale": numbers(split(edition.compensation), unpaid),
                "mention": labels(np.zeros(len(rows), dtype=np.int64), ("fictif",)),
            }
        )
        return Written(table, record, rows, copy, id_state)


OFFICES: dict[str, Callable[[Units, Names, Parameters], Registrar | Tax | Social]] = {
    "registrar": Registrar,
    "tax": Tax,
    "social": Social,
}
