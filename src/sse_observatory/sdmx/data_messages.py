"""Data as SDMX-ML 2.1 structure-specific messages and as SDMX-CSV 1.0, in blocks of rows.

SDMX-ML: SDMX 2.1 section 3A, structure-specific data; flat (AllDimensions) or in series by any dimension.
SDMX-CSV 1.0: header DATAFLOW, dimensions, OBS_VALUE, attributes; RFC 4180 with CRLF.

An observation without a value has no OBS_VALUE attribute, or an empty cell: OBS_STATUS says which of the states
it is in. `NaN` is not written: OBS_VALUE is a decimal, and xs:decimal has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sse_observatory.core import LANGUAGES, Language, Text
from sse_observatory.core.spreadsheets import safe_cell
from sse_observatory.sdmx import words
from sse_observatory.sdmx.artefacts import components
from sse_observatory.sdmx.queries import DataDetail
from sse_observatory.sdmx.selection import ALL_DIMENSIONS, Selection, series_dimensions
from sse_observatory.sdmx.xml import (
    COMMON,
    DECLARATION,
    FORBIDDEN,
    MESSAGE,
    STRUCTURE_SPECIFIC,
    escape,
    header,
)
from sse_observatory.structures import Codelist, Dataflow

BLOCK = 8_192
Part: TypeAlias = "str | Any"
"""Text for the rows of a block: one string for every row, or an Arrow string array with one string for each."""

_FORBIDDEN = re.compile(FORBIDDEN)


def namespace(flow: Dataflow, at: str) -> str:
    """The XML namespace of a dataflow's structure-specific messages with `at` as dimension at the observation."""
    return (
        f"urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow={flow.agency}:{flow.id}({flow.version})"
        f":ObsLevelDim:{at}"
    )


def source_note(selection: Selection) -> Text:
    """What the header says stands behind the message; it names an invented country."""
    if not selection.fictional:
        return words.SOURCE
    dimension = selection.flow.structure.dimension("REF_AREA")

    def named(area: str) -> Text:
        return dimension.codelist[area].label if dimension.codelist and area in dimension.codelist else Text(en=area)

    def note(lang: Language) -> str:
        areas = ", ".join(f"{named(a)[lang]} ({a})" for a in selection.fictional)
        return words.SOURCE_FICTIONAL[lang].format(areas=areas)

    return Text(*map(note, LANGUAGES))


def ml_message(
    selection: Selection, at: str, time_series: bool, detail: DataDetail, message_id: str, prepared: datetime
) -> Iterator[bytes]:
    """The structure-specific message, in blocks. `time_series` takes the element for series over time."""
    flow = selection.flow
    root = "StructureSpecificTimeSeriesData" if time_series else "StructureSpecificData"
    ref = f'<Ref id="{flow.id}" version="{escape(flow.version)}" agencyID="{flow.agency}" package="datastructure" '
    space = escape(namespace(flow, at))
    structure = (
        f'<mes:Structure structureID="DATA" namespace="{space}" dimensionAtObservation="{at}">'
        f'<com:StructureUsage>{ref}class="Dataflow"/></com:StructureUsage></mes:Structure>'
    )
    yield (
        f'{DECLARATION}<mes:{root} xmlns:mes="{MESSAGE}" xmlns:com="{COMMON}" xmlns:ss="{STRUCTURE_SPECIFIC}" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ns1="{space}">'
        f"{header(message_id, prepared, structure, source_note(selection))}"
        '<mes:DataSet ss:structureRef="DATA" xsi:type="ns1:DataSetType" ss:dataScope="Dataflow" '
        'ss:action="Replace">\n'
    ).encode()
    yield from _flat(selection, detail) if at == ALL_DIMENSIONS else _series(selection, at, detail)
    yield f"</mes:DataSet></mes:{root}>\n".encode()


def _flat(selection: Selection, detail: DataDetail) -> Iterator[bytes]:
    dimensions = _rendered(selection, [d.id for d in selection.flow.structure.dimensions], _attribute)
    attributes = _rendered(selection, _attributes(selection, detail), _attribute)
    for block in selection.blocks(BLOCK):
        yield _joined([
            "<Obs", *(take(block) for take in dimensions), _value(selection, block),
            *(take(block) for take in attributes), "/>\n",
        ], block)


def _series(selection: Selection, at: str, detail: DataDetail) -> Iterator[bytes]:
    keys = _rendered(selection, series_dimensions(selection.flow, at), _attribute)
    position = _rendered(selection, [at], _attribute)
    attributes = _rendered(selection, _attributes(selection, detail), _attribute)
    for block in selection.blocks(BLOCK):
        starts = selection.starts[block]
        if detail in ("serieskeysonly", "nodata"):
            yield _joined(["<Series", *(take(block) for take in keys), "/>\n"], block)
            continue
        rows = np.flatnonzero(starts)
        opening = _strings(["<Series", *(_narrow(take(block), rows) for take in keys), ">\n"], len(rows))
        if block.start == 0:
            closing = pa.array(["", *["</Series>\n"] * (len(rows) - 1)], pa.string())
        else:
            closing = pa.array(["</Series>\n"] * len(rows), pa.string())
        opened = pc.replace_with_mask(
            pa.array(np.full(len(starts), ""), pa.string()), pa.array(starts),
            pc.binary_join_element_wise(closing, opening, ""),
        )
        yield _joined([
            opened, "<Obs", *(take(block) for take in position), _value(selection, block),
            *(take(block) for take in attributes), "/>\n",
        ], block)
    if detail not in ("serieskeysonly", "nodata"):
        yield b"</Series>\n"


