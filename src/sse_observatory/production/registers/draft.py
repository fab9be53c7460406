"""A first source description for a file nobody has described yet: what can be seen in it, for a statistician to finish.

Nothing here is certain: delimiter, encoding and columns are read off the first part of the file, and which column is
what is guessed from its name and values. Every guess is marked; nothing is published from a draft, because the coverage
and the rights are left for a person to state.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from sse_observatory.core import InputError

SAMPLE = 1024 * 1024
_GUESSES: tuple[tuple[str, str, str], ...] = (
    ("members_women", r"(female|women|femmes|mujeres)", "count"),
    (
        "members_headcount",
        r"^(n_?|nb_?|no_?)?(total_?)?(members?|membership|adh[ée]rents?|soci[ée]taires?|socios|asociados)",
        "count",
    ),
    ("worker_members_headcount", r"(worker.?members?|associ[ée]s.?travailleurs|socios.?trabajadores)", "count"),
    ("employees_headcount", r"(employees|staff|salari[ée]s|effectifs?$|empleados|asalariados)", "count"),
    ("assets_lcu", r"(assets|actifs?|bilan|activos?)", "amount"),
    ("turnover_lcu", r"(turnover|revenue|sales|chiffre.?d?.?affaires|^ca$|ventas|ingresos|facturaci)", "amount"),
    ("name", r"^(.*_)?(name|nom|nombre|d[ée]nomination|raison.?sociale|raz[oó]n.?social)", "text"),
    ("legal_form_raw", r"(legal.?form|forme?.?jur|cat[ée]gorie.?jur|forma.?jur|^form[ea]?$)", "text"),
    ("activity_raw", r"(isic|nace|sic.?code|^sic$|naf|ape|ciiu|citi|activity|activit[ée]|actividad)", "text"),
    (
        "registered_on",
        r"(regist.*(date|on|ed$)|date.?(of.?|de.?|d.)?(regist|creat|incorp|cr[ée]ation|immatric)|^(cr[ée][ée]e?|creada?)(_|\b)"
        r"|fecha.?(de.?)?(regist|alta|const|crea))",
        "day",
    ),
    (
        "closed_on",
        r"(clos.*(date|on)|date.?(of.?|de.?)?(clos|dissol|cess|radiation)|fecha.?(de.?)?(baja|cierre|disol))",
        "day",
    ),
)  # fmt: skip
_IDENTIFIER = (
    r"(^|_|\b)(id|identifier|identifiant|number|num[ée]ro|no|nr|code|siren|registration|registro|matricule)(_|\b|$)"
)
_NUMBERS = {"count": r"-?(\d+|\d{1,3}([ .,'\u00a0\u202f]\d{3})+)", "amount": r"-?\d[\d.,' \u00a0\u202f]*"}
_FITS = 0.9
"""The share of a column's values that must look like what its name says: real files hold a few wrong ones."""
_FORMS = (
    ("%Y-%m-%d", r"\d{4}-\d{2}-\d{2}"),
    ("%d/%m/%Y", r"\d{1,2}/\d{1,2}/\d{4}"),
    ("%d.%m.%Y", r"\d{1,2}\.\d{1,2}\.\d{4}"),
)


def _start(file: Path) -> tuple[bytes, bool]:
    if not file.is_file():
        raise InputError("the file does not exist.", file=file, todo="Check the path and its spelling.")
    with file.open("rb") as stream:
        compressed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        if not compressed:
            return stream.read(SAMPLE), False
        try:
            return gzip.GzipFile(fileobj=stream).read(SAMPLE), True
        except (OSError, EOFError) as error:
            raise InputError(f"the compressed file is damaged ({error}).", file=file, todo="Get it again.") from None


