"""JSON lines for machines to read. No line ever holds a comment's text: callers pass ids, counts and names."""

from __future__ import annotations

import logging
import sys
from typing import Any

import orjson
import structlog

log: structlog.BoundLogger = structlog.get_logger("chaffinch")


def configure(level: int = logging.INFO) -> None:
    """JSON lines on standard error, ours and the libraries'. The command line calls it; importing does not."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    server = logging.getLogger("uvicorn.error")
    server.setLevel(level)
    server.addFilter(_says_no_address)


def _says_no_address(record: logging.LogRecord) -> bool:
    """Uvicorn tells of each WebSocket with its client's address and whole query; `edge.py` has a line of its own."""
    return not str(record.msg).startswith('%s - "WebSocket')


def _line(event: dict[str, Any], **_: object) -> bytes:
    return orjson.dumps(event, default=str)


class _Lines(logging.Formatter):
    """A library's record as one of our lines, with where it was raised and never what was raised: it may quote."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
        }
        if record.exc_info and record.exc_info[0]:
            line |= {"event": record.name, "error": record.exc_info[0].__name__, "where": frames(record.exc_info[1])}
        return orjson.dumps(line, default=str).decode()


MOST_FRAMES = 12


def frames(error: BaseException | None) -> list[str]:
    """Where an exception passed, innermost last: file, line and function, without its message or any value."""
    trace = error.__traceback__ if error else None
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    return places[-MOST_FRAMES:]
