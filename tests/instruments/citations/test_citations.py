"""Citations: what counts as one and what does not, whose and of which year, and what has been superseded."""

import csv
import io
from datetime import date
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_observatory.core import InputError, ObservatoryError
from sse_observatory.instruments import citations
from sse_observatory.instruments.citations import Stated, Succession, cite, cite_text


def found(text, **given):
    return [c.symbol.text for c in cite_text(text, **given)[1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pursuant to General Assembly resolution 77/281", ["A/RES/77/281"]),
        ("its resolutions 47/90, 49/155 and 51/58", ["A/RES/47/90", "A/RES/49/155", "A/RES/51/58"]),
        (
            "les résolutions 47/90, 49/155 et 51/58 de l’Assemblée générale",
            ["A/RES/47/90", "A/RES/49/155", "A/RES/51/58"],
        ),
        ("las resoluciones 47/90 y 49/155 de la Asamblea General", ["A/RES/47/90", "A/RES/49/155"]),
        ("General Assembly resolutions 70/1 to 70/4", ["A/RES/70/1", "A/RES/70/2", "A/RES/70/3", "A/RES/70/4"]),
        ("A/RES/70/1–A/RES/70/3", ["A/RES/70/1", "A/RES/70/2", "A/RES/70/3"]),
        ("General Assembly resolutions 70/1 to 71/4", ["A/RES/70/1", "A/RES/71/4"]),
        ("General Assembly resolutions 70/1 to 70/999", ["A/RES/70/1", "A/RES/70/999"]),
        ("see resolution 77/\n281 of the General Assembly", ["A/RES/77/281"]),
        ("Economic and Social Council resolution 2021/8", ["E/RES/2021/8"]),
        ("Security Council resolution 1325 (2000)", ["S/RES/1325 (2000)"]),
        ("General Assembly resolutions 71/1 to 71/2, 72/5", ["A/RES/71/1", "A/RES/71/2", "A/RES/72/5"]),
        ("resolution 72/266 A and B", ["A/RES/72/266 A", "A/RES/72/266 B"]),
        ("UNGA 77/281, ECOSOC 1996/31 and res. 45/111", ["A/RES/77/281", "E/RES/1996/31", "A/RES/45/111"]),
        ("the Human Rights Council, in its resolutions 5/1 and 16/21,", ["A/HRC/RES/5/1", "A/HRC/RES/16/21"]),
        ("le Conseil économique et social, dans sa résolution 2017/30,", ["E/RES/2017/30"]),
        ("the Commission on Narcotic Drugs, in its resolution 62/1,", []),
        ("the resolution 740 (XXXIX) of ECLAC", ["ECLAC resolution 740(XXXIX)"]),
        ("the Economic and Social Council, in line with resolution 70/1,", ["A/RES/70/1"]),
        ("resolution 72/\u2060279", ["A/RES/72/279"]),
        ("les résolutions de l’Assemblée 63/148 et 73/151", ["A/RES/63/148", "A/RES/73/151"]),
        ("las resoluciones de la Asamblea General 55/2 y 70/1", ["A/RES/55/2", "A/RES/70/1"]),
        ("la resolución del Consejo de Derechos Humanos 31/14", ["A/HRC/RES/31/14"]),
        ("la résolution du Conseil économique et social 2017/28", ["E/RES/2017/28"]),
        ("see 77/281, page 3/4 and the school year 2024/25", []),
        ("the report A/79/86 of the Secretary-General", []),
        ("", []),
    ],
)
def test_texts_named_in_running_text(text, expected):
    assert found(text) == expected


LIST = """Legislative mandates

The list below shows what the work rests on.

General Assembly resolutions

72/279 Repositioning of the development system

77/281 | Promoting the economy of solidarity | 79/213 | The same, two years later

68/268 A | Strengthening

Economic and Social Council resolutions

2021/8
Open-source technologies

2024/25

General Assembly decisions

77/546"""


def test_lists_of_mandates_are_read_by_their_headings():
    assert found(LIST) == [
        "A/RES/72/279",
        "A/RES/77/281",
        "A/RES/79/213",
        "A/RES/68/268 A",
        "E/RES/2021/8",
        "E/RES/2024/25",
        "A/DEC/77/546",
    ]
    assert {c.how for c in cite_text(LIST)[1]} == {"listed"}


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Résolutions de l’Assemblée générale", "A/RES/77/281"),
        ("Resoluciones de la Asamblea General", "A/RES/77/281"),
        ("Décisions de l’Assemblée générale", "A/DEC/77/281"),
        ("Textes portant autorisation des travaux", "A/RES/77/281"),
        ("Mandatos legislativos", "A/RES/77/281"),
        ("Human Rights Council resolutions", "A/HRC/RES/77/281"),
    ],
)
def test_headings_of_lists_in_three_languages(heading, expected):
    assert found(f"{heading}\n\n77/281 | x") == [expected]


