import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.parts import PARTS, Part
from sse_observatory.core import CatalogueError, NotFound


def test_the_environment_names_the_catalogue_unless_a_folder_is_given(small, tmp_path, monkeypatch):
    monkeypatch.setenv("SSE_CATALOGUE", str(tmp_path))
    assert catalogue.load().root == tmp_path
    assert catalogue.load(catalogue.PACKAGED).root == catalogue.PACKAGED

    monkeypatch.delenv("SSE_CATALOGUE")
    assert catalogue.load().root == catalogue.PACKAGED


def test_a_folder_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(CatalogueError, match="there is no catalogue folder here"):
        catalogue.load(tmp_path / "nowhere")


def test_a_part_that_is_not_asked_for_is_not_read(small):
    small.change("dataflows.toml", '"SEX", ', '"GENDER", ')
    loaded = small.load()

    assert loaded.codelists["CL_SEX"]["F"]
    with pytest.raises(CatalogueError):
        _ = loaded.structures


def test_a_fingerprint_changes_with_the_files_named_and_with_no_other(small):
    before = {name: small.load().fingerprint(name) for name in ("CL_SEX", "codelists", "concepts", "glossary/terms")}

    small.change("codelists/CL_SEX.csv", "Mujeres", "Mujer")

    after = {name: small.load().fingerprint(name) for name in before}
    assert {name for name in before if before[name] != after[name]} == {"CL_SEX", "codelists"}


def test_a_fingerprint_does_not_depend_on_where_the_catalogue_stands(small, tmp_path_factory):
    elsewhere = type(small)(tmp_path_factory.mktemp("elsewhere"))

    assert small.load().fingerprint() == elsewhere.load().fingerprint()


def test_the_order_in_which_files_are_named_does_not_matter(small):
    loaded = small.load()

    assert loaded.fingerprint("CL_SEX", "concepts") == loaded.fingerprint("concepts", "CL_SEX", "concepts.toml")


def test_the_files_behind_a_part_a_codelist_a_folder_and_a_file(small):
    loaded = small.load()

    def names(*asked):
        return [path.relative_to(small.root).as_posix() for path in loaded.files(*asked)]

    assert names("dataflows") == names("dataflows.toml") == ["dataflows.toml"]
    assert names("CL_SEX") == names("codelists/CL_SEX") == ["codelists/CL_SEX.csv"]
    assert names("groups/lists") == ["groups/lists/northern-2024.toml"]
    assert set(names()) == set(loaded.hashes())


@pytest.mark.parametrize("name", ["CL_NOTHING", "", "../conftest.py", "/etc/hostname"])
def test_a_name_without_a_file_in_the_catalogue_is_not_found(small, name):
    with pytest.raises(NotFound, match="has no file for"):
        small.load().fingerprint(name)


def test_a_part_this_installation_does_not_have_is_not_found_and_has_nothing_to_check(small):
    part = Part("portfolio_of_another_room")

    with pytest.raises(NotFound):
        part.load(small.root, small.load())
    assert list(part.check(small.root, small.load())) == []
    assert part.files(small.root) == []


def test_a_broken_part_is_reported_once_though_others_use_it(small):
    small.change("codelists/CL_SEX.csv", "F,_T,", "F,ALL,")

    found = [p for p in catalogue.check(small.root) if p.file == "codelists/CL_SEX.csv"]

    assert [(p.line, p.key) for p in found] == [(3, "F")]
    assert "the parent 'ALL'" in found[0].what and str(small.root) not in found[0].what


def test_gaps_are_counted_by_part_one_for_each_language(small):
    small.change("glossary/terms.toml", ', fr = "Travaille", es = "Trabaja"', "")
    small.change("codelists/CL_SPARE.csv", "Uno", "")

    counts = catalogue.gaps(small.root)

    assert (counts["glossary"], counts["codelists"], counts["interface"]) == (2, 1, 0)
    assert set(counts) == set(PARTS)


def test_a_problem_reads_as_a_sentence_with_its_place_and_what_to_do(small):
    small.change("codelists/CL_SEX.csv", "F,_T,", "F,ALL,")

    assert str(small.only_problem("codelists")) == (
        "error: codelists/CL_SEX.csv, line 3: F: the parent 'ALL' is not a code of the list\n"
        "  What to do: Correct the parent, or add it as a code."
    )
