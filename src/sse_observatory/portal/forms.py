"""The form in which a record is edited: made from the schema of its kind, read back into plain values.

The fields of the catalogue's dataclasses are the only schema there is. Each becomes a field of the form: texts in three
languages, dates as the catalogue writes them, a list of choices for terms and codes, one line for each value of a list,
and a group of fields for each part (an act, its conditions, a claim), with an empty group to add one more. Everything
works without scripts: an empty group is left out, an emptied one is removed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from sse_observatory.catalogue.portfolio import CLASSES, Citation, Source, When
from sse_observatory.catalogue.portfolio.holdings import TITLED_BY_PARTS
from sse_observatory.catalogue.portfolio.model import Coded, In, Names, Needs
from sse_observatory.core import LANGUAGES, Text

SEPARATOR = "."
MOST_PARTS = 60
LONG = 20_000
KINDS = (*CLASSES, "source")


@dataclass
class Widget:
    """One field of the form. `form` says how it is shown: text, date, choice, check, lines, trio, parts, part."""

    name: str
    label: str
    form: str
    required: bool = False
    value: Any = ""
    choices: tuple[str, ...] = ()
    vocabulary: str = ""
    hint: str = ""
    parts: list[Widget] = field(default_factory=list)
    extra: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of the field on the page."""
        return "f-" + self.name.replace(SEPARATOR, "-")

    @property
    def target(self) -> str:
        """The id of what to go to in order to correct the field: of a text in three languages, the first."""
        return f"{self.id}-{LANGUAGES[0]}" if self.form == "trio" else self.id

    @property
    def described(self) -> str:
        """The ids of what is said of the field beside it: what is wrong, then what may stand in it."""
        said = [f"{self.id}-error"] if self.faults else []
        return " ".join([*said, f"{self.id}-hint"] if self.hint or self.form == "lines" else said)


def class_of(kind: str) -> type:
    """The dataclass of a kind."""
    return Source if kind == "source" else CLASSES[kind]


def widgets(kind: str, content: Mapping[str, Any], terms: Mapping[str, Mapping[str, Any]]) -> list[Widget]:
    """The form of a record of `kind` that says `content`."""
    cls = class_of(kind)
    left_out = {"id", "title"} if issubclass(cls, TITLED_BY_PARTS) else {"id"}
    return [w for w in _of(cls, content, "", terms) if w.name not in left_out]


def reason(value: str) -> Widget:
    """The field for why a record should be changed."""
    return Widget("why", "why", "lines", True, value)


def name_of_new(value: str) -> Widget:
    """The field for the id of a record that does not exist yet."""
    return Widget("new_id", "new_id", "text", True, value, hint="id")


def every(widgets: Iterable[Widget]) -> Iterator[Widget]:
    """The fields in the order of the page, those within groups after their group."""
    for widget in widgets:
        yield widget
        yield from every(widget.parts)


def at(widgets: Iterable[Widget], path: Sequence[str]) -> Widget | None:
    """The field in which the value at `path` of a record stands, or the group it is missing from."""
    names = [SEPARATOR.join(path[:end]) for end in range(len(path), 0, -1)]
    known = {widget.name: widget for widget in every(widgets)}
    return next((known[name] for name in names if name in known), None)


def _of(cls: type, content: Mapping[str, Any], above: str, terms: Mapping[str, Mapping[str, Any]]) -> Iterator[Widget]:
    hints = get_type_hints(cls, include_extras=True)
    for one in dataclasses.fields(cls):
        name = f"{above}{SEPARATOR}{one.name}" if above else one.name
        required = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
        yield _widget(name, one.name, _without_none(hints[one.name]), content.get(one.name), required, terms)


def _widget(
    name: str, label: str, hint: Any, value: Any, required: bool, terms: Mapping[str, Mapping[str, Any]]
) -> Widget:
    made = Widget(name, label, "text", required)
    bare, marks = _bare(hint)
    if bare is Text:
        made.form, made.value = "trio", [(lang, (value or {}).get(lang, "")) for lang in LANGUAGES]
    elif bare is bool:
        made.form, made.value = "check", bool(value)
    elif get_origin(bare) is Literal:
        made.form, made.choices = "choice", tuple(map(str, get_args(bare)))
        made.value = "" if value is None else str(value)
    elif get_origin(bare) is tuple:
        _many(made, get_args(bare)[0], value or [], terms)
    elif dataclasses.is_dataclass(bare) and not _is_date(bare):
        made.form = "part"
        made.parts = list(_of(bare, value or {}, name, terms))  # type: ignore[arg-type]
    else:
        made.value = "" if value is None else str(value)
        made.hint = _hint(bare, marks)
        made.form = "date" if _is_date(bare) else "text"
        if (vocabulary := _vocabulary(marks, terms)) is not None:
            made.form, made.vocabulary, made.choices = "choice", vocabulary, tuple(terms[vocabulary])
    return made


