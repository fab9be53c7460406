"""Secondary suppression: which further cells to hide so that every primary one stays uncertain enough.

A *move* changes the unknowns by whole steps and leaves every shown cell as it is; it proves that a cell
may be larger or smaller than it is. First cells are hidden until every required move exists: a linear
program finds the cheapest set of shown cells a move has to pass through. Then every secondary cell is
shown again unless that would leave a requirement without a move, so that what remains is
inclusion-minimal. Moves are kept: most requirements are proved by a move found for another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_matrix, eye_array, hstack, vstack  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from sse_observatory.core import Unsafe
from sse_observatory.production.confidentiality.cells import Ints, System

Bools = NDArray[np.bool_]
_INF = highspy.kHighsInf
_UP, _DOWN = 0, 1


def choose(system: System, seconds: float) -> NDArray[np.bool_]:
    """Which observations to hide: what the rules hide, what is hidden already, and what protects those.

    Raises Unsafe where a cell stays unprotected with everything hidden, which takes a search out of time.
    """
    hidden = np.array([bool(o.rule) or not o.shown for o in system.observed], dtype=bool)
    forced = hidden.copy()
    if not system.targets:
        return hidden
    minds = _Minds(system)
    elastic = _Elastic(system, hidden, minds)
    elastic.cover_all()
    while True:
        patches = list(_patches(system, hidden, forced, minds, elastic.moves, seconds))
        open_ = [(patch, need, mind) for patch in patches for need, mind in patch.settle_all()]
        if not open_:
            break
        before = int(hidden.sum())
        for patch, need, mind in open_:
            elastic.moves.extend(patch.found())
            elastic.repair(patch.targets[need // 2], need % 2, patch.name_of(mind))
        if int(hidden.sum()) == before:
            raise Unsafe("Everything is hidden and a cell is still unprotected.", "Leave the table out.")
    for patch in patches:
        for o in patch.show_again(elastic.weight):
            hidden[o] = False
    # What stands in no patch protects nothing.
    needed = {o for patch in patches for o in patch.secondary}
    for o in np.flatnonzero(hidden & ~forced).tolist():
        if o not in needed:
            hidden[o] = False
    return hidden


# --- what contributors know ------------------------------------------------------------------------------------------


class _Minds:
    """Everybody who attacks: what each knows of the unknowns, which cells it knows, which limit what can be asked."""

    def __init__(self, system: System) -> None:
        self.system = system
        who, at, amount = system.knows
        order = np.argsort(who, kind="stable")
        self.who, self.at, self.amount = who[order], at[order], amount[order]
        self.largest = np.zeros(system.truth.size, dtype=np.int64)
        np.maximum.at(self.largest, at, amount)
        self.alone: dict[int, set[int]] = defaultdict(set)
        self.sole: dict[int, set[int]] = defaultdict(set)
        self.kept_by_one = np.zeros(system.truth.size, dtype=bool)
        for t, target in enumerate(system.targets):
            for w in target.alone:
                self.alone[w].add(t)
            if target.sole is not None:
                self.sole[target.sole].add(t)
            if target.alone:
                self.kept_by_one[_columns(system.sums, t)] = True

    def knows(self, who: int) -> tuple[Ints, Ints]:
        """The unknowns `who` contributes to, and how much."""
        a, b = np.searchsorted(self.who, [who, who + 1])
        return self.at[a:b], self.amount[a:b]

    def others(self, place: Ints, apart: Collection[int]) -> Iterator[tuple[Ints, Ints, list[int]]]:
        """Those who share in no protected cell of a patch, by the unknowns they know: these, the amounts, and who.

        `place` numbers the unknowns of the patch and is negative elsewhere. Whoever knows no more of any unknown than
        another one is left out: what the other one believes possible, it believes too.
        """
        here = place[self.at] >= 0
        here &= ~np.isin(self.who, np.fromiter(apart, dtype=np.int64))
        who, at, amount = self.who[here], place[self.at[here]], self.amount[here]
        order = np.lexsort((at, who))
        who, at, amount = who[order], at[order], amount[order]
        names, first, size = np.unique(who, return_index=True, return_counts=True)
        for many in np.unique(size).tolist():
            start = first[size == many]
            rows = start[:, None] + np.arange(many)
            # Row by row: the unknowns, then the amounts in descending order, so that the first of a kind is a largest.
            columns = np.c_[at[rows], -amount[rows]]
            order = np.lexsort(columns.T[::-1])
            columns, name = columns[order], names[size == many][order]
            new = np.r_[True, (columns[1:, :many] != columns[:-1, :many]).any(axis=1)]
            ends = np.r_[np.flatnonzero(new), columns.shape[0]].tolist()
            for a, b in pairwise(ends):
                left, largest = np.arange(a, b), []
                while left.size:
                    largest.append(int(left[0]))
                    left = left[(columns[left, many:] < columns[left[0], many:]).any(axis=1)]
                yield columns[a, :many], -columns[largest, many:], name[largest].tolist()

    def floor(self, columns: Ints, amount: Ints) -> Ints:
        """The lowest move of some unknowns when `amount` of each is known."""
        return -((self.system.truth[columns] - amount) * self.system.fine // self.system.coarse)


# --- hide until every move exists ------------------------------------------------------------------------------


@dataclass(slots=True)
class _Name:
    """A mind, as the elastic program needs it: a contributor and the cells it knows; None for nobody in particular."""

    who: int | None
    spared: frozenset[int]


class _Elastic:
    """The system with every shown cell allowed to change at a price; what changes is then hidden."""

    def __init__(self, system: System, hidden: Bools, minds: _Minds) -> None:
        self.system, self.hidden, self.minds = system, hidden, minds
        n, m = system.truth.size, len(system.observed)
        self.n, self.m = n, m
        first = [own[0] for own in system.parts_of]
        values = np.array([o.total for o in system.observed], dtype=float)
        # Cost: showing large cells matters more; a shown zero is worth keeping, because hiding it puzzles readers.
        scale = np.log2(2.0 + values / max(1.0, float(np.median(values[values > 0])) if (values > 0).any() else 1.0))
        self.weight = np.where(values > 0, 1.0 + scale, 8.0)
        self.moves: list[tuple[Ints, Ints]] = []
        identity = eye_array(m, dtype=np.int64, format="csr")
        self.rows_of = system.parts[first]
        matrix = block_array(
            [[self.rows_of, -identity, identity], [system.links, None, None], [system.sums, None, None]]
        ).tocsc()
        self.links = system.links.shape[0]
        room = minds.floor(np.arange(n), np.zeros(n, np.int64))
        self.unit = 2.0 ** max(0, int(-room.min(initial=0)).bit_length() - 20)
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = matrix.shape
        price = np.where(hidden, 0.0, self.weight)
        lp.col_cost_ = np.r_[np.zeros(n), price, price]
        lp.col_lower_ = np.r_[room / self.unit, np.zeros(2 * m)]
        lp.col_upper_ = np.full(n + 2 * m, _INF)
        fixed = np.zeros(m + self.links)
        lp.row_lower_ = np.r_[fixed, np.full(len(system.targets), -_INF)]
        lp.row_upper_ = np.r_[fixed, np.full(len(system.targets), _INF)]
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data.astype(float)
        self.lp = _quiet()
        self.lp.passModel(lp)
        self.columns = np.arange(n, dtype=np.int32)
        self.everything = np.arange(n, dtype=np.int64)

    def cover_all(self) -> None:
        """Hide cells until each requirement has a move that no contributor could rule out, where there is one."""
        targets = self.system.targets
        needs = [(t, side) for t, x in enumerate(targets) for side, a in ((_UP, x.up), (_DOWN, x.down)) if a > 0]
        needs.sort(key=lambda k: (-(targets[k[0]].down if k[1] else targets[k[0]].up), k))
        floor = self.minds.floor(self.everything, self.minds.largest)
        base = self.minds.floor(self.everything, 0 * floor)
        everybody, nobody = self.minds.kept_by_one, np.zeros(self.n, dtype=bool)
        size, changes, often = 0, np.zeros((64, len(targets)), dtype=np.int64), np.zeros((64, 2), dtype=np.int64)
        for t, side in needs:
            amount = targets[t].down if side else targets[t].up
            gain = changes[:size, t]
            # A move taken forwards or backwards, and as often as there is room, serves other cells too.
            if ((gain * often[:size, side] >= amount) | (-gain * often[:size, 1 - side] >= amount)).any():
                continue
            inside = nobody.copy()
            inside[_columns(self.system.sums, t)] = True
            move = self._pass_through(t, side, amount, floor, everybody & ~inside)
            if move is None:
                move = self._pass_through(t, side, amount, base, nobody)
            if move is None or not move.size:
                continue
            touched = np.flatnonzero(move)
            self.moves.append((touched, move[touched]))
            if move.size:
                if size == changes.shape[0]:
                    changes, often = (np.concatenate([x, np.zeros_like(x)]) for x in (changes, often))
                changes[size] = self.system.sums @ move
                for back, way in enumerate((move[touched], -move[touched])):
                    room = base[touched][way < 0] // way[way < 0]
                    often[size, back] = int(room.min()) if room.size else 2**20
                size += 1

    def repair(self, target: int, side: int, name: _Name) -> None:
        """Hide what is missing for one requirement against one mind; at least one more cell."""
        cell = self.system.targets[target]
        amount = cell.down if side else cell.up
        known = np.zeros(self.n, dtype=np.int64)
        stop = np.zeros(self.n, dtype=bool)
        if name.who is not None:
            at, x = self.minds.knows(name.who)
            known[at] = x
            for t in name.spared:
                stop[_columns(self.system.sums, t)] = True
            if side == _DOWN and name.who in cell.own:
                amount = min(amount, self.system.steps(cell.total - cell.own[name.who]))
        before = int(self.hidden.sum())
        move = self._pass_through(target, side, amount, self.minds.floor(self.everything, known), stop)
        if move is not None and move.size:
            touched = np.flatnonzero(move)
            self.moves.append((touched, move[touched]))
        if int(self.hidden.sum()) > before:
            return
        # The linear program sees nothing missing, whole numbers do: hide the cheapest shown cell close by.
        near = np.zeros(self.n, dtype=np.int64)
        near[_columns(self.system.sums, target)] = 1
        for _ in range(self.m + 1):
            overlap = np.asarray(self.rows_of @ near)
            candidates = np.flatnonzero(~self.hidden & (overlap > 0))
            if candidates.size:
                self._hide(candidates[[int(np.argmin(self.weight[candidates]))]])
                return
            reached = np.asarray(self.rows_of.T @ (overlap > 0).astype(np.int64)) > 0
            reached |= np.asarray(abs(self.system.links).T @ (abs(self.system.links) @ reached.astype(np.int64))) > 0
            if not (reached & (near == 0)).any():
                break
            near = (reached | (near > 0)).astype(np.int64)
        shown = np.flatnonzero(~self.hidden)
        if shown.size:
            self._hide(shown[[int(np.argmin(self.weight[shown]))]])

    def _hide(self, which: Ints) -> None:
        self.hidden[which] = True
        both = np.r_[which + self.n, which + self.n + self.m].astype(np.int32)
        self.lp.changeColsCost(both.size, both, np.zeros(both.size))

    def _pass_through(self, target: int, side: int, amount: int, floor: Ints, stop: Bools) -> Ints | None:
        """The cheapest move for a requirement; the cells it changes are hidden. None where there is none.

        Empty where the move found is not whole: the cells are hidden all the same.
        """
        stop = stop.astype(bool)
        lower = np.where(stop, 0, np.minimum(floor, 0)) / self.unit
        upper = np.where(stop, 0.0, _INF)
        self.lp.changeColsBounds(self.n, self.columns, lower, upper)
        row = self.m + self.links + target
        limit = amount / self.unit
        self.lp.changeRowBounds(row, *((-_INF, -limit) if side else (limit, _INF)))
        self.lp.run()
        status = self.lp.getModelStatus()
        values = np.array(self.lp.getSolution().col_value)
        self.lp.changeRowBounds(row, -_INF, _INF)
        if status != highspy.HighsModelStatus.kOptimal:
            return None
        slack = values[self.n : self.n + self.m] + values[self.n + self.m :]
        self._hide(np.flatnonzero(~self.hidden & (slack * self.unit > 1e-6)))
        move = np.rint(values[: self.n] * self.unit).astype(np.int64)
        shown = np.asarray(self.rows_of @ move)[~self.hidden]
        reached = int(move[_columns(self.system.sums, target)].sum())
        if (
            shown.any()
            or (self.system.links @ move).any()
            or (move < np.where(stop, 0, floor)).any()
            or (-reached if side else reached) < amount
        ):
            return np.zeros(0, dtype=np.int64)
        return move


# --- parts of the system that do not touch each other ----------------------------------------------------------


@dataclass(slots=True)
class _Mind:
    """A mind inside one patch: floors that differ from everybody's, unknowns it knows exactly, cells it knows."""

    name: _Name
    at: Ints
    floor: Ints
    stop: Ints
    spared: frozenset[int]
    asked: Mapping[int, int] = field(default_factory=dict)  # need -> what can be asked of it


