"""Confirming a reading: bring a text, accept, correct, split and merge it, and let it join the records."""

import pytest
from lxml import html

TEXT = """A/RES/77/281

Promoting the rural mutual society for sustainable development

The General Assembly,

Recalling its resolution 70/1 of 25 September 2015,

1. Encourages Member States to support mutual societies, as appropriate;

2. Invites the development banks to lend to them, and Member States to report;

3. Requests the Secretary-General to prepare a report, within existing resources, for its seventy-ninth session.

66th plenary meeting
18 April 2023
"""


@pytest.fixture
def desk(django_ready):
    """The catalogue's records, and accounts; whatever a test writes is undone."""
    from django.db import transaction

    from sse_observatory.portal import records, texts
    from sse_observatory.portal.models import Account, Grant

    records.prepare()
    with transaction.atomic():
        for name, roles in (("ana", ["contributor"]), ("bo", ["validator"])):
            account = Account.objects.create(name=name, password="!")
            Grant.objects.bulk_create(Grant(account=account, role=role) for role in roles)
        records._board = None
        texts._read.cache_clear()
        yield records
        transaction.set_rollback(True)
    records.forget()
    texts._read.cache_clear()


def as_(name):
    from django.test import Client

    from sse_observatory.portal.models import Account

    client = Client()
    client.force_login(Account.objects.get(name=name))
    return client


def bring(client, text=TEXT):
    answer = client.post("/en/desk/texts/", {"pasted": text})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return answer.headers["Location"].partition("?")[0]


def page(client, address, **given):
    answer = client.get(address, given)
    assert answer.status_code == 200
    return html.fromstring(answer.content.decode())


def do(client, address, element, what, status=302, **fields):
    answer = client.post(address, {"element": element, "do": what, **fields})
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return answer


def reading(address):
    from sse_observatory.portal import texts
    from sse_observatory.portal.models import BroughtText

    return texts.reading(BroughtText.objects.get(pk=int(address.rstrip("/").rpartition("/")[2])))


def test_text_and_acts_stand_side_by_side_and_the_first_paragraph_is_in_focus(desk):
    client = as_("ana")
    address = bring(client)
    seen = page(client, address)

    first = seen.xpath("//li[@id='op1']")[0]
    assert "Encourages Member States" in first.xpath(".//div[@class='words']")[0].text_content()
    acts = first.xpath(".//div[@class='acts']")[0].text_content()
    assert "Member States" in acts and "as appropriate" in acts
    assert seen.xpath("//button[@autofocus]/@aria-label") == ["Accept op1"]
    assert "0 of 3 operative paragraphs" in seen.text_content()


def test_enter_upon_enter_confirms_the_whole_text(desk):
    client = as_("ana")
    address = bring(client)
    for expected in ("op2", "op3", "op3"):
        focus = page(client, address).xpath("//li[contains(@class, ' here')]/@id")[0]
        answer = do(client, address, focus, "accept")
        assert answer.headers["Location"].endswith(f"&at={expected}")
    assert reading(address).confirmed == {"op1", "op2", "op3"}
    assert "3 of 3" in page(client, address).text_content()


def test_a_correction_is_obeyed_when_the_text_is_read_again_and_says_who_and_why(desk):
    client = as_("ana")
    address = bring(client)
    do(client, address, "op1", "set", act="0", field="conditions", value="", because="the words belong to op2")
    do(client, address, "op1", "set", act="0", field="strength", value="RECOMMEND", because="reads weaker")

    act = reading(address).instrument.acts["op1"][0]
    assert act.conditions == () and act.strength == "RECOMMEND"
    # Another copy of the same resolution, with other line ends, is corrected alike.
    other = bring(client, TEXT.replace("to support mutual", "to support\nmutual"))
    assert other != address
    assert reading(other).instrument.acts["op1"][0].strength == "RECOMMEND"
    history = page(client, address).xpath("//ol[@class='happened']")[0].text_content()
    assert "ana" in history and "reads weaker" in history


def test_what_is_taken_back_is_obeyed_no_longer_and_stays_in_the_history(desk):
    client = as_("ana")
    address = bring(client)
    do(client, address, "op1", "set", act="0", field="strength", value="RECOMMEND", because="x")
    number = page(client, address).xpath("//button[@name='take_back']/@value")[0]
    assert client.post(address, {"take_back": number}).status_code == 302

    assert reading(address).instrument.acts["op1"][0].strength == "ENCOURAGE"
    assert "Taken back by ana" in page(client, address).text_content()
    assert client.post(address, {"take_back": number}).status_code == 422


