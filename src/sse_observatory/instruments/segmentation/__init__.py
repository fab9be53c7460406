"""From the lines of a text to its elements: headers and notes taken out, paragraphs typed, numbered and nested."""

from __future__ import annotations

from sse_observatory.core import Language
from sse_observatory.instruments.extracts import Extract
from sse_observatory.instruments.model import Element, Problem
from sse_observatory.instruments.segmentation.blocks import blocks_of
from sse_observatory.instruments.segmentation.judging import judge
from sse_observatory.instruments.segmentation.lines import lines_of
from sse_observatory.instruments.segmentation.structure import build, restore

__all__ = ["segment"]


def segment(extract: Extract, language: Language) -> tuple[list[Element], list[Problem]]:
    """The elements of a text, covering all of it, and what is doubtful about them."""
    lines = lines_of(extract)
    blocks = blocks_of(extract.text, lines, language, extract.marks)
    if extract.stated:
        restored = restore(extract.text, blocks, extract.stated)
        if restored is not None:
            return restored, []
    return build(extract.text, judge(blocks, language))