def _patches(
    system: System,
    hidden: Bools,
    forced: Bools,
    minds: _Minds,
    moves: Sequence[tuple[Ints, Ints]],
    seconds: float,
) -> Iterator[_Patch]:
    """The independent parts that contain targets, under what is hidden now."""
    shown_parts = np.array([p for o, own in enumerate(system.parts_of) if not hidden[o] for p in own], dtype=np.int64)
    loose = np.array([n for n, pins in enumerate(system.pins) if all(hidden[o] for o in pins)], dtype=np.int64)
    equal = vstack([system.parts[shown_parts], system.links[loose]]).tocsr()
    free = _movable(equal, system.truth)
    secondary = np.flatnonzero(hidden & ~forced)
    own_rows = [system.parts[system.parts_of[o]] for o in secondary]
    inside = np.flatnonzero(free)
    small = vstack([equal, system.sums, *own_rows]).tocsr()[:, inside]
    small.eliminate_zeros()
    graph = block_array([[None, small], [small.T, None]]).tocsr() if small.nnz else csr_matrix((sum(small.shape),) * 2)
    label = connected_components(graph, directed=False)[1]
    of_row, of_column = label[: small.shape[0]], label[small.shape[0] :]
    begin = equal.shape[0]
    groups: dict[int, list[int]] = defaultdict(list)
    for t in range(len(system.targets)):
        groups[int(of_row[begin + t])].append(t)
    begin += len(system.targets)
    keepers: dict[int, list[int]] = defaultdict(list)
    for o in secondary.tolist():
        keepers[int(of_row[begin])].append(o)
        begin += len(system.parts_of[o])
    size = np.array([c.size for c, _ in moves], dtype=np.int64)
    pool = csr_matrix(
        (
            np.concatenate([v for _, v in moves]) if moves else np.zeros(0, np.int64),
            np.concatenate([c for c, _ in moves]) if moves else np.zeros(0, np.int64),
            np.r_[0, np.cumsum(size)],
        ),
        shape=(len(moves), system.truth.size),
    )  # fmt: skip
    by_column = pool.tocsc()
    for group, targets in groups.items():
        columns = inside[of_column == group]
        rows = np.flatnonzero(of_row[: equal.shape[0]] == group)
        patch = _Patch(system, columns, equal[rows][:, columns].tocsr(), keepers[group], targets, minds, seconds)
        known = by_column[:, columns].toarray()
        for content in dict.fromkeys(move.tobytes() for move in known):  # each once, without sorting them
            move = np.frombuffer(content, dtype=known.dtype)
            if move.any():
                patch.add(move)
        yield patch


