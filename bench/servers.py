"""Starts gunicorn for the application or for the bare Flask, and waits until it answers."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
BARE = "bench.hello:app"


@contextmanager
def served(module: str, port: int, environment: dict[str, str]) -> Iterator[str]:
    """Serve a WSGI module under gunicorn; yields the address.

    The application runs with the project's own settings, the bare Flask as far as they are general.
    """
    config = [] if module == BARE else ["--config", "deploy/gunicorn.py"]
    gunicorn = str(BIN / "gunicorn")
    command = [gunicorn, "--bind", f"127.0.0.1:{port}", *_settings(), *config, module]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url)
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _settings() -> list[str]:
    return [
        "--workers",
        "2",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--keep-alive",
        "30",
        "--log-level",
        "error",
    ]


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def flask(instance: Path, *arguments: str) -> None:
    """Run a flask command on an instance of its own."""
    environment = {**os.environ, "KUULUU_INSTANCE": str(instance)}
    subprocess.run(
        [BIN / "flask", "--app", "wsgi", *arguments], cwd=ROOT, env=environment, check=True
    )
