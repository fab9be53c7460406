"""The page and the terminal view: complete, escaped, readable without colour, in three languages."""

import re
from html.parser import HTMLParser

import pytest

from instruments.built import act, instrument
from sse_observatory.instruments.compare import compare, page, terminal
from sse_observatory.instruments.speech import place

OLD = [
    "The General Assembly,",
    "Recalling its resolution 70/1,",
    "1. Encourages States to consider savings clubs;",
    "2. Invites local authorities to protect seed banks;",
    "3. Requests the Secretary-General:",
    "(a) To publish figures on unpaid care work;",
    "(b) To train inspectors of mutual societies;",
]
NEW = [
    "The General Assembly,",
    "1. Encourages States to mainstream savings clubs, upon request;",
    "2. Requests the Secretary-General:",
    "(a) To publish figures on unpaid care work by sex;",
    "(b) To report <b>boldly</b> & often to the Council;",
]
ACTS = (
    {"op1": (act("Encourages", "to consider savings clubs"),)},
    {"op1": (act("Encourages", "to mainstream savings clubs", conditions=["upon request"]),)},
)
COMPARISON = compare(instrument(OLD, "A/RES/93/401", acts=ACTS[0]), instrument(NEW, "A/RES/95/402", acts=ACTS[1]))


class Tree(HTMLParser):
    """Checks that elements nest, and keeps the text of each."""

    def __init__(self):
        super().__init__()
        self.open, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((tuple(self.open), data.strip()))


def tree(markup):
    parser = Tree()
    parser.feed(markup)
    assert parser.open == []
    return parser.texts


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_the_page_nests_and_shows_every_paragraph(lang):
    texts = tree(page.document(COMPARISON, lang))
    shown = "".join("".join(text.split()) for _, text in texts)

    for side in (COMPARISON.old, COMPARISON.new):
        for element in side.elements:
            for word in re.findall(r"\w+", element.text):
                assert word in shown


def test_changes_are_marked_by_elements_not_by_colour():
    texts = tree(page.fragment(COMPARISON, "en"))
    deleted = [t for path, t in texts if "del" in path]
    inserted = [t for path, t in texts if "ins" in path]

    assert "consider" in deleted
    assert {"mainstream", ", upon request", "by sex"} <= set(inserted)
    assert "text-decoration: line-through" in page.STYLE
    assert "text-decoration: underline" in page.STYLE


def test_nothing_of_the_texts_becomes_markup():
    evil = ["1. Requests <script>alert(1)</script> \"quoted\" & 'done';", "2. Urges <img src=x onerror=y> to act;"]
    comparison = compare(instrument(OLD), instrument(evil))
    fragment = page.fragment(comparison, "en")

    assert "<script" not in fragment
    assert "<img" not in fragment
    assert "&lt;script&gt;" in fragment
    assert "<b>boldly" not in page.fragment(COMPARISON, "en")


def test_the_fragment_holds_no_style_and_no_script():
    """The portal's content policy allows neither inline."""
    fragment = page.fragment(COMPARISON, "fr")

    assert "<style" not in fragment
    assert "style=" not in fragment
    assert "<script" not in fragment


def test_notes_are_sentences_in_three_languages():
    said = {
        lang: [page.note_sentence(n, lang) for m in COMPARISON.matches for n in m.every_note()]
        for lang in ("en", "fr", "es")
    }

    assert said["en"] == ["Action: “consider”, now “mainstream”", "Condition added: “upon request”"]
    assert said["fr"][1] == "Condition ajoutée\u202f: «\u202fupon request\u202f»"
    assert said["es"][0] == "Acción: «consider», ahora «mainstream»"


def shown(width=None, **given):
    lines = terminal.lines(COMPARISON, "en", **given)
    return "\n".join(text.plain for text in (terminal.wrapped(lines, width) if width else lines))


def test_the_terminal_shows_what_changed_with_marks():
    view = shown()

    assert "op1  Stronger and weaker" in view
    assert "↑ Action: “consider”, now “mainstream” (stronger)" in view
    assert "[-consider-] {+mainstream+}" in view
    assert "op2  Dropped" in view
    assert "op3(a) → op2(a)  Reworded" in view
    assert "op2(b)  New" in view


@pytest.mark.parametrize("width", [40, 80])
def test_the_terminal_view_fits_its_width(width):
    assert max(map(len, shown(width).splitlines())) <= width


def test_long_stretches_without_change_are_cut_unless_asked_for():
    words = " ".join(f"word{n}" for n in range(60))
    comparison = compare(instrument([f"1. Urges {words} end;"]), instrument([f"1. Invites {words} stop;"]))
    [cut] = [t.plain for t in terminal.lines(comparison, "en") if "word0" in t.plain]
    [full] = [t.plain for t in terminal.lines(comparison, "en", full=True) if "word0" in t.plain]

    assert "word30" not in cut
    assert "…" in cut
    assert all(f"word{n}" in full for n in range(60))


@pytest.mark.parametrize(
    ("id", "en", "fr", "es"),
    [
        ("op4", "paragraph 4", "paragraphe 4", "párrafo 4"),
        ("pp3", "preambular paragraph 3", "alinéa 3 du préambule", "párrafo 3 del preámbulo"),
        ("op1(a)(ii)", "paragraph 1 (a) (ii)", "paragraphe 1 a) ii)", "párrafo 1 a) ii)"),
        ("B.op2", "part B, paragraph 2", "partie B, paragraphe 2", "parte B, párrafo 2"),
        ("annex.op4", "annex, paragraph 4", "annexe, paragraphe 4", "anexo, párrafo 4"),
        ("annex.II.op4", "annex II, paragraph 4", "annexe II, paragraphe 4", "anexo II, párrafo 4"),
        ("h3", "h3", "h3", "h3"),
    ],
)
def test_places_are_named_as_one_cites_them(id, en, fr, es):
    assert [place(id, lang) for lang in ("en", "fr", "es")] == [en, fr, es]
