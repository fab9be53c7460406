"""The follow-up in a real browser: accessible, narrow, by keyboard, without scripts, on paper."""


from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = {
    "home": "", "country": "countries/KOR/", "overview": "follow-up/", "timeline": "follow-up/timeline/",
    "calendar": "follow-up/calendar/", "plans": "follow-up/plans/", "plan": "follow-up/plans/ins-ilo-sap-2023-29/",
    "groups": "follow-up/groups/", "group": "follow-up/groups/grp-gov-africa/",
    "instruments": "follow-up/instruments/", "instrument": "follow-up/instruments/ins-a-res-77-281/",
    "provisions": "follow-up/provisions/", "provision": "follow-up/provisions/prov-a-res-77-281-op4/",
    "library": "follow-up/knowledge/", "item": "follow-up/knowledge/kno-think-coop/",
    "actors": "follow-up/actors/", "actor": "follow-up/actors/act-ilo/", "conflicts": "follow-up/conflicts/",
    "conflict": "follow-up/conflicts/con-78-175-date/", "evidence": "follow-up/evidence/",
    "output": "follow-up/outputs/out-ilo-sap-1-1/", "roles": "follow-up/roles/", "relations": "follow-up/relations/",
    "statements": "follow-up/statements/", "services": "follow-up/services/", "search": "search/",
    "results": "search/?q=cooperatives", "nothing found": "search/?q=zzzzqqq", "briefing": "briefing/",
    "no such date": "follow-up/?as_of=2023-02-30", "sign in": "desk/sign-in/",
}
THEN = "2023-05-19"


