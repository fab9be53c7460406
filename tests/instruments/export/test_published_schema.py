"""The schemas in the documentation are those of the package."""

from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from sse_observatory.instruments.export import schema

DOCS = Path(__file__).resolve().parents[3] / "docs" / "reference"


@pytest.mark.parametrize("name", ["instrument", "comparison"])
def test_the_published_schema_is_that_of_the_package(name):
    packaged = resources.files("sse_observatory.instruments.export").joinpath(f"{name}.schema.json")

    assert (DOCS / f"{name}.schema.json").read_bytes() == packaged.read_bytes()


@pytest.mark.parametrize("name", ["instrument", "comparison"])
def test_schemas_are_schemas_and_describe_every_property(name):
    found = schema(name)
    jsonschema.Draft202012Validator.check_schema(found)

    for definition in [found, *found["$defs"].values()]:
        assert all(value.get("description") for value in definition["properties"].values())
        assert definition["additionalProperties"] is False