@pytest.mark.parametrize(
    "heading",
    [
        "Ratios",
        "The General Assembly adopted resolutions on the subject in the course of its last sessions",
        "General Assembly resolutions were adopted late",
        "Resolutions 2024",
    ],
)
def test_other_headings_open_no_list(heading):
    assert found(f"{heading}\n\n77/281 | x") == []


def test_a_list_ends_with_prose():
    prose = "This paragraph speaks of the programme of work at some length. " * 5
    text = f"General Assembly resolutions\n\n72/279 | x\n\n{prose}\n\n77/281 persons took part"

    assert found(text) == ["A/RES/72/279"]


def test_the_numbers_of_a_body_without_a_series_are_left_alone():
    own, other = "Economic and Social Council resolutions", "Commission for Social Development resolutions"
    text = f"{own}\n\n2021/8\n\n{other}\n\n2016/1"

    assert found(text) == ["E/RES/2021/8"]


BUDGET = """A/81/6 (Sect. 9)

Proposed programme budget for 2027

Section 9
Economic and social affairs

The programme rests on General Assembly resolution 79/213.

Section 18 Economic and social development in Africa

The programme rests on General Assembly resolution 77/281."""


def test_sections_of_a_budget_say_whose_citations_they_are():
    document, there = cite_text(BUDGET)

    assert (document.symbol, document.year, document.year_basis) == ("A/81/6", 2027, "title of the budget")
    assert [(c.entity, c.symbol.text) for c in there] == [
        ("9 Economic and social affairs", "A/RES/79/213"),
        ("18 Economic and social development in Africa", "A/RES/77/281"),
    ]


@pytest.mark.parametrize(
    ("head", "year", "basis"),
    [
        ("A/81/6 (Sect. 9)", 2027, "session of the budget"),
        ("A/78/6 (Chap. 12)\n\nProjet de budget-programme pour 2024", 2024, "title of the budget"),
        ("A/80/6 (Secc. 12)\n\nProyecto de presupuesto por programas para 2026", 2026, "title of the budget"),
        ("A/79/86\n\n15 July 2024", 2024, "date of the document"),
        ("A/79/86\n\n1er juillet 2024", 2024, "date of the document"),
        ("A/79/86\n\n15 de julio de 2024", 2024, "date of the document"),
        ("A/79/86", 2024, "session of the document"),
        ("A/79/86\n\nThe conference held on 3 May 2011 in a town far away agreed", 2024, "session of the document"),
        ("A note\n\n31 February 2024", None, None),
    ],
)
def test_the_year_of_a_document_and_how_it_is_known(head, year, basis):
    document, _ = cite_text(head)

    assert (document.year, document.year_basis) == (year, basis)


def test_the_title_of_a_section_may_stand_in_a_paragraph_of_its_own():
    text = "Section 9\n\nEconomic and social affairs\n\nProgramme 7\n\nGeneral Assembly resolution 79/213."
    bare = "Section 9\n\nGeneral Assembly resolution 79/213 is the mandate on which all work of this section rests now."

    assert [c.entity for c in cite_text(text)[1]] == ["9 Economic and social affairs"]
    assert [c.entity for c in cite_text(bare)[1]] == ["9"]


WITHOUT_BLANK_LINES = """A/81/6 (Sect. 9)
Section 9
Economic and social affairs
Programme 7
General Assembly resolutions
72/279 Repositioning of the system 77/281 Solidarity
and mutual aid
70/1   Transforming our world   79/213   The 2/3 majority of 68/268 votes
Economic and Social Council resolutions
2021/8 Open-source 2023/29 X
Commission on Population and Development resolutionsA/81/6 (Sect. 9)
2016/1 Y
The subprogramme answers General Assembly
resolution 68/268."""


def test_a_pdf_has_neither_blank_lines_nor_columns():
    _, there = cite_text(WITHOUT_BLANK_LINES)

    assert [(c.symbol.text, c.how) for c in there] == [
        ("A/RES/72/279", "listed"),
        ("A/RES/77/281", "listed"),
        ("A/RES/70/1", "listed"),
        ("A/RES/79/213", "listed"),
        ("E/RES/2021/8", "listed"),
        ("E/RES/2023/29", "listed"),
        ("A/RES/68/268", "named"),
    ]
    assert {c.entity for c in there} == {"9 Economic and social affairs"}
    assert [c.line for c in there][::6] == [6, 12]


