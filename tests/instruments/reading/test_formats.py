"""Each format gives the same structure: numbers that Word prints, notes, tracked changes, pages, metadata."""

from datetime import date

import pytest

from instruments.reading import files
from sse_observatory import instruments
from sse_observatory.core import InputError
from sse_observatory.instruments.model import Kind, Vote
from sse_observatory.instruments.reading.marc import extracts_of, related

P = files.paragraph


def ids(instrument):
    return [(e.id, e.label, e.text) for e in instrument.elements if e.kind in (Kind.PREAMBULAR, Kind.OPERATIVE)]


def test_docx_automatic_numbers_are_part_of_the_text():
    body = (
        P("The General Assembly,")
        + P("Recalling its resolution 70/1 of 25 September 2015,")
        + P("Encourages Member States to act:", style="Op")
        + P("At home;", level=1)
        + P("Abroad, by:", level=1)
        + P("Letter;", level=2)
        + P("Telephone;", level=2)
        + P("Requests the Secretary-General to report.", style="Op")
    )

    read = instruments.read(files.docx(body))

    assert ids(read) == [
        ("pp1", "", "Recalling its resolution 70/1 of 25 September 2015,"),
        ("op1", "1.", "Encourages Member States to act:"),
        ("op1(a)", "(a)", "At home;"),
        ("op1(b)", "(b)", "Abroad, by:"),
        ("op1(b)(i)", "(i)", "Letter;"),
        ("op1(b)(ii)", "(ii)", "Telephone;"),
        ("op2", "2.", "Requests the Secretary-General to report."),
    ]
    assert read.source.text.count("2.\t") == 1


def test_docx_footnotes_are_marks_and_notes():
    mark = '<w:r><w:footnoteReference w:id="7"/></w:r><w:r><w:t xml:space="preserve"> of 2015,</w:t></w:r>'
    body = (
        P("The General Assembly,") + P("Recalling its resolution 70/1", runs=mark) + P("1. Decides to remain seized.")
    )

    read = instruments.read(files.docx(body, footnotes={7: "See A/70/1, annex."}))

    recalling = read.element("pp1")
    assert recalling.text == "Recalling its resolution 70/1 of 2015,"
    assert [m.of(read.source.text) for m in recalling.marks] == ["1"]
    assert [e.text for e in read.of_kind(Kind.FOOTNOTE)] == ["1 See A/70/1, annex."]


def test_docx_raised_figures_are_marks_too():
    def raised(text):
        return f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>{text}</w:t></w:r>'

    body = (
        P("The General Assembly,")
        + P("Recalling its resolution 70/1", runs=raised("3") + "<w:r><w:t>,</w:t></w:r>")
        + P("1. Celebrates the 50", runs=raised("th") + "<w:r><w:t> anniversary.</w:t></w:r>")
    )
    read = instruments.read(files.docx(body))

    assert read.element("pp1").text == "Recalling its resolution 70/1,"
    assert read.element("op1").text == "Celebrates the 50th anniversary."


def test_docx_insertions_count_and_deletions_do_not():
    runs = (
        '<w:ins><w:r><w:t xml:space="preserve">strongly </w:t></w:r></w:ins>'
        "<w:del><w:r><w:delText>feebly </w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>elsewhere </w:t></w:r></w:moveFrom>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden </w:t></w:r><w:r><w:t>supports it.</w:t></w:r>"
    )
    read = instruments.read(files.docx(P("The General Assembly,") + P("Noting it,") + P("1. It ", runs=runs)))

    assert read.element("op1").text == "It strongly supports it."


def test_docx_the_symbol_stands_in_the_header_of_the_first_page():
    body = P("The General Assembly,") + P("Noting the report,") + P("1. Decides to close the item.")

    read = instruments.read(files.docx(body, header="A/RES/78/901"))

    assert read.work.symbol.text == "A/RES/78/901"


def test_docx_a_table_of_figures_is_a_table_and_one_that_arranges_text_is_not():
    def row(*cells):
        return "<w:tr>" + "".join(f"<w:tc>{P(c)}</w:tc>" for c in cells) + "</w:tr>"

    figures = "<w:tbl>" + row("Year", "Posts", "Dollars") + row("2025", "12", "3 400") + "</w:tbl>"
    arranged = "<w:tbl>" + row("(1)", "Recalling that tables also arrange text,") + "</w:tbl>"
    body = P("The General Assembly,") + arranged + P("1. Approves the following budget:") + figures

    read = instruments.read(files.docx(body))

    assert [e.text for e in read.of_kind(Kind.TABLE)] == ["Year | Posts | Dollars", "2025 | 12 | 3 400"]
    assert read.element("pp1").text == "Recalling that tables also arrange text,"


