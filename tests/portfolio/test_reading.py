"""Bad input names the file, the line and what to do; nothing is half loaded."""

import pytest

from sse_observatory.core import CatalogueError


def line_of(small, name, text):
    """The line on which `text` stands first in a file of the portfolio."""
    lines = (small.root / "portfolio" / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, start=1) if text in line)


def test_the_small_portfolio_is_in_order(small):
    assert small.problems() == []
    assert list(small.load().records) == [
        "act-assembly", "act-force", "mem-vice", "ins-one", "evt-one", "prov-one-op1"
    ]  # fmt: skip


MEMBER = """
[mem-co]
date = "2023-03-07"
date_kind = "observed"
member = "act-assembly"
body = "act-force"
role = "co-chair"
status = "verified"
sources = ["press"]
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "at", "what"),
    [
        ("instruments", 'sources = ["text"]', "", "[ins-one]", "no source"),
        ("instruments", 'sources = ["text"]', "sources = []", "[ins-one]", "no source"),
        ("instruments", 'sources = ["text"]', 'sources = ["nowhere"]', "sources", "no source 'nowhere'"),
        ("instruments", '"2023-04-18"', '"2023-02-30"', "date =", "there is no day 2023-02-30"),
        ("instruments", '"2023-04-18"', "2023-02-30", "date =", "not valid TOML"),
        ("instruments", "symbol =", "symbole =", "symbole", "no field 'symbole'"),
        ("instruments", 'body = "act-assembly"', 'body = "act-nobody"', "body", "no record 'act-nobody'"),
        ("instruments", 'body = "act-assembly"', 'body = "evt-one"', "body", "of kind event"),
        ("instruments", '"ga_resolution"', '"poem"', "instrument_type", "not a instrument type"),
        ("instruments", 'en = "Resolution", fr', 'de = "Entschließung", fr', "title", "unknown language(s) de"),
        ("instruments", 'status = "verified"', 'status = "true"', "status", "'true' is not known here"),
        ("instruments", "[ins-one]", "[Ins_One]", "[Ins_One]", "small letters"),
        ("instruments", "[ins-one]", "[ins-one]\nkind = 'actor'", "kind", "given already"),
        ("provisions", '"UPON_REQUEST"', '"IF_WE_FEEL_LIKE_IT"', "conditions", "not a condition"),
        ("provisions", 'verb = "REQUEST"', 'verb = "BEG"', "verb", "not a verb"),
        ("provisions", 'strength = "REQUEST"', 'strength = "ENCOURAGE"', "strength", "has the strength REQUEST"),
        ("provisions", 'id = "prov-one-op1-a"', 'id = "something-else"', "id =", "not an id of its own"),
        ("provisions", 'instrument = "ins-one"', 'instrument = "act-force"', "instrument", "of kind actor"),
        ("memberships", 'role = "vice-chair"', 'role = "king"', "role", "not a role"),
        ("memberships", "[mem-vice]", '[mem-vice]\ntitle.en = "x"', "title", "no title of its own"),
        ("events", '"2023-04-18"', '"2023-04-19"', None, "no event adopts or approves it on that day"),
        ("sources", 'standing = "press"', 'standing = "rumour"', "rumour", "'rumour' is not known here"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_line(small, name, old, new, at, what):
    small.change(name, old, new)

    errors = [problem for problem in small.problems() if problem.severity == "error"]

    error = errors[0]
    assert what in error.what
    assert error.todo
    if at is not None:
        assert (error.file, error.line) == (f"portfolio/{name}.toml", line_of(small, name, at))
    with pytest.raises(CatalogueError) as raised:
        small.load()
    assert raised.value.line == error.line
    assert raised.value.todo


def test_an_id_stands_in_one_place_only(small):
    small.add("provisions", "")
    (small.root / "portfolio" / "actors").mkdir()
    (small.root / "portfolio" / "actors" / "more.toml").write_text(
        '[act-force]\ntitle.en = "Again"\nactor_type = "officer"\nstatus = "verified"\nsources = ["text"]\n'
    )

    error = small.only_error()

    assert (error.file, error.line) == ("portfolio/actors/more.toml", 1)
    assert "stands in portfolio/actors.toml, line 9, already" in error.what


def test_a_file_of_a_kind_that_does_not_exist_is_named(small):
    small.write("poems", '[poem-one]\ntitle.en = "Ode"\n')

    error = small.only_error()

    assert error.file == "portfolio/poems.toml"
    assert "instruments" in error.todo


def test_the_line_of_a_second_act_is_its_own(small):
    small.add(
        "provisions", '[[prov-one-op1.acts]]\nid = "prov-one-op1-b"\nverb = "BEG"\nstrength = "STATE"\ntext.en = "x"\n'
    )

    error = small.only_error()

    assert error.line == line_of(small, "provisions", '"BEG"')


def test_nobody_holds_two_exclusive_roles_at_once(small):
    small.add("memberships", MEMBER)

    error = small.only_error()

    assert "act-assembly is co-chair of act-force from 2023-03-07" in error.what
    assert "mem-vice, vice-chair at the same time" in error.what


def test_a_stated_end_after_the_next_exclusive_role_is_refused_and_before_it_is_not(small):
    later = MEMBER.replace("2023-03-07", "2024-01-30")
    small.write("memberships", open_until(small, "2024-06-30") + later)
    assert "at the same time" in small.only_error().what

    small.write("memberships", open_until(small, "2024-01-29") + later)
    assert small.problems() == []


def open_until(small, day):
    text = (small.root / "portfolio" / "memberships.toml").read_text(encoding="utf-8").split("\n[mem-co]")[0]
    return text.split("until")[0].rstrip() + f'\nuntil = "{day}"\n'


def test_a_group_without_countries_is_refused(small):
    (small.root / "groups" / "government_groups.toml").write_text(
        '[LONELY]\nstatus = "reported"\nsource = "x"\nlabel = { en = "L", fr = "L", es = "L" }\n'
    )
    small.write(
        "government_groups",
        '[grp-lonely]\ntitle = { en = "L", fr = "L", es = "L" }\ndate = "2026-11-21"\ndate_kind = "recorded"\n'
        'group = "LONELY"\nstatus = "reported"\nsources = ["text"]\n',
    )

    assert "the group LONELY has no countries" in small.only_error().what


def test_a_missing_translation_is_a_gap_and_no_error(small):
    small.change("instruments", ', es = "Resolución"', "")

    [gap] = small.problems()

    assert gap.severity == "gap"
    assert gap.missing == ("es",)
    assert gap.key == "ins-one.title"
    assert small.load().get("ins-one").title_status("es") == "missing"
