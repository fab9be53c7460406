"""Every collected record is kept: by its id, with its sources; facts with subject, predicate and object."""

import pytest
import yaml

from sse_observatory import catalogue

pytestmark = pytest.mark.realdata

KEPT_AS_ACT = {"prov-a-res-79-213-op6-b": "prov-a-res-79-213-op6"}
"""A paragraph with two acts was collected as two records; it is one provision here."""
CHANGED = {
    # The regions are named by their records.
    "fact-s1-02": ("evt-2023-briefing-asia-pacific", "regions", ["reg-ilo-asia-pacific", "reg-ilo-africa"]),
    # The report did not exist when this was said: the statement is about the paragraph that asks for it.
    "fact-s1-16": ("prov-a-res-77-281-op4", "report_prepared_by", ["act-untfsse"]),
    # The newsletter as a series has a record of its own.
    "fact-s1-22": ("act-ilo-coop", "promoted", ["kno-enews"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def collected(shared_data):
    text = (shared_data.parent / "domain" / "portfolio-seed.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.BaseLoader)["records"]


@pytest.fixture(scope="module")
def portfolio():
    return catalogue.load().portfolio


def test_every_collected_record_has_its_place(collected, portfolio):
    assert len(collected) == 394
    for record in collected:
        identifier = KEPT_AS_ACT.get(record["id"], record["id"])
        assert portfolio.get(identifier).kind == record["kind"]
    assert set(KEPT_AS_ACT) <= set(portfolio.acts)


def test_every_source_is_kept(collected, portfolio):
    files = {"000_19138508f0314bfc.txt": "ilo-wcms-882598", "003_0de7bb383a629741.txt": "ilo-wcms-907286"}
    for record in collected:
        found = portfolio.get(KEPT_AS_ACT.get(record["id"], record["id"]))
        cited = {source.url for source in (c.source for c in found.sources)} | {c.source.id for c in found.sources}
        for source in record["source"]:
            assert source.get("url", files.get(source.get("file"))) in cited, record["id"]


def test_facts_keep_subject_predicate_and_object(collected, portfolio):
    for record in (r for r in collected if r["kind"] == "fact"):
        fact = portfolio.get(record["id"])
        objects = record["object"] if isinstance(record["object"], list) else [record["object"]]
        expected = CHANGED.get(record["id"], (record["subject"], record["predicate"], objects))
        assert (fact.subject, fact.predicate, list(fact.object)) == expected
        assert fact.date.code == record["as_of"]


def test_dates_are_those_collected_except_where_a_better_one_is_known(collected, portfolio):
    better = {"act-icls", "ins-ilo-sap-2023-29", "ins-untfsse-ap-2022-24", "ins-untfsse-ap-2024-26"}
    for record in collected:
        found = portfolio.records.get(record["id"])
        if found is None or found.kind in ("fact", "due", "relation", "region") or record["id"] in better:
            continue
        if "date" in record and found.date is not None:
            assert found.date.code == record["date"], record["id"]
