"""For which countries a figure had been published by a day: others' by their publications, ours by our releases."""

from datetime import date, timedelta

import pytest

from sse_observatory.pipelines import published_figures
from sse_observatory.releases import Releases
from sse_observatory.updates import briefing
from sse_observatory.updates.document import Picture
from sse_observatory.updates.figures import Published
from support.releases import publish, sample_draft

TODAY = date.today()


@pytest.fixture(scope="module")
def busy(packaged, tmp_path_factory):
    """Releases with the figures of others, a register of Kenya published now, and the invented country."""
    kept = Releases(tmp_path_factory.mktemp("busy"))
    draft = published_figures.run(packaged)
    kept.publish(draft, published_figures.clearance(draft))
    publish(kept, sample_draft("kenya", "KEN", fictional=False))
    publish(kept, sample_draft("solidaria"))
    return kept


def coverage(packaged, releases, group, day):
    return Published(packaged, releases, day).coverage(packaged.groups.members(group, day))


def test_a_publication_counts_from_its_day_on(packaged, releases):
    assert coverage(packaged, releases, "ASPAG", date(2018, 5, 28)).covered == ()
    assert coverage(packaged, releases, "ASPAG", date(2018, 5, 29)).covered == ("KOR",)


def test_a_publication_known_to_the_year_counts_from_its_end(packaged, releases):
    assert "TZA" not in coverage(packaged, releases, "AFRICA_GROUP", date(2025, 12, 30)).covered
    assert "TZA" in coverage(packaged, releases, "AFRICA_GROUP", date(2025, 12, 31)).covered


def test_an_undated_publication_counts_from_the_day_it_was_read(packaged, releases):
    before = coverage(packaged, releases, "AFRICA_GROUP", date(2023, 5, 19))

    assert (before.count, before.missing, before.undated) == (0, 54, ("TZA",))
    assert coverage(packaged, releases, "AFRICA_GROUP", TODAY).undated == ()


def test_our_own_release_counts_from_the_day_it_was_published(packaged, busy):
    assert "KEN" in coverage(packaged, busy, "AFRICA_GROUP", TODAY).covered
    assert "KEN" not in coverage(packaged, busy, "AFRICA_GROUP", TODAY - timedelta(days=2)).covered


def test_a_briefing_prints_the_total_of_our_own_release(packaged, records, busy):
    document = briefing.build(records, busy, "africa", TODAY, ["en"], catalogue=packaged)
    rows = [[c.text("en") for c in row.cells] for p in document.parts for b in p.blocks
            for row in getattr(b, "rows", ()) if row.cells[0].template == "row-area"]  # fmt: skip

    assert ["Kenya", "Registered units"] in [row[:2] for row in rows]
    assert "45" in [row[4] for row in rows if row[0] == "Kenya"]


def test_the_invented_country_is_nowhere(packaged, records, busy):
    assert any(ref.fictional for ref in busy.current())

    document = briefing.build(records, busy, "africa", TODAY, catalogue=packaged)

    assert not any("XSO" in claim.claim for claim in document.claims)
    [picture] = [b for p in document.parts for b in p.blocks if isinstance(b, Picture)]
    names = {mark.label for mark in picture.wide["en"].marks}
    assert "Kenya" in names
    assert not any("Solidaria" in name for name in names)
    assert not {ref.id for ref in busy.current() if ref.fictional} & set(document.releases)


def test_a_figure_that_sources_contradict_openly_is_no_headline(packaged, releases):
    published = Published(packaged, releases, TODAY)
    conflicts = packaged.published.conflict_of
    opened = {f.id for f in packaged.published.figures.values() if f.id in conflicts and conflicts[f.id].is_open}

    printed = {figure.name for area in ("KOR", "ITA", "CRI", "TUR", "PRT") for figure in published.headlines(area)}

    assert {"KOR-2016-STAFF-2020", "CRI-2012-JOBS-CENSUS"} <= opened
    assert not any("ASIAE-2023/KOR-STAFF-SURVEY-2022" in name or "CRI-DIRECT-JOBS" in name for name in printed)


def test_of_a_country_the_latest_figures_are_printed(packaged, releases):
    italy = list(Published(packaged, releases, TODAY).headlines("ITA"))

    assert [(f.measure, f.period) for f in italy] == [("UNITS_ACTIVE", "2015"), ("WORKERS", "2015")]
