"""What was agreed, as of a date: nothing that was not known then is told, and the date goes with the reader."""

import csv
import io
import json
import re
from datetime import date, timedelta
from urllib.parse import urlencode

import icalendar
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import html

from support.records import generated

LANGUAGES = ("en", "fr", "es")
WORD = re.compile(r"wk[bcdfghjkmp]{8}x[bcdfghjkmp]+x")
DIGITS = str.maketrans("bcdfghjkmp", "0123456789")


@pytest.fixture(scope="module")
def three_hundred(django_ready):
    """Three hundred made-up records, none of them the catalogue's."""
    from sse_observatory.portal import records

    held = records._held({entry["id"]: entry for entry in generated(300, seed=3)})
    assert not held.faults
    records._check(held)
    return records.Board(-1, held)


@pytest.fixture
def made_up(three_hundred, monkeypatch):
    """The portal over the made-up records."""
    from sse_observatory.portal import records

    monkeypatch.setattr(records, "now", lambda: three_hundred)
    return three_hundred


@pytest.fixture
def real(django_ready):
    """The portal over the records of the catalogue."""
    from sse_observatory.portal import records

    return records.now()


@pytest.fixture
def reader(django_ready):
    from django.test import Client

    return Client()


def text_of(response):
    body = response.getvalue().decode("utf-8-sig")
    return re.sub(r"\r?\n[ \t]", "", body) if "calendar" in response.headers["Content-Type"] else body


def words_in(text):
    """The day from which each word of a made-up record that stands in `text` can be known."""
    return {word: date(*map(int, re.match(r"(\d{4})(\d\d)(\d\d)", word[2:10].translate(DIGITS)).groups()))
            for word in WORD.findall(text)}


def places(board):
    from sse_observatory.portal.pages.followup.listing import LISTINGS
    from sse_observatory.portal.pages.followup.scene import PLACES

    lists = [f"follow-up/{place}/{file}" for place in LISTINGS for file in ("", "list.csv", "list.json")]
    fixed = ["", "follow-up/", "follow-up/timeline/", "follow-up/calendar/", "follow-up/calendar/calendar.ics",
             "follow-up/calendar/list.csv", "follow-up/plans/", "follow-up/groups/"]
    records = [f"follow-up/{PLACES[r.kind]}/{r.id}/" for r in board.portfolio.records.values()]
    plans = {f"follow-up/plans/{r.plan}/" for r in board.portfolio.records.values() if r.kind == "plan_output"}
    return fixed + lists, records + sorted(plans)


# What was known


def test_the_made_up_records_tell_their_days(made_up):
    for record in made_up.portfolio.records.values():
        for word, day in words_in(repr(record.title)).items():
            known = made_up.portfolio.known_on(record)
            assert known is None or day <= known, (record.id, word)


@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.integers(0, (date(2026, 7, 1) - date(2001, 6, 1)).days), lang=st.sampled_from(LANGUAGES),
       seed=st.integers(0, 10_000))
