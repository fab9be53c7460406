"""Acts: what each operative paragraph does — verb, addressees, action, conditions, deadline, recurrence, references.

``acts_of(element, context)`` gives the acts of one paragraph. Which words are verbs, conditions and bodies is data of
the catalogue (`catalogue.drafting`).
"""

from __future__ import annotations

from dataclasses import replace

from sse_observatory.instruments.acts import extract
from sse_observatory.instruments.acts.extract import Context
from sse_observatory.instruments.model import UNCLASSIFIED, Act, Element

__all__ = ["Context", "acts_of"]


def acts_of(element: Element, context: Context) -> tuple[Act, ...]:
    """What an operative paragraph or subparagraph does, in the order of its words.

    A verb that no list knows is found by its form alone, which says nothing of its strength: `UNCLASSIFIED`.
    """
    found = extract.acts_of(element, context)
    return tuple(act if act.code else replace(act, strength=UNCLASSIFIED) for act in found)
