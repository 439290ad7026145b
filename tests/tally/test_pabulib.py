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


# What makes a count impossible: a change of GOOD, the line it is in, and what is said of it.
ERRORS = [
    ("META\n", "", 1, 'found "key", expected the line META'),
    ("key;value", "name;value", 2, 'found "name;value", expected the header key;value'),
    ("PROJECTS\n", "", 18, "found the end of the file, expected a section PROJECTS"),
    ("VOTES\n", "", 18, "found the end of the file, expected a section VOTES"),
    ("VOTES", "META\nVOTES", 14, "found a second section META, expected each section once"),
    ("budget;100.50\n", "", 1, 'found budget "", expected a number above 0'),
    ("100.50", "100,50", 6, 'found budget "100,50", expected a number above 0'),
    ("100.50", "1 070 000", 6, 'found budget "1 070 000"'),
    ("100.50", "1_000", 6, 'found budget "1_000"'),
    ("100.50", "-1", 6, 'found budget "-1"'),
    ("100.50", "0", 6, 'found budget "0"'),
    ("100.50", "NaN", 6, 'found budget "NaN"'),
    ("100.50", "Infinity", 6, 'found budget "Infinity"'),
    ("100.50", "1e999999", 6, "expected a number above 0"),
    ("100.50", "1" + 5000 * "0", 6, "…, expected a number above 0 with at most 30 digits"),
    ("100.50", "٣٣", 6, 'found budget "٣٣"'),
    ("approval", "guess", 7, 'found vote_type "guess", expected one of approval'),
    ("vote_type;approval\n", "", 1, 'found vote_type "", expected one of approval'),
    ("max_length;2", "budget;7", 8, 'found "budget" again, expected each key once'),
    ("project_id;cost", "project;cost", 10, "expected a header with project_id and cost once"),
    ("votes;name", "cost;name", 10, "expected a header with project_id and cost once"),
    ("voter_id;vote;age", "voter_id;age", 15, "expected a header with vote once"),
    ("a/1;40;3", "a/1;0;3", 11, 'found cost "0", expected a number above 0'),
    ("a/1;40;3", "a/1;-40;3", 11, 'found cost "-40"'),
    ("a/1;40;3", "a/1;forty;3", 11, 'found cost "forty"'),
    ("a/1;40;3", "a/1;;3", 11, 'found cost ""'),
    ("a/2;10;2", "a/1;10;2", 13, 'found project_id "a/1", expected an id used once'),
    ("a/2;10;2", ";10;2", 13, 'found project_id "", expected an id used once'),
    ("a/2;10;2", "a,2;10;2", 13, "expected an id used once, without commas"),
    ("a/2;10;2", "a\x1b2;10;2", 13, 'found project_id "a\\u001b2", expected at most 200 visible'),
    ("a/2;10;2", 5000 * "9" + ";10;2", 13, "expected at most 200 visible characters"),
    ("Rink;red", "Rink;red;blue", 11, "found 6 fields, expected at most 5"),
    ("a/1;40;3;Rink;red", "a/1", 11, "found 1 fields, expected at least 2"),
    ("2;a/1;18", "2", 17, "found 1 fields, expected at least 2"),
    ("2;a/1;18", "2;a/7;18", 17, 'found "a/7" in a vote, expected ids from PROJECTS'),
    ("2;a/1;18", "2;A/1;18", 17, 'found "A/1" in a vote'),
    ("2;a/1;18", "2;a/01;18", 17, 'found "a/01" in a vote'),
    ("2;a/1;18", "2;a/1 a/2;18", 17, 'found "a/1 a/2" in a vote'),
    ("2;a/1;18", "2;x,a/1,y;18", 17, 'found "x", "y" in a vote'),
    ("2;a/1;18", "2;a/1,a/1;18", 17, 'found "a/1" twice in a vote, expected it once'),
    ("2;a/1;18", '2;"a/1"x;18', 17, "found text after a closing quote"),
    ("2;a/1;18", '2;"a/1;18', 17, "found text after a closing quote, expected quotes within"),
    ("4;a/2;20", '4;"a/2;20', 19, "found a quoted field that does not end, expected closed quotes"),
    ("Rink", '"' + 140_000 * "x" + '"', 11, "found a field of more than 131072 characters"),
]
LATIN_1 = GOOD.replace("Rink", "Rautatieläisenkatu").encode("latin-1")


