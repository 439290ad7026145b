"""The life of one matter as a story: published, discussed, handled, answered, promised, done.

What happens is in the matter's text; when, and how well, is drawn from the seed. A story that is
not finished when time ends leaves its matter in the middle, which is where open matters come from.
"""

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from app.accounts.queries import get_person
from app.answers import services as answers
from app.city import get_city, workdays
from app.comments import services as comments
from app.comments.models import Comment, Stance
from app.core import clock
from app.core.access import Actor
from app.demo import disputes, effects, maps, politics
from app.demo.people import Cast
from app.demo.stage import Stage, Story
from app.demo.texts import Text
from app.duties.queries import list_clocks
from app.duties.rules import ClockKind
from app.extensions import db
from app.follows import services as follows
from app.outcomes import services as outcomes
from app.outcomes.policies import can_judge
from app.promises import services as promises
from app.promises.queries import get_promise, list_promises
from app.proposals import services as proposals
from app.proposals import support as supporting
from app.proposals.lifecycle import MatterKind, Outcome, State
from app.proposals.models import Matter
from app.proposals.policies import can_support
from app.registry.services import register_matter
from app.responses import handovers
from app.responses import services as responses

COUNTED = {
    "fi": "Käyttäjiä viikossa. Laskettiin paikan päällä.",
    "sv": "Användare per vecka. Räknades på plats.",
}


@dataclass
class Fate:
    """What the seed decided about one matter."""

    rng: random.Random
    author: Actor
    published: datetime
    late: bool
    supporters: int
    goes_to_body: bool
    withdrawn: bool = False
    hidden_comment: bool = False
    draws: bool = False  # a map, if it is about a street


