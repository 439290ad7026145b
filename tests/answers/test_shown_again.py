"""A matter that moderation shows again is found as before."""

from app.comments.rules import DiscussionRule
from app.core.access import Role
from app.extensions import db
from app.moderation import services as moderation
from app.search.queries import matching
from tests.casework import Casework
from tests.factories import Factory


def found(words: str) -> list[int]:
    query = matching(words)
    assert query is not None
    return list(db.session.scalars(query))


def test_a_matter_that_is_shown_again_is_found_by_number_and_answer(make: Factory) -> None:
    matter = Casework(make).answered()
    number, moderator = str(matter.case_number), make.actor(Role.MODERATOR)
    answer = " ".join(str(matter.title).split()[:2])
    assert found(number) == [matter.id]
    moderation.hide_matter(moderator, matter, DiscussionRule.OFF_TOPIC)
    assert found(number) == []
    moderation.show_matter(moderator, matter)
    assert found(number) == [matter.id]
    assert found(answer) == [matter.id]