def test_no_page_search_export_or_calendar_tells_what_was_not_known_on_its_date(made_up, reader, days, lang, seed):
    day = date(2001, 6, 1) + timedelta(days=days)
    later = {i for i in made_up.portfolio.records if (k := made_up.portfolio.known_on(i)) is not None and k > day}
    fixed, records = places(made_up)
    asked = fixed + records[seed % 7::7]
    for path in asked:
        response = reader.get(f"/{lang}/{path}?as_of={day}")
        identifier = path.rstrip("/").rsplit("/", 1)[-1]
        if identifier in later:
            assert response.status_code == 404, path
            continue
        assert response.status_code in (200, 302), path
        body = text_of(response)
        told = {word: known for word, known in words_in(body).items() if known > day}
        assert not told, f"{path} as of {day} tells {told}"
        assert not (set(re.findall(r"\b[a-z]{3,4}-g\d+\b", body)) & later), path


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.integers(0, (date(2026, 7, 1) - date(2001, 6, 1)).days), lang=st.sampled_from(LANGUAGES), data=st.data())
def test_a_word_is_found_from_the_day_it_is_known_and_not_before(made_up, reader, days, lang, data):
    day = date(2001, 6, 1) + timedelta(days=days)
    everything = {}
    for record in made_up.portfolio.records.values():
        claims = [claim.says for claim in getattr(record, "claims", ())]
        parts = (record.title, record.text, [note.text for note in record.notes], claims)
        for word, since in words_in(repr(parts)).items():
            # One claim of a conflict is known before the conflict is one.
            told = max(since, made_up.portfolio.known_on(record) or since)
            everything[word] = min(everything.get(word, told), told)
    word = data.draw(st.sampled_from(sorted(everything)))
    known = everything[word]
    page = html.fromstring(reader.get(f"/{lang}/search/?{urlencode({'q': word, 'as_of': day.isoformat()})}").content)
    hits = page.xpath("//ol[@class='hits']/li")

    if known > day:
        assert not any(word in hit.text_content() for hit in hits)
        assert all(known <= day for known in words_in(page.xpath("string(//ol[@class='hits'])")).values())
    else:
        # What is found in a note that this language lacks is shown by the record's title.
        holders = {record.id for record in made_up.portfolio.records.values() if word in repr(record)}
        links = {part for hit in hits for href in hit.xpath(".//a/@href") for part in re.split("[/?#]", href)}
        assert any(word in hit.text_content() for hit in hits) or holders & links


def test_a_misspelt_word_leads_to_nothing_that_was_not_known(made_up, reader):
    later = max(word for r in made_up.portfolio.records.values() for word in words_in(repr(r.title)))
    misspelt = later[:-2] + "z" + later[-1:]
    then = html.fromstring(reader.get(f"/en/search/?q={misspelt}&as_of=2005-01-01").content)

    assert all(known <= date(2005, 1, 1) for known in words_in(then.text_content().replace(misspelt, "")).values())


def test_the_counts_of_a_list_are_those_of_the_records_known(made_up, reader):
    from sse_observatory.portal.pages.followup.listing import LISTINGS

    for day in (date(2004, 2, 29), date(2013, 5, 5), date(2026, 6, 30)):
        view = made_up.as_of(day)
        for place, listing in LISTINGS.items():
            body = json.loads(text_of(reader.get(f"/en/follow-up/{place}/list.json?as_of={day}")))
            assert {r["id"] for r in body["records"]} == {r.id for r in view.all(listing.cls)}, place
            assert body["as_of"] == day.isoformat()
            rows = list(csv.DictReader(io.StringIO(text_of(reader.get(f"/en/follow-up/{place}/list.csv?as_of={day}")))))
            assert [r["id"] for r in rows] == [r["id"] for r in body["records"]], place


# The date goes with the reader


def test_every_link_to_a_page_of_the_follow_up_keeps_the_date(real, reader):
    queue, seen = ["/en/follow-up/?as_of=2024-03-01"], set()
    while queue and len(seen) < 120:
        url = queue.pop(0)
        seen.add(url)
        response = reader.get(url)
        if "html" not in response.headers.get("Content-Type", ""):
            continue
        page = html.fromstring(response.content)
        page.make_links_absolute(f"http://testserver{url}")
        back = page.xpath("//aside[contains(@class, 'as-of')]//a/@href")
        for link in page.xpath("//main//a/@href | //nav//a/@href"):
            inside = re.match(r"http://testserver(/(?:en|fr|es)/(?:follow-up|search|countries)/.*)", link.split("#")[0])
            if inside and link not in back and "/chart." not in link:
                assert "as_of=2024-03-01" in link, f"{url}: {link}"
                if inside[1] not in seen and inside[1] not in queue and inside[1].startswith("/en/"):
                    queue.append(inside[1])
    assert len(seen) == 120


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_date_is_in_sight_and_can_be_changed(real, reader, lang):
    page = html.fromstring(reader.get(f"/{lang}/follow-up/instruments/?as_of=2023-05-19&type=ga_resolution").content)
    [strip] = page.xpath("//aside[contains(@class, 'as-of')]")
    said = {"en": "As of 19 May 2023, as known then", "fr": "Au 19 mai 2023, selon ce que l’on savait alors",
            "es": "Al 19 de mayo de 2023, según lo que se sabía entonces"}[lang]

    assert said in strip.text_content()
    fields = {i.get("name"): i.get("value") for i in strip.xpath(".//input")}
    assert fields == {"type": "ga_resolution", "as_of": "2023-05-19"}
    assert strip.xpath(".//a/@href") == [f"/{lang}/follow-up/instruments/?type=ga_resolution"]


