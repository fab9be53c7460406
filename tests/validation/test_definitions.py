"""Processes, rule sets and parameters as data: what each file may say, and where a fault is found."""

import shutil
from datetime import date

import pytest

from pipelines.office import Office
from sse_observatory import catalogue
from sse_observatory.catalogue.parameters import check_parameters, load_parameters
from sse_observatory.catalogue.perimeters import OUTCOMES, check_perimeters
from sse_observatory.catalogue.processes import FIXED, check_processes, find_process, load_process
from sse_observatory.catalogue.rulesets import load_ruleset
from sse_observatory.catalogue.types import check_types, load_types
from sse_observatory.core import CatalogueError, NotFound, Text

PACKAGED = catalogue.load(catalogue.PACKAGED)
SET = """
id = "SMALL"
version = "1.0"
valid_from = 2020-01-01
status = "unconfirmed"
reference = "Invented"
label = { en = "Small", fr = "Petit", es = "Pequeño" }

[[rule]]
id = "has-form"
outcome = "in"
every = [{ variable = "coop_form", in = ["yes"] }]
some = [{ variable = "t1", in = ["pass"] }, { variable = "member_categories", at_least = 2 }]
label = { en = "A", fr = "A", es = "A" }

[[rule]]
id = "else"
outcome = "out"
label = { en = "B", fr = "B", es = "B" }
"""


@pytest.fixture
def root(tmp_path):
    """A copy of the packaged catalogue, to be broken."""
    shutil.copytree(catalogue.PACKAGED, tmp_path / "catalogue")
    return tmp_path / "catalogue"


def change(root, name, old, new):
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return 1 + text[: text.index(old)].count("\n")


# -- rule sets ------------------------------------------------------------------------------------


def small(tmp_path, old="", new=""):
    path = tmp_path / "SMALL.toml"
    path.write_text(SET.replace(old, new, 1) if old else SET, encoding="utf-8")
    return load_ruleset(path, OUTCOMES)


def test_the_first_rule_that_holds_decides_and_says_what_it_looked_at(tmp_path):
    rules = small(tmp_path)

    assert rules.name == "SMALL@1.0" and rules.valid_from == date(2020, 1, 1)
    assert rules.decide({"coop_form": "yes", "t1": "pass"}) == (
        "in", "has-form", "coop_form=yes; t1=pass; member_categories=?"
    )  # fmt: skip
    assert rules.decide({"coop_form": "yes", "member_categories": 2})[0] == "in"
    assert rules.decide({"coop_form": "yes", "member_categories": 1}) == ("out", "else", "")
    assert rules.decide({}) == ("out", "else", "")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('"coop_form", in', '"coop_from", in', 10, "coop_from"),
        ('in = ["yes"] }', 'in = ["yes"], missing = true }', 10, "in 2 ways"),
        ('{ variable = "coop_form", in = ["yes"] }', '{ variable = "coop_form" }', 10, "in 0 ways"),
        ('outcome = "in"', 'outcome = "inside"', 10, "outcome that does not exist"),
        ('id = "else"', 'id = "has-form"', 10, "two rules have one id"),
        ('outcome = "out"\n', "", 17, "outcome"),
        ('status = "unconfirmed"', 'status = "maybe"', 5, "status"),
        ("version =", "versoin =", 3, "versoin"),
        ('id = "else"\noutcome = "out"', 'id = "else"\noutcome = "out"\nevery = [{ variable = "t1", missing = true }]',
         None, "the last rule"),
        ("[[rule]]", "[[rule]", 9, "not valid TOML"),
    ],
)  # fmt: skip
def test_a_fault_in_a_rule_set_is_placed(tmp_path, old, new, line, says):
    with pytest.raises(CatalogueError, match=says) as refused:
        small(tmp_path, old, new)

    assert (refused.value.line, bool(refused.value.todo)) == (line, True)


def test_type_rules_may_not_look_at_the_life_status_because_it_is_decided_later(root):
    line = change(root, "types/COOP-TYPE.toml", '{ variable = "board_majority", in = ["NONE"] }',
                  '{ variable = "life_status", in = ["ACTIVE"] }')  # fmt: skip

    with pytest.raises(CatalogueError, match="does not have when it is decided"):
        load_types(root, catalogue.load(root))
    [problem] = check_types(root, catalogue.load(root))
    assert problem.file == "types/COOP-TYPE.toml" and problem.line < line


