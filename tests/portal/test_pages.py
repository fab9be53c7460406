"""What the pages say, in which language, and what they never do."""

import csv
import io
import re
from html import unescape
from urllib.parse import urlencode

import pytest
from lxml import etree, html

from sse_observatory import catalogue

LANGUAGES = ("en", "fr", "es")
NARROW = "\u202f"
FICTIONAL = {"en": "FICTIONAL COUNTRY", "fr": "PAYS FICTIF", "es": "PAÍS FICTICIO"}
PAGES = (
    "", "countries/", "countries/XSO/", "countries/USA/", "countries/KOR/", "tables/", "tables/DF_COOP_UNITS/",
    "tables/DF_COOP_UNITS/?REF_AREA=XSO", "tables/DF_COOP_MEMBERS/?REF_AREA=XSO&SEX=*", "tables/DF_SSE_PUBLISHED/",
    "releases/", "data-service/", "glossary/", "about/",
)


def read(client, url, **headers):
    response = client.get(url, headers=headers)
    body = response.getvalue().decode("utf-8-sig")
    return response, (html.fromstring(body) if "html" in response.headers.get("Content-Type", "") else body)


def words(page):
    return re.sub(r"\s+", " ", page.text_content().replace(NARROW, " "))


def origin(area="XSO", **codes):
    key = {"REF_AREA": area, "FREQ": "A", "COVERAGE": "REGISTER", "PERIMETER": "COOP-ICLS2018",
           "MEASURE": "UNITS_REGISTERED", "COOP_TYPE": "_T", "TIER": "_T", "ACTIVITY": "_T", "SIZE": "_T",
           "REGION": "_T", "TIME_PERIOD": "2024"} | codes
    return f"tables/DF_COOP_UNITS/origin/?{urlencode(key)}"


def diff_of(client):
    page = html.fromstring(client.get("/en/releases/").content)
    [link] = page.xpath("//section[.//h2[@id='solidaria']]//h3/following-sibling::ul//a/@href")
    return f"releases/{link}"


# Every page


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", [*PAGES, origin()])
def test_a_page_names_its_language_and_the_same_page_in_the_others(client, lang, path):
    response, page = read(client, f"/{lang}/{path}")

    assert response.status_code == 200
    assert page.get("lang") == lang and response.headers["Content-Language"] == lang
    alternates = {a.get("hreflang"): a.get("href") for a in page.xpath("//link[@rel='alternate']")}
    assert set(alternates) == {"en", "fr", "es", "x-default"}
    for other in LANGUAGES:
        assert alternates[other] == f"http://testserver/{other}/{path}"
        assert client.get(alternates[other].removeprefix("http://testserver")).status_code == 200
    assert page.xpath("//link[@rel='canonical']/@href") == [alternates[lang]]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_has_a_missing_string_or_an_unfilled_mark(client, lang):
    for path in [*PAGES, origin(), origin(COOP_TYPE="WORKER"), diff_of(client), "nowhere/"]:
        _, page = read(client, f"/{lang}/{path}")
        found = re.findall(r"\[[a-z_]+(?:\.[a-z_]+)+\]|\{[a-z]+\}", page.text_content())
        assert not found, f"{path}: {found}"


@pytest.mark.parametrize("path", [*PAGES, origin(), "nowhere/"])
def test_a_page_carries_no_script_no_inline_style_and_nothing_from_elsewhere(client, path):
    response, page = read(client, f"/en/{path}")

    assert not page.xpath("//script | //@onclick | //@onload | //@style | //style | //iframe | //@srcdoc")
    loaded = page.xpath("//img/@src | //link[@rel='stylesheet']/@href | //source/@srcset | //link[@rel='icon']/@href")
    assert loaded and all(url.startswith("/") and not url.startswith("//") for url in loaded)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("url", ["/en/", "/en/nowhere/", "/static/portal/site.css", "/en/countries/XSO/chart.svg",
                                 "/sdmx/2.1/dataflow", "/", "/robots.txt"])
