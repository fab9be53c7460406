"""Records and their parts from the plain values of a file, and back: one form for TOML, JSON and the portal.

The fields of the dataclasses of `model` are the schema. What does not fit raises `Misfit` with the path to the value,
so that a reader of files can name the line. Values that are left out stay out when written: `read(write(x)) == x`.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from sse_observatory.catalogue.portfolio.dates import When
from sse_observatory.catalogue.portfolio.model import Citation, Source
from sse_observatory.catalogue.portfolio.wrong import Wrong
from sse_observatory.core import LANGUAGES, Text

Path = tuple[str, ...]
Sources = Mapping[str, Source]
_Reader = Callable[[Any, Path, Sources], Any]
K = TypeVar("K")
T = TypeVar("T")
_NO_SOURCES: Sources = types.MappingProxyType({})


class Misfit(Exception):
    """A value that does not fit its field: where it stands, what is wrong, what to do.

    `every` has it and all others that were found with it: unknown fields, missing ones, then values.
    """

    def __init__(self, path: Path, what: str, todo: str, others: tuple[Misfit, ...] = ()) -> None:
        super().__init__(what)
        self.path, self.what, self.todo = path, what, todo
        self.every: tuple[Misfit, ...] = (self, *others)


def refuse(found: Sequence[Misfit]) -> None:
    """Raise the first of `found`, where there is one, with the others."""
    if found:
        first = found[0]
        raise Misfit(first.path, first.what, first.todo, tuple(found[1:]))


def _each(readings: Iterable[tuple[K, Callable[[], T]]], found: list[Misfit]) -> dict[K, T]:
    """What each reading gives; what does not fit is added to `found`, and all of it refused."""
    values: dict[K, T] = {}
    for key, reading in readings:
        try:
            values[key] = reading()
        except Misfit as misfit:
            found += misfit.every
    refuse(found)
    return values


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a dataclass of the model: its name, whether it must be given, its marks (`Needs`, `In`, …).

    `part` is the dataclass of its value, or of each of its `many` values, where that has fields of its own.
    """

    name: str
    required: bool
    default: Any
    reader: _Reader
    marks: tuple[Any, ...]
    many: bool
    part: type | None


def _one_of(words: tuple[Any, ...]) -> _Reader:
    def read(value: Any, path: Path, sources: Sources) -> Any:
        if value in words and type(value) in {type(word) for word in words}:
            return value
        told = Wrong("not_one_of", "{value!r} is not known here", value=value, codes=words)
        raise Misfit(path, told, f"Write one of {', '.join(map(str, words))}.")

    return read


def _plain(kind: type, name: str) -> _Reader:
    def read(value: Any, path: Path, sources: Sources) -> Any:
        if type(value) is not kind:
            told = Wrong(f"not_{kind.__name__}", "{value!r} is not {name}", value=value, name=name)
            raise Misfit(path, told, f"Write {name}.")
        if isinstance(value, str) and not value.strip():
            raise Misfit(path, Wrong("empty", "the value is empty"), "Write it, or leave the field out.")
        return value

    return read


def _text(value: Any, path: Path, sources: Sources) -> Text:
    form = 'Write it as { en = "…", fr = "…", es = "…" }; leave out a language that does not exist.'
    if not isinstance(value, Mapping) or not all(isinstance(written, str) for written in value.values()):
        raise Misfit(path, Wrong("not_trio", "{value!r} is not a text in three languages", value=value), form)
    unknown = sorted(set(value) - set(LANGUAGES))
    if unknown:
        told = Wrong("unknown_language", "the text has the unknown language(s) {value}", value=", ".join(unknown))
        raise Misfit(path, told, form)
    text = Text.of(value)
    if len(text.missing) == len(LANGUAGES):
        raise Misfit(path, Wrong("empty_text", "the text is empty in every language"), form)
    return text


def _number(value: Any, path: Path, sources: Sources) -> Decimal:
    todo = "Write a whole number, or a number with decimals in quotes; leave out what is not available."
    wrong = Misfit(path, Wrong("not_number", "{value!r} is not a number", value=value), todo)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise wrong
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise wrong from None
    if not number.is_finite():
        raise wrong
    return number


def _date(kind: type[When]) -> _Reader:
    def read(value: Any, path: Path, sources: Sources) -> When:
        try:
            return kind.of(value)
        except ValueError as error:
            raise Misfit(path, error.args[0], "Write 2023, 2023-04 or 2023-04-18, in quotes.") from None

    return read


def _citation(value: Any, path: Path, sources: Sources) -> Citation:
    form = 'Write the id of a source of portfolio/sources.toml, or { source = "…", locator = "…" }.'
    entry = {"source": value} if isinstance(value, str) else value
    if not isinstance(entry, Mapping) or not set(entry) <= {"source", "locator"} or "source" not in entry:
        raise Misfit(path, Wrong("not_source", "{value!r} is not a source", value=value), form)
    locator = entry.get("locator")
    if locator is not None and (not isinstance(locator, str) or not locator.strip()):
        raise Misfit(path, Wrong("not_locator", "the locator {value!r} is not a text", value=locator), form)
    source = sources.get(entry["source"]) if isinstance(entry["source"], str) else None
    if source is None:
        raise Misfit(path, Wrong("no_source", "there is no source {value!r}", value=entry["source"]), form)
    return Citation(source, locator)


def _many(reader: _Reader) -> _Reader:
    def read(value: Any, path: Path, sources: Sources) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            raise Misfit(path, Wrong("not_list", "{value!r} is not a list", value=value), "Write a list: [ … ].")
        readings = ((n, partial(reader, member, (*path, str(n)), sources)) for n, member in enumerate(value))
        return tuple(_each(readings, []).values())

    return read


