"""The lines of a source: what is running header, page number or footnote, and what is text.

Documents are printed with a masthead, the symbol and a running title on every page, page numbers, a job number and a
bar code, and notes at the foot of the page. Read line by line these stand in the middle of paragraphs; here they are
told apart, by their form and by coming back, so that the text around them can be put together again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sse_observatory.instruments.extracts import Extract, Hint
from sse_observatory.instruments.segmentation.front import is_organ_line
from sse_observatory.instruments.segmentation.labels import label_of
from sse_observatory.instruments.symbols import is_symbol

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
_INVISIBLE = str.maketrans("", "", INVISIBLE)


EMPHASIS = re.compile(
    r"(?<![\w*_])(?P<mark>\*{1,3}|_{1,3})(?P<inner>(?=[^*_\n]*[^\W\d_]{2})[^\s*_](?:[^*_\n]*[^\s*_])?)(?P=mark)(?![\w*_])"
)
"""Words between the marks of italic or bold type, as Markdown and its kin write them: "_Requests_"."""


@dataclass(slots=True)
class Line:
    """A line that is not blank. `start` and `end` are its place in the source without the blanks around it.

    `text` is the line with single plain spaces, for judging. `blanks` counts the blank lines before it, `page` is its
    page. `role` is ``""`` for text, else ``strip``, ``symbol`` or ``note``; `broken` says that a running header, a note
    or a page end stands between it and the text line before.
    """

    start: int
    end: int
    text: str
    blanks: int
    page: int
    hint: int
    role: str = ""
    broken: bool = False


def lines_of(extract: Extract) -> list[Line]:
    """The lines of the text, each with its role."""
    lines = _split(extract)
    if extract.stated:
        return lines
    _mark_running(lines)
    _mark_notes(lines)
    broken = False
    page = lines[0].page if lines else 0
    for line in lines:
        if line.role and line.role != "symbol":
            broken = True
            continue
        line.broken = broken or line.page != page
        broken, page = False, line.page
    return lines


def _split(extract: Extract) -> list[Line]:
    lines: list[Line] = []
    at, blanks, page = 0, 0, 0
    hints = extract.hints
    for raw in extract.text.splitlines(keepends=True):
        stripped = raw.strip()
        visible = " ".join(stripped.translate(_INVISIBLE).split()) if stripped else ""
        if "\f" in raw and not raw.strip("\f\r\n "):
            page += 1
        if not stripped:
            blanks += 1
        else:
            if raw.startswith("\f"):
                page += 1
            visible = EMPHASIS.sub(r"\g<inner>", visible) if "*" in visible or "_" in visible else visible
            start = at + raw.index(stripped[0])
            end = start + len(stripped)
            lines.append(Line(start, end, visible, blanks, page, hints.get(start, Hint.NONE)))
            if not visible:
                lines[-1].role = "strip"
            blanks = 0
            if raw.endswith("\f"):
                page += 1
        at += len(raw)
    return lines


# --- running headers and footers ------------------------------------------------------------------------------------

_JOB = r"(?:(?:GE|V|K|M|B|DC|LC|SDD|ROM)\.?|N)?\s?\d{2}-\d{4,6}"
_FURNITURE = re.compile(
    r"(?:page|página|pagina|p\.)\s?\d{1,3}(?:\s?(?:of|/|de|sur)\s?\d{1,3})?"
    r"|\d{1,3}\s?/\s?\d{1,3}"
    r"|[-–—]\s?\d{1,3}\s?[-–—]"
    r"|/\s?(?:\.\s?){2,3}|(?:\.\s?){3}/(?:\s?(?:\.\s?){3})?"
    rf"|(?:{_JOB}\s*(?:\*\d{{5,9}}\*|[*]{{1,2}})?)(?:\s?\([A-Z]\))?(?:\s+\d{{6}})*(?:\s+\d{{6}})?(?:\s?/?\s?\.{{2,3}})?(?:\s+\*[A-Z]?\d+\*)?(?:\s+\d{{1,3}}(?:/\d{{1,3}})?)?"
    rf"|\d{{1,3}}/\d{{1,3}}\s+{_JOB}|{_JOB}\s+\d{{1,3}}/\d{{1,3}}"
    r"|N\d{7}(?:\s?\([A-Z]\))?(?:\s+\d{6})*|\d{7}[A-Z]?(?:\s?\([A-Z]\))(?:\s+\d{6})*"
    r"|\*{1,2}[A-Z]?\d{5,9}\*{1,2}|\*[A-Z0-9 ]{6,14}\*"
    r"|(?:please recycle|veuillez recycler|se ruega reciclar|merci de recycler|sírvase reciclar).{0,4}"
    r"|distr(?:ibution)?\.?\s?:?\s?(?:general|limited|restricted|générale|limitée|limitada|restreinte|reservada)?\.?"
    r"|(?:original)\s?:\s?[a-zçéàñ, /andyetouo]{3,40}"
    r"|advance (?:unedited )?version|(?:unedited|edited) version|as orally revised"
    r"|[♲♻\s]+|_{3,}|[-–—=*]{5,}|\|+",
    re.I,
)
_DISTRIBUTION = re.compile(
    r"(?:GENERAL|LIMITED|RESTRICTED|GÉNÉRALE|GENERALE|LIMITÉE|LIMITADA|ENGLISH|FRENCH|SPANISH|ANGLAIS|FRANÇAIS"
    r"|ESPAGNOL|"
    r"INGLÉS|FRANCÉS|ESPAÑOL|ORIGINAL|ENGLISH ONLY)[.:]?",
)
_HOUSE = re.compile(r"united nations|nations unies|naciones unidas|u n i t e d\s+n a t i o n s", re.I)
_TONGUE = re.compile(r"(?:English|French|Spanish|Français|Anglais|Espagnol|Español|Inglés|Francés)")
_SERIES_LETTER = re.compile(r"[AEST]/?|(?:UNEP|CCPR|CEDAW|CRC|CAT|CERD|TD|DP)/?")
_SYMBOL_LINE = re.compile(
    r"(?:united nations|nations unies|naciones unidas)?\s*"
    r"(?P<symbol>[A-Z]{1,6}(?:\.\d+)?/[A-Za-z0-9.()/\[\] -]{2,60}?)\s?\*{0,3}",
    re.I,
)
_PAGE_MARK = re.compile(r"(?:(?:page|página)\s?)?\d{1,3}(?:\s?/\s?\d{1,3})?", re.I)


def _mark_running(lines: list[Line]) -> None:
    """Mark what is printed on every page. The first symbol of the text is the document's own and is kept as such."""
    own: str | None = None
    body = False
    for place, line in enumerate(lines):
        if line.role:
            continue
        if line.hint & Hint.HEADER:
            header = _symbol_in(line.text)
            line.role = "symbol" if own is None and header is not None else "strip"
            own = own or (_folded(header) if header is not None else None)
        elif len(line.text) > 130:
            continue
        elif _FURNITURE.fullmatch(line.text) or _DISTRIBUTION.fullmatch(line.text):
            line.role = "strip"
        elif (symbol := _symbol_in(line.text)) is not None:
            if own is None and not body and place < _HEADING_LINES and not _goes_on_line(lines, place):
                own, line.role = _folded(symbol), "symbol"
            elif _folded(symbol) == own:
                line.role = "strip"
        elif is_organ_line(line.text):
            body = True
    _mark_masthead(lines)
    titles = [_title_of(line.text) if len(line.text) <= _LONGEST_TITLE else "" for line in lines]
    often = Counter(titles)
    own = _own_symbol(lines)
    for _ in range(_LINES_OF_TITLE):
        if not _mark_titles(lines, [often[title] for title in titles], own):
            break


