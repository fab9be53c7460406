"""Cross-tables and their tests under random designs of every kind, against R survey; tables that cannot be tested."""

import math
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from estimation import r
from estimation.agree import close
from estimation.families import (
    BREWER,
    CALIBRATED,
    CALIBRATED_REPLICATES,
    DIFFERENCES,
    FAMILIES,
    HALF_SAMPLES,
    JACKKNIFE,
    LONELY,
    MULTISTAGE,
    ONE_TO_THREE,
    PAIRS,
    RAO_WU,
    SUPPLIED,
    TWO_PHASES,
)
from estimation.oracles import holds
from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import Design, crosstab

# Beside svychisq stands the published formula, computed in R from R's covariances in another basis: it serves where
# svychisq fails (two phases, codes without a weight) or counts degrees of freedom that degf does not.
CODE = """
by_hand <- function(des, nr, nc, nu) {{
  cells <- ~interaction(factor(r), factor(c)); m <- svymean(cells, des, na.rm = TRUE); p <- coef(m)
  if (length(p) != nr * nc) return(rep(NaN, 9))
  share <- matrix(p, nr, nc); x <- sum((share - outer(rowSums(share), colSums(share)))^2 /
    outer(rowSums(share), colSums(share)))
  k <- kronecker(contr.helmert(nc), contr.helmert(nr)); d <- diag(ifelse(p == 0, 0, 1 / p))
  delta <- solve(t(k) %*% d %*% k, t(k) %*% d %*% vcov(m) %*% d %*% k); e <- sum(diag(delta))
  df <- e^2 / sum(diag(delta %*% delta)); q <- ncol(delta); low <- nu - q + 1
  wald <- tryCatch({{
    t <- svytotal(cells, des, na.rm = TRUE); n <- matrix(coef(t), nr, nc)
    a <- rowSums(n); b <- colSums(n); all <- sum(n)
    j <- sapply(seq_along(n), function(i) {{ u <- n * 0; u[i] <- 1
      as.vector(u - (outer(rowSums(u), b) + outer(a, colSums(u))) / all + outer(a, b) / all^2) }})
    used <- as.vector(matrix(seq_along(n), nr, nc)[-1, -1]); y <- as.vector(n - outer(a, b) / all)[used]
    as.numeric(y %*% solve((j %*% vcov(t) %*% t(j))[used, used], y)) }}, error = function(e) NaN)
  up <- function(f, a, b) pf(f, a, b, lower.tail = FALSE); adjusted <- wald * low / (q * nu)
  c(x / e, up(x / e, df, df * nu), df, df * nu, pchisq(q * x / e, q, lower.tail = FALSE), wald / q,
    up(wald / q, q, nu), adjusted, up(adjusted, q, low))
}}
of_survey <- function(statistic) tryCatch({{
  t <- svychisq(~r + c, des, statistic = statistic); c(t$statistic, t$p.value, t$parameter)
}}, error = function(e) rep(NaN, 4))
{code}; {domain}
nu <- degf(des)
f <- of_survey("F"); x <- of_survey("Chisq"); w <- of_survey("Wald"); a <- of_survey("adjWald")
m <- svymean(~interaction(factor(r), factor(c)), des, na.rm = TRUE)
t <- svytotal(~interaction(factor(r), factor(c)), des, na.rm = TRUE)
named <- function(letter, v) setNames(as.list(as.vector(v)), paste0(letter, seq_along(as.vector(v)) - 1))
c(named("s", c(f[1:4], x[2], w[1:2], a[1:2])), list(nu = nu),
  named("h", tryCatch(by_hand(des, {rows}, {columns}, nu), error = function(e) rep(NaN, 9))),
  named("m", coef(m)), named("ms", SE(m)), named("t", coef(t)), named("ts", SE(t)))
"""
SEEDS = {
    "taylor": range(1000, 1010), "lonely": range(1100, 1110), "unequal": range(1200, 1212),
    "two phases": range(1300, 1306), "jackknife": range(1400, 1408), "half samples": range(1500, 1508),
    "resampled": range(1602, 1612), "calibrated": range(1700, 1708), "calibrated replicates": range(1800, 1805),
}  # fmt: skip


def drawn(family):
    """Members whose table has two rows and columns, every third of them in a domain."""
    found = []
    for seed in SEEDS[family]:
        m = FAMILIES[family](seed)
        domain = (lambda t: t.z == 1) if seed % 3 == 1 else None
        try:
            table = crosstab(m.sample, m.design, "r", "c", domain=domain)
        except ObservatoryError as refused:
            # One row or column, a domain without units, or a jackknife of a sample that is its population.
            expected = ("among the units that have both", "is in the domain", "no cluster can be left out")
            assert any(words in refused.what for words in expected), refused
            continue
        # R keeps what it calculated the degrees of freedom from before the weights were adjusted.
        again = "des$degf <- NULL; " if m.row == CALIBRATED_REPLICATES else ""
        inside = "des <- subset(des, z == 1)" if domain else ""
        rows, columns = table.shares.shape
        found.append((m, table, CODE.format(code=m.code, domain=again + inside, rows=rows, columns=columns)))
    return found