def test_a_perimeter_without_a_code_and_a_missing_translation_are_found(root):
    shutil.copy(root / "perimeters" / "COOP-LIKE.toml", root / "perimeters" / "MINE.toml")
    change(root, "perimeters/MINE.toml", 'id = "COOP-LIKE"', 'id = "MINE"')
    change(root, "perimeters/COOP-LIKE.toml", 'fr = "', 'fr = ""\n# "')

    found = {(p.file, p.key): p for p in check_perimeters(root, catalogue.load(root))}

    assert "not a code of CL_PERIMETER" in found[("perimeters/MINE.toml", "MINE")].what
    assert any(p.missing == ("fr",) for p in found.values())


# -- parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jobs", "code"), [(None, "UNK"), (0, "S0"), (1, "S1T9"), (9, "S1T9"), (10, "S10T49"), (10**9, "S250")]
)
def test_a_size_class_begins_at_its_bound(jobs, code):
    assert PACKAGED.parameters.size_classes.of(jobs) == code


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("at_least = 10 ", 'at_least = "ten" ', "at_least"),
        ("at_least = 10 ", "at_least = 1 ", "ascend"),
        ('code = "S1T9"', 'code = "S1T8"', "CL_SIZE"),
        ('unknown = "UNK"', 'unknown = "??"', "CL_SIZE"),
        ("window_months = 24", "window_months = 0", "window_months"),
        ("window_months = 24", "", "window_months"),
        ("[life_status]", "[life_statu]", "life_statu: "),
    ],
)
def test_a_fault_in_the_parameters_is_placed(root, old, new, says):
    change(root, "parameters.toml", old, new)

    with pytest.raises(CatalogueError, match=says) as refused:
        load_parameters(root, PACKAGED)
    assert refused.value.todo
    [problem] = check_parameters(root, PACKAGED)
    assert problem.file == "parameters.toml"
    assert str(root) not in problem.what


# -- processes ------------------------------------------------------------------------------------


def test_a_process_says_everything_that_is_a_choice(tmp_path):
    office = Office(tmp_path)

    process = load_process(office.process, PACKAGED)

    assert (process.id, process.area, process.currency, process.fictional) == ("village", "XSO", "XTS", True)
    assert process.tables[0].by == ((), ("COOP_TYPE",), ("SIZE",), ("ACTIVITY",))
    assert (process.disclosure, process.type_rules, process.minimum_reporting) == ("default", "COOP-TYPE", 0.8)
    assert process.title == Text("The village", "Le village", "El pueblo")


def test_packaged_processes_are_found_by_name_and_others_by_path(tmp_path):
    office = Office(tmp_path)

    assert find_process("us-credit-unions", PACKAGED).area == "USA"
    assert find_process(str(office.process), PACKAGED).id == "village"
    with pytest.raises(NotFound, match="no process 'village'"):
        find_process("village", PACKAGED)


@pytest.mark.parametrize("dimension", FIXED)
def test_no_table_is_broken_down_by_what_the_process_fills(tmp_path, dimension):
    office = Office(tmp_path)
    office.plan('["SIZE"]', f'["{dimension}"]')

    with pytest.raises(CatalogueError, match="no such dimension to break down by"):
        load_process(office.process, PACKAGED)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('disclosure = "default"\n', 'disclosure = "strict"\n', "no such disclosure rules"),
        ('type_rules = "COOP-TYPE"\n', 'type_rules = "TYPES"\n', "no such type rules"),
        ("minimum_reporting = 0.8\n", "minimum_reporting = 80\n", "minimum_reporting"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(tmp_path, old, new, says):
    office = Office(tmp_path)
    office.plan("fictional = true\n", "fictional = true\n" + new)

    with pytest.raises(CatalogueError, match=says) as refused:
        load_process(office.process, PACKAGED)
    assert refused.value.line == 6


def test_a_fault_in_one_of_several_tables_is_placed_in_that_table(tmp_path):
    office = Office(tmp_path)
    text = office.process.read_text(encoding="utf-8")
    office.plan('dataflow = "DF_COOP_WORK"\nmeasures = ["JOBS_IN"]', 'dataflow = "DF_COOP_WORK"\nmeasures = []')
    line = 1 + text[: text.index('"DF_COOP_WORK"')].count("\n")

    with pytest.raises(CatalogueError, match="measures") as refused:
        load_process(office.process, PACKAGED)
    assert refused.value.line == line - 1  # the header of the table


def test_the_packaged_processes_hold_and_a_source_that_is_gone_is_found(root):
    assert list(check_processes(root, catalogue.load(root))) == []
    change(root, "processes/coops-uk.toml", 'sources = ["coops-uk"]', 'sources = ["coops-ku"]')

    [problem] = check_processes(root, catalogue.load(root))

    assert (problem.file, problem.key) == ("processes/coops-uk.toml", "coops-ku")
