"""Lines put together into paragraphs.

A line end is the end of a paragraph or only of a line. Blank lines, labels, the width of the page, closing punctuation
and the first words of the next line tell; a page end tells nothing. Every paragraph keeps the places of its lines, and
its text leads back to them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sse_observatory.core import Language
from sse_observatory.instruments.extracts import Hint
from sse_observatory.instruments.model import Run, Span
from sse_observatory.instruments.segmentation.front import (
    MEETING_ORGAN,
    MEETING_PHRASE,
    ORGAN_START,
    PART_MARK,
    SPEAKERS,
    ends_in_month,
    is_annex_line,
    is_boundary_line,
    is_closing_line,
    is_date_line,
    is_done_line,
    is_organ_line,
    opens_apart,
)
from sse_observatory.instruments.segmentation.labels import Label, label_of
from sse_observatory.instruments.segmentation.lines import EMPHASIS, INVISIBLE, Line
from sse_observatory.instruments.segmentation.openers import opening
from sse_observatory.instruments.symbols import roman


@dataclass(slots=True)
class Block:
    """A paragraph before it has been judged: its pieces in the source, its text with its label, what its lines say."""

    pieces: list[Span]
    text: str
    runs: tuple[Run, ...]
    hint: int = Hint.NONE
    role: str = ""
    marks: tuple[Span, ...] = ()
    page: int = 0
    gap: bool = True
    """Whether blank space stands before it."""
    label: Label | None = field(default=None)

    @property
    def start(self) -> int:
        return self.pieces[0].start


# --- text of pieces -------------------------------------------------------------------------------------------------

_COMPOUND_STARTS = (
    "self non co cease so long short decision high low well cross multi inter intra post pre anti semi mid re follow "
    "north south east west peace fact risk labour capital gender age income land sub vice ex de non micro macro "
    "afro euro sino two three four five six seven eight nine ten twenty thirty forty fifty sixty seventy eighty ninety "
    "world child victim human rights evidence results data people youth sea ship arms nuclear mine gross middle"
)
_COMPOUND = frozenset(_COMPOUND_STARTS.split())
_WORD_START = re.compile(r"[^\W\d_]+")


def compose(source: str, pieces: Sequence[Span], marks: Sequence[Span] = ()) -> tuple[str, tuple[Run, ...]]:
    """The text of `pieces` without `marks`: single blanks, line-end hyphens undone, invisible signs left out."""
    parts: list[str] = []
    runs: list[Run] = []
    length = 0
    blank = False
    for number, piece in enumerate(pieces):
        for stretch in _without(piece, marks) if marks else (piece,):
            at = stretch.start
            plain = source[at : stretch.end]
            if plain.strip(" ") == plain != "" and plain.isprintable() and "  " not in plain:
                # What is printed with single blanks is one run, which most lines are.
                if blank and length:
                    parts.append(" ")
                    length += 1
                blank = False
                parts.append(plain)
                runs.append(Run(length, at, len(plain)))
                length += len(plain)
                continue
            while at < stretch.end:
                found = _STRETCH.match(source, at, stretch.end)
                if found is None:
                    break
                start, end = found.span()
                if found.lastgroup == "blank":
                    blank = True
                elif found.lastgroup == "text":
                    if blank and length and parts:
                        parts.append(" ")
                        length += 1
                    blank = False
                    parts.append(found[0])
                    runs.append(Run(length, start, end - start))
                    length += end - start
                at = end
        if number + 1 < len(pieces):
            if _hyphen_falls(source, piece, pieces[number + 1]):
                parts[-1] = parts[-1][:-1]
                last = runs[-1]
                runs[-1] = Run(last.at, last.start, last.length - 1)
                length -= 1
            elif not (parts and parts[-1].endswith(("-", "/")) and source[piece.end - 1] in "-/\u00ad"):
                blank = True
    return "".join(parts), _merged(runs)


_STRETCH = re.compile(rf"(?P<blank>\s+)|(?P<hidden>[{INVISIBLE}]+)|(?P<text>[^\s{INVISIBLE}]+(?: [^\s{INVISIBLE}]+)*)")


def _without(piece: Span, marks: Sequence[Span]) -> list[Span]:
    """The stretches of a piece between the marks in it."""
    stretches, at = [], piece.start
    for mark in marks:
        if piece.start <= mark.start and mark.end <= piece.end and at <= mark.start:
            stretches.append(Span(at, mark.start))
            at = mark.end
    stretches.append(Span(at, piece.end))
    return [s for s in stretches if s.start < s.end]


def _hyphen_falls(source: str, piece: Span, following: Span) -> bool:
    """Whether a hyphen at a line's end only divides a word: "coopera-/tives", not "cease-/fire"."""
    if source[piece.end - 1] != "-" or piece.end - piece.start < 3:
        return False
    start = end = piece.end - 1
    while start > max(piece.start, end - 40) and source[start - 1].isalpha():
        start -= 1
    after = _WORD_START.match(source, following.start, min(following.end, following.start + 40))
    if start == end or after is None or not after[0][0].islower():
        return False
    return source[start:end].casefold() not in _COMPOUND


