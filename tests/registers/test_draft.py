"""A first description of an unknown file: what is seen, what is guessed, and that it can be read with at once."""

import gzip
import tomllib
from datetime import date

import pytest

from sse_observatory.catalogue.sources import load_source
from sse_observatory.core import InputError
from sse_observatory.production import registers

FILE = """N° registre;Nom;Date de création;Nb adhérents;Commentaire
7;Société Une;31/12/2001;12;a
8;Deux;01/02/1999;5;
"""


def draft(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    where = folder / "mine"
    where.mkdir()
    (where / "source.toml").write_text(registers.draft_description(path), encoding="utf-8")
    return path, load_source(where)


def test_delimiter_encoding_columns_and_candidates_are_found(tmp_path):
    _, source = draft(tmp_path, "Registre 2024.csv", FILE.encode("cp1252"))
    layout = source.layout()

    assert (layout.delimiter, layout.encoding, layout.compression) == (";", "cp1252", "none")
    assert layout.expects == ("N° registre", "Nom", "Date de création", "Nb adhérents", "Commentaire")
    columns = source.columns(layout)
    assert columns["unit_id"].source == "N° registre"
    assert columns["name"].source == "Nom"
    assert columns["registered_on"].date_format == "%d/%m/%Y"


def test_a_few_wrong_values_do_not_hide_what_a_column_is(tmp_path):
    lines = ["ID|Nom|Forme|Créée|Effectif|Sociétaires|CA"] + [
        f"A{min(i, 38)}|Coop {i % 7}|5710|1990-01-{i % 28 + 1:02}|{i}|1\u202f2{i:02}|1\u00a0200\u00a0{100 + i},50"
        for i in range(40)
    ]
    lines[5] = lines[5].replace("1990", "an 1990").replace("|4|", "|n.c.|")
    _, source = draft(tmp_path, "reg.csv", "\n".join(lines).encode())
    layout = source.layout()
    columns = source.columns(layout)

    assert {v: columns[v].source for v in columns if columns[v].source} == {
        "unit_id": "ID", "name": "Nom", "legal_form_raw": "Forme", "registered_on": "Créée",
        "employees_headcount": "Effectif", "members_headcount": "Sociétaires", "turnover_lcu": "CA",
    }  # fmt: skip
    assert (layout.decimal, layout.thousands) == (",", " ")


@pytest.mark.parametrize(
    ("amounts", "marks"),
    [
        (["12", "7"], (".", "")),
        (["1,234.50", "12"], (".", ",")),
        (["1.234,50", "12"], (",", ".")),
        (["12,5"], (",", "")),
        (["1'234.50"], (".", "'")),
        ([], (".", "")),
    ],
)
def test_decimal_and_thousands_marks_are_those_with_which_most_amounts_read(tmp_path, amounts, marks):
    text = "id;sales\n" + "".join(f"{i};{a}\n" for i, a in enumerate(amounts or [""]))
    _, source = draft(tmp_path, "x.csv", text.encode())

    assert (source.layout().decimal, source.layout().thousands) == marks


def test_the_file_can_be_read_with_the_draft(register, tmp_path):
    path, source = draft(tmp_path, "registre.csv.gz", gzip.compress(FILE.encode()))

    result = registers.read(register.engine, registers.snapshot(register.engine, source, None, path, tmp_path / "s"))

    assert [u["unit_id"] for u in register.rows(result.require().units.order_by("unit_id"))] == ["7", "8"]


def test_what_a_person_must_state_is_left_open_and_nothing_claims_to_be_public(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("id,a\n1,2\n")
    text = registers.draft_description(path)

    assert text.count("TODO") > 8
    assert tomllib.loads(text)["microdata_public"] is False
    assert tomllib.loads(text)["coverage"]["national_total"] is False


@pytest.mark.parametrize(
    ("name", "editions"),
    [
        ("Registre 2024.csv", [("2024", "2024", date(2024, 12, 31))]),
        ("societies_2019-2023_final.csv", [("2023", "2023", date(2023, 12, 31))]),
        ("export-20240630.csv", []),
        ("registre.csv", []),
    ],
)
def test_the_file_is_the_edition_of_the_last_year_in_its_name_or_left_open(tmp_path, name, editions):
    path, source = draft(tmp_path, name, FILE.encode())

    assert [(e.id, e.period, e.reference_date) for e in source.editions] == editions
    assert all((e.file, e.layout) == (path.name, "file") for e in source.editions)
    if not editions:
        text = registers.draft_description(path)
        block = text[text.index("# [[edition]]") :].replace("\n# ", "\n").removeprefix("# ")
        filled = tomllib.loads(block.replace("TODO-12-31", "2024-12-31"))
        assert filled["edition"][0]["file"] == name


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04xxxx", b"\n\n"])
def test_a_file_that_is_no_table_is_refused(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)

    with pytest.raises(InputError):
        registers.draft_description(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        registers.draft_description(tmp_path / "absent.csv")
