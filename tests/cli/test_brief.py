"""`observatory brief` at the command line: what it writes, what it refuses, and with which words."""

import pytest

from sse_observatory.pipelines import published_figures
from sse_observatory.releases import Releases


@pytest.fixture(scope="session")
def figures(tmp_path_factory):
    """A folder of releases that holds the figures of others."""
    from sse_observatory import catalogue

    folder = tmp_path_factory.mktemp("releases")
    draft = published_figures.run(catalogue.load(catalogue.PACKAGED))
    Releases(folder).publish(draft, published_figures.clearance(draft))
    return folder


@pytest.fixture
def brief(terminal, figures, tmp_path):
    """``brief("--group", "africa", …)``: the command, writing into ``tmp_path/out``."""

    def run(*arguments):
        return terminal(None, "brief", *arguments, "--out", tmp_path / "out", SSE_RELEASES_URL=str(figures))

    return run


def test_it_writes_each_format_and_language_and_prints_where(brief, tmp_path):
    done = brief("--group", "africa", "--as-of", "2023-05-19", "--lang", "fr,es", "--to", "html,pdf")

    assert done.status == 0, done.err
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"briefing-africa-group-2023-05-19.{lang}.{form}" for lang in ("es", "fr")
                     for form in ("html", "pdf")]  # fmt: skip
    assert all(str(tmp_path / "out" / name) in done.out for name in names)


def test_what_it_wrote_can_be_checked(brief, terminal, figures, tmp_path):
    brief("--group", "aspag", "--as-of", "2024-01-30", "--lang", "es", "--to", "docx")
    [path] = (tmp_path / "out").iterdir()

    done = terminal(None, "brief", "--check", path, SSE_RELEASES_URL=str(figures))

    assert done.status == 0, done.err
    assert "claims hold as of 2024-01-30" in done.out


def test_an_altered_document_ends_with_status_one_and_names_the_sentence(brief, terminal, figures, tmp_path):
    brief("--group", "africa", "--as-of", "2023-05-19", "--to", "html")
    [path] = (tmp_path / "out").iterdir()
    path.write_text(path.read_text(encoding="utf-8").replace(">by consensus<", ">by acclamation<"), encoding="utf-8")

    done = terminal(None, "brief", "--check", path, SSE_RELEASES_URL=str(figures))

    assert done.status == 1
    assert "first-resolution-consensus" in done.out
    assert "Altered sentences: 1." in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "No group is named."),
        (("--group", "atlantis"), "There is no group 'atlantis'"),
        (("--group", "africa", "--as-of", "2023-02-30"), "There is no day '2023-02-30'."),
        (("--group", "africa", "--as-of", "19/05/2023"), "There is no day '19/05/2023'."),
        (("--group", "africa", "--as-of", "1890-01-01"), "Nothing is recorded by 1890-01-01"),
        (("--group", "africa", "--lang", "de"), "Language 'de' is not one of en, fr, es."),
        (("--group", "africa", "--to", "odt"), "There is no format 'odt'."),
        (("--check", "nothing.pdf"), "nothing.pdf: the file cannot be read"),
    ],
)
def test_bad_input_is_told_in_a_sentence_and_nothing_is_written(brief, tmp_path, arguments, said):
    done = brief(*arguments)

    assert done.status != 0
    assert said in done.err
    assert "What to do:" in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_to_is_named(terminal, figures, tmp_path):
    (tmp_path / "file").write_text("not a folder")

    done = terminal(None, "brief", "--group", "africa", "--as-of", "2023-05-19", "--to", "html", "--out",
                    tmp_path / "file", SSE_RELEASES_URL=str(figures))  # fmt: skip

    assert done.status != 0
    assert "cannot be written into" in done.err


def test_a_first_briefing_publishes_the_figures_it_speaks_of(terminal, tmp_path):
    done = terminal(None, "brief", "--group", "africa", "--as-of", "2023-05-19", "--to", "html",
                    "--out", tmp_path / "out", "--releases", tmp_path / "shelf")  # fmt: skip

    assert done.status == 0, done.err
    assert "published as release" in done.err
    assert Releases(tmp_path / "shelf").dataflows() == ("DF_SSE_PUBLISHED",)
    assert [path.suffix for path in (tmp_path / "out").iterdir()] == [".html"]
