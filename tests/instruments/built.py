"""Instruments built by hand: elements with true spans, and acts, without the reader.

What compares and exports is tested on these, so that a change in the reader cannot make its tests pass.
"""

from __future__ import annotations

import re
from datetime import date

from sse_observatory.instruments.model import (
    Act,
    Addressee,
    Condition,
    Deadline,
    Element,
    Expression,
    Instrument,
    Kind,
    Run,
    SourceText,
    Span,
    Work,
    Zone,
)
from sse_observatory.instruments.symbols import parse

LINE = re.compile(r"(?P<label>(?:\d+\.|\([a-z]\)|\((?:ix|iv|v?i{1,3})\)|[a-z]\)) )?(?P<text>.*)", re.DOTALL)
VERBS = {
    "decides": "DECIDE",
    "requests": "REQUEST",
    "urges": "CALL",
    "calls upon": "CALL",
    "invites": "INVITE",
    "encourages": "ENCOURAGE",
    "recommends": "RECOMMEND",
    "notes": "STATE",
    "takes note of": "STATE",
    "welcomes": "STATE",
    "reaffirms": "STATE",
    "recalls": "STATE",
    "acknowledges": "STATE",
    "encourage": "ENCOURAGE",
    "prie": "REQUEST",
    "invite": "INVITE",
    "décide": "DECIDE",
    "prend note": "STATE",
    "alienta": "ENCOURAGE",
    "solicita": "REQUEST",
    "invita": "INVITE",
    "decide": "DECIDE",
    "toma nota": "STATE",
}


def instrument(lines: list[str], symbol: str | None = None, lang: str = "en", acts=None, **work) -> Instrument:
    """An instrument whose source is `lines`: operative if numbered, subparagraphs if lettered, else preambular.

    A line that begins with ``# `` is the title, with ``## `` a heading. `acts` maps ids to tuples of acts.
    """
    elements: list[Element] = []
    at = preambular = 0
    parents: list[str] = []
    title = None
    text = "\n".join(lines)
    for line in lines:
        start = at
        at += len(line) + 1
        kind, label, body, number, level, parent = Kind.PREAMBULAR, "", line, None, 1, None
        if line.startswith("## "):
            kind, id, body = Kind.HEADING, f"h{sum(e.kind is Kind.HEADING for e in elements) + 1}", line[3:]
        elif line.startswith("# "):
            kind, id, body, title = Kind.TITLE, "title", line[2:], line[2:]
        else:
            found = LINE.fullmatch(line)
            label, body = (found["label"] or "").strip(), found["text"]
            number = label.strip("().") or None
            if label.endswith("."):
                kind, id, parents = Kind.OPERATIVE, f"op{number}", [f"op{number}"]
            elif label:
                roman = bool(re.fullmatch(r"\((?:ix|iv|v?i{1,3})\)", label)) and len(parents) > 1
                parents = parents[: 2 if roman else 1]
                parent, level = parents[-1], len(parents) + 1
                kind, id = Kind.OPERATIVE, f"{parent}({number})"
                parents.append(id)
            else:
                preambular += 1
                id = f"pp{preambular}"
        offset = len(line) - len(body)
        elements.append(
            Element(
                id,
                kind,
                body,
                (Span(start, start + len(line)),),
                number,
                label,
                level,
                parent,
                zone=_zone(kind, elements),
                runs=(Run(0, start + offset, len(body)),) if body else (),
            )
        )
    return Instrument(
        Work(parse(symbol) if symbol else None, "resolution", **work),
        Expression(lang, "stated", title),
        tuple(elements),
        SourceText(text, "text", "0" * 64),
        acts or {},
    )


def _zone(kind: Kind, before: list[Element]) -> Zone:
    if kind is Kind.OPERATIVE or any(e.kind is Kind.OPERATIVE for e in before):
        return Zone.OPERATIVE
    return Zone.FRONT if kind is Kind.TITLE else Zone.PREAMBLE


def act(verb: str, action: str, *, to=(), conditions=(), deadline=None, id="op1.1", term=None) -> Act:
    """An act with spans that point nowhere in particular."""
    nowhere = Span(0, 1)
    due = None
    if deadline:
        session = int(found[1]) if (found := re.search(r"(\d+)", deadline)) else None
        due = Deadline(deadline, nowhere, "stated", "", date(1945 + session, 9, 1) if session else None, session)
    return Act(
        id,
        verb.lower(),
        verb,
        VERBS[verb.lower()],
        nowhere,
        addressees=tuple(Addressee(term, t, nowhere) for t in to),
        action=action,
        conditions=tuple(Condition(c.upper().replace(" ", "_"), c, nowhere) for c in conditions),
        deadline=due,
    )
