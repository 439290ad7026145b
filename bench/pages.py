"""Measures pages: load, serve, ask, print. See the package's docstring."""

import http.cookiejar
import json
import os
import statistics
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import Measured, put_load
from bench.servers import BARE, flask, served

PORT = 8790
TURNS = 5
COMMENTS_A_MATTER = 10
OFTEN = ("home", "list", "matter", "journey", "queue")


@dataclass(frozen=True)
class Page:
    """A page under test: what to call it, where it is, and how it is asked for.

    Several paths are asked for in turn, so that nothing is answered from what the last one left.
    """

    name: str
    paths: list[str]
    way: str  # cold, warm, signed in, or official: signed in as one


@dataclass(frozen=True)
class Turns:
    """How a page is loaded: seconds of a turn, and connections at once."""

    seconds: float
    connections: int


def measure_pages(folder: Path, sizes: Sequence[int], turns: Turns, names: Sequence[str]) -> None:
    """Measure every page, or those named, with so many matters and print a table a size.

    Databases are loaded in `folder`, unless they are there. With KUULUU_DATABASE_URL in the
    environment the rows are in that database, which holds one size.
    """
    p50: dict[tuple[str, str, int], float] = {}
    for size in sizes:
        instance = folder / str(size)
        _load(instance, size)
        print(f"\n{size} matters; {turns.connections} connections; median of {TURNS} turns")
        for page, app, bare, facts in _measure(instance, turns, names):
            _print(page, app, bare, facts)
            p50[page.name, page.way, size] = app.p50
    _print_growth(p50)


def _load(instance: Path, size: int) -> None:
    if (instance / "loaded").exists():
        return
    flask(instance, "db", "upgrade")
    flask(instance, "demo", "load", "--matters", str(size))
    _run(instance, "long_way.py")
    _run(instance, "discussions.py", str(COMMENTS_A_MATTER * size))
    (instance / "loaded").touch()


def _measure(
    instance: Path, turns: Turns, names: Sequence[str]
) -> Iterator[tuple[Page, Measured, Measured, dict[str, Any]]]:
    environment = {"KUULUU_INSTANCE": str(instance)}
    off = {**environment, "KUULUU_PAGE_CACHE_MB": "0"}
    with (
        served(BARE, PORT, {}) as bare_url,
        served("bench.unlimited:app", PORT + 1, environment) as warm_url,
        served("bench.unlimited:app", PORT + 2, off) as cold_url,
    ):
        facts = _facts(instance)
        cookies = {"signed in": _signed_in(warm_url, "resident")}
        cookies["official"] = _signed_in(warm_url, "official")
        for page in _pages(facts):
            if names and page.name not in names:
                continue
            base = cold_url if page.way == "cold" else warm_url
            used = cookies.get(page.way, "")
            put_load(base, page.paths, 1, turns.connections, used)
            apps, bares = [], []
            for _ in range(TURNS):
                bares.append(put_load(bare_url, ["/"], turns.seconds, turns.connections))
                apps.append(put_load(base, page.paths, turns.seconds, turns.connections, used))
            yield page, _median(apps), _median(bares), facts[page.name]


def _pages(facts: dict[str, dict[str, Any]]) -> list[Page]:
    """Every page cold, the ones that most people open in all ways, the queue for who has one."""
    return [
        Page(name, fact["paths"], way)
        for way in ("cold", "warm", "signed in", "official")
        for name, fact in facts.items()
        if (way == "official") == (name == "queue") and (way == "cold" or name in OFTEN)
    ]


def _facts(instance: Path) -> dict[str, dict[str, Any]]:
    """Addresses, query count and bytes of each page, read in the application without a cache."""
    found: dict[str, dict[str, Any]] = json.loads(_run(instance, "facts.py").splitlines()[-1])
    return found


def _run(instance: Path, name: str, *arguments: str) -> str:
    """What a script of this package prints, in a process of its own."""
    script = Path(__file__).parent / name
    environment = {"KUULUU_INSTANCE": str(instance), "KUULUU_PAGE_CACHE_MB": "0"}
    return subprocess.run(
        [sys.executable, script, *arguments],
        cwd=script.parent.parent,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def _signed_in(url: str, role: str) -> str:
    """A session of one of the demonstration's roles, as a cookie header."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    data = urllib.parse.urlencode({"role": role}).encode()
    opener.open(f"{url}/fi/demo/step-in", data).close()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def _median(turns: list[Measured]) -> Measured:
    return Measured(
        statistics.median(t.per_second for t in turns),
        statistics.median(t.p50 for t in turns),
        statistics.median(t.p99 for t in turns),
        sum(t.errors for t in turns),
    )


def _print(page: Page, app: Measured, bare: Measured, facts: dict[str, Any]) -> None:
    ratio = app.per_second / bare.per_second
    print(
        f"  {page.name:11} {page.way:9} {app.per_second:8.0f}/s  p50 {app.p50:7.2f} ms  "
        f"p99 {app.p99:7.2f} ms  {facts['queries']:2} queries  {facts['bytes']:6} bytes  "
        f"{ratio:5.2f} of bare ({bare.per_second:.0f}/s)"
        + (f"  {app.errors} ERRORS" if app.errors else ""),
        flush=True,
    )


def _print_growth(p50: dict[tuple[str, str, int], float]) -> None:
    sizes = sorted({size for _, _, size in p50})
    if len(sizes) < 2:
        return
    print(f"\ntime at {sizes[-1]} matters, as a multiple of the time at {sizes[0]}")
    for name, way in dict.fromkeys((name, way) for name, way, _ in p50):
        growth = p50[name, way, sizes[-1]] / p50[name, way, sizes[0]]
        print(f"  {name:11} {way:9} {growth:5.2f}")
