"""Document symbols: parsed, normalised, linked and found in running text; unknown forms are refused, never guessed.

    symbols.parse("a/res/78/175").text            # A/RES/78/175
    symbols.parse("A_RES_78_175-EN.pdf").link("fr")  # https://docs.un.org/fr/A/RES/78/175
    symbols.find("its resolutions 47/90 of 16 December 1992 and 49/155")

The grammars are in `united_nations`, `ilo` and `europe`; `running_text` finds documents that a sentence names.
"""

from sse_observatory.instruments.symbols.grammar import UnknownSymbol, file_name, is_symbol, link, parse
from sse_observatory.instruments.symbols.ilo import standard
from sse_observatory.instruments.symbols.numerals import roman, to_roman
from sse_observatory.instruments.symbols.running_text import find

__all__ = ["UnknownSymbol", "file_name", "find", "is_symbol", "link", "parse", "roman", "standard", "to_roman"]