def elsewhere(work):
    """Do `work` in a thread of its own: the one that drives the browser may not wait for a database."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@pytest.fixture(scope="module")
def editor(django_ready, address):
    """The name and password of an account with every role, in the database the server reads."""
    from sse_observatory.portal import accounts, records
    from sse_observatory.portal.models import Account, Proposal, Role

    def make():
        records.prepare()
        return accounts.add("browser", Role.values, "Browser Example")[1]

    def remove():
        Proposal.objects.all().delete()
        Account.objects.filter(name="browser").delete()

    yield "browser", elsewhere(make)
    elsewhere(remove)


def sign_in(page, address, editor, lang="en"):
    page.goto(f"{address}/{lang}/desk/sign-in/")
    page.fill("#name", editor[0])
    page.fill("#password", editor[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{lang}/desk/")


def open_details(page):
    for summary in page.locator("main summary").all():
        if summary.is_visible():
            summary.click()


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]})
    return found.generate_report() if found.response["violations"] else ""


TRANSLATED = ("overview", "instrument", "provisions", "provision", "group", "conflict", "results", "briefing")


@pytest.mark.parametrize(
    ("kind", "lang"), [*((kind, "en") for kind in PAGES), *((k, lang) for k in TRANSLATED for lang in ("fr", "es"))]
)
def test_axe_finds_nothing(page, address, kind, lang):
    page.goto(f"{address}/{lang}/{PAGES[kind]}")
    open_details(page)

    assert violations(page) == ""


DESK = ("desk/", "desk/password/", "desk/people/", "desk/differences/", "desk/new/due/",
        "desk/records/prov-a-res-77-281-op4/", "desk/records/prov-a-res-77-281-op4/edit/",
        "desk/records/con-78-175-date/edit/")


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_axe_finds_nothing_on_the_desk_and_nothing_is_cut_off(window, address, editor, lang):
    page = window(360, 740)
    sign_in(page, address, editor, lang)
    for path in DESK:
        page.goto(f"{address}/{lang}/{path}")
        open_details(page)
        assert violations(page) == "", path
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path


@pytest.mark.parametrize(("lang", "width"), [("en", 320), ("fr", 320), ("es", 320), ("fr", 360)])
def test_no_page_scrolls_sideways_on_a_telephone(window, address, width, lang):
    page = window(width, 740)
    for kind, path in PAGES.items():
        joined = "&" if "?" in path else "?"
        page.goto(f"{address}/{lang}/{path}" + ("" if "as_of" in path or "desk" in path else f"{joined}as_of={THEN}"))
        open_details(page)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{kind}: {wide} px too wide"
        cut = page.evaluate(
            "[...document.querySelectorAll('body *')].filter(e => { const b = e.getBoundingClientRect();"
            " return b.width > 2 && b.right > window.innerWidth + 1 && !e.closest('pre, .scroll') })"
            ".map(e => e.outerHTML)"
        )
        assert not cut, f"{kind}: {cut[0][:200]}"


def test_text_can_be_twice_as_large_without_sideways_scrolling(window, address):
    page = window(640, 900)
    for kind, path in PAGES.items():
        page.goto(f"{address}/fr/{path}")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{kind}: {wide} px too wide"


def test_what_a_finger_must_hit_is_large_enough(window, address):
    """WCAG 2.2, target size (minimum): 24 by 24, or with that much room; links in sentences are exempt."""
    page = window(360, 740)
    for path in ("follow-up/", "follow-up/provisions/", "search/?q=report"):
        page.goto(f"{address}/en/{path}")
        small = page.evaluate(
            "[...document.querySelectorAll('button, select, input:not([type=hidden]), nav a, .as-of a')].filter(e => {"
            " const b = e.getBoundingClientRect(); return b.width > 0 && (b.height < 24 || b.width < 24)"
            " && !e.closest('.trail') && !e.classList.contains('skip') }).map(e => e.outerHTML)"
        )
        assert not small, f"{path}: {small}"


def tab_until(page, wanted, most=80):
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(wanted):
            return
    pytest.fail(f"{wanted} was not reached in {most} steps")


def test_a_provision_is_found_and_looked_at_as_of_a_day_with_the_keyboard_alone(page, address):
    page.goto(f"{address}/en/search/")
    tab_until(page, "document.activeElement.id === 'q'")
    page.keyboard.type("report implementation resolution")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=report**")
    tab_until(page, "!!document.activeElement.closest('.hits') && "
                    "document.activeElement.href.includes('prov-a-res-77-281-op4')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/provisions/prov-a-res-77-281-op4/")
    page.locator("#as_of").fill(THEN)
    page.locator("#as_of").press("Enter")
    page.wait_for_url(f"**?as_of={THEN}")

    assert page.locator(".as-of p").inner_text() == "As of 19 May 2023, as known then"
    assert page.locator(".standing .tag").first.inner_text() == "not due"


def test_everything_works_without_scripts(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/fr/follow-up/provisions/")
    page.locator("#n-instrument").select_option("ins-a-res-77-281")
    page.locator(".narrow button").click()
    assert page.locator("table.cards tbody tr").count() == 4
    page.locator("#as_of").fill(THEN)
    page.locator(".as-of button").click()
    assert "instrument=ins-a-res-77-281" in page.url and f"as_of={THEN}" in page.url
    assert page.locator("table.cards tbody tr").count() == 4
    context.close()


def test_a_page_asks_for_nothing_from_elsewhere_and_breaks_no_policy_of_its_own(page, address):
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    for path in ("follow-up/", "follow-up/instruments/ins-a-res-77-281/", "follow-up/timeline/", "search/?q=economy",
                 "briefing/document?group=grp-gov-africa&as_of=2023-05-19&lang=en&format=html"):
        page.goto(f"{address}/en/{path}")
        page.wait_for_load_state("networkidle")

    assert all(url.startswith((address, "data:")) for url in asked)
    assert complaints == []


def test_the_briefing_is_made_from_the_form(page, address):
    page.goto(f"{address}/en/briefing/?as_of={THEN}")
    page.locator("#group").select_option("grp-gov-africa")
    page.locator("label[for='l-fr']").click()
    page.locator("form.edit button").click()
    page.wait_for_url("**/briefing/document?**")

    assert page.locator("html").get_attribute("lang") == "fr"
    assert "19 mai 2023" in page.locator("header").inner_text().replace("\u00a0", " ")
    # Its own style is let in.
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") != "rgb(0, 0, 0)"


def test_on_paper_the_date_stays_and_the_controls_go(page, address):
    page.goto(f"{address}/en/follow-up/provisions/?as_of={THEN}")
    page.emulate_media(media="print")

    assert page.locator(".as-of p").is_visible() and page.locator("table.cards").is_visible()
    assert not page.locator(".as-of form").is_visible() and not page.locator(".narrow").is_visible()


def test_a_record_is_edited_with_the_keyboard_alone(page, address, editor):
    sign_in(page, address, editor)
    page.goto(f"{address}/en/desk/records/evt-2023-briefing-africa/edit/")
    tab_until(page, "document.activeElement.name === 'title.es'", 30)
    page.keyboard.press("Control+End")
    page.keyboard.type(" (corregido)")
    tab_until(page, "document.activeElement.name === 'why'", 200)
    page.keyboard.type("A correction")
    tab_until(page, "document.activeElement.tagName === 'BUTTON'")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/proposals/**")

    assert "(corregido)" in page.locator("ins").first.inner_text()
    assert page.locator("button[value='accept']").count() == 0  # nobody accepts their own


