"""The agreed parameters of the fictional country, read from `catalogue/data/simulation.toml`.

Rates carry the published evidence they are modelled on; a statistician changes them in the file, not here.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sse_observatory import catalogue
from sse_observatory.core import CatalogueError, Text, content_hash

KINDS = ("coop", "mutual", "assoc", "found", "socent", "subsidiary", "company")
TYPES = ("producer", "worker", "consumer", "multi")
PROFILES = ("producer", "worker", "consumer", "multi", "upper", "mutual", "assoc", "found", "company")

_RATES: Mapping[str, tuple[str, ...]] = {
    "kind": KINDS,
    "coop": ("union", "federation", "affiliated", *TYPES, "mixed_with_majority", "pseudo", "status_overlay"),
    "other": ("coop_like", "status_overlay", "indirect_control"),
    "life": (
        "active_first",
        "ceased_first",
        "active_first_other",
        "births",
        "active_to_dormant",
        "active_to_ceased",
        "dormant_to_active",
        "dormant_to_ceased",
        "struck_off",
        "name_change",
        "newborn_dormant",
    ),
    "registrar": (
        "coverage",
        "files_return",
        "dormant_files_return",
        "duplicate",
        "id_missing",
        "id_wrong",
        "name_variant",
        "legal_form_missing",
        "legal_form_wrong",
        "activity_missing",
        "activity_invalid",
        "region_missing",
        "interest_missing",
        "majority_missing",
        "test_unknown",
        "members_missing",
        "sex_missing",
        "jobs_missing",
        "scope_missing",
        "money_missing",
        "scale_error",
        "money_in_thousands",
        "union_counts_persons",
    ),
    "tax": (
        "coverage_active",
        "coverage_inactive",
        "declares",
        "dormant_declares",
        "late_closure",
        "duplicate",
        "id_missing",
        "id_wrong",
        "name_variant",
        "legal_form_missing",
        "legal_form_wrong",
        "activity_missing",
        "activity_invalid",
        "activity_differs",
        "region_missing",
        "flag_missing",
        "flag_lost",
        "flag_false",
        "control_missing",
        "money_missing",
    ),
    "social": (
        "coverage",
        "contributes",
        "second_account",
        "id_missing",
        "id_wrong",
        "name_variant",
        "legal_form_missing",
        "legal_form_wrong",
        "activity_missing",
        "worker_members_as_employees",
    ),
    "people": ("joins_several", "growth", "growth_sd", "giants"),
}
_PROFILE_FIELDS = ("members", "jobs", "no_jobs", "worker_members", "women", "scope", "turnover", "assets")


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate between 0 and 1 and what it is modelled on."""

    value: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Sizes of one profile of units: medians, spreads and shares; money in units of the fictional currency."""

    members: tuple[float, float]
    jobs: tuple[float, float]
    no_jobs: float
    worker_members: float
    women: float
    scope: float
    turnover: float
    assets: float


@dataclass(frozen=True)
class Parameters:
    """Everything that steers the simulation besides the number of units, the seed and the number of editions."""

    version: str
    first_edition: int
    currency: str
    rates: Mapping[str, Rate]
    regions: Mapping[str, float]
    profiles: Mapping[str, Profile]
    activities: Mapping[str, Mapping[str, float]]
    legal_forms: Mapping[str, Text]
    form_families: Mapping[str, str]

    def __getitem__(self, name: str) -> float:
        """The value of a rate such as ``"life.births"``."""
        return self.rates[name].value

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the parameters, so that two simulations can be told apart."""
        return content_hash(
            {
                "version": self.version,
                "first": self.first_edition,
                "currency": self.currency,
                "rates": {k: r.value for k, r in self.rates.items()},
                "regions": dict(self.regions),
                "profiles": dict(self.profiles),
                "activities": {k: dict(v) for k, v in self.activities.items()},
                "forms": dict(self.form_families),
            }
        )


def parameters_file() -> Path:
    """`simulation.toml` of the catalogue in use: the folder named in SSE_CATALOGUE, else the packaged one."""
    folder = os.environ.get("SSE_CATALOGUE")
    root = Path(folder) if folder else Path(catalogue.__file__).parent / "data"
    return root / "simulation.toml"


