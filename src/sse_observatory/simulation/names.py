"""Invented names in a mix of English, French and Spanish habits, as three offices would write them.

A name is a pattern of the family and language around an invented root, sometimes with an invented town. No word of the
roots and towns is taken from a real place, person or organisation; likeness is an accident of the syllables.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sse_observatory.simulation.draws import Bools, Floats, Ints
from sse_observatory.simulation.population import Units

LANGUAGES = ("en", "fr", "es")
STYLES = ("full", "short", "capitals")
"""As registered; with the legal words abbreviated; abbreviated, in capitals and without accents."""

_HEADS = (
    "Val",
    "Quel",
    "Zar",
    "Brun",
    "Thal",
    "Ostr",
    "Mav",
    "Drel",
    "Fenq",
    "Ghor",
    "Ilv",
    "Jost",
    "Kelm",
    "Lurg",
    "Nezz",
    "Orph",
    "Pryx",
    "Rhov",
    "Skal",
    "Ulm",
    "Vezz",
    "Wyr",
    "Xant",
    "Yorv",
    "Zuld",
    "Ebb",
    "Cald",
    "Hesk",
    "Tulv",
    "Umbr",
    "Plov",
    "Grem",
    "Sorv",
    "Aldr",
    "Bexl",
    "Droz",
    "Falk",
    "Jurm",
    "Kyrd",
    "Lask",
)
_MIDDLES = (
    "a",
    "e",
    "i",
    "o",
    "u",
    "ara",
    "eri",
    "ilo",
    "ovi",
    "undi",
    "ami",
    "esto",
    "ira",
    "olo",
    "avu",
    "ende",
    "izo",
    "ombe",
    "usti",
    "enni",
    "ato",
    "evi",
    "ullo",
    "arpe",
    "indo",
    "oxa",
    "egra",
    "imu",
    "ayo",
    "obri",
)
_TAILS = (
    "zor",
    "quin",
    "vath",
    "melle",
    "drix",
    "rupe",
    "gond",
    "plis",
    "xima",
    "tweg",
    "brae",
    "lunth",
    "zelle",
    "korn",
    "vique",
    "dazo",
    "ruth",
    "phor",
    "stova",
    "gnel",
    "merk",
    "tolz",
    "whin",
    "yard",
)
_TOWNS = tuple(
    head + tail
    for head in (
        "Bor",
        "Dun",
        "Esk",
        "Gal",
        "Hor",
        "Isk",
        "Kor",
        "Lem",
        "Mur",
        "Nar",
        "Oth",
        "Pel",
        "Rud",
        "Sev",
        "Tor",
        "Ung",
        "Vis",
        "Zem",
        "Ard",
        "Cuz",
    )
    for tail in (
        "quavia",
        "zembre",
        "dolmar",
        "thiel",
        "xanne",
        "grovia",
        "lunques",
        "pravel",
        "stumar",
        "wenza",
        "yolme",
        "brizon",
    )
)

# Patterns by language and group of units: what stands before and after the root.
_GROUPS = ("producer", "worker", "consumer", "multi", "upper", "mutual", "assoc", "found", "company")
_PATTERNS = {
    "en": {
        "producer": (
            ("", " Growers Co-operative Society Limited"),
            ("", " Farmers Co-operative"),
            ("United Producers of ", " Co-operative Limited"),
            ("", " Fishers Marketing Co-operative Society"),
        ),
        "worker": (
            ("", " Builders Workers Co-operative Limited"),
            ("", " Crafts Workers Co-operative"),
            ("", " Cleaning Workers Co-operative Society"),
            ("", " Transport Workers Co-operative"),
        ),
        "consumer": (
            ("", " Savings and Credit Co-operative Society Limited"),
            ("", " Housing Co-operative Limited"),
            ("", " Consumers Co-operative Society"),
            ("", " Water Users Co-operative"),
        ),
        "multi": (("", " Care Community Co-operative Limited"), ("", " Recycling Community Co-operative")),
        "upper": (("Union of Co-operatives ", ""), ("", " Co-operative Federation Limited")),
        "mutual": (("", " Mutual Society"), ("", " Provident Mutual Society")),
        "assoc": (("", " Neighbours Association"), ("", " Sports Association"), ("Friends of ", " Association")),
        "found": (("", " Foundation"), ("The ", " Trust Foundation")),
        "company": (("", " Trading Company Limited"), ("", " Services Limited")),
    },
    "fr": {
        "producer": (
            ("Société coopérative agricole ", ""),
            ("Coopérative des maraîchers ", ""),
            ("Les Éleveurs réunis ", ", société coopérative"),
        ),
        "worker": (
            ("Société coopérative de travail ", ""),
            ("", ", coopérative des artisans associés"),
            ("Les Bâtisseurs ", ", société coopérative de travail"),
        ),
        "consumer": (
            ("Coopérative d'épargne et de crédit ", ""),
            ("Société coopérative d'habitation ", ""),
            ("", ", coopérative de consommateurs"),
        ),
        "multi": (("Coopérative sociale ", ""), ("", ", société coopérative d'intérêt commun")),
        "upper": (("Union des coopératives ", ""), ("Fédération des sociétés coopératives ", "")),
        "mutual": (("Société mutuelle ", ""), ("Mutuelle générale ", "")),
        "assoc": (("Association des amis ", ""), ("Association sportive ", ""), ("Association d'entraide ", "")),
        "found": (("Fondation ", ""), ("Fondation pour la santé ", "")),
        "company": (("", " Services, société à responsabilité limitée"), ("Société commerciale ", "")),
    },
    "es": {
        "producer": (
            ("Sociedad Cooperativa Agrícola ", ""),
            ("Agricultores ", ", Sociedad Cooperativa"),
            ("Cooperativa de Pescadores ", ""),
        ),
        "worker": (
            ("Cooperativa de Trabajo ", ""),
            ("Construcciones ", ", Sociedad Cooperativa"),
            ("Artesanía ", ", Sociedad Cooperativa"),
        ),
        "consumer": (
            ("Cooperativa de Ahorro y Crédito ", " Limitada"),
            ("Cooperativa de Vivienda ", ""),
            ("Consumidores ", ", Sociedad Cooperativa"),
        ),
        "multi": (("Cooperativa Social ", ""), ("Cuidados ", ", Sociedad Cooperativa de Interés Común")),
        "upper": (("Unión de Cooperativas ", ""), ("Federación de Sociedades Cooperativas ", "")),
        "mutual": (("Mutualidad ", ""), ("Sociedad Mutual ", "")),
        "assoc": (("Asociación de Vecinos ", ""), ("Asociación Cultural ", ""), ("Asociación de Ayuda Mutua ", "")),
        "found": (("Fundación ", ""), ("Fundación Educativa ", "")),
        "company": (("Comercial ", ", Sociedad Anónima"), ("Servicios ", ", Sociedad de Responsabilidad Limitada")),
    },
}
_SHORTER = (
    ("Savings and Credit Co-operative Society", "SACCO"),
    ("Co-operative", "Co-op"),
    ("Society", "Soc."),
    ("Limited", "Ltd"),
    ("Company", "Co."),
    ("Neighbours Association", "Neighbours Assoc."),
    ("société à responsabilité limitée", "SARL"),
    ("Société coopérative", "Sté coop."),
    ("société coopérative", "sté coop."),
    ("Société mutuelle", "Mut."),
    ("Coopérative", "Coop."),
    ("coopérative", "coop."),
    ("Fédération des sociétés coopératives", "Féd. coop."),
    ("Association", "Assoc."),
    ("Sociedad de Responsabilidad Limitada", "S.L."),
    ("Sociedad Anónima", "S.A."),
    ("Sociedades Cooperativas", "Coops."),
    ("Sociedad Cooperativa", "S. Coop."),
    ("Cooperativa", "Coop."),
    ("Asociación", "Asoc."),
    ("Fundación", "Fund."),
    ("Foundation", "Fdn"),
    ("Limitada", "Ltda."),
    ("Mutualidad", "Mut."),
    ("Union", "Un."),
    ("Unión", "Un."),
)


def without_accents(text: str) -> str:
    """`text` without accents: é becomes e, ñ becomes n."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def shorter(text: str) -> str:
    """`text` with the legal words as offices abbreviate them."""
    for long, short in _SHORTER:
        text = text.replace(long, short)
    return text


