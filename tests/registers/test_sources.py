"""Source descriptions: what may be written in them, and what the message says when it is wrong."""

import pytest

from sse_observatory.catalogue.load import PACKAGED, load
from sse_observatory.catalogue.sources import check_source, find_source, load_concordance, load_source
from sse_observatory.core import CatalogueError, NotFound


@pytest.fixture(scope="module")
def catalogue():
    return load()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('members_headcount = "members"', 'members_headcout = "members"', "Did you mean 'members_headcount'"),
        ('name = "name"', 'name = "nome"', "does not expect"),
        ('steps = ["upper"]', 'steps = ["shout"]', "is not a step"),
        ('date_format = "%d/%m/%Y"', 'date_format = "%d/%b/%y"', "%Y"),
        ('concordance = "NAFREV2-ISIC4"', 'concordance = "NAF"', "no such concordance"),
        ('status = "tested"', 'status = "perhaps"', "tested"),
        ('null_markers = ["NA"]', 'encoding = "latin-99"', "no encoding"),
        ('null_markers = ["NA"]', 'delimiter = ";;"', "one character"),
        ('kind = "count"', "", "needs a kind"),
        ('file = "form.csv"', 'file = "forms.csv"', "does not exist"),
    ],
)
def test_a_mistake_is_reported_with_its_line(register, old, new, says):
    lines = register.description.splitlines()
    place = {'kind = "count"': "[layout.extra.hoped]", 'file = "form.csv"': "[codes.form]"}.get(old, old)
    expected = next(n for n, line in enumerate(lines, 1) if place in line)
    register.change(old, new)

    with pytest.raises(CatalogueError) as caught:
        _ = register.source

    assert says in str(caught.value)
    assert str(caught.value.file).endswith("source.toml")
    assert caught.value.line == expected
    assert caught.value.todo


def test_toml_that_cannot_be_read_is_reported_with_its_line(register):
    register.change('version = "1.0"', "version = 1.0.0")

    with pytest.raises(CatalogueError, match=r"source\.toml, line 3"):
        _ = register.source


def test_two_origins_of_one_variable_are_refused(register):
    register.change('members_headcount = "members"', 'members_headcount = { from = "members", constant = 1 }')

    with pytest.raises(CatalogueError, match="exactly one of"):
        _ = register.source


def test_a_code_map_with_an_impossible_value_is_reported_with_its_line(register, monkeypatch):
    folder = register.source.folder
    (folder / "form.csv").write_text((folder / "form.csv").read_text().replace("unknown", "perhaps"))

    with pytest.raises(CatalogueError, match=r"form\.csv, line 3, column 'coop_form', value 'perhaps'"):
        load_source(folder)


def test_a_code_that_occurs_twice_in_a_map_is_refused(register):
    folder = register.source.folder
    (folder / "form.csv").write_text((folder / "form.csv").read_text().replace("LTD", "COOP"))

    with pytest.raises(CatalogueError, match="occurs twice"):
        load_source(folder)


def test_a_folder_of_ones_own_works_like_a_packaged_source(register, catalogue):
    assert find_source(register.source.folder, catalogue).id == "small"
    assert find_source("coops-uk", catalogue).id == "coops-uk"
    with pytest.raises(NotFound, match="Sources here:"):
        find_source("no-such-source", catalogue)


def test_the_check_counts_missing_translations_and_names_unknown_codes(register, catalogue):
    register.change('area = "XSO"', 'area = "ZZZ"')
    register.change(', fr = "Un petit registre"', "")

    problems = list(check_source(register.source, catalogue))

    assert {(p.key, p.severity) for p in problems} == {("ZZZ", "error"), ("title", "gap")}


def test_the_fingerprint_changes_with_the_description_and_with_a_code_map(register):
    first = register.source.fingerprint
    register.change('version = "1.0"', 'version = "1.1"')
    second = register.source
    (second.folder / "form.csv").write_text((second.folder / "form.csv").read_text().replace("Act s. 1", "Act s. 9"))

    assert len({first, second.fingerprint, load_source(second.folder).fingerprint}) == 3


def test_the_packaged_sources_are_in_order(catalogue):
    for source in catalogue.sources.values():
        assert [str(p) for p in check_source(source, catalogue)] == []


def test_no_extract_claims_a_national_total(catalogue):
    packaged = [s for s in catalogue.sources.values() if s.id in {"us-credit-unions", "coops-uk", "fr-sirene-ess"}]

    assert len(packaged) == 3
    assert not any(s.coverage.national_total for s in packaged)


@pytest.mark.parametrize("id", ["UKSIC2007-ISIC4", "NAFREV2-ISIC4"])
def test_a_concordance_by_division_has_the_88_divisions_under_their_own_digits(id):
    concordance = load_concordance(id, PACKAGED)

    assert len(concordance.divisions) == 88
    assert all(target[1:] == code for code, target in concordance.divisions.items())


def test_codes_of_an_older_classification_are_not_taken_for_new_ones():
    naf = load_concordance("NAFREV2-ISIC4", PACKAGED)
    sic = load_concordance("UKSIC2007-ISIC4", PACKAGED)

    assert (naf.division("62.01Z"), naf.division("6201Z"), naf.division("45.2R")) == ("J62", "J62", None)
    assert (sic.division("01110"), sic.division("4711"), sic.division("99999")) == ("A01", None, "U99")


def test_french_forms_that_only_sound_cooperative_are_not_cooperatives(catalogue):
    forms = catalogue.sources["fr-sirene-ess"].maps["legal_form"].rows

    assert {forms[code]["coop_form"] for code in ("7470", "9970", "7349")} == {"no"}
    assert {forms[code]["form_family"] for code in ("7470", "9970", "7349")} == {None}
    cooperative = [code for code, row in forms.items() if row["coop_form"] == "yes"]
    assert len(cooperative) == 48
    assert all(forms[code]["form_family"] == "COOP" for code in cooperative)


def test_a_french_company_with_the_flag_is_a_social_enterprise_and_undetermined_as_a_cooperative(catalogue):
    map = catalogue.sources["fr-sirene-ess"].maps["legal_form"]

    assert map.flagged["5710"]["form_family"] == "SOCENT"
    assert (map.rows["5710"]["form_family"], map.rows["5710"]["coop_form"]) == (None, "unknown")
