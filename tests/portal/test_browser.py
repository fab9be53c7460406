"""The pages in a real browser: accessible, narrow, by keyboard, without scripts, on paper."""

import pytest

pytestmark = pytest.mark.browser

ORIGIN = ("tables/DF_COOP_UNITS/origin/?REF_AREA=XSO&FREQ=A&COVERAGE=REGISTER&PERIMETER=COOP-ICLS2018"
          "&MEASURE=UNITS_REGISTERED&COOP_TYPE={}&TIER=_T&ACTIVITY=_T&SIZE=_T&REGION=_T&TIME_PERIOD=2024")
PAGES = {
    "home": "", "countries": "countries/", "fictional country": "countries/XSO/", "extract": "countries/USA/",
    "contradictions": "countries/KOR/", "tables": "tables/", "table": "tables/DF_COOP_UNITS/?REF_AREA=XSO",
    "published": "tables/DF_SSE_PUBLISHED/", "empty table": "tables/DF_COOP_UNITS/?REF_AREA=USA&COOP_TYPE=WORKER",
    "number": ORIGIN.format("_T"), "hidden number": ORIGIN.format("WORKER"), "releases": "releases/",
    "service": "data-service/", "glossary": "glossary/", "about": "about/", "not found": "nowhere/",
}


def open_details(page):
    for summary in page.locator("summary").all():
        summary.click()


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
@pytest.mark.parametrize("kind", [*PAGES, "difference", "release"])
def test_axe_finds_nothing(page, address, kind, lang):
    from axe_playwright_python.sync_playwright import Axe

    if kind in ("difference", "release"):
        page.goto(f"{address}/{lang}/releases/")
        page.locator("#solidaria").locator("xpath=..").locator("ul a" if kind == "difference" else "dl a").last.click()
    else:
        page.goto(f"{address}/{lang}/{PAGES[kind]}")
    open_details(page)
    found = Axe().run(page, options={"resultTypes": ["violations"]})

    assert not found.response["violations"], found.generate_report()


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
@pytest.mark.parametrize("width", [320, 360])
def test_no_page_scrolls_sideways_on_a_telephone(window, address, width, lang):
    page = window(width, 740)
    for kind, path in PAGES.items():
        page.goto(f"{address}/{lang}/{path}")
        open_details(page)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{kind}: {wide} px too wide"
        cut = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => { const b = e.getBoundingClientRect();"
            " return b.width > 2 && b.right > window.innerWidth + 1 && !e.closest('pre') }).map(e => e.outerHTML)"
        )
        assert not cut, f"{kind}: {cut[0][:200]}"


@pytest.mark.parametrize("width", [800, 1024, 1280])
def test_a_table_with_every_dimension_open_scrolls_in_its_own_region(window, address, width):
    page = window(width, 900)
    dimensions = ["PERIMETER", "MEASURE", "COOP_TYPE", "ACTIVITY", "REGION", "TIME_PERIOD"]
    page.goto(f"{address}/es/tables/DF_COOP_UNITS/?REF_AREA=XSO&" + "&".join(f"{d}=*" for d in dimensions))

    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    region = page.locator(".scroll")
    assert region.get_attribute("tabindex") == "0" and region.get_attribute("role") == "region"


def test_text_can_be_twice_as_large_without_sideways_scrolling(window, address):
    page = window(640, 900)
    for kind, path in PAGES.items():
        page.goto(f"{address}/fr/{path}")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{kind}: {wide} px too wide"


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim().slice(0, 60)")


def tab_until(page, wanted, most=60):
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(wanted):
            return
    pytest.fail(f"{wanted} was not reached in {most} steps")


