import pytest


def test_a_term_says_what_it_means_where_from_and_what_is_beside_it(small):
    glossary = small.load().glossary

    assert glossary["member"].definition["fr"] == "Appartient"
    assert glossary["member"].see == ("worker",)
    assert glossary["worker"].status == "unconfirmed"


def test_a_catalogue_in_order_has_no_problem(small):
    assert small.problems("glossary") == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('see = ["worker"]', 'see = ["employee"]', "there is no other term 'employee'"),
        ('see = ["worker"]', 'see = ["member"]', "there is no other term 'member'"),
        ('codes = ["CL_SEX:F"]', 'codes = ["CL_SEX:X"]', "there is no code 'CL_SEX:X'"),
        ('codes = ["CL_SEX:F"]', 'codes = ["F"]', "there is no code 'F'"),
        ('status = "unconfirmed"', 'status = "maybe"', "status: Input should be 'confirmed' or 'unconfirmed'"),
        ('status = "unconfirmed"', 'state = "unconfirmed"', "state: Extra inputs are not permitted"),
        ('source = "Here"\nsee', 'source = ""\nsee', "the term has no source"),
        ('source = "Here"\nsee', "see", "source: Field required"),
    ],
)
def test_a_wrong_term_is_an_error_with_its_line(small, old, new, what):
    small.change("glossary/terms.toml", old, new)

    problem = next(p for p in small.problems("glossary") if what in p.what)

    assert problem.severity == "error" and problem.line is not None


def test_a_term_that_stands_in_two_files_is_an_error(small):
    small.write(
        "glossary/more.toml",
        '[member]\nterm = { en = "a" }\ndefinition = { en = "b" }\nsource = "Here"\n',
    )

    assert any("stands in glossary/more.toml, line 1, already" in p.what for p in small.problems("glossary"))


def test_a_definition_missing_in_a_language_is_a_gap(small):
    small.change("glossary/terms.toml", ', es = "Trabaja"', "")

    problem = small.only_problem("glossary")

    assert (problem.line, problem.severity, problem.missing) == (9, "gap", ("es",))
