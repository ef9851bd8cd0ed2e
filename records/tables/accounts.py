"""Who may act: moderators, their sessions, keys of the API, keys of pseudonyms."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, Table, UniqueConstraint

from records.columns import document, key_column, moment, octets, text
from records.tables.base import metadata

users = Table(
    "users",
    metadata,
    key_column(),
    text("name", "log-in name, lower case", unique=True),
    text("display_name", "as shown to colleagues"),
    text("password_hash", "argon2"),
    text("role", "moderator, senior, lead, data_scientist, inspector, admin"),
    text("locale", "zh, en"),
    document("keys", "{command: key} where they differ from the usual ones; null: the usual ones", optional=True),
    document("languages", "those whose cases they are given; null: all", optional=True),
    document("subjects", "labels whose cases they are given; null: all", optional=True),
    Column("trainee", Boolean, nullable=False, comment="whether they answer lessons alone, without effect"),
    moment("created_at", "created"),
    moment("disabled_at", "may not log in since", optional=True),
    document("skills", "special trainings that they have, by name; null: none", optional=True),
)

sessions = Table(
    "sessions",
    metadata,
    key_column(),
    octets("token_hash", "SHA-256 of the cookie's token"),
    text("user_id", "whose", ForeignKey("users.id")),
    text("csrf_secret", "signs this session's forms"),
    moment("created_at", "logged in"),
    moment("expires_at", "ends by itself"),
    moment("revoked_at", "logged out", optional=True),
    moment("used_at", "last used, to within a minute; null: not since it began", optional=True),
    text("address", "the network it began from, shortened; null: not known", optional=True),
    text("browser", "the browser and system it began with, in short; null: not known", optional=True),
    UniqueConstraint("token_hash"),
    Index("ix_sessions_user_id", "user_id"),
)

login_failures = Table(
    "login_failures",
    metadata,
    key_column(),
    text("key_index", "key id and keyed hash of an address, a name that was tried, or both"),
    moment("at", "when; forgotten some minutes later"),
    Index("ix_login_failures_key_index", "key_index", "at"),
    Index("ix_login_failures_at", "at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    key_column(),
    text("prefix", "the part that may be shown", unique=True),
    octets("hash", "SHA-256 of the whole key (256 random bits need no slow hash)"),
    text("name", "whose it is"),
    document("scopes", "score, feedback, records, admin"),
    moment("created_at", "created"),
    moment("revoked_at", "no longer valid since", optional=True),
    moment("last_used_at", "to the minute", optional=True),
    Column("rate", Float, nullable=True, comment="comments a second it may send; null: as the setting says"),
    text(
        "policy",
        "the one policy that judges what it asks; null: any, and the house's where none is named",
        optional=True,
    ),
    document("languages", "those whose cases it is given; null: all", optional=True),
    document("subjects", "labels whose cases it is given; null: all", optional=True),
    document("skills", "special trainings that it may be given cases for, by name; null: none", optional=True),
)

pseudonym_keys = Table(
    "pseudonym_keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="key id; the file is <id>.key"),
    octets("fingerprint", "tells whether the file holds the key that made the rows"),
    moment("created_at", "created"),
)
