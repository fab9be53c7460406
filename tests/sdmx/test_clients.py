"""The public clients, unmodified, read everything the service writes and find exactly what the releases hold."""

import csv
import io
import logging
from decimal import Decimal

import pandas as pd
import pysdmx.io
import pytest

import sdmx

FLOWS = ("DF_COOP_UNITS", "DF_COOP_MEMBERS", "DF_HARD")
CSV = "application/vnd.sdmx.data+csv;version=1.0.0"
TIME_SERIES = "application/vnd.sdmx.structurespecifictimeseriesdata+xml;version=2.1"


@pytest.fixture
def client(address):
    """sdmx1's client for a source it did not know before; it is told nothing but the address."""
    sdmx.add_source({"id": "SSE_OBS", "name": "SSE Observatory", "url": address,
                     "supports": {"availableconstraint": True}}, override=True)
    logging.getLogger("sdmx").setLevel(logging.ERROR)
    return sdmx.Client("SSE_OBS")


def observations_of(message):
    """What sdmx1 found: key → (value or None, attributes)."""
    [data_set] = message.data
    found = {}
    order = [d.id for d in sorted(data_set.structured_by.dimensions.components, key=lambda d: d.order)]
    for observation in data_set.obs:
        key = tuple(str(observation.key[d].value) for d in order)
        value = None if observation.value is None else Decimal(observation.value)
        found[key] = (value, {k: str(v.value) for k, v in observation.attached_attribute.items()})
    assert len(found) == len(data_set.obs)
    return found


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("at", ["TIME_PERIOD", "AllDimensions", "MEASURE"])
def test_sdmx1_reads_every_observation_of_every_dataflow(client, held, name, at):
    structures = client.dataflow(name)
    dsd = structures.dataflow[name].structure
    assert not dsd.is_external_reference

    # An empty key makes sdmx1 keep the structure it was given; without one it guesses which attributes are dimensions.
    message = client.data(name, key={}, dsd=dsd, params={"dimensionAtObservation": at})

    assert observations_of(message) == held(name)


@pytest.mark.parametrize("name", FLOWS)
def test_sdmx1_reads_time_series_messages_and_makes_a_data_frame(client, held, name):
    dsd = client.datastructure(name.removeprefix("DF_")).structure[name.removeprefix("DF_")]
    message = client.data(name, key={}, dsd=dsd, headers={"Accept": TIME_SERIES})

    assert type(message.data[0]).__name__ == "StructureSpecificTimeSeriesDataSet"
    assert observations_of(message) == held(name)
    assert len(sdmx.to_pandas(message)) == len(held(name))


def test_sdmx1_selects_by_key_and_period(client, held):
    message = client.data("DF_HARD", key={"REF_AREA": ["KEN", "BRA"], "SEX": "F"},
                          params={"startPeriod": "2022", "endPeriod": "2022-09"})

    found = observations_of_without_structure(message)
    assert found == set(held("DF_HARD", lambda r: r["REF_AREA"] in ("KEN", "BRA") and r["SEX"] == "F"
                             and r["TIME_PERIOD"] in ("2022-S1", "2022-Q3")))


def observations_of_without_structure(message):
    [data_set] = message.data
    return {tuple(str(o.key[d].value) for d in ("REF_AREA", "FREQ", "MEASURE", "SEX", "TIME_PERIOD"))
            for o in data_set.obs}


def test_sdmx1_lists_the_series_keys_of_a_dataflow(client, held):
    keys = client.preview_data("DF_HARD", {"REF_AREA": "KEN"})

    found = {tuple(str(k[d].value) for d in ("REF_AREA", "FREQ", "MEASURE", "SEX")) for k in keys}
    assert found == {key[:4] for key in held("DF_HARD") if key[0] == "KEN"}