def _merged(runs: list[Run]) -> tuple[Run, ...]:
    """Runs with those joined that follow each other in text and source alike."""
    merged: list[Run] = []
    for run in runs:
        if merged:
            last = merged[-1]
            gap = run.at - (last.at + last.length)
            if gap == run.start - (last.start + last.length) == 0:
                merged[-1] = Run(last.at, last.start, last.length + run.length)
                continue
        if run.length:
            merged.append(run)
    return tuple(merged)


# --- lines to paragraphs --------------------------------------------------------------------------------------------

_CONNECTING_WORDS = (
    "a an the of to in on by for with and or at from as that which its their this these between under into upon de du "
    "des "
    "la le les l' un une et ou à au aux en dans par pour sur avec que qui dont sa son ses leur leurs el los las del "
    "al y o e "
    "con por para una su sus se lo"
)
_CONNECTING = frozenset(_CONNECTING_WORDS.split())


@dataclass(slots=True)
class _Layout:
    """How the lines of a text are set: broken at a width or not, blank lines between paragraphs or lines."""

    wrapped: bool
    width: int
    double_spaced: bool
    lowered: bool = False
    """Whether any line goes on in small letters, so that some paragraphs at least are broken."""
    spaced: bool = False
    """Whether blank lines stand between paragraphs, so that a line end alone rarely ends one."""
    apart: frozenset[int] = frozenset()
    """Where lines start that are headings between paragraphs."""
    longest: int = 0
    """Characters of the longest line."""


def blocks_of(source: str, lines: list[Line], language: Language, marks: Sequence[Span] = ()) -> list[Block]:
    """All paragraphs, notes and marked lines of the text, in the order of the source."""
    layout = _layout(lines)
    groups: list[list[Line]] = []
    open_text: list[Line] | None = None
    open_note: list[Line] | None = None
    expected = 0
    for line in lines:
        if line.role == "note":
            if open_note is not None and not _new_note(open_note, line):
                open_note.append(line)
            else:
                open_note = [line]
                groups.append(open_note)
            continue
        if line.role:
            groups.append([line])
            open_note = None
            continue
        open_note = None
        label = label_of(line.text)
        if open_text is not None and not _breaks(open_text, line, label, layout, language, expected):
            open_text.append(line)
            continue
        if label is not None and label.scheme in ("1.", "1", "1)", "(1)") and (value := label.counted("arabic")):
            expected = value + 1
        open_text = [line]
        groups.append(open_text)
    noted = {found[0] for line in lines if line.role == "note" and (found := re.match(r"\d{1,3}", line.text))}
    blocks = [_block(source, group, marks, noted) for group in groups]
    return [part for block in blocks for part in _run_on(source, block, language, marks)]


