#!/bin/sh
# Unpacks into .tools/peers what `make bench` compares our scans with: two exporters of this Debian and one of PyPI.
# Nothing is installed into the system; apt verifies the signatures of what it downloads.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
target=$root/.tools/peers
[ -d "$target" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
mkdir "$work/packages" "$work/unpacked"
(cd "$work/packages" && apt-get -qq -o APT::Sandbox::User=root download prometheus-sql-exporter prometheus-postgres-exporter)
for package in "$work"/packages/*.deb; do
    dpkg-deb --extract "$package" "$work/unpacked"
done
mkdir -p "$root/.tools"
mv "$work/unpacked" "$target"
chmod 755 "$target"

# A venv of its own: it shares no library with us. Made in place, because a venv cannot be moved.
if ! { "${PYTHON:-python3.11}" -m venv "$target/query-exporter" &&
    "$target/query-exporter/bin/pip" --disable-pip-version-check --no-input -q install \
        query-exporter==5.0.2 psycopg2-binary==2.9.12; }; then
    rm -rf "$target"
    exit 1
fi
