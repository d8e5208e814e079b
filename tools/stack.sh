#!/bin/sh
# What the tests need beside Python: Chromium, and Prometheus and Alertmanager of this Debian, and those of the next one.
set -eu
if ! command -v promtool >/dev/null || ! command -v amtool >/dev/null || ! command -v chromium >/dev/null; then
    [ "$(id -u)" = 0 ] || { echo "needs root once: apt-get install prometheus prometheus-alertmanager chromium" >&2; exit 1; }
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends prometheus prometheus-alertmanager chromium >/dev/null
fi
sh "$(dirname "$0")/newer.sh" trixie
sh "$(dirname "$0")/newer.sh" sid || echo "no newest Prometheus today: tests run without it" >&2
