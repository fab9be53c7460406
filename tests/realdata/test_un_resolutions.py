"""The Security Council resolutions of the shared folder: symbol, year and paragraphs are found, nothing is lost."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from sse_observatory import instruments
from sse_observatory.instruments.model import Kind

LABELS = Path(__file__).with_name("security_council_paragraphs.toml")


@pytest.fixture(scope="module")
def records(shared_data: Path) -> dict[str, dict]:
    path = shared_data / "un-resolution-texts" / "unsc_resolutions_en_gold_sample.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return {record["symbol"]: record for record in found}


@pytest.fixture(scope="module")
def read(records) -> dict[str, instruments.Instrument]:
    return {symbol: instruments.read_text(record["text"]) for symbol, record in records.items()}


@pytest.mark.realdata
def test_symbol_year_language_and_body_of_every_text(records, read):
    assert len(read) == 131
    for symbol, instrument in read.items():
        work = instrument.work
        assert (str(work.symbol), work.adopted.year) == (symbol, records[symbol]["year"])
        assert (instrument.expression.language, work.organ, work.type) == ("en", "Security Council", "resolution"), (
            symbol
        )


@pytest.mark.realdata
def test_nothing_of_any_text_is_lost(records, read):
    for symbol, instrument in read.items():
        assert instrument.gaps() == (), symbol
        whole = "".join(instrument.reassembled(stripped=False).split())
        assert whole == "".join(records[symbol]["text"].split()), symbol


@pytest.mark.realdata
def test_every_text_has_an_operative_part_and_nearly_all_operative_paragraphs_a_verb(read):
    first_level = [
        (i, e) for i in read.values() for e in i.operative if e.level == 1 and e.parent is None and e.text[:4] != "That"
    ]
    with_verb = sum(1 for i, e in first_level if i.acts.get(e.id))

    assert all(i.operative for i in read.values())
    assert with_verb / len(first_level) >= 0.98


@pytest.mark.realdata
def test_the_paragraphs_of_thirty_texts_are_those_a_reader_finds(read):
    labels = tomllib.loads(LABELS.read_text(encoding="utf-8"))
    assert len(labels) >= 30
    right = found = labelled = 0
    for symbol, line in labels.items():
        expected = Counter(line.split())
        got = Counter(e.id for e in read[symbol].of_kind(Kind.PREAMBULAR, Kind.OPERATIVE, part=""))
        right += sum((expected & got).values())
        found += sum(got.values())
        labelled += sum(expected.values())

    assert labelled > 220
    assert 2 * right / (found + labelled) >= 0.99
