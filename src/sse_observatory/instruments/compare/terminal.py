"""A comparison in a terminal: what changed first, then the words, with marks that survive without colours.

Deleted words stand in ``[-…-]`` and new ones in ``{+…+}``, as `wdiff` writes them. Stretches without a change are cut
down to the words around the changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from sse_observatory.core import Language
from sse_observatory.instruments.compare.comparison import Change, Comparison, Match
from sse_observatory.instruments.compare.notes import Direction
from sse_observatory.instruments.compare.page import note_sentence
from sse_observatory.instruments.compare.words import Op, Segment, same
from sse_observatory.instruments.speech import name, say

CONTEXT = 8
"""Words shown on each side of a change."""
OPENING = 12
"""Words shown of a paragraph that did not change."""
_STYLES = {
    Change.STRENGTHENED: "bold green", Change.NEW: "bold green",
    Change.WEAKENED: "bold red", Change.DROPPED: "bold red", Change.UNCHANGED: "dim", Change.UNKNOWN: "bold yellow",
}  # fmt: skip
_ARROWS = {Direction.STRONGER: "↑", Direction.WEAKER: "↓", Direction.NEITHER: "·", Direction.UNKNOWN: "?"}


def lines(comparison: Comparison, lang: Language, *, full: bool = False) -> Iterator[Text]:
    """The lines of the view, each to be wrapped by whoever prints it; the whole text of changes if `full`."""
    yield Text(say("comparison.title", lang, old=name(comparison.old, lang), new=name(comparison.new, lang)), "bold")
    counts = (f"{say(f'comparison.change.{c}', lang)} {n}" for c, n in comparison.counts.items())
    yield Text(" · ".join(counts))
    key = "comparison.key_text" if comparison.basis == "words" else "comparison.by_structure"
    yield Text(say(key if comparison.matches else "comparison.nothing", lang), "dim")
    brief = False
    for match in comparison.matches:
        before, brief = brief, _is_brief(match)
        if not (before and brief):
            yield Text("")
        yield from _match(comparison, match, lang, "", full)


def _match(comparison: Comparison, match: Match, lang: Language, indent: str, full: bool) -> Iterator[Text]:
    ids = _ids(match)
    word = say(f"comparison.change.{match.change}", lang)
    if match.spelling:
        word += f" ({say('comparison.spelling', lang)})"
    if _is_brief(match):
        yield Text.assemble(
            indent, (ids, "bold"), "  ", (word, _STYLES.get(match.change, "bold")), "  ",
            (_opening(comparison.element("new", match.new[0]).text), "dim"),
        )
        return
    moved = f" ({say('comparison.moved', lang)})" if match.moved else ""
    yield Text.assemble(indent, (ids, "bold"), "  ", (word + moved, _STYLES.get(match.change, "bold")))
    for note in match.notes:
        grade = ""
        if note.direction is not Direction.NEITHER:
            grade = f" ({say(f'comparison.direction.{note.direction}', lang)})"
        yield Text(f"{indent}  {_ARROWS[note.direction]} {note_sentence(note, lang)}{grade}")
    if match.change in (Change.NEW, Change.DROPPED):
        for line in comparison.printed("new", match.new) or comparison.printed("old", match.old):
            yield Text(f"{indent}  {line}")
        return
    if not match.parts or _differs(match.difference):
        yield Text.assemble(f"{indent}  ", *_marked(match.difference, full))
    for part in match.parts:
        yield from _match(comparison, part, lang, indent + "  ", full)


def _differs(segments: Sequence[Segment]) -> bool:
    """Whether more than spelling changed: the words of a paragraph around its changed parts may well be the same."""
    old, new = ("".join(s.text for s in segments if s.op is not left_out) for left_out in (Op.INSERT, Op.DELETE))
    return same(old, new) is None


def _is_brief(match: Match) -> bool:
    return match.change in (Change.UNCHANGED, Change.MOVED) or (match.change is Change.PARALLEL and not match.notes)


def _ids(match: Match) -> str:
    return " → ".join(dict.fromkeys(", ".join(ids) for ids in (match.old, match.new) if ids))


def _opening(text: str) -> str:
    there = text.split()
    return " ".join(there[:OPENING]) + (" …" if len(there) > OPENING else "")


def _marked(segments: Sequence[Segment], full: bool) -> Iterator[tuple[str, str]]:
    for at, segment in enumerate(segments):
        bare = segment.text.strip()
        after_deletion = at > 0 and segments[at - 1].op is Op.DELETE and segment.op is Op.INSERT
        yield " " if at and (segment.text[:1].isspace() or after_deletion) else "", ""
        if segment.op is Op.DELETE:
            yield f"[-{bare}-]", "red strike"
        elif segment.op is Op.INSERT:
            yield f"{{+{bare}+}}", "green underline"
        else:
            yield (bare if full else _around(bare, at > 0, at < len(segments) - 1)), ""


def _around(text: str, change_before: bool, change_after: bool) -> str:
    """An unchanged stretch with its middle, or the end away from the changes, left out."""
    there = text.split()
    kept = CONTEXT * (change_before + change_after)
    if len(there) <= kept + 3:
        return text
    before = " ".join(there[:CONTEXT]) if change_before else ""
    after = " ".join(there[-CONTEXT:]) if change_after else ""
    return f"{before} … {after}".strip()


def wrapped(texts: Iterable[Text], width: int) -> Iterator[Text]:
    """The lines broken to `width`, continued under the text they belong to."""
    from rich.console import Console

    console = Console(width=width)
    for text in texts:
        indent = len(text.plain) - len(text.plain.lstrip())
        hanging = indent or 4
        for at, line in enumerate(text[indent:].wrap(console, max(width - hanging, 20))):
            line.rstrip()
            yield Text.assemble(" " * (hanging if at else indent), line)
