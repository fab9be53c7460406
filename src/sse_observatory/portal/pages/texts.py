"""Confirming what was read: a text and its acts side by side, to accept, correct, split and merge by keyboard.

Every deed is a form of its own and needs no scripts. After each the page comes back at the next paragraph that nobody
has confirmed, its *accept* button in focus: a text that was read well is confirmed by pressing Enter once for each
paragraph.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import mark_safe

from sse_observatory.catalogue.portfolio.wrong import Wrong
from sse_observatory.core import Language, ObservatoryError
from sse_observatory.figures import number
from sse_observatory.instruments import corrections as deeds
from sse_observatory.instruments.compare import compare as compared
from sse_observatory.instruments.compare.page import STYLE, fragment
from sse_observatory.instruments.corrections import Deed
from sse_observatory.instruments.model import Element, Kind
from sse_observatory.portal import faults, proposals, records, words
from sse_observatory.portal import texts as kept
from sse_observatory.portal.models import Account, BroughtText, Role
from sse_observatory.portal.pages.desk import desk, page
from sse_observatory.portal.texts import Reading

SHOWN = 200
LISTS = ("addressees", "conditions")
_SHOWN_KINDS = (Kind.PREAMBULAR, Kind.OPERATIVE, Kind.HEADING, Kind.ANNEX, Kind.OTHER, Kind.CLOSING, Kind.TITLE)


def _account(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)
    return request.user


@desk
def texts(request: HttpRequest, lang: Language) -> HttpResponse:
    """The texts brought so far, and the form to bring one: a file, or words pasted."""
    account = _account(request)
    problem = ""
    if request.method == "POST":
        name, data = _sent(request)
        stated = request.POST.get("language", "")
        try:
            if not data:
                raise ObservatoryError(Wrong("no_text", "Choose a file, or paste a text."))
            made = kept.bring(account, name, data, stated if stated in ("en", "fr", "es") else None)
            return HttpResponseRedirect(f"/{lang}/desk/texts/{made.pk}/?done=brought")
        except kept.Refused:
            raise
        except ObservatoryError as error:
            problem = faults.problem(error, lang, "unreadable_file")
    found = BroughtText.objects.select_related("brought_by").defer("data").order_by("-brought_at")[:SHOWN]
    return page(
        request, lang, "texts.html", words.say("texts.title", lang), status=422 if problem else 200, texts=found,
        problem=problem, may=Role.CONTRIBUTOR in account.roles, pasted=request.POST.get("pasted", "")[:100_000],
    )


def _sent(request: HttpRequest) -> tuple[str, bytes]:
    file = request.FILES.get("file")
    if file is not None:
        return str(file.name), file.read(kept.LARGEST + 1)
    pasted = request.POST.get("pasted", "")
    return words.say("texts.pasted_name", "en"), pasted.encode("utf-8", "replace") if pasted.strip() else b""


def _found(number_: str) -> BroughtText:
    found = BroughtText.objects.filter(pk=int(number_)).first()
    if found is None:
        raise Http404
    return found


@desk
def text(request: HttpRequest, lang: Language, number_: str) -> HttpResponse:
    """A text and its acts side by side; what is sent is a correction of one paragraph."""
    account, found = _account(request), _found(number_)
    problem, at = "", request.GET.get("at", "")
    if request.method == "POST":
        at = request.POST.get("element", "")
        try:
            if "take_back" in request.POST:
                kept.take_back(account, found, int(request.POST["take_back"]))
            else:
                before = kept.reading(found)
                kept.correct(account, found, at, _deed(request, before, at), request.POST.get("because", ""))
                if request.POST.get("do") == "accept":
                    at = kept.reading(found).next_after(at)
            # No fragment: a browser that has one to go to leaves the focus alone.
            return HttpResponseRedirect(f"/{lang}/desk/texts/{found.pk}/?done=corrected&at={quote(at)}")
        except kept.Refused:
            raise
        except ObservatoryError as error:
            problem = faults.problem(error, lang)
        except (ValueError, KeyError) as error:
            problem = faults.problem(ObservatoryError(str(error).strip("'")), lang)
    now = kept.reading(found)
    focus = at or (now.to_confirm[0].id if now.to_confirm else "")
    drafting = words.the_catalogue().drafting
    operative = now.instrument.of_kind(Kind.OPERATIVE)
    return page(
        request, lang, "text.html", str(found), status=422 if problem else 200, text=found, problem=problem,
        correcting=bool(problem) or request.GET.get("correct") == "1", may=Role.CONTRIBUTOR in account.roles,
        elements=list(_rows(now, focus)), focus=focus,
        read_in=now.instrument.expression.language,
        problems=[p.message[lang] for p in now.instrument.problems], history=list(reversed(now.history)),
        confirmed=number(len([e for e in operative if e.id in now.confirmed]), lang),
        operative=number(len(operative), lang), may_join=any(e.level == 1 and e.id in now.confirmed for e in operative),
        verbs=[(v.id, v.label[lang]) for v in drafting.verbs.values()],
        strengths=[(s.id, s.label[lang]) for s in drafting.strengths.values()],
        conditions=[(c.id, c.label[lang]) for c in drafting.conditions.values()],
        addressees=[(a.id, a.label[lang]) for a in drafting.addressees.values()],
        kinds=[(k.value, words.say(f"element.{k.value}", lang)) for k in kept.CORRECTABLE],
    )


def _rows(now: Reading, focus: str) -> Any:
    for element in now.instrument.elements:
        if element.kind not in _SHOWN_KINDS:
            continue
        acts = now.instrument.acts.get(element.id, ())
        yield {
            "element": element,
            "here": element.id == focus,
            "confirmed": element.id in now.confirmed,
            "operative": element.kind is Kind.OPERATIVE,
            "indent": min(element.level - 1, 4),
            "governed": bool(acts) and all(act.chapeau for act in acts),
            "acts": [
                {"at": at, "act": act, "addressees": _lines(act.addressees), "conditions": _lines(act.conditions)}
                for at, act in enumerate(acts)
            ],
        }


def _lines(values: Any) -> str:
    return "\n".join(f"{value.term or ''} | {value.text}" for value in values)


def _deed(request: HttpRequest, now: Reading, id: str) -> Deed:
    """What the form asks for. Raises ValueError or KeyError for a form that does not fit."""
    sent = request.POST
    element = next((e for e in now.instrument.elements if e.id == id), None)
    if element is None:
        told = Wrong("no_paragraph", "The text has no paragraph {value} any more.", value=id)
        raise ObservatoryError(told, "Open the text again.")
    match sent.get("do", ""):
        case "accept":
            return deeds.accept(now.instrument, id)
        case "set":
            field, act = sent.get("field", ""), int(sent.get("act", "0"))
            return deeds.SetField(act, field, _value(field, sent.get("value", "")))  # type: ignore[arg-type]
        case "add":
            verb = words.the_catalogue().drafting.verbs[sent.get("verb", "")]
            verb_text = sent.get("verb_text", "").strip()
            values = {"verb": verb_text.lower(), "verb_text": verb_text, "code": verb.id, "strength": verb.strength}
            values["action"] = sent.get("action", "").strip()
            return deeds.AddAct(len(now.instrument.acts.get(id, ())), values)
        case "drop":
            return deeds.DropAct(int(sent.get("act", "0")))
        case "split":
            return _split(now, element, sent.get("second", "").strip())
        case "merge":
            after = [e for e in now.instrument.elements if e.kind not in (Kind.STRIPPED, Kind.FOOTNOTE)]
            following = after[after.index(element) + 1 :]
            if not following:
                told = Wrong("no_next", "There is no paragraph after this one.")
                raise ObservatoryError(told, "Merge from the paragraph before.")
            return deeds.Merge(deeds.content_key(following[0]))
        case "retype":
            kind = Kind(sent.get("kind", ""))
            return deeds.Retype(kind, _free_id(now, element, kind), element.number, element.level, element.parent)
        case other:
            raise ValueError(f"{other!r} is nothing that can be done")


def _value(field: str, text: str) -> Any:
    if field in LISTS:
        made = []
        for line in text.splitlines():
            if not line.strip():
                continue
            term, _, quoted = line.partition("|")
            made.append({"term": term.strip() or None, "text": quoted.strip()})
        return made
    if field == "deadline":
        told, _, due = text.partition("|")
        return {"text": told.strip(), "due": due.strip() or None, "basis": "stated"} if told.strip() else None
    if field == "recurrence":
        return {"text": text.strip()} if text.strip() else None
    if field == "modifier":
        return text.strip() or None
    return text.strip()


def _split(now: Reading, element: Element, second: str) -> deeds.Split:
    """The cut before the words with which the second paragraph begins."""
    at = element.text.find(second) if second else -1
    if at <= 0:
        told = Wrong("no_split", "The second paragraph must begin with words of this one, and not with its first.")
        raise ObservatoryError(told, "Copy the first words of the second paragraph from the text.")
    return deeds.Split(at, _free_id(now, element, element.kind))


def _free_id(now: Reading, element: Element, kind: Kind) -> str:
    """An id for a paragraph made by hand: the usual name of its kind, with a letter no other has."""
    taken = {e.id for e in now.instrument.elements}
    stem = element.id if element.kind is kind else {Kind.PREAMBULAR: "pp", Kind.OPERATIVE: "op"}.get(kind, kind.value)
    for n in range(2, len(taken) + 3):
        if f"{stem}-{n}" not in taken:
            return f"{stem}-{n}"
    raise ValueError("no name is free")


@desk
def compare(request: HttpRequest, lang: Language) -> HttpResponse:
    """Two texts paragraph by paragraph: what moved, was reworded, strengthened, weakened, added and dropped."""
    asked = [request.GET.get(name, "") for name in ("old", "new")]
    found = [BroughtText.objects.filter(pk=int(n)).first() for n in asked if n.isdecimal() and len(n) < 10]
    chosen = [one for one in found if one is not None]
    problem, shown = "", ""
    if len(chosen) == 2:
        old, new = (kept.reading(one).instrument for one in chosen)
        try:
            shown = fragment(compared(old, new), lang)
        except ObservatoryError as error:
            problem = faults.problem(error, lang)
    texts = BroughtText.objects.defer("data").order_by("-brought_at")[:SHOWN]
    return page(
        request, lang, "compare.html", words.say("texts.compare", lang), status=422 if problem else 200, texts=texts,
        problem=problem, chosen=chosen if len(chosen) == 2 else None,
        # Markup made by `instruments.compare.page`, which escapes all it takes from the texts.
        comparison=mark_safe(shown),  # noqa: S308
    )


def style(request: HttpRequest) -> HttpResponse:
    """The style sheet of comparisons, as `instruments` has it."""
    response = HttpResponse(STYLE, content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@desk
def history(request: HttpRequest, lang: Language, number_: str) -> HttpResponse:
    """The corrections of a text as JSON Lines, as `observatory instrument read --corrections` takes them."""
    rows = [row.told for row in kept.reading(_found(number_)).history if row.withdrawn_at is None]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    response = HttpResponse(lines, content_type="application/jsonl; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="corrections-{int(number_)}.jsonl"'
    response.headers["Cache-Control"] = "no-store, private"
    return response


@desk
def join(request: HttpRequest, lang: Language, number_: str) -> HttpResponse:
    """The confirmed paragraphs as records to be: a person names and paraphrases each, and proposes it."""
    account, found = _account(request), _found(number_)
    now = kept.reading(found)
    choices = kept.instruments_for(found)
    instrument = request.POST.get("instrument", request.GET.get("instrument", ""))
    if instrument not in choices:
        instrument = choices[0] if choices else ""
    offers = kept.offers(now, instrument) if instrument else ()
    problem, wrong = "", []
    if request.method == "POST":
        wanted = next((o for o in offers if o.element.id == request.POST.get("element", "")), None)
        try:
            if wanted is None:
                told = Wrong("not_among_confirmed", "The paragraph is not among those confirmed.")
                raise ObservatoryError(told, "Open the page again.")
            indices = range(len(wanted.acts))
            made = kept.join(
                account, now, instrument, wanted, title=request.POST.get("title", "")[:400],
                source=request.POST.get("source", "")[:160],
                paraphrases=[request.POST.get(f"text-{n}", "")[:4_000] for n in indices],
                actors=[request.POST.get(f"actors-{n}", "")[:1_000].split() for n in indices],
                why=request.POST.get("why", "") or words.say("texts.join_why", lang, text=str(found)),
            )
            return HttpResponseRedirect(f"/{lang}/desk/proposals/{made.pk}/?done=proposed")
        except kept.Refused:
            raise
        except records.NotInOrder as error:
            wrong = faults.told(error, lang)
        except ObservatoryError as error:
            problem = faults.problem(error, lang)
    board = records.now()
    waiting = {
        p.record for p in proposals.Proposal.objects.filter(
            stage__in=proposals.OPEN, record__in=[o.record for o in offers])
    }  # fmt: skip
    return page(
        request, lang, "join.html", words.say("texts.join", lang), status=422 if problem or wrong else 200, text=found,
        problem=problem, faults=wrong, instrument=instrument, instruments=choices,
        sources=sorted(board.portfolio.sources), offers=[{"offer": o, "waits": o.record in waiting} for o in offers],
        read_in=now.instrument.expression.language, may=Role.CONTRIBUTOR in account.roles,
    )


