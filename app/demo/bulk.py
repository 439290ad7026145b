"""The fast path: a hundred thousand generated matters with a million supports, in bounded memory.

Only the writing is short: each matter's journal entries are made first, and its card and clocks are
folded from them by the same rules as everywhere, so the replay holds. Entries take effect in the
past and are recorded now, which is what a bulk import is.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from app.answers.models import Answer, Work
from app.city import City, get_city
from app.city.queries import Named
from app.core import clock, topics
from app.core.command import command, scratch
from app.demo.people import Cast
from app.duties import schedule
from app.duties.models import DutyClock
from app.duties.rules import ClockKind, Clocks, is_overdue, run_out_by, soonest
from app.duties.rules import fold as fold_clocks
from app.extensions import Model, db
from app.journal import Entry, Kind, text_digest
from app.journal.catalogue import CURRENT
from app.journal.chain import canonical, moment
from app.proposals import counts
from app.proposals.card import Card
from app.proposals.card import fold as fold_card
from app.proposals.lifecycle import MatterKind, Outcome
from app.proposals.models import Matter, MatterText, Support
from app.search.models import SearchDocument
from app.search.services import add_titles
from app.search.tokens import index_tokens

CHUNK = 500
SUPPORTS_PER_MATTER = 10

WISHES = (
    "penkkejä kävelyreitin varrelle", "suojatie koulun eteen", "lisää valoja alikulkuun",
    "leikkipuiston keinut kuntoon", "roska-astioita puistoon", "pyörätelineitä aseman viereen",
    "hidaste päiväkodin kohdalle", "koirapuistolle aita", "uimarannalle pukukoppi",
    "kirjastolle pidemmät aukioloajat", "liikuntasalin vuorot nuorille", "luistelukentän huolto",
    "hiekoitusta jyrkkään mäkeen", "kukkaistutuksia torille", "katupuita tien reunaan",
    "varjoa hiekkalaatikon ylle", "ulkokuntosali lenkkipolulle", "meluaita tien varteen",
    "sadevesikaivo kuntoon", "kaide portaisiin", "pysäkille katos", "kartta ulkoilualueelle",
    "nuorille oleskelupaikka", "palstaviljelyä asukkaille", "linnunpönttöjä metsään",
)  # fmt: skip
REASONS = (
    "Paikka on talvella pimeä ja liukas, ja moni kiertää sen kauempaa.",
    "Täällä kulkee joka päivä paljon lapsia, ja he tarvitsevat turvallisen reitin.",
    "Asiasta on puhuttu taloyhtiössä monta vuotta, mutta mitään ei ole tapahtunut.",
    "Pieni parannus auttaisi ikääntyneitä, jotka eivät jaksa kävellä pitkää matkaa.",
    "Naapurialueella sama tehtiin viime kesänä, ja siitä on pidetty kovasti.",
    "Nykyinen tilanne on vaarallinen varsinkin aamulla, kun liikenne on vilkkainta.",
)
DETAILS = (
    "Kustannus olisi pieni, jos työ tehdään muun huollon yhteydessä.",
    "Voin näyttää paikan, jos siitä on apua.",
    "Toivon vastausta ennen kuin lumi sulaa.",
    "Moni naapuri on samaa mieltä ja valmis auttamaan talkoilla.",
    "Kuvista näkee, miten huonossa kunnossa paikka on.",
)
ANSWERS = {
    Outcome.ACTION: {
        "fi": "Teemme ehdotetun parannuksen osana alueen tavallista kunnossapitoa.",
        "sv": "Vi gör den föreslagna förbättringen som en del av områdets vanliga underhåll.",
    },
    Outcome.NO_ACTION: {
        "fi": "Emme tee muutosta nyt, koska paikka on tarkastettu ja se täyttää vaatimukset.",
        "sv": "Vi gör ingen ändring nu, eftersom platsen är granskad och uppfyller kraven.",
    },
}

NEXT = {
    "fi": "Työnjohtaja käy paikalla ja sopii aikataulun.",
    "sv": "Arbetsledaren besöker platsen och kommer överens om tidtabellen.",
}
CHANGE = {
    "fi": "Arvioimme asian uudelleen, jos paikalla sattuu vahinkoja.",
    "sv": "Vi bedömer saken på nytt om det sker skador på platsen.",
}
SMALL = {
    "fi": "Parannus on niin pieni, ettei sen vaikutusta voi erottaa muusta kunnossapidosta.",
    "sv": "Förbättringen är så liten att effekten inte kan skiljas från det övriga underhållet.",
}


@dataclass(frozen=True)
class _Made:
    """One generated matter: its row without the card, its text, its entries in order."""

    row: dict[str, Any]
    text: dict[str, Any]
    entries: list[Entry]
    answer: dict[str, Any] | None


def fill_up(total: int, cast: Cast, seed: int, progress: Callable[[float], None]) -> None:
    """Add generated matters until there are `total`; shows progress from 0 to 1."""
    present = db.session.scalars(select(func.count()).select_from(Matter)).one()
    first = (db.session.scalars(select(func.max(Matter.id))).one() or 0) + 1
    people = [actor.person_id for actor in cast.residents]
    db.session.rollback()
    rng = random.Random(f"bulk:{seed}")
    numbers = range(first, first + max(0, total - present))
    for start in range(0, len(numbers), CHUNK):
        _add_chunk(numbers[start : start + CHUNK], people, rng)
        progress((start + CHUNK) / max(len(numbers), 1))
    count_on(Matter)
    counts.rebuild_counts()


@command
def count_on(model: type[Model]) -> None:
    """Let new rows get the numbers after those that were written with theirs.

    SQLite does so itself; PostgreSQL goes on from the last number that it has given.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
        highest = select(func.max(model.__table__.c.id)).scalar_subquery()
        db.session.execute(select(func.setval(sequence, highest)))


