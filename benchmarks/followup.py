"""How fast the follow-up is at the server, with fifty thousand made-up records behind it.

    python benchmarks/followup.py [--records 50000]

Prints seconds for loading the records, for reading them back and for building the search index; then for each page the
median and the 95th percentile of requests, each for another record, page or language;
the same for searches, and for dates nobody has looked from yet, first and again. Exits with 1 when a
median, or the processor's time of one request in twenty, misses 100 ms for pages or 50 ms for searches. Of the waiting
itself the 95th percentile is only printed: on a machine that others use it says what they do.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.insert(0, str(TESTS))

PAGE, SEARCH = 100.0, 50.0
LANGUAGES = ("en", "fr", "es")
Took = tuple[float, float]


def main() -> int:
    """Make records, load them, ask."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=50_000)
    count = parser.parse_args().records
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "SSE_RELEASES_URL": str(Path(folder) / "releases"), "SSE_VAR": folder, "SSE_ALLOWED_HOSTS": "testserver",
            "DJANGO_SETTINGS_MODULE": "sse_observatory.portal.settings",
        }
        return measure(count)


def timed(label: str, work: Callable[[], object]) -> None:
    """Print what a step of the preparation takes."""
    start = time.perf_counter()
    work()
    print(f"{label:<44} {time.perf_counter() - start:7.1f} s")


def measure(count: int) -> int:
    """Milliseconds by page."""
    import django

    django.setup()
    from django.http import HttpResponse
    from django.test import Client

    from sse_observatory.portal import asof, database, finding, ledger, records
    from sse_observatory.portal.pages.followup.scene import PLACES
    from sse_observatory.portal.server import warm
    from support.records import generated

    database.migrate()
    made = {entry["id"]: entry for entry in generated(count)}
    timed(f"load {len(made):,} records, all checked", lambda: ledger.load(made, records.fingerprint()))
    timed("load them again", lambda: ledger.load(made, records.fingerprint()))
    records._prepared = True
    timed("read them into memory", records.now)
    board, day = records.now(), asof.today()
    timed("build the search index", finding.index)
    timed("work out the day, as the server does at start", warm)
    client, chance = Client(), random.Random(7)

    last: list[HttpResponse] = []

    def ask(url: str) -> Took:
        took = once(lambda: last.append(client.get(url)))
        assert last.pop().status_code == 200, url
        return took

    by_kind: dict[str, list[str]] = {}
    view = board.as_of(day)
    for record in board.portfolio.records.values():
        if view.find(record.id) is not None:
            by_kind.setdefault(record.kind, []).append(record.id)
    pages: dict[str, list[str]] = {
        "front page of the follow-up": [f"/{lang}/follow-up/" for lang in LANGUAGES] * 8,
        "timeline": [f"/{lang}/follow-up/timeline/" for lang in LANGUAGES] * 5,
        "calendar": [f"/{lang}/follow-up/calendar/" for lang in LANGUAGES] * 5,
        "plans": [f"/{lang}/follow-up/plans/" for lang in LANGUAGES] * 5,
        "list, one of many pages": [
            f"/{lang}/follow-up/{place}/?page={chance.randrange(1, 8)}"
            for lang in LANGUAGES for place in ("instruments", "provisions", "events", "evidence", "knowledge")
            for _ in range(3)
        ],
        "list, narrowed down": [
            f"/en/follow-up/provisions/?instrument={identifier}"
            for identifier in sorted({board.portfolio.get(p).instrument for p in by_kind["provision"][:60]})
        ],
    }
    for kind, identifiers in by_kind.items():
        pages[f"record: {kind}"] = [
            f"/{chance.choice(LANGUAGES)}/follow-up/{PLACES[kind]}/{identifier}/"
            for identifier in chance.sample(identifiers, min(40, len(identifiers)))
        ]
    ask("/en/about/")  # the first request of all reads code and templates
    slow = False
    for name, urls in pages.items():
        slow |= report(name, [ask(url) for url in urls], PAGE)
    words = ["cooperative", "coopératives", "economia social", "report resolution", "estrategia", "formation travail",
             "A/RES/77/281", "solidrity econmy", "training for women and youth", "guidelines statistics capacity"]
    searches = [
        f"/{lang}/search/?q={'+'.join(text.split())}&page={page}"
        for lang in LANGUAGES for text in words for page in (1, 2)
    ]
    ask(searches[0])
    slow |= report("search, the whole page", [ask(url) for url in searches], SEARCH)
    index = finding.index()
    asked = [(text, lang) for lang in LANGUAGES for text in words for _ in range(3)]
    slow |= report("search, the index alone", [once(lambda t=t, g=g: index.find(t, g, day)) for t, g in asked], SEARCH)
    slow |= unasked(ask, chance, by_kind)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    return int(slow)


def unasked(ask: Callable[[str], Took], chance: random.Random, by_kind: dict[str, list[str]]) -> bool:
    """Dates nobody has looked from yet, in any order, and what is held once a thousand have been asked for."""
    paths = {
        "front page of the follow-up": "follow-up/", "list": "follow-up/provisions/", "timeline": "follow-up/timeline/",
        "calendar": "follow-up/calendar/", "list, narrowed down": "follow-up/events/?stage=held",
        "record: actor": f"follow-up/actors/{by_kind['actor'][0]}/",
    }
    days = [f"{year}-{month:02}-{day}" for year in range(2006, 2026) for month in range(1, 13) for day in range(11, 21)]
    chance.shuffle(days)
    slow = False
    print("dates nobody has looked from yet")
    for name, path in paths.items():
        asked = [f"/en/{path}{'&' if '?' in path else '?'}as_of={days.pop()}" for _ in range(20)]
        slow |= report(f"  {name}", [ask(url) for url in asked], PAGE)
        slow |= report("  … and again", [ask(url) for url in asked], PAGE)
    held = [resident()]
    for _ in range(2):
        for _ in range(500):
            ask(f"/{chance.choice(LANGUAGES)}/{chance.choice(list(paths.values())[:4])}?as_of={days.pop()}")
        held.append(resident())
    told = ", ".join(f"{after - before:+,.1f} MiB" for before, after in itertools.pairwise(held))
    print(f"held after 500 more dates, and after another 500 {told}")
    return slow


def resident() -> float:
    """What the process holds now, in MiB."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def once(work: Callable[[], object]) -> Took:
    """Milliseconds of one call: as a reader waits, and of the processor alone, which other programs do not change."""
    start, busy = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - start) * 1000, (time.process_time() - busy) * 1000


def report(name: str, took: list[Took], limit: float | None) -> bool:
    """Print a line; True where the limit is missed."""
    waited, busy = ([one[i] for one in took] for i in (0, 1))
    p95, cpu = statistics.quantiles(waited, n=20)[-1], statistics.quantiles(busy, n=20)[-1]
    told = "" if limit is None else f"   limit {limit:.0f}"
    missed = limit is not None and (statistics.median(waited) > limit or cpu > limit)
    print(
        f"{name:<44} median {statistics.median(waited):7.1f} ms   p95 {p95:7.1f} ms (processor {cpu:6.1f}){told}"
        f"{'   MISSED' if missed else ''}"
    )
    return missed


if __name__ == "__main__":
    sys.exit(main())
