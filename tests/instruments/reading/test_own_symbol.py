"""The symbol of a text whose heading holds it beside other words, and of a number that other bodies use too."""

import pytest

from sse_observatory import instruments

BODY = "\n1. Requests the secretariat to report on it;\n2. Decides to remain seized of the matter.\n"
HEADED = [
    ("EB91.R7 Clean water in small towns\nThe Executive Board,\nNoting the report,", "EB91.R7"),
    ("SIXTIETH WORLD HEALTH ASSEMBLY WHA60.31\nWater\nThe Sixtieth World Health Assembly,\nNoting it,", "WHA60.31"),
    ("Resolution ICC-ASP/9/Res.2\nWater\nThe Assembly of States Parties,\nRecalling RC/Res.1,", "ICC-ASP/9/Res.2"),
    ("Recommendation CM/Rec(2011)9\nWater\nThe Committee of Ministers,\nRecalling Rec(2003)5,", "CM/Rec(2011)9"),
    (
        "701(XXXVI) Water\nThe Economic Commission for Latin America and the Caribbean,\nRecalling its mandate,",
        "ECLAC resolution 701(XXXVI)",
    ),
    (
        "Water\nCommission on Human Rights resolution 1999/11\nThe Commission on Human Rights,\nRecalling its mandate,",
        "E/CN.4/RES/1999/11",
    ),
    ("1815 (XVII). Water\nThe General Assembly,\nRecalling its resolutions,", "A/RES/1815(XVII)"),
]


@pytest.mark.parametrize(("heading", "symbol"), HEADED, ids=[h[1] for h in HEADED])
def test_the_symbol_is_found_in_the_heading(heading, symbol):
    assert str(instruments.read_text(heading + BODY).work.symbol) == symbol


def test_the_number_of_a_body_that_is_not_known_is_no_symbol():
    text = "684(XXXV) Water\nThe Congress of the Union of Small Towns,\nRecalling its mandate," + BODY

    assert instruments.read_text(text).work.symbol is None
