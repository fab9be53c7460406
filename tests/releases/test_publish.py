"""Publishing and opening: immutable, named by content, replaced as a whole."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory import catalogue
from sse_observatory.core import Damaged, NotFound, ObservatoryError
from sse_observatory.releases import AlreadyPublic, Recipe, Releases, observation_schema
from sse_observatory.releases.files import dataflows_from, structure_document
from support.releases import (
    CODELISTS,
    MEMBERS,
    RECIPE,
    UNITS,
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


def test_each_file_of_a_release_is_missed(tmp_path):
    ref = publish(Releases(tmp_path), sample_draft())
    for path in (tmp_path / "objects" / ref.id).iterdir():
        whole = path.read_bytes()
        path.unlink()
        with pytest.raises(Damaged):
            for name in ("DF_COOP_UNITS", "DF_COOP_MEMBERS"):
                Releases(tmp_path).open(name)
        path.write_bytes(whole)


def test_a_place_that_is_no_folder_or_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ObservatoryError, match="file is not a folder"):
        Releases(tmp_path / "file")
    with pytest.raises(ObservatoryError, match="could not be written: Not a directory"):
        publish(Releases(tmp_path / "file" / "below"), sample_draft())


def test_processes_whose_codelists_do_not_agree_are_not_published_side_by_side(tmp_path):
    other = dataflow("DF_COOP_UNITS", UNITS.structure.key,
                     CODELISTS | {"COOP_TYPE": codelist("CL_COOP_TYPE", "_T", "worker")})
    releases = sample_store(tmp_path)

    with pytest.raises(ObservatoryError, match="do not agree with those of sample"):
        publish(releases, draft_of([(other, [observation(other, 3, REF_AREA="KEN")])], "kenya", "KEN"))


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


def test_the_tables_of_a_draft_cannot_be_exchanged_between_audit_and_publication():
    tables = dict(sample_draft().tables)
    draft = sample_draft(tables=tables)
    audited = draft.hash

    tables["DF_COOP_UNITS"] = sample_draft(n=1000).tables["DF_COOP_UNITS"]
    with pytest.raises(TypeError):
        draft.tables["DF_COOP_UNITS"] = tables["DF_COOP_UNITS"]

    assert draft.hash == audited == sample_draft().hash


def test_pinned_releases_stay_at_one_moment_and_take_no_publication(tmp_path):
    releases = sample_store(tmp_path)
    pinned = releases.pinned()
    before = [pinned.open(name).observations for name in pinned.dataflows()]

    publish(releases, sample_draft(n=1))

    assert [pinned.open(name).observations for name in pinned.dataflows()] == before
    assert pinned.current() != releases.current()
    assert releases.open("DF_COOP_UNITS").releases == releases.current()
    with pytest.raises(ObservatoryError, match="pinned"):
        publish(pinned, sample_draft(n=2))


def test_readers_in_other_threads_always_meet_one_whole_release(tmp_path):
    drafts = [sample_draft(n=i) for i in range(2)]
    releases = sample_store(tmp_path, *drafts)
    totals = {p.release.id: p.release for p in releases.history()}
    stop, failures, reads = threading.Event(), [], []

    def read():
        reader = Releases(tmp_path)
        while not stop.is_set():
            moment = reader.pinned()
            [ref] = moment.current()
            seen = {moment.open(name).observations["RELEASE"][0].as_py() for name in moment.dataflows()}
            reads.append(ref.id)
            if seen != {ref.id} or ref.id not in totals:
                failures.append((ref.id, seen))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(10):
        for draft in drafts:
            publish(releases, draft)
    stop.set()
    for reader in readers:
        reader.join()
    assert not failures and reads and set(reads) <= set(totals)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(
    st.tuples(st.sampled_from(["_T", "A", "G"]), st.sampled_from(["2021", "2022", "2023"])),
    st.one_of(
        st.decimals(-10**12, 10**12, places=6).map(lambda v: {"value": v}),
        st.sampled_from([{"OBS_STATUS": "O"}, {"OBS_STATUS": "Q", "CONF_STATUS": "C"}]),
        st.text(max_size=5).map(lambda c: {"value": 1, "COMMENT": c})), min_size=1))
def test_any_table_that_matches_its_structure_is_read_back_exactly(contents):
    rows = [observation(UNITS, c.pop("value", None), ACTIVITY=a, TIME_PERIOD=t, **c)
            for (a, t), c in ((key, dict(content)) for key, content in contents.items())]
    with tempfile.TemporaryDirectory() as folder:
        read = sample_store(folder, draft_of([(UNITS, rows)])).open("DF_COOP_UNITS").observations.to_pylist()
    for row in rows:
        if row["CONF_STATUS"] == "C":
            row |= {"RECIPE": "", "FINGERPRINT": ""}
        row["COMMENT"] = row["COMMENT"] or None
    assert [{k: v for k, v in r.items() if k not in ("PROCESS", "RELEASE")} for r in read] == sorted(
        rows, key=lambda r: (r["ACTIVITY"], r["TIME_PERIOD"]))


def test_the_dataflows_of_the_catalogue_are_published_and_read_back_as_they_are(tmp_path):
    flows = catalogue.load().dataflows
    lists = {d.id: d.codelist for f in flows.values() for d in f.structure.dimensions if d.codelist}
    pairs = []
    for flow in flows.values():
        first = {name: codes.codes[0].id for name, codes in lists.items() if "_T" not in codes}
        usual = {"REF_AREA": "KEN", "FREQ": "A", "OBS_STATUS": "A", "CONF_STATUS": "F", "UNIT_MULT": "0"}
        units = {a.id: a.codelist.codes[0].id for a in flow.structure.attributes if a.codelist} | usual
        names = set(observation_schema(flow).names)
        pairs.append((flow, [observation(flow, 1, **{k: v for k, v in {**first, **units}.items() if k in names})]))

    releases = sample_store(tmp_path, draft_of(pairs, area="KEN"))

    assert releases.dataflows() == tuple(sorted(flows))
    for name, flow in flows.items():
        assert releases.open(name).dataflow == flow
        assert releases.open(name).observations.num_rows == 1
