"""From the columns of a file to the value of a variable, as expressions; and what may be wrong with a value.

A value that cannot be read is a *fault* of its row: the row is set aside with the raw value and the reason, and is
never repaired by guessing. The steps follow the order of docs/reference/sources.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add, and_, or_

import ibis
import ibis.expr.types as ir

from sse_observatory.catalogue.sources import Column, Concordance, Kind, Layout

TYPES: dict[Kind, str] = {
    "text": "string", "truth": "boolean", "day": "date", "count": "int64", "amount": "decimal(18, 2)",
}  # fmt: skip
"""The type in the engine of each kind of variable.

An amount has up to 16 digits before the point. Text becomes a decimal of 19 digits and more a hundred times more slowly
in the default engine, and no unit's accounts need them; totals are added up in 38 digits (`engine.exact_sum`).
"""

_SPREADSHEET_ERRORS = ("#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#N/A", "#SPILL!")
_TRUE = ("true", "t", "yes", "y", "1")
_FALSE = ("false", "f", "no", "n", "0")


@dataclass(frozen=True, slots=True)
class Rule:
    """How one variable is read: its column description, its kind, and the concordance it uses."""

    column: Column
    kind: Kind
    concordance: Concordance | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A reason to set a row aside: where `holds` is true. `column` is the column of the file with the wrong value."""

    rule: str
    column: str
    holds: ir.BooleanValue
    expected: str
    message: str


@dataclass(frozen=True)
class Reading:
    """Variables as expressions over `table`, which holds the raw columns and what was computed on the way.

    `codes` are the raw codes behind variables that use a concordance; `bad` is true where a row has any fault, and
    `faults` say which, one by one.
    """

    table: ir.Table
    values: Mapping[str, ir.Value]
    codes: Mapping[str, ir.StringValue]
    bad: ir.BooleanValue
    faults: tuple[Fault, ...]


def reading(
    raw: ir.Table, rules: Mapping[str, Rule], layout: Layout, step: Callable[[ir.Table], ir.Table] = lambda t: t
) -> Reading:
    """Read `rules` over the raw strings of a file.

    `step` marks where an engine should compute a table before going on (`Engine.step`): without it every test of a
    value would repeat all that leads to the value.
    """
    pieces: dict[tuple[object, ...], _Piece] = {}
    for rule in rules.values():
        for name in rule.column.inputs:
            piece = _Piece(name, rule.column, rule.kind, layout, len(pieces))
            pieces.setdefault(piece.key, piece)
    table = step(raw.mutate(**{p.text_name: p.text(raw) for p in pieces.values()}))
    table = step(table.mutate(**{p.value_name: p.value(table) for p in pieces.values()}))
    values: dict[str, ir.Value] = {}
    codes: dict[str, ir.StringValue] = {}
    faults: list[Fault] = []
    bad: list[ir.BooleanValue] = []
    for name, rule in rules.items():
        column = rule.column
        if column.constant is not None:
            values[name] = ibis.literal(column.constant).cast(TYPES[rule.kind])
            continue
        own = [pieces[_Piece(c, column, rule.kind, layout, 0).key] for c in column.inputs]
        parts = [table[p.value_name] for p in own]
        # Adding a missing part gives a missing sum: a total of what happens to be known is not the total.
        value = reduce(add, parts) if column.sum_of else ibis.coalesce(*parts) if len(parts) > 1 else parts[0]
        if column.required:
            empty = reduce(and_, (table[p.text_name].isnull() for p in own))
            bad.append(empty)
            message = "the value is missing and the unit needs it"
            faults.append(Fault("missing", column.inputs[0], empty, "a value", message))
        if rule.concordance is not None:
            codes[name] = value
            inside = value.re_search(f"^(?:{rule.concordance.pattern})$")
            value = ibis.ifelse(inside, value.substr(0, rule.concordance.digits), ibis.null("string"))
        values[name] = value
    for piece in pieces.values():
        bad.append(piece.wrong(table))
        faults += piece.faults(table)
    any_fault = reduce(or_, bad).fill_null(False) if bad else ibis.literal(False)
    return Reading(table, values, codes, any_fault, tuple(faults))


