"""Layouts of English texts that a rule of its own reads: old closings, headings by decimals, names below a colon."""

from __future__ import annotations

import pytest

from sse_observatory.instruments import read_text
from sse_observatory.instruments.model import Instrument, Kind


def kinds(instrument: Instrument, *kinds: Kind) -> list[str]:
    return [element.printed for element in instrument.of_kind(*kinds)]


BODY = "12 (III). Question of markets\n\nThe General Assembly,\n\nConsidering the report on markets,\n\n"


@pytest.mark.parametrize(
    ("ordinal", "meeting"),
    [
        ("Hundred and eighty-third", "Hundred and eighty-third plenary meeting"),
        ("Two hundred and sixtieth", "Two hundred and sixtieth plenary meeting"),
        ("One thousand three hundred and ninety-fifth", "One thousand three hundred and ninety-fifth plenary meeting"),
        ("Seventy-sixth", "Seventy-sixth plenary meeting"),
    ],
)
def test_the_number_of_a_meeting_may_be_written_out(ordinal, meeting):
    read = read_text(
        f"{BODY}Requests the Secretary-General to report.\n\n{ordinal} plenary meeting,\n10 December 1948.\n"
    )

    assert len(read.operative) == 1
    assert read.work.meeting == meeting
    assert str(read.work.adopted) == "1948-12-10"


def test_a_decimal_heading_above_numbered_paragraphs_is_no_paragraph():
    read = read_text(
        f"{BODY}Adopts the following outcome:\n\n1. We affirm the role of markets.\n\n1.1 Bridging the divide\n\n"
        "2. We call for an increase in access.\n\n3. We decide to meet again.\n"
    )

    assert kinds(read, Kind.HEADING) == ["1.1 Bridging the divide"]


def test_decimal_paragraphs_in_a_list_stay_paragraphs():
    read = read_text(
        f"{BODY}1. Decides that:\n\n1.1 Markets shall be open\n\n1.2 Stalls shall be let\n\n2. Requests a report.\n"
    )

    assert kinds(read, Kind.HEADING) == []


def test_a_roman_heading_may_open_with_a_participle():
    read = read_text(
        f"{BODY}I. Adoption\n\n1. Decides to adopt the plan;\n\nII. Intended contributions of markets\n\n"
        "2. Welcomes the pledges;\n\n3. Requests the secretariat to report.\n"
    )

    assert kinds(read, Kind.HEADING) == ["I. Adoption", "II. Intended contributions of markets"]


def test_names_below_a_colon_are_no_headings():
    read = read_text(
        "Decision 2009/214\n\nAt its 29th plenary meeting, on 20 July 2009, the Economic and Social Council:\n\n"
        "(a) Decided to grant special status to the following organizations:\n\nHill Forum\n\nSea Forum\n\n"
        "Lake League\n\n(b) Took note of the report of the Committee.\n"
    )

    assert kinds(read, Kind.HEADING) == []
    assert [a.verb for acts in read.acts.values() for a in acts] == ["decides", "takes note"]


def test_a_line_that_goes_on_a_sentence_is_no_heading():
    read = read_text(
        f"{BODY}Solemnly proclaims the need;\n\nAnd to this end\n\nDeclares that:\n\n1. Markets serve all.\n"
    )

    assert kinds(read, Kind.HEADING) == []


def test_a_sentence_that_leads_in_a_declaration_is_not_its_title():
    read = read_text(
        "Ministerial declaration of the forum on markets\n\nThe Ministers met in Lima on 6 July 2021 and adopted the "
        "following declaration:\n\n1. We reaffirm our commitment to markets.\n\n2. We pledge to meet again.\n"
    )

    assert read.expression.title == "Ministerial declaration of the forum on markets"


def test_what_the_assembly_is_reported_to_have_decided_is_a_decision():
    read = read_text(
        "65/535. Programme of work of the forum\n\nAt its 71st plenary meeting, on 20 December 2010, the General "
        "Assembly, on the recommendation of the Second Committee, approved the programme of work.\n"
    )

    assert str(read.work.symbol) == "A/DEC/65/535"
    assert read.work.type == "decision"


def test_voters_in_parentheses_stand_before_the_abstentions():
    read = read_text(
        f"{BODY}Requests a report.\n\nAdopted at the 2963rd meeting by 12 votes to 2 (Peru, Togo) with 1 abstention.\n"
    )

    assert read.work.vote is not None
    assert (read.work.vote.in_favour, read.work.vote.against, read.work.vote.abstentions) == (12, 2, 1)


