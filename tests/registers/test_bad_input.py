"""Bad input: what stops, what is set aside, and what the message tells the person who has to correct it."""

import csv
import gzip

import pytest

from registers.conftest import HEADER, ROW_A, ROW_B
from sse_observatory.core import InputError
from sse_observatory.production import registers
from sse_observatory.production.registers import text


def refusal(register, content) -> InputError:
    """The error of a structural fault; nothing may have been stored in the engine for it."""
    with pytest.raises(InputError) as caught:
        register.read(content)
    assert [n for n in register.engine.tables() if n.startswith("read_")] == []
    assert caught.value.todo
    return caught.value


# -- what stops -----------------------------------------------------------------------------------


def test_a_missing_file_is_named(register):
    with pytest.raises(InputError, match=r"absent\.csv: the file does not exist"):
        registers.snapshot(register.engine, register.source, None, register.folder / "absent.csv", register.store)


def test_an_empty_file_stops(register):
    assert "the file is empty" in str(refusal(register, b""))


def test_a_header_without_records_is_not_zero_units(register):
    assert "a header and no record" in str(refusal(register, HEADER))


def test_a_wrong_encoding_is_reported_with_its_byte_and_line(register):
    content = (HEADER + ROW_A).encode() + ROW_B.replace("Beta", "Société").encode("cp1252")

    error = refusal(register, content)

    assert error.line == 3
    assert error.value == "0xE9"
    assert f"byte {content.index(0xE9)}" in str(error)
    assert "cp1252" in str(error)


def test_a_byte_cut_by_a_block_is_still_reported_at_its_place(register, monkeypatch):
    monkeypatch.setattr(text, "BLOCK", 16)
    content = (HEADER + ROW_A.replace("Alpha", "ééééééééééé")).encode() + ROW_B.replace("Beta", "\xe9").encode("cp1252")

    error = refusal(register, content)

    assert (error.line, error.value) == (3, "0xE9")


def test_utf_8_described_as_latin_is_not_read_as_gibberish(register):
    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\nencoding = "cp1252"')

    error = refusal(register, HEADER + ROW_A + ROW_B.replace("Beta", "Société"))

    assert "the file is UTF-8" in str(error)
    assert error.line == 3


def test_utf_16_is_recognised(register):
    assert "utf-16" in str(refusal(register, (HEADER + ROW_A).encode("utf-16")))


def test_nul_bytes_stop_with_their_line(register):
    error = refusal(register, HEADER.encode() + ROW_A.encode() + b"B2,Be\0ta\n")

    assert "NUL" in str(error)
    assert error.line == 3


def test_a_wrong_delimiter_is_recognised(register):
    assert "semicolons" in str(refusal(register, (HEADER + ROW_A).replace(",", ";")))


def test_a_missing_column_is_named_with_the_nearest_one(register):
    error = refusal(register, (HEADER + ROW_A).replace("members", "member"))

    assert error.column == "members"
    assert "'member'" in error.todo


@pytest.mark.parametrize("twin", ["name", "Name"])
def test_a_doubled_column_stops_even_when_only_the_case_differs(register, twin):
    header = HEADER.strip() + f",{twin}\n"

    error = refusal(register, header + ROW_A.strip() + ",x\n")

    assert (error.line, error.column) == (1, twin)


def test_a_column_without_a_name_stops(register):
    assert "column 12 has no name" in str(refusal(register, HEADER.strip() + ",\n" + ROW_A.strip() + ",\n"))


def test_an_open_quotation_mark_stops_where_it_opens(register):
    error = refusal(register, HEADER + ROW_A + 'B2,"Beta,coop,Y,1,1,1,1,,,1\n' + ROW_A)

    assert "not closed" in str(error)
    assert error.line == 3


def test_a_quotation_mark_inside_a_field_stops_with_its_line(register):
    error = refusal(register, HEADER + ROW_A + ROW_B.replace("Beta", 'The "Beta" house'))

    assert "inside a field" in str(error)
    assert error.line == 3


def test_old_macintosh_line_ends_stop(register):
    assert "carriage return" in str(refusal(register, (HEADER + ROW_A).replace("\n", "\r")))


def test_a_record_without_end_stops_before_it_fills_the_memory(register, monkeypatch):
    monkeypatch.setattr(text, "MAX_RECORD", 1000)
    monkeypatch.setattr(text, "BLOCK", 500)

    error = refusal(register, HEADER + ROW_A + "B2," + "x" * 5000 + "\n")

    assert error.line == 3


def test_a_spreadsheet_workbook_is_recognised(register):
    assert "spreadsheet workbook" in str(refusal(register, b"PK\x03\x04" + b"x" * 50))


def test_a_compressed_file_must_be_described_as_one(register):
    assert "compressed with gzip" in str(refusal(register, gzip.compress((HEADER + ROW_A).encode())))
    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\ncompression = "gz"')
    assert "not compressed" in str(refusal(register, HEADER + ROW_A))


def test_a_compressed_file_that_was_cut_off_stops(register):
    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\ncompression = "gz"')
    whole = gzip.compress((HEADER + ROW_A * 100).encode())

    assert "damaged" in str(refusal(register, whole[:-20]))


def test_a_compressed_file_that_grows_without_measure_stops(register, monkeypatch):
    monkeypatch.setattr(text, "FREE_EXPANSION", 10_000)
    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\ncompression = "gz"')
    bomb = gzip.compress(HEADER.encode() + ROW_A.encode() * 100_000, 9)

    assert "more than 200 times" in str(refusal(register, bomb))