@pytest.mark.parametrize(("old", "new", "line", "message"), ERRORS)
def test_a_malformed_file_names_line_found_and_expected(
    old: str, new: str, line: int, message: str
) -> None:
    with pytest.raises(PabulibError) as caught:
        read_pabulib(GOOD.replace(old, new, 1), "round.pb")
    assert caught.value.line == line
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"round.pb, line {line}: found ")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("voter_id;vote;points", "voter_id;vote;score", 10, "found no column points"),
        ("voter_id;vote;points", "points;vote;points", 10, "expected a header with vote once"),
        ("2,1.5", "2", 11, 'found points "2", expected 2 numbers, none below 0'),
        ("2,1.5", "2,1,1", 11, 'found points "2,1,1", expected 2 numbers'),
        ("2,1.5", "", 11, 'found points "", expected 2 numbers'),
        ("2,1.5", "2,-1", 11, 'found points "-1" for "2", expected a number, not below 0'),
        ("2,1.5", "2,x", 11, 'found points "x" for "2"'),
        ("2,1.5", "2,", 11, 'found points "" for "2"'),
        ("2,1.5", "2,1e20", 10, "expected points that add up to less than 2**53 units of 1/1"),
        ("2,1.5", "2,1e-20", 10, "expected points that add up to less than 2**53 units"),
    ],
)
@pytest.mark.parametrize("vote_type", ["cumulative", "scoring"])
def test_malformed_points(vote_type: str, old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(PabulibError) as caught:
        read_pabulib(POINTS.replace("cumulative", vote_type).replace(old, new, 1))
    assert caught.value.line == line
    assert message in str(caught.value)


@pytest.mark.parametrize("length", ["0", "-3", "2.5", "many", "1e20"])
def test_ranks_need_a_length_that_can_be(length: str) -> None:
    text = GOOD.replace("approval", "ordinal").replace("max_length;2", f"max_length;{length}")
    with pytest.raises(PabulibError, match=r"line 8: found max_length .*, expected a whole number"):
        read_pabulib(text)


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        ("", 1, "found nothing, expected the line META"),
        (b"", 1, "found nothing, expected the line META"),
        ("\n\n \n", 1, "found nothing, expected the line META"),
        (GOOD.encode("utf-16"), 1, "found byte 0xff, expected text in UTF-8"),
        (LATIN_1, 11, "found byte 0xe4, expected text in UTF-8"),
        (LATIN_1.replace(b"\n", b"\r"), 11, "found byte 0xe4, expected text in UTF-8"),
        (bytes(range(256)), 1, "expected the line META"),
        ("META\nkey;\ud800value", 2, "found U+D800, expected text in UTF-8"),
        ("META\nkey;value", 2, "found the end of the file, expected a section PROJECTS"),
        ("META\nkey;value\nbudget;1\nvote_type;approval\nPROJECTS\nVOTES\n", 5, "without rows"),
        ("\x00;\x00", 1, 'found "\\u0000", expected the line META'),
        ("<html><body>Not found</body></html>", 1, "expected the line META"),
    ],
)
def test_what_is_no_file_at_all(data: bytes | str, line: int, message: str) -> None:
    with pytest.raises(PabulibError) as caught:
        read_pabulib(data)
    assert caught.value.line == line
    assert message in str(caught.value)


def test_projects_are_needed() -> None:
    start, end = GOOD.index("a/1;40"), GOOD.index("VOTES")
    _, problems = check_pabulib(GOOD[:start] + GOOD[end:])
    assert "line 10: found no projects, expected at least one" in map(str, problems)


