"""Changes between two rounds of a survey whose samples overlap.

The variance of a change is the sum of the variances of both rounds less twice their covariance, which comes from the
clusters (or units) that are in both samples. In a stratum with n₁ and n₂ clusters, n_c of them common, of N, the
covariance of two expanded totals is estimated by n_c (1 − n₁ n₂ / (n_c N)) times the sample covariance of the expanded
cluster totals over the common ones (Tam 1984; Qualité and Tillé 2008). The share taken away there is what the next
stage adds: its own covariance within the common clusters, times n₁ n₂ / (n_c N), and so on down. With the same clusters
in both rounds that is the variance of the differences. With fewer than two common clusters nothing shows how they vary
together: none is taken, and where the second sample may have avoided the first (the covariance is then −n₁ n₂ / N
times theirs) a note gives the largest error that makes, by the inequality of Cauchy and Schwarz.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from scipy import special

from sse_observatory.catalogue.parameters import PrecisionLimits
from sse_observatory.core import Language, ObservatoryError, ObsStatus
from sse_observatory.production.estimation import intervals
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.estimate import View, request, terms_of
from sse_observatory.production.estimation.plan import Codes, Floats, Stage
from sse_observatory.production.estimation.precision import Replicated
from sse_observatory.production.estimation.result import (
    FLAGS,
    MEANINGS,
    WORDS,
    Block,
    agreed_limits,
    charted,
    column_digits,
    decimals,
    drawn,
    shown_number,
)
from sse_observatory.production.estimation.rollup import Missing, Rollup, refuse_unknown_codes
from sse_observatory.production.estimation.sample import SampleLike
from sse_observatory.production.estimation.statistics import Gini, Quantile, Statistic
from sse_observatory.structures import TOTAL

if TYPE_CHECKING:
    from rich.console import Console

    from sse_observatory.figures import Chart

Round = tuple[SampleLike, Design]

CHANGE_COLUMNS = (
    "statistic", "before", "after", "change", "se", "lower", "upper", "df", "p_value", "relative", "relative_se",
    "correlation", "n_before", "n_after", "status",
)  # fmt: skip
"""The columns of a table of changes beside the codes of its cells."""

_WORST = ("O", "M", "N", "U", "A")
"""Statuses, from the one that says least."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of statistics between two rounds: `table` has a row for each, `summary` prints, `chart` draws them."""

    table: pa.Table
    """Codes of `by`, ``statistic``, ``before``, ``after``, ``change`` with ``se``, ``lower``, ``upper``, ``df`` and the
    ``p_value`` of no change, ``relative`` change with ``relative_se``, the ``correlation`` of the two estimates, the
    units in each round (``n_before``, ``n_after``), and the worse ``status`` of the two estimates.
    """
    clusters: tuple[int, int, int]
    """First-stage clusters before, after and in both rounds."""
    notes: tuple[str, ...] = ()
    """What a reader of the numbers should know."""
    by: tuple[str, ...] = ()
    level: float = 0.95
    limits: PrecisionLimits = field(default_factory=agreed_limits)
    units: tuple[int, int] = (0, 0)
    """Units before and after."""
    about: str = ""
    """The design in a line."""

    def pandas(self) -> Any:
        """The table as a pandas DataFrame."""
        return self.table.to_pandas()

    def summary(self, console: Console | None = None, rows: int = 60) -> None:
        """Print the changes with their precision to the terminal, at most `rows` of them."""
        from rich.console import Console as RichConsole
        from rich.table import Table
        from rich.text import Text

        out = console or RichConsole(width=None if sys.stdout.isatty() else 140)
        shown = self.table.slice(0, rows).to_pylist()
        shape = Table(box=None, pad_edge=False, header_style="bold")
        for name in self.by or ("",):
            shape.add_column(name, no_wrap=True)
        headings = (
            "before", "after", "change", "se", f"{self.level * 100:g} % from", "to", "p", "change %", "se %",
            "n before", "after",
        )  # fmt: skip
        for name in headings:
            shape.add_column(name, justify="right", no_wrap=True)
        shape.add_column("", no_wrap=True)
        width = len(self.by) or 1
        statistic, before = None, [""] * width
        for row in shown:
            if row["statistic"] != statistic:
                statistic, before = row["statistic"], [""] * width
                shape.add_row()
                shape.add_row(Text(str(statistic), style="bold"))
            codes = [row[name] for name in self.by] or [""]
            same = [before[: i + 1] == codes[: i + 1] and i + 1 < width for i in range(width)]
            before = codes
            digits = decimals(row["se"] or row["change"] or row["before"] or row["after"])
            numbers = [shown_number(row[n], digits) for n in ("before", "after", "change", "se", "lower", "upper")]
            numbers[2] = f"+{numbers[2]}" if row["change"] is not None and row["change"] > 0 else numbers[2]
            relative = "" if row["relative"] is None else f"{100 * row['relative']:+.1f}"
            error = "" if row["relative_se"] is None else f"{100 * row['relative_se']:.1f}"
            shape.add_row(
                *("" if s else code for s, code in zip(same, codes, strict=True)), *numbers, _p(row["p_value"]),
                relative, error, f"{row['n_before']:,}", f"{row['n_after']:,}", FLAGS.get(ObsStatus(row["status"]), ""),
                style="dim" if row["status"] in {"N", "M", "O"} else None,
            )  # fmt: skip
        one, two, common = self.clusters
        out.print(f"[bold]{self.units[0]:,} units before, {self.units[1]:,} after[/]; {self.about}", highlight=False)
        out.print(f"{one:,} clusters before, {two:,} after, {common:,} in both", highlight=False)
        out.print(shape, highlight=False)
        met = {row["status"] for row in shown}
        meanings = [f"{FLAGS[s]} {MEANINGS[FLAGS[s]]}" for s in FLAGS if str(s) in met]
        if meanings:
            out.print(f"[dim]{', '.join(meanings)}, in one round at least (limits {self.limits.version})[/]",
                      highlight=False)  # fmt: skip
        left = self.table.num_rows - len(shown)
        if left > 0:
            out.print(f"… and {left:,} more rows in .table", highlight=False)
        for note in self.notes:
            out.print(f"[dim]{note}[/]", highlight=False)

    def chart(
        self,
        statistic: str | None = None,
        by: str | None = None,
        *,
        relative: bool = False,
        language: Language = "en",
        title: str | None = None,
        labels: Mapping[str, str] | None = None,
        width: int = 680,
    ) -> Chart:
        """Bars of the change of a statistic over the codes of one column, other columns at their total, with intervals.

        `relative` draws changes in % of the value before. A change that may be none, since its interval includes 0, is
        drawn lighter and marked ``≈``, one between estimates of low reliability likewise and marked ``u``; one that
        rests on an estimate below precision is not drawn, and marked ``n``. `labels` gives names to codes, in the
        `language` of the chart.
        """
        from sse_observatory.figures import Mark

        names = list(dict.fromkeys(self.table["statistic"].to_pylist()))
        chosen, column, rows = charted(
            self.table, names, self.by, statistic, by, absent="There is no change of",
            todo="Compare the rounds with margins=True.",
        )  # fmt: skip
        name, error, scale = ("relative", "relative_se", 100.0) if relative else ("change", "se", 1.0)
        digits = column_digits([
            {"estimate": r[name] and scale * r[name], "se": r[error] and scale * r[error]} for r in rows
        ])  # fmt: skip
        marks = []
        for r in rows:
            flag = FLAGS.get(ObsStatus(r["status"]), "")
            hidden = flag in {"n", "m", ":"} or r[name] is None
            flag = flag or ("m" if hidden else "")
            value, ends, met = None, None, [flag] if flag else []
            if not hidden:
                low, high = r["lower"], r["upper"]
                if relative:
                    middle, se, df = (np.array(np.nan if r[n] is None else r[n]) for n in (name, error, "df"))
                    low, high = map(float, intervals.student(middle, se, df, self.level))
                value = Decimal(f"{scale * r[name]:.{digits}f}")
                known = low is not None and high is not None and np.isfinite(low + high)
                if known:
                    ends = (Decimal(f"{scale * low:.{digits}f}"), Decimal(f"{scale * high:.{digits}f}"))
                if not known or low * high <= 0:
                    met.append(_NONE)
            code = str(r[column]) if column is not None else chosen
            meaning = "; ".join(_meaning(f, language) for f in met)
            level = Decimal(f"{self.level * 100:g}")
            marks.append(
                Mark((labels or {}).get(code, code), value, " ".join(met), meaning, digits, ends, level, signed=True)
            )
        what = _TITLES[language][relative].format(statistic=chosen)
        heading = title or (what if column is None else f"{what}, {_BY[language].format(column=column)}")
        told = {f for mark in marks for f in mark.flag.split()}
        letters = [f"{f} {_meaning(f, language)}" for f in (*FLAGS.values(), _NONE) if f in told]
        return drawn(marks, heading, letters, language, (column or "", what), width)