@pytest.mark.parametrize("path", ["structure/all/all/all", "dataflow/all/all/latest?references=all"])
def test_sdmx1_reads_every_name_in_three_languages(address, store, path):
    message = sdmx.read_url(f"{address}/{path}")

    def names(text):
        return {lang: found for lang in ("en", "fr", "es") if (found := text.get(lang)) is not None}

    lists = {(cl.maintainer.id, cl.id, cl.version): cl for cl in message.codelist.values()}
    seen = 0
    for name in store.dataflows():
        flow = store.open(name).dataflow
        found = message.dataflow[name]
        assert found.name.localizations == names(flow.label)
        assert found.description.localizations == (names(flow.description) if flow.description else {})
        assert found.version == flow.version
        dsd = found.structure
        assert dsd.name.localizations == names(flow.structure.label)
        ordered = sorted(dsd.dimensions.components, key=lambda d: d.order)
        assert [d.id for d in ordered] == [d.id for d in flow.structure.dimensions]
        assert [a.id for a in dsd.attributes.components] == [a.id for a in flow.structure.attributes]
        for component in (*flow.structure.dimensions, *flow.structure.attributes):
            is_dimension = component in flow.structure.dimensions
            there = (dsd.dimensions if is_dimension else dsd.attributes).get(component.id)
            concept = there.concept_identity
            assert concept.id == component.concept.id
            if not is_dimension:
                assert there.usage_status.name == ("mandatory" if component.mandatory else "conditional")
            if component.codelist is None:
                continue
            enumerated = there.local_representation.enumerated
            mine = component.codelist
            assert (enumerated.maintainer.id, enumerated.id, enumerated.version) == (mine.agency, mine.id, mine.version)
            listed = lists[mine.agency, mine.id, mine.version]
            assert listed.name.localizations == names(mine.label)
            for code in mine:
                assert listed[code.id].name.localizations == names(code.label), code.id
                parent = listed[code.id].parent
                assert (parent.id if code.parent else None) == code.parent
                seen += 1
    concepts = message.concept_scheme["CS_SSE_OBS"]
    first = {}
    for name in store.dataflows():
        flow = store.open(name).dataflow
        for component in (*flow.structure.dimensions, *flow.structure.attributes):
            first.setdefault(component.id, component.concept)
    for concept in first.values():
        assert concepts[concept.id].name.localizations == names(concept.label)
    assert set(concepts["OBS_VALUE"].name.localizations) == {"en", "fr", "es"}
    assert seen > 100


def test_sdmx1_reads_what_a_selection_contains(client, held):
    message = client.get("availableconstraint", "DF_HARD", key="KEN...F")

    [constraint] = message.constraint.values()
    [region] = constraint.data_content_region
    found = {d.id: {v.value for v in selection.values} for d, selection in region.member.items()
             if d.id != "TIME_PERIOD"}
    expected = [key for key in held("DF_HARD") if key[0] == "KEN" and key[3] == "F"]
    assert found["FREQ"] == {key[1] for key in expected}
    assert found["REF_AREA"] == {"KEN"}


def test_sdmx1_is_told_why_a_request_fails(client):
    with pytest.raises(Exception) as caught:
        client.data("DF_NONE")
    assert caught.value.response.status_code == 404
    with pytest.raises(NotImplementedError):
        client.categoryscheme()


