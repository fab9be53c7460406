"""Whether a number fits its session or year, in bodies that number their resolutions through.

"322 (XXIX)" has the form of a resolution of the General Assembly, which had passed number 3,000 by its twenty-ninth
session: it is of another body. The numbers are those of resolutions whose session everyone can look up; between them
they run evenly enough to tell a number of another series.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

_BY_SESSION: Mapping[str, Mapping[int, int]] = {
    "A": {
        1: 1, 3: 217, 5: 377, 8: 720, 10: 920, 12: 1150, 15: 1514, 17: 1803, 18: 1904, 20: 2106, 21: 2200, 23: 2446,
        25: 2625, 26: 2758, 28: 3068, 29: 3281, 30: 3379,
    },
    "E": {
        1: 5, 2: 9, 5: 75, 10: 288, 24: 663, 28: 728, 39: 1074, 42: 1235, 44: 1296, 48: 1503, 53: 1721, 59: 1979,
        60: 2008, 63: 2100,
    },
}  # fmt: skip
"""Session and a number of that session."""
_NEAR = {"A": 200, "E": 160}
"""More resolutions than a session of the body has adopted: what is farther away is of another series."""
_BY_YEAR = (
    (1946, 1), (1947, 16), (1948, 38), (1949, 67), (1950, 79), (1955, 105), (1960, 133), (1965, 200), (1970, 276),
    (1975, 367), (1980, 462), (1985, 560), (1990, 647), (1991, 684), (1992, 726), (1993, 800), (1994, 893),
    (1995, 970), (1996, 1036), (1997, 1093), (1998, 1147), (1999, 1219), (2000, 1285), (2001, 1335), (2002, 1387),
    (2003, 1454), (2004, 1522), (2005, 1581), (2006, 1652), (2007, 1739), (2008, 1795), (2009, 1860), (2010, 1908),
    (2011, 1967), (2012, 2033), (2013, 2086), (2014, 2133), (2015, 2196), (2016, 2260), (2017, 2337), (2018, 2398),
    (2019, 2452), (2020, 2505), (2021, 2561), (2022, 2616), (2023, 2673), (2024, 2720), (2025, 2768),
)  # fmt: skip
"""The Security Council: a year and about its first number."""
_SLACK = 15
_YEARLY = 80
"""At most so many numbers a year are expected behind the last year of the table (93 in 1993 stand in it)."""


def fits_session(body: str, number: int, session: int) -> bool:
    """Whether resolution `number` may be of this session of the Assembly (A) or of the Economic and Social Council."""
    known = _BY_SESSION.get(body)
    if known is None:
        return True
    if not 1 <= session <= max(known):
        return False
    sessions = sorted(known)
    after = min(bisect_right(sessions, session), len(sessions) - 1)
    low, high = sessions[after - 1], sessions[after]
    expected = known[low] + (known[high] - known[low]) * (session - low) / (high - low)
    return abs(number - expected) <= _NEAR[body]


def fits_year(number: int, year: int) -> bool:
    """Whether the Security Council may have adopted resolution `number` in this year."""
    if year < _BY_YEAR[0][0]:
        return False
    years = [y for y, _ in _BY_YEAR]
    at = bisect_right(years, year) - 1
    first = _BY_YEAR[at][1]
    end = _BY_YEAR[at + 1][1] if at + 1 < len(years) else first + _YEARLY * (year - years[at] + 1)
    return first - _SLACK <= number <= end + _SLACK
