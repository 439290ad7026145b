"""Runs stories in the order of time under a moved clock, and shows how far it is."""

import heapq
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from app.core import clock
from app.duties import services as duties
from app.extensions import db
from app.journal import services as journal

Story = Iterator[datetime]


class Stage:
    """Holds the stories that go on and moves the clock from one act to the next.

    `progress` is called with the share of time that has passed, from 0 to 1.
    """

    def __init__(self, start: datetime, end: datetime, progress: Callable[[float], None]) -> None:
        self.start, self.end, self.progress = start, end, progress
        self.numbers = itertools.count()
        self.waiting: list[tuple[datetime, int, Story]] = []

    def enter(self, story: Story) -> None:
        """Take a story in; its first moment decides when it begins."""
        moment = next(story, None)
        if moment is not None and moment < self.end:
            heapq.heappush(self.waiting, (moment, next(self.numbers), story))

    def run(self) -> None:
        """Let all stories act until the end of time; what comes later does not happen."""
        self.enter(self._nights())
        with clock.moved_to(self.start) as move:
            while self.waiting:
                moment, _, story = heapq.heappop(self.waiting)
                move(max(moment, clock.now()))
                self.enter(story)
                self.progress((moment - self.start) / (self.end - self.start))
            move(self.end)
            duties.run_out_clocks()
            db.session.rollback()

    def _nights(self) -> Story:
        """Each night, deadlines that passed are noted and the journal is sealed."""
        day = clock.local_date(self.start) + timedelta(days=1)
        while True:
            yield clock.start_of(day) + timedelta(minutes=5)
            duties.run_out_clocks()
            journal.seal_day(day - timedelta(days=1))
            day += timedelta(days=1)
