"""The true totals of the fictional country: what a perfect production would publish.

Populations carry the names of the perimeters. `COOP-LEGAL` (every unit with the legal form of a cooperative) is there
to show what the pseudo-cooperatives add. Members and work are given for tier 1 as well as for all tiers, because
members of upper tiers are organisations and must not be added to persons.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from sse_observatory.simulation.draws import Bools, Ints
from sse_observatory.simulation.life import Edition
from sse_observatory.simulation.parameters import TYPES, Parameters
from sse_observatory.simulation.population import FAMILIES, Units, sections

HEADER = ("country", "edition", "population", "life", "tier", "measure", "dimension", "code", "value", "note")
MEASURES = (
    "UNITS",
    "MEMBERSHIPS",
    "MEMBERSHIPS_F",
    "MEMBERSHIPS_M",
    "MEMBER_ORGANISATIONS",
    "PERSONS_MEMBERS",
    "EMPLOYEES",
    "WORKER_MEMBERS",
    "JOBS_IN",
    "JOBS_IN_F",
    "JOBS_WITHIN_SCOPE",
    "TURNOVER",
    "ASSETS",
    "COMPENSATION",
    "UNITS_WITH_STATUS",
)
SIZES = ("S0", "S1T9", "S10T49", "S50T249", "S250")
_LIVES = ("REGISTERED", "ACTIVE")
_POPULATIONS = ("COOP-ICLS2018", "COOP-LEGAL", "COOP-LIKE", "SSE-ILC2022")


def size_class(jobs: Ints) -> Ints:
    """Place in SIZES of each number of jobs (employees and worker-members)."""
    return np.searchsorted(np.array([0, 9, 49, 249]), jobs, side="left")


class Totals:
    """Adds up batches; whole numbers throughout, so that the sums are exact."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        all_sections = sections(parameters)
        self.section_codes = tuple(sorted(set(all_sections)))
        self._section = np.array([self.section_codes.index(s) for s in all_sections])
        self._sums: dict[tuple[int, str, str, str, str, str, str], int] = defaultdict(int)

    def add(self, units: Units, edition: Edition) -> None:
        """Add one batch of one edition."""
        jobs = edition.employees + edition.worker_members
        persons = edition.members - edition.member_organisations
        ones = np.ones(len(jobs), dtype=np.int64)
        values = dict(
            zip(
                MEASURES,
                (
                    ones,
                    persons,
                    edition.members_women,
                    edition.members_men,
                    edition.member_organisations,
                    edition.first_memberships,
                    edition.employees,
                    edition.worker_members,
                    jobs,
                    edition.employees_women + edition.worker_members_women,
                    edition.scope_jobs,
                    edition.turnover,
                    edition.assets,
                    edition.compensation,
                    units.overlay.astype(np.int64),
                ),
                strict=True,
            )
        )
        dimensions: dict[str, tuple[tuple[str, ...], Ints]] = {
            "COOP_TYPE": (tuple(t.upper() for t in TYPES), units.coop_type),
            "TIER": (("T1", "T2", "T3"), units.tier - 1),
            "UNIT_FAMILY": (FAMILIES, units.family),
            "ACTIVITY": (self.section_codes, self._section[units.activity]),
            "REGION": (tuple(self.parameters.regions), units.region),
            "SIZE": (SIZES, size_class(jobs)),
        }
        populations: dict[str, Bools] = dict(
            zip(_POPULATIONS, (units.statistical_coop, units.is_coop, units.coop_like, units.in_sse), strict=True)
        )
        for population, members in populations.items():
            for life, living in zip(_LIVES, (edition.registered, edition.active), strict=True):
                for tier, chosen in (("_T", members & living), ("T1", members & living & (units.tier == 1))):
                    if tier == "T1" and not population.startswith("COOP-I"):
                        continue
                    self._add(edition.year, population, life, tier, np.flatnonzero(chosen), values, dimensions)

    def _add(
        self,
        year: int,
        population: str,
        life: str,
        tier: str,
        rows: Ints,
        values: dict[str, Ints],
        dimensions: dict[str, tuple[tuple[str, ...], Ints]],
    ) -> None:
        chosen = {measure: value[rows] for measure, value in values.items()}
        for measure, value in chosen.items():
            self._sums[(year, population, life, tier, measure, "_T", "_T")] += int(value.sum())
        for dimension, (codes, places) in dimensions.items():
            place = places[rows]
            if dimension in ("COOP_TYPE", "TIER") and not population.startswith("COOP-I"):
                continue
            inside = place >= 0
            for measure, value in chosen.items():
                # Doubles hold whole numbers exactly up to 2**53; one batch stays far below.
                sums = np.bincount(place[inside], weights=value[inside], minlength=len(codes))
                for code, total in zip(codes, sums, strict=True):
                    self._sums[(year, population, life, tier, measure, dimension, code)] += int(total)

    def rows(self) -> list[tuple[str, ...]]:
        """The totals as rows under HEADER, sorted."""
        return [("XSO", *(str(k) for k in key), str(value), "fictional") for key, value in sorted(self._sums.items())]

    def write(self, path: Path) -> None:
        """Write the totals as CSV (UTF-8, comma)."""
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(HEADER)
            writer.writerows(self.rows())