_NONE = "≈"
"""The mark of a change that may be none."""
_MAY_BE_NONE: Mapping[Language, str] = {
    "en": "may be no change", "fr": "évolution peut-être nulle", "es": "variación quizá nula",
}  # fmt: skip
_IN_ONE: Mapping[Language, str] = {
    "en": "in one round at least", "fr": "à l’une des deux dates au moins", "es": "en al menos una de las dos fechas",
}  # fmt: skip
_TITLES: Mapping[Language, tuple[str, str]] = {
    "en": ("{statistic}: change", "{statistic}: change in %"),
    "fr": ("{statistic}\u202f: évolution", "{statistic}\u202f: évolution en\u00a0%"),
    "es": ("{statistic}: variación", "{statistic}: variación en\u00a0%"),
}
_BY: Mapping[Language, str] = {"en": "by {column}", "fr": "par {column}", "es": "por {column}"}


def _meaning(flag: str, language: Language) -> str:
    """What a letter says of a change: that it may be none, or how one of its estimates at least is."""
    return _MAY_BE_NONE[language] if flag == _NONE else f"{WORDS[language][flag]}, {_IN_ONE[language]}"


def change(
    before: Round,
    after: Round,
    statistics: Sequence[Statistic] | Statistic,
    by: str | Sequence[str] = (),
    *,
    unit: str | None = None,
    domain: Callable[[ir.Table], ir.BooleanValue] | None = None,
    margins: bool = True,
    missing: Missing = "refuse",
    level: float = 0.95,
    limits: PrecisionLimits | None = None,
) -> Changes:
    """Changes of `statistics` from the round `before` to the round `after`, each a sample with its design.

    Clusters are recognised by their names, stage by stage, which must be the same in both rounds; `unit` names the
    column that tells units apart where they were sampled directly. A cluster may not have changed its stratum.
    """
    wanted = _wanted(statistics)
    for s in wanted:
        if isinstance(s, (Quantile, Gini)):
            raise ObservatoryError(
                f"{s.label}: changes are of totals, ratios, shares and other smooth statistics.",
                "Stack the rounds with common strata and clusters, estimate by round, and use Result.difference.",
            )
    columns = (by,) if isinstance(by, str) else tuple(by)
    taken = next((name for name in columns if name.lower() in CHANGE_COLUMNS), None)
    if taken:
        raise ObservatoryError(
            f"The table of changes has a column {taken!r} of its own, so {taken!r} cannot break it down.",
            "Give the column another name in both samples.",
        )
    for given in (before, after):
        if not isinstance(given, tuple) or len(given) != 2 or not isinstance(given[1], Design):
            raise ObservatoryError(
                "A round is a sample with its design.", "Write change((sample, design), (sample, design), statistics)."
            )
    views = []
    for sample, design in (before, after):
        if design.replicates is not None or design.second is not None:
            raise ObservatoryError(
                "Changes are taken from linearised variables of one-phase designs.",
                "Stack the rounds with replicates made in common, estimate by round, and use Result.difference.",
            )
        if not design.clusters:
            if unit is None:
                raise ObservatoryError(
                    "Units were sampled directly, and nothing tells which of them are in both rounds.",
                    "Name the column that identifies units (unit=…).",
                )
            design = design.with_(clusters=unit)
        work = request(
            sample, design, columns, domain=domain, margins=margins, missing=missing, level=level, limits=limits
        )
        views.append(View(work, list(dict.fromkeys(t for s in wanted for t in terms_of(s))), False, named=True))
    refuse_unknown_codes([(v.work.sample, v.rollup) for v in views])
    link = _Link(views[0], views[1])
    rows: dict[str, list[object]] = {name: [] for name in (*columns, *CHANGE_COLUMNS)}
    for statistic in wanted:
        for margin in range(len(views[0].cells)):
            pair = [v.block(statistic, v.cells[margin]) for v in views]
            for row in link.rows(pair[0], pair[1], columns, level):
                for name, value in row.items():
                    rows[name].append(value)
    notes = dict.fromkeys(note for v in views for note in v.rollup.plan.notes)
    for view, when in zip(views, ("before", "after"), strict=True):
        for variable, count in view.rollup.missing.items():
            notes[f"{variable.label!r} is missing on {count:,} units {when}, which its statistics leave out."] = None
    notes |= dict.fromkeys(link.notes())
    return Changes(
        pa.table({name: _column(name, values, columns) for name, values in rows.items()}), link.counts, tuple(notes),
        columns, level, views[0].work.limits, (views[0].rollup.units, views[1].rollup.units),
        views[1].work.design.describe(),
    )  # fmt: skip


