"""Changes between rounds: the same clusters, some of them, none of them."""

from decimal import Decimal

import numpy as np
import pytest
from scipy import stats

from estimation import r
from estimation.agree import close
from estimation.oracles import holds
from sse_observatory.core import ObservatoryError
from sse_observatory.figures import number
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


def test_a_panel_of_units_in_two_corrected_stages_varies_as_its_differences():
    # Two of four clusters, two of four units in each, the same units twice.
    before = {
        "p": ["a", "a", "b", "b"], "u": ["1", "2", "1", "2"], "N": [4] * 4, "M": [4] * 4, "y": [1.0, 5, 4, 8],
    }  # fmt: skip
    after = {**before, "y": [3.0, 6, 4, 11]}
    design = Design(clusters=["p", "u"], fpc=["N", "M"])

    row = change((before, design), (after, design), total("y")).table.to_pylist()[0]

    # Differences 2, 1 and 0, 3, each standing for four: clusters 12 and 12, so nothing between them. Within,
    # 1/2 · 2 (1 − 1/2) · s² of (8, 4) and of (0, 12).
    assert row["change"] == 24
    assert row["se"] ** 2 == pytest.approx(0.5 * (0.5 * (8 - 4) ** 2 + 0.5 * 12**2))


def test_units_that_are_not_the_same_in_the_second_round_add_no_covariance():
    before = {
        "p": ["a", "a", "b", "b"], "u": ["1", "2", "1", "2"], "N": [4] * 4, "M": [4] * 4, "y": [1.0, 5, 4, 8],
    }  # fmt: skip
    same, new = ({**before, "u": u, "y": [3.0, 6, 4, 11]} for u in (["1", "2", "1", "2"], ["3", "4", "3", "4"]))
    design = Design(clusters=["p", "u"], fpc=["N", "M"])

    panel, fresh = (
        change((before, design), (s, design), total("y")).table["correlation"][0].as_py() for s in (same, new)
    )

    assert panel > fresh


def test_a_single_common_cluster_that_moved_is_named():
    before = {"h": ["n", "n", "s", "s"], "p": ["1", "2", "3", "4"], "w": [2.0] * 4, "y": [1.0, 2, 3, 5]}
    after = {**before, "p": ["5", "6", "1", "7"]}
    design = Design("w", "h", "p")

    with pytest.raises(ObservatoryError, match="1 from h=n to h=s"):
        change((before, design), (after, design), total("y"))


def test_strata_may_have_other_names_when_all_of_them_do():
    before, after = rounds(6)
    renamed = {**after, "h": [f"new {h}" for h in after["h"]]}
    design = Design("w", "h", "p")

    one, two = (change((before, design), (s, design), mean("y")).table for s in (after, renamed))

    assert one.equals(two)


def test_rounds_of_joint_probabilities_need_the_same_clusters():
    pi = [0.2, 0.3, 0.4, 0.25, 0.5, 0.35]
    before = {"p": list("abcdef"), "pi": pi, "y": [3.0, 5, 8, 4, 9, 6]}
    after = {**before, "p": list("abcdeg"), "y": [4.0, 5, 9, 6, 9, 7]}
    design = Design(clusters="p", fpc="pi", pps="overton")

    with pytest.raises(ObservatoryError, match="same clusters"):
        change((before, design), (after, design), total("y"))
    brewer = design.with_(pps="brewer")
    assert change((before, brewer), (after, brewer), total("y")).table["se"][0].as_py() > 0


def test_changes_without_overlap_or_with_one_cluster_in_common_say_so():
    before, after = rounds(7, overlap=0.0)
    design = Design("w", "h", "p")
    apart = change((before, design), (after, design), mean("y"))
    one = {**after, "p": ["0-0" if p == "0-7" else p for p in after["p"]]}
    single = change((before, design), (one, design), mean("y"))

    assert apart.clusters[2] == 0
    assert any("taken as independent" in note for note in apart.notes)
    assert any("1 strata have a single cluster in both rounds" in note for note in single.notes)


def test_a_relative_change_from_nought_has_no_value():
    before, after = rounds(8)
    design = Design("w", "h", "p")

    row = change(({**before, "y": [0.0] * len(before["y"])}, design), (after, design), total("y")).table.to_pylist()[0]

    assert row["relative"] is None and row["relative_se"] is None
    assert row["se"] > 0


