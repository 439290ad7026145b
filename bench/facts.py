"""Prints addresses, queries and bytes of each measured page as JSON, in a process of its own."""

import json
import random
import sys
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent.parent))

from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from app.comments.models import Comment
from app.core import paging
from app.extensions import db
from app.journal import Kind
from app.journal.models import JournalEntry
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from bench.unlimited import app

UNIT = "street_engineering"
OFFICIAL = "official"
# What somebody could write who does not know of the matter that `long_way` made long ago.
NEAR_COPY = "Suojatielle hidastetöyssyjä Kuitinmäen koululle"
SEVERAL = 200  # addresses of a page that is asked for differently each time


def addresses() -> dict[str, list[str]]:
    """The addresses of each page by its name; most have one."""
    titles = _some_titles()
    words = [word for title in titles for word in title.split() if len(word) > 3]
    several = {
        "near copy": [_asking("/fi/matters/similar", title=NEAR_COPY)],
        "similar": [_asking("/fi/matters/similar", title=title) for title in titles],
        "two words": [
            _asking("/fi/matters", q=" ".join(random.Random(n).sample(words, 2)))
            for n in range(len(titles))
        ],
    }
    return {name: [path] for name, path in (_single() | _discussions()).items()} | several


def _discussions() -> dict[str, str]:
    """Pages of the longest discussion, its longest thread, and the page after the first."""
    query = Matter.visible().with_only_columns(Matter.id).order_by(Matter.comments.desc())
    here = f"/fi/matters/{db.session.scalars(query.limit(1)).one()}"
    of_it = select(Comment.id).where(Comment.matter_id == int(here.rsplit("/", 1)[1]))
    thread = db.session.scalars(of_it.order_by(Comment.replies.desc()).limit(1)).first()
    middle = db.session.scalars(of_it.where(Comment.level == 1).order_by(Comment.id)).all()
    begin = paging.encode("n", (middle[len(middle) // 2],))
    return {
        "talked of": here,
        "talk": f"{here}/comments",
        "talk later": f"{here}/comments?cursor={begin}",
        "talk useful": f"{here}/comments?sort=useful",
        "talk most": f"{here}/comments?sort=debated",
        "talk city": f"{here}/comments?sort=official",
        "thread": f"{here}/comments/{thread}/thread",
    }


def _some_titles() -> list[str]:
    """Titles as they may be typed anew: of matters of every age, with a word left out."""
    newest = db.session.scalars(select(func.max(Matter.id))).one()
    numbers = [1 + place * newest // SEVERAL for place in range(SEVERAL)]
    found = db.session.scalars(select(Matter.title).where(Matter.id.in_(numbers)))
    return [" ".join(title.split()[:-1] or [title]) for title in found]


def _asking(path: str, **given: str) -> str:
    return f"{path}?{urlencode(given)}"


def _single() -> dict[str, str]:
    query = Matter.visible().where(Matter.state == State.IMPLEMENTING)
    matter = db.session.scalars(query.order_by(Matter.comments.desc()).limit(1)).first()
    if matter is None:
        matter = db.session.scalars(select(Matter).limit(1)).one()
    longest = longest_way() or matter.id
    return {
        "home": "/fi/",
        "list": "/fi/matters",
        "narrowed": f"/fi/matters?kind=proposal&area=suur-tapiola&unit={UNIT}",
        "rare": "/fi/matters?body=tela&late=1",
        "one word": "/fi/matters?q=suojatie",
        "all words": "/fi/matters?q=ja",
        "support": "/fi/matters?sort=supported",
        "soonest": "/fi/matters?sort=soonest",
        "waiting": "/fi/matters?sort=waiting",
        "map": "/fi/matters/points.geojson",
        "map part": "/fi/matters/points.geojson?kind=proposal&box=24.7,60.15,24.8,60.2",
        "matter": f"/fi/matters/{matter.id}",
        "journey": f"/fi/matters/{matter.id}/journey",
        "long way": f"/fi/matters/{longest}/journey",
        "entry": "/fi/log/1",
        "overview": "/fi/overview",
        "handovers": "/fi/overview/hand-overs",
        "all times": "/fi/overview/hand-overs?period=all",
        "untouched": "/fi/overview/untouched",
        "unit": f"/fi/units/{UNIT}",
        "late here": f"/fi/units/{UNIT}?late=1",
        "queue": "/fi/queue",
    }


def longest_way() -> int | None:
    """The matter that was handed over most."""
    entries = select(JournalEntry.subject_id).where(JournalEntry.kind == Kind.HANDED_OVER.value)
    busiest = entries.group_by(JournalEntry.subject_id).order_by(func.count().desc()).limit(1)
    return db.session.scalars(busiest).first()


def main() -> None:
    """Open each page twice, so that what lives in memory is there, and count the second time."""
    with app.app_context():
        pages, old = addresses(), longest_way()
        engine = db.engine
        db.session.remove()
    count = 0

    def counted(*_rest: object) -> None:
        nonlocal count
        count += 1

    event.listen(engine, "before_cursor_execute", counted)
    found = {}
    visitor, official = app.test_client(), app.test_client()
    step_in(official)
    for name, paths in pages.items():
        client = official if name == "queue" else visitor
        client.get(paths[0])
        count = 0
        answer = client.get(paths[0])
        assert answer.status_code == 200, (paths[0], answer.status_code)
        if name == "near copy" and f'/fi/matters/{old}"' not in answer.text:
            raise SystemExit("the old matter was not found by a title like its own")
        found[name] = {"paths": paths, "queries": count, "bytes": len(answer.data)}
    print(json.dumps(found))


def step_in(client: FlaskClient) -> None:
    """Sign a client in as the demonstration's official."""
    answer = client.post("/fi/demo/step-in", data={"role": OFFICIAL})
    assert answer.status_code == 303, answer.status_code


main()