def _wanted(statistics: Sequence[Statistic] | Statistic) -> list[Statistic]:
    wanted: list[Any] = list(statistics) if isinstance(statistics, (list, tuple)) else [statistics]
    odd = next((s for s in wanted if not hasattr(s, "label") or not hasattr(s, "known")), None)
    if odd is not None or not wanted:
        raise ObservatoryError(
            f"{odd!r} is not a statistic." if wanted else "No statistic was asked for.",
            "Use total(…), mean(…), ratio(…), proportion(…) or share(…).",
        )
    labels = [s.label for s in wanted]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise ObservatoryError(f"Two statistics are called {twice!r}.", "Give one of them another name (name=…).")
    return wanted


@dataclass(frozen=True, slots=True)
class _Shared:
    """The clusters of one stage that two rounds share, and the weight of each product of their deviations."""

    first: Codes
    second: Codes
    """The common clusters in the numbering of each round."""
    stratum: Codes
    """Their strata, in the numbering of the round before."""
    strata: int
    common: Floats
    """Stratum to the number of common clusters."""
    weight: Floats
    centred: np.ndarray

    def covariance(self, a: np.ndarray, b: np.ndarray) -> float:
        """Covariance of two sums from their parts on the clusters of each round."""
        x, y = a[self.first], b[self.second]
        with np.errstate(divide="ignore", invalid="ignore"):
            mean_x = np.bincount(self.stratum, weights=x, minlength=self.strata) / self.common
            mean_y = np.bincount(self.stratum, weights=y, minlength=self.strata) / self.common
        mean_x[~self.centred] = mean_y[~self.centred] = 0.0
        return float((self.weight * (x - mean_x[self.stratum]) * (y - mean_y[self.stratum])).sum())


