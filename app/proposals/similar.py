"""Similar matters: what somebody has proposed before, found by the titles.

Candidates share rare words, base forms or parts of compounds with the title, however old they are;
the best few hundred are then compared word by word (`app/search/likeness.py`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, Subquery, case, func, select

from app.extensions import db
from app.proposals.lifecycle import OPEN
from app.proposals.listing import as_queue_item
from app.proposals.models import TITLE_LIMIT, Matter
from app.proposals.queries import CARD, CardRow
from app.search import likeness
from app.search.models import TitleToken
from app.search.queries import count_titles

Row = TypeVar("Row")
SHOWN = 5
GOOD = 0.5  # likeness from which on a matter is shown
STRONG = 0.75  # from which on the author is asked why this is another matter
CANDIDATES = 300
READ = 10_000  # rows of the index at most: the commonest words are left out


@dataclass(frozen=True)
class Similar:
    """A matter like the title that was written; `is_strong` asks for a reason to publish."""

    card: CardRow
    likeness: float

    @property
    def is_strong(self) -> bool:
        """Whether it may well be the same matter."""
        return self.likeness >= STRONG


@dataclass(frozen=True)
class Written:
    """A title to compare with: its weighed words, and the candidates as `matter_id`, `shared`."""

    title: likeness.Title
    candidates: Subquery

    def best(
        self, rows: Iterable[Row], title: Callable[[Row], tuple[str, str]], limit: int = SHOWN
    ) -> list[tuple[Row, float]]:
        """The rows that are like the title, the most alike first, with their likeness.

        `title` tells a row's title and its language; equal ones keep their order.
        """
        found = [(row, self._likeness(*title(row))) for row in rows]
        good = [pair for pair in found if pair[1] >= GOOD]
        return sorted(good, key=lambda pair: -pair[1])[:limit]

    def _likeness(self, title: str, language: str) -> float:
        words = likeness.telling_words(title, language)
        return likeness.likeness(self.title, likeness.weighed_by(self.title, words))


def list_similar(title: str, besides: int | None = None) -> list[Similar]:
    """Up to five visible matters like a title, the most alike first; two queries.

    `besides` is left out.
    """
    written = compare_with(title)
    if written is None:
        return []
    found = written.candidates
    query = Matter.visible().with_only_columns(*CARD).join(found, found.c.matter_id == Matter.id)
    query = query.order_by(found.c.shared.desc(), Matter.id.desc())
    rows = [row for row in db.session.execute(query) if row.id != besides]
    best = written.best(rows, lambda row: (row.title, row.language))
    return [Similar(row, value) for row, value in best]


def list_items(title: str, besides: int | None = None) -> list[dict[str, Any]]:
    """The same as the pages of writing show them."""
    return [
        as_queue_item(one.card)
        | {"takes_support": one.card.state in OPEN, "is_strong": one.is_strong}
        for one in list_similar(title, besides)
    ]


def compare_with(title: str, most: int = CANDIDATES) -> Written | None:
    """What is needed to compare a title with others; None when it has no words. One query."""
    words = likeness.telling_words(title[:TITLE_LIMIT])
    tokens = list(dict.fromkeys(form for word in words for form in (*word.whole, *word.parts)))
    if not tokens:
        return None
    counts = count_titles(tokens)
    weights = {
        token: round(16 * likeness.weight(counts.of[token], counts.among))
        for token in _rarest(counts.of)
    }
    found = _sharing(weights).limit(most).subquery()
    return Written(likeness.weighed(words, counts.of, counts.among), found)


def _rarest(counts: dict[str, int]) -> list[str]:
    """The tokens that are looked up: the rarest ones, as many as can be read quickly."""
    chosen: list[str] = []
    total = 0
    for token in sorted(counts, key=lambda token: (counts[token], token)):
        total += counts[token]
        if chosen and total > READ:
            break
        chosen.append(token)
    return chosen


def _sharing(weights: dict[str, int]) -> Select[int, Any]:
    """The matters whose titles have some of the tokens, those that share most first."""
    shared = func.sum(case(weights, value=TitleToken.token)).label("shared")
    return (
        select(TitleToken.matter_id, shared)
        .where(TitleToken.token.in_(list(weights)))
        .group_by(TitleToken.matter_id)
        .order_by(shared.desc(), TitleToken.matter_id.desc())
    )