def _layout(lines: list[Line]) -> _Layout:
    text = [line for line in lines if not line.role]
    if any(line.hint & (Hint.FIXED | Hint.BLOCK) for line in text[:50]):
        return _Layout(False, 0, False)
    pairs = [(a, b) for a, b in pairwise(text) if not b.blanks and not b.broken]
    gaps = [(a, b) for a, b in pairwise(text) if b.blanks and not b.broken]
    lowered = sum(1 for a, b in gaps if b.text[:1].islower() and a.text[-1:] not in ".;:,")
    longest = max((len(line.text) for line in text), default=0)
    # Typescripts leave a line blank after every line: paragraphs of theirs go on in small letters behind the gap.
    double_spaced = len(pairs) < len(gaps) / 2 and (
        (len(gaps) > 20 and lowered > 0.4 * len(gaps))
        or (longest <= _WIDEST_TYPED and lowered >= max(2, 0.15 * len(gaps)))
    )
    considered = gaps if double_spaced else pairs
    lengths = sorted(len(a.text) for a, _ in considered) or [0]
    width = lengths[int(len(lengths) * 0.95)]
    # In a broken paragraph most lines go on in small letters; headings and lists that stand line by line do not.
    opened = [b for a, b in considered if a.text[-1] not in ".;:,"]
    lowered = sum(1 for b in opened if _starts_lower(b.text))
    usual = lengths[int(len(lengths) * 0.8)]
    wrapped = len(opened) > 0.25 * len(considered) and lowered >= 0.3 * len(opened) and usual <= 140 and bool(opened)
    # A short text has few broken lines, but none of its lines is longer than the page is wide.
    wrapped = wrapped or (longest <= _WIDEST_TYPED and lowered >= 2)
    spaced = not double_spaced and len(gaps) >= 3 and len(gaps) * 12 >= len(pairs)
    apart = _headings(text, width) if wrapped else frozenset()
    return _Layout(wrapped, width, double_spaced, lowered > 0, spaced, apart, longest)


def _headings(lines: Sequence[Line], width: int) -> frozenset[int]:
    """Where headings start in a text of broken lines: short, open-ended, behind a closed and before a new paragraph.

    Only what stands on both sides of such a line tells it from the last line of a paragraph.
    """
    found: set[int] = set()
    closed = True
    for line, following in pairwise(lines):
        text, after = line.text, label_of(following.text)
        numbered = after is not None and after.scheme not in ("1", "•") and after.length < len(following.text)
        if (
            closed
            and numbered
            and text[:1].isupper()
            and _end(text) not in ",;.:"
            and len(text) + 1 + len(following.text.split(" ", 1)[0]) <= 0.9 * width
        ):
            found.add(line.start)
        else:
            closed = text[-1:] in ".;:" or PART_MARK.fullmatch(text) is not None
    return frozenset(found)


_WIDEST_TYPED = 110
"""Characters of the longest line of a text that was broken at the width of a page."""


def _new_note(open_note: list[Line], line: Line) -> bool:
    if line.hint & Hint.FOOTNOTE and line.hint & Hint.BLOCK:
        return True
    return bool(_NOTE_NUMBER.match(line.text)) and (line.text[:1] not in "*" or open_note[-1].text[-1:] in ".;")


_NOTE_NUMBER = re.compile(r"\(?\d{1,3}[a-z]?/|\d{1,3}\.?\s?[A-Z“\"«h]|[⁰¹²³⁴-⁹]|\[\^?\d|\*{1,3}\s?\S|[a-z]\s[A-Z]")


