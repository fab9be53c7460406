"""Publishing and opening: immutable, named by content, replaced as a whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sse_observatory.core import Damaged, NotFound, ObservatoryError, Unsafe
from sse_observatory.releases import AlreadyPublic, Recipe, Releases, observation_schema
from sse_observatory.releases.files import dataflows_from, structure_document
from support.releases import (
    CODELISTS,
    MEMBERS,
    RECIPE,
    UNITS,
    cleared,
    codelist,
    dataflow,
    draft_of,
    observation,
    publish,
    sample_draft,
    sample_store,
)

TESTS = Path(__file__).resolve().parents[1]


def test_what_was_published_is_read_back_with_the_structure_and_the_words_it_was_published_with(tmp_path):
    draft = sample_draft()
    ref = publish(Releases(tmp_path), draft)

    opened = Releases(tmp_path).open("DF_COOP_UNITS")

    assert opened.dataflow == UNITS
    assert opened.releases == (ref,)
    assert opened.observations.column_names == [*observation_schema(UNITS).names, "PROCESS", "RELEASE"]
    assert opened.observations.num_rows == draft.tables["DF_COOP_UNITS"].num_rows == 16
    whole = {"COOP_TYPE": ["_T"], "ACTIVITY": ["_T"], "MEASURE": ["UNITS_REGISTERED"]}
    [total] = opened.select(whole, "2023").to_pylist()
    assert (total["OBS_VALUE"], total["PROCESS"], total["RELEASE"]) == (45, "sample", ref.id)
    assert ref.title == draft.title and ref.run_id == "run-1" and ref.vintage == "2024-06"


def test_an_empty_folder_or_none_at_all_has_no_release_and_reading_creates_nothing(tmp_path):
    releases = Releases(tmp_path / "absent")

    assert releases.current() == () and releases.dataflows() == () and releases.history() == ()
    assert releases.verify() == ()
    with pytest.raises(NotFound, match="Nothing is released yet"):
        releases.open("DF_COOP_UNITS")
    assert not (tmp_path / "absent").exists()


def test_the_same_draft_published_twice_is_one_release_and_one_line_in_the_history(tmp_path):
    releases = Releases(tmp_path)

    assert publish(releases, sample_draft()) == publish(releases, sample_draft())
    assert len(releases.history()) == 1


def test_the_order_of_rows_and_columns_and_the_encoding_of_texts_do_not_change_the_release():
    draft = sample_draft()
    shuffled = {}
    for name, table in draft.tables.items():
        backwards = table.take(pa.array(range(table.num_rows - 1, -1, -1)))
        columns = list(reversed(backwards.column_names))
        shuffled[name] = pa.table({
            c: backwards[c] if c == "OBS_VALUE" else backwards[c].dictionary_encode() for c in columns
        })

    assert sample_draft(tables=shuffled).files == draft.files


def test_whole_numbers_and_absent_optional_columns_are_accepted():
    draft = sample_draft()
    tables = {}
    for name, table in draft.tables.items():
        at = table.schema.get_field_index("OBS_VALUE")
        whole = table.set_column(at, "OBS_VALUE", table["OBS_VALUE"].cast(pa.int64()))
        tables[name] = whole.drop_columns(["SOURCE_NOTE", "COMMENT", "VINTAGE"])

    assert sample_draft(tables=tables).hash == draft.hash


def test_two_processes_with_different_hash_seeds_write_the_same_bytes():
    script = "from support.releases import sample_draft; print(sample_draft().hash)"
    hashes = {
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True,
                       env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(TESTS)}).stdout
        for seed in ("1", "2")
    }

    assert hashes == {sample_draft().hash + "\n"}


def test_the_files_of_a_release_are_named_by_their_content_and_times_live_only_in_the_log(tmp_path):
    ref = publish(Releases(tmp_path), sample_draft())

    kept = {p.name for p in (tmp_path / "objects" / ref.id).iterdir()}
    assert kept == {"observations-DF_COOP_UNITS.parquet", "observations-DF_COOP_MEMBERS.parquet", "structure.json",
                    "recipes.json", "quality.json", "manifest.json", "clearance.json"}
    assert (tmp_path / "current" / "sample").read_text() == f"{ref.id}\n"
    [line] = (tmp_path / "log.jsonl").read_text().splitlines()
    assert json.loads(line).keys() == {"at", "process", "release"}
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_file_of_observations_is_plain_parquet_that_any_tool_can_read(tmp_path):
    ref = publish(Releases(tmp_path), sample_draft())

    table = pq.read_table(tmp_path / "objects" / ref.id / "observations-DF_COOP_UNITS.parquet")

    assert table.schema.equals(observation_schema(UNITS))
    keys = list(zip(*(table[d.id].to_pylist() for d in UNITS.structure.dimensions), strict=True))
    assert keys == sorted(keys)


def test_a_reader_who_opened_a_release_keeps_reading_it_after_the_next_one(tmp_path):
    releases = sample_store(tmp_path)
    before = releases.open("DF_COOP_UNITS")
    rows = before.observations

    publish(releases, sample_draft(n=5))

    assert before.observations.equals(rows)
    assert not releases.open("DF_COOP_UNITS").observations.equals(rows)


def test_a_new_release_replaces_all_dataflows_of_its_process_and_no_other_process(tmp_path):
    releases = sample_store(tmp_path, sample_draft(), sample_draft("kenya", "KEN"))

    publish(releases, draft_of([(UNITS, [observation(UNITS, 9)])]))

    assert [(r.process, r.dataflows) for r in releases.current()] == [
        ("kenya", ("DF_COOP_MEMBERS", "DF_COOP_UNITS")), ("sample", ("DF_COOP_UNITS",))]
    assert set(releases.open("DF_COOP_MEMBERS").observations["REF_AREA"].to_pylist()) == {"KEN"}
    assert releases.open("DF_COOP_UNITS").observations.num_rows == 16 + 1


def test_a_dataflow_is_the_union_of_all_processes_sorted_by_key(tmp_path):
    releases = sample_store(tmp_path, sample_draft("solidaria"), sample_draft("kenya", "KEN"))

    opened = releases.open("DF_COOP_UNITS")

    table = opened.observations
    assert table["PROCESS"].to_pylist() == ["kenya"] * 16 + ["solidaria"] * 16
    keys = list(zip(*(table[d.id].to_pylist() for d in UNITS.structure.dimensions), strict=True))
    assert keys == sorted(keys)
    assert opened.fictional_areas == {"XSO"}


def test_codes_and_attributes_that_only_one_process_knows_are_in_the_union(tmp_path):
    wide = CODELISTS | {"COOP_TYPE": codelist("CL_COOP_TYPE", "_T", ("HOUSING", "_T"))}
    other = dataflow("DF_COOP_UNITS", UNITS.structure.key, wide)
    releases = sample_store(
        tmp_path, sample_draft(),
        draft_of([(other, [observation(other, 3, REF_AREA="FRA", COOP_TYPE="HOUSING")])], "france", "FRA"))

    types = releases.open("DF_COOP_UNITS").dataflow.structure.dimension("COOP_TYPE").codelist

    assert {"HOUSING", "WORKER", "_T"} <= set(types.by_id)


def test_the_history_says_what_was_current_when_and_going_back_is_a_publication_too(tmp_path):
    releases = Releases(tmp_path)
    first, second = publish(releases, sample_draft()), publish(releases, sample_draft(n=1))
    publish(releases, sample_draft())

    assert [p.release for p in releases.history("sample")] == [first, second, first]
    assert all(p.at.endswith("Z") and not p.interrupted for p in releases.history())
    assert releases.current() == (first,)
    with pytest.raises(NotFound, match="Processes that have: sample"):
        releases.history("smaple")


def test_a_former_release_can_be_opened_by_the_first_digits_of_its_id(tmp_path):
    releases = Releases(tmp_path)
    first = publish(releases, sample_draft())
    publish(releases, sample_draft(n=1))

    assert releases.ref(first.id[:8]) == first
    former = releases.open_release("DF_COOP_UNITS", first.id[:8])
    assert set(former.observations["RELEASE"].to_pylist()) == {first.id}
    for unknown in ("0" * 64, first.id[:3], "../x"):
        with pytest.raises(NotFound):
            releases.ref(unknown)
    with pytest.raises(NotFound, match="It holds DF_COOP_MEMBERS, DF_COOP_UNITS"):
        releases.open_release("DF_X", first.id)


def test_an_unknown_dataflow_or_process_is_answered_with_those_that_exist(tmp_path):
    releases = sample_store(tmp_path)

    with pytest.raises(NotFound, match="Released are: DF_COOP_MEMBERS, DF_COOP_UNITS"):
        releases.open("DF_COOP_UNIT")
    with pytest.raises(NotFound, match="sample"):
        releases.quality("other")
    assert releases.quality("sample") == {"R1": {"provided": 1, "required": 1}}


def test_a_folder_may_be_given_as_a_path_a_text_or_a_file_address(tmp_path):
    folder = tmp_path / "with space"
    ref = publish(Releases(folder), sample_draft())

    assert Releases(str(folder)).current() == Releases(folder.as_uri()).current() == (ref,)


@pytest.mark.parametrize("url", ["s3://bucket/releases", "https://example.org/r", "file://server/share", ""])
def test_any_other_address_is_refused_with_a_sentence(url):
    with pytest.raises(ObservatoryError, match="folder"):
        Releases(url)


def test_a_structure_survives_being_written_and_read():
    flows = {f.id: f for f in (UNITS, MEMBERS)}

    assert dataflows_from(json.loads(json.dumps(structure_document(flows)))) == flows


def test_two_dataflows_of_a_draft_may_not_mean_two_things_by_one_codelist():
    other = dataflow("DF_COOP_MEMBERS", MEMBERS.structure.key,
                     CODELISTS | {"REF_AREA": codelist("CL_AREA", "XSO", "KEN")})
    draft = draft_of([(UNITS, [observation(UNITS, 1)]), (other, [observation(other, 1)])])

    with pytest.raises(ObservatoryError, match="different codelists under the identifier CL_AREA"):
        _ = draft.hash


def test_a_recipe_that_only_hidden_cells_have_is_not_published(tmp_path):
    telling = Recipe(RECIPE.sources, (), (RECIPE.sources[0].title,))
    rows = [observation(UNITS, 5), observation(UNITS, None, COOP_TYPE="WORKER", OBS_STATUS="Q", CONF_STATUS="C",
                                               RECIPE=telling.id, FINGERPRINT="moves")]
    ref = publish(Releases(tmp_path), draft_of([(UNITS, rows)], recipes={r.id: r for r in (RECIPE, telling)}))

    published = b"".join(p.read_bytes() for p in (tmp_path / "objects" / ref.id).iterdir())
    assert telling.id.encode() not in published and RECIPE.id.encode() in published
    [hidden] = Releases(tmp_path).open("DF_COOP_UNITS").select({"CONF_STATUS": ["C"]}).to_pylist()
    assert (hidden["RECIPE"], hidden["FINGERPRINT"]) == ("", "")


def test_the_release_says_what_cleared_it_and_never_what_the_audit_counted(tmp_path):
    releases = Releases(tmp_path)
    ref = publish(releases, sample_draft())
    clearance = json.loads((tmp_path / "objects" / ref.id / "clearance.json").read_text())
    assert clearance == {"kind": "audit", "rules": "rules-1", "skipped": ""}

    ref = releases.publish(sample_draft(), AlreadyPublic(("sample-register",)))
    clearance = json.loads((tmp_path / "objects" / ref.id / "clearance.json").read_text())
    assert clearance == {"kind": "already public", "sources": ["sample-register"]}


def test_damaged_bytes_are_found_by_verify_and_by_whoever_opens_them(tmp_path):
    ref = publish(Releases(tmp_path), sample_draft())
    for path in (tmp_path / "objects" / ref.id).iterdir():
        whole = path.read_bytes()
        at = len(whole) // 2
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])

        with pytest.raises(Damaged, match=ref.id[:12]):
            Releases(tmp_path).verify()
        with pytest.raises(Damaged):
            for name in ("DF_COOP_UNITS", "DF_COOP_MEMBERS"):
                Releases(tmp_path).open(name)

        path.write_bytes(whole)
    assert Releases(tmp_path).verify() == (ref,)


def test_a_missing_or_added_file_is_damage_too(tmp_path):
    ref = publish(Releases(tmp_path), sample_draft())
    folder = tmp_path / "objects" / ref.id
    (folder / "added.json").write_text("{}")
    with pytest.raises(Damaged):
        Releases(tmp_path).verify()
    (folder / "added.json").unlink()

    (folder / "observations-DF_COOP_UNITS.parquet").unlink()
    with pytest.raises(Damaged):
        Releases(tmp_path).verify()
    with pytest.raises(Damaged, match="missing"):
        Releases(tmp_path).open("DF_COOP_UNITS")


def test_publishing_the_same_draft_again_mends_a_damaged_release(tmp_path):
    releases = Releases(tmp_path)
    ref = publish(releases, sample_draft())
    folder = tmp_path / "objects" / ref.id
    (folder / "quality.json").write_bytes(b"{")
    (folder / "structure.json").unlink()
    (folder / "stray").touch()

    publish(Releases(tmp_path), sample_draft())

    assert Releases(tmp_path).verify() == (ref,)


def test_a_release_of_a_later_format_asks_for_a_newer_version(tmp_path, monkeypatch):
    monkeypatch.setattr("sse_observatory.releases.files.FORMAT", 2)
    draft = sample_draft()
    publish(Releases(tmp_path), draft)
    monkeypatch.undo()

    with pytest.raises(ObservatoryError, match="newer version"):
        Releases(tmp_path).open("DF_COOP_UNITS")


def test_a_draft_changed_after_its_audit_is_not_what_gets_published(tmp_path):
    draft = sample_draft()
    audit = cleared(draft)
    draft.tables["DF_COOP_UNITS"] = sample_draft(n=1000).tables["DF_COOP_UNITS"]

    ref = Releases(tmp_path).publish(draft, audit)

    assert ref.id == publish(Releases(tmp_path), sample_draft()).id
    with pytest.raises(Unsafe, match="another draft"):
        Releases(tmp_path).publish(sample_draft(n=1000), audit)
