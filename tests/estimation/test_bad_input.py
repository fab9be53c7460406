"""Bad input: an error or a flagged state with the reason, never a quiet number."""

import pandas as pd
import pyarrow as pa
import pytest

from sse_observatory.core import NotFound, ObservatoryError
from sse_observatory.production.estimation import (
    Design,
    ReplicateWeights,
    Sample,
    SecondPhase,
    adjust_for_nonresponse,
    calibrate,
    change,
    crosstab,
    estimate,
    mean,
    median,
    proportion,
    rake,
    ratio,
    share,
    total,
    trim,
    weighted_totals,
)

GOOD = {
    "h": ["a", "a", "b", "b"], "p": [1, 2, 3, 4], "w": [2.0, 3, 4, 5], "y": [1.0, 2, 3, 4], "x": [1.0, 1, 2, 2],
    "g": ["u", "v", "u", "v"], "N": [9, 9, 8, 8], "text": ["1", "2", "3", "4"],
    "when": pd.to_datetime(["2024-01-01"] * 4),
}  # fmt: skip
STRATIFIED = Design("w", "h", "p")


def refusal(data, design=STRATIFIED, statistics=None, **options):
    with pytest.raises(ObservatoryError) as refused:
        estimate(data, design, statistics or mean("y"), **options)
    assert refused.value.todo, "an error says what to do"
    return str(refused.value)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([2.0, None, 4, 5], "missing on 1 of 4"),
        ([2.0, float("nan"), 4, 5], "missing or not numbers|not numbers|missing"),
        ([2.0, float("inf"), 4, 5], "infinite"),
        ([2.0, 0.0, 4, 5], "zero"),
        ([2.0, -1.0, 4, 5], "negative"),
        (["2", "3", "4", "5"], "text"),
    ],
)
@pytest.mark.parametrize("design", [STRATIFIED, Design("w", "h")])
def test_weights_that_are_no_weights(weights, words, design):
    import re

    assert re.search(words, refusal({**GOOD, "w": weights}, design))


@pytest.mark.parametrize("design", [STRATIFIED, Design("w", "h")])
def test_missing_values_are_refused_and_counted(design):
    assert "'y' is missing on 1 of 4 units" in refusal({**GOOD, "y": [1.0, None, 3, 4]}, design)
    assert "'y' is missing on 1 of 4 units" in refusal({**GOOD, "y": [1.0, float("nan"), 3, 4]}, design)
    assert "infinite on 1" in refusal({**GOOD, "y": [1.0, float("inf"), 3, 4]}, design)


@pytest.mark.parametrize("gap", [None, float("nan")])
@pytest.mark.parametrize("clusters", ["p", None])
def test_excluding_missing_values_is_said_and_is_a_domain(gap, clusters):
    data = {
        "h": ["a"] * 4 + ["b"] * 4, "p": list(range(8)), "w": [2.0] * 8, "x": [1.0] * 8,
        "y": [1.0, 2, gap, 4, 5, 7, 6, 9],
    }  # fmt: skip
    design = Design("w", "h", clusters)

    found = estimate(data, design, [mean("y"), ratio("y", "x"), total("x"), median("y")], missing="exclude")
    rows = {row["statistic"]: row for row in found.table.to_pylist()}
    domain = estimate(
        {**data, "y": [0.0 if y is None or y != y else y for y in data["y"]]}, design, mean("y"),
        domain=lambda t: t.p != 2,
    ).table.to_pylist()[0]  # fmt: skip

    assert rows["mean(y)"]["n"] == rows["ratio(y, x)"]["n"] == rows["median(y)"]["n"] == 7
    assert rows["total(x)"]["n"] == 8
    assert rows["mean(y)"]["estimate"] == pytest.approx(domain["estimate"])
    assert rows["mean(y)"]["se"] == pytest.approx(domain["se"])
    assert rows["ratio(y, x)"]["se"] == pytest.approx(domain["se"])
    assert any("missing on 1 units" in note for note in found.notes)


