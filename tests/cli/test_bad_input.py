"""Bad input at the command line: what it says, how it ends, and that readers keep the release they had."""

import signal
import subprocess
import sys
import time

import pytest

from pipelines.office import COLUMNS, Office, rows, text
from sse_observatory.pipelines.restricted import Restricted
from sse_observatory.releases import Releases


@pytest.fixture
def refused(terminal, office, first_release):
    """Run the village; it must stop with a sentence, and the release stay. Returns the command's last words."""

    def run(status, *said, process=None, data=None, **environment):
        done = terminal(office, "run", process or office.process, "--data", data or office.data, **environment)
        assert done.status == status, done.err
        assert "Traceback" not in done.err
        last = done.err[done.err.index("Stopped.") :]
        for words in said:
            assert words in last, last
        assert "What to do:" in last
        assert Releases(office.releases).current()[0].id == first_release.outcome.release.id
        Releases(office.releases).verify()
        return last

    return run


def rejected_file(office):
    [file] = (office.restricted / "rejected").glob("*.csv")
    return file.read_text(encoding="utf-8")


def test_a_missing_file_is_named_with_the_folder_it_was_looked_for_in(office, refused):
    (office.data / "village.csv").unlink()

    refused(2, str(office.data), "no edition of village is there", "village.csv")


def test_a_folder_that_is_not_there_is_named(office, refused):
    refused(2, "nowhere", "village.csv", data=office.folder / "nowhere")


def test_a_wrong_encoding_is_placed_at_its_line(office, refused):
    office.row("V16", interest="société")
    path = office.data / "village.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))

    refused(2, "village.csv, line 18", "0xE9", "Expected: utf-8", "cp1252")


def test_another_delimiter_is_recognised(office, refused):
    path = office.data / "village.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")

    refused(2, "village.csv, line 1", "semicolon", "delimiter")


def test_a_missing_column_is_named(office, refused):
    path = office.data / "village.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",staff,", ",personnel,", 1), encoding="utf-8")

    refused(2, "village.csv, line 1, column 'staff'", "missing")


def test_a_doubled_column_is_named(office, refused):
    path = office.data / "village.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",staff,", ",members,", 1), encoding="utf-8")

    refused(2, "village.csv, line 1, column 'members'", "occurs twice")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"members": "many"}, ("column 'members', value 'many'", "this is not a number", "Expected: a whole number")),
        ({"members": "-5"}, ("column 'members', value '-5'", "cannot be negative", "Expected: zero or more")),
        ({"id": "V03"}, ("column 'id', value 'V03'", "the identifier stands in line 5 already")),
    ],
)
def test_a_row_that_cannot_be_read_is_placed_kept_in_a_file_and_stops_the_release(office, refused, change, said):
    office.arrives([row | (change if row["id"] == "V16" else {}) for row in rows()])

    last = refused(2, "village.csv, line 18", "1 of 60 records were set aside", *said)

    assert str(office.restricted / "rejected") in last
    content = rejected_file(office)
    assert content.count("\n") == 2 and '""turnover"": ""1592.16""' in content


def test_rows_set_aside_within_what_the_description_allows_do_not_stop_the_release(office, terminal):
    office.describe('status = "tested"', 'status = "tested"\nmax_rejected_share = 0.05')
    office.row("V16", members="many")

    done = terminal(office, "run", office.process, "--data", office.data)

    assert done.status == 0
    assert "village/2024: 1 record(s) set aside" in done.err and "published as release" in done.err
    assert "V16" in rejected_file(office)


def test_a_code_nobody_has_mapped_is_kept_counted_and_shown_and_stops_nothing(office, terminal):
    office.arrives([row | ({"form": "KOLCHOZ"} if row["id"] in ("V16", "V17") else {}) for row in rows()])

    done = terminal(office, "run", office.process, "--data", office.data)

    assert done.status == 0
    assert (
        "village/2024: legal_form_raw: the code is not in the code map 'form': "
        "'KOLCHOZ' (2 record(s), first in line 18); kept as it is"
    ) in done.err


