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
        DiscussionRule.INSULT: _l("Insult"),
        DiscussionRule.PERSONAL_DATA: _l("Personal data"),
        DiscussionRule.HATE: _l("Hate or threats"),
        DiscussionRule.SPAM: _l("Spam"),
        DiscussionRule.OFF_TOPIC: _l("Off the subject"),
        DiscussionRule.ILLEGAL: _l("Against the law"),
    }
)