KINDS = {**GOOD, "kind": ["coop", "mutual", "coop", "ngo"], "size": [1, 2, 3, 3], "yes": [True] * 4}


@pytest.mark.parametrize("design", [STRATIFIED, Design("w", "h"), Design("w", clusters="h")])
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (proportion("kind", "Coop"), ("'Coop' in the column 'kind'", "Did you mean 'coop'?", "'mutual', 'ngo'")),
        (proportion("kind", " COOP"), ("Did you mean 'coop'?",)),
        (total("kind", "mutuel"), ("Did you mean 'mutual'?",)),
        (proportion("kind", "xyz"), ("Codes: 'coop', 'mutual', 'ngo'. Where",)),
        (proportion("size", 7), ("7 in the column 'size'", "Codes: 1, 2, 3. ")),
    ],
)
def test_a_code_that_no_unit_has_is_no_share_of_nought(asked, words, design):
    said = refusal(KINDS, design, [mean("y"), asked])
    for part in words:
        assert part in said


def test_the_nearest_of_many_codes_are_named():
    many = {"w": [1.0] * 50, "code": list(range(0, 500, 10)), "text": [f"code {i}" for i in range(50)]}
    said = refusal(many, Design("w"), proportion("code", 333))
    assert "Codes: 330, 340, 320," in said
    assert "…" in said
    assert "Did you mean 'code 17'" in refusal(many, Design("w"), proportion("text", "Code 17 "))


def test_a_code_that_only_a_domain_or_a_round_lacks_has_a_share_of_nought():
    def first(result):
        return result.table.to_pylist()[0]

    assert first(estimate(KINDS, STRATIFIED, proportion("kind", "ngo"), domain=lambda t: t.p < 4))["estimate"] == 0
    by = estimate(KINDS, STRATIFIED, total("kind", "ngo"), by="h").table.to_pylist()
    assert [row["estimate"] for row in by] == [5.0, 0.0, 5.0]
    assert first(estimate(KINDS, STRATIFIED, proportion("yes", False)))["estimate"] == 0
    # A code that may rightly be absent is given as a condition.
    absent = proportion(lambda t: t["kind"] == "union", name="unions")
    assert first(estimate(KINDS, STRATIFIED, absent))["estimate"] == 0
    later = {**KINDS, "kind": ["union", "mutual", "coop", "coop"]}
    found = first(change((KINDS, STRATIFIED), (later, STRATIFIED), proportion("kind", "union")))
    assert (found["before"], found["after"]) == (0.0, pytest.approx(2 / 14))
    with pytest.raises(ObservatoryError, match="Did you mean 'union'"):
        change((KINDS, STRATIFIED), (later, STRATIFIED), proportion("kind", "Union"))
    with pytest.raises(ObservatoryError, match="Did you mean 'ngo'"):
        weighted_totals(KINDS, "w", total("kind", "NGO"))
    assert weighted_totals(KINDS, "w", total("kind", "ngo")).to_pylist()[0]["estimate"] == 5.0
    with pytest.raises(ObservatoryError, match="No column is named"):
        total(equals="ngo")


def test_a_code_of_units_without_weight_is_there():
    outside = Design("w", "h", "p", zero_weights="outside")

    found = estimate({**KINDS, "w": [2.0, 3, 4, 0]}, outside, proportion("kind", "ngo")).table.to_pylist()[0]

    assert found["estimate"] == 0


def test_text_where_a_number_belongs():
    assert "holds text" in refusal(GOOD, statistics=mean("text"))
    assert "proportion(" in refusal(GOOD, statistics=mean("text"))
    assert "number is needed" in refusal(GOOD, statistics=total("when"))
    assert "holds text" in refusal(GOOD, Design("w", "h", "p", fpc="text"))
    assert "not such a value" in refusal(GOOD, statistics=proportion("text", 1))


