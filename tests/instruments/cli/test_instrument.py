"""The command `observatory instrument`, as a user types it."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import docx
import jsonschema
import pytest

from cli.conftest import terminal  # noqa: F401
from sse_observatory import instruments
from sse_observatory.instruments import corrections
from sse_observatory.instruments.export import from_json, schema

TEXTS = Path(__file__).resolve().parents[1] / "texts"
OLD, NEW = TEXTS / "solidarity-93.en.txt", TEXTS / "solidarity-95.en.txt"


@pytest.fixture
def run(terminal):  # noqa: F811
    def call(*arguments):
        return terminal(None, "instrument", *arguments)

    return call


def test_reading_says_what_is_asked_of_whom_and_by_when(run):
    done = run("read", NEW)

    assert done.status == 0
    assert "adopted 18 December 2040" in done.out
    for said in (
        "op6  Requests [Mandate]",
        "to: Secretary-General",
        "condition: within existing resources",
        "inferred: 9 September 2042, not an official date",
        "+  decides [Decision]",
    ):
        assert said in done.out


@pytest.mark.parametrize(
    ("lang", "said"), [("fr", "texte adopté le 18 décembre 2040"), ("es", "texto aprobado el 18 de diciembre de 2040")]
)
def test_reading_answers_in_three_languages(run, lang, said):
    assert said in run("read", TEXTS / f"solidarity-95.{lang}.txt", "--lang", lang).out


def test_reading_as_json_is_valid_and_complete(run):
    value = json.loads(run("read", NEW, "--json").out)

    jsonschema.validate(value, schema())
    assert from_json(value) == instruments.read(NEW)


def test_corrections_are_obeyed(run, tmp_path):
    read = instruments.read(NEW)
    record = corrections.Correction(
        corrections.target(read, "op1"),
        corrections.SetField(0, "strength", "CALL"),
        "A reviewer",
        datetime(2041, 1, 1, tzinfo=UTC),
        "the printed text says so",
    )
    file = tmp_path / "corrections.jsonl"
    file.write_text(corrections.dumps([record]), encoding="utf-8")

    assert "op1  Encourages [Call]" in run("read", NEW, "--corrections", file).out
    file.write_text("nonsense\n")
    done = run("read", NEW, "--corrections", file)
    assert done.status == 2
    assert "line 1" in done.err


def test_comparing_shows_what_was_strengthened(run):
    done = run("compare", OLD, NEW)

    assert "op2 → op4  Strengthened" in done.out
    assert "↑ Action: “give due consideration”, now “mainstream” (stronger)" in done.out
    assert "[-give due consideration to-] {+mainstream+}" in done.out
    assert "op2  New" in done.out


def test_comparing_writes_a_page(run, tmp_path):
    page = tmp_path / "page.html"
    done = run("compare", OLD, NEW, "--html", page, "--lang", "fr")

    assert done.out == ""
    assert "Comparaison de A/RES/93/401 et de A/RES/95/402" in page.read_text(encoding="utf-8")
    assert run("compare", OLD, NEW, "--html", tmp_path / "no" / "page.html").status == 1


def test_comparing_as_json_is_valid(run):
    value = json.loads(run("compare", OLD, NEW, "--json").out)

    jsonschema.validate(value, schema("comparison"))
    assert value["counts"]["strengthened"] == 2


def test_two_languages_that_do_not_run_parallel_are_refused(run):
    done = run("compare", OLD, TEXTS / "solidarity-95.fr.txt")

    assert done.status == 1
    assert "do not run parallel" in done.err


def test_a_chain_is_a_table(run):
    done = run("chain", TEXTS / "cooperatives-92.en.txt", TEXTS / "cooperatives-94.en.txt")

    assert done.status == 0
    assert "A/RES/92/135" in done.out
    assert "dropped" in done.out
    assert done.out.count("new") == 2
    assert run("chain", NEW).status == 1


def test_relations_are_proposals_with_their_evidence(run):
    done = run("relations", OLD, NEW, TEXTS / "poverty-94.en.txt")

    assert "A/RES/95/402  succeeds  A/RES/93/401" in done.out
    assert "E/RES/2040/6, op3  takes over  A/RES/93/401, op1" in done.out
    assert "for a person to confirm" in done.out


@pytest.fixture
def budget(tmp_path):
    made = docx.Document()
    made.add_paragraph("A/97/6 (Sect. 9)")
    made.add_heading("Section 9 Economic and social affairs", 1)
    made.add_paragraph("General Assembly resolutions")
    table = made.add_table(rows=0, cols=4)
    for cell, text in zip(table.add_row().cells, ["92/135", "Cooperatives", "95/402", "Solidarity"], strict=True):
        cell.text = text
    file = tmp_path / "budget.docx"
    made.save(file)
    return file


@pytest.fixture
def successions(tmp_path):
    file = tmp_path / "successions.csv"
    file.write_text("old,new,since\nA/RES/92/135,A/RES/94/175,2039-12-19\n")
    return file


def test_citations_are_counted_by_entity_and_year(run, budget, successions):
    done = run("cite", budget, "--successions", successions)

    assert done.status == 0
    assert "A/RES/94/175" in done.out
    assert "9 Economic and social affairs" in done.out
    assert "2043" in done.out


def test_without_a_table_the_follow_up_records_say_what_succeeds_what(run, tmp_path):
    report = tmp_path / "report.txt"
    report.write_text(
        "A/81/100\n\nReport of the Secretary-General\n\n1. Resolutions 77/281, 76/135 and 70/1 matter."
    )
    rows = {row["resolution"]: row for row in csv.DictReader(io.StringIO(run("cite", report, "--csv").out))}

    assert rows["A/RES/77/281"]["superseded_by"] == "A/RES/79/213"
    assert rows["A/RES/76/135"]["superseded_by"] == "A/RES/80/182"
    assert rows["A/RES/70/1"]["superseded_by"] == ""
    assert "follow-up records" in run("cite", report).out


def test_citations_as_csv_and_json(run, budget, successions):
    [first, second] = csv.DictReader(io.StringIO(run("cite", budget, "--successions", successions, "--csv").out))
    value = json.loads(run("cite", budget, "--json").out)

    assert (first["resolution"], first["superseded_by"]) == ("A/RES/92/135", "A/RES/94/175")
    assert (second["resolution"], second["superseded_by"]) == ("A/RES/95/402", "")
    assert value["counts"] == [
        {"entity": "9 Economic and social affairs", "year": 2043, "resolutions": 2, "superseded": 0}
    ]


def test_a_document_that_cannot_be_read_is_named_and_the_others_are_shown(run, budget, tmp_path):
    (tmp_path / "broken.docx").write_bytes(b"PK\x03\x04")
    done = run("cite", budget, tmp_path / "broken.docx")

    assert done.status == 2
    assert "broken.docx" in done.err
    assert "A/RES/92/135" in done.out


def test_folders_of_documents_are_searched(run, budget):
    (budget.parent / "deeper").mkdir()
    (budget.parent / "deeper" / "note.txt").write_text("See General Assembly resolution 70/1.")
    done = run("cite", budget.parent)

    assert done.status == 0
    assert "A/RES/70/1" in done.out
    assert "A/RES/92/135" in done.out


def test_a_file_cannot_steer_the_terminal(run, tmp_path):
    evil = tmp_path / "evil.txt"
    evil.write_text("The General Assembly,\n\n1. Urges \x1b[2J[red]States\x9b31m[/red] to act;\n", encoding="utf-8")

    for done in (run("read", evil), run("compare", evil, NEW), run("compare", NEW, evil), run("chain", evil, evil)):
        assert done.status == 0
        assert not set(done.out) & {"\x1b", "\x9b"}
        assert "[red]States" in done.out


def test_documents_that_cite_nothing_say_so(run, tmp_path):
    (tmp_path / "note.txt").write_text("Nothing of interest.")

    assert "No resolution is cited" in run("cite", tmp_path / "note.txt").out


@pytest.mark.parametrize(
    ("to", "suffix"),
    [
        ("json", ".json"),
        ("akn", ".akn.xml"),
        ("jsonld", ".jsonld"),
        ("csv", ".csv"),
    ],
)
def test_exports_go_to_the_terminal_or_to_a_folder(run, tmp_path, to, suffix):
    shown = run("export", NEW, "--to", to).out
    done = run("export", OLD, NEW, "--to", to, "--out", tmp_path / "made")

    assert done.status == 0
    assert sorted(p.name for p in (tmp_path / "made").iterdir()) == [f"{f.stem}{suffix}" for f in (OLD, NEW)]
    written = (tmp_path / "made" / f"{NEW.stem}{suffix}").read_text(encoding="utf-8")
    assert "".join(written.split()) == "".join(shown.split())


def test_exports_of_files_of_one_name_do_not_overwrite_each_other(run, tmp_path):
    other = tmp_path / NEW.name
    other.write_bytes(OLD.read_bytes())
    run("export", NEW, other, "--out", tmp_path / "made")

    assert len(list((tmp_path / "made").iterdir())) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("read", "absent.txt"),
        ("read", OLD, "--lang", "de"),
        ("read", OLD, "--text-language", "xx"),
        ("export", OLD, "--to", "pdf"),
        ("export", OLD, NEW),
        ("read", OLD, "--corrections", "absent.jsonl"),
        ("cite", OLD, "--successions", "absent.csv"),
        ("compare", OLD, "absent.txt"),
    ],
)
def test_mistakes_end_with_a_sentence(run, arguments):
    done = run(*arguments)

    assert done.status != 0
    assert "Stopped." in done.err
    assert "What to do:" in done.err
    assert "Traceback" not in done.err
