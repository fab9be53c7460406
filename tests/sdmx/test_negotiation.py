"""Which format and language a client gets for what it says it accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_observatory.sdmx import SdmxError
from sse_observatory.sdmx.negotiation import (
    CSV,
    DATA_OFFERS,
    SERIES,
    SPREADSHEET,
    STRUCTURE_OFFERS,
    TIME_SERIES,
    choose,
    choose_language,
)

_CSV = "application/vnd.sdmx.data+csv"
_XML = "application/vnd.sdmx.structurespecificdata+xml"


@pytest.mark.parametrize(("accept", "offer", "labels"), [
    ("", SERIES, "id"),
    ("*/*", SERIES, "id"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", SERIES, "id"),
    (_CSV, CSV, "id"),
    (f"{_CSV};version=1.0.0; labels=both", CSV, "both"),
    (f'{_CSV};labels="both";timeFormat=original', CSV, "both"),
    (f"{_CSV.upper()};LABELS=both", CSV, "both"),
    (f"{_CSV};q=0.5, {_XML};version=2.1", SERIES, "id"),
    (f"{_CSV}, {_XML};q=0.9", CSV, "id"),
    (f"{_CSV}, {_XML}", CSV, "id"),
    (f"*/*;q=0.1, {_CSV};q=0.2", CSV, "id"),
    (f"{_XML};version=3.0.0, {_CSV};q=0.1", CSV, "id"),
    ("application/vnd.sdmx.structurespecifictimeseriesdata+xml", TIME_SERIES, "id"),
    (f"{_XML};q=0, */*", TIME_SERIES, "id"),
    ("text/csv", SPREADSHEET, "id"),
    ("text/*", SPREADSHEET, "id"),
    ("application/vnd.sdmx.genericdata+xml;version=2.1, */*;q=0.1", SERIES, "id"),
    ("complete nonsense;;;", SERIES, "id"),
])
def test_the_best_liked_format_is_taken(accept, offer, labels):
    choice = choose(accept, DATA_OFFERS)
    assert (choice.offer, choice.labels) == (offer, labels)


@pytest.mark.parametrize("accept", [
    "application/vnd.sdmx.genericdata+xml;version=2.1", "application/vnd.sdmx.data+json", f"{_XML};version=3.0.0",
    f"{_CSV};version=2.0.0", f"{_CSV};timeFormat=normalized", f"{_CSV};labels=name", "image/*", "*/*;q=0",
])
def test_what_is_not_served_is_not_acceptable(accept):
    with pytest.raises(SdmxError) as caught:
        choose(accept, DATA_OFFERS)
    assert caught.value.status == 406
    assert _CSV in caught.value.text.fr


@pytest.mark.parametrize(("form", "offer", "labels"), [
    ("csv", CSV, "id"), ("csvlabels", CSV, "both"), ("spreadsheet", SPREADSHEET, "id"), ("xml", SERIES, "id"),
    ("xmltimeseries", TIME_SERIES, "id"), (f"{_CSV}; labels=both", CSV, "both"), (_CSV.replace("+", " "), CSV, "id"),
])
def test_the_format_parameter_overrides_the_header(form, offer, labels):
    choice = choose(_XML, DATA_OFFERS, form)
    assert (choice.offer, choice.labels) == (offer, labels)


def test_a_structure_is_not_served_as_csv_nor_an_unknown_format_as_anything():
    for form in ("csv", "json"):
        with pytest.raises(SdmxError) as caught:
            choose("", STRUCTURE_OFFERS, form)
        assert caught.value.status == 406


def test_general_xml_is_answered_as_general_xml_and_sdmx_as_sdmx():
    assert choose("application/xml", DATA_OFFERS).content_type == "application/xml; charset=utf-8"
    assert choose(_XML, DATA_OFFERS).content_type == f"{_XML}; version=2.1; charset=utf-8"
    assert choose(f"{_CSV};labels=both", DATA_OFFERS).content_type == (
        f"{_CSV}; version=1.0.0; labels=both; charset=utf-8")


@pytest.mark.parametrize(("header", "lang", "expected"), [
    ("", "", "en"), ("fr", "", "fr"), ("es-MX", "", "es"), ("de, es;q=0.8, en;q=0.2", "", "es"),
    ("de", "", "en"), ("en;q=0.1, *;q=0.5", "", "fr"), ("*;q=0, es;q=0.3", "", "es"), ("FR-ca", "", "fr"),
    ("fr", "es", "es"), ("fr;q=nonsense", "", "fr"), ("fr;q=0", "", "en"), ("en, fr", "", "en"), ("fr, en", "", "fr"),
])
def test_the_best_liked_language_is_taken_and_english_when_none_fits(header, lang, expected):
    assert choose_language(header, lang) == expected


@given(st.text(max_size=80))
def test_no_header_raises_anything_but_an_sdmx_error(header):
    choose_language(header)
    try:
        choose(header, DATA_OFFERS)
        choose("", DATA_OFFERS, header)
    except SdmxError as error:
        assert error.status == 406
