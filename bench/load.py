"""Puts load on one address: wrk where it is installed, else a small loader of our own."""

import http.client
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}
# Asks for one path after the other; each thread of wrk has its own counter.
IN_TURN = """
local paths = {%s}
local asked = 0
function request()
  asked = asked + 1
  return wrk.format("GET", paths[(asked - 1) %% #paths + 1])
end
"""


@dataclass(frozen=True)
class Measured:
    """Requests a second, median and 99th percentile in milliseconds, answers that were not 200."""

    per_second: float
    p50: float
    p99: float
    errors: int


def put_load(
    base: str, paths: Sequence[str], seconds: float, connections: int, cookie: str = ""
) -> Measured:
    """Load some paths of a server in turn for some seconds over keep-alive connections."""
    if shutil.which("wrk"):
        return _with_wrk(base, paths, seconds, connections, cookie)
    return _with_threads(base, paths, seconds, connections, cookie)


def _with_wrk(
    base: str, paths: Sequence[str], seconds: float, connections: int, cookie: str
) -> Measured:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency"]
    command += ["--timeout", "10s", "-H", "Accept-Encoding: gzip"]
    if cookie:
        command += ["-H", f"Cookie: {cookie}"]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "paths.lua"
        script.write_text(IN_TURN % ", ".join(f'"{path}"' for path in paths))
        command += ["-s", str(script), base]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    errors = sum(int(n) for n in re.findall(r"Non-2xx or 3xx responses: (\d+)", out))
    return Measured(
        float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),  # type: ignore[index]
        _milliseconds(out, "50%"),
        _milliseconds(out, "99%"),
        errors,
    )


def _milliseconds(out: str, mark: str) -> float:
    number, unit = re.search(rf"{mark}\s+([\d.]+)(us|ms|s|m)", out).groups()  # type: ignore[union-attr]
    return float(number) * UNITS[unit]


def _with_threads(
    base: str, paths: Sequence[str], seconds: float, connections: int, cookie: str
) -> Measured:
    parts, in_turn = urlsplit(base), cycle(paths)
    headers = {"Accept-Encoding": "gzip"} | ({"Cookie": cookie} if cookie else {})
    times: list[float] = []
    errors = 0
    end = time.perf_counter() + seconds

    def work() -> None:
        nonlocal errors
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        while (started := time.perf_counter()) < end:
            connection.request("GET", next(in_turn), headers=headers)
            answer = connection.getresponse()
            answer.read()
            times.append((time.perf_counter() - started) * 1000)
            errors += answer.status != 200

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [times[0]] * 99
    return Measured(len(times) / seconds, cuts[49], cuts[98], errors)
