"""What a result shows, and how its estimates are combined."""

from decimal import Decimal
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from estimation import r
from estimation.agree import close
from estimation.oracles import holds
from sse_observatory.catalogue.parameters import PrecisionLimits
from sse_observatory.core import NotFound, ObservatoryError
from sse_observatory.figures import number
from sse_observatory.production.estimation import (
    Design,
    Jackknife,
    calibrate,
    estimate,
    gini,
    mean,
    median,
    proportion,
    ratio,
    share,
    total,
    weighted_totals,
)

JOBS = {
    "w": [10, 10, 20, 20, 5, 5], "h": ["n", "n", "s", "s", "t", "t"], "p": [1, 2, 3, 4, 5, 6],
    "kind": ["coop", "coop", "coop", "mutual", "mutual", "coop"], "jobs": [3, 5, 2, 4, 10, 6],
    "pay": [30.0, 40, 20, 35, 120, 50],
}  # fmt: skip
DESIGN = Design("w", "h", "p")


@holds("R survey", ["stratified, one to three stages, with replacement or corrected"], ["contrast, change", "share"])
@holds("R survey", ["jackknife (JK1, JKn)"], ["contrast, change", "share"])
def test_covariances_contrasts_and_shares_are_those_of_r(apistrat):
    code = """
    d <- transform(d, yes = as.numeric(sch_wide == "Yes"), no = as.numeric(sch_wide == "No"))
    d <- transform(d, ya = yes * api00, nb = no * api00, ea = enroll * yes)
    des <- svydesign(id = ~1, strata = ~stype, fpc = ~fpc, weights = ~pw, data = d)
    if ({replicated}) des <- as.svrepdesign(des)
    if ({replicated}) {{
      m <- svyby(~api00, ~sch_wide, des, svymean, covmat = TRUE)
      k <- svycontrast(m, list(difference = quote(Yes - No), quotient = quote(Yes / No)))
    }} else {{
      t <- svytotal(~ya + yes + nb + no, des)
      k <- svycontrast(t, list(difference = quote(ya / yes - nb / no), quotient = quote((ya / yes) / (nb / no))))
    }}
    s <- svyratio(~ea, ~enroll, des)
    c2 <- svycontrast(svytotal(~api00 + enroll, des), list(c = c(2, -0.5)))
    v <- c(coef(k)[1], SE(k)[1], coef(k)[2], SE(k)[2], coef(s), SE(s), coef(c2), SE(c2))
    setNames(as.list(v), c("d", "ds", "q", "qs", "s", "ss", "c", "cs"))
    """
    design = Design("pw", "stype", fpc="fpc")
    for replicated in (False, True):
        theirs = r.values([r.Case(apistrat, code.format(replicated="TRUE" if replicated else "FALSE"))])[0]
        made = design.with_(replicates=Jackknife()) if replicated else design
        asked = [mean("api00"), share("enroll"), total("api00"), total("enroll")]
        found = estimate(apistrat, made, asked, by="sch_wide")
        yes, no = (found.at("mean(api00)", sch_wide=c) for c in ("Yes", "No"))
        row = found.table.to_pylist()[found.at("share(enroll)", sch_wide="Yes")]
        difference, quotient = found.difference(yes, no), found.quotient(yes, no)
        contrast = found.contrast({found.at("total(api00)"): 2, found.at("total(enroll)"): -0.5})
        ours = [
            difference.value, difference.se, quotient.value, quotient.se, row["estimate"], row["se"], contrast.value,
            contrast.se,
        ]  # fmt: skip
        for mine, (key, value) in zip(ours, theirs.items(), strict=True):
            close(mine, value, f"contrast: {key}, replicated {replicated}")


def test_the_diagonal_of_the_covariances_is_the_squares_of_the_standard_errors(apiclus2):
    asked = [total("api_stu"), mean("api00"), ratio("api99", "api00"), proportion("comp_imp", "Yes"), share("api00"),
             median("api00"), gini("api00")]  # fmt: skip
    two_stages = Design("pw", clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])
    calibrated = calibrate(apiclus2, two_stages, {None: 6194, "api99": 3914069})
    for source, design in ((apiclus2, two_stages), (calibrated.sample, calibrated.design)):
        found = estimate(source, design, asked, by="stype")
        v = found.covariance()
        for i, se in enumerate(found.table["se"].to_pylist()):
            if se is not None and found.table["df"][i].as_py() > 0:
                assert np.sqrt(v[i, i]) == pytest.approx(se, rel=1e-9, abs=1e-9)
        # The parts of a share add up to one, so they vary against each other to nothing.
        parts = [found.at("share(api00)", stype=c) for c in "EHM"]
        assert abs(found.covariance(parts).sum()) < 1e-12


