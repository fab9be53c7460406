"""Every line of the pages is run, and the lines of R and svy give the numbers of those here."""

import ast
import re
from io import StringIO
from pathlib import Path

import pytest

from estimation import oracles, r
from sse_observatory.production import estimation
from sse_observatory.production.estimation import Combination, Design, Result, Weighted

DOCS = Path(__file__).resolve().parents[2] / "docs"
COMING = (DOCS / "how-to" / "come-from-r-svy-or-stata.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference" / "estimation.md").read_text(encoding="utf-8")


def lines(heading):
    """The rows of the table under a heading: the code in each cell, None for a cell without."""
    section = "\n" + COMING.split(f"## {heading}\n")[1].split("\n## ")[0]
    table = section.split("\n\n|")[1].split("\n\n")[0]
    rows = []
    for line in ("|" + table).splitlines()[2:]:
        cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
        rows.append([(found[1] if (found := re.match(r"\s*`(.*)`\s*$", c)) else None) for c in cells])
    return rows


def run(code, names):
    """What a line gives; a line that names something gives what it names."""
    tree = ast.parse(code)
    if isinstance(tree.body[0], ast.Assign):
        exec(compile(tree, "page", "exec"), names)
        return names[tree.body[0].targets[0].id]
    return eval(code, names)


@pytest.fixture(scope="module")
def names(apistrat, apiclus1, apiclus2):
    here = {name: getattr(estimation, name) for name in estimation.__all__}
    here |= {"strat": apistrat, "clus1": apiclus1, "clus2": apiclus2}
    for _, _, code in lines("Designs"):
        run(code, here)
    return here


DATA = """
data(api)
for (n in c("strat", "clus1", "clus2")) {
  t <- get(paste0("api", n)); names(t) <- gsub(".", "_", names(t), fixed = TRUE); assign(n, t)
}
"""


def in_r(heading, how):
    """What R gives for each line of a table."""
    designs = "; ".join(code for code, _, _ in lines("Designs"))
    cases = [r.Case({"x": [1]}, f"{DATA} {designs}; x <- {row[0]}; {how}") for row in lines(heading)]
    return r.values(cases)


def numbers(value):
    """Estimates and standard errors in the order R gives them."""
    rows = value.table.to_pylist()
    return [row["estimate"] for row in rows] + [row["se"] for row in rows]


def agree(ours, theirs, line):
    assert not isinstance(theirs, r.Refused), f"{line}: {theirs}"
    assert len(ours) == len(theirs), line
    for mine, value in zip(ours, theirs.values(), strict=True):
        assert mine == pytest.approx(value, rel=1e-8, abs=1e-9), line


def test_designs_give_the_numbers_of_r(names):
    samples = ["strat", "clus1", "clus2", "strat", "clus1"]
    theirs = in_r("Designs", "m <- svymean(~api00, x); list(m = coef(m), s = SE(m))")
    for (_, _, code), sample, there in zip(lines("Designs"), samples, theirs, strict=True):
        design = run(code, names)
        assert isinstance(design, Design)
        agree(numbers(estimation.estimate(names[sample], design, estimation.mean("api00"))), there, code)


def test_estimates_give_the_numbers_of_r(names):
    theirs = in_r("Estimates", "v <- c(coef(x), SE(x)); setNames(as.list(v), paste0('v', seq_along(v)))")
    for (_, _, code), there in zip(lines("Estimates"), theirs, strict=True):
        result = run(code, names)
        assert isinstance(result, Result)
        agree(numbers(result), there, code)


def test_proportions_and_tests_give_the_numbers_of_r(names):
    how = """if (inherits(x, "htest")) list(s = unname(x$statistic), p = unname(x$p.value)) else
      list(e = coef(x), l = confint(x)[1], u = confint(x)[2])"""
    for (_, _, code), there in zip(lines("Proportions and tests"), in_r("Proportions and tests", how), strict=True):
        found = run(code, names)
        if isinstance(found, Result):
            row = found.table.to_pylist()[0]
            agree([row["estimate"], row["lower"], row["upper"]], there, code)
        else:
            agree([found.statistic, found.p_value], there, code)


def test_weights_give_the_numbers_of_r(names):
    how = "w <- weights(x, 'sampling'); t <- svytotal(~enroll, x); list(a = min(w), b = max(w), t = coef(t), s = SE(t))"
    for (_, code), there in zip(lines("Weights"), in_r("Weights", how), strict=True):
        made = run(code, names)
        assert isinstance(made, Weighted)
        weights = made.weights().to_pylist()
        total = estimation.estimate(made.sample, made.design, estimation.total("enroll")).table.to_pylist()[0]
        ours = [min(weights), max(weights), total["estimate"]]
        assert ours == pytest.approx(list(there.values())[:3], rel=1e-8), code
        assert total["se"] == pytest.approx(there["s"], rel=1e-8, abs=1e-6), code


