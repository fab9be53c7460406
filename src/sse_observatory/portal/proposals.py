"""A change on its way: proposed by one person, accepted by another, released by one who did not accept it.

    proposed ──accept──▶ accepted ──release──▶ released
        │ decline            │ decline
        ▼                    ▼
     declined             declined        (and, by who proposed it: taken back)

Who proposes needs the role of a contributor, who accepts that of a validator and not to be the proposer, who releases
that of a publisher and not to be the one who accepted. So at least two persons have looked at whatever readers see.
"""

from __future__ import annotations

import re
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from sse_observatory.catalogue.portfolio.wrong import Wrong
from sse_observatory.core import ObservatoryError
from sse_observatory.portal import ledger, records
from sse_observatory.portal.ledger import Content
from sse_observatory.portal.models import Account, Proposal, Record, Revision, Role

LONGEST_REASON = 2_000
ID = re.compile(r"[a-z][a-z0-9-]{0,159}")
UNNAMED = "id-not-given-yet-" + "x" * 160
"""What a record is checked as while its id cannot be used: longer than an id may be."""
OPEN = (Proposal.Stage.PROPOSED, Proposal.Stage.ACCEPTED)


class Refused(ObservatoryError):
    """The account may not do this. `key` names the words for the person."""

    exit_status = 5

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what, "Ask somebody who may.")
        self.key = key


def propose(account: Account, identifier: str, content: Content | None, why: str, base: str) -> Proposal:
    """Propose that a record say `content` (None: that it be withdrawn); `base` is the digest it was written from.

    Raises Refused, ObservatoryError where the change does nothing or the record has changed since, and NotInOrder with
    everything that is wrong where its reason is missing or what results would not be in order.
    """
    _may(account, Role.CONTRIBUTOR)
    why = why.strip()[:LONGEST_REASON]
    now = Record.objects.filter(pk=identifier).first()
    current = now.content if now is not None else None
    if (now.digest if now is not None else "") != base:
        told = Wrong("changed_since", "The record has changed since you opened it.")
        raise ObservatoryError(told, "Open it again and repeat your change there.")
    content = records.check_change(identifier, content, () if why else (_without_reason(identifier),))
    if content == current:
        raise ObservatoryError(Wrong("nothing_changed", "Nothing was changed."), "Change something, or go back.")
    kind = (content or current or {})["kind"]
    return Proposal.objects.create(
        record=identifier, kind=kind, content=None if content is None else dict(content), base=base, why=why,
        proposed_by=account, proposed_at=timezone.now(),
    )


def propose_new(account: Account, identifier: str, content: Content | None, why: str, base: str = "") -> Proposal:
    """Propose a record that does not exist yet, as `propose` does; what is wrong with its id is told with the rest."""
    _may(account, Role.CONTRIBUTOR)
    if not ID.fullmatch(identifier):
        told = Wrong("bad_id", "an id has small letters, digits and hyphens")
    elif Record.objects.filter(pk=identifier).exists():
        told = Wrong("id_taken", "there is a record with this id already")
    else:
        return propose(account, identifier, content, why, base)
    found = [records.Fault(identifier, ("new_id",), told, "Give it another, as ins-a-res-77-281.")]
    if not why.strip():
        found.append(_without_reason(identifier))
    try:
        # Under an id that nothing has or can have, so that the rest is checked as well.
        records.check_change(UNNAMED, None if content is None else {**content, "id": UNNAMED})
    except records.NotInOrder as error:
        found += (replace(fault, record=identifier) if fault.record == UNNAMED else fault for fault in error.faults)
    raise records.NotInOrder(found)


def _without_reason(identifier: str) -> records.Fault:
    told = Wrong("no_reason", "a change needs a reason")
    return records.Fault(identifier, ("why",), told, "Say in a sentence why it is right, and where that is seen.")


def actions(account: Account, proposal: Proposal) -> tuple[str, ...]:
    """What the account may do with the proposal now."""
    roles, found = account.roles, []
    if proposal.stage == Proposal.Stage.PROPOSED and Role.VALIDATOR in roles and proposal.proposed_by_id != account.pk:
        found.append("accept")
    if proposal.stage == Proposal.Stage.ACCEPTED and Role.PUBLISHER in roles and proposal.accepted_by_id != account.pk:
        found.append("release")
    if proposal.stage in OPEN:
        if proposal.proposed_by_id == account.pk:
            found.append("take_back")
        elif roles & {Role.VALIDATOR, Role.PUBLISHER}:
            found.append("decline")
    return tuple(found)


def act(account: Account, number: int, action: str, note: str = "") -> Proposal:
    """Do `action` with a proposal. Raises Refused where the account may not, ObservatoryError where it cannot be done.

    The proposal is locked while that is decided, so that two people who act at once do not both succeed.
    """
    with transaction.atomic():
        proposal = Proposal.objects.select_for_update(of=("self",)).get(pk=number)
        if action not in actions(account, proposal):
            raise Refused(_why_not(account, proposal, action), f"{account.name} may not {action} this proposal now.")
        now = timezone.now()
        proposal.note = note.strip()[:LONGEST_REASON] or proposal.note
        if action == "accept":
            records.check_change(proposal.record, proposal.content)
            proposal.stage, proposal.accepted_by, proposal.accepted_at = Proposal.Stage.ACCEPTED, account, now
        else:
            proposal.stage = {
                "release": Proposal.Stage.RELEASED, "decline": Proposal.Stage.DECLINED,
                "take_back": Proposal.Stage.TAKEN_BACK,
            }[action]
            proposal.closed_by, proposal.closed_at = account, now
        if action == "release":
            ledger.write(
                proposal.record, proposal.kind, proposal.content, by=str(proposal.proposed_by.name), why=proposal.why,
                how=Revision.How.RELEASED, base=proposal.base, proposal=proposal,
            )
        proposal.save()
        return proposal


def _may(account: Account, role: Role) -> None:
    if role not in account.roles:
        raise Refused(f"role_{role.value}", f"{account.name} has not the role {role.value}.")


def _why_not(account: Account, proposal: Proposal, action: str) -> str:
    if proposal.stage not in OPEN:
        return "closed"
    if action == "accept" and proposal.proposed_by_id == account.pk:
        return "own_proposal"
    if action == "release" and proposal.accepted_by_id == account.pk:
        return "own_acceptance"
    if action == "release" and proposal.stage == Proposal.Stage.PROPOSED:
        return "not_accepted"
    return {"accept": "role_validator", "release": "role_publisher"}.get(action, "role_any")
