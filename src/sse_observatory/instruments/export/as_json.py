"""Instruments as JSON: everything the model holds, and back without loss.

The form follows the model field by field; `instrument.schema.json`, in this package and in the documentation, describes
it (JSON Schema 2020-12). Symbols are written in their canonical spelling. `version` grows when the form changes in a
way that a program reading it could notice.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from datetime import date
from enum import Enum
from functools import cache
from importlib import resources
from typing import Any

from sse_observatory.core import ObservatoryError
from sse_observatory.instruments import model, symbols
from sse_observatory.instruments.compare import Comparison
from sse_observatory.instruments.model import Instrument, Symbol

VERSION = 2
"""2: acts may be UNCLASSIFIED, comparisons and their notes `unknown`."""


def schema(name: typing.Literal["instrument", "comparison"] = "instrument") -> dict[str, Any]:
    """The JSON Schema of an instrument, or of a comparison."""
    text = resources.files(__package__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def to_json(instrument: Instrument) -> dict[str, Any]:
    """An instrument as JSON values, valid against `schema`."""
    return {"version": VERSION, **_plain(instrument)}


def from_json(value: Mapping[str, Any]) -> Instrument:
    """The instrument that `to_json` wrote. Raises ObservatoryError for another form or version."""
    if value.get("version") != VERSION:
        raise ObservatoryError(
            f"This is not an instrument in version {VERSION} of the form (version: {value.get('version')!r}).",
            "Write it again with `observatory instrument read FILE --json`.",
        )
    try:
        made = _typed({k: v for k, v in value.items() if k != "version"}, Instrument)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ObservatoryError(
            f"This is not an instrument as JSON: {error}.", "Check it against the published JSON Schema."
        ) from error
    assert isinstance(made, Instrument)
    return made


def comparison_to_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison as JSON values: which texts, on what basis, the counts and every match."""
    return {
        "version": VERSION,
        "old": _identity(comparison.old),
        "new": _identity(comparison.new),
        "basis": comparison.basis,
        "counts": {str(change): count for change, count in comparison.counts.items()},
        "matches": _plain(comparison.matches),
    }


def _identity(instrument: Instrument) -> dict[str, Any]:
    return {
        "symbol": str(instrument.work.symbol) if instrument.work.symbol else None,
        "title": instrument.expression.title,
        "language": instrument.expression.language,
        "file": instrument.source.name,
        "sha256": instrument.source.sha256,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Symbol):
        return value.text
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return value


@cache
def _hints(of: type) -> dict[str, Any]:
    return typing.get_type_hints(of, vars(model))


def _typed(value: Any, kind: Any) -> Any:
    """`value` as the type `kind` of the model."""
    origin, given = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _typed(value, next(g for g in given if g is not type(None)))
    if origin is tuple:
        return tuple(_typed(v, given[0]) for v in value)
    if origin is not None and issubclass(typing.cast("type", _class(origin)), Mapping):
        return {k: _typed(v, given[1]) for k, v in value.items()}
    if kind is Symbol:
        return symbols.parse(value)
    if dataclasses.is_dataclass(kind):
        hints = _hints(typing.cast("type", kind))
        unknown = set(value) - set(hints)
        if unknown:
            raise ValueError(f"{typing.cast('type', kind).__name__} has no {', '.join(sorted(unknown))}")
        return typing.cast("Any", kind)(**{k: _typed(v, hints[k]) for k, v in value.items()})
    if kind is date:
        return date.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if origin is typing.Literal:
        if value not in given:
            raise ValueError(f"{value!r} is not one of {', '.join(map(repr, given))}")
        return value
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return value


def _class(origin: Any) -> Any:
    return origin if isinstance(origin, type) else object
