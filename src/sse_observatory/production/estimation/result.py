"""The result of an estimation: a publication table with its precision, to read, to draw and to combine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from scipy import special

from sse_observatory.catalogue.load import PACKAGED
from sse_observatory.catalogue.parameters import PrecisionLimits, precision_limits
from sse_observatory.core import Language, NotFound, ObservatoryError, ObsStatus
from sse_observatory.production.estimation import intervals
from sse_observatory.production.estimation.arrays import nullable, texts, whole_numbers
from sse_observatory.production.estimation.design import Design
from sse_observatory.production.estimation.plan import Floats
from sse_observatory.production.estimation.precision import Influence, Precision, Replicated
from sse_observatory.production.estimation.statistics import Statistic
from sse_observatory.structures import TOTAL

if TYPE_CHECKING:
    from rich.console import Console

    from sse_observatory.figures import Chart, Mark
    from sse_observatory.production.estimation.estimate import Cells


RESULT_COLUMNS = (
    "statistic", "estimate", "se", "lower", "upper", "cv", "deff", "n", "n_effective", "df", "status", "exact",
)  # fmt: skip
"""The columns of a result beside the codes of its cells."""


@cache
def agreed_limits() -> PrecisionLimits:
    """The limits of precision of the catalogue that comes with the package."""
    return precision_limits(PACKAGED)


@dataclass(frozen=True, slots=True)
class About:
    """What covariances of the estimates of a block are computed from: linearised variables, or replicates."""

    precision: Precision
    present: np.ndarray
    influence: Influence | None
    replicates: Floats | None
    scale: Floats | None = None
    """A factor per domain."""

    def scaled(self, factor: Floats) -> About:
        """The same for estimates multiplied by a factor per domain."""
        return About(self.precision, self.present, self.influence, self.replicates, factor)


@dataclass(frozen=True, slots=True)
class Block:
    """One statistic in the domains of one margin of the table."""

    statistic: Statistic
    cells: Cells
    labels: tuple[tuple[str, ...], ...]
    """The codes of each column of `by`."""
    value: Floats
    se: Floats
    lower: Floats
    upper: Floats
    df: Floats
    n: Floats
    population: Floats
    deff: Floats
    about: About
    exact: tuple[Decimal | None, ...] | None = None
    """The values without rounding, where weights and variable are whole numbers or decimals."""


@dataclass(frozen=True, slots=True)
class Combination:
    """A combination of estimates: a difference, a sum, a ratio."""

    label: str
    value: float
    se: float
    lower: float
    upper: float
    df: float
    notes: tuple[str, ...] = ()
    """Estimates it rests on that are of low reliability or below precision."""

    def __str__(self) -> str:
        digits = decimals(self.se if self.se > 0 else self.value)
        value, se, low, high = (
            f"{x:,.{digits}f}" if np.isfinite(x) else "?" for x in (self.value, self.se, self.lower, self.upper)
        )
        p = "p < 0.0001" if self.p_value < 1e-4 else f"p = {self.p_value:.4f}"
        said = f"; {p}" if np.isfinite(self.p_value) else ""
        return "; ".join([f"{self.label} {value}, standard error {se}, from {low} to {high}{said}", *self.notes])

    @property
    def t(self) -> float:
        """The value in standard errors."""
        return self.value / self.se if self.se else float("nan")

    @property
    def p_value(self) -> float:
        """The probability of a value as far from zero if there is nothing (Student's t)."""
        if not np.isfinite(self.t) or not self.df > 0:
            return float("nan")
        tail = special.stdtr(self.df, -abs(self.t)) if np.isfinite(self.df) else special.ndtr(-abs(self.t))
        return float(2 * tail)


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """Estimates with their precision.

    `table` has a row for each, `covariance` says how they vary together, `difference`, `contrast` and `quotient`
    combine them, `summary` prints them, `chart` draws them.
    """

    blocks: tuple[Block, ...]
    by: tuple[str, ...]
    design: Design
    level: float
    sample: str = "the sample"
    notes: tuple[str, ...] = ()
    """What a reader of the numbers should know: units left out, strata collapsed."""
    limits: PrecisionLimits = field(default_factory=agreed_limits)
    units: int = 0
    _table: list[pa.Table] = field(default_factory=list, repr=False, compare=False)

    @property
    def table(self) -> pa.Table:
        """A row per estimate: the codes of `by` (``_T`` for totals), the statistic, its value and its precision.

        ``se``, ``lower`` and ``upper`` of the confidence interval, ``cv``, ``deff``, ``n`` units, ``n_effective``,
        ``df``, ``status`` (``A`` normal, ``U`` low reliability, ``N`` below precision, ``M`` not defined, ``O`` no
        sample; see `limits`), and ``exact`` where weights and variable allow a total without rounding. A number that
        cannot be had is null.
        """
        if not self._table:
            self._table.append(self._made())
        return self._table[0]

    def _made(self) -> pa.Table:
        scale = max((-_exponent(d) for b in self.blocks for d in b.exact or () if d is not None), default=0)
        return pa.concat_tables([self._rows(b, scale) for b in self.blocks])

    def _rows(self, block: Block, scale: int) -> pa.Table:
        count = block.cells.count
        columns: dict[str, Any] = {}
        for i, name in enumerate(self.by):
            if i in block.cells.columns:
                at = block.cells.codes[:, block.cells.columns.index(i)]
                columns[name] = texts([block.labels[i][k] for k in at])
            else:
                columns[name] = texts([TOTAL] * count)
        columns["statistic"] = texts([block.statistic.label] * count)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Without degrees of freedom a standard error, often of nought, says nothing about precision.
            known = (block.value != 0) & (block.df > 0)
            cv = np.where(known, block.se / np.abs(block.value), np.nan)
            effective = block.n / block.deff
        numbers = {"estimate": block.value, "se": block.se, "lower": block.lower, "upper": block.upper, "cv": cv,
                   "deff": block.deff}  # fmt: skip
        columns |= {name: nullable(values) for name, values in numbers.items()}
        columns["n"] = whole_numbers(block.n)
        columns["n_effective"] = nullable(effective)
        columns["df"] = nullable(block.df)
        columns["status"] = texts([
            str(self.limits.classify(_or_none(v), _or_none(c), int(n)))
            for v, c, n in zip(block.value, cv, block.n, strict=True)
        ])  # fmt: skip
        exact = pa.decimal128(38, scale)
        columns["exact"] = pa.nulls(count, exact) if block.exact is None else pa.array(list(block.exact), exact)
        return pa.Table.from_arrays(list(columns.values()), names=list(columns))

    def pandas(self) -> Any:
        """The table as a pandas DataFrame."""
        return self.table.to_pandas()

    # -- combining ------------------------------------------------------------------------------------

    def at(self, statistic: str | None = None, **codes: object) -> int:
        """The row of the table for a statistic and codes of `by`; a column not named is at its total.

        Raises NotFound. The statistic may be left out where there is only one.
        """
        labels = list(dict.fromkeys(b.statistic.label for b in self.blocks))
        if statistic is None:
            if len(labels) > 1:
                raise NotFound("The result has several statistics.", f"Name one of {', '.join(labels)}.")
            statistic = labels[0]
        unknown = [c for c in codes if c not in self.by]
        if unknown or statistic not in labels:
            raise NotFound(
                f"The result has no {unknown[0] if unknown else statistic!r}.",
                f"Statistics: {', '.join(labels)}; columns: {', '.join(self.by) or 'none'}.",
            )
        wanted = {name: str(codes.get(name, TOTAL)) for name in self.by}
        table = self.table
        match = np.asarray(table["statistic"].to_numpy(zero_copy_only=False) == statistic)
        for name, code in wanted.items():
            match &= np.asarray(table[name].to_numpy(zero_copy_only=False) == code)
        found = np.flatnonzero(match)
        if not len(found):
            where = ", ".join(f"{n}={c}" for n, c in wanted.items())
            raise NotFound(f"The result has no row for {statistic} at {where}.", "Look at the codes in its table.")
        return int(found[0])

    def covariance(self, rows: Sequence[int] | None = None) -> Floats:
        """The covariance matrix of the estimates in these rows of the table, all of them if none are given."""
        chosen = np.arange(self.table.num_rows) if rows is None else np.asarray(rows, dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum([b.cells.count for b in self.blocks])])
        block_of = np.searchsorted(starts, chosen, side="right") - 1
        groups = [(self.blocks[b], np.flatnonzero(block_of == b)) for b in np.unique(block_of)]
        values = np.concatenate([b.value for b in self.blocks])[chosen]
        precision = groups[0][0].about.precision
        if isinstance(precision, Replicated):
            replicates = np.empty((precision.factors.count, len(chosen)))
            for block, places in groups:
                domains = chosen[places] - starts[block_of[places[0]]]
                found = block.about.replicates
                if found is None:
                    raise ObservatoryError("This result keeps no replicates.", "Estimate again with replicates.")
                part = found[:, domains]
                if block.about.scale is not None:
                    part = block.value[domains] + (part - part.mean(axis=0)) * block.about.scale[domains]
                replicates[:, places] = part
            return precision.factors.covariance(replicates, values)
        # Roll-ups differ in their rows but not in their clusters, where linearised variables meet.
        views = list({id(b.about.precision): b.about.precision for b, _ in groups}.values())
        spread = groups[0][0].about.precision.spread
        parts = []
        for view in views:
            plan = view.spread.plan
            z = np.zeros((len(plan.first.cluster), len(chosen)))
            for block, places in groups:
                if block.about.precision is not view:
                    continue
                domains = chosen[places] - starts[block_of[places[0]]]
                assert block.about.influence is not None
                columns = view.residual(block.about.influence, domains)
                if block.about.scale is not None:
                    columns = columns * block.about.scale[domains]
                z[:, places] = columns
            parts.append((plan, z))
        made: Floats = spread.joint(parts)
        return made

    def contrast(self, weights: Mapping[int, float], label: str = "contrast") -> Combination:
        """A weighted sum of estimates, given by rows of the table (see `at`)."""
        if not weights:
            raise ObservatoryError(
                "A contrast of no estimates was asked for.", "Give rows and their weights: {i: 1, j: -1}."
            )
        rows = self._rows_of(list(weights))
        for row, w in weights.items():
            if isinstance(w, (str, bool)) or not np.isfinite(w):
                raise ObservatoryError(
                    f"The weight of row {row} is {w!r}.", "Give a number for each row: {i: 1, j: -1}."
                )
        c = np.array([float(w) for w in weights.values()])
        values = np.array([self._value(r) for r in rows])
        return self._combined(label, float(c @ values), c, rows)

    def difference(self, first: int, second: int) -> Combination:
        """The first estimate less the second."""
        rows = self._rows_of([first, second])
        a, b = (self._value(r) for r in rows)
        return self._combined("difference", a - b, np.array([1.0, -1.0]), rows)

    def quotient(self, first: int, second: int) -> Combination:
        """The first estimate over the second."""
        rows = self._rows_of([first, second])
        a, b = (self._value(r) for r in rows)
        if b == 0:
            raise ObservatoryError(
                f"{self._said(rows[1])} is zero, and nothing can be divided by it.",
                "A quotient needs another denominator.",
            )
        return self._combined("quotient", a / b, np.array([1 / b, -a / b**2]), rows)

    def combine(self, function: Callable[..., Any], *rows: int, label: str = "combination") -> Combination:
        """A smooth function of estimates, such as ``combine(lambda e, h: np.log(e / h), i, j)``.

        Its standard error is by the delta method (R's ``svycontrast`` with an expression). The function is made of
        arithmetic and NumPy's functions: it is asked for its derivative a step into the complex numbers.
        """
        chosen = self._rows_of(list(rows))
        values = [self._value(r) for r in chosen]
        step = 1e-200
        try:
            with np.errstate(all="ignore"):
                value = float(function(*values))
                places = range(len(values))
                moved = [[complex(v, step if i == k else 0.0) for i, v in enumerate(values)] for k in places]
                gradient = np.array([complex(function(*m)).imag / step for m in moved])
                near = [[v + (1e-6 * abs(v) or 1e-6 if i == k else 0.0) for i, v in enumerate(values)] for k in places]
                slopes = np.array([(float(function(*m)) - value) / (m[k] - values[k]) for k, m in enumerate(near)])
        except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
            raise ObservatoryError(
                f"The function cannot be computed from these estimates: {error}.",
                f"Write it with arithmetic and NumPy's functions (np.log, np.sqrt) of {len(chosen)} numbers.",
            ) from None
        size = np.maximum(np.abs(values), 1e-6)
        # A function such as abs() has a value off the real line and no derivative there: two ways must agree.
        apart = np.abs(slopes - gradient) * size > 1e-3 * (abs(value) + np.abs(gradient) * size)
        if not np.isfinite(value) or not np.isfinite(gradient).all() or apart.any():
            raise ObservatoryError(
                f"The function has no value or no derivative at {', '.join(f'{v:g}' for v in values)}.",
                "Write it with arithmetic, np.log, np.exp and np.sqrt, and choose cells where they are defined.",
            )
        return self._combined(label, value, gradient, chosen)

    def _rows_of(self, rows: Sequence[Any]) -> list[int]:
        """Numbers of rows, each of which is in the table. Raises NotFound."""
        count = self.table.num_rows
        for row in rows:
            if isinstance(row, bool) or not isinstance(row, (int, np.integer)) or not 0 <= row < count:
                raise NotFound(
                    f"The result has no row {row!r}: its table has rows 0 to {count - 1}.",
                    "Find a row by its statistic and codes: result.at('mean(jobs)', sex='F').",
                )
        return [int(row) for row in rows]

    def _said(self, row: int) -> str:
        """The statistic of a row and the cell it is about."""
        cell = [f"{name}={code}" for name in self.by if (code := self.table[name][row].as_py()) != TOTAL]
        statistic = self.table["statistic"][row].as_py()
        return f"{statistic} at {', '.join(cell)}" if cell else str(statistic)

    def _value(self, row: int) -> float:
        value = self.table["estimate"][row].as_py()
        if value is None:
            flag = FLAGS.get(ObsStatus(self.table["status"][row].as_py()), "m")
            raise ObservatoryError(f"{self._said(row)} has no value: {MEANINGS[flag]}.", "Choose cells with a sample.")
        return float(value)

    def _combined(self, label: str, value: float, gradient: Floats, rows: Sequence[int]) -> Combination:
        v = self.covariance(rows)
        var = float(gradient @ v @ gradient)
        # What cancels leaves rounding of the size of what cancelled; below that a variance is negative in earnest.
        rounding = 1e-12 * float(np.square(gradient) @ np.abs(np.diag(v)))
        se = float(np.sqrt(max(var, 0.0))) if var >= -rounding else float("nan")
        known = [d for r in rows if (d := self.table["df"][r].as_py()) is not None]
        df = min(known) if known else float("nan")
        low, high = intervals.student(np.array(value), np.array(se), np.array(df), self.level)
        notes = []
        for row in rows:
            flag = FLAGS.get(ObsStatus(self.table["status"][row].as_py()))
            if flag is not None:
                notes.append(f"{self._said(row)} is {_DOUBTS.get(flag, MEANINGS[flag])}")
        return Combination(label, value, se, float(low), float(high), df, tuple(dict.fromkeys(notes)))

    # -- showing --------------------------------------------------------------------------------------

    def summary(self, console: Console | None = None, rows: int = 60) -> None:
        """Print the estimates with their precision to the terminal, at most `rows` of them."""
        from rich.console import Console as RichConsole

        from sse_observatory.production.estimation import showing

        # What goes to a file is not cut to the width of a terminal that is not there.
        showing.summary(self, console or RichConsole(width=None if sys.stdout.isatty() else 140), rows)

    def __repr__(self) -> str:
        """The beginning of the summary: what a prompt shows."""
        from sse_observatory.production.estimation import showing

        return showing.as_text(self)

    def _repr_html_(self) -> str:
        """The summary as a notebook shows it."""
        from sse_observatory.production.estimation import showing

        return showing.as_html(self)

    def chart(
        self,
        statistic: str | None = None,
        by: str | None = None,
        *,
        language: Language = "en",
        title: str | None = None,
        labels: Mapping[str, str] | None = None,
        width: int = 680,
    ) -> Chart:
        """Bars of a statistic over the codes of one column, other columns at their total, with confidence intervals.

        Estimates of low reliability are drawn lighter and marked ``u``; those below precision are not drawn, and marked
        ``n``. `labels` gives names to codes, in the `language` of the chart.
        """
        from sse_observatory.figures import Mark

        names = list(dict.fromkeys(b.statistic.label for b in self.blocks))
        chosen, column, rows = charted(
            self.table, names, self.by, statistic, by, absent="The result has no", todo="Estimate with margins=True."
        )
        digits = column_digits(rows)
        marks = []
        for r in rows:
            flag = FLAGS.get(ObsStatus(r["status"]), "")
            code = str(r[column]) if column is not None else chosen
            value, low, high = (
                None if r[name] is None or flag in {"n", "m", ":"} else Decimal(f"{r[name]:.{digits}f}")
                for name in ("estimate", "lower", "upper")
            )
            ends = None if low is None or high is None or not (low + high).is_finite() else (low, high)
            meaning = WORDS[language][flag] if flag else ""
            level = Decimal(f"{self.level * 100:g}")
            marks.append(Mark((labels or {}).get(code, code), value, flag, meaning, digits, ends, level))
        heading = title or (chosen if column is None else _BY[language].format(statistic=chosen, column=column))
        met = {mark.flag for mark in marks}
        letters = [f"{flag} {WORDS[language][flag]}" for flag in FLAGS.values() if flag in met]
        return drawn(marks, heading, letters, language, (column or "", chosen), width)


