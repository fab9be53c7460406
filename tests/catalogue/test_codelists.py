import csv
import string
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sse_observatory.catalogue.codelists import COLUMNS
from sse_observatory.core import CatalogueError, Text


def test_a_code_has_its_labels_parent_source_and_notes(small):
    lists = small.load().codelists

    assert lists["CL_SEX"]["F"].label == Text("Female", "Femmes", "Mujeres")
    assert lists["CL_SEX"]["F"].parent == "_T"
    assert lists["CL_SEX"].agency == "SDMX"
    assert lists["CL_AREA"]["KEN"].notes == {"alpha_2": "KE"}


def test_an_area_without_a_name_in_the_file_takes_it_from_cldr(small):
    assert small.load().codelists["CL_AREA"]["KEN"].label == Text("Kenya", "Kenya", "Kenia")


def test_a_name_written_in_the_file_wins_over_cldr(small):
    assert small.load().codelists["CL_AREA"]["KOR"].label["fr"] == "République de Corée"


def test_a_code_may_be_used_from_its_first_to_its_last_day(small):
    south_sudan = small.load().codelists["CL_AREA"]["SSD"]

    assert not south_sudan.valid_on(date(2011, 8, 8))
    assert south_sudan.valid_on(date(2011, 8, 9))


def test_a_catalogue_in_order_has_no_problem(small):
    assert small.problems("codelists") == []


def test_a_parent_that_is_not_a_code_is_an_error_with_its_line(small):
    small.change("codelists/CL_SEX.csv", "F,_T,", "F,ALL,")

    problem = small.only_problem("codelists")

    assert (problem.file, problem.line, problem.key) == ("codelists/CL_SEX.csv", 3, "F")
    assert "parent 'ALL' is not a code" in problem.what
    assert problem.severity == "error" and problem.todo


def test_loading_stops_with_file_line_and_what_to_do(small):
    small.change("codelists/CL_SEX.csv", "F,_T,", "F,ALL,")

    with pytest.raises(CatalogueError, match=r"CL_SEX\.csv, line 3.*'F'.*parent 'ALL'") as caught:
        _ = small.load().codelists

    assert "Correct the parent" in str(caught.value)
    assert caught.value.line == 3


def test_codes_that_stand_below_themselves_are_an_error(small):
    small.change("codelists/CL_SEX.csv", "_T,,", "_T,F,")

    assert {p.what for p in small.problems("codelists")} == {"the code stands below itself"}


def test_two_codes_that_differ_only_by_case_are_one(small):
    small.change("codelists/CL_SEX.csv", "M,_T,", "f,_T,")

    problem = small.only_problem("codelists")

    assert problem.line == 4 and "stands in line 3 already" in problem.what


def test_a_code_that_sdmx_does_not_allow_is_an_error(small):
    small.change("codelists/CL_SEX.csv", "M,_T,", "M/W,_T,")

    assert "not an SDMX identifier" in small.only_problem("codelists").what


def test_a_date_must_be_a_date(small):
    small.change("codelists/CL_AREA.csv", "2011-08-09", "09/08/2011")

    problem = small.only_problem("codelists")

    assert (problem.line, problem.key) == (4, "SSD")
    assert "valid_from '09/08/2011' is not a date" in problem.what


def test_a_code_cannot_end_before_it_begins(small):
    small.change("codelists/CL_AREA.csv", "2011-08-09,", "2011-08-09,2011-08-08")

    assert "comes before valid_from" in small.only_problem("codelists").what


def test_a_label_missing_in_a_list_that_a_dataflow_uses_is_an_error(small):
    small.change("codelists/CL_SEX.csv", "Femmes", "")

    problem = small.only_problem("codelists")

    assert (problem.line, problem.key, problem.severity) == (3, "F", "error")
    assert problem.missing == ("fr",)
    # A gap is shown; it stops nobody from reading.
    assert small.load().codelists["CL_SEX"]["F"].label.missing == ("fr",)


def test_a_label_missing_in_any_other_list_is_a_gap(small):
    small.change("codelists/CL_SPARE.csv", "Uno", "")

    assert small.only_problem("codelists").severity == "gap"


def test_a_label_missing_in_every_language_is_an_error(small):
    small.change("codelists/CL_SEX.csv", "Female,Femmes,Mujeres", ",,")

    assert "no label in any language" in small.only_problem("codelists").what