def read_parameters(path: Path | None = None) -> Parameters:
    """The parameters in `path` (default: the catalogue's). Raises CatalogueError naming the file, key and value."""
    path = path or parameters_file()
    todo = "correct the file, or take the packaged one as a model (docs/reference/simulation.md)"
    if not path.is_file():
        raise CatalogueError("there are no parameters of the simulation here", file=path, todo=todo)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"this is not a TOML file in UTF-8 ({error})", file=path, todo=todo) from None

    def wrong(key: str, value: Any, expected: str) -> CatalogueError:
        return CatalogueError(
            "a parameter of the simulation is missing or wrong",
            file=path,
            column=key,
            value=str(value),
            expected=expected,
            todo=todo,
        )

    def number(key: str, value: Any, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise wrong(key, value, f"a number from {low:g} to {high:g}")
        return float(value)

    known = {"version", "first_edition", "currency", "regions", "profile", "activity", "legal_form", *_RATES}
    for key in sorted(set(raw) ^ known):
        raise wrong(key, raw.get(key), "exactly the keys " + ", ".join(sorted(known)))

    rates: dict[str, Rate] = {}
    for section, names in _RATES.items():
        for name in sorted(set(raw[section]) ^ set(names)):
            raise wrong(f"{section}.{name}", raw[section].get(name), "exactly the rates " + ", ".join(names))
        for name in names:
            entry, key = raw[section][name], f"{section}.{name}"
            if not isinstance(entry, dict) or set(entry) != {"value", "evidence"} or not str(entry["evidence"]).strip():
                raise wrong(key, entry, '{ value = …, evidence = "…" }')
            rates[key] = Rate(number(key, entry["value"], 0, 1), str(entry["evidence"]))
    for shares in ([f"kind.{k}" for k in KINDS], [f"coop.{t}" for t in TYPES]):
        total = sum(rates[k].value for k in shares)
        if abs(total - 1) > 1e-9:
            raise wrong(", ".join(shares), f"{total:g}", "shares that add up to 1")
    if rates["life.active_first"].value + rates["life.ceased_first"].value > 1:
        raise wrong("life.active_first, life.ceased_first", "more than 1", "two shares of at most 1 together")

    regions = {str(k): number(f"regions.{k}", v, 0, 1) for k, v in raw["regions"].items()}
    if not regions or any(not re.fullmatch(r"XSO-\d\d", k) for k in regions) or abs(sum(regions.values()) - 1) > 1e-9:
        raise wrong("regions", ", ".join(regions), "codes XSO-01 … with shares that add up to 1")

    profiles: dict[str, Profile] = {}
    for name in PROFILES:
        entry = raw["profile"].get(name)
        if not isinstance(entry, dict) or set(entry) != set(_PROFILE_FIELDS):
            raise wrong(f"profile.{name}", entry, "exactly the keys " + ", ".join(_PROFILE_FIELDS))
        key = f"profile.{name}"
        for pair in ("members", "jobs"):
            if not isinstance(entry[pair], list) or len(entry[pair]) != 2:
                raise wrong(f"{key}.{pair}", entry[pair], "[median, standard deviation of the logarithm]")
        profiles[name] = Profile(
            members=(number(f"{key}.members", entry["members"][0], 0, 1e7), number(key, entry["members"][1], 0, 4)),
            jobs=(number(f"{key}.jobs", entry["jobs"][0], 0, 1e7), number(key, entry["jobs"][1], 0, 4)),
            no_jobs=number(f"{key}.no_jobs", entry["no_jobs"], 0, 1),
            worker_members=number(f"{key}.worker_members", entry["worker_members"], 0, 1),
            women=number(f"{key}.women", entry["women"], 0, 1),
            scope=number(f"{key}.scope", entry["scope"], 0, 1e3),
            turnover=number(f"{key}.turnover", entry["turnover"], 0, 1e9),
            assets=number(f"{key}.assets", entry["assets"], 0, 1e9),
        )

    activities: dict[str, dict[str, float]] = {}
    for name in PROFILES:
        weights = raw["activity"].get(name)
        if not isinstance(weights, dict) or not weights:
            raise wrong(f"activity.{name}", weights, "ISIC Rev.4 classes and their weights")
        for code in weights:
            if not re.fullmatch(r"\d{4}", code) or section_of(code[:2]) is None:
                raise wrong(f"activity.{name}", code, "four-digit classes of ISIC Rev.4")
        activities[name] = {c: number(f"activity.{name}.{c}", w, 0, 1e6) for c, w in weights.items()}

    forms, families = {}, {}
    for code, entry in raw["legal_form"].items():
        if not isinstance(entry, dict) or set(entry) != {"en", "fr", "es", "family"}:
            raise wrong(f"legal_form.{code}", entry, "labels en, fr, es and family")
        forms[code] = Text(en=entry["en"], fr=entry["fr"], es=entry["es"])
        families[code] = str(entry["family"])
    for code in sorted({"1110", "1120", "2110", "2120", "2210", "2220", "2230", "3110", "4110", "5110"} - set(forms)):
        raise wrong(f"legal_form.{code}", None, "the ten legal forms of the fictional country")
    first = raw["first_edition"]
    if not isinstance(first, int) or not 1990 <= first <= 2100:
        raise wrong("first_edition", first, "a year from 1990 to 2100")
    return Parameters(
        str(raw["version"]), first, str(raw["currency"]), rates, regions, profiles, activities, forms, families
    )


_SECTIONS = (
    ("A", 1, 3),
    ("B", 5, 9),
    ("C", 10, 33),
    ("D", 35, 35),
    ("E", 36, 39),
    ("F", 41, 43),
    ("G", 45, 47),
    ("H", 49, 53),
    ("I", 55, 56),
    ("J", 58, 63),
    ("K", 64, 66),
    ("L", 68, 68),
    ("M", 69, 75),
    ("N", 77, 82),
    ("O", 84, 84),
    ("P", 85, 85),
    ("Q", 86, 88),
    ("R", 90, 93),
    ("S", 94, 96),
    ("T", 97, 98),
    ("U", 99, 99),
)


def section_of(division: str) -> str | None:
    """The section of a two-digit ISIC Rev.4 division, None for a number between sections."""
    return next((letter for letter, first, last in _SECTIONS if first <= int(division) <= last), None)
