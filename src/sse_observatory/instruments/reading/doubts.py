"""What a person should look at after a reading, said in three languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sse_observatory.core import Language, Text
from sse_observatory.instruments.model import UNCLASSIFIED, Act, Element, Kind, Problem

_NAMES: dict[Language, Text] = {
    "en": Text(en="English", fr="en anglais", es="en inglés"),
    "fr": Text(en="French", fr="en français", es="en francés"),
    "es": Text(en="Spanish", fr="en espagnol", es="en español"),
}


def language_contradicts(stated: Language, found: Language) -> Problem:
    """The language given is not the one the words are in."""
    said, seen = _NAMES[stated], _NAMES[found]
    return Problem(
        "language-contradicts",
        Text(
            en=f"The text was given as {said.en} but reads like {seen.en}.",
            fr=f"Le texte a été présenté comme étant {said.fr} mais semble être {seen.fr}.",
            es=f"El texto se presentó como redactado {said.es}, pero parece estar {seen.es}.",
        ),
    )


def language_doubtful(assumed: Language) -> Problem:
    """Too few frequent words to be sure."""
    name = _NAMES[assumed]
    return Problem(
        "language-doubtful",
        Text(
            en=f"The language is not certain; the text was read as {name.en}.",
            fr=f"La langue n’est pas certaine ; le texte a été lu comme étant {name.fr}.",
            es=f"El idioma no es seguro; el texto se ha leído como redactado {name.es}.",
        ),
    )


def language_mixed() -> Problem:
    """A good part of the words is in another of the three languages."""
    return Problem(
        "language-mixed",
        Text(
            en="The text holds more than one language; only one was read for its verbs.",
            fr="Le texte contient plus d’une langue ; les verbes n’ont été lus que dans une seule.",
            es="El texto contiene más de un idioma; los verbos solo se han leído en uno de ellos.",
        ),
    )


def broken_characters(count: int) -> Problem:
    """Characters that were lost before the text came here."""
    return Problem(
        "broken-characters",
        Text(
            en=f"Characters in the text are broken: {count}.",
            fr=f"Caractères endommagés dans le texte : {count}.",
            es=f"Caracteres dañados en el texto: {count}.",
        ),
    )


def pages_without_text(pages: Sequence[int]) -> Problem:
    """Pages of a PDF that hold no text beside others that do."""
    shown = ", ".join(map(str, pages[:10])) + (", …" if len(pages) > 10 else "")
    return Problem(
        "pages-without-text",
        Text(
            en=f"Pages without text, blank or scanned: {shown}. What stands on a scanned page was not read.",
            fr=f"Pages sans texte, blanches ou numérisées\u202f: {shown}. "
            "Ce qui figure sur une page numérisée n’a pas été lu.",
            es=f"Páginas sin texto, en blanco o escaneadas: {shown}. "
            "Lo que figura en una página escaneada no se ha leído.",
        ),
    )


def not_cut() -> Problem:
    """The text could not be cut without losing or doubling words, so it was left whole."""
    return Problem(
        "not-cut",
        Text(
            en="The text could not be cut into paragraphs without losing words; it was kept whole. Please report it.",
            fr="Le texte n’a pas pu être découpé sans perte de mots ; il a été gardé d’un seul tenant. "
            "Merci de le signaler.",
            es="No se ha podido dividir el texto en párrafos sin perder palabras; se ha conservado entero. "
            "Rogamos que lo comunique.",
        ),
    )


def missing(elements: Sequence[Element]) -> Iterator[Problem]:
    """What a resolution should have and this text has not."""
    operative = [e for e in elements if e.kind is Kind.OPERATIVE]
    if not operative:
        yield Problem(
            "no-operative-part",
            Text(
                en="No operative paragraph was found.",
                fr="Aucun paragraphe du dispositif n’a été trouvé.",
                es="No se ha encontrado ningún párrafo de la parte dispositiva.",
            ),
        )
    elif len(operative) > 2 and not any(e.number for e in operative):
        yield Problem(
            "no-operative-numbers",
            Text(
                en="The operative paragraphs carry no numbers; they were counted.",
                fr="Les paragraphes du dispositif ne sont pas numérotés ; ils ont été comptés.",
                es="Los párrafos de la parte dispositiva no llevan número; se han contado.",
            ),
        )
    if not any(e.kind is Kind.PREAMBULAR for e in elements):
        yield Problem(
            "no-preamble",
            Text(
                en="No preambular paragraph was found.",
                fr="Aucun alinéa du préambule n’a été trouvé.",
                es="No se ha encontrado ningún párrafo del preámbulo.",
            ),
        )


STRENGTH_UNKNOWN = "strength-unknown"
"""The code of the doubt about a verb that no list knows."""


def unclassified(acts: Mapping[str, Sequence[Act]]) -> Iterator[Problem]:
    """Acts whose verb no list knows; what continues a verb above is told with it."""
    for id, there in acts.items():
        for act in there:
            if act.strength == UNCLASSIFIED and act.chapeau is None:
                verb = act.verb_text
                yield Problem(
                    STRENGTH_UNKNOWN,
                    Text(
                        en=f"“{verb}” is in no list of verbs: how strong the act is, is not known. Please set it.",
                        fr=f"«\u202f{verb}\u202f» ne figure dans aucune liste de verbes\u202f: la force de l’acte "
                        "n’est pas déterminée. Veuillez l’indiquer.",
                        es=f"«{verb}» no figura en ninguna lista de verbos: no se sabe qué fuerza tiene el acto. "
                        "Indíquela, por favor.",
                    ),
                    element=id,
                    span=act.span,
                )