def test_a_table_overrides_what_a_document_says():
    document, there = cite_text(BUDGET, stated=Stated("DESA", 2030))

    assert document.year == 2030
    assert {c.entity for c in there} == {"DESA"}


def test_the_author_of_a_report_stands_for_its_entity():
    report = "A/79/86\n\nReport of the Secretary-General\n\npursuant to General Assembly resolution 77/281"
    _, [citation] = cite_text(report)

    assert citation.entity == "Secretary-General"


def test_a_document_does_not_cite_itself():
    assert found("A/RES/77/281\n\nRecalling its resolution 70/1 of 25 September 2015", name="A_RES_77_281.txt") == [
        "A/RES/70/1"
    ]


CHAIN = [
    Succession("A/RES/72/143", "A/RES/76/135"),
    Succession("A/RES/76/135", "A/RES/78/175", date(2023, 12, 19)),
    Succession("A/RES/78/175", "A/RES/80/182"),
]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("A/77/200", "A/RES/76/135"),
        ("A/78/200", "A/RES/76/135"),
        ("A/79/200", "A/RES/78/175"),
        ("A/81/6 (Sect. 9)", "A/RES/80/182"),
        ("A/78/200\n\n3 January 2024", "A/RES/78/175"),
        ("A/78/200\n\n3 October 2023", "A/RES/76/135"),
        ("A/76/200", None),
    ],
)
def test_superseded_means_superseded_when_the_document_was_issued(head, expected):
    [citation] = cite_text(f"{head}\n\nGeneral Assembly resolution 72/143", successions=CHAIN)[1]

    assert citation.superseded_by == expected


def test_the_last_of_a_chain_is_not_superseded():
    [citation] = cite_text("General Assembly resolution 80/182", successions=CHAIN)[1]

    assert citation.superseded_by is None


def test_successions_that_contradict_each_other_are_refused():
    with pytest.raises(ObservatoryError, match="back to"):
        cite_text("x", successions=[Succession("A/RES/70/1", "A/RES/71/1"), Succession("A/RES/71/1", "A/RES/70/1")])
    with pytest.raises(ObservatoryError, match="both A/RES/71/1 and A/RES/72/1"):
        cite_text("x", successions=[Succession("A/RES/70/1", "A/RES/71/1"), Succession("A/RES/70/1", "A/RES/72/1")])
    with pytest.raises(ObservatoryError, match="not a symbol"):
        cite_text("x", successions=[Succession("A/RES/70/1", "nonsense")])


def budget(path: Path, session: int, section: int, title: str, mandates: list[tuple[str, str]], columns: int) -> Path:
    """A programme budget as a DOCX, its mandates in a table of two or four columns."""
    made = docx.Document()
    made.add_paragraph(f"A/{session}/6 (Sect. {section})")
    made.add_paragraph(f"Proposed programme budget for {1946 + session}")
    made.add_heading(f"Section {section} {title}", 1)
    made.add_heading("Legislative mandates", 2)
    made.add_paragraph("General Assembly resolutions")
    width = columns // 2
    table = made.add_table(rows=0, cols=columns)
    for at in range(0, len(mandates), width):
        cells = table.add_row().cells
        for k, (number, name) in enumerate(mandates[at : at + width]):
            cells[2 * k].text, cells[2 * k + 1].text = number, name
    made.add_heading("Deliverables", 2)
    made.add_paragraph("77/999 of the planned meetings were held.")
    made.add_paragraph("The work follows Economic and Social Council resolution 2021/8.")
    made.save(path)
    return path


MANDATES = [("72/143", "Cooperatives"), ("77/281", "Solidarity"), ("70/1", "The Agenda"), ("79/213", "Youth")]


@pytest.mark.parametrize("columns", [2, 4])
def test_tables_of_mandates_in_a_word_file_are_read(tmp_path, columns):
    file = budget(tmp_path / "budget.docx", 81, 9, "Economic and social affairs", MANDATES, columns)
    there = cite([file], successions=CHAIN)

    assert [(c.symbol.text, c.how) for c in there.citations] == [
        *((f"A/RES/{number}", "listed") for number, _ in MANDATES),
        ("E/RES/2021/8", "named"),
    ]
    assert {c.entity for c in there.citations} == {"9 Economic and social affairs"}
    assert [c.superseded_by for c in there.of("A/RES/72/143")] == ["A/RES/80/182"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("12/14 | 12/15", []),
        ("Posts | 52/14 | 52/15", []),
        ("77/281 | Solidarity | 79/213 | Youth", ["A/RES/77/281", "A/RES/79/213"]),
        ("Cooperatives | 76/135 | all of it", ["A/RES/76/135"]),
        ("Deliverables\n\nSplit of posts | 50/50", []),
        ("Cuadro 10.2\n\n52/14 | 3", []),
        ("S-23/2 | Women\n\n217 A (III) | Rights", ["A/RES/S-23/2", "A/RES/217(III) A"]),
        ("77/515 | A decision", ["A/DEC/77/515"]),
        ("77/86 and 77/87 | Two", ["A/RES/77/86", "A/RES/77/87"]),
    ],
)
def test_rows_below_a_heading_of_resolutions_and_decisions(rows, expected):
    assert found(f"General Assembly resolutions and decisions\n\n{rows}") == expected


