"""How fast pages are at the server, with a million observations behind them.

    python benchmarks/portal.py [--observations 1000000]

Prints milliseconds for each page: the first request after the tables were indexed, the median and the worst of
those that follow (every one with another selection, so that nothing is answered from memory), and for charts the
drawing of one not drawn before. Exits with 1 when a page misses the target of 100 ms.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.insert(0, str(TESTS))

TARGET = 100.0


def world() -> ModuleType:
    """The module that makes the releases of the portal's tests."""
    spec = importlib.util.spec_from_file_location("portal_world", TESTS / "portal" / "world.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def main() -> int:
    """Publish, index, ask."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--observations", type=int, default=1_000_000)
    count = parser.parse_args().observations
    with tempfile.TemporaryDirectory() as folder:
        made = world()
        releases = made.publish_world(Path(folder) / "releases")
        made.publish(releases, made.many_draft(count))
        os.environ |= {
            "SSE_RELEASES_URL": str(Path(folder) / "releases"), "SSE_VAR": folder, "SSE_ALLOWED_HOSTS": "testserver",
            "DJANGO_SETTINGS_MODULE": "sse_observatory.portal.settings",
        }
        return measure(count)


def measure(count: int) -> int:
    """Milliseconds by page."""
    import django

    django.setup()
    from django.test import Client

    from sse_observatory.portal.shelf import shelf

    begun = time.perf_counter()
    shelf().warm()
    print(f"index {count:,} observations: {time.perf_counter() - begun:.2f} s")
    client = Client()

    def ask(url: str) -> float:
        start = time.perf_counter()
        response = client.get(url)
        response.getvalue()
        assert response.status_code == 200, f"{response.status_code} {url}"
        return (time.perf_counter() - start) * 1000

    index = shelf().now().table("DF_COOP_UNITS")
    table = "/en/tables/DF_COOP_UNITS/?REF_AREA=KEN"
    each = "&MEASURE=*&COOP_TYPE=*&TIER=*&SIZE=*&ACTIVITY=*&TIME_PERIOD=*"
    activities = index.codes["ACTIVITY"][:20]
    pages = {
        "home": [f"/{lang}/" for lang in ("en", "fr", "es")] * 5,
        "countries": [f"/{lang}/countries/" for lang in ("en", "fr", "es")] * 5,
        "country": [f"/{lang}/countries/KEN/" for lang in ("en", "fr", "es")] * 5,
        "table, totals": [f"{table}&TIME_PERIOD={year}" for year in index.codes["TIME_PERIOD"][:20]],
        "table, one activity": [f"{table}{each.replace('ACTIVITY=*', f'ACTIVITY={a}')}" for a in activities],
        "table, everything": [f"{table}{each}&page={i}" for i in range(1, 21)],
        "where a number comes from": [
            "/fr/tables/DF_COOP_UNITS/origin/?" + "&".join(f"{k}={v}" for k, v in o.key.items())
            for o in index.observations(index.rows({"REF_AREA": ("KEN",)})[:20])
        ],
    }
    slow = False
    for name, urls in pages.items():
        first, *rest = [ask(url) for url in urls]
        middle, worst = statistics.median(rest), max(rest)
        slow |= middle > TARGET
        print(f"{name:<28} first {first:6.1f} ms   median {middle:6.1f} ms   worst {worst:6.1f}, target {TARGET:.0f}")
    drawn = [ask(f"/en/tables/DF_COOP_UNITS/chart.svg?REF_AREA=KEN&ACTIVITY={a}") for a in activities[:6]]
    print(f"{'chart not drawn before':<28} first {drawn[0]:7.1f} ms   median {statistics.median(drawn[1:]):6.1f} ms")
    start = time.perf_counter()
    body = client.get(f"/en/tables/DF_COOP_UNITS/data.csv?REF_AREA=KEN{each}&TIER=T1").getvalue()
    lines = body.count(b"\r\n") - 1
    print(f"download {lines:,} rows as CSV: {time.perf_counter() - start:.1f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
