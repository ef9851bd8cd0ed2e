"""What the console is made of; the composition root (`chaffinch/wiring.py`, or a test) puts it together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.duty_desk import DutyDesk
from console.model_desk import ModelDesk
from console.rule_checks import RuleChecks
from console.throttle import Throttle
from console.visitors import Network
from governance import notices, processing
from governance.complaint_rules import ComplaintRules, shipped
from governance.dsa import Dsa
from governance.dsa import shipped as shipped_dsa
from governance.incident_forms import IncidentForms, shipped_forms
from governance.notices import Notices
from governance.processing import Record
from governance.queue_rules import SkillRule
from governance.retention import Retention
from governance.targets import Targets
from governance.transparency import Transparency
from governance.trials import AS_SHIPPED, TrialNeeds
from moderation.policy import DEFAULT, Policy
from moderation.rules import RuleSet
from moderation.taxonomy import Taxonomy
from records.database import Database
from records.personal import Keyring
from records.sessions import LIFETIME as SESSION_LIFETIME
from review.exposure import UNLIMITED, Wellness
from review.quality import UNCHECKED, Quality


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _no_rules() -> RuleSet | None:
    return None


WriteReport = Callable[[Transparency, Taxonomy, ComplaintRules], str]
"""The transparency report as one HTML page."""


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """`secret` signs cookies (`console.secret.cookie_secret`); `policies` and `rules` give those in force when asked.

    `packs` is the folder of the rule packs, `keyring` hashes what lists keep as hashes alone.
    `skills`: the special trainings of this house, by name. `incidents`: what a report to the authority asks for.
    `bulk_alone` is over how many comments one moderator may give a verdict at once, `bulk_alone_hour` over how many
    within an hour, `blacklist_two` whether forbidding an account by name waits for a second person, `rules_tried_first`
    whether a rule goes live only once it was tried on stored decisions, `trials` what that takes. `seen_ms`: for so
    many milliseconds a case is on the screen before a verdict is taken for it. A log-in that nobody used for as long as
    `session_idle` has ended.
    `neutrality` is the file of the last audit. `targets`: where webhooks may go. `proxies` are
    believed when they say where a request comes from and whether by TLS. `standing` is the policy of this house, which
    holds where nothing names another.
    `record`, `retention`, `notices` and `dsa` are what the configs say; `transparency_page` writes the report to keep.
    """

    database: Database
    keyring: Keyring
    packs: Path
    taxonomy: Taxonomy
    policies: Callable[[], Mapping[str, Policy]]
    rules: Callable[[], RuleSet | None] = field(default=_no_rules, kw_only=True)
    secret: bytes = field(repr=False)
    quality: Quality = UNCHECKED
    complaints: ComplaintRules = field(default_factory=shipped)
    skills: Mapping[str, SkillRule] = field(default_factory=dict)
    incidents: IncidentForms = field(default_factory=shipped_forms)
    wellness: Wellness = UNLIMITED
    standing: str = DEFAULT
    bulk_alone: int = 20
    bulk_alone_hour: int = 60
    seen_ms: int = 400
    blacklist_two: bool = False
    rules_tried_first: bool = False
    trials: TrialNeeds = AS_SHIPPED
    session_idle: timedelta = SESSION_LIFETIME
    models: ModelDesk | None = None
    neutrality: Path | None = None
    duties: DutyDesk | None = None
    record: Record = field(default_factory=processing.shipped)
    retention: Retention = field(default_factory=Retention)
    notices: Notices = field(default_factory=notices.shipped)
    dsa: Dsa = field(default_factory=shipped_dsa)
    transparency_page: WriteReport | None = None
    targets: Targets = field(default_factory=Targets)
    proxies: tuple[Network, ...] = ()
    now: Callable[[], datetime] = _utc_now
    throttle: Throttle = field(default_factory=Throttle)
    checks: RuleChecks = field(default_factory=RuleChecks)