def test_svy_gives_the_numbers_of_here(names):
    svy, pl = pytest.importorskip("svy"), pytest.importorskip("polars")
    text = re.search(r"`s1` is `(.*?)`\.", COMING)[1]
    there = {"svy": svy, "strat": pl.DataFrame(names["strat"])}
    there["s1"] = eval(text, there)
    for theirs, ours in lines("From svy"):
        frame = eval(theirs, there).to_polars()
        assert numbers(run(ours, names)) == pytest.approx([*frame["est"], *frame["se"]], rel=1e-8), ours


def test_the_model_left_to_svy_is_that_of_r(names):
    pytest.importorskip("svy")
    code = next(b for b in re.findall(r"```python\n(.*?)```", COMING, re.DOTALL) if "glm" in b)
    theirs = r.values([r.Case({"x": [1]}, f"""{DATA}
        x <- svyglm(api00 ~ ell + meals, svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat))
        setNames(as.list(coef(x)), c("a", "b", "c"))""")])[0]  # fmt: skip

    exec(code, names)

    found = names["model"].to_polars()
    estimates = found[next(c for c in found.columns if c in {"est", "estimate", "coef"})].to_list()
    assert sorted(estimates) == pytest.approx(sorted(theirs.values()), rel=1e-6)


def test_functions_named_on_the_pages_exist(names):
    for page in (COMING, REFERENCE):
        for name in re.findall(r"`([a-zA-Z_]+)\(", page):
            known = hasattr(estimation, name) or any(hasattr(c, name) for c in (Design, Result, Weighted, Combination))
            foreign = page is COMING
            assert known or foreign, name


def test_the_example_of_the_reference_prints_what_it_shows(monkeypatch):
    code = re.search(r"```python\n(.*?)```", REFERENCE, re.DOTALL)[1]
    shown = re.search(r"```text\n(.*?)```", REFERENCE, re.DOTALL)[1]
    out = StringIO()
    monkeypatch.setattr("sys.stdout", out)

    exec(code, {})

    printed = "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip()
    assert shown.strip() == printed, f"the page should show:\n{printed}"


def test_the_table_of_oracles_is_what_the_tests_claim():
    oracles.collect()
    written = REFERENCE.split("<!-- oracles -->\n")[1].split("\n<!-- end of oracles -->")[0]

    assert oracles.table() == written, "Run python tests/estimation/oracles.py and put its output on the page"


def test_every_claimed_row_and_column_is_held_by_something():
    oracles.collect()
    for design in oracles.DESIGNS:
        assert any(claim[0] == design for claim in oracles.CLAIMS), design
    for statistic in oracles.STATISTICS:
        assert any(claim[1] == statistic for claim in oracles.CLAIMS), statistic


def test_what_is_read_off_a_result_runs_and_gives_the_numbers_of_r(names):
    """The second table under Estimates: every expression of a result that stands in it."""
    section = COMING.split("## Estimates\n")[1].split("\n## ")[0]
    table = section.split("| R survey | here |")[1]
    theirs = r.values([r.Case({"x": [1]}, f"""{DATA}
        {'; '.join(code for code, _, _ in lines('Designs'))}
        b <- svyby(~api00, ~stype, rstrat, svymean, covmat = TRUE)
        d <- svycontrast(b, c(E = 1, H = -1)); q <- svycontrast(b, quote(E / H))
        list(cv = cv(b)[1], v = vcov(b)[1, 2], d = coef(d), ds = SE(d), q = coef(q), qs = SE(q),
          u = confint(b, df = degf(subset(rstrat, stype == "E")))[1, 2])""")])[0]  # fmt: skip
    assert not isinstance(theirs, r.Refused), theirs
    result = run('estimate(strat, rstrat, mean("api00"), by="stype", margins=False)', names)
    here = {**names, "result": result, "i": result.at(stype="E"), "j": result.at(stype="H")}
    expressions = [code for code in re.findall(r"`(result\.[^`]*)`", table) if code != "result.table"]
    made = {code: eval(code, here) for code in expressions if "summary" not in code}
    row = result.table.to_pylist()[here["i"]]
    difference, quotient = made["result.difference(i, j)"], made["result.quotient(i, j)"]

    ours = [row["cv"], made["result.covariance()"][here["i"], here["j"]], difference.value, difference.se,
            quotient.value, quotient.se, row["upper"]]  # fmt: skip
    v = dict(theirs)
    # Strata are independent: their covariance is nought, up to rounding, on both sides.
    assert abs(ours.pop(1)) < 1e-9 and abs(v.pop(list(v)[1])) < 1e-9
    agree(ours, v, "result")
    contrast = made["result.contrast({i: 1, j: -1})"]
    assert (contrast.value, contrast.se) == (difference.value, difference.se)
    assert made['result.at("mean(api00)", stype="E")'] == here["i"]
    assert "svg" in made["result.chart()"].svg()
    columns = {c for cell in re.findall(r"\| ([^|]*) \|\n", table) for c in re.findall(r"`([a-z_]+)`", cell)}
    assert {"estimate", "se", "cv", "deff", "lower", "upper", "df"} <= columns
    assert columns <= set(result.table.column_names)


