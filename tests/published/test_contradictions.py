"""The contradictions of the field are kept, flagged and explained in three languages; nothing else is flagged."""

import re

import pytest

from sse_observatory import figures
from sse_observatory.core import LANGUAGES

KNOWN = {
    "ITA-2015-GVA": {"28.6", "28.8"},
    "KOR-2016-INACTIVE-SHARE": {"52", "46.6", "41.9", "52.0"},
    "KOR-2016-MEMBERS-PER-COOP": {"61.6", "61.4"},
    "KOR-2016-WORKERS-SCALE": {"6.9", "68850"},
    "KOR-2016-WORKERS": {"20409", "17707"},
    "CRI-2012-JOBS": {"21632", "45000"},
    "CRI-2008-SHARE": {"18", "777713"},
    "TZA-2008-TIERS": {"8597", "8551"},
    "TUR-2020-REGISTERS": {"60000", "12487"},
    "CAN-SCOPE": {"7865", "5605"},
    "PRT-2010-GVA-PER-FTE": {"31.6", "18.7", "15.6", "36.6", "18.8", "15.7"},
    "PRT-2010-PAY-RATIO": {"83.4", "83.1"},
    "PRT-2020-ENTITIES": {"73851", "73581"},
}
OPEN = {"ITA-2015-GVA", "KOR-2016-MEMBERS-PER-COOP", "KOR-2016-WORKERS", "CRI-2012-JOBS"}
PREFERRED = {
    "TZA-2008-TIERS": "TZA-2008-PRIMARY",
    "PRT-2020-ENTITIES": "PRT-2020-ENTITIES",
    "PRT-2010-PAY-RATIO": "PRT-P1-PAY-RATIO-FINAL",
    "KOR-2016-WORKERS-SCALE": "KOR-2016-WORKERS-DERIVED",
}


@pytest.mark.parametrize("group", KNOWN)
def test_a_known_contradiction_is_kept_with_all_its_figures(published, group):
    held = {str(published.figures[name].value) for name in published.conflicts[group].figures}

    assert held == KNOWN[group]


@pytest.mark.parametrize("group", KNOWN)
def test_a_known_contradiction_is_found_by_arithmetic(published, group):
    found = {f.check for f in published.findings if f.verdict == "flagged" and f.conflict == group}

    assert found == set(published.conflicts[group].checks)
    assert found


def test_every_flagged_check_is_explained_and_no_other_check_is(published):
    assert all(bool(f.conflict) == (f.verdict == "flagged") for f in published.findings)


def test_what_is_not_settled_stays_open(published):
    assert {name for name, conflict in published.conflicts.items() if conflict.is_open} == OPEN


def test_what_is_settled_names_the_figure_to_use(published):
    assert {name: published.conflicts[name].preferred for name in PREFERRED} == PREFERRED


def test_the_misprints_of_table_p1_are_flagged_with_the_recomputed_value(published):
    found = [f for f in published.findings if f.conflict == "PRT-2010-GVA-PER-FTE"]

    assert {f.check: (str(f.stated), str(f.recomputed)) for f in found} == {
        "PRT-P1-GVA-PER-FTE-ASSOC": ("15.6", "15.696"),
        "PRT-P1-GVA-PER-FTE-TOTAL": ("18.7", "18.847"),
        "PRT-P1-GVA-PER-FTE-ECONOMY": ("31.6", "36.590"),
    }


def test_rounding_explains_two_statements_and_no_more(published):
    found = [f.check for f in published.findings if f.verdict == "rounding"]

    assert found == ["WORLD-2017-IN", "PRT-2016-GROWTH-ENTITIES"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_explanation_shows_its_figures_as_the_language_writes_them(published, lang):
    conflict = published.conflicts["PRT-2020-ENTITIES"]

    text = published.filled(conflict.explanation, figures.number).get(lang)

    wanted = {"en": ("73,581", "0.4"), "fr": ("73\u202f581", "0,4"), "es": ("73\u202f581", "0,4")}[lang]
    assert all(part in text for part in wanted)


def test_every_explanation_exists_in_three_languages_without_marks_left(published):
    for conflict in published.conflicts.values():
        for text in (conflict.title, conflict.explanation, conflict.resolution):
            if text is not None:
                assert text.missing == ()
                shown = published.filled(text, figures.number)
                assert not any(re.search(r"[{}]", shown.get(lang)) for lang in LANGUAGES)


def test_explanations_hold_no_digits_of_their_own(published):
    for conflict in published.conflicts.values():
        told = (conflict.explanation, conflict.resolution)
        bare = [re.sub(r"\{[^}]*\}|\b20\d\d\b", "", t.get(lang)) for t in told if t for lang in LANGUAGES]
        assert not any(re.search(r"\d", text) for text in bare), conflict.id


def test_compensation_above_value_added_is_no_contradiction(published):
    pay, value_added = published.figures["PRT-P1-PAY-ASSOC"], published.figures["PRT-P1-GVA-ASSOC"]

    assert pay.value > value_added.value
    assert {f.verdict for f in published.findings_on(pay.id)} == {"ok"}
    assert "subsidies" in pay.note.en
