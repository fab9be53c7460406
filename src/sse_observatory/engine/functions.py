"""Aggregates the expression library lacks or writes slowly, under one name for every engine."""

from __future__ import annotations

from functools import cache
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir


@cache
def _arg_min(kind: dt.DataType, rank_kind: dt.DataType) -> Any:
    def arg_min(value, rank):  # type: ignore[no-untyped-def]
        """The engine's own function."""

    arg_min.__annotations__ = {"value": kind, "rank": rank_kind, "return": kind}
    return ibis.udf.agg.builtin(arg_min)


def first_present(column: ir.Column, rank: ir.Column) -> ir.Scalar:
    """The value of `column` on the row of smallest `rank` (distinct within a group) among rows that have one.

    Null where no row of the group has a value. Three times as fast as an ordered FIRST in the embedded engine.
    """
    return _arg_min(column.type(), rank.type())(column, rank)


def digest(*columns: ir.Value) -> ir.Column:
    """A 60-bit integer (int64) from the columns' text: rows that differ in any of them differ in it.

    For multiset fingerprints: add digests up with `exact_sum`, and key the sum before it leaves the office.
    Nulls are written as a control character that no value contains.
    """
    text: Any = ibis.literal("")
    for column in columns:
        text = text + column.cast("string").fill_null("\x1e") + "\x1f"
    hexadecimal: Any = text.hexdigest("md5").substr(0, 15)
    return (ibis.literal("0x") + hexadecimal).cast("int64")