def test_records_that_mostly_do_not_fit_the_header_stop(register):
    error = refusal(register, HEADER + "a,b,c\n" * 3)

    assert error.line == 2
    assert "most records" in str(error)


# -- what is set aside ----------------------------------------------------------------------------


def test_rows_that_cannot_be_read_are_set_aside_with_line_column_value_and_rule(register):
    wrong = [
        "C1,C,coop,Y,ten,1,1,1,,,1\n",
        "C2,C,coop,Y,1,-1,1,1,,,1\n",
        "C3,C,coop,Y,1.5,1,1,1,,,1\n",
        "C4,C,coop,maybe,1,1,1,1,,,1\n",
        "C5,C,coop,Y,1,1,1,1,31/02/2001,,1\n",
        "C6,C,coop,Y,1,1,1,1,45291,,1\n",
        "C7,#REF!,coop,Y,1,1,1,1,,,1\n",
        "C8,C,coop,Y,1,1,1,1.234,,,1\n",
        ",C,coop,Y,1,1,1,1,,,1\n",
        "1.23E+11,C,coop,Y,1,1,1,1,,,1\n",
        "C9,C,coop,Y,1,1,1,12345678901234567,,,1\n",
        "C10,C,coop,Y,1,1,1,-5,,,1\n",
    ]

    assert register.rejected(HEADER + ROW_A + "".join(wrong)) == [
        (3, "members", "ten", "not-a-number"),
        (4, "full", "-1", "negative"),
        (5, "members", "1.5", "not-whole"),
        (6, "flag", "maybe", "not-a-truth"),
        (7, "opened", "31/02/2001", "not-a-date"),
        (8, "opened", "45291", "spreadsheet-date"),
        (9, "name", "#REF!", "spreadsheet-error"),
        (10, "assets", "1.234", "too-precise"),
        (11, "id", None, "missing"),
        (12, "id", "1.23E+11", "spreadsheet-number"),
        (13, "assets", "12345678901234567", "too-large"),
        (14, "assets", "-5", "negative"),
    ]


def test_a_row_with_two_faults_is_one_record_with_both_reasons(register):
    result = register.read(HEADER + ROW_A + "C1,C,coop,Y,ten,-1,1,1,,,1\n")

    assert [r["rule"] for r in register.rows(result.rejected)] == ["negative", "not-a-number"]
    assert (result.records, result.accepted, result.rejected_records) == (2, 1, 1)


def test_a_repeated_identifier_keeps_the_first_row_and_names_its_line(register):
    result = register.read(HEADER + ROW_A + ROW_B + ROW_A.replace("Alpha", "Another"))

    [row] = register.rows(result.rejected)
    assert (row["line"], row["column"], row["value"], row["rule"]) == (4, "id", "A1", "duplicate")
    assert "line 2" in row["message"]
    assert {u["name"] for u in register.rows(result.units)} == {"Alpha", "Beta"}


def test_a_record_with_too_few_or_too_many_fields_is_kept_as_it_is_written(register):
    result = register.read(HEADER + ROW_A + 'B2,"Be\nta"\n' + "C3" + "," * 12 + "\n")

    rows = register.rows(result.rejected)
    assert [(r["line"], r["rule"], r["record"]) for r in rows] == [
        (3, "ragged", 'B2,"Be\nta"'),
        (5, "ragged", "C3" + "," * 12),
    ]
    assert (result.records, result.accepted) == (3, 1)


def test_rejected_rows_fail_the_run_unless_the_source_allows_a_share(register):
    content = HEADER + ROW_A + ROW_B + "C1,C,coop,Y,ten,1,1,1,,,1\n"
    with pytest.raises(InputError) as caught:
        register.read(content).require()
    error = caught.value
    assert (error.line, error.column, error.value) == (4, "members", "ten")
    assert "1 of 3 records were set aside" in str(error)
    assert error.exit_status != 0

    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\nmax_rejected_share = 0.34')
    assert register.read(content).require().accepted == 2


def test_rejected_rows_are_written_beside_the_snapshot_with_the_raw_record(register):
    result = register.read(HEADER + ROW_A + "C1,C,coop,Y,ten,1,1,1,,,1\n")

    with result.rejected_file.open(encoding="utf-8", newline="") as stream:
        [row] = csv.DictReader(stream)
    assert (row["file"], row["line"], row["value"]) == ("register.csv", "3", "ten")
    assert '"name": "C"' in row["record"]


def test_a_register_without_faults_leaves_no_rejected_file(register):
    result = register.read(HEADER + ROW_A)

    assert result.rejected_file is None
    assert register.rows(result.rejected) == []


def test_too_many_unreadable_rows_are_a_wrong_description_and_stop(register, monkeypatch):
    import importlib

    module = importlib.import_module("sse_observatory.production.registers.read")
    monkeypatch.setattr(module, "MAX_FAULTS", 2)
    rows = "".join(f"C{n},C,coop,Y,many,1,1,1,,,1\n" for n in range(4))

    error = refusal(register, HEADER + rows)

    assert (error.line, error.column, error.value) == (2, "members", "many")


def test_a_fault_leaves_what_was_read_before(register):
    result = register.read(HEADER + ROW_A)
    before = register.rows(result.units)

    with pytest.raises(InputError):
        register.read(HEADER + "x\n")

    assert register.rows(result.units) == before