# What is counted as it stands and reported: a change of GOOD, the line, what is said of it.
WARNINGS = [
    ("a/1;40;3", "a/1;140;3", 11, "found cost 140, expected at most the budget, 100.5"),
    ("1;a/1,a/2;17", "1;a/1,a/2,a/10;17", 16, "found 3 projects in a vote, expected at most 2"),
    ("max_length;2", "min_length;2", 17, "found 1 projects in a vote, expected at least 2"),
    ("max_length;2", "max_sum_cost;50", 18, "found projects for 100.25 in a vote, expected at"),
    ("max_length;2", "max_length;two", 8, 'found max_length "two", expected a number'),
    ("2;a/1;18", "2;;18", 17, "found a blank vote, expected at least one project"),
    ("2;a/1;18", "2;None;18", 17, "found a blank vote, expected at least one project"),
    ("2;a/1;18", "2;a/1,;18", 17, "found a comma with no id beside it"),
    ("2;a/1;18", "2;a/1,,a/2;18", 17, "found a comma with no id beside it"),
    ("2;a/1;18", "1;a/1;18", 17, 'found voter_id "1" again, expected each voter once'),
    ("num_votes;4", "num_votes;5", 5, 'found num_votes "5", expected 4'),
    ("num_projects;3", "num_projects;9", 4, 'found num_projects "9", expected 3'),
    ("a/1;40;3", "a/1;40;9", 11, 'found votes "9", expected 3'),
    ("max_length;2", "default_score;1", 8, 'found default_score "1", expected 0'),
    ("max_length;2", "comment;x\ncomment;y", 9, 'found "comment" again, expected each key once'),
    ("max_length;2", "comment", 8, 'found "comment" alone, expected a key and a value'),
    ("votes;name;colour", "votes;name;name", 10, 'found column "name" again'),
    ("voter_id;vote;age", "voter_id;vote;points", 15, "found a column points, expected none"),
    ("VOTES", ";;;;\nVOTES", 14, "found an empty row, left out, expected values"),
    ("4;a/2;20", "4;a/2;20\n;;", 20, "found an empty row, left out, expected values"),
    ("Rink", '"Rink" for all', 11, "found text after a closing quote, expected quotes within"),
    ("approval\nmax_length;2", "choose-1", 15, "found 2 projects in a vote, expected at most 1"),
    ("approval", "knapsack\nmax_sum_cost;60", 19, "found projects for 100.25 in a vote"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), WARNINGS)
def test_what_is_odd_is_counted_and_reported(old: str, new: str, line: int, message: str) -> None:
    text = GOOD.replace(old, new, 1)
    file, problems = check_pabulib(text)
    assert file is not None
    assert not any(problem.is_error for problem in problems)
    assert any(problem.line == line and message in str(problem) for problem in problems)
    assert count(read_pabulib(text).profile, "greedy").winners


def test_a_knapsack_ballot_should_fit_the_budget() -> None:
    text = GOOD.replace("approval", "knapsack").replace("100.50", "60.25")
    _, problems = check_pabulib(text)
    assert "line 18: found projects for 100.25 in a vote, expected at most 60.25" in " ".join(
        map(str, problems)
    )


def test_a_needless_comma_changes_no_rank_and_no_points() -> None:
    ranked = GOOD.replace("approval", "ordinal")
    odd = ranked.replace("1;a/1,a/2;17", "1;,a/1,,a/2,;17")
    assert ballots_of(read_pabulib(odd).profile) == ballots_of(read_pabulib(ranked).profile)
    odd = POINTS.replace("1;1,2;2,1.5", "1;1,,2,;2, ,1.5,")
    assert ballots_of(read_pabulib(odd).profile) == ballots_of(read_pabulib(POINTS).profile)


def test_a_blank_ballot_of_points_may_say_none() -> None:
    profile = read_pabulib(POINTS.replace("2;2;4", "2;none;None")).profile
    assert (profile.num_ballots, profile.votes) == (3, (1, 1))


def test_a_project_may_be_called_none() -> None:
    assert read_pabulib(GOOD.replace("a/2", "none")).profile.votes == (3, 1, 2)


def test_blank_ballots_count_where_the_vote_is_the_only_column() -> None:
    text = GOOD[: GOOD.index("voter_id")] + 'vote\na/1\n""\n\na/2\n'
    file = read_pabulib(text)
    assert (file.profile.num_ballots, file.profile.votes) == (3, (1, 1, 0))
    assert read_pabulib(write_pabulib(file)).profile.num_ballots == 3


def test_names_may_hold_line_ends_separators_and_any_letters() -> None:
    name = 'A "big"; rink,\nпарк 公園 🌳\u2028\x0b\x00end'
    quoted = '"' + name.replace('"', '""') + '"'
    file = read_pabulib(GOOD.replace("Rink", quoted).replace("a/7", "å ö/7"))
    assert file.profile.projects[0].name == name
    assert file.votes.lines.tolist() == [17, 18, 19, 20]
    assert read_pabulib(write_pabulib(file)) == file


@pytest.mark.parametrize("name", ["a\rb", "a\r\nb", "a\nb", '"', ";", "\ufeff", " a "])
def test_no_name_breaks_a_published_file(name: str) -> None:
    profile = Profile.from_ballots([Project("1", 5, name)], [["1"], []], 10)
    again = read_pabulib(write_pabulib(pabulib_of_profile(profile, {"description": name})))
    assert again.profile.projects[0].name == name.replace("\r\n", "\n").replace("\r", "\n")
    assert again.profile.num_ballots == 2


