"""The life of the units from edition to edition, and what is true of them on each reference date.

States: not yet born, active, dormant (registered, no activity), ceased (no activity for good, not yet struck off) and
struck off. Only *active* units have work and turnover; members stay on the books of a dormant unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sse_observatory.simulation.draws import Bools, Floats, Ints
from sse_observatory.simulation.parameters import PROFILES, Parameters, Profile
from sse_observatory.simulation.population import Units, affiliations

UNBORN, ACTIVE, DORMANT, CEASED, STRUCK_OFF = range(5)
STATES = ("unborn", "active", "dormant", "ceased", "struck_off")


@dataclass(frozen=True)
class Edition:
    """What is true on 31 December of `year`: one value for each unit of a batch, money in whole units of currency."""

    year: int
    state: Ints
    last_active: Ints  # the last year with activity
    ceased_year: Ints  # 0 where it has not ceased
    struck_year: Ints  # 0 where it has not been struck off
    name_version: Ints
    members: Ints  # memberships held by persons and organisations
    members_women: Ints
    members_men: Ints
    member_organisations: Ints
    first_memberships: Ints  # memberships that are the person's first: their sum is the number of persons
    employees: Ints
    employees_women: Ints
    worker_members: Ints
    worker_members_women: Ints
    scope_jobs: Ints
    turnover: Ints
    assets: Ints
    compensation: Ints

    @property
    def registered(self) -> Bools:
        """On the books: active, dormant, or ceased and not yet struck off."""
        return (self.state >= ACTIVE) & (self.state <= CEASED)

    @property
    def active(self) -> Bools:
        """With activity in the year."""
        return np.asarray(self.state == ACTIVE)


def _by_profile(units: Units, parameters: Parameters, value: str) -> Floats:
    def get(profile: Profile) -> float:
        found = getattr(profile, value)
        return float(found)

    return np.array([get(parameters.profiles[name]) for name in PROFILES])[units.profile]


def _pair(units: Units, parameters: Parameters, value: str) -> tuple[Floats, Floats]:
    both = np.array([getattr(parameters.profiles[name], value) for name in PROFILES])[units.profile]
    return both[:, 0], both[:, 1]


def _share(total: Ints, mean: Floats, spread: Floats) -> Ints:
    """A part of each total near its mean share, never more than the total."""
    share = np.clip(mean + 0.14 * spread, 0, 1)
    return np.minimum(np.rint(total * share).astype(np.int64), total)


def editions(units: Units, parameters: Parameters, count: int) -> Iterator[Edition]:
    """What is true on the reference date of each of `count` editions, from the first."""
    p, d, n = parameters, units.draws, len(units.number)
    first = p.first_edition

    # Sizes at level 1: one common factor, so that a unit with many members tends to have many jobs.
    spread_members, spread_jobs = (
        0.7 * units.size + 0.714 * d.normal("members"),
        0.7 * units.size + 0.714 * d.normal("jobs"),
    )
    median, sigma = _pair(units, p, "members")
    base_members = median * np.exp(sigma * spread_members) * units.giant
    median, sigma = _pair(units, p, "jobs")
    base_jobs = np.where(
        d.happens("no jobs", _by_profile(units, p, "no_jobs")) & (units.giant == 1),
        0.0,
        np.maximum(median * np.exp(sigma * spread_jobs), 1.0) * units.giant,
    )
    has_members = median_members(units, p) > 0
    women_share, worker_share = _by_profile(units, p, "women"), _by_profile(units, p, "worker_members")
    spread_women, spread_staff, spread_worker = d.normal("women"), d.normal("women staff"), d.normal("worker members")
    money = np.exp(0.6 * d.normal("turnover"))
    wealth = np.exp(0.9 * d.normal("assets"))
    wage = 14_000 * np.exp(0.25 * d.normal("wage"))
    scope_share = _by_profile(units, p, "scope") * np.exp(0.3 * d.normal("scope"))
    organisations_share = np.where(d.happens("organisation members", 0.15), 0.08, 0.0)
    joins = d.normal("joins")
    minimum = np.where(units.is_coop, 3, 2)
    member_place, upper_place = affiliations(units)

    state = np.full(n, UNBORN)
    last_active = np.full(n, first)
    ceased_year = np.zeros(n, dtype=np.int64)
    struck_year = np.zeros(n, dtype=np.int64)
    version = np.zeros(n, dtype=np.int64)
    level = np.ones(n)

    for place in range(count):
        year = first + place
        u = d.uniform(f"life {place}")
        newborn = (units.born == year) if place else (units.born == first)
        if place == 0:
            share = np.where(units.is_coop, p["life.active_first"], p["life.active_first_other"])
            gone = p["life.ceased_first"] * np.where(
                units.is_coop, 1.0, (1 - share) / (1 - p["life.active_first"] + 1e-12)
            )
            settled = np.where(u < share, ACTIVE, np.where(u > 1 - gone, CEASED, DORMANT))
            settled = np.where((units.giant > 1) | (units.tier == 3), ACTIVE, settled)
            state = np.where(units.born < first, settled, UNBORN)
            idle = first - 2 - d.whole("idle years", 8)
            last_active = np.where(state == ACTIVE, first, np.maximum(idle, units.born))
            ceased_year = np.where(state == CEASED, np.minimum(last_active + 1, first), 0)
        else:
            level = np.where(
                state == ACTIVE,
                level * np.exp(p["people.growth"] + p["people.growth_sd"] * d.normal(f"growth {place}")),
                level,
            )
            version = version + (d.happens(f"rename {place}", p["life.name_change"]) & (state == ACTIVE))
            to_dormant, to_ceased = p["life.active_to_dormant"], p["life.active_to_ceased"]
            stays = (units.giant > 1) | (units.tier == 3)
            was = state
            state = np.select(
                [
                    (was == ACTIVE) & ~stays & (u < to_dormant),
                    (was == ACTIVE) & ~stays & (u < to_dormant + to_ceased),
                    (was == DORMANT) & (u < p["life.dormant_to_active"]),
                    (was == DORMANT) & (u > 1 - p["life.dormant_to_ceased"]),
                    (was == CEASED) & (u < p["life.struck_off"]),
                ],
                [DORMANT, CEASED, ACTIVE, CEASED, STRUCK_OFF],
                was,
            )
            ceased_year = np.where((was != CEASED) & (state == CEASED), year, ceased_year)
            struck_year = np.where((was == CEASED) & (state == STRUCK_OFF), year, struck_year)
        state = np.where(
            newborn, np.where(d.happens("newborn dormant", p["life.newborn_dormant"]), DORMANT, ACTIVE), state
        )
        last_active = np.where(state == ACTIVE, year, np.where(newborn, year, last_active))

        active = state == ACTIVE
        on_books = active | (state == DORMANT)
        members = np.where(on_books & has_members, np.maximum(np.rint(base_members * level), minimum), 0).astype(
            np.int64
        )
        jobs = np.where(active, np.rint(base_jobs * level), 0).astype(np.int64)
        jobs = np.where(active & (base_jobs > 0), np.maximum(jobs, 1), jobs)
        worker_members = np.where(worker_share > 0, _share(jobs, worker_share, spread_worker), 0)
        # In a worker cooperative members are the worker-members and a few who do not work in it now.
        only_workers = units.profile == PROFILES.index("worker")
        members = np.where(
            only_workers & on_books,
            np.maximum(np.rint(worker_members * (1 + 0.1 * np.abs(spread_members))).astype(np.int64), minimum),
            members,
        )
        worker_members = np.minimum(worker_members, members)
        employees = jobs - worker_members

        affiliated = np.bincount(upper_place[on_books[member_place]], minlength=n) if n else members
        upper = units.tier > 1
        organisations = np.where(upper, np.where(on_books, affiliated, 0), np.rint(members * organisations_share))
        organisations = organisations.astype(np.int64)
        members = np.where(upper, organisations, members)
        persons = members - organisations
        women = _share(persons, women_share, spread_women)
        several = p["people.joins_several"]
        once = np.rint(persons * (1 - several) + joins * np.sqrt(persons * several * (1 - several)))
        once = np.clip(once, 0, persons).astype(np.int64)
        activity_base = np.where(jobs > 0, jobs, np.minimum(persons, 2000) / 20)
        turnover = np.where(active, np.rint(activity_base * _by_profile(units, p, "turnover") * money), 0)
        turnover = np.where(d.happens(f"no turnover {place}", 0.02), 0, turnover)
        assets_base = np.where(base_jobs > 0, base_jobs * level, np.minimum(persons, 2000) / 20)
        assets = np.where(on_books, np.rint(assets_base * _by_profile(units, p, "assets") * wealth), 0)
        yield Edition(
            year=year,
            state=state,
            last_active=last_active,
            ceased_year=ceased_year,
            struck_year=struck_year,
            name_version=version,
            members=members,
            members_women=women,
            members_men=persons - women,
            member_organisations=organisations,
            first_memberships=once,
            employees=employees,
            employees_women=_share(employees, women_share, spread_staff),
            worker_members=worker_members,
            worker_members_women=_share(worker_members, women_share, spread_staff),
            scope_jobs=np.where(active & ~upper, np.rint(persons * scope_share), 0).astype(np.int64),
            turnover=np.minimum(turnover, 1e11).astype(np.int64),
            assets=np.minimum(assets, 1e11).astype(np.int64),
            compensation=np.rint(jobs * wage).astype(np.int64),
        )


def median_members(units: Units, parameters: Parameters) -> Floats:
    """The median number of members of each unit's profile; 0 where units of the profile have no members."""
    return _pair(units, parameters, "members")[0]