@dataclass(frozen=True, slots=True)
class _Piece:
    """One column of the file read in one way, in three layers: its text, its value, what is wrong with it."""

    source: str
    column: Column
    kind: Kind
    layout: Layout
    number: int

    @property
    def key(self) -> tuple[object, ...]:
        c = self.column
        return (self.source, self.kind, c.steps, c.null_markers, c.true, c.false, c.date_format, c.allow_negative,
                c.required)  # fmt: skip

    @property
    def text_name(self) -> str:
        return f"__text{self.number}"

    @property
    def value_name(self) -> str:
        return f"__value{self.number}"

    def text(self, raw: ir.Table) -> ir.StringValue:
        text = _clean(raw, self.source, self.column, self.layout)
        return reduce(_step, self.column.steps, text)

    def value(self, table: ir.Table) -> ir.Value:
        text = table[self.text_name]
        if self.kind == "text":
            return text
        read = {"truth": _truth, "day": _day, "count": _count, "amount": _amount}[self.kind]
        return read(text, self.column, self.layout)

    def wrong(self, table: ir.Table) -> ir.BooleanValue:
        """True where any of `faults` holds, in the cheapest form."""
        text, value = table[self.text_name], table[self.value_name]
        if self.kind == "text":
            return text.startswith("#") & text.isin(_SPREADSHEET_ERRORS) | self._rounded(text)
        wrong = text.notnull() & value.isnull()
        if self.kind in {"count", "amount"} and not self.column.allow_negative:
            wrong |= (value < 0).fill_null(False)
        return wrong

    def _rounded(self, text: ir.StringValue) -> ir.BooleanValue:
        # Identifiers of twelve digits and more are turned into powers of ten by spreadsheets; the digits are lost.
        if not self.column.required:
            return ibis.literal(False)
        return (text.contains("E+") & text.re_search(r"\d(\.\d+)?E\+\d+$")).fill_null(False)

    def faults(self, table: ir.Table) -> list[Fault]:
        text, value = table[self.text_name], table[self.value_name]
        unread = text.notnull() & value.isnull()
        found: list[tuple[str, ir.BooleanValue, str, str]] = []
        if self.kind == "text":
            broken = text.isin(_SPREADSHEET_ERRORS).fill_null(False)
            found = [
                ("spreadsheet-error", broken, "a value", "a spreadsheet wrote an error here instead of a value"),
                ("spreadsheet-number", self._rounded(text), "all digits",
                 "a spreadsheet has rounded this identifier to a power of ten"),
            ]  # fmt: skip
        elif self.kind == "truth":
            yes, no = (self.column.true, self.column.false) if self.column.true else (_TRUE, _FALSE)
            expected = f"{', '.join(yes)} or {', '.join(no)}"
            found = [("not-a-truth", unread, expected, "the value is neither true nor false")]
        elif self.kind == "day":
            serial = text.re_search(r"^\d{5}(\.\d+)?$").fill_null(False)
            form = self.column.date_format or self.layout.date_format
            shape = form.replace("%Y", "YYYY").replace("%m", "MM").replace("%d", "DD")
            found = [
                ("spreadsheet-date", unread & serial, shape, "a spreadsheet has written this date as a number of days"),
                ("not-a-date", unread & ~serial, shape, "this is not a date of the calendar in the form described"),
            ]
        elif self.kind == "count":
            broken = _number(text, self.layout).re_search(r"^-?\d*\.\d+$").fill_null(False)
            found = [
                ("not-whole", unread & broken, "a whole number", "a count cannot have decimals"),
                ("not-a-number", unread & ~broken, "a whole number", "this is not a number"),
            ]
        else:
            number = _number(text, self.layout)
            finer = number.re_search(r"^-?\d{1,16}\.\d+$").fill_null(False)
            longer = number.re_search(r"^-?\d{17,}(\.\d+)?$").fill_null(False)
            found = [
                ("too-precise", unread & finer, "at most two decimals", "rounding the amount would change it silently"),
                ("too-large", unread & longer, "at most 16 digits before the point", "the amount has too many digits"),
                ("not-a-number", unread & ~finer & ~longer, "an amount", "this is not a number"),
            ]
        if self.kind in {"count", "amount"} and not self.column.allow_negative:
            what = "a count" if self.kind == "count" else "the amount"
            negative = (value < 0).fill_null(False)
            found.append(("negative", negative, "zero or more", f"{what} cannot be negative"))
        return [Fault(rule, self.source, holds, expected, message) for rule, holds, expected, message in found]


