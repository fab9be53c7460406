"""Changes between rounds: the same clusters, some of them, none of them."""

import numpy as np
import pytest

from estimation import r
from estimation.agree import close
from estimation.oracles import holds
from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import Design, change, mean, median, proportion, ratio, total

ONE_TO_THREE = "stratified, one to three stages, with replacement or corrected"


def rounds(seed, overlap=1.0):
    """Two rounds of a stratified cluster sample that share a part of their clusters."""
    rng = np.random.default_rng(seed)
    made = []
    levels = {(h, p): rng.normal(50 + 10 * h, 8) for h in range(3) for p in range(14)}
    for wave in range(2):
        rows = []
        for h in range(3):
            first = 0 if wave == 0 else round(7 * (1 - overlap))
            for p in range(first, first + 7):
                for _ in range(int(rng.integers(2, 5))):
                    rows.append({
                        "h": h, "p": f"{h}-{p}", "w": float(rng.uniform(5, 9)), "g": str(rng.choice(["u", "v"])),
                        "y": float(levels[h, p] + 3 * wave + rng.normal(0, 4)), "x": float(rng.gamma(4, 2)),
                        "b": int(rng.random() < 0.3), "N": 20,
                    })  # fmt: skip
        made.append({k: [row[k] for row in rows] for k in rows[0]})
    return made


@holds("R survey", [ONE_TO_THREE], ["contrast, change"])
def test_with_the_same_clusters_a_change_is_that_of_the_stacked_rounds_in_r():
    before, after = rounds(1)
    stacked = {k: before[k] + after[k] for k in before}
    stacked["wave"] = [0] * len(before["h"]) + [1] * len(after["h"])
    code = """
    des <- svydesign(id = ~p, strata = ~h, weights = ~w, data = transform(d, y1 = y * (wave == 0), y2 = y * (wave == 1),
      x1 = x * (wave == 0), x2 = x * (wave == 1), n1 = as.numeric(wave == 0), n2 = as.numeric(wave == 1)))
    t <- svytotal(~y1 + y2 + x1 + x2 + n1 + n2, des)
    k <- svycontrast(t, list(t = quote(y2 - y1), m = quote(y2 / n2 - y1 / n1), r = quote(y2 / x2 - y1 / x1),
      q = quote(y2 / y1)))
    list(t = coef(k)[1], ts = SE(k)[1], m = coef(k)[2], ms = SE(k)[2], r = coef(k)[3], rs = SE(k)[3], q = SE(k)[4])"""

    theirs = list(r.values([r.Case(stacked, code)])[0].values())

    design = Design("w", "h", "p")
    found = change((before, design), (after, design), [total("y"), mean("y"), ratio("y", "x")])
    rows = found.table.to_pylist()
    assert found.clusters == (21, 21, 21)
    for i, row in enumerate(rows):
        close(row["change"], theirs[2 * i], f"change: {row['statistic']}")
        close(row["se"], theirs[2 * i + 1], f"change: {row['statistic']}")
    close(rows[0]["relative_se"], theirs[6], "relative change")
    assert rows[1]["correlation"] > 0.5


def test_without_common_clusters_variances_add_up():
    before, after = rounds(2, overlap=0.0)
    design = Design("w", "h", "p")

    row = change((before, design), (after, design), mean("y")).table.to_pylist()[0]
    from sse_observatory.production.estimation import estimate

    ses = [estimate(s, design, mean("y")).table["se"][0].as_py() for s in (before, after)]
    assert row["se"] == pytest.approx(np.hypot(*ses))
    assert row["correlation"] == 0


@holds("pencil example", [ONE_TO_THREE], ["contrast, change"])
def test_units_sampled_directly_are_recognised_by_their_name():
    # n₁ = n₂ = 4 of N = 10, three in both samples; expanded by 10/4.
    before = {"id": ["a", "b", "c", "d"], "w": [2.5] * 4, "N": [10] * 4, "y": [1.0, 2, 6, 3]}
    after = {"id": ["b", "c", "d", "e"], "w": [2.5] * 4, "N": [10] * 4, "y": [3.0, 9, 3, 1]}
    design = Design("w", fpc="N")

    found = change((before, design), (after, design), total("y"), unit="id")
    row = found.table.to_pylist()[0]

    # Common units: (2, 6, 3) and (3, 9, 3) times 2.5; their covariance is 2.5² × 6.5; the factor 3 (1 − 16 / 30).
    common = 3 * (1 - 4 * 4 / (3 * 10)) * 2.5**2 * np.cov([2, 6, 3], [3, 9, 3])[0, 1]
    variances = [10**2 * (1 - 0.4) / 4 * np.var(y, ddof=1) for y in (before["y"], after["y"])]
    assert row["change"] == pytest.approx(10)
    assert row["se"] ** 2 == pytest.approx(sum(variances) - 2 * common)
    assert found.clusters == (4, 4, 3)


@holds("simulation", [ONE_TO_THREE], ["contrast, change"])
@pytest.mark.slow
@pytest.mark.parametrize("overlap", [60, 30])
def test_the_variance_of_a_change_is_right_over_many_samples(overlap):
    rng = np.random.default_rng(overlap)
    size, n = 200, 60
    one = rng.normal(50, 10, size)
    two = one + rng.normal(2, 4, size)
    design = Design("w", fpc="N")
    changes, variances = [], []
    for _ in range(150):
        order = rng.permutation(size)
        first, second = order[:n], order[n - overlap : 2 * n - overlap]
        samples = [
            {"id": [str(i) for i in ids], "w": [size / n] * n, "N": [size] * n, "y": values[ids].tolist()}
            for ids, values in ((first, one), (second, two))
        ]
        row = change((samples[0], design), (samples[1], design), total("y"), unit="id").table
        changes.append(row["change"][0].as_py())
        variances.append(row["se"][0].as_py() ** 2)

    # 150 draws give the variance of the changes to about √(2/150) of itself.
    assert np.mean(variances) == pytest.approx(np.var(changes), rel=0.3)


def test_changes_by_domain_tell_what_is_new():
    before, after = rounds(3)
    after["g"] = ["new" if g == "v" else g for g in after["g"]]
    design = Design("w", "h", "p")

    found = change((before, design), (after, design), proportion("b"), by="g").table.to_pylist()
    rows = {row["g"]: row for row in found}

    assert rows["new"]["before"] is None and rows["new"]["change"] is None
    assert rows["v"]["after"] is None
    assert rows["u"]["se"] > 0


def test_what_cannot_be_compared_is_refused():
    before, after = rounds(4)
    design = Design("w", "h", "p")
    moved = {**after, "h": [(h + 1) % 3 if p == "0-3" else h for h, p in zip(after["h"], after["p"], strict=True)]}
    for pair, statistic, words in (
        (((before, Design("w", "h")), (after, Design("w", "h"))), mean("y"), "unit="),
        (((before, design), (after, design)), median("y"), "smooth"),
        (((before, design), (moved, design)), mean("y"), "changed their stratum"),
    ):
        with pytest.raises(ObservatoryError) as refused:
            change(*pair, statistic)
        assert words in str(refused.value)
