"""From the rows of a register to canonical units: what is computed, what is kept, what is never guessed."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registers.conftest import HEADER, ROW_A, ROW_B
from sse_observatory.catalogue.sources import CANONICAL
from sse_observatory.core import Damaged, ObservatoryError
from sse_observatory.production import registers


def test_a_row_becomes_a_unit_in_the_canonical_columns(register):
    result = register.read(HEADER + ROW_A)

    assert list(result.units.columns) == ["snapshot_id", "record_id", "source_id", *CANONICAL, "hoped"]
    [unit] = register.rows(result.units)
    given = {k: v for k, v in unit.items() if v is not None and k not in {"snapshot_id", "record_id"}}
    assert given == {
        "source_id": "small", "unit_id": "A1", "ref_area": "XSO", "name": "Alpha", "legal_form_raw": "COOP",
        "legal_form": "COOP", "form_family": "COOP", "coop_form": "yes", "t2": "pass", "sse_flag": True,
        "activity_raw": "01.11Z", "activity_division": "A01", "registered_on": date(2001, 12, 31),
        "members_headcount": 10, "employees_headcount": 3, "assets_lcu": Decimal("100.50"), "hoped": 50,
    }  # fmt: skip


def test_a_sum_with_a_missing_part_is_missing_and_not_the_known_part(register):
    [unit] = register.units(HEADER + ROW_B)

    assert unit["employees_headcount"] is None
    assert unit["members_headcount"] is None


def test_a_family_that_depends_on_the_flag_is_given_only_with_the_flag(register):
    denied = ROW_B.replace("B2", "C3").replace(",Y,", ",N,")
    silent = ROW_B.replace("B2", "D4").replace(",Y,", ",,")

    with_flag, without, unsaid = register.units(HEADER + ROW_B + denied + silent)

    assert (with_flag["form_family"], without["form_family"], unsaid["form_family"]) == ("SOCENT", None, None)
    assert with_flag["coop_form"] == "unknown"


def test_an_unknown_code_is_kept_raw_missing_in_the_canonical_variable_and_counted(register):
    result = register.read(HEADER + ROW_A + "C3,C,syndicate,,1,1,1,1,,99.9,1\n" + "D4,D,syndicate,,1,1,1,1,,,1\n")

    unit = next(u for u in register.rows(result.units) if u["unit_id"] == "C3")
    assert (unit["legal_form_raw"], unit["legal_form"], unit["coop_form"]) == ("SYNDICATE", None, None)
    assert (unit["activity_raw"], unit["activity_division"]) == ("99.9", None)
    issues = {(i["variable"], i["value"], i["records"], i["first_line"]) for i in register.rows(result.issues)}
    assert issues == {("legal_form_raw", "SYNDICATE", 2, 3), ("activity_division", "99.9", 1, 3)}
    assert result.require().accepted == 3


def test_a_total_is_exact_and_a_refused_one_says_why(register):
    result = register.read(HEADER + ROW_A + ROW_B)

    assert registers.total(register.engine, result, "assets_lcu") == Decimal("107.50")
    assert registers.total(register.engine, result, "members_women") is None
    with pytest.raises(ObservatoryError, match="must not be added up"):
        registers.total(register.engine, result, "hoped")


def test_line_numbers_are_those_of_the_file_even_when_a_name_spans_lines(register):
    content = (
        HEADER
        + 'A1,"Alpha\nof the\nhills",coop,Y,1,1,1,1,,,1\n'  # lines 2 to 4
        + "\n"  # line 5, blank
        + "B2,Beta,coop,Y,many,1,1,1,,,1\n"  # line 6
        + 'C3,"Gamma, ""the third""\n",coop,Y,1,1,1,1,,,1\n'  # lines 7 and 8
        + "D4,Delta,coop,Y,1,1,1,1,,,-1\n"  # line 9
    )

    result = register.read(content)

    lines = {u["unit_id"]: u["record_id"].split(":")[1] for u in register.rows(result.units)}
    assert lines == {"A1": "2", "C3": "7"}
    assert [(r["line"], r["column"]) for r in register.rows(result.rejected)] == [(6, "members"), (9, "hoped")]
    names = {u["unit_id"]: u["name"] for u in register.rows(result.units)}
    assert names == {"A1": "Alpha\nof the\nhills", "C3": 'Gamma, "the third"'}


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(register):
    content = HEADER + ROW_A + ROW_B
    plain = register.units(content)
    windows = register.units(b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode())

    for one, other in zip(plain, windows, strict=True):
        assert {k: v for k, v in one.items() if not k.endswith("_id") or k == "unit_id"} == {
            k: v for k, v in other.items() if not k.endswith("_id") or k == "unit_id"
        }


def test_a_last_line_without_line_end_is_read(register):
    assert [u["unit_id"] for u in register.units(HEADER + ROW_A + ROW_B.rstrip())] == ["A1", "B2"]


def test_columns_in_another_order_and_further_columns_are_no_fault(register):
    result = register.read("extra,hoped,id,name,form,flag,members,full,part,assets,opened,nace\nx,5,A1,n,,,1,1,1,1,,\n")

    assert register.rows(result.units)[0]["hoped"] == 5
    assert "extra" in register.rows(result.issues)[0]["message"]


def test_european_numbers_are_read_as_the_layout_says(register):
    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\ndelimiter = ";"\ndecimal = ","\nthousands = "."')
    [unit] = register.units((HEADER + "A1,Alpha,,,1.234,1,1,#,,,1\n").replace(",", ";").replace("#", "1.234.567,80"))

    assert (unit["members_headcount"], unit["assets_lcu"]) == (1234, Decimal("1234567.80"))


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f"])
def test_numbers_grouped_by_any_space_are_read(register, space):
    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\ndelimiter = ";"\ndecimal = ","\nthousands = " "')
    row = "A1,Alpha,,,1 234,1,1,#,,,1\n".replace(",", ";").replace("#", "1 234 567,80").replace(" ", space)
    [unit] = register.units(HEADER.replace(",", ";") + row)

    assert (unit["members_headcount"], unit["assets_lcu"]) == (1234, Decimal("1234567.80"))


def test_steps_are_taken_in_the_order_written(register):
    register.change(
        'unit_id = { from = "id", required = true }',
        'unit_id = { from = "id", required = true, '
        'steps = ["after:/", "before:#", "drop_decimal_zero", "zero_pad:5", "prefix:XSO-"] }\n'
        'national_id = { from = "id", steps = ["digits", "slice:0:2", "lower"] }\n'
        'group_id = { first_of = ["form", "name"] }',
    )
    [unit] = register.units(HEADER + "reg/ 123.0 #x,Alpha,,,1,1,1,1,,,1\n")

    assert (unit["unit_id"], unit["national_id"], unit["group_id"]) == ("XSO-00123", "12", "Alpha")


def test_latin_text_is_read_in_its_encoding(register):
    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\nencoding = "cp1252"')
    [unit] = register.units((HEADER + ROW_A.replace("Alpha", "Société “Ñandú”")).encode("cp1252"))

    assert unit["name"] == "Société “Ñandú”"


def test_utf_16_is_read_when_the_layout_says_so(register):
    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\nencoding = "utf-16"')

    assert register.units((HEADER + ROW_A).encode("utf-16"))[0]["name"] == "Alpha"


def test_a_file_without_header_is_read_by_position(register):
    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\nheader = false')
    result = register.read(ROW_A)

    assert register.rows(result.units)[0]["record_id"].endswith(":1")


def test_quotation_marks_may_be_ordinary_characters(register):
    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\nquote = ""')

    assert register.units(HEADER + ROW_A.replace("Alpha", '12" Pizza'))[0]["name"] == '12" Pizza'


def test_a_parquet_file_is_read_like_text(register, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    register.change('null_markers = ["NA"]', 'null_markers = ["NA"]\nformat = "parquet"')
    names = HEADER.strip().split(",")
    pq.write_table(pa.table({n: [v] for n, v in zip(names, ROW_A.strip().split(","), strict=True)}), register.file)
    taken = registers.snapshot(register.engine, register.source, None, register.file, register.store)

    [unit] = register.rows(registers.read(register.engine, taken).units)
    assert (unit["unit_id"], unit["assets_lcu"]) == ("A1", Decimal("100.50"))


def test_the_same_file_gives_the_same_snapshot_and_another_key_another_public_id(register):
    first = register.read(HEADER + ROW_A).snapshot
    again = register.read(HEADER + ROW_A).snapshot
    other = registers.snapshot(register.engine, register.source, None, register.file, register.store, key=b"k" * 32)

    assert (first.id, first.public_id) == (again.id, again.public_id)
    assert other.id == first.id
    assert other.public_id != first.public_id
    entered = register.rows(register.engine.table("register_snapshots"))
    assert [(row["snapshot_id"], row["public_id"]) for row in entered] == [(first.id, other.public_id)]


def test_the_stored_bytes_are_those_that_arrived_and_a_change_is_found_out(register):
    result = register.read(HEADER + ROW_A)
    [stored] = result.snapshot.files

    assert stored.path.read_bytes() == register.file.read_bytes()
    stored.path.chmod(0o600)
    stored.path.write_text("something else")
    with pytest.raises(Damaged):
        registers.read(register.engine, result.snapshot)


def test_another_description_of_the_same_file_is_another_snapshot(register):
    first = register.read(HEADER + ROW_A).snapshot
    register.change('["NA"]', '["NA", "-"]')

    assert register.read(HEADER + ROW_A).snapshot.id != first.id


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")) | st.sampled_from('\n,"; '), max_size=12)


@given(st.lists(TEXT, min_size=1, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_a_csv_writer_can_write_is_read_back_on_its_line(register, names):
    out = io.StringIO()
    out.write(HEADER)
    writer = csv.writer(out, lineterminator="\n")
    lines = {}
    for number, name in enumerate(names):
        lines[str(number)] = out.getvalue().count("\n") + 1
        writer.writerow([number, name, "", "", 1, 1, 1, 1, "", "", 1])

    result = register.read(out.getvalue())
    broken = {str(r["line"]) for r in register.rows(result.rejected)}
    units = {u["unit_id"]: u for u in register.rows(result.units)}

    for number, name in enumerate(names):
        if str(lines[str(number)]) in broken:
            continue
        found = units[str(number)]
        written = name.strip(" \t\n\r\v\f")
        assert found["name"] == (None if written in {"", "NA"} else written)
        assert found["record_id"].split(":")[1] == str(lines[str(number)])
    assert result.records == len(names)