@pytest.mark.parametrize(
    ("statistics", "by", "words"),
    [
        ([], (), "No statistic"),
        ([mean("y"), mean("y")], (), "Two statistics are called"),
        (["mean"], (), "not a statistic"),
        (mean("y"), "status", "column 'status' of its own"),
    ],
)
def test_what_was_not_asked_well_is_refused(statistics, by, words):
    before, after = rounds(9)
    design = Design("w", "h", "p")

    with pytest.raises(ObservatoryError, match=words):
        change(
            ({**before, "status": before["g"]}, design), ({**after, "status": after["g"]}, design), statistics, by=by
        )


def test_statuses_and_sizes_of_both_rounds_stand_beside_a_change():
    before, after = rounds(3)
    after["g"] = ["new" if g == "v" else g for g in after["g"]]
    design = Design("w", "h", "p")

    rows = {r["g"]: r for r in change((before, design), (after, design), mean("y"), by="g").table.to_pylist()}

    assert (rows["new"]["n_before"], rows["new"]["status"]) == (0, "O")
    assert rows["u"]["n_after"] == after["g"].count("u")
    assert rows["u"]["status"] in {"A", "U"}
    assert 0 < rows["u"]["p_value"] < 1


def test_changes_are_printed_and_drawn():
    from io import StringIO

    from rich.console import Console

    before, after = rounds(3)
    after["g"] = ["new" if g == "v" else g for g in after["g"]]
    design = Design("w", "h", "p")
    found = change((before, design), (after, design), [mean("y"), total("y")], by="g")
    out = StringIO()

    found.summary(Console(file=out, width=140))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    row = next(r for r in found.table.to_pylist() if (r["g"], r["statistic"]) == ("u", "mean(y)"))

    assert lines[1] == "21 clusters before, 21 after, 21 in both"
    assert any(line.startswith("u ") and f"{100 * row['relative']:+.1f}" in line for line in lines)
    assert any("no sample, in one round at least" in line for line in lines)
    marks = {label: (written, meaning) for label, written, meaning in found.chart().table()}
    assert set(marks) == {"new", "u", "v"}
    assert marks["new"][0] == ":"
    written = marks["u"][0].split()[0]
    assert written.replace("−", "-") == f"{row['change']:+.{len(written.split('.')[1])}f}"
    assert "svg" in found.chart("total(y)", relative=True, title="Change").svg()
    with pytest.raises(ObservatoryError, match="no change of 'median'"):
        found.chart("median")


@pytest.fixture(scope="module")
def moved():
    """Changes of four kinds: one that rose, one that may not have, one that fell, and one of too few units."""
    kinds = ["up"] * 40 + ["same"] * 40 + ["down"] * 40 + ["few"] * 4
    noise = np.random.default_rng(5).normal(0, 3, len(kinds))
    step = {"up": 5.0, "same": 0.1, "down": -6.0, "few": 0.0}
    size = len(kinds)
    before = {"w": [2.0] * size, "p": list(range(size)), "kind": kinds, "y": [20.0 + i % 3 for i in range(size)]}
    after = {**before, "y": [y + step[k] + e for y, k, e in zip(before["y"], kinds, noise, strict=True)]}
    design = Design("w", clusters="p")
    return change((before, design), (after, design), mean("y"), by="kind", level=0.9)


@pytest.mark.parametrize(
    ("language", "title", "relative", "letters", "lines", "told"),
    [
        ("en", "mean(y): change, by kind", "mean(y): change in %, by kind",
         "n below precision, in one round at least; ≈ may be no change", "Lines: 90% confidence intervals.",
         "({} to {})"),
        ("fr", "mean(y)\u202f: évolution, par kind", "mean(y)\u202f: évolution en\u00a0%, par kind",
         "n précision insuffisante, à l’une des deux dates au moins\u202f; ≈ évolution peut-être nulle",
         "Traits\u202f: intervalles de confiance à 90\u202f%.", "(de {} à {})"),
        ("es", "mean(y): variación, por kind", "mean(y): variación en\u00a0%, por kind",
         "n precisión insuficiente, en al menos una de las dos fechas; ≈ variación quizá nula",
         "Líneas: intervalos de confianza del 90\u202f%.", "(de {} a {})"),
    ],
)  # fmt: skip
def test_a_chart_of_changes_has_intervals_signs_and_a_mark_of_its_own(
    moved, language, title, relative, letters, lines, told
):
    chart = moved.chart(language=language)
    marks = {mark.label: mark for mark in chart.marks}
    rows = {row["kind"]: row for row in moved.table.to_pylist()}

    assert (chart.title, moved.chart(language=language, relative=True).title) == (title, relative)
    assert chart.subtitle == letters
    drawn = chart.svg()
    # Lines of text break where they are too wide.
    assert lines in drawn and letters[-12:] in drawn
    assert [(marks[k].flag, marks[k].state) for k in ("up", "same", "down", "few")] == [
        ("", "shown"), ("≈", "doubtful"), ("", "shown"), ("n", "hidden"),
    ]  # fmt: skip
    assert marks["few"].interval is None
    assert marks["up"].written(language).startswith("+")
    assert marks["down"].written(language).startswith("\u2212")
    digits = marks["up"].decimals
    for kind in ("up", "same", "down"):
        ends = [round(rows[kind][end], digits) for end in ("lower", "upper")]
        assert [float(end) for end in marks[kind].interval] == ends
        signed = [("+" if end > 0 else "") + number(Decimal(f"{end:.{digits}f}"), language, digits) for end in ends]
        assert told.format(*signed) in chart.alt