@holds(
    "R survey",
    [
        ONE_TO_THREE, LONELY, BREWER, PAIRS, TWO_PHASES, JACKKNIFE, HALF_SAMPLES, RAO_WU, MULTISTAGE, DIFFERENCES,
        SUPPLIED, CALIBRATED, CALIBRATED_REPLICATES,
    ],
    ["cross-table tests"],
)  # fmt: skip
@pytest.mark.parametrize("family", SEEDS)
def test_tests_of_random_tables_are_those_of_r(family):
    members = drawn(family)
    compared = 0
    for (m, table, _), theirs in zip(members, r.values([r.Case(m.data, code) for m, _, code in members]), strict=True):
        what = f"{family}, {m.facts}"
        assert not isinstance(theirs, r.Refused), f"{what}: {theirs}"
        if f"m{table.shares.size}" in theirs:
            continue  # R keeps a code none of whose units has the other code, and tests that row or column too
        compare_cells(table, theirs, what)
        compared += compare_tests(m, table, theirs, what)
    assert compared >= len(members) / 2


def compare_cells(table, theirs, what):
    order = np.arange(table.shares.size).reshape(table.shares.shape).T.reshape(-1)
    rows = table.table.to_pylist()
    total = table.totals.sum()
    for i, at in enumerate(order):
        row = rows[at]
        close(row["share"], theirs[f"m{i}"], f"cross-table share: {what}", absolute=1e-13)
        close(row["total"], theirs[f"t{i}"], f"cross-table total: {what}", absolute=1e-13 * total)
        close(row["se"], theirs[f"ms{i}"], f"cross-table se: {what}", absolute=1e-9)
        close(row["total_se"], theirs[f"ts{i}"], f"cross-table total se: {what}", absolute=1e-8 * total)


def compare_tests(m, table, theirs, what):
    close(table.nu, theirs["nu"], f"cross-table: {what}, degrees of freedom")
    hand = [theirs[f"h{i}"] for i in range(9)]
    # Joint probabilities can give variances that add up to less than nothing.
    if math.isnan(hand[0]) or hand[0] < 0 or table.nu <= 0:
        with pytest.raises(ObservatoryError):
            table.test()
        return 0
    second, first = table.test(), table.test("rao-scott")
    ours = [second.statistic, second.p_value, second.df, second.df_denominator, first.p_value]
    spread = np.linalg.eigvalsh(table.totals_covariance)
    if m.row == PAIRS and spread[0] < -1e-12 * spread[-1]:
        pass  # joint probabilities gave some direction a negative variance: Wald's statistic is then no square
    elif math.isnan(hand[6]) or math.isnan(hand[8]):
        # Fewer dimensions than interactions, or no degrees of freedom left.
        with pytest.raises(ObservatoryError, match="Wald"):
            table.test("adjusted-wald")
    else:
        wald, adjusted = table.test("wald"), table.test("adjusted-wald")
        ours += [wald.statistic, wald.p_value, adjusted.statistic, adjusted.p_value]
    # svychisq has the degrees of freedom of the whole sample where R keeps rows outside the domain.
    same = abs(theirs["s3"] - hand[3]) < 1e-9 * hand[3]
    for i, mine in enumerate(ours):
        close(mine, hand[i], f"cross-table: {what}, by hand {i}", absolute=1e-11)
        if same:
            close(mine, theirs[f"s{i}"], f"cross-table: {what}, svychisq {i}", absolute=1e-11)
    return 1


