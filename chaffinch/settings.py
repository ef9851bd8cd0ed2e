"""Where things are, from the environment. Lower rooms receive values; only this package reads settings."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from governance.targets import Targets
from moderation.errors import ConfigError
from moderation.toml import faults_of

if TYPE_CHECKING:
    from governance.trials import TrialNeeds
    from review.exposure import Wellness

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting can be given as `CHAFFINCH_<NAME>` (docs/reference/settings.md)."""

    model_config = SettingsConfigDict(env_prefix="CHAFFINCH_", env_ignore_empty=True, frozen=True)

    home: Path = Field(default=Path("var"), description="Everything that belongs to runs: databases, models, keys.")
    database_url: str = Field(default="", description="SQLAlchemy URL; empty means SQLite under the home.")
    mlflow_uri: str = Field(default="", description="MLflow tracking URI; empty means SQLite under the home.")
    model: str = Field(default="chaffinch@champion", description="`name@alias`, `name@version`, a folder, or `none`.")
    configs: Path = Field(default=CHECKOUT / "configs", description="Taxonomy, rules, policies, recipes, gates.")
    policy: str = Field(
        default="default",
        description="The policy that holds where neither a request nor its key names one (a file of configs/policies).",
    )
    webhook_networks: str = Field(
        default="", description="Private networks that webhooks may reach, comma-separated: 10.1.0.0/16, 127.0.0.1."
    )
    webhook_http: bool = Field(default=False, description="Whether webhooks may go over http, readable on the way.")
    traces: str = Field(
        default="", pattern=r"^(https?://\S+)?$", description="OTLP address that OpenTelemetry's spans are sent to."
    )
    trusted_proxies: str = Field(
        default="",
        description="Proxies whose X-Forwarded-For and -Proto say who sends a form or logs in, and whether by TLS, "
        "comma-separated: 127.0.0.1.",
    )
    disk_free: int = Field(
        default=256,
        ge=0,
        description="MiB that have to be free in the folders of the database and of the keys, else /readyz is 503; "
        "0: any number.",
    )
    rate: float = Field(
        default=0.0,
        ge=0,
        description="Comments a second that a key may send without a limit of its own; 0: any number.",
    )
    stream_in_flight: int = Field(default=32, ge=1, le=256, description="Items of one stream under way at once.")
    stream_connections: int = Field(
        default=256, ge=1, le=10_000, description="Streams that one key may have open, in each process."
    )
    stream_idle: float = Field(default=600.0, gt=0, le=86_400, description="Seconds a stream may send nothing.")
    second_share: float = Field(
        default=0.05, ge=0, le=1, description="Share of verdicts about which a second person is asked, blind."
    )
    gold_share: float = Field(
        default=0.02, ge=0, le=1, description="Share of a moderator's cases whose answer is known, once there are any."
    )
    random_a_day: int = Field(
        default=20,
        ge=0,
        le=10_000,
        description="Comments a day, drawn at random, that a person looks at whatever the machine thinks; 0: none.",
    )
    worst_an_hour: int = Field(
        default=60,
        ge=0,
        description=(
            "Texts of abuse, hate or sexual content within an hour, read on whatever page, after which the queue gives "
            "a moderator no more of them; 0: no limit."
        ),
    )
    worst_in_a_row: int = Field(
        default=5, ge=0, description="So many of them in a row, then something else where it waits; 0: as they come."
    )
    break_after: float = Field(
        default=50.0, ge=0, description="Minutes of work after which a break is suggested; 0: never."
    )
    bulk_alone: int = Field(
        default=20,
        ge=0,
        description="Comments that one moderator decides at once, wherever; more take a second person.",
    )
    bulk_alone_hour: int = Field(
        default=60,
        ge=0,
        description="Comments that one moderator decides from lists within an hour; more take two people.",
    )
    seen_ms: int = Field(
        default=400, ge=0, description="Milliseconds that a case is on the screen before a verdict is taken for it."
    )
    blacklist_two: bool = Field(
        default=False, description="Whether forbidding an account by name waits for a second person; imports always do."
    )
    rules_tried_first: bool = Field(
        default=True, description="Whether a rule goes live only once it was tried on stored decisions as it stands."
    )
    rules_trial_days: int = Field(
        default=14, ge=1, le=365, description="Days after which a rule's trial on stored decisions counts no more."
    )
    rules_trial_rows: int = Field(
        default=1000, ge=1, le=20000, description="Decisions that a rule's trial reads, where the house has so many."
    )
    session_idle_minutes: int = Field(
        default=60,
        ge=5,
        le=720,
        description="Minutes without use after which a log-in ends; 12 hours at most.",
    )
    datasets: Path | None = Field(default=None, description="Folder of public data sets; empty tries known places.")

    @property
    def trials(self) -> TrialNeeds:
        """What makes a rule's trial one."""
        from governance.trials import TrialNeeds

        return TrialNeeds(self.rules_trial_days, self.rules_trial_rows)

    @field_validator("home", "configs", "datasets")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().resolve()

    @field_validator("webhook_networks", "trusted_proxies")
    @classmethod
    def _are_networks(cls, names: str) -> str:
        for name in _listed(names):
            ipaddress.ip_network(name)
        return names

    @property
    def wellness(self) -> Wellness:
        """What moderators are spared."""
        from review.exposure import Wellness  # the database's libraries, which few commands need

        return Wellness(self.worst_an_hour, self.worst_in_a_row, timedelta(minutes=self.break_after))

    @property
    def targets(self) -> Targets:
        """Where webhooks may go."""
        return Targets(tuple(map(ipaddress.ip_network, _listed(self.webhook_networks))), self.webhook_http)

    @property
    def proxies(self) -> tuple[Network, ...]:
        """Whose word it is believed from where a request came."""
        return tuple(map(ipaddress.ip_network, _listed(self.trusted_proxies)))

    @property
    def records_url(self) -> str:
        """The database of comments, decisions, cases and accounts."""
        return self.database_url or f"sqlite:///{self.home / 'chaffinch.db'}"

    @property
    def tracking_uri(self) -> str:
        """Where MLflow keeps runs and registered models."""
        return self.mlflow_uri or f"sqlite:///{self.home / 'mlflow.db'}"

    @property
    def registry_root(self) -> Path:
        """The folder of pointer files."""
        return self.home / "registry"


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def load_settings() -> Settings:
    """Settings from the environment. Raises `ConfigError` naming every wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError("The environment cannot be used.", faults_of(error, "CHAFFINCH_*")) from error