def _movable(equal: csr_matrix, truth: Ints) -> Bools:
    """The unknowns that single equations leave free."""
    free = np.ones(truth.size, dtype=bool)
    positive, negative = (equal > 0).astype(np.int64), (equal < 0).astype(np.int64)
    while True:
        weight = np.c_[free, free & (truth > 0)].astype(np.int64)
        plus, minus = positive @ weight, negative @ weight
        lonely = plus[:, 0] + minus[:, 0] == 1
        # All on one side, and none of them has anything to give.
        empty = ((plus[:, 0] == 0) | (minus[:, 0] == 0)) & (plus[:, 1] + minus[:, 1] == 0)
        stuck = free & (np.asarray((positive + negative).T @ (lonely | empty).astype(np.int64)) > 0)
        if not stuck.any():
            return free
        free &= ~stuck


class _Patch:
    """One part: its moves, the requirements they prove, and the trial of showing a cell again."""

    def __init__(
        self,
        system: System,
        columns: Ints,
        equal: csr_matrix,
        secondary: list[int],
        targets: list[int],
        minds: _Minds,
        seconds: float,
    ) -> None:
        self.system, self.columns, self.equal, self.seconds = system, columns, equal, seconds
        self.secondary, self.targets = secondary, targets
        # Read from one crossing is enough: the links make all readings of a cell equal.
        first = np.array([system.parts_of[o][0] for o in secondary], dtype=np.int64)
        self.parts = system.parts[first][:, columns].tocsr()
        self.sums = system.sums[targets][:, columns].tocsr()
        self.of_target = [_columns(self.sums, k) for k in range(len(targets))]
        self.room = minds.floor(columns, np.zeros(columns.size, np.int64))
        self.amount = np.array([a for t in targets for a in (system.targets[t].up, system.targets[t].down)], np.int64)
        self.closed = np.zeros(len(secondary), dtype=bool)
        self._know(minds)
        count = len(self.minds)
        self.moves = np.zeros((0, columns.size), dtype=np.int64)
        self.change = np.zeros((0, 2 * len(targets)), dtype=np.int64)
        self.able = np.zeros((0, count), dtype=bool)
        self.passing = np.zeros((0, len(secondary)), dtype=np.int64)
        self.good = np.zeros((0, 2 * len(targets)), dtype=bool)
        self.alive = np.zeros(0, dtype=bool)
        self.often = np.zeros(0, dtype=np.int64)
        self.length = np.zeros(0, dtype=np.int64)
        self.size, self.enough = 0, 4000
        self.proof: dict[int, list[int]] = {}
        self.rests_on = np.zeros((2 * len(targets), len(secondary)), dtype=bool)
        self.trial: tuple[int, Ints] | None = None  # the secondary cell to be shown, the moves known to pass it
        self.hopeless: dict[tuple[int, int], int] = defaultdict(int)
        self._model()

    # minds --------------------------------------------------------------------------------------------------------

    def _know(self, minds: _Minds) -> None:
        place = np.full(self.system.truth.size, -1, dtype=np.int64)
        place[self.columns] = np.arange(self.columns.size)
        local = {t: k for k, t in enumerate(self.targets)}
        self.minds = [_Mind(_Name(None, frozenset()), _EMPTY, _EMPTY, _EMPTY, frozenset())]
        # Whoever is taken to know that all others report nothing leaves no such cell to protect.
        nothing = frozenset(t for t in self.targets if self.system.targets[t].total == 0)
        shares: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for k, t in enumerate(self.targets):
            for who, x in self.system.targets[t].own.items():
                if x or who in self.system.targets[t].alone:  # whoever adds nothing limits nothing
                    shares[who].append((k, x))
        contents: list[tuple[list[int], list[int], list[tuple[int, int]], list[int], int]] = []
        for who, own in shares.items():
            at, amount = minds.knows(who)
            kept = place[at] >= 0
            at, amount = place[at[kept]], amount[kept]
            order = np.argsort(at)
            alone = sorted(local[t] for t in minds.alone.get(who, ()) if t in local)
            contents.append((at[order].tolist(), amount[order].tolist(), own, alone, who))
        for at, amount, names in minds.others(place, shares):
            contents += [(at.tolist(), row, [], [], who) for row, who in zip(amount.tolist(), names, strict=True)]
        seen: set[tuple[bytes, bytes, frozenset[int], frozenset[int]]] = set()
        # By what they know, not by who they are: the order of the records decides nothing.
        for known, amounts, own, _, who in sorted(contents, key=lambda c: c[:4]):
            at, amount = np.array(known, dtype=np.int64), np.array(amounts, dtype=np.int64)
            spared = [frozenset(t for t in minds.sole.get(who, ()) if t in local)]
            wider = frozenset(t for t in minds.alone.get(who, ()) if t in local)
            if wider != spared[0]:
                spared.append(wider)
            for cells in spared:
                signature = (at.tobytes(), amount.tobytes(), cells, frozenset(k for k, _ in own))
                if signature in seen:
                    continue
                seen.add(signature)
                stop = np.unique(np.concatenate([_EMPTY, *(self.of_target[local[t]] for t in cells)]))
                asked = {}
                for k, x in own:
                    target = self.system.targets[self.targets[k]]
                    asked[2 * k + 1] = min(target.down, self.system.steps(target.total - x))
                for t in cells if cells == spared[0] else cells | nothing:
                    asked[2 * local[t]] = asked[2 * local[t] + 1] = 0
                floor = minds.floor(self.columns[at], amount)
                self.minds.append(_Mind(_Name(who, cells), at, floor, stop, cells, asked))
        self.at = np.concatenate([m.at for m in self.minds])
        self.floor = np.concatenate([m.floor for m in self.minds])
        self.by = np.repeat(np.arange(len(self.minds)), [m.at.size for m in self.minds])
        self.stop = np.concatenate([m.stop for m in self.minds])
        self.stop_by = np.repeat(np.arange(len(self.minds)), [m.stop.size for m in self.minds])
        self.highest = self.room.copy()
        np.maximum.at(self.highest, self.at, self.floor)
        self.special: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for m, mind in enumerate(self.minds):
            for need, most in mind.asked.items():
                self.special[need].append((m, most))
        self.spares = np.zeros(2 * len(self.targets), dtype=np.int64)
        for need, exceptions in self.special.items():
            self.spares[need] = sum(amount <= 0 for _, amount in exceptions)
        self.kept = np.zeros(self.columns.size, dtype=bool)
        self.kept[self.stop] = True

    def name_of(self, mind: int) -> _Name:
        """The mind as the rest of the system knows it."""
        return self.minds[mind].name

    def asked(self, need: int) -> Ints:
        """How much each mind's requirement asks for."""
        result = np.full(len(self.minds), self.amount[need], dtype=np.int64)
        for m, amount in self.special.get(need, ()):
            result[m] = amount
        return result

    # moves --------------------------------------------------------------------------------------------------------

    def add(self, move: Ints) -> bool:
        """Keep a move and its reverse, as far as they are moves: exact arithmetic decides. Whether the first one is."""
        if (self.equal @ move).any():
            return False
        self._keep(-move)
        return self._keep(move)

    def _keep(self, move: Ints) -> bool:
        if (move < self.room).any():
            return False
        passing = np.asarray(self.parts @ move)
        if passing[self.closed].any():
            return False
        unable = np.zeros(len(self.minds), dtype=bool)
        unable[self.by[move[self.at] < self.floor]] = True
        unable[self.stop_by[move[self.stop] != 0]] = True
        total = np.asarray(self.sums @ move)
        change = np.empty(2 * total.size, dtype=np.int64)
        change[0::2], change[1::2] = total, -total
        good = (change >= self.amount) & (self.amount > 0)
        doubt = int(unable.sum())
        if doubt:
            good &= doubt <= self.spares
            for need in np.flatnonzero(good):
                spared = [m for m, amount in self.special.get(int(need), ()) if amount <= 0]
                good[need] = int(unable[spared].sum()) == doubt
        if self.size == self.moves.shape[0]:
            more = max(16, self.size)
            for name in ("moves", "change", "able", "passing", "good"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.zeros((more, old.shape[1]), dtype=old.dtype)]))
            self.alive = np.concatenate([self.alive, np.zeros(more, dtype=bool)])
            self.often = np.concatenate([self.often, np.zeros(more, dtype=np.int64)])
            self.length = np.concatenate([self.length, np.zeros(more, dtype=np.int64)])
        n = self.size
        self.moves[n], self.change[n], self.able[n], self.good[n] = move, change, ~unable, good
        self.passing[n], self.length[n] = passing, np.abs(move).sum()
        losing = move < 0
        self.often[n] = int((self.room[losing] // move[losing]).min()) if losing.any() else 2**40
        self.alive[n] = True
        self.size += 1
        return True

    def _forget(self) -> None:
        """When there are many: drop moves that can prove nothing any more, and the oldest that prove nothing now."""
        if self.size <= self.enough:
            return
        keep = np.zeros(self.size, dtype=bool)
        keep[self.size - self.enough // 4 :] = True
        keep[[n for proof in self.proof.values() for n in proof]] = True
        keep &= self.alive[: self.size]
        place = np.cumsum(keep) - 1
        for name in ("moves", "change", "able", "passing", "good", "alive", "often", "length"):
            setattr(self, name, getattr(self, name)[: self.size][keep])
        self.size = int(keep.sum())
        self.enough = max(self.enough, 2 * self.size)
        self.proof = {need: [int(place[n]) for n in proof] for need, proof in self.proof.items()}

    def found(self) -> Iterator[tuple[Ints, Ints]]:
        """The moves kept so far, in the columns of the whole system."""
        for n in range(self.size):
            touched = np.flatnonzero(self.moves[n])
            yield self.columns[touched], self.moves[n, touched]

    def settle_all(self) -> list[tuple[int, int]]:
        """The requirements nothing proves: (need, the mind it fails against)."""
        open_ = []
        for need in np.argsort(-self.amount, kind="stable").tolist():
            if self.amount[need] > 0:
                mind = self.settle(need)
                if mind is not None:
                    open_.append((need, mind))
        return open_

    def settle(self, need: int) -> int | None:
        """None where moves prove a requirement against everybody; else a mind it fails against.

        The moves that prove it are remembered as the need's proof.
        """
        size = self.size
        one = np.flatnonzero(self.good[:size, need] & self.alive[:size])
        if one.size:
            self._prove(need, [int(one[-1])])
            return None
        asked = self.asked(need)
        missing = asked > 0
        proof: list[int] = []
        target, sign = need // 2, 1 - 2 * (need % 2)
        nothing = np.zeros(self.columns.size, dtype=bool)
        inside = nothing.copy()
        inside[self.of_target[target]] = True

        def use(n: int) -> None:
            nonlocal missing
            serves = self.able[n] & (self.change[n, need] >= asked)
            if (missing & serves).any():
                proof.append(n)
                missing = missing & ~serves

        def from_pool() -> None:
            usable = np.flatnonzero(self.alive[: self.size] & (self.change[: self.size, need] > 0))
            while usable.size and missing.any():
                serves = self.able[usable][:, missing] & (self.change[usable, need][:, None] >= asked[missing])
                count = serves.sum(axis=1)
                best = int(np.argmax(count))
                if not count[best]:
                    return
                use(int(usable[best]))

        def enlarged() -> None:
            """Moves of the pool taken several times, where there is room."""
            change = self.change[: self.size, need]
            amount = int(asked[missing].max())
            times = -(-amount // np.maximum(change, 1))
            fits = self.alive[: self.size] & (change > 0) & (times > 1) & (times <= self.often[: self.size])
            for n in np.flatnonzero(fits)[np.argsort(times[fits], kind="stable")][:4].tolist():
                if missing.any() and self._keep(self.moves[n] * int(times[n])):
                    use(self.size - 1)

        def around() -> None:
            """What proved the need before, led around the cell on trial by moves that pass it the other way."""
            for n in [n for n in self.proof.get(need, ()) if not self.alive[n]]:
                for move in self._led_around(n, need, int(asked[missing].max())):
                    if self._keep(move):
                        use(self.size - 1)
                    if not missing.any():
                        return

        def prove(floor: Ints, stop: Bools, amount: int, settle: bool) -> bool:
            move, _ = self.reach(target, sign, amount, floor, stop, settle)
            if move is None or not self.add(move):
                return False
            use(self.size - 1)
            return True

        from_pool()
        if missing.any():
            enlarged()
        if missing.any() and self.trial is not None:
            around()
        # One move that nobody can rule out serves best; then one that takes from nobody.
        for boldness, stop in ((0, self.kept & ~inside), (1, nothing)):
            if not missing.any():
                break
            if self.hopeless[need, boldness] < 2 and not prove(self.highest, stop, int(self.amount[need]), False):
                self.hopeless[need, boldness] += 1
        together = True
        while missing.any():
            who = np.flatnonzero(missing)
            group = who if together and who.size <= 12 else who[:1]
            floor, stop = self.room.copy(), nothing.copy()
            for m in group.tolist():
                np.maximum.at(floor, self.minds[m].at, self.minds[m].floor)
                stop[self.minds[m].stop] = True
            if not prove(floor, stop, int(asked[group].max()), group.size == 1):
                if group.size == 1:
                    return int(group[0])
                together = False
        self._prove(need, proof)
        return None

    def _led_around(self, n: int, need: int, amount: int) -> Ints:
        """Sums of a move through the cell on trial and one that passes it the other way: the shortest of those.

        Only proposals, which spare most of the linear programs: `_keep` decides what is a move.
        """
        assert self.trial is not None
        cell, through = self.trial
        other = through[self.passing[through, cell] == -self.passing[n, cell]]
        other = other[self.change[other, need] + self.change[n, need] >= amount]
        other = other[np.argsort(self.length[other], kind="stable")[:64]]
        other = other[~(self.passing[other][:, self.closed] + self.passing[n, self.closed]).any(axis=1)]
        sums = self.moves[other] + self.moves[n]
        sums = sums[(sums >= self.room).all(axis=1)]
        return sums[np.argsort(np.abs(sums).sum(axis=1), kind="stable")[:8]]

    def _prove(self, need: int, proof: list[int]) -> None:
        self.proof[need] = proof
        self.rests_on[need] = self.passing[proof].any(axis=0)

    # programs -----------------------------------------------------------------------------------------------------

    def _model(self) -> None:
        """Unknowns as what they gain and what they lose: the shortest move is asked for, so it touches little.

        A cell that is a single unknown needs no row of its own: bounds on the unknown do the same, faster.
        """
        several = [np.flatnonzero(np.diff(m.indptr) > 1) for m in (self.parts, self.sums)]
        matrix = vstack([self.equal, self.parts[several[0]], self.sums[several[1]]])
        matrix = hstack([matrix, -matrix]).tocsc()
        begin = self.equal.shape[0]
        self.part_row = {int(s): begin + n for n, s in enumerate(several[0])}
        self.target_row = {int(k): begin + several[0].size + n for n, k in enumerate(several[1])}
        self.closed_columns = np.zeros(self.columns.size, dtype=bool)
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = matrix.shape
        self.unit = 2.0 ** max(0, int(-self.room.min(initial=0)).bit_length() - 20)
        # Uneven prices: where many moves are equally short, a mixture of them would come back in halves.
        self.prices = 1.0 + np.random.default_rng(1844).random((6, lp.num_col_))
        lp.col_cost_ = self.prices[0]
        lp.col_lower_ = np.zeros(lp.num_col_)
        lp.col_upper_ = np.full(lp.num_col_, _INF)
        upper = np.r_[np.zeros(begin), np.full(matrix.shape[0] - begin, _INF)]
        lp.row_lower_, lp.row_upper_ = -upper, upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data.astype(float)
        self.program = lp
        self.lp = _quiet()
        self.lp.passModel(lp)
        self.numbers = np.arange(lp.num_col_, dtype=np.int32)

    def _close(self, s: int, closed: bool) -> None:
        """Whether a secondary cell is on trial as shown, so that no move may change it."""
        self.closed[s] = closed
        if s in self.part_row:
            self.lp.changeRowBounds(self.part_row[s], *((0.0, 0.0) if closed else (-_INF, _INF)))
        else:
            self.closed_columns[_columns(self.parts, s)] = closed
            if not closed:  # two cells may be the same unknown
                for other in np.flatnonzero(self.closed).tolist():
                    if other not in self.part_row:
                        self.closed_columns[_columns(self.parts, other)] = True

    def _demand(
        self, program: highspy.Highs, target: int, sign: int, amount: int, floor: Ints, stop: Bools, unit: float
    ) -> bool:
        """Set the bounds under which a target changes by an amount; False where they contradict each other."""
        n = floor.size
        lower, upper = np.zeros(2 * n), np.r_[np.where(stop, 0.0, _INF), -floor / unit]
        wanted = amount / unit
        if target in self.target_row:
            row = self.target_row[target]
            program.changeRowBounds(row, *((wanted, _INF) if sign > 0 else (-_INF, -wanted)))
        else:
            [column] = self.of_target[target]
            this, other = (column, column + n) if sign > 0 else (column + n, column)
            if upper[this] < wanted:
                return False
            lower[this], upper[other] = wanted, 0.0
        program.changeColsBounds(2 * n, self.numbers, lower, upper)
        return True

    def reach(
        self, target: int, sign: int, amount: int, floor: Ints, stop: Bools, settle: bool = False
    ) -> tuple[Ints | None, bool]:
        """A short move that changes a target enough, and whether there certainly is none.

        With `settle` the whole-number question is decided where the linear program leaves it open.
        """
        stop = stop | self.closed_columns
        floor = np.where(stop, 0, np.minimum(floor, 0))
        if not self._demand(self.lp, target, sign, amount, floor, stop, self.unit):
            return None, True
        touched = np.zeros(floor.size, dtype=bool)
        try:
            for attempt, prices in enumerate(self.prices):
                if attempt:
                    self.lp.changeColsCost(prices.size, self.numbers, prices)
                self.lp.run()
                status = self.lp.getModelStatus()
                if status == highspy.HighsModelStatus.kInfeasible:
                    return None, True
                if status != highspy.HighsModelStatus.kOptimal:
                    break
                values = np.array(self.lp.getSolution().col_value) * self.unit
                touched |= (values[: floor.size] > 0) | (values[floor.size :] > 0)
                # A corner with halves or thirds is whole when it is taken twice or three times, if there is room.
                for times in (1, 2, 3):
                    move = np.rint((values[: floor.size] - values[floor.size :]) * times).astype(np.int64)
                    if self._is_move(move, floor, stop) and sign * int(move[self.of_target[target]].sum()) >= amount:
                        return move, False
        finally:
            if target in self.target_row:
                self.lp.changeRowBounds(self.target_row[target], -_INF, _INF)
        if not settle:
            return None, False
        impossible = False
        for within in (touched, np.ones_like(touched)):  # what the corners touched is mostly enough
            found, impossible = self._whole(target, sign, amount, floor, stop, within)
            if found is not None:
                return found, False
        return None, impossible

    def _whole(
        self, target: int, sign: int, amount: int, floor: Ints, stop: Bools, within: Bools
    ) -> tuple[Ints | None, bool]:
        """A move in whole steps that touches only some unknowns, and whether there certainly is none."""
        n = floor.size
        whole = _quiet()
        whole.setOptionValue("presolve", "on")
        whole.setOptionValue("mip_detect_symmetry", False)
        whole.setOptionValue("mip_rel_gap", 0.5)  # any move will do, the shortest is not needed
        whole.setOptionValue("time_limit", float(self.seconds))
        whole.passModel(self.program)
        if not self._demand(whole, target, sign, amount, np.where(within, floor, 0), stop | ~within, 1.0):
            return None, True
        for s in np.flatnonzero(self.closed).tolist():
            if s in self.part_row:
                whole.changeRowBounds(self.part_row[s], 0.0, 0.0)
        whole.changeColsIntegrality(2 * n, self.numbers, np.full(2 * n, highspy.HighsVarType.kInteger))
        whole.run()
        values = np.array(whole.getSolution().col_value)
        if values.size == 2 * n:
            move = np.rint(values[:n] - values[n:]).astype(np.int64)
            if self._is_move(move, floor, stop) and sign * int(move[self.of_target[target]].sum()) >= amount:
                return move, False
        return None, whole.getModelStatus() == highspy.HighsModelStatus.kInfeasible

    def _is_move(self, move: Ints, floor: Ints, stop: Bools) -> bool:
        return not (
            (move < floor).any()
            or move[stop].any()
            or (self.equal @ move).any()
            or (self.parts @ move)[self.closed].any()
        )

    # showing again ---------------------------------------------------------------------------------------------

    def show_again(self, weight: NDArray[np.float64]) -> Iterable[int]:
        """The secondary cells that can be shown after all, the weightiest first; the rest is minimal."""
        shown = []
        for s in sorted(range(len(self.secondary)), key=lambda s: (-weight[self.secondary[s]], s)):
            self._forget()
            before, size = self.alive[: self.size].copy(), self.size
            lacking = np.flatnonzero(self.rests_on[:, s])
            proofs = {int(k): self.proof[int(k)] for k in lacking}
            self._close(s, True)
            through = self.passing[:size, s] != 0
            self.alive[:size] &= ~through
            self.trial = s, np.flatnonzero(before & through)
            # First those that so many known moves would prove, if not all of them passed through this cell.
            enough = self.change[:size][:, lacking] >= self.amount[lacking]
            spare = (enough & self.alive[:size, None]).sum(axis=0)
            lost = (enough & (before & through)[:, None]).sum(axis=0)
            held = True
            for k in np.lexsort((-lost, spare)):
                if self.settle(int(lacking[k])) is not None:
                    held = False
                    break
            if held:
                shown.append(self.secondary[s])
                continue
            self._close(s, False)
            self.alive[:size] = before
            for need, proof in proofs.items():
                self._prove(need, proof)
        self.trial = None
        kept = set(shown)
        self.secondary = [o for o in self.secondary if o not in kept]
        return shown


_EMPTY: Ints = np.zeros(0, dtype=np.int64)


def _quiet() -> highspy.Highs:
    program = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False), ("threads", 1), ("presolve", "off"),
        ("primal_feasibility_tolerance", 1e-10), ("dual_feasibility_tolerance", 1e-9),
    ):  # fmt: skip
        program.setOptionValue(option, value)
    return program


def _columns(matrix: csr_matrix, row: int) -> Ints:
    return np.asarray(matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]])
