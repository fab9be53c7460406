import pytest

from sse_observatory.core import CatalogueError


def test_a_dataflow_has_its_structure_with_codelists_and_attributes(small):
    flow = small.load().dataflows["DF_MEMBERS"]

    assert flow.table == "M1"
    assert flow.structure.id == "MEMBERS"
    assert flow.structure.key == ("REF_AREA", "SEX")
    assert flow.structure.dimension("SEX").codelist is small_list(flow, "SEX")
    assert [(a.id, a.mandatory) for a in flow.structure.attributes] == [("COMMENT", False)]


def small_list(flow, concept):
    return next(d.codelist for d in flow.structure.dimensions if d.id == concept)


def test_a_catalogue_in_order_has_no_problem(small):
    assert small.problems("concepts") == small.problems("dataflows") == []


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ('codelist = "CL_SEX"', 'codelist = "CL_GENDER"', 7, "there is no codelist 'CL_GENDER'"),
        ('format = "ObservationalTimePeriod"', 'format = "Date"', 12, "unknown format 'Date'"),
        ('format = "ObservationalTimePeriod"', 'kind = "time"', 12, "unknown key 'kind'"),
        ('label = { en = "Sex", fr = "Sexe", es = "Sexo" }', 'label = { en = "Sex", fr = "Sexe" }', 8, "missing in es"),
        ('label = { en = "Sex", fr = "Sexe", es = "Sexo" }', 'label = { en = "" }', 8, "empty in every language"),
    ],
)
def test_a_wrong_concept_is_an_error_with_its_line(small, old, new, line, what):
    small.change("concepts.toml", old, new)

    problem = small.only_problem("concepts")

    assert what in problem.what
    assert problem.file == "concepts.toml" and problem.severity == "error"
    assert problem.line in (line, line - 2), "the line of the key, or of its table"


def test_a_concept_without_a_definition_is_a_gap_in_three_languages(small):
    small.change("concepts.toml", 'description = { en = "More", fr = "Plus", es = "Más" }\n', "")

    problem = small.only_problem("concepts")

    assert problem.severity == "gap" and problem.missing == ("en", "fr", "es")


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ('"SEX", ', '"GENDER", ', 8, "there is no concept 'GENDER'"),
        ('"SEX", ', '"COMMENT", ', 8, "the dimension COMMENT has no codelist"),
        ('"SEX", "TIME_PERIOD"', '"TIME_PERIOD", "SEX"', 8, "the last dimension must be TIME_PERIOD"),
        ('"SEX", ', '"SEX", "SEX", ', 8, "a concept is used twice"),
        ('["REF_AREA", "SEX", "TIME_PERIOD"]', '"SEX"', 8, "not a list of concepts"),
        ('COMMENT = "conditional"', 'COMMENT = "perhaps"', 2, "'perhaps' is not a use"),
        ('COMMENT = "conditional"', 'REMARK = "conditional"', 2, "there is no concept 'REMARK'"),
        ('table = "M1"', 'tables = "M1"', 5, "unknown key 'tables'"),
        ("[DF_MEMBERS]", "[MEMBERS]", 4, "not a dataflow"),
        (', fr = "Par sexe"', "", 7, "the description is missing in fr"),
        (', es = "Miembros"', "", 6, "the label is missing in es"),
    ],
)
def test_a_wrong_dataflow_is_an_error_with_its_line(small, old, new, line, what):
    small.change("dataflows.toml", old, new)

    problem = small.only_problem("dataflows")

    assert what in problem.what
    assert (problem.file, problem.line, problem.severity) == ("dataflows.toml", line, "error")


def test_loading_a_broken_dataflow_stops_with_its_line(small):
    small.change("dataflows.toml", '"SEX", ', '"GENDER", ')

    with pytest.raises(CatalogueError, match=r"dataflows\.toml, line 8.*GENDER"):
        _ = small.load().dataflows


def test_a_missing_file_says_how_to_get_it_back(small):
    (small.root / "dataflows.toml").unlink()

    problem = small.only_problem("dataflows")

    assert problem.what == "the file is missing" and "SSE_CATALOGUE" in problem.todo
