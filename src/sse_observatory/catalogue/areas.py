"""Names of areas from CLDR, through Babel, for codes whose file gives none.

The codelist CL_AREA holds ISO 3166-1 codes; a name is written in the file only where the United Nations or the ILO use
another one than CLDR does ("Republic of Korea"), and for what CLDR does not know (ILO regions, the fictional country).
"""

from __future__ import annotations

from functools import cache

from babel import Locale

from sse_observatory.core import LANGUAGES, Language, Text


@cache
def _territories(lang: Language) -> dict[str, str]:
    """Territory names in `lang` by alpha-2 or M49 code; read once in a process (about 15 ms a language)."""
    return {code: name.replace("'", "’") for code, name in Locale(lang).territories.items()}


def cldr_name(alpha_2: str) -> Text:
    """The CLDR name of a territory in the three languages; a language CLDR does not cover stays missing."""
    return Text.of({lang: _territories(lang).get(alpha_2) for lang in LANGUAGES})


def completed(label: Text, alpha_2: str) -> Text:
    """`label` with CLDR's name in each language where it has none."""
    if not label.missing or not alpha_2:
        return label
    name = cldr_name(alpha_2)
    return Text.of({lang: label.get(lang) or name.get(lang) for lang in LANGUAGES})
