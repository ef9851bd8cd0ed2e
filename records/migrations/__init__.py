"""Migrations (Alembic), each one transaction; the version before goes on serving meanwhile, on the same tables.

So a migration *expands*: new tables, new indexes, new columns that may be null or have a server default. What takes
away or renames something that the version before reads or writes *contracts*: it comes one version later, when nobody
reads it any more, and says so with `contracts = True` at its top. Programs from before it are then told that the
database is newer, and stop being ready; a test finds a migration that takes something away and does not say so.
"""