def test_columns_that_are_not_there_are_named_with_those_that_are():
    with pytest.raises(NotFound) as refused:
        estimate(GOOD, STRATIFIED, mean("Y"))

    assert "Did you mean 'y'?" in str(refused.value)
    for design in (Design("weight", "h", "p"), Design("w", "stratum", "p"), Design("w", "h", "psu")):
        with pytest.raises(NotFound):
            estimate(GOOD, design, mean("y"))
    with pytest.raises(NotFound):
        estimate(GOOD, STRATIFIED, mean("y"), by="region")


def test_a_cluster_in_two_strata():
    text = refusal({**GOOD, "p": [1, 2, 1, 2]})

    assert "more than one stratum" in text
    assert "nest=True" in text
    assert estimate({**GOOD, "p": [1, 2, 1, 2]}, Design("w", "h", "p", nest=True), mean("y")).table.num_rows == 1


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([1, 1, 8, 8], "smaller than its sample"),
        ([9, 8, 8, 8], "differs within a stratum"),
        ([9, 9, None, None], "missing on 2"),
        ([0, 0, 8, 8], "zero or negative"),
        ([-9, -9, 8, 8], "zero or negative"),
        ([0.5, 0.5, 8, 8], "mixes fractions and population counts"),
    ],
)
@pytest.mark.parametrize("clusters", ["p", None])
def test_population_sizes_that_cannot_be(sizes, words, clusters):
    assert words in refusal({**GOOD, "N": sizes}, Design("w", "h", clusters, fpc="N"))


def test_strata_and_clusters_may_not_be_missing():
    assert "'h' of the design is missing on 1 of 4" in refusal({**GOOD, "h": ["a", None, "b", "b"]})
    assert "'p' of the design is missing on 1 of 4" in refusal({**GOOD, "p": [1, None, 3, 4]})


def test_designs_that_contradict_themselves():
    for options, words in (
        ({}, "neither weights nor population sizes"),
        ({"weights": "w", "strata": ["h", "g"]}, 'strata=[("h", "g")]'.replace('"', "'")),
        ({"weights": "w", "fpc": ["N", "N"]}, "2 stages"),
        ({"weights": "w", "lonely": "ignore"}, "'ignore' is not known"),
        ({"weights": "w", "pps": "sampford", "fpc": "N"}, "'sampford' is not known"),
        ({"weights": "w", "pps": "brewer"}, "probabilities"),
        ({"weights": "w", "clusters": ["p", "u"], "fpc": ["N"], "pps": "hajek"}, "one stage"),
        ({"weights": "w", "zero_weights": "drop"}, "'drop' is not known"),
    ):
        with pytest.raises(ObservatoryError) as refused:
            Design(**options)
        assert words in str(refused.value), options


def test_a_standard_error_without_a_design_is_an_error_and_totals_alone_are_not():
    assert "needs a design" in refusal(GOOD, None)
    found = weighted_totals(GOOD, "w", [total("y"), total()], by="g").to_pylist()

    assert [(row["g"], row["estimate"]) for row in found[:3]] == [("_T", 40.0), ("u", 14.0), ("v", 26.0)]
    assert "se" not in found[0]
    with pytest.raises(ObservatoryError, match="only totals"):
        weighted_totals(GOOD, "w", mean("y"))


def test_a_domain_without_units_is_flagged_and_a_sample_without_any_refused():
    data = {**GOOD, "k": ["one", "one", "two", "two"], "g": ["u", "v", "u", "u"]}

    found = estimate(data, STRATIFIED, mean("y"), by=["k", "g"])
    empty = found.table.to_pylist()[found.at(k="two", g="v")]

    assert empty["n"] == 0
    assert empty["estimate"] is None and empty["se"] is None
    assert empty["status"] == "O"
    assert "No unit" in refusal(GOOD, domain=lambda t: t.y > 99)
    assert "has no rows" in refusal(pd.DataFrame(GOOD).iloc[:0])


def test_a_single_unit_in_a_domain_has_no_degrees_of_freedom():
    data = {**GOOD, "g": ["u", "v", "v", "v"]}

    row = estimate(data, STRATIFIED, mean("y"), by="g")
    lone = row.table.to_pylist()[row.at(g="u")]

    assert lone["n"] == 1
    assert lone["df"] == 0
    assert lone["lower"] is None
    assert lone["status"] == "N"