def test_a_paragraph_is_split_and_merged_again(desk):
    client = as_("ana")
    address = bring(client)
    do(client, address, "op2", "split", second="and Member States to report", because="two paragraphs run together")
    now = reading(address).instrument
    assert [e.id for e in now.operative] == ["op1", "op2", "op2-2", "op3"]
    assert not now.gaps()
    do(client, address, "op2", "merge", because="it was one after all")
    now = reading(address).instrument
    assert [e.id for e in now.operative] == ["op1", "op2", "op3"]
    assert now.element("op2").text.endswith("lend to them, and Member States to report;")


def test_an_act_is_added_and_dropped_and_a_paragraph_made_another_kind(desk):
    client = as_("ana")
    address = bring(client)
    do(client, address, "op2", "add", verb="INVITE", verb_text="Invites", action="Member States to report",
       because="a second addressee")
    acts = reading(address).instrument.acts["op2"]
    assert [a.code for a in acts][-1] == "INVITE" and len(acts) == 2
    do(client, address, "op2", "drop", act="1", because="one is enough")
    assert len(reading(address).instrument.acts["op2"]) == 1
    do(client, address, "pp1", "retype", kind="heading", because="it is a heading")
    assert reading(address).instrument.preamble == ()


@pytest.mark.parametrize(("element", "what", "fields", "told"), [
    ("op1", "set", {"field": "strength", "value": "RECOMMEND", "act": "0", "because": " "}, "needs a reason"),
    ("op1", "set", {"field": "conditions", "value": "UPON_REQUEST | nowhere", "act": "0", "because": "x"}, "nowhere"),
    ("op1", "set", {"field": "colour", "value": "red", "act": "0", "because": "x"}, "colour"),
    ("op1", "drop", {"act": "7", "because": "x"}, "7"),
    ("op1", "drop", {"act": "seven", "because": "x"}, "cannot be done"),
    ("op1", "split", {"second": "not there", "because": "x"}, "must begin with words"),
    ("op9", "accept", {}, "op9"),
    ("op1", "explode", {"because": "x"}, "explode"),
    ("op1", "add", {"verb": "NO_SUCH", "verb_text": "x", "because": "x"}, "NO_SUCH"),
    ("op1", "retype", {"kind": "banana", "because": "x"}, "banana"),
])  # fmt: skip
def test_what_cannot_be_done_is_said_and_nothing_is_kept(desk, element, what, fields, told):
    from sse_observatory.portal.models import TextCorrection

    client = as_("ana")
    address = bring(client)
    answer = do(client, address, element, what, 422, **fields)
    assert told in html.fromstring(answer.content.decode()).xpath("//div[@role='alert']")[0].text_content()
    assert not TextCorrection.objects.exists()


def test_only_a_contributor_may_bring_or_correct(desk):
    address = bring(as_("ana"))
    other = as_("bo")
    assert other.post("/en/desk/texts/", {"pasted": TEXT}).status_code == 403
    assert other.post(address, {"element": "op1", "do": "accept"}).status_code == 403
    seen = page(other, address)
    assert not seen.xpath("//main//form[not(contains(@action, 'sign-out'))]")


@pytest.mark.parametrize(("sent", "told"), [
    ("", "nothing to read"), ("   \n ", "nothing to read"), ("§§ – …", "has no text"),
    ("Статут организации принят на заседании совета и вступает в силу " * 3, "English, French or"),
])  # fmt: skip
def test_what_cannot_be_read_is_not_kept(desk, sent, told):
    from sse_observatory.portal.models import BroughtText

    answer = as_("ana").post("/en/desk/texts/", {"pasted": sent})
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not BroughtText.objects.exists()


def test_a_file_is_read_whatever_its_name_and_the_same_file_is_kept_once(desk):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = as_("ana")

    def send(name):
        return client.post("/en/desk/texts/", {"file": SimpleUploadedFile(name, TEXT.encode())})

    first, again = send("../../A_RES_77_281.txt"), send("<b>.txt")
    assert first.status_code == again.status_code == 302
    assert first.headers["Location"] == again.headers["Location"]
    listed = page(client, "/en/desk/texts/").xpath("//ul[@class='brought']/li")
    assert len(listed) == 1 and "A_RES_77_281.txt" in listed[0].text_content()


def test_markup_in_a_text_is_shown_as_text(desk):
    client = as_("ana")
    address = bring(client, TEXT.replace("mutual societies", "<script>alert(1)</script> societies"))
    assert "<script>alert" not in client.get(address).content.decode()