def _breaks(
    group: list[Line], line: Line, label: Label | None, layout: _Layout, language: Language, expected: int
) -> bool:
    """Whether a new paragraph starts with `line` behind the lines of `group`."""
    last = group[-1]
    if (line.hint | last.hint) & (Hint.FIXED | Hint.HEADING | Hint.TABLE):
        return True
    before, text = last.text, line.text
    end = _end(before)
    lower = _starts_lower(text)
    if line.start in layout.apart or last.start in layout.apart:
        return True
    if before.endswith("-") and lower and len(before) > 2 and before[-2].isalpha():
        return False
    spaced = bool(line.blanks) and not layout.double_spaced
    known_label = label is not None and label.scheme != "1"
    if len(group) == 1 and not known_label and _is_label_alone(before):
        return is_organ_line(text) or is_annex_line(text)
    if (
        known_label
        and label is not None
        and label.counted("arabic") == expected
        and label.scheme in ("1.", "1)", "(1)")
    ):
        return not _cites(before)
    connected = _is_connected(group)
    if connected and not spaced and is_closing_line(text):
        return False
    if (before.rpartition(" ")[2], text.split(" ", 1)[0].rstrip(".,;:")) in _TWO_WORDS:
        return False
    if not spaced and _YEAR.match(text) and ends_in_month(before):
        return False
    if is_date_line(text):
        # "not later than / 30 June 1966." ends a sentence; behind a meeting or a blank line it is the day of adoption.
        return spaced or is_boundary_line(before) or _is_closed(before) or end in ".;:" or not _runs(group, language)
    if is_boundary_line(text) or is_boundary_line(before) or is_organ_line(text):
        return True
    if opens_apart(text) and (end in ".;:])" or not _runs(group, language)):
        return True
    if len(group) == 1 and (is_organ_line(before) or is_annex_line(before)):
        return spaced or not MEETING_PHRASE.match(text)
    if (SPEAKERS.match(text) and not connected) or _NUMBER_OF_RESOLUTION.match(text):
        return True
    if _SPONSORED.search(before) and text[:1].isupper():
        return True
    if text[:1].isupper() and not connected and MEETING_ORGAN.match(text):
        # "La Conférence générale de l’Organisation, réunie" below a title: the rest stands in the next line.
        return True
    if end == "." and (
        is_closing_line(text) or is_done_line(text) or (text[0] in "([" and text[-1] in ")]" and label is None)
    ):
        return True
    if _is_closed(before) and not lower:
        return True
    if end in ",;:" and _opens_alike(group, line, language):
        return True
    if spaced and lower and end in ",;.:" and len(text.split()) <= 4 and _is_listed(text, language):
        # Some bodies print "recognizing", "resolves" on lines of their own, in small letters.
        return True
    if lower and end in ",;" and (_ADOPTS.match(text) or (spaced and _ENACTING.match(text))):
        return True
    enacts = end in ",;" and text[-1] == ":" and _ENACTING.match(text) is not None
    if enacts and opening(group[0].text, language).side == "preambular":
        # "Considérant …, / soumet aux ministères la recommandation suivante :" with no blank line between.
        return True
    if spaced and not known_label and _was_cut(group, line, layout, language):
        return False
    if spaced or line.broken or line.hint & Hint.BLOCK:
        if lower and not known_label and end not in ".;:":
            return False
        if connected and not known_label and end not in ".;:,":
            return False
        if (
            line.broken
            and not known_label
            and end not in ".;:,!?"
            and _is_body(group)
            and opening(text, language).side is None
        ):
            return False
        if line.broken and lower and not known_label and end in ",":
            return False
        return not (line.broken and not spaced) or _breaks_in_run(group, line, label, layout, language)
    return _breaks_in_run(group, line, label, layout, language)


_SPONSORED = re.compile(
    r"(?:^|: )(?:revised )?(?:draft|projet de|proyecto de) (?:r[eé]solution|resolución|d[eé]cision|decisión)$"
)
"""How the list of a draft's sponsors ends, above its title."""
_NUMBER_OF_RESOLUTION = re.compile(
    r"(?:(?:ES-|S-)?\d{1,3}/\d{1,3}|\d{1,4} \((?:S-|ES-)?[IVXLC]{1,7}\))\.\s+[A-ZÉÀÂÊÎÔÛÇÁÍÓÚ¿¡“\"«]\w*\s"
)
"""The head of the next title of a collection: "65/536. Programme of work"."""


def _was_cut(group: list[Line], line: Line, layout: _Layout, language: Language) -> bool:
    """Whether a full line stops without a mark and the next one ends its paragraph: a typescript set wide apart."""
    before, text = group[-1].text, line.text
    return (
        layout.longest <= _WIDEST_TYPED
        and len(before) > 0.75 * layout.longest
        and not _is_mark(_end(before))
        and _is_mark(text[-1])
        and not line.hint & Hint.BLOCK
        and _runs(group, language)
        and opening(text, language).side is None
    )