class MatterStory:
    """Tells one matter's life on a stage. `matter_id` is known from publishing on."""

    def __init__(self, stage: Stage, cast: Cast, text: Text, fate: Fate) -> None:
        self.stage, self.cast, self.text, self.fate = stage, cast, text, fate
        self.rng = fate.rng
        self.matter_id = 0

    @property
    def matter(self) -> Matter:
        """The matter as it is now."""
        return db.session.get_one(Matter, self.matter_id)

    @property
    def official(self) -> Actor:
        """Somebody of the unit that holds the matter now."""
        return self.cast.officials[self.matter.holder_unit or ""]

    def tell(self) -> Story:
        """The whole life, side stories included."""
        yield self.fate.published
        self._publish()
        self.stage.enter(self._supported())
        for number, comment in enumerate(self.text["comments"]):
            self.stage.enter(self._discussed(comment, number))
        if self.fate.withdrawn:
            yield self._after(3, 20)
            reason = "Asia hoitui jo naapurin kanssa puhumalla."
            proposals.withdraw_proposal(self.fate.author, self.matter, reason)
            return
        yield from self._registered()
        yield from self._prepared()
        if self.text["answer"]["outcome"] == "transferred":
            yield from self._transferred()
            return
        yield from self._answered()
        yield from self._carried_out()

    def _publish(self) -> None:
        text, city = self.text, get_city()
        district = _district(text)
        place = city.districts[district] if district else None
        draft = proposals.Draft(
            kind=MatterKind(text["kind"]),
            language=text["language"],
            title=text["title"],
            body="\n\n".join(text["body"]),
            theme=text["theme"],
            service=text["service"],
            area=text["area"],
            district=district,
            lat=_near(place.lat, self.rng) if place else None,
            lon=_near(place.lon, self.rng) if place else None,
        )
        matter = proposals.create_draft(self.fate.author, draft)
        self.matter_id = matter.id
        if self.fate.draws and text["theme"] == "streets":
            maps.attach_map(self.fate.author, matter)
        proposals.publish_proposal(self.fate.author, matter)

    def _registered(self) -> Story:
        day = clock.local_date(clock.now())
        wait = self.rng.choice((1, 1, 1, 2, 2, 2)) if self.rng.random() < 0.88 else 5
        yield self._at(workdays.add_workdays(day, wait))
        right = get_city().unit_for(self.text["service"])
        handover = self.text["handover"]
        wrong = handover["from"] if handover and handover["from"] in self.cast.officials else None
        unit = wrong if wrong and wrong != right else right
        register_matter(self.cast.by_key["registry"], self.matter, unit)
        yield self._after(0, 3)
        responses.start_preparation(self.official, self.matter)
        if unit != right and handover:
            yield self._after(3, 24 if self.fate.late else 12)
            handovers.offer_hand_over(self.official, self.matter, right, handover["reason"])
            yield self._after(0, 2)
            handovers.accept_hand_over(self.cast.officials[right], self.matter)
        responses.assign_matter(
            self.official, self.matter, get_person(self.official.person_id or 0)
        )

    def _prepared(self) -> Story:
        if self.rng.random() < 0.8:
            yield self._after(2, 9)
            until = clock.local_date(self.matter.next_due or clock.now()) - timedelta(days=2)
            until = max(until, clock.today() + timedelta(days=7))
            contact = get_city().units[self.matter.holder_unit or ""].names["fi"]
            responses.estimate(self.official, self.matter, until, contact)
        if self.text["question"]:
            yield self._after(2, 9)
            responses.ask_author(self.official, self.matter, self.text["question"]["ask"])
            yield self._after(2, 12)
            responses.reply(self.fate.author, self.matter, self.text["question"]["reply"])
        if self.fate.goes_to_body:
            yield from self._at_a_body()

    def _at_a_body(self) -> Story:
        yield self._after(3, 10)
        body = get_city().committee_of(self.matter.holder_unit or "")
        if body is None:
            return
        meeting = workdays.next_workday(clock.today() + timedelta(days=self.rng.randint(10, 30)))
        responses.send_to_body(self.official, self.matter, body, meeting)
        yield self._at(meeting, hour=19)
        responses.back_from_body(self.official, self.matter)
        politics.decide(self.official, self.matter, body)

    def _transferred(self) -> Story:
        yield self._after(4, 20)
        authority = self.text["transfer_to"] or "vayla"
        reason = self.text["answer"]["reasons"]
        responses.transfer(self.official, self.matter, authority, _cut(reason, 1900))

    def _answered(self) -> Story:
        due = clock.local_date(self.matter.next_due or clock.now())
        if self.fate.late:
            day = max(due, clock.today()) + timedelta(days=self.rng.randint(2, 45))
            if get_city().committee_of(self.matter.holder_unit or "") == politics.BODY:
                self.stage.enter(politics.ask(self.cast, self.matter_id, clock.end_of(due)))
        else:
            room = max((due - clock.today()).days, 4)
            day = clock.today() + timedelta(days=self.rng.randint(2, room - 1))
        yield self._at(workdays.next_workday(day))
        answers.publish_answer(self.official, self.matter, self._answer())

    def _answer(self) -> answers.AnswerDraft:
        answer = self.text["answer"]
        is_counted = self.text["theme"] not in effects.UNMEASURED_THEMES
        promised = [
            answers.PromiseDraft(what=p["what"], due=self._promised_day(p))
            for p in self.text["promises"]
        ]
        return answers.AnswerDraft(
            outcome=Outcome(answer["outcome"]),
            sentence=answer["sentence"],
            reasons=answer["reasons"],
            would_change=answer["would_change"],
            next_step=answer["next_step"],
            cost_cents=answer["cost_cents"],
            budget_line=answer["budget_line"],
            work=answer["work"],
            ends=answer["ends"],
            promises=promised,
            contract=effects.contract_of(self.matter_id) if is_counted else None,
            unmeasured=None if is_counted else effects.UNMEASURED,
        )

    def _promised_day(self, promise: Text) -> Any:
        day = clock.today() + timedelta(days=max(int(promise["days"]), 7))
        if promise["fate"] == "open":
            last = clock.local_date(self.stage.end)
            day = max(day, last + timedelta(days=self.rng.randint(4, 240)))
        return workdays.next_workday(day)

    def _carried_out(self) -> Story:
        if self.text["answer"]["outcome"] == "no_action":
            yield self._after(14, 40)
            answers.close_matter(self.official, self.matter, self.text["answer"]["next_step"])
            return
        stored = list_promises([self.matter_id])[self.matter_id]
        for promise, text in zip(stored, self.text["promises"], strict=True):
            self.stage.enter(self._promise_fate(promise.id, text))
        yield self._after(5, 30)
        outcomes.start_implementing(self.official, self.matter)
        if any(text["fate"] == "open" for text in self.text["promises"]):
            return
        last = max((promise.first_due for promise in stored), default=clock.today())
        yield self._at(last + timedelta(days=self.rng.randint(30, 60)))
        evidence = self.text["promises"][-1]["note"] if self.text["promises"] else _next(self.text)
        outcomes.report_implemented(self.official, self.matter, evidence)
        self.stage.enter(self._measured())
        yield from self._judged()

    def _promise_fate(self, promise_id: int, text: Text) -> Story:
        yield self._after(1, 2)
        due = get_promise(promise_id).due
        if text["fate"] == "kept":
            early = due - timedelta(days=self.rng.randint(0, 6))
            yield self._at(max(early, clock.today() + timedelta(days=1)))
            promises.keep_promise(self.official, get_promise(promise_id), text["note"])
        elif text["fate"] == "late":
            yield self._at(due)
            later = due + timedelta(days=self.rng.randint(10, 28))
            promise = get_promise(promise_id)
            promises.move_promise(self.official, promise, later, text["note"])
            yield self._at(later - timedelta(days=1))
            promises.keep_promise(self.official, get_promise(promise_id), text["note"])
        elif text["fate"] == "broken":
            yield self._at(due + timedelta(days=self.rng.randint(5, 20)))
            promises.break_promise(self.official, get_promise(promise_id), text["note"])

    def _judged(self) -> Story:
        """Those who were there say whether it helped; enough "no" opens the matter again."""
        happy = self.rng.random() < 0.85
        for voter in self.rng.sample(self.cast.residents, min(14, len(self.cast.residents))):
            yield self._after(0, 3)
            if self.matter.state != State.IMPLEMENTED:
                return
            if not can_judge(voter, self.matter):
                continue
            verdict = self.rng.choices(("yes", "partly", "no"), (8, 2, 1) if happy else (1, 2, 8))
            outcomes.give_verdict(voter, self.matter, verdict[0], "")
        if happy:
            yield self._after(150, 200)
            if self.matter.state == State.IMPLEMENTED:
                outcomes.evaluate(self.official, self.matter)

    def _measured(self) -> Story:
        """The unit counts users half a year and a year after it was done."""
        clocks = list_clocks([self.matter_id])[self.matter_id]
        for due in [one for one in clocks if one.kind == ClockKind.FOLLOW_UP]:
            yield due.due - timedelta(days=5, hours=12)
            if self.matter.state not in (State.IMPLEMENTED, State.EVALUATED):
                return
            users = 40 + self.matter_id * 7 % 400
            outcomes.measure(self.official, self.matter, int(due.ref), str(users), COUNTED)

    def _supported(self) -> Story:
        """Support comes fast at first and slows down; a few sign or follow as well."""
        people = self.rng.sample(self.cast.residents, self.fate.supporters)
        days = sorted(self.rng.expovariate(1 / 25) for _ in people)
        for person, day in zip(people, days, strict=True):
            yield max(clock.now(), self.fate.published + timedelta(days=day))
            matter = self.matter
            if not can_support(person, matter):
                continue
            if matter.kind == MatterKind.INITIATIVE and self.rng.random() < 0.5:
                supporting.sign_initiative(
                    person, matter, supporting.Signature(person.name, "Espoo")
                )
            else:
                supporting.support_proposal(person, matter.id)
            if self.rng.random() < 0.15:
                follows.follow(person, matter)

    def _discussed(self, text: Text, number: int) -> Story:
        official = text["by"] == "official"
        # Officials can speak for their unit only once the matter has one.
        first = 8 if official else 1
        yield self._later(first + 5 * number, 8 + 9 * number)
        if self.matter.state in (State.WITHDRAWN, State.MERGED) or (
            official and self.matter.holder_unit is None
        ):
            return
        parent = comments.add_comment(
            self.official if official else self.cast.resident(self.rng),
            self.matter,
            stance=Stance(text["stance"]),
            language=text["language"],
            text=text["text"],
        )
        parent_id = parent.id
        for reply in text.get("replies", []):
            yield self._after(1, 6)
            self._reply(parent_id, reply)
        if self.fate.hidden_comment and number == 0:
            changed = self.matter_id % 2 == 0
            self.stage.enter(disputes.tell(self.cast, parent_id, changed=changed))

    def _reply(self, parent_id: int, text: Text) -> None:
        official = text["by"] == "official"
        if official and self.matter.holder_unit is None:
            return
        comments.add_comment(
            self.official if official else self.cast.resident(self.rng),
            self.matter,
            stance=Stance(text["stance"]),
            language=text["language"],
            text=text["text"],
            parent=db.session.get_one(Comment, parent_id),
        )

    def _after(self, least: int, most: int) -> datetime:
        """A working hour some days from now."""
        day = clock.today() + timedelta(days=self.rng.randint(least, most))
        return self._at(workdays.next_workday(day))

    def _later(self, least: int, most: int) -> datetime:
        """Any waking hour some days from now."""
        day = clock.today() + timedelta(days=self.rng.randint(least, most))
        return self._at(day, hour=self.rng.randint(8, 21))

    def _at(self, day: Any, hour: int | None = None) -> datetime:
        local = time(
            hour or self.rng.randint(8, 15), self.rng.randrange(60), self.rng.randrange(60)
        )
        moment = datetime.combine(day, local, clock.ZONE)
        return max(moment, clock.now() + timedelta(minutes=self.rng.randint(1, 50)))


