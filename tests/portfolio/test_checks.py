"""The checks that guard a view as of a day: nothing in a record tells what was known only later."""

import dataclasses

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.portfolio import checks
from sse_observatory.catalogue.portfolio.reading import read_all

NOTE = """
notes = [{ known = "2024-10-15", text = { en = "Presented on 15 October 2024.", fr = "x", es = "x" } }]
"""


def test_a_text_that_tells_a_later_day_is_refused(small):
    small.add("instruments", 'text = { en = "Reported on 15 October 2024.", fr = "x", es = "x" }\n')

    error = small.only_error()

    assert "mentions 2024-10-15, but it is known from 2023-04-18" in error.what
    assert "note" in error.todo


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("fr", "Le rapport est paru en mai 2023."),
        ("es", "El informe salió el 1 de mayo de 2023."),
        ("en", "Due in 2024."),
    ],
)
def test_a_later_month_or_year_is_refused_in_each_language(small, lang, text):
    others = ", ".join(f'{other} = "x"' for other in ("en", "fr", "es") if other != lang)
    small.add("instruments", f'text = {{ {lang} = "{text}", {others} }}\n')

    assert f"the text in {lang} mentions" in small.only_error().what


def test_a_dated_note_may_tell_it_and_so_may_a_year_that_is_set_ahead(small):
    small.add("instruments", NOTE)
    assert small.problems() == []

    small.add("instruments", 'text = { en = "For 2030.", fr = "Pour 2030.", es = "Para 2030." }\nforesees = ["2030"]\n')
    assert small.problems() == []


def test_a_record_without_a_date_may_mention_none(small):
    small.change("actors", 'actor_type = "principal_organ"', 'actor_type = "principal_organ"\ntext.en = "Since 1945."')

    errors = [problem for problem in small.problems() if problem.severity == "error"]

    assert "mentions 1945, but it is not dated" in errors[0].what


def test_a_record_that_says_of_no_day_when_it_could_be_known_is_refused(small):
    small.change("events", 'date = "2023-04-18"\n', "")

    assert any("nothing says when this could be known" in problem.what for problem in small.problems())


def test_nothing_is_known_before_its_source_appeared(small):
    note = NOTE.replace("2024-10-15", "2023-05-01").replace("15 October 2024", "1 May 2023")
    small.add("instruments", note.replace("} }]", '}, source = "press" }]'))
    assert "its source 'press' appeared only by 2023-05-19" in small.only_error().what

    small.change("actors", 'date = "2013-09-30"', 'date = "2013-09-30"\nknown = "2014"')
    assert "each of its sources appeared later" in next(p.what for p in small.problems() if "act-force" in p.key)


def test_a_text_is_adopted_once(small):
    twice = '\n[evt-two]\ntitle.en = "Approved"\ndate = "2023-04-01"\nstage = "{stage}"\ninstrument = "ins-one"\n'
    rest = 'date_kind = "adopted"\nstatus = "verified"\nsources = ["text"]\n'
    small.add("events", twice.format(stage="adopted") + rest)
    assert "another event of its adoption" in small.only_error().what

    small.add("events", twice.format(stage="committee_approved") + rest)
    assert [p for p in small.problems() if p.severity == "error"] == []


def test_a_correction_comes_after_what_it_corrects(small):
    small.add(
        "instruments",
        'corrections = [{ known = "2023-04-18", corrects = "corrected", text = { en = "x", fr = "x", es = "x" } }]\n',
    )

    assert "the correction is known from 2023-04-18, the record only from 2023-04-18" in small.only_error().what


def test_an_end_before_the_start_is_refused(small):
    small.add("instruments", 'period = { start = "2024", planned_end = "2023" }\n')

    assert "2023 comes before 2024" in small.only_error().what


DUE = """
[due-one]
title = {{ en = "Report", fr = "Rapport", es = "Informe" }}
concerns = "prov-one-op1"
status = "verified"
sources = ["text"]
dates = [{{ known = "2023-04-18", basis = "stated"{when} }}]
"""


