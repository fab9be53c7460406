"""Selecting, relating and refusing, as a caller sees it."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sse_observatory.releases import Releases
from sse_observatory.sdmx import DataQuery, FlowRef, Limits, answer
from support.releases import sample_draft, sample_store

CSV = "application/vnd.sdmx.data+csv"
STR = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure}"


def rows_of(body):
    return list(csv.DictReader(io.StringIO(body.decode())))


def artefacts(body):
    """(element, id) of every maintainable artefact of a structure message."""
    found = etree.fromstring(body).find("{*}Structures")
    return {(etree.QName(a).localname, a.get("id")) for container in found for a in container}


def kinds(body):
    return {kind for kind, _ in artefacts(body)}


def test_a_key_selects_what_it_names_and_nothing_else(ask, held):
    _, _, body = ask("data/SSE_OBS,DF_HARD,1.2/KEN+BRA.A..F+_T/SSE_OBS", CSV)
    expected = held("DF_HARD", lambda r: r["REF_AREA"] in ("KEN", "BRA") and r["FREQ"] == "A"
                    and r["SEX"] in ("F", "_T"))
    assert len(rows_of(body)) == len(expected)
    dimensions = ("REF_AREA", "FREQ", "MEASURE", "SEX", "TIME_PERIOD")
    assert {tuple(r[d] for d in dimensions) for r in rows_of(body)} == set(expected)


@pytest.mark.parametrize(("start", "end", "periods"), [
    ("2022", "2022", {"2022-S1", "2022-Q3", "2022-11"}), ("2022-03", "", {"2022-Q3", "2022-11", "2023"}),
    ("", "2022-Q2", {"2021", "2022-S1"}), ("2022-07-01", "2022-09-30", {"2022-Q3"}),
    ("2022-07-02", "2022-10-31", None),
])
def test_a_period_is_selected_when_all_of_it_is_inside(ask, start, end, periods):
    params = "&".join(f"{k}={v}" for k, v in (("startPeriod", start), ("endPeriod", end)) if v)
    status, _, body = ask(f"data/DF_HARD/KEN...F?{params}", CSV)
    assert status == (200 if periods else 404)
    if periods:
        assert {r["TIME_PERIOD"] for r in rows_of(body)} == periods


@pytest.mark.parametrize(("params", "years"), [
    ("firstNObservations=1", ["2010"]), ("lastNObservations=2", ["2014", "2015"]),
    ("firstNObservations=1&lastNObservations=1", ["2010", "2015"]),
    ("firstNObservations=5&lastNObservations=5", ["2010", "2011", "2012", "2013", "2014", "2015"]),
    ("startPeriod=2011&firstNObservations=1", ["2011"]),
])
def test_the_first_and_last_observations_are_counted_in_each_series(ask, params, years):
    _, _, body = ask(f"data/DF_HARD/KEN+BRA.A.UNITS_REGISTERED.M?{params}", CSV)
    for area in ("KEN", "BRA"):
        assert [r["TIME_PERIOD"] for r in rows_of(body) if r["REF_AREA"] == area] == years


def test_details_leave_out_attributes_or_observations(ask):
    _, _, body = ask("data/DF_HARD/KEN...?detail=dataonly", CSV)
    assert set(rows_of(body)[0]) == {"DATAFLOW", "REF_AREA", "FREQ", "MEASURE", "SEX", "TIME_PERIOD", "OBS_VALUE"}
    _, _, body = ask("data/DF_HARD/KEN...?detail=dataonly")
    assert b"OBS_STATUS" not in body
    status, _, body = ask("data/DF_HARD/KEN...?detail=nodata&dimensionAtObservation=AllDimensions")
    assert (status, b'code="150"' in body) == (403, True)


@pytest.mark.parametrize(("path", "status", "code"), [
    ("data/DF_NONE", 404, 100), ("data/DF_HARD/ZZZ...", 404, 100), ("data/DF_HARD/all/OTHER", 404, 100),
    ("data/SSE_OBS,DF_HARD,9.9", 404, 100), ("data/ILO,DF_HARD", 404, 100), ("data/DF_HARD/KEN", 403, 150),
    ("data/DF_HARD/KEN.A.B.C.D", 403, 150), ("data/DF_HARD?dimensionAtObservation=NONE", 403, 150),
    ("data/DF_HARD?startPeriod=1800&endPeriod=1801", 404, 100), ("codelist/SSE_OBS/CL_NONE", 404, 100),
    ("codelist/SSE_OBS/CL_SEX/2.0/NONE", 404, 100), ("dataflow/SSE_OBS/DF_HARD/1.2/F", 404, 100),
    ("availableconstraint/DF_HARD/ZZZ...", 404, 100), ("availableconstraint/DF_HARD/all/all/NONE", 403, 150),
    ("schema/dataflow/SSE_OBS/DF_NONE", 404, 100), ("data/DF_HARD?format=pdf", 406, 406),
    ("dataflow?format=csv", 406, 406), ("data/DF_HARD?dimensionAtObservation=SEX&format=xmltimeseries", 406, 406),
    ("hello", 400, 140),
])
def test_refusals_have_the_status_and_code_of_the_standard(ask, path, status, code):
    found, _, body = ask(path)
    assert found == status
    assert f'code="{code}"'.encode() in body


def test_an_answer_has_a_greatest_number_of_observations(ask):
    status, _, body = ask("data/DF_HARD/all", limits=Limits(observations=10))
    assert (status, b'code="130"' in body) == (413, True)
    assert b"45 observations" in body
    assert ask("data/DF_HARD/all", limits=Limits(observations=45))[0] == 200


def test_a_query_object_is_answered_like_its_path(ask, store):
    now = datetime(2024, 1, 1, tzinfo=UTC)
    response = answer(DataQuery(FlowRef("DF_HARD"), (("KEN",), (), (), ())), store, now=now)
    assert response.read() == ask("/sdmx/2.1/data/DF_HARD/KEN...", now=now)[2]
    assert ask("data/DF_HARD/KEN...", params={"format": "csv"})[1]["Content-Disposition"] == (
        'attachment; filename="DF_HARD.csv"')


@pytest.mark.parametrize(("references", "expected"), [
    ("none", {"DataStructure"}), ("children", {"DataStructure", "ConceptScheme", "Codelist"}),
    ("descendants", {"DataStructure", "ConceptScheme", "Codelist"}), ("parents", {"DataStructure", "Dataflow"}),
    ("parentsandsiblings", {"DataStructure", "Dataflow"}), ("dataflow", {"DataStructure", "Dataflow"}),
    ("codelist", {"DataStructure", "Codelist"}), ("categoryscheme", {"DataStructure"}),
    ("all", {"DataStructure", "ConceptScheme", "Codelist", "Dataflow"}),
])
def test_references_add_what_is_around_an_artefact(ask, references, expected):
    _, _, body = ask(f"datastructure/SSE_OBS/HARD?references={references}")
    assert kinds(body) == expected
    assert [i for k, i in artefacts(body) if k == "DataStructure"] == ["HARD"]


def test_the_parents_of_a_codelist_are_the_structures_and_concepts_that_use_it(ask):
    _, _, body = ask("codelist/SSE_OBS/CL_SIZE?references=parents")
    assert artefacts(body) == {("Codelist", "CL_SIZE"), ("DataStructure", "COOP_UNITS")}
    _, _, body = ask("dataflow/all/DF_HARD?references=parents")
    assert artefacts(body) == {("Dataflow", "DF_HARD"), ("ContentConstraint", "CON_DF_HARD")}


def test_versions_are_one_the_latest_or_all(ask):
    def versions(path):
        return sorted(c.get("version") for c in etree.fromstring(ask(path)[2]).iter(f"{STR}Codelist"))

    assert versions("codelist/SSE_OBS/CL_SEX/all") == ["1.0", "2.0"]
    assert versions("codelist/SSE_OBS/CL_SEX/latest") == ["2.0"]
    assert versions("codelist/SSE_OBS/CL_SEX/1.0") == ["1.0"]
    assert versions("codelist/SSE_OBS/CL_SEX/1.0+latest") == ["1.0", "2.0"]


def test_alternatives_and_agencies_select_codelists(ask):
    assert artefacts(ask("codelist/SSE_OBS/CL_SEX+CL_FREQ")[2]) == {("Codelist", "CL_SEX"), ("Codelist", "CL_FREQ")}
    assert artefacts(ask("codelist/SDMX")[2]) == {("Codelist", "CL_OBS_STATUS")}
    codes = etree.fromstring(ask("codelist/SSE_OBS/CL_SEX/2.0/F+_T")[2])
    [codelist] = codes.iter(f"{STR}Codelist")
    assert codelist.get("isPartial") == "true"
    assert [c.get("id") for c in codelist.iter(f"{STR}Code")] == ["_T", "F"]


def test_stubs_say_where_the_whole_is(ask):
    [flow] = etree.fromstring(ask("dataflow/all/DF_HARD?detail=allstubs")[2]).iter(f"{STR}Dataflow")
    assert flow.get("isExternalReference") == "true"
    assert ask(flow.get("structureURL"))[0] == 200
    assert flow.find(f"{STR}Structure") is None


def test_partial_references_cut_the_concepts_to_those_used(ask):
    body = ask("dataflow/all/DF_HARD?references=descendants&detail=referencepartial")[2]
    [scheme] = etree.fromstring(body).iter(f"{STR}ConceptScheme")
    assert scheme.get("isPartial") == "true"
    names = {c.get("id") for c in scheme.iter(f"{STR}Concept")}
    assert {"SEX", "OBS_VALUE"} <= names and "COOP_TYPE" not in names


def test_what_is_available_leaves_its_own_dimension_open_when_asked(ask):
    def sexes(mode):
        document = etree.fromstring(ask(f"availableconstraint/DF_HARD/KEN.Q../all/FREQ?mode={mode}")[2])
        return [v.text for v in document.iter("{*}Value")]

    assert sexes("exact") == ["Q"]
    assert sexes("available") == ["A", "M", "Q", "S"]


def test_an_answer_already_known_is_not_sent_again(store, ask):
    _, headers, _ = ask("data/DF_HARD/all")
    again = answer("data/DF_HARD/all", store, if_none_match=f'W/"x", {headers["ETag"]}')
    assert (again.status, again.read()) == (304, b"")
    assert answer("data/DF_HARD/all", store, "text/csv", if_none_match=headers["ETag"]).status == 200


def test_a_new_release_is_seen_at_once(tmp_path):
    store = sample_store(tmp_path / "s", sample_draft())
    before = answer("data/DF_COOP_UNITS/all", store, CSV)
    sample_store(tmp_path / "s", sample_draft(n=1), sample_draft("kenya", "KEN", fictional=False))
    after = answer("data/DF_COOP_UNITS/all", store, CSV)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert {r["REF_AREA"] for r in rows_of(after.read())} == {"XSO", "KEN"}
    assert b">KEN<" in answer("contentconstraint/all/CON_DF_COOP_UNITS", store).read()


def test_an_empty_store_answers_with_no_results(tmp_path):
    empty = Releases(tmp_path / "none")
    assert answer("data/DF_X/all", empty).status == 404
    assert answer("dataflow", empty).status == 404
    assert answer("agencyscheme", empty).status == 200


def test_a_failure_inside_is_answered_without_details(store, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("secret path /restricted")

    monkeypatch.setattr("sse_observatory.sdmx.service.select", broken)
    response = answer("data/DF_HARD/all", store)
    body = response.read().decode()
    assert response.status == 500
    assert "secret" not in body and "Traceback" not in body
    incident = re.search("[0-9a-f]{12}", body).group()
    assert incident in caplog.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30),
       st.sampled_from(["", "data/DF_HARD/", "codelist/"]))
def test_whatever_is_asked_is_answered(store, tail, accept, languages, head):
    response = answer(head + tail, store, accept, languages)
    assert response.status in (200, 400, 403, 404, 406, 413, 414, 501)
    body = response.read()
    assert "xml" not in response.media_type or etree.fromstring(body) is not None


def test_markup_in_a_request_is_not_markup_in_the_answer(ask):
    _, _, body = ask("data/<script>alert(1)<%2Fscript>")
    assert b"<script" not in body
    etree.fromstring(body)
