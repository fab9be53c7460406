"""From the files to a release: statuses, comments, traces, and what a change in one row changes."""

from dataclasses import replace
from decimal import Decimal

import pytest

from sse_observatory.catalogue import Catalogue
from sse_observatory.catalogue.published import load_published
from sse_observatory.pipelines import published_figures
from sse_observatory.releases import AlreadyPublic, Releases, observation_schema

KEY = published_figures.DATAFLOW


@pytest.fixture(scope="module")
def draft(packaged):
    return published_figures.run(packaged)


@pytest.fixture(scope="module")
def observed(draft, published):
    """Observations by figure id."""
    dims = ("REF_AREA", "MEASURE", "UNIT_FAMILY", "COOP_TYPE", "ACTIVITY", "LIFE_STATUS", "SOURCE", "DEFINITION",
            "TIME_PERIOD")  # fmt: skip
    rows = {tuple(row[d] for d in dims): row for row in draft.tables[KEY].to_pylist()}
    return {figure.id: rows[figure.key] for figure in published.figures.values()}


class Spoiled(Catalogue):
    """The packaged catalogue with the published figures of another folder."""

    def part(self, name):
        return load_published(self.spoiled, self) if name == "published" else super().part(name)


def spoiled(folder):
    catalogue = Spoiled(folder.packaged.root)
    object.__setattr__(catalogue, "spoiled", folder.root)
    return catalogue


def test_every_figure_becomes_one_observation(draft, packaged, published):
    table = draft.tables[KEY]

    assert table.schema.equals(observation_schema(packaged.dataflows[KEY]))
    assert table.num_rows == len(published.figures)


def test_a_value_keeps_the_multiplier_and_decimals_it_was_printed_with(observed):
    row = observed["ITA-2015-GVA-EURICSE"]

    assert row["OBS_VALUE"] == Decimal("28.6")
    assert (row["UNIT_MEASURE"], row["UNIT_MULT"], row["DECIMALS"]) == ("EUR", "9", "1")


@pytest.mark.parametrize(
    ("figure", "status", "comment"),
    [
        ("ITA-2015-COOP", "A", None),
        ("PRT-2013-ENTITIES", "E", None),
        ("EU-2021-ENTITIES", "E", None),
        ("KOR-2016-NOT-ACTIVE", "E", None),
        ("KOR-2016-STAFF-2020", "D", "KOR-2016-WORKERS"),
        ("KOR-2016-STAFF-2023", "D", "KOR-2016-WORKERS"),
        ("KOR-2016-WORKERS-PRINTED", "D", "KOR-2016-WORKERS-SCALE"),
        ("ITA-2015-GVA-PRESS", "A", "ITA-2015-GVA"),
        ("PRT-2020-ENTITIES-PRESS", "U", "PRT-2020-ENTITIES"),
        ("CAN-2021-COOP", "B", "CAN-SCOPE"),
        ("CAN-2010-INCORPORATED", "A", "CAN-SCOPE"),
        ("PRT-2020-CULTURE-GVA", "B", "PRT-ACTIVITIES"),
        ("PRT-2019-SHARE-PAY", "O", None),
    ],
)
def test_status_and_comment_say_what_a_reader_must_know(observed, figure, status, comment):
    assert (observed[figure]["OBS_STATUS"], observed[figure]["COMMENT"]) == (status, comment)


def test_a_dash_is_missing_and_not_zero(observed):
    assert observed["PRT-2019-SHARE-PAY"]["OBS_VALUE"] is None


def test_the_world_and_the_union_appear_only_as_one_source_published_them(draft):
    sources = {row["REF_AREA"]: set() for row in draft.tables[KEY].to_pylist()}
    for row in draft.tables[KEY].to_pylist():
        sources[row["REF_AREA"]].add(row["SOURCE"])

    assert sources["WORLD"] == {"CICOPA-2017"}
    assert sources["EU27_2020"] == {"EU-SE-STUDY-2024"}
    assert set(sources) - {"WORLD", "EU27_2020"} == {"ITA", "KOR", "CRI", "TZA", "TUR", "FRA", "MEX", "CAN", "PRT"}


def test_the_draft_is_real_and_traces_to_its_publications(draft):
    assert not draft.fictional
    assert published_figures.clearance(draft).sources == tuple(sorted(
        {s.id for r in draft.recipes.values() for s in r.sources}))  # fmt: skip
    assert "CICOPA-2017" in published_figures.clearance(draft).sources


def test_a_derived_figure_traces_to_the_figures_it_was_made_of(draft, observed):
    recipe = draft.recipes[observed["KOR-2016-SHARE-NOT-ACTIVE"]["RECIPE"]]

    assert [source.id for source in recipe.sources] == ["SSE_OBS", "ILO-KOR-2018"]
    derived = recipe.methods[0]
    assert (derived.gsbpm, derived.id) == ("5.5", "DERIVED")
    assert derived.parameters["terms"] == "KOR-2016-INACTIVE, KOR-2016-NOT-INCORPORATED, KOR-2016-REGISTERED"


