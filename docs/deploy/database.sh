#!/bin/sh
# Run once by the image of PostgreSQL, when its folder is empty: a role that owns its own database and nothing else.
set -eu
password=$(cat /run/secrets/database)
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set password="$password" <<'SQL'
CREATE ROLE chaffinch LOGIN PASSWORD :'password';
CREATE DATABASE chaffinch OWNER chaffinch;
REVOKE ALL ON DATABASE chaffinch FROM PUBLIC;
SQL
