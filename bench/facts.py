"""Prints query count and bytes of the measured pages as JSON, in an application of its own."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import event, select

from app.extensions import db
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from wsgi import app


def main() -> None:
    """Open each page twice, so that what lives in memory is there, and count the second time."""
    with app.app_context():
        query = Matter.visible().where(Matter.state == State.IMPLEMENTING)
        matter = db.session.scalars(query.order_by(Matter.comments.desc()).limit(1)).first()
        if matter is None:
            matter = db.session.scalars(select(Matter).limit(1)).one()
        paths = [
            "/fi/",
            "/fi/matters",
            f"/fi/matters/{matter.id}",
            f"/fi/matters/{matter.id}/journey",
        ]
        engine = db.engine
        db.session.remove()
    count = 0

    def counted(*_rest: object) -> None:
        nonlocal count
        count += 1

    event.listen(engine, "before_cursor_execute", counted)
    found = {}
    client = app.test_client()
    for path in paths:
        client.get(path)
        count = 0
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        found[path] = {"queries": count, "bytes": len(answer.data)}
    print(json.dumps(found))


main()
