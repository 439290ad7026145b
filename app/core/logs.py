"""Structured logs without personal data: what happened, where, how long; never who or what text."""

import logging
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Write JSON lines to standard error, and one line for each slow or failed request."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    app.before_request(_start)
    app.after_request(_finish)


def place_of(error: Exception) -> str:
    """File and line where an error arose, never its message: that can hold what people wrote."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(where.filename).name}:{where.lineno}"


def _start() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    took = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
    if response.status_code >= 500 or took > 1000:
        facts: dict[str, Any] = {"status": response.status_code, "ms": round(took)}
        log.warning("request.slow_or_failed", endpoint=request.endpoint, **facts)
    return response
