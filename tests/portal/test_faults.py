"""What is wrong is said in the editor's language: every sentence of the checks exists in three, and none leaks."""

import ast
import re
from pathlib import Path

import pytest
from lxml import html

import sse_observatory
from sse_observatory import catalogue
from sse_observatory.catalogue.portfolio.wrong import Wrong

from .test_desk import desk, fields_of, quick, signed_in  # noqa: F401  # fixtures

SOURCES = Path(sse_observatory.__file__).parent
MARK = re.compile(r"\{([a-z_]+)")


def sentences():
    """Every sentence the code makes: its keys (one, or one of several), and the names of the values in it."""
    for file in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Wrong":
                key = node.args[0]
                names = {word.arg for word in node.keywords}
                if isinstance(key, ast.Constant):
                    yield {key.value}, names
                elif isinstance(key, ast.IfExp):
                    yield {key.body.value, key.orelse.value}, names
                else:  # not_str, not_int, not_bool: the types of `forms`
                    assert isinstance(key, ast.JoinedStr) and key.values[0].value == "not_", file
                    yield {"not_str", "not_int", "not_bool"}, names


def test_every_sentence_exists_in_three_languages_and_is_given_what_stands_in_it():
    interface = catalogue.load().interface
    seen = set()
    for keys, names in sentences():
        for key in keys:
            text = interface[f"fault.{key}"]
            assert not text.missing and len({text.en, text.fr, text.es}) == 3
            assert {mark for lang in ("en", "fr", "es") for mark in MARK.findall(text[lang])} <= names, key
        seen |= keys

    assert len(seen) > 50
    spoken = {key.removeprefix("fault.") for key in interface if key.startswith("fault.")}
    assert spoken - seen == {"in_english", "unreadable_file", "no_briefing", "cannot"}


def test_a_sentence_stays_what_it_was_in_english_and_keeps_its_values():
    told = Wrong("not_number", "{value!r} is not a number", value="many")

    assert told == "'many' is not a number" and told.key == "not_number" and told.values == {"value": "many"}


def errors_of(response):
    found = html.fromstring(response.content).xpath("//div[@class='errors']")
    assert found, "nothing was said"
    return found[0]


MISTAKES = {"date": "2023-02-30", "integer": "many", "decimal": "many", "record": "act-nobody", "code": "ZZZZ",
            "source": "no-such-source"}


def mistakes(widgets):
    """For each field that can be wrong: its name, and something wrong to send."""
    for widget in widgets:
        if widget.form in ("part", "parts"):
            yield from mistakes(widget.parts)
        elif widget.hint.split(":")[0] in MISTAKES:
            yield widget.name, MISTAKES[widget.hint.split(":")[0]]
        elif widget.form == "choice" or widget.choices:
            yield widget.name, "no-such-choice"
        elif widget.form == "trio" and widget.required and "." not in widget.name:
            yield widget.name, ""


@pytest.mark.parametrize("lang", ["fr", "es"])
def test_whatever_is_wrong_in_whatever_field_is_said_in_the_language_of_the_page(desk, lang):  # noqa: F811
    from sse_observatory.portal import forms

    ana = signed_in("ana")
    portfolio = desk.now().portfolio
    tried = 0
    for kind in forms.KINDS:
        if kind == "source":
            identifier = next(iter(portfolio.sources))
        else:
            # The record of its kind that says most has most that can be wrong.
            identifier = max((r for r in portfolio.records.values() if r.kind == kind), key=lambda r: len(repr(r))).id
        url = f"/{lang}/desk/records/{identifier}/edit/"
        page = html.fromstring(ana.get(url).content)
        good = fields_of(page)
        content = desk.ledger.Record.objects.get(pk=identifier).content
        seen = set()
        for name, wrong in mistakes(forms.widgets(kind, content, portfolio.terms)):
            place = re.sub(r"\.\d+", ".n", name)
            if place in seen or (name not in good and f"{name}.en" not in good):
                continue  # the same field of another part; an empty one that adds another is left out
            seen.add(place)
            sent = dict(good) | {"why": "x"}
            if wrong:
                sent[name] = wrong
            else:
                sent |= {f"{name}.{code}": "" for code in ("en", "fr", "es")}
            response = ana.post(url, sent)
            assert response.status_code == 422, (kind, name, wrong)
            told = errors_of(response)
            assert not told.xpath(".//*[@lang]"), (kind, name, told.text_content())
            english = re.search(r"\b(the|is|not|write|there|has|of)\b", told.text_content())
            assert english is None, (kind, name, told.text_content())
            tried += 1
    assert tried > 100


