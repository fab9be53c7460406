"""Follow-up records: what was agreed on the social and solidarity economy, and what became of it.

A resolution is a *work*; its texts in English, French and Spanish are *expressions*; tabling, approval in committee,
adoption and publication are *events* (Akoma Ntoso and its United Nations profile keep them apart in the same way). A
provision holds *acts*: who is asked, how strongly, what, on which conditions, until when. Relations, roles and
memberships carry dates of their own.

Every record has a source. What a source tells later about an earlier record is a dated part of it (a note, a claim, a
due date, a language that was added), so that the records *as of* a day hold what was known on that day and no more:

- `date` is when it happened, as far as known; its *kind* says what happened then. ``recorded`` only says when somebody
  wrote the record down, and never hides it.
- `known` is the first day on which it could be known, where that is not the last day of `date`.
- `Foreseen` dates are set by a text for later, and are known with the text.

References are typed by what they may point to. `Needs` marks those without which a record says nothing: it is not
known before what it needs. `Names` marks the others: a view leaves them out until what they name is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from datetime import date as date_type
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from sse_observatory.catalogue.portfolio.dates import Foreseen, When
from sse_observatory.core import Language, Text

KINDS = (
    "actor", "membership", "region", "government_group", "instrument", "event", "provision", "relation",
    "plan_objective", "plan_output", "evidence", "due", "knowledge_item", "service_catalogue", "fact", "conflict",
)  # fmt: skip

Status = Literal["verified", "reported", "stated", "inferred", "unverified", "open", "resolved"]
"""How it is known: read in the official text or on a page of the issuing body; read with a third party; stated by a
document that this project started from; computed or compiled; from general knowledge. A conflict is open or resolved.
"""
DateKind = Literal[
    "adopted", "approved", "published", "presented", "founded", "held", "started", "observed", "announced", "stated",
    "issued", "foreseen", "in_force", "recorded",
]  # fmt: skip
Standing = Literal["official_text", "issuing_body", "partner", "press"]
"""What a source is, in the order in which it prevails over another where the two contradict each other."""
COMPUTED_YEARLY = ("first_saturday_of_july",)
"""The rules (vocabulary ``due_rule``) that give a day in each year; the others explain a date that is written down."""
STANDINGS: tuple[Standing, ...] = ("official_text", "issuing_body", "partner", "press")


@dataclass(frozen=True, slots=True)
class Needs:
    """The record says nothing without the record referred to, which is one of `kinds`."""

    kinds: tuple[str, ...]

    def __init__(self, *kinds: str) -> None:
        object.__setattr__(self, "kinds", kinds)


@dataclass(frozen=True, slots=True)
class Names:
    """The record names another, one of `kinds`, which may have become known later."""

    kinds: tuple[str, ...]

    def __init__(self, *kinds: str) -> None:
        object.__setattr__(self, "kinds", kinds)


@dataclass(frozen=True, slots=True)
class In:
    """The value is a term of the vocabulary `name` of ``portfolio/terms.toml``."""

    name: str


@dataclass(frozen=True, slots=True)
class Coded:
    """The value is a code of the codelist `name`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document or page: who published it and when, what standing it has, whether it was read in a copy elsewhere.

    `published` is the day the page or text gives; `not_before` is the earliest day a page without one can have
    appeared, since it reports something of that day. `retrieved` is a *recorded* date. `copy_of` says what an address
    on another domain is a copy of.
    """

    id: str
    url: str
    publisher: str
    standing: Standing
    title: Text | None = None
    published: When | None = None
    not_before: When | None = None
    retrieved: When
    language: Language | None = None
    copy_of: str | None = None

    @property
    def since(self) -> date | None:
        """The first day on which it can have been read, as far as known."""
        when = self.published or self.not_before
        return None if when is None else when.last

    def known_by(self, day: date) -> bool:
        """Whether nothing says that the source appeared only after `day`."""
        return self.since is None or self.since <= day


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a source; `locator` is the paragraph, page or part."""

    source: Source
    locator: str | None = None

    @property
    def url(self) -> str:
        """Where the source was read."""
        return self.source.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From a day to another. A planned end is part of the plan; any other end is not known before it has come."""

    start: When
    end: When | None = None
    planned_end: Foreseen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something more about a record, known from a day on."""

    known: When
    text: Text
    foresees: tuple[str, ...] = ()
    source: Annotated[str, In("source")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was learned later about something stated earlier; a view shows it apart, never mixed in."""

    known: When
    text: Text
    corrects: Literal["corrected", "confirmed", "completed"]
    source: Annotated[str, In("source")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A value with its unit; a part that counts (members, observers) names it in `unit`."""

    value: Decimal
    unit: Annotated[str, In("unit")]
    known: When | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What all records have. `official` names the languages in which the title is an official one.

    `foresees` lists the years after the record that its own texts may mention, because it sets them for later.
    """

    kind: ClassVar[str]
    id: str
    title: Text
    official: tuple[Language, ...] = ()
    date: When | None = None
    date_kind: DateKind | None = None
    period: Period | None = None
    known: When | None = None
    body: Annotated[str, Names("actor")] | None = None
    status: Status
    sources: tuple[Citation, ...]
    text: Text | None = None
    foresees: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    corrections: tuple[Correction, ...] = ()

    def title_status(self, lang: Language) -> Literal["official", "unofficial", "missing"]:
        """Whether the title in `lang` is official, a working translation or description, or not there."""
        if self.title.get(lang) is None:
            return "missing"
        return "official" if lang in self.official else "unofficial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor(Record):
    """An organization, a unit, a government, a class of addressees, a person.

    `named` is the name as a sentence needs it, with its article; `of` the same after a noun (“of the ILO”).
    """

    kind: ClassVar[str] = "actor"
    actor_type: Annotated[str, In("actor_type")]
    abbr: Text | None = None
    named: Text | None = None
    of: Text | None = None
    parent: Annotated[str, Names("actor")] | None = None
    area: Annotated[str, Coded("CL_AREA")] | None = None
    counts: tuple[Quantity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership(Record):
    """A role of one actor in another: `date` is its start or the first day it was observed, as `date_kind` says.

    Its title is made of the names of both and the label of the role. `until` is a stated end; an exclusive role without
    one ends when another role of its set is observed (see the vocabulary ``role``).
    """

    kind: ClassVar[str] = "membership"
    body: Annotated[str, Needs("actor")]
    member: Annotated[str, Needs("actor")]
    role: Annotated[str, In("role")]
    until: When | None = None
    observed: tuple[When, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Record):
    """A region of the ILO; who belongs to it stands in ``groups/``, under the code `area`."""

    kind: ClassVar[str] = "region"
    area: Annotated[str, Coded("CL_AREA")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernmentGroup(Record):
    """A group of governments; who belongs to it stands in ``groups/``, under the name `group`."""

    kind: ClassVar[str] = "government_group"
    group: str
    region: Annotated[str, Names("region")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """The text of an instrument in a language: where it stands, and whether it was read there in full."""

    language: str
    url: str | None = None
    read: bool = False
    known: When | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument(Record):
    """A work: resolution, recommendation, plan, report. What happened to it are events; `short` names it in a line."""

    kind: ClassVar[str] = "instrument"
    instrument_type: Annotated[str, In("instrument_type")]
    symbol: str | None = None
    symbol_status: Status = "verified"
    short: Text | None = None
    session: Text | None = None
    agenda_item: str | None = None
    drafts: tuple[str, ...] = ()
    committee_report: str | None = None
    paragraphs: int | None = None
    celex: str | None = None
    eli: str | None = None
    expressions: tuple[Expression, ...] = ()
    parts: tuple[Text, ...] = ()
    principles: tuple[Text, ...] = ()
    themes: tuple[Text, ...] = ()
    names_sse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """The result of a vote, or that there was none; `status` is how it is known."""

    mode: Literal["without_vote", "consensus", "recorded"]
    yes: int | None = None
    no: int | None = None
    abstaining: int | None = None
    states_against: tuple[Annotated[str, Coded("CL_AREA")], ...] = ()
    states_abstaining: tuple[Annotated[str, Coded("CL_AREA")], ...] = ()
    status: Status = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Record):
    """Something that happened on a day: to an instrument (`instrument`, `stage`), or a meeting, course, launch.

    The adoption date of an instrument is the date of its event of stage ``adopted``, and of no other.
    """

    kind: ClassVar[str] = "event"
    stage: Annotated[str, In("stage")] = "held"
    instrument: Annotated[str, Names("instrument")] | None = None
    place: Text | None = None
    meeting: Text | None = None
    participants: int | None = None
    vote: Vote | None = None
    group: Annotated[str, Names("government_group")] | None = None
    speakers: tuple[Annotated[str, Names("actor")], ...] = ()
    mode: Literal["in_person", "online", "hybrid"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A reservation of an act as a controlled term; `applies_to` is the part of the act it belongs to, if not all."""

    term: Annotated[str, In("condition")]
    text: Text | None = None
    applies_to: Text | None = None
    with_actor: Annotated[str, Names("actor")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Until when an act is to be done, as its text says (`stated`) or as this project computes it (`inferred`)."""

    basis: Literal["stated", "inferred"]
    due: Foreseen | None = None
    session: int | None = None
    rule: Annotated[str, In("due_rule")] | None = None
    known: When | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing an instrument does: verb, addressees, action, conditions, deadline, recurrence.

    Verb, strength and conditions are those with which `instruments` reads a text (``drafting/``). An act without a verb
    is what an instrument says without asking, such as a definition.
    """

    id: str
    verb: Annotated[str, In("verb")] | None = None
    strength: Annotated[str, In("strength")]
    modifier: Literal["also", "further"] | None = None
    addressees: tuple[Annotated[str, Names("actor")], ...] = ()
    text: Text
    measures: tuple[Text, ...] = ()
    conditions: tuple[Condition, ...] = ()
    deadline: Deadline | None = None
    recurrence: Annotated[str, In("recurrence")] | None = None
    recurrence_basis: Literal["stated", "inferred"] = "stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParagraphRef:
    """A paragraph of another instrument, which may have no record of its own here."""

    symbol: str
    number: str
    provision: Annotated[str, Names("provision")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision(Record):
    """A paragraph of an instrument with the acts it holds. `brief_order` places it in a briefing."""

    kind: ClassVar[str] = "provision"
    instrument: Annotated[str, Needs("instrument")]
    number: str
    acts: tuple[Act, ...]
    brief_order: int | None = None
    corresponds_to: ParagraphRef | None = None
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation(Record):
    """A typed, dated relation between two records; its title is made of their names and the label of the predicate."""

    kind: ClassVar[str] = "relation"
    subject: Annotated[str, Needs("instrument", "provision", "event", "knowledge_item")]
    predicate: Annotated[str, In("predicate")]
    object: Annotated[str, Needs("instrument", "provision", "knowledge_item")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanObjective(Record):
    """An objective of a plan."""

    kind: ClassVar[str] = "plan_objective"
    plan: Annotated[str, Needs("instrument")]
    number: str
    official_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an indicator is to reach by the end of a period."""

    value: Decimal
    by: Foreseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """How an output is measured; the actual value is the sum of the evidence in its unit, each piece counted once."""

    id: str
    title: Text
    unit: Annotated[str, In("unit")]
    baseline: Decimal | None = None
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOutput(Record):
    """An output of a plan. `official_number` is False where the numbering is ours."""

    kind: ClassVar[str] = "plan_output"
    plan: Annotated[str, Needs("instrument")]
    objective: Annotated[str, Needs("plan_objective")] | None = None
    number: str
    official_number: bool = False
    indicators: tuple[Indicator, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Record):
    """What was done or found, once, with all it supports; `evidence_type` says what it shows about them."""

    kind: ClassVar[str] = "evidence"
    evidence_type: Annotated[str, In("evidence_type")]
    supports: tuple[Annotated[str, Names("provision", "plan_output", "plan_objective", "instrument")], ...]
    values: tuple[Quantity, ...] = ()
    languages: tuple[str, ...] = ()
    partners: tuple[Annotated[str, Names("actor")], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDate:
    """A due date as it was known from a day on: a date, or a session of the General Assembly."""

    known: When
    basis: Literal["stated", "inferred"]
    date: Foreseen | None = None
    session: int | None = None
    rule: Annotated[str, In("due_rule")] | None = None
    source: Annotated[str, In("source")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due(Record):
    """Something due: by whom (`body`), of which provision or plan (`concerns`), when, as known from day to day.

    `recorded_here`: whoever is responsible keeps what it delivers in these records, so that silence means it was not
    delivered. Everywhere else silence means that we do not know.
    """

    kind: ClassVar[str] = "due"
    concerns: Annotated[str, Needs("provision", "instrument")]
    dates: tuple[DueDate, ...]
    recurrence: Annotated[str, In("recurrence")] | None = None
    recorded_here: bool = False

    @property
    def current(self) -> DueDate:
        """The due date as known last; in a view, as known on its day."""
        return max(self.dates, key=lambda due: due.known.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a knowledge item in a language, from the day on which it is known to exist."""

    language: str
    known: When | None = None
    announced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A phase of a project and the countries in which it works."""

    number: int
    known: When
    planned_end: Foreseen | None = None
    countries: tuple[Annotated[str, Coded("CL_AREA")], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeItem(Record):
    """A tool, course, study, issue or page of the library; an adaptation is a derived work, a translation is not."""

    kind: ClassVar[str] = "knowledge_item"
    item_type: Annotated[str, In("item_type")]
    files: tuple[File, ...] = ()
    audience: Text | None = None
    duration: Text | None = None
    method: Text | None = None
    licence: Text | None = None
    theme: Text | None = None
    series: str | None = None
    part_of: Annotated[str, Names("knowledge_item")] | None = None
    adapted_from: tuple[Annotated[str, Names("knowledge_item")], ...] = ()
    translation_of: Annotated[str, Names("knowledge_item")] | None = None
    about: Annotated[str, Names("instrument")] | None = None
    project: Annotated[str, Names("knowledge_item")] | None = None
    funded_by: Annotated[str, Names("actor")] | None = None
    partners: tuple[Annotated[str, Names("actor")], ...] = ()
    region: Annotated[str, Names("region")] | None = None
    countries: tuple[Annotated[str, Coded("CL_AREA")], ...] = ()
    phases: tuple[Phase, ...] = ()
    covers: When | None = None
    cadence: Annotated[str, In("recurrence")] | None = None
    isbn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Record):
    """A statement of one of the two texts that this project started from, as subject, predicate and object.

    The object is a record, a date, a number or a plain value, always written as text. `self_assessment` marks what
    an author says about their own work.
    """

    kind: ClassVar[str] = "fact"
    subject: str
    predicate: str
    object: tuple[str, ...]
    self_assessment: bool = False
    conflict: Annotated[str, Names("conflict")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCatalogue(Record):
    """The types of service that can be asked for, and where those who asked were pointed to."""

    kind: ClassVar[str] = "service_catalogue"
    types: tuple[Annotated[str, In("service_type")], ...]
    channels: tuple[Annotated[str, In("channel")], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one source says where sources differ; `prevails` marks what is held to be right.

    Claims with the same `value` agree, whatever their words.
    """

    source: Annotated[str, In("source")]
    known: When
    value: str
    says: Text
    prevails: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict(Record):
    """Sources that differ about `concerns`, each with its claim; losing claims stay visible.

    `rule` says how it is settled: by the standing of the sources, because each claim is true at its date, or because
    the claims are about different things. An open conflict has none.
    """

    kind: ClassVar[str] = "conflict"
    concerns: tuple[Annotated[str, Names(
        "instrument", "provision", "event", "membership", "knowledge_item", "actor", "due", "evidence"
    )], ...]  # fmt: skip
    field: str | None = None
    claims: tuple[Claim, ...]
    rule: Annotated[str, In("conflict_rule")] | None = None
    resolution: Text | None = None

    def first_day(self) -> date_type | None:
        """The first day on which two claims that differ were known: one claim alone is no conflict."""
        first: dict[str, date_type] = {}
        for claim in self.claims:
            first[claim.value] = min(first.get(claim.value, claim.known.last), claim.known.last)
        return sorted(first.values())[1] if len(first) > 1 else None


CLASSES: dict[str, type[Record]] = {
    found.kind: found
    for found in (
        Actor, Membership, Region, GovernmentGroup, Instrument, Event, Provision, Relation, PlanObjective, PlanOutput,
        Evidence, Due, KnowledgeItem, ServiceCatalogue, Fact, Conflict,
    )
}  # fmt: skip
