"""Conditions: the set phrases that limit an act, as controlled terms, and how far each runs on in its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sse_observatory.core import Language
from sse_observatory.instruments.acts.lexicon import Lexicon
from sse_observatory.instruments.acts.tokens import Tokens, enclosed, is_word, listed

_STOPS = frozenset({";", ":", ".", "—", "?", "!"})
_LISTED = frozenset({"IN_CONSULTATION"})
"""Terms whose phrase may run on over the commas of a list of bodies."""
_AND = frozenset({"and", "et", "y", "e"})
_NATIONAL = frozenset({"NATIONAL_CIRCUMSTANCES", "NATIONAL_LAW"})
_MATTERS = listed(
    "plans priorities policies capacities strategies needs conditions legislation laws realities levels practice "
    "practices contexts circumstances rules regulations development national plan politiques priorités capacités "
    "stratégies besoins législation lois réalités niveaux pratique pratiques planes prioridades políticas "
    "capacidades estrategias necesidades leyes legislación realidades niveles práctica circunstancias condiciones "
    "spécificités"
)
_SMALL = listed(
    "the their its of and des de leurs ses les et du la las los sus y e own respective existing different specific"
)
_NO_CONDITION_BEFORE = frozenset({"by", "while", "of", "for", "en", "de", "without"})
_CLAUSE_WORDS = listed("if considering except unless provided si s' sauf salvo excepto excepté mientras considerando")
"""Words too common to open a condition unless punctuation sets them off."""


@dataclass(frozen=True, slots=True)
class Found:
    """A condition in tokens `first` to `end`."""

    code: str
    first: int
    end: int


def conditions(tokens: Tokens, words: Sequence[str], first: int, end: int, lex: Lexicon) -> list[Found]:
    """The conditions that stand between two tokens, in their order; none within another."""
    found: list[Found] = []
    at = first
    while at < end:
        word = words[at]
        if not lex.conditions.starts(word):
            at += 1
            continue
        match = lex.conditions.longest(words, at)
        if match is None or match.end > end or not _stands_free(words, at, match.end, first):
            at += 1
            continue
        stop = _run_on(words, match.end, end, match.value.code, lex) if match.value.runs_on else match.end
        if match.value.runs_on and stop == match.end and len(match.places) < 3:
            at += 1
            continue
        found.append(Found(match.value.code, at, stop))
        at = stop
    return found


def _stands_free(words: Sequence[str], at: int, end: int, first: int) -> bool:
    before = words[at - 1] if at > 0 else ","
    if words[at] in _CLAUSE_WORDS and end - at <= 2:
        return before == "," or at == first
    # "by taking into account" says how, it does not limit.
    return not (before in _NO_CONDITION_BEFORE and words[at].endswith(("ing", "ant", "ndo")))


def _run_on(words: Sequence[str], at: int, end: int, code: str, lex: Lexicon) -> int:
    """Where a phrase that runs on ends: before the next comma, the action, or the end of the clause."""
    start = at
    aside = enclosed(words, at, end)
    while at < end:
        word = words[at]
        if at in aside:
            pass
        elif word == ")" or word in _STOPS or (word == "," and not _goes_on(words, start, at, end, code, lex)):
            return at
        elif word == ",":
            pass
        elif at > start and opens_action(words, at, lex.language):
            return at
        elif at > start and _opens_condition(words, at, lex):
            return at - 1 if words[at - 1] in ("and", "et", "y") else at
        at += 1
    while at > start and not is_word(words[at - 1]) and words[at - 1] != ")":
        at -= 1
    return at


def _opens_condition(words: Sequence[str], at: int, lex: Lexicon) -> bool:
    found = lex.conditions.longest(words, at) if lex.conditions.starts(words[at]) else None
    return found is not None and len(found.places) > 1


def _goes_on(words: Sequence[str], start: int, comma: int, end: int, code: str, lex: Lexicon) -> bool:
    """Whether a list goes on behind a comma ("national circumstances, plans and priorities"); "and" has ended it."""
    ahead = words[comma + 1 : min(comma + 7, end)]
    if code in _NATIONAL:
        if not _AND.isdisjoint(words[start:comma]):
            return False
        content = [word for word in ahead[:3] if word not in _SMALL]
        return bool(content) and content[0] in _MATTERS
    if code in _LISTED:
        if not any(word in ("and", "et", "y", "e", ",") for word in words[comma + 1 : min(comma + 16, end)]):
            return False
        if ahead and ahead[0] in ("to", "a", "de", "d'", "que", "qu'", "in", "as", "with", "and", "et", "y"):
            return ahead[0] in ("and", "et", "y", "as") and _names_body(words, comma + 1, end, lex)
        return _names_body(words, comma + 1, end, lex)
    return False


def _names_body(words: Sequence[str], at: int, end: int, lex: Lexicon) -> bool:
    return any(lex.addressees.at(words, place) for place in range(at, min(at + 5, end)))


_PREPOSITIONS_WITH_TO = listed(
    "relation regard regards respect according addition contribute contributes contributing contribution "
    "contributions relevant related relating pursuant subject response due access committed belonging party "
    "parties prior order view available open similar equal key approach approaches support assistance services "
    "barriers obstacles return back up close contrary thanks owing leading linked entitled threats right rights "
    "commitment attention specific vulnerable applicable pertaining accountable adhere accession accessible vital "
    "central adapted tailored detrimental conducive responsive sensitive closer comparable exposed subjected "
    "dedicated devoted addressed limited attached opposed equivalent corresponding favourable useful reference "
    "references link links transition exposure resistance opposition solution solutions responses important"
)
_AFTER_TO = listed(
    "the a an its their his her all this that these those any each such which whom every both our other women men "
    "member states developing date do"
)
_NOT_INFINITIVES = listed(
    "membre ordre cadre titre chambre centre autre contre notre votre nombre genre ministre registre lettre "
    "septembre octobre novembre décembre entre outre dernier premier particulier papier hier lugar mujer mar "
    "deber poder taller carácter primer tercer cualquier par bienestar hogar sur chantier métier quartier "
    "financier mer avenir maître théâtre semestre trimestre mesure culture structure nature agriculture lecture "
    "littérature histoire mémoire territoire laboratoire obligatoire affaire secrétaire primaire secondaire "
    "scolaire universitaire littéraire solidaire manière matière matières pouvoir devoir avoir caractère "
    "frontière carrière ouvrière lumière rivière père mère guerre terre figure procédure ouverture heure future "
    "couverture infrastructure encore œuvre oeuvre"
)
_CLITICS = listed("lui leur se s' ne n' pas y en le la les l' lo plus mieux bien également dûment aussi non no nous me")


def opens_action(words: Sequence[str], at: int, language: Language) -> bool:
    """Whether the action begins at token `at`: "to prepare", "de lui présenter", "a que presente"."""
    word = words[at]
    if at + 1 >= len(words):
        return False
    if language == "en":
        if word != "to" or not is_word(words[at + 1]):
            return word == "to" and words[at + 1] in (":", ",")
        if words[at + 1] in _AFTER_TO:
            return False
        named = words[max(0, at - 2) : at] == ["human", "rights"]  # "the Commissioner for Human Rights to report"
        return at == 0 or named or words[at - 1] not in _PREPOSITIONS_WITH_TO
    if language == "fr":
        if word in ("que", "qu'"):
            return True
        if word not in ("de", "d'", "à"):
            return False
        return _infinitive(words, at + 1, ("er", "ir", "re", "oir"))
    if word == "que" or (word == "a" and words[at + 1] == "que"):
        return True
    return word in ("a", "de") and _infinitive(words, at + 1, ("ar", "er", "ir", "arse", "erse", "irse", "arlo", "ír"))


def _infinitive(words: Sequence[str], at: int, endings: tuple[str, ...]) -> bool:
    for ahead in range(at, min(at + 4, len(words))):
        word = words[ahead]
        if word in (",", ":"):
            return word == ":"
        if len(word) > 2 and word.endswith(endings) and word not in _NOT_INFINITIVES and not word.endswith("aire"):
            return True
        if word in ("faire", "satisfaire", "extraire"):
            return True
        if word not in _CLITICS:
            return False
    return False