@pytest.mark.parametrize(
    ("given", "why"),
    [("2023-02-30", "There is no such day"), ("yesterday", "There is no such day"), ("2023-W12-1", "no such day"),
     ("20230519", "There is no such day"), ("9999-12-31", "has not come yet"), ("1850-01-01", "Nothing recorded here"),
     ("<script>", "There is no such day"), ("0000-00-00", "There is no such day"), ("２０２３-05-19", "no such day")],
)
@pytest.mark.parametrize("path", ["", "follow-up/", "follow-up/provisions/list.json", "search/", "countries/KOR/",
                                  "follow-up/calendar/calendar.ics"])
def test_a_date_that_cannot_be_looked_from_says_why(real, reader, path, given, why):
    response = reader.get(f"/en/{path}?{urlencode({'as_of': given})}")

    assert response.status_code == 400
    assert why in html.fromstring(response.content).text_content()
    assert b"<script" not in response.content


def test_today_is_the_date_of_a_page_without_one(real, reader):
    page = reader.get("/en/follow-up/").content.decode()

    assert "As of today, " in page and "as_of=" not in page.replace('name="as_of"', "").replace('for="as_of"', "")


# What the catalogue's records say


def roles(reader, day):
    page = html.fromstring(reader.get(f"/en/follow-up/actors/act-ilo/?as_of={day}").content)
    held = page.xpath("//section[@aria-labelledby='held']//li[.//a[contains(@href, 'act-untfsse')]]/b")
    return {b.text_content().lower() for b in held}


def test_the_roles_of_the_ilo_in_the_task_force_depend_on_the_date(real, reader):
    assert {"vice-chair", "secretariat"} <= roles(reader, "2023-05-19")
    assert "co-chair" not in roles(reader, "2023-05-19")
    assert {"co-chair", "secretariat"} <= roles(reader, "2024-01-30")
    assert "vice-chair" not in roles(reader, "2024-01-30")


def test_the_report_is_not_due_first_and_delivered_later(real, reader):
    def state(day):
        page = html.fromstring(reader.get(f"/en/follow-up/provisions/prov-a-res-77-281-op4/?as_of={day}").content)
        return page.xpath("string(//p[@class='standing']/span)")

    assert state("2023-05-19") == "not due"
    assert state("2026-11-21") == "delivered"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_condition_of_a_provision_is_left_out(real, reader, lang):
    from sse_observatory.catalogue.portfolio import Provision

    for provision in real.portfolio.of(Provision):
        terms = {c.term for act in provision.acts for c in act.conditions}
        if not terms:
            continue
        page = html.fromstring(reader.get(f"/{lang}/follow-up/provisions/{provision.id}/").content)
        shown = {" ".join(s.text_content().split()) for s in page.xpath("//span[@class='condition']")}
        for term in terms:
            label = real.portfolio.terms["condition"][term].label[lang]
            assert any(one.startswith(" ".join(label.split())) for one in shown), (provision.id, term)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_record_has_a_page_in_each_language_with_its_sources_and_how_it_is_known(real, reader, lang):
    from sse_observatory.portal.pages.followup.scene import PLACES

    for record in list(real.portfolio.records.values())[:: 1 if lang == "en" else 6]:
        response = reader.get(f"/{lang}/follow-up/{PLACES[record.kind]}/{record.id}/")
        assert response.status_code == 200, record.id
        page = html.fromstring(response.content)
        assert not re.findall(r"\[[a-z_]+(?:\.[a-z_]+)+\]", page.text_content()), record.id
        assert page.xpath("//main//span[contains(@class, 'known-')]"), record.id
        assert len(page.xpath("//ol[@class='sources']/li")) == len(record.sources), record.id


