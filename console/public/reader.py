"""A request to a public page, as the page sees it; and forms that only our own pages can send.

There is no log-in to protect and no cookie to bind a form to. What another site could do is make its visitors send our
forms; a browser says where a form comes from (`console/csrf.py`), and such a one is refused. A form also carries a
signed number that grows old: it makes one form, sent twice, one complaint.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from console.cookies import Jar
from console.forms import Form
from console.visitors import Network, Turnstile
from console.words import Words, words_in
from governance import notices, processing
from governance.complaint_rules import ComplaintRules
from governance.notices import Notices
from governance.processing import Record
from governance.retention import Retention
from moderation.policy import DEFAULT, Policy
from moderation.taxonomy import Taxonomy
from records.database import Database
from records.personal import Keyring

LANGUAGES = ("zh", "en")
WORDS = Path(__file__).resolve().parent / "words"
FORM_SECONDS = 12 * 3600
"""A page that lay open for longer is shown anew, with what was written."""

FORM_FIELD = "form"


@dataclass(frozen=True, slots=True)
class PublicParts:
    """What the pages are made of. Requests without a key are counted together with those of the API (`turnstile`).

    `record` is the processing record, `notices` what authors are told.
    """

    database: Database
    keyring: Keyring = field(repr=False)
    taxonomy: Taxonomy
    rules: ComplaintRules
    turnstile: Turnstile
    now: Callable[[], datetime]
    proxies: tuple[Network, ...] = ()
    record: Record = field(default_factory=processing.shipped)
    retention: Retention = field(default_factory=Retention)
    notices: Notices = field(default_factory=notices.shipped)
    policies: Callable[[], Mapping[str, Policy]] = dict
    """Those in force: what they say of misuse is told."""
    standing: str = DEFAULT
    """The policy of this house: under which laws it holds personal data is told by it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A request. `chosen` is the language of the address, where it names one: links then keep it."""

    parts: PublicParts
    base: str
    path: str
    path_values: Mapping[str, str]
    query: Mapping[str, str]
    form: Form
    address: str
    now: datetime
    locale: str
    chosen: str | None

    @property
    def words(self) -> Words:
        """In the reader's language."""
        return words_in(self.locale, WORDS)

    def url(self, path: str, **query: str) -> str:
        """An address of these pages, in the language that was chosen."""
        asked = {**query, **({"lang": self.chosen} if self.chosen else {})}
        return f"{self.base}{path}" + (f"?{urlencode(asked)}" if asked else "")

    def in_language(self, language: str) -> str:
        """This very page in another language."""
        kept = {name: value[:200] for name, value in self.query.items() if name in ("comment", "reference")}
        return f"{self.path}?{urlencode({**kept, 'lang': language})}"

    def new_form(self) -> str:
        """The signed number of a form that is about to be shown."""
        return _jar(self.parts.keyring).sealed(FORM_FIELD, secrets.token_urlsafe(12))

    def sent_form(self) -> str | None:
        """The number of the form that was sent; None where it is not ours or too old."""
        return _jar(self.parts.keyring).opened(FORM_FIELD, self.form.one(FORM_FIELD), FORM_SECONDS)


def language_of(query: Mapping[str, str], accept: str) -> tuple[str, str | None]:
    """The language of a page, and the one that the address names (None: none)."""
    named = query.get("lang")
    if named in LANGUAGES:
        return named, named
    return _wanted(accept), None


def _wanted(accept: str) -> str:
    """The language that the browser would rather have (RFC 9110, 12.5.4).

    Whoever names languages and neither of ours reads English, unless they refuse it; who names none reads Chinese.
    """
    wishes: dict[str, float] = {}
    for part in accept.split(","):
        name, _, parameters = part.strip().lower().partition(";")
        stated = parameters.strip().removeprefix("q=") or "1"
        language = name.partition("-")[0]
        if language.isalpha():
            wishes[language] = max(wishes.get(language, 0.0), _number(stated))
    best = max(LANGUAGES, key=lambda language: wishes.get(language, 0.0))
    if wishes.get(best) or not any(wishes.values()):
        return best
    return "zh" if "en" in wishes else "en"


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0


def _jar(keyring: Keyring) -> Jar:
    return Jar(keyring.index("public form", "secret").encode())