_HEADING_LINES = 40


def _goes_on_line(lines: list[Line], place: int) -> bool:
    """Whether a line of a symbol only ends the sentence before it: "on the basis of draft resolution", "A/68/L.39"."""
    before = lines[place - 1] if place else None
    if before is None or lines[place].blanks or before.role or before.page != lines[place].page:
        return False
    last = before.text.rpartition(" ")[2]
    return last.isalpha() and last.islower() and len(before.text) > _OPEN_LINE


_OPEN_LINE = 30
"""Characters of a line that may break off before the symbol it names."""


def _folded(symbol: str) -> str:
    return re.sub(r"\s", "", symbol).upper()


def _mark_masthead(lines: list[Line]) -> None:
    """Mark the name of the house at the top, and the letter of the series (``A``, ``S``) that stands beside it."""
    top = lines[:15]
    house = any(line.role != "symbol" and _HOUSE.fullmatch(line.text) for line in top)
    for before, line in pairwise(lines):
        # "English" stands below the symbol on every page of a typewritten document.
        if not line.role and before.role and _TONGUE.fullmatch(line.text):
            line.role = "strip"
    for line in top:
        if not line.role and (_HOUSE.fullmatch(line.text) or (house and _SERIES_LETTER.fullmatch(line.text))):
            line.role = "strip"


def _symbol_in(text: str) -> str | None:
    """The symbol, where a line holds nothing but one (with the masthead or a mark of reissue at most)."""
    if "/" not in text or len(text) > 90:
        return None
    found = _SYMBOL_LINE.fullmatch(text)
    return found["symbol"] if found is not None and is_symbol(found["symbol"]) else None


_LINES_OF_TITLE = 3
"""Lines of a running title that stand above the symbol: each is known by the one below it."""
_LONGEST_TITLE = 130
"""Characters of a line that may be one of a running title."""


