"""The editors' desk: signing in, proposing changes to records, accepting and releasing them, settling differences.

Nothing of it is public or kept by caches, and it needs no scripts. Who may do what is decided in `proposals`; what a
page offers is only what the person may do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters

from sse_observatory.core import Language, ObservatoryError
from sse_observatory.figures import number
from sse_observatory.portal import accounts, database, faults, forms, ledger, proposals, records, words
from sse_observatory.portal.models import Account, Proposal, Record, Role
from sse_observatory.portal.pages.common import render
from sse_observatory.portal.pages.followup.scene import PLACES, ROOT
from sse_observatory.portal.proposals import Refused

SHOWN = 50
DONE = ("proposed", "accept", "release", "decline", "take_back", "kept", "password", "corrected", "brought")

View = Callable[..., HttpResponse]


def page(request: HttpRequest, lang: Language, template: str, title: str, **context: Any) -> HttpResponse:
    """A page of the desk: not indexed, not kept anywhere."""
    account = request.user if isinstance(request.user, Account) else None
    done = request.GET.get("done", "")
    response = render(
        request, f"desk/{template}", lang, section="", title=title, indexed=False, account=account,
        roles=[words.say(f"role.{role}", lang) for role in sorted(account.roles)] if account else [],
        done=words.say(f"desk.done_{done}", lang) if done in DONE else "", **context,
    )
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def desk(view: View) -> View:
    """A page for who is signed in; others are asked to sign in first and come back."""

    @wraps(view)
    def answer(request: HttpRequest, lang: Language, **arguments: Any) -> HttpResponse:
        if not database.present():
            return _no_database(request, lang)
        records.now()
        if not isinstance(request.user, Account):
            return HttpResponseRedirect(f"/{lang}/desk/sign-in/?next={quote(request.get_full_path())}")
        try:
            return view(request, lang, **arguments)
        except Refused as error:
            return page(
                request, lang, "refused.html", words.say("desk.refused", lang), status=403,
                what=words.say(f"refused.{error.key}", lang),
            )

    return answer


def _no_database(request: HttpRequest, lang: Language) -> HttpResponse:
    return page(
        request, lang, "refused.html", words.say("desk.title", lang), status=503,
        what=words.say("desk.no_database", lang),
    )


@sensitive_post_parameters("password")
def sign_in(request: HttpRequest, lang: Language) -> HttpResponse:
    """The form to sign in with; afterwards the page that was asked for, if it is one of the desk."""
    if not database.present():
        return _no_database(request, lang)
    records.now()
    wanted = request.POST.get("next", request.GET.get("next", ""))
    if not _own(wanted, lang):
        wanted = f"/{lang}/desk/"
    problem, status, name = "", 200, request.POST.get("name", "")[:80]
    if request.method == "POST":
        try:
            account = accounts.sign_in(request, name, request.POST.get("password", "")[:1024])
        except accounts.Wait:
            problem, status = "desk.wait", 429
        else:
            if account is not None:
                login(request, account)
                return HttpResponseRedirect(wanted)
            problem, status = "desk.wrong", 403
    return page(
        request, lang, "sign_in.html", words.say("desk.sign_in", lang), status=status, next=wanted, name=name,
        problem=words.say(problem, lang) if problem else "",
    )


def _own(url: str, lang: Language) -> bool:
    plain = re.fullmatch(r"/(en|fr|es)/desk/[A-Za-z0-9/?=&_%+-]*", url)
    return plain is not None and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def sign_out(request: HttpRequest, lang: Language) -> HttpResponse:
    """Sign out; only by a form."""
    if request.method == "POST":
        logout(request)
    return HttpResponseRedirect(f"/{lang}/desk/sign-in/")


@sensitive_post_parameters("old", "new", "again")
@desk
def password(request: HttpRequest, lang: Language) -> HttpResponse:
    """Change one's own password; other places where one is signed in are signed out."""
    assert isinstance(request.user, Account)
    problem = ""
    if request.method == "POST":
        new = request.POST.get("new", "")[:1024]
        try:
            known = accounts.sign_in(request, request.user.name, request.POST.get("old", "")[:1024])
            if known is None:
                problem = words.say("desk.wrong_old", lang)
            elif new != request.POST.get("again", ""):
                problem = words.say("desk.not_the_same", lang)
            else:
                accounts.change_password(request.user, new or " ")
                update_session_auth_hash(request, request.user)
                return HttpResponseRedirect(f"/{lang}/desk/?done=password")
        except accounts.Wait:
            problem = words.say("desk.wait", lang)
        except ObservatoryError:
            problem = words.say("desk.weak", lang)
    return page(request, lang, "password.html", words.say("desk.password", lang), problem=problem)