def test_requests_that_make_no_sense():
    assert "not a statistic" in refusal(GOOD, statistics="y")
    with pytest.raises(ObservatoryError, match="No statistic"):
        estimate(GOOD, STRATIFIED, [])
    assert "twice" in refusal(GOOD, by=["g", "g"])
    assert "are called" in refusal(GOOD, statistics=[mean("y"), mean("y")])
    assert "confidence level" in refusal(GOOD, level=95)
    assert "degrees of freedom" in refusal(GOOD, df=0)
    assert "not known" in refusal(GOOD, missing="drop")
    assert "not known" in refusal(GOOD, deff="srs")
    assert "not broken down by" in refusal(GOOD, statistics=share("y", over="h"), by="g")
    assert "not a condition" in refusal(GOOD, domain=lambda t: t.y)
    assert "between 0 and 1" in refusal(GOOD, statistics=proportion("y"))
    with pytest.raises(ObservatoryError, match="needs a name"):
        mean(lambda t: t.y / 2)
    with pytest.raises(ObservatoryError, match="not known"):
        proportion("y", interval="exact")


def test_fractions_and_totals_cannot_be_domains():
    assert "holds fractions" in refusal({**GOOD, "g": [0.5, 1.5, 0.5, 1.5]}, by="g")
    assert "stands for the total" in refusal({**GOOD, "g": ["_T", "u", "u", "_T"]}, by="g")


def test_a_missing_domain_code_is_a_row_of_its_own():
    found = estimate({**GOOD, "g": ["u", None, "u", "v"]}, STRATIFIED, total("y"), by="g").table.to_pylist()

    assert [row["g"] for row in found] == ["_T", "u", "v", "_U"]
    assert found[3]["estimate"] == 6
    assert sum(row["estimate"] for row in found[1:]) == found[0]["estimate"]


@pytest.mark.parametrize("thing", [3, "no/such/file.parquet", [1, 2], pd.Series([1.0])])
def test_things_that_are_no_samples(thing):
    with pytest.raises(ObservatoryError):
        Sample.of(thing)


def test_columns_of_different_length():
    with pytest.raises(ObservatoryError, match="one table"):
        Sample.of({"a": [1, 2], "b": [1]})


def test_a_large_level_does_not_hide_a_small_spread():
    base = 1e7
    data = {"w": [2.0] * 6, "p": [1, 2, 3, 4, 5, 6], "y": [base + d for d in (0, 1, 2, 3, 4, 8)]}

    row = estimate(data, Design("w", clusters="p"), mean("y"), deff="replace").table.to_pylist()[0]

    # Equal weights: the design effect against sampling with replacement is one.
    assert row["deff"] == pytest.approx(1, rel=1e-8)
    assert row["se"] == pytest.approx((8 / 6) ** 0.5, rel=1e-6)


def test_columns_may_be_called_anything(tmp_path):
    names = ["d0", "b0", "k0", "inside", "n", "w", "s0", "factor_", "key0", "api.stu \"odd\"", "where"]
    sample = {name: [1.0, 2, 3, 5] for name in names}
    sample |= {"where": ["x", "y", "x", "y"], "key0": ["x", "x", "y", "y"], "d0": [1, 1, 2, 2], "k0": [1, 2, 3, 4]}
    design = Design("w", "d0", "k0")

    raked = rake(sample, design, {"where": {"x": 10, "y": 12}, "key0": {"x": 9, "y": 13}})
    asked = [mean(n) for n in ("inside", "n", "s0", "factor_", names[9])]
    found = estimate(raked.sample, raked.design, asked, by="where")

    assert len(set(found.table["estimate"].to_pylist())) == 3
    assert set(raked.sample.columns) == {*names, "w_raked"}