def test_html_blocks_lists_and_raised_figures():
    page = b"""<!doctype html><html lang="en"><head><title>x</title><style>p{}</style></head><body>
    <nav>Menu</nav><p>The General Assembly,</p>
    <p>Recalling its resolution&nbsp;70/1<sup>1</sup> of 2015,</p>
    <ol><li>Encourages Member States:<ol type="a"><li>To act;</li><li>To report;</li></ol></li>
    <li>Requests the Secretary-General to report.</li></ol><script>alert(1)</script></body></html>"""

    read = instruments.read(page)

    assert read.expression.language_basis == "stated"
    assert ids(read) == [
        ("pp1", "", "Recalling its resolution 70/1 of 2015,"),
        ("op1", "1.", "Encourages Member States:"),
        ("op1(a)", "(a)", "To act;"),
        ("op1(b)", "(b)", "To report;"),
        ("op2", "2.", "Requests the Secretary-General to report."),
    ]
    assert "Menu" not in read.source.text and "alert" not in read.source.text


@pytest.mark.slow
def test_pdf_paragraphs_go_on_over_the_page():
    source = """
    #set page(width: 12cm, height: 9cm, header: [A/RES/78/901], footer: context [#counter(page).display()/2])
    #set par(justify: false)
    United Nations

    The General Assembly,

    Recalling its resolution 70/1 of 25 September 2015, entitled Transforming our world, in which it adopted goals,

    Noting that workshops in rural communities, islands and mountain areas lack tools, premises and access to finance
    on terms that they can afford in the long run,

    1. Encourages Member States to consider support for workshops, as appropriate and in accordance with national
    circumstances and priorities, through premises, tools, training, finance on fair terms and all other means that help
    workshops to offer decent work;

    2. Requests the Secretary-General to report.
    """
    read = instruments.read(files.pdf(source))

    assert len(read.source.pages) == 2
    assert [e.id for e in read.of_kind(Kind.PREAMBULAR, Kind.OPERATIVE)] == ["pp1", "pp2", "op1", "op2"]
    assert read.element("op1").text.endswith("workshops to offer decent work;")
    assert read.work.symbol.text == "A/RES/78/901"
    assert read.work.session == "78"


def test_marc_a_record_says_what_the_work_is():
    read = instruments.read(files.marc())

    work = read.work
    assert (work.symbol.text, work.type, work.session) == ("A/RES/78/901", "resolution", "78")
    assert (work.adopted, work.adopted_basis) == (date(2023, 12, 19), "catalogue record")
    assert work.agenda_items == ("18 (b)",)
    assert work.meeting == "50th plenary meeting"
    assert work.vote == Vote("without a vote")
    assert read.expression.title.startswith("Community workshops")


def test_marc_a_draft_has_no_day_of_adoption_and_votes_are_read():
    read = instruments.read(files.marc(symbol="A/C.3/78/L.91", vote="Recorded vote 175-1-4"))

    assert read.work.adopted is None
    assert read.work.vote == Vote("recorded", 175, 1, 4)


def test_marc_several_records_are_several_works():
    data = files.marc(records=3)

    with pytest.raises(InputError, match="holds 3 catalogue records"):
        instruments.read(data)
    assert [r.work.symbol.text for r in instruments.read_records(data)] == ["A/RES/78/901"] * 3
    assert [s.text for s in related(next(extracts_of(data, "x")))] == ["A/C.2/78/L.91"]


def test_akoma_ntoso_structure_is_taken_as_stated():
    read = instruments.read(files.AKN.encode())

    assert read.work.symbol.text == "A/RES/78/901"
    assert read.work.adopted == date(2023, 12, 19)
    assert read.expression.title == "Community workshops"
    assert ids(read) == [
        ("pp1", "", "Recalling its resolution 70/1 of 25 September 2015,"),
        # Without the file's word for it nothing would show that this is preambular.
        ("pp2", "", "Silent about the matter"),
        ("op1", "1.", "Encourages Member States;"),
        ("op2", "2.", "Requests the Secretary-General:"),
        ("op2(a)", "(a)", "To report;"),
        ("op2(b)", "(b)", "To advise."),
    ]
    assert [e.text for e in read.of_kind(Kind.FOOTNOTE)] == ["1 See A/70/1."]
    assert [e.text for e in read.of_kind(Kind.CLOSING)] == ["50th plenary meeting", "19 December 2023"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_in_the_usual_encodings(encoding):
    text = "L’Assemblée générale,\n\nRappelant sa résolution 70/1,\n\n1. Décide de rester saisie de la question.\n"

    read = instruments.read(text.encode(encoding))

    assert read.expression.language == "fr"
    assert [e.id for e in read.of_kind(Kind.PREAMBULAR, Kind.OPERATIVE)] == ["pp1", "op1"]