def test_relative_changes_are_marked_by_the_interval_that_is_drawn(moved):
    marks = {mark.label: mark for mark in moved.chart(relative=True).marks}
    rows = {row["kind"]: row for row in moved.table.to_pylist()}

    for kind in ("up", "same", "down"):
        row, (low, high) = rows[kind], marks[kind].interval
        half = 100 * stats.t.ppf(0.95, row["df"]) * row["relative_se"]
        assert float(low) == pytest.approx(100 * row["relative"] - half, abs=0.5 * 10.0 ** -marks[kind].decimals)
        assert (marks[kind].flag == "≈") == (low <= 0 <= high)


def test_a_change_between_doubtful_estimates_that_may_be_none_says_both():
    rng = np.random.default_rng(8)
    before = {"w": [2.0] * 24, "p": list(range(24)), "y": rng.gamma(1, 9, 24).tolist()}
    after = {**before, "p": list(range(24, 48)), "y": rng.gamma(1, 9, 24).tolist()}
    design = Design("w", clusters="p")

    [mark] = change((before, design), (after, design), total("y")).chart().marks

    assert (mark.flag, mark.state) == ("u ≈", "doubtful")
    assert mark.meaning == "low reliability, in one round at least; may be no change"


def test_units_drawn_anew_may_hide_a_covariance_and_a_note_bounds_it():
    # Ten strata of two clusters of four, with two units of four in each; in the second round the other two.
    def sample(units, y):
        rows = [(f"s{h}", p, u) for h in range(10) for p in "ab" for u in units]
        columns = {"h": [r[0] for r in rows], "p": [r[0] + r[1] for r in rows], "u": [r[2] for r in rows]}
        return {**columns, "N": [4] * 40, "M": [4] * 40, "y": [100 + v for v in y] * 10}

    design = Design(strata="h", clusters=["p", "u"], fpc=["N", "M"])
    before = sample(["1", "2"], [1.0, 5, 4, 8])

    again, anew = (
        change((before, design), (sample(units, [3.0, 6, 4, 11]), design), total("y"))
        for units in (["1", "2"], ["3", "4"])
    )

    # Each unit stands for four. Half of a cluster's second-stage variance counts (two clusters of four), and there
    # 2 · 2 / 4 times the product of the standard deviations: 16 and 12, 16 and 28 apart, each over √2.
    largest = 10 * 0.5 * (2 * 2 / 4) * (16 * 12 + 16 * 28) / 2
    se = anew.table["se"][0].as_py()
    assert not again.notes
    percent = 100 * (np.sqrt(1 + 2 * largest / se**2) - 1)
    assert percent > 1
    assert [f"by about {percent:.0f} % at most (total(y))." in note for note in anew.notes] == [True]
    assert "In 20 strata or common clusters" in anew.notes[0]


def test_strata_sampled_apart_bound_their_covariance_too():
    # Five of ten units, then the other five: nothing is known of how they vary together.
    before = {"id": list("abcde") * 8, "w": [2.0] * 40, "h": [h for h in range(8) for _ in range(5)], "N": [10] * 40,
              "y": [50.0, 52, 49, 55, 51] * 8}  # fmt: skip
    before["id"] = [f"{h}{i}" for h, i in zip(before["h"], before["id"], strict=True)]
    after = {**before, "id": [i.upper() for i in before["id"]]}
    design = Design("w", "h", fpc="N")

    found = change((before, design), (after, design), total("y"), unit="id")

    # With half of the population each time the bound is the variance itself: √2 times the standard error.
    assert found.notes[0].startswith("No cluster is in both rounds")
    assert "In 8 strata" in found.notes[1] and "by about 41 % at most (total(y))" in found.notes[1]
    apart = change((before, design.with_(fpc=())), (after, design.with_(fpc=())), total("y"), unit="id")
    assert len(apart.notes) == 1
