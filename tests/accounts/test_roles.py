"""Roles hold in one place and for a time; giving and ending them is journalled."""

import json
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import queries, services
from app.accounts.models import Person, RoleGrant
from app.core import clock
from app.core.access import SYSTEM, Role
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.labels import label
from app.extensions import db
from app.journal.models import JournalEntry
from tests.factories import Factory

TODAY = date(2026, 3, 9)
DAY = timedelta(days=1)
UNIT = "street_engineering"


def entries() -> list[JournalEntry]:
    return list(
        db.session.scalars(
            select(JournalEntry)
            .where(JournalEntry.subject_type == "role")
            .order_by(JournalEntry.seq)
        )
    )


def test_a_role_is_given_for_a_unit_and_journalled(make: Factory) -> None:
    boss, person = make.actor(Role.ADMINISTRATOR), make.person()
    grant = services.grant_role(boss, person, Role.OFFICIAL, unit=UNIT, ends=TODAY + 30 * DAY)
    assert person.as_actor().units(Role.OFFICIAL) == {UNIT}
    entry = entries()[-1]
    assert (entry.kind, entry.subject_id, entry.role) == (
        "role_granted",
        grant.id,
        "administrator",
    )
    assert json.loads(entry.facts) == {
        "role_granted": "official",
        "unit_key": UNIT,
        "body": None,
        "starts": "2026-03-09",
        "ends": "2026-04-08",
    }
    assert person.name not in entry.facts
    assert person.email not in entry.facts


def test_ending_a_role_is_journalled_once(make: Factory) -> None:
    boss, person = make.actor(Role.ADMINISTRATOR), make.person()
    grant = services.grant_role(boss, person, Role.COUNCILLOR, body="tela")
    services.end_role(boss, grant)
    services.end_role(boss, grant)
    assert person.as_actor().grants == ()
    assert [entry.kind for entry in entries()].count("role_ended") == 1
    facts = json.loads(entries()[-1].facts)
    assert facts == {"role_ended": "councillor", "unit_key": None, "body": "tela"}


SQLITE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@SQLITE
class TestTime:
    def on(self, held: object, person: Person, day: date) -> bool:
        held(clock.start_of(day) + timedelta(hours=12))
        return person.as_actor().has(Role.MODERATOR)

    def test_it_holds_from_its_first_day_until_before_its_end(
        self, make: Factory, held: object
    ) -> None:
        person = make.person()
        starts, ends = TODAY + 10 * DAY, TODAY + 20 * DAY
        services.grant_role(SYSTEM, person, Role.MODERATOR, starts=starts, ends=ends)
        assert not self.on(held, person, starts - DAY)
        assert self.on(held, person, starts)
        assert self.on(held, person, ends - DAY)
        assert not self.on(held, person, ends)

    def test_days_are_local_days(self, make: Factory, held: object) -> None:
        person = make.person()
        services.grant_role(SYSTEM, person, Role.MODERATOR, ends=TODAY + DAY)
        held(clock.end_of(TODAY) - timedelta(seconds=1))
        assert person.as_actor().has(Role.MODERATOR)
        held(clock.end_of(TODAY))
        assert not person.as_actor().has(Role.MODERATOR)

    def test_without_an_end_it_goes_on(self, make: Factory, held: object) -> None:
        person = make.person()
        services.grant_role(SYSTEM, person, Role.MODERATOR)
        assert self.on(held, person, TODAY + 3000 * DAY)

    def test_one_that_is_to_come_can_be_ended_before_it_begins(
        self, make: Factory, held: object
    ) -> None:
        person = make.person()
        grant = services.grant_role(SYSTEM, person, Role.MODERATOR, starts=TODAY + 10 * DAY)
        services.end_role(SYSTEM, grant)
        assert not self.on(held, person, TODAY + 10 * DAY)
        assert not self.on(held, person, TODAY + 100 * DAY)

    def test_a_given_role_works_in_an_open_session_and_an_ended_one_does_not(
        self, make: Factory, client: object, sign_in: object
    ) -> None:
        actor = make.actor()
        person = db.session.get_one(Person, actor.person_id)
        sign_in(client, actor)
        assert client.get("/en/admin/roles").status_code == 403
        grant = services.grant_role(SYSTEM, person, Role.ADMINISTRATOR)
        assert client.get("/en/admin/roles").status_code == 200
        services.end_role(SYSTEM, grant)
        assert client.get("/en/admin/roles").status_code == 403

    @pytest.mark.parametrize(
        ("starts", "ends"),
        [
            (TODAY, TODAY),
            (TODAY, TODAY - DAY),
            (None, TODAY),
            (date.min, None),
            (date.max, None),
            (TODAY, date.max),
        ],
    )
    def test_a_time_that_cannot_be_is_refused(
        self, make: Factory, starts: date | None, ends: date | None
    ) -> None:
        with pytest.raises(Invalid, match="bad_period"):
            services.grant_role(SYSTEM, make.person(), Role.CLERK, starts=starts, ends=ends)