def _decode(start: bytes, file: Path) -> tuple[str, str]:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start[: len(start) // 2 * 2].decode("utf-16", "ignore"), "utf-16"
    if start.startswith((b"PK\x03\x04", b"PAR1", b"%PDF", b"\xd0\xcf\x11\xe0")) or b"\0" in start:
        raise InputError("this is not delimited text.", file=file, expected="CSV or another delimited text",
                         todo="Save the table as CSV (UTF-8) and give that file.")  # fmt: skip
    start = start.removeprefix(b"\xef\xbb\xbf")
    if len(start) >= SAMPLE - 3:
        start = start[: start.rfind(b"\n") + 1] or start
    try:
        return start.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return start.decode("cp1252", "replace"), "cp1252"


def _delimiter(text: str) -> str:
    """The delimiter under which the most records have the width of the first one, and that width is largest."""
    best, score = ",", (0.0, 0)
    for candidate in ",;\t|":
        rows = list(csv.reader(io.StringIO(text), delimiter=candidate))[:500]
        rows = [row for row in rows if row]
        width = len(rows[0]) if rows else 0
        if width > 1:
            alike = sum(len(row) == width for row in rows) / len(rows)
            best, score = max((best, score), (candidate, (alike, width)), key=lambda pair: pair[1])
    return best


def _marks(amounts: Sequence[str]) -> tuple[str, str]:
    """The decimal and the thousands mark with which most of `amounts` read as numbers; ``.`` and none when in doubt."""
    best, most = (".", ""), -1
    for decimal, group in (
        (".", ""),
        (",", ""),
        (".", ","),
        (",", "."),
        (",", " "),
        (".", " "),
        (".", "'"),
        (",", "'"),
    ):
        mark = "[ \u00a0\u202f]" if group == " " else re.escape(group)
        whole = rf"(\d+|\d{{1,3}}({mark}\d{{3}})+)" if group else r"\d+"
        fits = sum(re.fullmatch(rf"-?{whole}({re.escape(decimal)}\d{{1,2}})?", v) is not None for v in amounts)
        if fits > most:
            best, most = (decimal, group), fits
    return best


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _fits(pattern: str, values: Sequence[str]) -> bool:
    return sum(re.fullmatch(pattern, v) is not None for v in values) >= _FITS * len(values)


def _key(columns: Sequence[str], values: Mapping[str, Sequence[str]]) -> str | None:
    """The column that names units: the most nearly unique one of those called an identifier, else a unique one."""
    distinct = {n: len(set(values[n]) - {""}) / len(values[n]) for n in columns if values[n]}
    named = [n for n in distinct if re.search(_IDENTIFIER, n.lower()) and distinct[n] >= _FITS]
    if named:
        return max(named, key=lambda n: distinct[n])
    return next((n for n in distinct if distinct[n] == 1), None)


def _guess(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Canonical variable → column, and column → date form, as far as names and values suggest."""
    values = {name: [row[i].strip() for row in rows if len(row) > i] for i, name in enumerate(columns)}
    filled = {name: [v for v in column if v] for name, column in values.items()}
    found: dict[str, str] = {}
    key = _key(columns, values)
    if key is not None:
        found["unit_id"] = key
    forms: dict[str, str] = {}
    for variable, pattern, kind in _GUESSES:
        for name in columns:
            if name in found.values() or not re.search(pattern, name.lower()) or not filled[name]:
                continue
            if kind in _NUMBERS and not _fits(_NUMBERS[kind], filled[name]):
                continue
            if kind == "day":
                form = next((f for f, p in _FORMS if _fits(p, filled[name])), None)
                if form is None:
                    continue
                forms[variable] = form
            found[variable] = name
            break
    return found, forms


def draft_description(file: Path, id: str | None = None) -> str:
    """The text of a ``source.toml`` for `file`, with guesses marked and everything a person must state left open.

    `id` becomes the id of the source and the name of its folder (default: made from the name of the file). The result
    can be loaded and the file read with it; `observatory catalogue check` then names what is still open.
    Raises InputError when the file is missing, empty, or not delimited text.
    """
    file = Path(file)
    start, compressed = _start(file)
    if not start:
        raise InputError("the file is empty.", file=file, expected="a header and records", todo="Get the file again.")
    text, encoding = _decode(start, file)
    delimiter = _delimiter(text)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row][:5_000]
    columns = [name.strip() for name in rows[0]] if rows else []
    if not any(columns):
        raise InputError("the first line names no columns.", file=file, line=1, expected="a header",
                         todo="Give a file with a header.")  # fmt: skip
    found, forms = _guess(columns, rows[1:])
    id = id or re.sub(r"[^a-z0-9]+", "-", file.name.lower().split(".")[0]).strip("-") or "my-register"
    key = found.pop("unit_id", columns[0])
    decimal, thousands = _marks(
        [
            row[i].strip()
            for i in (
                columns.index(found[variable])
                for variable, _, kind in _GUESSES
                if kind == "amount" and variable in found
            )
            for row in rows[1:]
            if len(row) > i and row[i].strip()
        ]
    )
    lines = [
        f"# A first description of {file.name}. Check every line marked GUESS and fill in every TODO.",
        f"id = {_quoted(id)}        # also the name of the folder this file stands in",
        'version = "0.1"',
        'url = "TODO"              # where the publisher or office gives the file out',
        'licence = "TODO"',
        'attribution = "TODO"',
        'area = "TODO"             # three letters, a code of CL_AREA',
        'currency = ""             # three letters, if there are amounts',
        "microdata_public = false  # true only if the publisher makes the single records public",
        "",
        f"title = {{ en = {_quoted(id)} }}                # TODO: add fr and es",
        'provider = { en = "TODO" }',
        'how_to_get = { en = "TODO" }',
        'unit = { en = "TODO: what one record is: a legal unit, an establishment, a licence" }',
        'reference_period = { en = "TODO: which day or year the file describes" }',
        "",
        "[coverage]",
        'code = "REGISTER"         # TODO: a code of CL_COVERAGE',
        "national_total = false    # true only if every unit of the country is meant to be in the file",
        'statement = { en = "TODO: what is in the file and what is not" }',
        "",
        "[[layout]]",
        'id = "file"',
        'status = "untested"',
        'format = "csv"',
        f'compression = "{"gz" if compressed else "none"}"',
        f"delimiter = {_quoted(delimiter)}            # GUESS",
        f"encoding = {_quoted(encoding)}          # GUESS",
        *(
            []
            if (decimal, thousands) == (".", "")
            else [
                f"decimal = {_quoted(decimal)}             # GUESS",
                f"thousands = {_quoted(thousands)}           # GUESS",
            ]
        ),
        'date_format = "%Y-%m-%d"',
        'null_markers = []         # texts that mean "missing", such as "NA" or "-"',
        "expects = [",
        *(f"  {_quoted(name)}," for name in columns),
        "]",
        "",
        "[layout.columns]",
        'ref_area = { constant = "TODO" }',
        f"unit_id = {{ from = {_quoted(key)}, required = true }}    # GUESS",
    ]
    for variable, name in found.items():
        form = forms.get(variable)
        value = f"{{ from = {_quoted(name)}, date_format = {_quoted(form)} }}" if form else _quoted(name)
        lines.append(f"{variable} = {value}    # GUESS")
    rest = [name for name in columns if name not in found.values() and name != key]
    if rest:
        lines += ["", "# Columns without a guess; docs/reference/sources.md lists the canonical variables:"]
        for name in rest:
            position = columns.index(name)
            examples = [row[position][:40] for row in rows[1:] if len(row) > position and row[position]]
            shown = ", ".join(_quoted(v) for v in dict.fromkeys(examples[:3])) or "always empty"
            lines.append(f"#   {_quoted(name)}: {shown}")
    return "\n".join([*lines, "", *_edition(file.name)]) + "\n"


def _edition(name: str) -> list[str]:
    """The edition the file is: dated by the last year in its name, or left for a person to uncomment."""
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", name)
    year = years[-1] if years else "TODO"
    lines = [
        "[[edition]]",
        f"id = {_quoted(year)}",
        f"period = {_quoted(year)}           # GUESS: the year, or 2024-Q4, 2024-06, that the figures are to bear",
        f"reference_date = {year}-12-31 # GUESS: the day the file describes",
        'layout = "file"',
        f"file = {_quoted(name)}",
    ]
    if years:
        return lines
    return ["# TODO: say which period the file describes, and take the marks away.", *(f"# {line}" for line in lines)]