def tell_all(stage: Stage, cast: Cast, texts: list[Text], seed: int) -> None:
    """Put the stories of all texts on the stage."""
    for number, text in enumerate(texts):
        rng = random.Random(f"{seed}:{text['key']}")
        stage.enter(MatterStory(stage, cast, text, _fate(stage, cast, number, rng)).tell())


def _fate(stage: Stage, cast: Cast, number: int, rng: random.Random) -> Fate:
    age = rng.uniform(1, 110) if rng.random() < 0.3 else rng.uniform(1, 728)
    day = clock.local_date(stage.end - timedelta(days=age))
    local = time(rng.randint(7, 21), rng.randrange(60), rng.randrange(60))
    popular = min(int(rng.lognormvariate(2.6, 0.9)) + 1, 150, len(cast.residents) // 3)
    return Fate(
        rng=rng,
        author=cast.by_key["resident"] if number % 40 == 7 else cast.resident(rng),
        published=datetime.combine(day, local, clock.ZONE),
        late=rng.random() < 0.27,
        supporters=popular,
        goes_to_body=rng.random() < 0.18,
        withdrawn=number % 61 == 17,
        hidden_comment=number % 45 == 11,
        draws=number % 8 == 7,
    )


def _district(text: Text) -> str | None:
    if not text["district"]:
        return None
    wanted = text["district"]
    for district in get_city().districts.values():
        if district.names["fi"] == wanted and district.area == text["area"]:
            return district.key
    return None


def _near(degrees: float, rng: random.Random) -> float:
    return round(degrees + rng.uniform(-0.004, 0.004), 5)


def _next(text: Text) -> dict[str, str]:
    step: dict[str, str] = text["answer"]["next_step"]
    return step


def _cut(texts: dict[str, str], limit: int) -> dict[str, str]:
    return {code: text[:limit] for code, text in texts.items()}
