"""Prints address, query count and bytes of each measured page as JSON, in a process of its own."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from app.extensions import db
from app.journal import Kind
from app.journal.models import JournalEntry
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from wsgi import app

UNIT = "street_engineering"
OFFICIAL = "official"


def addresses() -> dict[str, str]:
    """The address of each page by its name."""
    query = Matter.visible().where(Matter.state == State.IMPLEMENTING)
    matter = db.session.scalars(query.order_by(Matter.comments.desc()).limit(1)).first()
    if matter is None:
        matter = db.session.scalars(select(Matter).limit(1)).one()
    entries = select(JournalEntry.subject_id).where(JournalEntry.kind == Kind.HANDED_OVER.value)
    busiest = entries.group_by(JournalEntry.subject_id).order_by(func.count().desc()).limit(1)
    longest = db.session.scalars(busiest).first() or matter.id
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


def main() -> None:
    """Open each page twice, so that what lives in memory is there, and count the second time."""
    with app.app_context():
        pages = addresses()
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
    for name, path in pages.items():
        client = official if name == "queue" else visitor
        client.get(path)
        count = 0
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        found[name] = {"path": path, "queries": count, "bytes": len(answer.data)}
    print(json.dumps(found))


def step_in(client: FlaskClient) -> None:
    """Sign a client in as the demonstration's official."""
    answer = client.post("/fi/demo/step-in", data={"role": OFFICIAL})
    assert answer.status_code == 303, answer.status_code


main()
