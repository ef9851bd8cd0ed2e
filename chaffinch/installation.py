"""This installation, as checks of duties look at it: its settings, records, policies and pages.

What a check has to try out (a comment erased, a complaint made) it rehearses: in a unit of work over these very tables,
triggers and keys that is never committed. Nobody else sees it, and nothing of it stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from chaffinch.duty_words import see
from chaffinch.settings import CHECKOUT, Settings
from chaffinch.wiring import key_folder, taxonomy_of
from governance.complaint_rules import ComplaintRules, load_complaint_rules
from governance.duties import Found, LeastAudit
from governance.notices import load_notices
from governance.processing import load_record
from governance.retention import load_retention
from moderation.policy import Policy, load_policies
from moderation.taxonomy import Taxonomy, Words
from records.database import Database
from records.ledger_keys import open_signer
from records.notes import Signer
from records.personal import Keyring, open_keyring

if TYPE_CHECKING:
    from records.unit_of_work import Reading, Unit

RECORDS, REHEARSAL, PROOF = "records", "rehearsal", "proof"
"""What a check may rest on: this house's records, a rehearsal that says what the code can, a long proof of the code."""

PROOFS = CHECKOUT / "var" / "proof"
"""Where `make proof` writes what it found: a proof is about this checkout, whatever home it serves."""


@dataclass(frozen=True)
class Installation:
    """What checks look at. `policy` is the name of the profile's."""

    settings: Settings
    database: Database
    policy_name: str
    now: datetime
    proofs: Path = PROOFS
    least: LeastAudit = field(default_factory=LeastAudit)
    """What the profile asks of the neutrality audit."""
    proof_days: int = 90
    """For how long a proof is believed."""
    did: set[str] = field(default_factory=set, compare=False)
    """What the check that runs did: `RECORDS`, `REHEARSAL`, `PROOF`."""

    def held(self, key: str | Words, /, **figures: object) -> Found:
        """It holds, as of now; the sentence by its key (`chaffinch/duty_words.py`)."""
        return see(True, self.now, key, **figures)

    def off(self, key: str | Words, /, **figures: object) -> Found:
        """It does not; the sentence ends with what switches it on."""
        return see(False, self.now, key, **figures)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The labels."""
        return taxonomy_of(self.settings)

    @cached_property
    def policies(self) -> dict[str, Policy]:
        """Every policy."""
        return load_policies(self.taxonomy, self.settings.configs / "policies", standing=self.settings.policy)

    @property
    def policy(self) -> Policy | None:
        """The profile's own; None where it was taken away."""
        return self.policies.get(self.policy_name)

    @cached_property
    def keyring(self) -> Keyring:
        """Keys of pseudonyms. Raises `ConfigError` where they are lost."""
        return open_keyring(self.database, key_folder(self.settings), now=self.now)

    @cached_property
    def signer(self) -> Signer:
        """The ledger's key, made where nothing was ever written. Raises `ConfigError` where it is lost."""
        return open_signer(self.database, key_folder(self.settings), now=self.now)

    @cached_property
    def complaint_rules(self) -> ComplaintRules:
        """What the public may ask for."""
        return load_complaint_rules(self.settings.configs)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """A look at the records."""
        self.did.add(RECORDS)
        with self.database.reading() as look:
            yield look

    @contextmanager
    def rehearsing(self) -> Iterator[Unit]:
        """A unit of work that is taken back whatever happens."""
        self.did.add(REHEARSAL)
        _ = self.keyring, self.signer  # each in a unit of its own: what a rehearsal makes is taken back, and files stay
        with self.database.unit() as unit:
            yield unit

    def page(self, path: str, language: str) -> str:
        """A public page of this installation, as a browser gets it. Raises `LookupError` for any status but 200."""
        import httpx

        from console.public.reader import PublicParts
        from console.public.routes import application
        from console.visitors import Turnstile

        rules = self.complaint_rules
        parts = PublicParts(
            self.database, self.keyring, self.taxonomy, rules, Turnstile(rules.limits), lambda: self.now,
            record=load_record(self.settings.configs), retention=load_retention(self.settings.configs),
            notices=load_notices(self.settings.configs, self.taxonomy), policies=lambda: self.policies,
            standing=self.settings.policy,
        )  # fmt: skip

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=application(parts))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:
                return await browser.get(path, params={"lang": language})

        answer = asyncio.run(ask())
        if answer.status_code != httpx.codes.OK:
            raise LookupError(f"{path} answers {answer.status_code}")
        return answer.text


@contextmanager
def opened(
    settings: Settings,
    policy: str,
    *,
    now: datetime,
    proofs: Path = PROOFS,
    least: LeastAudit | None = None,
    proof_days: int = 90,
) -> Iterator[Installation]:
    """The installation with its database, brought up to date. Raises `ConfigError`, `PartUnavailableError`."""
    from chaffinch.wiring import open_database

    with closing(open_database(settings)) as database:
        yield Installation(settings, database, policy, now, proofs, least or LeastAudit(), proof_days)
