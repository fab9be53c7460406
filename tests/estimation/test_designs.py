"""Variances under random designs, held against R survey: strata, stages, corrections, lone clusters, domains."""

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from estimation import draws, r
from estimation.agree import close
from estimation.oracles import holds
from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import estimate, mean, proportion, ratio, total

BATCH = settings(
    max_examples=2, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
"""Few examples, each a batch of designs that one R process computes."""

MEASURES = ("t", "tse", "tde", "m", "mse", "mde", "mdr", "r", "rse", "rde", "nse", "pse", "df")
CODE = """
{options}
d$one <- 1
des <- {{ {design} }}
measures <- function(z) {{
  t <- svytotal(~y + one, z, deff = TRUE); m <- svymean(~y + b, z, deff = TRUE)
  q <- svyratio(~y, ~x, z, deff = TRUE); mr <- svymean(~y, z, deff = "replace")
  c(coef(t)[1], SE(t)[1], deff(t)[1], coef(m)[1], SE(m)[1], deff(m)[1], deff(mr), coef(q), SE(q), deff(q), SE(t)[2],
    SE(m)[2], degf(z))
}}
named <- function(v, code) setNames(v, paste0(code, ".", c({names})))
found <- named(measures(des), "_T")
for (code in sort(unique(d$g))) found <- c(found, named(measures(des[d$g == code, ]), code))
as.list(found)
"""


def code(drawn):
    names = ", ".join(f'"{m}"' for m in MEASURES)
    return CODE.format(options=drawn.options, design=drawn.svydesign, names=names)


@holds(
    "R survey",
    [
        "stratified, one to three stages, with replacement or corrected",
        "lone clusters: remove, adjust, average, certainty",
    ],
    ["total, mean, ratio", "design effect, df"],
)
@BATCH
@given(st.integers(0, 10**8))
@example(15846520)
def test_random_designs_have_the_variances_of_r(seed):
    drawn = [draws.draw(seed + i) for i in range(10)]

    for i, (one, theirs) in enumerate(zip(drawn, r.values([r.Case(d.data, code(d)) for d in drawn]), strict=True)):
        what = f"seed {seed + i}, {one.facts}"
        asked = [total("y"), mean("y"), ratio("y", "x"), total(), proportion("b")]
        try:
            found = estimate(one.data, one.design, asked, by="g")
            replaced = estimate(one.data, one.design, mean("y"), by="g", deff="replace")
        except ObservatoryError as refused:
            assert isinstance(theirs, r.Refused), f"{what}: {refused}"
            continue
        if isinstance(theirs, r.Refused) and one.facts["depth"] and set(one.data["f1"]) == {1.0}:
            # R stops at a domain of a sample that is the whole population; nothing varies there.
            assert {row["se"] < 1e-9 for row in found.table.to_pylist()} == {True}, what
            continue
        assert not isinstance(theirs, r.Refused), f"{what}: {theirs}"
        for g in ("_T", *sorted(set(one.data["g"]))):
            compare(found, replaced, g, {m: theirs[f"{g}.{m}"] for m in MEASURES}, one.facts, what)


def compare(found, replaced, g, theirs, facts, what):
    rows = {x["statistic"]: x for x in found.table.to_pylist() if x["g"] == g}
    for label, letter in (("total(y)", "t"), ("mean(y)", "m"), ("ratio(y, x)", "r")):
        row = rows[label]
        close(row["estimate"], theirs[letter], f"value: {what} {g} {label}")
        undefined = theirs[f"{letter}se"] != theirs[f"{letter}se"]
        if undefined and facts["mode"] == "average" and facts["depth"] < facts["stages"]:
            continue  # below a stage without correction R multiplies the undefined mean of lone clusters by zero
        noise = 1e-9 * abs(row["estimate"])
        close(row["se"], theirs[f"{letter}se"], f"standard error: {what} {g} {label}", absolute=noise)
        close(row["df"], theirs["df"], f"degrees of freedom: {what} {g}")
        effect = theirs[f"{letter}de"]
        if row["n"] > 1 and abs(effect) < 1e8 and row["se"] > noise:
            close(row["deff"], effect, f"design effect: {what} {g} {label}")
    if facts["mode"] == "average":
        return
    noise = 1e-9 * rows["total"]["estimate"]
    close(rows["total"]["se"], theirs["nse"], f"standard error: {what} {g} N", absolute=noise)
    close(rows["proportion(b)"]["se"], theirs["pse"], f"standard error: {what} {g} p", absolute=1e-12)
    row = replaced.table.to_pylist()[replaced.at(g=g)]
    if row["n"] > 1 and row["se"] > 1e-9 * abs(row["estimate"]):
        close(row["deff"], theirs["mdr"], f"design effect: {what} {g} replace")


def test_a_lone_cluster_is_an_error_that_names_its_stratum():
    sample = {"h": ["north", "north", "south"], "p": [1, 2, 3], "w": [2.0, 2, 2], "y": [1.0, 2, 3]}

    from sse_observatory.production.estimation import Design

    try:
        estimate(sample, Design("w", "h", "p"), mean("y"))
    except ObservatoryError as refused:
        assert "h=south" in refused.what
        assert "lonely=" in refused.todo
    else:
        raise AssertionError("a lone cluster went unnoticed")


def test_a_domain_without_units_in_the_lone_stratum_does_not_mind_it():
    from sse_observatory.production.estimation import Design

    sample = {"h": ["n", "n", "s"], "p": [1, 2, 3], "w": [2.0, 2, 2], "y": [1.0, 2, 3]}

    found = estimate(sample, Design("w", "h", "p"), mean("y"), domain=lambda t: t.h == "n").table.to_pylist()[0]

    assert found["se"] == 0.5
    assert found["df"] == 1


def test_a_stratum_sampled_whole_has_no_variance_even_with_one_cluster():
    from sse_observatory.production.estimation import Design

    sample = {"h": ["n", "n", "s"], "p": [1, 2, 3], "w": [2.0, 2, 1], "y": [1.0, 2, 3], "N": [4, 4, 1]}

    found = estimate(sample, Design("w", "h", "p", "N"), total("y")).table.to_pylist()[0]

    # 4² (1 − 2/4) s²/2 with s² = 1/2, and nothing from the south.
    assert abs(found["se"] - 2**0.5) < 1e-12


@holds("pencil example", ["clusters drawn with certainty, collapsed strata"], ["total, mean, ratio"])
def test_clusters_drawn_with_certainty_are_strata_of_their_own():
    from sse_observatory.production.estimation import Design

    sample = {
        "h": ["a"] * 6, "p": ["big", "big", "big", "x", "y", "z"], "sure": [True] * 3 + [False] * 3,
        "u": [1, 2, 3, 4, 5, 6], "w": [2.0, 2, 2, 5, 5, 5], "y": [1.0, 2, 6, 4, 6, 8],
    }  # fmt: skip

    found = estimate(sample, Design("w", "h", ["p", "u"], certainty="sure"), total("y")).table.to_pylist()[0]

    # Within the certain cluster 3/2 Σ (2y − 6)² = 3/2 (16 + 4 + 36) = 84; between the others 3/2 (100 + 100) = 300.
    assert abs(found["se"] ** 2 - 384) < 1e-9
    assert found["df"] == 6 - 2


@holds("pencil example", ["clusters drawn with certainty, collapsed strata"], ["total, mean, ratio"])
def test_lone_strata_collapse_with_their_neighbours():
    from sse_observatory.production.estimation import Design

    sample = {
        "h": ["a", "b", "c", "c", "d"], "p": [1, 2, 3, 4, 5], "size": [1, 2, 3, 3, 4],
        "w": [1.0] * 5, "y": [1.0, 3, 10, 14, 12],
    }  # fmt: skip

    found = estimate(sample, Design("w", "h", "p", collapse="size"), total("y"))

    # a with b: 2 Σ (y − 2)² = 4. d, the last, with c: 3/2 Σ (y − 12)² = 12.
    assert abs(found.table.to_pylist()[0]["se"] ** 2 - 16) < 1e-9
    assert found.table.to_pylist()[0]["df"] == 5 - 2
    assert any("h=a with h=b" in note for note in found.notes)


def test_two_columns_cross_into_the_strata_of_one_stage():
    from sse_observatory.production.estimation import Design

    sample = {
        "region": [1, 1, 1, 1, 2, 2], "kind": ["u", "u", "r", "r", "u", "u"], "p": [1, 2, 3, 4, 5, 6], "w": [1.0] * 6,
        "y": [1.0, 3, 5, 9, 2, 2],
    }  # fmt: skip

    found = estimate(sample, Design("w", [("region", "kind")], "p"), total("y")).table.to_pylist()[0]

    # 2 Σ (y − mean)² in each: 4 + 16 + 0.
    assert abs(found["se"] ** 2 - 20) < 1e-9
    assert found["df"] == 3


def test_weights_of_several_stages_are_the_products_of_population_over_sample():
    from sse_observatory.production.estimation import Design

    sample = {"p": [1, 1, 2, 2, 2], "u": [1, 2, 1, 2, 3], "N": [4] * 5, "M": [6, 6, 9, 9, 9], "y": [1.0, 2, 3, 4, 5]}
    weighted = {**sample, "w": [4 / 2 * 6 / 2] * 2 + [4 / 2 * 9 / 3] * 3}

    computed = estimate(sample, Design(clusters=["p", "u"], fpc=["N", "M"]), [total("y"), total()])
    given_ = estimate(weighted, Design("w", clusters=["p", "u"], fpc=["N", "M"]), [total("y"), total()])

    assert computed.table.drop_columns("exact").equals(given_.table.drop_columns("exact"))


def test_a_zero_weight_unit_counts_in_the_design_and_in_no_estimate():
    from sse_observatory.production.estimation import Design

    sample = {"p": [1, 2, 3, 4], "w": [2.0, 2, 2, 0], "y": [1.0, 2, 3, 100]}

    found = estimate(sample, Design("w", clusters="p", zero_weights="outside"), total("y")).table.to_pylist()[0]

    assert found["estimate"] == 12
    assert found["n"] == 3
    # 4/3 Σ (t − 3)² over the totals 2, 4, 6, 0.
    assert abs(found["se"] ** 2 - 4 / 3 * 20) < 1e-9
