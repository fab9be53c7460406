"""A writer of resolutions whose structure is known, and of what printing and copying do to them.

`write` makes up a text in English, French or Spanish: heading, preamble, operative part with subparagraphs, sections,
closing lines, annex. `printed` sets it as a document is set: lines broken at a width, page ends with running header,
symbol, page number and notes, hyphens, odd blanks. The words of the paragraphs are drawn from short lists of our own,
not from the catalogue, so that the reader is not tested with its own lexicon.
"""

from __future__ import annotations

import random
import re
import textwrap
from dataclasses import dataclass, field

OPENERS = {
    "en": [
        "Recalling", "Reaffirming", "Recognizing", "Noting with concern", "Noting with appreciation", "Bearing in mind",
        "Having considered", "Deeply concerned about", "Mindful of", "Guided by", "Convinced of", "Aware of",
        "Alarmed at",
        "Welcoming", "Taking into account", "Taking note of", "Stressing", "Expressing its deep concern at",
        "Emphasizing",
        "Acknowledging", "Also recalling", "Further noting", "Conscious of", "Encouraged by", "Desiring to strengthen",
        "Determined to promote", "Believing in", "Gravely concerned by", "Acting under", "Looking forward to",
        "Underlining",
        "Having examined", "Having regard to", "Cognizant of", "Affirming", "Regretting", "Deploring", "Reiterating",
        "Strongly condemning", "Expressing appreciation for", "Keeping in mind", "Concerned at", "Considering",
    ],
    "fr": [
        "Rappelant", "Réaffirmant", "Considérant", "Consciente de", "Profondément préoccupée par", "Ayant examiné",
        "Vu",
        "Notant avec satisfaction", "Prenant note de", "Tenant compte de", "Sachant", "Estimant", "Convaincue de",
        "Gardant à l’esprit", "Se félicitant de", "Soulignant", "Alarmée par", "Guidée par", "Ayant à l’esprit",
        "Constatant avec inquiétude", "Reconnaissant", "Désireuse de renforcer", "Rappelant également", "Saluant",
        "S’inquiétant de", "Regrettant", "Soucieuse de", "Prenant en considération", "Exprimant", "Attentive à",
    ],
    "es": [
        "Recordando", "Reafirmando", "Teniendo presente", "Consciente de", "Profundamente preocupada por",
        "Considerando",
        "Habiendo examinado", "Tomando nota de", "Acogiendo con beneplácito", "Reconociendo", "Subrayando",
        "Convencida de",
        "Alarmada por", "Guiada por", "Observando con preocupación", "Destacando", "Expresando",
        "Deseosa de fortalecer",
        "Recordando también", "Teniendo en cuenta", "Lamentando", "Visto", "Poniendo de relieve", "Deseando",
    ],
}  # fmt: skip
VERBS = {
    "en": [
        "Requests the Secretary-General to", "Also requests Governments to", "Further requests Member States to",
        "Calls upon all parties to", "Urges donors to", "Strongly urges States to", "Invites agencies to", "Decides to",
        "Encourages Member States to", "Recommends that Governments", "Takes note with appreciation of", "Welcomes",
        "Notes with concern", "Reaffirms", "Stresses the need to", "Emphasizes", "Condemns", "Strongly condemns",
        "Expresses its gratitude for", "Endorses", "Approves", "Appeals to States to", "Reiterates", "Recognizes",
        "Commends",
        "Draws attention to", "Declares that", "Also decides to", "Authorizes the Board to", "Underlines",
        "Demands that",
        "Acknowledges", "Looks forward to", "Again calls upon lenders to", "Takes note of", "Deplores", "Supports",
    ],
    "fr": [
        "Prie le Secrétaire général de", "Prie également les gouvernements de", "Demande aux États de",
        "Invite les organismes à",
        "Demande instamment aux États de", "Encourage les États Membres à", "Décide de", "Décide également de",
        "Se félicite de", "Prend note de", "Prend note avec satisfaction de", "Réaffirme", "Souligne", "Recommande",
        "Exhorte les parties à", "Engage les donateurs à", "Condamne", "Constate avec inquiétude", "Remercie",
        "Approuve",
        "Fait sien", "Appelle l’attention sur", "Rappelle", "Reconnaît", "Exprime sa gratitude pour", "Salue", "Adopte",
        "Note avec préoccupation", "Appuie", "Autorise le Conseil à", "Déclare que", "Insiste sur", "Déplore",
    ],
    "es": [
        "Pide al Secretario General que", "Pide también a los gobiernos que", "Solicita a los Estados que",
        "Alienta a los Estados a",
        "Insta a los donantes a", "Exhorta a las partes a", "Invita a los organismos a", "Decide", "Decide también",
        "Toma nota de",
        "Toma nota con reconocimiento de", "Acoge con beneplácito", "Reafirma", "Subraya", "Destaca",
        "Recomienda que", "Condena",
        "Expresa su gratitud por", "Hace suyo", "Aprueba", "Reitera", "Reconoce", "Encomia", "Señala a la atención",
        "Declara que", "Observa con preocupación", "Recuerda", "Celebra", "Lamenta", "Apoya", "Autoriza a la Junta a",
    ],
}  # fmt: skip
_WORD_LISTS = {
    "en": (
        "workshops access rural communities women youth repair the of and in to with for support measures programmes "
        "tools "
        "training finance national circumstances water schools harbours islands mountain statistics data on by their "
        "its "
        "United Nations Member States Governments cooperation development in particular at all levels as appropriate"
    ),
    "fr": (
        "ateliers accès communautés rurales femmes jeunes réparation les des et en pour avec soutien mesures "
        "programmes outils "
        "formation financement circonstances nationales eau écoles ports îles montagne statistiques données sur par "
        "leur "
        "Nations Unies États Membres gouvernements coopération développement notamment à tous les niveaux selon qu’il "
        "convient"
    ),
    "es": (
        "talleres acceso comunidades rurales mujeres jóvenes reparación los las y en para con apoyo medidas programas "
        "herramientas formación financiación circunstancias nacionales agua escuelas puertos islas montaña "
        "estadísticas "
        "datos sobre por su Naciones Unidas Estados Miembros gobiernos cooperación desarrollo en particular según "
        "proceda"
    ),
}
WORDS = {language: words.split() for language, words in _WORD_LISTS.items()}
CITED = {
    "en": ["resolution 70/1 of 25 September 2015", "paragraph 4 above", "document A/70/901",
    "article 55 of the Charter", "paragraphs 2 and 3"],
    "fr": ["sa résolution 70/1 du 25 septembre 2015", "le paragraphe 4 ci-dessus", "l’article 55 de la Charte"],
    "es": ["su resolución 70/1, de 25 de septiembre de 2015", "el párrafo 4", "el Artículo 55 de la Carta"],
}  # fmt: skip
ORGANS = {
    "en": ["The General Assembly,", "The Economic and Social Council,", "The Human Rights Council,",
    "The Security Council,",
           "The Commission on the Status of Women,", "The Conference,"],
    "fr": ["L’Assemblée générale,", "Le Conseil économique et social,", "La Conférence,",
    "Le Conseil des droits de l’homme,"],
    "es": ["La Asamblea General,", "El Consejo Económico y Social,", "La Conferencia,",
    "El Consejo de Derechos Humanos,"],
}  # fmt: skip
HEADINGS = {
    "en": ["Social development", "Finance and tools", "Role of the United Nations system", "FOLLOW-UP", "Data"],
    "fr": ["Développement social", "Financement et outils", "Rôle du système des Nations Unies", "SUIVI", "Données"],
    "es": ["Desarrollo social", "Financiación y herramientas", "Función del sistema", "SEGUIMIENTO"],
}
CLOSINGS = {
    "en": ["66th plenary meeting", "18 April 2023"],
    "fr": ["66e séance plénière", "18 avril 2023"],
    "es": ["66ª sesión plenaria", "18 de abril de 2023"],
}
SCHEMES = {
    "en": ("{}. ", "({}) ", "({}) "),
    "fr": ("{}. ", "{}) ", "{}) "),
    "es": ("{}. ", "{}) ", "{}) "),
}


