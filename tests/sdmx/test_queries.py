"""The path grammar: what is understood, what is refused and how, and that writing is the inverse of reading."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_observatory.sdmx import (
    AvailabilityQuery,
    DataQuery,
    FlowRef,
    Limits,
    Request,
    SchemaQuery,
    SdmxError,
    StructureQuery,
    parse,
)
from sse_observatory.sdmx.queries import NOT_HELD, RESOURCES, WIDE_REFERENCES, bounds

ids = st.from_regex(r"[A-Za-z0-9_@$\-]{1,6}", fullmatch=True).filter(lambda s: s != "all")
agencies = st.from_regex(r"[A-Z][A-Z0-9_\-]{0,4}(\.[A-Z]{1,2})?", fullmatch=True)
versions = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2})?", fullmatch=True)
concepts = st.from_regex(r"[A-Z][A-Z_]{0,8}", fullmatch=True)


def some(each):
    return st.lists(each, min_size=1, max_size=3, unique=True).map(tuple)


keys = st.one_of(
    st.none(),
    st.lists(st.lists(ids, max_size=3, unique=True).map(tuple), min_size=2, max_size=8).map(tuple),
    st.tuples(some(ids)),
)
flows = st.builds(FlowRef, ids, st.just("all") | agencies, st.just("latest") | versions)
periods = st.one_of(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(str),
    st.builds("{:04d}{}".format, st.integers(1900, 2099), st.sampled_from(
        ["", "-A1", "-S1", "-S2", "-T3", "-Q4", "-07", "-M12", "-W52", "-D365", "-01-31T10:00:00Z"])),
)
spans = st.tuples(st.just("") | periods, st.just("") | periods).filter(
    lambda p: not (p[0] and p[1]) or bounds(p[0])[0] <= bounds(p[1])[1])
providers = st.just(("all",)) | some(ids | st.builds("{},{}".format, agencies, ids))


def data_query(flow, key, provider, span, detail, at, first, last):
    return DataQuery(flow, key, provider, span[0], span[1], detail, at, first, last)


def availability_query(flow, key, provider, span, component, mode, references):
    return AvailabilityQuery(flow, key, provider, component, span[0], span[1], mode, references)


counts = st.none() | st.integers(1, 999_999_999)
references = st.sampled_from([*WIDE_REFERENCES, *RESOURCES[1:], *sorted(NOT_HELD)])
queries = st.one_of(
    st.builds(data_query, flows, keys, providers, spans,
              st.sampled_from(["full", "dataonly", "serieskeysonly", "nodata"]), st.just("") | concepts,
              counts, counts),
    st.builds(availability_query, flows, keys, providers, spans, st.just("all") | concepts,
              st.sampled_from(["exact", "available"]), references),
    st.builds(StructureQuery, st.sampled_from(RESOURCES), st.just(("all",)) | some(agencies),
              st.just(("all",)) | some(ids), some(versions | st.just("latest")) | st.just(("all",)),
              st.just(("all",)) | some(ids),
              st.sampled_from(["full", "allstubs", "referencestubs", "allcompletestubs", "referencecompletestubs",
                               "referencepartial"]), references),
    st.builds(SchemaQuery, st.sampled_from(["dataflow", "datastructure"]), agencies, ids,
              st.just("latest") | versions, st.just("") | concepts),
)
requests = st.builds(Request, queries, st.sampled_from(["", "csv", "application/vnd.sdmx.data+csv"]),
                     st.sampled_from(["", "en", "fr", "es"]))


@given(requests)
def test_reading_what_was_written_gives_the_same_request(request):
    assert parse(request.path, request.params) == request


@given(st.text(max_size=60), st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=3))
def test_no_string_raises_anything_but_an_sdmx_error(path, params):
    try:
        parse(path, params)
    except SdmxError as error:
        assert error.status in (400, 403, 413, 414, 501)


@given(requests, st.data())
def test_no_damaged_request_raises_anything_but_an_sdmx_error(request, data):
    path = request.path
    at = data.draw(st.integers(0, len(path)))
    junk = data.draw(st.text(st.characters(codec="utf-8") | st.sampled_from("/.+,?&=%"), max_size=4))
    params = {k: data.draw(st.just(v) | st.text(max_size=8)) for k, v in request.params.items()}
    try:
        parse(path[:at] + junk + path[at:], params)
    except SdmxError as error:
        assert error.text.missing == ()


def test_a_key_is_codes_joined_by_plus_in_dimensions_joined_by_dots():
    request = parse("data/SSE_OBS,DF_COOP_UNITS,1.0/KEN+FRA.A..T1/SSE_OBS?startPeriod=2020-Q2&firstNObservations=3")

    assert request.query == DataQuery(
        FlowRef("DF_COOP_UNITS", "SSE_OBS", "1.0"), (("KEN", "FRA"), ("A",), (), ("T1",)), ("SSE_OBS",),
        start="2020-Q2", first=3)


@pytest.mark.parametrize("path", ["data/DF_X", "data/DF_X/", "data/DF_X/all", "/sdmx/2.1/data/DF_X/all/all/",
                                  "data/all,DF_X,latest/all"])
def test_parts_left_out_mean_everything(path):
    assert parse(path).query == DataQuery(FlowRef("DF_X"))


def test_a_structure_query_takes_the_latest_of_everything_when_nothing_is_said():
    assert parse("codelist").query == StructureQuery("codelist", ("all",), ("all",), ("latest",))


@pytest.mark.parametrize(("path", "status", "code"), [
    ("", 400, 140),
    ("nothing/all", 400, 140),
    ("data", 400, 140),
    ("data/DF X", 400, 140),
    ("data/A,B,C,D", 400, 140),
    ("data/DF_X/A..&", 400, 140),
    ("data/DF_X/A.B++C", 400, 140),
    ("data/DF_X/all/all/all", 400, 140),
    ("data/DF_X?startperiod=2020", 400, 140),
    ("data/DF_X?startPeriod=2020-13", 400, 140),
    ("data/DF_X?startPeriod=0000", 400, 140),
    ("data/DF_X?startPeriod=2020-W54", 400, 140),
    ("data/DF_X?startPeriod=2021-D366", 400, 140),
    ("data/DF_X?startPeriod=2021&startPeriod=2022", 400, 140),
    ("data/DF_X?startPeriod=2021&endPeriod=2020", 403, 150),
    ("data/DF_X?firstNObservations=0", 400, 140),
    ("data/DF_X?firstNObservations=١", 400, 140),
    ("data/DF_X?detail=some", 400, 140),
    ("data/DF_X?lang=de", 400, 140),
    ("data/DF_X?updatedAfter=2020", 501, 501),
    ("categoryscheme", 501, 501),
    ("metadata/X", 501, 501),
    ("codelist/SSE_OBS/CL_SEX/one", 400, 140),
    ("codelist?references=everything", 400, 140),
    ("schema/dataflow/SSE_OBS", 400, 140),
    ("schema/codelist/SSE_OBS/CL_SEX", 400, 140),
    ("schema/metadataflow/SSE_OBS/X", 501, 501),
    ("availableconstraint/DF_X/all/all/A/B", 400, 140),
])
def test_what_is_outside_the_grammar_is_refused_with_its_code(path, status, code):
    with pytest.raises(SdmxError) as caught:
        parse(path)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert caught.value.text.missing == ()


def test_an_address_has_a_greatest_length_and_a_key_a_greatest_number_of_codes():
    limits = Limits(url_length=100, key_codes=3)
    with pytest.raises(SdmxError) as caught:
        parse("data/DF_X/" + "A." * 60, limits=limits)
    assert caught.value.status == 414
    with pytest.raises(SdmxError) as caught:
        parse("data/DF_X", {"startPeriod": "2" * 100}, limits)
    assert caught.value.status == 414
    with pytest.raises(SdmxError) as caught:
        parse("data/DF_X/A+B.C+D", limits=limits)
    assert (caught.value.status, caught.value.code) == (413, 130)


@pytest.mark.parametrize(("period", "first", "last"), [
    ("2024", "2024-01-01", "2024-12-31"), ("2024-S2", "2024-07-01", "2024-12-31"),
    ("2024-T2", "2024-05-01", "2024-08-31"), ("2024-Q1", "2024-01-01", "2024-03-31"),
    ("2024-02", "2024-02-01", "2024-02-29"), ("2024-W01", "2024-01-01", "2024-01-07"),
    ("2024-D060", "2024-02-29", "2024-02-29"), ("2024-02-29T23:59:59Z", "2024-02-29", "2024-02-29"),
])
def test_a_period_runs_from_its_first_to_its_last_day(period, first, last):
    assert bounds(period) == (date.fromisoformat(first), date.fromisoformat(last))