def test_totals_of_whole_numbers_and_decimals_are_exact():
    big = 10**15 + 1
    sample = {
        "w": [3, 3, 3, 3], "y": [big, big, big, 1], "g": ["a", "b", "a", "b"],
        "d": [Decimal("0.10"), Decimal("0.20"), Decimal("0.30"), Decimal("1.005")],
    }  # fmt: skip

    found = estimate(sample, Design("w"), [total("y"), total("d"), total()], by="g").table.to_pylist()

    exact = {(row["g"], row["statistic"]): row["exact"] for row in found}
    assert exact["_T", "total(y)"] == 9 * big + 3
    assert exact["a", "total(y)"] == 6 * big
    assert exact["_T", "total(d)"] == Decimal("4.815")
    assert exact["b", "total"] == 6
    assert weighted_totals(sample, "w", total("d"), by="g").to_pylist()[0]["exact"] == Decimal("4.815")
    fractions = estimate({**sample, "w": [1.5] * 4}, Design("w"), total("y")).table.to_pylist()[0]
    assert fractions["exact"] is None


def test_exact_totals_leave_out_what_estimates_leave_out():
    sample = {"w": [3, 3, 3], "y": [1, None, 5], "g": ["a", "a", "b"]}

    found = estimate(sample, Design("w"), total("y"), by="g", missing="exclude", domain=lambda t: t.g == "a")

    assert found.table["exact"].to_pylist() == [3, 3, None]
    assert found.table["estimate"].to_pylist() == [3, 3, None]


@pytest.mark.parametrize(
    ("value", "cv", "units", "status"),
    [
        (100.0, 0.05, 200, "A"), (100.0, 0.20, 200, "U"), (100.0, 0.05, 25, "U"), (100.0, 0.40, 200, "N"),
        (100.0, 0.05, 5, "N"), (0.0, None, 200, "U"), (3.0, None, 200, "N"), (None, None, 0, "O"),
        (None, None, 200, "M"),
    ],
)  # fmt: skip
def test_the_status_follows_the_agreed_limits(value, cv, units, status):
    limits = PrecisionLimits("1.0", "unconfirmed", "", 0.165, 0.333, 30, 10)

    assert limits.classify(value, cv, units) == status


def test_other_limits_give_other_statuses():
    strict = PrecisionLimits("2.0", "confirmed", "", 0.01, 0.02, 0, 0)

    assert set(estimate(JOBS, DESIGN, mean("jobs"), limits=strict).table["status"].to_pylist()) == {"N"}


def test_the_summary_shows_estimates_intervals_and_the_design():
    console = Console(file=StringIO(), width=120)

    estimate(JOBS, DESIGN, [total("jobs"), ratio("pay", "jobs")], by="kind").summary(console)
    text = console.file.getvalue()

    assert "6 units" in text
    assert "stratified by h" in text
    assert "total(jobs)" in text and "ratio(pay, jobs)" in text
    assert "280" in text
    assert "n below precision" in text


def test_a_long_result_says_how_many_rows_it_keeps_back():
    console = Console(file=StringIO(), width=120)

    estimate(JOBS, DESIGN, total("jobs"), by="kind").summary(console, rows=1)

    assert "2 more rows" in console.file.getvalue()


def test_a_chart_draws_what_may_be_shown():
    rng = np.random.default_rng(1)
    n = 400
    kinds = ["coop"] * 300 + ["mutual"] * 95 + ["other"] * 5
    sample = {"w": np.full(n, 5.0), "kind": kinds, "y": rng.gamma(4, 5, n)}

    chart = estimate(sample, Design("w"), mean("y"), by="kind").chart(labels={"coop": "Cooperatives"})

    assert [row[0] for row in chart.table()] == ["Cooperatives", "mutual", "other"]
    assert chart.table()[2][1:] == ("n", "below precision")
    assert "Cooperatives" in chart.svg()
    assert chart.marks[2].interval is None


@pytest.mark.parametrize(
    ("language", "lines", "letters", "interval", "few"),
    [
        ("en", "Lines: 90% confidence intervals.", "u low reliability; n below precision", "{} ({} to {})", "few: n"),
        ("fr", "Traits\u202f: intervalles de confiance à 90\u202f%.",
         "u faible fiabilité\u202f; n précision insuffisante", "{} (de {} à {})", "few\u202f: n"),
        ("es", "Líneas: intervalos de confianza del 90\u202f%.", "u fiabilidad baja; n precisión insuficiente",
         "{} (de {} a {})", "few: n"),
    ],
)  # fmt: skip
def test_a_chart_has_intervals_and_says_everything_in_words_too(language, lines, letters, interval, few):
    kinds = ["coop"] * 400 + ["mutual"] * 24 + ["few"] * 6
    sample = {"w": [2.0] * 430, "kind": kinds, "y": [10.0, 30.0] * 200 + [5.0, 10.0, 15.0] * 10}
    found = estimate(sample, Design("w"), mean("y"), by="kind", level=0.9)

    chart = found.chart(language=language, title="Pay")

    drawn = chart.svg()
    assert lines in drawn and letters in drawn
    row = found.table.to_pylist()[found.at(kind="coop")]
    digits = chart.marks[0].decimals
    assert digits == 3
    told = interval.format(*(number(Decimal(row[n]), language, digits) for n in ("estimate", "lower", "upper")))
    assert all(part in chart.alt for part in (lines, told, few))
    drawn_ends = {m.label: m.interval for m in chart.marks}
    assert drawn_ends["few"] is None
    assert [float(end) for end in drawn_ends["coop"]] == [round(row["lower"], 3), round(row["upper"], 3)]