@SQLITE
class TestPlace:
    @pytest.mark.parametrize(
        ("role", "place"),
        [
            (Role.OFFICIAL, {"unit": "nowhere"}),
            (Role.COUNCILLOR, {"body": "nowhere"}),
            (Role.OFFICIAL, {"unit": UNIT, "body": "tela"}),
            (Role.OFFICIAL, {"body": "tela"}),
            (Role.ADMINISTRATOR, {"body": "tela"}),
            (Role.COUNCILLOR, {"unit": UNIT}),
            (Role.OFFICIAL, {"unit": ""}),
            (Role.COUNCILLOR, {"body": "\x00"}),
        ],
    )
    def test_a_wrong_place_is_refused(
        self, make: Factory, role: Role, place: dict[str, str]
    ) -> None:
        with pytest.raises(Invalid, match="unit_or_body"):
            services.grant_role(SYSTEM, make.person(), role, **place)

    def test_a_role_in_one_unit_is_none_in_another(self, make: Factory) -> None:
        actor = make.actor(Role.OFFICIAL, unit=UNIT)
        assert actor.has(Role.OFFICIAL)
        assert actor.has(Role.OFFICIAL, unit=UNIT)
        assert not actor.has(Role.OFFICIAL, unit="city_planning")
        assert not actor.has(Role.REGISTRY, unit=UNIT)

    def test_a_councillor_of_one_body_is_none_of_another(self, make: Factory) -> None:
        actor = make.actor(Role.COUNCILLOR, body="tela")
        assert actor.has(Role.COUNCILLOR, body="tela")
        assert not actor.has(Role.COUNCILLOR, body="ksl")

    def test_a_role_for_the_whole_city_holds_everywhere(self, make: Factory) -> None:
        actor = make.actor(Role.MODERATOR)
        assert actor.has(Role.MODERATOR, unit=UNIT)

    def test_staff_of_a_unit_are_those_who_hold_the_role_today(self, make: Factory) -> None:
        here = make.person(name="B here")
        also = make.person(name="A also")
        past = make.person()
        elsewhere = make.person()
        for person in (here, also, past):
            services.grant_role(SYSTEM, person, Role.OFFICIAL, unit=UNIT)
        services.end_role(SYSTEM, past.grants[0])
        services.grant_role(SYSTEM, elsewhere, Role.OFFICIAL, unit="city_planning")
        assert queries.list_staff(Role.OFFICIAL, UNIT) == [also, here]


