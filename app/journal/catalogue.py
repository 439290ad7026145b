"""The kinds of entry, each with exactly its facts and a version.

A published version never changes: a kind that needs other facts gets a new version beside the old
one, and `CURRENT` moves on. Facts are JSON scalars; moments are ISO 8601 in UTC; texts are digests.
"""

import enum


class Kind(enum.StrEnum):
    """What can happen in public. Grouped by the feature that records it."""

    # proposals
    PUBLISHED = "published"
    EDITED = "edited"
    WITHDRAWN = "withdrawn"
    TRANSLATED = "translated"
    ADDED = "added"
    CO_AUTHOR_JOINED = "co_author_joined"
    CO_AUTHOR_LEFT = "co_author_left"
    ATTACHED = "attached"
    ATTACHMENT_REMOVED = "attachment_removed"
    MAKERS_THRESHOLD = "makers_threshold"
    # moderation
    HIDDEN = "hidden"
    SHOWN = "shown"
    APPEALED = "appealed"
    APPEAL_DECIDED = "appeal_decided"
    # comments
    COMMENTED = "commented"
    COMMENT_EDITED = "comment_edited"
    COMMENT_DELETED = "comment_deleted"
    COMMENT_HIDDEN = "comment_hidden"
    COMMENT_SHOWN = "comment_shown"
    COMMENT_APPEALED = "comment_appealed"
    COMMENT_APPEAL_DECIDED = "comment_appeal_decided"
    # responses: handling
    REGISTERED = "registered"
    PREPARING = "preparing"
    HANDOVER_OFFERED = "handover_offered"
    HANDOVER_RETURNED = "handover_returned"
    HANDOVER_TAKEN_BACK = "handover_taken_back"
    HANDED_OVER = "handed_over"
    ESTIMATED = "estimated"
    ASKED = "asked"
    ASK_REMINDED = "ask_reminded"
    REPLIED = "replied"
    RESUMED = "resumed"
    SENT_TO_BODY = "sent_to_body"
    BACK_FROM_BODY = "back_from_body"
    EXTENDED = "extended"
    ANSWERED = "answered"
    CORRECTED = "corrected"
    CLOSED = "closed"
    TRANSFERRED = "transferred"
    RESTORED = "restored"
    # registry
    CASE_NUMBER_CHANGED = "case_number_changed"
    DISMISSED = "dismissed"
    MERGED = "merged"
    MERGED_IN = "merged_in"
    PARTED = "parted"
    SPLIT = "split"
    SPLIT_FROM = "split_from"
    # promises
    PROMISED = "promised"
    PROMISE_KEPT = "promise_kept"
    PROMISE_MOVED = "promise_moved"
    PROMISE_BROKEN = "promise_broken"
    EVIDENCE_REMOVED = "evidence_removed"
    # decisions
    DECISION_LINKED = "decision_linked"
    DECISION_UNLINKED = "decision_unlinked"
    # duties
    CLOCKS_STARTED = "clocks_started"
    OVERDUE = "overdue"
    MARKED = "marked"
    UNMARKED = "unmarked"
    DOCUMENTS_GIVEN = "documents_given"
    TAKEN_UP = "taken_up"
    # outcomes
    IMPLEMENTING = "implementing"
    IMPLEMENTED = "implemented"
    EVALUATED = "evaluated"
    REOPENED = "reopened"
    MEASURED = "measured"
    # council
    QUESTION_ASKED = "question_asked"
    QUESTION_PAUSED = "question_paused"
    QUESTION_CONTINUED = "question_continued"
    QUESTION_ANSWERED = "question_answered"
    # budgeting and voting
    ROUND_PUBLISHED = "round_published"
    PROJECT_MADE = "project_made"
    PROJECT_FEASIBLE = "project_feasible"
    PROJECT_REFUSED = "project_refused"
    VOTING_CLOSED = "voting_closed"
    BALLOTS_OPENED = "ballots_opened"
    RESULT_CONFIRMED = "result_confirmed"
    # accounts
    ROLE_GRANTED = "role_granted"
    ROLE_ENDED = "role_ended"


def _facts(names: str = "") -> frozenset[str]:
    return frozenset(names.split())


