"""Acts at the same time, as several people do them."""

import threading
from typing import Any

from flask import Flask

from app.core.errors import DomainError
from app.extensions import db


def in_parallel(app: Flask, acts: list[Any]) -> list[str]:
    """Run acts at the same time, each with its own connection; what came of each."""
    results: list[str] = []
    gate = threading.Barrier(len(acts))

    def run(act: Any) -> None:
        with app.app_context():
            gate.wait()
            try:
                act()
            except DomainError as error:
                results.append(f"{type(error).__name__}:{error.code}")
            else:
                results.append("done")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(results)