@dataclass(frozen=True)
class Paragraph:
    """A paragraph as written: its kind, its label and its text."""

    kind: str
    label: str
    text: str

    @property
    def printed(self) -> str:
        return self.label + self.text


@dataclass
class Resolution:
    """A text with its structure."""

    language: str
    symbol: str
    title: str
    paragraphs: list[Paragraph] = field(default_factory=list)

    def body(self) -> list[Paragraph]:
        return [p for p in self.paragraphs if p.kind in ("preambular", "operative")]


def _phrase(rng: random.Random, language: str, shortest: int = 4, longest: int = 45) -> str:
    words = [rng.choice(WORDS[language]) for _ in range(rng.randint(shortest, longest))]
    while words[-1][0].isupper() or len(words[-1]) < 4:
        words[-1] = rng.choice(WORDS[language])
    for place in range(2, len(words) - 2):
        chance = rng.random()
        if chance < 0.06:
            words[place] += ","
        elif chance < 0.09:
            words.insert(place, rng.choice(CITED[language]))
    return " ".join(words)


def _subparagraphs(rng: random.Random, language: str, kind: str, scheme: tuple[str, ...], last: str) -> list[Paragraph]:
    found = []
    count = rng.randint(2, 5)
    for number in range(count):
        label = scheme[1].format("abcdefgh"[number])
        end = last if number == count - 1 else ";"
        text = _phrase(rng, language, 3, 20)
        text = text[0].upper() + text[1:]
        if kind == "operative" and rng.random() < 0.2:
            found.append(Paragraph(kind, label, text + ":"))
            for inner, figure in enumerate(("i", "ii", "iii")):
                inner_end = end if inner == 2 else ";"
                deep = _phrase(rng, language, 3, 10)
                found.append(Paragraph(kind, scheme[2].format(figure), deep[0].upper() + deep[1:] + inner_end))
        else:
            found.append(Paragraph(kind, label, text + end))
    return found


