"""Examples for the OpenAPI; tests send the requests and hold all of them to the schemas.

`examples.json` has those that nothing but the OpenAPI needs, by the names of their schemas: answers of a real server.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson

SCORE: dict[str, Any] = {
    "id": "c-1001",
    "content": {"text": "加薇信 vx8827kk 带你上岸，稳赚不赔", "lang": "zh", "type": "comment"},
    "author": {"id": "pseudonym-77", "verified": True},
    "context": {"surface": "forum", "thread_id": "t-9"},
    "options": {"explain": False, "store": True, "deadline_ms": 200},
    "policy": "default",
}

STREAM_ITEM: dict[str, Any] = SCORE | {"idempotency_key": "c-1001/1"}

BATCH: dict[str, Any] = {"items": [SCORE, {"content": {"text": "今天的晚霞真好看"}, "options": {"store": False}}]}

SCORE_ANSWER: dict[str, Any] = {
    "id": "c-1001",
    "decision_id": "0190b5c2-7d1f-7a63-b0de-2f5c8c1e4a11",
    "decision": "block",
    "measures": ["refuse"],
    "labels": [
        {"name": "advertising", "score": 0.9731, "threshold": 0.92, "review_threshold": 0.4, "flagged": True},
        {"name": "gambling", "score": 0.3127, "threshold": 0.92, "review_threshold": 0.4, "flagged": False},
    ],
    "reasons": [
        {
            "code": "advertising",
            "source": "model",
            "rule_id": None,
            "spans": [{"start": 1, "end": 3}, {"start": 4, "end": 12}],
            "ground": "platform-rules:advertising",
            "message": {"zh": "这条评论含有广告推广", "en": "This comment advertises"},
        }
    ],
    "language": "zh",
    "model": {"name": "chaffinch", "version": "3", "tier": "fast"},
    "ruleset": "5f0c7a91b3de",
    "policy": "default@1",
    "degraded": False,
    "latency_ms": 0.412,
}

PROBLEM: dict[str, Any] = {
    "type": "urn:chaffinch:problem:unprocessable-entity",
    "title": "Unprocessable Entity",
    "status": 422,
    "detail": "The request cannot be used.",
    "errors": [{"pointer": "/content/text", "detail": "has no visible text"}],
    "instance": "/v1/score",
    "request_id": "4f9d2c7a6b0e4d1f8a3c5e7092b4d6f8",
}

BATCH_ANSWER: dict[str, Any] = {
    "items": [
        SCORE_ANSWER,
        {
            "id": None,
            "error": {name: value for name, value in PROBLEM.items() if name not in ("instance", "request_id")},
        },
    ]
}

REFUSED_IN_STREAM: dict[str, Any] = {
    "id": "c-1002",
    "error": PROBLEM | {"instance": "/v1/stream", "request_id": "4f9d2c7a6b0e4d1f8a3c5e7092b4d6f8:17"},
}

AUTHOR: dict[str, Any] = {
    "verified": True,
    "created_at": "2026-01-31T08:00:00Z",
    "agreement_version": "2026-01",
    "consented_at": "2026-01-31T08:00:00Z",
    "links": [{"kind": "phone", "value": "+86 138 0000 0000"}, {"kind": "device", "value": "device-91"}],
}

AUTHOR_ANSWER: dict[str, Any] = {
    "id": "pseudonym-77",
    "verified": True,
    "created_at": "2026-01-31T08:00:00.000Z",
    "agreement_version": "2026-01",
    "consented_at": "2026-01-31T08:00:00.000Z",
    "consent_withdrawn_at": None,
    "links": [
        {"kind": "device", "since": "2026-03-01T12:00:00.000Z"},
        {"kind": "phone", "since": "2026-03-01T12:00:00.000Z"},
    ],
    "updated_at": "2026-03-01T12:00:00.000Z",
    "listed": None,
    "credit": None,
    "measures": [],
    "next_step": None,
    "in_force": [],
    "waiting": [],
    "findings": [],
}

EXPORT: dict[str, Any] = {
    "author": "pseudonym-77",
    "records": [{"table": "authors", "id": "0198a3c2-7d1e-7c3a-9f10-2b6f5f0a1c44", "verified": True}],
}

ERASURE: dict[str, Any] = {
    "erased": {"comments": 12, "revisions": 1, "quotations": 2, "notes": 0, "cases": 1, "observations": 12,
               "statements": 1, "links": 2, "credit": 3, "words": 2, "answers": 0},
    "lists_kept": [],
    "kept": None,
    "held": 0,
    "appeals_without_words": [],
    "inspections": [
        {"id": "0198a3c2-7d1e-7c3a-9f10-2b6f5f0a1c46", "authority": "Office", "reference": "2026-17", "decisions": 3}
    ],
    "data_sets": [{"name": "starter-1f2e3d4c5b6a", "rows": 1, "before": "1f2e3d4c5b6a", "after": "9a8b7c6d5e4f"}],
    "label_files": ["2026-03.jsonl"],
    "files_that_mention": [],
    "named_by_others": {"comments": [], "all": True, "names_looked_for": 1, "not_searched_yet": 0},
    "quoted_by_others": {
        "left": [{"id": "0198a3c2-7d1e-7c3a-9f10-2b6f5f0a1c47", "comment_id": "c-2044"}],
        "changed": [{"id": "0198a3c2-7d1e-7c3a-9f10-2b6f5f0a1c48", "comment_id": "c-2051"}],
        "all": True,
        "texts_looked_for": 11,
        "texts_too_short": 2,
        "texts_not_looked_for": 0,
        "not_searched_yet": 0,
    },
    "entry": "0198a3c2-7d1e-7c3a-9f10-2b6f5f0a1c45",
}  # fmt: skip

TRANSCRIPT: dict[str, Any] = {
    "thread_id": "t-9",
    "items": [
        {
            "id": "c-1003",
            "parent_id": None,
            "author": "k7m2-9xqd",
            "text": "今天的晚霞真好看",
            "lang": "zh",
            "type": "danmaku",
            "created_at": "2026-03-01T12:00:00.000Z",
            "attachments": [{"kind": "image"}],
        }
    ],
    "next_cursor": None,
}

LINT = {
    "text": """[[rules]]
id = "advertising.gift_cards"
why = "seen in forums since May"
owner = "mei"
label = "advertising"
title = { zh = "回收礼品卡", en = "Buying gift cards" }
action = "review"
ground = "platform-rules:advertising"
terms = ["回收礼品卡"]
examples = { match = ["高价回收礼品卡"], no_match = ["礼品卡怎么用"] }
""",
    "tried": "回 收 礼品卡，当天结算",
}


@cache
def _told() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = orjson.loads(Path(__file__).with_suffix(".json").read_bytes())
    return found


def asked() -> dict[str, Any]:
    """An example of each body, by its schema."""
    return _told()["asked"]


def by_schema() -> dict[str, Any]:
    """An example of each schema of `examples.json`."""
    return _told()["asked"] | _told()["answered"]
