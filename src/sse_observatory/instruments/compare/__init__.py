"""What changed between texts: paragraphs lined up, acts compared, chains of succession, provisions that travel.

    comparison = compare(instruments.read("A_RES_77_281.pdf"), instruments.read("A_RES_79_213.pdf"))
    comparison.became("op2").notes

`compare` gives data; `page` makes a fragment of HTML of it, `terminal` lines for a terminal.
"""

from sse_observatory.instruments.compare.comparison import Change, Comparison, Match, compare
from sse_observatory.instruments.compare.notes import Direction, Field, Note
from sse_observatory.instruments.compare.words import Op, Segment, difference

__all__ = [
    "Change", "Comparison", "Direction", "Field", "Match", "Note", "Op", "Segment", "compare", "difference",
]
