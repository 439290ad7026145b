"""The rules of the discussion, by which a matter or a comment can be hidden. Pure."""

import enum

from flask_babel import lazy_gettext as _l

from app.core import labels


class DiscussionRule(enum.StrEnum):
    """Why something was hidden; the public sees the rule."""

    INSULT = "insult"
    PERSONAL_DATA = "personal_data"
    HATE = "hate"
    SPAM = "spam"
    OFF_TOPIC = "off_topic"
    ILLEGAL = "illegal"


labels.name(
    {
        DiscussionRule.INSULT: _l("It insults somebody"),
        DiscussionRule.PERSONAL_DATA: _l("It tells somebody's personal data"),
        DiscussionRule.HATE: _l("It spreads hate or threatens"),
        DiscussionRule.SPAM: _l("It is advertising, or the same again and again"),
        DiscussionRule.OFF_TOPIC: _l("It does not belong to the matter"),
        DiscussionRule.ILLEGAL: _l("It is against the law"),
    }
)
