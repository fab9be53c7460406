"""The gate inside the pipeline: confidential cells are hidden, and what is not safe is not published."""

import json
import re
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import village
from pipelines.office import Office, published, rows
from sse_observatory.core import InputError, Unsafe
from sse_observatory.pipelines import cooperatives
from sse_observatory.production import confidentiality
from sse_observatory.releases import Releases


def many() -> list[dict[str, str]]:
    """Eight villages in one register, without groups; what is rare in the first one is not in the others."""
    common = {"MULTI": "USER", "8510": "0111"}
    return [
        {name: value if copy == "A" else common.get(value, value) for name, value in row.items()}
        | {"id": row["id"] + copy, "grp": ""}
        for copy in "ABCDEFGH"
        for row in rows()
    ]


def test_cells_of_few_units_are_hidden_and_so_is_what_would_give_them_away(first_release):
    observations = published(first_release)
    true = village.cells(first_release, observations)
    hidden = {k for k, row in observations.items() if row["CONF_STATUS"] == "C"}
    few = {k for k, cell in true.items() if k[5].startswith("UNITS") and 0 < len(cell.made_of) < 3}

    assert few and few < hidden  # two multi-stakeholder cooperatives, one school, and what protects them
    assert len(hidden) == first_release.outcome.hidden
    assert len(observations) - len(hidden) == first_release.outcome.shown


def test_every_shown_cell_is_the_true_sum(first_release):
    observations = published(first_release)
    true = village.cells(first_release, observations)

    for key, row in observations.items():
        if row["CONF_STATUS"] == "F":
            assert row["OBS_VALUE"] == true[key].value, key
        else:
            assert (row["OBS_VALUE"], row["OBS_STATUS"], row["RECIPE"], row["FINGERPRINT"]) == (None, "Q", "", "")


def test_no_file_of_the_release_holds_a_unit_or_a_count_of_units_behind_a_cell(first_release):
    for path in first_release.releases.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".parquet":
                content = json.dumps(
                    [{k: str(v) for k, v in row.items()} for row in pq.read_table(path).to_pylist()]
                ).encode()
            assert b"V16" not in content and b"CONTRIBUTOR" not in content, path


def test_contributors_are_groups_and_not_units(tmp_path):
    # Four units of public administration, three of them in one group: two contributors are too few for turnover.
    office = Office(tmp_path / "office")
    register = rows()
    for n in (10, 20, 30, 40):
        register[n] |= {"interest": "MULTI", "grp": "V10" if n < 40 else ""}
    office.arrives([r for r in register if r["id"] not in ("V01", "V02")])
    office.run()

    observations = published(office)
    of_multi = {k[5]: row for k, row in observations.items() if row.get("COOP_TYPE") == "MULTI"}
    assert of_multi["TURNOVER"]["CONF_STATUS"] == "C"


def test_a_release_that_is_not_safe_is_refused_and_the_former_one_stays(published_office, first_release, monkeypatch):
    def careless(tables, facts, codelists, rules):
        return dict(tables), confidentiality.Report(())

    monkeypatch.setattr(cooperatives.confidentiality, "protect", careless)
    before = published(published_office)
    published_office.row("V16", turnover="5000.00")

    with pytest.raises(Unsafe, match="the audit did not find the draft safe"):
        published_office.run()

    assert published(published_office) == before
    assert Releases(published_office.releases).current()[0].id == first_release.outcome.release.id


def test_an_audit_clears_no_other_draft_than_its_own(first_release, tmp_path):
    outcome = first_release.outcome
    table = outcome.draft.tables["DF_COOP_UNITS"]
    position = table.column_names.index("OBS_VALUE")
    first = next(i for i, v in enumerate(table["OBS_VALUE"].to_pylist()) if v is not None)
    values = [Decimal(999) if i == first else v for i, v in enumerate(table["OBS_VALUE"].to_pylist())]
    altered = table.set_column(
        position, table.schema.field(position), pa.array(values, table.schema.field(position).type)
    )
    draft = replace(outcome.draft, tables=dict(outcome.draft.tables) | {"DF_COOP_UNITS": altered})

    with pytest.raises(Unsafe, match="another draft"):
        Releases(tmp_path / "releases").publish(draft, outcome.audit)


def test_public_microdata_skip_the_rules_and_every_trace_says_so(tmp_path):
    office = Office(tmp_path / "office")
    office.describe("microdata_public = false", "microdata_public = true")

    outcome = office.run()

    assert (outcome.hidden, outcome.audit.skipped) == (0, "primary rules skipped: the source publishes its microdata")
    recipes = outcome.draft.recipes.values()
    assert all("microdata-public" in {m.id for m in recipe.methods} for recipe in recipes)
    store = Releases(office.releases)
    opened = store.open("DF_COOP_UNITS")
    row = opened.observations.to_pylist()[0]
    trace = store.trace("DF_COOP_UNITS", {d.id: row[d.id] for d in opened.dataflow.structure.dimensions})
    assert trace.clearance["skipped"] == outcome.audit.skipped


def test_one_confidential_source_makes_the_whole_process_confidential(tmp_path):
    office = Office(tmp_path / "office")
    with_second_register(office, public=True)

    outcome = office.run()

    assert outcome.audit.skipped == ""
    assert outcome.hidden > 0