@desk
def front(request: HttpRequest, lang: Language) -> HttpResponse:
    """What waits for the person who is signed in, and what became of what they proposed."""
    account = request.user
    assert isinstance(account, Account)
    under_way = list(Proposal.objects.filter(stage__in=proposals.OPEN).select_related(
        "proposed_by", "accepted_by").order_by("proposed_at"))
    waiting = [p for p in under_way if {"accept", "release"} & set(proposals.actions(account, p))]
    mine = Proposal.objects.filter(proposed_by=account).order_by("-proposed_at")[:SHOWN]
    wanted = request.GET.get("record", "").strip()[:160]
    if wanted and proposals.ID.fullmatch(wanted) and Record.objects.filter(pk=wanted).exists():
        return HttpResponseRedirect(f"/{lang}/desk/records/{wanted}/")
    differing = ledger.differences()
    return page(
        request, lang, "front.html", words.say("desk.title", lang), waiting=waiting[:SHOWN], mine=mine,
        under_way=[p for p in under_way if p not in waiting][:SHOWN], differing=number(len(differing), lang),
        has_differing=bool(differing), wanted=wanted,
        kinds=[{"kind": k, "label": words.say(f"kind.{k}", lang)} for k in forms.KINDS],
        may_propose=Role.CONTRIBUTOR in account.roles,
    )


@desk
def record(request: HttpRequest, lang: Language, identifier: str) -> HttpResponse:
    """A record as the desk sees it: where it is read, every revision, proposals under way."""
    row = Record.objects.filter(pk=identifier).first()
    if row is None:
        raise Http404
    return page(
        request, lang, "record.html", identifier, row=row, history=ledger.history(identifier)[:SHOWN],
        under_way=Proposal.objects.filter(record=identifier, stage__in=proposals.OPEN), read=_read_at(row, lang),
        may_propose=Role.CONTRIBUTOR in _account(request).roles,
    )


def _read_at(row: Record, lang: Language) -> str:
    if row.content is None or row.kind not in PLACES:
        return ""
    return f"/{lang}/{ROOT}{PLACES[row.kind]}/{row.id}/"


def _account(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)
    return request.user


@desk
def edit(request: HttpRequest, lang: Language, identifier: str) -> HttpResponse:
    """The form of a record; what is sent becomes a proposal."""
    row = Record.objects.filter(pk=identifier).first()
    if row is None:
        raise Http404
    content = row.content or row.offered or {"kind": row.kind, "id": row.id}
    return _form(request, lang, identifier, row.kind, content, row.digest)


@desk
def new(request: HttpRequest, lang: Language, kind: str) -> HttpResponse:
    """The form of a record that does not exist yet."""
    if kind not in forms.KINDS:
        raise Http404
    identifier = request.POST.get("new_id", "").strip()
    return _form(request, lang, identifier, kind, {"kind": kind, "id": identifier}, "", is_new=True)


def _form(
    request: HttpRequest, lang: Language, identifier: str, kind: str, content: Any, digest: str, *,
    is_new: bool = False,
) -> HttpResponse:
    account = _account(request)
    if Role.CONTRIBUTOR not in account.roles:
        raise Refused("role_contributor", f"{account.name} may not propose.")
    problem, wrong = "", None
    base, why = request.POST.get("base", digest), request.POST.get("why", "")
    if request.method == "POST":
        if "withdraw" not in request.POST:
            content = forms.content_of(kind, identifier, request.POST)
        try:
            sent = None if "withdraw" in request.POST else content
            propose = proposals.propose_new if is_new else proposals.propose
            made = propose(account, identifier, sent, why, base)
            return HttpResponseRedirect(f"/{lang}/desk/proposals/{made.pk}/?done=proposed")
        except records.NotInOrder as error:
            wrong = error
        except Refused:
            raise
        except ObservatoryError as error:
            problem = faults.problem(error, lang)
    board = records.now()
    widgets = forms.widgets(kind, content, board.portfolio.terms)
    first, last = forms.name_of_new(identifier), forms.reason(why)
    told = [] if wrong is None else faults.in_form(wrong, lang, identifier, [first, *widgets, last])
    title = words.say("desk.new" if is_new else "desk.edit", lang)
    return page(
        request, lang, "edit.html", title, status=200 if request.method != "POST" else 422, identifier=identifier,
        kind=kind, kind_label=words.say(f"kind.{kind}", lang), widgets=widgets, new_id=first, reason=last,
        faults=told, problem=problem, written_from=base, is_new=is_new, sources=sorted(board.portfolio.sources),
        terms=board.portfolio.terms, wrong_title=words.say("desk.wrong_title", lang, title=title),
    )


