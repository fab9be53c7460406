"""Session arithmetic: in which year, and where a rule says so on which day, a numbered session opens.

Everything here is computed, never read in a document: whoever shows such a date labels it as inferred. Each rule holds
for the sessions named with it and gives nothing for others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a body: the year it opens in and, where rules fix them, the first and last day; `rule` says how."""

    body: str
    number: int
    year: int
    rule: str
    opens: date | None = None
    closes: date | None = None


def session(body: str, number: int) -> Session | None:
    """The session of a body, named by the series of its symbols (``A``, ``ILO/GB``); None where no rule holds."""
    rule = _RULES.get(body)
    return rule(number) if rule is not None and number > 0 else None


def assembly_session_on(day: date) -> int:
    """The regular session of the General Assembly that is open on a day."""
    number = day.year - 1945
    opens = assembly(number).opens
    first = opens if opens is not None else date(day.year, 9, 15)
    return number if day >= first else number - 1


def assembly(number: int) -> Session:
    """Regular session of the General Assembly: opens in September of 1945 + n.

    The day follows rule 1 of the rules of procedure: from the 58th session on Tuesday of the third week of September
    that has a working day, from the 78th on of the second. The first session opened in January 1946.
    """
    year = 1945 + number
    if number == 1:
        return Session("A", 1, 1946, "the first session opened in January 1946", date(1946, 1, 10))
    opens, following = _opening(number), _opening(number + 1)
    closes = following - timedelta(days=1) if following is not None else None
    rule = "session n of the General Assembly opens in September of 1945 + n"
    return Session("A", number, year, rule, opens, closes)


def _opening(number: int) -> date | None:
    """The Tuesday of rule 1; None before the 58th session, when practice and rule differed."""
    if number < 58:
        return None
    first = date(1945 + number, 9, 1)
    # The week of 1 September counts where one of its days in September is a working day.
    monday = first - timedelta(days=first.weekday())
    if first.weekday() >= 5:
        monday += timedelta(days=7)
    weeks = 1 if number >= 78 else 2
    return monday + timedelta(days=7 * weeks + 1)


def _human_rights_council(number: int) -> Session | None:
    """Three regular sessions a year, in spring, summer and autumn; regular since the tenth, of March 2009."""
    if number < 10:
        return None
    rule = "the Human Rights Council holds three sessions a year; the tenth was the first of 2009"
    return Session("A/HRC", number, 2009 + (number - 10) // 3, rule)


def _governing_body(number: int) -> Session | None:
    """Three sessions a year: March, June, and October or November; regular since the 317th, of March 2013."""
    if number < 317:
        return None
    rule = "the Governing Body holds three sessions a year; the 317th was the first of 2013"
    return Session("ILO/GB", number, 2013 + (number - 317) // 3, rule)


def _labour_conference(number: int) -> Session | None:
    """One session a year; none was held in 2020, and maritime sessions came in between before 2007."""
    if number >= 109:
        year = 1912 + number
    elif number >= 96:
        year = 1911 + number
    else:
        return None
    return Session("ILO/ILC", number, year, "one session of the Conference a year, none in 2020")


def _labour_statisticians(number: int) -> Session | None:
    """Every five years since the fifteenth session, of 1993."""
    if number < 15:
        return None
    return Session("ILO/ICLS", number, 1993 + 5 * (number - 15), "one Conference every five years since 1993")


def _statistical_commission(number: int) -> Session | None:
    """Every year since 2000, the thirty-first session."""
    if number < 31:
        return None
    return Session("E/CN.3", number, 1969 + number, "one session a year since the thirty-first, of 2000")


def _economic_and_social_council(number: int) -> Session | None:
    """Sessions carry the year since 1978."""
    return Session("E", number, number, "sessions of the Council are named by their year") if number >= 1978 else None


_RULES = {
    "A": assembly,
    "E": _economic_and_social_council,
    "A/HRC": _human_rights_council,
    "ILO/GB": _governing_body,
    "ILO/ILC": _labour_conference,
    "ILO/ICLS": _labour_statisticians,
    "E/CN.3": _statistical_commission,
}
