from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.tally import (
    PabulibError,
    Profile,
    Project,
    VoteType,
    check_pabulib,
    count,
    pabulib_of_profile,
    read_pabulib,
    write_pabulib,
)
from app.tally.decimals import decimal_text, parse_decimal
from tests.tally.conftest import Election
from tests.tally.strategies import profiles

GOOD = """META
key;value
description;A small round
num_projects;3
num_votes;4
budget;100.50
vote_type;approval
max_length;2
PROJECTS
project_id;cost;votes;name;colour
a/1;40;3;Rink;red
a/10;60.25;1;"Benches; ""soft"", green";green
a/2;10;2;Racks;
VOTES
voter_id;vote;age
1;a/1,a/2;17
2;a/1;18
3;"a/10,a/1";19
4;a/2;20
"""
POINTS = """META
key;value
budget;10
vote_type;cumulative
PROJECTS
project_id;cost
1;5
2;5
VOTES
voter_id;vote;points
1;1,2;2,1.5
2;2;4
3;1;0
"""


def ballots_of(profile: Profile) -> list[tuple[int, dict[str, Fraction]]]:
    return sorted(
        (
            (
                amount,
                {
                    profile.projects[number].id: Fraction(score, profile.score_scale)
                    for number, score in profile.row(group)
                },
            )
            for group, amount in enumerate(profile.multiplicity.tolist())
        ),
        key=str,
    )


def test_a_file_is_read_with_exact_amounts_and_unknown_columns() -> None:
    file = read_pabulib(GOOD)
    assert file.warnings == ()
    profile = file.profile
    assert profile.budget == Fraction("100.5")
    assert [project.id for project in profile.projects] == ["a/1", "a/2", "a/10"]
    assert profile.projects[2].cost == Fraction("60.25")
    assert profile.projects[2].name == 'Benches; "soft", green'
    assert profile.projects[0].extra["colour"] == "red"
    assert profile.votes == (3, 2, 1)
    assert file.votes.column("age") == ["17", "18", "19", "20"]


@pytest.mark.parametrize(
    "spelling",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.replace("\n", "\r\n", 9),
        GOOD.replace("\n", "\n\n"),
        GOOD.replace("META", "meta").replace("VOTES", " votes "),
        GOOD.replace("a/1,a/2", "a/1, a/2 "),
        GOOD.replace("1;a/1,a/2;17", "1;a/2,a/1;17;;"),
        GOOD.removesuffix("\n"),
        GOOD.replace("100.50", "1.005e2"),
    ],
)
def test_bom_line_ends_and_blanks_make_no_difference(spelling: str) -> None:
    file = read_pabulib(spelling.encode())
    assert file.profile.budget == Fraction("100.5")
    assert ballots_of(file.profile) == ballots_of(read_pabulib(GOOD).profile)


def test_points_may_be_fractions_and_nought_is_no_support() -> None:
    profile = read_pabulib(POINTS).profile
    assert profile.points(0) == 2
    assert profile.points(1) == Fraction("5.5")
    assert profile.votes == (1, 2)
    assert profile.num_ballots == 3


