"""The bare Flask that everything is compared with."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """As little as a page can be."""
    return "hello"
