#!/bin/sh
# What the tests need beside Python: Chromium, and Prometheus and Alertmanager of this Debian, and those of the next one.
set -eu
# The driver of Chromium is a program of its own and needs libatomic.
packages="prometheus prometheus-alertmanager chromium libatomic1"
if ! command -v promtool >/dev/null || ! command -v amtool >/dev/null || ! command -v chromium >/dev/null ||
    ! ls /usr/lib/*/libatomic.so.1 >/dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || { echo "needs root once: apt-get install $packages" >&2; exit 1; }
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # each is a word of its own
    apt-get install -y -qq --no-install-recommends $packages >/dev/null
fi
sh "$(dirname "$0")/newer.sh" trixie
sh "$(dirname "$0")/newer.sh" sid || echo "no newest Prometheus today: tests run without it" >&2