def test_many_unknown_codes_are_one_line_with_the_most_frequent_first(office, terminal):
    forms = {"V02": "B", "V03": "C", "V04": "A", "V05": "A", "V06": "D", "V07": "E", "V08": "F", "V09": "G"}
    office.arrives([row | ({"form": forms[row["id"]]} if row["id"] in forms else {}) for row in rows()])

    done = terminal(office, "run", office.process, "--data", office.data)

    [line] = [line for line in done.err.splitlines() if "is not in the code map" in line]
    assert "'form': 'A' (2 record(s), first in line 6), 'B' (1 record(s), first in line 4), " in line
    assert line.endswith("and 1 more; kept as it is")


def test_further_columns_are_noticed_and_stop_nothing(office, terminal):
    lines = text(rows()).splitlines()
    (office.data / "village.csv").write_text("\n".join([lines[0] + ",remark", *(x + ",new" for x in lines[1:])]) + "\n")

    done = terminal(office, "run", office.process, "--data", office.data)

    assert done.status == 0
    assert "1 column(s) beyond those described: remark" in done.err
    assert len(COLUMNS) == lines[0].count(",") + 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[table]]", "[[table]", ("village.toml, line 12", "TOML")),
        ('coverage = "REGISTER"', 'coverage = "EVERYTHING"', ("line 6, value 'EVERYTHING'", "CL_COVERAGE")),
        ('"COOP-ICLS2018", "SSE-ILC2022"]', '"COOP-ICLS2019"]', ("line 8, value 'COOP-ICLS2019'", "no such perimeter")),
        ('dataflow = "DF_COOP_WORK"', 'dataflow = "DF_WORK"', ("value 'DF_WORK'", "DF_COOP_WORK")),
        ('["WORK_STATUS"]', '["WORK"]', ("value 'WORK'", "no such dimension", "WORK_STATUS")),
        ('["WORK_STATUS"]', '["ACTIVITY:x"]', ("line 34, value 'ACTIVITY:x'", "not a depth")),
        ('measures = ["JOBS_IN"]', 'measures = ["GVA"]', ("value 'GVA'", "do not yield")),
        ("fictional = true", "", ("value 'XSO'", "fictional")),
        ("currency =", "curency =", ("curency", "line 9")),
        ('id = "village"\n', 'id = "My Village"\n', ("line 2", "My Village")),
    ],
)
def test_a_broken_process_file_is_placed(office, refused, old, new, said):
    office.plan(old, new)

    refused(3, "village.toml", *said)


def test_a_source_that_is_not_described_is_named(office, refused):
    office.plan('sources = ["village"]', 'sources = ["hamlet"]')

    refused(4, "There is no source 'hamlet'", "us-credit-unions")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("perimeters/COOP-ICLS2018.toml", 'variable = "t1"', 'variable = "t9"', ("COOP-ICLS2018.toml, line", "t9")),
        ("types/COOP-TYPE.toml", 'outcome = "WORKER"', 'outcome = "WORKERS"', ("COOP-TYPE.toml, line", "WORKERS")),
        ("parameters.toml", 'code = "S1T9"', 'code = "S1T8"', ("parameters.toml, line", "S1T8", "CL_SIZE")),
        ("codelists/CL_COOP_TYPE.csv", "WORKER,_T", "WORKER,_X", ("CL_COOP_TYPE.csv, line", "_X")),
        ("validation.toml", 'left = "members_women"', 'left = "women"', ("validation.toml, line", "women")),
        ("disclosure.toml", 'p_percent = "10"', 'p_percent = "0"', ("disclosure.toml, line", "p_percent")),
    ],
)
def test_a_catalogue_with_a_broken_reference_is_placed(office, refused, terminal, name, old, new, said):
    office.decree(name, lambda content: content.replace(old, new, 1))

    refused(3, *said)
    checked = terminal(office, "catalogue", "check", office.catalogue_root)
    assert checked.status == 3
    assert all(words in checked.err for words in said)
    assert f"error: {name}, line" in checked.err