def told(text: str) -> list[tuple[str, str]]:
    return [(e.kind.value[:2], e.text) for e in read_text(text).elements]


def test_marks_of_italic_and_bold_type_are_no_part_of_the_text():
    text = (
        "**80/1. Markets**\n\n_The General Assembly_,\n\n*Noting* the offers of Peru,* Chile* and Togo,\n\n"
        "1. _Requests_ a report_final_v2 on the 5*6 grid;\n\n2. *Also requests* the Office to help.\n"
    )
    read = read_text(text)

    assert [e.text for e in read.elements] == [
        "80/1. Markets",
        "The General Assembly,",
        "Noting the offers of Peru,* Chile* and Togo,",
        "Requests a report_final_v2 on the 5*6 grid;",
        "Also requests the Office to help.",
    ]
    assert read.gaps() == ()


def test_a_short_text_on_one_line_is_cut_into_its_paragraphs():
    assert told(
        "The Security Council, Recalling its resolution 1325 (2000), Acting under Chapter VII of the Charter, "
        "1. Decides to extend the mandate; 2. Demands that all cooperate; 3. Decides to remain seized of the matter."
    ) == [
        ("or", "The Security Council,"),
        ("pr", "Recalling its resolution 1325 (2000),"),
        ("pr", "Acting under Chapter VII of the Charter,"),
        ("op", "Decides to extend the mandate;"),
        ("op", "Demands that all cooperate;"),
        ("op", "Decides to remain seized of the matter."),
    ]


def test_a_text_on_one_line_may_have_no_numbers():
    assert told(
        "The Council, Having considered the report, Noting the views of Peru, Decides to postpone the item; "
        "Requests the Secretary-General, Peru and Chad to report; Invites the Office to help."
    ) == [
        ("or", "The Council,"),
        ("pr", "Having considered the report,"),
        ("pr", "Noting the views of Peru,"),
        ("op", "Decides to postpone the item;"),
        ("op", "Requests the Secretary-General, Peru and Chad to report;"),
        ("op", "Invites the Office to help."),
    ]


@pytest.mark.parametrize("form", ["({})", "[{}]", "{}:", "{}.", "{}"])
def test_numbers_of_drafts_may_stand_in_brackets(form):
    read = read_text(
        f"The Council,\n\n{form.format('PP1')} Recalling its views,\n\n{form.format('OP1')} Decides to meet;\n\n"
        f"{form.format('OP2')} Requests a report.\n"
    )

    assert [e.id for e in read.elements if e.number] == ["pp1", "op1", "op2"]


def test_a_number_without_a_blank_behind_it_begins_a_paragraph_and_no_note():
    read = read_text(f"{BODY}1.Decides to meet;\n2.Requests a report;\n3.Also requests the Office to help.\n")

    assert [e.id for e in read.operative] == ["op1", "op2", "op3"]


def test_the_first_number_may_be_misread_as_a_letter():
    read = read_text(f"{BODY}l. Decides to meet;\n\n2. Requests a report;\n\n3. Invites States to act.\n")

    assert [e.id for e in read.operative] == ["op1", "op2", "op3"]


def test_a_running_title_of_two_lines_stands_above_the_symbol_on_every_other_page():
    title = "Promoting the social economy for\nsustainable development\n"
    read = read_text(
        f"A/RES/77/281\n77/281. {title}\nThe General Assembly,\n\nRecalling its resolution on the social economy and "
        f"markets,\n\nA/RES/77/281\n{title}\n23-07606 2/3\n\n1. Encourages all States and regions of the world to "
        "promote\n"
        f"\n{title}A/RES/77/281\n\n3/3 23-07606\n\nthe social economy;\n\n2. Requests a report.\n"
    )

    assert [e.text for e in read.operative] == [
        "Encourages all States and regions of the world to promote the social economy;",
        "Requests a report.",
    ]


def test_a_line_with_the_number_of_a_mark_is_its_note():
    read = read_text(
        "The General Assembly,\nRecalling the Proclamation of Lima,28 adopted by the\nConference on Markets,\n"
        "1. Requests the Commission to examine the question;\n28 Final Act of the Conference (Sales No. E.68), p. 3.\n"
        "2. Invites the Council to help.\n"
    )

    assert kinds(read, Kind.FOOTNOTE) == ["28 Final Act of the Conference (Sales No. E.68), p. 3."]
    assert [e.id for e in read.operative] == ["op1", "op2"]


