"""Sums that do not depend on the order of the rows.

A sum of binary fractions changes in its last digits with the order of adding, hence from run to run
on two threads. Published totals are therefore added up in whole numbers or decimals only.
"""

from __future__ import annotations

import ibis.expr.datatypes as dt
import ibis.expr.types as ir

DIGITS = 38


def exact_sum(column: ir.Value) -> ir.Value:
    """The sum of an integer, boolean or decimal column as a decimal of 38 digits; null where every value is null.

    The scale of the result is the scale of the column (0 for integers), so nothing is rounded. An
    engine reports an overflow as an error. Raises TypeError for floating-point columns.
    """
    kind = column.type()
    if isinstance(kind, (dt.Integer, dt.Boolean)):
        if isinstance(kind, dt.Boolean):
            column = column.cast("int64")
        return column.cast(dt.Decimal(DIGITS, 0)).sum().cast(dt.Decimal(DIGITS, 0))
    if isinstance(kind, dt.Decimal):
        exact = dt.Decimal(DIGITS, kind.scale or 0)
        return column.cast(exact).sum().cast(exact)
    raise TypeError(f"a sum of {kind} is not exact: cast the column to an integer or a decimal first")