def _mark_titles(lines: list[Line], often: Sequence[int], own: str | None) -> bool:
    """Mark running titles: short lines that come back beside what has been marked already; returns whether any were.

    A line of a page's edge that is printed on three pages or more is one, whatever it says. `often` says of each line
    how many times its like is there, `own` is the symbol of the document.
    """
    marked = False
    body_before = False
    for i, line in enumerate(lines):
        if line.role:
            continue
        if len(line.text) > _LONGEST_TITLE or line.hint & (Hint.FIXED | Hint.BLOCK):
            body_before = body_before or len(line.text) > 40
            continue
        near = any(lines[j].role == "strip" for j in (i - 1, i + 1, i - 2) if 0 <= j < len(lines))
        edge = (i and lines[i - 1].page != line.page) or (i + 1 < len(lines) and lines[i + 1].page != line.page)
        ends_open = line.text[-1:] not in ",;.:"
        repeated = often[i]
        bare_number = line.text.isdigit() and len(line.text) <= 3
        combined = _combined_header(line.text, own)
        beside = body_before and near and (repeated >= 2 or bare_number) and not _is_label_alone(line.text)
        if (body_before and combined) or (ends_open and (beside or (edge and (bare_number or repeated >= 3)))):
            line.role = "strip"
            marked = True
        else:
            body_before = body_before or len(line.text) > 40
    return marked


_NUMBER_OF_TITLE = re.compile(r"^(?:[a-z]+/){0,2}#/#\.?\s+")
"""The title in the heading carries the number of the resolution, the running title does not."""
_DIGITS = re.compile(r"\d+")


def _title_of(text: str) -> str:
    """A line as it comes back on other pages: its numbers do not count."""
    return _NUMBER_OF_TITLE.sub("", _DIGITS.sub("#", text.casefold()))


def _is_label_alone(text: str) -> bool:
    label = label_of(text)
    return label is not None and label.length >= len(text) and label.scheme != "1"


_COMBINED = re.compile(
    r"^(?P<symbol>[A-Z]{1,6}(?:/[A-Za-z0-9.()-]+){2,5})\s+(?P<rest>.+)$"
    r"|^(?P<rest2>.+?)\s+(?P<symbol2>[A-Z]{1,6}(?:/[A-Za-z0-9.()-]+){2,5})$"
)


def _own_symbol(lines: list[Line]) -> str | None:
    """The document's symbol: that of its heading, else one that several lines begin or end with."""
    for line in lines:
        if line.role == "symbol":
            symbol = _symbol_in(line.text)
            return _folded(symbol) if symbol is not None else None
    seen: Counter[str] = Counter()
    for line in lines:
        found = _COMBINED.match(line.text) if "/" in line.text and len(line.text) < 130 else None
        if found is not None:
            seen[_folded(found["symbol"] or found["symbol2"])] += 1
    symbol, count = seen.most_common(1)[0] if seen else ("", 0)
    return symbol if count > 2 else None


def _combined_header(text: str, own: str | None) -> bool:
    """Whether the line is the document's symbol with running title or page number, as PDF readers give them."""
    found = _COMBINED.match(text) if "/" in text else None
    if found is None:
        return False
    symbol, rest = found["symbol"] or found["symbol2"], (found["rest"] or found["rest2"]).strip()
    if _folded(symbol) != own:
        return False
    if _PAGE_MARK.fullmatch(rest) or _FURNITURE.fullmatch(rest) or _HOUSE.fullmatch(rest):
        return True
    # A running title is a title: capital first, no full stop, not the middle of a sentence that cites the symbol.
    return bool(found["symbol"]) and rest[:1].isupper() and rest[-1] not in ",;.:" and len(text) < 120 and " " in rest


# --- footnotes ------------------------------------------------------------------------------------------------------