def test_the_number_of_a_resolution_opens_its_title_behind_a_running_header():
    read = read_text(
        "102 Resolutions adopted on the reports of the Third Committee\n3026 (XXVII). Markets and scientific and\n"
        "technological developments\nThe General Assembly,\nNoting the report of the Commission on markets,\n"
        "1. Requests the Commission to examine the question;\n2. Invites the Council to help.\n"
    )

    assert str(read.work.symbol) == "A/RES/3026(XXVII)"
    assert read.expression.title == "Markets and scientific and technological developments"


def test_a_paragraph_with_a_verb_is_no_part_of_the_name_above_it():
    read = read_text(
        "Decision 2009/214\nAt its 29th plenary meeting, on 20 July 2009, the Economic and\nSocial Council:\n"
        "(a) Decided to grant special status to the following organizations:\nBaltic Sea Forum\n"
        "(b) Took note of the fact that the Committee had decided to close\nthe consideration of two applications.\n"
    )

    assert [a.verb for acts in read.acts.values() for a in acts] == ["decides", "takes note"]


def test_the_name_of_a_body_may_lack_its_comma():
    assert told(
        "Agreed conclusions on markets\n\nThe Trade and Development Board\n\n1. Takes note of the report;\n\n"
        "2. Decides to meet.\n"
    )[1:] == [
        ("or", "The Trade and Development Board"),
        ("op", "Takes note of the report;"),
        ("op", "Decides to meet."),
    ]


def test_preamble_above_the_name_of_the_body_is_no_title():
    read = read_text(
        "Resolution concerning statistics of markets\n\nPreamble\n\nThe 20th International Conference of "
        "Statisticians,\n\nHaving reviewed the relevant texts,\n\nAdopts the following resolution:\n\n"
        "1. Each country should count markets.\n"
    )

    assert read.expression.title == "Resolution concerning statistics of markets"


def test_a_verb_in_capitals_above_what_is_declared_is_no_heading():
    read = read_text(
        "Declaration of Lima\n\nWe, the traders, meeting in Lima,\n\nAware of our strength,\n\nHEREBY DECLARE\n\n"
        "1. That markets matter;\n\n2. That roads be built.\n"
    )

    assert read.operative[0].text == "HEREBY DECLARE"


def test_encouraged_is_a_verb_where_it_speaks_to_somebody():
    read = read_text(
        "The Industrial Development Board:\n\n(a) Took note of the report;\n\n"
        "(b) Encouraged Member States to contribute.\n"
    )

    assert [a.verb for acts in read.acts.values() for a in acts] == ["takes note", "encourages"]


def test_the_first_paragraph_may_stand_on_the_line_of_the_last_consideration():
    assert told(
        "The Security Council,\n\nRecalling its resolutions,\n\nActing under Chapter VII of the Charter of the United "
        "Nations, 1. Decides that the mandate is extended;\n\n2. Requests a report.\n"
    )[1:] == [
        ("pr", "Recalling its resolutions,"),
        ("pr", "Acting under Chapter VII of the Charter of the United Nations,"),
        ("op", "Decides that the mandate is extended;"),
        ("op", "Requests a report."),
    ]


def test_the_title_of_a_draft_stands_below_its_sponsors():
    read = read_text(
        "A/C.3/74/L.21\nThird Committee\nAgenda item 66 (b)\nAlbania, Chile and Peru: revised draft resolution\n"
        "Rights of traders\nThe General Assembly,\nRecalling its views,\n1. Decides to meet;\n2. Requests a report.\n"
    )

    assert read.expression.title == "Rights of traders"


def test_a_heading_may_open_with_a_noun_that_is_a_verb_too():
    read = read_text(
        "60/1. 2005 World Market Outcome\n\nThe General Assembly\n\nAdopts the following outcome:\n\n2005 World Market "
        "Outcome\n\nI. Values and principles\n\n1. We reaffirm our faith.\n\n2. We decide to meet.\n"
    )

    assert str(read.work.symbol) == "A/RES/60/1"
    assert kinds(read, Kind.HEADING)[-1] == "I. Values and principles"


def test_a_symbol_that_ends_a_broken_line_is_not_that_of_the_document():
    read = read_text(
        "68/262. Integrity of markets\n\nAdopted at the 80th plenary meeting, on 27 March 2014, on the basis of draft "
        "resolution\nA/68/L.39\n\nThe General Assembly,\n\nReaffirming the Charter,\n\n1. Affirms its commitment.\n"
    )

    assert str(read.work.symbol) == "A/RES/68/262"