def write(seed: int) -> Resolution:
    """A resolution; the same seed gives the same one."""
    rng = random.Random(seed)
    language = rng.choice(["en", "en", "fr", "es"])
    number = rng.randint(901, 999)
    symbol = f"A/RES/{rng.randint(61, 79)}/{number}"
    title = _phrase(rng, language, 4, 9).replace(",", "").capitalize()
    made = Resolution(language, symbol, title)
    add = made.paragraphs.append
    add(Paragraph("title", "", f"{symbol[6:]}. {title}"))
    add(Paragraph("organ", "", rng.choice(ORGANS[language])))
    openers, verbs = OPENERS[language], VERBS[language]
    count = rng.randint(1, 12)
    for place in range(count):
        text = f"{rng.choice(openers)} {_phrase(rng, language)}"
        if rng.random() < 0.07 and place < count - 1:
            add(Paragraph("preambular", "", text + ":"))
            made.paragraphs += _subparagraphs(rng, language, "preambular", SCHEMES[language], ",")
        else:
            end = " :" if language == "fr" and place == count - 1 and rng.random() < 0.3 else ","
            add(Paragraph("preambular", "", text + end))
    operative = rng.randint(1, 20)
    numbered = operative > 1 and rng.random() < 0.93
    sections = operative > 8 and rng.random() < 0.3
    for place in range(operative):
        if sections and place and place % 4 == 0:
            add(Paragraph("heading", "", rng.choice(HEADINGS[language])))
        label = SCHEMES[language][0].format(place + 1) if numbered else ""
        end = "." if place == operative - 1 else ";"
        text = f"{rng.choice(verbs)} {_phrase(rng, language)}"
        if rng.random() < 0.15:
            add(Paragraph("operative", label, text + ":"))
            made.paragraphs += _subparagraphs(rng, language, "operative", SCHEMES[language], end)
        else:
            add(Paragraph("operative", label, text + end))
    for line in CLOSINGS[language]:
        add(Paragraph("closing", "", line))
    return made


@dataclass(frozen=True)
class Setting:
    """How a text is printed: `width` of its lines (0: unbroken), blank lines between paragraphs, pages, notes."""

    width: int = 0
    spaced: bool = True
    page_lines: int = 0
    notes: bool = False
    hyphens: bool = False
    odd_blanks: bool = False


SETTINGS = (
    Setting(),
    Setting(spaced=False),
    Setting(width=72),
    Setting(width=90, page_lines=45, notes=True),
    Setting(width=58, hyphens=True),
    Setting(width=85, spaced=False),
    Setting(width=95, spaced=False, page_lines=50, notes=True),
    Setting(odd_blanks=True),
)


def printed(resolution: Resolution, setting: Setting, seed: int = 0) -> str:
    """The text of a resolution as `setting` prints it."""
    rng = random.Random(seed)
    lines: list[str] = []
    for paragraph in resolution.paragraphs:
        text = paragraph.printed
        if setting.odd_blanks:
            text = re.sub(" ", lambda _: rng.choice([" ", " ", " ", "  ", "\u00a0"]), text)
        if setting.width:
            broken = textwrap.wrap(text, setting.width, break_long_words=False, break_on_hyphens=False)
            lines += _hyphenated(broken, rng) if setting.hyphens else broken
        else:
            lines.append(text)
        if setting.spaced:
            lines.append("")
    if setting.page_lines:
        lines = _paged(resolution, lines, setting, rng)
    return "\n".join(lines)


def _hyphenated(lines: list[str], rng: random.Random) -> list[str]:
    """Lines of which some end in a divided word."""
    lines = list(lines)
    for place in range(len(lines) - 1):
        word, _, rest = lines[place + 1].partition(" ")
        if len(word) > 7 and word.isalpha() and word.islower() and rng.random() < 0.5:
            cut = rng.randint(3, len(word) - 3)
            lines[place] += " " + word[:cut] + "-"
            lines[place + 1] = f"{word[cut:]} {rest}".strip()
    return lines


def _paged(resolution: Resolution, lines: list[str], setting: Setting, rng: random.Random) -> list[str]:
    """Lines with a header and a footer every `page_lines` lines, and notes above the footer."""
    pages = [lines[at : at + setting.page_lines] for at in range(0, len(lines), setting.page_lines)]
    out: list[str] = []
    note = 0
    for number, page in enumerate(pages, start=1):
        if number == 1:
            out += ["United Nations", resolution.symbol, "", "Distr.: General", ""]
        else:
            out += [f"{resolution.symbol}", resolution.title, ""]
        while page and not page[-1]:
            page.pop()
        out += page
        if setting.notes:
            out += ["", "_______________"]
            for _ in range(rng.randint(1, 3)):
                note += 1
                says = rng.choice(["Resolution 70/1.", "See A/70/901.", "United Nations, Treaty Series, vol. 15."])
                out.append(f"{note} {says}")
        out += ["", f"{number}/{len(pages)}", "23-06858", ""]
    return out