def test_codes_of_every_kind_make_domains():
    import datetime

    import polars as pl

    rows = {**GOOD, "flag": [True, False, True, False], "day": [datetime.date(2024, 1, d) for d in (1, 2, 1, 2)]}
    del rows["when"]
    frames = [
        pd.DataFrame(rows).assign(kind=pd.Categorical(rows["g"])),
        pl.DataFrame(rows).with_columns(kind=pl.col("g").cast(pl.Categorical)),
        pd.DataFrame(rows).assign(kind=rows["g"]).convert_dtypes(),
    ]
    for frame in frames:
        for column, codes in (("kind", ["u", "v"]), ("flag", ["false", "true"]), ("day", ["2024-01-01", "2024-01-02"])):
            found = estimate(frame, STRATIFIED, total("y"), by=column).table
            assert found[column].to_pylist() == ["_T", *codes]
            assert sorted(found["estimate"].to_pylist()[1:]) == [14, 26]


def test_a_ratio_to_nothing_is_not_defined():
    row = estimate({**GOOD, "x": [0.0] * 4}, STRATIFIED, ratio("y", "x")).table.to_pylist()[0]

    assert row["estimate"] is None and row["se"] is None
    assert row["status"] == "M"


def test_a_domain_within_one_cluster_is_below_precision_whatever_its_standard_error():
    n = 200
    sample = {"p": [i // 100 for i in range(n)], "w": [1.0] * n, "y": [float(i % 7) for i in range(n)]}

    found = estimate(sample, Design("w", clusters="p"), mean("y"), by="p")
    row = found.table.to_pylist()[found.at(p="0")]

    assert row["n"] == 100
    assert row["se"] == pytest.approx(0, abs=1e-12)
    assert row["cv"] is None
    assert row["status"] == "N"


def test_functions_that_ask_for_columns_that_are_not_there():
    for options in ({"statistics": mean(lambda t: t.nope, name="x")}, {"domain": lambda t: t.nope > 1}):
        with pytest.raises(NotFound, match="nope"):
            estimate(GOOD, STRATIFIED, options.get("statistics", mean("y")), domain=options.get("domain"))


def test_the_weights_of_two_phases_are_not_trimmed():
    sample = {"sel": [1, 1, 0, 1], "N": [40] * 4, "y": [1.0, 2, 3, 4], "g": ["u", "v", "u", "v"]}

    with pytest.raises(ObservatoryError, match="two-phase"):
        trim(sample, Design(fpc="N", second=SecondPhase("sel")), upper=20)


def test_a_code_for_missing_may_not_be_a_code_of_the_column_too():
    assert "has the code _U and is missing" in refusal({**GOOD, "g": ["_U", None, "u", "u"]}, by="g")


def test_columns_that_hold_no_codes():
    for values in ([[1.0], [2.0], [1.0], [2.0]], [{"a": 1}] * 4, [b"\xff", b"a", b"a", b"\xff"]):
        assert "cannot tell groups apart" in refusal({**GOOD, "g": values}, by="g")
        assert "cannot tell groups apart" in refusal({**GOOD, "h": values})
    assert "cannot tell groups apart" in refusal({**GOOD, "g": pd.to_timedelta([1, 2, 1, 2], unit="D")}, by="g")


def test_a_column_may_not_break_a_table_down_under_a_name_of_the_result():
    assert "column 'se' of its own" in refusal({**GOOD, "se": ["a", "b", "a", "b"]}, by="se")


def test_frames_that_are_no_tables():
    frame = pd.DataFrame(GOOD)
    for odd in (pd.concat([frame, frame[["y"]]], axis=1), frame.assign(k=["a", 1, "b", 2])):
        with pytest.raises(ObservatoryError, match="cannot be read as one table"):
            Sample.of(odd)
    with pytest.raises(ObservatoryError, match="no Parquet file"):
        Sample.of("survey.csv")


def test_arguments_of_another_kind():
    with pytest.raises(ObservatoryError, match="not a design"):
        estimate(GOOD, "w", mean("y"))
    assert "not a confidence level" in refusal(GOOD, level="95")
    assert "not the name of a column" in refusal(GOOD, by=3)
    assert "holds" in refusal(GOOD, statistics=proportion("when", 5))


def test_a_column_without_any_value_is_missing_not_text():
    assert "'y' is missing on 4 of 4" in refusal({**GOOD, "y": [None] * 4})


def test_whole_numbers_too_large_to_add_up_exactly_are_added_up_as_fractions():
    data = {**GOOD, "w": [1000] * 4, "y": [2**62] * 4}

    row = estimate(data, STRATIFIED, total("y")).table.to_pylist()[0]

    assert row["exact"] is None
    assert row["estimate"] == pytest.approx(4000 * 2**62)
    assert weighted_totals(data, "w", total("y")).to_pylist()[0]["exact"] is None


def test_certainty_is_said_of_whole_clusters_and_of_all():
    data = {**GOOD, "p": [1, 1, 3, 4], "u": [1, 2, 3, 4], "h": ["a"] * 4}
    design = Design("w", "h", ["p", "u"], certainty="sure")

    assert "for some units of a first-stage cluster" in refusal({**data, "sure": [True, False, False, False]}, design)
    assert "'sure' of the design is missing on 1 of 4" in refusal({**data, "sure": [True, True, None, False]}, design)


@pytest.mark.parametrize("method", ["hajek", "deville", "hartley-rao/yates-grundy"])
def test_a_lone_cluster_of_unequal_probability_is_no_stratum_without_variance(method):
    data = {**GOOD, "h": ["a", "a", "a", "b"], "pi": [0.5, 0.4, 0.5, 0.2]}

    assert "single sampled cluster" in refusal(data, Design("w", "h", "p", "pi", pps=method))
    removed = Design("w", "h", "p", "pi", pps=method, lonely="remove")
    assert estimate(data, removed, total("y")).table["se"][0].as_py() > 0


def replicated(values, **options):
    return {**GOOD, **{f"r{i}": v for i, v in enumerate(values)}}, Design(
        "w", replicates=ReplicateWeights([f"r{i}" for i in range(len(values))], "brr", **options)
    )


def test_replicate_weights_of_another_size_than_the_weights():
    w = GOOD["w"]
    twice = [[2 * x, 0.0, 2 * y, 0.0] for x, y in ((w[0], w[2]), (w[1], w[3]))]
    factors = [[2.0, 0, 2, 0], [0.0, 2, 0, 2]]

    assert estimate(*replicated(twice), total("y")).table["se"][0].as_py() > 0
    assert estimate(*replicated(factors, combined=False), total("y")).table["se"][0].as_py() > 0
    assert "Say combined=False" in refusal(*replicated([[0.5, 0.1, 0.5, 0.1]] * 2))
    assert "Leave out combined=False" in refusal(*replicated([[9.0, 1, 9, 1]] * 2, combined=False))
    assert "zero on every unit" in refusal(*replicated([[0.0] * 4, twice[0]]))
    with pytest.raises(ObservatoryError, match="named twice"):
        ReplicateWeights(["r0", "r0"], "brr")


def test_negative_replicate_weights_are_used_and_counted():
    made = [[5.0, -1.0, 4, 5], [2.0, 3, 9, -0.5], [2.0, 4, 4, -1.0]]
    found = estimate(*replicated(made, scale=0.5), [total("y"), mean("y")])

    # 1.0, 2, 3, 4 by the weights 2, 3, 4, 5: 40; by the replicates 35, 33 and 18, about their mean.
    row = found.table.to_pylist()[0]
    assert row["se"] ** 2 == pytest.approx(0.5 * sum((t - 86 / 3) ** 2 for t in (35, 33, 18)))
    said = "3 replicate weights are negative, on 2 units and in 3 of 3 replicates: they are used as they are."
    assert found.notes == (said,)
    assert crosstab(*replicated(made, scale=0.5), "h", "g").notes[0] == said
    for wrong in (float("nan"), float("inf"), -float("inf"), None):
        assert "'r1' are missing or infinite" in refusal(*replicated([made[0], [2.0, 3, 9, wrong]]))


def test_replicates_without_a_unit_of_the_domain_are_said():
    w = GOOD["w"]
    half = [[2 * w[0], 0.0, 2 * w[2], 0.0], [0.0, 2 * w[1], 0.0, 2 * w[3]]]
    found = estimate(*replicated(half), mean("y"), by="g")

    assert any("leave out replicates without a value (up to 1 of 2)" in note for note in found.notes)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda d: rake(GOOD, d, {"g": {"u": 8, "v": 9}}, iterations=0), "at least one"),
        (lambda d: rake(GOOD, d, {"g": {"u": 8, "v": 9}}, tolerance=-1), "cannot be met"),
        (lambda d: rake(GOOD, d, [("g", 1)]), "are a mapping"),
        (lambda d: rake(GOOD, d, {"g": {"u": True, "v": 9}}), "no number"),
        (lambda d: calibrate(GOOD, d, {None: 17.0}, bounds=("a", "b")), "no number"),
        (lambda d: calibrate(GOOD, d, {None: 17.0}, bounds=(0.5, 1, 2)), "not two limits"),
        (lambda d: calibrate({**GOOD, "w": [2.0] * 4, "k": [1, 1, None, 2]}, d, {None: 9.0}, cluster="k"),
         "one cluster"),
        (lambda d: trim(GOOD, d, upper="4"), "no number"),
        (lambda d: trim({**GOOD, "w": [2.0, None, 4, 5]}, d, upper=4), "missing or infinite"),
        (lambda d: adjust_for_nonresponse(GOOD, d, "text", "g"), "yes-or-no"),
        (lambda d: adjust_for_nonresponse({**GOOD, "r": [True, None, True, False]}, d, "r", "h"), "missing on 1"),
        (lambda d: change(GOOD, GOOD, mean("y")), "sample with its design"),
    ],
)
def test_adjustments_and_rounds_say_what_is_wrong(make, words):
    with pytest.raises(ObservatoryError) as refused:
        make(STRATIFIED)

    assert words in str(refused.value)
    assert refused.value.todo