def with_second_register(office: Office, public: bool) -> None:
    """The village gets a second register, which knows the same units and whose microdata may be public."""
    second = office.folder / "second"
    second.mkdir()
    description = (office.source / "source.toml").read_text(encoding="utf-8").replace('id = "village"', 'id = "second"')
    description = description.replace("microdata_public = false", f"microdata_public = {str(public).lower()}")
    description = description.replace("village.csv", "second.csv")
    for folder, text in ((second, description), (office.source, (office.source / "source.toml").read_text())):
        text = text.replace('group_id = "grp"', 'group_id = "grp"\nnational_id = "id"')
        (folder / "source.toml").write_text(text, encoding="utf-8")
    (second / "form.csv").write_text((office.source / "form.csv").read_text(), encoding="utf-8")
    (office.data / "second.csv").write_text((office.data / "village.csv").read_text(), encoding="utf-8")
    office.plan('sources = ["village"]', 'sources = ["village", "second"]')


def test_a_measure_of_both_signs_is_refused(published_office, first_release):
    published_office.describe(
        'turnover_lcu = "turnover"', 'turnover_lcu = { from = "turnover", allow_negative = true }'
    )
    published_office.row("V16", turnover="-500.00")

    with pytest.raises(Unsafe, match="sign"):
        published_office.run()

    assert Releases(published_office.releases).current()[0].id == first_release.outcome.release.id


def test_a_cell_that_few_report_says_so_while_shown_and_nothing_while_hidden(tmp_path):
    # Half of the units do not report turnover: shown cells say the share, hidden ones say only that they are hidden.
    office = Office(tmp_path / "office")
    office.arrives([row | {"turnover": row["turnover"] if n % 2 else ""} for n, row in enumerate(many())])
    office.run()

    observations = {k: row for k, row in published(office).items() if k[0] == "DF_COOP_ECONOMY"}
    shown = [row for row in observations.values() if row["CONF_STATUS"] == "F"]
    hidden = [row for row in observations.values() if row["CONF_STATUS"] == "C"]
    active = [u for u in village.units(office) if u["status"]["COOP-ICLS2018"] == "in" and u["life_status"] == "ACTIVE"]
    share = sum(u["turnover_lcu"] is not None for u in active) / len(active)
    assert 200 <= len(active) < 1000
    told = round(share * 20) * 5  # of so many units, in steps of five per cent
    assert {(row["OBS_STATUS"], row["COMMENT"]) for row in shown} == {("U", f"REPORTING={told}")}
    assert {(row["OBS_STATUS"], row["COMMENT"]) for row in hidden} == {("Q", None)}


def test_quality_of_a_confidential_source_is_told_in_shares_and_never_in_counts_of_units(tmp_path):
    office = Office(tmp_path / "office")
    wrong = {"members": "0", "women": "0", "men": "0"}
    office.arrives([row | (wrong if row["id"] == "V16A" else {}) for row in many()])

    outcome = office.run()

    assert outcome.issues == {"a-cooperative-has-members": 1}
    quality = Releases(office.releases).quality("village")
    assert quality["issue_shares"] == {"a-cooperative-has-members": 0.05}
    assert "issues" not in quality and "rejected_rows" not in quality


def test_a_register_of_twelve_units_gives_nothing_away_beside_its_tables(tmp_path):
    """Whoever fails a rule, is set aside, does not report or cannot be classified: the release is the same."""

    def told(name, **changed):
        office = Office(tmp_path / name)
        office.describe('status = "tested"', 'status = "tested"\nmax_rejected_share = 0.5')
        office.arrives([row | (changed if n == 3 else {}) for n, row in enumerate(rows()[:12])])
        outcome = office.run()
        quality = dict(Releases(office.releases).quality("village"))
        quality.pop("inputs")  # keyed with the installation's secret
        comments = {row["COMMENT"] for row in published(office).values()}
        return outcome, quality, comments

    _, quality, comments = told("plain")
    assert comments == {None}
    assert not re.search(r"\d", json.dumps(quality).replace("2018", "").replace('"2024"', ""))

    for name, changed in (
        ("rule", {"members": "0", "women": "0", "men": "0"}),
        ("aside", {"members": "many"}),
        ("silent", {"turnover": ""}),
        ("undetermined", {"form": ""}),
    ):
        outcome, same, without = told(name, **changed)
        assert (same, without) == (quality, comments), name
        assert (outcome.issues, outcome.rejected) != ({}, {}) or name in ("silent", "undetermined")


def test_a_run_with_too_many_rejected_rows_stops_before_anything_is_computed(
    published_office, first_release, monkeypatch
):
    def reached(*_):
        raise AssertionError("the units were linked all the same")

    monkeypatch.setattr(cooperatives.linkage, "link", reached)
    published_office.row("V16", members="many")

    with pytest.raises(InputError, match="1 of 60 records were set aside"):
        published_office.run()


def test_a_dry_run_is_refused_like_any_other_where_the_audit_finds_something(first_release, monkeypatch, tmp_path):
    office = Office(tmp_path / "office")
    monkeypatch.setattr(
        cooperatives.confidentiality, "protect", lambda tables, *_: (dict(tables), confidentiality.Report(()))
    )

    with pytest.raises(Unsafe, match="cells shown that the primary rules hide"):
        office.run(publish=False)


def test_the_gate_is_told_numbers_and_no_names(tmp_path, monkeypatch):
    seen = []
    protect = confidentiality.protect

    def watch(tables, facts, codelists, rules):
        seen.extend(facts)
        return protect(tables, facts, codelists, rules)

    monkeypatch.setattr(cooperatives.confidentiality, "protect", watch)
    Office(tmp_path / "office").run()

    assert seen
    for one in seen:
        assert pa.types.is_integer(one.rows["CONTRIBUTOR"].type)
        assert not any("V16" in str(v) for name in one.rows.column_names for v in one.rows[name].to_pylist())