def test_a_cell_that_names_the_body_says_whose_the_number_beside_it_is():
    table = "Mandating body | Symbol | Title\n\nSecurity Council | 2686 (2023) | Tolerance\n\n"
    table += "Human Rights Council | 52/4 | Work\n\nEconomic and Social Council | 2023/14 | Statistics"

    assert found(table) == ["S/RES/2686 (2023)", "A/HRC/RES/52/4", "E/RES/2023/14"]


def test_a_number_whose_body_no_heading_names_is_doubted():
    text = "Legislative mandates\n\n47/120 A | Peace\n\n1325 (2000) | Women\n\n2005/2 | Statistics"
    _, there = cite_text(text)

    assert [(c.symbol.text, c.doubt) for c in there] == [
        ("A/RES/47/120 A", "body not stated"),
        ("S/RES/1325 (2000)", None),
        ("E/RES/2005/2", "body not stated"),
    ]
    _, stated = cite_text(text.replace("Legislative mandates", "General Assembly resolutions"))
    assert [c.doubt for c in stated] == [None, None]


@pytest.mark.parametrize(
    ("text", "paragraph"),
    [
        ("paragraph 33 of resolution 77/281", "33"),
        ("resolution 77/281, sect. IV, para. 12", "12"),
        ("In paragraph 12 of section IV of its resolution 77/281", "12"),
        ("resolution 77/281, paras. 138–140", "138–140"),
        ("resolution 77/281 (para. 18)", "18"),
        ("resolution 77/281, annex, para. 33 (a)", "33 (a)"),
        ("la résolution 77/281 de l’Assemblée générale, par. 4", "4"),
        ("à l’alinéa a) du paragraphe 4 de la résolution 77/281", "4 (a)"),
        ("la resolución 77/281 de la Asamblea General, párrs. 3 a 5", "3 a 5"),
        ("resolution 77/281, para. 3 of the report", None),
    ],
)
def test_the_paragraph_cited_with_a_resolution(text, paragraph):
    [there] = cite_text(text)[1]

    assert (there.symbol.text, there.paragraph) == ("A/RES/77/281", paragraph)


def test_each_of_a_list_keeps_its_own_paragraph():
    _, there = cite_text("resolutions 76/135, 77/281 (para. 4) and 78/175, para. 15")

    assert [(c.symbol.number, c.paragraph) for c in there] == [("135", None), ("281", "4"), ("175", "15")]


WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def raised(paragraph, text):
    run = paragraph.add_run(text)
    run.font.superscript = True


def test_what_word_does_inside_a_symbol_does_not_hide_it(tmp_path):
    made = docx.Document()
    split = made.add_paragraph("The Assembly, in resolution 7")
    for piece in ("7/2", "8", "1"):
        split.add_run(piece)
    raised(split, "4")
    split.add_run(", asked for resolution 70")
    deleted = split.add_run("/2")._r
    struck = deleted.makeelement(f"{WORD}del", {})
    deleted.addprevious(struck)
    struck.append(deleted)
    inserted = split.add_run("/1")._r
    kept = inserted.makeelement(f"{WORD}ins", {})
    inserted.addprevious(kept)
    kept.append(inserted)
    hyphen = made.add_paragraph("See resolution S")
    hyphen.runs[0]._r.append(hyphen.runs[0]._r.makeelement(f"{WORD}noBreakHyphen", {}))
    hyphen.add_run("27/2.")
    made.save(tmp_path / "split.docx")

    assert [c.symbol.text for c in cite([tmp_path / "split.docx"]).citations] == [
        "A/RES/77/281",
        "A/RES/70/1",
        "A/RES/S-27/2",
    ]