def test_every_answer_carries_the_safe_headers(client, url):
    headers = client.get(url).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "Content-Security-Policy" in headers and "Permissions-Policy" in headers
    assert "Server" not in headers and "Set-Cookie" not in headers
    if "text/css" not in headers.get("Content-Type", ""):
        assert headers["X-Frame-Options"] == "DENY"


def test_reading_sets_no_cookie(client):
    for path in PAGES:
        assert not client.get(f"/fr/{path}").cookies


# Addresses


@pytest.mark.parametrize(
    ("wish", "lang"),
    [("fr-CH,fr;q=0.9,en;q=0.8", "fr"), ("es", "es"), ("de,it", "en"), ("", "en"), ("en;q=0.1,es;q=0.9", "es"),
     ("<script>", "en")],
)
def test_the_root_goes_to_the_language_the_browser_asks_for(client, wish, lang):
    response = client.get("/", headers={"Accept-Language": wish})

    assert response.status_code == 302 and response.headers["Location"] == f"/{lang}/"
    assert response.headers["Vary"] == "Accept-Language"


@pytest.mark.parametrize(
    "path",
    ["de/", "en/nowhere/", "en/countries/XXX/", "en/countries/ken/", "en/tables/DF_NOTHING/",
     "fr/releases/abcdef123456/", "en/releases/zzzz/", "en/tables/DF_COOP_UNITS/origin/",
     "en/tables/DF_COOP_UNITS/origin/?REF_AREA=XSO",
     "en/countries/XSO/chart.gif", "en/countries/%3Cscript%3E/", "en/tables/DF_COOP_UNITS/?page=0",
     "en/tables/DF_COOP_UNITS/?page=2000000", "en/tables/DF_COOP_UNITS/?page=-1", "en/tables/DF_COOP_UNITS/?page=two",
     "en/tables/DF_COOP_UNITS/?page=٣", "en/tables/DF_COOP_UNITS/?page=99"],
)
def test_what_is_not_there_gets_a_page_that_says_so(client, path):
    response, page = read(client, f"/{path}")

    assert response.status_code == 404
    assert page.get("lang") == ("fr" if path.startswith("fr/") else "en")
    assert page.xpath("//meta[@name='robots' and @content='noindex']")
    assert len(page.xpath("//main//a")) == 3


def test_only_reading_is_possible(client):
    assert client.post("/en/").status_code == 405
    assert client.post("/sdmx/2.1/dataflow").status_code == 405
    assert client.delete("/en/tables/DF_COOP_UNITS/").status_code == 405


def test_a_form_from_elsewhere_is_refused_with_a_page(django_ready):
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post("/fr/")

    assert response.status_code == 403
    assert "Cette action n’est pas permise" in response.content.decode()


def test_an_error_inside_shows_nothing_of_the_inside(client, monkeypatch):
    from sse_observatory.portal.pages import reference

    def broken(*args, **kwargs):
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(reference, "render", broken)
    client.raise_request_exception = False
    response = client.get("/es/about/")

    assert response.status_code == 500
    assert "secret" not in response.content.decode()
    assert "Se ha producido un error en este sitio" in response.content.decode()


def test_damaged_releases_give_a_page_that_says_so_without_paths(django_ready, client, world, tmp_path):
    from django.test import override_settings

    store = tmp_path / "releases"
    world.publish(world.Releases(store), world.extract_draft())
    for file in store.rglob("manifest.json"):
        file.chmod(0o644)
        file.write_text("{}")
    with override_settings(SSE_RELEASES_URL=str(store)):
        response = client.get("/fr/")

    assert response.status_code == 503
    body = unescape(response.content.decode())
    assert "ne peuvent pas être lues" in body and str(tmp_path) not in body


