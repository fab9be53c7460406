"""A result at the prompt, in terminals of any width, and in a notebook."""

from io import StringIO

import numpy as np
import pytest
from lxml import html
from rich.console import Console

from sse_observatory.core import ObservatoryError
from sse_observatory.production.estimation import Design, estimate, mean, total

HEADINGS = ["estimate", "se", "95 % from", "to", "cv %", "deff", "n"]


@pytest.fixture(scope="module")
def result():
    rng = np.random.default_rng(1)
    n = 400
    sample = {
        "w": rng.uniform(5, 20, n), "kind": rng.choice(["coop", "mutual", "[association] <b>"], n),
        "jobs": rng.gamma(2, 1000, n), "h": np.arange(n) // 80,
    }  # fmt: skip
    return estimate(sample, Design("w", "h"), [mean("jobs"), total("jobs")], by="kind")


def printed(result, width):
    console = Console(file=StringIO(), width=width)
    result.summary(console)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [140, 100, 75, 60, 50, 40])
def test_no_number_is_ever_cut(result, width):
    text = printed(result, width)
    head = next(line for line in text.splitlines() if "estimate" in line)

    assert "…" not in text
    assert all(len(line) <= width for line in text.splitlines())
    missing = [name for name in HEADINGS if name not in head]
    for row in result.table.to_pylist():
        assert f"{row['estimate']:,.0f}" in text
    said = " ".join(text.split())
    assert ("Left out for want of room" in said) == bool(missing)
    assert all(name in said.split("Left out for want of room")[1] for name in missing)
    # The interval is there with both ends, or not at all.
    assert ("95 % from" in head) == (" to" in head)


def test_a_wide_terminal_leaves_nothing_out(result):
    assert "Left out" not in printed(result, 140)


def test_the_prompt_shows_the_numbers_and_not_what_they_are_made_of(result):
    said = repr(result)

    assert "400 units; stratified by h" in said
    assert "mean(jobs)" in said and "array(" not in said
    assert len(said.splitlines()) < 30


def test_a_notebook_shows_a_table_in_which_codes_are_no_markup(result):
    page = html.fromstring(f"<div>{result._repr_html_()}</div>")

    assert not page.xpath("//b")
    rows = page.xpath("//tbody/tr[td]")
    assert len(rows) == result.table.num_rows
    assert [len(r.xpath("./*")) for r in rows] == [len(page.xpath("//thead//th"))] * len(rows)
    assert rows[0].xpath("./th")[0].text == "_T"
    assert "[association] <b>" in page.text_content() and "[association] <b>" in printed(result, 140)


FRAME = {"w": [1.0, 2.0, 3.0], "jobs": [1.0, 2.0, 4.0], "kind": ["a", "b", "a"]}


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: estimate(FRAME, Design("w"), mean("job")), "Did you mean 'jobs'?"),
        (lambda: estimate(FRAME, Design("w"), mean("jobs"), domain="kind == 'a'"), "a function of the table is needed"),
        (lambda: estimate(FRAME, Design("w"), mean("jobs"), domain=lambda t: t.kind == "a" and t.jobs > 1),
         "joined by &"),
        (lambda: estimate(FRAME, Design("w"), mean(lambda t: t.jobs * (t.kind == "a"), name="x")), "cast('int8')"),
        (lambda: Design(np.array([1.0, 2.0])), "weights is a ndarray"),
        (lambda: Design("w", strata=np.array([1, 2])), "strata is a ndarray"),
        (lambda: Design("w", clusters=3), "clusters is 3"),
        (lambda: Design("w", fpc=[10, 20]), "fpc is [10, 20]"),
        (lambda: Design("w", replicates="jackknife"), "Jackknife()"),
    ],
)  # fmt: skip
def test_what_newcomers_write_gets_an_answer(ask, words):
    with pytest.raises(ObservatoryError) as error:
        ask()
    assert words in f"{error.value.what} {error.value.todo}"


def test_a_design_shows_what_was_said_of_it():
    assert repr(Design("w", "h", fpc="N")) == "Design(weights='w', strata=(('h',),), fpc=('N',))"
    assert repr(Design("w", lonely="adjust", nest=True)) == "Design(weights='w', nest=True, lonely='adjust')"