def test_a_missing_translation_is_shown_as_missing_and_its_stand_in_is_marked(made_up, reader):
    from sse_observatory.catalogue.portfolio import Instrument

    record = next(r for r in made_up.portfolio.of(Instrument) if "es" in r.title.missing)
    page = html.fromstring(reader.get(f"/es/follow-up/instruments/{record.id}/").content)
    heading = page.xpath("//h1/span[@lang='en' and @class='gap']")[0]

    assert heading.text == record.title.get("en")
    assert "en inglés, traducción pendiente" in page.xpath("string(//h1)")
    row = page.xpath("//section[@aria-labelledby='titles']//div[dt='español']/dd")[0]
    assert "falta en este idioma" in row.text_content()


def test_losing_claims_stay_visible_with_the_rule_that_settles_them(real, reader):
    page = html.fromstring(reader.get("/en/follow-up/conflicts/con-78-175-date/").content)
    claims = page.xpath("//section[@aria-labelledby='claims']//ul[@class='sides']/li")

    record = real.portfolio.get("con-78-175-date")
    assert len(claims) == len(record.claims) >= 3
    assert len([c for c in claims if c.xpath(".//span[contains(@class, 'tag prevails')]")]) == len(
        [c for c in record.claims if c.prevails])
    assert "official text › issuing body › partner › press" in page.text_content()


def test_a_group_shows_its_countries_what_they_rest_on_and_how_many_have_a_figure(real, reader):
    page = html.fromstring(reader.get("/en/follow-up/groups/grp-gov-africa/?as_of=2023-05-19").content)
    text = page.text_content()

    assert len(page.xpath("//ul[contains(@class, 'members')]/li")) == 54
    assert "Inferred, undated" in text
    told = int(re.search(r"Of the 54 countries of the group, (\d+) had a published figure by 19 May 2023", text)[1])
    assert told == len(page.xpath("//span[contains(@class, 'tag covered')]"))
    for link in page.xpath("//ul[contains(@class, 'members')]//a/@href"):
        assert reader.get(link).status_code == 200


def test_a_country_page_has_what_concerns_it(real, reader):
    page = html.fromstring(reader.get("/en/countries/KOR/").content)
    [section] = page.xpath("//section[@aria-labelledby='agreed']")

    assert section.xpath(".//a[contains(@href, '/follow-up/groups/')]")
    assert section.xpath(".//li//a[contains(@href, '/follow-up/')]")


def test_the_fictional_country_has_no_part_in_what_was_agreed(real, reader):
    assert b"follow-up/groups" not in reader.get("/en/countries/XSO/").content


# Downloads and calendars


