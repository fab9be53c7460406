"""Follow-up records made up for tests and benchmarks: many, of every kind, referring to one another, each with its day.

Every record and every dated part of one carries a word that stands nowhere else and holds the day from which it can be
known (`word_of`), so that a test can look for what must not be told yet in any text whatever.
"""

import random
from datetime import date, timedelta

from sse_observatory.catalogue.portfolio import When

SHARES = {
    "actor": 3, "instrument": 5, "event": 12, "provision": 30, "relation": 14, "membership": 5, "plan_objective": 1,
    "plan_output": 4, "evidence": 11, "due": 4, "knowledge_item": 8, "conflict": 1, "fact": 2,
}
WORDS = [
    "cooperative", "cooperatives", "statistics", "social", "solidarity", "economy", "strategy", "policy", "finance",
    "training", "research", "women", "youth", "decent", "work", "supply", "chains", "report", "implementation",
    "resolution", "task", "force", "capacity", "guidelines",
]
MOTS = [
    "coopératives", "économie", "sociale", "solidaire", "stratégie", "rapport", "résolution", "formation", "travail",
]
PALABRAS = [
    "cooperativas", "economía", "social", "solidaria", "estrategia", "informe", "resolución", "formación", "trabajo",
]

CONDITIONS = ["UPON_REQUEST", "WHERE_APPROPRIATE", "EXISTING_RESOURCES"]


def word_of(day: date, number: int) -> str:
    """A word with a day in it, as letters, so that no check of mentioned dates takes it for one: ``wkqbfahb…``."""
    letters = str.maketrans("0123456789", "bcdfghjkmp")
    return f"wk{day:%Y%m%d}x{number}x".translate(letters)


