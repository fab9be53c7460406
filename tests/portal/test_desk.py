"""The editors' desk: who gets in, how often one may try, what a form sends, what a browser is told."""

from datetime import timedelta
from urllib.parse import quote, urljoin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def quick(django_ready):
    """Hashing that takes no time: what is tested is not the hash."""
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def desk(quick):
    """The catalogue's records, and an account for each role; whatever a test writes is undone."""
    from django.db import transaction

    from sse_observatory.portal import accounts, records

    records.prepare()
    with transaction.atomic():
        for name, roles in (("ana", ["contributor"]), ("bo", ["validator"]), ("cy", ["publisher"]),
                            ("el", ["administrator"]), ("fy", [])):
            accounts.add(name, roles, f"{name.title()} Example", PASSWORD)
        records._board = None
        yield records
        transaction.set_rollback(True)
    records.forget()


def signed_in(name, strict=False):
    from django.test import Client

    client = Client(enforce_csrf_checks=strict)
    page = client.get("/en/desk/sign-in/")
    token = html.fromstring(page.content).xpath("//input[@name='csrfmiddlewaretoken']/@value")[0]
    response = client.post("/en/desk/sign-in/", {"name": name, "password": PASSWORD, "csrfmiddlewaretoken": token})
    assert response.status_code == 302, name
    return client


def fields_of(page):
    """What a browser would send: every field of the form with its value."""
    form = page.xpath("//main//form[@method='post'][contains(@class, 'edit')]")[0]
    found = {i.get("name"): i.get("value", "") for i in form.xpath(".//input[@type='text' or @type='hidden']")}
    found |= {t.get("name"): (t.text or "").removeprefix("\n") for t in form.xpath(".//textarea")}
    found |= {s.get("name"): (s.xpath("./option[@selected]/@value") or [""])[0] for s in form.xpath(".//select")}
    found |= {c.get("name"): "1" for c in form.xpath(".//input[@type='checkbox'][@checked]")}
    return found


DESK = ("desk/", "desk/password/", "desk/people/", "desk/differences/", "desk/new/event/",
        "desk/records/ins-a-res-77-281/", "desk/records/ins-a-res-77-281/edit/", "desk/proposals/1/")


# Getting in


@pytest.mark.parametrize("path", DESK)
def test_nobody_sees_the_desk_without_signing_in_and_comes_back_to_it_afterwards(desk, client, path):
    response = client.get(f"/fr/{path}")

    assert response.status_code == 302
    assert response.headers["Location"] == f"/fr/desk/sign-in/?next={quote(f'/fr/{path}')}"
    assert client.post(f"/fr/{path}").status_code == 302


def test_signing_in_changes_the_session_and_its_cookie_is_kept_from_scripts_and_other_sites(desk):
    client = signed_in("ana")
    cookie = client.cookies["session"]

    assert cookie["httponly"] and cookie["samesite"] == "Strict" and not cookie["domain"]
    assert client.get("/en/desk/").status_code == 200


def test_in_production_the_session_travels_encrypted_under_a_name_bound_to_the_host(tmp_path):
    import os
    import subprocess
    import sys

    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSE_", "DJANGO_"))}
    code = ("from sse_observatory.portal import settings as s; "
            "print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60,
                          env=kept | {"SSE_ENV": "production", "SSE_SECRET_KEY": "k" * 50, "SSE_VAR": str(tmp_path)})

    assert done.stdout.split() == ["__Host-session", "True", "True"]


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example/en/desk/", "/en/", "javascript:alert(1)", "/en/desk/../../x",
     "/\\evil.example/en/desk/", "https:/en/desk/", "/en/desk/\r\nX: y"],
)
def test_signing_in_leads_to_the_desk_and_nowhere_else(desk, client, wanted):
    response = client.post("/en/desk/sign-in/", {"name": "ana", "password": PASSWORD, "next": wanted})

    assert response.status_code == 302
    assert response.headers["Location"] == "/en/desk/"


