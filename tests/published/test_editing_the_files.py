"""What a statistician sees after a slip in the files: the file, the line, what is wrong, what to do."""

import pytest

from sse_observatory.catalogue.published import load_published
from sse_observatory.core import CatalogueError


def only(problems):
    assert len(problems) == 1, [str(p) for p in problems]
    assert problems[0].todo
    return problems[0]


def test_the_packaged_figures_are_in_order(folder):
    assert folder.problems() == []


def test_a_number_keyed_differently_from_the_print_is_found(folder):
    line = folder.key("KOR", "KOR-2016-ACTIVE", value="5010")

    problem = only(folder.problems())

    assert (problem.file, problem.line) == ("published/figures/KOR.csv", line)
    assert "printed '5 100' is not the value 5010" in problem.what


def test_a_number_keyed_wrongly_twice_is_found_by_its_total(folder):
    folder.key("KOR", "KOR-2016-SOCIAL", value="640", printed="640")

    found = {p.key: p.what for p in folder.problems()}

    assert found == {"KOR-2016-KINDS": "stated 10615, the terms give 10651.00; no group of conflicts explains it"}


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"measure": "UNITS_ACTVE"}, "measure 'UNITS_ACTVE' is not a code of CL_MEASURE"),
        ({"ref_area": "KO"}, "ref_area 'KO' is not a code of CL_AREA"),
        ({"ref_area": "XSO"}, "is an invented country"),
        ({"life_status": "ASLEEP"}, "is not a code of CL_LIFE_STATUS"),
        ({"source": "NOBODY"}, "is not a publication"),
        ({"definition": "NOTHING"}, "is not a definition"),
        ({"period": "end-2016"}, "is not a period"),
        ({"status": "sure"}, "status 'sure' is not known"),
        ({"confidence": "total"}, "confidence 'total' is not known"),
        ({"value": "5,100"}, "value '5,100' is not a number"),
        ({"value": ""}, "is empty"),
        ({"decimals": "1"}, "is not the number of decimals printed"),
        ({"printed": "5 100 million"}, "multiplier '0' is not that of 'million'"),
        ({"printed": "≈5 100"}, "does not go with the sign printed"),
        ({"status": "derived"}, "does not go with the source"),
        ({"status": "missing"}, "stands beside a value"),
        ({"rounded_to": "0"}, "is not above zero"),
        ({"unit": "PERSONS"}, "is not UNITS, in which UNITS_ACTIVE is measured"),
        ({"printed": "-5 100", "value": "-5100"}, "is negative"),
        ({"printed": "five thousand"}, "holds no number"),
        ({"id": "five"}, "is not an identifier"),
    ],
)
def test_a_slip_in_one_cell_is_named_with_its_line(folder, values, what):
    line = folder.key("KOR", "KOR-2016-ACTIVE", **values)

    found = [p for p in folder.problems() if p.file == "published/figures/KOR.csv"]

    assert any(what in p.what and p.line == line and p.todo for p in found), [str(p) for p in found]


def test_a_share_above_a_hundred_is_refused(folder):
    folder.key("KOR", "KOR-2016-SHARE-INCORPORATED", printed="899 %", value="899", decimals="0")

    assert any("more than 100 per cent" in p.what for p in folder.problems())


def test_a_figure_may_not_be_keyed_twice(folder):
    text = folder.path("figures/CRI.csv").read_text(encoding="utf-8").splitlines()
    again = text[1].replace("CRI-2000-MEMBERSHIPS", "CRI-2000-AGAIN", 1)
    folder.path("figures/CRI.csv").write_text("\n".join([*text, text[1], again]) + "\n", encoding="utf-8")

    twice, same = folder.problems()

    assert "stands in published/figures/CRI.csv, line 2 already" in twice.what
    assert "CRI-2000-MEMBERSHIPS has the same source, definition" in same.what


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b"id,printed\nX,1", "missing activity"),
        (b"id;ref_area;period\n", "is the delimiter a comma?"),
        ("id,é\n".encode("latin-1"), "is not UTF-8"),
    ],
)
def test_a_file_that_is_not_a_table_of_figures_is_refused(folder, content, what):
    folder.path("figures/NEW.csv").write_bytes(content)

    problem = only(folder.problems())

    assert problem.file == "published/figures/NEW.csv"
    assert what in problem.what


def test_a_doubled_column_is_named(folder):
    folder.replace("figures/TUR.csv", "id,ref_area", "id,id")

    assert any("unknown or doubled id" in p.what and p.line == 1 for p in folder.problems())


def test_a_comma_without_quotes_is_found_on_its_line(folder):
    folder.replace("figures/CRI.csv", "CRI-2008-COOP,CRI", "CRI-2008-COOP,,CRI")

    problem = folder.problems()[0]

    assert (problem.key, problem.line) == ("CRI-2008-COOP", 3)
    assert "23 fields where the header has 22" in problem.what


