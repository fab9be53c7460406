"""The how-to's Python runs as printed, and the reference names what the code knows."""

import re
from pathlib import Path

from sse_observatory.sdmx import negotiation, queries
from sse_observatory.sdmx.errors import HTTP_STATUS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_python_example_of_the_how_to_runs(address, capsys):
    text = (DOCS / "how-to" / "read-with-an-sdmx-client.md").read_text("utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(examples) >= 4
    names: dict = {}
    for example in examples:
        exec(example.replace("http://127.0.0.1:8000/sdmx/2.1", address), names)
    printed = capsys.readouterr().out
    assert "DF_COOP_MEMBERS" in printed
    assert len(names["women_and_men"]) == 8
    assert len(names["members"].data) == 20
    assert "XSO: Solidaria (es)" in printed
    assert "obs_count" in printed


def test_the_reference_names_every_format_parameter_and_error():
    text = (DOCS / "reference" / "sdmx.md").read_text("utf-8")
    for offer in (*negotiation.DATA_OFFERS, *negotiation.STRUCTURE_OFFERS, *negotiation.SCHEMA_OFFERS):
        assert offer.media_type in text
        assert f"`{offer.name}`" in text
    for parameters in queries._PARAMETERS.values():
        for name in parameters:
            assert f"`{name}`" in text
    for resource in queries.RESOURCES:
        assert f"`{resource}`" in text
    for code, status in HTTP_STATUS.items():
        assert f"{code}" in text and f"{status}" in text
    limits = queries.Limits()
    assert f"Limits(url_length={limits.url_length}, key_codes={limits.key_codes}, " \
        f"observations={limits.observations})" in text
