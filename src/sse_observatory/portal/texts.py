"""Texts that somebody brought to be read, what people put right in their reading, and what joins the records.

The file is kept as it came; it is read again each time, and the corrections kept beside it are obeyed
(`instruments.corrections`). A correction names the paragraph by its words, so it holds for another copy of the same
text. What a person has confirmed can be proposed as follow-up records; from there on it goes the way of every change
(`proposals`): somebody else accepts it, and somebody releases it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.utils import timezone

from sse_observatory import instruments
from sse_observatory.catalogue import portfolio
from sse_observatory.catalogue.portfolio.wrong import Wrong
from sse_observatory.core import Language, ObservatoryError, Text
from sse_observatory.instruments import corrections as deeds
from sse_observatory.instruments.corrections import Correction, Deed
from sse_observatory.instruments.model import Act, Element, Instrument, Kind
from sse_observatory.portal import proposals, records
from sse_observatory.portal.models import Account, BroughtText, Proposal, Role, TextCorrection
from sse_observatory.portal.proposals import Refused

LARGEST = 20_000_000
"""Bytes of a file brought to the portal."""
MOST_TEXTS = 2_000
CORRECTABLE = (Kind.PREAMBULAR, Kind.OPERATIVE, Kind.HEADING, Kind.OTHER, Kind.ANNEX, Kind.CLOSING)
"""Kinds a paragraph can be made into by hand."""

ACTOR_OF: Mapping[str, str] = {
    "MEMBER_STATES": "act-member-states",
    "GOVERNMENTS": "act-governments",
    "SECRETARY_GENERAL": "act-un-sg",
    "GENERAL_ASSEMBLY": "act-unga",
    "ECOSOC": "act-ecosoc",
    "UN_SYSTEM": "act-unds",
    "COUNTRY_TEAMS": "act-unds",
    "SPECIALIZED_AGENCIES": "act-unds",
    "TASK_FORCE_SSE": "act-untfsse",
    "COPAC": "act-copac",
    "OFFICE": "act-ilo-office",
    "DIRECTOR_GENERAL": "act-ilo-office",
    "GOVERNING_BODY": "act-ilo-gb",
    "CONFERENCE": "act-ilc",
    "ILO": "act-ilo",
    "DEVELOPMENT_BANKS": "act-ifis",
    "FINANCIAL_INSTITUTIONS": "act-ifis",
    "EUROPEAN_COMMISSION": "act-eu-commission",
    "STAKEHOLDERS": "act-stakeholders",
}
"""The actor of the records that stands for an addressee of the drafting list: an offer that a person may change."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as read with every correction obeyed; `confirmed` are the ids of the paragraphs a person has accepted."""

    text: BroughtText
    instrument: Instrument
    confirmed: frozenset[str]
    history: tuple[TextCorrection, ...]

    @property
    def to_confirm(self) -> tuple[Element, ...]:
        """The operative paragraphs that nobody has confirmed yet."""
        return tuple(e for e in self.instrument.of_kind(Kind.OPERATIVE) if e.id not in self.confirmed)

    def next_after(self, id: str) -> str:
        """The paragraph to look at after `id`: the next one not confirmed, or else the first."""
        waiting = [e.id for e in self.to_confirm]
        order = [e.id for e in self.instrument.elements]
        here = order.index(id) if id in order else -1
        later = [w for w in waiting if order.index(w) > here]
        return (later or waiting or [id])[0]


class Impossible(ObservatoryError):
    """A correction that the text does not allow; `said` tells why in every language."""

    def __init__(self, said: Text) -> None:
        super().__init__(str(said.get("en")), "Change the correction, or leave it.")
        self.said = said


