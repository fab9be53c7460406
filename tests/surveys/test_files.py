"""How a survey's files may be written, and what is said of those that cannot be read."""

import gzip
import os
import stat
from pathlib import Path

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.surveys import load_survey
from sse_observatory.core import CatalogueError, InputError

SAMPLE = "survey-2024.csv"


def rewrite(town, change) -> None:
    """Change the bytes of the sample's file; what the town would write stays away."""
    process = town.write()
    file = town.data / SAMPLE
    file.write_bytes(change(file.read_bytes()))
    town.write = lambda: process


def with_column(name: str, value: str, data: bytes, encoding: str = "utf-8") -> bytes:
    """The file with one more column, at its end."""
    head, *rows = data.decode().splitlines()
    return "".join(f"{line}\n" for line in [f"{head},{name}", *(f"{row},{value}" for row in rows)]).encode(encoding)


def spaced(data: bytes) -> bytes:
    return b"\n".join(line.replace(b",", "\u00a0 , \t".encode()) for line in data.split(b"\n"))


WRITTEN = {
    "with a byte order mark": (lambda data: b"\xef\xbb\xbf" + data, ""),
    "with lines as Windows ends them": (lambda data: data.replace(b"\n", b"\r\n"), ""),
    "without an end of its last line": (lambda data: data.rstrip(b"\n"), ""),
    "with empty lines": (lambda data: data.replace(b"\n", b"\n\n"), ""),
    "with quotation marks around everything": (
        lambda data: b"\n".join(b'"' + line.replace(b",", b'","') + b'"' if line else line
                                for line in data.split(b"\n")), "",
    ),
    "with spaces and no-break spaces around values": (spaced, ""),
    "with semicolons": (lambda data: data.replace(b",", b";"), 'delimiter = ";"\n'),
    "with tabs": (lambda data: data.replace(b",", b"\t"), 'delimiter = "\\t"\n'),
    "in a Western encoding": (lambda data: with_column("nom", "coopérative", data, "cp1252"), 'encoding = "cp1252"\n'),
    "in UTF-16": (lambda data: data.decode().encode("utf-16"), 'encoding = "utf-16"\n'),
    "compressed": (lambda data: gzip.compress(data), ""),
    "with a column without a name": (lambda data: with_column("", "7", data), ""),
    "with two columns without a name": (lambda data: with_column("", "7", with_column("", "8", data)), ""),
    "with a column that differs by capital letters": (lambda data: with_column("JOBS", "9999", data), ""),
    "with texts over several lines": (lambda data: with_column("remark", '"one\ntwo, ""three"""', data), ""),
    "with quotation marks as ordinary characters": (lambda data: with_column("size", '12" pipe', data), 'quote = ""\n'),
    "with whole numbers as a spreadsheet writes them": (
        lambda data: data.replace(b",400,", b",400.0,").replace(b",120,", b",1.2E2,"), "",
    ),
    "with decimal commas": (
        lambda data: data.replace(b",", b";").replace(b";400;", b";400,0;"), 'delimiter = ";"\ndecimal = ","\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_a_file_gives_the_same_figures(first, published, name):
    change, said = WRITTEN[name]
    published.say('file = "survey-{period}.csv"\n', f'file = "survey-{{period}}.csv"\n{said}')
    rewrite(published, change)
    assert published.run().draft.tables == first.outcome.draft.tables


def test_columns_in_another_order_give_the_same_figures(first, published):
    published.sample = [dict(reversed(row.items())) for row in published.sample]
    assert published.run().draft.tables == first.outcome.draft.tables


def line(number: int, change):
    """A change of one line of the file."""

    def changed(data: bytes) -> bytes:
        lines = data.split(b"\n")
        lines[number - 1] = change(lines[number - 1])
        return b"\n".join(lines)

    return changed


UNREADABLE = {
    "nothing at all": (lambda data: b"", {}, "empty"),
    "empty lines": (lambda data: b"\n\n", {}, "only empty lines"),
    "a header alone": (lambda data: data.split(b"\n")[0], {"line": 1}, "no record"),
    "semicolons nobody spoke of": (lambda data: data.replace(b",", b";"), {"line": 1}, "separated by semicolons"),
    "a column under another name": (line(1, lambda h: h.replace(b"jobs", b"job")), {"line": 1, "column": "jobs"},
                                    "'job'"),
    "a column twice": (lambda data: with_column("jobs", "1", data), {"line": 1, "column": "jobs"}, "twice"),
    "a further column twice": (
        lambda data: with_column("note", "1", with_column("note", "2", data)), {"column": "note"}, "twice",
    ),
    "another encoding": (lambda data: with_column("nom", "coopérative", data, "cp1252"), {"line": 2}, "not utf-8"),
    "UTF-16": (lambda data: data.decode().encode("utf-16"), {"line": 1}, "utf-16"),
    "a row too short": (line(7, lambda row: row.rsplit(b",", 1)[0]), {"line": 7}, "8 fields and the header 9"),
    "a row too long": (line(7, lambda row: row + b",1"), {"line": 7}, "10 fields"),
    "a quotation mark left open": (line(7, lambda row: b'"' + row), {"line": 7}, "not closed"),
    "a quotation mark inside": (line(7, lambda row: row.replace(b",", b'x",', 1)), {}, "quotation mark"),
    "a workbook": (lambda data: b"PK\x03\x04" + data, {}, "spreadsheet"),
    "bytes of nought": (line(7, lambda row: row + b"\0"), {"line": 7}, "NUL"),
    "a decimal comma": (line(4, lambda row: row.replace(b",400,", b',"400,5",')),
                        {"line": 4, "column": "population", "value": "400,5"}, "decimal mark"),
    "a fraction where units are counted": (line(4, lambda row: row.replace(b",400,", b",400.5,")),
                                           {"line": 4, "value": "400.5"}, "whole number"),
    "a number too large to be told from its neighbours": (
        line(4, lambda row: row.replace(b",400,", b",90071992547409931,")), {"line": 4}, "whole number",
    ),
    "no number at all": (line(4, lambda row: row.replace(b",400,", b",NaN,")), {"line": 4, "value": "NaN"}, "whole"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_told_with_its_place(published, name):
    change, place, says = UNREADABLE[name]
    before = [r.id for r in published.releases.current()]
    rewrite(published, change)
    with pytest.raises(InputError) as caught:
        published.run()
    assert says in str(caught.value)
    assert SAMPLE in str(caught.value.file)
    assert {key: getattr(caught.value, key) for key in place} == place
    assert caught.value.exit_status == 2 and caught.value.todo
    assert "layout" not in str(caught.value)  # that is a word of registers
    assert [r.id for r in published.releases.current()] == before
    # No copy of the answers outlives the run.
    assert not [p for p in published.restricted.folder.rglob("*") if p.name.startswith("sse-read-")]


def test_a_folder_in_the_place_of_a_file_is_told(published):
    published.write()
    (published.data / "totals-2024.csv").unlink()
    (published.data / "totals-2024.csv").mkdir()
    published.write = lambda: published.folder / "town.toml"
    with pytest.raises(InputError, match="this is a folder"):
        published.run()


def test_a_file_one_may_not_read_is_told(published, monkeypatch):
    """The system is asked for its answer to others than the superuser, who may read everything."""
    published.write()
    (published.data / SAMPLE).chmod(0)
    published.write = lambda: published.folder / "town.toml"
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: may(path, mode) and bool(Path(path).stat().st_mode & 0o444))
    try:
        with pytest.raises(InputError, match="you may not read"):
            published.run()
    finally:
        (published.data / SAMPLE).chmod(stat.S_IRUSR | stat.S_IWUSR)


def test_a_row_set_aside_is_found_on_the_line_it_begins_on(published):
    """Texts over two lines put a row further down than its number says."""
    for row in published.sample:
        row["remark"] = "one\ntwo"
    published.row("s02", turnover="a lot")
    outcome = published.run()
    assert outcome.rejected_files["2024"].read_text(encoding="utf-8").splitlines()[1].startswith(f"{SAMPLE},6,turnover")


def test_every_wrong_answer_of_a_row_is_listed_in_the_order_of_the_file(published):
    published.say("max_rejected_share = 0.05", "max_rejected_share = 0.5")
    published.row("m00", turnover="a lot", jobs="-3")
    published.row("s02", women="1.5")
    listed = published.run().rejected_files["2024"].read_text(encoding="utf-8").splitlines()[1:]
    assert listed == [
        f"{SAMPLE},4,women,1.5,expected a whole number",
        f"{SAMPLE},32,jobs,-3,expected a whole number from 0 on",
        f"{SAMPLE},32,turnover,a lot,expected a whole number",
    ]


NAMES = {
    "columns that differ by capital letters": ("type = {}", "type = {}\nType = {}", "capital letters"),
    "variables that differ by capital letters": ("[variable.jobs]", "[variable.Jobs]\n[variable.jobs]", "capital"),
    "a name that the pipeline gives": ("type = {}", "type = {}\nsurvey_row = {}", "made by the pipeline"),
    "text in an edit rule": ('at_most = ["jobs"]', 'at_most = ["type"]', "compared"),
    "a delimiter of two characters": ('key = ["id"]', 'key = ["id"]\ndelimiter = ";;"', "one character"),
    "an encoding nobody knows": ('key = ["id"]', 'key = ["id"]\nencoding = "utf-9"', "no encoding"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_process_that_no_file_could_fit_is_refused_with_its_line(town, name):
    old, new, says = NAMES[name]
    town.say(old, new)
    with pytest.raises(CatalogueError, match=says) as caught:
        load_survey(town.write(), catalogue.load())
    assert caught.value.line is not None
