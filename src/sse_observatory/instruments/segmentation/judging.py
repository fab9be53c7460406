"""What each paragraph is: heading, preambular, operative, annex, closing line; and the part and zone it stands in.

A text is read from top to bottom as it is drafted: heading, body, preamble, operative part, closing lines, annexes; an
omnibus resolution begins anew with each part. The first words decide (see `openers`), then the number, then the
punctuation (a preambular paragraph ends with a comma, an operative one with a semicolon or a full stop), then the
place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sse_observatory.core import Language
from sse_observatory.instruments.extracts import Hint
from sse_observatory.instruments.model import Kind, Zone
from sse_observatory.instruments.segmentation import front
from sse_observatory.instruments.segmentation.blocks import Block
from sse_observatory.instruments.segmentation.labels import Label
from sse_observatory.instruments.segmentation.openers import Opening, opening


@dataclass(slots=True)
class Judged:
    """A block with what it is. `label` is None where what looked like a number is none."""

    block: Block
    kind: Kind
    zone: Zone
    part: str
    label: Label | None
    opening: Opening
    end: str
    """The punctuation at its end: ``,`` ``;`` ``.`` ``:`` or nothing."""


ARABIC = frozenset({"1.", "1)", "(1)", "1", "OP", "PP", "article", "2.1"})
"""Schemes that number paragraphs and not their subparagraphs, where a text has both."""
LETTERED = frozenset({"(a)", "a)", "a.", "(i)", "i)", "i.", "•"})
"""Schemes of subparagraphs."""
_CLOSERS = "”\"»’')]*_ "


def end_mark(text: str) -> str:
    """The punctuation a paragraph ends with, footnote figures, closing quotation marks and a linking "and" aside."""
    bare = _LINK.sub("", text[-40:].rstrip(_CLOSERS))
    bare = _FIGURE_AT_END.sub("", bare).rstrip(_CLOSERS)
    return bare[-1] if bare and bare[-1] in ",;.:" else ""


_LINK = re.compile(r"(?<=[;,])\s+(?:and|or|et|ou|y|o|e|u)\.?$", re.I)
_FIGURE_AT_END = re.compile(r"(?<=[,;.:”\"»)])(?<!\d[.,])\s?\[?(?:\d{1,3}[a-z]?/?|\*+|[⁰¹²³⁴-⁹]+)\]?$")


def is_capitals(text: str) -> bool:
    """Whether all letters of a text are capitals."""
    return text.isupper() and sum(character.isalpha() for character in text) > 1


def judge(blocks: Sequence[Block], language: Language) -> list[Judged]:
    """What each block is, in the order of the text."""
    return _Judge(blocks, language).run()


@dataclass(frozen=True, slots=True)
class _Seen:
    """What can be said of a block without the ones around it."""

    text: str
    label: Label | None
    body: str
    """The text behind the label."""
    opening: Opening
    end: str
    organ: bool
    closing: bool
    annex: str | None

    @property
    def side(self) -> str | None:
        return self.opening.side


_WHEREAS = re.compile(
    r"(?:whereas|considérant ce qui suit|considérant|considerando(?: lo siguiente)?|having regard to the "
    r"following)\s?:?",
    re.I,
)
_ENACTING = re.compile(
    r"(?:(?:do )?hereby\b|(?:hereby )?(?:recommends?|adopts?|has adopted|have adopted|a adopté|ont adopté|ha adoptado"
    r"|han adoptado"
    r"|recommande|recomienda)\b)",
    re.I,
)
_MODAL = re.compile(
    r"\b(?:should|shall|must|devraient|devrait|doivent|doit|il (?:importe|convient|faut|est)|deberían|debería|deben"
    r"|debe|deberán?|podrían?|pourraient|(?:is|are) (?:encouraged|invited|recommended|requested|urged|called upon)"
    r"|(?:est|sont) (?:encouragé|invité|prié|appelé)e?s?|se (?:alienta|invita|insta|exhorta|recomienda|pide|ruega)"
    r"|we (?:commit|resolve|pledge|will)|nous nous engageons|nos comprometemos)\b",
    re.I,
)
_PREPOSITION = re.compile(
    r"(?:for|in|to|on|with|under|by|aux?|à|pour|dans|en|afin|par|sur|para|con|a (?:los|tal|este)|por)\b", re.I
)
"""How a clause begins that leads in a list and is no heading: "For the purpose of this Recommendation:"."""
_FINITE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:shall|should|will|must|is|are|was|were|has|have)\b"),
    "fr": re.compile(
        r"\b(?:[a-zéèêç]{3,}(?:era|eront|erait|eraient)|ser(?:a|ont|ait)|doi(?:t|vent)|devr[a-z]+|est|sont)\b"
    ),
    "es": re.compile(r"\b(?:[a-zñáéíóú]{3,}(?:rá|rán|ría|rían)|debe|deben|es|son|está|están)\b"),
}
"""Verbs by which a sentence without a full stop is told from a heading."""
_NUMBERING = (ARABIC - {"PP"}) | {"(a)", "a)", "I.", "A."}
_LEADS_IN = re.compile(
    r"\b(?:adopted|agreed (?:on|upon)|issued|made|endorsed|approved|ont adopté|a adopté|a fait|adoptaron|aprobaron"
    r"|adoptó|aprobó)\b.{0,60}\b(?:following|below|suivante?s?|ci-après|siguientes?|continuación)\b"
)
_DECIDED = re.compile(r",\s(?:a décidé|ont décidé|ha decidido|decidió|decided|has decided)\b")
"""What a body did by the time of the text: "Le Conseil exécutif, ayant examiné …, a décidé de recommander …:"."""
_ANNOUNCES = re.compile(r"\b(?:suivante?s?|ci-après|following|siguientes?|a continuación)\s?:$")
"""How a line ends that announces what a body adopts: "croit devoir formuler les recommandations suivantes :"."""
_GOES_ON = re.compile(r"(?:And|Et|Y|E)\s[a-zà-ÿ]")
"""How a line begins that goes on a sentence and is no heading: "And to this end"."""
_COMMA = re.compile(r",\s(?=[a-zéê])")
_THAT = re.compile(r"(?:que|qu['’]\w+|that)\b", re.I)
_ANNEX_SCHEMES = ARABIC | {"I.", "A."}
_LOOK = 6


class _Judge:
    def __init__(self, blocks: Sequence[Block], language: Language) -> None:
        self.blocks = blocks
        self.language = language
        self.out: list[Judged] = []
        self.zone = Zone.FRONT
        self.inner = Zone.FRONT
        """Inside an annex: the zone of the text annexed."""
        self.part = ""
        self.parts = 1
        self.recitals = False
        self.preambular = 0
        self.operative = 0
        self.last: Judged | None = None
        """The last paragraph of the body."""
        self.speakers = False
        """Whether the body speaks of itself as "we", so that its verbs stand in the plural: "Declare that:"."""
        self._lister: Judged | None = None
        """The last of the names, each on a line of its own, that stand below a colon."""
        self._lists = False
        self._led_in = False
        """Whether the paragraphs here go on a consideration without number: "RECALLING THAT", "1. …", "2. …"."""
        self.seen = [self._see(block) for block in blocks]
        self.text_places = [i for i, block in enumerate(blocks) if not block.role]

    def _see(self, block: Block) -> _Seen:
        text, label = block.text, block.label
        if block.role:
            return _Seen(text, None, text, Opening(), "", False, False, None)
        if label is not None and front.is_date_line(text):
            label = None
        body = text[label.length :] if label is not None else text
        opened = opening(body, self.language)
        if label is not None and label.scheme == "1":
            plain = opening(text, self.language)
            if opened.side is None:
                label, body, opened = None, text, plain
        if label is not None and label.length >= len(text) and label.scheme not in ("article",):
            # A number alone on its line: its text was printed apart, or it is no label.
            opened = Opening()
        acts = opened.subject and opened.side == "operative"
        return _Seen(
            text, label, body, opened, end_mark(text), not acts and front.is_organ_line(text),
            front.is_closing_line(text), front.annex_of(text),
        )  # fmt: skip

    # --- walking

    def run(self) -> list[Judged]:
        for i, block in enumerate(self.blocks):
            if block.role:
                kind = {"strip": Kind.STRIPPED, "note": Kind.FOOTNOTE, "symbol": Kind.SYMBOL}[block.role]
                self._put(i, kind, label=None)
            else:
                self._text(i)
        return self.out

    def _put(self, i: int, kind: Kind, *, label: Label | None = None, zone: Zone | None = None) -> None:
        seen = self.seen[i]
        judged = Judged(self.blocks[i], kind, zone or self.zone, self.part, label, seen.opening, seen.end)
        self.out.append(judged)
        if kind in (Kind.PREAMBULAR, Kind.OPERATIVE, Kind.ANNEX):
            self.last = judged
            self._lister = judged if self._lists else None
            self._lists = False
        if kind in (Kind.PREAMBULAR, Kind.OPERATIVE) and label is None:
            self._led_in = kind is Kind.PREAMBULAR and seen.end in ("", ":") and seen.side == "preambular"
            self.speakers = self.speakers or front.SPEAKERS.match(seen.body) is not None
        if kind is Kind.PREAMBULAR:
            self.preambular += 1
        elif kind is Kind.OPERATIVE:
            self.operative += 1

    def _text(self, i: int) -> None:
        seen, block = self.seen[i], self.blocks[i]
        if block.hint & Hint.TABLE:
            self._put(i, Kind.TABLE)
        elif block.hint & Hint.PREAMBULAR:
            self._enter_preamble()
            self._put(i, Kind.PREAMBULAR, label=seen.label)
        elif block.hint & Hint.OPERATIVE:
            self._enter_operative()
            self._put(i, Kind.OPERATIVE, label=seen.label)
        elif seen.annex is not None and self._annex_begins(i):
            self._begin_annex(seen.annex)
            self._put(i, Kind.HEADING)
        elif seen.organ or (self.zone is Zone.FRONT and self._is_unmarked_organ(i)):
            self._organ(i)
        elif self.zone is Zone.FRONT:
            self._front(i)
        elif self.zone is Zone.PREAMBLE:
            self._preamble(i)
        elif self.zone is Zone.OPERATIVE:
            self._operative(i)
        elif self.zone is Zone.CLOSING:
            self._closing(i)
        else:
            self._annexed(i)

    def _following(self, i: int, count: int = _LOOK) -> list[int]:
        """The next text blocks behind block `i`."""
        found = []
        for j in range(i + 1, len(self.blocks)):
            if not self.blocks[j].role:
                found.append(j)
                if len(found) == count:
                    break
        return found

    # --- parts and annexes

    def _annex_begins(self, i: int) -> bool:
        """Whether "Annex" on this line opens one: not in a list of contents, nor as a title that a body follows."""
        if self.zone in (Zone.OPERATIVE, Zone.CLOSING, Zone.ANNEX, Zone.PREAMBLE):
            return True
        following = self._following(i, 1)
        return bool(following) and self.seen[following[0]].annex is None

    def _begin_annex(self, number: str) -> None:
        lead = f"{self.part.split('annex')[0].rstrip('.')}." if self.part and not self.part.startswith("annex") else ""
        self.part = f"{lead}annex.{number}" if number else f"{lead}annex"
        self.zone, self.inner = Zone.ANNEX, Zone.FRONT
        self.recitals = False
        self.preambular = self.operative = 0
        self.last = None

    def _enter_preamble(self) -> None:
        if self.zone is Zone.ANNEX:
            self.inner = Zone.PREAMBLE
        else:
            self.zone = Zone.PREAMBLE

    def _enter_operative(self) -> None:
        if self.zone is Zone.ANNEX:
            self.inner = Zone.OPERATIVE
        else:
            self.zone = Zone.OPERATIVE

    def _organ(self, i: int) -> None:
        """A line that names the body: the body of the text begins, or a new part of it."""
        if self.zone is Zone.ANNEX:
            if self.inner is not Zone.OPERATIVE or not self._begins_anew(i):
                self.inner = Zone.PREAMBLE
                self._put(i, Kind.ORGAN)
                return
            # An annexed text with parts of its own, or the next resolution of a collection.
            self.inner = Zone.PREAMBLE
            self._put(i, Kind.ORGAN)
            return
        if self.zone is Zone.OPERATIVE and self.last is not None and self.last.end == ":" and self._begins_anew(i):
            # "decided to adopt the following text:" leads in the text itself, not another one.
            pass
        elif self.zone in (Zone.OPERATIVE, Zone.CLOSING) and self.operative:
            if not self._begins_anew(i):
                self._operative(i) if self.zone is Zone.OPERATIVE else self._put(i, Kind.CLOSING)
                return
            self._begin_part()
        elif self.zone in (Zone.FRONT, Zone.PREAMBLE) and not self.part and not self.preambular:
            self._letter_first_part()
        colon = self.seen[i].end == ":"
        self.zone = Zone.OPERATIVE if colon and self._labelled_next(i) else Zone.PREAMBLE
        self.recitals = False
        self._put(i, Kind.ORGAN, zone=Zone.PREAMBLE)

    def _is_unmarked_organ(self, i: int) -> bool:
        """Whether a line is the name of a body without its comma: what the body recalls or does follows at once."""
        if not front.ORGAN_BARE.fullmatch(self.seen[i].text):
            return False
        following = [self.seen[j] for j in self._following(i, 1)]
        return any(seen.side is not None and seen.opening.evidence == "listed" for seen in following)

    def _labelled_next(self, i: int) -> bool:
        following = self._following(i, 1)
        return bool(following) and self.seen[following[0]].label is not None

    def _begins_anew(self, i: int) -> bool:
        """Whether a preamble or an operative part follows the body's name."""
        for j in self._following(i, 2):
            seen = self.seen[j]
            if seen.side is not None or seen.label is not None:
                return True
        return False

    def _begin_part(self) -> None:
        """The next part of an omnibus resolution: its letter is on a line of its own before the body's name."""
        letter, first = self._letter_before()
        self.parts += 1
        new = letter or str(self.parts)
        if letter and not self.part:
            self._relabel_first_part(letter)
        self.part = new
        for judged in self.out[first:]:
            judged.part = new
            if judged.kind in (Kind.OPERATIVE, Kind.CLOSING, Kind.OTHER):
                judged.kind = Kind.HEADING
            if judged.kind is Kind.HEADING:
                judged.zone = Zone.FRONT
        self.preambular = self.operative = 0
        self.last = None

    def _letter_before(self) -> tuple[str | None, int]:
        """The letter of a part among the last lines put out, and the place of the first line that belongs to it."""
        first = len(self.out)
        for back in range(len(self.out) - 1, max(-1, len(self.out) - 6), -1):
            judged = self.out[back]
            if judged.kind in (Kind.STRIPPED, Kind.FOOTNOTE):
                continue
            mark = front.PART_MARK.fullmatch(judged.block.text)
            if mark is not None:
                return mark["letter"], back
            if judged.kind is Kind.HEADING:
                first = back
            elif judged.kind in (Kind.OPERATIVE, Kind.PREAMBULAR, Kind.CLOSING, Kind.ANNEX):
                # A title of several lines stands between the letter and the body's name.
                if judged.label is None and judged.end == "" and len(judged.block.text) < 200:
                    continue
                break
        return None, first

    def _letter_first_part(self) -> None:
        letter, first = self._letter_before()
        if letter in ("A", "I", "1"):
            self.part = letter
            for judged in self.out[first:]:
                judged.part = letter

    def _relabel_first_part(self, letter: str) -> None:
        """The letter of the first part, where it was printed nowhere or not seen: the one before the second's."""
        if letter != "B":
            return
        for judged in self.out:
            if not judged.part and judged.kind in (Kind.PREAMBULAR, Kind.OPERATIVE, Kind.ORGAN):
                judged.part = "A"

    # --- the zones

    def _front(self, i: int) -> None:
        seen = self.seen[i]
        text = seen.text
        kind = self._front_kind(seen, i)
        if kind is not None:
            self._put(i, kind)
            return
        if self._starts_preamble(i):
            self._letter_first_part()
            self.zone = Zone.PREAMBLE
            self._preamble(i)
        elif self._starts_operative(i):
            self._letter_first_part()
            self.zone = Zone.OPERATIVE
            self._operative(i)
        else:
            titled = any(judged.kind is Kind.TITLE for judged in self.out)
            heads = self._below_part_mark() or (titled and self._numbered_heading(i))
            self._put(i, Kind.OTHER if len(text) > 300 else Kind.HEADING if heads else Kind.TITLE)

    def _numbered_heading(self, i: int) -> bool:
        """Whether a line is the heading of a section: "I. Introduction"."""
        label = self.seen[i].label
        return label is not None and label.scheme in ("I.", "A.", "I-", "A-") and self._heading_like(i)

    def _below_part_mark(self) -> bool:
        """Whether the last line is the letter of a part, whose title this one is."""
        last = next((j for j in reversed(self.out) if j.kind not in (Kind.STRIPPED, Kind.FOOTNOTE)), None)
        return last is not None and last.kind is Kind.HEADING

    def _front_kind(self, seen: _Seen, i: int) -> Kind | None:
        """What a line of the heading is, by its form; None where its form says nothing."""
        text = seen.text
        if front.SESSION_LINE.fullmatch(text):
            return Kind.SESSION
        if front.AGENDA_LINE.fullmatch(text) or (
            len(text) < 200 and front.AGENDA_LINE.match(text) and seen.side is None
        ):
            return Kind.AGENDA_ITEM
        if front.is_date_line(text) or (re.fullmatch(r"(?:of|du|de) \d.*", text, re.I) and front.dates_in(text)):
            return Kind.DATE
        if (
            front.ADOPTED_HEADING.match(text) and len(text) < 300 and not seen.closing
        ) or front.REPORT_HEADING.fullmatch(text):
            return Kind.OTHER
        if self.seen[i].closing:
            return Kind.OTHER
        led = seen.end in (":", ".") and _LEADS_IN.search(text) is not None and not front.AT_MEETING.match(text)
        if led and any(judged.kind is Kind.TITLE for judged in self.out):
            # "The Ministers met in … and adopted the following declaration:" is no title.
            return Kind.OTHER
        if front.SPONSORS.fullmatch(text):
            return Kind.OTHER
        if front.PART_MARK.fullmatch(text) or front.PREAMBLE_MARK.fullmatch(text):
            return Kind.HEADING
        if front.OFFICIAL_TITLE.fullmatch(text) and len(text) < 400:
            return Kind.TITLE
        if front.NUMBERED_TITLE.fullmatch(text) and len(text) < 300 and seen.side is None:
            return Kind.TITLE
        if seen.label is None and front.ACT_TITLE.fullmatch(text) and len(text) < 300 and seen.end != ",":
            return Kind.TITLE
        return None

    def _starts_preamble(self, i: int) -> bool:
        """Whether the body begins here with its preamble."""
        seen = self.seen[i]
        if seen.label is not None and seen.label.scheme == "PP":
            return True
        if _WHEREAS.fullmatch(seen.text) or front.MEETING_ORGAN.match(seen.text):
            return True
        if front.ORGAN_START.match(seen.text) and seen.end in (",", ":"):
            return True
        if front.SPEAKERS.match(seen.body) and (seen.label is None or seen.end == ","):
            return True
        if seen.label is None and seen.end in (",", ";") and len(seen.text) > 60 and seen.side is None:
            # A consideration that opens like no other, before the body that acts on it is named.
            return any(self.seen[j].organ for j in self._following(i, 3))
        if seen.side != "preambular":
            return False
        if seen.label is not None and seen.label.scheme not in ("1.", "(1)", "1)"):
            return seen.end == ","
        if self.blocks[i].hint & Hint.HEADING:
            return False
        if self._turns(seen):
            return False
        # "Promoting the social economy" is a title; a preambular paragraph ends with a comma, or at least with a mark.
        if seen.end == ",":
            return True
        return (seen.end in (";", ".", ":") and len(seen.text) > 60) or (len(seen.text) > 160 and seen.end == "")

    def _starts_operative(self, i: int) -> bool:
        """Whether the body begins here without a preamble."""
        seen = self.seen[i]
        if seen.label is not None and seen.label.scheme == "OP":
            return True
        if front.AT_MEETING.match(seen.text) and len(seen.text) > 60:
            return True
        listed = seen.opening.side == "operative" and seen.opening.evidence == "listed"
        if seen.label is None and not self._body_ahead(i) and self._is_provision(seen, listed):
            return True
        if listed and seen.label is None:
            return seen.end in (".", ";", ":") and (len(seen.text) > 40 or seen.opening.subject)
        if seen.label is not None and seen.label.scheme in _NUMBERING:
            if self._heading_like(i):
                return False
            return listed or (len(seen.body) > 60 and seen.end in (".", ";", ":"))
        return False

    def _is_provision(self, seen: _Seen, listed: bool) -> bool:
        """Whether a paragraph without heading or preamble before it reads like a provision and not like a title."""
        if seen.end not in (";", ".", ":") or len(seen.text.split()) < 3 or is_capitals(seen.text):
            return False
        return listed or seen.end == ";" or _MODAL.search(seen.text) is not None or self._turns(seen)

    def _turns(self, seen: _Seen) -> bool:
        """Whether a sentence that opens like a consideration comes to a verb: "Acting on its advice, decides …."."""
        return seen.end in (".", ":") and self._has_verb_behind_comma(seen.body)

    def _comes_to_verb(self, last: Judged) -> bool:
        """Whether the body's own line ends the preamble: "The Conference, considering …, adopts the following:"."""
        text = last.block.text
        if front.ORGAN_START.match(text) is None:
            return False
        return _ANNOUNCES.search(text) is not None or self._has_verb_behind_comma(text)

    def _has_verb_behind_comma(self, text: str) -> bool:
        for comma in _COMMA.finditer(text, 0, 600):
            found = opening(text[comma.end() : comma.end() + 80], self.language)
            if found.side == "operative" and found.evidence == "listed" and found.tense == "present":
                return True
        return False

    def _preamble(self, i: int) -> None:
        seen = self.seen[i]
        side = self._side_in_preamble(i)
        if side is Kind.OPERATIVE:
            self.zone = Zone.OPERATIVE
            self._operative_paragraph(i)
        elif side is Kind.PREAMBULAR:
            self._put(i, Kind.PREAMBULAR, label=self._numbering(seen, i))
        else:
            self._put(i, side)

    def _side_in_preamble(self, i: int) -> Kind:
        """Whether a paragraph still belongs to the preamble, opens the operative part, or is a heading."""
        seen = self.seen[i]
        label, listed = seen.label, seen.opening.evidence == "listed"
        if label is not None and label.scheme in ("PP", "OP"):
            return Kind.PREAMBULAR if label.scheme == "PP" else Kind.OPERATIVE
        if _WHEREAS.fullmatch(seen.text):
            self.recitals = True
            return Kind.PREAMBULAR
        enacting = label is None and _ENACTING.match(seen.body) is not None
        if enacting and (seen.end == ":" or (not seen.end and len(seen.body) < 40 and self._labelled_next(i))):
            # "HAS ADOPTED THIS RECOMMENDATION:" ends recitals, however they were numbered.
            return Kind.OPERATIVE
        if self.recitals and label is not None and label.scheme in ("(1)", "1)", "1."):
            if seen.side == "operative" and listed and label.scheme != "(1)":
                return Kind.OPERATIVE
            return Kind.PREAMBULAR
        if self.recitals and label is None and not (seen.side == "operative" and listed):
            return Kind.PREAMBULAR
        if label is None and front.PART_MARK.fullmatch(seen.text):
            return Kind.HEADING
        if front.SPEAKERS.match(seen.body) and seen.end == ",":
            return Kind.PREAMBULAR
        if label is not None and label.scheme in LETTERED and self.last is not None and self._list_open():
            return Kind.PREAMBULAR
        spoken = label is None and seen.side is None and front.ORGAN_START.match(seen.text) is not None
        if spoken and seen.end in (":", ".", ";") and _DECIDED.search(seen.text):
            return Kind.OPERATIVE
        if seen.side == "operative" and (listed or (self.preambular and label is None)):
            if seen.opening.tense == "past" and label is None and not seen.opening.subject:
                # "Resolved" and "Concerned" may be both; a comma keeps them in the preamble.
                return Kind.PREAMBULAR if seen.end == "," else Kind.OPERATIVE
            return Kind.OPERATIVE
        if label is None and self.speakers and seen.opening.spoken and seen.end in (":", ".", ";"):
            return Kind.OPERATIVE
        if label is None and seen.opening.spoken and seen.end == ":" and self._labelled_next(i):
            # "DÉCIDENT :", "Acordamos:" behind the names of those who speak.
            return Kind.OPERATIVE
        if label is not None and label.scheme in ARABIC | {"I.", "A.", "I)", "(I)"}:
            if seen.side == "preambular":
                lettered = label.scheme in ("A.", "I.") and seen.end in (",", ";", "") and listed
                return Kind.PREAMBULAR if lettered or self._numbered_preamble(i) else Kind.OPERATIVE
            if self._led_in and self._later_verbs(i, unnumbered=True):
                return Kind.PREAMBULAR
            if self._heading_like(i):
                return Kind.HEADING
            if self._preamble_goes_on(i) and label.scheme != "1.":
                return Kind.PREAMBULAR
            return Kind.OPERATIVE
        if label is not None:
            return Kind.PREAMBULAR if self.preambular or seen.side == "preambular" else Kind.OPERATIVE
        ahead = self._preamble_goes_on(i) or self._body_ahead(i)
        if seen.side == "preambular" and self._turns(seen) and not ahead:
            return Kind.OPERATIVE
        if seen.side == "preambular":
            if self._heading_like(i) and seen.end == "" and self.blocks[i].hint & Hint.HEADING:
                return Kind.HEADING
            return Kind.PREAMBULAR
        if front.AT_MEETING.match(seen.text) and seen.end != ",":
            return Kind.OPERATIVE
        if seen.end == "," or seen.text[:1].islower():
            return Kind.PREAMBULAR
        last = self.last
        if _THAT.match(seen.body) and last is not None and last.kind is Kind.PREAMBULAR:
            leads_in = last.end == ":" or _THAT.match(last.block.text)
            if leads_in:
                return Kind.PREAMBULAR
        if self._heading_like(i) and seen.end != ":":
            return Kind.HEADING
        if self._preamble_goes_on(i):
            return Kind.PREAMBULAR
        if not self.preambular and seen.end != "." and not front.ORGAN_START.match(seen.text):
            return Kind.PREAMBULAR
        if seen.end == ":" and not _MODAL.search(seen.text):
            return Kind.PREAMBULAR
        if last is not None and last.kind is Kind.PREAMBULAR and last.end == ":" and not self._comes_to_verb(last):
            return Kind.PREAMBULAR
        return Kind.OPERATIVE if self.preambular else Kind.PREAMBULAR

    def _list_open(self) -> bool:
        """Whether the last paragraph is preambular and leads in a list or stands in one."""
        last = self.last
        if last is None or last.kind is not Kind.PREAMBULAR:
            return False
        return last.end == ":" or (last.label is not None and last.label.scheme in LETTERED and last.end != ".")

    def _preamble_goes_on(self, i: int) -> bool:
        """Whether a preambular opening comes before the first operative one."""
        for j in self._following(i, 12):
            seen = self.seen[j]
            if seen.closing or seen.organ or seen.annex is not None:
                return False
            if seen.side == "preambular" and (seen.end == "," or seen.label is None):
                return True
            if seen.side == "operative" or (seen.label is not None and seen.label.scheme in ("1.", "OP")):
                return False
        return False

    def _numbered_preamble(self, i: int) -> bool:
        """Whether the preambular paragraphs of this text carry numbers: this one ends with a comma, or is one of many.

        "1. Recognizing the role of cooperatives, invites …" is operative; "(1) Recalling …," before others is not.
        """
        seen = self.seen[i]
        if seen.end in (",", ";") and self._later_verbs(i):
            return True
        if seen.opening.evidence == "listed" and self._later_verbs(i, unnumbered=True):
            # "1) Considérant que …." before "Soumet la recommandation suivante :".
            return True
        if seen.label is not None and seen.label.scheme == "(1)":
            return self._preamble_goes_on(i)
        return seen.end == ","

    def _later_verbs(self, i: int, *, unnumbered: bool = False) -> bool:
        """Whether a paragraph with an operative verb still comes, without a number if so asked."""
        for j in self._following(i, 60):
            if self.seen[j].closing or self.seen[j].organ:
                return False
            if self.seen[j].side == "operative" and not (unnumbered and self.seen[j].label is not None):
                return True
        return False

    def _heading_like(self, i: int) -> bool:
        """Whether a block looks like a heading: short, without closing punctuation, no verb of a listed kind."""
        seen = self.seen[i]
        if seen.text.startswith("#"):
            return True
        if self.blocks[i].hint & Hint.HEADING:
            return seen.end in ("", ".", ":") and not (seen.side == "operative" and seen.opening.evidence == "listed")
        body = seen.body
        if not body or len(body) > 160 or body[:1].islower():
            return False
        count = len(body.split())
        if count > 20:
            return False
        capitals = is_capitals(body)
        few = capitals and count < 4 and seen.end != ":"
        scheme = seen.label.scheme if seen.label is not None else ""
        # "II. Intended contributions", "I. Values and principles": participles and nouns, where no mark ends the line.
        few = few or (scheme in ("I.", "A.") and seen.end == "" and count <= 8)
        if seen.side == "operative" and seen.opening.evidence == "listed" and not few:
            return False
        if seen.end in (",", ";") or _GOES_ON.match(body):
            return False
        if scheme in ("(a)", "a)", "(1)", "(i)", "i)", "OP", "PP", "•"):
            return False
        if seen.end == ":":
            return capitals or (not scheme and count <= 8 and seen.side is None and not _PREPOSITION.match(body))
        if seen.end == ".":
            # "I. Principes généraux." is a heading; "Recommends its adoption." is not.
            if seen.side is not None or body.split()[0].casefold() in ("que", "qu'il", "qu’il", "that"):
                return False
            return (capitals and count <= 10) or (scheme in ("I.", "A.", "A-", "I-") and count <= 5)
        if self.zone is Zone.OPERATIVE and count > 4 and not capitals and _FINITE[self.language].search(body):
            return False
        if scheme in ("1.", "1)", "1", "article") and (count > 12 or _THAT.match(body) or self._leads_in_list(i)):
            return False
        if seen.side == "preambular" and not capitals and seen.opening.evidence == "listed":
            return count <= 12
        return True

    def _leads_in_list(self, i: int) -> bool:
        """Whether a list of subparagraphs begins behind a block."""
        for j in self._following(i, 1):
            label = self.seen[j].label
            return label is not None and label.scheme in LETTERED and label.bare.lower() in ("a", "i", "")
        return False

    def _numbering(self, seen: _Seen, i: int) -> Label | None:
        """The label of a paragraph; a bare number counts where a verb follows it."""
        label = seen.label
        if label is None or (label.scheme == "•" and seen.body == ""):
            return None
        return label

    def _operative(self, i: int) -> None:
        seen = self.seen[i]
        label = seen.label
        if seen.closing and self._is_closing(i):
            self.zone = Zone.CLOSING
            self._put(i, Kind.CLOSING)
        elif label is not None and label.scheme == "PP":
            self._put(i, Kind.PREAMBULAR, label=label)
        elif label is None and (front.PART_MARK.fullmatch(seen.text) or front.is_date_line(seen.text)):
            self._put(i, Kind.HEADING if front.PART_MARK.fullmatch(seen.text) else Kind.CLOSING)
        elif label is None and front.is_done_line(seen.text):
            self.zone = Zone.CLOSING
            self._put(i, Kind.CLOSING)
        elif self._is_annexed_declaration(i):
            self.zone = Zone.PREAMBLE
            self._put(i, Kind.PREAMBULAR)
        elif self._is_inserted_preamble(i):
            if self._is_new_preamble(i):
                self._begin_part_if_numbered()
                self.zone = Zone.PREAMBLE
            self._put(i, Kind.PREAMBULAR, label=label, zone=Zone.PREAMBLE if self.zone is Zone.PREAMBLE else None)
        elif self._heading_like(i) and not self._is_list_item(i):
            self._put(i, Kind.HEADING)
        else:
            self._operative_paragraph(i)

    def _is_closing(self, i: int) -> bool:
        """Whether a closing form really closes: "1. Adopted by …" does not, nor a sentence that a number leads."""
        seen = self.seen[i]
        return seen.label is None or front.MEETING.match(seen.text) is not None

    def _is_list_item(self, i: int) -> bool:
        """Whether an unpunctuated line is an item under a paragraph that ends with a colon."""
        seen = self.seen[i]
        if seen.label is None:
            return self._is_listed_line(i)
        last = self.last
        listed = last is not None and (last.end == ":" or (last.label is not None and last.label.scheme == "2.1"))
        if seen.label.scheme == "2.1" and not listed:
            # "1.1 Bridging the divide" above paragraph 21 is the heading of a section.
            return not any(
                then.label is not None and then.label.scheme == "1." and then.end in (".", ";")
                for then in (self.seen[j] for j in self._following(i, 1))
            )
        return seen.label.scheme in LETTERED | {"(1)", "2.1"}

    def _is_listed_line(self, i: int) -> bool:
        """Whether a line without label is one of three or more, such as names, below a paragraph with a colon."""
        if self.blocks[i].hint & Hint.HEADING or is_capitals(self.seen[i].text) or self.last is None:
            return False
        if self.last is not self._lister:
            lists = self.last.kind is Kind.OPERATIVE and self.last.end == ":"
            following = [self.seen[j] for j in self._following(i, 2)]
            if not lists or len(following) < 2 or any(
                seen.label is not None or seen.end or seen.organ or seen.closing or is_capitals(seen.text)
                for seen in following
            ):  # fmt: skip
                return False
        self._lists = True
        return True

    def _is_annexed_declaration(self, i: int) -> bool:
        """Whether the declaration that a body adopts begins here: "Adopts the following Declaration:", "We, …,"."""
        seen, last = self.seen[i], self.last
        return (
            last is not None
            and last.end == ":"
            and seen.label is None
            and seen.end == ","
            and front.SPEAKERS.match(seen.body) is not None
        )

    def _is_inserted_preamble(self, i: int) -> bool:
        """Whether an unnumbered paragraph among operative ones is preambular: by its first words and its comma."""
        seen = self.seen[i]
        if seen.side != "preambular" or seen.label is not None or self.blocks[i].hint & Hint.HEADING:
            return False
        if seen.end == ",":
            return self.last is None or self.last.end != ":" or seen.text[:1].isupper()
        # Considerations of a new section end with a semicolon in older texts; others of the kind must follow.
        return (
            seen.end == ";"
            and seen.opening.evidence == "listed"
            and (self.last is None or self.last.end in (".", "") or self.last.kind is Kind.PREAMBULAR)
            and seen.text[:1].isupper()
            and self._is_new_preamble(i)
        )

    def _is_new_preamble(self, i: int) -> bool:
        """Whether a new text begins here: the last paragraph was complete, and several considerations follow."""
        if self.last is not None and self.last.end == ";":
            return False
        for j in self._following(i, 1):
            return self.seen[j].side == "preambular"
        return False

    def _begin_part_if_numbered(self) -> None:
        """A new preamble behind a letter on a line of its own is that of a new part."""
        letter, _ = self._letter_before()
        if letter:
            self._begin_part()

    def _operative_paragraph(self, i: int) -> None:
        seen = self.seen[i]
        self._put(i, Kind.OPERATIVE, label=self._numbering(seen, i))

    def _closing(self, i: int) -> None:
        seen = self.seen[i]
        label = seen.label
        if label is None and front.PART_MARK.fullmatch(seen.text) and self._body_ahead(i):
            self._put(i, Kind.HEADING)
        elif seen.closing or front.is_date_line(seen.text) or front.is_done_line(seen.text):
            self._put(i, Kind.CLOSING)
        elif self._reopens(i):
            self.zone = Zone.OPERATIVE
            self._operative(i)
        elif re.match(r"\d{1,3}[.\s]", seen.text) and seen.side is None and not self._body_ahead(i):
            self._put(i, Kind.FOOTNOTE)
        elif self._body_ahead(i) and len(seen.text) < 300 and seen.end in ("", "."):
            self._put(i, Kind.HEADING)
        else:
            self._put(i, Kind.CLOSING)

    def _reopens(self, i: int) -> bool:
        """Whether numbered provisions go on behind a line that only looked like a closing one."""
        seen = self.seen[i]
        if seen.label is not None and seen.label.scheme in ("1.", "OP") and seen.side == "operative":
            return True
        if seen.side == "preambular" and seen.end == "," and seen.label is None:
            return self._is_new_preamble(i)
        return False

    def _body_ahead(self, i: int) -> bool:
        """Whether the body of another text begins within the next lines."""
        return any(self.seen[j].organ for j in self._following(i, 4))

    def _annexed_preamble(self, seen: _Seen) -> bool:
        """Whether an unnumbered paragraph of an annex belongs to a preamble of its own."""
        if front.SPEAKERS.match(seen.body):
            return seen.end in (",", ":")
        return seen.side == "preambular" and seen.end == "," and self.inner is not Zone.OPERATIVE

    def _annexed(self, i: int) -> None:
        """A paragraph of an annex: a provision of the text annexed, or plain annexed text."""
        seen = self.seen[i]
        label = seen.label
        if seen.closing and (label is None or front.MEETING.match(seen.text)):
            self._put(i, Kind.CLOSING)
        elif label is None and front.PART_MARK.fullmatch(seen.text):
            self._put(i, Kind.HEADING)
        elif label is None and self._annexed_preamble(seen):
            self.inner = Zone.PREAMBLE
            self._put(i, Kind.PREAMBULAR)
        elif self._heading_like(i) and not self._is_list_item(i):
            self._put(i, Kind.HEADING)
        elif label is not None and label.scheme in _ANNEX_SCHEMES:
            self.inner = Zone.OPERATIVE
            self._put(i, Kind.OPERATIVE, label=label)
        elif (
            label is None
            and seen.side == "operative"
            and seen.opening.evidence == "listed"
            and seen.end in (".", ";", ":")
        ):
            self.inner = Zone.OPERATIVE
            self._put(i, Kind.OPERATIVE)
        elif label is not None and self.last is not None and self.last.kind is not Kind.ANNEX:
            self._put(i, self.last.kind, label=label)
        elif self.inner is Zone.PREAMBLE and label is None and seen.end == ",":
            self._put(i, Kind.PREAMBULAR)
        else:
            self._put(i, Kind.ANNEX, label=label)
