"""Forms that only our own pages can send: where a request comes from, and a token that another site cannot know."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from console.refusals import RefusalError

FIELD = "csrf"


def token(secret: bytes, bound_to: str) -> str:
    """The token of everybody who holds `bound_to`: a session's secret, or the log-in page's cookie."""
    return hmac.new(secret, b"console form " + bound_to.encode(), hashlib.sha256).hexdigest()


def check_origin(headers: Mapping[str, str]) -> None:
    """Refuses a request that a browser says comes from another site. Raises `RefusalError`.

    `Sec-Fetch-Site` cannot be forged by a page and survives proxies that change `Host`; browsers leave it out on plain
    HTTP, where `Origin` tells. Something that sends neither is no browser, and still needs the token.
    """
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    foreign = site not in ("same-origin", "none") if site else bool(origin) and _host(origin) != headers.get("host")
    if foreign:
        raise RefusalError("error.foreign_form", 403)


def check_token(expected: str, given: str) -> None:
    """Refuses a form without this visitor's token. Raises `RefusalError`."""
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise RefusalError("error.stale_form", 403)


def _host(origin: str | None) -> str:
    try:
        return urlsplit(origin or "").netloc
    except ValueError:
        return ""
