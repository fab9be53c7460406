"""Records, published figures and briefings to read, and a way to change one record."""

from dataclasses import replace
from datetime import date

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.portfolio import assemble
from sse_observatory.pipelines import published_figures
from sse_observatory.releases import Releases
from sse_observatory.updates import briefing
from sse_observatory.updates.records import CatalogueRecords


@pytest.fixture(scope="session")
def packaged():
    return catalogue.load(catalogue.PACKAGED)


@pytest.fixture(scope="session")
def records(packaged):
    return CatalogueRecords(packaged.portfolio, packaged.groups)


@pytest.fixture(scope="session")
def releases(packaged, tmp_path_factory):
    kept = Releases(tmp_path_factory.mktemp("releases"))
    draft = published_figures.run(packaged)
    kept.publish(draft, published_figures.clearance(draft))
    return kept


@pytest.fixture(scope="session")
def build(packaged, records, releases):
    """Briefings by group and day, each built once in the three languages."""
    built = {}

    def one(group, day):
        if (group, day) not in built:
            built[group, day] = briefing.build(records, releases, group, date.fromisoformat(day), catalogue=packaged)
        return built[group, day]

    return one


@pytest.fixture(scope="session")
def changed(packaged):
    """The records with some fields of one of them changed."""

    def one(identifier, **fields):
        portfolio = packaged.portfolio
        edited = {**portfolio.records, identifier: replace(portfolio.records[identifier], **fields)}
        return CatalogueRecords(assemble(edited.values(), portfolio.sources, portfolio.terms), packaged.groups)

    return one
