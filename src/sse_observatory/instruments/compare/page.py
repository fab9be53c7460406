"""A comparison as a page: two columns on a desk, one below the other on a telephone.

`fragment` gives markup for a page that brings the style sheet (`STYLE`) along; `document` a page complete in itself.
Everything taken from the texts is escaped. Deletions are struck through and insertions underlined, so that nothing
depends on colour, and are `del` and `ins` for those who listen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources

from sse_observatory.core import Language
from sse_observatory.instruments.compare.comparison import Change, Comparison, Match, Side
from sse_observatory.instruments.compare.notes import Direction, Note
from sse_observatory.instruments.compare.words import Op, Segment
from sse_observatory.instruments.model import Kind
from sse_observatory.instruments.speech import name, place, say

STYLE = resources.files(__package__).joinpath("comparison.css").read_text(encoding="utf-8")
"""The style sheet of the fragment; all its rules are below the class ``comparison``."""
BODY = """body { margin: 0; color: #1a2027; background: #fff; font: 1.0625rem/1.55 system-ui, "Noto Sans", sans-serif; }
main { width: min(100% - 2rem, 70rem); margin-inline: auto; padding-block: 1.5rem 3rem; }
h1 { font: 700 clamp(1.5rem, 1.2rem + 1.4vw, 2.125rem)/1.2 Charter, Georgia, "Liberation Serif", serif; }
h2 { font: 700 1.25rem/1.3 Charter, Georgia, "Liberation Serif", serif; margin: 2rem 0 .75rem; }
"""
"""How `document` looks around the fragment."""
_ARROWS = {Direction.STRONGER: "↑", Direction.WEAKER: "↓", Direction.NEITHER: "", Direction.UNKNOWN: "?"}


def document(comparison: Comparison, lang: Language) -> str:
    """A whole page, readable without anything else."""
    title = escape(_title(comparison, lang))
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{BODY}{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{title}</h1>\n{fragment(comparison, lang)}\n</main>\n</body>\n</html>\n"
    )


def fragment(comparison: Comparison, lang: Language) -> str:
    """The comparison as one element ``section`` with headings from the second level on."""
    parts = [f'<section class="comparison" lang="{lang}">', _summary(comparison, lang)]
    for key, matches in _sections(comparison):
        parts.append(f'<h2>{escape(say(key, lang))}</h2>\n<ol class="cmp-rows">')
        parts += [_row(comparison, match, lang) for match in matches]
        parts.append("</ol>")
    if not comparison.matches:
        parts.append(f"<p>{escape(say('comparison.nothing', lang))}</p>")
    return "\n".join([*parts, "</section>"])


def note_sentence(note: Note, lang: Language) -> str:
    """What a note says, as plain text."""
    how = "changed" if note.old is not None and note.new is not None else "added" if note.old is None else "dropped"
    return say(f"comparison.note.{note.field}.{how}", lang, old=note.old, new=note.new)


def _title(comparison: Comparison, lang: Language) -> str:
    return say("comparison.title", lang, old=name(comparison.old, lang), new=name(comparison.new, lang))


def _summary(comparison: Comparison, lang: Language) -> str:
    counts = "".join(
        f'<li class="cmp-is-{change}"><span class="cmp-tag">{escape(say(f"comparison.change.{change}", lang))}</span> '
        f"<b>{count}</b></li>"
        for change, count in comparison.counts.items()
    )
    key = "comparison.key" if comparison.basis == "words" else "comparison.by_structure"
    return f'<ul class="cmp-counts">{counts}</ul>\n<p class="cmp-key">{escape(say(key, lang))}</p>'


def _sections(comparison: Comparison) -> list[tuple[str, list[Match]]]:
    """The matches by the section in which they stand now, or stood."""
    kinds = {("new", e.id): e.kind for e in comparison.new.elements}
    kinds |= {("old", e.id): e.kind for e in comparison.old.elements}
    found: dict[str, list[Match]] = {"comparison.preamble": [], "comparison.operative": [], "comparison.rest": []}
    for match in comparison.matches:
        id = ("new", match.new[0]) if match.new else ("old", match.old[0])
        key = {Kind.PREAMBULAR: "comparison.preamble", Kind.OPERATIVE: "comparison.operative"}.get(kinds[id])
        found[key if key and not id[1].startswith("annex") else "comparison.rest"].append(match)
    return [(key, matches) for key, matches in found.items() if matches]


def _row(comparison: Comparison, match: Match, lang: Language, level: int = 3) -> str:
    tag = say(f"comparison.change.{match.change}", lang)
    moved = ""
    if match.moved and match.change is not Change.MOVED:
        moved = f' <span class="cmp-moved">{escape(say("comparison.moved", lang))}</span>'
    if match.spelling:
        moved += f' <span class="cmp-moved">{escape(say("comparison.spelling", lang))}</span>'
    where = " → ".join(dict.fromkeys(_places(ids, lang) for ids in (match.old, match.new) if ids))
    head = (
        f'<h{level} class="cmp-head"><span class="cmp-tag">{escape(tag)}</span> '
        f'<span class="cmp-where">{escape(where)}</span>{moved}</h{level}>'
    )
    inner = [head, _notes(match.notes, lang)]
    if match.change in (Change.UNCHANGED, Change.MOVED):
        old, new = _marked(match.difference, Op.INSERT), _marked(match.difference, Op.DELETE)
        shown = match.spelling and not match.parts
        text = _sides(comparison, lang, old, new) if shown else _text(comparison, match.new, "cmp-one")
        inner = [f"<details><summary>{head}</summary>", text, "</details>"]
    elif match.change in (Change.PARALLEL, Change.NEW, Change.DROPPED):
        # A whole paragraph struck through or underlined is hard to read, and its tag says it already.
        before, after = _whole(comparison, "old", match.old), _whole(comparison, "new", match.new)
        inner.append(_sides(comparison, lang, before, after))
    else:
        old, new = _marked(match.difference, Op.INSERT), _marked(match.difference, Op.DELETE)
        inner.append(_sides(comparison, lang, old, new))
        if match.parts:
            inner.append('<ol class="cmp-rows cmp-parts">')
            inner += [_row(comparison, part, lang, min(level + 1, 6)) for part in match.parts]
            inner.append("</ol>")
    return f'<li class="cmp-row cmp-is-{match.change}">{"".join(inner)}</li>'


def _places(ids: Sequence[str], lang: Language) -> str:
    return ", ".join(place(id, lang) for id in ids)


def _notes(notes: Iterable[Note], lang: Language) -> str:
    items = []
    for note in notes:
        grade = ""
        if note.direction is not Direction.NEITHER:
            word = escape(say(f"comparison.direction.{note.direction}", lang))
            arrow = _ARROWS[note.direction]
            grade = f' <span class="cmp-{note.direction}"><span aria-hidden="true">{arrow}</span> {word}</span>'
        items.append(f"<li>{escape(note_sentence(note, lang))}{grade}</li>")
    return f'<ul class="cmp-notes">{"".join(items)}</ul>' if items else ""


def _sides(comparison: Comparison, lang: Language, old: str, new: str) -> str:
    sides = []
    for text, instrument, side in ((old, comparison.old, "old"), (new, comparison.new, "new")):
        if not text:
            sides.append(f'<div class="cmp-side cmp-{side} cmp-none" aria-hidden="true"></div>')
            continue
        of = escape(name(instrument, lang))
        spoken = f' lang="{instrument.expression.language}"'
        sides.append(f'<div class="cmp-side cmp-{side}"><p class="cmp-of">{of}</p><div{spoken}>{text}</div></div>')
    return f'<div class="cmp-sides">{"".join(sides)}</div>'


def _marked(segments: Iterable[Segment], left_out: Op) -> str:
    """One side of a difference as paragraphs, one for each line."""
    pieces = []
    for segment in segments:
        if segment.op is left_out:
            continue
        shown = escape(segment.text)
        element = {Op.EQUAL: "", Op.DELETE: "del", Op.INSERT: "ins"}[segment.op]
        bare = shown.lstrip()
        pieces.append(f"{shown[: len(shown) - len(bare)]}<{element}>{bare}</{element}>" if element else shown)
    text = "".join(pieces).strip()
    return f"<p>{text}</p>" if text else ""


def _text(comparison: Comparison, ids: Sequence[str], style: str) -> str:
    language = comparison.new.expression.language
    return f'<div class="{style}" lang="{language}">{_whole(comparison, "new", ids)}</div>'


def _whole(comparison: Comparison, side: Side, ids: Sequence[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in comparison.printed(side, ids))
