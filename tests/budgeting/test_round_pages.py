"""Pages of rounds: what everybody sees, when it changes, and who decides on projects."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.budgeting import services
from app.budgeting.models import ProjectState
from app.core.access import SYSTEM, Role
from app.extensions import db
from app.moderation import services as moderation
from tests import rounds
from tests.factories import Factory
from tests.rounds import AFTER, AREA, DURING, VOTING_CLOSES, VOTING_OPENS

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@contextmanager
def _counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    event.remove(db.engine, "before_cursor_execute", note)


def _text(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.text)


def test_the_list_says_what_a_round_is_when_there_is_none(client: FlaskClient) -> None:
    page = _text(client, "/en/rounds")
    assert "No rounds yet" in page
    assert "Make a proposal" in page


def test_the_list_shows_published_rounds_with_their_phase(
    client: FlaskClient, held: Callable[..., None]
) -> None:
    services.create_round(SYSTEM, rounds.plan(names=rounds.texts("A draft")))
    rounds.make_round()
    page = _text(client, "/en/rounds")
    assert "Budgeting 2026" in page
    assert "A draft" not in page
    assert "Ideas" in page
    held(DURING)
    page = _text(client, "/en/rounds")
    assert "Voting is open" in page
    assert "in 12 days" in page


def test_the_list_stays_within_its_queries(client: FlaskClient) -> None:
    for year in range(2020, 2027):
        rounds.make_round(year=year)
    client.get("/en/rounds")
    with _counted() as statements:
        client.get("/en/rounds?again")
    assert len(statements) <= 6


def test_a_round_changes_with_its_phases_even_from_the_cache(
    client: FlaskClient, held: Callable[..., None]
) -> None:
    round = rounds.make_round()
    path = f"/en/rounds/{round.id}"
    before = _text(client, path)
    assert "Voting begins on 11" in before
    assert re.search(r'<li aria-current="step">.*?Ideas', before)
    assert f"/en/rounds/{round.id}/vote/" not in before
    held(VOTING_OPENS)
    during = _text(client, path)
    assert "Choose the projects you want" in during
    assert f"/en/rounds/{round.id}/vote/city" in during
    held(VOTING_CLOSES)
    after = _text(client, path)
    assert "Voting is over" in after
    assert f"/en/rounds/{round.id}/vote/" not in after


def test_a_round_shows_money_projects_and_rules(client: FlaskClient) -> None:
    round = rounds.make_round()
    contest = rounds.contest_of(round, AREA)
    rounds.add_project(contest, "Bench", 12_345, feasible=False)
    project = rounds.add_project(contest, "Tower", 900_000, feasible=False)
    services.refuse_project(SYSTEM, project, rounds.texts("The plot is sold."))
    page = _text(client, f"/en/rounds/{round.id}")
    for words in (
        "Suur-Matinkylä",
        "The whole of Espoo",
        "100 000 €",
        "Skating park",
        "123,45 €",
        "Being studied",
        "Does not go to the vote",
        "Reason: The plot is sold.",
        "at least 13 years old",
        "Between 1 and 3",
        "Equal shares",
        "a lot decides",
        round.rules_digest[:4],
    ):
        assert words in page, words


def test_pages_speak_finnish_and_swedish_texts(client: FlaskClient) -> None:
    round = rounds.make_round()
    assert "Budgeting 2026 (fi)" in _text(client, f"/fi/rounds/{round.id}")
    assert "Budgeting 2026 (sv)" in _text(client, f"/sv/rounds/{round.id}")


def test_anonymous_visitors_get_no_session_and_no_form(client: FlaskClient) -> None:
    round = rounds.make_round()
    for path in ("/en/rounds", f"/en/rounds/{round.id}"):
        response = client.get(path)
        assert "Set-Cookie" not in response.headers
        assert response.headers["Cache-Control"].startswith("public")
        assert "<form" not in response.text.partition("<main")[2].partition("</main>")[0]


def test_a_draft_is_not_found(
    client: FlaskClient, make: Factory, sign_in: Callable[..., None]
) -> None:
    round = services.create_round(SYSTEM, rounds.plan())
    assert client.get(f"/en/rounds/{round.id}").status_code == 404
    sign_in(client, rounds.budgeting_actor(make))
    assert client.get(f"/en/rounds/{round.id}").status_code == 200


def test_a_project_names_its_idea_until_that_is_hidden(client: FlaskClient, make: Factory) -> None:
    matter = make.matter(title="Valot pimeälle rantareitille")
    round = rounds.make_round()
    rounds.add_project(round.contests[0], "Lamps", 100, [matter])
    path = f"/en/rounds/{round.id}"
    assert "Valot pimeälle rantareitille" in _text(client, path)
    moderator = make.actor(Role.MODERATOR)
    rule = next(iter(moderation.DiscussionRule))
    moderation.hide_matter(moderator, matter, rule)
    assert "Valot pimeälle rantareitille" not in _text(client, path)
    moderation.show_matter(moderator, matter)
    assert "Valot pimeälle rantareitille" in _text(client, path)


def test_a_matter_names_the_project_it_became(client: FlaskClient, make: Factory) -> None:
    matter = make.matter()
    path = f"/en/matters/{matter.id}"
    assert "A project came of this" not in _text(client, path)
    round = rounds.make_round()
    project = rounds.add_project(round.contests[0], "Lamps on the shore", 100, [matter])
    page = _text(client, path)
    assert "A project came of this" in page
    assert f"/en/rounds/{round.id}#project-{project.id}" in page
    services.settle_contest(SYSTEM, round.contests[0], {project.id})
    assert "Won" in _text(client, path)


@pytest.mark.parametrize("path", ["projects", "projects/1/accept", "projects/1/refuse"])
def test_only_the_team_decides_on_projects(
    client: FlaskClient, make: Factory, sign_in: Callable[..., None], path: str
) -> None:
    round = rounds.make_round()
    call = client.get if path == "projects" else client.post
    assert call(f"/en/rounds/{round.id}/{path}").status_code == 303
    sign_in(client, make.actor(Role.OFFICIAL, unit="culture"))
    assert call(f"/en/rounds/{round.id}/{path}").status_code == 403


def test_the_team_decides_on_projects(
    client: FlaskClient, make: Factory, sign_in: Callable[..., None]
) -> None:
    round = rounds.make_round()
    kept, refused = (
        rounds.add_project(round.contests[0], name, 100, feasible=False) for name in ("A", "B")
    )
    sign_in(client, rounds.budgeting_actor(make))
    base = f"/en/rounds/{round.id}/projects"
    assert "Keep it from the vote" in _text(client, base)
    assert client.post(f"{base}/{kept.id}/accept").status_code == 303
    half = {f"p{refused.id}-fi": "Tontti on myyty."}
    answer = client.post(f"{base}/{refused.id}/refuse", data=half)
    assert answer.status_code == 422
    assert "Tontti on myyty." in answer.text
    assert "every official language" in answer.text
    both = half | {f"p{refused.id}-sv": "Tomten är såld."}
    assert client.post(f"{base}/{refused.id}/refuse", data=both).status_code == 303
    db.session.refresh(kept)
    db.session.refresh(refused)
    assert (kept.state, refused.state) == (ProjectState.FEASIBLE, ProjectState.REFUSED)


def test_nothing_is_decided_after_voting_has_begun(
    client: FlaskClient, make: Factory, sign_in: Callable[..., None], held: Callable[..., None]
) -> None:
    round = rounds.make_round()
    project = rounds.add_project(round.contests[0], "A", 100, feasible=False)
    sign_in(client, rounds.budgeting_actor(make))
    held(AFTER)
    base = f"/en/rounds/{round.id}/projects"
    assert "Keep it from the vote" not in _text(client, base)
    answer = client.post(f"{base}/{project.id}/accept")
    assert answer.status_code == 409
    assert "voting has begun" in answer.text


def test_a_round_is_made_from_a_file(context: Flask, make: Factory, tmp_path: Path) -> None:
    matter = make.matter()
    plan = {
        "year": 2026,
        "names": rounds.texts("From a file"),
        "intro": rounds.texts("Intro"),
        "phases": [
            {"kind": "voting", "opens": "2026-04-01T00:00", "closes": "2026-04-15T20:00"},
        ],
        "envelopes": {"city": 100_000},
        "max_choices": 2,
        "projects": [
            {
                "contest": "city",
                "title": rounds.texts("Swings"),
                "description": rounds.texts("High ones"),
                "cost_cents": 5000,
                "matters": [matter.id],
            }
        ],
    }
    path = tmp_path / "round.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    run = context.test_cli_runner().invoke
    assert "round 1 is a draft" in run(args=["budgeting", "create", str(path)]).output
    assert "round 1 is public" in run(args=["budgeting", "publish", "1"]).output
    listed = run(args=["budgeting", "list"]).output
    assert listed.split() == ["1", "2026", "published", "city", "1000.00"]
    plan["phases"] = []
    path.write_text(json.dumps(plan), encoding="utf-8")
    refused = run(args=["budgeting", "create", str(path)])
    assert refused.exit_code == 1
    assert "bad_phases" in refused.output
