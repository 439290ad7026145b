"""`python -m bench`: the pages, then the count. See the package's docstring."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from bench.pages import Turns, measure_pages
from bench.tally import WrongWinners, measure_tally
from bench.titles import measure_titles


def main() -> None:
    """Measure what is asked for and print the tables; wrong winners end with exit status 1."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--only", choices=("pages", "tally"), help="measure nothing else")
    parser.add_argument("--seconds", type=int, default=2, help="pages: length of one turn")
    parser.add_argument("--connections", type=int, default=4, help="pages: how many at once")
    parser.add_argument("--pages", default="", help="pages: only these, with commas between")
    parser.add_argument("--sizes", default="1000,100000", help="pages: numbers of matters")
    parser.add_argument("--data", type=Path, help="keep the loaded databases and elections here")
    parser.add_argument(
        "--elections", type=Path, default=_elections(), help="tally: a folder of Pabulib files"
    )
    parser.add_argument("--titles", type=Path, help="only search and similarity, on a CSV file")
    options = parser.parse_args()
    if options.titles:
        measure_titles(options.titles)
        return
    with tempfile.TemporaryDirectory(prefix="kuuluu-bench-") as temporary:
        folder = options.data or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if options.only != "tally":
            sizes = [int(text) for text in options.sizes.split(",")]
            turns = Turns(options.seconds, options.connections)
            names = [name.strip() for name in options.pages.split(",") if name.strip()]
            measure_pages(folder, sizes, turns, names)
        if options.only != "pages":
            _tally(folder, options.elections)


def _tally(folder: Path, elections: Path | None) -> None:
    try:
        measure_tally(folder, elections)
    except WrongWinners as error:
        sys.exit(f"WRONG WINNERS: {error}")


def _elections() -> Path | None:
    shared = os.environ.get("KUULUU_SHARED")
    return Path(shared) / "data" / "elections" if shared else None


if __name__ == "__main__":
    main()
