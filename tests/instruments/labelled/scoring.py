"""Labels by hand against what `instruments.acts` finds: precision and recall per field.

.venv/bin/python tests/instruments/labelled/scoring.py [development|held-out]
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sse_observatory.core import Language, language
from sse_observatory.instruments import symbols
from sse_observatory.instruments.acts import Context, acts_of
from sse_observatory.instruments.acts.extract import _months_after
from sse_observatory.instruments.model import Act, Element, Kind, Run, Span, Work
from sse_observatory.instruments.segmentation.openers import opening

FOLDER = Path(__file__).parent
FIELDS = ("verb", "modifier", "addressee", "condition", "deadline", "recurrence", "reference")
_KEYS = {"mod": "modifier", "to": "addressee", "if": "condition", "by": "deadline", "every": "recurrence",
         "ref": "reference"}  # fmt: skip


@dataclass(frozen=True)
class LabelledAct:
    """An act as a person read it: the values of each field."""

    verb: str
    values: dict[str, tuple[str, ...]]


@dataclass
class Paragraph:
    """A labelled paragraph."""

    id: str
    language: Language
    role: str
    text: str
    symbol: str | None
    adopted: date | None
    under: str | None
    acts: list[LabelledAct] = field(default_factory=list)

    @property
    def held_out(self) -> bool:
        return int(self.id.rpartition("-")[2]) % 2 == 0


def paragraphs() -> list[Paragraph]:
    """Every labelled paragraph, in the order of the files."""
    return [paragraph for path in sorted(FOLDER.glob("*.txt")) for paragraph in _read(path)]


def _read(path: Path) -> Iterator[Paragraph]:
    current: Paragraph | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            if current is not None:
                yield current
            current = _header(line[2:].split())
        elif line.startswith("* ") and current is not None:
            current.acts.append(_act(line[2:]))
        elif line.strip() and current is not None:
            current.text = f"{current.text} {line.strip()}".strip()
    if current is not None:
        yield current


def _header(words: list[str]) -> Paragraph:
    under = words[words.index("under") + 1] if "under" in words else None
    rest = words[2 : words.index("under")] if "under" in words else words[2:]
    symbol = rest[0] if rest else None
    adopted = date.fromisoformat(rest[1]) if len(rest) > 1 else None
    return Paragraph(words[0], language(words[0][:2]), words[1], "", symbol, adopted, under)


def _act(line: str) -> LabelledAct:
    verb, *pairs = re.split(r"\s(?=(?:mod|to|if|by|every|ref)=)", line.strip())
    values: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        separator = ";" if key == "ref" else None if key in ("every", "by", "mod") else ","
        values[_KEYS[key]] = tuple(value.split(separator)) if separator else (value,)
    return LabelledAct(verb, values)


def found_acts(paragraph: Paragraph, all_paragraphs: dict[str, Paragraph]) -> tuple[Act, ...]:
    """The acts that the extractor finds in a labelled paragraph."""
    elements = {p.id: _element(p) for p in (paragraph, *_above(paragraph, all_paragraphs))}
    work = Work(symbol=symbols.parse(paragraph.symbol) if paragraph.symbol else None, adopted=paragraph.adopted)
    return acts_of(elements[paragraph.id], Context(paragraph.language, work, elements))


def _above(paragraph: Paragraph, all_paragraphs: dict[str, Paragraph]) -> Iterator[Paragraph]:
    if paragraph.under:
        yield all_paragraphs[paragraph.under]


def _element(paragraph: Paragraph) -> Element:
    length = len(paragraph.text)
    runs = (Run(0, 0, length),)
    return Element(paragraph.id, Kind.OPERATIVE, paragraph.text, (Span(0, length),), parent=paragraph.under, runs=runs)


def values(act: Act, adopted: date | None) -> dict[str, tuple[str, ...]]:
    """The fields of an act in the form of the labels."""
    return {
        "verb": (act.verb,),
        "modifier": (act.modifier,) if act.modifier else (),
        "addressee": tuple(a.term or f"?{a.text}".lower() for a in act.addressees),
        "condition": tuple(c.term for c in act.conditions),
        "deadline": _deadline(act, adopted),
        "recurrence": _recurrence(act),
        "reference": tuple(_reference(act)),
    }


def _deadline(act: Act, adopted: date | None) -> tuple[str, ...]:
    if act.deadline is None:
        return ()
    if act.deadline.session is not None:
        return (f"S{act.deadline.session}",)
    if act.deadline.rule == "PERIOD_AFTER_ADOPTION":
        if act.deadline.due is None or adopted is None:
            return (f"+{_counted(act.deadline.text)}",)
        months = next(m for m in range(1, 200) if _months_after(adopted, m) == act.deadline.due)
        return (f"+{months}m",)
    return (act.deadline.due.isoformat() if act.deadline.due else act.deadline.rule,)


def _counted(text: str) -> str:
    """The months of a period whose end cannot be computed, for want of a day of adoption."""
    words = {"two": 2, "deux": 2, "dos": 2, "five": 5, "cinq": 5, "cinco": 5}
    number = next((int(w) if w.isdigit() else words[w] for w in text.lower().split() if w.isdigit() or w in words), 0)
    return f"{number * 12 if re.search(r'year|ans|année|año', text) else number}m"


def _recurrence(act: Act) -> tuple[str, ...]:
    if act.recurrence is None:
        return ()
    if act.recurrence.sessions:
        return ("+".join(f"S{session}" for session in act.recurrence.sessions),)
    return (act.recurrence.rule or "loose",)


def _reference(act: Act) -> Iterator[str]:
    for reference in act.references:
        name = "this" if reference.this else reference.symbol.text if reference.symbol else f"?{reference.text}"
        yield f"{name}#{reference.paragraph}" if reference.paragraph else name


@dataclass
class Score:
    """Counts of one field."""

    right: int = 0
    found: int = 0
    labelled: int = 0

    def add(self, got: tuple[str, ...], want: tuple[str, ...]) -> None:
        self.right += sum((Counter(got) & Counter(want)).values())
        self.found += len(got)
        self.labelled += len(want)

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 1.0


def aligned(got: list[str], want: list[str]) -> list[tuple[int | None, int | None]]:
    """Acts found and labelled in pairs of the same verb, in order (longest common subsequence); the others alone."""
    lengths = [[0] * (len(want) + 1) for _ in range(len(got) + 1)]
    for i in reversed(range(len(got))):
        for j in reversed(range(len(want))):
            same = lengths[i + 1][j + 1] + 1 if got[i] == want[j] else 0
            lengths[i][j] = max(same, lengths[i + 1][j], lengths[i][j + 1])
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < len(got) and j < len(want):
        if got[i] == want[j] and lengths[i][j] == lengths[i + 1][j + 1] + 1:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    return pairs + [(k, None) for k in range(i, len(got))] + [(None, k) for k in range(j, len(want))]


def score(chosen: list[Paragraph]) -> tuple[dict[str, Score], list[str]]:
    """Scores by field over `chosen`, and a line for each difference."""
    everything = {p.id: p for p in paragraphs()}
    scores = {name: Score() for name in ("type", *FIELDS, "number of acts")}
    differences: list[str] = []
    for paragraph in chosen:
        if paragraph.under is None:
            role = "pp" if opening(paragraph.text, paragraph.language).side == "preambular" else "op"
            scores["type"].add((role,), (paragraph.role,))
            if role != paragraph.role:
                differences.append(f"{paragraph.id} type: {role} for {paragraph.role}")
        if paragraph.role == "pp":
            continue
        acts = found_acts(paragraph, everything)
        got = [values(act, paragraph.adopted) for act in acts]
        scores["number of acts"].add((str(len(got)),), (str(len(paragraph.acts)),))
        for i, j in aligned([g["verb"][0] for g in got], [a.verb for a in paragraph.acts]):
            have = got[i] if i is not None else {}
            label = paragraph.acts[j] if j is not None else None
            want = {"verb": (label.verb,), **label.values} if label else {}
            for name in FIELDS:
                mine = tuple(v.lower() if v.startswith("?") else v for v in want.get(name, ()))
                scores[name].add(have.get(name, ()), mine)
                if Counter(have.get(name, ())) != Counter(mine):
                    differences.append(f"{paragraph.id} {name}: {list(have.get(name, ()))} for {list(mine)}")
    return scores, differences


def part(name: str) -> list[Paragraph]:
    """The paragraphs of ``development`` or ``held-out``."""
    return [p for p in paragraphs() if p.held_out == (name == "held-out")]


def table(name: str) -> str:
    """Precision and recall of one part as a Markdown table."""
    scores, _ = score(part(name))
    lines = ["| Field | Labelled | Found | Precision | Recall |", "|---|---:|---:|---:|---:|"]
    for field_name, counts in scores.items():
        lines.append(
            f"| {field_name} | {counts.labelled} | {counts.found} | {counts.precision:.3f} | {counts.recall:.3f} |"
        )
    return "\n".join(lines)


def main(names: list[str]) -> None:
    for name in names or ["development", "held-out"]:
        print(f"\n{name}, {len(part(name))} paragraphs\n\n{table(name)}")
        if name == "development":
            print("\n".join(score(part(name))[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
