"""Settings of gunicorn: threads, since the work waits for the database more than it computes."""

import gc
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
# The collector of cyclic garbage would look at every object of the loaded application again and
# again, and hold up all requests of a worker for 100 to 200 ms each time.
NEW_OBJECTS = 20_000  # made before it looks at the young ones; 700 by default


def pre_fork(_server: object, _worker: object) -> None:
    """What has been loaded is never garbage, and stays shared between the workers."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)


def post_fork(_server: object, _worker: object) -> None:
    """Connections of the parent are not the worker's."""
    from app.extensions import db
    from wsgi import app

    with app.app_context():
        db.engine.dispose(close=False)
