"""The application without its limits of how often an address may ask, or a load would meet them."""

from app.extensions import limiter
from wsgi import app

limiter.enabled = False

__all__ = ["app"]
