"""The registers of the fictional country read a second time, from the raw files, with nothing but the csv module.

What each office writes, and how, is stated here again by hand; code maps and concordances are read from their files.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sse_observatory import catalogue

DATA = catalogue.PACKAGED
SOURCES = ("solidaria-cooperatives", "solidaria-tax", "solidaria-employers")
PERIMETERS = ("COOP-ICLS2018", "COOP-LIKE", "SSE-ILC2022")
SHARED_OUT = ("employees_headcount", "worker_members_headcount")
"""What two accounts of one employer hold together; the other additive variables are not in that file."""
Row = dict[str, str]


def code_map(source: str, file: str) -> dict[str, Row]:
    with (DATA / "sources" / source / file).open(encoding="utf-8", newline="") as stream:
        return {row["code"]: row for row in csv.DictReader(stream)}


def divisions() -> Callable[[str | None], str | None]:
    rule = tomllib.loads((DATA / "concordances" / "ISIC4-DIVISIONS.toml").read_text(encoding="utf-8"))
    with (DATA / "concordances" / "ISIC4-DIVISIONS.csv").open(encoding="utf-8", newline="") as stream:
        pairs = {row["code"]: row["isic4"] for row in csv.DictReader(stream)}

    def division(code: str | None) -> str | None:
        return pairs.get(code[: rule["digits"]]) if code and re.fullmatch(rule["pattern"], code) else None

    return division


def records(path: Path, encoding: str, delimiter: str, quoted: bool) -> Iterator[dict[str, str | None]]:
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    with path.open(encoding=encoding, newline="") as stream:
        for row in csv.DictReader(stream, delimiter=delimiter, quoting=quoting):
            yield {name: value.strip() or None for name, value in row.items()}


def _day(text: str | None, form: str) -> date | None:
    return datetime.strptime(text, form).date() if text else None


def _count(text: str | None) -> int | None:
    return int(text) if text else None


def _amount(text: str | None) -> Decimal | None:
    return Decimal(text.replace(",", ".")) if text else None


def _upper(text: str | None) -> str | None:
    return text.upper() if text else None


def cooperatives(folder: Path, year: int) -> Iterator[dict]:
    forms, division = code_map(SOURCES[0], "legal_form.csv"), divisions()
    for row in records(folder / f"registers/{year}/fictional-register-of-cooperatives-{year}.csv", "utf-8", ",", True):
        form = forms.get(row["legal_form"], {})
        yield {
            "register_id": row["file_no"],
            "national_id": row["national_id"],
            "legal_form": form.get("canonical_form") or None,
            "form_family": form.get("family") or None,
            "coop_form": form.get("coop_form") or None,
            "tier": form.get("tier") or None,
            "in_coop_register": True,
            "t1": "pass",
            "t2": row["test_control"],
            "t3": row["test_membership"],
            "t4": row["test_surplus"],
            "region": row["region"],
            "activity_division": division(row["isic4_class"]),
            "member_interest": _upper(row["member_interest"]),
            "member_categories": _count(row["member_categories"]),
            "board_majority": _upper(row["board_majority"]),
            "board_veto": _upper(row["board_veto"]),
            "registered_on": _day(row["registered_on"], "%Y-%m-%d"),
            "closed_on": _day(row["struck_off_on"], "%Y-%m-%d"),
            "last_evidence_on": _day(row["last_annual_return_on"], "%Y-%m-%d"),
            "members_headcount": _count(row["members_total"]),
            "members_women": _count(row["members_women"]),
            "members_men": _count(row["members_men"]),
            "employees_headcount": _count(row["employees"]),
            "worker_members_headcount": _count(row["worker_members"]),
            "scope_jobs_headcount": _count(row["jobs_in_member_enterprises"]),
            "turnover_lcu": _amount(row["turnover"]),
            "assets_lcu": _amount(row["total_assets"]),
        }


def tax(folder: Path, year: int) -> Iterator[dict]:
    forms, division = code_map(SOURCES[1], "legal_form.csv"), divisions()
    truth = {"S": True, "N": False, None: None}
    for row in records(folder / f"registers/{year}/fictional-registro-fiscal-{year}.csv", "iso-8859-1", ";", True):
        form = forms.get(row["forma_juridica"], {})
        yield {
            "register_id": f"XSO-TAX-{row['numero_registro']}",
            "national_id": row["identificador_nacional"],
            "legal_form": form.get("canonical_form") or None,
            "form_family": form.get("family") or None,
            "coop_form": form.get("coop_form") or None,
            "t1": form.get("t1") or None,
            "tier": form.get("tier") or None,
            "sse_flag": truth[row["indicador_ess"]],
            "controlled_by_coop": truth[row["control_cooperativo"]],
            "region": f"XSO-{int(row['region']):02d}" if row["region"] else None,
            "activity_division": division(row["actividad_ciiu"]),
            "registered_on": _day(row["fecha_alta"], "%d/%m/%Y"),
            "closed_on": _day(row["fecha_baja"], "%d/%m/%Y"),
            "last_evidence_on": _day(row["ultima_declaracion"], "%d/%m/%Y"),
            "turnover_lcu": _amount(row["cifra_negocios"]),
            "assets_lcu": _amount(row["activo_total"]),
        }


def employers(folder: Path, year: int) -> Iterator[dict]:
    natures, division = code_map(SOURCES[2], "legal_nature.csv"), divisions()
    for row in records(folder / f"registers/{year}/fictional-fichier-employeurs-{year}.tsv", "utf-8", "\t", False):
        nature = natures.get(row["nature_juridique"], {})
        yield {
            "register_id": row["numero_employeur"],
            "national_id": row["identifiant_national"],
            "legal_form": nature.get("canonical_form") or None,
            "form_family": nature.get("family") or None,
            "coop_form": nature.get("coop_form") or None,
            "t1": nature.get("t1") or None,
            "region": f"XSO-{row['region'].removeprefix('R')}" if row["region"] else None,
            "activity_division": division(row["activite_citi"]),
            "registered_on": _day(row["date_affiliation"], "%Y%m%d"),
            "closed_on": _day(row["date_radiation"], "%Y%m%d"),
            "last_evidence_on": _day(row["derniere_cotisation"], "%Y%m%d"),
            "employees_headcount": _count(row["salaries"]),
            "worker_members_headcount": _count(row["associes_travailleurs"]),
        }


VARIABLES = (
    "legal_form", "form_family", "coop_form", "tier", "sse_flag", "controlled_by_coop", "t1", "t2", "t3", "t4",
    "region", "activity_division", "member_interest", "member_categories", "board_majority", "board_veto", "closed_on",
    "members_headcount", "members_women", "members_men", "employees_headcount", "worker_members_headcount",
    "scope_jobs_headcount", "turnover_lcu", "assets_lcu",
)  # fmt: skip


def linked(folder: Path, year: int) -> list[dict]:
    """The units of one year: records with one national identifier are one, the sources believed in their order."""
    together: dict[str, list[dict]] = defaultdict(list)
    for place, (source, read) in enumerate(zip(SOURCES, (cooperatives, tax, employers), strict=True)):
        for record in read(folder, year):
            identifier = (record["national_id"] or "").upper()
            unit = f"N:{identifier}" if identifier else f"R:{source}:{record['register_id']}"
            together[unit].append(record | {"place": place})
    return [one_unit(unit, found) for unit, found in together.items()]


def one_unit(unit: str, found: list[dict]) -> dict:
    found = sorted(found, key=lambda r: (r["place"], r["register_id"]))
    accounts = [r for r in found if r["place"] == 2]
    if len(accounts) > 1:  # they share the workers of the unit
        for variable in SHARED_OUT:
            parts = [r[variable] for r in accounts]
            total = None if None in parts else sum(parts)
            for account in accounts:
                account[variable] = total
    made = {"unit_id": unit, "records": [(r["place"], r["register_id"]) for r in found], "accounts": len(accounts)}
    for variable in VARIABLES:
        made[variable] = next((r[variable] for r in found if r.get(variable) is not None), None)
    made["in_coop_register"] = True if any(r.get("in_coop_register") for r in found) else None
    made["registered_on"] = min((r["registered_on"] for r in found if r["registered_on"]), default=None)
    made["last_evidence_on"] = max((r["last_evidence_on"] for r in found if r["last_evidence_on"]), default=None)
    return made