def test_a_page_of_the_desk_is_kept_and_indexed_by_nobody(desk):
    for path in ("desk/", "desk/sign-in/", "desk/records/ins-a-res-77-281/"):
        response = signed_in("ana").get(f"/es/{path}")
        assert "no-store" in response.headers["Cache-Control"] and response.headers["X-Robots-Tag"] == "noindex"
        assert "script-src" not in response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [*(p for p in DESK[:-1] if "people" not in p), "desk/texts/", "desk/texts/compare/", "desk/sign-in/"],
)
def test_every_link_and_form_of_the_desk_leads_somewhere(desk, path):
    from django.urls import resolve

    client = signed_in("ana")
    page = html.fromstring(client.get(f"/fr/{path}").content)
    asked = {urljoin(f"/fr/{path}", url).split("?")[0].split("#")[0] for url in page.xpath("//a/@href")}
    sent = {urljoin(f"/fr/{path}", url) for url in page.xpath("//form/@action")}

    for url in sorted(url for url in asked if url.startswith("/")):
        assert client.get(url).status_code in (200, 302), url
    assert "/fr/desk/sign-out/" in sent
    for url in sent:
        resolve(url)


def test_signing_out_needs_a_form_and_ends_the_session(desk):
    client = signed_in("ana")
    client.get("/en/desk/sign-out/")
    assert client.get("/en/desk/").status_code == 200
    client.post("/en/desk/sign-out/")
    assert client.get("/en/desk/").status_code == 302


def test_a_closed_account_is_signed_out_at_once_and_cannot_come_back(desk, client):
    from sse_observatory.portal import accounts

    inside = signed_in("ana")
    accounts.close(accounts.find("ana"))

    assert inside.get("/en/desk/").status_code == 302
    assert client.post("/en/desk/sign-in/", {"name": "ana", "password": PASSWORD}).status_code == 403


def test_another_password_signs_out_whoever_used_the_old_one(desk):
    one, two = signed_in("ana"), signed_in("ana")
    new = "quite another phrase"
    done = one.post("/en/desk/password/", {"old": PASSWORD, "new": new, "again": new})

    assert done.headers["Location"] == "/en/desk/?done=password"
    assert one.get("/en/desk/").status_code == 200 and two.get("/en/desk/").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "told"),
    [("wrong", "quite another phrase", "quite another phrase", "present password is not right"),
     (PASSWORD, "quite another phrase", "quite another", "are not the same"), (PASSWORD, "short", "short", "too short"),
     (PASSWORD, "", "", "too short"), (PASSWORD, "password12345", "password12345", "too common"),
     (PASSWORD, "ana-example-1", "ana-example-1", "too close to your name")],
)
def test_a_password_that_will_not_do_is_said_so(desk, old, new, again, told):
    response = signed_in("ana").post("/en/desk/password/", {"old": old, "new": new, "again": again})

    assert response.status_code == 200 and told in html.fromstring(response.content).text_content()


def test_passwords_are_stored_as_slow_hashes(django_ready):
    from django.conf import global_settings
    from django.utils.module_loading import import_string

    from sse_observatory.portal import settings as ours

    assert not hasattr(ours, "PASSWORD_HASHERS")  # Django's choice, and its number of rounds, move with Django
    first = import_string(global_settings.PASSWORD_HASHERS[0])
    assert first.algorithm == "pbkdf2_sha256" and first.iterations >= 600_000


# How often one may try


def attempt(client, name="ana", password="wrong", address="192.0.2.1"):
    return client.post("/en/desk/sign-in/", {"name": name, "password": password}, REMOTE_ADDR=address).status_code


def test_after_five_wrong_passwords_one_has_to_wait_and_the_right_one_does_not_help(desk, client):
    assert [attempt(client) for _ in range(6)] == [403] * 5 + [429]
    assert attempt(client, password=PASSWORD) == 429
    assert attempt(client, password=PASSWORD, address="198.51.100.7") == 302


def test_waiting_ends_after_a_quarter_of_an_hour(desk, client):
    from django.utils import timezone

    from sse_observatory.portal.models import Attempt

    for _ in range(6):
        attempt(client)
    Attempt.objects.update(at=timezone.now() - timedelta(minutes=16))

    assert attempt(client, password=PASSWORD) == 302 and not Attempt.objects.filter(at__lt=timezone.now()).exists()


def test_names_that_do_not_exist_wait_like_those_that_do(desk, client):
    assert [attempt(client, name="nobody") for _ in range(6)] == [403] * 5 + [429]


def test_one_network_cannot_try_many_names_and_many_networks_not_one_name(desk, client):
    assert [attempt(client, name=f"name{n}") for n in range(21)][-2:] == [403, 429]
    codes = [attempt(client, name="bo", address=f"203.0.113.{n}") for n in range(31)]
    assert codes[:30] == [403] * 30 and codes[30] == 429


