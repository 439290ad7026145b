"""`python -m app.tally`: the commands of `flask tally` without loading the application."""

from app.tally.cli import tally

if __name__ == "__main__":
    tally(prog_name="python -m app.tally")
