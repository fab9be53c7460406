"""Texts of many bodies and times, set in many ways: which paragraphs are preambular, which operative, whole or not."""

from __future__ import annotations

import random
import re
import textwrap
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sse_observatory import instruments
from sse_observatory.instruments.segmentation import front

SIDES = {"preambular": "P", "operative": "O"}


@dataclass(frozen=True)
class Draft:
    """An invented text: each paragraph with P (preambular), O (operative) or X (neither) before it."""

    name: str
    language: str
    paragraphs: tuple[tuple[str, str], ...]

    def body(self) -> Counter[tuple[str, str]]:
        return Counter((mark, letters(text)) for mark, text in self.paragraphs if mark != "X")


def drafts() -> list[Draft]:
    entries = re.split(r"^## ", (Path(__file__).parent / "drafted.txt").read_text(encoding="utf-8"), flags=re.M)[1:]
    found = []
    for entry in entries:
        head, *lines = entry.strip().splitlines()
        name, lang = head.split(" | ")
        found.append(Draft(name, lang, tuple((line[0], line[2:]) for line in lines)))
    return found


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def body_of(read: instruments.Instrument) -> Counter[tuple[str, str]]:
    return Counter((SIDES[e.kind], letters(e.label + e.text)) for e in read.elements if e.kind in SIDES)


# --- ways of setting a text -----------------------------------------------------------------------------------------


def fill(text: str, width: int, divide: random.Random | None = None) -> list[str]:
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    for i in range(len(lines) - 1):
        first = lines[i + 1].split(" ")[0]
        if divide and divide.random() < 0.25 and len(first) > 8 and first.isalpha() and first.islower():
            lines[i] += f" {first[:4]}-"
            lines[i + 1] = lines[i + 1][4:]
    return lines


def one_a_line(draft: Draft) -> str:
    return "\n".join(text for _, text in draft.paragraphs)


def blank_lines(draft: Draft) -> str:
    return "\n\n".join(text for _, text in draft.paragraphs)


def broken_lines(draft: Draft) -> str:
    return "\n\n".join("\n".join(fill(text, 72)) for _, text in draft.paragraphs)


def odd_blanks(draft: Draft) -> str:
    rng = random.Random(draft.name)
    text = "\r\n\r\n".join(text for _, text in draft.paragraphs)
    return "".join(rng.choice(["\u00a0", "  ", " \u200b"]) if c == " " and rng.random() < 0.08 else c for c in text)


def no_blank_lines(draft: Draft) -> str:
    return "\n".join("\n".join(fill(text, 66)) for _, text in draft.paragraphs)


def typescript(draft: Draft) -> str:
    return "\n\n".join("\n\n".join(fill(text, 64)) for _, text in draft.paragraphs)


def pages(draft: Draft) -> str:
    """Short pages with the symbol at the head, a job number and the page at the foot, divided words."""
    rng = random.Random(draft.name)
    named = (text for _, text in draft.paragraphs if re.fullmatch(r"[A-Z]+(?:/[\w.()-]+)+", text))
    symbol = next(named, "")
    lines = [] if symbol else ["A/C.2/70/L.945", ""]
    symbol = symbol or "A/C.2/70/L.945"
    page, written, height = 1, 0, rng.randint(14, 22)
    for _, text in draft.paragraphs:
        for line in [*fill(text, 70, rng), ""]:
            lines.append(f"    {line}" if line else line)
            written += 1
            if written % height == 0:
                while not lines[-1]:
                    lines.pop()
                lines += ["", rng.choice(["__________", ""]), "18-12345", f"{page}/4", f"\f{symbol}", ""]
                page += 1
    return "\n".join(lines)


PLAIN: tuple[Callable[[Draft], str], ...] = (one_a_line, blank_lines, broken_lines, odd_blanks)
HARD: tuple[Callable[[Draft], str], ...] = (no_blank_lines, typescript, pages)
EVERY = pytest.mark.parametrize("draft", drafts(), ids=lambda d: d.name)


@EVERY
def test_every_paragraph_is_told(draft):
    for setting in PLAIN:
        read = instruments.read_text(setting(draft))
        assert body_of(read) == draft.body(), setting.__name__
        assert read.expression.language == draft.language

    given = instruments.read_paragraphs([text for _, text in draft.paragraphs])
    assert body_of(given) == draft.body()


