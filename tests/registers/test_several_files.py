"""A layout of several files: records meet by their key, and a fault is shown in the file it stands in."""

import pytest

from sse_observatory.core import InputError
from sse_observatory.production import registers

PARTS = """
join_on = ["id", "day"]

[[layout.part]]
name = "UNITS"
file = "units.txt"
expects = ["id", "day", "name"]

[[layout.part]]
name = "ACCOUNTS"
file = "accounts.txt"
expects = ["id", "day", "members"]

[layout.columns]
unit_id = { from = "UNITS.id", required = true }
name = "UNITS.name"
members_headcount = "ACCOUNTS.members"
"""


@pytest.fixture
def files(register):
    start = register.description.index("[[layout]]")
    head = register.description[:start].split("[codes.form]")[0]
    register.description = head + '[[layout]]\nid = "two"\nstatus = "untested"' + PARTS
    units, accounts = register.folder / "Units.txt", register.folder / "accounts.txt"
    units.write_text("id,day,name\n1,d,Alpha\n2,d,Beta\n3,d,Gamma\n")
    accounts.write_text("id,day,members\n\n2,d,20\n1,d,10\n9,d,90\n")
    return [accounts, units]


def read(register, files):
    return registers.read(
        register.engine, registers.snapshot(register.engine, register.source, "two", files, register.store)
    )


def test_records_meet_by_their_key_and_those_alone_are_counted(register, files):
    result = read(register, files)

    units = {u["unit_id"]: u["members_headcount"] for u in register.rows(result.units)}
    assert units == {"1": 10, "2": 20, "3": None}
    assert [(i["rule"], i["records"], i["first_line"]) for i in register.rows(result.issues)] == [
        ("unmatched", 1, 4),
        ("unmatched", 1, 5),
    ]


def test_a_fault_is_shown_in_the_file_and_line_it_stands_in(register, files):
    files[0].write_text("id,day,members\n\n2,d,many\n1,d,10\n")

    [row] = register.rows(read(register, files).rejected)

    assert (row["file"], row["line"], row["column"], row["value"]) == ("accounts.txt", 3, "members", "many")


def test_two_records_of_one_unit_in_a_further_file_stop(register, files):
    files[0].write_text("id,day,members\n2,d,1\n2,d,2\n")

    with pytest.raises(InputError, match=r"accounts\.txt, line 3.*two records"):
        read(register, files)


def test_a_missing_file_of_the_layout_is_named(register, files):
    with pytest.raises(InputError, match=r"UNITS \(units\.txt\)"):
        read(register, files[:1])
