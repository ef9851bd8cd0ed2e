"""Run by `test_flood.py`: the service over a model that answers twenty comments a second, on a port of its own.

Arguments: the database's URL, the folder of keys, the port. It is closed; the test makes the keys.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from moderation.normaliser import Normalised
from moderation.ports import Scored
from records.database import Database
from records.personal import open_keyring
from serving.app import create_app
from serving.engine_holder import EngineHolder
from serving.parts import Options, Parts, utc_now
from serving.tuning import hold_little, tune
from tests.fakes import KeywordScorer
from tests.serving.loaders import FakeLoader

EACH = 0.05


class Twenty(KeywordScorer):
    """A second for twenty comments, one after the other."""

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        time.sleep(EACH * len(texts))
        return super().score(texts)


if __name__ == "__main__":
    url, folder, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    hold_little()
    database = Database(url)
    database.migrate()
    keyring = open_keyring(database, folder, now=utc_now())
    options = Options(worker=False, access_log=False)
    app = create_app(Parts(database, keyring, EngineHolder(FakeLoader(Twenty({}))), options=options))
    tune()
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", http="httptools", log_config=None, access_log=False)