def test_corrections_leave_as_the_command_line_takes_them(desk):
    from sse_observatory.instruments import corrections

    client = as_("ana")
    address = bring(client)
    do(client, address, "op1", "accept")
    do(client, address, "op2", "set", act="0", field="strength", value="RECOMMEND", because="weaker")
    answer = client.get(f"{address}corrections.jsonl")
    told = corrections.loads(answer.content.decode())
    assert [type(c.deed).__name__ for c in told] == ["Accept", "SetField"]
    assert {c.by for c in told} == {"ana"}
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_confirmed_paragraph_becomes_a_proposed_record_with_its_conditions(desk):
    from sse_observatory.portal.models import Proposal

    client = as_("ana")
    text = TEXT.replace("A/RES/77/281", "A/RES/79/213").replace("18 April 2023", "19 December 2024")
    address = bring(client, text.replace("3. Requests", "9. Requests"))
    do(client, address, "op9", "accept")
    seen = page(client, f"{address}join/")
    assert seen.xpath("//select[@name='instrument']/option[@selected]/@value") == ["ins-a-res-79-213"]
    assert [h.text for h in seen.xpath("//section[@class='offer']/h2")] == ["op9"]
    source = seen.xpath("//datalist[@id='known-sources']/option/@value")[0]
    answer = client.post(f"{address}join/", {
        "instrument": "ins-a-res-79-213", "element": "op9", "title": "Report on mutual societies", "source": source,
        "text-0": "To report on what was done.", "actors-0": "act-un-sg"})  # fmt: skip
    assert answer.status_code == 302, html.fromstring(answer.content.decode()).xpath("string(//main)")

    made = Proposal.objects.get()
    assert made.record == "prov-a-res-79-213-op9" and made.stage == "proposed"
    act = made.content["acts"][0]
    assert act["verb"] == "REQUEST" and act["addressees"] == ["act-un-sg"]
    assert [c["term"] for c in act["conditions"]] == ["EXISTING_RESOURCES"]
    assert "waiting for somebody" in page(client, f"{address}join/").text_content()


def test_joining_without_a_source_names_what_is_missing(desk):
    client = as_("ana")
    address = bring(client)
    do(client, address, "op3", "accept")
    answer = client.post(f"{address}join/", {
        "instrument": "ins-ilo-r193", "element": "op3", "title": "T", "source": "nowhere", "text-0": "x"})
    assert answer.status_code == 422
    assert "nowhere" in html.fromstring(answer.content.decode()).xpath("//div[@role='alert']")[0].text_content()


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_every_word_of_the_pages_is_there_in_three_languages(desk, lang):
    client = as_("ana")
    address = bring(client).replace("/en/", f"/{lang}/")
    do(client, address, "op1", "accept")
    do(client, address, "op2", "split", second="and Member States", because="x")
    for place in (f"/{lang}/desk/texts/", address, f"{address}join/"):
        seen = page(client, place)
        assert "[texts." not in seen.text_content() and "[deed." not in seen.text_content()
        assert "[element." not in seen.text_content()
        ids = seen.xpath("//@id")
        assert len(ids) == len(set(ids)), "an id twice"
        labelled = set(seen.xpath("//label/@for"))
        fields = seen.xpath("//main//*[self::input[not(@type='hidden')] or self::select or self::textarea]/@id")
        assert set(fields) <= labelled


def test_two_texts_are_compared_on_a_page(desk):
    client = as_("ana")
    old = bring(client)
    new = bring(client, TEXT.replace("77/281", "79/213").replace("1. Encourages", "1. Requests").replace(
        "a report, within existing resources,", "a report"))  # fmt: skip
    number = [address.rstrip("/").rpartition("/")[2] for address in (old, new)]
    seen = page(client, "/en/desk/texts/compare/", old=number[0], new=number[1])
    compared = seen.xpath("//section[@class='comparison']")[0].text_content()
    assert "Encourages" in compared and "Requests" in compared
    assert seen.xpath("//section[@class='comparison']//del") and seen.xpath("//section[@class='comparison']//ins")
    assert client.get("/comparison.css").headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize("asked", [
    {}, {"old": "1", "new": "999999"}, {"old": "x", "new": "-1"}, {"old": "9" * 40, "new": "1"}])
def test_a_comparison_of_what_is_not_there_shows_the_form(desk, asked):
    seen = page(as_("ana"), "/en/desk/texts/compare/", **asked)
    assert not seen.xpath("//section[@class='comparison']")
