"""Numbers and letters at the head of paragraphs, and the depth they stand at.

A label has a *scheme* (how it is written) and a value (what is counted). Whether ``(i)`` is the ninth letter or the
first roman numeral, and whether ``(a)`` is below ``1.`` or beside it, only the labels before it can tell: `Outline`
keeps the open lists and decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from sse_observatory.instruments.symbols import roman

Counting = Literal["arabic", "letter", "roman", "decimal", "bullet"]


@dataclass(frozen=True, slots=True)
class Label:
    """A label as printed.

    `length` is that of the printed label with the blanks behind it, `printed` the label itself, `bare` the number or
    letter alone (``1 bis``, ``a``), `scheme` the way of writing (``1.``, ``(1)``, ``(a)``, ``A.``, ``2.1``, ``•``,
    ``article``, ``PP``, ``OP``, ``1`` for a number without a mark).
    """

    printed: str
    bare: str
    scheme: str
    length: int

    def counted(self, counting: Counting) -> int | None:
        """The value when counted so; None where the label cannot be read that way."""
        text = self.bare
        if counting == "arabic":
            digits = re.match(r"\d+", text)
            return int(digits[0]) if digits and self.scheme != "2.1" else None
        if counting == "letter":
            if not text.isalpha() or len(set(text.lower())) != 1 or len(text) > 2:
                return None
            return ord(text[0].lower()) - 96 + 26 * (len(text) - 1)
        if counting == "roman":
            return roman(text) if text.isalpha() else None
        return None


_ENDING = r"(?:bis|ter|quater|quinquies|alt)"
_LABEL = re.compile(
    rf"(?P<draft>[(\[]?(?P<side>PP|OP)[)\]]?\s?\.?\s?(?P<draft_number>\d{{1,3}}(?:\.\d{{1,2}})?(?:\s?{_ENDING}\.?)?)"
    r"\s?[.:)\]]{0,2})(?=\s|$)"
    r"|(?P<article>(?:Article|ARTICLE|Art\.|ART\.|Artículo|ARTÍCULO|Articulo|ARTICULO|Rule|Regulation|Règle|Regla|Principle|Principe|Principio"
    r"|Guideline)"
    r"\s+(?P<article_number>\d{1,3}|[IVXL]{1,6}|premier|PREMIER|primero|PRIMERO|1er|1ER))(?:\s?er|[°º])?\s?(?:[.:]|[.:]?\s?[–—-](?=\s)|(?=\s*$))"
    r"|(?P<ordinal>(?P<ordinal_word>PRIMERO|SEGUNDO|TERCERO|CUARTO|QUINTO|SEXTO|S[ÉE]PTIMO|OCTAVO|NOVENO|D[ÉE]CIMO"
    r"|Primero|Segundo|Tercero|Cuarto|Quinto|Sexto|Séptimo|Octavo|Noveno|Décimo)\s?(?:\.\s?[-–—]|[.:]|\s[-–—])(?=\s))"
    r"|(?P<decimal>(?P<decimal_number>\d{1,2}(?:\.\d{1,3}){1,3})[.)]?)(?=\s+[^\d\s])"
    rf"|(?P<arabic>(?P<number>\d{{1,3}}(?:\s?{_ENDING}\b)?)\s?(?P<mark>\.\s?[-–—]|\.\)|\.[ºo°]\s?\.?|[°º]\s?[.)-]?|\."
    rf"|\)|\s?[-–—](?=\s)))(?![\d/])(?=\s|[A-Z“\"«¿¡ÉÀÂÊÎÔÛÇ(\[_*]|$)"
    r"|(?P<round>\((?P<round_number>\d{1,3})\))"
    r"|(?P<bracket>\((?P<bracket_letters>[a-zA-Z]{1,2}|[ivxlIVXL]{1,6})\))"
    r"|(?P<half>(?P<half_letters>[a-zA-Z]{1,2}|[ivxlIVXL]{1,6})\))(?=\s|[A-Z“\"«]|$)"
    r"|(?P<dot>(?P<dot_letters>[a-zA-Z]|[ivx]{1,5}|[IVXL]{1,7})\.(?:\s?[-–—])?)(?=\s|$)"
    r"|(?P<dash>(?P<dash_letters>[IVXL]{1,7}|[A-H])\s?[-–—])(?=\s)"
    r"|(?P<bullet>[•●▪■◦‣⁃·o]|[–—*-])(?=\s+\S)"
)
_UNMARKED = re.compile(r"(?P<number>\d{1,3}),?(?=\s{1,8}[A-ZÉÀÂÊÎÔÛÇ“\"«(\[])")

_ORDINALS = (
    "primero", "segundo", "tercero", "cuarto", "quinto", "sexto", "septimo", "octavo", "noveno", "decimo",
)  # fmt: skip
"""Numbers in words, as the parliaments of Latin America write them: "PRIMERO: Expresar …"."""
_MISREAD_FIGURES = re.compile(r"(?P<label>(?P<figures>(?=\d*[lO])[\dlO]{2})\.)\s+[A-Z]")
_FIGURES = str.maketrans("lO", "10")
"""Numbers of two figures with an l for a one or an O for a nought, as optical reading gives them."""


_EMPHASIS = re.compile(r"[*_]{1,3}(?=\(?[0-9A-Za-z]{1,4}[.)])")
"""Marks of bold or italic type around a number, as Markdown writes them."""


def _trimmed(text: str, length: int) -> int:
    """`length` with the closing marks of emphasis behind a label."""
    closing = re.match(r"[*_]{1,3}(?=\s)", text[length:].lstrip()) if length < len(text) else None
    return length + (closing.end() if closing is not None else 0)


@lru_cache(maxsize=8_192)  # a line is asked for its label by each rule that looks at it
def label_of(text: str) -> Label | None:
    """The label that `text` starts with. A bare number counts as one here; whether it is, `Outline` must tell."""
    emphasis = _EMPHASIS.match(text)
    if emphasis is not None:
        inner = label_of(text[emphasis.end() :])
        if inner is None or inner.scheme == "•":
            return None
        end = emphasis.end() + _trimmed(text[emphasis.end() :], inner.length)
        return _label(text, end, inner.printed, inner.bare, inner.scheme)
    misread = _MISREAD_FIGURES.match(text)
    if misread is not None:
        figures = misread["figures"].translate(_FIGURES)
        return _label(text, misread.end("label"), misread["label"], figures, "1.")
    found = _LABEL.match(text)
    if found is None:
        found = _UNMARKED.match(text)
        if found is None:
            return None
        return _label(text, found.end(), found["number"], found["number"], "1")
    end = found.end()
    if found["draft"]:
        return _label(text, end, found["draft"], found["draft_number"], found["side"])
    if found["article"]:
        number = found["article_number"]
        number = "1" if number.lower() in ("premier", "primero", "1er") else number
        return _label(text, end, text[:end].strip(), number, "article")
    if found["ordinal"]:
        number = 1 + _ORDINALS.index(found["ordinal_word"].lower().replace("é", "e"))
        return _label(text, end, found["ordinal"], str(number), "1.")
    if found["decimal"]:
        return _label(text, end, found["decimal"], found["decimal_number"], "2.1")
    if found["arabic"]:
        scheme = "1)" if found["mark"].strip() == ")" else "1."
        return _label(text, end, found["arabic"], re.sub(r"\s+", " ", found["number"]), scheme)
    if found["round"]:
        return _label(text, end, found["round"], found["round_number"], "(1)")
    for group, opening, closing in (("bracket", "(", ")"), ("half", "", ")"), ("dot", "", "."), ("dash", "", "-")):
        if found[group]:
            letters = found[f"{group}_letters"]
            case = "A" if letters.isupper() else "a"
            return _label(text, end, found[group], letters, f"{opening}{case}{closing}")
    # The letter o is a bullet only where it stands alone like one.
    if found["bullet"] == "o" and not text[1:2].isspace():
        return None
    return _label(text, end, found["bullet"], "", "•")


def _label(text: str, end: int, printed: str, bare: str, scheme: str) -> Label:
    while end < len(text) and text[end].isspace():
        end += 1
    return Label(printed.strip(), bare, scheme, end)


@dataclass(slots=True)
class _List:
    """An open list: how it is written and counted, and how far it has come."""

    scheme: str
    counting: Counting
    last: int
    level: int
    number: str


@dataclass(slots=True)
class Outline:
    """The lists open at a place of the text; labels are put in one after the other."""

    lists: list[_List] = field(default_factory=list)

    def reset(self, keep: int = 0) -> None:
        """Close all lists but the outer `keep`: at a heading, a new part, an unnumbered paragraph."""
        del self.lists[keep:]

    def expects(self, label: Label) -> bool:
        """Whether the label is the next of an open list: the strongest sign that it is a label at all."""
        return any(_value(label, each.counting) == each.last + 1 for each in self.lists if each.scheme == label.scheme)

    def place(self, label: Label) -> tuple[int, bool]:
        """Put the label in: its level, and whether it repeats or goes back behind one already seen in its list."""
        if label.scheme == "2.1":
            return self._decimal(label)
        for depth in range(len(self.lists) - 1, -1, -1):
            each = self.lists[depth]
            value = _value(label, each.counting)
            if each.scheme == label.scheme and value is not None and value == each.last + 1:
                return self._continue(depth, value, label, repeated=False)
        # Not the next of any list: a new list below the innermost, if it begins one, else a gap or a repetition.
        counting, value = _first_reading(label)
        same = [depth for depth, each in enumerate(self.lists) if each.scheme == label.scheme]
        if counting == "bullet" and same:
            return self._continue(same[-1], self.lists[same[-1]].last + 1, label, repeated=False)
        # "(i)" behind "(b)" is written alike but counted otherwise: it begins a list inside the other.
        if same and (value != 1 or self.lists[same[-1]].counting == counting):
            each = self.lists[same[-1]]
            again = _value(label, each.counting)
            if again is None:
                each.counting, again = counting, value
            return self._continue(same[-1], again, label, repeated=again <= each.last)
        level = self.lists[-1].level + 1 if self.lists else 1
        self.lists.append(_List(label.scheme, counting, value, level, label.bare))
        return level, False

    def _continue(self, depth: int, value: int, label: Label, repeated: bool) -> tuple[int, bool]:
        each = self.lists[depth]
        del self.lists[depth + 1 :]
        each.last, each.number = value, label.bare
        return each.level, repeated

    def _decimal(self, label: Label) -> tuple[int, bool]:
        depth = label.bare.count(".") + 1
        self.lists = [each for each in self.lists if each.level < depth]
        self.lists.append(_List(label.scheme, "decimal", int(label.bare.rpartition(".")[2]), depth, label.bare))
        return depth, False


def _value(label: Label, counting: Counting) -> int | None:
    return label.counted(counting)


def _first_reading(label: Label) -> tuple[Counting, int]:
    """How a label that begins a list is counted: ``(i)`` is a roman one, ``(a)`` a letter, ``(c)`` the third letter."""
    if label.scheme == "•":
        return "bullet", 1
    value = label.counted("arabic")
    if value is not None:
        return "arabic", value
    as_roman, as_letter = label.counted("roman"), label.counted("letter")
    if as_roman == 1 or as_letter is None:
        return "roman", as_roman or 0
    return "letter", as_letter
