"""Acts of thirty Security Council resolutions against verbs labelled by reading; nothing crashes on the others."""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from instruments.acts.writing import element
from sse_observatory.instruments.acts import Context, acts_of

LABELS = Path(__file__).parents[1] / "labelled" / "security-council.toml"
_NUMBERED = re.compile(r"\d+\s*[.,]\s+([A-Z].*)")


def texts(shared_data: Path) -> Iterator[tuple[str, list[str]]]:
    """Symbol and numbered operative paragraphs of each text, found as plainly as can be."""
    path = shared_data / "un-resolution-texts" / "unsc_resolutions_en_gold_sample.jsonl.gz"
    for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
        record = json.loads(line)
        blocks = (" ".join(block.split()) for block in re.split(r"\n\s*\n", record["text"]))
        found = [numbered[1] for block in blocks if (numbered := _NUMBERED.match(block))]
        yield record["symbol"], [text for text in found if "Resolution of" not in text[:60]]


@pytest.mark.realdata
def test_the_verbs_of_thirty_security_council_resolutions_are_those_a_reader_finds(shared_data):
    labels = tomllib.loads(LABELS.read_text(encoding="utf-8"))
    found = {symbol: paragraphs for symbol, paragraphs in texts(shared_data) if symbol in labels}
    paragraphs = [(f"{s}, {n + 1}", t, labels[s][n]) for s, ts in found.items() for n, t in enumerate(ts)]

    got = {id: [act.verb for act in acts_of(element(id, text), Context("en"))] for id, text, _ in paragraphs}
    leading = [id for id, _, verbs in paragraphs if got[id][:1] != verbs[:1]]
    several = [(id, got[id], verbs) for id, _, verbs in paragraphs if got[id] != verbs]

    assert len(labels) == len(found) == 30
    assert all(len(found[symbol]) == len(labels[symbol]) for symbol in labels)
    assert leading == []
    assert several == []


@pytest.mark.realdata
def test_every_paragraph_of_the_other_texts_is_read_without_a_crash(shared_data):
    number = verbs = 0
    for symbol, paragraphs in texts(shared_data):
        for n, text in enumerate(paragraphs):
            acts = acts_of(element(f"{symbol}#{n}", text), Context("en"))
            number += 1
            verbs += bool(acts)
            for act in acts:
                assert 0 <= act.span.start < act.span.end <= len(text)

    # Five paragraphs of annexes and lists have no verb of their own.
    assert number - verbs <= 5