FACTS: dict[tuple[Kind, int], frozenset[str]] = {
    (Kind.PUBLISHED, 1): _facts("matter_kind language area theme service title text"),
    (Kind.EDITED, 1): _facts("language version title text"),
    (Kind.WITHDRAWN, 1): _facts("reason"),
    (Kind.TRANSLATED, 1): _facts("language version source_version origin title text"),
    (Kind.ADDED, 1): _facts("text"),
    (Kind.CO_AUTHOR_JOINED, 1): _facts(),
    (Kind.CO_AUTHOR_LEFT, 1): _facts("co_author"),
    (Kind.ATTACHED, 1): _facts("file_kind digest"),
    (Kind.ATTACHMENT_REMOVED, 1): _facts("file_kind digest"),
    (Kind.MAKERS_THRESHOLD, 1): _facts("makers needed population pending_since"),
    (Kind.HIDDEN, 1): _facts("rule"),
    (Kind.SHOWN, 1): _facts(),
    (Kind.APPEALED, 1): _facts("rule"),
    (Kind.APPEAL_DECIDED, 1): _facts("rule upheld"),
    (Kind.COMMENTED, 1): _facts("comment language stance text"),
    (Kind.COMMENT_EDITED, 1): _facts("comment version language text"),
    (Kind.COMMENT_DELETED, 1): _facts("comment"),
    (Kind.COMMENT_HIDDEN, 1): _facts("comment rule"),
    (Kind.COMMENT_SHOWN, 1): _facts("comment"),
    (Kind.COMMENT_APPEALED, 1): _facts("comment rule"),
    (Kind.COMMENT_APPEAL_DECIDED, 1): _facts("comment rule upheld"),
    (Kind.REGISTERED, 1): _facts("case_number unit"),
    (Kind.PREPARING, 1): _facts("unit"),
    (Kind.HANDOVER_OFFERED, 1): _facts("from_unit to_unit reason"),
    (Kind.HANDOVER_RETURNED, 1): _facts("from_unit to_unit reason"),
    (Kind.HANDOVER_TAKEN_BACK, 1): _facts("from_unit to_unit"),
    (Kind.HANDED_OVER, 1): _facts("from_unit to_unit reason"),
    (Kind.ESTIMATED, 1): _facts("until contact"),
    (Kind.ASKED, 1): _facts("text"),
    (Kind.ASK_REMINDED, 1): _facts(),
    (Kind.REPLIED, 1): _facts("text"),
    (Kind.RESUMED, 1): _facts("reason"),
    (Kind.SENT_TO_BODY, 1): _facts("body meeting"),
    (Kind.BACK_FROM_BODY, 1): _facts("body unit"),
    (Kind.EXTENDED, 1): _facts("clock ref due reason"),
    (Kind.ANSWERED, 1): _facts("version outcome unit work cost_cents languages text"),
    (Kind.ANSWERED, 2): _facts(
        "version outcome unit work cost_cents languages text contract decision"
    ),
    (Kind.CORRECTED, 1): _facts("version reason text"),
    (Kind.CORRECTED, 2): _facts("version reason text decision"),
    (Kind.CLOSED, 1): _facts("reason"),
    (Kind.TRANSFERRED, 1): _facts("authority reason"),
    (Kind.RESTORED, 1): _facts("reason"),
    (Kind.RESTORED, 2): _facts("reason other"),
    (Kind.CASE_NUMBER_CHANGED, 1): _facts("case_number before"),
    (Kind.DISMISSED, 1): _facts("rule reason"),
    (Kind.MERGED, 1): _facts("into reason"),
    (Kind.MERGED_IN, 1): _facts("other reason"),
    (Kind.PARTED, 1): _facts("other reason"),
    (Kind.SPLIT, 1): _facts("other reason"),
    (Kind.SPLIT_FROM, 1): _facts("other reason"),
    (Kind.PROMISED, 1): _facts("promise unit due text"),
    (Kind.PROMISE_KEPT, 1): _facts("promise evidence"),
    (Kind.PROMISE_KEPT, 2): _facts("promise evidence pieces"),
    (Kind.PROMISE_MOVED, 1): _facts("promise due reason"),
    (Kind.PROMISE_BROKEN, 1): _facts("promise reason"),
    (Kind.EVIDENCE_REMOVED, 1): _facts("promise piece"),
    (Kind.DECISION_LINKED, 1): _facts("decision case_number body decided_on digest"),
    (Kind.DECISION_UNLINKED, 1): _facts("decision reason"),
    (Kind.CLOCKS_STARTED, 1): _facts("clocks"),
    (Kind.OVERDUE, 1): _facts("clock ref first_due"),
    (Kind.MARKED, 1): _facts("mark"),
    (Kind.UNMARKED, 1): _facts("mark"),
    (Kind.DOCUMENTS_GIVEN, 1): _facts("note"),
    (Kind.TAKEN_UP, 1): _facts("body"),
    (Kind.IMPLEMENTING, 1): _facts("unit"),
    (Kind.IMPLEMENTED, 1): _facts("evidence"),
    (Kind.EVALUATED, 1): _facts("yes partly no"),
    (Kind.REOPENED, 1): _facts("unit reason"),
    (Kind.MEASURED, 1): _facts("months value note"),
    (Kind.QUESTION_ASKED, 1): _facts("question unit body due text"),
    (Kind.QUESTION_PAUSED, 1): _facts("question reason"),
    (Kind.QUESTION_CONTINUED, 1): _facts("question"),
    (Kind.QUESTION_ANSWERED, 1): _facts("question text"),
    (Kind.ROUND_PUBLISHED, 1): _facts("rules_digest envelopes voting_opens voting_closes"),
    (Kind.PROJECT_MADE, 1): _facts("project contest cost_cents text"),
    (Kind.PROJECT_FEASIBLE, 1): _facts("project cost_cents"),
    (Kind.PROJECT_REFUSED, 1): _facts("project reason"),
    (Kind.VOTING_CLOSED, 1): _facts("envelopes"),
    (Kind.BALLOTS_OPENED, 1): _facts("contest ballots digest"),
    (Kind.RESULT_CONFIRMED, 1): _facts("contest rule winners total_cents digest"),
    (Kind.ROLE_GRANTED, 1): _facts("role_granted unit_key body starts ends"),
    (Kind.ROLE_ENDED, 1): _facts("role_ended unit_key body"),
}

CURRENT: dict[Kind, int] = {kind: max(v for k, v in FACTS if k == kind) for kind in Kind}
