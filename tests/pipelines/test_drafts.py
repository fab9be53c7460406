"""A drafted process holds what the source can fill, says what it cannot, and can be loaded as it is."""

import csv
import tomllib

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.processes import load_process
from sse_observatory.catalogue.sources import find_source
from sse_observatory.core import CatalogueError
from sse_observatory.pipelines import drafts

HEAD = """
id = "small"
version = "1.0"
url = "about:blank"
licence = "none"
attribution = "Registrar"
area = "{area}"
microdata_public = false
title = {{ en = "Small" }}
provider = {{ en = "Registrar" }}
how_to_get = {{ en = "Ask" }}
unit = {{ en = "Legal unit" }}
reference_period = {{ en = "31 December" }}
[coverage]
code = "REGISTER"
national_total = true
statement = {{ en = "All" }}
{codes}
[columns]
unit_id = "id"
ref_area = {{ constant = "{area}" }}
{columns}
[[layout]]
id = "file"
status = "untested"
expects = ["id", "form", "members", "women", "staff", "sales", "seen", "isic"]
"""
EDITION = """
[[edition]]
id = "2024"
period = "2024"
reference_date = 2024-12-31
layout = "file"
file = "small.csv"
"""
CODES = """
[codes.legal_form]
file = "legal_form.csv"
of = "legal_form_raw"
gives = { form_family = "family", coop_form = "coop_form" }
"""


@pytest.fixture(scope="module")
def loaded():
    return catalogue.load()


@pytest.fixture
def described(tmp_path, loaded):
    """A source with the columns, area and legal families given."""

    def write(columns="", area="XSO", families=(), editions=EDITION):
        folder = tmp_path / "small"
        folder.mkdir(exist_ok=True)
        if families:
            columns += '\nlegal_form_raw = "form"'
            with (folder / "legal_form.csv").open("w", encoding="utf-8", newline="") as stream:
                rows = csv.writer(stream)
                rows.writerow(["code", "label", "family", "coop_form", "source"])
                rows.writerows([n, family, family, "yes", "the law"] for n, family in enumerate(families))
        text = HEAD.format(area=area, columns=columns, codes=CODES if families else "") + editions
        (folder / "source.toml").write_text(text, encoding="utf-8")
        return find_source(folder, loaded)

    return write


def tables(text):
    return [(t["dataflow"], t["measures"], t["perimeters"], t["by"]) for t in tomllib.loads(text)["table"]]


def test_without_dated_evidence_nothing_is_counted_as_active(described, loaded):
    text = drafts.draft_process(described(), loaded)

    assert tables(text)[0] == ("DF_COOP_UNITS", ["UNITS_REGISTERED"], ["COOP-ICLS2018"], [[]])
    assert "UNITS_ACTIVE needs last_evidence_on" in text


def test_dated_evidence_makes_active_units_a_second_measure(described, loaded):
    text = drafts.draft_process(described('last_evidence_on = "seen"'), loaded)

    assert tables(text)[0][1] == ["UNITS_REGISTERED", "UNITS_ACTIVE"]


def test_members_become_memberships_and_women_a_breakdown_by_sex(described, loaded):
    text = drafts.draft_process(described('members_headcount = "members"\nmembers_women = "women"'), loaded)

    assert ("DF_COOP_MEMBERS", ["MEMBERSHIPS"], ["COOP-ICLS2018"], [[], ["SEX"]]) in tables(text)


def test_employees_alone_give_jobs_but_no_size_and_no_status(described, loaded):
    text = drafts.draft_process(described('employees_headcount = "staff"'), loaded)

    assert ("DF_COOP_WORK", ["JOBS_IN"], ["COOP-ICLS2018"], [[]]) in tables(text)
    assert "SIZE needs size_class_given, or employees_headcount and worker_members_headcount" in text


def test_a_variable_that_a_code_map_gives_counts_as_given(described, loaded):
    text = drafts.draft_process(described(families=["COOP", "ASSOC"]), loaded)

    assert ("DF_SSE_UNITS", ["UNITS_REGISTERED"], ["SSE-ILC2022"], [[], ["UNIT_FAMILY"]]) in tables(text)


def test_a_register_of_cooperatives_alone_yields_no_table_of_the_sse(described, loaded):
    text = drafts.draft_process(described(families=["COOP"]), loaded)

    assert {flow for flow, *_ in tables(text)} == {"DF_COOP_UNITS"}


def test_the_national_definition_of_the_area_is_proposed(described, loaded):
    assert "NATIONAL-LEGAL-FR" in tomllib.loads(drafts.draft_process(described(area="FRA"), loaded))["perimeters"]
    assert "NATIONAL-LEGAL-FR" not in tomllib.loads(drafts.draft_process(described(area="KEN"), loaded))["perimeters"]


def test_only_the_fictional_country_is_marked_fictional(described, loaded):
    assert tomllib.loads(drafts.draft_process(described(), loaded))["fictional"] is True
    assert "fictional" not in tomllib.loads(drafts.draft_process(described(area="KEN"), loaded))


def test_amounts_without_a_currency_leave_it_to_be_named(described, loaded):
    text = drafts.draft_process(described('turnover_lcu = "sales"'), loaded)

    assert 'currency = ""    # CHECK' in text


def test_a_source_without_editions_cannot_be_run_and_is_told_so(described, loaded):
    with pytest.raises(CatalogueError, match="no edition") as caught:
        drafts.draft_process(described(editions=""), loaded)
    assert "[[edition]]" in str(caught.value)


@pytest.mark.parametrize("name", ["solidaria-cooperatives", "us-credit-unions", "coops-uk", "fr-sirene-ess"])
def test_the_draft_for_a_packaged_source_loads_as_it_is(name, loaded, tmp_path):
    file = tmp_path / "process.toml"
    file.write_text(drafts.draft_process(find_source(name, loaded), loaded), encoding="utf-8")

    process = load_process(file, loaded)

    assert process.sources == (name,)


def test_a_source_is_the_same_wherever_its_folder_stands(described, loaded, tmp_path, monkeypatch):
    columns = 'activity_division = { from = "isic", concordance = "ISIC4-DIVISIONS" }'
    here = described(columns)
    elsewhere = tmp_path / "far" / "away"
    elsewhere.mkdir(parents=True)
    (tmp_path / "small").rename(elsewhere / "small")
    monkeypatch.chdir(elsewhere)

    assert find_source("small", loaded).fingerprint == here.fingerprint
