#!/bin/sh
# /usr/local/bin/chaffinch: commands with the settings of the service, so that none works on another database.
# The file is read as systemd reads it: nothing in a value is expanded. A line that systemd might read otherwise is refused.
set -eu
settings=/etc/chaffinch/environment

refuse() {
    echo "$settings, line $number: $1" >&2
    exit 1
}

number=0
while IFS=' 	' read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    case $line in
        '' | '#'* | ';'*) continue ;;
        *\\*) refuse 'a backslash cannot be in a setting' ;;
        *=*) ;;
        *) refuse 'write NAME=value' ;;
    esac
    name=${line%%=*} value=${line#*=}
    case $name in
        '' | [0-9]* | *[!A-Za-z0-9_]*) refuse 'write NAME=value, without export and without a blank before =' ;;
    esac
    case $value in
        \'*\') value=${value#\'} value=${value%\'} ;;
        \"*\") value=${value#\"} value=${value%\"} ;;
        ' '* | '	'*) refuse 'write NAME=value, without a blank after =' ;;
    esac
    case $value in
        *\'* | *\"*) refuse 'put the whole value in single quotes, and none in it' ;;
    esac
    export "$name=$value"
done <"$settings"
exec /opt/chaffinch/.venv/bin/chaffinch "$@"