@pytest.mark.parametrize(
    ("lang", "change", "said"),
    [
        ("fr", {"sources": ""}, "La fiche n’a pas de source"),
        ("es", {"sources": ""}, "La ficha no tiene fuente"),
        ("fr", {"date": "2023-13"}, "Le jour 2023-13 n’existe pas"),
        ("fr", {"body": "act-nobody"}, "Il n’y a pas de fiche «\u202fact-nobody\u202f»"),
        ("es", {"body": "ins-a-res-77-281"}, "es de otro tipo"),
        ("fr", {"body": "evt-2023-ga-adoption"}, "La fiche se désigne ici elle-même"),
        ("fr", {"why": ""}, "Un changement demande un motif"),
        ("es", {}, "No se cambió nada"),
        ("es", {"base": "0"}, "La ficha ha cambiado desde que usted la abrió"),
    ],
)
def test_each_mistake_has_its_sentence_and_nothing_is_kept(desk, lang, change, said):  # noqa: F811
    from sse_observatory.portal.models import Proposal

    ana = signed_in("ana")
    url = f"/{lang}/desk/records/evt-2023-ga-adoption/edit/"
    response = ana.post(url, fields_of(html.fromstring(ana.get(url).content)) | {"why": "x"} | change)

    assert response.status_code == 422 and said in errors_of(response).text_content()
    assert not Proposal.objects.exists()


def test_two_exclusive_roles_at_once_are_named_in_words(desk):  # noqa: F811
    ana = signed_in("ana")
    roles = [
        r for r in desk.now().portfolio.records.values()
        if r.kind == "membership" and r.role == "vice-chair" and r.member == "act-ilo"
    ]
    url = "/fr/desk/new/membership/"
    sent = fields_of(html.fromstring(ana.get(url).content)) | {
        "new_id": "mem-second", "member": "act-ilo", "body": roles[0].body, "role": "chair", "status": "verified",
        "date": roles[0].date.code, "date_kind": "observed", "sources": roles[0].sources[0].source.id, "why": "x",
    }

    told = errors_of(ana.post(url, sent)).text_content()

    assert "deux fonctions qui s’excluent" in told and "«\u202fprésidence\u202f»" in told.lower(), told


def test_a_difference_that_cannot_be_settled_says_why_and_the_page_stays(desk):  # noqa: F811
    cy = signed_in("cy")

    response = cy.post("/fr/desk/differences/", {"record": "ins-a-res-77-281", "side": "portal"})

    assert response.status_code == 422
    assert "ne diffère plus du catalogue" in errors_of(response).text_content()


def test_a_proposal_that_no_longer_fits_lists_why_when_it_is_accepted(desk):  # noqa: F811
    from sse_observatory.portal.models import Proposal

    ana, bo = signed_in("ana"), signed_in("bo")
    url = "/en/desk/records/ins-a-res-77-281/edit/"
    ana.post(url, fields_of(html.fromstring(ana.get(url).content)) | {"symbol": "A/RES/77/281 (rev)", "why": "x"})
    found = Proposal.objects.get()
    Proposal.objects.update(content=found.content | {"body": "act-gone"})

    response = bo.post(f"/es/desk/proposals/{found.pk}/", {"action": "accept"})

    assert response.status_code == 422
    assert "No existe la ficha «act-gone»" in errors_of(response).text_content()


@pytest.mark.parametrize(
    ("lang", "said"), [("fr", "Ce fichier ne peut pas être accepté"), ("es", "Este archivo no puede")]
)
def test_what_another_part_says_in_english_is_framed_and_marked(desk, lang, said):  # noqa: F811
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = {"file": SimpleUploadedFile("x.rtf", b"{\\rtf1 words}")}
    told = errors_of(signed_in("ana").post(f"/{lang}/desk/texts/", sent))

    assert said in told.text_content() and "RTF" in told.xpath("string(.//*[@lang='en'])")