class _Maker:
    def __init__(self, count: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = 0
        self.entries: list[dict] = []
        self.by_kind: dict[str, list[str]] = {kind: [] for kind in SHARES}
        self.day_of: dict[str, date] = {}
        self.plans: list[str] = []
        self.count = count

    def day(self, not_before: date = date(2001, 1, 1)) -> date:
        last = date(2026, 6, 30)
        return not_before + timedelta(days=self.random.randrange(max((last - not_before).days, 1)))

    def written(self, day: date) -> str:
        return self.random.choice([day.isoformat()] * 6 + [day.strftime("%Y-%m"), day.strftime("%Y")])

    def word(self, day: date) -> str:
        self.number += 1
        return word_of(day, self.number)

    def text(self, word: str, length: int = 9) -> dict:
        choose = self.random.choices
        made = {"en": f"{' '.join(choose(WORDS, k=length))} {word}"}
        if self.random.random() < 0.7:
            made["fr"] = f"{' '.join(choose(MOTS, k=length))} {word}"
        if self.random.random() < 0.7:
            made["es"] = f"{' '.join(choose(PALABRAS, k=length))} {word}"
        return made

    def pick(self, kind: str) -> str:
        return self.random.choice(self.by_kind[kind])

    def record(self, kind: str, prefix: str, *needs: str, recorded: bool = False, **fields: object) -> dict:
        """A record with a date not before those of what it needs, and perhaps a note that came later."""
        start = max((self.day_of[need] for need in needs), default=date(2001, 1, 1))
        code = self.written(self.day(start))
        when = When.parse(code)
        # What was only written down at some time is known on every day.
        day = date(1990, 1, 1) if recorded else max(when.last, start)
        identifier = f"{prefix}-g{len(self.entries)}"
        entry = {"id": identifier, "kind": kind, "status": self.random.choice(["verified", "reported", "inferred"]),
                 "sources": [self.random.choice(SOURCES)["id"]]}
        if kind not in ("membership", "relation"):
            entry["title"] = self.text(self.word(day), 5)
        if recorded:
            entry |= {"date": "2026-06-30", "date_kind": "recorded"}
        elif kind not in ("due", "conflict"):
            entry |= {"date": code, "date_kind": "observed"}
        if self.by_kind["actor"] and kind != "actor":
            entry["body"] = self.pick("actor")
        if kind in ("provision", "evidence", "knowledge_item", "event"):
            entry["text"] = self.text(self.word(day))
        if self.random.random() < 0.15 and kind not in ("membership", "relation"):
            later = self.day(day)
            entry["notes"] = [{"known": later.isoformat(), "text": self.text(self.word(later))}]
        self.day_of[identifier] = day
        self.by_kind[kind].append(identifier)
        self.entries.append(entry | fields)
        return self.entries[-1]


SOURCES = [
    {"kind": "source", "id": f"made-up-{n}", "url": f"https://example.org/{n}", "publisher": "Made up",
     "standing": standing, "retrieved": "2026-06-30"}
    for n, standing in enumerate(["official_text", "issuing_body", "partner", "press"])
]


def generated(count: int, seed: int = 1) -> list[dict]:
    """About `count` records with the sources they cite, as the portal exports them."""
    maker = _Maker(count, seed)
    chance = maker.random
    total = sum(SHARES.values())
    for kind, share in SHARES.items():
        for _ in range(max(count * share // total, 3)):
            _ADD[kind](maker, chance)
    return [*SOURCES, *maker.entries]


def _actor(maker, chance):
    maker.record("actor", "act", recorded=chance.random() < 0.9,
                 actor_type=chance.choice(["office_unit", "un_entity", "partnership"]))


def _instrument(maker, chance):
    number = len(maker.by_kind["instrument"])
    symbol = f"A/RES/{50 + number % 30}/{number + 1}"
    made = maker.record("instrument", "ins", instrument_type="ga_resolution", symbol=symbol)
    if number % 9 == 0:
        maker.plans.append(made["id"])


def _event(maker, chance):
    if chance.random() < 0.5:
        instrument = maker.pick("instrument")
        maker.record("event", "evt", instrument, instrument=instrument, stage=chance.choice(["tabled", "presented"]))
    else:
        maker.record("event", "evt", stage="held")


def _provision(maker, chance):
    instrument = maker.pick("instrument")
    made = maker.record("provision", "prov", instrument, instrument=instrument, number=f"op{chance.randrange(1, 40)}")
    verb, strength = chance.choice([("ENCOURAGE", "ENCOURAGE"), ("REQUEST", "REQUEST"), ("INVITE", "INVITE")])
    made["acts"] = [{
        "id": f"{made['id']}-a", "verb": verb, "strength": strength, "addressees": [maker.pick("actor")],
        "text": maker.text(maker.word(maker.day_of[made["id"]])),
        "conditions": [{"term": term} for term in chance.sample(CONDITIONS, k=2)],
    }]


def _relation(maker, chance):
    kind = chance.choice(["instrument", "provision"])
    subject, thing = maker.pick(kind), maker.pick(kind)
    maker.record("relation", "rel", subject, thing, subject=subject, object=thing,
                 predicate=chance.choice(["recalls", "succeeds", "strengthens"]))


def _membership(maker, chance):
    member, body = maker.pick("actor"), maker.pick("actor")
    maker.record("membership", "mem", member, body, member=member, body=body, role="secretariat")


def _objective(maker, chance):
    plan = chance.choice(maker.plans)
    maker.record("plan_objective", "obj", plan, plan=plan, number=str(len(maker.by_kind["plan_objective"]) + 1))


def _output(maker, chance):
    plan = chance.choice(maker.plans)
    maker.record("plan_output", "out", plan, plan=plan, number=f"1.{len(maker.by_kind['plan_output']) + 1}")


def _evidence(maker, chance):
    supports = [maker.pick("provision"), maker.pick("plan_output")][: chance.randrange(1, 3)]
    maker.record("evidence", "evi", supports=supports, evidence_type="progress",
                 values=[{"value": str(chance.randrange(1, 90)), "unit": "countries"}])


def _due(maker, chance):
    provision = maker.pick("provision")
    made = maker.record("due", "due", provision, concerns=provision)
    day = maker.day_of[made["id"]]
    due = day + timedelta(days=chance.randrange(30, 1500))
    made["dates"] = [{"known": day.isoformat(), "basis": "stated", "date": maker.written(due)}]


def _item(maker, chance):
    made = maker.record("knowledge_item", "kno", item_type=chance.choice(["course", "guide", "report"]),
                        countries=chance.sample(["KEN", "FRA", "USA", "SEN", "PER"], k=2))
    day = maker.day_of[made["id"]]
    made["files"] = [{"language": "en"}, {"language": chance.choice(["fr", "es"]), "known": maker.day(day).isoformat()}]


def _conflict(maker, chance):
    about = maker.pick("provision")
    made = maker.record("conflict", "con", concerns=[about])
    first, second = sorted([maker.day(), maker.day()])
    made["status"] = "open"
    made["title"] = maker.text(maker.word(second), 4)
    made.pop("notes", None)
    made["claims"] = [
        {"source": "made-up-1", "known": first.isoformat(), "value": "a", "says": maker.text(maker.word(first), 3)},
        {"source": "made-up-2", "known": second.isoformat(), "value": "b", "says": maker.text(maker.word(second), 3)},
    ]
    maker.day_of[made["id"]] = second


def _fact(maker, chance):
    about = maker.pick("event")
    made = maker.record("fact", "fact", subject=about, predicate="took_place", object=["yes"])
    made["status"] = "stated"


_ADD = {
    "actor": _actor, "instrument": _instrument, "event": _event, "provision": _provision, "relation": _relation,
    "membership": _membership, "plan_objective": _objective, "plan_output": _output, "evidence": _evidence, "due": _due,
    "knowledge_item": _item, "conflict": _conflict, "fact": _fact,
}