def frame_rows(frame, dimensions):
    """What pysdmx found: key → (value or None, attributes)."""
    frame = frame.astype(object).where(frame.notna(), None)
    found = {}
    for row in frame.to_dict("records"):
        key = tuple(str(row.pop(d)) for d in dimensions)
        value = row.pop("OBS_VALUE", None)
        value = None if value in (None, "", "NaN") else Decimal(str(value))
        found[key] = (value, {k: str(v) for k, v in row.items() if v not in (None, "", "NaN")})
    assert len(found) == len(frame)
    return found


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize(("accept", "params"), [
    ("", ""), ("", "?dimensionAtObservation=AllDimensions"), ("", "?dimensionAtObservation=REF_AREA"),
    (TIME_SERIES, ""), (CSV, ""), (CSV + ";labels=both", ""), (CSV + ";labels=both", "?lang=fr"),
    (CSV + ";labels=both", "?lang=es"),
], ids=["series", "flat", "by area", "time series", "csv", "csv en", "csv fr", "csv es"])
def test_pysdmx_reads_every_observation_of_every_dataflow(ask, held, store, hard, name, accept, params):
    dimensions = [d.id for d in store.open(name).dataflow.structure.dimensions]
    _, _, body = ask(f"data/{name}/all{params}", accept)

    [data_set] = pysdmx.io.read_sdmx(io.BytesIO(body)).data

    found = frame_rows(data_set.data, dimensions)
    expected = held(name)
    if accept.startswith(CSV):
        # pysdmx reads text with universal line ends: a carriage return inside a cell comes back as a line feed.
        found, expected = with_line_feeds(found), with_line_feeds(expected)
    assert found == expected


def with_line_feeds(observations):
    return {key: (value, {k: v.replace("\r", "\n") for k, v in attributes.items()})
            for key, (value, attributes) in observations.items()}


def test_pysdmx_joins_data_and_structure(ask, held):
    _, _, structures = ask("dataflow/SSE_OBS/DF_HARD/1.2?references=descendants")
    _, _, data = ask("data/DF_HARD/all", CSV)

    [data_set] = pysdmx.io.get_datasets(io.BytesIO(data), io.BytesIO(structures))

    assert data_set.structure.id == "DF_HARD"
    assert data_set.structure.components["SEX"].local_codes["F"].name == "Female"
    assert len(data_set.data) == len(held("DF_HARD"))


def test_pysdmx_reads_every_structure(ask, store):
    _, _, body = ask("structure/all/all/all")

    message = pysdmx.io.read_sdmx(io.BytesIO(body))

    lists = {(c.agency if isinstance(c.agency, str) else c.agency.id, c.id, c.version): c
             for c in message.get_codelists()}
    for name in store.dataflows():
        for component in store.open(name).dataflow.structure.dimensions:
            if component.codelist is not None:
                mine = component.codelist
                listed = lists[mine.agency, mine.id, mine.version]
                assert [(c.id, c.name) for c in listed.items] == [(c.id, c.label.en) for c in mine]
    assert {d.id for d in message.get_dataflows()} == set(store.dataflows())


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
@pytest.mark.parametrize("name", FLOWS)
def test_labelled_csv_carries_every_label_in_the_language_asked_for(ask, store, name, lang):
    flow = store.open(name).dataflow
    _, headers, body = ask(f"data/{name}/all", CSV + ";labels=both", lang)
    assert headers["Content-Language"] == lang
    rows = list(csv.reader(io.StringIO(body.decode(), newline="")))
    heading, *rows = rows
    ids = [h.split(": ")[0] for h in heading]
    components = {c.id: c for c in (*flow.structure.dimensions, *flow.structure.attributes)}
    checked = 0
    for at, (identifier, head) in enumerate(zip(ids, heading, strict=True)):
        component = components.get(identifier)
        if component is None or component.codelist is None:
            continue
        assert head == f"{identifier}: {component.concept.label[lang]}"
        for row in rows:
            code, label = row[at].split(": ", 1)
            text = component.codelist[code].label
            assert label == (text.get(lang) or f"{text.en} [en]")
            checked += 1
    assert checked > len(rows) * 5
    assert {r[0] for r in rows} == {f"SSE_OBS:{name}({flow.version}): {flow.label[lang]}"}


def test_a_plain_data_frame_reads_the_csv_too(address, held):
    frame = pd.read_csv(f"{address}/data/DF_COOP_UNITS/all?format=csv", keep_default_na=False, dtype=str)
    assert set(frame["REF_AREA"]) == {"KEN", "XSO"}
    assert len(frame) == len(held("DF_COOP_UNITS"))