def test_counts_by_entity_and_year(tmp_path):
    files = [
        budget(tmp_path / "nine.docx", 81, 9, "Economic and social affairs", MANDATES, 4),
        budget(tmp_path / "earlier.docx", 78, 9, "Economic and social affairs", MANDATES[:2], 4),
        budget(tmp_path / "other.docx", 81, 18, "Africa", MANDATES[1:], 2),
    ]
    there = cite(files, successions=CHAIN)

    assert there.by_entity_and_year() == {
        ("18 Africa", 2027): (4, 0),
        ("9 Economic and social affairs", 2024): (3, 1),
        ("9 Economic and social affairs", 2027): (5, 1),
    }
    assert next(iter(there.by_resolution())) in ("A/RES/77/281", "E/RES/2021/8")
    assert there.by_resolution()["A/RES/72/143"] == {"nine.docx": 1, "earlier.docx": 1}


def test_other_formats_are_read_and_broken_files_reported(tmp_path):
    page = tmp_path / "report.html"
    page.write_text(
        "<html><body><h2>General Assembly resolutions</h2><table><tr><td>77/281</td><td>Solidarity</td>"
        "</tr></table><h2>Other</h2><p>See General Assembly resolution 70/1.</p></body></html>"
    )
    (tmp_path / "broken.docx").write_bytes(b"PK\x03\x04 nothing")
    there = cite([page, tmp_path / "broken.docx", tmp_path / "absent.pdf"])

    assert [c.symbol.text for c in there.citations] == ["A/RES/77/281", "A/RES/70/1"]
    assert [Path(file).name for file, _ in there.problems] == ["broken.docx", "absent.pdf"]
    assert all(reason for _, reason in there.problems)


def test_csv_and_json_say_the_same_and_hold_no_formula():
    document, there = cite_text("=1+1 General Assembly resolution 77/281", name="=evil.txt", stated=Stated("@x", 2026))
    whole = citations.Citations((document,), there, (("broken.pdf", "has no text"),))
    [row] = csv.DictReader(io.StringIO(citations.to_csv(whole)))
    value = citations.to_json(whole)

    assert (row["file"], row["entity"], row["context"][:2]) == ("'=evil.txt", "'@x", "'=")
    assert value["citations"][0]["resolution"] == row["resolution"] == "A/RES/77/281"
    assert value["counts"] == [{"entity": "@x", "year": 2026, "resolutions": 1, "superseded": 0}]
    assert value["unreadable"] == [{"file": "broken.pdf", "reason": "has no text"}]


def test_tables_of_successions_and_of_documents_are_read(tmp_path):
    chain, stated = tmp_path / "chain.csv", tmp_path / "documents.csv"
    chain.write_text("old,new,since\nA/RES/76/135,A/RES/78/175,2023-12-19\nA/RES/72/143,A/RES/76/135,\n")
    stated.write_text("\ufefffile,entity,year\nx.docx,DESA,2026\ny.docx,,\n", encoding="utf-8")

    assert citations.read_successions(chain) == (
        Succession("A/RES/76/135", "A/RES/78/175", date(2023, 12, 19)),
        Succession("A/RES/72/143", "A/RES/76/135"),
    )
    assert citations.read_stated(stated) == {"x.docx": Stated("DESA", 2026), "y.docx": Stated()}


@pytest.mark.parametrize(
    ("reader", "text", "said"),
    [
        (citations.read_successions, "old\nx\n", "column 'new' is missing"),
        (citations.read_successions, "old,new\nA/RES/70/1,soon\n", "line 2, column 'new', value 'soon'"),
        (citations.read_successions, "old,new,since\nA/RES/70/1,A/RES/71/1,never\n", "line 2, column 'since'"),
        (citations.read_stated, "file,entity,year\nx,y,26\n", "line 2, column 'year', value '26'"),
        (citations.read_stated, "", "column 'file' is missing"),
    ],
)
def test_a_broken_table_is_named_with_its_line(tmp_path, reader, text, said):
    file = tmp_path / "table.csv"
    file.write_text(text)

    with pytest.raises(InputError, match=r"table\.csv") as refused:
        reader(file)
    assert said in str(refused.value)


PIECES = [
    "General Assembly resolutions",
    "Legislative mandates",
    "77/281",
    "72/279 | Title",
    "resolution 70/1",
    "Section 9 X",
    "A/81/6 (Sect. 9)",
    "\n",
    "\n\n",
    " | ",
    "70/1 to 70/4",
    "(XXI)",
    "2152 (XXI)",
    "1325 (2000)",
    "\x00",
    "²/₃",
    "٣/٤",
]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=10)), max_size=20).map("".join))
def test_no_text_breaks_the_search(text):
    _, there = cite_text(text)

    for citation in there:
        assert citation.line <= text.count("\n") + 1
        assert citation.text in citation.context
