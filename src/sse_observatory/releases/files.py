"""The files of a release: what is written, byte for byte, and how it is read back.

``observations-<DF>.parquet``  observations in `observation_schema`, sorted by key
``structure.json``             codelists, concepts, data structures and dataflows, in three languages
``recipes.json``               sources and methods by recipe id
``quality.json``               quality measures
``manifest.json``              process, title, run, vintage, whether fictional, observations by dataflow, hashes
``clearance.json``             what let the release out: added by `publish`, not part of a draft

Nothing in them depends on time, machine, path or the order in which a process met its rows.

Of a hidden observation (CONF_STATUS C) the files say only that it is confidential: its recipe and
its fingerprint are written empty, because a recipe of its own could tell a primary from a secondary
suppression, and a fingerprint that moves tells that a contributor moved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sse_observatory.core import Damaged, ObservatoryError, Text, canonical, content_hash
from sse_observatory.releases.model import (
    AlreadyPublic,
    Clearance,
    Draft,
    MethodRef,
    Recipe,
    SourceRef,
    parquet_bytes,
)
from sse_observatory.releases.observations import UNENCODED, conform, encode
from sse_observatory.structures import Attribute, Code, Codelist, Concept, Dataflow, DataStructure, Dimension

FORMAT = 1
"""Version of this layout; a reader refuses a higher one."""

_AGAIN = "Restore the release from a copy, or publish the same draft again."


def observations_file(dataflow: str) -> str:
    """The name of the file with a dataflow's observations."""
    return f"observations-{dataflow}.parquet"


def files_of(draft: Draft) -> dict[str, bytes]:
    """The files a draft would publish, by name. Raises ObservatoryError where a table has not the structure's columns.

    Raises Unsafe for columns that the structure does not have.
    """
    if set(draft.tables) != set(draft.dataflows):
        odd = ", ".join(sorted(set(draft.tables) ^ set(draft.dataflows)))
        raise ObservatoryError(f"{draft.process}: {odd} has a table without a dataflow, or the opposite",
                               "Give one table for each dataflow of the draft.")
    for name, dataflow in draft.dataflows.items():
        if dataflow.id != name:
            raise ObservatoryError(f"{draft.process}: dataflow {dataflow.id} is listed as {name}", "List it by its id.")
    tables = {name: _silent_where_hidden(conform(draft.tables[name], draft.dataflows[name]))
              for name in sorted(draft.tables)}
    for name, recipe in draft.recipes.items():
        if recipe.id != name:
            raise ObservatoryError(f"{draft.process}: recipe {name} has the content of recipe {recipe.id}",
                                   "List recipes by Recipe.id.")
    files = {observations_file(name): parquet_bytes(table) for name, table in tables.items()}
    files["structure.json"] = canonical(structure_document(draft.dataflows))
    # A recipe that only hidden cells have would say how they were hidden.
    named = {name for table in tables.values() for name in pc.unique(table["RECIPE"]).to_pylist()}
    files["recipes.json"] = canonical({name: _recipe_out(r) for name, r in draft.recipes.items() if name in named})
    files["quality.json"] = _quality_out(draft)
    # The manifest vouches for the other files, so that each can be checked when it is read alone.
    files["manifest.json"] = canonical({
        "files": {name: content_hash(data) for name, data in files.items()},
        "format": FORMAT,
        "process": draft.process,
        "title": _text_out(draft.title),
        "dataflows": {name: table.num_rows for name, table in tables.items()},
        "run_id": draft.run_id,
        "vintage": draft.vintage,
        "fictional": draft.fictional,
    })
    return files


def release_id(files: Mapping[str, bytes]) -> str:
    """The hash of all published bytes: names and contents."""
    return content_hash({name: content_hash(data) for name, data in files.items()})


def clearance_file(clearance: Clearance) -> bytes:
    """What the public may know of a clearance: its kind, the rules or the sources; never a finding or a count."""
    if isinstance(clearance, AlreadyPublic):
        return canonical({"kind": "already public", "sources": sorted(clearance.sources)})
    return canonical({"kind": "audit", "rules": clearance.rules, "skipped": clearance.skipped})


def _silent_where_hidden(table: pa.Table) -> pa.Table:
    if "CONF_STATUS" not in table.column_names:
        return table
    hidden = pc.fill_null(pc.equal(table["CONF_STATUS"], "C"), False)
    if not pc.any(hidden).as_py():
        return table
    for name in ("RECIPE", "FINGERPRINT"):
        column = pc.if_else(hidden, "", table[name])
        table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), column)
    return table


def _quality_out(draft: Draft) -> bytes:
    data = canonical(draft.quality)
    try:
        json.loads(data, parse_constant=_no_constant)
    except ValueError as error:
        raise ObservatoryError(f"{draft.process}: quality measures hold {error}, which JSON cannot say",
                               "Leave out a measure that could not be computed, or give null.") from error
    return data