def test_clusters_are_the_same_whether_named_by_whole_numbers_or_fractions():
    later = {**GOOD, "p": [1.0, 2.0, 3.0, 4.0]}

    assert change((GOOD, STRATIFIED), (later, STRATIFIED), mean("y")).clusters == (4, 4, 4)
    apart = change((GOOD, STRATIFIED), ({**GOOD, "p": ["a", "b", "c", "d"]}, STRATIFIED), mean("y"))
    assert apart.clusters == (4, 4, 0)
    assert "independent" in apart.notes[0]


class NotANumberIsNull(Sample):
    """A sample whose engine hands over sums that are not numbers as nulls, as Spark's does."""

    def arrow(self, expression):
        table = super().arrow(expression)
        for i, column in enumerate(table.schema):
            if pa.types.is_floating(column.type):
                values = pa.array(table.column(i).to_numpy(), column.type, from_pandas=True)
                table = table.set_column(i, column.name, values)
        return table


def test_values_that_are_not_numbers_are_missing_on_every_engine():
    data = {**GOOD, "p": [1, 2, 3, 3], "x": [1.0, 1, 2, float("nan")]}
    plain = Sample.of(data)
    odd = NotANumberIsNull(plain.table, plain.name, plain.engine)

    assert "'x' is missing on 1 of 4" in refusal(odd, statistics=ratio("y", "x"), domain=lambda t: t.p > 0)
    options = {"missing": "exclude", "domain": lambda t: t.p < 3}
    for asked in (ratio("y", "x"), total("x")):
        one, two = (estimate(s, Design("w", clusters="p"), asked, missing="exclude") for s in (plain, odd))
        assert one.table.equals(two.table)
        assert one.notes == two.notes == ("'x' is missing on 1 units, which its statistics leave out.",)
    assert estimate(odd, STRATIFIED.with_(lonely="remove"), ratio("y", "x"), **options).notes