@pytest.mark.parametrize("when", ["", ', date = "2024", session = 79', ', rule = "end_of_the_plan"'])
def test_it_must_be_clear_when_something_is_due(small, when):
    small.write("due", DUE.format(when=when))

    assert small.only_error().what == "it is not clear when this is due"


@pytest.mark.parametrize("when", [', date = "2024"', ", session = 79", ', rule = "first_saturday_of_july"'])
def test_a_date_a_session_and_a_rule_are_clear(small, when):
    small.write("due", DUE.format(when=when))

    assert small.problems() == []


CONFLICT = """
[con-one]
title = { en = "Day", fr = "Jour", es = "Día" }
date = "2026-11-21"
date_kind = "recorded"
concerns = ["ins-one"]
status = "resolved"
rule = "standing"
resolution = { en = "The text.", fr = "Le texte.", es = "El texto." }
sources = ["text"]
claims = [
  { source = "text", known = "2023-04-18", value = "18", says = { en = "18", fr = "18", es = "18" }, prevails = true },
  { source = "press", known = "2023-05-19", value = "19", says = { en = "19", fr = "19", es = "19" } },
]
"""


def test_the_official_text_prevails_over_the_press(small):
    small.write("conflicts", CONFLICT)
    assert small.problems() == []

    swapped = CONFLICT.replace(", prevails = true", "").replace('es = "19" } }', 'es = "19" }, prevails = true }')
    small.write("conflicts", swapped)
    assert "the claim of 'text' loses to a source of no higher standing" in small.only_error().what


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('status = "resolved"', 'status = "open"', "an open conflict has no resolution"),
        (", prevails = true", "", "not resolved by what stands here"),
        ('rule = "standing"\n', "", "not resolved by what stands here"),
        ('status = "resolved"', 'status = "verified"', "open or resolved"),
        ('value = "19"', 'value = "18"', "the claims do not differ"),
    ],
)
def test_a_conflict_is_open_or_resolved_by_a_rule(small, old, new, what):
    small.write("conflicts", CONFLICT.replace(old, new))

    assert any(what in problem.what for problem in small.problems())


def test_of_many_records_a_few_can_be_checked(small):
    small.change("instruments", 'body = "act-assembly"', 'body = "act-nobody"')
    read, found = read_all(small.root), catalogue.load(small.root)

    assert list(checks.problems(read, found, only={"act-force", "prov-one-op1"})) == []
    [problem] = checks.problems(read, found, only={"ins-one"})
    assert problem.key == "ins-one.body"


def test_a_fact_leads_somewhere(small):
    small.write(
        "facts",
        '[fact-one]\ntitle = { en = "F", fr = "F", es = "F" }\ndate = "2023-05-19"\ndate_kind = "stated"\n'
        'subject = "ins-one"\npredicate = "adopted"\nobject = ["2023-04-18", "ins-two"]\nstatus = "stated"\n'
        'sources = ["press"]\n',
    )

    error = small.only_error()

    assert error.key == "fact-one.object.1"
    assert "no record 'ins-two'" in error.what


def test_a_record_does_not_name_itself():
    found = catalogue.load()
    read = read_all(found.root)
    read.records["act-ilo"] = dataclasses.replace(read.records["act-ilo"], parent="act-ilo")

    [problem] = checks.problems(read, found, only={"act-ilo"})

    assert problem.what == "the record names itself"


def test_what_leads_nowhere_is_told_and_not_looked_up():
    """A role, a source of a claim or a verb that does not exist would break the checks that look there."""
    found = catalogue.load()
    wrong = {
        "mem-untfsse-ilo-vicechair": {"role": "king"},
        "con-78-175-date": {"rule": "no-such-rule"},
    }
    for identifier, change in wrong.items():
        read = read_all(found.root)
        read.records[identifier] = dataclasses.replace(read.records[identifier], **change)

        [problem] = checks.problems(read, found)

        assert problem.key.startswith(identifier) and "is not a" in problem.what