def charted(
    table: pa.Table, names: Sequence[str], columns: Sequence[str], statistic: str | None, by: str | None, *,
    absent: str, todo: str,
) -> tuple[str, str | None, list[dict[str, Any]]]:  # fmt: skip
    """The statistic and column that a chart is of, and its rows: other columns at their total.

    The first of `names` and of `columns` if none is asked for. Raises NotFound, beginning with `absent`, for one that
    is not there, and ObservatoryError with `todo` where the table has no such margin.
    """
    chosen = names[0] if statistic is None else statistic
    column = by if by is not None else (columns[0] if columns else None)
    if chosen not in names or (column is not None and column not in columns):
        raise NotFound(
            f"{absent} {chosen!r} by {column!r}.",
            f"Statistics: {', '.join(names)}; columns: {', '.join(columns) or 'none'}.",
        )
    rows = [r for r in table.to_pylist() if r["statistic"] == chosen]
    rows = [r for r in rows if all(r[n] == TOTAL for n in columns if n != column)]
    if column is not None and len(rows) > 1:
        rows = [r for r in rows if r[column] != TOTAL]
    if not rows:
        raise ObservatoryError(f"There is no margin of {chosen!r} by {column!r} alone.", todo)
    return chosen, column, rows


def drawn(
    marks: Sequence[Mark], heading: str, letters: Sequence[str], language: Language, headers: tuple[str, str],
    width: int,
) -> Chart:  # fmt: skip
    """Bars of estimates, with what their letters mean below the title and all of it in words."""
    from sse_observatory.figures import bar_chart, legend

    colon, stop = ("\u202f: ", "\u202f; ") if language == "fr" else (": ", "; ")
    told = stop.join(f"{mark.label}{colon}{mark.told(language)}" for mark in marks)
    alt = " ".join(part for part in (f"{heading}. {told}.", legend(marks, language)) if part)
    return bar_chart(marks, heading, language, subtitle=stop.join(letters), alt=alt, headers=headers, width=width)


