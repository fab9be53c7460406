"""The village register read a second time, by hand."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

from pipelines import reference
from pipelines.office import Key, Office

DAY = date(2024, 12, 31)
DIVISIONS = {"0111": "A01", "1050": "C10", "4711": "G47", "6419": "K64", "8510": "P85"}
FORMS = {
    "COOP": {"form_family": "COOP", "coop_form": "yes", "t1": "pass", "t2": "pass", "t3": "pass", "t4": "pass"},
    "CIC": {"form_family": "SOCENT", "coop_form": "unknown", "t1": "pass"},
    "ASSOC": {"form_family": "ASSOC", "coop_form": "no", "t1": "pass", "t2": "pass", "t3": "pass", "t4": "pass"},
}
PERIMETERS = ("COOP-ICLS2018", "SSE-ILC2022")


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _count(text: str) -> int | None:
    return int(text) if text else None


def unit(row: dict[str, str]) -> reference.Unit:
    return FORMS.get(row["form"], {}) | {
        "unit_id": f"R:village:{row['id']}",
        "contributor": row["grp"] or row["id"],
        "legal_form": row["form"] or None,
        "member_interest": row["interest"] or None,
        "activity_division": DIVISIONS.get(row["activity"]),
        "region": row["region"] or None,
        "tier": "T1",
        "registered_on": _day(row["opened"]),
        "closed_on": _day(row["closed"]),
        "last_evidence_on": _day(row["evidence"]),
        "members_headcount": _count(row["members"]),
        "members_women": _count(row["women"]),
        "members_men": _count(row["men"]),
        "employees_headcount": _count(row["staff"]),
        "worker_members_headcount": _count(row["workers"]),
        "turnover_lcu": Decimal(row["turnover"]) if row["turnover"] else None,
    }


def units(office: Office, law: reference.Law | None = None) -> list[reference.Unit]:
    """The finished units of the register that lies in the office, under the office's catalogue."""
    law = law or reference.Law(office.catalogue, PERIMETERS, DAY)
    return reference.complete([unit(row) for row in rows_of(office)], law)


def cells(office: Office, keys) -> dict[Key, reference.Cell]:
    """The cells under all these keys, (dataflow, codes…)."""
    law = reference.Law(office.catalogue, PERIMETERS, DAY)
    finished = units(office, law)
    names = {flow.id: [d.id for d in flow.structure.dimensions] for flow in law.catalogue.dataflows.values()}
    return {key: reference.cell(finished, dict(zip(names[key[0]], key[1:], strict=True)), law, key[0]) for key in keys}


def rows_of(office: Office) -> list[dict[str, str]]:
    """The rows of the register that lies in the office."""
    with (office.data / "village.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