def told_at(page):
    """What is said at each field, by the id of the field; what is invalid; and where the summary leads, in order."""
    said = {}
    for field in page.xpath("//form[contains(@class, 'edit')]//*[@aria-describedby]"):
        for one in field.get("aria-describedby").split():
            found = page.xpath(f"//*[@id='{one}']")
            assert len(found) == 1, f"{one} describes a field and is there {len(found)} times"
            if one.endswith("-error"):
                said[field.get("id") or one.removesuffix("-error")] = found[0].text_content()
    invalid = set(page.xpath("//*[@aria-invalid='true']/@name"))
    links = page.xpath("//div[@class='errors']//a/@href")
    for link in links:
        assert len(page.xpath(f"//*[@id='{link.removeprefix('#')}']")) == 1, link
    return said, invalid, links


@pytest.mark.parametrize(
    ("lang", "title", "error", "reason"),
    [
        ("en", "To correct: ", "Error:", "A change needs a reason."),
        ("fr", "À corriger\u202f: ", "Erreur\u202f:", "Un changement demande un motif."),
        ("es", "Por corregir: ", "Error:", "Un cambio requiere un motivo."),
    ],
)
def test_every_fault_is_told_at_once_each_at_its_field(desk, lang, title, error, reason):  # noqa: F811
    ana = signed_in("ana")
    url = f"/{lang}/desk/records/ins-a-res-77-281/edit/"
    good = fields_of(html.fromstring(ana.get(url).content))
    wrong = {"date": "2023-02-30", "body": "act-nobody", "sources": "no-such-source", "why": ""}
    wrong |= {f"title.{code}": "" for code in ("en", "fr", "es")}
    response = ana.post(url, good | wrong)
    page = html.fromstring(response.content)
    said, invalid, links = told_at(page)

    assert response.status_code == 422
    # In the order in which the fields stand on the page, the reason last.
    assert links == sorted(links, key=lambda link: response.content.index(f'id="{link[1:]}"'.encode()))
    assert {"#f-title-en", "#f-date", "#f-body", "#f-sources", "#f-why"} <= set(links) and links[-1] == "#f-why"
    assert {"title.en", "title.fr", "title.es", "date", "body", "sources", "why"} <= invalid
    assert {"f-title", "f-date", "f-body", "f-sources", "f-why"} <= said.keys()
    assert all(error in text for text in said.values())
    assert "2023-02-30" in said["f-date"] and "act-nobody" in said["f-body"] and reason in said["f-why"]
    assert page.xpath("string(//title)").startswith(title)
    # What was sent stands in the fields again.
    assert fields_of(page)["date"] == "2023-02-30" and fields_of(page)["sources"] == "no-such-source"


def test_a_form_without_faults_says_nothing_of_errors(desk):  # noqa: F811
    page = html.fromstring(signed_in("ana").get("/en/desk/records/ins-a-res-77-281/edit/").content)
    said, invalid, links = told_at(page)

    assert (said, invalid, links) == ({}, set(), [])
    assert not page.xpath("string(//title)").startswith("To correct")
    assert page.xpath("//*[@aria-required='true']")


def test_of_a_new_record_the_id_and_everything_missing_are_told_at_once(desk):  # noqa: F811
    ana = signed_in("ana")
    for identifier, says in (("Not an id", "small letters"), ("act-ilo", "already"), ("", "small letters")):
        response = ana.post("/en/desk/new/event/", {"new_id": identifier, "date": "2023-02-30", "body": "act-nobody"})
        said, _, links = told_at(html.fromstring(response.content))
        assert response.status_code == 422
        assert says in said["f-new_id"]
        assert links[0] == "#f-new_id" and {"#f-title-en", "#f-date", "#f-sources", "#f-why"} <= set(links)
        assert "id-not-given-yet" not in response.content.decode()
        assert not desk.ledger.Record.objects.filter(pk__startswith="id-not-given").exists()


def test_what_is_wrong_in_a_part_is_told_at_its_field(desk):  # noqa: F811
    portfolio = desk.now().portfolio
    provision = max((r for r in portfolio.records.values() if r.kind == "provision"), key=lambda r: len(r.acts))
    ana = signed_in("ana")
    url = f"/fr/desk/records/{provision.id}/edit/"
    good = fields_of(html.fromstring(ana.get(url).content))
    response = ana.post(url, good | {"acts.0.verb": "no-such-verb", "acts.0.id": "", "why": "x"})
    said, invalid, links = told_at(html.fromstring(response.content))

    assert links == sorted(links, key=lambda link: response.content.index(f'id="{link[1:]}"'.encode()))
    assert set(links) == {"#f-acts-0-id", "#f-acts-0-verb"} and invalid == {"acts.0.id", "acts.0.verb"}
    assert said.keys() == {"f-acts-0-id", "f-acts-0-verb"}