@pytest.mark.parametrize("setting", HARD)
def test_paragraphs_set_without_mercy_are_told_in_nearly_all_cases(setting):
    """Macro F1 of paragraphs found whole and of their kind; what one line end hides, no reader can tell."""
    found: Counter[tuple[str, str]] = Counter()
    expected: Counter[tuple[str, str]] = Counter()
    for draft in drafts():
        read = instruments.read_text(setting(draft))
        found += Counter({(k, f"{draft.name} {t}"): n for (k, t), n in body_of(read).items()})
        expected += Counter({(k, f"{draft.name} {t}"): n for (k, t), n in draft.body().items()})
    scores = {}
    for side in "PO":
        of_side = [Counter({key: n for key, n in c.items() if key[0] == side}) for c in (found, expected)]
        scores[side] = 2 * (of_side[0] & of_side[1]).total() / (of_side[0].total() + of_side[1].total())

    assert sum(scores.values()) / 2 >= 0.97, scores


# --- names of paragraphs --------------------------------------------------------------------------------------------


def test_paragraphs_numbered_through_sections_are_named_after_the_whole():
    text = (
        "The General Conference of the Organization, meeting at its 110th Session, 2022,\n\n"
        "Having held a discussion on the basis of Report VII,\n\n1. Adopts the following conclusions;\n\n"
        "2. Requests the Office to act on them.\n\nConclusions concerning ladders\n\nI. Introduction\n\n"
        "1. Ladders have a long history.\n\nII. Definition\n\n2. The term ladder encompasses steps.\n\n"
        "III. Role of governments\n\n3. Governments should:\n\n(a) count ladders;\n\n(b) publish the count.\n"
    )
    read = instruments.read_text(text)

    assert [e.id for e in read.operative] == [
        "op1", "op2", "h1.op1", "h1.op2", "h1.op3", "h1.op3(a)", "h1.op3(b)",
    ]  # fmt: skip
    assert read.element("h2").text == "Introduction" and read.element("h2").parent == "h1"


def test_sections_that_number_anew_are_named_by_their_letter():
    draft = next(d for d in drafts() if d.name == "council-sections-by-letter")

    assert [e.id for e in instruments.read_text(blank_lines(draft)).operative] == [
        "op1", "op2", "B.op1", "B.op2", "C.op0",
    ]  # fmt: skip


def test_a_number_that_comes_thousands_of_times_gets_a_name_each_time():
    read = instruments.read_text("The Board,\n\nNoting it,\n\n" + "1. Decides;\n" * 2_000, language="en")

    assert len({e.id for e in read.operative}) == 2_000
    assert read.operative[-1].id == "op1#2000"


# --- lines and marks ------------------------------------------------------------------------------------------------


def preamble(text: str, language: str = "en") -> list[str]:
    return [e.text for e in instruments.read_text(text, language=language).preamble]


def test_a_mark_behind_a_year_at_the_end_is_that_of_its_note():
    text = (
        "The Council,\n\nNoting the letter of 4 May 1990, 57\n\nRecalling resolutions 57 and 58,\n\n"
        "1. Decides to act.\n\n"
        "57 Ibid., document S/99999.\n58 Ibid., document S/99998.\n"
    )

    assert preamble(text) == ["Noting the letter of 4 May 1990,", "Recalling resolutions 57 and 58,"]


def test_a_mark_between_paragraphs_run_together_is_kept():
    text = (
        "The General Assembly, Recalling its resolution 70/1 of 25 September 2015 on workshops in rural communities "
        "and in mountains, Noting that tools are scarce and that finance is dear in mountain areas of many countries, "
        "1. Decides to act on the matter without delay;[5] 2. Requests the Secretary-General to report on it."
    )
    read = instruments.read_text(text)

    assert [e.id for e in read.operative] == ["op1", "op2"]
    assert read.gaps() == ()


def test_recitals_in_small_letters_stand_apart():
    text = (
        "LE CONSEIL DE L’UNION EUROPÉENNE,\n\nvu le traité, et notamment son article 292,\n\n"
        "vu la proposition de la Commission,\n\nA ADOPTÉ LA PRÉSENTE RECOMMANDATION:\n\n"
        "1. Les États membres y veillent."
    )

    assert len(preamble(text, "fr")) == 2


