"""From settings to the running service: parts, the application, and what several processes share."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from chaffinch import __version__
from chaffinch.duty_checks.disclosure import LATEST
from chaffinch.duty_desk import duty_desk
from chaffinch.erase_desk import erase_as
from chaffinch.house_files import read_house_files
from chaffinch.model_desk import model_desk
from chaffinch.parent import end_with_parent
from chaffinch.settings import Settings, load_settings
from chaffinch.transparency_page import written
from chaffinch.wiring import key_folder, open_database, taxonomy_of, today
from console.secret import cookie_secret
from moderation.policy import Policy
from moderation.taxonomy import Taxonomy
from records import epoch
from records.database import Database
from records.ledger_keys import open_signer
from records.notes import Signer
from records.personal import open_keyring
from registry.reference import reference_of
from registry.shared_weights import SharedWeights
from review.quality import Quality
from serving.app import create_app
from serving.dropins.configs import load_dropins
from serving.engine_holder import EngineHolder
from serving.loading import DiskLoader
from serving.logs import configure, log
from serving.parts import Options, Parts, utc_now
from serving.shadow import Shadow
from serving.stored import StoredParts
from serving.tracing import spans_to
from serving.tuning import hold_little, tune
from serving.webhooks.parts import WebhookParts

OPTIONS = "CHAFFINCH_SERVE_OPTIONS"
"""How `chaffinch serve` tells its worker processes what it was asked; not a setting of a person's."""


def build_parts(settings: Settings, options: Options) -> Parts:
    """Everything the service is made of: tables brought up to date, keys made, model loaded (or known to be missing).

    Raises `ConfigError` where policies, taxonomy, drop-ins, files of the house or keys cannot be used,
    `PartUnavailableError` without a database.
    """
    hold_little()
    files = read_house_files(settings)
    database = open_database(settings)
    keyring = open_keyring(database, key_folder(settings), now=utc_now())
    signer = signer_of(settings, database)
    signer()  # a key that was lost is said now
    with database.reading() as look:
        counters = epoch.read(look)
        _ = look.queues  # what is wrong with them is said now
    stored = StoredParts(database, lambda: open_keyring(database, key_folder(settings), now=utc_now()), utc_now)
    loader = DiskLoader(
        taxonomy_of(settings), settings.model, settings.home, settings.configs, today, stored, options.cores,
        SharedWeights(Path(options.shared)) if options.shared else None, options.policy,
    )  # fmt: skip
    holder = EngineHolder(loader, counters)
    dropins = load_dropins(
        settings.configs / "dropins", loader.taxonomy, holder.engine.policies, standing=options.policy
    )
    for why in dropins.left_out:
        log.warning("dropin_left_out", why=why)
    return Parts(
        database=database,
        keyring=keyring,
        holder=holder,
        options=options,
        version=__version__,
        packs=settings.configs / "rules",
        dropins=dropins,
        shadow=shadow_of(settings, database, loader.taxonomy, lambda: holder.engine.policies),
        console_secret=cookie_secret(key_folder(settings)),
        reference=lambda: reference_of(settings.model, home=settings.home),
        webhooks=webhooks_of(settings, database),
        signer=signer,
        folders=_folders(settings, database),
        spans=spans_to(settings.traces, version=__version__),
        quality=quality_of(settings),
        complaints=files.complaints,
        skills=files.queues.skills,
        incidents=files.incidents,
        record=files.record,
        retention=files.retention,
        notices=files.notices,
        dsa=files.dsa,
        proxies=settings.proxies,
        wellness=settings.wellness,
        bulk_alone=settings.bulk_alone,
        bulk_alone_hour=settings.bulk_alone_hour,
        seen_ms=settings.seen_ms,
        blacklist_two=settings.blacklist_two,
        rules_tried_first=settings.rules_tried_first,
        trials=settings.trials,
        session_idle=timedelta(minutes=settings.session_idle_minutes),
        models=model_desk(settings),
        erase=erase_as,
        neutrality=settings.home / LATEST,
        duties=duty_desk(settings),
        transparency_page=written,
    )


def _folders(settings: Settings, database: Database) -> dict[str, Path]:
    """What a disk has to have room for: records with their ledger (a database server knows its own), and keys."""
    records = {"database": database.folder} if database.folder else {}
    return {**records, "keys": key_folder(settings)}


def quality_of(settings: Settings) -> Quality:
    """Shares of verdicts and cases that are checked."""
    return Quality(settings.second_share, settings.gold_share, settings.random_a_day)


def webhooks_of(settings: Settings, database: Database) -> WebhookParts:
    """What a worker sends webhooks with."""
    return WebhookParts(
        lambda: open_keyring(database, key_folder(settings), now=utc_now()),
        settings.targets,
        settings.registry_root,
        __version__,
    )


def signer_of(settings: Settings, database: Database) -> Callable[[], Signer]:
    """Opens the key that seals the ledger. Raises `ConfigError` where it is lost or another."""
    return lambda: open_signer(database, key_folder(settings), now=utc_now())


def shadow_of(
    settings: Settings, database: Database, taxonomy: Taxonomy, policies: Callable[[], Mapping[str, Policy]]
) -> Shadow:
    """The challenger beside the answers, as a worker takes it along; `policies` gives those in force."""
    return Shadow(database, taxonomy, home=settings.home, configs=settings.configs, policies=policies, now=utc_now)


def hand_over(options: Options) -> None:
    """Leaves the options for the processes that are started next."""
    os.environ[OPTIONS] = json.dumps(asdict(options))


def create_application() -> FastAPI:
    """What each of several worker processes runs: settings from the environment, options as handed over."""
    options = Options(**json.loads(os.environ.get(OPTIONS, "{}")))
    configure()
    end_with_parent()
    app = create_app(build_parts(load_settings(), options))
    tune()
    return app