def _breaks_in_run(group: list[Line], line: Line, label: Label | None, layout: _Layout, language: Language) -> bool:
    """Whether a new paragraph starts behind a plain line end."""
    before, text = group[-1].text, line.text
    end = _end(before)
    lower = _starts_lower(text)
    known_label = label is not None and label.scheme != "1"
    # A line that had room for the next word was ended on purpose.
    short = len(before) + 1 + len(text.split(" ", 1)[0]) <= 0.9 * layout.width
    if (end in ",;.:" or _LINKED.search(before)) and text[:1].isupper() and _is_listed(text, language):
        return True
    if end in ",;.:" and _in_capitals(text) and not _in_capitals(before):
        # "HAS ADOPTED THIS RECOMMENDATION:" behind the last recital.
        return True
    if not _is_mark(end) and text[:1] == "(" and not known_label and _runs(group, language):
        return False
    if _repeats_first_word(group, text) and _is_listed(text, language):
        return True
    if known_label and label is not None and label.printed.startswith("(") and _within_line_list(group, label):
        return False
    if text[:1] in _QUOTES and end in ",.;:" and (end == ":" or group[0].text[:1] in _QUOTES):
        # Each paragraph of a quoted statement begins with a quotation mark of its own.
        return True
    if not layout.wrapped:
        if known_label or end in ".;:":
            return True
        # Some paragraph here is broken; one that stops without a mark may be, unless a new one clearly begins.
        broken = layout.lowered or layout.spaced or (layout.longest <= _WIDEST_TYPED and _is_mark(text[-1]))
        goes_on = broken and (end != "," or layout.spaced) and _runs(group, language) and not _is_listed(text, language)
        return not (lower or _is_connected(group) or (goes_on and 0 < layout.width <= 140))
    if known_label:
        if _cites(before):
            return False
        # "resolution 3189 / (XXVIII)" and "on / 3. The" begin with no label; a list item follows a mark or an "and".
        bracketed = label is not None and label.printed.startswith("(")
        if end in ".;:," or (short and not bracketed and not layout.spaced) or _LINKED.search(before) is not None:
            return True
        # What has a verb of its own is no part of a heading or a name that stands above without a mark.
        behind = text[label.length :] if label is not None else ""
        acts = SPEAKERS.match(behind) or _is_act(behind, language)
        head = label_of(group[0].text)
        # The first paragraph of a section stands below its heading: "II. Definitions", "1. The economy is …".
        section = head is not None and head.scheme == "A." and head.counted("roman") is not None
        return (bool(acts) and (not bracketed or short)) or (section and label is not None and label.bare == "1")
    if lower:
        return end == ";" and opening(text, language).side == "operative"
    if short:
        if end in ".;:":
            # Where blank lines part the paragraphs, a sentence that ends early ends no paragraph.
            return not layout.spaced
        if end == ",":
            return is_organ_line(before) and len(group) == 1
        return not _runs(group, language)
    return end == ";" and text[:1].isupper()


def _is_act(text: str, language: Language) -> bool:
    """Whether a text opens with a listed operative verb."""
    found = opening(text, language)
    return found.side == "operative" and found.evidence == "listed"


def _is_mark(end: str) -> bool:
    """Whether a character ends a clause or a sentence."""
    return end in ",;.:!?"


def _in_capitals(text: str) -> bool:
    """Whether the first two words of a line are printed in capitals."""
    words = text.split(maxsplit=2)[:2]
    return len(words) == 2 and "".join(words).isupper() and sum(map(str.isalpha, "".join(words))) > 5


def _repeats_first_word(group: list[Line], text: str) -> bool:
    """Whether a line begins with the capitalised word that its paragraph began with: "Considérant …", twice."""
    word = text.split(" ", 1)[0]
    return len(word) > 5 and word[0].isupper() and word.isalpha() and group[0].text.startswith(f"{word} ")


_INLINE_LABEL = re.compile(r"(?<![^\s])\(([a-z]{1,4}|\d{1,2})\)\s")
_BRACKETED = re.compile(r"\((?:[a-z]{1,4}|\d{1,2})\)\s")


def _within_line_list(group: list[Line], label: Label) -> bool:
    """Whether the label goes on a list that runs inside the paragraph: "principles: (i) …; (ii) …; and / (iii) …"."""
    outer = label_of(group[0].text)
    body = group[0].text[outer.length if outer is not None else 0 :]
    inner = [found[1] for text in (body, *(line.text for line in group[1:])) for found in _INLINE_LABEL.finditer(text)]
    if not inner or _BRACKETED.match(body):
        return False
    last = inner[-1]
    if last.isdigit():
        return label.bare.isdigit() and int(label.bare) == int(last) + 1
    numerals = (roman(last) or 0) + 1 == (roman(label.bare) or 0) if label.bare.isalpha() else False
    return numerals or (len(last) == len(label.bare) == 1 and ord(label.bare) == ord(last) + 1)


