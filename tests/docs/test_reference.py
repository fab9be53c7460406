"""The reference pages say what the code knows: commands, keys of files, variables of rules."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sse_observatory.catalogue import disclosure, parameters, processes, rulesets, validation

HERE = Path(__file__).parent
REFERENCE = HERE.parents[1] / "docs" / "reference"
PLAIN = {k: v for k, v in os.environ.items() if not k.startswith("SSE_")} | {"COLUMNS": "120"}


def test_the_page_of_commands_is_what_the_command_line_says():
    written = subprocess.run(
        [sys.executable, HERE / "commands_page.py"], env=PLAIN, capture_output=True, text=True, check=True
    ).stdout
    assert (REFERENCE / "commands.md").read_text(encoding="utf-8") == written, (
        "Run tests/docs/commands_page.py > docs/reference/commands.md"
    )


@pytest.mark.parametrize("words", [["run"], ["trace"], ["demo"], ["process", "draft"], ["source", "draft"]])
def test_help_shows_the_options_and_arguments_of_the_page(words):
    page = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    section = page.split(f"## observatory {' '.join(words)}\n")[1].split("\n## ")[0]
    shown = subprocess.run(
        [sys.executable, "-m", "sse_observatory.cli", *words, "--help"],
        env=PLAIN,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    named = re.findall(r"^\| `(--[a-z-]+|[A-Z]+)`", section, re.MULTILINE)
    assert named
    # Help wraps and cuts at the width of the terminal, so only names are compared.
    assert [n for n in named if n.lower() not in shown.lower()] == []


def keys(model):
    return {f.alias or name for name, f in model.model_fields.items()}


@pytest.mark.parametrize(
    ("page", "models"),
    [
        ("processes.md", [processes._Process, processes._Table, processes._Round]),
        ("processes.md", [parameters._Sizes, parameters._Life, validation._Rule]),
        ("rule-sets.md", [rulesets._RuleSetFile, rulesets._RuleFile, rulesets._ConditionFile]),
    ],
)
def test_every_key_of_a_file_is_on_its_page(page, models):
    text = (REFERENCE / page).read_text(encoding="utf-8")
    absent = {k for model in models for k in keys(model) if not re.search(rf"`\[*{k}\b", text)}
    assert absent == set()


def test_every_key_of_the_disclosure_rules_is_on_the_page():
    text = (REFERENCE / "processes.md").read_text(encoding="utf-8")
    named = {f for f in disclosure.DisclosureRules.__dataclass_fields__ if f not in {"id", "name"}}
    assert {f for f in named if f"`{f}`" not in text} == set()


def test_every_variable_of_a_rule_and_measure_of_a_table_is_named():
    rules = (REFERENCE / "rule-sets.md").read_text(encoding="utf-8")
    assert {v for v in rulesets.VARIABLES if f"`{v}`" not in rules} == set()
    tables = (REFERENCE / "processes.md").read_text(encoding="utf-8")
    assert {m for m in processes.MEASURES if m not in tables} == set()


def test_the_example_process_is_one(tmp_path):
    from sse_observatory import catalogue

    text = (REFERENCE / "processes.md").read_text(encoding="utf-8")
    file = tmp_path / "process.toml"
    file.write_text(re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1], encoding="utf-8")
    assert processes.load_process(file, catalogue.load()).id == "my-register"


def test_the_example_rule_set_is_one(tmp_path):
    text = (REFERENCE / "rule-sets.md").read_text(encoding="utf-8")
    file = tmp_path / "EXAMPLE.toml"
    file.write_text(re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1], encoding="utf-8")
    made = rulesets.load_ruleset(file, ("in", "out", "undetermined"))
    assert made.decide({"t2": "fail", "coop_form": "yes"})[:2] == ("out", "not-controlled-by-members")
    assert made.decide({"coop_form": "yes"})[0] == "undetermined"
