"""Every statement of Tables P1 and P2 and of the nine countries, recomputed here without the module of checks."""

from decimal import Decimal

import pytest

FAMILIES = ("COOP", "MUTUAL", "MISERICORDIA", "FOUND", "ASSOC")
P1 = {
    "COOP": (2260, 31783, 747162, 657269, "23.5", "23.5"),
    "MUTUAL": (119, 4537, 332249, 176244, "73.2", "73.2"),
    "MISERICORDIA": (381, 32493, 518301, 426939, "16.0", "16.0"),
    "FOUND": (537, 10604, 361073, 215124, "34.1", "34.1"),
    "ASSOC": (52086, 146630, 2301546, 2480158, "15.6", "15.7"),
    "TOTAL": (55383, 226047, 4260331, 3955734, "18.7", "18.8"),
}
P2 = {
    "ENTITIES": (None, "61000", "71885", "73574", "73851"),
    "SHARE-GVA": (None, "2.8", "3.0", "3.0", "3.2"),
    "SHARE-PAY": (None, "5.2", "5.3", None, "5.0"),
    "SHARE-EMPLOYMENT": ("4.7", "5.2", "5.3", "5.1", "5.2"),
    "SHARE-FTE": (None, "6.0", "6.1", "5.8", "5.9"),
}
YEARS = (2010, 2013, 2016, 2019, 2020)


def rounded(value, like):
    return Decimal(value).quantize(Decimal(like))


@pytest.mark.parametrize("family", P1)
def test_table_p1_is_keyed_as_printed(number, family):
    units, fte, gva, pay, ratio, _ = P1[family]

    assert number(f"PRT-P1-UNITS-{family}") == units
    assert number(f"PRT-P1-FTE-{family}") == fte
    assert number(f"PRT-P1-GVA-{family}") == gva * 1000
    assert number(f"PRT-P1-PAY-{family}") == pay * 1000
    assert number(f"PRT-P1-GVA-PER-FTE-{family}") == Decimal(ratio) * 1000


@pytest.mark.parametrize("column", ["UNITS", "FTE", "GVA", "PAY"])
def test_the_columns_of_table_p1_add_up_exactly(number, column):
    assert sum(number(f"PRT-P1-{column}-{f}") for f in FAMILIES) == number(f"PRT-P1-{column}-TOTAL")


@pytest.mark.parametrize(("column", "share"), [("FTE", "5.5"), ("GVA", "2.8"), ("PAY", "4.6")])
def test_the_shares_of_table_p1_reproduce(number, column, share):
    computed = 100 * number(f"PRT-P1-{column}-TOTAL") / number(f"PRT-P1-{column}-ECONOMY")

    assert rounded(computed, "0.1") == Decimal(share) == number(f"PRT-P1-SHARE-{column}")


def test_the_pay_ratio_of_table_p1_reproduces_and_the_final_edition_differs(number):
    social = number("PRT-P1-PAY-TOTAL") / number("PRT-P1-FTE-TOTAL")
    economy = number("PRT-P1-PAY-ECONOMY") / number("PRT-P1-FTE-ECONOMY")

    assert rounded(100 * social / economy, "0.1") == Decimal("83.4") == number("PRT-P1-PAY-RATIO")
    assert number("PRT-P1-PAY-RATIO-FINAL") == Decimal("83.1")


@pytest.mark.parametrize("family", P1)
def test_value_added_per_full_time_equivalent_is_recomputed(number, family):
    computed = number(f"PRT-P1-GVA-{family}") / number(f"PRT-P1-FTE-{family}") / 1000

    assert rounded(computed, "0.1") == Decimal(P1[family][5])


def test_value_added_per_full_time_equivalent_of_the_economy_is_not_the_printed_one(number):
    computed = number("PRT-P1-GVA-ECONOMY") / number("PRT-P1-FTE-ECONOMY") / 1000

    assert rounded(computed, "0.1") == Decimal("36.6")
    assert number("PRT-P1-GVA-PER-FTE-ECONOMY") == 31600


@pytest.mark.parametrize("line", P2)
def test_table_p2_is_keyed_as_printed(published, line):
    for year, printed in zip(YEARS, P2[line], strict=True):
        figure = published.figures.get(f"PRT-{year}-{line}")
        if printed is not None:
            assert figure.value == Decimal(printed)
        elif year == 2010:
            assert figure is None  # these cells are the shares and the total of Table P1
        else:
            assert figure.value is None


