"""The documentation as programs: its fenced blocks, read and run as a reader would.

A page is run from top to bottom in an empty folder. An HTML comment on the line before a block says what it is where
the block itself does not:

    <!-- file: my-register/source.toml -->     the block is the content of that file
    <!-- exits with 2 -->                      the last command of the block is meant to fail so
    <!-- stays running -->                     the last command serves until the page ends
    <!-- not run here: tests/… -->             another test runs it; the file named must exist
    <!-- not run: reason -->                   nothing runs it, and why

`console` blocks hold commands after ``$ `` with the output they print; in it, ``…`` stands for anything, and alone on a
line for any lines. `sh` blocks hold commands whose output is not shown. Other blocks must name their language, and
TOML and JSON must be valid. Environment and folder carry over from block to block.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
RUNNABLE = ("console", "sh")
KNOWN = {*RUNNABLE, "toml", "csv", "json", "python", "text", "jinja", "xml", "html", "ini", "make"}
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```[ ]*$", re.MULTILINE | re.DOTALL
)
COMMENT = re.compile(r"<!-- *((?:(?!-->).)*?) *-->\s*\Z", re.DOTALL)
WAIT = 240
"""Seconds one block may take."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the remark before it and the line it starts at."""

    page: str
    line: int
    language: str
    body: str
    remark: str

    @property
    def place(self) -> str:
        return f"{self.page}, line {self.line}"

    def told(self, start: str) -> str | None:
        """What the remark says after `start`, None where it does not begin so."""
        return self.remark.removeprefix(start).strip() if self.remark.startswith(start) else None


def pages() -> list[Path]:
    """Every page of the documentation, and those beside the README."""
    return sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return parse(page.read_text(encoding="utf-8"), page.relative_to(ROOT).as_posix())


def parse(text: str, name: str) -> list[Block]:
    """The fenced blocks of a text, in order; `name` is for messages."""
    found = []
    for match in FENCE.finditer(text):
        indent = len(match["indent"])
        body = "".join(line[indent:] if line.strip() else "\n" for line in match["body"].splitlines(keepends=True))
        before = COMMENT.search(text[: match.start()])
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(name, line, match["language"].strip(), body, before[1] if before else ""))
    return found


def faults(block: Block) -> list[str]:
    """What keeps the block from being run or read: an unnamed language, invalid TOML, an unnamed reason."""
    wrong = []
    if block.language not in KNOWN:
        wrong.append(f"the language {block.language!r} is not one of {', '.join(sorted(KNOWN))}")
    if block.language == "toml":
        try:
            tomllib.loads(block.body)
        except tomllib.TOMLDecodeError as error:
            wrong.append(f"not valid TOML: {error}")
    if block.language == "json":
        try:
            json.loads(block.body)
        except ValueError as error:
            wrong.append(f"not valid JSON: {error}")
    elsewhere = block.told("not run here:")
    if elsewhere is not None and not (ROOT / elsewhere.split("::")[0]).is_file():
        wrong.append(f"the test {elsewhere!r} that is said to run it does not exist")
    if block.told("not run:") == "":
        wrong.append("no reason is given for not running it")
    return wrong


def commands(block: Block) -> list[tuple[str, list[str]]]:
    """The commands of a block, each with the lines it is said to print (none for `sh`)."""
    if block.language == "sh":
        return [(block.body, [])]
    found: list[tuple[str, list[str]]] = []
    for line in block.body.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line[2:]}", [])
        elif found:
            found[-1][1].append(line)
        else:
            raise AssertionError(f"{block.place}: a console block starts with a command, `$ …`")
    return found


def matches(shown: list[str], printed: list[str]) -> bool:
    """Whether the printed lines are the shown ones, ``…`` standing for anything; empty lines around do not count."""
    while printed and not printed[0].strip():
        printed = printed[1:]
    while printed and not printed[-1].strip():
        printed = printed[:-1]
    pattern = ""
    for line in shown:
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.rstrip().split("…")) + r"[ ]*\n"
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in printed)) is not None


class Reader:
    """Someone who follows a page in an empty folder, with the observatory installed and nothing else set."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, folder.parent / f"{folder.name}-environment"
        self.serving: list[subprocess.Popen[bytes]] = []
        folder.mkdir(parents=True, exist_ok=True)
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
        self.environment = kept | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
            "HOME": str(folder),
            "COLUMNS": "100",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.state.write_text(f"cd {shlex.quote(str(folder))}\n")
        self.port = _free_port()

    def follow(self, block: Block) -> None:
        """Do what the block says; AssertionError where it does not come out as shown."""
        name = block.told("file:")
        if name is not None:
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.body, encoding="utf-8")
            return
        if block.language not in RUNNABLE or block.told("not run") is not None:
            return
        listed = commands(block)
        for number, (command, shown) in enumerate(listed):
            last = number == len(listed) - 1
            # Whoever reads the page has port 8000 to himself; tests have not.
            command = command.replace("8000", str(self.port))
            if last and block.remark == "stays running":
                self._serve(block, command)
                continue
            expected = int(block.told("exits with") or 0) if last else 0
            self._run(block, command, shown, expected)

    def _run(self, block: Block, command: str, shown: list[str], expected: int) -> None:
        script = f". {shlex.quote(str(self.state))}\nset -ae\n{command}\n"
        keep = f"{{ export -p; echo \"cd '$PWD'\"; }} > {shlex.quote(str(self.state))}\n"
        done = subprocess.run(
            ["sh", "-c", script + keep],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=WAIT,
            check=False,
        )
        printed = done.stdout.decode("utf-8", "replace").replace(str(self.port), "8000")
        assert done.returncode == expected, (
            f"{block.place}: exit status {done.returncode}, not {expected}\n$ {command}\n{printed}"
        )
        if block.language == "console":
            assert matches(shown, printed.splitlines()), f"{block.place}: printed otherwise\n$ {command}\n{printed}"

    def _serve(self, block: Block, command: str) -> None:
        script = f". {shlex.quote(str(self.state))}\nexec {command}\n"
        process = subprocess.Popen(
            ["sh", "-c", script], env=self.environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self.serving.append(process)
        address = f"http://127.0.0.1:{self.port}/"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(address, timeout=10) as answer:
                    assert answer.status == 200
                    return
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"{block.place}: nothing answers at {address}")

    def leave(self) -> None:
        """Stop what still serves."""
        for process in self.serving:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