def _styled(words: list[str], style: str) -> pa.Array:
    if style != "full":
        words = [shorter(w) for w in words]
    if style == "capitals":
        words = [without_accents(w).upper() for w in words]
    return pa.array(words, pa.string())


@cache
def _tables(style: str) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """The words before the root, the roots, the towns with their preposition, the words after the root."""
    patterns = [p for lang in LANGUAGES for group in _GROUPS for p in _PATTERNS[lang][group]]
    towns = [""] + [f" {'of' if lang == 'en' else 'de'} {town}" for lang in LANGUAGES for town in _TOWNS]
    roots = [h + m + t for h in _HEADS for m in _MIDDLES for t in _TAILS]
    return (
        _styled([p[0] for p in patterns], style),
        _styled(roots, style),
        _styled(towns, style),
        _styled([p[1] for p in patterns], style),
    )


@cache
def _pattern_places() -> tuple[Ints, Ints]:
    counts = np.array([[len(_PATTERNS[lang][group]) for group in _GROUPS] for lang in LANGUAGES])
    firsts = np.concatenate(([0], np.cumsum(counts.ravel())[:-1])).reshape(counts.shape)
    return counts, firsts


class Names:
    """The names of a batch of units, for any version (renaming) and style."""

    def __init__(self, units: Units, regions: int) -> None:
        d = units.draws
        language = d.choice("language", [0.4, 0.3, 0.3])
        counts, firsts = _pattern_places()
        kinds = counts[language, units.profile]
        self._pattern = firsts[language, units.profile] + (d.uniform("pattern") * kinds).astype(np.int64)
        self._root = d.whole("root", len(_HEADS) * len(_MIDDLES) * len(_TAILS))
        # Towns of a region are neighbours in the list; some units carry none in their name.
        share = len(_TOWNS) / max(regions, 1)
        town = np.minimum(((units.region + d.uniform("town")) * share).astype(np.int64), len(_TOWNS) - 1)
        self._town = np.where(d.happens("town in name", 0.5), 1 + language * len(_TOWNS) + town, 0)

    def text(self, style: str, version: Ints, rows: Ints) -> pa.Array:
        """The names of the units at places `rows`, in their `version`-th form (both of the length of the result)."""
        before, roots, towns, after = _tables(style)
        root = (self._root[rows] + version * 7919) % len(roots)
        parts = [
            before.take(pa.array(self._pattern[rows])),
            roots.take(pa.array(root)),
            towns.take(pa.array(self._town[rows])),
            after.take(pa.array(self._pattern[rows])),
        ]
        return pc.binary_join_element_wise(*parts, "")