def csv_message(
    selection: Selection, at: str, detail: DataDetail, labels: str, lang: Language, spreadsheet: bool = False
) -> Iterator[bytes]:
    """SDMX-CSV 1.0, in blocks; with ``labels="both"`` codes are followed by their label in `lang`.

    `spreadsheet` writes for a person's spreadsheet and not for a machine: a byte order mark, labels, and an
    apostrophe before any text a spreadsheet would take for a formula.
    """
    flow = selection.flow
    keys_only = detail in ("serieskeysonly", "nodata")
    dimensions = [d.id for d in flow.structure.dimensions if not (keys_only and d.id == at)]
    attributes = _attributes(selection, detail)
    both = labels == "both"
    coded = {c.id: c.codelist for c in components(flow.structure)}
    concepts = {c.id: c.concept for c in components(flow.structure)}

    def cell(written: str) -> str:
        return quoted(safe_cell(written) if spreadsheet else written)

    def head(name: str) -> str:
        # Readers cut a cell at the first ": " under a labelled heading, so a heading is labelled only where
        # the cells below it hold codes.
        if both and (coded[name] is not None or name == "TIME_PERIOD"):
            return quoted(f"{name}: {_label(concepts[name].label, lang)}")
        return name

    def render(name: str, value: str) -> str:
        codelist = coded[name]
        if both and codelist is not None:
            return cell(_with_label(value, codelist, lang))
        return cell(value)

    identity = f"{flow.agency}:{flow.id}({flow.version})"
    first = cell(f"{identity}: {_label(flow.label, lang)}") if both else cell(identity)
    measure = [] if keys_only else ["OBS_VALUE"]
    heading = ",".join(["DATAFLOW", *map(head, dimensions), *measure, *map(head, attributes)])
    yield (("\ufeff" if spreadsheet else "") + heading + "\r\n").encode()
    before = _rendered(selection, dimensions, render)
    after = _rendered(selection, attributes, render)
    for block in selection.blocks(BLOCK):
        cells: list[Part] = [first]
        for take in before:
            cells += [",", take(block)]
        if measure:
            cells += [",", selection.measure_text(block).fill_null("")]
        for take in after:
            cells += [",", take(block)]
        yield _joined([*cells, "\r\n"], block)


def quoted(text: str) -> str:
    """`text` as a CSV cell (RFC 4180); control characters no XML could carry become U+FFFD here too."""
    text = _FORBIDDEN.sub("\ufffd", text)
    if any(c in text for c in ',"\r\n') or text != text.strip(" "):
        return '"' + text.replace('"', '""') + '"'
    return text


def _label(label: Text, lang: Language) -> str:
    """A label in `lang`; one taken from another language because it is missing says which it is in."""
    found, really = label.within(lang)
    return found if really == lang else f"{found} [{really}]"


def _with_label(code: str, codelist: Codelist, lang: Language) -> str:
    return f"{code}: {_label(codelist[code].label, lang)}" if code in codelist else code


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"'


def _attributes(selection: Selection, detail: DataDetail) -> list[str]:
    return [a.id for a in selection.flow.structure.attributes] if detail == "full" else []


def _rendered(
    selection: Selection, names: Sequence[str], render: Callable[[str, str], str]
) -> list[Callable[[slice], Part]]:
    """For each column a function from a block to its rendered text; each distinct value is rendered once."""
    takes: list[Callable[[slice], Part]] = []
    for name in names:
        column = selection.columns[name]
        written = ["" if v is None else render(name, v) for v in column.values]
        if len(written) == 1:
            takes.append(lambda block, only=written[0]: only)  # type: ignore[misc]
        else:
            values = pa.array(written, pa.string())
            takes.append(
                lambda block, codes=column.codes, values=values: values.take(pa.array(codes[block]))  # type: ignore[misc]
            )
    return takes


def _value(selection: Selection, block: slice) -> Part:
    written = selection.measure_text(block)
    return pc.binary_join_element_wise(' OBS_VALUE="', written, '"', "").fill_null("")


def _narrow(part: Part, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Part:
    return part if isinstance(part, str) else part.take(pa.array(rows))


def _strings(parts: Sequence[Part], rows: int) -> pa.Array:
    """The parts joined row by row; plain strings stand for every row and are merged with their neighbours."""
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    if len(merged) == 1 and isinstance(merged[0], str):
        return pa.array([merged[0]] * rows, pa.string())
    return pc.binary_join_element_wise(*merged, "")


def _joined(parts: Sequence[Part], block: slice) -> bytes:
    """The parts of all rows of a block as one piece of UTF-8, taken from the joined column without a copy by row."""
    array = _strings(parts, block.stop - block.start)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    start, stop = int(offsets[0]), int(offsets[-1])
    data: bytes = array.buffers()[2].slice(start, stop - start).to_pybytes()
    return data
