"""The observatory's own catalogue through the service: every name of every list reaches the public clients."""

import io

import pysdmx.io
import pytest

import sdmx
from sse_observatory import catalogue
from sse_observatory.core import LANGUAGES
from sse_observatory.sdmx import answer
from support.releases import draft_of, observation, sample_store


def first_codes(flow):
    """A valid key of a dataflow: totals where there are some, the fictional country, a year."""
    codes = {}
    for dimension in flow.structure.dimensions:
        if dimension.codelist is not None:
            codes[dimension.id] = "_T" if "_T" in dimension.codelist else dimension.codelist.codes[0].id
    return codes | {"REF_AREA": "XSO", "FREQ": "A", "TIME_PERIOD": "2023"}


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """One observation of every dataflow of the catalogue, released as the fictional country's."""
    flows = catalogue.load().dataflows.values()
    components = {f.id: {c.id for c in (*f.structure.dimensions, *f.structure.attributes)} for f in flows}
    drafts = []
    for flow in flows:
        row = observation(flow, 7, **first_codes(flow))
        unit = next(a.codelist for a in flow.structure.attributes if a.id == "UNIT_MEASURE").codes[0].id
        kept = {*components[flow.id], "OBS_VALUE", "RECIPE", "FINGERPRINT"}
        row = {k: v for k, v in row.items() if k in kept} | {"UNIT_MEASURE": unit}
        drafts.append((flow, [row]))
    return sample_store(tmp_path_factory.mktemp("catalogue") / "store", draft_of(drafts))


def test_sdmx1_finds_every_name_of_the_catalogue_in_three_languages(held):
    message = sdmx.read_sdmx(io.BytesIO(answer("structure/all/all/all", held).read()))
    lists = {(cl.maintainer.id, cl.id): cl for cl in message.codelist.values()}
    compared = 0
    for flow_id in held.dataflows():
        flow = held.open(flow_id).dataflow
        assert message.dataflow[flow_id].name.localizations == {x: flow.label.get(x) for x in LANGUAGES}
        for component in (*flow.structure.dimensions, *flow.structure.attributes):
            if component.codelist is None:
                continue
            listed = lists[component.codelist.agency, component.codelist.id]
            for code in component.codelist:
                expected = {x: code.label.get(x) for x in LANGUAGES if code.label.get(x) is not None}
                assert listed[code.id].name.localizations == expected
                compared += 1
    assert compared > 1000


def test_pysdmx_reads_the_structure_and_the_data_of_every_dataflow(held):
    for flow_id in held.dataflows():
        structure = answer(f"dataflow/SSE_OBS/{flow_id}?references=descendants", held).read()
        for accept in ("", "application/vnd.sdmx.data+csv"):
            data = answer(f"data/{flow_id}/all", held, accept).read()
            [data_set] = pysdmx.io.get_datasets(io.BytesIO(data), io.BytesIO(structure))
            assert [float(v) for v in data_set.data["OBS_VALUE"]] == [7]
            assert data_set.structure.id == flow_id


def test_the_area_of_the_fictional_country_says_so_in_every_language(held):
    for lang, word in (("en", "fictional"), ("fr", "fictif"), ("es", "ficticio")):
        body = answer("data/DF_COOP_UNITS/all?format=csvlabels", held, languages=lang).read().decode()
        area = body.splitlines()[1].split(",")[1]
        assert area.startswith("XSO: ") and word in area
