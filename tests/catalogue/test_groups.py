from datetime import date

import pytest

from sse_observatory.core import CatalogueError, NotFound


def test_a_list_that_covers_the_day_decides(small):
    found = small.load().groups.members("NORTHERN_GROUP", date(2024, 6, 30))

    assert found.members == ("KEN",)
    assert (found.basis, found.list_id) == ("list", "northern-2024")
    assert (found.valid_from, found.valid_to) == (date(2024, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize("day", [date(2023, 12, 31), date(2025, 1, 1)])
def test_without_a_list_for_the_day_a_group_is_its_region_inferred_and_undated(small, day):
    found = small.load().groups.members("NORTHERN_GROUP", day)

    assert found.members == ("KEN", "KOR")
    assert (found.basis, found.list_id, found.region) == ("inferred, undated", None, "NORTH")
    assert found.valid_from is None


def test_a_country_of_the_region_that_is_not_in_the_group_is_not_counted(small):
    small.change(GROUPS, 'region = "NORTH"', 'region = "NORTH"\nwithout = ["KOR"]')

    found = small.load().groups.members("NORTHERN_GROUP", date(2025, 1, 1))

    assert (found.members, found.basis) == (("KEN",), "inferred, undated")


def test_the_members_of_a_region_say_as_of_when_they_were_compiled(small):
    found = small.load().groups.members("SOUTH", date(2030, 1, 1))

    assert (found.members, found.basis, found.as_of) == (("SSD",), "inferred", "2025-02")


def test_a_group_that_rests_on_no_region_has_no_members_until_a_list_is_loaded(small):
    with pytest.raises(NotFound, match="who belonged to 'CLUB'"):
        small.load().groups.members("CLUB", date(2024, 1, 1))

    small.write(
        "groups/lists/club.toml", 'group = "CLUB"\nvalid_from = 2020-01-01\nsource = "List"\nmembers = ["KOR"]\n'
    )
    assert small.load().groups.members("CLUB", date(2024, 1, 1)).members == ("KOR",)


def test_an_unknown_group_is_not_found(small):
    with pytest.raises(NotFound, match="ATLANTIS"):
        small.load().groups.members("ATLANTIS", date(2024, 1, 1))


def test_every_member_state_is_in_one_region_and_others_in_none(small):
    groups = small.load().groups

    assert groups.region_of("SSD") == "SOUTH"
    assert groups.region_of("NORTH") is None


def test_a_catalogue_in_order_has_no_problem(small):
    assert small.problems("groups") == []


REGIONS, GROUPS, LIST = "groups/ilo_regions.toml", "groups/government_groups.toml", "groups/lists/northern-2024.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "what"),
    [
        (REGIONS, "total = 3", "total = 4", 2, "the regions have 2 + 1 = 3 members, the ILO 4"),
        (REGIONS, "count = 2", "count = 3", 8, "2 members are listed where the count says 3"),
        (REGIONS, '"KOR"]', '"XXX"]', 10, "'XXX' is not a code of CL_AREA"),
        (REGIONS, '"KOR"]', '"KEN"]', 10, "KEN stands 2 times"),
        (REGIONS, '["SSD"]', '["KEN"]', 17, "KEN is in NORTH already"),
        (REGIONS, "[SOUTH]", "[EAST]", 12, "the region is not a code of CL_AREA"),
        (REGIONS, '[SOUTH]\nstatus = "inferred"', '[SOUTH]\nstatus = "sure"', 13, "status"),
        (GROUPS, 'region = "NORTH"', 'region = "EAST"', 2, "there is no region 'EAST'"),
        (GROUPS, 'region = "NORTH"', 'region = "NORTH"\nwithout = ["SSD"]', 3, "not a country of the region"),
        (GROUPS, 'region = "NORTH"', 'regions = "NORTH"', 2, "Extra inputs are not permitted"),
        (LIST, 'group = "NORTHERN_GROUP"', 'group = "NOBODY"', 1, "there is no group 'NOBODY'"),
        (LIST, "2024-12-31", "2023-12-31", 3, "valid_to 2023-12-31 comes before valid_from 2024-01-01"),
        (LIST, "2024-12-31", '"soon"', 3, "valid date"),
        (LIST, '["KEN"]', '["ken"]', 5, "'ken' is not a code of CL_AREA"),
    ],
)
def test_a_wrong_region_group_or_list_is_an_error_with_its_line(small, file, old, new, line, what):
    small.change(file, old, new)

    problem = next(p for p in small.problems("groups") if what in p.what or what in p.key)

    assert (problem.file, problem.line, problem.severity) == (file, line, "error")


def test_regions_that_do_not_add_up_stop_the_loading(small):
    small.change(REGIONS, "total = 3", "total = 4")

    with pytest.raises(CatalogueError, match="2 \\+ 1 = 3"):
        _ = small.load().groups


def test_two_lists_of_a_group_may_not_overlap(small):
    small.write(
        "groups/lists/northern-2024b.toml",
        'group = "NORTHERN_GROUP"\nvalid_from = 2024-12-31\nsource = "Other list"\nmembers = ["KEN", "KOR"]\n',
    )

    problem = small.only_problem("groups")

    assert problem.file == "groups/lists/northern-2024b.toml" and "overlaps with northern-2024" in problem.what


def test_a_label_missing_in_a_language_is_a_gap(small):
    small.change(GROUPS, ', es = "Club"', "")

    problem = small.only_problem("groups")

    assert (problem.severity, problem.missing) == ("gap", ("es",))
