"""The attacker: what can be deduced of hidden cells from everything a draft shows.

It starts from the final observations and the facts, shares no code with the protector, and answers
two questions: do the hidden cells keep the protection the rules require (`attack`), and what are the
tightest bounds of each (`intervals`).

The model. An *atom* is a possible combination of codes, as fine as the tables distinguish them, with
one combination of memberships (perimeters, registered or active). The attacker's unknown is a
non-negative amount for every possible atom, whole where the measure is whole. Taken as public: the
codelists, which combinations of memberships occur at all, every shown value, and that a combination
missing from a table whose like is shown is empty, where it is. Not public: which of the remaining
combinations are empty. Tables that share only some dimensions are linked through what they share;
the crossings of a scheme without cycles are solved jointly without ever building the full crossing, which
is exact: tables that agree on what they share always fit together, also in whole numbers. A cycle of
crossings too large to build is attacked with more knowledge than is public: the combinations that
occur. docs/explanation/confidentiality.md is the page both this module and the protector follow.

Each contributor attacks as well. It knows its own contribution to every atom, so no atom can hold
less; where it is the only contributor it knows the cell. Against it every other cell must keep the
same protection, the lower end clipped at what it contributes itself.

All bounds are proved by whole tables ("witnesses") checked in exact integer arithmetic. The linear
program only proposes them; where it cannot settle a whole-number question, the integer program does,
and if that does not finish, the cell counts as unprotected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations
from math import prod
from typing import Any

import highspy
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse  # type: ignore[import-untyped]
from scipy.sparse import csgraph  # type: ignore[import-untyped]

from sse_observatory.core import Unsafe
from sse_observatory.production.confidentiality.model import (
    CODELIST_OF,
    LARGEST_CROSSING,
    LARGEST_GRID,
    LARGEST_TABLE,
    Breach,
    Facts,
    Findings,
    Interval,
    Rules,
)
from sse_observatory.structures import TOTAL, Codelist

_NOT_DIMENSIONS = frozenset({"CONTRIBUTOR", "VALUE"})


def attack(
    tables: Mapping[str, pa.Table],
    facts: Sequence[Facts],
    codelists: Mapping[str, Codelist],
    rules: Rules,
) -> Findings:
    """Attack the observations in `tables` (dataflow id to table) with all that they show.

    `codelists` by dimension or by codelist id. Hidden means that OBS_VALUE is null. Raises Unsafe for
    facts that cannot be attacked: negative or inexact values, missing codes or contributors.
    """
    breaches: list[Breach] = []
    measures: dict[str, int] = {"observations": sum(t.num_rows for t in tables.values())}
    covered: dict[str, set[int]] = {name: set() for name in tables}
    for one in facts:
        view = _View(one, tables, codelists, rules)
        for dataflow, rows in view.rows_seen.items():
            covered[dataflow].update(rows)
        found, counted = view.verdict()
        breaches.extend(found)
        for name, n in counted.items():
            measures[name] = measures.get(name, 0) + n
    for dataflow, table in tables.items():
        for row in sorted(set(range(table.num_rows)) - covered[dataflow]):
            if table["OBS_VALUE"][row].is_valid:
                breaches.append(Breach(dataflow, row, {}, "facts"))
    return Findings(tuple(breaches), measures)


def intervals(
    tables: Mapping[str, pa.Table],
    facts: Sequence[Facts],
    codelists: Mapping[str, Codelist],
    rules: Rules,
) -> tuple[Interval, ...]:
    """The tightest bounds of every hidden observation, for somebody who contributed nothing.

    Raises Unsafe where an integer problem does not finish in time.
    """
    found: list[Interval] = []
    for one in facts:
        found.extend(_View(one, tables, codelists, rules).bounds())
    return tuple(found)


# --- what the draft shows and what stands behind it -------------------------------------------------------------


@dataclass(slots=True)
class _Cell:
    """A cell under attack: an observation or a combination no observation shows."""

    dataflow: str
    row: int | None
    key: Mapping[str, str]
    clique: int
    atoms: np.ndarray
    up: Fraction
    down: Fraction
    own: dict[int, int]  # contributor -> its contribution, where few contribute
    alone: frozenset[int]  # contributors that know the cell: the only one with a row, the only one above zero
    sole: int | None  # the contributor that has the only row


class _View:
    """One additive family as the attacker sees it."""

    def __init__(self, facts: Facts, tables: Mapping[str, pa.Table], codelists: Mapping[str, Codelist], rules: Rules):
        self.facts, self.rules = facts, rules
        self._see_observations(tables)
        self._see_facts()
        self._see_codes(codelists)
        self._see_contributions()
        self._see_crossings()
        self._see_cells()

    # observations ------------------------------------------------------------------------------------------

    def _see_observations(self, tables: Mapping[str, pa.Table]) -> None:
        self.rows_seen: dict[str, list[int]] = {}
        self.seen: list[tuple[str, int, dict[str, str], Decimal | None]] = []
        names: dict[str, None] = {}
        for dataflow in self.facts.dataflows:
            if dataflow not in tables:
                continue
            table = tables[dataflow]
            dimensions = table.column_names[: table.column_names.index("OBS_VALUE")]
            columns = {d: table[d].to_pylist() for d in dimensions}
            values = table["OBS_VALUE"].to_pylist()
            powers = table["UNIT_MULT"].to_pylist() if "UNIT_MULT" in table.column_names else [None] * len(values)
            rows = [n for n, m in enumerate(columns.get("MEASURE", [None] * len(values))) if m in self.facts.measures]
            for d, code in self.facts.where.items():
                rows = [n for n in rows if d in columns and columns[d][n] == code]
            self.rows_seen[dataflow] = rows
            names.update(dict.fromkeys(dimensions))
            for n in rows:
                value = values[n]
                if value is not None:
                    value = Decimal(value).scaleb(int(powers[n] or 0))
                self.seen.append((dataflow, n, {d: columns[d][n] for d in dimensions}, value))
        self.dimensions = list(names)

    def _see_facts(self) -> None:
        rows = self.facts.rows
        available = rows.column_names if isinstance(rows, pa.Table) else list(rows.columns)
        for name in ("CONTRIBUTOR", "VALUE"):
            if name not in available:
                raise Unsafe(f"The facts behind {self.facts.dataflow} have no column {name}.", "Add the column.")
        self.coded = [d for d in self.dimensions if d in available and d not in _NOT_DIMENSIONS]
        for d in self.dimensions:
            if d not in available and len({key.get(d) for _, _, key, _ in self.seen}) > 1:
                raise Unsafe(
                    f"The observations of {self.facts.dataflow} vary by {d}, the facts behind them do not say it.",
                    f"Add the column {d} to the facts.",
                )
        if isinstance(rows, pa.Table):
            table = rows.select(["CONTRIBUTOR", "VALUE", *self.coded])
        else:
            by = ["CONTRIBUTOR", *self.coded]
            # Summing first in the engine loses signs, so the smallest value travels along.
            table = rows.group_by(by).aggregate(VALUE=rows.VALUE.sum(), LEAST=rows.VALUE.min()).to_pyarrow()
            least = pc.min(table["LEAST"]).as_py()
            if least is not None and least < 0:
                raise _mixed(self.facts.dataflow)
        if table["VALUE"].null_count:
            table = table.filter(pc.is_valid(table["VALUE"]))
        for name in ("CONTRIBUTOR", *self.coded):
            if table[name].null_count:
                raise Unsafe(
                    f"Facts behind {self.facts.dataflow} have no {name} in {table[name].null_count} rows.",
                    "Give every row its holding group and its codes; UNK where a code is not known.",
                )
        self.value, self.scale = _whole(table["VALUE"], self.facts)
        if self.value.size and int(self.value.min()) < 0:
            raise _mixed(self.facts.dataflow)
        self.contributor = _indices(table["CONTRIBUTOR"])[0]
        self.columns = {d: _indices(table[d]) for d in self.coded}

    # codes -------------------------------------------------------------------------------------------------

    def _see_codes(self, codelists: Mapping[str, Codelist]) -> None:
        """Split the dimensions into memberships (sets, and codes never added up) and trees; find their classes."""
        self.up_codes: dict[str, list[np.ndarray]] = {}
        self.code_index: dict[str, dict[str, int]] = {}
        self.depth_of: dict[str, dict[str, int]] = {}
        self.classes: dict[str, int] = {}
        self.class_name: dict[str, list[str]] = {}
        self.depth_of_class: dict[str, np.ndarray] = {}
        row_class: dict[str, np.ndarray] = {}
        member: list[str] = []
        trees: list[str] = []
        for d in self.coded:
            shown = {key.get(d, TOTAL) for _, _, key, _ in self.seen}
            present = set(self.columns[d][1])
            above = _ancestry(d, codelists, shown | present)
            if d in self.facts.set_valued:
                member.append(d)
                continue
            if TOTAL not in shown and not any(set(above[c]) & shown for c in shown | present):
                member.append(d)
                continue
            trees.append(d)
            observed = sorted(shown - {TOTAL})
            index = {c: n for n, c in enumerate(observed)}
            depth = {c: 1 + len(above[c]) for c in observed} | {TOTAL: 0}
            elementary = sorted(
                present | {c for c in observed if not any(c in above[e] for e in present | set(observed))}
            ) or [TOTAL]
            deepest = max(depth.values())
            chains = [{depth[a]: index[a] for a in (c, *above[c]) if a in index} for c in elementary]
            signatures: dict[tuple[tuple[int, int], ...], int] = {}
            class_of = [signatures.setdefault(tuple(sorted(chain.items())), len(signatures)) for chain in chains]
            self.classes[d] = len(signatures)
            self.class_name[d] = [
                observed[s[-1][1]] if s else f"other than {', '.join(observed[:3])} ..." for s in signatures
            ]
            levels = []
            for level in range(deepest + 1):
                # A class no shown code of this level covers stands for itself.
                levels.append(
                    np.array([dict(s).get(level, len(observed) + n) for n, s in enumerate(signatures)], dtype=np.int64)
                )
            self.up_codes[d], self.code_index[d], self.depth_of[d] = levels, index, depth
            # The shallowest finest code of each class: a table at that depth would have a row for it.
            self.depth_of_class[d] = np.full(len(signatures), 10**6, dtype=np.int64)
            np.minimum.at(self.depth_of_class[d], class_of, [1 + len(above[c]) for c in elementary])
            place = dict(zip(elementary, class_of, strict=True))
            row_class[d] = np.array([place[c] for c in self.columns[d][1]], dtype=np.int64)[self.columns[d][0]]
        self.member, self.trees = member, trees
        # Memberships: one class for each combination that occurs, as far as the tables tell them apart.
        n = self.value.size
        combined, kinds = np.zeros(n, dtype=np.int64), 1
        keep = np.ones(n, dtype=bool)
        parts: list[tuple[np.ndarray, int]] = []
        self.member_sets: list[list[frozenset[str]]] = []
        for d in member:
            shown = {key[d] for _, _, key, _ in self.seen if d in key}
            indices, words = self.columns[d]
            sets = [
                frozenset(w.split(";")) & shown if d in self.facts.set_valued else frozenset({w}) & shown for w in words
            ]
            distinct = {s: k for k, s in enumerate(sorted(set(sets), key=lambda s: tuple(sorted(s))))}
            of_row = np.array([distinct[s] for s in sets], dtype=np.int64)[indices]
            empty = distinct.get(frozenset(), -1)
            keep &= of_row != empty
            parts.append((of_row, len(distinct)))
            self.member_sets.append(list(distinct))
        for of_row, size in parts:
            combined = combined * size + of_row
            kinds *= size
        found, membership = np.unique(combined[keep], return_inverse=True)
        self.memberships: list[tuple[frozenset[str], ...]] = []
        for code in found.tolist():
            sets_of: list[frozenset[str]] = []
            for (_, size), sets in zip(reversed(parts), reversed(self.member_sets), strict=True):
                code, k = divmod(code, size)
                sets_of.append(sets[k])
            self.memberships.append(tuple(reversed(sets_of)))
        # Combinations a table names although no unit has them are possible too: one class each.
        for _, _, key, _ in self.seen:
            selector = self._selector(key)
            if not any(self._chosen(m, selector) for m in self.memberships):
                self.memberships.append(tuple(frozenset({s}) if s else frozenset() for s in selector))
        self.value, self.contributor = self.value[keep], self.contributor[keep]
        self.row_class = {d: row_class[d][keep] for d in trees}
        self.row_membership = membership.astype(np.int64)

    def _selector(self, key: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(key.get(d, "") for d in self.member)

    @staticmethod
    def _chosen(membership: tuple[frozenset[str], ...], selector: tuple[str, ...]) -> bool:
        return all(not s or s in codes for codes, s in zip(membership, selector, strict=True))

    # contributions -----------------------------------------------------------------------------------------

    def _see_contributions(self) -> None:
        """Contributions by joint atom: named where few contribute or a group spreads, else only the largest two."""
        sizes = [len(self.memberships), *(self.classes[d] for d in self.trees)]
        joint, parts = self.row_membership, [self.row_membership, *(self.row_class[d] for d in self.trees)]
        if prod(sizes) >= 2**62:
            raise Unsafe(f"{self.facts.dataflow} has too many dimensions to attack.", "Split the dataflow.")
        for part, size in zip(parts[1:], sizes[1:], strict=True):
            joint = joint * size + part
        found, joint = np.unique(joint, return_inverse=True)
        self.joint = _coordinates(found, sizes, self.trees)
        atoms = found.size
        who, where, amount = _add_up(self.contributor, joint, self.value)
        spread = np.bincount(who, minlength=int(who.max()) + 1 if who.size else 0)[who] > 1
        few = np.bincount(where[amount > 0], minlength=atoms) < max(3, self.rules.min_contributors)
        named = spread | few[where]
        self.named = (who[named], where[named], amount[named])
        where, amount = where[~named], amount[~named]
        order = np.lexsort((-amount, where))
        where, amount = where[order], amount[order]
        first = np.flatnonzero(np.r_[True, where[1:] != where[:-1]]) if where.size else np.zeros(0, dtype=np.int64)
        size = np.diff(np.r_[first, where.size])
        self.crowd_n, self.crowd_positive = np.zeros(atoms, np.int64), np.zeros(atoms, np.int64)
        self.crowd_sum, self.crowd_x1, self.crowd_x2 = (np.zeros(atoms, np.int64) for _ in range(3))
        if where.size:
            at = where[first]
            self.crowd_n[at] = size
            self.crowd_positive[at] = np.add.reduceat((amount > 0).astype(np.int64), first)
            self.crowd_sum[at] = np.add.reduceat(amount, first)
            self.crowd_x1[at] = amount[first]
            second = np.minimum(first + 1, where.size - 1)
            self.crowd_x2[at] = np.where(size > 1, amount[second], 0)
        self.truth = self.crowd_sum.copy()
        np.add.at(self.truth, self.named[1], self.named[2])

    def _statistics(self, label: np.ndarray) -> _Statistics:
        return _Statistics(self, label)

    # crossings ---------------------------------------------------------------------------------------------

    def _see_crossings(self) -> None:
        """The crossings the tables show, made decomposable; the possible atoms of each."""
        self.patterns: dict[tuple[tuple[str, ...], tuple[int, ...]], list[int]] = {}
        for n, (_, _, key, _) in enumerate(self.seen):
            depths = tuple(self.depth_of[d][key.get(d, TOTAL)] for d in self.trees)
            self.patterns.setdefault((self._selector(key), depths), []).append(n)
        shown = {frozenset(d for d, k in zip(self.trees, p, strict=True) if k) for _, p in self.patterns}
        self.cliques = _decomposable(shown)
        self.atoms: list[_Atoms] = []
        self.clique_of_joint: list[np.ndarray] = []
        for clique in self.cliques:
            dims = [d for d in self.trees if d in clique]
            sizes = [len(self.memberships), *(self.classes[d] for d in dims)]
            of_joint = self.joint.membership.copy()
            for d in dims:
                of_joint = of_joint * self.classes[d] + self.joint.classes[d]
            limit = LARGEST_GRID if any(clique == s for s in shown) else LARGEST_CROSSING
            if prod(sizes) <= limit:
                atoms = _coordinates(np.arange(prod(sizes)), sizes, dims)
            else:
                found, of_joint = np.unique(of_joint, return_inverse=True)
                atoms = _coordinates(found, sizes, dims)
            atoms.truth = np.zeros(atoms.membership.size, dtype=np.int64)
            np.add.at(atoms.truth, of_joint, self.truth)
            self.atoms.append(atoms)
            self.clique_of_joint.append(of_joint)

    def _label(self, atoms: _Atoms, mask: np.ndarray, depths: Sequence[int]) -> np.ndarray:
        """For each atom the cell of a pattern it lies in; -1 outside the memberships in `mask`."""
        label = np.zeros(atoms.membership.size, dtype=np.int64)
        for d, depth in zip(self.trees, depths, strict=True):
            if depth:
                label = label * (len(self.code_index[d]) + self.classes[d]) + self.up_codes[d][depth][atoms.classes[d]]
        return np.where(mask[atoms.membership], label, -1)

    def _label_of(self, key: Mapping[str, str], depths: Sequence[int]) -> int:
        label = 0
        for d, depth in zip(self.trees, depths, strict=True):
            if depth:
                label = label * (len(self.code_index[d]) + self.classes[d]) + self.code_index[d][key[d]]
        return label

    # cells -------------------------------------------------------------------------------------------------

    def _see_cells(self) -> None:
        """Equations from what is shown, empty atoms, and the cells that must stay protected."""
        self.problems: list[Breach] = []
        self.targets: list[_Cell] = []
        self.hidden: list[_Cell] = []
        self.equations: list[tuple[int, np.ndarray]] = []
        self.empty = [np.zeros(a.membership.size, dtype=bool) for a in self.atoms]
        self.linked: list[tuple[int, np.ndarray, int, np.ndarray]] = []
        unit = Decimal(1).scaleb(-self.scale)
        by_depths: dict[tuple[int, ...], list[tuple[tuple[str, ...], list[int]]]] = {}
        for (selector, depths), members in self.patterns.items():
            by_depths.setdefault(depths, []).append((selector, members))
        for depths, groups in by_depths.items():
            active = frozenset(d for d, k in zip(self.trees, depths, strict=True) if k)
            homes = [n for n, clique in enumerate(self.cliques) if active <= clique]
            home = homes[0]
            for selector, members in groups:
                mask = np.array([self._chosen(m, selector) for m in self.memberships], dtype=bool)
                joint = self._label(self.joint, mask, depths)
                statistics = self._statistics(joint)
                labels = {n: self._label_of(self.seen[n][2], depths) for n in members}
                on_atoms = {h: _Buckets(self._label(self.atoms[h], mask, depths)) for h in homes}
                asked = set(labels.values())
                for n in members:
                    dataflow, row, key, value = self.seen[n]
                    label = labels[n]
                    place = statistics.place.get(label)
                    if value is not None:
                        total = statistics.total[place] if place is not None else 0
                        if Decimal(int(total)) * unit != value:
                            self.problems.append(Breach(dataflow, row, key, "sum"))
                        for h in homes:
                            self.equations.append((h, on_atoms[h].of(label)))
                    need = self._need(statistics, place)
                    cell = None
                    if need is not None and place is not None:
                        cell = self._cell(dataflow, row, key, home, on_atoms[home].of(label), statistics, place, need)
                        self.targets.append(cell)
                        if value is not None:
                            self.problems.append(Breach(dataflow, row, key, "value"))
                    if value is None:
                        self.hidden.append(
                            cell
                            or _Cell(
                                dataflow, row, key, home, on_atoms[home].of(label), Fraction(0), Fraction(0), {},
                                frozenset(), None,
                            )
                        )  # fmt: skip
                for h in homes:
                    found = on_atoms[h].label
                    absent = (found >= 0) & ~np.isin(found, np.array(sorted(asked | set(statistics.place)), np.int64))
                    for d, depth in zip(self.trees, depths, strict=True):
                        if depth:  # a code that ends higher up has no row at this depth, so nothing follows
                            absent &= self.depth_of_class[d][self.atoms[h].classes[d]] >= depth
                    self.empty[h] |= absent
                for label, place in statistics.place.items():
                    if label not in asked:
                        self._unshown(statistics, place, home, on_atoms[home].of(label), self._named(selector))
                self._add_up_kin(depths, mask, statistics, home, on_atoms[home], self._named(selector))
            if self.rules.differences and len(self.memberships) > 1:
                # What lies between the memberships this breakdown shows: in these, and not in those.
                shown = np.array([[self._chosen(m, selector) for selector, _ in groups] for m in self.memberships])
                for name, mask in _differences(shown, [" ".join(s for s in selector if s) for selector, _ in groups]):
                    statistics = self._statistics(self._label(self.joint, mask, depths))
                    if all(self._need(statistics, place) is None for place in statistics.place.values()):
                        continue
                    buckets = _Buckets(self._label(self.atoms[home], mask, depths))
                    for label, place in statistics.place.items():
                        self._unshown(statistics, place, home, buckets.of(label), {"": name})
                    self._add_up_kin(depths, mask, statistics, home, buckets, {"": name})

    def _add_up_kin(
        self,
        depths: Sequence[int],
        mask: np.ndarray,
        statistics: _Statistics,
        home: int,
        buckets: _Buckets,
        name: dict[str, str],
    ) -> None:
        """Sums of unsafe cells of one kin: nothing shows them, yet a line may show them by what else it shows.

        Kin under a coarser cell of the breakdown: cells of few contributors with no others than those of one of them,
        and cells with the same largest contributor.
        """
        unsafe = {p: label for label, p in statistics.place.items() if self._need(statistics, p) is not None}
        if len(unsafe) < 2:
            return
        ours = np.isin(statistics.at, list(unsafe))
        if not (np.unique(statistics.who[ours], return_counts=True)[1] > 1).any():
            return  # everybody stands in one of them only
        fewer = self.rules.min_contributors
        givers: dict[int, frozenset[int]] = {}
        leaders: dict[int, list[int]] = {}
        for place in unsafe:
            given = statistics.contributions(place)
            if statistics.total[place] > 0:
                leaders[place] = [c for c, x in given.items() if x == statistics.x1[place]]
                if statistics.n[place] < fewer or statistics.positive[place] < fewer:
                    givers[place] = frozenset(c for c, x in given.items() if x > 0)
        taking_part: dict[int, list[int]] = {}
        for place, names in givers.items():
            for c in names:
                taking_part.setdefault(c, []).append(place)
        kin: set[frozenset[int]] = set()
        fine = self._label(self.joint, mask, depths)
        place_of = {label: place for place, label in unsafe.items()}
        inside = np.flatnonzero(np.isin(fine, list(place_of)))
        inside = inside[np.argsort(fine[inside], kind="stable")]
        found, first = np.unique(fine[inside], return_index=True)
        for levels in np.ndindex(*(depth + 1 for depth in depths)):
            if levels == tuple(depths):
                continue
            coarse = self._label(self.joint, mask, levels)[inside]
            least, most = np.minimum.reduceat(coarse, first), np.maximum.reduceat(coarse, first)
            above: dict[int, list[int]] = {}
            for label, one, other in zip(found.tolist(), least.tolist(), most.tolist(), strict=True):
                if one == other:
                    above.setdefault(one, []).append(place_of[label])
            for line in above.values():
                here = set(line)
                for few in {givers[place] for place in line if place in givers}:
                    near = {p for c in few for p in taking_part[c]} & here
                    kin.add(frozenset(p for p in near if givers[p] <= few))
                led: dict[int, list[int]] = {}
                for place in line:
                    for c in leaders.get(place, ()):
                        led.setdefault(c, []).append(place)
                kin.update(map(frozenset, led.values()))
        for together in sorted((k for k in kin if len(k) > 1), key=sorted):
            labels = [unsafe[place] for place in sorted(together)]
            as_one = self._statistics(np.where(np.isin(fine, labels), 0, -1))
            atoms = np.concatenate([buckets.of(label) for label in labels])
            self._unshown(as_one, 0, home, np.sort(atoms), name | {"together": str(len(labels))})

    def _named(self, selector: tuple[str, ...]) -> dict[str, str]:
        return {d: s for d, s in zip(self.member, selector, strict=True) if s}

    def _unshown(self, statistics: _Statistics, place: int, home: int, atoms: np.ndarray, name: dict[str, str]) -> None:
        need = self._need(statistics, place)
        if need is not None:
            example = int(atoms[0])
            key = name | {d: self.class_name[d][int(c[example])] for d, c in self.atoms[home].classes.items()}
            self.targets.append(self._cell(self.facts.dataflow, None, key, home, atoms, statistics, place, need))

    def _need(self, s: _Statistics, place: int | None) -> tuple[Fraction, Fraction, bool] | None:
        """What must stay possible above and below a cell, and whether few contribute; None for a safe cell."""
        if place is None:
            return None
        rules, total = self.rules, int(s.total[place])
        n, positive, x1, x2 = (int(a[place]) for a in (s.n, s.positive, s.x1, s.x2))
        few = n < rules.min_contributors or 0 < positive < rules.min_contributors
        width = max(Fraction(1), rules.safety_range_percent * total / 100)
        if self.facts.kind == "count":
            units = 10**self.scale
            if total == 0:
                return None
            if total < rules.min_contributors * units:
                return Fraction(rules.min_contributors * units - total), Fraction(0), few
            return (width, min(width, Fraction(total)), True) if few else None
        missing = rules.p_percent * x1 / 100 - (total - x1 - x2)
        if not few and missing <= 0:
            return None
        return max(missing, width if few else missing), min(width, Fraction(total)) if few else Fraction(0), few

    def _cell(
        self,
        dataflow: str,
        row: int | None,
        key: Mapping[str, str],
        home: int,
        atoms: np.ndarray,
        s: _Statistics,
        place: int,
        need: tuple[Fraction, Fraction, bool],
    ) -> _Cell:
        up, down, few = need
        own = s.contributions(place) if few else {}
        alone = {c for c, x in own.items() if len(own) == 1 or (x > 0 and int(s.positive[place]) == 1)}
        sole = next(iter(own)) if len(own) == 1 else None
        return _Cell(dataflow, row, key, home, atoms, up, down, own, frozenset(alone), sole)

    # from atoms to small independent problems --------------------------------------------------------------

    def _links(self) -> Iterable[tuple[int, np.ndarray, int, np.ndarray]]:
        """Crossings agree on what they share: equations for the shared combinations nothing shown settles."""
        for left, right in _junctions(self.cliques):
            shared = [d for d in self.trees if d in self.cliques[left] & self.cliques[right]]
            labels = []
            for side in (left, right):
                label = self.atoms[side].membership.copy()
                for d in shared:
                    label = label * self.classes[d] + self.atoms[side].classes[d]
                labels.append(label)
            settled = np.zeros(0, dtype=np.int64)
            for side, atoms in self.equations:
                if side == left:
                    touched = np.unique(labels[0][atoms])
                    if touched.size == 1 and np.count_nonzero(labels[0] == touched[0]) == atoms.size:
                        settled = np.append(settled, touched)
            sides = [_Buckets(label) for label in labels]
            for common in sorted(set(sides[0].start) | set(sides[1].start)):
                if common not in settled:
                    yield left, sides[0].of(common), right, sides[1].of(common)

    def _parts(self, cells: Sequence[_Cell]) -> list[_Part]:
        """Independent parts of the system, after fixing what the equations alone determine."""
        offset = np.cumsum([0, *(a.membership.size for a in self.atoms)])
        total = int(offset[-1])
        truth = np.concatenate([a.truth for a in self.atoms]) if self.atoms else np.zeros(0, np.int64)
        free = ~np.concatenate(self.empty) if self.empty else np.zeros(0, bool)
        rows, cols, signs, count = [], [], [], 0
        for side, atoms in self.equations:
            rows.append(np.full(atoms.size, count))
            cols.append(atoms + offset[side])
            signs.append(np.ones(atoms.size, dtype=np.int64))
            count += 1
        for left, some, right, others in self._links():
            rows.append(np.full(some.size + others.size, count))
            cols.append(np.r_[some + offset[left], others + offset[right]])
            signs.append(np.r_[np.ones(some.size, np.int64), -np.ones(others.size, np.int64)])
            count += 1
        where = [cell.atoms + offset[cell.clique] for cell in cells]
        matrix = _matrix(rows, cols, signs, (count, total))
        absolute = abs(matrix)
        while True:
            weight = matrix @ free.astype(np.int64)
            active = free & (truth > 0)
            size = absolute @ free.astype(np.int64)
            held = absolute @ active.astype(np.int64)
            # One unknown left, or unknowns of one sign that together hold nothing: nothing can move.
            closed = (size > 0) & ((size == 1) | ((held == 0) & (abs(weight) == size)))
            fixed = free & (absolute.T @ closed.astype(np.int64) > 0)
            if not fixed.any():
                break
            free &= ~fixed
        kept = np.flatnonzero(absolute @ free.astype(np.int64))
        matrix = matrix[kept]
        target = _matrix(
            [np.full(w.size, n) for n, w in enumerate(where)], where,
            [np.ones(w.size, np.int64) for w in where], (len(cells), total),
        )  # fmt: skip
        # Unknowns that occur in the same equations and cells are one unknown.
        draw = np.random.default_rng(20181018)
        stacked = sparse.vstack([matrix, target]).tocsc()
        stacked.sort_indices()
        keys = draw.integers(1, 2**62, size=(stacked.shape[0], 2), dtype=np.int64).astype(np.uint64)
        hashes = np.zeros((total, 2), dtype=np.uint64)
        column_of = np.repeat(np.arange(total), np.diff(stacked.indptr))
        for k in range(2):
            np.add.at(hashes[:, k], column_of, keys[stacked.indices, k] * stacked.data.astype(np.uint64))
        used = free & (np.diff(stacked.indptr) > 0)
        alive = np.flatnonzero(used)
        _, lead, merged = np.unique(hashes[alive], axis=0, return_index=True, return_inverse=True)
        merged = merged.reshape(-1)
        column = np.full(total, -1, dtype=np.int64)
        column[alive] = merged
        amount = np.zeros(lead.size, dtype=np.int64)
        np.add.at(amount, merged, truth[alive])
        small = stacked[:, alive[lead]].tocsr()
        equations, sums = small[: kept.size], small[kept.size :]
        graph = sparse.bmat([[None, small], [small.T, None]]).tocsr() if small.nnz else None
        labels = csgraph.connected_components(graph, directed=False)[1] if graph is not None else np.zeros(0, np.int64)
        row_part, col_part = labels[: small.shape[0]], labels[small.shape[0] :]
        self.column_of_atom, self.offset = column, offset
        parts: list[_Part] = []
        place = np.full(lead.size, -1, dtype=np.int64)
        self.part_of_column = np.full(lead.size, -1, dtype=np.int64)
        fixed_cells = [n for n in range(len(cells)) if sums.indptr[n] == sums.indptr[n + 1]]
        by_part: dict[int, list[int]] = {}
        for n in range(len(cells)):
            if sums.indptr[n] < sums.indptr[n + 1]:
                by_part.setdefault(int(row_part[kept.size + n]), []).append(n)
        for label, members in by_part.items():
            columns = np.flatnonzero(col_part == label)
            place[columns] = np.arange(columns.size)
            self.part_of_column[columns] = len(parts)
            own = np.flatnonzero(row_part[: kept.size] == label)
            parts.append(
                _Part(members, equations[own][:, columns].tocsr(), sums[members][:, columns].tocsr(), amount[columns])
            )
        self.place_of_column = place
        self.fixed_cells = fixed_cells
        return parts

    def _grid(self) -> tuple[int, int]:
        """Witnesses are whole in units of coarse/fine of the smallest unit of the measure.

        Whole measures: 1. Others: one sixtieth, so that halves, thirds and fifths can be reached exactly.
        Very large sums: a power of two, so that every sum is exact; this can only hide more.
        """
        largest = int(self.truth.sum()) if self.truth.size else 0
        fine = 1 if self.facts.integer or largest * 60 >= LARGEST_TABLE else 60
        coarse = 1
        while largest // coarse >= LARGEST_TABLE:
            coarse *= 2
        return coarse, fine

    # the two questions -------------------------------------------------------------------------------------

    def verdict(self) -> tuple[list[Breach], dict[str, int]]:
        """The breaches of this family and what was attacked."""
        breaches = list(self.problems)
        cells = self.targets
        parts = self._parts(cells) if cells else []
        fixed = set(self.fixed_cells) if cells else set()
        shown = {(b.dataflow, b.row) for b in breaches if b.side == "value"}
        for n in sorted(fixed):
            if cells[n].row is None or (cells[n].dataflow, cells[n].row) not in shown:
                breaches.append(Breach(cells[n].dataflow, cells[n].row, cells[n].key, "upper"))
        knowledge = self._knowledge(parts)
        coarse, fine = self._grid()
        programs = contributors = 0
        for number, part in enumerate(parts):
            siege = _Siege(part, coarse, fine, self.facts.integer, self.rules.seconds_per_problem)
            siege.learn(knowledge[number], [cells[n] for n in part.members])
            for n, side, by_contributor, unfinished in siege.fall([cells[n] for n in part.members]):
                cell = cells[part.members[n]]
                if cell.row is None or (cell.dataflow, cell.row) not in shown:
                    breaches.append(Breach(cell.dataflow, cell.row, cell.key, side, by_contributor, unfinished))
            programs += siege.solver.programs
            contributors += len(siege.minds) - 1
        return breaches, {
            "hidden": len(self.hidden),
            "protected cells": len(cells),
            "parts": len(parts),
            "contributor attacks": contributors,
            "linear programs": programs,
        }

    def _knowledge(self, parts: Sequence[_Part]) -> list[_Known]:
        """By part: who contributes how much to which unknown, in the order of who. Crowds appear through their largest.

        A contribution to an atom shows in each crossing the atom is seen in, so it counts once for each.
        """
        who, where, amount = self.named
        crowd = np.flatnonzero(self.crowd_x1 > 0)
        who = np.r_[who, -1 - crowd]
        where = np.r_[where, crowd]
        amount = np.r_[amount, self.crowd_x1[crowd]]
        pieces: list[_Known] = []
        for side, of_joint in enumerate(self.clique_of_joint if parts else ()):
            column = self.column_of_atom[of_joint[where] + self.offset[side]]
            inside = column >= 0
            inside[inside] = self.part_of_column[column[inside]] >= 0
            pieces.append((who[inside], column[inside], amount[inside]))
        if not pieces:
            return []
        who, column, amount = _add_up(*(np.concatenate(piece) for piece in zip(*pieces, strict=True)))
        part = self.part_of_column[column]
        place = self.place_of_column[column]
        chosen = [part == number for number in range(len(parts))]
        return [(who[own], place[own], amount[own]) for own in chosen]

    def bounds(self) -> list[Interval]:
        """The tightest bounds of every hidden observation."""
        found: list[Interval] = []
        if not self.hidden:
            return found
        parts = self._parts(self.hidden)
        coarse, fine = self._grid()
        values: dict[int, tuple[int, int | None, int]] = dict.fromkeys(self.fixed_cells, (0, 0, 1))
        for part in parts:
            solver = _Solver(part, coarse, fine, self.rules.seconds_per_problem)
            for k, n in enumerate(part.members):
                lower, upper = solver.extreme(k, -1, self.facts.integer), solver.extreme(k, 1, self.facts.integer)
                values[n] = (int(lower or 0) * coarse, None if upper is None else int(upper) * coarse, fine)
        unit = Decimal(1).scaleb(-self.scale)
        for n, cell in enumerate(self.hidden):
            assert cell.row is not None
            true = int(self.atoms[cell.clique].truth[cell.atoms].sum())
            below, above, per = values[n]
            ends = []
            for end in (Fraction(true) - Fraction(below, per), None if above is None else true + Fraction(above, per)):
                value = None if end is None else Decimal(end.numerator) / Decimal(end.denominator) * unit
                ends.append(int(value) if self.facts.integer and value is not None else value)
            found.append(Interval(cell.dataflow, cell.row, ends[0], ends[1]))
        return found


# --- contributions behind the cells of one pattern ----------------------------------------------------------------


class _Statistics:
    """For the cells of a partition (`label` of each joint atom): contributors, sum, the two largest."""

    def __init__(self, view: _View, label: np.ndarray) -> None:
        inside = np.flatnonzero(label >= 0)
        found, compact = np.unique(label[inside], return_inverse=True)
        cell = np.full(label.size, -1, dtype=np.int64)
        cell[inside] = compact
        self.place = {int(k): n for n, k in enumerate(found)}
        k = found.size
        who, where, amount = view.named
        ok = cell[where] >= 0
        who, at, amount = _add_up(who[ok], cell[where[ok]], amount[ok])
        order = np.argsort(at, kind="stable")
        self.who, self.at, self.amount = who[order], at[order], amount[order]
        self.first = np.searchsorted(self.at, np.arange(k + 1))
        crowd = inside[view.crowd_n[inside] > 0]
        self.n, self.positive, self.total = (np.zeros(k, np.int64) for _ in range(3))
        for result, crowds, names in (
            (self.n, view.crowd_n, np.ones(self.at.size, np.int64)),
            (self.positive, view.crowd_positive, (self.amount > 0).astype(np.int64)),
            (self.total, view.crowd_sum, self.amount),
        ):
            np.add.at(result, cell[crowd], crowds[crowd])
            np.add.at(result, self.at, names)
        places = np.r_[self.at, cell[crowd], cell[crowd]]
        sizes = np.r_[self.amount, view.crowd_x1[crowd], view.crowd_x2[crowd]]
        order = np.lexsort((-sizes, places))
        places, sizes = places[order], sizes[order]
        first = np.searchsorted(places, np.arange(k))
        last = np.searchsorted(places, np.arange(k), side="right")
        self.x1 = np.where(last > first, sizes[np.minimum(first, sizes.size - 1)], 0) if sizes.size else np.zeros(k)
        self.x2 = (
            np.where(last > first + 1, sizes[np.minimum(first + 1, sizes.size - 1)], 0) if sizes.size else np.zeros(k)
        )

    def contributions(self, place: int) -> dict[int, int]:
        """Contributor to contribution; only for cells without a crowd."""
        part = slice(int(self.first[place]), int(self.first[place + 1]))
        return dict(zip(self.who[part].tolist(), self.amount[part].tolist(), strict=True))


# --- one independent part under siege -----------------------------------------------------------------------------


_Known = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Contributor, unknown and amount: one entry for each contributor and unknown, in the order of contributors."""