def test_the_growth_of_entities_fits_one_of_two_figures_only(number):
    def growth(new):
        return rounded(100 * number(new) / number("PRT-2019-ENTITIES") - 100, "0.01")

    assert growth("PRT-2020-ENTITIES") == Decimal("0.38")
    assert growth("PRT-2020-ENTITIES-PRESS") == Decimal("0.01")
    assert number("PRT-2020-GROWTH-ENTITIES") == Decimal("0.4")


def test_the_korean_kinds_and_states_add_up(number):
    def korea(*names):
        return sum(number(f"KOR-2016-{name}") for name in names)

    assert korea("GENERAL", "SOCIAL", "FEDERATIONS") == 9954 + 604 + 57 == korea("REGISTERED")
    assert korea("INCORPORATED", "NOT-INCORPORATED") == 9547 + 1068 == 10615
    assert korea("ACTIVE", "INACTIVE") == 5100 + 4447 == 9547
    assert korea("CLOSED", "SUSPENDED") == 1453 + 2994 == 4447


def test_the_korean_shares_rest_on_different_bases(number):
    inactive = number("KOR-2016-INACTIVE")

    assert rounded(100 * inactive / number("KOR-2016-INCORPORATED"), "0.1") == Decimal("46.6")
    assert rounded(100 * inactive / number("KOR-2016-REGISTERED"), "0.1") == Decimal("41.9")
    assert rounded(100 * number("KOR-2016-NOT-ACTIVE") / number("KOR-2016-REGISTERED"), "1") == 52
    assert rounded(100 * number("KOR-2016-INCORPORATED") / number("KOR-2016-REGISTERED"), "0.1") == Decimal("89.9")


def test_the_korean_workers_are_a_hundred_times_too_many(number):
    derived = number("KOR-2016-WORKERS-PER-COOP") * number("KOR-2016-ACTIVE")

    assert derived == 68850 == number("KOR-2016-WORKERS-DERIVED")
    assert 99 < number("KOR-2016-WORKERS-PRINTED") / derived < 101


def test_the_korean_growth_since_2016_reproduces(number):
    assert rounded(100 * number("KOR-2018-COOP") / number("KOR-2016-REGISTERED") - 100, "0.1") == Decimal("36.8")
    assert rounded(100 * number("KOR-2018-STAFF") / number("KOR-2016-STAFF-2020") - 100, "0.1") == Decimal("53.5")


def test_the_italian_shares_of_activities_reproduce(published, number):
    shares = [f for f in published.figures.values() if f.ref_area == "ITA" and f.measure == "SHARE_UNITS"]
    printed = {f.id: f.value for f in shares if f.activity != "_T"}

    assert sorted(printed.values()) == [Decimal(s) for s in ("8.4", "12.9", "14.0", "14.5", "14.9")]
    for name, share in printed.items():
        units = number(name.replace("SHARE", "COOP"))
        assert rounded(100 * units / number("ITA-2015-COOP"), "0.1") == share


def test_the_tanzanian_total_is_every_tier_together(number):
    tiers = [number(f"TZA-2008-{name}") for name in ("PRIMARY", "UNIONS", "FEDERATION", "CONFEDERATION")]

    assert tiers == [8551, 44, 1, 1]
    assert sum(tiers) == 8597 == number("TZA-2008-CALLED-PRIMARY")
    assert number("TZA-2024-JOBS") == 43096 + 110886 == 153982


def test_social_enterprises_of_the_union_are_by_law_or_in_fact(number):
    parts = number("EU-2021-SOCIAL-ENTERPRISES-LAW") + number("EU-2021-SOCIAL-ENTERPRISES-FACT")

    assert parts == 43000 + 203000 == number("EU-2021-SOCIAL-ENTERPRISES")
    assert parts < number("EU-2021-ENTITIES")


def test_work_in_and_within_the_scope_stays_apart_from_the_sum_the_source_prints(published):
    measures = {n: f.measure for n, f in published.figures.items() if n.startswith("WORLD-2017-JOBS")}

    assert measures == {
        "WORLD-2017-JOBS-IN": "JOBS_IN",
        "WORLD-2017-JOBS-WITHIN-SCOPE": "JOBS_WITHIN_SCOPE",
        "WORLD-2017-JOBS-IN-AND-WITHIN": "JOBS_IN_AND_WITHIN",
    }


def test_totals_of_members_are_memberships_and_never_persons(published):
    members = {n for n, f in published.figures.items() if n.endswith("-MEMBERSHIPS")}

    assert {"CRI-2012-MEMBERSHIPS", "KOR-2016-MEMBERSHIPS", "TZA-2008-MEMBERSHIPS", "WORLD-2017-MEMBERSHIPS"} <= members
    assert {(published.figures[n].measure, published.figures[n].unit) for n in members} == {("MEMBERSHIPS",) * 2}