@dataclass(frozen=True, slots=True)
class _Apart:
    """Strata of one stage that both rounds sampled, almost without a cluster in common."""

    before: Codes
    after: Codes
    """These strata in the numbering of each round."""
    weight: Floats
    """How often their clusters' covariance is left out, a positive number."""

    def largest(self, a: np.ndarray, b: np.ndarray, one: Stage, two: Stage) -> float:
        """The largest negative covariance that can be left out, from the parts of two sums on the clusters."""
        first, second = _deviation(a, one), _deviation(b, two)
        return float((self.weight * first[self.before] * second[self.after]).sum())


def _deviation(x: np.ndarray, stage: Stage) -> Floats:
    """Stratum to the standard deviation of `x` among its clusters."""
    mean = np.bincount(stage.stratum, weights=x, minlength=stage.strata) / stage.size
    square = np.bincount(stage.stratum, weights=(x - mean[stage.stratum]) ** 2, minlength=stage.strata)
    made: Floats = np.sqrt(square / np.maximum(stage.size - 1, 1))
    return made


_LARGE = 0.01
"""What standard errors may be too small by before a note says so."""


class _Link:
    """What two rounds have in common, stage by stage."""

    def __init__(self, before: View, after: View) -> None:
        self.views = (before, after)
        self.negative: list[str] = []
        self.short: tuple[float, str] = (0.0, "")
        """How much too small a standard error can be at most, and where."""
        rollups = (before.rollup, after.rollup)
        deep = min(len(r.stage_labels) for r in rollups)
        names = [_names(r, v.work.design, deep) for r, v in zip(rollups, self.views, strict=True)]
        self.stages: list[_Shared] = []
        self.apart: list[_Apart] = []
        passed: dict[int, float] = {}
        for s in range(min(deep, *(len(r.plan.stages) for r in rollups))):
            above = passed
            shared, passed = self._shared(s, names[0][s], names[1][s], above)
            self.apart.append(self._apart(s, shared, above))
            self.stages.append(shared)
            if not passed:
                break
        sizes = [r.plan.first.clusters for r in rollups]
        self.counts = (sizes[0], sizes[1], len(self.stages[0].first))
        self.pairs = self._pairs()

    def _shared(
        self, s: int, before: list[str], after: list[str], above: Mapping[int, float]
    ) -> tuple[_Shared, dict[int, float]]:
        """The common clusters of a stage; `above` gives what the stage above passes down to each of its clusters.

        Also gives what this stage passes down to each common cluster, by its number in the round before.
        """
        one, two = (v.rollup.plan.stages[s] for v in self.views)
        place = {name: i for i, name in enumerate(after)}
        first = np.array([i for i, name in enumerate(before) if name in place], dtype=np.int64)
        second = np.array([place[before[i]] for i in first], dtype=np.int64)
        h, g = one.stratum[first], two.stratum[second]
        self._refuse_moved(s, one, two, first, second)
        common = np.bincount(h, minlength=one.strata).astype(np.float64)
        n1, n2 = one.size[h], two.size[g]
        down = np.array([1.0 if s == 0 else above.get(int(k), 0.0) for k in one.group[h]])
        # n₁ n₂ / N is √(n₁ n₂ f₁ f₂) where both rounds sample the same N, and a mean of both after births and deaths.
        taken = np.sqrt(n1 * n2 * one.fraction[first] * two.fraction[second]) / common[h]
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where(common[h] > 1, common[h] * (1.0 - taken) / (common[h] - 1), 0.0)
        # In a stratum with the same clusters in both rounds, lone ones count as the design says they do.
        whole = (common[h] == n1) & (common[h] == n2) & (one.fraction[first] == two.fraction[second])
        forms = [self._form(v, stage) for v, stage in zip(self.views, (one, two), strict=True)]
        alone = whole & (n1 == 1)
        own = [form[at] / np.where(f > 0, f, 1.0) for (form, _), at, f in zip(
            forms, (first, second), (one.factor[first], two.factor[second]), strict=True)]  # fmt: skip
        weight = np.where(whole, np.sqrt(own[0] * own[1]), weight)
        centred = np.ones(one.strata, dtype=bool)
        centred[h[alone & ~forms[0][1][h] & ~forms[1][1][g]]] = False
        passed = {int(k): float(d * t) for k, d, t in zip(first, down, taken, strict=True) if d * t > 0}
        return _Shared(first, second, h, one.strata, common, weight * down, centred), passed

    def _apart(self, s: int, shared: _Shared, above: Mapping[int, float]) -> _Apart:
        """The strata of a stage with fewer than two common clusters that lie in what both rounds sampled."""
        one, two = (v.rollup.plan.stages[s] for v in self.views)
        if s == 0:
            known = [{v.rollup.plan.name_of(int(r)): h for h, r in enumerate(stage.first)}
                     for v, stage in zip(self.views, (one, two), strict=True)]  # fmt: skip
            pairs = [(h, known[1][name], 1.0) for name, h in known[0].items() if name in known[1]]
        else:
            # Below a common cluster strata are the same where there is one in each round.
            place = dict(zip(self.stages[-1].first.tolist(), self.stages[-1].second.tolist(), strict=True))
            only = [{int(k): h for h, k in enumerate(stage.group) if counts[k] == 1}
                    for stage in (one, two) for counts in [np.bincount(stage.group)]]  # fmt: skip
            pairs = [(only[0][k], only[1][place[k]], down) for k, down in above.items()
                     if k in only[0] and place[k] in only[1]]  # fmt: skip
        h, g = (np.array([pair[i] for pair in pairs], dtype=np.int64) for i in (0, 1))
        taken = np.ones(len(pairs))
        for stage, at in ((one, h), (two, g)):
            drawn = np.bincount(stage.stratum, weights=stage.fraction, minlength=stage.strata)
            taken *= drawn[at]
        missing = np.sqrt(taken) - shared.common[h]
        left = (shared.common[h] < 2) & (missing > 0) & (one.size[h] > 1) & (two.size[g] > 1)
        return _Apart(h[left], g[left], (missing * np.array([pair[2] for pair in pairs]))[left])

    def _form(self, view: View, stage: Stage) -> tuple[Floats, np.ndarray]:
        precision = view.precision
        assert not isinstance(precision, Replicated)
        if precision.spread.by_pairs:
            return np.zeros(stage.clusters), np.ones(stage.strata, dtype=bool)
        return precision.spread.form(stage, view.rollup.inside)

    def _refuse_moved(self, s: int, one: Stage, two: Stage, first: Codes, second: Codes) -> None:
        """Raise ObservatoryError where a common cluster lies in another stratum than before."""
        if s == 0:
            known = [_strata_of(v.rollup) for v in self.views]
            there = [set(k) for k in known]
            moved = [
                (i, known[0][i], known[1][j]) for i, j in zip(first, second, strict=True)
                if known[0][i] != known[1][j] and (known[1][j] in there[0] or known[0][i] in there[1])
            ]  # fmt: skip
            if moved:
                names = _names(self.views[0].rollup, self.views[0].work.design, 1)[0]
                said = "; ".join(f"{names[i]} from {a} to {b}" for i, a, b in moved[:3])
                more = f" and {len(moved) - 3:,} more" if len(moved) > 3 else ""
                raise ObservatoryError(
                    f"Clusters of both rounds changed their stratum, which no covariance here knows: {said}{more}.",
                    "Give both rounds the strata of the first, or post-stratify to the new ones.",
                )
        pairs = np.unique(np.column_stack([one.stratum[first], two.stratum[second]]), axis=0).reshape(-1, 2)
        if any(len(np.unique(pairs[:, k])) != len(pairs) for k in (0, 1)):
            raise ObservatoryError(
                f"Clusters that share a stratum of stage {s + 1} in one round are in several in the other.",
                "Give both rounds the strata of the first, or post-stratify to the new ones.",
            )

    def _pairs(self) -> bool:
        """Whether joint probabilities give the covariance: then all clusters must be in both rounds."""
        spreads = [v.precision.spread for v in self.views if not isinstance(v.precision, Replicated)]
        if not any(s.pairs is not None for s in spreads) or not self.counts[2]:
            return False
        one, two = (v.rollup.plan.first for v in self.views)
        at = self.stages[0]
        same = len(set(self.counts)) == 1 and spreads[0].design.pps == spreads[1].design.pps
        if not same or not np.array_equal(one.fraction[at.first], two.fraction[at.second]):
            raise ObservatoryError(
                "With joint probabilities the covariance of two rounds is known only where both have the same clusters "
                f"with the same probabilities: of {self.counts[0]:,} and {self.counts[1]:,}, {self.counts[2]:,} are in "
                "both.",
                "Take the variance by pps='brewer', or as with replacement (without fpc and pps).",
            )
        return True

    def notes(self) -> list[str]:
        """What a reader should know of how the rounds were linked."""
        found = []
        if not self.counts[2]:
            found.append("No cluster is in both rounds by its name, so the rounds are taken as independent.")
        single = int((self.stages[0].common == 1).sum())
        # A stratum of one cluster in both rounds is the design's to judge.
        partial = single - int((~self.stages[0].centred).sum())
        if self.counts[2] and partial:
            found.append(
                f"{partial:,} strata have a single cluster in both rounds, which shows no covariance and adds none."
            )
        worst, where = self.short
        if worst >= _LARGE:
            found.append(
                f"In {sum(len(a.before) for a in self.apart):,} strata or common clusters at most one of what was "
                "sampled is in both rounds. If the second sample was made to avoid the first, a negative covariance is "
                "left out that cannot be estimated: standard errors may be too small, by about "
                f"{100 * worst:.0f} % at most ({where})."
            )
        if self.negative:
            more = f" and {len(self.negative) - 3:,} more" if len(self.negative) > 3 else ""
            found.append(
                "The variance of the change is negative, and no standard error, for "
                f"{'; '.join(self.negative[:3])}{more}: too few clusters are in both rounds."
            )
        return found

    def rows(self, one: Block, two: Block, by: tuple[str, ...], level: float) -> list[dict[str, object]]:
        """A row for each cell that either round knows."""
        keys = [_keys(b) for b in (one, two)]
        limits = self.views[0].work.limits
        found: list[dict[str, object]] = []
        for key in sorted({*keys[0], *keys[1]}):
            i, j = keys[0].get(key), keys[1].get(key)
            codes = dict(zip((by[c] for c in one.cells.columns), key, strict=True))
            row: dict[str, object] = {name: codes.get(name, TOTAL) for name in by}
            v1 = float(one.value[i]) if i is not None else np.nan
            v2 = float(two.value[j]) if j is not None else np.nan
            numbers = dict.fromkeys(
                ("change", "se", "lower", "upper", "df", "p_value", "relative", "relative_se", "correlation"), np.nan
            )
            status = min((_status(b, d, limits) for b, d in ((one, i), (two, j))), key=_WORST.index)
            if i is not None and j is not None and np.isfinite(v1) and np.isfinite(v2):
                numbers = self._compared(one, two, i, j, level)
                cell = ", ".join(f"{n}={c}" for n, c in codes.items())
                said = f"{one.statistic.label}{' at ' + cell if cell else ''}"
                if not np.isfinite(numbers["se"]):
                    status = "N"
                    if self.pairs or (np.isfinite(one.se[i]) and np.isfinite(two.se[j])):
                        self.negative.append(said)
                short = numbers.pop("short")
                if status in {"A", "U"} and short > self.short[0]:
                    self.short = (short, said)
            row |= {"statistic": one.statistic.label, "before": v1, "after": v2, **numbers}
            row["n_before"] = int(one.n[i]) if i is not None else 0
            row["n_after"] = int(two.n[j]) if j is not None else 0
            row["status"] = status
            found.append(row)
        return found

    def _compared(self, one: Block, two: Block, i: int, j: int, level: float) -> dict[str, float]:
        z = []
        for view, block, d in ((self.views[0], one, i), (self.views[1], two, j)):
            precision = view.precision
            assert not isinstance(precision, Replicated) and block.about.influence is not None
            z.append(precision.residual(block.about.influence, np.array([d]))[:, 0])
        if self.pairs:
            # Of these a round's own variance may be negative, and that of the change not.
            a, b, cov = self._from_pairs(z[0], z[1])
        else:
            a, b, cov = float(one.se[i]) ** 2, float(two.se[j]) ** 2, self._covariance(z[0], z[1])
        v1, v2 = float(one.value[i]), float(two.value[j])
        se = _root(a + b - 2 * cov, abs(a) + abs(b))
        df = float(min(one.df[i], two.df[j]))
        low, high = intervals.student(np.array(v2 - v1), np.array(se), np.array(df), level)
        relative = relative_se = np.nan
        if v1 != 0:
            q = v2 / v1
            relative = q - 1
            relative_se = _root(b + q**2 * a - 2 * q * cov, abs(b) + q**2 * abs(a)) / abs(v1)
        correlation = cov / np.sqrt(a * b) if a > 0 and b > 0 else np.nan
        p = 2 * float(special.stdtr(df, -abs((v2 - v1) / se))) if se > 0 and df > 0 else np.nan
        more = 0.0 if self.pairs else self._left_out(z[0], z[1])
        short = np.sqrt(1 + 2 * more / se**2) - 1 if se > 0 else 0.0
        return {
            "change": v2 - v1, "se": se, "lower": float(low), "upper": float(high), "df": df, "p_value": p,
            "relative": relative, "relative_se": relative_se, "correlation": correlation, "short": float(short),
        }  # fmt: skip

    def _from_pairs(self, a: Floats, b: Floats) -> tuple[float, float, float]:
        """Both variances and the covariance of two sums, from the joint probabilities of the same clusters."""
        at = self.stages[0]
        one, two = (v.rollup.plan.first for v in self.views)
        both = np.zeros((one.clusters, 2))
        both[:, 0] = np.bincount(one.cluster, weights=a, minlength=one.clusters)
        both[at.first, 1] = np.bincount(two.cluster, weights=b, minlength=two.clusters)[at.second]
        precision = self.views[0].precision
        assert not isinstance(precision, Replicated) and precision.spread.pairs is not None
        v = precision.spread.pairs.variance(both)
        return float(v[0, 0]), float(v[1, 1]), float((v[0, 1] + v[1, 0]) / 2)

    def _covariance(self, a: Floats, b: Floats) -> float:
        """Covariance of two sums from their linearised variables on the rows of each round."""
        found = [shared.covariance(*self._parts(s, a, b)) for s, shared in enumerate(self.stages) if len(shared.first)]
        return sum(found)

    def _left_out(self, a: Floats, b: Floats) -> float:
        """The largest negative covariance that `_covariance` can leave out."""
        found = 0.0
        for s, apart in enumerate(self.apart):
            if len(apart.before):
                stages = [v.rollup.plan.stages[s] for v in self.views]
                found += apart.largest(*self._parts(s, a, b), *stages)
        return found

    def _parts(self, s: int, a: Floats, b: Floats) -> tuple[Floats, Floats]:
        """Two sums by cluster of a stage, in each round."""
        one, two = (v.rollup.plan.stages[s] for v in self.views)
        return (
            np.bincount(one.cluster, weights=a, minlength=one.clusters),
            np.bincount(two.cluster, weights=b, minlength=two.clusters),
        )