@dataclass(slots=True)
class _Part:
    members: list[int]
    equations: sparse.csr_matrix
    sums: sparse.csr_matrix
    amount: np.ndarray


class _Solver:
    """Moves of a part: whole changes of its unknowns that leave every equation as it is.

    Every unknown is split into what it gains and what it loses, and the least change is asked for: a
    linear program over sums then has whole corners most of the time, and its answer touches few unknowns.
    """

    def __init__(self, part: _Part, coarse: int, fine: int, seconds: float) -> None:
        self.part, self.seconds, self.coarse, self.fine = part, seconds, coarse, fine
        self.room = part.amount * fine // coarse
        self.count = self.room.size
        self.programs = 0
        largest = int(self.room.max()) if self.room.size else 0
        self.unit = 2.0 ** max(0, largest.bit_length() - 20)
        self.wanted = [part.sums[k].indices for k in range(part.sums.shape[0])]
        # Uneven prices break ties; several sets of them, because a corner under one may be half a step off.
        self.prices = np.random.default_rng(2018).uniform(1.0, 2.0, (5, 2 * self.count))
        self.columns = np.arange(2 * self.count, dtype=np.int32)
        self.model = self._build()

    def _build(self) -> highspy.Highs:
        both = sparse.vstack([self.part.equations, self.part.sums]).tocsc()
        matrix = sparse.hstack([both, -both]).tocsc()
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = matrix.shape
        lp.col_cost_ = self.prices[0]
        lp.col_lower_ = np.zeros(2 * self.count)
        lp.col_upper_ = np.full(2 * self.count, highspy.kHighsInf)
        free = np.r_[np.zeros(self.part.equations.shape[0]), np.full(self.part.sums.shape[0], highspy.kHighsInf)]
        lp.row_lower_, lp.row_upper_ = -free, free
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data.astype(float)
        model = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (
            ("output_flag", False), ("threads", 1), ("presolve", "off"), ("primal_feasibility_tolerance", 1e-10),
            ("dual_feasibility_tolerance", 1e-9), ("mip_detect_symmetry", False),
        ):  # fmt: skip
            model.setOptionValue(option, value)
        model.passModel(lp)
        return model

    def _restrict(self, model: highspy.Highs, floor: np.ndarray, frozen: np.ndarray, unit: float) -> None:
        """Nothing loses more than its floor allows; nothing at all moves where `frozen`."""
        gain = np.where(frozen, 0.0, highspy.kHighsInf)
        lose = np.where(frozen, 0.0, np.maximum(-floor, 0) / unit)
        model.changeColsBounds(2 * self.count, self.columns, np.zeros(2 * self.count), np.r_[gain, lose])

    def reach(
        self, cell: int, sign: int, amount: int, floor: np.ndarray, frozen: np.ndarray, settle: bool
    ) -> tuple[np.ndarray | None, bool]:
        """A move that changes `cell` by at least `sign` * `amount`, and whether the search ended.

        Without `settle` only linear programs are asked: enough to propose, never to refuse.
        """
        model, inf = self.model, highspy.kHighsInf
        row = self.part.equations.shape[0] + cell
        self._restrict(model, floor, frozen, self.unit)
        model.changeRowBounds(row, *((amount / self.unit, inf) if sign > 0 else (-inf, -amount / self.unit)))
        model.setBasis()  # from nothing moved: closer to a short move than the last answer is
        answer: tuple[np.ndarray | None, bool] | None = None
        for n, prices in enumerate(self.prices):
            if n:
                model.changeColsCost(2 * self.count, self.columns, prices)
            self.programs += 1
            model.run()
            status = model.getModelStatus()
            if status == highspy.HighsModelStatus.kInfeasible:
                answer = None, True
            if status != highspy.HighsModelStatus.kOptimal:
                break
            move = self._checked(model, self.unit, cell, sign, amount, floor, frozen)
            if move is not None:
                answer = move, True
                break
        model.changeRowBounds(row, -inf, inf)
        if answer is not None or not settle:
            return answer or (None, False)
        return self._whole(row, cell, sign, amount, floor, frozen)

    def _checked(
        self,
        model: highspy.Highs,
        unit: float,
        cell: int,
        sign: int,
        amount: int,
        floor: np.ndarray,
        frozen: np.ndarray,
    ) -> np.ndarray | None:
        """The program's answer, once or a few times over, if exact arithmetic confirms it as a whole move."""
        values = np.array(model.getSolution().col_value) * unit
        if values.size != 2 * self.count:
            return None
        values = values[: self.count] - values[self.count :]
        for times in (1, 2, 3, 6):
            move = np.rint(values * times).astype(np.int64)
            if self.holds(move, floor, frozen) and sign * int(move[self.wanted[cell]].sum()) >= amount:
                return move
        return None

    def holds(self, move: np.ndarray, floor: np.ndarray, frozen: np.ndarray) -> bool:
        """Whether a whole move is possible, in exact arithmetic."""
        return bool((move >= floor).all() and not move[frozen].any() and not (self.part.equations @ move).any())

    def _whole(
        self, row: int, cell: int, sign: int, amount: int, floor: np.ndarray, frozen: np.ndarray
    ) -> tuple[np.ndarray | None, bool]:
        model, inf = self._integer(), highspy.kHighsInf
        self._restrict(model, floor, frozen, 1.0)
        model.changeRowBounds(row, *((float(amount), inf) if sign > 0 else (-inf, -float(amount))))
        model.setOptionValue("mip_rel_gap", 0.5)  # any move will do, the shortest is not needed
        model.run()
        if model.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return None, True
        move = self._checked(model, 1.0, cell, sign, amount, floor, frozen)
        return move, move is not None

    def _integer(self) -> highspy.Highs:
        model = self._build()
        model.setOptionValue("presolve", "on")
        model.setOptionValue("time_limit", float(self.seconds))
        kinds = np.full(2 * self.count, highspy.HighsVarType.kInteger)
        model.changeColsIntegrality(2 * self.count, self.columns, kinds)
        return model

    def extreme(self, cell: int, sign: int, whole: bool) -> int | None:
        """The largest change of `cell` in the direction `sign`; None where nothing bounds it."""
        floor, frozen = -self.room, np.zeros(self.count, dtype=bool)
        cost = np.zeros(2 * self.count)
        cost[self.wanted[cell]], cost[self.wanted[cell] + self.count] = -sign, sign
        for integer in (False, True):
            model = self._integer() if integer else self._build()
            unit = 1.0 if integer else self.unit
            self._restrict(model, floor, frozen, unit)
            # Gaining and losing at once changes nothing: only one of the two may be without bound.
            model.changeColsCost(2 * self.count, self.columns, cost)
            model.run()
            status = model.getModelStatus()
            if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
                return None  # a move of nothing is always possible, so it is not infeasible
            if status != highspy.HighsModelStatus.kOptimal:
                continue
            values = np.array(model.getSolution().col_value) * unit
            move = np.rint(values[: self.count] - values[self.count :]).astype(np.int64)
            if self.holds(move, floor, frozen):
                return abs(int(move[self.wanted[cell]].sum()))
            if not whole:
                return abs(round(model.getObjectiveValue() * unit))
        raise Unsafe(
            "The bounds of a hidden cell could not be found in time.",
            "Raise seconds_per_problem in disclosure.toml or hide more.",
        )


