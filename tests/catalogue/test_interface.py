from sse_observatory.core import Text


def test_the_key_of_a_string_is_its_dotted_table(small):
    assert small.load().interface["home.more"] == Text("More", "En savoir plus", "Más información")


def test_a_catalogue_in_order_has_no_problem(small):
    assert small.problems("interface") == []


def test_a_string_missing_in_a_language_is_an_error_with_its_line(small):
    small.change("interface/pages.toml", 'fr = "En savoir plus"\n', "")

    problem = small.only_problem("interface")

    assert (problem.file, problem.line, problem.key) == ("interface/pages.toml", 6, "home.more")
    assert problem.severity == "error" and problem.missing == ("fr",)


def test_marks_that_differ_between_languages_are_an_error(small):
    small.change("interface/pages.toml", "Coopératives : {area}", "Coopératives : {zone}")

    problem = small.only_problem("interface")

    assert problem.key == "home.title" and "fr: zone" in problem.what


def test_a_key_that_stands_in_two_files_is_an_error(small):
    small.write("interface/other.toml", '[home.more]\nen = "a"\nfr = "b"\nes = "c"\n')

    problem = small.only_problem("interface")

    assert problem.file == "interface/pages.toml"
    assert "stands in interface/other.toml, line 1, already" in problem.what


def test_a_language_the_observatory_does_not_have_is_an_error(small):
    small.change("interface/pages.toml", 'es = "Más información"', 'de = "Mehr"')

    assert "unknown language(s) de" in small.only_problem("interface").what


def test_a_file_that_is_not_toml_is_an_error_with_its_line(small):
    small.change("interface/pages.toml", 'en = "More"', "en = More")

    assert small.only_problem("interface").line == 7
