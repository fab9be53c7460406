"""Writes docs/reference/commands.md from the command line itself.

    .venv/bin/python tests/docs/commands_page.py > docs/reference/commands.md

`test_reference.py` fails where the page differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import typer

from sse_observatory.cli import app

HEAD = """\
# Commands

This page is written by `tests/docs/commands_page.py` from the command line itself, and a test fails where the two
differ. `observatory COMMAND --help` shows the same.

## Variables

| variable | what it names | default |
|---|---|---|
| `SSE_VAR` | the folder for everything the commands write | `var` |
| `SSE_RELEASES_URL` | the releases: a folder or a `file://` address | `releases` in `SSE_VAR` |
| `SSE_RESTRICTED_URL` | the microdata: a folder, for `run` and `lineage` only; the portal refuses to start with it | \
none; `demo` uses `restricted` in `SSE_VAR` |
| `SSE_CATALOGUE` | a catalogue that replaces the packaged one as a whole | the packaged one |
| `SSE_PORTAL_DATABASE_URL` | the portal's records and accounts: `sqlite:///path`, `postgresql://…` or `none` | \
`portal/portal.sqlite3` in `SSE_VAR` |
| `SSE_ENV` | `production` makes a secret key mandatory, and cookies and redirects HTTPS-only | not production |
| `SSE_SECRET_KEY` | the portal's secret key: a long random text | made once and kept in `SSE_VAR` |
| `SSE_ALLOWED_HOSTS` | the host names the portal answers to, separated by commas | this machine only |
| `SSE_BEHIND_PROXY` | set where a proxy in front ends HTTPS and writes `X-Forwarded-For` | not set |

## Exit status

A mistake ends in a sentence that says what to do, and a status other than zero.

| status | meaning |
|---|---|
| 0 | done |
| 1 | a mistake or refusal of another kind |
| 2 | a file, or the command itself, is not what was expected |
| 3 | the catalogue, a source or a process must be corrected |
| 4 | something asked for by name is not there |
| 5 | publishing would give something away, or its safety could not be shown |
| 6 | stored content does not match its own hash |
| 7 | busy; trying again may succeed |
| 130 | interrupted |

Commands say what they do on standard error; what was asked for is on standard output.
"""


def commands(group: Any, path: tuple[str, ...] = ("observatory",)) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command with the words that call it, in the order of the command line."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def _default(option: Any) -> str:
    if option.default is None or option.required or option.default == "":
        return ""
    if isinstance(option.default, bool):
        chosen = option.opts if option.default else option.secondary_opts
        return f"`{chosen[0]}`" if chosen else ""
    return f"`{option.default}`"


def page() -> str:
    """The text of the page."""
    parts = [HEAD]
    for words, command in commands(typer.main.get_command(app)):
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
        usage = " ".join([*words, *(["[OPTIONS]"] if options else []), *(_shown(a) for a in arguments)])
        lines = [f"## {' '.join(words)}", "", " ".join(command.help.split()), "", "```text", usage, "```"]
        if arguments:
            lines += ["", "| argument | what |", "|---|---|"]
            lines += [f"| `{a.name.upper()}` | {_cell(a.help)} |" for a in arguments]
        if options:
            lines += ["", "| option | what | default |", "|---|---|---|"]
            for option in options:
                names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
                variable = f" Also read from `{option.envvar}`." if option.envvar else ""
                lines.append(f"| {names} | {_cell(option.help)}{variable} | {_default(option)} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _shown(argument: Any) -> str:
    name = argument.name.upper()
    return name if argument.required else f"[{name}]"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", r"\|")


if __name__ == "__main__":
    sys.stdout.write(page())