def _names(rollup: Rollup, design: Design, deep: int) -> list[list[str]]:
    """The names of the clusters of each stage, with those of the stages above them. Raises where names repeat.

    The stratum is part of the name where names start again in every stratum. A cluster drawn with certainty is not what
    was sampled: its name then goes one stage further down.
    """
    found = []
    for s in range(deep):
        stage = rollup.plan.stages[s] if s < len(rollup.plan.stages) else None
        if stage is None:
            break
        row = np.zeros(stage.clusters, dtype=np.int64)
        row[stage.cluster[::-1]] = np.arange(rollup.rows - 1, -1, -1)
        for further in (0, 1):
            listed = []
            for r in row:
                path = [labels[r] for labels in rollup.stage_labels[: s + 1 + further]]
                listed.append(" / ".join([rollup.plan.name_of(int(r)), *path] if design.nest else path))
            if len(set(listed)) == len(listed) or design.certainty is None:
                break
        if len(set(listed)) != len(listed):
            twice = next(name for name in listed if listed.count(name) > 1)
            raise ObservatoryError(
                f"Cluster names repeat at stage {s + 1} ({twice!r}), so clusters cannot be recognised.",
                "Give clusters names that are unique over strata; below clusters drawn with certainty name the units.",
            )
        found.append(listed)
    return found