_NEAR = {"a": "s", "e": "r", "i": "o", "o": "p", "u": "y", "n": "m", "m": "n", "s": "a", "t": "r", "l": "k", "r": "t"}


def slip(name: str, kind: float, place: float) -> str:
    """`name` with one slip of the pen: letters swapped, dropped, doubled, or a neighbour on the keyboard."""
    at = 1 + int(place * max(len(name) - 2, 1))
    if at + 1 >= len(name):
        return name + name[-1:]
    letter = name[at]
    if kind < 0.25 and name[at + 1] != letter:
        return name[:at] + name[at + 1] + letter + name[at + 2 :]
    if kind < 0.5:
        return name[:at] + name[at + 1 :]
    if kind < 0.75:
        return name[:at] + letter + name[at:]
    near = _NEAR.get(letter.lower(), "e" if letter.lower() != "e" else "a")
    return name[:at] + (near.upper() if letter.isupper() else near) + name[at + 1 :]


def slips(names: pa.Array, where: Bools, kind: Floats, place: Floats) -> pa.Array:
    """`names` with a slip of the pen in the rows marked in `where`."""
    marked = np.flatnonzero(where)
    if not len(marked):
        return names
    changed = [slip(names[int(i)].as_py(), float(kind[i]), float(place[i])) for i in marked]
    return pc.replace_with_mask(names, pa.array(where), pa.array(changed, pa.string()))