_QUOTES = ('"', "“", "«", "„")
_CITATION = re.compile(
    r"(?:paragraphs?|paras?\.|articles?|art\.|No\.|Nos\.|nos?\.?|section|chap(?:ter|\.)|annex|page|pp?\.|resolutions?"
    r"|part|table|"
    r"paragraphes?|chapitre|párrafos?|artículos?|capítulo|and|to|of|et|y|núm\.|nº|n°|partie|volume|vol\.)$",
    re.I,
)


def _cites(before: str) -> bool:
    """Whether the line before ends in the middle of a citation, so that a number behind it is no label."""
    if before[-1] in ".;:" and not before.endswith(("No.", "Nos.", "para.", "paras.", "art.", "p.", "pp.", "vol.")):
        return False
    last = before.rpartition(" ")[2]
    return bool(_CITATION.fullmatch(last)) and last not in ("and", "et", "y")


_LINKED = re.compile(r"[,;] (?:and|or|et|ou|y|o|e|u)\s?$")


_TWO_WORDS = frozenset(
    {
        ("United", "Nations"), ("Nations", "Unies"), ("Naciones", "Unidas"), ("Member", "States"), ("General",
        "Assembly"),
        ("Security", "Council"), ("Human", "Rights"), ("États", "Membres"), ("Estados", "Miembros"), ("States",
        "Members"),
        ("Social", "Council"), ("Asamblea", "General"), ("Secretario", "General"), ("Sustainable", "Development"),
        ("Regional", "Meeting"), ("Ministerial", "Meeting"),
        ("Development", "Goals"), ("Economic", "and"), ("International", "Labour"), ("New", "York"), ("Middle", "East"),
    }
)  # fmt: skip
"""Names that no paragraph end divides."""
_YEAR = re.compile(r"(?:1[89]|20)\d\d\b")


def _is_connected(group: list[Line]) -> bool:
    """Whether the lines end in the middle of a phrase: with an article, a preposition, an "and" without a comma."""
    before = group[-1].text
    if before.rpartition(" ")[2].casefold().strip('“"(') not in _CONNECTING:
        return False
    if " " not in before and len(group) > 1:
        before = f"{group[-2].text} {before}"
    return _LINKED.search(before) is None


_CLAUSE = re.compile(r"(?:que |qu['’]|that )")
_ENACTING = re.compile(
    r"(?:adopt(?:s|e|a)|recomm(?:ends|ande)|recomienda|dec(?:ides|ide)|décide|soumet|somete|submits|émet|formule|exprime)\b,?\s\S"
)
"""Verbs that end a preamble, in small letters on a line apart."""
_ADOPTS = re.compile(r"(?:adopte,? (?:ce|le|en)|adopts,? (?:this|on)|adopta,? (?:con fecha|este|el|en))\b")
"""How conventions and recommendations of labour are adopted: "adopts this third day of June the following …"."""


def _opens_alike(group: list[Line], line: Line, language: Language) -> bool:
    """Whether a line in small letters opens like the paragraph before it did: "vu le traité …, / vu la proposition"."""
    first, text = group[0].text, line.text
    if _CLAUSE.match(text) and (_CLAUSE.match(first) or (first[-1] == ":" and len(group) == 1)):
        return True
    if not (_starts_lower(text) and (first[:1].islower() or first[:1] in "–—-")):
        return False
    opened, before = opening(text, language), opening(first, language)
    return opened.side == before.side == "preambular" and opened.evidence == before.evidence == "listed"


def _is_closed(before: str) -> bool:
    """Whether a closing line is complete."""
    return is_closing_line(before) and (
        before[-1] in ".])" or not before.casefold().startswith(("adopt", "[adopt", "aprob"))
    )


_FIGURE_AT_END = re.compile(r"(?<=[,;.:”\"»)])(?<!\d[.,])\s?\d{1,3}(?:[,\s]\s?\d{1,3})?$")


def _end(before: str) -> str:
    """The last character of a line, the figure of a footnote behind the punctuation left out."""
    if before[-1].isdigit():
        bare = _FIGURE_AT_END.sub("", before).rstrip()
        if bare:
            before = bare
    return before.rstrip('”"»’*_')[-1:] or before[-1]