def test_a_cell_that_loses_its_test_is_seen():
    oracles.collect()
    claims, shown = list(oracles.CLAIMS), oracles.table()
    try:
        for test in sorted({claim[3] for claim in claims}):
            cells = {claim[:3] for claim in claims if claim[3] == test}
            alone = cells - {claim[:3] for claim in claims if claim[3] != test}
            oracles.CLAIMS[:] = [claim for claim in claims if claim[3] != test]
            assert (oracles.table() != shown) == bool(alone), test
    finally:
        oracles.CLAIMS[:] = claims


def listed(heading):
    """The functions of a list of all of them, each with what its line says."""
    section = COMING.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = []
    for line in section.splitlines():
        if line.startswith("| `"):
            names, said = line.strip("| ").split(" | ", 1)
            rows.append((re.findall(r"`([^`]+)`", names), said))
    return rows


@pytest.fixture(scope="module")
def everything(names):
    here = dict(names)
    strat = here["strat"]
    here["strat"] = {**strat, "selected": [n % 2 == 0 for n in range(200)], "answered": [n % 5 > 0 for n in range(200)]}
    here["result"] = run('estimate(strat, dstrat, [mean("api00"), mean("api99")])', here)
    here["table"] = run('crosstab(strat, dstrat, "stype", "sch_wide")', here)
    return here


LISTS = ["Every function of R survey", "Every function of svy", "Every survey command of Stata"]


@pytest.mark.parametrize("heading", LISTS)
def test_every_line_of_the_lists_of_functions_runs(everything, heading):
    """A line begins with code that is run, or says that something is not offered, not needed, or stands elsewhere."""
    pl = pytest.importorskip("polars")
    pytest.importorskip("svy")
    ran = 0
    for functions, said in listed(heading):
        assert functions
        if not said.startswith("`"):
            assert re.match(r"(not offered|not needed|as R's)", said), said
            continue
        code = re.match(r"`([^`]+)`", said)[1]
        here = everything
        if "to_svy" in code:
            keep = ["pw", "stype", "fpc", "api00", "api99", "ell", "meals", "sch_wide"]
            here = {**everything, "strat": pl.DataFrame({n: everything["strat"][n] for n in keep})}
        made = eval(code, here)
        if isinstance(made, Design) and ("stype" in code or "with_" in code) and "w1" not in code:
            sample = next((s for s in ("clus1", "clus2") if f"d{s}." in code), "strat")
            if "Brr" in code:  # half samples need two clusters a stratum
                continue
            made = run("estimate(sample, made, total())", {**here, "made": made, "sample": here[sample]})
        if isinstance(made, Result):
            assert all(v is not None for v in made.table["se"].to_pylist()), code
        assert made is not None
        ran += 1
    assert ran >= 15


def test_no_function_of_r_survey_is_left_out():
    there = set(r.tables(["data.frame(n = getNamespaceExports('survey'))"])[0]["n"])
    there = {n for n in there if not n.startswith(".")}
    listed_here = {n for functions, _ in listed(LISTS[0]) for n in functions}

    assert there - listed_here == set()
    # `coef` is R's own.
    assert listed_here - there == {"coef"}


def test_no_function_of_svy_is_left_out():
    svy, pl = pytest.importorskip("svy"), pytest.importorskip("polars")
    sample = svy.Sample(pl.DataFrame({"w": [1.0, 2.0]}), svy.Design(wgt="w"))
    there = {
        f"{part}.{name}"
        for part in ("estimation", "categorical", "weighting", "sampling")
        for name in dir(getattr(sample, part))
        if not name.startswith("_")
    }
    listed_here = {n for functions, _ in listed(LISTS[1]) for n in functions}

    assert there - listed_here == set()
    assert all(hasattr(svy, n) or eval(f"hasattr(s.{n.split('.')[0]}, '{n.split('.')[-1]}')", {"s": sample})
               for n in listed_here)  # fmt: skip


