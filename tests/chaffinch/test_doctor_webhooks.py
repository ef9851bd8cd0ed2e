"""What doctor says of webhooks."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chaffinch.commands import doctor
from chaffinch.health import records as health
from chaffinch.settings import Settings
from governance import webhooks as governing
from governance.targets import Targets
from governance.webhooks import Wish
from records import webhooks
from records.database import Database
from records.personal import open_keyring
from records.webhooks import Health


def seen(settings: Settings) -> tuple[str, str]:
    finding = doctor.guarded("webhooks", health.webhooks, settings)
    return finding.state, finding.seen


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_webhooks_from_none_to_one_that_fails_or_cannot_be_opened(settings: Settings) -> None:
    now = datetime.now(UTC)
    assert ("absent", "no database yet") == seen(settings)
    with closing(Database(settings.records_url)) as database:
        database.migrate()
        assert ("absent", "nobody is told anything") == seen(settings)
        keyring = open_keyring(database, settings.home / "keys", now=now)
        with database.unit() as unit:
            wish = Wish("https://hooks.example.com/t0ken", (), by="mia")
            added, _ = governing.add(unit, wish, targets=Targets(), keyring=keyring, now=now)
            unit.commit()
        assert ("ok", "1 endpoints, and every secret can be opened") == seen(settings)
        with database.unit() as unit:
            webhooks.note(unit, added.id, Health(0, 9, 9, now - timedelta(hours=2)), died=0)
            unit.commit()
        state, told = seen(settings)
        assert "broken" == state
        assert "https://hooks.example.com has taken nothing since" in told
        assert "t0ken" not in told
        shutil.rmtree(settings.home / "keys")
        assert "broken" == seen(settings)[0]


def test_an_endpoint_that_settings_no_longer_allow_is_broken(settings: Settings) -> None:
    now = datetime.now(UTC)
    with closing(Database(settings.records_url)) as database:
        database.migrate()
        keyring = open_keyring(database, settings.home / "keys", now=now)
        with database.unit() as unit:
            governing.add(
                unit, Wish("http://hooks.example.com", (), "mia"), targets=Targets(http=True), keyring=keyring, now=now
            )  # fmt: skip
            unit.commit()
    assert "broken" == seen(settings)[0]
    assert "ok" == seen(settings.model_copy(update={"webhook_http": True}))[0]
