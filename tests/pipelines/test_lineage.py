"""From a published cell back to the units and records behind it, on the office side."""

from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from pipelines import village
from pipelines.office import Office, published, rows
from sse_observatory.core import InputError, NotFound
from sse_observatory.pipelines.restricted import Restricted
from sse_observatory.production import lineage
from sse_observatory.releases import Releases


class Lineage:
    """The restricted lineage of the office's current release, as somebody of the office reads it."""

    def __init__(self, office):
        self.restricted = Restricted.at(office.restricted)
        self.releases = Releases(office.releases)
        self.folder = self.restricted.folder / "lineage" / "village" / self.releases.current()[0].run_id

    def behind(self, *keys):
        """The records behind each key; None for a cell that no unit stands behind."""
        found = []
        with self.restricted.engine() as engine:
            for key in keys:
                dataflow = self.releases.open(key[0]).dataflow
                names = [d.id for d in dataflow.structure.dimensions]
                codes = dict(zip(names, key[1:], strict=True))
                try:
                    found.append(lineage.behind(engine, self.folder, dataflow, codes).to_pylist())
                except NotFound as error:
                    assert "No unit stands behind this cell" in str(error)
                    found.append(None)
        return found


def test_a_cell_shown_or_hidden_leads_to_exactly_its_units(first_release):
    observations = published(first_release)
    hidden = [k for k, row in observations.items() if row["CONF_STATUS"] == "C"]
    chosen = [*hidden[::2], *list(observations)[::4]]
    cells = village.cells(first_release, chosen)

    for key, found in zip(chosen, Lineage(first_release).behind(*chosen), strict=True):
        made_of = sorted(cells[key].made_of)
        if not made_of:
            assert found is None
        else:
            assert sorted((row["unit_id"], Decimal(row["VALUE"])) for row in found) == made_of


def test_a_record_is_named_by_its_snapshot_and_line(first_release):
    key = next(k for k in published(first_release) if k[0] == "DF_COOP_UNITS" and k[6] == "MULTI")

    [found] = Lineage(first_release).behind(key)

    lines = {f"R:village:{row['id']}": n for n, row in enumerate(rows(), 2)}
    assert [row["unit_id"] for row in found] == ["R:village:V01", "R:village:V02"]
    assert [int(row["record_id"].rsplit(":", 1)[1]) for row in found] == [lines[r["unit_id"]] for r in found]
    assert all(row["record_id"].startswith(row["snapshot_id"]) for row in found)


def test_the_lineage_of_a_former_run_stays_as_it_was(published_office, first_release):
    key = next(k for k in published(first_release) if k[0] == "DF_COOP_ECONOMY" and k[6:8] == ("_T", "_T"))
    former = Lineage(published_office)
    before = former.behind(key)
    published_office.row("V16", turnover="5000.00")
    published_office.run()

    [now] = Lineage(published_office).behind(key)
    assert former.behind(key) == before
    assert {row["unit_id"]: row["VALUE"] for row in now}["R:village:V16"] == "5000.00"
    assert [now] != before


def test_nothing_is_dropped_in_silence_between_the_file_and_the_tables(tmp_path):
    office = Office(tmp_path / "office")
    office.describe('status = "tested"', 'status = "tested"\nmax_rejected_share = 0.1')
    register = rows()
    register[3] = register[3] | {"members": "many"}
    register[5] = register[5] | {"id": "V04"}
    register[8] = register[8] | {"women": "9999"}
    office.arrives(register)

    outcome = office.run()

    units, records = (pq.read_table(outcome.folder / f"{kept}-2024.parquet").num_rows for kept in ("units", "records"))
    with Restricted.at(office.restricted).engine() as engine:
        edits = engine.arrow(engine.table("unit_village__2024__edits")).to_pylist()
        issues = engine.arrow(engine.table("unit_village__2024__issues")).to_pylist()
    assert outcome.rejected == {"village/2024": 2}
    assert records + 2 == len(register) == units + 2
    assert outcome.issues == {"women-within-members": 1, "women-and-men-within-members": 1}
    assert sorted((i["unit_id"], i["value"], i["compared_with"]) for i in issues) == [
        ("R:village:V08", "10030", "44"),
        ("R:village:V08", "9999", "44"),
    ]
    assert sorted((e["unit_id"], e["variable"], e["before"], e["after"], e["rule"]) for e in edits) == [
        ("R:village:V08", variable, before, None, rule)
        for variable, before in (("members_men", "31"), ("members_women", "9999"))
        for rule in ("women-and-men-within-members", "women-within-members")
    ]
    [file] = (office.restricted / "rejected").glob("*.csv")
    content = file.read_text(encoding="utf-8")
    assert "V03" in content and "many" in content and "the identifier stands in line 6 already" in content


def test_every_unit_is_kept_with_what_it_was_classified_as_and_why(published_office, first_release):
    kept = pq.read_table(first_release.outcome.folder / "units-2024.parquet").to_pylist()

    true = {u["unit_id"]: u for u in village.units(first_release)}
    assert {u["unit_id"] for u in kept} == set(true)
    for unit in kept:
        assert unit["coop_icls2018__status"] == true[unit["unit_id"]]["status"]["COOP-ICLS2018"]
        assert unit["coop_icls2018__rule"] and unit["coop_icls2018__evidence"]


def test_a_run_that_is_refused_leaves_no_lineage(published_office, first_release):
    folder = published_office.restricted / "lineage" / "village"
    before = sorted(p.name for p in folder.iterdir())
    (folder / ".left-by-a-run-that-was-killed").mkdir()
    published_office.row("V16", members="many")

    with pytest.raises(InputError):
        published_office.run()

    assert sorted(p.name for p in folder.iterdir()) == before