def test_a_list_inside_a_sentence_is_none_of_paragraphs():
    text = (
        "The Council,\n\nNoting that bodies of the kind share three habits: (i) they meet; (ii) they vote; and\n"
        "(iii) they keep minutes of their meetings in the languages of their members,\n\n1. Decides to join them."
    )

    assert len(preamble(text)) == 1


@pytest.mark.parametrize("tail", ["A" * 150, "AB " * 50, "A, " * 50])
def test_a_line_of_capitals_is_judged_without_trying_every_way_to_cut_it(tail):
    assert not front.is_organ_line(f"THE COUNCIL {tail}1")
    assert front.is_organ_line("EL GRUPO MERCADO COMÚN")


def test_the_body_that_speaks_begins_a_paragraph_below_a_title_though_its_line_is_full():
    read = instruments.read_text(
        "Résolution concernant le travail décent dans les ateliers de quartier\n"
        "La Conférence générale de l’Organisation internationale du Travail, réunie\nen sa 99e session, 2010,\n"
        "Ayant mené une discussion générale sur les ateliers,\n1. Adopte les conclusions ci-après ;\n"
        "2. Invite le Conseil d’administration à en tenir compte.\n"
    )

    assert [e.text[:24] for e in read.preamble] == ["La Conférence générale d", "Ayant mené une discussio"]


def test_what_a_body_has_decided_to_recommend_is_operative_and_the_text_recommended_begins_anew():
    text = """5.1 Suite donnée aux décisions

Le Conseil exécutif, ayant examiné le rapport, a décidé de recommander à la Conférence d’adopter ce qui suit :

La Conférence générale,

Notant les résultats obtenus,

1. Prie la Directrice générale d’en rendre compte.
"""
    kinds = [(e.kind.value, e.text.split()[0]) for e in instruments.read_text(text).elements]
    assert kinds[1:] == [("operative", "Le"), ("organ", "La"), ("preambular", "Notant"), ("operative", "Prie")]


def test_a_sentence_below_the_line_with_which_a_body_recommends_is_operative():
    text = """Recommandation n° 18 concernant les ateliers

La Conférence, considérant l’importance des ateliers, exprime les vœux suivants :

L’atelier a pour but de réunir le village ; il n’est pas une simple échoppe.

Que les maîtres soient libérés de ces travaux.
"""
    assert [e.kind.value for e in instruments.read_text(text).elements][1:] == ["preambular", "operative", "operative"]


def test_the_verb_that_ends_a_preamble_stands_apart_though_no_blank_line_does():
    text = """Recommandation n° 21 concernant les ateliers
La Conférence,
Considérant que l’étude du bois rapproche les villages,
Considérant, d’autre part, que cette étude est utile,
soumet aux ministères les conclusions suivantes :
1° L’étude du bois devrait commencer à dix ans.
"""
    kinds = [(e.kind.value, e.text.split()[0]) for e in instruments.read_text(text).elements][2:]
    assert kinds == [
        ("preambular", "Considérant"),
        ("preambular", "Considérant,"),
        ("operative", "soumet"),
        ("operative", "L’étude"),
    ]


def test_the_declaration_that_an_assembly_adopts_has_its_own_preamble():
    text = """3291 (S-VI). Déclaration concernant les ateliers

L’Assemblée générale

Adopte la Déclaration suivante :

Nous, Membres de l’Organisation des Nations Unies,

Ayant convoqué une session extraordinaire,

Proclamons solennellement notre détermination commune de bâtir des ateliers.
"""
    kinds = [e.kind.value for e in instruments.read_text(text).elements]
    assert kinds[2:] == ["operative", "preambular", "preambular", "operative"]


def test_an_article_may_be_numbered_with_a_sign_of_degree():
    text = "EL GRUPO MERCADO COMÚN\n\nVISTO: El Tratado.\n\nRESUELVE:\n\nArt. 1° - Aprobar el Estatuto.\n"
    assert [e.number for e in instruments.read_text(text).operative][-1] == "1"
