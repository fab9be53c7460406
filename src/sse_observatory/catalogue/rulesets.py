"""Rule sets: perimeters, cooperative types and life status as versioned data.

A rule set is an ordered list of rules; the first rule whose conditions hold decides, and the last one
has no condition, so that every unit gets an outcome, the rule that gave it and the values it looked at.
Perimeters (`data/perimeters`) answer in, out or undetermined; types (`data/types`) answer with a code.
They are data because the definitions will change (22nd ICLS, 2028) and every published number names
the version it used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sse_observatory.catalogue.problems import Problem, first_fault, read_toml, translation_problem
from sse_observatory.core import CatalogueError, Text

Operator = Literal["in", "not_in", "missing", "present", "at_least"]

VARIABLES = frozenset(
    {
        "legal_form",
        "form_family",
        "coop_form",
        "in_coop_register",
        "sse_flag",
        "t1",
        "t2",
        "t3",
        "t4",
        "controlled_by_coop",
        "tier",
        "member_interest",
        "member_categories",
        "board_majority",
        "board_veto",
        "activity_section",
        "activity_division",
        "life_status",
        "ess_family",
    }
)
"""Variables of a canonical unit that a rule may look at; booleans are written ``true`` and ``false``."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one variable. A missing value satisfies only ``missing``."""

    variable: str
    operator: Operator
    values: tuple[str, ...] = ()

    def holds(self, unit: Mapping[str, object]) -> bool:
        """The test for one unit, in plain Python: the reference the engine is compared with."""
        value = unit.get(self.variable)
        if self.operator == "missing":
            return value is None
        if value is None:
            return False
        if self.operator == "present":
            return True
        if self.operator == "at_least":
            return float(str(value)) >= float(self.values[0])
        written = str(value).lower() if isinstance(value, bool) else str(value)
        return (written in self.values) == (self.operator == "in")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: holds when all of `every` hold and, where `some` is given, at least one of them."""

    id: str
    outcome: str
    label: Text
    every: tuple[Condition, ...] = ()
    some: tuple[Condition, ...] = ()

    @property
    def evidence(self) -> tuple[str, ...]:
        """The variables the rule looks at, in order, each once."""
        return tuple(dict.fromkeys(c.variable for c in (*self.every, *self.some)))

    def holds(self, unit: Mapping[str, object]) -> bool:
        """Whether the rule decides this unit."""
        return all(c.holds(unit) for c in self.every) and (not self.some or any(c.holds(unit) for c in self.some))


@dataclass(frozen=True, slots=True)
class RuleSet:
    """An ordered, versioned list of rules; `status` is ``unconfirmed`` until the document named was read."""

    id: str
    version: str
    label: Text
    valid_from: date
    valid_to: date | None
    status: Literal["confirmed", "unconfirmed"]
    reference: str
    rules: tuple[Rule, ...]
    area: str | None = None

    @property
    def name(self) -> str:
        """``id@version``."""
        return f"{self.id}@{self.version}"

    def decide(self, unit: Mapping[str, object]) -> tuple[str, str, str]:
        """Outcome, deciding rule and evidence for one unit: the slow reference in plain Python."""
        for rule in self.rules:
            if rule.holds(unit):
                return rule.outcome, rule.id, evidence_of(rule, unit)
        raise CatalogueError("no rule decides", file=self.id, todo="End the rule set with a rule without conditions.")


def evidence_of(rule: Rule, unit: Mapping[str, object]) -> str:
    """The values a rule looked at, written ``t2=fail; coop_form=yes``; ``?`` where missing."""
    written = []
    for variable in rule.evidence:
        value = unit.get(variable)
        text = "?" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        written.append(f"{variable}={text}")
    return "; ".join(written)


class _ConditionFile(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    variable: str
    is_in: list[str] | None = Field(default=None, alias="in")
    not_in: list[str] | None = None
    missing: bool = False
    present: bool = False
    at_least: float | None = None


class _RuleFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"[a-z0-9][a-z0-9-]*")
    outcome: str
    label: dict[str, str]
    every: list[_ConditionFile] = []
    some: list[_ConditionFile] = []


class _RuleSetFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    version: str
    label: dict[str, str]
    valid_from: date
    valid_to: date | None = None
    status: Literal["confirmed", "unconfirmed"]
    reference: str
    area: str | None = None
    rule: list[_RuleFile] = Field(min_length=1)


def _condition(raw: _ConditionFile, file: Path, rule: str, variables: Collection[str]) -> Condition:
    given: list[Condition] = []
    if raw.is_in is not None:
        given.append(Condition(raw.variable, "in", tuple(raw.is_in)))
    if raw.not_in is not None:
        given.append(Condition(raw.variable, "not_in", tuple(raw.not_in)))
    if raw.missing:
        given.append(Condition(raw.variable, "missing"))
    if raw.present:
        given.append(Condition(raw.variable, "present"))
    if raw.at_least is not None:
        given.append(Condition(raw.variable, "at_least", (str(raw.at_least),)))
    if len(given) != 1:
        raise CatalogueError(
            f"rule {rule!r} tests {raw.variable!r} in {len(given)} ways",
            file=file,
            line=_line_of(file, rule),
            expected="one of in, not_in, missing, present, at_least",
            todo="Write one test per condition; several conditions stand side by side in `every` or `some`.",
        )
    if raw.variable not in variables:
        raise CatalogueError(
            f"rule {rule!r} looks at a variable that a unit does not have when it is decided",
            file=file,
            line=_line_of(file, rule),
            value=raw.variable,
            expected=", ".join(sorted(variables)),
            todo="Correct the name, or add the variable to the canonical unit first.",
        )
    return given[0]


def _line_of(file: Path, rule: str) -> int | None:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.replace(" ", "").startswith(f'id="{rule}"'):
            return number
    return None


def _rule_at(data: Mapping[str, Any], place: tuple[Any, ...]) -> str:
    """The id of the rule in which a fault lies; empty outside the rules."""
    if len(place) < 2 or place[0] != "rule" or not isinstance(place[1], int):
        return ""
    return str(data["rule"][place[1]].get("id", "")) if isinstance(data["rule"][place[1]], dict) else ""


def load_ruleset(file: Path, outcomes: tuple[str, ...], variables: Collection[str] = VARIABLES) -> RuleSet:
    """One rule set from its TOML file, whose rules look at `variables` only.

    Raises CatalogueError naming file, line, rule and what was expected.
    """
    try:
        toml = read_toml(file.parent, file.name)
        raw = _RuleSetFile.model_validate(toml.data)
    except ValidationError as error:
        first = first_fault(error)
        place = ".".join(str(part) for part in first["loc"])
        raise CatalogueError(
            f"{place}: {first['msg']}",
            file=file,
            line=_line_of(file, _rule_at(toml.data, first["loc"])) or toml.line(*map(str, first["loc"])),
            value=None if isinstance(first.get("input"), dict) else str(first.get("input"))[:80],
            todo="See docs/reference/rule-sets.md for the form of a rule set.",
        ) from None
    rules: list[Rule] = []
    for entry in raw.rule:
        if entry.id in {r.id for r in rules}:
            raise CatalogueError(
                "two rules have one id",
                file=file,
                line=_line_of(file, entry.id),
                value=entry.id,
                todo="Give each rule of the set its own id.",
            )
        if entry.outcome not in outcomes:
            raise CatalogueError(
                f"rule {entry.id!r} has an outcome that does not exist",
                file=file,
                line=_line_of(file, entry.id),
                value=entry.outcome,
                expected=", ".join(outcomes),
                todo="Correct the outcome.",
            )
        every = tuple(_condition(c, file, entry.id, variables) for c in entry.every)
        some = tuple(_condition(c, file, entry.id, variables) for c in entry.some)
        rules.append(Rule(entry.id, entry.outcome, Text.of(entry.label), every, some))
    if rules[-1].every or rules[-1].some or any(not (r.every or r.some) for r in rules[:-1]):
        raise CatalogueError(
            "the last rule, and no other, must be without conditions",
            file=file,
            todo="End with the rule that says what becomes of a unit nothing else decides.",
        )
    return RuleSet(
        raw.id,
        raw.version,
        Text.of(raw.label),
        raw.valid_from,
        raw.valid_to,
        raw.status,
        raw.reference,
        tuple(rules),
        raw.area,
    )


def load_folder(
    root: Path, folder: str, outcomes: tuple[str, ...], variables: Collection[str] = VARIABLES
) -> dict[str, RuleSet]:
    """The rule sets in ``folder/*.toml`` by id. Raises CatalogueError for the first that cannot be read."""
    found: dict[str, RuleSet] = {}
    for file in sorted((root / folder).glob("*.toml")):
        ruleset = load_ruleset(file, outcomes, variables)
        if ruleset.id in found:
            raise CatalogueError(
                "two files describe one rule set",
                file=file,
                value=ruleset.id,
                todo="Keep one; an older version is kept under its own id and validity.",
            )
        found[ruleset.id] = ruleset
    return found


def check_folder(
    root: Path, folder: str, outcomes: tuple[str, ...], variables: Collection[str] = VARIABLES
) -> Iterator[Problem]:
    """What is wrong in the rule sets of a folder: unreadable sets, missing translations."""
    for file in sorted((root / folder).glob("*.toml")):
        name = file.relative_to(root).as_posix()
        try:
            ruleset = load_ruleset(file, outcomes, variables)
        except CatalogueError as error:
            yield Problem.of(error, root, file.stem)
            continue
        for key, text in [(ruleset.id, ruleset.label), *((r.id, r.label) for r in ruleset.rules)]:
            problem = translation_problem(name, _line_of(file, key), key, "label", text, "error")
            if problem:
                yield problem
