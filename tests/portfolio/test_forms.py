"""Records as plain values and back: nothing lost, nothing invented."""

import dataclasses
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sse_observatory import catalogue
from sse_observatory.catalogue.portfolio import (
    CLASSES,
    Citation,
    Foreseen,
    Source,
    When,
    entry_of,
    exchange,
    forms,
    record_of,
)
from sse_observatory.core import InputError, Text

SOURCES = {
    name: Source(
        id=name, url=f"https://example.org/{name}", publisher="P", standing="press", retrieved=When.parse("2026")
    )
    for name in ("a", "b")
}
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(str.strip)
texts = st.dictionaries(st.sampled_from(["en", "fr", "es"]), words.map(str.strip), min_size=1).map(Text.of)
days = st.integers(0, 40_000).map(lambda n: date(1900, 1, 1) + timedelta(n))
codes = st.one_of(days.map(date.isoformat), days.map(lambda d: f"{d:%Y-%m}"), days.map(lambda d: f"{d:%Y}"))


def values_of(hint):
    """A strategy for the values of a field of the model."""
    if get_origin(hint) is Annotated:
        return values_of(get_args(hint)[0])
    if type(None) in get_args(hint):
        return values_of(next(arg for arg in get_args(hint) if arg is not type(None)))
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=2).map(tuple)
    plain = {
        str: words, int: st.integers(), bool: st.booleans(), Text: texts, When: codes.map(When.parse),
        Foreseen: codes.map(Foreseen.parse), Decimal: st.decimals(allow_nan=False, allow_infinity=False, places=2),
        Citation: st.builds(Citation, st.sampled_from(list(SOURCES.values())), st.none() | words),
    }  # fmt: skip
    return plain[hint] if hint in plain else built(hint)


def built(cls):
    hints = get_type_hints(cls, include_extras=True)
    required = {name for name, field in forms.fields(cls).items() if field.required}
    return st.fixed_dictionaries(
        {name: values_of(hints[name]) for name in required},
        optional={name: values_of(hints[name]) for name in forms.fields(cls) if name not in required},
    ).map(lambda values: cls(**values))


@pytest.mark.parametrize("kind", CLASSES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(data=st.data())
def test_every_record_written_and_read_is_the_same_record(kind, data):
    record = data.draw(built(CLASSES[kind]))

    entry = json.loads(json.dumps(entry_of(record)))

    if kind in ("membership", "relation"):  # titled by their parts, which an export does not repeat
        assert "title" not in entry
        record = dataclasses.replace(record, title=Text.of({"en": record.id}))
    assert record_of(entry, SOURCES) == record


def test_the_packaged_records_go_round_through_one_file(tmp_path):
    found = catalogue.load()
    file = tmp_path / "records.json"
    file.write_text(exchange.to_json(found.portfolio), encoding="utf-8")

    again = exchange.from_json(file, found)

    assert again.records == found.portfolio.records
    assert again.sources == found.portfolio.sources
    assert exchange.to_json(again) == exchange.to_json(found.portfolio)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda e: e.pop("sources"), "no source"),
        (lambda e: e.update(date="2023-02-30"), "there is no day 2023-02-30"),
        (lambda e: e.update(kind="poem"), "no kind of record 'poem'"),
        (lambda e: e.update(colour="red"), "no field 'colour'"),
        (lambda e: e.update(body="act-nobody"), "no record 'act-nobody'"),
        (lambda e: e.update(id="ins-ilo-r193"), "stands twice"),
    ],
)
def test_a_wrong_export_names_the_line_of_the_record(tmp_path, change, what):
    found = catalogue.load()
    value = json.loads(exchange.to_json(found.portfolio))
    entry = next(e for e in value["records"] if e["id"] == "ins-a-res-77-281")
    change(entry)
    file = tmp_path / "records.json"
    file.write_text(json.dumps(value, indent=1), encoding="utf-8")

    with pytest.raises(InputError, match=what) as raised:
        exchange.from_json(file, found)

    written = file.read_text(encoding="utf-8").splitlines()[raised.value.line - 1]
    assert f'"id": "{entry["id"]}"' in written
    assert raised.value.todo


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"form": "other", "records": []}', "\xff"])
def test_another_file_is_refused(tmp_path, text):
    file = tmp_path / "records.json"
    file.write_text(text, encoding="latin-1")

    with pytest.raises(InputError) as raised:
        exchange.from_json(file, catalogue.load())

    assert raised.value.todo
