#!/bin/sh
# Unpacks a newer Debian suite's Prometheus, Alertmanager and Compose into .tools/SUITE, beside the installed ones.
# usage: tools/newer.sh SUITE     (trixie, sid)
#
# Nothing is installed: the packages need no more than this system's libc. apt verifies the signatures, and the
# mirror is the one that this system already uses.
set -eu

suite=${1:?usage: tools/newer.sh SUITE}
packages='prometheus promtool prometheus-alertmanager docker-compose'
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
target=$root/.tools/$suite
[ -d "$target" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/packages" "$work/unpacked"

# shellcheck disable=SC1091
installed=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $installed" | head -n 1)
keyring=$(dpkg -L debian-archive-keyring | grep -m 1 'keyrings/debian-archive-keyring\.\(gpg\|pgp\)$')
echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"

apt_of_suite() {
    apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@"
}

apt_of_suite update
# shellcheck disable=SC2086
(cd "$work/packages" && apt_of_suite download $packages)
for package in "$work"/packages/*.deb; do
    dpkg-deb --extract "$package" "$work/unpacked"
done

# Moved as a whole, so that an interrupted run leaves nothing that looks complete.
mkdir -p "$root/.tools"
mv "$work/unpacked" "$target"
chmod 755 "$target"