def test_a_catalogue_folder_that_is_not_there_is_said(office, refused):
    refused(3, "there is no catalogue folder here", SSE_CATALOGUE=str(office.folder / "none"))


def test_an_unknown_process_is_answered_with_the_known_ones(refused):
    refused(4, "There is no process 'solidarya'", "solidaria", process="solidarya")


def test_a_process_file_that_is_not_there_is_named(refused, office):
    refused(3, "gone.toml", "the file is missing", process=office.folder / "gone.toml")


def test_without_a_place_for_microdata_nothing_runs(refused):
    refused(4, "SSE_RESTRICTED_URL is not set", SSE_RESTRICTED_URL=None)


def test_a_restricted_address_that_is_no_folder_is_refused(refused, office):
    refused(1, "not a folder", SSE_RESTRICTED_URL="https://example.org/data")
    (office.folder / "file").write_text("x", encoding="utf-8")
    refused(1, "cannot be used for microdata", SSE_RESTRICTED_URL=str(office.folder / "file"))


def test_a_place_for_releases_that_cannot_be_written_is_named(office, terminal):
    (office.folder / "file").write_text("x", encoding="utf-8")

    done = terminal(
        office, "run", office.process, "--data", office.data, SSE_RELEASES_URL=str(office.folder / "file" / "releases")
    )

    assert done.status in (1, 2, 4) and "Traceback" not in done.err
    assert "Stopped." in done.err and "What to do:" in done.err


def test_a_currency_that_is_missing_is_asked_for(office, refused):
    office.plan('currency = "XTS"\n', "")

    refused(3, "names no currency", "ISO 4217")


def test_two_editions_of_one_period_are_not_mixed(office, refused):
    path = office.source / "source.toml"
    described = path.read_text(encoding="utf-8")
    edition = described[described.index("[[edition]]") :]
    path.write_text(described + "\n" + edition.replace('id = "2024"', 'id = "2024-late"'), encoding="utf-8")

    refused(2, "two editions of village describe the period 2024")


def test_a_round_that_names_another_source_is_refused(office, refused):
    with office.process.open("a", encoding="utf-8") as stream:
        stream.write('\n[[round]]\nperiod = "2024"\nreference_date = 2024-12-31\neditions = { vilage = "2024" }\n')

    refused(3, "value 'vilage'", "Expected: village")


def command(office: Office, *arguments: object) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", "sse_observatory.cli", *map(str, arguments)]


def test_a_second_run_at_the_same_time_is_told_to_wait(office):
    run = command(office, "run", office.process, "--data", office.data)
    with Restricted.at(office.restricted).engine():
        second = subprocess.run(run, env=office.environment(), capture_output=True, text=True, timeout=60, check=False)

    assert second.returncode == 7
    assert "Traceback" not in second.stderr
    assert "another process" in second.stderr.lower() and "What to do:" in second.stderr


@pytest.mark.parametrize("step", ["reading village", "adding up tables", "publishing"])
def test_a_run_that_is_killed_half_way_leaves_the_release_and_the_next_run_works(office, first_release, step):
    office.row("V16", turnover="5000.00")
    run = command(office, "run", office.process, "--data", office.data)
    running = subprocess.Popen(
        run, env=office.environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    said = ""
    deadline = time.monotonic() + 60
    while step not in said and time.monotonic() < deadline:
        line = running.stderr.readline()
        assert line, said
        said += line
    running.send_signal(signal.SIGKILL)
    running.wait(timeout=30)
    running.stderr.close()

    store = Releases(office.releases)
    store.verify()
    former = first_release.outcome.release.id
    assert running.returncode == -signal.SIGKILL
    assert step == "publishing" or store.current()[0].id == former
    again = office.run()
    assert again.release.id != former
    assert [ref.id for ref in Releases(office.releases).verify()].count(again.release.id) == 1
