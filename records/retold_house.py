"""What the ledger's entries say that a record of the house is: inspections, incidents, rules, people, keys.

As `records/retold.py`, for the tables in which the house answers for itself. What entries of an earlier version did not
say yet is not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from records.columns import as_bytes
from records.commitments import digest_of
from records.incidents import commitment_of, hash_of
from records.retold import Body, Columns, Told, at, who
from records.rules import content_of

INSPECTIONS = frozenset(f"inspection.{name}" for name in ("recorded", "granted", "refused", "closed"))
INCIDENTS = frozenset(f"incident.{name}" for name in ("recorded", "changed", "reported"))
ITEMS = frozenset(f"rectification.{name}" for name in ("demanded", "proved", "done", "reopened"))
EMERGENCIES = frozenset({"emergency.started", "emergency.ended"})
HOLDS = frozenset(f"hold.{name}" for name in ("asked", "set", "declined", "lifted", "ended", "withstood"))
FLAGGERS = frozenset(f"flagger.{name}" for name in ("asked", "marked", "declined", "withdrawn", "ended"))
ASSESSMENTS = frozenset(f"assessment.{name}" for name in ("written", "signed", "refused"))
RULES = frozenset(f"rule.{name}" for name in ("draft", "shadow", "live", "retired"))
USERS = frozenset(
    {"account.created", "account.password", "account.role", "account.disabled", "account.enabled", "account.skills",
     "user.in_training", "user.out_of_training", "user.promoted"}
)  # fmt: skip
WEBHOOKS = frozenset(f"webhook.{name}" for name in ("added", "enabled", "disabled", "removed"))
KEYS = frozenset({"key.created", "key.limited", "key.policy", "key.skills", "key.revoked"})


def inspection(told: Told) -> Columns:
    """Of `inspections`. Threads are held against their commitments where the request is read (`governance`)."""
    first, newest = told.first, told.entries[-1]
    facts, granted = newest["facts"], told.last_of("inspection.granted")
    answered, closed = granted or told.last_of("inspection.refused"), told.last_of("inspection.closed")
    return {
        **{name: facts[name] for name in ("authority", "reference", "inspector", "surfaces", "opened")},
        **{name: facts.get(name) for name in ("accounts", "measures")},
        **{name: datetime.fromisoformat(facts[name]) for name in ("since", "until", "ends_at")},
        "asked": first["facts"]["asked"],
        "ground": first["ground"],
        "asked_by": who(first),
        "state": "waiting" if newest is first else newest["kind"].partition(".")[2],
        "approved_by": who(answered) if answered else None,
        "granted_at": at(granted) if granted else None,
        "closed_at": at(closed) if closed else None,
        "created_at": at(first),
    }


def incident(told: Told) -> Columns:
    """Of `incidents`; the words of its fields are held against the commitment to them, before 0056 a plain hash."""
    first, newest, reported = told.first, told.entries[-1], told.last_of("incident.reported")
    facts = newest["facts"]
    salted = "fields_commitment" in facts
    fields = {SALTED: facts["fields_commitment"]} if salted else {"fields": facts["fields_hash"]}
    return fields | {
        **{name: facts[name] for name in ("kind", "severity", "state", "reported_to", "receipt")},
        "found_at": datetime.fromisoformat(facts["found_at"]),
        "reported_at": at(reported) if reported else None,
        "author": who(first),
        "created_at": at(first),
        "updated_at": at(newest),
    }


def item(told: Told) -> Columns:
    """Of `rectifications`; what was found is told by entries of today, and not by earlier ones."""
    first, facts = told.first, told.entries[-1]["facts"]
    proved, done = told.last_of("rectification.proved"), told.last_of("rectification.done")
    names = ("incident_id", "authority", "reference", "owner", "state", "proof_hash", "finding")
    return {name: facts[name] for name in names if name in facts} | {
        "demand": first["reason"],
        "due_at": datetime.fromisoformat(facts["due_at"]),
        "proof": proved["reason"] if proved else None,
        "confirmed_by": who(done) if done else None,
        "done_at": at(done) if done else None,
        "author": who(first),
        "created_at": at(first),
    }


def emergency(told: Told) -> Columns:
    """Of `emergencies`; its end is never before its beginning, whatever a clock said."""
    first, ended = told.first, told.last_of("emergency.ended")
    facts, by_person = first["facts"], ended is not None and ended["actor"]["kind"] != "system"
    effect = {"kind": "effect", "review": "review_times", "block": "block_times", "a_minute": "a_minute"}
    return {
        **{name: facts[name] for name in ("place", "drill", "asked_by", "approved_by")},
        **({"approval_id": facts["approval_id"]} if "approval_id" in facts else {}),
        "surface, thread_id or label": facts["place"],
        "effect": {name: facts[fact] for name, fact in effect.items()},
        "why": first["reason"],
        "ground": first["ground"],
        "starts_at": at(first),
        "ends_at": datetime.fromisoformat(facts["ends_at"]),
        "ended_at": max(at(ended), at(first)) if ended else None,
        "ended_by": who(ended) if ended and by_person else None,
        "ended_why": ended["reason"] if ended and by_person else None,
    }


def flagger(told: Told) -> Columns:
    """Of `trusted_flaggers`."""
    first, facts = told.first, told.first["facts"]
    answered, over = (
        told.last_of("flagger.marked", "flagger.declined"),
        told.last_of("flagger.withdrawn", "flagger.ended"),
    )
    newest, by_person = over or answered, over is not None and over["kind"] == "flagger.withdrawn"
    is_set = answered is not None and answered["kind"] == "flagger.marked"
    state = "waiting" if newest is None else newest["kind"].partition(".")[2]
    names = ("name", "authority", "country", "reference", "expertise", "reporter_id")
    return {name: facts[name] for name in names} | {
        "valid_from": datetime.fromisoformat(facts["valid_from"]),
        "valid_until": _moment(facts["valid_until"]),
        "state": "in_force" if state == "marked" else state,
        "asked_by": who(first),
        "reason": first["reason"],
        "approved_by": who(answered) if answered else None,
        "set_at": at(answered) if answered and is_set else None,
        "ended_at": at(over) if over else None,
        "ended_by": who(over) if over and by_person else None,
        "ended_why": over["reason"] if over and by_person else None,
        "created_at": at(first),
    }


def hold(told: Told) -> Columns:
    """Of `holds`; whom one holds is held against its commitment by `records/underlying.py`."""
    facts = told.first["facts"]
    answered, over = told.last_of("hold.set", "hold.declined"), told.last_of("hold.lifted", "hold.ended")
    withstood = told.last_of("hold.withstood")
    by_person = over is not None and over["kind"] == "hold.lifted"
    newest = over or answered
    state = {"hold.set": "in_force"}.get(newest["kind"], newest["kind"].partition(".")[2]) if newest else "waiting"
    is_set = answered is not None and answered["kind"] == "hold.set"
    names = ("comment_id", "inspection_id", "authority", "reference", "tell")
    return {name: facts[name] for name in names} | {
        "kind": facts["held"],
        "ground": told.first["ground"],
        "until": _moment(facts["until"]),
        "review_at": _moment(facts["review_at"]),
        "state": state,
        "asked_by": who(told.first),
        "approved_by": who(answered) if answered else None,
        "set_at": at(answered) if answered and is_set else None,
        "ended_at": at(over) if over else None,
        "ended_by": who(over) if over and by_person else None,
        "ended_why": over["reason"] if over and by_person else None,
        "withstood_at": at(withstood) if withstood else None,
        "created_at": at(told.first),
    }


def _moment(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)


def assessment(told: Told) -> Columns:
    """Of `assessments`."""
    first, settled = told.first, told.last_of("assessment.signed", "assessment.refused")
    columns = ("kind", "subject", "mark", "surfaces", "needed")
    beside = (*columns, "expires_at", "by_os_user")
    return {name: first["facts"][name] for name in columns} | {
        "expires_at": _moment(first["facts"].get("expires_at")),
        "fields": {name: value for name, value in first["facts"].items() if name not in beside},
        "state": settled["kind"].partition(".")[2] if settled else "waiting",
        "author": who(first),
        "created_at": at(first),
        "settled_at": at(settled) if settled else None,
    }


def rule_of(entry: Body) -> str:
    """Which version of which rule an entry tells of."""
    return f"{entry['subject']['id']}@{entry['facts']['version']}"


def rule(told: Told) -> Columns:
    """Of `rule_versions`; when a version held no more is `rules_ended`."""
    first = told.first
    return {
        "state": first["kind"].partition(".")[2],
        "document": first["facts"]["document"],
        **{name: bool(first["facts"].get(name)) for name in ("untried", "alone") if "untried" in first["facts"]},
        "author": who(first),
        "why": first["reason"],
        "created_at": at(first),
    }


def rules_ended(entries: Sequence[Body]) -> dict[int, datetime | None]:
    """Of one rule's versions in order: when a later one took the place of each; None while it holds.

    A draft takes the place of a draft. What goes on (to the shadow: the draft, or else the live one; live: what was in
    the shadow, or else the draft) leaves its own, and takes the place of what held there; a retired rule holds nowhere
    else.
    """
    holds: dict[str, int] = {}
    ended: dict[int, datetime | None] = {}
    for entry in entries:
        state, version = entry["kind"].partition(".")[2], entry["facts"]["version"]
        named = entry["facts"].get("ends")  # what the machine ended says itself what it takes the place of
        for gone in _leaves(state, holds) if named is None else named:
            if gone in holds:
                ended[holds.pop(gone)] = at(entry)
        holds[state] = version
        ended[version] = None
    return ended


def _leaves(state: str, holds: Mapping[str, int]) -> tuple[str, ...]:
    if state == "shadow":
        return ("draft" if "draft" in holds else "live", "shadow")
    if state == "live":
        return ("shadow" if "shadow" in holds else "draft", "live", "retired")
    return ("draft",) if state == "draft" else ("draft", "shadow", "live", "retired")


def user(told: Told) -> Columns:
    """Of `users`; the name that is shown, language and keys of the pages are no entry's.

    The password's hash by its own hash, where the entry that last set it tells it.
    """
    first, role = told.first, told.last_of("account.created", "account.role")
    disabled, skilled = None, told.last_of("account.skills")
    secret = told.last_of("account.created", "account.password")
    trained = told.last_of("user.in_training", "user.out_of_training", "user.promoted")
    for each in told.entries:
        if each["kind"] == "account.disabled":
            disabled = disabled or at(each)
        elif each["kind"] == "account.enabled":
            disabled = None
    names = {"languages": "languages", "subjects": "labels", "skills": "skills"}
    given = {column: skilled["facts"][name] if skilled else "" for column, name in names.items()}
    return {
        "name": first["facts"]["name"],
        "role": (role or first)["facts"]["role"],
        "disabled_at": disabled,
        "trainee": trained is not None and trained["kind"] == "user.in_training",
        "created_at": at(first),
        **({"password_hash": secret["facts"]["password"]} if secret and "password" in secret["facts"] else {}),
        **{name: told_of.split(", ") if told_of else None for name, told_of in given.items()},
    }


def webhook(told: Told) -> Columns:
    """Of `webhook_endpoints`; the whole URL, which may hold a secret, by its hash where entries tell it."""
    first, turned, removed = (
        told.first,
        told.last_of("webhook.enabled", "webhook.disabled"),
        told.last_of("webhook.removed"),
    )
    facts, is_off = first["facts"], turned is not None and turned["kind"] == "webhook.disabled"
    return {
        **({"url": facts["url"]} if "url" in facts else {}),
        "events": facts["events"],
        "description": facts["description"],
        "author": who(first),
        "created_at": at(first),
        "disabled_at": at(turned) if turned and is_off else None,
        "disabled_why": turned["reason"] if turned and is_off else None,
        "removed_at": at(removed) if removed else None,
    }


_SINCE = {"name": "name", "hash": "hash", "id": "key_id"}
"""Columns of `api_keys` that entries tell since some time, and as which fact."""


def key(told: Told) -> Columns:
    """Of `api_keys`; whose it is and the hash of the key stand in entries that say who made it.

    An entry that says no policy is of a key that had none: there was no such thing.
    """
    first, limited = told.first, told.last_of("key.created", "key.limited") or told.first
    skilled, revoked = told.last_of("key.skills"), [each for each in told.entries if each["kind"] == "key.revoked"]
    facts, bound = first["facts"], told.last_of("key.policy") or first
    names = {"languages": "languages", "subjects": "labels", "skills": "skills"}
    return {
        **{column: facts[fact] for column, fact in _SINCE.items() if fact in facts},
        "scopes": facts["scopes"],
        "rate": limited["facts"]["rate"],
        "policy": bound["facts"].get("policy"),
        "created_at": at(first),
        "revoked_at": at(revoked[0]) if revoked else None,
        **{column: (skilled["facts"][name] or None) if skilled else None for column, name in names.items()},
    }


_HASHED: Mapping[tuple[str, str], Callable[[Any], Any]] = {
    ("users", "password_hash"): digest_of,
    ("webhook_endpoints", "url"): digest_of,
    ("rule_versions", "document"): content_of,
    ("api_keys", "hash"): lambda held: as_bytes(held).hex(),
}
"""Columns of which entries have a hash. Who tampers may leave a document of another shape: told as any difference."""


SALTED = "fields or salt"
"""What an entry of today commits to of an incident."""


def held(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as these functions name its columns: hashes where entries have hashes."""
    if table == "emergencies":
        where = "/".join("*" if row[part] is None else row[part] for part in ("surface", "thread_id", "label"))
        kind = row["effect"].get("kind") if isinstance(row["effect"], dict) else None
        return {**row, "surface, thread_id or label": f"{where}:{kind}{' drill' if row['drill'] else ''}"}
    if table == "incidents":
        return {**row, "told": row["fields"], **_held_fields(row["fields"], row["salt"])}
    return {name: _HASHED[table, name](value) if (table, name) in _HASHED else value for name, value in row.items()}


def _held_fields(fields: object, salt: bytes | str | None) -> dict[str, str | None]:
    """What an incident tells, as entries have it: of before, and of today."""
    if not isinstance(fields, dict):
        return {"fields": None, SALTED: None}
    return {"fields": hash_of(fields), SALTED: commitment_of(fields, as_bytes(salt)) if salt is not None else None}
