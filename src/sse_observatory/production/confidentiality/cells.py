"""The protector's view of tables: cells as sums of unknowns, what each contributor adds, what must stay open.

From the observations and the facts of one additive family to a `System` in which secondary suppression
is a question about rows of a matrix. What is taken as public is set out in
docs/explanation/confidentiality.md; the attacker builds its own model from the same page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from math import prod

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack  # type: ignore[import-untyped]

from sse_observatory.core import Unsafe
from sse_observatory.production.confidentiality.model import (
    CODELIST_OF,
    LARGEST_CROSSING,
    LARGEST_GRID,
    LARGEST_TABLE,
    Facts,
    Rules,
)
from sse_observatory.structures import TOTAL, Codelist

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Observed:
    """An observation of the family: where it stands, its codes, its true sum, the rule that hides it ('' for none)."""

    dataflow: str
    row: int
    key: Mapping[str, str]
    shown: bool
    total: int
    rule: str


@dataclass(slots=True)
class Target:
    """A cell that must stay uncertain by `up` above and `down` below, in steps of the system's grid.

    `observed` is the observation it is, if one shows it. `own` gives contributions where few contribute;
    `alone` the contributors who know the cell, `sole` the one with the only row.
    """

    observed: int | None
    up: int
    down: int
    total: int
    own: Mapping[int, int]
    alone: frozenset[int]
    sole: int | None


@dataclass(slots=True)
class System:
    """Cells as sums of unknowns.

    `truth[c]`: the true amount of unknown c. `parts`: one row for each observation and crossing it can be
    read from, `parts_of[o]` which rows belong to observation o. `links`: what crossings share, always equal;
    `pins[l]` the observations each of which, shown, makes link l redundant. `sums`: one row per target.
    `knows`: contributor, unknown, amount. `coarse`/`fine`: the grid of moves.
    """

    observed: list[Observed]
    truth: Ints
    parts: csr_matrix
    parts_of: list[list[int]]
    links: csr_matrix
    pins: list[frozenset[int]]
    targets: list[Target]
    sums: csr_matrix
    knows: tuple[Ints, Ints, Ints]
    coarse: int
    fine: int

    def steps(self, amount: Fraction | int) -> int:
        """An amount in steps of the grid, rounded up."""
        return _ceil(Fraction(amount) * self.fine / self.coarse)


def system(facts: Facts, tables: Mapping[str, pa.Table], codelists: Mapping[str, Codelist], rules: Rules) -> System:
    """The system of one additive family. Raises Unsafe for facts the rules cannot be applied to."""
    seen = list(_observations(facts, tables))
    records = _Records(facts, [key for _, _, key, _ in seen])
    axes, members = _axes(records, seen, codelists, facts)
    return _Builder(facts, rules, seen, records, axes, members).build()


def _observations(
    facts: Facts, tables: Mapping[str, pa.Table]
) -> Iterator[tuple[str, int, dict[str, str], Decimal | None]]:
    for dataflow in facts.dataflows:
        table = tables.get(dataflow)
        if table is None:
            continue
        codes = table.column_names[: table.column_names.index("OBS_VALUE")]
        for n, row in enumerate(table.select(codes).to_pylist()):
            if row.get("MEASURE") in facts.measures and all(row.get(d) == c for d, c in facts.where.items()):
                yield dataflow, n, row, table["OBS_VALUE"][n].as_py()


class _Records:
    """The facts: contributor, value in whole smallest units, and a code column per dimension, added up."""

    def __init__(self, facts: Facts, keys: Sequence[Mapping[str, str]]) -> None:
        names = list(dict.fromkeys(d for key in keys for d in key))
        has = set(facts.rows.column_names if isinstance(facts.rows, pa.Table) else facts.rows.columns)
        if not {"CONTRIBUTOR", "VALUE"} <= has:
            raise Unsafe(f"The facts behind {facts.dataflow} lack CONTRIBUTOR or VALUE.", "Add the columns.")
        for d in names:
            if d not in has and len({key.get(d) for key in keys}) > 1:
                raise Unsafe(
                    f"The observations of {facts.dataflow} vary by {d}, the facts behind them do not say it.",
                    f"Add the column {d} to the facts, or say in `where` which observations they stand behind.",
                )
        self.dims = [d for d in names if d in has]
        rows = facts.rows
        if not isinstance(rows, pa.Table):
            by = ["CONTRIBUTOR", *self.dims]
            rows = rows.group_by(by).aggregate(VALUE=rows.VALUE.sum(), SMALLEST=rows.VALUE.min()).to_pyarrow()
            self._refuse_negative(rows["SMALLEST"], facts)
        rows = rows.select(["CONTRIBUTOR", "VALUE", *self.dims])
        if rows["VALUE"].null_count:
            rows = rows.filter(pc.is_valid(rows["VALUE"]))
        if any(rows[c].null_count for c in ("CONTRIBUTOR", *self.dims)):
            raise Unsafe(
                f"Facts behind {facts.dataflow} have no contributor or no code.",
                "Give every row its holding group and its codes; UNK where a code is not known.",
            )
        self._refuse_negative(rows["VALUE"], facts)
        self.value, self.scale = _in_smallest_units(rows["VALUE"], facts)
        who = _one(rows["CONTRIBUTOR"].combine_chunks().dictionary_encode())
        self.contributor: Ints = np.asarray(who.indices, dtype=np.int64)
        self.codes: dict[str, tuple[Ints, list[str]]] = {}
        for d in self.dims:
            column = _one(rows[d].combine_chunks().dictionary_encode())
            self.codes[d] = np.asarray(column.indices, dtype=np.int64), column.dictionary.to_pylist()

    @staticmethod
    def _refuse_negative(column: pa.ChunkedArray, facts: Facts) -> None:
        if len(column) and pc.any(pc.less(column, pa.scalar(0, column.type))).as_py():
            raise Unsafe(
                f"The facts behind {facts.dataflow} have negative values; the rules do not hold for mixed signs.",
                "Publish positive and negative parts as two measures, or leave the measure out.",
            )


def _one(column: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    if isinstance(column, pa.ChunkedArray):
        return column.chunk(0) if column.num_chunks else pa.array([], pa.string()).dictionary_encode()
    return column


def _in_smallest_units(column: pa.ChunkedArray, facts: Facts) -> tuple[Ints, int]:
    scale = column.type.scale if pa.types.is_decimal(column.type) else 0
    if not pa.types.is_decimal(column.type) and not pa.types.is_integer(column.type):
        raise Unsafe(
            f"The values behind {facts.dataflow} are {column.type}: inexact numbers cannot be protected exactly.",
            "Give VALUE as integers or decimals.",
        )
    try:
        if pa.types.is_decimal(column.type):
            # The same digits read as a number without decimals.
            whole = pa.decimal128(38, 0)
            digits = column.cast(pa.decimal128(38, scale)).chunks
            pieces = [pa.Array.from_buffers(whole, len(c), c.buffers(), offset=c.offset) for c in digits]
            column = pa.chunked_array(pieces, whole)
        value: Ints = column.cast(pa.int64()).to_numpy()
        upper, lower = int((value >> 31).sum()), int((value & (2**31 - 1)).sum())
        if (upper << 31) + lower >= 2**62:
            raise OverflowError
    except (pa.ArrowInvalid, OverflowError):
        raise Unsafe(
            f"The values behind {facts.dataflow} are too large to add up exactly.", "Use a larger unit."
        ) from None
    if facts.integer and scale:
        if (value % 10**scale).any():
            raise Unsafe(f"A whole measure of {facts.dataflow} has a fraction.", "Correct the value or the measure.")
        value, scale = value // 10**scale, 0
    return value, scale


@dataclass(slots=True)
class _Axis:
    """A dimension that adds up: `level[k][c]` is the cell class c falls into at depth k; `of_code` per finest code.

    `ends[c]` is the depth down to which every code of class c has a row in a complete table.
    """

    name: str
    size: int
    codes: dict[str, int]
    depth: dict[str, int]
    level: list[Ints]
    of_code: dict[str, int]
    ends: Ints
    words: list[str]

    @property
    def width(self) -> int:
        return len(self.codes) + self.size


def _axes(
    records: _Records,
    seen: Sequence[tuple[str, int, dict[str, str], Decimal | None]],
    codelists: Mapping[str, Codelist],
    facts: Facts,
) -> tuple[list[_Axis], list[str]]:
    axes: list[_Axis] = []
    members: list[str] = []
    for d in records.dims:
        occurring, asked = set(records.codes[d][1]), {key.get(d, TOTAL) for _, _, key, _ in seen}
        codelist = codelists.get(d) or codelists.get(CODELIST_OF.get(d, "CL_" + d))

        def path(code: str, codelist: Codelist | None = codelist) -> list[str]:
            """The code and those above it, the total left out."""
            if codelist is None or code not in codelist:
                return [code]
            return [code, *(c for c in codelist.ancestors(code) if c != TOTAL)]

        adds_up = TOTAL in asked or any(set(path(c)[1:]) & asked for c in occurring | asked)
        if d in facts.set_valued or not adds_up:
            members.append(d)
            continue
        named = sorted(asked - {TOTAL})
        codes = {c: n for n, c in enumerate(named)}
        depth = {TOTAL: 0, **{c: len(path(c)) for c in named}}
        above_something = {a for c in occurring | set(named) for a in path(c)[1:]}
        finest = sorted(occurring | (set(named) - above_something)) or [TOTAL]
        kinds: dict[frozenset[str], int] = {}
        of_code = {c: kinds.setdefault(frozenset(path(c)) & set(named), len(kinds)) for c in finest}
        level = []
        for k in range(max(depth.values()) + 1):
            at = [next((codes[c] for c in kind if depth[c] == k), len(codes) + n) for n, kind in enumerate(kinds)]
            level.append(np.array(at, dtype=np.int64))
        words = [max(kind, key=lambda c: depth[c]) if kind else "(rest)" for kind in kinds]
        ends = np.array([min(len(path(c)) for c in finest if of_code[c] == n) for n in range(len(kinds))], np.int64)
        axes.append(_Axis(d, len(kinds), codes, depth, level, of_code, ends, words))
    return axes, members


class _Grid:
    """Possible combinations of classes: of one crossing, or those that occur."""

    def __init__(self, member: Ints, place: Mapping[str, Ints]) -> None:
        self.member, self.place, self.truth = member, place, np.zeros(member.size, np.int64)

    def cells(self, axes: Sequence[_Axis], depths: Sequence[int], chosen: NDArray[np.bool_]) -> Ints:
        """The number of the cell each combination falls into under a breakdown; -1 where it is not counted."""
        number = np.zeros(self.member.size, dtype=np.int64)
        for axis, k in zip(axes, depths, strict=True):
            if k:
                number = number * axis.width + axis.level[k][self.place[axis.name]]
        return np.where(chosen[self.member], number, -1)


@dataclass(slots=True)
class _Behind:
    """What stands behind one cell."""

    total: int
    n: int
    positive: int
    x1: int
    x2: int


class _Builder:
    def __init__(
        self,
        facts: Facts,
        rules: Rules,
        seen: Sequence[tuple[str, int, dict[str, str], Decimal | None]],
        records: _Records,
        axes: list[_Axis],
        members: list[str],
    ) -> None:
        self.facts, self.rules, self.seen, self.axes, self.members = facts, rules, seen, axes, members
        self.scale = records.scale
        self._combine(records)

    # facts ---------------------------------------------------------------------------------------------------

    def _combine(self, records: _Records) -> None:
        """Classes of memberships, then contributions by occurring combination."""
        named = {d: {key[d] for _, _, key, _ in self.seen if d in key} for d in self.members}
        labels: list[list[frozenset[str]]] = []
        keep = np.ones(records.value.size, dtype=bool)
        code = np.zeros(records.value.size, dtype=np.int64)
        for d in self.members:
            index, words = records.codes[d]
            sets = [frozenset(w.split(";") if d in self.facts.set_valued else [w]) & named[d] for w in words]
            # Sorted, so that the order in which an engine delivers rows decides nothing.
            numbers = {s: n for n, s in enumerate(sorted(set(sets), key=sorted))}
            labels.append(list(numbers))
            of_word = np.array([numbers[s] for s in sets], dtype=np.int64)
            is_empty = np.array([not s for s in sets], dtype=bool)
            if words:
                keep &= ~is_empty[index]
                code = code * len(numbers) + of_word[index]
        distinct, member = np.unique(code[keep], return_inverse=True)
        self.kinds: list[dict[str, frozenset[str]]] = []
        for c in distinct.tolist():
            kind: dict[str, frozenset[str]] = {}
            for d, sets in zip(reversed(self.members), reversed(labels), strict=True):
                c, n = divmod(c, len(sets))
                kind[d] = sets[n]
            self.kinds.append(kind)
        for _, _, key, _ in self.seen:
            if not any(self._counts(kind, key) for kind in self.kinds):
                self.kinds.append({d: frozenset({key[d]} if d in key else ()) for d in self.members})
        columns: dict[str, Ints] = {"who": records.contributor[keep], "amount": records.value[keep]}
        joint = member.astype(np.int64)
        if prod([len(self.kinds), *(a.size for a in self.axes)]) >= 2**62:
            raise Unsafe(f"{self.facts.dataflow} has too many dimensions to protect.", "Split the dataflow.")
        for axis in self.axes:
            index, words = records.codes[axis.name]
            classes = np.array([axis.of_code[w] for w in words], dtype=np.int64)
            joint = joint * axis.size + classes[index[keep]]
        columns["joint"] = joint
        added = pa.table(columns).group_by(["who", "joint"]).aggregate([("amount", "sum")])
        who, joint, amount = (np.asarray(added[c].to_numpy()) for c in ("who", "joint", "amount_sum"))
        occurring, at = np.unique(joint, return_inverse=True)
        shape = [len(self.kinds), *(a.size for a in self.axes)]
        spots = np.unravel_index(occurring, shape) if occurring.size else [np.zeros(0, np.int64)] * len(shape)
        self.occurring = _Grid(
            np.asarray(spots[0], np.int64),
            {a.name: np.asarray(s, np.int64) for a, s in zip(self.axes, spots[1:], strict=True)},
        )
        np.add.at(self.occurring.truth, at, amount)
        # Contributors are told apart where they stand in several combinations or among few; a crowd needs
        # only its size and its two largest.
        several = np.bincount(who, minlength=1 + int(who.max(initial=0)))[who] > 1
        least = max(3, self.rules.min_contributors)
        among_few = np.bincount(at, weights=amount > 0, minlength=occurring.size)[at] < least
        apart = several | among_few
        self.apart = who[apart], at[apart], amount[apart]
        order = np.lexsort((-amount[~apart], at[~apart]))
        at, amount = at[~apart][order], amount[~apart][order]
        self.crowds, first, self.crowd_n = np.unique(at, return_index=True, return_counts=True)
        self.crowd_total = np.add.reduceat(amount, first) if at.size else _NOTHING
        self.crowd_positive = np.add.reduceat((amount > 0).astype(np.int64), first) if at.size else _NOTHING
        self.crowd_x1 = amount[first]
        second = np.minimum(first + 1, at.size - 1)
        self.crowd_x2 = np.where(self.crowd_n > 1, amount[second], 0) if at.size else _NOTHING

    def _counts(self, kind: Mapping[str, frozenset[str]], key: Mapping[str, str]) -> bool:
        return all(key[d] in kind[d] for d in self.members if d in key)

    # cells ---------------------------------------------------------------------------------------------------

    def build(self) -> System:
        """Rows, links and targets over the possible combinations, then unknowns that behave alike made one."""
        plans = self._plans()
        self._crossings([depths for depths, _ in plans])
        observed: list[Observed] = []
        rows: list[tuple[int, Ints]] = []
        parts_of: list[list[int]] = []
        targets: list[Target] = []
        sums: list[tuple[int, Ints]] = []
        self.void = [np.zeros(g.member.size, dtype=bool) for g in self.grids]
        largest = int(self.occurring.truth.sum())
        fine = 1 if self.facts.integer or largest * 60 >= LARGEST_TABLE else 60
        coarse = 1
        while largest // coarse >= LARGEST_TABLE:
            coarse *= 2

        def add_target(which: int | None, need: tuple[Fraction, Fraction, str], cell: int, where: Ints) -> None:
            protect(which, need, self.behind[cell], self.own.get(cell, {}), where)

        def protect(
            which: int | None,
            need: tuple[Fraction, Fraction, str],
            behind: _Behind,
            own: Mapping[int, int],
            where: Ints,
        ) -> None:
            own = own if need[2] == "contributors" else {}
            alone = frozenset(
                c for c, x in own.items() if len(own) == 1 or (x > 0 and behind.positive == 1)
            )
            up, down = (_ceil(f * fine / coarse) for f in need[:2])
            targets.append(
                Target(which, up, down, behind.total, own, alone, next(iter(own)) if len(own) == 1 else None)
            )
            sums.append((self.home, where))

        def add_sums(depths: Sequence[int], chosen: NDArray[np.bool_], spots: Mapping[int, Ints]) -> None:
            for together, need, behind, own in self._of_the_same_few(depths, chosen):
                protect(None, need, behind, own, np.sort(np.concatenate([spots[cell] for cell in together])))

        for depths, groups in plans:
            active = frozenset(a.name for a, k in zip(self.axes, depths, strict=True) if k)
            homes = [n for n, c in enumerate(self.crossings) if active <= c]
            self.home = homes[0]
            for kinds, members in groups:
                chosen = np.array([n in kinds for n in range(len(self.kinds))], dtype=bool)
                self._look(depths, chosen)
                spots = {h: _positions(self.grids[h].cells(self.axes, depths, chosen)) for h in homes}
                asked: set[int] = set()
                for n in members:
                    dataflow, row, key, value = self.seen[n]
                    cell = self._number(key, depths)
                    asked.add(cell)
                    behind = self.behind.get(cell)
                    need = self._need(behind)
                    rule = need[2] if need else ""
                    total = behind.total if behind else 0
                    observed.append(Observed(dataflow, row, key, value is not None, total, rule))
                    parts_of.append([])
                    for h in homes:
                        parts_of[-1].append(len(rows))
                        rows.append((h, spots[h].get(cell, _NOTHING)))
                    if need:
                        add_target(len(observed) - 1, need, cell, spots[self.home][cell])
                for cell, behind in self.behind.items():
                    need = self._need(behind)
                    if cell not in asked and need:
                        add_target(None, need, cell, spots[self.home][cell])
                add_sums(depths, chosen, spots[self.home])
                for h in homes:
                    for cell, where in spots[h].items():
                        if cell not in asked and cell not in self.behind:
                            rows_exist = np.ones(where.size, dtype=bool)
                            for axis, k in zip(self.axes, depths, strict=True):
                                if k:
                                    rows_exist &= axis.ends[self.grids[h].place[axis.name][where]] >= k
                            self.void[h][where[rows_exist]] = True
            if self.rules.differences and len(self.kinds) > 1:
                for together in _between([kinds for kinds, _ in groups], len(self.kinds)):
                    chosen = np.array([n in together for n in range(len(self.kinds))], dtype=bool)
                    self._look(depths, chosen)
                    needs = {cell: need for cell, b in self.behind.items() if (need := self._need(b))}
                    if needs:
                        where_is = _positions(self.grids[self.home].cells(self.axes, depths, chosen))
                        for cell, need in needs.items():
                            add_target(None, need, cell, where_is[cell])
                        add_sums(depths, chosen, where_is)
        return self._assemble(observed, rows, parts_of, targets, sums, coarse, fine)

    def _plans(self) -> list[tuple[tuple[int, ...], list[tuple[frozenset[int], list[int]]]]]:
        """Observations by breakdown (depth of each axis) and by the memberships they count."""
        plans: dict[tuple[int, ...], dict[tuple[tuple[str, str], ...], list[int]]]
        plans = defaultdict(lambda: defaultdict(list))
        for n, (_, _, key, _) in enumerate(self.seen):
            depths = tuple(a.depth[key.get(a.name, TOTAL)] for a in self.axes)
            plans[depths][tuple((d, key[d]) for d in self.members if d in key)].append(n)
        return [
            (
                depths,
                [
                    (frozenset(n for n, kind in enumerate(self.kinds) if self._counts(kind, dict(chosen))), found)
                    for chosen, found in groups.items()
                ],
            )
            for depths, groups in plans.items()
        ]

    def _number(self, key: Mapping[str, str], depths: Sequence[int]) -> int:
        number = 0
        for axis, k in zip(self.axes, depths, strict=True):
            if k:
                number = number * axis.width + axis.codes[key[axis.name]]
        return number

    def _look(self, depths: Sequence[int], chosen: NDArray[np.bool_]) -> None:
        """Fill `behind` (per cell of a breakdown) and `own` (contributions, where no crowd is part of the cell)."""
        cell = self.occurring.cells(self.axes, depths, chosen)
        self.behind: dict[int, _Behind] = {}
        self.own: dict[int, dict[int, int]] = defaultdict(dict)
        who, at, amount = self.apart
        inside = cell[at] >= 0
        who, at, amount = who[inside], cell[at[inside]], amount[inside]
        order = np.lexsort((who, at))
        who, at, amount = who[order], at[order], amount[order]
        starts = np.flatnonzero(np.r_[True, (at[1:] != at[:-1]) | (who[1:] != who[:-1])]) if at.size else _NOTHING
        amount = np.add.reduceat(amount, starts) if at.size else amount
        who, at = who[starts], at[starts]
        crowd = cell[self.crowds]
        with_crowd = crowd >= 0
        number = np.r_[at, crowd[with_crowd], crowd[with_crowd]]
        size = np.r_[amount, self.crowd_x1[with_crowd], self.crowd_x2[with_crowd]]
        if not number.size:
            return
        order = np.lexsort((-size, number))
        number, size = number[order], size[order]
        found, first, many = np.unique(number, return_index=True, return_counts=True)

        def per_cell(single: Ints, crowded: Ints) -> Ints:
            result = np.zeros(found.size, dtype=np.int64)
            np.add.at(result, np.searchsorted(found, at), single)
            np.add.at(result, np.searchsorted(found, crowd[with_crowd]), crowded[with_crowd])
            return result

        n = per_cell(np.ones(at.size, np.int64), self.crowd_n)
        positive = per_cell((amount > 0).astype(np.int64), self.crowd_positive)
        total = per_cell(amount, self.crowd_total)
        second = np.where(many > 1, size[np.minimum(first + 1, size.size - 1)], 0)
        for cell_number, *values in zip(
            *(a.tolist() for a in (found, total, n, positive, size[first], second)), strict=True
        ):
            self.behind[cell_number] = _Behind(*values)
        among_few = (np.minimum(n, positive) < self.rules.min_contributors)[np.searchsorted(found, at)]
        for c, w, x in zip(*(a[among_few].tolist() for a in (at, who, amount)), strict=True):
            self.own[c][w] = x

    def _of_the_same_few(
        self, depths: Sequence[int], chosen: NDArray[np.bool_]
    ) -> Iterator[tuple[tuple[int, ...], tuple[Fraction, Fraction, str], _Behind, dict[int, int]]]:
        """Unsafe sums of unsafe cells: what all hidden cells of a line add up to follows from the rest of the line.

        Taken together are the cells under one larger cell that have no contributors but those of one of them, or in
        which the same contributor is the largest.
        """
        unsafe = {cell: behind for cell, behind in self.behind.items() if self._need(behind)}
        cell = self.occurring.cells(self.axes, depths, chosen)
        own: dict[int, dict[int, int]] = {c: {} for c in unsafe}
        among: dict[int, set[int]] = {}  # contributor -> unsafe cells
        who, at, amount = self.apart
        numbers = np.fromiter(unsafe, dtype=np.int64, count=len(unsafe))
        known, spots = np.isin(cell[at], numbers), np.flatnonzero(np.isin(cell, numbers))
        for w, c, x in zip(who[known].tolist(), cell[at[known]].tolist(), amount[known].tolist(), strict=True):
            own[c][w] = own[c].get(w, 0) + x
            among.setdefault(w, set()).add(c)
        several = {w: cells for w, cells in among.items() if len(cells) > 1}
        if not several:
            return
        crowds: dict[int, list[int]] = defaultdict(list)
        for n, c in enumerate(cell[self.crowds].tolist()):
            crowds[c].append(n)
        least = self.rules.min_contributors
        few = {
            c: frozenset(w for w, x in own[c].items() if x > 0)
            for c, b in unsafe.items()
            if b.total and (b.n < least or b.positive < least)
        }
        groups = {names for names in few.values() if not names.isdisjoint(several)}
        found: set[tuple[int, ...]] = set()
        for outer in product(*(range(k + 1) for k in depths)):
            if outer == tuple(depths):
                continue
            larger = self.occurring.cells(self.axes, outer, chosen)
            under: dict[int, set[int]] = defaultdict(set)
            for c, m in zip(cell[spots].tolist(), larger[spots].tolist(), strict=True):
                under[c].add(m)
            line = {c: min(m) for c, m in under.items() if len(m) == 1}
            for names in groups:
                near = {c for w in names for c in among[w] if c in line and c in few and few[c] <= names}
                for m in {line[c] for c in near if few.get(c) == names}:
                    found.add(tuple(sorted(c for c in near if line[c] == m)))
            for w, cells in several.items():
                led: dict[int, list[int]] = defaultdict(list)
                for c in sorted(cells):
                    if c in line and own[c][w] == unsafe[c].x1 > 0:
                        led[line[c]].append(c)
                found.update(map(tuple, led.values()))
        for together in sorted(found):
            if len(together) < 2:
                continue
            behind, by = self._added(together, unsafe, own, crowds)
            need = self._need(behind)
            if need:
                yield together, need, behind, by

    def _added(
        self,
        together: Sequence[int],
        unsafe: Mapping[int, _Behind],
        own: Mapping[int, Mapping[int, int]],
        crowds: Mapping[int, Sequence[int]],
    ) -> tuple[_Behind, dict[int, int]]:
        """What stands behind several cells together."""
        by: dict[int, int] = defaultdict(int)
        for c in together:
            for w, x in own[c].items():
                by[w] += x
        inside = [n for c in together for n in crowds[c]]
        largest = sorted([*by.values(), *(int(x) for n in inside for x in (self.crowd_x1[n], self.crowd_x2[n]))])[::-1]
        behind = _Behind(
            sum(unsafe[c].total for c in together),
            len(by) + sum(int(self.crowd_n[n]) for n in inside),
            sum(x > 0 for x in by.values()) + sum(int(self.crowd_positive[n]) for n in inside),
            *[*largest, 0, 0][:2],
        )
        return behind, dict(by)

    def _need(self, behind: _Behind | None) -> tuple[Fraction, Fraction, str] | None:
        """Room above, room below and the rule, for a cell that may not be shown; None for any other."""
        if behind is None or (self.facts.kind == "count" and behind.total == 0):
            return None
        least, total = self.rules.min_contributors, Fraction(behind.total)
        few = behind.n < least or 0 < behind.positive < least
        room = max(Fraction(1), total * self.rules.safety_range_percent / 100)
        if self.facts.kind == "count":
            wanted = least * 10**self.scale
            if behind.total < wanted:
                return wanted - total, Fraction(0), "contributors" if few else "count"
            return (room, min(room, total), "contributors") if few else None
        short = self.rules.p_percent * behind.x1 / 100 - (behind.total - behind.x1 - behind.x2)
        if few:
            return max(room, short), min(room, total), "contributors"
        return (short, Fraction(0), "p percent") if short > 0 else None

    # crossings ---------------------------------------------------------------------------------------------------

    def _crossings(self, breakdowns: Sequence[Sequence[int]]) -> None:
        shown = {frozenset(a.name for a, k in zip(self.axes, depths, strict=True) if k) for depths in breakdowns}
        self.crossings = _chordal(shown)
        self.grids: list[_Grid] = []
        self.in_grid: list[Ints] = []
        for crossing in self.crossings:
            axes = [a for a in self.axes if a.name in crossing]
            shape = [len(self.kinds), *(a.size for a in axes)]
            code = self.occurring.member
            for a in axes:
                code = code * a.size + self.occurring.place[a.name]
            possible = np.arange(prod(shape)) if prod(shape) <= (
                LARGEST_GRID if crossing in shown else LARGEST_CROSSING
            ) else np.unique(code)
            spots = np.unravel_index(possible, shape) if possible.size else [_NOTHING] * len(shape)
            grid = _Grid(
                np.asarray(spots[0], np.int64),
                {a.name: np.asarray(s, np.int64) for a, s in zip(axes, spots[1:], strict=True)},
            )
            at = np.searchsorted(possible, code)
            np.add.at(grid.truth, at, self.occurring.truth)
            self.grids.append(grid)
            self.in_grid.append(at)

    def _assemble(
        self,
        observed: list[Observed],
        rows: list[tuple[int, Ints]],
        parts_of: list[list[int]],
        targets: list[Target],
        sums: list[tuple[int, Ints]],
        coarse: int,
        fine: int,
    ) -> System:
        start = np.cumsum([0, *(g.member.size for g in self.grids)])
        total = int(start[-1])
        parts = _stack([w + start[h] for h, w in rows], None, total)
        sum_rows = _stack([w + start[h] for h, w in sums], None, total)
        link_rows, signs, pins = [], [], []
        row_of_part = {p: o for o, own in enumerate(parts_of) for p in own}
        for a, b in _tree(self.crossings):
            shared = [axis for axis in self.axes if axis.name in self.crossings[a] & self.crossings[b]]
            ends = []
            for side in (a, b):
                number = self.grids[side].member
                for axis in shared:
                    number = number * axis.size + self.grids[side].place[axis.name]
                ends.append(number)
            pinned: dict[int, set[int]] = defaultdict(set)
            sizes = dict(zip(*(x.tolist() for x in np.unique(ends[0], return_counts=True)), strict=True))
            for p, (h, where) in enumerate(rows):
                if h == a and where.size:
                    first = int(ends[0][where[0]])
                    if sizes[first] == where.size and (ends[0][where] == first).all():
                        pinned[first].add(row_of_part[p])
            left, right = _positions(ends[0]), _positions(ends[1])
            for shared_cell in sorted(set(left) | set(right)):
                one, other = left.get(shared_cell, _NOTHING), right.get(shared_cell, _NOTHING)
                link_rows.append(np.r_[one + start[a], other + start[b]])
                signs.append(np.r_[np.ones(one.size, np.int64), -np.ones(other.size, np.int64)])
                pins.append(frozenset(pinned[shared_cell]))
        links = _stack(link_rows, signs, total)
        usable = ~np.concatenate(self.void)
        merged, count = _alike(vstack([parts, links, sum_rows]).tocsc(), usable)
        truth = np.zeros(count, dtype=np.int64)
        all_truth = np.concatenate([g.truth for g in self.grids])
        np.add.at(truth, merged[merged >= 0], all_truth[merged >= 0])
        lead = np.zeros(count, dtype=np.int64)
        lead[merged[merged >= 0]] = np.flatnonzero(merged >= 0)
        who, at, amount = self.apart
        crowd_who = -1 - self.crowds
        who, at, amount = np.r_[who, crowd_who], np.r_[at, self.crowds], np.r_[amount, self.crowd_x1]
        ws, cs, xs = [], [], []
        for n, in_grid in enumerate(self.in_grid):
            column = merged[in_grid[at] + start[n]]
            ws.append(who[column >= 0])
            cs.append(column[column >= 0])
            xs.append(amount[column >= 0])
        key = pa.table({"w": np.concatenate(ws), "c": np.concatenate(cs), "x": np.concatenate(xs)})
        known = key.group_by(["w", "c"]).aggregate([("x", "sum")])
        return System(
            observed, truth, parts[:, lead], parts_of, links[:, lead], pins, targets, sum_rows[:, lead],
            (known["w"].to_numpy(), known["c"].to_numpy(), known["x_sum"].to_numpy()), coarse, fine,
        )  # fmt: skip


def _between(groups: Sequence[frozenset[int]], kinds: int) -> list[frozenset[int]]:
    """Kinds of membership that follow from the groups a breakdown shows, without being one of them.

    What it tells apart (in these and not in those), and what remains of a group without one inside it.
    """
    apart: dict[frozenset[int], set[int]] = defaultdict(set)
    for kind in range(kinds):
        apart[frozenset(n for n, group in enumerate(groups) if kind in group)].add(kind)
    found = {frozenset(together) for signature, together in apart.items() if signature}
    found |= {group - inner for group in groups for inner in groups if inner < group}
    return sorted((together for together in found if together not in groups), key=sorted)


_NOTHING: Ints = np.zeros(0, dtype=np.int64)


def _ceil(value: Fraction) -> int:
    return -((-value.numerator) // value.denominator)


def _positions(number: Ints) -> dict[int, Ints]:
    """Where each number (from 0 on) stands."""
    order = np.argsort(number, kind="stable")
    found, first = np.unique(number[order], return_index=True)
    pieces = np.split(order, first[1:])
    return {int(k): piece for k, piece in zip(found, pieces, strict=False) if k >= 0}


def _stack(rows: Sequence[Ints], signs: Sequence[Ints] | None, width: int) -> csr_matrix:
    """Rows of a sparse matrix from the columns they touch."""
    ends = np.cumsum([0, *(r.size for r in rows)])
    columns = np.concatenate(rows) if rows else _NOTHING
    data = np.concatenate(signs) if signs else np.ones(columns.size, dtype=np.int64)
    return csr_matrix((data, columns, ends), shape=(len(rows), width))


def _alike(matrix: csr_matrix, usable: NDArray[np.bool_]) -> tuple[Ints, int]:
    """For each column the number of its kind (columns with the same entries), -1 where unusable or in no row."""
    matrix.sort_indices()
    result = np.full(matrix.shape[1], -1, dtype=np.int64)
    kinds: dict[bytes, int] = {}
    for c in np.flatnonzero(usable & (np.diff(matrix.indptr) > 0)).tolist():
        a, b = matrix.indptr[c], matrix.indptr[c + 1]
        key = matrix.indices[a:b].tobytes() + matrix.data[a:b].tobytes()
        result[c] = kinds.setdefault(key, len(kinds))
    return result, len(kinds)


def _chordal(shown: set[frozenset[str]]) -> list[frozenset[str]]:
    """The maximal crossings of a decomposable scheme that contains all shown ones (minimum fill-in)."""
    neighbours: dict[str, set[str]] = {d: set() for s in shown for d in s}
    for s in shown:
        for d in s:
            neighbours[d] |= s - {d}
    found: set[frozenset[str]] = set()
    while neighbours:
        fill = {
            d: sum(1 for a, b in combinations(sorted(near), 2) if b not in neighbours[a])
            for d, near in neighbours.items()
        }
        d = min(sorted(fill), key=fill.__getitem__)
        near = neighbours.pop(d)
        for a in near:
            neighbours[a] = (neighbours[a] | near) - {a, d}
        found.add(frozenset(near | {d}))
    found = found or {frozenset()}
    return sorted((c for c in found if not any(c < other for other in found)), key=lambda c: sorted(c))


def _tree(crossings: Sequence[frozenset[str]]) -> list[tuple[int, int]]:
    """Kruskal's tree of largest overlaps: a junction tree of a decomposable scheme."""
    root = list(range(len(crossings)))

    def top(n: int) -> int:
        while root[n] != n:
            n = root[n]
        return n

    edges = []
    pairs = combinations(range(len(crossings)), 2)
    for a, b in sorted(pairs, key=lambda e: (-len(crossings[e[0]] & crossings[e[1]]), e)):
        if top(a) != top(b):
            root[top(b)] = top(a)
            edges.append((a, b))
    return edges