def cells(*counts, psu=4):
    """A sample with so many units of each (row, column), `psu` of them in a cluster."""
    rows = [(row, column) for row, column, n in counts for _ in range(n)]
    order = np.random.default_rng(5).permutation(len(rows))
    rows = [rows[i] for i in order]
    return {
        "r": [row for row, _ in rows], "c": [column for _, column in rows], "w": [2.0] * len(rows),
        "p": [i // psu for i in range(len(rows))],
    }  # fmt: skip


FULL = cells(("a", "u", 9), ("a", "v", 15), ("b", "u", 14), ("b", "v", 10))


def test_a_code_whose_units_all_lack_the_other_code_is_left_out_and_named():
    lacking = {k: [*v] for k, v in FULL.items()}
    for _ in range(4):
        lacking = {
            "r": [*lacking["r"], "x"], "c": [*lacking["c"], None], "w": [*lacking["w"], 2.0],
            "p": [*lacking["p"], lacking["p"][-1] + 1],
        }  # fmt: skip
    without = {**lacking, "r": [None if v == "x" else v for v in lacking["r"]]}

    found, other = (crosstab(s, Design("w", clusters="p"), "r", "c") for s in (lacking, without))

    assert found.rows == ("a", "b")
    assert any("'r': no unit of the table has x" in note for note in found.notes)
    assert any("4 units have no code of 'r' or 'c'" in note for note in found.notes)
    assert found.test() == other.test()


def test_empty_cells_and_cells_of_one_cluster_are_named():
    sample = cells(("a", "u", 20), ("a", "v", 12), ("b", "u", 15), ("b", "v", 1), ("c", "u", 12))

    found = crosstab(sample, Design("w", clusters="p"), "r", "c")
    row = {(x["r"], x["c"]): x for x in found.table.to_pylist()}

    assert "No unit was sampled in c × v." in found.notes
    assert "Units of a single cluster are all there is in b × v." in found.notes
    assert (row["c", "v"]["n"], row["c", "v"]["status"]) == (0, "O")
    assert (row["b", "v"]["clusters"], row["b", "v"]["status"]) == (1, "N")
    assert row["b", "v"]["total_se"] > 0


def test_a_table_too_empty_to_compare_is_not_tested():
    # On the diagonal alone rows and columns are the same thing.
    sample = cells(("a", "u", 12), ("b", "v", 12), ("c", "w", 12))

    found = crosstab(sample, Design("w", clusters="p"), "r", "c")

    with pytest.raises(ObservatoryError, match=r"Too many cells .* are empty"):
        found.test()
    assert found.table.num_rows == 9


def test_walds_test_needs_more_clusters_than_interactions():
    found = crosstab(
        cells(*((row, column, 6) for row in "abcd" for column in "uvwx"), psu=12), Design("w", clusters="p"), "r", "c"
    )

    for method in ("wald", "adjusted-wald"):
        with pytest.raises(ObservatoryError, match="needs 9 interactions that vary apart"):
            found.test(method)
    assert 0 <= found.test("rao-scott-f").p_value <= 1


def test_one_cluster_leaves_nothing_to_test():
    sample = {**FULL, "p": [1 if i < 40 else i for i in range(48)], "z": [1 if i < 40 else 0 for i in range(48)]}

    found = crosstab(sample, Design("w", clusters="p"), "r", "c", domain=lambda t: t.z == 1)

    assert found.nu == 0
    with pytest.raises(ObservatoryError, match="no degrees of freedom"):
        found.test()


@pytest.mark.parametrize("lost", ["a", "b"])
def test_a_table_of_one_row_is_refused(lost):
    with pytest.raises(ObservatoryError, match=r"'r' has 1 code\(s\)"):
        crosstab(FULL, Design("w", clusters="p"), "r", "c", domain=lambda t: t.r != lost)


def test_a_test_that_is_not_known_is_refused():
    with pytest.raises(ObservatoryError, match="'lincom' is not known"):
        crosstab(FULL, Design("w", clusters="p"), "r", "c").test("lincom")


def test_margins_of_the_shares_are_those_of_one_column():
    from sse_observatory.production.estimation import estimate, proportion

    found = crosstab(FULL, Design("w", clusters="p"), "r", "c")
    v = found.covariance.reshape(2, 2, 2, 2)
    alone = estimate(FULL, Design("w", clusters="p"), proportion("r", "a")).table.to_pylist()[0]

    assert found.shares[0].sum() == pytest.approx(alone["estimate"], rel=1e-12)
    assert math.sqrt(v[0, :, 0, :].sum()) == pytest.approx(alone["se"], rel=1e-10)


def test_the_summary_shows_shares_margins_flags_and_the_test():
    sample = cells(("a", "u", 30), ("a", "v", 25), ("b", "u", 28), ("b", "v", 3), ("c", "u", 22))
    out = StringIO()
    found = crosstab(sample, Design("w", clusters="p"), "r", "c")

    found.summary(Console(file=out, width=100))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]

    assert lines[0].startswith("108 units; ")
    [b] = [line for line in lines if line.startswith("b ")]
    assert f"{100 * found.shares[1, 1]:.1f} ±" in b and " n " in b
    [c] = [line for line in lines if line.startswith("c ")]
    assert "–" in c
    assert any(line.startswith("total") and line.endswith("100.0") for line in lines)
    assert str(found.test()) in lines
    assert any("– no sample" in line for line in lines)


def test_the_summary_of_a_table_that_cannot_be_tested_says_why():
    out = StringIO()

    crosstab(cells(("a", "u", 12), ("b", "v", 12)), Design("w", clusters="p"), "r", "c").summary(Console(file=out))

    text = " ".join(out.getvalue().split())
    assert "No test: " in text or "rao-scott-f" in text