def test_of_an_ipv6_network_every_address_counts_as_one(desk, client):
    assert [attempt(client, address=f"2001:db8::{n}") for n in range(1, 7)] == [403] * 5 + [429]


def test_behind_a_proxy_only_what_the_proxy_wrote_counts(desk, client):
    from django.test import override_settings

    with override_settings(SSE_BEHIND_PROXY=True):
        codes = [
            client.post("/en/desk/sign-in/", {"name": "ana", "password": "wrong"}, REMOTE_ADDR="10.0.0.1",
                        HTTP_X_FORWARDED_FOR=f"invented{n}, 192.0.2.9").status_code for n in range(6)
        ]
    assert codes == [403] * 5 + [429]


def test_what_is_kept_of_an_attempt_names_nobody(desk, client):
    from sse_observatory.portal.models import Attempt

    attempt(client)
    kept = str(list(Attempt.objects.values_list("key", flat=True)))
    assert "ana" not in kept and "192.0.2.1" not in kept


# What a form may do


@pytest.mark.parametrize(
    "path", ["desk/sign-in/", "desk/sign-out/", "desk/password/", "desk/differences/", "desk/people/",
             "desk/records/ins-a-res-77-281/edit/", "desk/new/event/"],
)
def test_a_form_sent_from_elsewhere_is_refused(desk, path):
    assert signed_in("ana", strict=True).post(f"/en/{path}", {"why": "x"}).status_code == 403


def test_sending_a_form_as_it_came_changes_nothing(desk):
    """Every record of the catalogue, through the form and back: nothing is lost, nothing is added."""
    from sse_observatory.portal import forms
    from sse_observatory.portal.models import Record

    terms = desk.now().portfolio.terms
    for row in Record.objects.all():
        sent = {}
        stack = forms.widgets(row.kind, row.content, terms)
        while stack:
            widget = stack.pop()
            stack += widget.parts
            if widget.form == "trio":
                sent |= {f"{widget.name}.{lang}": text for lang, text in widget.value}
            elif widget.form == "check":
                sent |= {widget.name: "1"} if widget.value else {}
            elif widget.form not in ("part", "parts"):
                sent[widget.name] = str(widget.value)
        again = forms.content_of(row.kind, row.pk, sent)
        assert desk.check_change(row.pk, again) == row.content, row.pk


def test_the_whole_way_of_a_change_through_the_browser_forms(desk, client):
    ana, bo, cy = signed_in("ana"), signed_in("bo"), signed_in("cy")
    from sse_observatory.portal.models import Record

    identifier = Record.objects.filter(kind="event").order_by("pk").first().pk
    url = f"/en/desk/records/{identifier}/edit/"
    sent = fields_of(html.fromstring(ana.get(url).content))
    sent |= {"title.fr": "Un titre corrigé", "why": "The title was a working translation."}
    made = ana.post(url, sent)
    assert made.status_code == 302, html.fromstring(made.content).xpath("string(//div[@class='errors'])")
    proposal = made.headers["Location"].split("?")[0]
    assert b"Un titre corrig" in bo.get(proposal).content
    assert bo.post(proposal, {"action": "accept"}).status_code == 302
    assert bo.post(proposal, {"action": "release"}).status_code == 403
    assert "Un titre corrigé" not in client.get(f"/fr/follow-up/events/{identifier}/").content.decode()
    assert cy.post(proposal, {"action": "release"}).status_code == 302

    assert "Un titre corrigé" in client.get(f"/fr/follow-up/events/{identifier}/").content.decode()
    history = html.fromstring(cy.get(f"/en/desk/records/{identifier}/").content).text_content()
    assert "The title was a working translation." in history and "Loaded from the catalogue" in history
    differences = html.fromstring(cy.get("/en/desk/differences/").content)
    assert identifier in differences.xpath("//section/@aria-labelledby")


def test_a_form_with_a_mistake_comes_back_with_what_was_typed_and_what_is_wrong(desk):
    ana = signed_in("ana")
    url = "/es/desk/records/ins-a-res-77-281/edit/"
    sent = fields_of(html.fromstring(ana.get(url).content)) | {"date": "2023-02-30", "body": "act-nobody", "why": "x"}
    response = ana.post(url, sent)
    page = html.fromstring(response.content)

    assert response.status_code == 422
    assert page.xpath("//div[@class='errors']//a/text()") == ["Fecha", "Órgano"]
    assert page.xpath("//input[@name='date']/@value") == ["2023-02-30"]