_CUE = (
    r"(?:See|Ibid|Ibíd|Idem|Resolutions?\b|General Assembly resolution|A/|E/|S/|ST/|T/|TD/|CCPR|CEDAW|FCCC|GB\.|ILC"
    r"|UNEP/|WHO?A?/|"
    r"Official Records|United Nations(?:,| publication| document)|UNESCO|UNICEF|World|Report of|Reports? |Adopted|For "
    r"the|"
    r"The (?:draft|term|delegation|members?|present|text|words?|State|representatives?|recommendation)|Available|http"
    r"|www\.|"
    r"Résolutions?\b|Voir|Documents officiels|Nations Unies|Véase|Véanse|Resolución|Resoluciones|Documentos Oficiales"
    r"|Naciones "
    r"Unidas|Rapport|Informe|In (?:favour|accordance)|On \d|One |Two |Including|Document|Decision|League of|Treaty"
    r"|Subsequently|"
    r"As (?:amended|defined|contained)|International"
    r"|Also(?! (?:\w+ly )?[a-z]+s\b)|Reissued|Nouveau tirage|Publicado nuevamente|Cf\.|E\.g\."
    r"|e\.g\.|Annexe?|Section|"
    r"Chap|Vol|Reproduced|Ver |OJ |JO |DO |Regulation|Directive|Council|Commission|Convention|Recueil|Contained"
    r"|Recommendation)"
)
_NOTE = re.compile(
    r"(?P<old>\(?\d{1,3}[a-z]?/\)?\s*[^\s\d])"
    r"|(?P<small>[⁰¹²³⁴-⁹]{1,3}\s*\S)"
    r"|(?P<wiki>\[\^?\d{1,3}\]:?\s+\S)"
    rf"|(?P<cued>(?P<number>\d{{1,3}})\.?\s?(?=[\"“«]?{_CUE}))"
    rf"|(?P<starred>\*{{1,3}}\s?(?={_CUE}|\S.{{0,60}}\b(?:States? Members?|co-?sponsors?|translation|technical "
    rf"reasons)))"
    r"|(?P<lettered>[a-z]\s(?=(?:See|Ibid|Voir|Véase|A/|E/|Resolution|Official)\b))"
)


def _mark_notes(lines: list[Line]) -> None:
    """Mark footnotes. A note goes on to the next blank line, page end, running header, or label."""
    text = [line for line in lines if not line.role]
    cut = {id(b) for a, b in pairwise(lines) if a.role}
    ruled = {id(b) for a, b in pairwise(lines) if a.role == "strip" and _RULE.fullmatch(a.text)}
    previous: Line | None = None
    inside = False
    expected = -1
    cited: set[str] = set()
    for line in text:
        if line.hint & Hint.FOOTNOTE:
            line.role = "note"
            previous = line
            continue
        if line.hint & Hint.FIXED:
            found = _NOTE.match(line.text)
            if found is not None and (found["old"] or found["small"] or found["wiki"]):
                line.role = "note"
            previous = line
            continue
        inside = inside and id(line) not in cut
        mark = _note_start(line, previous, inside, expected, ruled=id(line) in ruled, cited=cited)
        if _DIGITS.search(line.text):
            cited.update(_GLUED.findall(line.text))
        if mark is not None:
            line.role = "note"
            inside = True
            if mark.isdigit():
                expected = int(mark) + 1
        elif inside and previous is not None and not _ends_note(line, previous):
            line.role = "note"
        else:
            inside = False
        previous = line


_RULE = re.compile(r"[_–—-]{5,}")
"""The rule that the printer sets above notes."""


_GLUED = re.compile(r"(?<=[a-z”’)])[,;:.]?(\d{1,3})(?=[\s,;:.]|$)")
"""A number printed at a word or its comma: the mark of a note that has lost its place above the line."""


def _note_start(
    line: Line, previous: Line | None, inside: bool, expected: int, *, ruled: bool, cited: set[str]
) -> str | None:
    """The number of the footnote that starts with the line (``*`` for a star), None where none does.

    `cited` are the numbers that the text before has the marks of.
    """
    found = _NOTE.match(line.text)
    if found is None:
        # "41 Other words": the next number of a run of notes is a note whatever it says.
        bare = re.match(r"(\d{1,3})\s+[A-Z“\"]", line.text)
        if bare and (ruled or (inside and int(bare[1]) == expected)):
            return bare[1]
        if bare and bare[1] in cited and previous is not None and previous.text[-1:] in ".;,:)":
            return bare[1]
        return None
    if found["cued"]:
        number = found["number"]
        if line.text[len(number) : len(number) + 1] == "." and not (inside and int(number) == expected):
            # "1. Resolution …" is a numbered paragraph unless it goes on a run of notes.
            return number if int(number) > 1 and not line.text[len(number) + 1 : len(number) + 2].isspace() else None
        if previous is not None and (
            ruled or line.blanks or inside or line.page != previous.page or previous.text[-1:] in ".;,:)"
        ):
            return number
        # In the middle of a paragraph: "resolution\n1325 Security …" is none, a note after an open line needs a gap.
        return number if previous is not None and previous.role == "note" else None
    if found["old"]:
        number = re.match(r"\(?(\d{1,3})", line.text)
        return number[1] if number else "*"
    if found["lettered"] and not inside:
        return None
    return "*"


def _ends_note(line: Line, previous: Line) -> bool:
    """Whether a note ends before the line."""
    if line.page != previous.page or line.hint & (Hint.BLOCK | Hint.HEADING):
        return True
    if line.blanks:
        return True
    label = label_of(line.text)
    return label is not None and label.scheme in ("1.", "(a)", "1)", "PP", "OP") and previous.text[-1:] in ".;"