def test_the_first_stop_of_the_keyboard_skips_to_the_content(page, address):
    page.goto(f"{address}/en/tables/")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    box = page.locator(".skip").bounding_box()
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_every_stop_of_the_keyboard_can_be_seen(page, address):
    page.goto(f"{address}/en/tables/DF_COOP_UNITS/?REF_AREA=XSO")
    for _ in range(40):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(e => { const s = getComputedStyle(e), b = e.getBoundingClientRect();"
            " return [s.outlineStyle, parseFloat(s.outlineWidth), b.width] })(document.activeElement)"
        )
        assert style[0] != "none" and style[1] >= 2 and style[2] > 0, page.evaluate("document.activeElement.outerHTML")


def test_a_table_is_filtered_and_traced_with_the_keyboard_alone(page, address):
    page.goto(f"{address}/en/")
    tab_until(page, "document.activeElement.textContent === 'Tables' && !!document.activeElement.closest('.doors')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tables/")
    tab_until(page, "document.activeElement.getAttribute('href') === 'DF_COOP_UNITS/'")
    page.keyboard.press("Enter")
    page.wait_for_url("**/DF_COOP_UNITS/")
    tab_until(page, "document.activeElement.id === 'f-REF_AREA'")
    page.keyboard.type("Solid")
    tab_until(page, "document.activeElement.id === 'f-COOP_TYPE'")
    page.keyboard.type("Cons")
    tab_until(page, "document.activeElement.tagName === 'BUTTON'")
    page.keyboard.press("Enter")
    page.wait_for_url("**REF_AREA=XSO**COOP_TYPE=CONSUMER**")
    tab_until(page, "document.activeElement.classList.contains('value')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/origin/**")

    assert page.locator("h1").inner_text() == "Where does this number come from?"


def test_the_values_of_a_chart_open_with_the_keyboard(page, address):
    page.goto(f"{address}/en/countries/XSO/")
    tab_until(page, "document.activeElement.tagName === 'SUMMARY'")
    page.keyboard.press("Enter")

    assert page.locator("figure details[open] table").is_visible()


def test_the_language_changes_by_keyboard_and_keeps_the_page_and_its_filters(page, address):
    page.goto(f"{address}/en/tables/DF_COOP_UNITS/?REF_AREA=XSO&COOP_TYPE=CONSUMER")
    tab_until(page, "document.activeElement.hreflang === 'es'")
    page.keyboard.press("Enter")
    page.wait_for_url("**/es/tables/DF_COOP_UNITS/?REF_AREA=XSO&COOP_TYPE=CONSUMER")

    assert page.locator("#f-COOP_TYPE").input_value() == "CONSUMER"


def test_everything_works_without_scripts(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/fr/tables/DF_COOP_UNITS/")
    page.locator("#f-REF_AREA").select_option("XSO")
    page.locator("form button").click()
    assert "REF_AREA=XSO" in page.url
    assert page.locator(".fictional-banner").is_visible()
    page.locator("summary").first.click()
    assert page.locator("figure table").first.is_visible()
    page.locator("table.cards a.value").first.click()
    assert page.locator("h1").inner_text().startswith("D’où vient ce chiffre")
    context.close()


def test_a_page_asks_for_nothing_from_elsewhere_and_breaks_no_policy_of_its_own(page, address):
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{address}/en/tables/DF_COOP_UNITS/?REF_AREA=XSO")
    page.wait_for_load_state("networkidle")

    assert len(asked) >= 3 and all(url.startswith(address) for url in asked)
    assert complaints == []


def _wait_until(page, holds):
    """The browser's own way to wait compiles the condition in the page, which its policy forbids."""
    for _ in range(100):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(50)
    raise AssertionError(holds)


def test_a_telephone_gets_the_chart_drawn_for_its_width(window, address):
    page = window(360, 740)
    page.goto(f"{address}/en/countries/XSO/")
    _wait_until(page, "document.querySelector('figure img').naturalWidth > 0")

    assert page.evaluate("document.querySelector('figure img').currentSrc").endswith("width=narrow")


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_does_not_move_when_the_chart_arrives(window, address, width):
    page = window(width, 900)
    held = []
    page.route("**/chart.svg*", lambda route: held.append(route))
    page.goto(f"{address}/en/countries/XSO/", wait_until="domcontentloaded")
    box = "document.querySelector('figure img').getBoundingClientRect()"
    room = f"[{box}.width, {box}.height]"
    height = "document.documentElement.scrollHeight"
    # Until then the style has not come.
    _wait_until(page, "getComputedStyle(document.querySelector('figure img')).display === 'block'")
    _wait_until(page, "document.fonts.status === 'loaded'")
    while not held:
        page.wait_for_timeout(50)
    before = page.evaluate(room), page.evaluate(height)
    assert before[0][1] > 100

    held[0].continue_()
    _wait_until(page, "document.querySelector('figure img').naturalWidth > 0")

    assert (page.evaluate(room), page.evaluate(height)) == before


def test_on_paper_the_figures_stay_and_the_controls_go(page, address):
    page.goto(f"{address}/en/tables/DF_COOP_UNITS/?REF_AREA=XSO")
    page.emulate_media(media="print")

    assert page.locator("table.cards").is_visible() and page.locator(".fictional-banner").is_visible()
    assert not page.locator("form").is_visible() and not page.locator("nav.sections").is_visible()


def test_nothing_moves_for_those_who_ask_for_stillness(chromium, address):
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}/en/")

    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    context.close()
