"""The true legal units of Solidaria: what they are, before any register has seen them.

A unit is a legal unit that existed on at least one reference date or was still on the books. Kinds: cooperatives of
three tiers, mutual societies, associations, foundations, companies with the social-enterprise status, companies
controlled by cooperatives, and ordinary companies that wrong codes let into the registers. Informal self-help groups
are left out: they are in no register and can only be counted from surveys.

Links (affiliation to a union, control by a cooperative) never leave a block of 4,096 units, and a unit depends only on
units with lower numbers, so that more units extend the country and do not reshuffle it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sse_observatory.simulation.draws import Bools, Draws, Floats, Ints, pick
from sse_observatory.simulation.parameters import KINDS, PROFILES, TYPES, Parameters, section_of

BLOCK = 4096
CONFEDERATION = 777
"""The number of the only unit that is a confederation."""
FAMILIES = ("COOP", "MUTUAL", "ASSOC", "FOUND", "SOCENT", "OTHER")
INTERESTS = ("USER", "PRODUCER", "WORKER", "MULTI")
MAJORITIES = ("USER", "PRODUCER", "WORKER", "NONE")
_DOMINANT = {"producer": 1, "worker": 2, "consumer": 0, "multi": 3}
_PRIME = 999_999_937
_COOP, _MUTUAL, _ASSOC, _FOUND, _SOCENT, _SUBSIDIARY, _COMPANY = range(len(KINDS))


@dataclass(frozen=True)
class Units:
    """One batch of true units as arrays of equal length; indices point into the tuples of this module and of the
    parameters. `controller` and `group_head` are unit numbers, -1 where there is none."""

    draws: Draws
    number: Ints
    kind: Ints
    coop_type: Ints  # index into TYPES, -1 outside cooperatives
    tier: Ints  # 1, 2, 3; 0 outside cooperatives
    profile: Ints
    form: Ints  # index into sorted(parameters.legal_forms)
    activity: Ints  # index into classes(parameters)
    region: Ints
    born: Ints  # year
    registered_on: Ints  # days since 1970-01-01
    size: Floats  # standard normal: the unit's size relative to its profile
    giant: Floats  # 1, or the factor that makes it a giant
    controller: Ints
    group_head: Ints
    interest: Ints  # index into INTERESTS, -1 outside cooperatives
    majority: Ints  # index into MAJORITIES, -1 outside cooperatives
    fails_votes: Bools
    fails_surplus: Bools
    coop_like: Bools
    overlay: Bools
    affiliated: Bools
    national_id: Ints  # eleven digits

    @property
    def is_coop(self) -> Bools:
        """Legal form of a cooperative, whether or not it passes the tests."""
        return np.asarray(self.kind == _COOP)

    @property
    def statistical_coop(self) -> Bools:
        """Legal form of a cooperative and passes the four tests."""
        return self.is_coop & ~self.fails_votes & ~self.fails_surplus

    @property
    def in_sse(self) -> Bools:
        """In the social and solidarity economy: the families without the pseudo-cooperatives."""
        return self.statistical_coop | ((self.kind >= _MUTUAL) & (self.kind <= _SOCENT))

    @property
    def family(self) -> Ints:
        """Index into FAMILIES."""
        return np.minimum(self.kind, len(FAMILIES) - 1)


def classes(parameters: Parameters) -> tuple[str, ...]:
    """The ISIC classes that occur, sorted."""
    return tuple(sorted({c for weights in parameters.activities.values() for c in weights}))


def sections(parameters: Parameters) -> tuple[str, ...]:
    """The section of each class of `classes`."""
    return tuple(section_of(c[:2]) or "UNK" for c in classes(parameters))


def forms(parameters: Parameters) -> tuple[str, ...]:
    """The codes of the national legal forms, sorted."""
    return tuple(sorted(parameters.legal_forms))


def year_start(years: Ints) -> Ints:
    """Days from 1970-01-01 to 1 January of each year."""
    return (years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)


def spread(numbers: Ints, seed: int, purpose: str) -> Ints:
    """Nine-digit numbers, one for each of `numbers` (below 999,999,937) and in no visible order: a bijection."""
    factor, shift = (int(v * (_PRIME - 2)) + 1 for v in Draws(seed, 0, 2).uniform(f"spread:{purpose}"))
    return (numbers * factor + shift) % _PRIME


def identity(numbers: Ints, seed: int) -> Ints:
    """National ids: nine digits and two check digits (98 minus the remainder by 97, as in ISO 7064 MOD 97-10)."""
    base = spread(numbers, seed, "national id")
    return base * 100 + (98 - base * 100 % 97)


def last_before(here: Bools, start: Ints) -> Ints:
    """For each place, the last place at or before it in the same block where `here` holds; -1 where there is none."""
    found = np.maximum.accumulate(np.where(here, np.arange(len(here)), -1)) if len(here) else start
    return np.where(found >= start, found, -1)


def block_starts(size: int) -> Ints:
    """The place where the block of each unit of a batch begins."""
    return np.arange(size) // BLOCK * BLOCK


def found(parameters: Parameters, seed: int, start: int, size: int, editions: int) -> Units:
    """The units `start` … `start + size - 1`. `start` is a multiple of BLOCK; only the last block may be incomplete.

    The number of editions matters only for births: a share of the units is born after the first edition.
    """
    p, d = parameters, Draws(seed, start, size)
    number = np.arange(start, start + size)
    starts = block_starts(size)

    kind = d.choice("kind", [p[f"kind.{k}"] for k in KINDS])
    kind[number == CONFEDERATION] = _COOP
    coop = kind == _COOP
    u_tier = d.uniform("tier")
    tier = np.where(coop, 1, 0)
    tier[coop & (u_tier < p["coop.union"])] = 2
    tier[coop & (u_tier > 1 - p["coop.federation"])] = 3
    tier[number == CONFEDERATION] = 3
    coop_type = np.where(coop, d.choice("type", [p[f"coop.{t}"] for t in TYPES]), -1)
    pseudo = d.happens("pseudo", p["coop.pseudo"]) & (tier == 1)
    pseudo_way = d.whole("pseudo way", 3)

    dominant = np.array([_DOMINANT[t] for t in TYPES])
    mixed = (coop_type == TYPES.index("multi")) | (d.happens("mixed", p["coop.mixed_with_majority"]) & coop)
    interest = np.where(mixed, 3, dominant[coop_type])
    majority = dominant[coop_type]

    profile = np.select(
        [tier > 1, coop, kind == _MUTUAL, kind == _ASSOC, kind == _FOUND],
        [
            PROFILES.index("upper"),
            coop_type,
            PROFILES.index("mutual"),
            PROFILES.index("assoc"),
            PROFILES.index("found"),
        ],
        PROFILES.index("company"),
    )
    all_classes = classes(p)
    activity = np.zeros(size, dtype=np.int64)
    u_activity = d.uniform("activity")
    for place, name in enumerate(PROFILES):
        mine = profile == place
        weights = p.activities[name]
        activity[mine] = np.array([all_classes.index(c) for c in weights])[pick(u_activity[mine], [*weights.values()])]

    names = forms(p)
    social = (coop_type == TYPES.index("multi")) & d.happens("social form", 0.6)
    joint_stock = d.happens("joint stock", 0.2)
    form_code = np.select(
        [
            number == CONFEDERATION,
            tier == 3,
            tier == 2,
            coop & social,
            coop,
            kind == _MUTUAL,
            kind == _ASSOC,
            kind == _FOUND,
            joint_stock,
        ],
        [names.index(c) for c in ("2230", "2220", "2210", "2120", "2110", "3110", "4110", "5110", "1120")],
        names.index("1110"),
    )

    giant = np.where(d.happens("giant", p["people.giants"]) & (tier < 2), 20 * 10 ** d.uniform("giant by"), 1.0)
    size_factor = d.normal("size")

    first = p.first_edition
    late = (
        d.happens("born late", 1 - (1 - p["life.births"]) ** (editions - 1)) & (number != CONFEDERATION) & (giant == 1)
    )
    early_year = np.maximum(first - np.floor(-14 * np.log(d.uniform("age"))), 1950)
    born = np.where(late, first + 1 + d.whole("birth edition", max(editions - 1, 1)), early_year).astype(np.int64)
    registered_on = year_start(born) + d.whole("birthday", 365)

    eligible = (tier == 1) & ~pseudo & (size_factor > 0.5) & (born < first)
    direct = last_before(eligible, starts)
    subsidiary = (kind == _SUBSIDIARY) & (direct >= 0)
    indirect = subsidiary & d.happens("indirect control", p["other.indirect_control"])
    previous = np.concatenate(([-1], last_before(subsidiary & ~indirect, starts)[:-1]))
    previous = np.where(previous >= starts, previous, -1)
    indirect &= previous >= 0
    parent = np.where(indirect, previous, np.where(subsidiary, direct, -1))
    head = np.where(indirect, direct[np.maximum(previous, 0)], parent)

    return Units(
        draws=d,
        number=number,
        kind=kind,
        coop_type=coop_type,
        tier=tier,
        profile=profile,
        form=form_code,
        activity=activity,
        region=d.choice("region", [*p.regions.values()]),
        born=born,
        registered_on=registered_on,
        size=size_factor,
        giant=giant,
        controller=np.where(parent >= 0, parent + start, -1),
        group_head=np.where(head >= 0, head + start, -1),
        interest=np.where(coop, interest, -1),
        majority=np.where(coop, majority, -1),
        fails_votes=pseudo & (pseudo_way != 1),
        fails_surplus=pseudo & (pseudo_way != 0),
        coop_like=(kind >= _MUTUAL) & (kind <= _SOCENT) & d.happens("coop like", p["other.coop_like"]),
        overlay=(kind == _SOCENT)
        | ((tier == 1) & ~pseudo & d.happens("overlay", p["coop.status_overlay"]))
        | (((kind == _ASSOC) | (kind == _FOUND)) & d.happens("overlay", p["other.status_overlay"])),
        affiliated=(tier == 1) & ~pseudo & d.happens("affiliated", p["coop.affiliated"]),
        national_id=identity(number, seed),
    )


def affiliations(units: Units) -> tuple[Ints, Ints]:
    """Pairs (member, organisation of the next tier) as places in the batch.

    A union gathers the affiliated primaries since the union before it in the block, a federation the unions, the
    confederation the unions and federations.
    """
    starts = block_starts(len(units.number))
    member: list[Ints] = []
    upper: list[Ints] = []
    confederation = units.number == CONFEDERATION
    for members, uppers in (
        (units.affiliated, units.tier == 2),
        (units.tier == 2, (units.tier == 3) & ~confederation),
        (((units.tier == 2) | (units.tier == 3)) & ~confederation, confederation),
    ):
        size = len(starts)
        place = np.where(uppers, np.arange(size), size)
        following = np.minimum.accumulate(place[::-1])[::-1] if size else place
        linked = members & (following < starts + BLOCK) & (following < size)
        member.append(np.flatnonzero(linked))
        upper.append(following[linked])
    return np.concatenate(member), np.concatenate(upper)
