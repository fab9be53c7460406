"""The same inputs, parameters, code, catalogue and key give the same release, wherever and whenever it is made."""

import json
import subprocess
import sys
from pathlib import Path

from pipelines.office import Office, rows

RUN = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from pipelines.office import Office
from sse_observatory.releases import code_fingerprint
outcome = Office(Path(sys.argv[1])).run()
print(json.dumps([code_fingerprint(), outcome.release.id, outcome.draft.run_id, outcome.draft.hash]))
"""


def made_by(folder, seed):
    """Release, run and draft of the village, made by a process of its own with its own hash seed."""
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, str(folder), str(tests)],
        env=Office(folder).environment(PYTHONHASHSEED=seed),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_fresh_installations_with_one_key_publish_the_same_release(first_release, tmp_path):
    # Two places, two processes, two seeds of Python's hash: the release is named by its bytes.
    here, there = made_by(tmp_path / "here", "1"), made_by(tmp_path / "else" / "where", "2")

    assert here[0] == there[0], "the package was edited between the two runs"
    assert here == there


def test_running_again_publishes_nothing_new(published_office, first_release):
    again = published_office.run()

    assert again.release.id == first_release.outcome.release.id
    assert len(list((published_office.releases / "objects").iterdir())) == 1


def test_another_key_gives_other_fingerprints_and_the_same_figures(first_release, tmp_path):
    office = Office(tmp_path / "office")
    (office.restricted / "installation.key").write_bytes(bytes(32))

    outcome = office.run()

    old, new = (o.draft.tables["DF_COOP_UNITS"] for o in (first_release.outcome, outcome))
    assert outcome.draft.run_id != first_release.outcome.draft.run_id
    assert old["OBS_VALUE"] == new["OBS_VALUE"]
    shown = [i for i, status in enumerate(old["CONF_STATUS"].to_pylist()) if status == "F"]
    assert all(old["FINGERPRINT"][i] != new["FINGERPRINT"][i] for i in shown)


def test_a_longer_history_of_the_restricted_folder_changes_nothing(tmp_path, first_release):
    office = Office(tmp_path / "office")
    office.row("V16", turnover="5000.00")
    office.run()
    office.arrives(rows())

    assert office.run().release.id == first_release.outcome.release.id
