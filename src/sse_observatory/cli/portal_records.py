"""The commands of the portal's database: its accounts, and the follow-up records it holds beside the catalogue's."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sse_observatory.cli.console import err, out, plain, write
from sse_observatory.core import ObservatoryError

portal_app = typer.Typer(no_args_is_help=True, help="The portal: who may edit the follow-up records.")
records_app = typer.Typer(no_args_is_help=True, help="Follow-up records: the catalogue’s and the portal’s.")
user_app = typer.Typer(no_args_is_help=True, help="Accounts of the portal and their roles.")
portal_app.add_typer(user_app, name="user")
ROLES = "contributor, validator, publisher or administrator"

Name = Annotated[str, typer.Argument(help="The name to sign in with.")]
Roles = Annotated[list[str] | None, typer.Option("--role", help=f"A role: {ROLES}. May be given several times.")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Because = Annotated[str, typer.Option("--because", help="The reason, kept with the record.")]
Record = Annotated[str, typer.Argument(help="The id of a record.")]


def _portal() -> None:
    """The portal's settings and tables, as `observatory serve` uses them."""
    var = Path(os.environ.get("SSE_VAR", "var"))
    os.environ["SSE_VAR"] = str((var / "portal").resolve())
    from sse_observatory.portal.server import open_database

    open_database()


@user_app.command("add")
def add_user(
    name: Name,
    role: Roles = None,
    full_name: Annotated[str, typer.Option(help="The name to show.")] = "",
    password_stdin: FromInput = False,
) -> None:
    """Make an account. Without --password-stdin a password is made up and shown once."""
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    if given == "":
        raise ObservatoryError("There is no password on standard input.", "Write it as one line.")
    _portal()
    from sse_observatory.portal import accounts

    account, password = accounts.add(name, role or [], full_name, given)
    roles = ", ".join(sorted(account.roles)) or "none yet"
    err.print(plain(f"The account {name} is made. Roles: {roles}."))
    if given is None:
        out.print(plain(password))


@user_app.command("list")
def list_users() -> None:
    """The accounts, their roles, and when they were last used."""
    _portal()
    from rich.table import Table

    from sse_observatory.portal.models import Account

    table = Table("Name", "Shown as", "Roles", "Last signed in", "State")
    for account in Account.objects.order_by("name"):
        used = f"{account.last_login:%Y-%m-%d}" if account.last_login else "never"
        state = "open" if account.is_active else "closed"
        table.add_row(account.name, account.full_name, ", ".join(sorted(account.roles)) or "none", used, state)
    out.print(table)


@user_app.command("roles")
def set_roles(name: Name, role: Roles = None) -> None:
    """Replace the roles of an account; without --role it has none."""
    _portal()
    from sse_observatory.portal import accounts

    accounts.give(accounts.find(name), role or [])
    err.print(plain(f"Roles of {name}: {', '.join(sorted(role or [])) or 'none'}."))


@user_app.command("password")
def new_password(
    name: Name,
    password_stdin: FromInput = False,
) -> None:
    """Give an account another password; whoever is signed in with the old one no longer is."""
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    _portal()
    from sse_observatory.portal import accounts

    password = accounts.change_password(accounts.find(name), given)
    err.print(plain(f"The password of {name} is changed."))
    if given is None:
        out.print(plain(password))


@user_app.command("close")
def close_user(name: Name) -> None:
    """Let nobody sign in with an account any more; what it did stays."""
    _portal()
    from sse_observatory.portal import accounts

    accounts.close(accounts.find(name))
    err.print(plain(f"The account {name} is closed."))


@user_app.command("reopen")
def reopen_user(name: Name) -> None:
    """Let an account that was closed sign in again."""
    _portal()
    from sse_observatory.portal import accounts

    accounts.reopen(accounts.find(name))
    err.print(plain(f"The account {name} is open again."))


@records_app.command("load")
def load(
    file: Annotated[
        Path | None, typer.Option("--from", help="A file that `records export-portal` wrote, instead of the catalogue.")
    ] = None,
) -> None:
    """Bring the catalogue's records into the portal's database; records changed in the portal stay as they are."""
    from sse_observatory.catalogue.portfolio import exchange

    given = None if file is None else exchange.read_file(file)
    _portal()
    from sse_observatory.portal import records

    if given is None:
        done = records.load()
    else:
        try:
            done = records.restore(given.records, given.withdrawn)
        except records.NotInOrder as error:
            raise records.NotInOrder(error.faults, str(file), partial(exchange.line_of, given.text)) from None
    differing = "differ from the catalogue" if given is None else "changed here, left as they are"
    err.print(
        f"{done.created} new, {done.updated} changed, {done.withdrawn} withdrawn, {done.unchanged} as before; "
        f"{done.differing} {differing}."
    )


@records_app.command("export-portal")
def export(
    to: Annotated[Path | None, typer.Argument(help="The file to write; standard output if left out.")] = None,
) -> None:
    """Write the records as the portal has them, in a form that `records load --from` reads."""
    _portal()
    from sse_observatory.portal import records

    text = records.exported()
    write(text, to)


@records_app.command("diff")
def diff(
    every: Annotated[bool, typer.Option("--all", help="Also differences that were settled.")] = False,
) -> None:
    """Where the portal's records differ from the catalogue's. Exit status 3 when something is to be settled."""
    _portal()
    from sse_observatory.portal import ledger

    found = ledger.differences(settled=every)
    for one in found:
        settled = " (ours is kept)" if one.settled else ""
        out.print(plain(f"{one.id}: {_NATURES[one.nature]}{settled}"))
        for name, ours, theirs in one.fields:
            if one.nature == "both":
                out.print(plain(f"  {name}\n    portal     {_shown(ours)}\n    catalogue  {_shown(theirs)}"))
    if any(not one.settled for one in found):
        err.print("`observatory records take ID` takes the catalogue's side, `… keep ID` the portal's.")
        raise typer.Exit(3)
    if not found:
        err.print("The portal's records are those of the catalogue.")


_NATURES = {
    "both": "changed in the portal", "only_here": "only in the portal", "withdrawn_here": "withdrawn in the portal",
}


def _shown(value: object) -> str:
    return "–" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@records_app.command("take")
def take(identifier: Record, because: Because) -> None:
    """Take the catalogue's side of a difference."""
    _portal()
    from sse_observatory.portal import ledger

    ledger.take(identifier, by="command line", why=because)
    err.print(plain(f"{identifier} says what the catalogue says."))


@records_app.command("keep")
def keep(identifier: Record, because: Because) -> None:
    """Keep the portal's side of a difference, until the catalogue has something else again."""
    _portal()
    from sse_observatory.portal import ledger

    ledger.keep(identifier, by="command line", why=because)
    err.print(plain(f"{identifier} stays as the portal has it."))