FLAGS = {
    ObsStatus.LOW_RELIABILITY: "u", ObsStatus.NOT_SIGNIFICANT: "n", ObsStatus.NOT_APPLICABLE: "m",
    ObsStatus.MISSING: ":",
}  # fmt: skip
_DOUBTS = {"u": "of low reliability"}
MEANINGS = {"u": "low reliability", "n": "below precision", "m": "not defined", ":": "no sample"}
WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": MEANINGS,
    "fr": {"u": "faible fiabilité", "n": "précision insuffisante", "m": "non défini", ":": "aucune unité"},
    "es": {"u": "fiabilidad baja", "n": "precisión insuficiente", "m": "no definido", ":": "sin unidades"},
}
"""What the letters of a chart mean."""
_BY: Mapping[Language, str] = {
    "en": "{statistic} by {column}", "fr": "{statistic} par {column}", "es": "{statistic} por {column}",
}  # fmt: skip


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def column_digits(rows: Sequence[Mapping[str, Any]]) -> int:
    """Decimals for a column of estimates, so that they can be compared: those of the middle one's standard error."""
    known = sorted(decimals(r["se"] or r["estimate"]) for r in rows if r["estimate"] is not None)
    return known[len(known) // 2] if known else 0


def decimals(reference: float | None) -> int:
    """Decimals that show about three significant digits of a number of this size."""
    if not reference or not np.isfinite(reference):
        return 0
    return int(min(max(2 - np.floor(np.log10(abs(reference))), 0), 8))


def shown_number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
