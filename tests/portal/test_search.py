"""Search: endings and accents of three languages, symbols, misspellings, and the day something became known."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_observatory.core import Text

TODAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def module(django_ready):
    from sse_observatory.portal import search

    return search


@pytest.fixture(scope="module")
def shelf(module):
    """Six things, small enough to know by heart."""
    entry = module.Entry
    return module.Index.built(lambda: [
        entry("res", "instrument", Text(
            "Promoting the social and solidarity economy", "Promouvoir l’économie sociale et solidaire",
            "Promover la economía social y solidaria",
        ), Text("Encourages States to adopt strategies upon request.", "Une résolution adoptée sans vote.", None),
            "A/RES/77/281 ins-a-res-77-281", date(2023, 4, 18)),
        entry("coop", "event", Text("Congress of cooperatives", "Congrès des coopératives", "Congreso de cooperativas"),
              known=date(2024, 5, 1)),
        entry("old", "event", Text("A meeting of long ago"), Text("Nothing else"), known=None),
        entry("note", "actor", Text("The Office"), Text("It says this"), known=date(2020, 1, 1),
              until=date(2022, 6, 1)),
        entry("note", "actor", Text("The Office"), Text("It says this and a platypus"), known=date(2022, 6, 1)),
        entry("C", "table", Text("Cooperatives by type", "Coopératives par type", "Cooperativas por tipo")),
    ], None, "small")


def found(shelf, text, lang="en", day=TODAY, **more):
    return [hit.key for hit in shelf.find(text, lang, day, **more).hits]


@pytest.mark.parametrize(
    ("text", "lang", "first"),
    [
        ("cooperative type", "en", "C"), ("strategy", "en", "res"), ("encouraging", "en", "res"),
        ("economie", "fr", "res"), ("économies", "fr", "res"), ("ECONOMIE SOCIALE", "fr", "res"),
        ("adoptees", "fr", "res"), ("adopté", "fr", "res"), ("economia", "es", "res"), ("economías", "es", "res"),
        ("cooperativa tipos", "es", "C"), ("congreso", "es", "coop"), ("77/281", "en", "res"),
        ("A/RES/77/281", "fr", "res"), ("a/res/77/281", "es", "res"), ("l'économie", "fr", "res"),
        ("l’économie de la", "fr", "res"), ("ins-a-res-77-281", "en", "res"),
    ],
)
def test_endings_accents_symbols_and_small_words_do_not_stand_in_the_way(shelf, text, lang, first):
    result = shelf.find(text, lang, TODAY)

    assert result.how == "all" and result.hits[0].key == first


def test_words_of_one_language_are_found_from_another(shelf):
    assert found(shelf, "économie", "en") == ["res"]


@pytest.mark.parametrize(("text", "how"), [("solidrity", "close"), ("cooperatvies", "close"), ("congrees", "close"),
                                           ("economy platypus", "some")])
def test_a_slip_of_the_pen_finds_what_is_close_and_says_so(shelf, text, how):
    assert shelf.find(text, "en", TODAY).how == how and found(shelf, text)


def test_what_has_every_word_comes_alone(shelf):
    assert found(shelf, "congress cooperatives") == ["coop"]


def test_a_symbol_is_a_phrase_and_not_a_bag_of_numbers(shelf):
    assert found(shelf, "281/77") == [] and found(shelf, "A/RES/281/77") == []


def test_nothing_is_found_before_the_day_it_was_known(shelf):
    assert found(shelf, "economy", day=date(2023, 4, 17)) == []
    assert found(shelf, "economy", day=date(2023, 4, 18)) == ["res"]
    assert found(shelf, "long ago", day=date(1950, 1, 1)) == ["old"]


def test_a_part_that_became_known_later_is_found_from_then_on_and_counted_once(shelf):
    assert found(shelf, "platypus", day=date(2022, 5, 31)) == []
    assert found(shelf, "platypus", day=date(2022, 6, 1)) == ["note"]
    for day in (date(2021, 1, 1), TODAY):
        assert shelf.find("office", "en", day).total == 1


def test_a_misspelling_is_not_helped_by_what_was_not_known(shelf):
    assert found(shelf, "congrees", day=date(2024, 4, 30)) == []


def test_results_are_counted_by_kind_and_can_be_kept_to_one(shelf):
    result = shelf.find("cooperatives", "en", TODAY)
    assert dict(result.kinds) == {"event": 1, "table": 1} and result.total == 2
    only = shelf.find("cooperatives", "en", TODAY, ["event"])
    assert [h.key for h in only.hits] == ["coop"] and only.total == 1 and dict(only.kinds) == dict(result.kinds)
    assert shelf.find("cooperatives", "en", TODAY, ["actor"]).total == 0


def marked(pieces):
    return [piece.text for piece in pieces if piece.found]


def test_what_was_looked_for_is_marked_as_it_stands_in_the_text(shelf):
    [hit] = shelf.find("economie adoptee", "fr", TODAY).hits
    assert marked(hit.title) == ["économie"] and marked(hit.passage) == ["adoptée"]
    assert "".join(piece.text for piece in hit.title) == "Promouvoir l’économie sociale et solidaire"


def test_a_missing_translation_is_shown_in_the_language_it_has(shelf):
    [hit] = shelf.find("economía", "es", TODAY).hits
    assert hit.title_lang == "es" and hit.passage_lang == "en"


def test_a_long_text_is_cut_around_the_words(module):
    text = "one two three " * 60 + "the platypus sleeps " + "four five six " * 60
    index = module.Index.built(lambda: [module.Entry("k", "event", Text("T"), Text(text))], None, "long")
    [hit] = index.find("platypus", "en", TODAY).hits
    shown = "".join(piece.text for piece in hit.passage)

    assert marked(hit.passage) == ["platypus"] and len(shown) <= module.SNIPPET + 40
    assert shown.startswith("… ") and shown.endswith(" …")


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=400), lang=st.sampled_from(["en", "fr", "es"]), page=st.integers(-3, 10**6))
def test_no_query_is_an_error(shelf, text, lang, page):
    result = shelf.find(text, lang, TODAY, page=page)

    assert 0 <= result.total <= 6 and len(result.hits) <= result.total


@settings(max_examples=60, deadline=None)
@given(text=st.text(min_size=1, max_size=300), words=st.lists(st.text(min_size=1, max_size=12), max_size=4))
def test_marking_changes_no_text(module, text, words):
    places = [(i, i + len(w)) for w in words if w and (i := text.find(w)) >= 0]
    places = sorted(places)

    assert "".join(p.text for p in module._cut(text, places, None)) == text


@settings(max_examples=200, deadline=None)
@given(a=st.text("abcd", max_size=9), b=st.text("abcd", min_size=4, max_size=9))
def test_close_is_what_a_plain_reckoning_of_edits_says(module, a, b):
    def edits(x, y):
        table = {(i, j): i + j for i in range(len(x) + 1) for j in range(len(y) + 1) if not i * j}
        for i in range(1, len(x) + 1):
            for j in range(1, len(y) + 1):
                changed = table[i - 1, j - 1] + (x[i - 1] != y[j - 1])
                table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, changed)
                if i > 1 and j > 1 and x[i - 1] == y[j - 2] and x[i - 2] == y[j - 1]:
                    table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
        return table[len(x), len(y)]

    assert module._near(a, b) == (edits(a, b) <= (1 if len(b) < 8 else 2))


# Where an index lives


def test_an_index_is_built_once_for_its_content_and_moved_into_place_whole(module, tmp_path):
    built = []

    def entries():
        built.append(1)
        yield module.Entry("a", "event", Text("An elephant"))

    for _ in range(2):
        assert found(module.Index.built(entries, tmp_path / "x", "one"), "elephant") == ["a"]
    assert len(built) == 1
    module.Index.built(list, tmp_path / "x", "two")
    module.Index.built(list, tmp_path / "x", "three")
    assert sorted(p.name for p in (tmp_path / "x").iterdir() if p.is_dir()) == [
        f"{module.FORM}-three", f"{module.FORM}-two"]


def test_a_build_that_breaks_leaves_nothing_behind(module, tmp_path):
    def broken():
        yield module.Entry("a", "event", Text("An elephant"))
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        module.Index.built(broken, tmp_path, "one")
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == []
    assert found(module.Index.built(lambda: [module.Entry("b", "event", Text("An elephant"))], tmp_path, "one"),
                 "elephant") == ["b"]


def test_where_nothing_can_be_written_the_index_lives_in_memory(module, tmp_path):
    (tmp_path / "file").write_text("not a folder")

    index = module.Index.built(lambda: [module.Entry("a", "event", Text("An elephant"))], tmp_path / "file", "one")
    assert found(index, "elephant") == ["a"]


def test_tables_and_terms_are_found_too(django_ready, client):
    for query, address in (("cooperative type units", "/en/tables/DF_COOP_UNITS/"), ("member", "/en/glossary/#")):
        assert address in client.get(f"/en/search/?q={query}").content.decode(), query