def _clean(raw: ir.Table, name: str, column: Column, layout: Layout) -> ir.StringValue:
    """The text of a column without surrounding white space, null where it is empty or a null marker."""
    text = raw[name].strip().nullif("")
    for marker in dict.fromkeys((*layout.null_markers, *column.null_markers)):
        text = text.nullif(marker)
    return text


def _step(text: ir.StringValue, step: str) -> ir.StringValue:
    verb, _, argument = step.partition(":")
    if verb == "upper":
        return text.upper()
    if verb == "lower":
        return text.lower()
    if verb == "digits":
        return text.re_replace("[^0-9]", "").nullif("")
    if verb == "drop_decimal_zero":
        return text.re_replace(r"^(-?\d+)\.0+$", r"\1")
    if verb == "zero_pad":
        width = int(argument)
        return ibis.ifelse(text.length() < width, text.lpad(width, "0"), text)
    if verb == "prefix":
        return ibis.literal(argument) + text
    if verb in {"before", "after"}:
        at = text.find(argument)
        if verb == "before":
            return ibis.ifelse(at < 0, text, text.substr(0, at)).strip().nullif("")
        return ibis.ifelse(at < 0, ibis.null("string"), text.substr(at + len(argument))).strip().nullif("")
    start, length = (int(n) for n in argument.split(":"))
    return text.substr(start, length).nullif("")


def _truth(text: ir.StringValue, column: Column, layout: Layout) -> ir.Value:
    yes, no = (column.true, column.false) if column.true else (_TRUE, _FALSE)
    written = text if column.true else text.lower()
    return ibis.cases((written.isin(yes), True), (written.isin(no), False), else_=ibis.null("boolean"))


def _day(text: ir.StringValue, column: Column, layout: Layout) -> ir.Value:
    form = column.date_format or layout.date_format
    pattern, order = "", []
    for piece in re.split(r"(%.)", form):
        if piece in {"%Y", "%m", "%d"}:
            pattern += r"(\d{4})" if piece == "%Y" else r"(\d{1,2})"
            order.append(piece)
        else:
            pattern += re.escape(piece)
    iso = "-".join(rf"\{order.index(m) + 1}" if m in order else "1" for m in ("%Y", "%m", "%d"))
    inside = text.re_search(f"^{pattern}$")
    written = text if form == "%Y-%m-%d" else text.re_replace(f"^{pattern}$", iso)
    return ibis.ifelse(inside, written, ibis.null("string")).try_cast("date")


def _number(text: ir.StringValue, layout: Layout) -> ir.StringValue:
    if layout.thousands:
        # French and Spanish offices group by a no-break space, wide or narrow, as often as by a plain one.
        mark = "[ \u00a0\u202f]" if layout.thousands == " " else re.escape(layout.thousands)
        grouped = text.re_search(rf"^-?\d{{1,3}}({mark}\d{{3}})+({re.escape(layout.decimal)}\d+)?$")
        text = ibis.ifelse(grouped, text.re_replace(mark, ""), text)
    return text.replace(",", ".") if layout.decimal == "," else text


def _count(text: ir.StringValue, column: Column, layout: Layout) -> ir.Value:
    number = _number(text, layout)
    return ibis.ifelse(number.re_search(r"^-?\d{1,18}$"), number, ibis.null("string")).try_cast("int64")


def _amount(text: ir.StringValue, column: Column, layout: Layout) -> ir.Value:
    number = _number(text, layout)
    readable = number.re_search(r"^-?\d{1,16}(\.\d{1,2}0*)?$")
    return ibis.ifelse(readable, number, ibis.null("string")).try_cast(TYPES["amount"])