def test_a_description_in_one_language_only_is_a_gap(small):
    small.change("codelists/CL_SPARE.csv", "Here,,,", "Here,The first,,")

    problem = small.only_problem("codelists")

    assert problem.severity == "gap" and problem.missing == ("fr", "es")


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("label_fr", "label_de", 1, "column(s) missing: label_fr"),
        ("label_fr", "label_en", 1, "column(s) missing: label_fr"),
        ("source,", "source,source,", 1, "column(s) twice: source"),
        ("Mujeres", "Mujeres, niñas", 3, "12 fields where the header has 11"),
        ("Mujeres", '"Mujeres"x', 3, "not CSV"),
    ],
)
def test_a_malformed_line_or_header_is_an_error_with_its_line(small, old, new, line, what):
    small.change("codelists/CL_SEX.csv", old, new)

    problem = small.problems("codelists")[0]

    assert problem.line == line and what in problem.what


def test_a_file_in_another_encoding_is_an_error(small):
    (small.root / "codelists/CL_SEX.csv").write_bytes("Ménage".encode("latin-1"))

    assert "not UTF-8" in small.only_problem("codelists").what


def test_a_byte_order_mark_does_no_harm(small):
    path = small.root / "codelists/CL_SEX.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert small.problems("codelists") == []


def test_an_empty_file_and_a_list_without_codes_are_errors(small):
    small.write("codelists/CL_SEX.csv", "")
    small.write("codelists/CL_SPARE.csv", (small.root / "codelists/CL_SPARE.csv").read_text().splitlines()[0] + "\n")

    assert [p.what for p in small.problems("codelists")] == ["the file is empty", "the list has no codes"]


def test_a_list_described_without_a_file_is_an_error(small):
    (small.root / "codelists/CL_SPARE.csv").unlink()

    assert small.only_problem("codelists").what == "the file is missing"


def test_a_file_that_is_not_described_is_an_error(small):
    small.write("codelists/CL_STRAY.csv", (small.root / "codelists/CL_SPARE.csv").read_text())

    problem = small.only_problem("codelists")

    assert problem.file == "codelists/CL_STRAY.csv" and "not described" in problem.what


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('version = "2.1"', 'versoin = "2.1"', "unknown key 'versoin'"),
        ('label = { en = "Sex", fr = "Sexe", es = "Sexo" }', 'label = "Sex"', "not a text in en, fr and es"),
        ('fr = "Sexe"', 'de = "Geschlecht"', "unknown language(s) de"),
        ('agency = "SDMX"', 'codes_from = "x"', "codes_from is not understood"),
    ],
)
def test_a_wrong_entry_of_the_index_is_an_error_with_its_line(small, old, new, what):
    small.change("codelists/index.toml", old, new)

    problem = next(p for p in small.problems("codelists") if p.file == "codelists/index.toml")

    assert what in problem.what
    assert problem.line in range(4, 9)


def test_an_index_that_is_not_toml_is_an_error_with_its_line(small):
    small.change("codelists/index.toml", 'agency = "SDMX"', "agency = SDMX")

    problem = small.only_problem("codelists")

    assert problem.line == 6 and problem.what.startswith("this is not valid TOML")


def test_a_list_may_take_its_codes_from_the_tables_of_another_file(small):
    origin = '[CL_SPARE]\ncodes_from = { file = "books.toml", label = "title" }'
    small.change("codelists/index.toml", "[CL_SPARE]", origin)
    (small.root / "codelists/CL_SPARE.csv").unlink()
    small.write("books.toml", '[ATLAS]\ntitle = { en = "Atlas", fr = "Atlas", es = "Atlas" }\n')

    assert [code.id for code in small.load().codelists["CL_SPARE"]] == ["ATLAS"]

    small.change("books.toml", ', es = "Atlas"', "")
    problem = small.only_problem("codelists")
    assert (problem.file, problem.line, problem.missing) == ("books.toml", 1, ("es",))


def test_asking_for_a_list_the_catalogue_lacks_names_the_index(small):
    lists = small.load().codelists

    assert "CL_TIER" not in lists
    with pytest.raises(CatalogueError, match=r"index\.toml, value 'CL_TIER': there is no such codelist"):
        _ = lists["CL_TIER"]


identifiers = st.lists(
    st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=6), min_size=1, max_size=8,
    unique_by=str.lower,
)  # fmt: skip
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(codes=identifiers, label=words.filter(bool), description=words)
def test_whatever_a_spreadsheet_writes_is_read_back(small, codes, label, description):
    """Commas, quotes and odd separators inside a text stay in it; each code stands under the one before."""
    with (small.root / "codelists/CL_SPARE.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for above, code in zip(["", *codes], codes, strict=False):
            writer.writerow([code, above, label, label, label, "", "", "", description, "", ""])

    read = small.load().codelists["CL_SPARE"]

    assert [c.id for c in read] == codes
    assert {c.label.es for c in read} == {label}
    assert {c.description.en if c.description else "" for c in read} == {description}
    assert read.ancestors(codes[-1]) == tuple(reversed(codes[:-1]))
