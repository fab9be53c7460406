"""The catalogue beside the classifications as others publish them; read in place."""

import csv

import pytest

pytestmark = pytest.mark.realdata


def _rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_sections_and_divisions_are_those_of_isic_rev_4_with_its_english_titles(packaged, shared_data):
    published = {}
    for row in _rows(shared_data / "isic-rev4" / "isic_rev4_en_ar.csv"):
        if row["level"] == "section":
            published[row["code"]] = row["label_en"]
        elif row["level"] == "division":
            published[row["parent"] + row["code"]] = row["label_en"]

    ours = {c.id: c.label.en for c in packaged.codelists["CL_ACTIVITY"] if c.id not in {"_T", "UNK"}}

    assert len(published) == 21 + 88
    assert ours == published


def test_area_codes_are_those_of_iso_3166_and_m49(packaged, shared_data):
    rows = _rows(shared_data / "country-codes" / "country-codes.csv")
    published = {
        r["ISO3166-1-Alpha-3"]: (r["ISO3166-1-Alpha-2"], r["ISO3166-1-numeric"].zfill(3)) for r in rows
    }

    ours = {
        a.id: (a.notes["alpha_2"], a.notes["m49"]) for a in packaged.codelists["CL_AREA"] if "alpha_2" in a.notes
    }

    assert ours == published


def test_names_written_over_cldr_are_those_of_the_united_nations(packaged, shared_data):
    rows = {r["ISO3166-1-Alpha-3"]: r for r in _rows(shared_data / "country-codes" / "country-codes.csv")}
    differing = {
        area.id
        for area in packaged.codelists["CL_AREA"]
        if area.source.endswith("name: UN M49")
        for lang in ("en", "fr", "es")
        if area.label[lang] != rows[area.id][f"official_name_{lang}"].replace("'", "’")
    }

    # The Spanish name of Sint Maarten is printed with a capital letter inside the brackets.
    assert differing == {"SXM"}
