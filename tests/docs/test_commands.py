"""Every command of the documentation runs, and prints what the page shows."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import pages as docs

PAGES = [p.relative_to(docs.ROOT).as_posix() for p in docs.pages()]


def runnable(name: str) -> bool:
    return any(b.language in docs.RUNNABLE and b.told("not run") is None for b in docs.blocks(docs.ROOT / name))


@pytest.mark.parametrize("name", PAGES)
def test_every_block_names_its_language_and_is_valid(name):
    found = [f"line {b.line}: {fault}" for b in docs.blocks(docs.ROOT / name) for fault in docs.faults(b)]
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in PAGES if runnable(n)])
def test_the_page_can_be_followed_from_top_to_bottom(name, tmp_path):
    reader = docs.Reader(tmp_path / "reader")
    try:
        for block in docs.blocks(docs.ROOT / name):
            reader.follow(block)
    finally:
        reader.leave()


def test_the_first_hour_runs_all_of_its_commands():
    blocks = docs.blocks(docs.DOCS / "tutorials" / "first-hour.md")
    run = [b for b in blocks if b.language in docs.RUNNABLE and b.told("not run") is None]
    skipped = [b.body for b in blocks if b.language in docs.RUNNABLE and b.told("not run:") is not None]
    assert len(run) >= 10
    assert skipped == []


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a"], ["a", "b"], False),
        (["a …"], ["a 3 s"], True),
        (["a …"], ["b 3 s"], False),
        (["…", "end"], ["one", "two", "end"], True),
        (["…"], [], True),
        (["(x)"], ["x"], False),
    ],
)
def test_dots_stand_for_anything_and_nothing_else_does(shown, printed, same):
    assert docs.matches(shown, printed) is same


def test_a_command_that_fails_fails_the_page(tmp_path):
    [block] = docs.parse("```console\n$ false\n```\n", "page")
    with pytest.raises(AssertionError, match="exit status 1"):
        docs.Reader(tmp_path / "r").follow(block)


def test_output_that_differs_fails_the_page(tmp_path):
    [block] = docs.parse("```console\n$ echo one\ntwo\n```\n", "page")
    with pytest.raises(AssertionError, match="printed otherwise"):
        docs.Reader(tmp_path / "r").follow(block)


def test_variables_and_files_carry_over_from_block_to_block(tmp_path):
    text = (
        "```sh\nexport WORD=hello\n```\n<!-- file: a/b.txt -->\n```text\nworld\n```\n"
        "```console\n$ echo $WORD; cat a/b.txt\nhello\nworld\n```\n"
    )
    reader = docs.Reader(tmp_path / "r")
    for block in docs.parse(text, "page"):
        reader.follow(block)


def test_a_failure_that_the_page_announces_is_as_announced(tmp_path):
    [block] = docs.parse("<!-- exits with 3 -->\n```console\n$ exit 3\n```\n", "page")
    docs.Reader(tmp_path / "r").follow(block)


def test_a_block_without_a_language_is_a_fault():
    assert docs.faults(docs.Block("page", 1, "", "ls", "")) != []


def test_a_test_named_in_place_of_running_must_exist():
    assert docs.faults(docs.Block("page", 1, "sh", "make x", "not run here: tests/nowhere.py")) != []