@SQLITE
class TestWhoMayGive:
    @pytest.mark.parametrize("role", [None, *(role for role in Role if role != "administrator")])
    def test_only_administrators(self, make: Factory, role: Role | None) -> None:
        actor, person = make.actor(role), make.person()
        with pytest.raises(Forbidden, match="not_administrator"):
            services.grant_role(actor, person, Role.MODERATOR)
        grant = services.grant_role(SYSTEM, person, Role.MODERATOR)
        with pytest.raises(Forbidden, match="not_administrator"):
            services.end_role(actor, grant)
        assert not grant.has_ended_on(TODAY)

    def test_nobody_ends_the_own_administration(self, make: Factory) -> None:
        boss = make.actor(Role.ADMINISTRATOR)
        grant = db.session.scalars(
            select(RoleGrant).where(RoleGrant.person_id == boss.person_id)
        ).one()
        with pytest.raises(Forbidden, match="own_administration"):
            services.end_role(boss, grant)
        services.end_role(make.actor(Role.ADMINISTRATOR), grant)
        assert grant.has_ended_on(TODAY)

    def test_nobody_gets_a_role_before_confirming_the_address(self, make: Factory) -> None:
        with pytest.raises(Invalid, match="unconfirmed_person"):
            services.grant_role(SYSTEM, make.person(confirmed=False), Role.MODERATOR)

    def test_the_same_role_in_the_same_place_is_given_once_at_a_time(self, make: Factory) -> None:
        person = make.person()
        first = services.grant_role(SYSTEM, person, Role.OFFICIAL, unit=UNIT, ends=TODAY + 9 * DAY)
        with pytest.raises(Invalid, match="already_granted"):
            services.grant_role(SYSTEM, person, Role.OFFICIAL, unit=UNIT, starts=TODAY + 8 * DAY)
        services.grant_role(SYSTEM, person, Role.OFFICIAL, unit=UNIT, starts=TODAY + 9 * DAY)
        services.grant_role(SYSTEM, person, Role.OFFICIAL, unit="city_planning")
        services.end_role(SYSTEM, first)
        services.grant_role(SYSTEM, person, Role.OFFICIAL, unit=UNIT, ends=TODAY + 9 * DAY)


@SQLITE
def test_every_role_has_a_word(context: Flask) -> None:
    with context.test_request_context("/en/"):
        assert len({label(role) for role in Role}) == len(Role)


@SQLITE
def test_an_unknown_grant_is_not_found(context: Flask) -> None:
    with pytest.raises(NotFound):
        queries.get_grant(99)


@SQLITE
class TestCommandLine:
    def run(self, app: Flask, *arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["accounts", *arguments])
        db.session.rollback()
        return result.exit_code, result.output.strip()

    def create(self, app: Flask, email: str = "boss@example.org") -> tuple[int, str]:
        return self.run(app, "create", email, "--name", "Boss", "--password", "a long password")

    def test_create_grant_and_end(self, context: Flask) -> None:
        assert self.create(context) == (0, "created")
        grant = ("grant", "Boss@example.org", "official", "--unit", UNIT, "--until", "2026-12-31")
        assert self.run(context, *grant) == (0, "granted")
        person = queries.find_by_email("boss@example.org")
        assert person.confirmed_at is not None
        assert person.as_actor().units(Role.OFFICIAL) == {UNIT}
        assert person.grants[0].ends == date(2026, 12, 31)
        assert self.run(context, "end", "boss@example.org", "official") == (0, "ended: 1")
        assert self.run(context, "end", "boss@example.org", "official") == (0, "ended: 0")
        assert queries.find_by_email("boss@example.org").as_actor().grants == ()
        assert [entry.role for entry in entries()] == ["system", "system"]

    def test_mistakes_are_told_without_a_traceback(self, context: Flask) -> None:
        self.create(context)
        for arguments, told in (
            (("create", "boss@example.org", "--name", "B", "--password", "x" * 12), "known_email"),
            (("create", "no address", "--name", "B", "--password", "x" * 12), "bad_email"),
            (("create", "b@example.org", "--name", "B", "--password", "x"), "short_password"),
            (("grant", "nobody@example.org", "official"), "nobody has this address"),
            (("end", "nobody@example.org", "official"), "nobody has this address"),
            (("grant", "boss@example.org", "official", "--unit", "nowhere"), "unit_or_body"),
            (("grant", "boss@example.org", "king"), "king"),
        ):
            code, output = self.run(context, *arguments)
            assert code != 0
            assert told in output
            assert "Traceback" not in output