def test_ranks_are_worth_max_length_less_those_before() -> None:
    text = GOOD.replace("approval", "ordinal").replace("max_length;2", "max_length;3")
    profile = read_pabulib(text).profile
    assert [profile.points(number) for number in range(3)] == [8, 5, 3]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("META\n", "", 1, 'found "key", expected the line META'),
        ("key;value", "name;value", 2, "expected the header key;value"),
        ("PROJECTS\n", "", 0, "found nothing, expected PROJECTS and a header"),
        ("budget;100.50\n", "", 0, 'found budget "", expected a number above 0'),
        ("100.50", "100,50", 6, 'found budget "100,50", expected a number above 0'),
        ("100.50", "-1", 6, 'found budget "-1"'),
        ("100.50", "1e999999", 6, "expected a number above 0"),
        ("approval", "guess", 7, 'found vote_type "guess", expected one of approval'),
        ("max_length;2", "budget;7", 8, 'found "budget" again'),
        ("project_id;cost", "project;cost", 10, "header of different columns with project_id"),
        ("a/1;40;3", "a/1;0;3", 11, 'found cost "0", expected a number above 0'),
        ("a/1;40;3", "a/1;-40;3", 11, 'found cost "-40"'),
        ("a/1;40;3", "a/1;forty;3", 11, 'found cost "forty"'),
        ("a/2;10;2", "a/1;10;2", 13, 'found project_id "a/1", expected an id used once'),
        ("Rink;red", "Rink;red;blue", 11, "found 6 fields, expected at most 5"),
        ("a/1;40;3;Rink;red", "a/1", 11, "found 1 fields, expected at least 2"),
        ("2;a/1;18", "2;a/7;18", 17, 'found "a/7" in a vote, expected an id from PROJECTS'),
        ("2;a/1;18", "2;a/1,;18", 17, 'found "" in a vote'),
        ("2;a/1;18", "2;a/1,a/1;18", 17, 'found "a/1" twice in a vote'),
        ('"Benches', '"Ben"ches', 12, "expected closed quotes"),
        ("VOTES", "META\nVOTES", 14, "found a second section META"),
    ],
)
def test_a_malformed_file_names_line_found_and_expected(
    old: str, new: str, line: int, message: str
) -> None:
    with pytest.raises(PabulibError) as caught:
        read_pabulib(GOOD.replace(old, new, 1), "round.pb")
    assert caught.value.line == line
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"round.pb, line {line}: found ")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("voter_id;vote;points", "voter_id;vote;score", 10, "found no column points"),
        ("2,1.5", "2", 11, 'found points "2", expected 2 numbers, none below 0'),
        ("2,1.5", "2,-1", 11, 'found points "2,-1"'),
        ("2,1.5", "2,x", 11, 'found points "2,x"'),
    ],
)
def test_malformed_points(old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(PabulibError) as caught:
        read_pabulib(POINTS.replace(old, new, 1))
    assert caught.value.line == line
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "data", ["", b"", "\n\n", b"\xff\xfeM\x00", "META\nkey;value", "\x00;\x00"]
)
def test_what_is_no_file_at_all(data: bytes | str) -> None:
    with pytest.raises(PabulibError):
        read_pabulib(data)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("a/1;40;3", "a/1;140;3", 11, "found cost 140, expected at most the budget, 100.5"),
        ("1;a/1,a/2;17", "1;a/1,a/2,a/10;17", 16, "found 3 in a vote, expected at most 2"),
        ("2;a/1;18", "2;;18", 17, "found a blank vote"),
        ("2;a/1;18", "1;a/1;18", 17, 'found voter_id "1" again'),
        ("num_votes;4", "num_votes;5", 5, 'found num_votes "5", expected 4'),
        ("a/1;40;3", "a/1;40;9", 11, 'found votes "9", expected 3'),
        ("max_length;2", "max_sum_cost;50", 18, "found 100.25 in a vote, expected at most 50"),
        ("max_length;2", "min_length;2", 17, "found 1 in a vote, expected at least 2"),
    ],
)
def test_what_is_odd_is_counted_and_reported(old: str, new: str, line: int, message: str) -> None:
    text = GOOD.replace(old, new, 1)
    file, problems = check_pabulib(text)
    assert file is not None
    assert not any(problem.is_error for problem in problems)
    assert any(problem.line == line and message in str(problem) for problem in problems)
    assert count(read_pabulib(text).profile, "greedy").winners


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from([GOOD, POINTS]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 6), st.text(max_size=4)), max_size=4),
)
def test_no_edit_of_a_file_is_more_than_an_error(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    for start, length, inserted in edits:
        text = text[:start] + inserted + text[start + length :]
    try:
        file = read_pabulib(text)
    except PabulibError:
        return
    assert count(file.profile, "mes_cost_then_greedy").total_cost <= file.profile.budget
    assert read_pabulib(write_pabulib(file)) == file


def test_limits_on_points() -> None:
    text = POINTS.replace("budget;10", "budget;10\nmax_sum_points;3\nmin_points;1\nmax_points;3")
    _, problems = check_pabulib(text)
    found = [(problem.line, problem.found) for problem in problems]
    assert (14, "3.5 in a vote") in found
    assert (15, "4 in a vote") in found
    assert (16, "0 in a vote") in found


def test_every_problem_is_reported() -> None:
    text = GOOD.replace("a/1;40", "a/1;x").replace("a/2;10", "a/2;y").replace("100.50", "z")
    _, problems = check_pabulib(text)
    assert [problem.line for problem in problems] == [6, 11, 13]


def test_a_file_without_votes_can_be_counted() -> None:
    text = GOOD[: GOOD.index("1;a/1,a/2")].replace("num_votes;4", "num_votes;0")
    file, problems = check_pabulib(text)
    assert file is not None
    assert any(problem.found == "no votes" for problem in problems)
    assert count(file.profile, "mes_cost_add1").winners == ()


@pytest.mark.parametrize("text", [GOOD, POINTS])
def test_writing_keeps_everything(text: str) -> None:
    file = read_pabulib(text)
    again = read_pabulib(write_pabulib(file))
    assert again == file
    assert write_pabulib(again) == write_pabulib(file)


def test_writing_keeps_real_files(elections: list[Election]) -> None:
    for election in elections:
        file = read_pabulib(election.path.read_bytes())
        assert read_pabulib(write_pabulib(file)) == file


@settings(max_examples=200, deadline=None)
@given(profiles())
def test_a_published_profile_recounts_to_the_same(profile: Profile) -> None:
    finite = profile.score_scale == 1 and all(
        (value * 10**20).denominator == 1
        for value in (profile.budget, *(project.cost for project in profile.projects))
    )
    if not finite:
        return
    ranked = {"max_length": str(profile.scores.max(initial=1))}
    meta = ranked if profile.vote_type is VoteType.RANKING else {}
    text = write_pabulib(pabulib_of_profile(profile, meta, ["1"]))
    again = read_pabulib(text)
    assert again.projects.column("selected").count("1") == 1
    assert ballots_of(again.profile) == ballots_of(profile)
    assert count(again.profile, "mes_cost").steps == count(profile, "mes_cost").steps


def test_a_published_file_does_not_tell_the_order_of_casting() -> None:
    projects = [Project("1", 5), Project("2", 5)]
    first = Profile.from_ballots(projects, [["2"], ["1"], [], ["2"]], 10)
    second = Profile.from_ballots(projects, [[], ["2"], ["2"], ["1"]], 10)
    texts = [write_pabulib(pabulib_of_profile(profile, {})) for profile in (first, second)]
    assert texts[0] == texts[1]
    assert texts[0].endswith("VOTES\nvoter_id;vote\n1;\n2;1\n3;2\n4;2\n")


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(5), None, "5"),
        (Fraction(-1, 8), None, "-0.125"),
        (Fraction(2, 3), 2, "0.67"),
        (Fraction(1, 2), 0, "0"),
        (Fraction(10), 3, "10"),
        (Fraction(1, 10**15), None, "0.000000000000001"),
    ],
)
def test_decimal_text(value: Fraction, places: int | None, text: str) -> None:
    assert decimal_text(value, places) == text


def test_no_decimal_equals_a_third() -> None:
    with pytest.raises(ValueError, match="no finite decimal"):
        decimal_text(Fraction(1, 3))


@pytest.mark.parametrize("text", ["", "1,5", "1e999", "0x1", "1_000", "nan", "--1", "½", "٣"])
def test_not_a_number(text: str) -> None:
    assert parse_decimal(text) is None
