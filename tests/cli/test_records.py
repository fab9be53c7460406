"""`observatory records`: checked, listed, shown, exported; as of a day, in the reader's language."""

import json

import pytest


def test_records_are_in_order_and_counted(terminal):
    done = terminal(None, "records", "check")

    assert done.status == 0
    assert "36 instrument" in done.out
    assert "No text is missing in any language." in done.out


def test_a_record_is_shown_as_it_was_known(terminal):
    early = terminal(None, "records", "show", "due-sg-sse-79", "--as-of", "2023-05-19", "--json")
    late = terminal(None, "records", "show", "due-sg-sse-79", "--as-of", "2026-11-21", "--json")

    assert [due["session"] for due in json.loads(early.out)["dates"]] == [78]
    assert [due["session"] for due in json.loads(late.out)["dates"]] == [78, 79]


def test_what_was_learned_later_is_said_to_be_so(terminal):
    done = terminal(None, "records", "show", "prov-a-res-77-281-op4", "--as-of", "2023-05-19", "--lang", "fr")

    assert "learned later, 2024-10-15: Le rapport a été présenté à la 79e session" in done.out
    assert (
        "learned later" not in terminal(None, "records", "show", "prov-a-res-77-281-op4", "--as-of", "2024-10-15").out
    )


def test_status_is_told_with_its_rule_and_reason(terminal):
    done = terminal(None, "records", "status", "prov-eu-c-2023-1344-strategy", "--as-of", "2026-11-21", "--lang", "es")

    assert "se desconoce (past-due-no-trace)" in done.out
    assert "27 de noviembre de 2025 (inferido: 24 meses después de la aprobación)" in done.out


def test_an_export_is_checked_and_one_of_a_day_holds_nothing_later(terminal, tmp_path):
    everything, of_a_day = tmp_path / "all.json", tmp_path / "day.json"

    assert terminal(None, "records", "export", everything).status == 0
    assert terminal(None, "records", "check", everything).status == 0
    assert terminal(None, "records", "export", of_a_day, "--as-of", "2023-05-19").status == 0

    text = of_a_day.read_text(encoding="utf-8")
    assert "ins-a-res-77-281" in text
    assert "79/213" not in text
    assert "A/79/86" not in text
    assert json.loads(terminal(None, "records", "export").out) == json.loads(everything.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["show", "nothing"], 4, "observatory records list KIND"),
        (["show", "ins-a-res-79-213", "--as-of", "2023-05-19"], 4, "2024-12-19"),
        (["show", "act-ilo", "--as-of", "2023-02-30"], 1, "Write it as 2023-05-19"),
        (["show", "act-ilo", "--lang", "de"], 1, "Write en, fr or es"),
        (["list", "--as-of", "1066-10-14"], 1, "1919-10-31"),
        (["list", "poem"], 1, "knowledge_item"),
        (["status", "act-ilo"], 4, "no status of its own"),
        (["check", "nowhere.json"], 2, "cannot be read"),
        (["export", "/nowhere/at/all.json"], 1, "Choose another place"),
    ],
)
def test_a_mistake_ends_in_a_sentence_and_a_status(terminal, arguments, status, said):
    done = terminal(None, "records", *arguments)

    assert done.status == status
    assert said in done.err.replace("\n", " ")
    assert "Traceback" not in done.err


def test_a_catalogue_with_a_wrong_record_is_refused_with_file_and_line(terminal, tmp_path):
    import shutil

    from sse_observatory.catalogue import PACKAGED

    root = tmp_path / "catalogue"
    shutil.copytree(PACKAGED, root)
    events = root / "portfolio" / "events.toml"
    events.write_text(events.read_text(encoding="utf-8").replace('"2023-04-18"', '"2023-04-31"', 1), encoding="utf-8")

    done = terminal(None, "records", "check", SSE_CATALOGUE=str(root))

    assert done.status == 3
    assert "portfolio/events.toml, line" in done.err
    assert "there is no day 2023-04-31" in done.err
