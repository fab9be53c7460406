"""Text in the three languages of the observatory.

A missing translation is a fact to show, never a reason to invent one: `Text` keeps `None` where a
language is missing, `within` says which language a reader really gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

Language = Literal["en", "fr", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "fr", "es")


def language(code: str) -> Language:
    """The language for a code such as ``"fr"`` or ``"fr-CH"``. Raises ValueError for any other."""
    base = code.split("-")[0].lower()
    if base not in LANGUAGES:
        raise ValueError(f"language {code!r} is not one of {', '.join(LANGUAGES)}")
    return base


@dataclass(frozen=True, slots=True)
class Text:
    """One statement in English, French and Spanish; ``None`` where it has not been written yet."""

    en: str | None = None
    fr: str | None = None
    es: str | None = None

    @classmethod
    def of(cls, values: Mapping[str, str | None]) -> Text:
        """Text from a mapping of language codes; empty strings count as missing."""
        unknown = set(values) - set(LANGUAGES)
        if unknown:
            raise ValueError(f"unknown language(s) {', '.join(sorted(unknown))} in a text")
        return cls(**{lang: (values.get(lang) or "").strip() or None for lang in LANGUAGES})

    def get(self, lang: Language) -> str | None:
        """The text in `lang`, or None where it is missing."""
        return cast("str | None", getattr(self, lang))

    def within(self, lang: Language) -> tuple[str, Language]:
        """What a reader of `lang` gets and the language it is in: `lang`, else English, French, Spanish.

        Raises ValueError for a text that exists in no language.
        """
        for candidate in (lang, *LANGUAGES):
            found = self.get(candidate)
            if found is not None:
                return found, candidate
        raise ValueError("a text must exist in at least one language")

    def __getitem__(self, lang: Language) -> str:
        return self.within(lang)[0]

    @property
    def missing(self) -> tuple[Language, ...]:
        """The languages in which this text does not exist yet."""
        return tuple(lang for lang in LANGUAGES if self.get(lang) is None)
