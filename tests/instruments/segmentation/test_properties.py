"""What holds for every text, however it was mutilated: nothing is lost, nothing is doubled, the structure is sound."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sse_observatory import instruments
from sse_observatory.core import InputError
from support import resolutions, specimens

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BODY = ("preambular", "operative")


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def squeezed(text: str) -> str:
    return "".join(text.split())


def assert_sound(text: str, read: instruments.Instrument) -> None:
    """Every character once, text and runs lead back to the source, ids are unique, parents come first and exist."""
    assert read.gaps() == ()
    assert not any(problem.code == "not-cut" for problem in read.problems)
    # The text put together again from its elements is the source, white space aside.
    whole = "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)
    assert squeezed(read.reassembled(stripped=False)) == squeezed(whole)
    seen: dict[str, instruments.Zone] = {}
    for element in read.elements:
        assert element.id not in seen
        assert element.parent is None or element.parent in seen
        seen[element.id] = element.zone
        for run in element.runs:
            assert element.text[run.at : run.at + run.length] == read.source.text[run.start : run.start + run.length]
        covered = "".join(span.of(read.source.text) for span in element.spans)
        assert set(letters(element.text)) <= set(letters(covered))
        if element.text:
            place = element.source(0, len(element.text))
            assert element.spans[0].start <= place.start <= place.end <= element.spans[-1].end
    for identifier, acts in read.acts.items():
        assert identifier in seen
        for act in acts:
            assert 0 <= act.span.start < act.span.end <= len(read.source.text)


def mutilated(text: str, rng: random.Random) -> str:
    """`text` after some accidents: characters lost, doubled or foreign, lines lost, exchanged, joined or cut."""
    for _ in range(rng.randint(1, 6)):
        if not text:
            break
        at = rng.randrange(len(text))
        accident = rng.randrange(13)
        if accident == 0:
            text = text[:at] + text[at + rng.randint(1, 30) :]
        elif accident == 1:
            text = text[:at] + rng.choice("\u00a0\u200b\ufeff\f\r\t\x85\u2028\ud800\ufffd*_•1.(a)") + text[at:]
        elif accident == 2:
            text = text[:at] + text[max(0, at - 40) : at] + text[at:]
        elif accident == 3:
            text = text.replace("\n", " ", rng.randint(1, 5))
        elif accident == 4:
            text = text[:at] + "\n" + text[at:]
        elif accident == 5:
            lines = text.splitlines(keepends=True)
            rng.shuffle(lines)
            text = "".join(lines)
        elif accident == 6:
            text = text.swapcase()
        elif accident == 7:
            text = text[at:]
        elif accident == 8:
            lines = text.split("\n")
            for place in range(0, len(lines), rng.randint(4, 12)):
                lines.insert(place, rng.choice(HEADERS))
            text = "\n".join(lines)
        elif accident == 9:
            text = "".join("\n" if c == " " and rng.random() < 0.06 else c for c in text)
        elif accident == 10:
            text = "".join(f"{c}\u00ad" if c.isalpha() and rng.random() < 0.05 else c for c in text)
        elif accident == 11:
            text = "".join(c + rng.choice(MARKS) if c in ",;." and rng.random() < 0.2 else c for c in text)
        else:
            text = text.encode("utf-8", "replace").decode("cp1252", "replace").replace("\n", "\r\n")
    return text


HEADERS = ["A/RES/70/1", "Page 3", "3/7", "__________", "14-66545 (E)", "\f", "United Nations", "1 See A/70/1."]
MARKS = ["¹", "2", "³", " 4/", "[5]", "*"]


@SLOW
@given(st.integers(0, 10_000), st.integers(0, len(resolutions.SETTINGS) - 1))
def test_nothing_is_lost_of_a_mutilated_resolution(seed, setting):
    rng = random.Random(seed)
    text = mutilated(resolutions.printed(resolutions.write(seed), resolutions.SETTINGS[setting], seed), rng)
    try:
        read = instruments.read_text(text)
    except InputError:
        return

    assert_sound(text, read)


@SLOW
@given(st.sampled_from(specimens.ALL), st.randoms(use_true_random=False))
def test_nothing_is_lost_of_a_mutilated_specimen(specimen, rng):
    text = mutilated(specimen.text, rng)
    try:
        read = instruments.read_text(text, language=specimen.language)
    except InputError:
        return

    assert_sound(text, read)


@SLOW
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text):
    try:
        read = instruments.read_text(text)
    except InputError as error:
        assert str(error)
        return

    assert_sound(text, read)


PIECES = st.sampled_from(
    ["1.", "2. ", "(a) ", "(i) ", "A. ", "IV. ", "OP1 ", "• ", "Annex", "Recalling it,", "Decides to act;",
     "The Council,", "\n", "\n\n", "A/RES/77/281", "1/2", "1 See A/70/1.", "66th plenary meeting", "Page 2",
     "_____", "“", "*", "Article 1"]
)  # fmt: skip


@SLOW
@given(st.lists(PIECES, max_size=30))
def test_any_heap_of_pieces_is_sound(pieces):
    text = " ".join(pieces)
    try:
        read = instruments.read_text(text)
    except InputError:
        return

    assert_sound(text, read)


@SLOW
@given(st.lists(st.text(min_size=1, max_size=80), max_size=12))
def test_paragraphs_given_one_by_one_stay_so(paragraphs):
    try:
        read = instruments.read_paragraphs(paragraphs, language="en")
    except InputError:
        return
    given_ = [p for p in paragraphs if p.strip()]

    assert len(read.elements) == len(given_)
    assert read.gaps() == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting", resolutions.SETTINGS, ids=lambda s: f"width {s.width}, spaced {s.spaced}, pages {s.page_lines}"
)
def test_a_hundred_resolutions_are_read_as_written(setting):
    """Macro F1 over preambular and operative paragraphs, each found with its number and whole text or not at all."""
    counts = {kind: [0, 0, 0] for kind in BODY}
    for seed in range(100):
        written = resolutions.write(seed)
        read = instruments.read_text(resolutions.printed(written, setting, seed))
        assert read.expression.language == written.language
        for kind in BODY:
            expected = Counter(letters(p.printed) for p in written.body() if p.kind == kind)
            found = Counter(letters(e.label + e.text) for e in read.elements if e.kind.value == kind)
            counts[kind][0] += sum((expected & found).values())
            counts[kind][1] += sum(found.values())
            counts[kind][2] += sum(expected.values())
    macro = sum(2 * right / (found + expected) for right, found, expected in counts.values()) / len(BODY)

    assert macro >= 0.99, counts


def test_a_text_without_any_line_end_is_taken_apart():
    text = (
        "The General Assembly, Recalling its resolution 70/1 of 25 September 2015 on workshops in rural communities, "
        "Noting "
        "that tools are scarce and that finance is dear in mountain areas, 1. Decides to act on the matter without "
        "delay; "
        "2. Requests the Secretary-General to report on the measures taken; 3. Invites others to join the effort."
    )
    read = instruments.read_text(text)

    assert_sound(text, read)
    assert [e.id for e in read.operative] == ["op1", "op2", "op3"]
    assert [e.text.split()[0] for e in read.preamble] == ["Recalling", "Noting"]


def test_a_long_text_takes_time_in_proportion():
    """A text of a thousand pages is no slower per page than one of ten (no limit on the clock: counted in lines)."""
    page = "1. Requests the Secretary-General to report on the matter in detail,\nand to act;\n\n"
    read = instruments.read_text("The Assembly,\n\nNoting it,\n\n" + page * 3000, language="en")

    assert len(read.operative) == 3000