def test_ids_may_have_slashes_blanks_noughts_and_any_letters() -> None:
    ids = ["007", "7", "BO.D1.2/23", "my rink", "ä-公園"]
    rows = "".join(f"{project_id};5\n" for project_id in ids)
    votes = "".join(f"{n};{project_id}\n" for n, project_id in enumerate(ids[1:]))
    text = (
        f"META\nkey;value\nbudget;9\nvote_type;approval\nPROJECTS\nproject_id;cost\n{rows}"
        f"VOTES\nvoter_id;vote\n{votes}"
    )
    profile = read_pabulib(text).profile
    assert {p.id: v for p, v in zip(profile.projects, profile.votes, strict=True)} == {
        "007": 0, "7": 1, "BO.D1.2/23": 1, "my rink": 1, "ä-公園": 1,
    }  # fmt: skip


def test_sections_may_come_in_any_order() -> None:
    meta, projects, votes = GOOD.index("META"), GOOD.index("PROJECTS"), GOOD.index("VOTES")
    text = GOOD[votes:] + GOOD[projects:votes] + GOOD[meta:projects]
    assert read_pabulib(text) == read_pabulib(GOOD)


def _edited(text: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for start, length, inserted in edits:
        text = text[:start] + inserted + text[start + length :]
    return text


PIECES = st.binary(max_size=4) | st.sampled_from(
    [b'"', b";", b",", b"\n", b"\r", b"\x00", b"\xef\xbb\xbf", b"META\n", b"VOTES\n", b"1e9", b"-1",
     b"0", b"none", b"\xc2\xbd", b"\xff", b"points", b"vote;", b'""', b"9" * 400]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from([GOOD, POINTS, GOOD.replace("approval", "ordinal")]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 6), PIECES), max_size=4),
)
def test_no_edit_of_a_file_is_more_than_an_error(
    text: str, edits: list[tuple[int, int, bytes]]
) -> None:
    edited = _edited(text.encode(), edits)
    file, problems = check_pabulib(edited)
    assert all(problem.line >= 1 and problem.expected for problem in problems)
    if file is None:
        with pytest.raises(PabulibError, match=r"^round.pb, line \d+: found "):
            read_pabulib(edited, "round.pb")
        return
    assert count(file.profile, "mes_cost_then_greedy").total_cost <= file.profile.budget
    again = read_pabulib(write_pabulib(file))
    assert again == file
    assert ballots_of(again.profile) == ballots_of(file.profile)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_an_error(data: bytes) -> None:
    with pytest.raises(PabulibError, match=r"^input, line \d+: found "):
        read_pabulib(data)


def test_cut_anywhere_a_real_file_is_counted_or_refused(elections: list[Election]) -> None:
    for election in elections:
        data = election.path.read_bytes()[:4000]
        for end in range(0, len(data), 97):
            file, problems = check_pabulib(data[:end])
            assert file is not None or any(problem.is_error for problem in problems)


def test_limits_on_points() -> None:
    text = POINTS.replace("budget;10", "budget;10\nmax_sum_points;3\nmin_points;1\nmax_points;3")
    _, problems = check_pabulib(text)
    found = [(problem.line, problem.found) for problem in problems]
    assert (14, "3.5 points together in a vote") in found
    assert (15, "4 points for a project in a vote") in found
    assert (16, "0 points for a project in a vote") in found


def test_every_problem_is_reported() -> None:
    text = GOOD.replace("a/1;40", "a/1;x").replace("a/2;10", "a/2;y").replace("100.50", "z")
    text = text.replace("2;a/1;18", "2;q;18").replace("4;a/2;20", "4;a/2,a/2;20")
    _, problems = check_pabulib(text)
    assert [problem.line for problem in problems] == [6, 11, 13, 17, 19]
    with pytest.raises(PabulibError, match=r"line 6: .* \(and 4 more errors\)$"):
        read_pabulib(text)


def test_ten_thousand_wrong_lines_are_all_reported() -> None:
    text = GOOD + "".join(f'{n};"a/{n}"x\n{n};a/{n}\n' for n in range(100, 10_100))
    _, problems = check_pabulib(text)
    assert [problem.line for problem in problems if problem.is_error] == list(range(20, 20_020))


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