@command
def _add_chunk(numbers: range, people: list[int | None], rng: random.Random) -> None:
    made = [_make(number, people, rng) for number in numbers]
    rows = [_folded(one) for one in made]
    clocks = [row for one in made for row in _clock_rows(one)]
    supports = [row for row in rows for row in _support_rows(row, people, rng)]
    db.session.execute(insert(Matter), rows)
    db.session.execute(insert(MatterText), [one.text for one in made])
    db.session.execute(insert(DutyClock), clocks)
    db.session.execute(insert(Support), supports)
    db.session.execute(insert(SearchDocument), [_search_row(one) for one in made])
    add_titles({one.row["id"]: index_tokens(one.row["title"], "fi") for one in made})
    answers = [one.answer for one in made if one.answer]
    if answers:
        db.session.execute(insert(Answer), answers)
    scratch().setdefault("journal", []).extend(entry for one in made for entry in one.entries)
    topics.touch("matters", "city")


def _make(number: int, people: list[int | None], rng: random.Random) -> _Made:
    city = get_city()
    service = _some_service(city, rng)
    district = rng.choice(list(city.districts.values()))
    wish = rng.choice(WISHES)
    title = f"{district.names['fi']}: {wish}"
    body = f"{rng.choice(REASONS)}\n\n{rng.choice(DETAILS)}"
    published = clock.now() - timedelta(days=rng.uniform(0.2, 728))
    kind = rng.choices(list(MatterKind), (3, 6, 1))[0]
    supporters = min(int(rng.expovariate(1 / SUPPORTS_PER_MATTER)), len(people) // 2)
    row = {
        "id": number, "kind": kind, "author_id": rng.choice(people), "language": "fi",
        "title": title, "summary": body.partition("\n\n")[0], "area": district.area,
        "district": district.key, "theme": service.theme, "service": service.key,
        "lat": round(district.lat + rng.uniform(-0.006, 0.006), 5),
        "lon": round(district.lon + rng.uniform(-0.006, 0.006), 5),
        "created_at": published, "supporters": supporters, "makers": 0, "comments": 0,
    }  # fmt: skip
    salt = f"{rng.getrandbits(128):032x}"
    text = {
        "matter_id": number, "language": "fi", "version": 1, "title": title, "body": body,
        "origin": "author", "salt": salt, "written_at": published,
    }  # fmt: skip
    answer = _answer(number, city.unit_for(service.key), rng)
    entries = list(_life(city, row, text, answer, rng))
    given = next((e for e in entries if e.kind == Kind.ANSWERED), None)
    return _Made(row, text, entries, {**answer, "published_at": given.at} if given else None)


def _some_service(city: City, rng: random.Random) -> Named:
    """A few services get most of what residents write."""
    services = list(city.services.values())
    return rng.choices(services, [(n + 1) ** -0.7 for n in range(len(services))])[0]


def _answer(number: int, unit: str, rng: random.Random) -> dict[str, Any]:
    outcome = rng.choice((Outcome.ACTION, Outcome.ACTION, Outcome.NO_ACTION))
    texts = {code: {"sentence": words, "reasons": words, "next_step": NEXT[code]}
             for code, words in ANSWERS[outcome].items()}  # fmt: skip
    if outcome == Outcome.NO_ACTION:
        texts = {code: {**parts, "would_change": CHANGE[code]} for code, parts in texts.items()}
    else:
        texts = {code: {**parts, "unmeasured": SMALL[code]} for code, parts in texts.items()}
    salt = f"{rng.getrandbits(128):032x}"
    return {
        "matter_id": number, "version": 1, "outcome": outcome, "texts": texts, "work": Work.CORE,
        "cost_cents": None, "unit": unit, "correction": None, "salt": salt, "origins": {},
        "digest": text_digest(canonical(texts), salt),
    }  # fmt: skip


def _life(
    city: City, row: dict[str, Any], text: dict[str, Any], answer: dict[str, Any],
    rng: random.Random,
) -> Iterator[Entry]:  # fmt: skip
    """The entries of one matter in the order of time, up to now."""
    number, salt = row["id"], text["salt"]
    published, now = row["created_at"], clock.now()

    def entry(
        kind: Kind, at: datetime, role: str, for_unit: str | None = None, **facts: Any
    ) -> Entry:
        spoken = {k: moment(v) if isinstance(v, datetime) else v for k, v in facts.items()}
        return Entry(kind, CURRENT[kind], "matter", number, at, role, for_unit, None, spoken)

    dues = schedule.handling_due(city.settings["clocks"], row["kind"], published)
    started = [{"kind": k.value, "ref": "", "due": moment(due)} for k, due in dues.items()]
    opening = (
        entry(
            Kind.PUBLISHED, published, "author", matter_kind=row["kind"].value, language="fi",
            area=row["area"], theme=row["theme"], service=row["service"],
            title=text_digest(text["title"], salt), text=text_digest(text["body"], salt),
        ),
        entry(Kind.CLOCKS_STARTED, published, "system", clocks=started),
    )  # fmt: skip
    acts = _acts(city, row, answer, dues[ClockKind.ANSWER], rng)
    clocks: Clocks = {}
    for made in opening:
        clocks = fold_clocks(clocks, made)
        yield made
    for at, kind, role, for_unit, facts in acts:
        for late in run_out_by(clocks, min(at, now)):
            ran_out = entry(
                Kind.OVERDUE, late.due, "system",
                clock=late.kind.value, ref="", first_due=late.first_due,
            )  # fmt: skip
            clocks = fold_clocks(clocks, ran_out)
            yield ran_out
        if at >= now:
            return
        act = entry(kind, at, role, for_unit, **facts)
        clocks = fold_clocks(clocks, act)
        yield act


Act = tuple[datetime, Kind, str, str | None, dict[str, Any]]


def _acts(
    city: City, row: dict[str, Any], answer: dict[str, Any], due: datetime, rng: random.Random
) -> list[Act]:
    """What people do with one matter, in the order of time: some of it is still to come.

    A fifth goes to a wrong unit first, a few twice; an eighth asks the author; a quarter is late,
    and some units are slower than others.
    """
    published, unit = row["created_at"], answer["unit"]
    span = (due - published) * _pace(unit, rng)
    holders = [*_wrong_units(city, unit, rng), unit]
    at = published + timedelta(hours=rng.uniform(4, 60))
    number = f"{row['id']}/{city.settings['default_function']}/{published.year}-d"
    facts = {"case_number": number, "unit": holders[0]}
    acts: list[Act] = [(at, Kind.REGISTERED, "registry", None, facts)]
    at += timedelta(hours=rng.uniform(5, 30))
    acts.append((at, Kind.PREPARING, "official", holders[0], {"unit": holders[0]}))
    for before, after in itertools.pairwise(holders):
        at += timedelta(days=min(rng.lognormvariate(2, 0.8), 60))
        facts = {"from_unit": before, "to_unit": after, "reason": _digest(rng)}
        acts.append((at, Kind.HANDED_OVER, "official", before, facts))
    if rng.random() < 0.12:
        at += timedelta(days=rng.uniform(1, 8))
        acts.append((at, Kind.ASKED, "official", unit, {"text": _digest(rng)}))
        at += timedelta(days=rng.expovariate(1 / 6) + 0.1)
        acts.append((at, Kind.REPLIED, "author", None, {"text": _digest(rng)}))
    at = max(published + span, at + timedelta(days=1))
    facts = {
        "version": 1, "outcome": answer["outcome"].value, "unit": unit, "work": "core",
        "cost_cents": None, "languages": ["fi", "sv"], "text": answer["digest"],
        "contract": None, "decision": None,
    }  # fmt: skip
    acts.append((at, Kind.ANSWERED, "official", unit, facts))
    at += timedelta(days=rng.uniform(10, 60))
    if answer["outcome"] == Outcome.NO_ACTION:
        acts.append((at, Kind.CLOSED, "official", unit, {"reason": _digest(rng)}))
        return acts
    acts.append((at, Kind.IMPLEMENTING, "official", unit, {"unit": unit}))
    at += timedelta(days=rng.uniform(20, 300))
    acts.append((at, Kind.IMPLEMENTED, "official", unit, {"evidence": _digest(rng)}))
    return acts


def _pace(unit: str, rng: random.Random) -> float:
    """How much of the time that the deadline gives is used; a few matters are left lying."""
    own = 0.7 + sum(unit.encode()) % 7 / 10
    draw = rng.random()
    if draw < 0.03:
        return own * rng.uniform(3, 9)
    return own * (rng.uniform(1.05, 1.9) if draw < 0.25 else rng.uniform(0.25, 0.9))


def _wrong_units(city: City, unit: str, rng: random.Random) -> list[str]:
    """The units to which a matter came before the right one: mostly none."""
    number = rng.choices((0, 1, 2), (80, 17, 3))[0]
    others = sorted({service.unit for service in city.services.values()} - {unit})
    return rng.sample(others, min(number, len(others)))


def _digest(rng: random.Random) -> str:
    """A digest of words that nobody has kept."""
    return f"{rng.getrandbits(256):064x}"


def _folded(made: _Made) -> dict[str, Any]:
    card, clocks = Card(), _clocks(made)
    for entry in made.entries:
        card = fold_card(card, entry)
    next_clock = soonest(clocks)
    return {
        **made.row,
        **asdict(card),
        "next_due": next_clock.due if next_clock else None,
        "next_due_kind": next_clock.kind.value if next_clock else None,
        "overdue": is_overdue(clocks),
    }


def _clocks(made: _Made) -> Clocks:
    clocks: Clocks = {}
    for entry in made.entries:
        clocks = fold_clocks(clocks, entry)
    return clocks


def _clock_rows(made: _Made) -> list[dict[str, Any]]:
    return [{"matter_id": made.row["id"], **asdict(one)} for one in _clocks(made).values()]


def _support_rows(
    row: dict[str, Any], people: list[int | None], rng: random.Random
) -> list[dict[str, Any]]:
    chosen = rng.sample(people, row["supporters"])
    return [
        {"matter_id": row["id"], "person_id": person, "at": row["created_at"], "is_maker": False}
        for person in chosen
    ]


def _search_row(made: _Made) -> dict[str, Any]:
    tokens = index_tokens(f"{made.text['title']}\n{made.text['body']}", "fi")
    return {"matter_id": made.row["id"], "text": " ".join(tokens)}
