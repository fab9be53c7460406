"""Change one thing in the records, and exactly the sentences that use it change, or the document does not build."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sse_observatory.catalogue.portfolio import When
from sse_observatory.core import Text
from sse_observatory.updates import briefing
from sse_observatory.updates.claims import OpenConflict, Unresolved

MAY_2023, NOW = date(2023, 5, 19), date(2026, 11, 21)


@pytest.fixture(scope="module")
def sentences(packaged, records, releases):
    """The sentences of a briefing by their template, in a language; of rows, by template and number."""

    def of(kept=records, day=MAY_2023, group="AFRICA_GROUP", lang="en"):
        document = briefing.build(kept, releases, group, day, ["en", "fr", "es"], catalogue=packaged)
        found = {}
        for sentence in document.sentences():
            name, number = sentence.template, 0
            while (name, number) in found:
                number += 1
            found[name, number] = sentence.text(lang)
        return found

    return of


def differing(before, after):
    return {name for name, _ in (set(before.items()) ^ set(after.items()))}


def templates(before, after):
    return {name for name, _ in differing(before, after)}


def test_another_date_of_adoption_changes_the_sentences_that_say_it(packaged, sentences, changed):
    event = packaged.portfolio.records["evt-2023-ga-adoption"]
    kept = changed(event.id, date=When.parse("2023-04-20"))

    before, after = sentences(), sentences(kept)

    assert templates(before, after) == {"brief-resolution", "first-resolution-consensus"}
    assert "20\u00a0April 2023" in after["first-resolution-consensus", 0]


def test_a_vote_in_place_of_a_consensus_changes_one_sentence(packaged, sentences, changed):
    event = packaged.portfolio.records["evt-2023-ga-adoption"]
    kept = changed(event.id, vote=replace(event.vote, mode="recorded", yes=140, no=0))

    before, after = sentences(), sentences(kept)

    assert templates(before, after) == {"first-resolution-consensus", "first-resolution-vote"}
    assert "by 140 votes to none" in after["first-resolution-vote", 0]


def test_another_number_of_votes_changes_the_sentence_of_the_vote_in_each_language(packaged, sentences, changed):
    event = packaged.portfolio.records["evt-2024-c2"]
    kept = changed(event.id, vote=replace(event.vote, yes=174, abstaining=2))

    for lang, said in (
        ("en", "174 votes to none, with 2 abstentions"),
        ("fr", "174 voix contre zéro, avec 2 abstentions"),
        ("es", "174 votos contra ninguno y 2 abstenciones"),
    ):
        before, after = sentences(day=NOW, lang=lang), sentences(kept, day=NOW, lang=lang)
        assert templates(before, after) == {"second-resolution-vote"}
        assert said in after["second-resolution-vote", 0]


def test_another_role_changes_the_sentence_of_the_role(sentences, changed):
    before, after = sentences(), sentences(changed("mem-untfsse-ilo-vicechair", role="co-chair"))

    assert templates(before, after) == {"role-vice-chair", "role-co-chair"}
    assert "Co-Chair" in after["role-co-chair", 0]


def test_a_role_for_which_no_sentence_is_written_is_listed(sentences, changed):
    after = sentences(changed("mem-untfsse-ilo-vicechair", role="chair"))

    assert "Chair" in after["role-other", 0]


def test_another_figure_in_the_evidence_changes_the_sentence_that_prints_it(packaged, sentences, changed):
    evidence = packaged.portfolio.records["evi-2023-research"]
    kept = changed(evidence.id, values=(replace(evidence.values[0], value=Decimal(12)),))

    before, after = sentences(day=date(2024, 1, 30)), sentences(kept, day=date(2024, 1, 30))

    assert templates(before, after) == {"strategy-first-year"}
    assert "12 countries" in after["strategy-first-year", 0]


def test_a_condition_that_no_sentence_names_stops_the_document(packaged, sentences, changed):
    provision = packaged.portfolio.records["prov-a-res-77-281-op3"]
    request = packaged.portfolio.records["prov-a-res-77-281-op2"].acts[0].conditions[0]
    kept = changed(provision.id, acts=(replace(provision.acts[0], conditions=(request,)),))

    with pytest.raises(Unresolved, match="asks-finance-77: en: the sentence about prov-a-res-77-281-op3 drops"):
        sentences(kept)


def test_a_condition_that_is_gone_stops_the_sentence_that_still_names_it(packaged, sentences, changed):
    provision = packaged.portfolio.records["prov-a-res-77-281-op2"]
    kept = changed(provision.id, acts=(replace(provision.acts[0], conditions=()),))

    with pytest.raises(Unresolved, match=r"asks-system-77.*conditions has UPON_REQUEST"):
        sentences(kept)


def test_a_weaker_verb_stops_the_sentence_that_says_the_stronger(packaged, sentences, changed):
    provision = packaged.portfolio.records["prov-a-res-77-281-op4"]
    kept = changed(provision.id, acts=(replace(provision.acts[0], verb="INVITE"),))

    with pytest.raises(Unresolved, match=r"verb = REQUEST.*cannot be resolved as of 2023-05-19"):
        sentences(kept)


def test_an_open_conflict_about_a_claim_stops_the_document_and_names_itself(packaged, sentences, changed):
    kept = changed("con-ilc-date", status="open", rule=None, resolution=None)

    with pytest.raises(OpenConflict, match="con-ilc-date"):
        sentences(kept)


def test_an_open_conflict_about_something_else_does_not(packaged, sentences):
    conflict = packaged.portfolio.records["con-asia-phase2"]
    assert conflict.status == "open"

    assert sentences(group="ASPAG")


def test_a_provision_without_a_sentence_is_listed_in_the_words_of_its_record(packaged, releases):
    """A paragraph added by somebody else is neither lost nor shorn of its conditions."""
    from sse_observatory.catalogue.portfolio import assemble
    from sse_observatory.updates.records import CatalogueRecords

    portfolio = packaged.portfolio
    known = portfolio.records["prov-a-res-77-281-op2"]
    text = Text("To share what was learned.", "Partager les enseignements.", "Compartir lo aprendido.")
    act = replace(known.acts[0], id="prov-a-res-77-281-op5-a", text=text)
    new = replace(known, id="prov-a-res-77-281-op5", number="op5", acts=(act,), brief_order=5)
    records = CatalogueRecords(
        assemble([*portfolio.records.values(), new], portfolio.sources, portfolio.terms), packaged.groups
    )

    document = briefing.build(records, releases, "AFRICA_GROUP", MAY_2023, ["en"], catalogue=packaged)

    [row] = [s.text("en") for s in document.sentences() if s.template == "row-unwritten"]
    assert row.startswith("To share what was learned (")
    assert "equest" in row
    assert "mandate" in row
