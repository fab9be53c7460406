"""One text, one symbol: the series in turn, then file names; and where a symbol leads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import quote, unquote

from sse_observatory.core import Language, ObservatoryError
from sse_observatory.instruments.model import Symbol
from sse_observatory.instruments.symbols.europe import european_union, oecd
from sse_observatory.instruments.symbols.ilo import ilo
from sse_observatory.instruments.symbols.organizations import other_organization
from sse_observatory.instruments.symbols.series import series
from sse_observatory.instruments.symbols.united_nations import un


class UnknownSymbol(ObservatoryError):
    """The text is not a symbol of any known series."""

    exit_status = 2


@lru_cache(maxsize=65_536)
def parse(text: str) -> Symbol:
    """The symbol that `text` is: as printed, as a file name (``A_RES_78_175``) or as a link to docs.un.org.

    Case, blanks and the asterisk of a reissued document do not matter. Raises UnknownSymbol for everything else.
    """
    plain = _plain(text)
    if not plain:
        raise UnknownSymbol("The symbol is empty.", "Give a document symbol such as A/RES/77/281.")
    if len(plain) > _LONGEST:
        raise UnknownSymbol(f"A text of {len(text):,} characters is not a symbol.", "Use `symbols.find` for text.")
    for grammar in _GRAMMARS:
        symbol = grammar(plain)
        if symbol is not None:
            return symbol
    if _JOB_NUMBER.fullmatch(plain):
        raise UnknownSymbol(
            f"{text.strip()!r} is a job number of the printing office, which says nothing about the document.",
            "Look for the symbol in the upper right corner of the document.",
        )
    raise UnknownSymbol(
        f"{text.strip()!r} is not a symbol of a known series.",
        "Check it against the document; the known series are listed in docs/reference/symbols.md.",
    )


def is_symbol(text: str) -> bool:
    """Whether `parse` accepts the text."""
    try:
        parse(text)
    except UnknownSymbol:
        return False
    return True


def link(symbol: Symbol, language: Language = "en") -> str | None:
    """The stable public address of the document in `language`; None where its publisher has none."""
    if symbol.family == "un":
        bare = _without_part(symbol)
        for name, also in symbol.decoded:
            bare = bare.removesuffix(f"-{also}") if name == "also" else bare
        bare = bare.replace(" ", "")
        return f"https://docs.un.org/{language}/{quote(bare, safe='/()')}"
    if symbol.family == "oecd":
        # The OECD publishes its instruments in its two official languages.
        if language == "es":
            return None
        return f"https://legalinstruments.oecd.org/{language}/instruments/{symbol.text.replace('/', '-')}"
    if symbol.family == "celex":
        return f"https://eur-lex.europa.eu/legal-content/{language.upper()}/TXT/?uri=CELEX:{quote(symbol.text)}"
    if symbol.family == "eli":
        return f"http://data.europa.eu/{symbol.text}"
    if symbol.family == "oj":
        if symbol.session is not None:
            return None
        return f"http://data.europa.eu/eli/{symbol.issuer}/{symbol.year}/{symbol.number}/oj"
    if symbol.family == "ilo-standard":
        return f"https://normlex.ilo.org/dyn/nrmlx_{language}/f?p=NORMLEXPUB:12100:0::NO::P12100_ILO_CODE:{symbol.text}"
    return None


def _without_part(symbol: Symbol) -> str:
    # All parts of an omnibus resolution are printed in one document.
    return symbol.text.replace(f" {symbol.part}", "", 1) if symbol.part else symbol.text


def file_name(symbol: Symbol) -> str:
    """The symbol as a file name (``A_RES_77_281``), from which `parse` reads it back."""
    return symbol.text.replace(" (", "(").replace("/", "_").replace(" ", "-")


_LONGEST = 120
_JOB_NUMBER = re.compile(r"(?:N|GE|V|K|B|DH|LC)?[.]?\d{2}[-/]?\d{3}[-/]?\d{2}|(?:GE|V|K|M)[.]\d{2}-\d{4,6}", re.I)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−\xad", "-"))
_HOSTS = re.compile(r"https?://(?:www\.)?(?:docs\.un\.org|undocs\.org)/(?:(?:en|fr|es|ar|ru|zh|de)/)?(?=[A-Z])", re.I)


def _plain(text: str) -> str:
    """`text` with simple dashes and blanks, without a link's host, marks of reissue and closing punctuation."""
    plain = text.strip().translate(_DASHES)
    plain = _HOSTS.sub("", unquote(plain)) if plain[:4].lower() == "http" else plain
    plain = re.sub(r"\s+", " ", plain).replace("／", "/")
    plain = re.sub(r"\s*/\s*", "/", plain)
    return plain.rstrip("*†‡.,;: ").strip("\"'“”‘’ ")


def _file_name(plain: str) -> Symbol | None:
    """A symbol whose strokes became underscores or hyphens, with or without the ending of a language and a file."""
    if "/" in plain or ("_" not in plain and "-" not in plain):
        return None
    bare = _FILE_ENDINGS.sub("", plain)
    if re.fullmatch(r"[A-Z]-\d+|A\d+-\d+", bare, re.I):  # an aeroplane, a road, a room; ICAO's numbers are no names
        return None
    for candidate in dict.fromkeys((bare, _LANGUAGE_ENDINGS.sub("", bare))):
        for text in _with_strokes(candidate):
            for grammar in _GRAMMARS[:-1]:
                symbol = grammar(text)
                if symbol is not None:
                    return symbol
    return None


_LANGUAGE_ENDINGS = re.compile(r"[_-](?:en|fr|es|eng|fre|spa)$", re.I)
"""A single letter at the end is the part of an omnibus resolution, not a language."""
_FILE_ENDINGS = re.compile(r"\.(?:pdf|docx?|html?|txt|json|xml|md)$", re.I)
_SPECIAL_SESSION = re.compile(r"(?<![A-Z])(ES|EM|SS|S)-(?=\d{1,2}(?!\d))", re.I)


def _with_strokes(name: str) -> Iterator[str]:
    """The symbols that a file name may stand for, likeliest first."""
    if "_" in name:
        text = name.replace("_(", "(")
        # "S_RES_1325_2000" and "A_RES_2152_XXI" are the same names with their brackets lost.
        text = re.sub(r"^(S_RES_\d+)_((?:19|20)\d\d)$", r"\1(\2)", text, flags=re.I)
        text = re.sub(r"^([AE]_RES_\d+)_([IVXLC]+)$", r"\1(\2)", text, flags=re.I).replace("_", "/")
        yield text
        yield re.sub(r"(?<=[\d)])/(?=[A-Z](?:-[A-Z])?$)", " ", text)
        yield re.sub(r"-(?=[A-Z](?:-[A-Z])?$)", " ", text, count=1)
        yield text.replace("-", " ")
    elif "-" in name:
        text = _SPECIAL_SESSION.sub(r"\1~", name).replace("-", "/")
        # The first S is the Security Council, any later one a special session.
        yield re.sub(r"^S~", "S/", text).replace("~", "-")
        yield name.replace("-", " ")


_GRAMMARS: tuple[Callable[[str], Symbol | None], ...] = (
    un, ilo, oecd, european_union, other_organization, series, _file_name,
)  # fmt: skip