def bring(account: Account, name: str, data: bytes, language: Language | None) -> BroughtText:
    """Keep a file to be read; the same file brought twice is kept once.

    Raises Refused without the role of a contributor, InputError for what cannot be read, ObservatoryError where no
    more are kept.
    """
    _may(account)
    instrument = instruments.read(data, language=language, name=name)
    digest = hashlib.sha256(data).hexdigest()
    known = BroughtText.objects.filter(digest=digest, stated=language or "").first()
    if known is not None:
        return known
    if BroughtText.objects.count() >= MOST_TEXTS:
        told = Wrong("too_many_texts", "{count:,} texts are kept here, and no more.", count=MOST_TEXTS)
        raise ObservatoryError(told, "Ask an administrator to take old ones away.")
    symbol = instrument.work.symbol
    return BroughtText.objects.create(
        name=name[:200], data=data, digest=digest, stated=language or "", work=deeds.work_key(instrument)[:400],
        language=instrument.expression.language, symbol=symbol.text if symbol else "",
        title=(instrument.expression.title or "")[:400], brought_by=account, brought_at=timezone.now(),
    )


def reading(text: BroughtText) -> Reading:
    """The text read again, corrections obeyed."""
    plain = _read(text.digest, text.stated, text.name)
    history = tuple(TextCorrection.objects.filter(work=text.work, language=text.language).order_by("at", "pk"))
    kept = _corrections([one for one in history if one.withdrawn_at is None])
    instrument = deeds.apply(plain, kept)
    return Reading(text, instrument, deeds.confirmed(instrument, kept), history)


@lru_cache(maxsize=32)
def _read(digest: str, stated: str, name: str) -> Instrument:
    text = BroughtText.objects.get(digest=digest, stated=stated)
    language: Language | None = text.language if stated else None  # type: ignore[assignment]
    return instruments.read(bytes(text.data), language=language, name=name)


def _corrections(rows: Sequence[TextCorrection]) -> tuple[Correction, ...]:
    return deeds.loads("\n".join(json.dumps(row.told) for row in rows))


def correct(account: Account, text: BroughtText, element: str, deed: Deed, because: str) -> None:
    """Keep a correction of a paragraph, if it can be obeyed.

    Raises Refused without the role, ObservatoryError where the deed is impossible or lacks its reason. An acceptance
    needs no reason: it says that nothing was wrong.
    """
    _may(account)
    because = because.strip()[: proposals.LONGEST_REASON]
    if not because and not isinstance(deed, deeds.Accept):
        told = Wrong("no_correction_reason", "A correction needs a reason.")
        raise ObservatoryError(told, "Say in a few words what was read wrongly.")
    with transaction.atomic():
        # Two people who correct at once must not both build on the same reading.
        BroughtText.objects.select_for_update().get(pk=text.pk)
        now = reading(text)
        try:
            aim = deeds.target(now.instrument, element)
        except KeyError:
            told = Wrong("no_paragraph", "The text has no paragraph {value} any more.", value=element)
            raise ObservatoryError(told, "Open the text again and repeat the correction.") from None
        at = timezone.now()
        if now.history and now.history[-1].at >= at:
            at = now.history[-1].at + timedelta(microseconds=1)
        made = Correction(aim, deed, account.name, at, because)
        after = deeds.apply(now.instrument, [made])
        new = after.problems[len(now.instrument.problems) :]
        if new:
            raise Impossible(new[0].message)
        TextCorrection.objects.create(
            work=text.work, language=text.language, told=json.loads(deeds.dumps([made])), by=account.name, at=at,
            because=because,
        )


def take_back(account: Account, text: BroughtText, number: int) -> None:
    """Obey a correction no longer; it stays in the history. Raises Refused, ObservatoryError where there is none."""
    _may(account)
    changed = TextCorrection.objects.filter(
        pk=number, work=text.work, language=text.language, withdrawn_at=None
    ).update(withdrawn_at=timezone.now(), withdrawn_by=account.name)
    if not changed:
        told = Wrong("no_correction", "There is no such correction to take back.")
        raise ObservatoryError(told, "Open the text again.")


def instruments_for(text: BroughtText) -> tuple[str, ...]:
    """The ids of the records of instruments, those with the symbol of the text first."""
    found = records.now().portfolio.of(portfolio.Instrument)
    return tuple(r.id for r in sorted(found, key=lambda r: (r.symbol != text.symbol or not text.symbol, r.id)))