MEAN = "list(e = coef(x), s = SE(x))"
WEIGHTS = "t <- svytotal(~api00, x); w <- weights(x); list(a = min(w), b = max(w), e = coef(t), s = SE(t))"
FRAMES = """m1 <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018));
  m2 <- data.frame(sch_wide = c("No", "Yes"), Freq = c(1072, 5122));"""
IN_R = {
    "svydesign": ("svymean(~api00, svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat))",
                  MEAN),
    "svytotal": ("svyby(~I(api00 * 0 + 1), ~sch_wide + stype, dstrat, svytotal, keep.var = TRUE)", MEAN),
    "svymean": ("svymean(~api00, dstrat)", MEAN),
    "svyratio": ("svyratio(~api_stu, ~enroll, dstrat)", "list(e = coef(x), s = SE(x)[1])"),
    "svyciprop": ("svyciprop(~I(sch_wide == 'Yes'), dstrat, method = 'xlogit')",
                  "list(e = as.numeric(x), s = SE(x), l = confint(x)[1], u = confint(x)[2])"),
    "svyquantile": ("svyquantile(~api00, dstrat, 0.9)", "list(e = coef(x), s = SE(x))"),
    "svycdf": ("svymean(~I(1 * (api00 <= 700)), dstrat)", MEAN),
    "svyby": ("svyby(~api00, ~sch_wide + stype, dstrat, svymean)", MEAN),
    "svystandardize": ("svycontrast(svyby(~api00, ~stype, dstrat, svymean, covmat = TRUE), c(0.7, 0.1, 0.2))", MEAN),
    "svycontrast": ("svycontrast(svymean(~api00 + api99, dstrat), c(1, -1))", MEAN),
    "withReplicates": ("svycontrast(svymean(~api00 + api99, dstrat), quote(api00 / api99))", MEAN),
    "svychisq": ("svychisq(~stype + sch_wide, dstrat)", "list(f = unname(x$statistic), p = unname(x$p.value))"),
    "as.svrepdesign": ("svymean(~api00, as.svrepdesign(dstrat, type = 'JKn'))", MEAN),
    "postStratify": (f"{{ {FRAMES} postStratify(dclus1, ~stype, m1) }}", WEIGHTS),
    "rake": (f"{{ {FRAMES} rake(dclus1, list(~stype, ~sch_wide), list(m1, m2), control = list(maxit = 500, "
             "epsilon = 1e-9)) }", WEIGHTS),
    "calibrate": ("calibrate(dclus1, ~enroll, c(6194, 3811472))", WEIGHTS),
    "cal.raking": ("calibrate(dclus1, ~enroll, c(6194, 3811472), calfun = 'raking', epsilon = 1e-13)", WEIGHTS),
    "cal.logit": ("calibrate(dclus1, ~enroll, c(6194, 3811472), calfun = 'logit', bounds = c(0.5, 2), epsilon = 1e-13,"
                  " maxit = 200)", WEIGHTS),
    "trimWeights": ("trimWeights(dstrat, upper = 40, lower = 18)", WEIGHTS),
}  # fmt: skip
"""The functions of the list that give numbers of their own, in R's words for the code that stands beside them."""


def told(made, here):
    """What a line of the list gives, in the order that `IN_R` asks R."""
    if isinstance(made, Weighted):
        weights = made.weights().to_pylist()
        row = estimation.estimate(made.sample, made.design, estimation.total("api00")).table.to_pylist()[0]
        return [min(weights), max(weights), row["estimate"], row["se"]]
    if isinstance(made, Combination):
        return [made.value, made.se]
    if isinstance(made, Design):
        made = estimation.estimate(here["strat"], made, estimation.mean("api00"))
    if not isinstance(made, Result):
        return [made.statistic, made.p_value]
    rows = made.table.to_pylist()
    rows = [row for row in rows if all(row[c] != "_T" for c in made.by)]
    ends = [rows[0][n] for n in ("lower", "upper")] if "proportion" in rows[0]["statistic"] else []
    return [row["estimate"] for row in rows] + [row["se"] for row in rows] + ends


def test_the_lines_of_the_list_of_r_give_its_numbers(everything):
    designs = "; ".join(code for code, _, _ in lines("Designs"))
    # A function may come again for another design: its first line is compared.
    codes = {function: said for names, said in reversed(listed(LISTS[0])) for function in names}
    theirs = r.values([
        r.Case({"x": [1]}, f"""{DATA} {designs}; x <- {code}; v <- unlist({{ {how} }});
        setNames(as.list(as.numeric(v)), paste0("v", seq_along(v)))""")
        for code, how in IN_R.values()
    ])  # fmt: skip
    for function, there in zip(IN_R, theirs, strict=True):
        code = re.match(r"`([^`]+)`", codes[function])[1]
        agree(told(eval(code, everything), everything), there, f"{function}: {code}")