def _is_listed(text: str, language: Language) -> bool:
    opened = opening(text, language)
    return opened.side is not None and opened.evidence == "listed" and opened.tense == "present"


def _runs(group: list[Line], language: Language) -> bool:
    """Whether the paragraph so far is running text, by its length, its label or its first words."""
    return _is_body(group) or opening(group[0].text, language).side is not None


def _is_label_alone(text: str) -> bool:
    """Whether a line holds a number or letter and nothing else: its text stands on the next line."""
    if len(text) > 12:
        return False
    label = label_of(text)
    return label is not None and label.length >= len(text) and label.scheme not in ("1", "•", "I.", "A.", "A-", "I-")


def _starts_lower(text: str) -> bool:
    label = label_of(text)
    if label is not None and label.scheme != "•":
        return False
    for character in text[:6]:
        if character.isalpha():
            return character.islower()
        if character.isdigit():
            return False
    return False


def _is_body(group: list[Line]) -> bool:
    """Whether the paragraph so far is running text and not a heading or a line of the masthead."""
    first = group[0].text
    label = label_of(first)
    if label is not None and label.scheme in ("1.", "(a)", "a)", "1)", "(1)", "article"):
        return len(first) > label.length or len(group) > 1
    return sum(len(line.text) for line in group) > 110 or first.count(",") > 1


def _block(source: str, group: list[Line], marks: Sequence[Span], noted: set[str]) -> Block:
    pieces = [Span(line.start, line.end) for line in group]
    inside = tuple(m for m in marks if pieces[0].start <= m.start < pieces[-1].end)
    if not group[0].role and not group[0].hint & Hint.STATED:
        seen = [
            m for m in _marks_in(source, pieces, noted) if not any(m.start < o.end and o.start < m.end for o in inside)
        ]
        inside = tuple(sorted((*inside, *seen)))
    text, runs = compose(source, pieces, inside)
    first = group[0]
    label = None if first.role else label_of(text)
    if len(group) > 1 and label is None and _is_label_alone(first.text):
        alone = label_of(first.text)
        label = replace(alone, length=len(first.text) + 1) if alone is not None else None
    return Block(pieces, text, runs, first.hint, first.role, inside, first.page, bool(first.blanks), label)


_MARK = re.compile(
    r"(?<=[^\s])\s?(?P<small>[⁰¹²³⁴-⁹]{1,3}(?:[,⁰¹²³⁴-⁹]*[⁰¹²³⁴-⁹])?)(?=[\s,.;:)”\"»]|$)"
    r"|(?<=[\w,.;:)”\"»’])\s(?P<old>\d{1,3}[a-z]?/)(?=[\s,.;:)]|$)"
    r"|(?P<wiki>\[\^?\d{1,3}\])(?!\()"
)


_SIGN = re.compile(r"[⁰¹²³⁴-⁹/\[]")
_FIGURE = re.compile(
    r"(?<=[a-zà-ÿ0-9”\"’)][,;.:])\s?(?P<figure>\d{1,3})(?=\s|$)|(?<=[a-zà-ÿ”\"’)])(?P<glued>\d{1,3})(?=[\s,;.:]|$)"
)


def _marks_in(source: str, pieces: Sequence[Span], noted: set[str]) -> list[Span]:
    """Footnote marks that can be told by their form: raised figures, ``1/``, ``[1]``; plain figures of known notes.

    The marks of italic and bold type that Markdown sets around words are no part of the text either.
    A plain figure is a mark only where it is glued to a word or its comma and a note of that number (in `noted`) was
    found. A raised 2 or 3 behind a letter may be a unit (km²) and is left.
    """
    found: list[Span] = []
    for piece in pieces:
        marked = source.find("*", piece.start, piece.end) >= 0 or source.find("_", piece.start, piece.end) >= 0
        for emphasis in EMPHASIS.finditer(source, piece.start, piece.end) if marked else ():
            found += [Span(*emphasis.span("mark")), Span(emphasis.end("inner"), emphasis.end())]
        signs = _SIGN.search(source, piece.start, piece.end) is not None
        for mark in _MARK.finditer(source, piece.start, piece.end) if signs else ():
            group = mark.lastgroup or ""
            start, end = mark.span(group)
            if group == "small" and mark[group] in "²³" and re.search(r"(?:m|CO)$", source[max(0, start - 2) : start]):
                continue
            found.append(Span(start, end))
        for mark in _FIGURE.finditer(source, piece.start, piece.end) if noted else ():
            group = mark.lastgroup or "figure"
            # Behind a figure ("1990, 57") only what ends the paragraph is a mark and not one more number.
            last = piece is pieces[-1] or not source[mark.start() - 2].isdigit()
            if mark[group] in noted and (group == "glued" or (mark.end() == piece.end and last)):
                found.append(Span(*mark.span(group)))
    return found


