"""The reference page says what the code and the files say."""

import re
from pathlib import Path

from sse_observatory.catalogue.published import COLUMNS, GRADES, STATUSES
from sse_observatory.catalogue.published_checks import RULES

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "published-figures.md").read_text(encoding="utf-8")


def test_the_page_lists_the_groups_with_kind_and_state(published):
    listed = re.findall(r"^\| `([A-Z0-9-]+)` \| (\w+) \| (open|resolved) \|$", PAGE, re.MULTILINE)

    told = [(c.id, c.kind, "open" if c.is_open else "resolved") for c in published.conflicts.values()]
    assert listed == told


def test_the_page_names_every_rule_column_status_and_grade():
    named = set(re.findall(r"`([^`\n]+)`", PAGE))

    assert {*RULES, *COLUMNS, *STATUSES, *GRADES} <= named


def test_the_page_and_the_head_of_the_checks_explain_the_rules_alike(packaged):
    head = (packaged.root / "published" / "checks.toml").read_text(encoding="utf-8")

    for rule in RULES:
        [statement] = re.findall(rf"^\| `{rule}` \| (.+) \|$", PAGE, re.MULTILINE)
        assert re.search(rf"^#\s.*\b{rule}\s+{re.escape(statement)}$", head, re.MULTILINE), rule
