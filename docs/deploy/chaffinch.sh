#!/bin/sh
# /usr/local/bin/chaffinch: commands with the settings of the service, so that none works on another database.
set -ea
. /etc/chaffinch/environment
exec /opt/chaffinch/.venv/bin/chaffinch "$@"