def _strata_of(rollup: Rollup) -> list[str]:
    """The name of the stratum of each first-stage cluster, as it was before strata were joined."""
    stage = rollup.plan.first
    row = np.zeros(stage.clusters, dtype=np.int64)
    row[stage.cluster[::-1]] = np.arange(rollup.rows - 1, -1, -1)
    return [rollup.plan.name_of(int(r)) for r in row]


def _status(block: Block, place: int | None, limits: PrecisionLimits) -> str:
    """The status of the estimate of one round."""
    if place is None:
        return str(limits.classify(None, None, 0))
    value, se, df = float(block.value[place]), float(block.se[place]), float(block.df[place])
    cv = se / abs(value) if np.isfinite(value) and value != 0 and df > 0 and np.isfinite(se) else None
    return str(limits.classify(value if np.isfinite(value) else None, cv, int(block.n[place])))


def _root(var: float, size: float) -> float:
    """A standard error; none where a variance is negative by more than rounding."""
    return float(np.sqrt(max(var, 0.0))) if var >= -1e-12 * size else float("nan")


def _keys(block: Block) -> dict[tuple[str, ...], int]:
    names = [block.labels[c] for c in block.cells.columns]
    return {tuple(n[k] for n, k in zip(names, row, strict=True)): d for d, row in enumerate(block.cells.codes)}


def _column(name: str, values: list[Any], by: tuple[str, ...]) -> pa.Array:
    if name in by or name in {"statistic", "status"}:
        return pa.array(values, pa.string())
    if name in {"n_before", "n_after"}:
        return pa.array(values, pa.int64())
    return pa.array([v if np.isfinite(v) else None for v in values], pa.float64())


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return "<0.0001" if value < 1e-4 else f"{value:.4f}"