def test_a_contradiction_without_an_explanation_is_an_error(folder):
    folder.replace("conflicts.toml", 'checks = ["ITA-2015-GVA-SOURCES"]', "checks = []")

    found = {p.file: p.what for p in folder.problems()}

    assert found == {
        "published/checks.toml": "stated 28.6, the terms give 28.800; no group of conflicts explains it",
        "published/conflicts.toml": "no check finds this contradiction",
    }


def test_a_group_whose_contradiction_is_gone_is_an_error(folder):
    folder.key("ITA", "ITA-2015-GVA-PRESS", printed="€28.6 bn", value="28.6")

    problem = only(folder.problems())

    assert (problem.key, problem.what) == ("ITA-2015-GVA", "the check(s) ITA-2015-GVA-SOURCES find nothing")


def test_a_derived_figure_needs_the_check_that_derives_it(folder):
    folder.key("KOR", "KOR-2016-SHARE-NOT-ACTIVE", printed="53.0 %", value="53.0")

    found = {p.key: p.what for p in folder.problems()}

    assert found["KOR-2016-SHARE-NOT-ACTIVE"] in (
        "no check derives this derived figure",
        "stated 53.0, the terms give 51.955; no group of conflicts explains it",
    )
    assert {p.file for p in folder.problems()} == {"published/figures/KOR.csv", "published/checks.toml"}


def test_a_figure_stands_in_one_group_only(folder):
    folder.replace("conflicts.toml", '"KOR-2016-STAFF-2023"]', '"KOR-2016-STAFF-2023", "KOR-2016-WORKERS-DERIVED"]')

    assert "more than one group" in only(folder.problems()).what


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("conflicts.toml", "{ITA-2015-GVA-PRESS} billion", "{ITA-2015} billion", "there is no figure 'ITA-2015'"),
        ("conflicts.toml", "{ITA-2015-GVA-PRESS} billion", "28.8 billion", "names other figures in one language"),
        ("conflicts.toml", 'kind = "source"', 'kind = "odd"', "the kind 'odd' is not known"),
        ("conflicts.toml", '"ITA-2015-GVA-SOURCES"', '"NO-CHECK"', "there is no check 'NO-CHECK'"),
        ("conflicts.toml", 'title.en = "Italy', 'tittle.en = "Italy', "the key 'tittle' is not known"),
        ("checks.toml", 'rule = "share"', 'rule = "part"', "the rule 'part' is not one of"),
        ("checks.toml", 'terms = ["ITA-2015-COOP-CONSTRUCTION"', 'terms = ["ITA-X"', "there is no figure 'ITA-X'"),
        ("sources.toml", 'grade = "2"', 'grade = "9"', "the grade '9' is not known"),
        ("sources.toml", 'date = "2019-01"', 'date = "January"', "the date 'January' is not understood"),
        ("sources.toml", 'issuer = "Euricse"', 'issuer = ""', "the issuer is empty"),
        ("definitions.toml", 'base = "ITA-2015-COOP"', 'base = "ITA-COOP"', "the base 'ITA-COOP' is not a figure"),
        ("definitions.toml", 'tier = "T1"', 'tier = "1"', "the tier '1' is not known"),
        ("methods.toml", 'gsbpm = "4.4"', 'gsbpm = "four"', "'four' is not a sub-process"),
        ("methods.toml", "[DERIVED]", "[DERIVE]", "the step is missing"),
        ("checks.toml", "[ITA-2015-ACTIVITIES]", "[ITA-2015-ACTIVITIES", "not valid TOML"),
    ],
)
def test_a_broken_reference_or_word_is_named(folder, file, old, new, what):
    folder.replace(file, old, new)

    found = [p for p in folder.problems() if what in p.what]

    assert found, [str(p) for p in folder.problems()]
    assert found[0].file == f"published/{file}"
    assert found[0].todo


def test_a_missing_translation_is_a_gap_and_not_an_error(folder):
    folder.replace("conflicts.toml", "title.es = ", "# title.es = ")

    problem = only(folder.problems())

    assert (problem.severity, problem.missing) == ("gap", ("es",))
    assert load_published(folder.root, folder.packaged).conflicts["ITA-2015-GVA"].title.missing == ("es",)


def test_loading_stops_at_the_first_error_with_its_place(folder):
    line = folder.key("KOR", "KOR-2016-ACTIVE", value="5010")

    with pytest.raises(CatalogueError) as refused:
        load_published(folder.root, folder.packaged)

    assert refused.value.line == line
    assert "figures/KOR.csv" in str(refused.value)
    assert "What to do" in str(refused.value)