def test_an_empty_installation_says_that_nothing_is_published(django_ready, client, tmp_path):
    from django.test import override_settings

    with override_settings(SSE_RELEASES_URL=str(tmp_path / "nothing")):
        for path in ("", "countries/", "tables/", "releases/", "data-service/"):
            response, _ = read(client, f"/en/{path}")
            assert response.status_code == 200
        assert "Nothing is published here yet." in words(read(client, "/en/")[1])


# Hostile words


HOSTILE = '"><script>alert(1)</script>&amp;'


@pytest.mark.parametrize("path", ["tables/DF_COOP_UNITS/", "tables/DF_COOP_UNITS/chart.svg", "countries/USA/", ""])
def test_a_hostile_query_is_shown_as_text_or_not_at_all(client, path):
    for query in ({"REF_AREA": HOSTILE}, {HOSTILE: "1"}, {"COOP_TYPE": "' OR 1=1 --"}, {"TIME_PERIOD": "\x00"}):
        response = client.get(f"/en/{path}?{urlencode(query)}")
        assert response.status_code in (200, 400, 404)
        assert b"<script" not in response.content


def test_hostile_words_of_a_source_are_text(client):
    response, page = read(client, f"/en/{origin()}")

    assert '<script>alert("x")</script>' in page.text_content()
    assert b"<script" not in response.content


def test_a_filter_the_table_does_not_have_is_ignored_and_the_page_says_so(client):
    _, page = read(client, "/en/tables/DF_COOP_UNITS/?REF_AREA=XSO&COLOUR=RED&COOP_TYPE=PURPLE")

    [notice] = page.xpath("//p[@class='notice'][.//code]")
    assert [c.text for c in notice.iter("code")] == ["COLOUR", "COOP_TYPE=PURPLE"]


def test_text_that_a_spreadsheet_would_calculate_is_disarmed(django_ready):
    from sse_observatory.core.spreadsheets import safe_cell

    assert [safe_cell(t) for t in ("=1+1", "@x", "-2", "+3", "plain")] == ["'=1+1", "'@x", "'-2", "'+3", "plain"]


# The fictional country


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", ["countries/XSO/", "tables/DF_COOP_UNITS/?REF_AREA=XSO", origin(), "countries/",
                                  "releases/"])
def test_every_page_that_shows_the_fictional_country_has_the_banner(client, lang, path):
    _, page = read(client, f"/{lang}/{path}")

    assert page.xpath("//aside[contains(@class, 'fictional-banner')]")


@pytest.mark.parametrize("path", ["", "countries/USA/", "tables/DF_COOP_UNITS/", "tables/", "about/"])
def test_pages_about_real_countries_have_no_banner_and_no_fictional_number(client, path):
    _, page = read(client, f"/en/{path}")

    assert not page.xpath("//aside[contains(@class, 'fictional-banner')]")
    assert "12,965" not in words(page)


def test_a_table_without_a_chosen_country_leaves_the_fictional_one_out(client):
    _, page = read(client, "/en/tables/DF_COOP_UNITS/?REF_AREA=*&COOP_TYPE=*&ACTIVITY=*&SIZE=*&REGION=*")

    assert "Rows 1 to 5 of 5." in words(page)
    assert not page.xpath("//table//*[contains(text(), 'Solidaria')]")


def test_every_row_about_the_fictional_country_is_marked(client):
    _, page = read(client, "/en/tables/DF_COOP_UNITS/?REF_AREA=XSO")
    rows = page.xpath("//table[@class='cards']/tbody/tr")

    assert len(rows) == 18
    assert all(row.xpath(".//span[contains(@class, 'tag fictional')]") for row in rows)
    assert FICTIONAL["en"] in page.xpath("//table[@class='cards']/caption")[0].text_content()


def test_the_fictional_country_stands_outside_the_regions(client):
    _, page = read(client, "/en/countries/")
    regions = page.xpath("//section[h2 and not(contains(@class, 'fictional-box'))]")

    assert regions and not any("Solidaria" in section.text_content() for section in regions)
    assert "Solidaria" in page.xpath("//section[contains(@class, 'fictional-box')]")[0].text_content()


