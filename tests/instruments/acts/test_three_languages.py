"""A text and its translations have one structure: the same paragraphs, asks, limits and days in each language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sse_observatory import instruments
from sse_observatory.instruments.model import Kind

TEXTS = Path(__file__).parents[1] / "texts"


def structure(name: str, language: str) -> list[Any]:
    read = instruments.read_text((TEXTS / f"{name}.{language}.txt").read_text(encoding="utf-8"))
    assert read.expression.language == language
    assert read.gaps() == ()
    return [
        (
            element.id,
            [
                (
                    act.strength,
                    act.modifier,
                    [body.term for body in act.addressees],
                    sorted(limit.term for limit in act.conditions),
                    act.deadline and (act.deadline.session, act.deadline.rule, act.deadline.due),
                    act.recurrence is not None,
                )
                for act in read.acts.get(element.id, ())
            ],
        )
        for element in read.elements
        if element.kind in (Kind.PREAMBULAR, Kind.OPERATIVE)
    ]


@pytest.mark.parametrize("language", ["fr", "es"])
@pytest.mark.parametrize("name", ["solidarity-93", "solidarity-95"])
def test_a_translation_reads_like_its_original(name, language):
    assert structure(name, language) == structure(name, "en")