def test_a_new_record_is_proposed_by_form(desk):
    ana = signed_in("ana")
    sent = {"new_id": "act-new-body", "title.en": "A new body", "actor_type": "partnership", "status": "verified",
            "date": "2026-01-01", "date_kind": "recorded", "sources": "ilo-wcms-882598 | page 1",
            "why": "It was founded."}
    assert ana.post("/en/desk/new/actor/", sent).status_code == 302
    assert ana.post("/en/desk/new/actor/", sent | {"new_id": "act-ilo"}).status_code == 422
    assert ana.post("/en/desk/new/actor/", sent | {"new_id": "Not an id"}).status_code == 422
    assert ana.get("/en/desk/new/spaceship/").status_code == 404


@pytest.mark.parametrize("who", ["bo", "cy", "el", "fy"])
def test_who_may_not_propose_gets_no_form(desk, who):
    assert signed_in(who).get("/en/desk/records/act-ilo/edit/").status_code == 403


def test_only_an_administrator_gives_roles_and_never_their_own(desk):
    from sse_observatory.portal import accounts

    assert signed_in("cy").get("/en/desk/people/").status_code == 403
    el = signed_in("el")
    assert el.post("/en/desk/people/", {"name": "fy", "role_validator": "1"}).status_code == 302
    assert accounts.find("fy").roles == {"validator"}
    assert el.post("/en/desk/people/", {"name": "el", "role_publisher": "1"}).status_code == 403
    assert accounts.find("el").roles == {"administrator"}


HOSTILE = "<script>alert(1)</script>\"'{{7*7}}{% x %}"


def test_hostile_words_in_a_record_are_text_on_every_page(desk, client):
    from sse_observatory.portal import ledger
    from sse_observatory.portal.models import Record, Revision

    row = Record.objects.get(pk="ins-a-res-77-281")
    ledger.write(row.pk, row.kind, row.content | {"title": {"en": HOSTILE}, "text": {"en": HOSTILE}}, by=HOSTILE,
                 why=HOSTILE, how=Revision.How.RELEASED)
    pages = ["follow-up/instruments/", "follow-up/instruments/ins-a-res-77-281/", "follow-up/provisions/",
             "search/?q=alert", "follow-up/timeline/", "follow-up/", "follow-up/instruments/list.csv"]
    for path in pages:
        assert b"<script" not in client.get(f"/en/{path}").getvalue().replace(b'"<script>alert', b""), path
    for path in ("desk/records/ins-a-res-77-281/", "desk/differences/", "desk/records/ins-a-res-77-281/edit/"):
        assert b"<script" not in signed_in("ana").get(f"/en/{path}").content, path


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.dictionaries(
    st.sampled_from([
        "title.en", "date", "acts.0.text.en", "acts.0.conditions.0.term", "acts.60.id", "acts.99999.id", "acts.-1.id",
        "sources", "status", "instrument", "number", "notes.0.known", "brief_order", "new", "corresponds_to.symbol",
        "x", "id",
    ]),
    st.text(max_size=30), max_size=9,
))
def test_whatever_is_sent_is_a_proposal_or_a_list_of_faults(desk, sent):
    from sse_observatory.portal import forms
    from sse_observatory.portal.records import NotInOrder

    content = forms.content_of("provision", "prov-a-res-77-281-op1", sent)
    try:
        desk.check_change("prov-a-res-77-281-op1", content)
    except NotInOrder as error:
        assert error.faults and all(fault.what for fault in error.faults)


# A portal without a database


def test_without_a_database_everything_can_be_read_and_nothing_edited(django_ready, client, monkeypatch):
    from sse_observatory.portal import database, records

    monkeypatch.setattr(database, "present", lambda: False)
    records.forget()
    try:
        assert client.get("/en/follow-up/instruments/ins-a-res-77-281/").status_code == 200
        assert client.get("/en/search/?q=cooperatives").status_code == 200
        for path in ("desk/", "desk/sign-in/"):
            response = client.get(f"/en/{path}")
            assert response.status_code == 503 and "has no database" in response.content.decode()
    finally:
        monkeypatch.undo()
        records.forget()