def test_countries_stand_in_their_ilo_region(client):
    _, page = read(client, "/es/countries/")
    by_region = {s.find("h2").text_content(): s.text_content() for s in page.xpath("//main/section")}

    assert "República de Corea" in by_region["Asia y el Pacífico (región de la OIT)"]
    assert "Estados Unidos" in by_region["Américas (región de la OIT)"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_exports_and_charts_of_the_fictional_country_say_so(client, lang):
    response, body = read(client, f"/{lang}/tables/DF_COOP_UNITS/data.csv?REF_AREA=XSO&COOP_TYPE=*")
    rows = list(csv.DictReader(io.StringIO(body)))
    _, drawing = read(client, f"/{lang}/countries/XSO/chart.svg")

    assert 'filename="FICTIONAL-' in response.headers["Content-Disposition"]
    column = {"en": "Fictional", "fr": "Fictif", "es": "Ficticio"}[lang]
    assert rows and all(row[column].startswith(FICTIONAL[lang]) for row in rows)
    assert FICTIONAL[lang] in drawing


def test_the_front_page_counts_only_what_is_real(client):
    _, page = read(client, "/en/")
    counts = {d.find("dt").text: d.find("dd").text for d in page.xpath("//dl[@class='counts']/div")}

    countries = html.fromstring(client.get("/en/countries/").content).xpath(
        "//section[starts-with(@aria-labelledby, 'g-ILO')]//li"
    )
    assert counts["countries with published figures"] == str(len(countries))


# Coverage, states, contradictions


def test_an_extract_shows_its_coverage_beside_each_number_and_is_no_national_total(client):
    _, page = read(client, "/en/countries/USA/")
    [row] = [r for r in page.xpath("//tr") if "4,374" in r.text_content()]

    assert row.xpath("./td[@data-label='Coverage']")[0].text_content().strip() == "United States credit unions"
    assert "None of these figures is a national total." in words(page)


def test_the_share_of_units_that_reported_stands_beside_the_number(client):
    _, page = read(client, "/fr/tables/DF_COOP_MEMBERS/?REF_AREA=XSO&COOP_TYPE=CONSUMER")

    assert "Déclaré par 97 % des unités" in words(page)


def test_the_six_states_are_shown_each_in_its_own_way(client):
    _, page = read(client, "/en/tables/DF_COOP_UNITS/?REF_AREA=XSO&COOP_TYPE=*&ACTIVITY=*&REGION=_T")
    units = {a.get("class").split("state-")[1]: words(a).strip() for a in page.xpath("//td//a[@class]")}
    _, page = read(client, "/en/tables/DF_COOP_MEMBERS/?REF_AREA=XSO&SEX=*&COOP_TYPE=*&ACTIVITY=*")
    people = {a.get("class").split("state-")[1]: words(a).strip() for a in page.xpath("//td//a[@class]")}
    shown = units | people

    assert shown["zero"].startswith("0 (zero)")
    assert shown["missing"].startswith(": (missing)")
    assert shown["suppressed"].startswith("c (confidential)")
    assert shown["not_applicable"].startswith("z (not applicable)")
    assert shown["not_significant"].startswith("n (not precise enough to be shown)")
    assert shown["low_reliability"].startswith("1,170,000 u (low reliability)")


def test_an_undetermined_category_is_marked_in_its_dimension_and_its_value_stays_plain(client):
    _, page = read(client, "/en/tables/DF_COOP_UNITS/?REF_AREA=XSO&TIME_PERIOD=2024")
    rows = page.xpath("//tr[td[contains(@class, 'undetermined')]]")

    assert {r.xpath(".//a")[0].get("class") for r in rows} == {"value state-value"}
    assert {words(r.xpath("./td[contains(@class, 'undetermined')]")[0]).strip() for r in rows} == {
        "Type unknown ? undetermined category", "Undetermined under the ICLS Guidelines, 2018 ? undetermined category",
    }


def test_of_a_hidden_number_the_page_says_only_that_it_is_confidential(client):
    _, shown = read(client, f"/en/{origin()}")
    _, hidden = read(client, f"/en/{origin(COOP_TYPE='WORKER')}")

    assert "This value is confidential." in words(hidden)
    assert not hidden.xpath("//section[@aria-labelledby='sources' or @aria-labelledby='steps']")
    assert shown.xpath("//section[@aria-labelledby='sources' or @aria-labelledby='steps']")
    for word in ("primary", "secondary", "dominance", "contributor"):
        assert word not in words(hidden).lower()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_number_says_where_it_comes_from(client, lang):
    _, page = read(client, f"/{lang}/{origin()}")
    text = words(page)

    for expected in ("CC-BY-4.0", "Registrar of Solidaria", "GSBPM 5.2", "COOP-ICLS2018", "min_contributors"):
        assert expected in text
    assert len(page.xpath("//*[contains(@class, 'tag unconfirmed')]")) == 1
    assert page.xpath(f"//a[starts-with(@href, '/{lang}/releases/')]")


def test_contradicting_figures_stand_side_by_side_with_their_sources(client):
    _, page = read(client, "/en/countries/KOR/")
    [group] = [s for s in page.xpath("//section[@class='conflict']") if "20,409" in s.text_content()]
    sides = group.xpath(".//ul[@class='sides']/li")

    assert {words(s.xpath(".//a")[0]).split()[0] for s in sides} == {"20,409", "17,707"}
    assert all(s.xpath(".//dt[.='Source']/following-sibling::dd")[0].text for s in sides)


def test_numbers_and_dates_follow_the_language(client):
    text = {lang: read(client, f"/{lang}/countries/USA/")[1].text_content() for lang in LANGUAGES}

    assert "4,374" in text["en"] and "145,981,741" in text["en"]
    assert f"4{NARROW}374" in text["fr"] and f"145{NARROW}981{NARROW}741" in text["fr"]
    assert "4374" in text["es"] and f"145{NARROW}981{NARROW}741" in text["es"]


def test_a_missing_translation_is_visible_and_marked_with_its_language(client):
    _, page = read(client, "/fr/")
    [gap] = page.xpath("//span[@class='gap']")

    assert gap.get("lang") == "en" and gap.text == "United States credit unions"
    assert "traduction à venir" in gap.getnext().text


# Filters, pages, downloads, charts


def test_a_filter_shows_the_rows_that_have_its_value_and_no_others(client):
    _, page = read(client, "/en/tables/DF_COOP_UNITS/?REF_AREA=XSO&COOP_TYPE=CONSUMER&TIME_PERIOD=2024")
    values = [words(a).split()[0] for a in page.xpath("//table[@class='cards']//a[contains(@class, 'value')]")]

    assert values == ["6,435."]
    chosen = page.xpath("//select[@name='COOP_TYPE']/option[@selected]/@value")
    assert chosen == ["CONSUMER"]


def test_a_combination_nobody_published_says_so_and_offers_a_way_back(client):
    _, page = read(client, "/en/tables/DF_COOP_UNITS/?REF_AREA=USA&COOP_TYPE=WORKER")

    assert "No observation has this combination of values." in words(page)
    assert page.xpath("//p[@role='status']//a/@href") == ["/en/tables/DF_COOP_UNITS/"]


def test_pages_of_a_table_have_every_row_once_and_end_at_a_limit(django_ready, client, world, tmp_path):
    from django.test import override_settings

    store = tmp_path / "many"
    world.publish(world.Releases(store), world.many_draft(30_000))
    with override_settings(SSE_RELEASES_URL=str(store)):
        everything = "MEASURE=*&COOP_TYPE=*&TIER=*&SIZE=*&ACTIVITY=*&TIME_PERIOD=*"
        seen = []
        for number in (1, 2, 3):
            _, page = read(client, f"/en/tables/DF_COOP_UNITS/?{everything}&page={number}")
            seen += [a.get("href") for a in page.xpath("//table[@class='cards']//a[contains(@class, 'value')]")]
        assert len(seen) == len(set(seen)) == 150
        assert client.get(f"/en/tables/DF_COOP_UNITS/?{everything}&page=400").status_code == 200
        assert client.get(f"/en/tables/DF_COOP_UNITS/?{everything}&page=401").status_code == 404
        _, body = read(client, f"/en/tables/DF_COOP_UNITS/data.csv?{everything}")
        assert body.count("\r\n") == 30_001


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_download_has_the_rows_of_the_page_with_labels_in_its_language(client, lang):
    _, body = read(client, f"/{lang}/tables/DF_COOP_UNITS/data.csv?REF_AREA=XSO&COOP_TYPE=WORKER")
    rows = list(csv.DictReader(io.StringIO(body)))
    label = catalogue.load().codelists["CL_COOP_TYPE"]["WORKER"].label[lang]

    assert len(rows) == 4
    assert {label in row.values() for row in rows} == {True}
    hidden = [row for row in rows if row["CONF_STATUS"] == "C"]
    assert len(hidden) == 2 and all(row["OBS_VALUE"] == "" for row in hidden)


def test_the_downloads_a_table_offers_all_work(client):
    for query in ("REF_AREA=XSO", "REF_AREA=USA&SIZE=*", "", "REF_AREA=XSO&TIME_PERIOD=2024"):
        _, page = read(client, f"/en/tables/DF_COOP_UNITS/?{query}")
        links = page.xpath("//ul[@class='downloads']//a/@href")
        assert len(links) == 4
        for link in links:
            url = link if link.startswith("/") else f"/en/tables/DF_COOP_UNITS/{link}"
            response = client.get(url)
            assert response.status_code == 200 and response.getvalue()


def test_sdmx_downloads_leave_the_fictional_country_out_unless_it_was_chosen(client):
    _, page = read(client, "/en/tables/DF_COOP_UNITS/?REF_AREA=*&SIZE=*&ACTIVITY=*")
    [link] = [a.get("href") for a in page.xpath("//ul[@class='downloads']//a") if a.text == "SDMX-CSV"]
    body = client.get(link).getvalue().decode()

    assert "USA" in body and "XSO" not in body


def test_a_chart_is_described_and_given_as_a_table_and_as_an_image(client):
    _, page = read(client, "/en/tables/DF_COOP_UNITS/?REF_AREA=XSO&MEASURE=UNITS_REGISTERED&TIME_PERIOD=2024")
    [image] = page.xpath("//figure//img")

    assert "Solidaria (fictional): Registered units" in image.get("alt")
    assert "2 values are not shown." in image.get("alt")
    table = {tr[0].text: words(tr[1]).strip() for tr in page.xpath("//figure//tbody/tr")}
    assert table["Consumer or user cooperatives"] == "6,435"
    assert table["Worker cooperatives"] == "c (confidential)"
    assert "All types" not in table
    for url in [image.get("src"), *page.xpath("//figure//source/@srcset"), *page.xpath("//figure//a/@href")]:
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("path", ["/fr/", "/es/countries/XSO/", "/en/tables/DF_COOP_UNITS/?REF_AREA=XSO"])
def test_a_chart_announces_its_size_and_is_not_fetched_lazily(client, path):
    _, page = read(client, path)
    [image] = page.xpath("//figure//img")
    [narrow] = page.xpath("//figure//source")

    assert image.get("loading") is None
    for element, address in ((image, "src"), (narrow, "srcset")):
        drawing = etree.fromstring(client.get(element.get(address)).content)
        assert [element.get(side) for side in ("width", "height")] == [drawing.get(s) for s in ("width", "height")]


def test_zeros_alone_make_no_chart(django_ready, world, tmp_path):
    from sse_observatory.portal.drawing import picture
    from sse_observatory.portal.shelf import Shelf

    flow = catalogue.load().dataflows["DF_COOP_UNITS"]
    rows = [world.observation(flow, 0, "KEN", COOP_TYPE=t) for t in ("WORKER", "PRODUCER", "CONSUMER")]
    rows += [world.observation(flow, 7, "KEN", COOP_TYPE=t, PERIMETER="COOP-LIKE") for t in ("WORKER", "MULTI")]
    title = world.Text("Zeros", "Zéros", "Ceros")
    releases = world.Releases(tmp_path / "releases")
    world.publish(releases, world.draft("zeros", title, {flow.id: rows}, fictional=False))
    table = Shelf(releases).now().table(flow.id)
    zeros = table.rows({"PERIMETER": ("COOP-ICLS2018",)})

    assert picture(table, zeros, "en") is None
    assert {m.value for m in picture(table, table.rows({}), "en").marks} == {7}


def test_values_in_different_units_or_measures_never_share_a_chart(django_ready):
    from sse_observatory.portal.drawing import picture
    from sse_observatory.portal.shelf import shelf

    now = shelf().now()
    for table in now.tables:
        for area in table.codes["REF_AREA"]:
            drawn = picture(table, table.rows({"REF_AREA": (area,)}), "en")
            if drawn is not None:
                assert drawn.headers[0] not in ("Measure", "Perimeter", "Coverage", "Source", "Definition")


def test_a_chart_is_fetched_again_only_after_a_release(django_ready, client, world, tmp_path):
    from django.test import override_settings

    from sse_observatory.portal.shelf import shelf

    store = tmp_path / "releases"
    releases = world.Releases(store)
    world.publish(releases, world.fictional_draft())
    with override_settings(SSE_RELEASES_URL=str(store)):
        first = client.get("/en/countries/XSO/chart.svg")
        tag = first.headers["ETag"]
        assert client.get("/en/countries/XSO/chart.svg", headers={"If-None-Match": tag}).status_code == 304
        narrow = client.get("/en/countries/XSO/chart.svg?width=narrow", headers={"If-None-Match": tag})
        assert narrow.status_code == 200

        world.publish(releases, world.fictional_draft(more=7))
        shelf().forget()
        second = client.get("/en/countries/XSO/chart.svg", headers={"If-None-Match": tag})
        assert second.status_code == 200 and second.headers["ETag"] != tag
        assert "12,947" in client.get("/en/countries/XSO/").content.decode()


# Releases


def test_the_releases_of_a_process_can_be_compared(client):
    _, page = read(client, f"/en/{diff_of(client)}")
    changes = {tr[0].text: tuple(td.text for td in tr[1:]) for tr in page.xpath("//tbody/tr")}
    [total] = [c for key, c in changes.items() if key == (
        "Solidaria (fictional) · Registers of the office · Cooperatives (ICLS Guidelines, 2018) · "
        "Registered units · 2024"
    )]

    assert total == ("Value changed", "12,940", "12,965")
    assert page.xpath("//aside[contains(@class, 'fictional-banner')]")


def test_releases_of_two_processes_are_not_compared(client):
    from sse_observatory.portal.shelf import shelf

    refs = shelf().now().refs

    assert client.get(f"/en/releases/{refs[0].id}/{refs[1].id}/").status_code == 404


def test_a_release_that_was_replaced_says_so(client):
    _, page = read(client, f"/en/{diff_of(client)}")
    old = page.xpath("//dl//a/@href")[0]
    _, page = read(client, old)

    assert "A later release has taken the place of this one." in words(page)


def test_the_data_service_answers_under_its_path(client):
    response = client.get("/sdmx/2.1/data/DF_COOP_UNITS/all?format=csv")

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/vnd.sdmx.data+csv")
    assert client.get("/sdmx/2.1/data/DF_NOTHING").status_code == 404
    assert client.get("/sdmx/2.1/data/DF_COOP_UNITS?format=csv&format=xml").status_code == 400
