"""What the service is made of; `chaffinch/wiring.py` puts it together, tests put other things in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.duty_desk import DutyDesk
from console.model_desk import ModelDesk
from console.parts import WriteReport
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
from governance.trials import AS_SHIPPED, TrialNeeds
from moderation.policy import DEFAULT
from moderation.taxonomy import CONFIGS
from records.database import Database
from records.notes import Signer
from records.personal import Keyring
from records.sessions import LIFETIME as SESSION_LIFETIME
from review.exposure import UNLIMITED, Wellness
from review.quality import UNCHECKED, Quality
from serving.authors import Erase
from serving.drift import FindReference
from serving.dropins.configs import DropIns
from serving.engine_holder import EngineHolder
from serving.shadow import Shadow
from serving.tracing import NO_SPANS, Spans
from serving.webhooks.parts import WebhookParts


def utc_now() -> datetime:
    """The moment, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Options:
    """How the service runs. Deadlines are milliseconds; the rest, where it is time, seconds."""

    open_without_keys: bool = False
    """Whether a server with no key ever created answers everybody. Only for loopback."""
    deadline_ms: int = 200
    batch_deadline_ms: int = 10_000
    store_grace: float = 1.0
    """How much longer than its deadline a request waits for being stored."""
    most_scoring: int = 512
    most_storing: int = 1024
    stuck_after: float = 2.0
    cores: int = 1
    """Those that the encoder may use for one batch."""
    shared: str | None = None
    """The folder in which the processes of one server share weights; None where each holds its own."""
    processes: int = 1
    """How many processes this server has."""
    policy: str = DEFAULT
    """The policy that holds where neither a request nor its key names one."""
    rate: float = 0.0
    """Comments a second that a key may send whose own limit says nothing; 0: any number."""
    ready_within: float = 3.0
    disk_free: int = 0
    """Bytes that have to be free where things are kept for the service to be ready; 0: any number."""
    follow_every: float = 1.0
    worker: bool = True
    access_log: bool = True
    stream_in_flight: int = 32
    """Items of one stream under way at once; beyond that it is not read."""
    stream_idle: float = 600.0
    """How long a stream may send nothing."""
    stream_patience: float = 10.0
    """How long an answer may wait to be read before its stream is closed."""
    streams_of_one: int = 256
    """Streams that one key may have open in this process."""
    most_streams: int = 1024
    """Streams open in this process."""
    most_streaming: int = 256
    """Items of all streams under way at once: what is left of the queues is for requests."""


@dataclass(frozen=True, slots=True)
class Parts:
    """`console_secret` signs the console's cookies; without one no console is mounted. `packs`: the rules on disk.

    `dropins`: the other services' addresses that are served.
    `reference` finds what the live model's answers are measured against.
    `models`: what the console's models page asks, where this installation has models. `neutrality`: the last audit.
    `duties`: what the page of duties asks; `transparency_page` writes the report that is kept.
    `erase`: what erases an author everywhere; None where nobody is erased over HTTP.
    `quality`: how many verdicts are looked at by a second person. `wellness`: what moderators are spared.
    `bulk_alone`: over how many comments one moderator may give a verdict at once, `bulk_alone_hour`: over how many in
    an hour. `seen_ms`: for how long a case is on the screen before the console takes a verdict for it.
    `blacklist_two`: whether forbidding an account by name waits for a second person.
    `session_idle`: after which time a log-in that nobody used has ended.
    `rules_tried_first`: whether a rule goes live only once it was tried on stored decisions, `trials`: what that takes.
    `skills`: the special trainings of this house, by name.
    `complaints`: what the public may ask for; of `proxies` it is believed from where they pass a request on.
    `incidents`: what reports to the authority say. `record` is the processing record, and `notices` are the words for
    authors, both on public pages. `dsa`: how statements of reasons are made.
    `shadow` is what the worker inside does where nothing else waits; without `webhooks` it sends none,
    and without `signer`, which opens the ledger's key, it seals nothing.
    `spans`: where OpenTelemetry's go. `folders`: those that need room on a disk, by what is in them.
    """

    database: Database
    keyring: Keyring
    holder: EngineHolder
    options: Options = field(default_factory=Options)
    version: str = "0"
    packs: Path = CONFIGS / "rules"
    dropins: DropIns = field(default_factory=DropIns)
    shadow: Shadow | None = None
    webhooks: WebhookParts | None = None
    signer: Callable[[], Signer] | None = None
    spans: Spans = NO_SPANS
    folders: Mapping[str, Path] = field(default_factory=dict)
    quality: Quality = UNCHECKED
    complaints: ComplaintRules = field(default_factory=shipped)
    skills: Mapping[str, SkillRule] = field(default_factory=dict)
    proxies: tuple[Network, ...] = ()
    incidents: IncidentForms = field(default_factory=shipped_forms)
    record: Record = field(default_factory=processing.shipped)
    retention: Retention = field(default_factory=Retention)
    notices: Notices = field(default_factory=notices.shipped)
    dsa: Dsa = field(default_factory=shipped_dsa)
    wellness: Wellness = UNLIMITED
    bulk_alone: int = 20
    bulk_alone_hour: int = 60
    seen_ms: int = 400
    blacklist_two: bool = False
    rules_tried_first: bool = False
    trials: TrialNeeds = AS_SHIPPED
    session_idle: timedelta = SESSION_LIFETIME
    models: ModelDesk | None = None
    erase: Erase | None = None
    neutrality: Path | None = None
    duties: DutyDesk | None = None
    transparency_page: WriteReport | None = None
    console_secret: bytes | None = field(default=None, repr=False)
    now: Callable[[], datetime] = utc_now
    reference: FindReference = lambda: None
