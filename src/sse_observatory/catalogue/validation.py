"""Validation rules (GSBPM 5.3) as data: comparisons within a unit, what they mean, what is done.

A rule compares a variable with another one or with a number. A unit that breaks it appears in the
issues; `blanks` names variables whose value is then set aside as an edit, so that a figure known to
be wrong is not added up. Units are never dropped by a rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sse_observatory.catalogue.problems import Problem, first_fault, read_toml, translation_problem
from sse_observatory.core import CatalogueError, Text

if TYPE_CHECKING:
    from sse_observatory.catalogue.load import Catalogue

FILES = ("validation.toml",)
_FILE = "validation.toml"
Severity = Literal["error", "warning"]
Comparison = Literal["<=", "<", ">=", ">", "=="]

VARIABLES = frozenset(
    {
        "members_headcount",
        "members_women",
        "members_men",
        "employees_headcount",
        "worker_members_headcount",
        "scope_jobs_headcount",
        "turnover_lcu",
        "assets_lcu",
        "registered_on",
        "closed_on",
        "last_evidence_on",
    }
)
DAYS = frozenset({"registered_on", "closed_on", "last_evidence_on"})


def addends(written: str) -> tuple[str, ...]:
    """The variables of a sum as it is written."""
    return tuple(part.strip() for part in written.split("+"))


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """`left` `comparison` `right` must hold where both are present, among units of the `cooperative_type` if given.

    `left` is a variable or a sum of variables (``members_women + members_men``), which is missing where one of them is.
    `version` is the rule's own, or that of the file where the rule gives none.
    """

    id: str
    severity: Severity
    left: str
    comparison: Comparison
    right: str | float
    label: Text
    reference: str
    blanks: tuple[str, ...] = ()
    cooperative_type: str | None = None
    version: str = "1.0"

    @property
    def addends(self) -> tuple[str, ...]:
        """The variables that `left` adds up; most often one."""
        return addends(self.left)

    @property
    def says(self) -> str:
        """The comparison as it is written in a trace: ``members_women <= members_headcount``."""
        right = self.right if isinstance(self.right, str) else f"{Decimal(str(self.right)).normalize():f}"
        among = f", where the type is {self.cooperative_type}" if self.cooperative_type else ""
        return f"{self.left} {self.comparison} {right}{among}"


@dataclass(frozen=True, slots=True)
class Validation:
    """The validation rules and their version."""

    version: str
    rules: tuple[ValidationRule, ...]

    def bearing_on(self, variables: Collection[str]) -> tuple[ValidationRule, ...]:
        """The rules that may set aside a value of one of `variables`; the others only list issues."""
        return tuple(rule for rule in self.rules if set(rule.blanks) & set(variables))


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"[a-z0-9][a-z0-9-]*")
    severity: Severity
    left: str
    comparison: Comparison
    right: str | float
    label: dict[str, str]
    reference: str
    blanks: list[str] = []
    cooperative_type: str | None = None
    version: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: str
    rule: list[_Rule]


def load_validation(root: Path, catalogue: Catalogue) -> Validation:
    """The rules in ``validation.toml``. Raises CatalogueError with the rule and what was expected."""
    file = read_toml(root, _FILE)
    try:
        raw = _File.model_validate(file.data)
    except ValidationError as error:
        first = first_fault(error)
        place = ".".join(str(part) for part in first["loc"])
        raise CatalogueError(
            f"{place}: {first['msg']}",
            file=root / _FILE,
            line=_line(root, *(part for part in first["loc"][:2] if part != "rule")),
            value=None if isinstance(first.get("input"), dict) else str(first.get("input"))[:80],
            todo="See docs/reference/processes.md for the form of a validation rule.",
        ) from None
    rules: list[ValidationRule] = []
    for number, rule in enumerate(raw.rule):
        line = _line(root, number)
        for variable in (*addends(rule.left), *([rule.right] if isinstance(rule.right, str) else []), *rule.blanks):
            if variable not in VARIABLES:
                raise CatalogueError(
                    f"rule {rule.id!r} names a variable that cannot be validated",
                    file=root / _FILE,
                    line=line,
                    value=variable,
                    expected=", ".join(sorted(VARIABLES)),
                    todo="Correct the name.",
                )
        for problem, value, todo in _mismatches(rule, catalogue):
            raise CatalogueError(f"rule {rule.id!r} {problem}", file=root / _FILE, line=line, value=value, todo=todo)
        if rule.id in {r.id for r in rules}:
            raise CatalogueError(
                "two rules have one id", file=root / _FILE, line=line, value=rule.id, todo="Give each rule its own id."
            )
        values = rule.model_dump() | {"label": Text.of(rule.label), "blanks": tuple(rule.blanks)}
        values["version"] = rule.version or raw.version
        rules.append(ValidationRule(**values))
    return Validation(raw.version, tuple(rules))


def _line(root: Path, *number: object) -> int | None:
    """The line of the rule with this number, from 0; None for what stands outside the rules."""
    lines = (root / _FILE).read_text(encoding="utf-8").splitlines()
    starts = [n for n, line in enumerate(lines, 1) if line.replace(" ", "").startswith("[[rule]]")]
    return starts[number[0]] if number and isinstance(number[0], int) and number[0] < len(starts) else None


def _mismatches(rule: _Rule, catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    """What in a rule can never be computed: a date against a number, a type that does not exist."""
    days = [rule.left in DAYS, rule.right in DAYS]
    if len(addends(rule.left)) > 1 and DAYS & set(addends(rule.left)):
        yield "adds up dates", rule.left, "Add up numbers only."
    if any(days) and not all(days):
        yield "compares a date with a number", f"{rule.left} {rule.comparison} {rule.right}", "Compare like with like."
    types = catalogue.codelists["CL_COOP_TYPE"]
    if rule.cooperative_type is not None and rule.cooperative_type not in types:
        yield "names a type that is not a code of CL_COOP_TYPE", rule.cooperative_type, "Correct the code."


def check_validation(root: Path, catalogue: Catalogue) -> Iterator[Problem]:
    """What is wrong in the validation rules: unreadable, or a label missing in a language."""
    try:
        validation = load_validation(root, catalogue)
    except CatalogueError as error:
        yield Problem.of(error, root, _FILE)
        return
    for rule in validation.rules:
        problem = translation_problem(_FILE, None, rule.id, "label", rule.label, "gap")
        if problem:
            yield problem
