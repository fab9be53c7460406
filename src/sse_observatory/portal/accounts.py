"""Accounts, roles, and how often one may try a password.

Three roles divide the work on a record, so that no change reaches readers through one person: a *contributor*
proposes it, a *validator* accepts it (never their own), a *publisher* releases it (never what they accepted). An
*administrator* gives and takes roles and sees no more than that. Accounts are made on the command line.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from sse_observatory.core import NotFound, ObservatoryError
from sse_observatory.portal.models import Account, Attempt, Grant, Role

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
WINDOW = timedelta(minutes=15)
MOST_FOR_ACCOUNT = 5
"""Failed attempts with one name from one network within the window before it has to wait."""
MOST_FOR_NAME = 30
"""Failed attempts with one name from anywhere: slows many machines down without letting one lock a person out soon."""
MOST_FOR_NETWORK = 20
"""Failed attempts from one network, whatever the name."""


def add(name: str, roles: Iterable[str], full_name: str = "", password: str | None = None) -> tuple[Account, str]:
    """A new account and its password, made up where none is given. Raises ObservatoryError for what cannot be used."""
    if not NAME.fullmatch(name):
        raise ObservatoryError(
            f"{name!r} is not a name to sign in with.",
            "Use 2 to 40 small letters, digits, dots, hyphens or underscores.",
        )
    chosen = _roles(roles)
    if Account.objects.filter(name=name).exists():
        raise ObservatoryError(f"There is an account {name!r} already.", "Choose another name, or change its roles.")
    account = Account(name=name, full_name=full_name.strip()[:160])
    given = password or secrets.token_urlsafe(15)
    _set_password(account, given)
    with transaction.atomic():
        account.save()
        Grant.objects.bulk_create(Grant(account=account, role=role) for role in sorted(chosen))
    return account, given


def find(name: str) -> Account:
    """The account `name`. Raises NotFound."""
    found = Account.objects.filter(name=name).first()
    if found is None:
        raise NotFound(f"There is no account {name!r}.", "`observatory portal users` lists the accounts.")
    return found


def give(account: Account, roles: Iterable[str]) -> None:
    """Replace the roles of an account."""
    chosen = _roles(roles)
    with transaction.atomic():
        account.grants.all().delete()
        Grant.objects.bulk_create(Grant(account=account, role=role) for role in sorted(chosen))


def change_password(account: Account, password: str | None = None) -> str:
    """Give an account another password; whoever is signed in with the old one no longer is."""
    given = password or secrets.token_urlsafe(15)
    _set_password(account, given)
    account.save(update_fields=["password"])
    return given


def close(account: Account) -> None:
    """Let nobody sign in with an account any more; what it did stays."""
    account.is_active = False
    account.save(update_fields=["is_active"])


def reopen(account: Account) -> None:
    """Let the account sign in again."""
    account.is_active = True
    account.save(update_fields=["is_active"])


def _set_password(account: Account, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise ObservatoryError(
            "The password is not good enough: " + " ".join(error.messages), "Give another, or let one be made up."
        ) from None
    account.set_password(password)


def _roles(names: Iterable[str]) -> set[Role]:
    chosen = set()
    for name in names:
        if name not in Role.values:
            raise ObservatoryError(f"There is no role {name!r}.", f"Use {', '.join(Role.values)}.")
        chosen.add(Role(name))
    return chosen


class Wait(Exception):
    """Too many failed attempts; trying later may succeed."""


def sign_in(request: HttpRequest, name: str, password: str) -> Account | None:
    """The account a name and password belong to, None where they belong to none.

    Raises Wait after too many failures. An attempt counts before the password is looked at, so that attempts made
    at the same moment are all counted; it is forgiven when it succeeds.
    """
    now = timezone.now()
    network = network_of(request)
    limits = {
        _key("account", name, network): MOST_FOR_ACCOUNT,
        _key("name", name): MOST_FOR_NAME,
        _key("network", network): MOST_FOR_NETWORK,
    }
    Attempt.objects.filter(at__lt=now - WINDOW).delete()
    made = Attempt.objects.bulk_create(Attempt(key=key, at=now) for key in limits)
    for key, most in limits.items():
        if Attempt.objects.filter(key=key, at__gte=now - WINDOW).count() > most:
            Attempt.objects.filter(pk__in=[attempt.pk for attempt in made]).delete()
            raise Wait
    found = authenticate(request, username=name, password=password)
    if not isinstance(found, Account):
        return None
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in made]).delete()
    Attempt.objects.filter(key=_key("account", name, network)).delete()
    return found


def network_of(request: HttpRequest) -> str:
    """The network a request comes from: the address, of IPv6 its first half, which one reader holds whole.

    Behind a proxy that is the last address of X-Forwarded-For, which the proxy wrote; the ones before it are the
    reader's to invent.
    """
    found = request.META.get("REMOTE_ADDR", "")
    if settings.SSE_BEHIND_PROXY:
        found = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip() or found
    try:
        address = ip_address(found)
    except ValueError:
        return "unknown"
    return str(address) if address.version == 4 else str(ip_network(f"{address}/64", strict=False))


def _key(*parts: str) -> str:
    # Names and addresses are personal; what is kept of them only this installation can recognise, and not for long.
    told = "\0".join(part[:200] for part in parts).encode()
    return hmac.new(settings.SECRET_KEY.encode(), told, hashlib.sha256).hexdigest()