_PLAIN: dict[Any, _Reader] = {
    str: _plain(str, "a text in quotes"),
    int: _plain(int, "a whole number"),
    bool: _plain(bool, "true or false"),
    Text: _text,
    Decimal: _number,
    Citation: _citation,
}


def _reader(hint: Any) -> _Reader:
    if get_origin(hint) is Annotated:
        return _reader(get_args(hint)[0])
    if hint in _PLAIN:
        return _PLAIN[hint]
    if get_origin(hint) is Literal:
        return _one_of(get_args(hint))
    if get_origin(hint) is tuple:
        return _many(_reader(get_args(hint)[0]))
    if isinstance(hint, type) and issubclass(hint, When):
        return _date(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return lambda value, path, sources: read(hint, value, path, sources)
    raise TypeError(f"no form for {hint!r}")  # a mistake in the model, not in a file


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        return next(arg for arg in get_args(hint) if arg is not type(None))
    return hint


def _marks(hint: Any) -> tuple[Any, ...]:
    hint = _without_none(hint)
    if get_origin(hint) is Annotated:
        return tuple(get_args(hint)[1:])
    return _marks(get_args(hint)[0]) if get_origin(hint) is tuple else ()


def _part(hint: Any) -> type | None:
    if get_origin(hint) in (Annotated, tuple):
        return _part(get_args(hint)[0])
    known = isinstance(hint, type) and dataclasses.is_dataclass(hint)
    return hint if known and not issubclass(hint, (Citation, Text, When)) else None


_FIELDS: dict[type, Mapping[str, Field]] = {}


def fields(cls: type) -> Mapping[str, Field]:
    """The fields of a dataclass of the model, in order."""
    if cls not in _FIELDS:
        _FIELDS[cls] = _fields(cls)
    return _FIELDS[cls]


def _fields(cls: type) -> Mapping[str, Field]:
    hints = get_type_hints(cls, include_extras=True)
    found = {}
    for field in dataclasses.fields(cls):
        hint = _without_none(hints[field.name])
        required = field.default is dataclasses.MISSING
        many = get_origin(hint) is tuple
        found[field.name] = Field(
            field.name, required, None if required else field.default, _reader(hint), _marks(hint), many, _part(hint)
        )
    return found


def read(cls: type[T], entry: Any, path: Path = (), sources: Sources = _NO_SOURCES) -> T:
    """The `cls` that `entry` describes. Raises Misfit, which knows every value that does not fit."""
    schema = fields(cls)
    name = cls.__name__
    if not isinstance(entry, Mapping):
        told = Wrong("not_part", "{value!r} is not a table of {name}", value=entry, name=name)
        raise Misfit(path, told, f"Write {{ {', '.join(_required(cls))} }}.")
    found: list[Misfit] = []
    for key in entry:
        if key not in schema:
            told = Wrong("no_field", "{name} has no field {value!r}", name=name, value=key)
            found.append(Misfit((*path, key), told, f"Its fields are {', '.join(schema)}."))
    for key in _required(cls):
        if key not in entry:
            told = Wrong("lacks", "{name} lacks {field!r}", name=name, field=key)
            found.append(Misfit((*path, key), told, f"Write {key}; required are {', '.join(_required(cls))}."))
    known = {key: value for key, value in entry.items() if key in schema}
    readings = ((key, partial(schema[key].reader, value, (*path, key), sources)) for key, value in known.items())
    return cls(**_each(readings, found))


def _required(cls: type) -> list[str]:
    return [field.name for field in fields(cls).values() if field.required]


def write(value: Any) -> Any:
    """`value` as plain values that `read` turns back into it; what has its default is left out."""
    match value:
        case Text():
            return {lang: words for lang in LANGUAGES if (words := value.get(lang)) is not None}
        case When():
            return value.code
        case Decimal():
            return str(value)
        case Citation():
            if value.locator is None:
                return value.source.id
            return {"source": value.source.id, "locator": value.locator}
        case tuple():
            return [write(member) for member in value]
        case str() | int() | bool():
            return value
    schema = fields(type(value))
    entry = {}
    for name, field in schema.items():
        member = getattr(value, name)
        if field.required or member != field.default:
            entry[name] = write(member)
    return entry


@dataclass(frozen=True, slots=True)
class Reference:
    """A value of a record that refers to something: where it stands, what it says, the mark of its field."""

    path: Path
    value: str
    mark: Any


def is_part(value: Any) -> bool:
    """Whether `value` is a part of a record with fields of its own: not a text, a date or a citation."""
    return dataclasses.is_dataclass(value) and not isinstance(value, (Citation, Text, When))


def references(value: Any, path: Path = ()) -> Iterator[Reference]:
    """Every value below `value` whose field is marked (`Needs`, `Names`, `In`, `Coded`)."""
    for name, field in fields(type(value)).items():
        member = getattr(value, name)
        if member is None or isinstance(member, (Citation, Text)):
            continue
        for n, one in enumerate(member if field.many else (member,)):
            where = (*path, name, str(n)) if field.many else (*path, name)
            for mark in field.marks:
                yield Reference(where, one, mark)
            if is_part(one):
                yield from references(one, where)


def references_in(cls: type, entry: Any, path: Path = ()) -> Iterator[Reference]:
    """What `references` would give of the `cls` that `entry` describes, as far as it can be seen: it may not fit."""
    for name, field in fields(cls).items() if isinstance(entry, Mapping) else ():
        given = entry.get(name)
        members = given if field.many else (given,)
        for n, one in enumerate(members if isinstance(members, (list, tuple)) else ()):
            where = (*path, name, str(n)) if field.many else (*path, name)
            if field.part is not None:
                yield from references_in(field.part, one, where)
            elif isinstance(one, str):
                for mark in field.marks:
                    yield Reference(where, one, mark)
