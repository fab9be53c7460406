"""Follow-up records: milliseconds to load and check them, and to ask a view of many, against 150 and 1.

    python benchmarks/records.py [--records 50000] [--limit 150] [--question 1]

Loads the packaged records in a fresh state (files read, checked, assembled) and again, as every later use in a process
does; the limit is for the second. Then copies the records until there are `--records`, opens a view and asks it for the
status, relations, evidence and conflicts of random records: the 95th percentile is held against `--question`.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from sse_observatory import catalogue
from sse_observatory.catalogue import portfolio as module
from sse_observatory.catalogue.portfolio import Provision, assemble, entry_of, record_of
from sse_observatory.catalogue.portfolio.forms import references
from sse_observatory.updates.records import CatalogueRecords

DAY = date(2026, 11, 21)


def milliseconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def many(found: module.Portfolio, wanted: int) -> module.Portfolio:
    """Copies of the records under ids of their own, each copy referring to its own."""
    records = list(found.records.values())
    mentioned = set(found.records)
    entries = [(entry_of(record), {r.value for r in references(record)} & mentioned) for record in records]
    for copy in range(1, wanted // len(records) + 1):
        for entry, own in entries:
            renamed = {i: f"{i}-{copy}" for i in (*own, entry["id"])}
            records.append(record_of(_renamed(entry, renamed), found.sources))
    return assemble(records[:wanted], found.sources, found.terms)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(member, names) for key, member in value.items()}
    if isinstance(value, list):
        return [_renamed(member, names) for member in value]
    return names.get(value, value) if isinstance(value, str) else value


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--limit", type=float, default=150.0, help="milliseconds allowed to load again")
    parser.add_argument(
        "--question", type=float, default=1.0, help="milliseconds allowed for a question, 95th percentile"
    )
    arguments = parser.parse_args()

    loaded = catalogue.load()
    _ = loaded.codelists, loaded.groups
    first = milliseconds(lambda: loaded.portfolio)
    again = milliseconds(lambda: catalogue.load().portfolio)

    big = many(loaded.portfolio, arguments.records)
    records = CatalogueRecords(big, loaded.groups)
    view = records.as_of(DAY)
    opening = milliseconds(lambda: records.as_of(DAY))
    draw = random.Random(20261121)
    asked = draw.sample([p.id for p in big.of(Provision)], min(500, len(big.of(Provision))))
    index = milliseconds(lambda: view.status(asked[0]))
    times = []
    for identifier in asked:
        for question in (view.status, view.relations, view.evidence, view.conflicts):
            times.append(milliseconds(lambda q=question, i=identifier: q(i)))
    slow = statistics.quantiles(times, n=20)[-1]
    print(
        f"{len(loaded.portfolio.records)} records: read and checked in {first:.0f} ms, loaded again in {again:.1f} ms, "
        f"{again / arguments.limit:.0%} of the limit of {arguments.limit:.0f} ms; of {len(big.records)} records: view "
        f"{opening:.2f} ms, first question with its index {index:.0f} ms, then 95 % within {slow:.3f} ms, "
        f"{slow / arguments.question:.0%} of the limit of {arguments.question:g} ms"
    )
    return int(again > arguments.limit or slow > arguments.question)


if __name__ == "__main__":
    sys.exit(main())
