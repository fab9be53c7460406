"""Estimates from a labour force survey and from a household survey, against reference figures and plain sums.

The 26 reference figures of the Indonesian file were computed with R survey; the Argentine file declares no design.
"""

import csv
import gzip

import pytest

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import Design, estimate, mean, median, total, weighted_totals

pytestmark = pytest.mark.realdata

DESIGN = Design("WEIGHT", [("REGENCY", "STRATA")], "PSU", nest=True, lonely="adjust")


@pytest.fixture(scope="module")
def persons(shared_data):
    """The persons of the file as columns, numbers as numbers."""
    with gzip.open(shared_data / "lfs-indonesia" / "lfs_east_java_2022_10_regencies.csv.gz", "rt") as stream:
        rows = list(csv.DictReader(stream))
    whole = {"PSU", "WEIGHT", "REGENCY", "STRATA", "neet", "sex", "age"}
    found = {}
    for name in rows[0]:
        values = [None if row[name] in {"", "NA"} else row[name] for row in rows]
        if name in whole:
            values = [None if v is None else int(v) for v in values]
        elif name == "income":
            values = [None if v is None else float(v) for v in values]
        found[name] = values
    return found


@pytest.fixture(scope="module")
def reference(shared_data):
    with (shared_data / "lfs-indonesia" / "reference_estimates.csv").open() as stream:
        return list(csv.DictReader(stream))


def test_the_reference_estimates_of_the_labour_force_survey(persons, reference):
    asked = {
        "total_persons": total(name="total_persons"), "mean_neet": mean("neet", name="mean_neet"),
        "total_neet": total("neet", name="total_neet"),
        "mean_income_nonmissing": mean("income", name="mean_income_nonmissing"),
        "median_income_nonmissing": median("income", name="median_income_nonmissing"),
    }  # fmt: skip
    everything = list(asked.values())
    tables = {
        "all": estimate(persons, DESIGN, everything, missing="exclude"),
        "sex": estimate(persons, DESIGN, everything[:4], by="sex", missing="exclude"),
        "edu": estimate(persons, DESIGN, everything[:1], by="edu", missing="exclude"),
        "young": estimate(
            persons, DESIGN, everything[1:3], by="REGENCY", missing="exclude", domain=lambda t: t.age <= 24
        ),
    }
    checked = 0
    for row in reference:
        statistic, domain = row["statistic"], row["domain"]
        if statistic == "deff_mean_income_nonmissing":
            found = tables["all"].table.to_pylist()[tables["all"].at("mean_income_nonmissing")]
            assert found["deff"] == pytest.approx(float(row["estimate"]), rel=1e-8)
            checked += 1
            continue
        if domain == "all":
            result, codes = tables["all"], {}
        elif domain == "age<=24":
            result, codes = tables["young"], {}
        elif domain.endswith(";age<=24"):
            result, codes = tables["young"], {"REGENCY": domain.split(";")[0].split("=")[1]}
        else:
            name, code = domain.split("=", 1)
            result, codes = tables[name], {name: code}
        found = result.table.to_pylist()[result.at(statistic, **codes)]
        assert found["estimate"] == pytest.approx(float(row["estimate"]), rel=1e-9), row
        assert found["n"] == int(row["n"]), row
        assert found["se"] == pytest.approx(float(row["se"]), rel=1e-8), row
        checked += 1
    assert checked == 26


def test_a_stratum_left_with_one_cluster_is_refused_by_name(persons):
    units = list(zip(persons["PSU"], persons["REGENCY"], persons["STRATA"], strict=True))
    first = min(p for p, g, s in units if (g, s) == (3, 2))
    keep = [(g, s) != (3, 2) or p == first for p, g, s in units]
    cut = {n: [v for v, k in zip(values, keep, strict=True) if k] for n, values in persons.items()}

    with pytest.raises(ObservatoryError) as refused:
        estimate(cut, DESIGN.with_(lonely="fail"), mean("neet"))

    assert "REGENCY=3, STRATA=2" in refused.value.what


def test_missing_incomes_are_counted_before_anything_is_estimated(persons):
    with pytest.raises(ObservatoryError, match="'income' is missing on 8,864 of 20,970"):
        estimate(persons, DESIGN, mean("income"))


@pytest.fixture(scope="module")
def households(shared_data):
    with gzip.open(
        shared_data / "household-survey-argentina" / "eph_2016q4_individuals_2000.csv.gz", "rt", encoding="utf-8"
    ) as stream:
        rows = list(csv.DictReader(stream))
    names = ("PONDERA", "CH04", "CAT_OCUP", "ESTADO")
    return {n: [None if row[n] in {"", "NA"} else int(float(row[n])) for row in rows] for n in names}


def test_a_file_without_a_design_is_added_up_and_no_further(households):
    found = weighted_totals(households, "PONDERA", total(), by=["CH04", "ESTADO"]).to_pylist()

    sums = {}
    for w, sex, state in zip(*(households[n] for n in ("PONDERA", "CH04", "ESTADO")), strict=True):
        for key in (("_T", "_T"), (str(sex), "_T"), ("_T", str(state)), (str(sex), str(state))):
            sums[key] = sums.get(key, 0) + w
    assert sums["_T", "_T"] == 929_754
    assert {(row["CH04"], row["ESTADO"]): row["exact"] for row in found} == sums
    with pytest.raises(ObservatoryError, match="needs a design"):
        estimate(households, None, total())