@desk
def proposal(request: HttpRequest, lang: Language, number_: str) -> HttpResponse:
    """A proposal: what would change and why, and what the person may do with it."""
    account = _account(request)
    found = Proposal.objects.select_related("proposed_by", "accepted_by", "closed_by").filter(pk=int(number_)).first()
    if found is None:
        raise Http404
    problem, wrong = "", []
    if request.method == "POST":
        action = request.POST.get("action", "")
        try:
            proposals.act(account, found.pk, action, request.POST.get("note", ""))
            return HttpResponseRedirect(f"/{lang}/desk/proposals/{found.pk}/?done={action}")
        except Refused:
            raise
        except ObservatoryError as error:
            if isinstance(error, records.NotInOrder):
                wrong = faults.told(error, lang)
            else:
                problem = faults.problem(error, lang)
            found.refresh_from_db()
    before = Record.objects.filter(pk=found.record).first()
    current = before.content if before is not None else None
    compared = ledger.Difference(found.record, found.kind, current, found.content, False)
    return page(
        request, lang, "proposal.html", words.say("desk.proposal", lang, number=found.pk), proposal=found,
        fields=[
            {"name": name, "before": _told(ours), "after": _told(theirs)} for name, ours, theirs in compared.fields
        ] if found.stage in proposals.OPEN else [],
        revisions=[
            {"name": n, "before": _told(a), "after": _told(b)}
            for past in ledger.history(found.record) if past.proposal == found.pk for n, a, b in past.changed
        ],
        stage=words.say(f"stage_of.{found.stage}", lang), withdraws=found.content is None,
        problem=problem, faults=wrong, status=422 if problem or wrong else 200,
        actions=[
            {"name": name, "label": words.say(f"action.{name}", lang), "no": name in ("decline", "take_back")}
            for name in proposals.actions(account, found)
        ],
        stale=found.stage in proposals.OPEN and (before.digest if before is not None else "") != found.base,
        hint=_hint(account, found, lang),
    )


def _hint(account: Account, found: Proposal, lang: Language) -> str:
    """Why the next step is not offered to this person."""
    offered = proposals.actions(account, found)
    if found.stage == Proposal.Stage.PROPOSED and "accept" not in offered:
        own = found.proposed_by_id == account.pk
        return words.say("refused.own_proposal" if own else "refused.role_validator", lang)
    if found.stage == Proposal.Stage.ACCEPTED and "release" not in offered:
        own = found.accepted_by_id == account.pk
        return words.say("refused.own_acceptance" if own else "refused.role_publisher", lang)
    return ""


def _told(value: Any) -> str:
    """A value of a record as a person compares it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(_told(member) for member in value)
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_told(member)}" for key, member in value.items())
    return str(value)


@desk
def differences(request: HttpRequest, lang: Language) -> HttpResponse:
    """Where the portal's records and the catalogue's differ, with a way to settle each."""
    account = _account(request)
    problem, wrong = "", []
    if request.method == "POST":
        try:
            return HttpResponseRedirect(_settled(request, lang))
        except Refused:
            raise
        except records.NotInOrder as error:
            wrong = faults.told(error, lang)
        except ObservatoryError as error:
            problem = faults.problem(error, lang)
    every = request.GET.get("all") == "1"
    listed = ledger.differences(settled=every)
    return page(
        request, lang, "differences.html", words.say("desk.differences", lang), every=every, differences=[
            {"one": one, "nature": words.say(f"difference_nature.{one.nature}", lang),
             "fields": [{"name": n, "before": _told(a), "after": _told(b)} for n, a, b in one.fields]
             if one.nature == "both" else []}
            for one in listed[:SHOWN]
        ],
        status=422 if problem or wrong else 200, problem=problem, faults=wrong,
        more=max(len(listed) - SHOWN, 0), may_take=Role.CONTRIBUTOR in account.roles,
        may_keep=Role.PUBLISHER in account.roles,
    )


def _settled(request: HttpRequest, lang: Language) -> str:
    """Take the catalogue's side of a difference, or keep the portal's; the address to go on to.

    Raises Http404, Refused, ObservatoryError where the records do not allow it.
    """
    account = _account(request)
    identifier, side = request.POST.get("record", ""), request.POST.get("side", "")
    why = request.POST.get("why", "").strip()[:proposals.LONGEST_REASON]
    found = ledger.difference(identifier)
    if side == "catalogue":
        row = Record.objects.get(pk=identifier)
        because = why or words.say("desk.take_reason", lang)
        made = proposals.propose(account, identifier, found.theirs, because, row.digest)
        return f"/{lang}/desk/proposals/{made.pk}/?done=proposed"
    if side == "portal":
        if Role.PUBLISHER not in account.roles:
            raise Refused("role_publisher", f"{account.name} may not settle this.")
        ledger.keep(identifier, by=account.name, why=why)
        return f"/{lang}/desk/differences/?done=kept"
    raise Http404


@desk
def people(request: HttpRequest, lang: Language) -> HttpResponse:
    """The accounts and their roles; an administrator gives and takes roles, never their own."""
    account = _account(request)
    if Role.ADMINISTRATOR not in account.roles:
        raise Refused("role_administrator", f"{account.name} may not see the accounts.")
    if request.method == "POST":
        other = Account.objects.filter(name=request.POST.get("name", "")).first()
        if other is None or other.pk == account.pk:
            raise Refused("own_roles", f"{account.name} may not change these roles.")
        accounts.give(other, [role for role in Role.values if request.POST.get(f"role_{role}")])
        return HttpResponseRedirect(f"/{lang}/desk/people/")
    listed = [
        {"account": one, "own": one.pk == account.pk, "roles": [
            {"name": role, "label": words.say(f"role.{role}", lang), "held": role in one.roles} for role in Role.values
        ]} for one in Account.objects.order_by("name").prefetch_related("grants")
    ]
    return page(request, lang, "people.html", words.say("desk.people", lang), people=listed)