def _many(made: Widget, member: Any, value: list[Any], terms: Mapping[str, Mapping[str, Any]]) -> None:
    bare, marks = _bare(member)
    if bare is Citation:
        made.form, made.hint = "lines", "source"
        made.value = "\n".join(v if isinstance(v, str) else " | ".join(filter(None, (v["source"], v.get("locator"))))
                               for v in value)
    elif bare is Text or (dataclasses.is_dataclass(bare) and not _is_date(bare)):
        made.form = "parts"
        for at, one in enumerate([*value[:MOST_PARTS], None]):
            part = _widget(f"{made.name}{SEPARATOR}{at}", str(at + 1), member, one, False, terms)
            part.extra = one is None
            made.parts.append(part)
    else:
        made.form, made.value, made.hint = "lines", "\n".join(str(v) for v in value), _hint(bare, marks)
        if (vocabulary := _vocabulary(marks, terms)) is not None:
            made.vocabulary, made.choices = vocabulary, tuple(terms[vocabulary])


def _vocabulary(marks: tuple[Any, ...], terms: Mapping[str, Mapping[str, Any]]) -> str | None:
    return next((mark.name for mark in marks if isinstance(mark, In) and mark.name in terms), None)


def _hint(bare: Any, marks: tuple[Any, ...]) -> str:
    for mark in marks:
        if isinstance(mark, (Needs, Names)):
            return "record:" + ",".join(mark.kinds)
        if isinstance(mark, Coded):
            return f"code:{mark.name}"
        if isinstance(mark, In) and mark.name == "source":
            return "source"
    if _is_date(bare):
        return "date"
    return {int: "integer", Decimal: "decimal"}.get(bare, "")


def _is_date(bare: Any) -> bool:
    return isinstance(bare, type) and issubclass(bare, When)


def _without_none(hint: Any) -> Any:
    arguments = get_args(hint)
    if type(None) in arguments:
        return next(a for a in arguments if a is not type(None))
    return hint


def _bare(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        return inner, tuple(marks)
    return hint, ()


# Back from what a browser sends


def content_of(kind: str, identifier: str, sent: Mapping[str, str]) -> dict[str, Any]:
    """The content a sent form describes: what is empty is left out, texts keep their lines.

    Values have the types the schema asks for where they can be read as such; where not, they stay as they were typed,
    so that the schema can say what is wrong with them.
    """
    read = _read(class_of(kind), "", sent)
    read.pop("id", None)
    if issubclass(class_of(kind), TITLED_BY_PARTS):
        read.pop("title", None)
    return {"id": identifier, "kind": kind, **read}


def _read(cls: type, above: str, sent: Mapping[str, str]) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    found = {}
    for one in dataclasses.fields(cls):
        name = f"{above}{SEPARATOR}{one.name}" if above else one.name
        value = _value(name, _without_none(hints[one.name]), sent)
        if value not in (None, "", [], {}) and value is not False:
            found[one.name] = value
    return found


def _value(name: str, hint: Any, sent: Mapping[str, str]) -> Any:
    bare, _ = _bare(hint)
    if bare is Text:
        texts = {lang: _typed(sent, f"{name}{SEPARATOR}{lang}") for lang in LANGUAGES}
        return {lang: text for lang, text in texts.items() if text}
    if bare is bool:
        return bool(_typed(sent, name))
    if get_origin(bare) is tuple:
        return _values(name, get_args(bare)[0], sent)
    if dataclasses.is_dataclass(bare) and not _is_date(bare):
        return _read(bare, name, sent)  # type: ignore[arg-type]
    return _plain(bare, _typed(sent, name))


def _values(name: str, member: Any, sent: Mapping[str, str]) -> list[Any]:
    bare, _ = _bare(member)
    if bare is not Citation and (bare is Text or (dataclasses.is_dataclass(bare) and not _is_date(bare))):
        parts = (_value(f"{name}{SEPARATOR}{at}", member, sent) for at in _places(name, sent))
        return [part for part in parts if part]
    lines = [line.strip() for line in _typed(sent, name).splitlines() if line.strip()]
    return [_citation(line) if bare is Citation else _plain(bare, line) for line in lines]


def _places(name: str, sent: Mapping[str, str]) -> list[int]:
    """The places of a list that were sent, in order."""
    start = f"{name}{SEPARATOR}"
    found = {key[len(start):].split(SEPARATOR, 1)[0] for key in sent if key.startswith(start)}
    return sorted(int(at) for at in found if at.isascii() and at.isdigit() and len(at) < 4 and int(at) <= MOST_PARTS)


def _citation(line: str) -> Any:
    source, _, locator = (part.strip() for part in line.partition("|"))
    return {"source": source, "locator": locator} if locator else source


def _plain(bare: Any, typed: str) -> Any:
    if bare is int:
        try:
            return int(typed) if typed else None
        except ValueError:
            return typed
    return typed or None


def _typed(sent: Mapping[str, str], name: str) -> str:
    return sent.get(name, "").replace("\r\n", "\n").replace("\x00", "").strip()[:LONG]