def _no_constant(name: str) -> None:
    raise ValueError(name)


# Texts and dates


def _text_out(text: Text) -> dict[str, str]:
    return {lang: value for lang in ("en", "fr", "es") if (value := getattr(text, lang)) is not None}


def _text_in(value: Mapping[str, str]) -> Text:
    return Text(**value)


def _day_in(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _trimmed(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in values.items() if v not in (None, "", {}, [])}


# Structures


def structure_document(dataflows: Mapping[str, Dataflow]) -> dict[str, Any]:
    """Dataflows with all they refer to, as plain JSON values; each codelist and concept once.

    Raises ObservatoryError where two dataflows use one identifier for different content.
    """
    document: dict[str, dict[str, Any]] = {"codelists": {}, "concepts": {}, "structures": {}, "dataflows": {}}

    def add(part: str, name: str, value: dict[str, Any]) -> str:
        if document[part].setdefault(name, value) != value:
            raise ObservatoryError(f"two dataflows of one draft use different {part} under the identifier {name}",
                                   "Load both from one catalogue.")
        return name

    def component(concept: Concept, codelist: Codelist | None) -> dict[str, Any]:
        if codelist is not None:
            add("codelists", codelist.id, _codelist_out(codelist))
        return _trimmed({
            "concept": add("concepts", concept.id, _concept_out(concept)),
            "codelist": codelist.id if codelist is not None else None,
        })

    for flow in dataflows.values():
        structure = flow.structure
        add("structures", structure.id, {
            "label": _text_out(structure.label),
            "agency": structure.agency,
            "version": structure.version,
            "dimensions": [component(d.concept, d.codelist) for d in structure.dimensions],
            "attributes": [
                component(a.concept, a.codelist) | ({"mandatory": True} if a.mandatory else {})
                for a in structure.attributes
            ],
        })
        add("dataflows", flow.id, _trimmed({
            "label": _text_out(flow.label),
            "structure": structure.id,
            "description": _text_out(flow.description) if flow.description else None,
            "table": flow.table,
            "agency": flow.agency,
            "version": flow.version,
        }))
    return document


def _concept_out(concept: Concept) -> dict[str, Any]:
    return _trimmed({
        "label": _text_out(concept.label),
        "description": _text_out(concept.description) if concept.description else None,
        "codelist": concept.codelist,
        "format": concept.format,
    })


def _codelist_out(codelist: Codelist) -> dict[str, Any]:
    return {
        "label": _text_out(codelist.label),
        "agency": codelist.agency,
        "version": codelist.version,
        "source": codelist.source,
        "codes": [
            _trimmed({
                "id": code.id,
                "label": _text_out(code.label),
                "parent": code.parent,
                "description": _text_out(code.description) if code.description else None,
                "valid_from": code.valid_from.isoformat() if code.valid_from else None,
                "valid_to": code.valid_to.isoformat() if code.valid_to else None,
                "source": code.source,
                "notes": dict(code.notes),
            })
            for code in codelist.codes
        ],
    }


def dataflows_from(document: Mapping[str, Any]) -> dict[str, Dataflow]:
    """The dataflows in a structure document: `structure_document` undone."""
    codelists = {name: _codelist_in(name, value) for name, value in document["codelists"].items()}
    concepts = {name: _concept_in(name, value) for name, value in document["concepts"].items()}

    def structure(name: str) -> DataStructure:
        value = document["structures"][name]
        return DataStructure(
            id=name,
            label=_text_in(value["label"]),
            agency=value["agency"],
            version=value["version"],
            dimensions=tuple(
                Dimension(concepts[d["concept"]], codelists[d["codelist"]] if "codelist" in d else None)
                for d in value["dimensions"]
            ),
            attributes=tuple(
                Attribute(concepts[a["concept"]], codelists[a["codelist"]] if "codelist" in a else None,
                          a.get("mandatory", False))
                for a in value["attributes"]
            ),
        )

    return {
        name: Dataflow(
            id=name,
            label=_text_in(value["label"]),
            structure=structure(value["structure"]),
            description=_text_in(value["description"]) if "description" in value else None,
            table=value.get("table", ""),
            agency=value["agency"],
            version=value["version"],
        )
        for name, value in document["dataflows"].items()
    }


def _concept_in(name: str, value: Mapping[str, Any]) -> Concept:
    description = _text_in(value["description"]) if "description" in value else None
    return Concept(name, _text_in(value.get("label", {})), description, value.get("codelist"), value["format"])


def _codelist_in(name: str, value: Mapping[str, Any]) -> Codelist:
    codes = tuple(
        Code(
            id=code["id"],
            label=_text_in(code.get("label", {})),
            parent=code.get("parent"),
            description=_text_in(code["description"]) if "description" in code else None,
            valid_from=_day_in(code.get("valid_from")),
            valid_to=_day_in(code.get("valid_to")),
            source=code.get("source", ""),
            notes=code.get("notes", {}),
        )
        for code in value["codes"]
    )
    return Codelist(name, _text_in(value["label"]), codes, value["agency"], value["version"], value["source"])


# Recipes


def _recipe_out(recipe: Recipe) -> dict[str, Any]:
    return {
        "sources": [
            _trimmed({
                "id": s.id, "title": _text_out(s.title), "edition": s.edition, "provider": s.provider,
                "licence": s.licence, "attribution": s.attribution, "url": s.url, "snapshot": s.snapshot,
                "coverage": _text_out(s.coverage) if s.coverage else None,
            })
            for s in recipe.sources
        ],
        "methods": [
            _trimmed({
                "gsbpm": m.gsbpm, "id": m.id, "version": m.version, "label": _text_out(m.label),
                "parameters": dict(m.parameters), "status": m.status, "reference": m.reference,
            })
            for m in recipe.methods
        ],
        "notes": [_text_out(n) for n in recipe.notes],
    }


def recipe_from(value: Mapping[str, Any]) -> Recipe:
    """A recipe from its JSON form."""
    return Recipe(
        sources=tuple(
            SourceRef(
                title=_text_in(s.get("title", {})),
                coverage=_text_in(s["coverage"]) if "coverage" in s else None,
                **{k: s.get(k, "") for k in ("id", "edition", "provider", "licence", "attribution", "url", "snapshot")},
            )
            for s in value["sources"]
        ),
        methods=tuple(
            MethodRef(
                label=_text_in(m.get("label", {})),
                parameters=m.get("parameters", {}),
                **{k: m.get(k, "") for k in ("gsbpm", "id", "version", "status", "reference")},
            )
            for m in value["methods"]
        ),
        notes=tuple(_text_in(n) for n in value["notes"]),
    )


# Reading back


class Contents:
    """What the small files of a release say; observations are read apart, one dataflow at a time.

    Raises Damaged where one is absent or cannot be read, ObservatoryError for a newer format.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        manifest = self._json("manifest.json")
        try:
            if manifest["format"] > FORMAT:
                raise ObservatoryError(
                    f"the release has format {manifest['format']}; this version reads up to {FORMAT}",
                    "Read it with a newer version of the observatory.",
                )
            self.process: str = manifest["process"]
            self.title = _text_in(manifest["title"])
            self.counts: Mapping[str, int] = manifest["dataflows"]
            self.run_id: str = manifest["run_id"]
            self.vintage: str = manifest["vintage"]
            self.fictional: bool = manifest["fictional"]
            self.hashes: Mapping[str, str] = manifest["files"]
        except (KeyError, TypeError) as error:
            raise Damaged(f"manifest.json cannot be read: {error}", _AGAIN) from error

    def _json(self, name: str) -> Any:
        try:
            return json.loads(self._files[name])
        except (KeyError, ValueError) as error:
            raise Damaged(f"{name} is missing or cannot be read", _AGAIN) from error

    @cached_property
    def dataflows(self) -> dict[str, Dataflow]:
        """The dataflows, by id."""
        return dataflows_from(self._json("structure.json"))

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """The recipes, by id."""
        return {name: recipe_from(value) for name, value in self._json("recipes.json").items()}

    @cached_property
    def quality(self) -> Mapping[str, Any]:
        """The quality measures."""
        return cast("Mapping[str, Any]", self._json("quality.json"))

    @cached_property
    def clearance(self) -> Mapping[str, Any]:
        """What let the release out: ``kind`` (audit, already public) with ``rules`` and ``skipped``, or ``sources``."""
        return cast("Mapping[str, Any]", self._json("clearance.json"))

    def id(self) -> str:
        """The release id that follows from the manifest: the observations themselves are not read. Raises Damaged."""
        if "clearance.json" not in self._files:
            raise Damaged("clearance.json is missing", _AGAIN)
        small = {name: content_hash(self._files[name]) for name in ("manifest.json", "clearance.json")}
        return content_hash({**self.hashes, **small})


def observations_from(data: bytes) -> pa.Table:
    """A file of observations as an encoded table (see `observations.encode`). Raises Damaged."""
    try:
        buffer = pa.BufferReader(data)
        texts = [f.name for f in pq.read_schema(buffer) if pa.types.is_string(f.type) and f.name not in UNENCODED]
        return encode(pq.read_table(pa.BufferReader(data), read_dictionary=texts))
    except (pa.ArrowException, OSError) as error:
        raise Damaged(f"a file of observations cannot be read: {error}", _AGAIN) from error