def test_a_download_calculates_nothing_in_a_spreadsheet(django_ready):
    from sse_observatory.portal.pages.followup.values import safe

    for hostile in ("=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "|calc", "%x", "\n=2"):
        assert safe(hostile).startswith("'"), repr(hostile)
    assert "\n" not in safe("one\n=2") and safe("plain") == "plain"


def calendar_of(reader, url):
    return icalendar.Calendar.from_ical(reader.get(url).getvalue())


def test_a_due_date_is_an_all_day_event_and_one_of_reduced_precision_lasts_its_whole_period(real, reader):
    events = {str(e["UID"]): e for e in calendar_of(reader, "/en/follow-up/calendar/calendar.ics").walk("VEVENT")}

    assert events
    for uid, event in events.items():
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        assert type(start) is date and type(end) is date and start < end
        assert str(event["TRANSP"]) == "TRANSPARENT"
        if (end - start).days > 1:
            assert "day not known" in str(event["SUMMARY"]), uid
        assert reader.get(str(event["URL"]).removeprefix("http://testserver")).status_code == 200
    year = events["due-iyc-2035-2035@follow-up.sse-observatory"]
    assert (year["DTSTART"].dt, year["DTEND"].dt) == (date(2035, 1, 1), date(2036, 1, 1))
    assert "(inferred date)" in str(year["SUMMARY"])


def test_what_is_due_keeps_its_identifier_in_every_language_and_at_every_date(real, reader):
    def uids(url):
        return [str(e["UID"]) for e in calendar_of(reader, url).walk("VEVENT")]

    today = uids("/en/follow-up/calendar/calendar.ics")
    assert len(today) == len(set(today))
    assert uids("/fr/follow-up/calendar/calendar.ics") == today
    assert set(uids("/en/follow-up/calendar/calendar.ics?as_of=2024-12-31")) & set(today)


def test_lines_of_a_calendar_are_folded_and_unicode(real, reader):
    body = reader.get("/fr/follow-up/calendar/calendar.ics").getvalue()

    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert "échéances" in re.sub(rb"\r\n[ \t]", b"", body).decode()


# Bounds and hostile words


@pytest.mark.parametrize("path", ["follow-up/provisions/", "follow-up/timeline/", "search/",
                                  "follow-up/events/list.csv"])
@pytest.mark.parametrize("page", ["0", "-1", "two", "99999999", "٣", "2001"])
def test_a_page_out_of_range_is_not_there(real, reader, path, page):
    assert reader.get(f"/en/{path}?page={page}&q=x").status_code == 404


HOSTILE = "\"><script>alert(1)</script>'{{7*7}}{%x%}\x00"


@pytest.mark.parametrize("name", ["q", "state", "instrument", "kind", "as_of", "nothing"])
@pytest.mark.parametrize("path", ["", "follow-up/provisions/", "follow-up/timeline/", "search/", "follow-up/calendar/"])
def test_hostile_words_are_text_or_nothing(real, reader, path, name):
    response = reader.get(f"/fr/{path}?{urlencode({name: HOSTILE})}")

    assert response.status_code in (200, 400, 404)
    assert b"<script" not in response.content


def test_what_a_list_does_not_know_is_left_out_and_told(real, reader):
    page = html.fromstring(reader.get("/en/follow-up/provisions/?state=perfect&colour=red").content)
    [notice] = page.xpath("//p[@class='notice'][code]")

    assert [c.text for c in notice.iter("code")] == ["state=perfect", "colour"]


@pytest.mark.parametrize("path", ["follow-up/instruments/nothing/", "follow-up/actors/ins-a-res-77-281x/",
                                  "follow-up/plans/act-ilo/", "follow-up/groups/act-ilo/", "follow-up/x/",
                                  "follow-up/records/no-such/"])
def test_a_record_that_is_not_there_is_not_found(real, reader, path):
    assert reader.get(f"/en/{path}").status_code == 404


def test_a_record_under_another_kind_leads_to_its_own_page(real, reader):
    response = reader.get("/fr/follow-up/actors/ins-a-res-77-281/?as_of=2024-01-01")
    assert response.headers["Location"] == "/fr/follow-up/instruments/ins-a-res-77-281/?as_of=2024-01-01"


def test_the_sitemap_lists_only_pages_that_are_there(real, reader):
    body = reader.get("/sitemap.xml").content
    places_ = html.fromstring(body).xpath("//loc/text()")

    assert len(places_) > 900 and len(set(places_)) == len(places_)
    for place in places_[::37]:
        assert reader.get(place.removeprefix("http://testserver")).status_code == 200, place
    assert b"/desk/" not in body and b"XSO" not in body
    assert b"Sitemap: http://testserver/sitemap.xml" in reader.get("/robots.txt").content


def test_reading_sets_no_cookie_and_asks_for_none(real, reader):
    for path in ("follow-up/", "follow-up/instruments/", "search/?q=strategy", "follow-up/calendar/calendar.ics"):
        response = reader.get(f"/en/{path}")
        assert not response.cookies and "Cookie" not in response.headers.get("Vary", "")