# --- paragraphs run together ----------------------------------------------------------------------------------------

_INNER = re.compile(
    r"(?<=[;:.,])\s+(?=(?P<number>\d{1,2})\.\s+[A-ZÉÀÂÊÎÔÛÇ])|(?<=[,;])\s+(?=(?P<word>[A-ZÉÀÂÊÎÔÛÇ][^\W\d_]{3,}))"
)
_LONG = 300


def _run_on(source: str, block: Block, language: Language, marks: Sequence[Span]) -> list[Block]:
    """`block`, cut where a text without line ends starts its next paragraph: at "; 2. Requests", at ", Recalling"."""
    if block.role or block.hint & (Hint.FIXED | Hint.BLOCK | Hint.TABLE):
        return [block]
    text = block.text
    if len(text) < _LONG and not ORGAN_START.match(text) and ", 1. " not in text:
        return [block]
    first = block.label.counted("arabic") if block.label is not None else None
    expected = (first or 0) + 1
    numbered: list[int] = []
    opened: list[int] = []
    acts: list[int] = []
    for found in _INNER.finditer(text):
        at = found.end()
        if found["number"]:
            if int(found["number"]) == expected and opening(text[text.index(".", at) + 1 : at + 120], language).side:
                numbered.append(at)
                expected += 1
        elif not numbered and not first:
            begun = opening(text[at : at + 120], language)
            if begun.side == "preambular" and not acts and text[at - 2] == ",":
                opened.append(at)
            elif (
                _is_act(text[at : at + 120], language)
                and begun.tense == "present"
                and not begun.subject
                and (text[at - 2] == ";") == bool(acts)
            ):
                acts.append(at)
    acts = [] if numbered or not opened or not ORGAN_START.match(text) else acts
    cuts = [*opened, *acts, *numbered]
    # "Acting under Chapter VII …, 1. Decides …": the first number behind a consideration, with a verb of its own.
    first_act = [at for at in numbered if text[at : at + 2] == "1." and _is_act(text[at + 2 : at + 120], language)]
    led = bool(first_act) and text[first_act[0] - 2] == "," and opening(text, language).side == "preambular"
    cuts = sorted(cuts) if len(numbered) > 1 or acts or led or (len(opened) > 1 and _opens(text, language)) else []
    if not cuts:
        return [block]
    return [_cut(source, block, start, end, marks) for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _opens(text: str, language: Language) -> bool:
    return bool(ORGAN_START.match(text)) or opening(text, language).side == "preambular"


def _cut(source: str, block: Block, start: int, end: int, marks: Sequence[Span]) -> Block:
    """The stretch of a block between two places of its text, blanks at its ends left out."""
    first = place(block.runs, start) if start else block.pieces[0].start
    # A cut takes everything of the source up to the next one: the mark of a note may stand between them.
    last = place(block.runs, end) if end < len(block.text) else block.pieces[-1].end
    last = first + len(source[first:last].rstrip())
    pieces = [Span(max(p.start, first), min(p.end, last)) for p in block.pieces if p.start < last and first < p.end]
    inside = tuple(m for m in block.marks if first <= m.start < last)
    text, runs = compose(source, pieces, inside)
    return Block(pieces, text, runs, block.hint, "", inside, block.page, block.gap, label_of(text))


def place(runs: Sequence[Run], at: int) -> int:
    """The place in the source of a character of the text."""
    for run in runs:
        if at < run.at + run.length:
            return run.start + max(at - run.at, 0)
    return runs[-1].start + runs[-1].length