@pytest.mark.parametrize(("language", "title"), [("en", "mean(jobs) by kind"), ("fr", "mean(jobs) par kind"),
                                                 ("es", "mean(jobs) por kind")])  # fmt: skip
def test_a_chart_without_a_title_gets_one_in_its_language(language, title):
    assert estimate(JOBS, DESIGN, mean("jobs"), by="kind").chart(language=language).title == title


def test_rows_are_found_by_their_codes():
    found = estimate(JOBS, DESIGN, [mean("jobs"), total("jobs")], by="kind")

    assert found.table["estimate"][found.at("total(jobs)")].as_py() == 280
    for wrong in ({"statistic": "mean(pay)"}, {"statistic": "mean(jobs)", "sex": "F"}, {}):
        with pytest.raises(NotFound):
            found.at(**wrong)
    with pytest.raises(NotFound, match="kind=bank"):
        found.at("mean(jobs)", kind="bank")
    with pytest.raises(NotFound):
        found.chart("mean(pay)")


def test_the_p_value_is_that_of_student():
    from scipy import stats

    found = estimate(JOBS, Design("w", clusters="p"), mean("jobs"), by="kind")
    gap = found.difference(found.at(kind="coop"), found.at(kind="mutual"))

    assert gap.p_value == pytest.approx(2 * stats.t.sf(abs(gap.value / gap.se), gap.df))


def test_derived_variables_are_written_as_functions_of_the_table():
    found = estimate(
        JOBS, DESIGN, [mean(lambda t: t.pay / t.jobs, name="pay per job"), total(lambda t: t.jobs > 4, name="large")]
    ).table.to_pylist()

    weights, per_job = np.array(JOBS["w"]), np.array(JOBS["pay"]) / np.array(JOBS["jobs"])
    assert found[0]["estimate"] == pytest.approx((weights * per_job).sum() / weights.sum())
    assert found[1]["estimate"] == 20


def test_margins_can_be_left_out():
    every = estimate(JOBS, DESIGN, total("jobs"), by=["kind", "h"])
    cells = estimate(JOBS, DESIGN, total("jobs"), by=["kind", "h"], margins=False)

    assert every.table.num_rows == 1 + 2 + 3 + 6
    assert cells.table.num_rows == 6
    assert sum(x or 0 for x in cells.table["estimate"].to_pylist()) == 280


def test_a_design_goes_to_svy_and_gives_the_same_numbers_there(apistrat):
    design = Design("pw", "stype", fpc="fpc")

    theirs = design.to_svy(apistrat).estimation.mean("api00").to_polars()
    ours = estimate(apistrat, design, mean("api00")).table.to_pylist()[0]

    assert theirs["est"][0] == pytest.approx(ours["estimate"], rel=1e-10)
    assert theirs["se"][0] == pytest.approx(ours["se"], rel=1e-8)
    with pytest.raises(ObservatoryError, match="cannot say"):
        design.with_(replicates=Jackknife()).to_svy(apistrat)


def test_without_svy_the_way_to_get_it_is_said(monkeypatch, apistrat):
    monkeypatch.setitem(__import__("sys").modules, "svy", None)

    with pytest.raises(ObservatoryError, match="not installed"):
        Design("pw", "stype", fpc="fpc").to_svy(apistrat)


def test_combinations_and_tests_say_themselves():
    from sse_observatory.production.estimation import crosstab

    found = estimate(JOBS, Design("w", clusters="p"), mean("jobs"), by="kind")
    gap = found.difference(found.at(kind="coop"), found.at(kind="mutual"))
    test = crosstab(JOBS, Design("w", clusters="p"), "kind", "h").test()

    assert str(gap).startswith(f"difference {gap.value:,.2f}, standard error {gap.se:,.2f}, from ")
    assert f"; p = {gap.p_value:.4f}; mean(jobs) at kind=coop is below precision" in str(gap)
    assert str(test) == (
        f"rao-scott-f: {test.statistic:.4g} on {test.df:.4g} and {test.df_denominator:.4g} degrees of freedom, "
        f"p = {test.p_value:.4f}"
    )