@dataclass(slots=True)
class _Mind:
    """What one contributor (or nobody in particular) knows in a part."""

    knows: dict[int, int]  # unknown -> what it contributes itself
    exactly: frozenset[int]  # cells it knows: it is the only contributor
    spared: frozenset[int]  # cells in which there is nothing to protect from it
    share: dict[int, int]  # cell -> what it contributes itself, where that limits what can be asked


class _Siege:
    """The attack on one part: every required bound, against everybody, by as few programs as possible."""

    def __init__(self, part: _Part, coarse: int, fine: int, integer: bool, seconds: float) -> None:
        self.part, self.coarse, self.fine = part, coarse, fine
        self.solver = _Solver(part, coarse, fine, seconds)
        self.minds: list[_Mind] = [_Mind({}, frozenset(), frozenset(), {})]

    def learn(self, known: _Known, cells: Sequence[_Cell]) -> None:
        """Turn contributions into minds; of contributors who could only ever object alike, the one who knows most."""
        nothing = frozenset(k for k, cell in enumerate(cells) if cell.own and not any(cell.own.values()))
        alone: dict[int, set[int]] = {}
        sole: dict[int, set[int]] = {}
        share: dict[int, dict[int, int]] = {}
        for k, cell in enumerate(cells):
            for c in cell.alone:
                alone.setdefault(c, set()).add(k)
            if cell.sole is not None:
                sole.setdefault(cell.sole, set()).add(k)
            for c, x in cell.own.items():
                if x:  # the lower end is never asked to be less than nothing
                    share.setdefault(c, {})[k] = x
        apart = set(alone) | set(share)
        found: list[dict[int, int]] = []
        special: dict[int, dict[int, int]] = {who: {} for who in apart}
        alike: dict[bytes, list[int]] = {}
        who, at, amount = known
        names, first, size = np.unique(who, return_index=True, return_counts=True)
        for c, a, b in zip(names.tolist(), first.tolist(), (first + size).tolist(), strict=True):
            if c in apart:
                special[c] = dict(zip(at[a:b].tolist(), amount[a:b].tolist(), strict=True))
            else:
                alike.setdefault(at[a:b].tobytes(), []).append(a)
        for where, starts in alike.items():
            places = np.frombuffer(where, dtype=at.dtype)
            knowing = amount[np.array(starts)[:, None] + np.arange(places.size)]
            found.extend(dict(zip(places.tolist(), row, strict=True)) for row in _undominated(knowing).tolist())
        # In the order of what they know: the order of the records must not show in the log.
        everybody = [(sorted(mind.items()), [], None, mind) for mind in found]
        everybody += [(sorted(m.items()), sorted(share.get(c, {}).items()), c, m) for c, m in special.items()]
        seen: set[tuple[Any, ...]] = set()
        for content, shares, contributor, mind in sorted(everybody, key=lambda one: one[:2]):
            one_row, only_positive = frozenset(sole.get(contributor, ())), frozenset(alone.get(contributor, ()))
            variants = [(one_row, one_row)]
            if only_positive != one_row:
                # Taken to know that everybody else reports nothing, it leaves no cell of nothing to protect.
                variants.append((only_positive, only_positive | nothing))
            for exactly, spared in variants:
                signature = (tuple(content), exactly, spared, tuple(shares))
                if signature not in seen:
                    seen.add(signature)
                    self.minds.append(_Mind(mind, exactly, spared, dict(shares)))

    def _limits(self, minds: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
        """Floor and frozen unknowns when all that some minds know is respected at once."""
        left = self.part.amount.copy()
        frozen = np.zeros(left.size, dtype=bool)
        for m in minds:
            for at, x in self.minds[m].knows.items():
                left[at] = min(left[at], self.part.amount[at] - x)
            for k in self.minds[m].exactly:
                frozen[self.solver.wanted[k]] = True
        return -(left * self.fine // self.coarse), frozen

    def fall(self, cells: Sequence[_Cell]) -> Iterable[tuple[int, Any, bool, bool]]:
        """The cells that fall: (cell, side, whether it took a contributor, whether the search did not end)."""
        count = len(self.minds)
        entries = [(m, at, x) for m, mind in enumerate(self.minds) for at, x in mind.knows.items()]
        by, at, known = (np.array([e[i] for e in entries], dtype=np.int64) for i in range(3))
        floors = -((self.part.amount[at] - known) * self.fine // self.coarse)
        stops = [(m, c) for m, mind in enumerate(self.minds) for k in mind.exactly for c in self.solver.wanted[k]]
        stop_by, stop_at = (np.array([s[i] for s in stops], dtype=np.int64) for i in range(2))
        lowest, none = self._limits([0])
        highest, anyone = self._limits(range(count))
        moves, fits, used = np.zeros((64, lowest.size), np.int64), np.zeros((64, count), bool), 0

        def keep(move: np.ndarray) -> np.ndarray:
            """Remember a move and its reverse; who could believe in the move."""
            nonlocal moves, fits, used
            unable = np.zeros(count, dtype=bool)
            for way in (-move, move):
                if (way < lowest).any():
                    continue
                unable = np.zeros(count, dtype=bool)
                unable[by[way[at] < floors]] = True
                unable[stop_by[way[stop_at] != 0]] = True
                if used == moves.shape[0]:
                    moves, fits = (np.concatenate([x, np.zeros_like(x)]) for x in (moves, fits))
                moves[used], fits[used] = way, ~unable
                used += 1
            return ~unable

        def steps(amount: Fraction) -> int:
            return -((-amount * self.fine // self.coarse) // 1)

        for k, cell in enumerate(cells):
            columns = self.solver.wanted[k]
            inside = np.zeros(lowest.size, dtype=bool)
            inside[columns] = True
            total = sum(cell.own.values())
            for side, sign, required in (("upper", 1, cell.up), ("lower", -1, cell.down)):
                if required <= 0:
                    continue
                needed = np.full(count, steps(required), dtype=np.int64)
                for m, mind in enumerate(self.minds):
                    if k in mind.spared:
                        needed[m] = 0
                    elif sign < 0 and k in mind.share:
                        needed[m] = min(int(needed[m]), max(0, steps(Fraction(total - mind.share[k]))))
                change = sign * moves[:used, columns].sum(axis=1)
                useful = np.flatnonzero(change > 0)
                doubt = (needed > 0) & ~(fits[useful] & (change[useful, None] >= needed)).any(axis=0)
                amount = int(needed.max())
                # Two bold proposals, a move nobody could object to and one that takes from nobody; then what
                # the doubters could all believe; then one doubter at a time, and that decides.
                for floor, frozen in ((highest, anyone & ~inside), (highest, none)):
                    if doubt.any():
                        move, _ = self.solver.reach(k, sign, amount, floor, frozen, settle=False)
                        if move is not None:
                            believed = keep(move)
                            doubt &= ~(believed & (sign * int(move[columns].sum()) >= needed))
                together = True
                while doubt.any():
                    who = np.flatnonzero(doubt)
                    group = who if together and who.size <= 10 else who[:1]
                    floor, frozen = self._limits(group.tolist())
                    asked = int(needed[group].max())
                    move, ended = self.solver.reach(k, sign, asked, floor, frozen, settle=group.size == 1)
                    if move is not None:
                        believed = keep(move)
                        doubt &= ~(believed & (sign * int(move[columns].sum()) >= needed))
                        doubt[group[:1]] = False
                    elif group.size == 1:
                        yield k, side, int(group[0]) > 0, not ended
                        break
                    else:
                        together = False


# --- small helpers --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Atoms:
    membership: np.ndarray
    classes: dict[str, np.ndarray]
    truth: np.ndarray


class _Buckets:
    """The positions of each label."""

    def __init__(self, label: np.ndarray) -> None:
        self.label = label
        self.order = np.argsort(label, kind="stable")
        found, first = np.unique(label[self.order], return_index=True)
        last = np.r_[first[1:], label.size]
        self.start = {int(k): (int(a), int(b)) for k, a, b in zip(found, first, last, strict=True) if k >= 0}

    def of(self, label: int) -> np.ndarray:
        a, b = self.start.get(label, (0, 0))
        return self.order[a:b]


def _coordinates(code: np.ndarray, sizes: Sequence[int], dims: Sequence[str]) -> _Atoms:
    parts = np.unravel_index(code, tuple(sizes)) if code.size else tuple(np.zeros(0, np.int64) for _ in sizes)
    return _Atoms(
        np.asarray(parts[0], dtype=np.int64),
        {d: np.asarray(p, dtype=np.int64) for d, p in zip(dims, parts[1:], strict=True)},
        np.zeros(0, np.int64),
    )


def _matrix(rows: list[Any], cols: list[Any], data: list[Any], shape: tuple[int, int]) -> sparse.csr_matrix:
    if not rows:
        return sparse.csr_matrix(shape, dtype=np.int64)
    return sparse.csr_matrix((np.concatenate(data), (np.concatenate(rows), np.concatenate(cols))), shape=shape)


def _add_up(who: np.ndarray, where: np.ndarray, amount: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sums of `amount` by (who, where), in exact arithmetic, ordered by who."""
    if not who.size:
        return who, where, amount
    order = np.lexsort((where, who))
    who, where, amount = who[order], where[order], amount[order]
    first = np.flatnonzero(np.r_[True, (who[1:] != who[:-1]) | (where[1:] != where[:-1])])
    return who[first], where[first], np.add.reduceat(amount, first)


def _undominated(knowing: np.ndarray) -> np.ndarray:
    """The rows that no other row equals or exceeds in every column: whoever knows less objects to nothing more."""
    kept = []
    knowing = knowing[np.argsort(-knowing.sum(axis=1), kind="stable")]
    while knowing.shape[0]:
        kept.append(knowing[0])
        knowing = knowing[(knowing > knowing[0]).any(axis=1)]
    return np.array(kept)


def _indices(column: pa.ChunkedArray) -> tuple[np.ndarray, list[str]]:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks else pa.array([], column.type)
    return column.indices.to_numpy(zero_copy_only=False).astype(np.int64), column.dictionary.to_pylist()


def _whole(column: pa.ChunkedArray, facts: Facts) -> tuple[np.ndarray, int]:
    """Values in whole smallest units, and the number of decimals a unit stands for."""
    kind = column.type
    if not pa.types.is_integer(kind) and not pa.types.is_decimal(kind):
        raise Unsafe(
            f"The values behind {facts.dataflow} are {kind}: sums of inexact numbers cannot be audited.",
            "Give VALUE as integers or decimals.",
        )
    scale = kind.scale if pa.types.is_decimal(kind) else 0
    too_large = Unsafe(f"The values behind {facts.dataflow} are too large to add up exactly.", "Use a larger unit.")
    try:
        numbers = _smallest_units(column)
    except (pa.ArrowInvalid, OverflowError):
        raise too_large from None
    # The margin leaves room for the rounding of a sum in floating point.
    if np.abs(numbers.astype(np.float64)).sum() >= 0.99 * 2**62:
        raise too_large
    if facts.integer and scale > 0:
        if (numbers % 10**scale).any():
            raise Unsafe(f"A whole measure of {facts.dataflow} has a fraction.", "Correct the value or the measure.")
        numbers, scale = numbers // 10**scale, 0
    return numbers, scale


def _smallest_units(column: pa.ChunkedArray) -> np.ndarray:
    """Integers as they are, decimals without their point. Raises ArrowInvalid or OverflowError beyond 64 bits."""
    if pa.types.is_integer(column.type):
        return column.cast(pa.int64()).to_numpy()
    column = column.cast(pa.decimal128(38, column.type.scale))
    # Sixteen bytes each: the lower half is the number where the upper half only repeats its sign.
    halves = [np.zeros(0, np.int64)]
    for chunk in column.chunks:
        both = np.frombuffer(chunk.buffers()[1], dtype=np.int64)
        halves.append(both[2 * chunk.offset : 2 * (chunk.offset + len(chunk))])
    lower, upper = np.concatenate(halves).reshape(-1, 2).T
    if (upper != lower >> 63).any():
        raise OverflowError
    return lower


def _mixed(dataflow: str) -> Unsafe:
    return Unsafe(
        f"The facts behind {dataflow} have negative values; the rules do not hold for measures of mixed sign.",
        "Publish positive and negative parts as two measures, or leave the measure out.",
    )


def _ancestry(dimension: str, codelists: Mapping[str, Codelist], codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The codes above each code, nearest first, without the total."""
    name = CODELIST_OF.get(dimension, f"CL_{dimension}")
    found = codelists.get(dimension) or codelists.get(name)
    return {
        c: tuple(a for a in found.ancestors(c) if a != TOTAL) if found is not None and c in found else ()
        for c in codes
    }


def _differences(shown: np.ndarray, names: Sequence[str]) -> Iterable[tuple[str, np.ndarray]]:
    """Memberships (rows of `shown`) that follow from the columns shown and are none of them: in these and not in those.

    Every pattern that occurs, and each column less every one inside it.
    """
    found: dict[bytes, tuple[str, np.ndarray]] = {}
    for pattern in np.unique(shown[shown.any(axis=1)], axis=0):
        mask = (shown == pattern).all(axis=1)
        said = "; ".join(("in " if p else "not in ") + name for name, p in zip(names, pattern, strict=True))
        found.setdefault(mask.tobytes(), (said, mask))
    for outer, inner in permutations(range(shown.shape[1]), 2):
        mask = shown[:, outer] & ~shown[:, inner]
        if mask.any() and not (shown[:, inner] & ~shown[:, outer]).any():
            found.setdefault(mask.tobytes(), (f"in {names[outer]}; not in {names[inner]}", mask))
    for said, mask in found.values():
        if not (shown == mask[:, None]).all(axis=0).any():
            yield said, mask


def _decomposable(sets: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """The crossings, joined until they form a decomposable scheme; only the largest are kept."""
    found = set(sets) or {frozenset()}
    nodes = sorted(set().union(*found))
    near: dict[str, set[str]] = {d: set() for d in nodes}
    for s in found:
        for a, b in combinations(sorted(s), 2):
            near[a].add(b)
            near[b].add(a)
    # Eliminate the dimension whose neighbours lack the fewest pairs; joining them triangulates the scheme.
    cliques: list[frozenset[str]] = []
    left = set(nodes)
    while left:
        def lacking(d: str) -> tuple[int, str]:
            around = sorted(near[d] & left)
            return sum(b not in near[a] for a, b in combinations(around, 2)), d

        d = min(left, key=lacking)
        around = near[d] & left
        for a, b in combinations(sorted(around), 2):
            near[a].add(b)
            near[b].add(a)
        cliques.append(frozenset(around | {d}))
        left.remove(d)
    # Pairs that occur in three tables but never together are one crossing in this scheme: that is exact.
    cliques = cliques or [frozenset()]
    return sorted({c for c in cliques if not any(c < other for other in cliques)}, key=sorted)


def _junctions(cliques: Sequence[frozenset[str]]) -> list[tuple[int, int]]:
    """A tree of the crossings in which what two share is shared along the way (largest overlaps first)."""
    pairs = sorted(combinations(range(len(cliques)), 2), key=lambda p: (-len(cliques[p[0]] & cliques[p[1]]), p))
    group = list(range(len(cliques)))
    tree = []
    for a, b in pairs:
        if group[a] != group[b]:
            tree.append((a, b))
            old, new = group[b], group[a]
            group = [new if g == old else g for g in group]
    return tree