def test_a_contradicted_figure_carries_the_explanation_in_its_trace(draft, observed):
    recipe = draft.recipes[observed["TZA-2008-CALLED-PRIMARY"]["RECIPE"]]

    assert [m.gsbpm for m in recipe.methods] == ["4.4", "5.2", "5.3"]
    assert recipe.methods[2].parameters["TZA-2008-TIERS"] == "flagged"
    told = " ".join(note.en for note in recipe.notes)
    assert "8,597" in told and "Use 8,551 for primary cooperatives" in told


def test_quality_stores_every_finding_and_group(draft, published):
    quality = draft.quality

    assert quality["validation"] == {"ok": 53, "rounding": 2, "flagged": 22}
    assert set(quality["findings"]) == set(published.checks)
    assert quality["findings"]["PRT-P1-GVA-PER-FTE-ECONOMY"] == {
        "rule": "ratio", "verdict": "flagged", "conflict": "PRT-2010-GVA-PER-FTE",
        "figures": ["PRT-P1-GVA-PER-FTE-ECONOMY", "PRT-P1-GVA-ECONOMY", "PRT-P1-FTE-ECONOMY"],
        "stated": "31.6", "recomputed": "36.590", "low": "36.590", "high": "36.590",
    }  # fmt: skip
    assert quality["conflicts"]["PRT-2020-ENTITIES"]["preferred"] == "PRT-2020-ENTITIES"
    assert quality["conflicts"]["CRI-2012-JOBS"]["open"]


def test_two_runs_are_the_same_release(packaged, draft):
    again = published_figures.run(packaged)

    assert (again.run_id, again.hash) == (draft.run_id, draft.hash)


def test_the_figures_are_published_and_found_again(draft, tmp_path):
    releases = Releases(tmp_path)

    ref = releases.publish(draft, published_figures.clearance(draft))

    opened = releases.open(KEY)
    korea = opened.select({"REF_AREA": ["KOR"], "MEASURE": ["WORKERS"]}, "2016", "2016").to_pylist()
    assert {row["OBS_VALUE"] for row in korea} == {Decimal("6.9"), 20409, 17707, 68850}
    assert not opened.fictional_areas
    assert releases.current() == (ref,)


def test_without_naming_every_publication_nothing_is_published(draft, tmp_path):
    from sse_observatory.core import Unsafe

    with pytest.raises(Unsafe):
        Releases(tmp_path).publish(draft, AlreadyPublic(("CICOPA-2017",)))


def test_changing_one_row_changes_its_trace_and_no_other(folder, draft, published):
    folder.key("TUR", "TUR-2015-COOP", printed="12 869", value="12869")

    after = published_figures.run(spoiled(folder))

    assert changed(draft, after) == {published.figures["TUR-2015-COOP"].key}


def test_changing_one_term_changes_the_figures_checked_with_it_and_no_others(folder, draft, published):
    folder.key("WORLD", "WORLD-2017-EMPLOYEES", printed="≈16.1 m", value="16.1")

    after = published_figures.run(spoiled(folder))

    affected = ("WORLD-2017-EMPLOYEES", "WORLD-2017-JOBS-IN", "WORLD-2017-WORKER-MEMBERS")  # now ok, not rounding
    assert changed(draft, after) == {published.figures[name].key for name in affected}


def test_changing_a_definition_changes_the_figures_that_use_it_and_no_others(folder, draft, published):
    folder.replace("definitions.toml", "divided by all firms;", "over all firms;")

    after = published_figures.run(spoiled(folder))

    assert changed(draft, after) == {f.key for f in published.figures.values() if f.definition == "ITA-SHARE-OF-FIRMS"}


def changed(before, after):
    """The keys of figures whose observation, fingerprint or recipe changed."""
    dims = ("REF_AREA", "MEASURE", "UNIT_FAMILY", "COOP_TYPE", "ACTIVITY", "LIFE_STATUS", "SOURCE", "DEFINITION",
            "TIME_PERIOD")  # fmt: skip
    one, two = ({tuple(r[d] for d in dims): r for r in draft.tables[KEY].to_pylist()} for draft in (before, after))
    assert set(one) == set(two)
    return {key for key in one if one[key] != two[key]}


def test_the_run_changes_with_the_files_it_read(packaged, tmp_path):
    import shutil

    shutil.copytree(packaged.root, tmp_path / "data")
    file = tmp_path / "data" / "published" / "figures" / "TUR.csv"
    same = published_figures.run_id(replace(packaged, root=tmp_path / "data"))
    file.write_text(file.read_text(encoding="utf-8").replace("medium", "high", 1), encoding="utf-8")

    assert same == published_figures.run_id(packaged)
    assert published_figures.run_id(replace(packaged, root=tmp_path / "data")) != same