@dataclass(frozen=True, slots=True)
class Offer:
    """A confirmed paragraph as the record it may become, before a person has named and paraphrased it."""

    element: Element
    record: str
    exists: bool
    acts: tuple[OfferedAct, ...]


@dataclass(frozen=True, slots=True)
class OfferedAct:
    """One act of an offer: what the reader found, and the actors its addressees stand for."""

    act: Act
    actors: tuple[str, ...]


def offers(now: Reading, instrument: str) -> tuple[Offer, ...]:
    """What the confirmed first-level paragraphs of a reading would add to the records of `instrument`.

    The acts of subparagraphs are those of their paragraph: the records hold paragraphs.
    """
    held = records.now().portfolio.records
    made = []
    for element in now.instrument.of_kind(Kind.OPERATIVE):
        if element.level != 1 or element.id not in now.confirmed:
            continue
        identifier = f"prov-{instrument.removeprefix('ins-')}-{_slug(element.id)}"
        made.append(
            Offer(
                element, identifier, identifier in held,
                tuple(OfferedAct(act, _actors(act, held)) for act in now.instrument.acts.get(element.id, ())),
            )
        )  # fmt: skip
    return tuple(made)


def _slug(id: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", id.lower()).strip("-")


def _actors(act: Act, held: Mapping[str, Any]) -> tuple[str, ...]:
    named = dict.fromkeys(ACTOR_OF.get(a.term or "", "") for a in act.addressees)
    return tuple(actor for actor in named if actor in held)


def join(
    account: Account, now: Reading, instrument: str, offer: Offer, *, title: str, source: str,
    paraphrases: Sequence[str], actors: Sequence[Sequence[str]], why: str,
) -> Proposal:
    """Propose the record of a confirmed paragraph; `paraphrases` and `actors` are given act by act.

    Raises Refused, ObservatoryError, `records.NotInOrder` where the record would not be in order.
    """
    lang = now.instrument.expression.language
    if offer.element.id not in now.confirmed:
        raise ObservatoryError(Wrong("not_confirmed", "The paragraph has not been confirmed."), "Confirm it first.")
    held = records.now().portfolio.records
    parent = held.get(instrument)
    if parent is None:
        told = Wrong("no_instrument", "There is no instrument {value!r} in the records.", value=instrument)
        raise ObservatoryError(told, "Choose one of the list.")
    content = {
        "kind": "provision",
        "id": offer.record,
        "title": {lang: title.strip()},
        "instrument": instrument,
        "number": offer.element.id,
        **_adoption(now.instrument, portfolio.entry_of(parent)),
        "status": "verified",
        "sources": [source.strip()],
        "acts": [
            _act_content(offer.record, at, offered.act, lang, paraphrases[at], actors[at])
            for at, offered in enumerate(offer.acts)
        ],
    }
    return proposals.propose(account, offer.record, content, why, "")


def _adoption(instrument: Instrument, parent: Mapping[str, Any]) -> dict[str, Any]:
    """Day and body of a provision: the day in the text itself, else what the record of the instrument says."""
    told = {name: parent[name] for name in ("date", "date_kind", "body") if name in parent}
    if instrument.work.adopted is not None:
        told |= {"date": instrument.work.adopted.isoformat(), "date_kind": "adopted"}
    return told


def _act_content(
    record: str, at: int, act: Act, lang: Language, paraphrase: str, actors: Sequence[str]
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": f"{record}-{chr(ord('a') + at)}",
        "verb": act.code or act.verb,
        "strength": act.strength,
        "addressees": [a.strip() for a in actors if a.strip()],
        "text": {lang: paraphrase.strip()},
        "conditions": [{"term": c.term, "text": {lang: c.text}} for c in act.conditions],
    }
    if act.modifier:
        made["modifier"] = act.modifier
    if act.deadline is not None:
        due = act.deadline.due.isoformat() if act.deadline.due else None
        told = {"basis": act.deadline.basis, "due": due, "session": act.deadline.session}
        made["deadline"] = {name: value for name, value in told.items() if value is not None}
    return made


def _may(account: Account) -> None:
    if Role.CONTRIBUTOR not in account.roles:
        raise Refused("role_contributor", f"{account.name} may not correct texts.")
