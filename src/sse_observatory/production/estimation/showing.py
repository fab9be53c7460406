"""A result as people read it: in a terminal of any width, at the prompt of Python, in a notebook.

Numbers are never cut. Where a terminal is too narrow, whole columns are left out, the least needed first, and a line
says which.
"""

from __future__ import annotations

from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from sse_observatory.core import ObsStatus
from sse_observatory.production.estimation.result import FLAGS, MEANINGS, column_digits, shown_number

if TYPE_CHECKING:
    from sse_observatory.production.estimation.result import Result

_LEFT_OUT = ("deff", "n", "cv %", "to", "se")
"""What a narrow terminal does without, in this order; both ends of the interval go together."""

_AT_PROMPT = 20


def summary(result: Result, out: Console, rows: int) -> None:
    """Print at most `rows` of the estimates, with what is said of them."""
    headings = _headings(result)
    shown = result.table.slice(0, rows).to_pylist()
    lines = _lines(result, shown)
    left_out: list[str] = []
    drawn = _drawn(result, headings, lines, left_out)
    for name in _LEFT_OUT:
        if Measurement.get(out, out.options.update(max_width=10_000), drawn).maximum <= out.width:
            break
        left_out += [name] if name != "to" else [headings[2], "to"]
        drawn = _drawn(result, headings, lines, left_out)
    out.print(f"[bold]{result.units:,} units[/]; ", Text(result.design.describe()), sep="", highlight=False)
    out.print(drawn, highlight=False)
    for said in _said(result, shown):
        out.print(Text(said, style="dim"), highlight=False)
    if left_out:
        out.print(Text(f"Left out for want of room: {', '.join(left_out)}; all are in .table.", style="dim"))


def as_text(result: Result) -> str:
    """The summary as plain text, for the prompt."""
    out = Console(file=StringIO(), width=max(Console().width, 60), no_color=True, force_terminal=False)
    summary(result, out, _AT_PROMPT)
    assert isinstance(out.file, StringIO)
    return "\n".join(line.rstrip() for line in out.file.getvalue().splitlines())


def as_html(result: Result) -> str:
    """The summary as a table of a notebook."""
    shown = result.table.slice(0, 60).to_pylist()
    keys = [*result.by, *_headings(result), ""]
    head = "".join(f"<th scope='col'>{escape(k)}</th>" for k in keys)
    body = []
    for statistic, cells in _lines(result, shown):
        if statistic:
            body.append(f"<tr><th scope='rowgroup' colspan='{len(keys)}'>{escape(statistic)}</th></tr>")
        named = "".join(f"<th scope='row'>{escape(c)}</th>" for c in cells[: len(result.by)])
        values = cells[len(result.by) :] if result.by else cells[1:]
        body.append(f"<tr>{named}{''.join(f'<td>{escape(c)}</td>' for c in values)}</tr>")
    caption = escape(f"{result.units:,} units; {result.design.describe()}")
    said = "".join(f"<p>{escape(line)}</p>" for line in _said(result, shown))
    rows = "".join(body)
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{said}"


def _headings(result: Result) -> tuple[str, ...]:
    return ("estimate", "se", f"{result.level * 100:g} % from", "to", "cv %", "deff", "n")


def _lines(result: Result, shown: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """For every row the statistic where a new one begins, and what stands in its cells."""
    width = len(result.by) or 1
    statistic, before, digits = None, [""] * width, 0
    made = []
    for row in shown:
        new = row["statistic"] != statistic
        if new:
            statistic, before = row["statistic"], [""] * width
            digits = column_digits([r for r in shown if r["statistic"] == statistic])
        codes = [row[name] for name in result.by] or [""]
        same = [before[: i + 1] == codes[: i + 1] and i + 1 < width for i in range(width)]
        before = codes
        numbers = [shown_number(row[name], digits) for name in ("estimate", "se", "lower", "upper")]
        cv = "" if row["cv"] is None else f"{100 * row['cv']:.1f}"
        named = ["" if s else code for s, code in zip(same, codes, strict=True)]
        flag = FLAGS.get(ObsStatus(row["status"]), "")
        made.append((str(statistic) if new else "",
                     [*named, *numbers, cv, shown_number(row["deff"], 2), f"{row['n']:,}", flag]))  # fmt: skip
    return made


def _drawn(
    result: Result, headings: tuple[str, ...], lines: list[tuple[str, list[str]]], left_out: list[str]
) -> Table:
    drawn = Table(box=None, pad_edge=False, header_style="bold", show_header=True)
    first = len(result.by) or 1
    for name in result.by or ("",):
        drawn.add_column(Text(name), no_wrap=True)
    kept = [i for i, name in enumerate(headings) if name not in left_out]
    for i in kept:
        drawn.add_column(headings[i], justify="right", no_wrap=True)
    drawn.add_column("", no_wrap=True)
    for statistic, cells in lines:
        if statistic:
            drawn.add_row()
            drawn.add_row(Text(statistic, style="bold"))
        style = "dim" if cells[-1] in {"n", "m", ":"} else None
        drawn.add_row(*map(Text, (*cells[:first], *(cells[first + i] for i in kept), cells[-1])), style=style)
    return drawn


def _said(result: Result, shown: list[dict[str, Any]]) -> list[str]:
    """What stands below the table."""
    met = {row["status"] for row in shown}
    meanings = [f"{FLAGS[s]} {MEANINGS[FLAGS[s]]}" for s in FLAGS if str(s) in met]
    said = [f"{', '.join(meanings)} (limits {result.limits.version})"] if meanings else []
    left = result.table.num_rows - len(shown)
    said += [f"… and {left:,} more rows in .table"] if left > 0 else []
    return [*said, *result.notes]
