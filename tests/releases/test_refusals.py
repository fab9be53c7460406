"""What publish refuses: each with a sentence, and the store untouched."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from sse_observatory.core import ObservatoryError, Unsafe
from sse_observatory.releases import AlreadyPublic, Audit, Recipe, Releases
from sse_observatory.structures import Code
from support.releases import (
    CODELISTS,
    MEMBERS,
    RECIPE,
    UNITS,
    cleared,
    codelist,
    dataflow,
    draft_of,
    observation,
    publish,
    sample_draft,
    table,
    text,
)

HIDDEN = {"OBS_STATUS": "Q", "CONF_STATUS": "C"}


def refusal(tmp_path, draft, clearance=None, error=ObservatoryError) -> str:
    """The sentence with which a draft is refused, once sure that nothing was published."""
    releases = Releases(tmp_path)
    with pytest.raises(error) as caught:
        releases.publish(draft, clearance or cleared(draft))
    assert releases.current() == ()
    assert caught.value.todo
    return str(caught.value)


def units(*rows, **changes):
    return draft_of([(UNITS, rows)], **changes)


def u(value, **codes):
    return observation(UNITS, value, **codes)


# Clearance


@pytest.mark.parametrize("clearance", ["yes", True, {"safe": True}, object()])
def test_without_a_clearance_nothing_is_published(tmp_path, clearance):
    assert "without a clearance" in refusal(tmp_path, sample_draft(), clearance, Unsafe)


def test_none_is_no_clearance(tmp_path):
    with pytest.raises(Unsafe, match="without a clearance"):
        Releases(tmp_path).publish(sample_draft(), None)


def test_an_audit_that_found_the_draft_unsafe_stops_it(tmp_path):
    draft = sample_draft()
    unsafe = Audit(draft.hash, False, "rules-1", ("WORKER 2023 can be bounded",))
    told = refusal(tmp_path, draft, unsafe, Unsafe)
    assert "did not find the draft safe" in told and "WORKER" not in told
    refusal(tmp_path, draft, replace(unsafe, safe=True), Unsafe)


def test_an_audit_of_another_draft_does_not_count(tmp_path):
    assert "another draft" in refusal(tmp_path, sample_draft(), cleared(sample_draft(n=1)), Unsafe)


def test_an_audit_says_by_which_rules(tmp_path):
    draft = sample_draft()
    assert "which rules" in refusal(tmp_path, draft, Audit(draft.hash, True, ""), Unsafe)


def test_already_public_names_every_source_of_the_draft(tmp_path):
    told = refusal(tmp_path, sample_draft(), AlreadyPublic(("another",)), Unsafe)
    assert "sample-register" in told
    with pytest.raises(Unsafe, match="names no source"):
        AlreadyPublic(())


# The draft


@pytest.mark.parametrize("process", ["", "Upper", "../escape", "a/b", "-x", "é"])
def test_a_process_has_a_name_that_can_be_a_file(tmp_path, process):
    assert "cannot name a process" in refusal(tmp_path, sample_draft(process))


def test_a_draft_without_dataflow_run_or_observation_is_refused(tmp_path):
    assert "no dataflow" in refusal(tmp_path, draft_of([]))
    assert "names no run" in refusal(tmp_path, sample_draft(run_id=""))
    assert "no observation" in refusal(tmp_path, units())


def test_only_a_draft_can_be_published(tmp_path):
    with pytest.raises(ObservatoryError, match="a str cannot be published"):
        Releases(tmp_path).publish("draft", Audit("", True, "rules-1"))


def test_names_of_dataflows_are_checked(tmp_path):
    odd = dataflow("DF_../X", UNITS.structure.key)
    assert "cannot name a dataflow" in refusal(
        tmp_path, draft_of([(odd, [observation(odd, 1)])]), Audit("", True, "rules-1"))
    lower = dataflow("df_coop_units", UNITS.structure.key)
    assert "differ only by case" in refusal(
        tmp_path, draft_of([(UNITS, [u(1)]), (lower, [observation(lower, 1)])]), Audit("", True, "rules-1"))


def test_every_dataflow_has_its_table(tmp_path):
    draft = sample_draft(tables={"DF_COOP_UNITS": table(UNITS, [u(1)])})
    assert "DF_COOP_MEMBERS has a table without a dataflow, or the opposite" in refusal(
        tmp_path, draft, Audit("", True, "rules-1"))


def test_a_dataflow_and_a_recipe_are_listed_by_their_own_id(tmp_path):
    audit = Audit("", True, "rules-1")
    draft = sample_draft(dataflows={"DF_COOP_UNITS": MEMBERS, "DF_COOP_MEMBERS": UNITS})
    assert "is listed as" in refusal(tmp_path, draft, audit)
    assert "has the content of recipe" in refusal(tmp_path, sample_draft(recipes={"r": RECIPE}), audit)


def test_quality_measures_are_plain_numbers(tmp_path):
    assert "NaN" in refusal(tmp_path, sample_draft(quality={"cv": float("nan")}), Audit("", True, "rules-1"))


# Tables


def altered(change):
    draft = sample_draft()
    return sample_draft(tables={**draft.tables, "DF_COOP_UNITS": change(draft.tables["DF_COOP_UNITS"])})


@pytest.mark.parametrize(("change", "error", "told"), [
    (lambda t: t.append_column("CONTRIBUTORS", pa.array([1] * t.num_rows)), Unsafe, "CONTRIBUTORS are not in the data"),
    (lambda t: t.drop_columns(["TIER"]), ObservatoryError, "TIER are missing"),
    (lambda t: t.set_column(t.schema.get_field_index("OBS_VALUE"), "OBS_VALUE", pa.array([0.5] * t.num_rows)),
     ObservatoryError, "sums are not exact"),
    (lambda t: t.set_column(t.schema.get_field_index("OBS_VALUE"), "OBS_VALUE",
                            pa.array([Decimal("0.1234567")] * t.num_rows)), ObservatoryError, "six decimals"),
    (lambda t: t.set_column(t.schema.get_field_index("TIER"), "TIER", pa.array([1] * t.num_rows)),
     ObservatoryError, "TIER has type int64"),
    (lambda t: t.set_column(t.schema.get_field_index("TIER"), "TIER", pa.nulls(t.num_rows, pa.string())),
     ObservatoryError, "TIER is null in 16 observation"),
    (lambda t: t.append_column("TIER", t["TIER"]), ObservatoryError, "occurs twice"),
])
def test_a_table_has_the_columns_of_its_structure_and_no_other(tmp_path, change, error, told):
    assert told in refusal(tmp_path, altered(change), Audit("", True, "rules-1"), error)


def test_a_key_occurs_once(tmp_path):
    told = refusal(tmp_path, units(u(1), u(2), u(3, COOP_TYPE="WORKER")))
    assert "a key occurs twice (1 observation(s), the first REF_AREA=XSO FREQ=A" in told


@pytest.mark.parametrize(("codes", "told"), [
    ({"COOP_TYPE": "WORKERS"}, "'WORKERS' is not a code of CL_COOP_TYPE"),
    ({"COOP_TYPE": "WORKERS"}, "Did you mean 'WORKER'?"),
    ({"UNIT_MEASURE": "EUR"}, "'EUR' is not a code of CL_UNIT_MEASURE"),
    ({"TIME_PERIOD": "2023-13"}, "'2023-13' is not a period"),
    ({"TIME_PERIOD": "2023-Q1"}, "a period is not of its frequency A"),
    ({"OBS_STATUS": None}, "OBS_STATUS is absent"),
    ({"DECIMALS": None}, "DECIMALS is absent"),
    ({"DECIMALS": ""}, "DECIMALS is absent"),
    ({"OBS_STATUS": "O"}, "a value stands beside a status that shows none"),
    ({"OBS_STATUS": "N"}, "a value stands beside a status that shows none"),
    ({"RECIPE": "unknown"}, "RECIPE names no recipe of the draft"),
    ({"RECIPE": ""}, "RECIPE names no recipe of the draft"),
])
def test_codes_periods_statuses_and_recipes_are_those_of_the_structure(tmp_path, codes, told):
    assert told in refusal(tmp_path, units(u(1, ACTIVITY="A"), u(1, **codes)))


def test_a_message_names_the_key_and_never_the_value(tmp_path):
    told = refusal(tmp_path, units(u(987654, OBS_STATUS="Q", CONF_STATUS="C")), error=Unsafe)
    assert "REF_AREA=XSO" in told and "987654" not in told


def test_an_absent_value_has_a_status_that_says_why(tmp_path):
    assert "its status does not say why" in refusal(tmp_path, units(u(None)))


@pytest.mark.parametrize(("codes", "told"), [
    ({"OBS_STATUS": "O", "CONF_STATUS": "C"}, "CONF_STATUS is C and OBS_STATUS is not Q"),
    ({"OBS_STATUS": "Q"}, "OBS_STATUS is Q and CONF_STATUS is not C"),
    ({**HIDDEN, "CV": "4.1"}, "a hidden cell has a CV"),
    ({**HIDDEN, "COMMENT": "one large unit"}, "a hidden cell has a COMMENT"),
])
def test_a_hidden_cell_says_that_it_is_confidential_and_nothing_else(tmp_path, codes, told):
    assert told in refusal(tmp_path, units(u(None, **codes)), error=Unsafe)


def test_a_status_the_observatory_does_not_publish_is_refused_even_if_the_codelist_has_it(tmp_path):
    lists = CODELISTS | {"OBS_STATUS": codelist("CL_OBS_STATUS", "A", "L"),
                         "CONF_STATUS": codelist("CL_CONF_STATUS", "F", "S")}
    flow = dataflow("DF_COOP_UNITS", UNITS.structure.key, lists)
    assert "OBS_STATUS 'L' is not one" in refusal(
        tmp_path, draft_of([(flow, [observation(flow, None, OBS_STATUS="L")])]))
    assert "CONF_STATUS says more than" in refusal(
        tmp_path, draft_of([(flow, [observation(flow, 1, CONF_STATUS="S")])]), error=Unsafe)


def test_numeric_attributes_hold_numbers(tmp_path):
    attributes = tuple(
        replace(a, concept=replace(a.concept, format={"DECIMALS": "Integer", "CV": "Decimal"}.get(a.id, "String")))
        for a in UNITS.structure.attributes)
    flow = replace(UNITS, structure=replace(UNITS.structure, attributes=attributes))
    for codes in ({"DECIMALS": "1.5"}, {"CV": "small"}, {"CV": "NaN"}):
        told = refusal(tmp_path, draft_of([(flow, [observation(flow, 1, **codes)])]))
        assert "is not a number of the form" in told
    publish(Releases(tmp_path), draft_of([(flow, [observation(flow, 1, DECIMALS="1", CV="2.5")])]))


def test_a_code_is_used_only_in_periods_in_which_it_was_valid_at_least_in_part(tmp_path):
    told = refusal(tmp_path, units(u(1, REF_AREA="SUN", TIME_PERIOD="1992"), area="SUN", fictional=False))
    assert "REF_AREA SUN is used outside its validity, … to 1991-12-26" in told
    publish(Releases(tmp_path), units(u(1, REF_AREA="SUN", TIME_PERIOD="1991"), area="SUN", fictional=False))


def test_a_code_is_not_used_before_it_was_valid(tmp_path):
    types = codelist("CL_COOP_TYPE", "_T", Code("NEW", text("New"), "_T", valid_from=date(2025, 1, 1)))
    flow = dataflow("DF_COOP_UNITS", UNITS.structure.key, CODELISTS | {"COOP_TYPE": types})
    assert "2025-01-01 to …" in refusal(tmp_path, draft_of([(flow, [observation(flow, 1, COOP_TYPE="NEW")])]))


def test_every_recipe_names_a_source(tmp_path):
    empty = Recipe((), RECIPE.methods)
    assert "names no source" in refusal(tmp_path, units(u(1, RECIPE=empty.id), recipes={empty.id: empty}))


# The invented country


def test_an_invented_area_needs_a_draft_marked_fictional(tmp_path):
    told = refusal(tmp_path, sample_draft(fictional=False), error=Unsafe)
    assert "an invented area stands in a draft that is not fictional" in told


@pytest.mark.parametrize("area", ["KEN", "WORLD"])
def test_a_fictional_draft_speaks_of_no_real_area_and_no_aggregate(tmp_path, area):
    told = refusal(tmp_path, units(u(1), u(1, REF_AREA=area)), error=Unsafe)
    assert "a real area or an aggregate" in told


def test_a_part_of_the_invented_area_stands_in_no_real_figure(tmp_path):
    told = refusal(tmp_path, units(u(1, REF_AREA="KEN", REGION="XSO-01"), fictional=False), error=Unsafe)
    assert "REGION names a part of an invented area" in told


def test_an_invented_area_belongs_to_no_aggregate(tmp_path):
    areas = codelist("CL_AREA", "WORLD", ("KEN", "WORLD"), ("XSO", "WORLD"))
    flow = dataflow("DF_COOP_UNITS", UNITS.structure.key, CODELISTS | {"REF_AREA": areas})
    for area in ("KEN", "XSO"):
        told = refusal(tmp_path, draft_of([(flow, [observation(flow, 1, REF_AREA=area)])], area=area), error=Unsafe)
        assert "the invented area XSO stands in an aggregate" in told


def test_another_invented_country_is_one_whose_code_says_so(tmp_path):
    areas = codelist("CL_AREA", "KEN", Code("XRU", text("Ruritania"), notes={"fictional": "true"}))
    flow = dataflow("DF_COOP_UNITS", UNITS.structure.key, CODELISTS | {"REF_AREA": areas})
    draft = draft_of([(flow, [observation(flow, 1, REF_AREA="XRU")])], fictional=False)
    refusal(tmp_path, draft, error=Unsafe)
    ref = publish(Releases(tmp_path), replace(draft, fictional=True))
    assert ref.fictional and Releases(tmp_path).open("DF_COOP_UNITS").fictional_areas == {"XRU"}


def test_invented_data_need_a_reference_area(tmp_path):
    flow = dataflow("DF_X", ("FREQ",))
    told = refusal(tmp_path, draft_of([(flow, [observation(flow, 1)])]))
    assert "without REF_AREA" in told


# Beside other processes


def test_a_figure_is_published_by_one_process(tmp_path):
    releases = Releases(tmp_path)
    publish(releases, sample_draft())
    with pytest.raises(ObservatoryError, match=r"16 observation.* already published by sample, the first REF_AREA"):
        publish(releases, draft_of([(UNITS, sample_draft().tables["DF_COOP_UNITS"])], "other"))
    publish(releases, units(u(1, TIME_PERIOD="2019"), process="other"))
    assert {r.process for r in releases.current()} == {"other", "sample"}
    assert releases.open("DF_COOP_UNITS").observations.num_rows == 17


def test_a_dataflow_has_the_same_dimensions_in_every_process(tmp_path):
    releases = Releases(tmp_path)
    publish(releases, sample_draft())
    shorter = dataflow("DF_COOP_UNITS", ("REF_AREA", "FREQ"))
    with pytest.raises(ObservatoryError, match="dimensions are not those under which sample publishes it"):
        publish(releases, draft_of([(shorter, [observation(shorter, 1, REF_AREA="KEN")])], "kenya", "KEN"))
