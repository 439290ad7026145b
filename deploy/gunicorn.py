"""Settings of gunicorn: threads, since the work waits for the database more than it computes."""

import multiprocessing

workers = max(2, min(8, multiprocessing.cpu_count()))
worker_class = "gthread"
threads = 4
preload_app = True
keepalive = 30
timeout = 60
graceful_timeout = 20
accesslog = None
control_socket_disable = True


def post_fork(_server: object, _worker: object) -> None:
    """Connections of the parent are not the worker's."""
    from app.extensions import db
    from wsgi import app

    with app.app_context():
        db.engine.dispose(close=False)
