"""Addressees: whom an act speaks to, as controlled terms where the catalogue knows the name, else as printed.

They stand between the verb and the action ("Requests the Secretary-General to …", "Invite les gouvernements à …",
"Pide a la Oficina que …"), before a modal or a passive ("Members should …", "Governments are invited to …"), or open
the clause that follows ("Recommends that Member States …").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sse_observatory.instruments.acts.conditions import Found, opens_action
from sse_observatory.instruments.acts.heads import Head
from sse_observatory.instruments.acts.lexicon import ADDRESSING, MODALS, Lexicon
from sse_observatory.instruments.acts.tokens import Tokens, enclosed, is_word, listed

_REACH = 90
"""Tokens in which the action must begin for what stands before it to be addressees."""
_DRAW_ATTENTION = "DRAW_ATTENTION"
_SPOKEN_TO = frozenset({"REMIND", "WARN", "INFORM", _DRAW_ATTENTION, "CONGRATULATE"})
_AND = frozenset({"and", "et", "y", "e", "or", "ou", "o", "u", "&"})
_ARTICLES = listed("the to of le la les l' au aux à du des de d' el los las al a del an upon on also un una une for")
_HEAD_ENDS = listed(
    "of for on in at with from concerned de du des d' sur pour dans del para sobre en con to that which who qui "
    "que whose avec by par por under within through"
)
_CUT = listed("that which who whose qui dont que qu' cuyos where whom quienes")
_ASIDES = listed(
    "including compris notamment incluidos incluidas incluida incluido particularly especially namely comprising "
    "particularmente especialmente spécialement"
)
_NO_BODY = listed(
    "in through with as by within under where when at for dans par avec selon sous en con mediante por según para "
    "pour tant on while pursuant acting taking having working tanto if"
)
_QUALIFIERS = listed(
    "all other relevant interested tous toutes autres todos todas otros otras demás every each the les los las "
    "aux a concerned its ses sus national international regional local appropriate competent"
)

_ADJECTIVES = listed(
    "multilateral bilateral international regional subregional national local global public private intergovernmental "
    "and multilatérales multilatéraux bilatérales bilatéraux internationales internationaux régionales régionaux "
    "sous-régionales sous-régionaux nationales nationaux locales locaux mondiales mondiaux publiques publics privées "
    "privés et multilaterales bilaterales internacionales regionales subregionales nacionales mundiales públicos "
    "públicas privados privadas y e"
)
"""Words that qualify a body named before or behind them and name none: "multilateral, regional and national banks"."""
_SHORT = frozenset({"OFFICE", "CONFERENCE", "ILO", "GENERAL_ASSEMBLY"})
"""Bodies whose one-word names are parts of the names of others: "Office statistique", "Statistical Office"."""


def _anothers_name(tokens: Tokens, words: Sequence[str], at: int, first: int, end: int) -> bool:
    """Whether a one-word name is part of a longer one: "Statistical Office", "Office of Fair Trading"."""
    if at > first and tokens.name(at - 1):
        return True
    after = words[at + 1] if at + 1 < end else ","
    if words[at] in _OFFICES and after in ("of", "for", "de", "du", "des", "del", "para"):
        return True
    return is_word(after) and after not in _HEAD_ENDS and after not in _AND


_GENERIC = frozenset({"organizations", "organisations", "organizaciones", "authorities", "autorités", "autoridades"})
"""Names so general that a word before them makes them another body: "youth-led organizations"."""
_OFFICES = frozenset({"office", "bureau", "oficina"})


@dataclass(frozen=True, slots=True)
class Body:
    """An addressee in tokens `first` to `end`; `term` None where no name of the catalogue fits."""

    term: str | None
    first: int
    end: int


def addressees(
    tokens: Tokens, words: Sequence[str], head: Head, end: int, limits: Sequence[Found], lex: Lexicon
) -> tuple[list[Body], int]:
    """Whom the act of `head` speaks to, and the token at which the action begins."""
    taken = _taken(limits)
    if head.verb.form in ("modal", "passive") and head.subject is not None:
        bodies = _known_only(_bodies(tokens, words, *head.subject, taken, lex), head)
        return bodies, head.after
    if head.pronoun is not None:
        return [Body(None, head.pronoun, head.pronoun + 1)], head.after
    speaks = head.verb.strength in ADDRESSING or head.verb.code in _SPOKEN_TO
    if not speaks or head.verb.code in MODALS:
        return [], head.after
    at = head.after
    if at < end and words[at] in ("that", "que", "qu'") and head.verb.form != "passive":
        bodies = _leading(tokens, words, at + 1, end, taken, lex)
        return bodies, (bodies[-1].end if bodies else at)
    action = _action(words, at, end, taken, lex)
    if action is None and end < len(words) and words[end] == ":":
        action = end
    if action is None:
        bodies = _leading(tokens, words, at, end, taken, lex)
        return bodies, (bodies[-1].end if bodies else at)
    bodies = _bodies(tokens, words, at, action, taken, lex)
    if head.verb.code == _DRAW_ATTENTION or head.verb.code in _SPOKEN_TO or not any(body.term for body in bodies):
        bodies = [body for body in bodies if body.term] or bodies[:1]
    return bodies, action


def _taken(limits: Sequence[Found]) -> set[int]:
    return {at for limit in limits for at in range(limit.first, limit.end)}


def _known_only(bodies: list[Body], head: Head) -> list[Body]:
    """The subject of a modal is an addressee only where it is a body: "Policies should …" speaks to nobody."""
    if head.verb.form == "passive":
        return bodies
    return [body for body in bodies if body.term is not None]


def _action(words: Sequence[str], at: int, end: int, taken: set[int], lex: Lexicon) -> int | None:
    """The token at which the action begins; None where none does within reach."""
    start = at
    if at < end and words[at] in ("to", "à", "aux", "au", "a", "al", "de", "del"):
        if opens_action(words, at, lex.language):
            return at
        at += 1
    aside = enclosed(words, at, min(end, start + _REACH))
    while at < min(end, start + _REACH):
        word = words[at]
        if at in aside or at in taken:
            pass
        elif word in (";", "."):
            return None
        elif word == ":":
            return at
        elif opens_action(words, at, lex.language) and not _relative(words, at):
            # "Member States in a position to do so to …": the first infinitive is not the action.
            return at
        at += 1
    return None


def _relative(words: Sequence[str], at: int) -> bool:
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    if words[at] == "to":
        return before == "position" or (after == "do" and words[at + 2 : at + 3] == ["so"])
    return words[at] in ("que", "qu'") and before in _ANTECEDENTS


_ANTECEDENTS = listed("ceux celles les ce lo los las así tels al")


def _leading(tokens: Tokens, words: Sequence[str], at: int, end: int, taken: set[int], lex: Lexicon) -> list[Body]:
    """Known bodies that open a clause: "that Member States, the Office and workers' organizations consider"."""
    found: list[Body] = []
    while at < end:
        begin = at
        while at < end and (words[at] in _QUALIFIERS or words[at] in _ARTICLES) and not lex.addressees.at(words, at):
            at += 1
        match = lex.addressees.longest(words, at) if at < end and at not in taken else None
        if match is None or match.end > end:
            break
        found.append(Body(match.value, _without_article(words, begin, match.end), match.end))
        at = match.end
        if at < end and (words[at] == "," or words[at] in _AND):
            at += 1
            if at < end and words[at] in _AND:
                at += 1
        else:
            break
    return found


def _without_article(words: Sequence[str], first: int, end: int) -> int:
    while first < end - 1 and words[first] in _ARTICLES:
        first += 1
    return first


def _bodies(tokens: Tokens, words: Sequence[str], first: int, end: int, taken: set[int], lex: Lexicon) -> list[Body]:
    """The bodies named between two tokens, cut at commas and "and"."""
    found: list[Body] = []
    aside = False
    for start, stop in _chunks(words, first, end, taken, lex):
        aside = aside or (bool(found) and not _ASIDES.isdisjoint(words[found[-1].end : start]))
        body = _body(tokens, words, start, stop, lex)
        if body is None or _ADJECTIVES.issuperset(words[body.first : body.end]):
            continue
        # "Member States, including developing countries": what an aside picks out of a body is no other body.
        if aside and (body.term is None or any(body.term == other.term for other in found)):
            continue
        if body.term is not None or not found or words[body.first] not in _NO_BODY:
            found.append(body)
    # A chunk without a known name that follows known ones is mostly what qualifies them.
    return [b for n, b in enumerate(found) if b.term is not None or n == 0 or _looks_like_body(tokens, words, b)]


def _looks_like_body(tokens: Tokens, words: Sequence[str], body: Body) -> bool:
    length = body.end - body.first
    if words[body.first] in _NO_BODY or words[body.first].endswith(("ing", "ant", "ando", "iendo")):
        return False
    return length <= 3 or (length <= 8 and (tokens.capital(body.first) or words[body.end - 1].endswith("s")))


def _chunks(words: Sequence[str], first: int, end: int, taken: set[int], lex: Lexicon) -> list[tuple[int, int]]:
    chunks: list[tuple[int, int]] = []
    begin = first
    at = first
    aside = enclosed(words, first, end)
    while at < end:
        match = lex.addressees.longest(words, at) if at not in aside and at not in taken else None
        if match is not None and match.end <= end:
            at = match.end
            continue
        joint = 0 if at in aside else 1 if at in taken else _joint(words, at, end, lex)
        if joint:
            if begin < at:
                chunks.append((begin, at))
            begin = at + joint
        at += max(joint, 1)
    if begin < end:
        chunks.append((begin, end))
    return chunks


def _joint(words: Sequence[str], at: int, end: int, lex: Lexicon) -> int:
    """How many tokens join one body to the next here; 0 if none do."""
    word = words[at]
    if word == "," or word in _ASIDES or (word in _AND and _new_body(words, at + 1, end, lex)):
        return 1
    if list(words[at : at + 3]) == ["as", "well", "as"]:
        return 3
    return 2 if tuple(words[at : at + 2]) in (("ainsi", "que"), ("ainsi", "qu'"), ("así", "como")) else 0


def _new_body(words: Sequence[str], at: int, end: int, lex: Lexicon) -> bool:
    """Whether a body of its own stands behind "and", and not the rest of the one before."""
    for place in range(at, min(at + 5, end)):
        if lex.addressees.at(words, place):
            return True
        if words[place] in (",", *_AND):
            break
    return at < end and words[at] in _QUALIFIERS


def _body(tokens: Tokens, words: Sequence[str], first: int, end: int, lex: Lexicon) -> Body | None:
    while first < end and (not is_word(words[first]) or words[first] in _AND or words[first] in _ARTICLES):
        first += 1
    while end > first and (not is_word(words[end - 1]) and words[end - 1] != ")"):
        end -= 1
    if first >= end:
        return None
    cut = next((at for at in range(first + 1, end) if words[at] in _CUT), end)
    term = None
    limit = next((at for at in range(first, cut) if words[at] in _HEAD_ENDS), cut)
    best = 0
    for at in range(first, min(limit + 1, cut)):
        match = lex.addressees.longest(words, at)
        if match is not None and match.end <= cut and len(match.places) > best:
            if at > limit:
                break
            if len(match.places) == 1 and match.value in _SHORT and _anothers_name(tokens, words, at, first, cut):
                continue
            if words[at] in _GENERIC and len(match.places) == 1 and not _QUALIFIERS.issuperset(words[first:at]):
                continue
            term, best = match.value, len(match.places)
    return Body(term, first, cut)
