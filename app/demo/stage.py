"""Runs stories in the order of time under a moved clock, and shows how far it is.

The acts of one day share one transaction, which saves most of the time; each act is still the
ordinary command, and its entries are chained at its own moment.
"""

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.core import clock
from app.core.command import command, scratch
from app.duties import services as duties
from app.extensions import db
from app.journal import services as journal
from app.journal.recording import chain_entries


@dataclass(frozen=True)
class Alone:
    """A moment whose act needs transactions of its own."""

    moment: datetime


Story = Iterator[datetime | Alone]
Move = Callable[[datetime], None]


class Stage:
    """Holds the stories that go on and moves the clock from one act to the next.

    `progress` is called with the share of time that has passed, from 0 to 1.
    """

    def __init__(self, start: datetime, end: datetime, progress: Callable[[float], None]) -> None:
        self.start, self.end, self.progress = start, end, progress
        self.numbers = itertools.count()
        self.waiting: list[tuple[datetime, int, bool, Story]] = []

    def enter(self, story: Story) -> None:
        """Take a story in, or back in after an act; what comes after the end does not happen."""
        wanted = next(story, None)
        alone = isinstance(wanted, Alone)
        moment = wanted.moment if isinstance(wanted, Alone) else wanted
        if moment is not None and moment < self.end:
            heapq.heappush(self.waiting, (moment, next(self.numbers), alone, story))

    def run(self) -> None:
        """Let all stories act until the end of time."""
        self.enter(self._nights())
        with clock.moved_to(self.start) as move:
            while self.waiting:
                moment, _, alone, _ = self.waiting[0]
                self.progress((moment - self.start) / (self.end - self.start))
                if alone:
                    self._act(move)
                else:
                    self._live_through(clock.local_date(moment), move)
            move(self.end)
            duties.run_out_clocks()

    @command
    def _live_through(self, day: date, move: Move) -> None:
        while self.waiting:
            moment, _, alone, _ = self.waiting[0]
            if alone or clock.local_date(moment) != day:
                return
            self._act(move)
            db.session.flush()
            chain_entries(db.session(), scratch())

    def _act(self, move: Move) -> None:
        moment, _, _, story = heapq.heappop(self.waiting)
        move(max(moment, clock.now()))
        self.enter(story)

    def _nights(self) -> Story:
        """Each night, deadlines that passed are noted and the journal is sealed."""
        day = clock.local_date(self.start) + timedelta(days=1)
        while True:
            yield Alone(clock.start_of(day) + timedelta(minutes=5))
            duties.run_out_clocks()
            journal.seal_day(day - timedelta(days=1))
            day += timedelta(days=1)
