#!/bin/sh
# Puts this release of Florenetes in its place, or into that of an older one: docs/operate/packages.md.
#
#   ./install.sh [ROOT]      as root; ROOT is the machine's own by default
set -eu
umask 022
root=${1:-}
cd "$(dirname "$0")/files"
name=$(ls opt/florenetes/releases)
home=$root/opt/florenetes

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

[ "$(id -u)" = 0 ] || fail "run it as root"
# The loader says it where the C library is too old, or the processor is another one.
opt/florenetes/releases/"$name"/bin/node --eval '
  const { globSync } = require("node:fs");
  for (const file of globSync("packages/**/*.node", { cwd: process.argv[1] })) require(`${process.argv[1]}/${file}`);
' "$PWD/opt/florenetes/releases/$name" || fail "this machine cannot run it: see above"

before=$(readlink "$home/current" || echo "releases/$name")
mkdir -p "$home/releases"
if [ ! -e "$home/releases/$name" ]; then
  # A release is there whole, or not at all.
  rm -rf "$home/releases/$name.new"
  cp -R "opt/florenetes/releases/$name" "$home/releases/$name.new"
  mv "$home/releases/$name.new" "$home/releases/$name"
fi
cp -RPf etc usr "$root/"
ln -sfn "releases/$name" "$home/current.new"
mv -T "$home/current.new" "$home/current"
# Processes that run are of the release before, which the next install removes.
for release in "$home"/releases/*; do
  case releases/${release##*/} in
  "releases/$name" | "$before") ;;
  *) rm -rf "$release" ;;
  esac
done

echo "release $name is in place${root:+ below $root}."
finish() {
  if [ -z "$root" ] && command -v "$1" >/dev/null; then "$@"; else echo "still to be run there, as root: $*"; fi
}
finish systemd-sysusers link-flor.conf cluster-flor.conf
finish systemd-tmpfiles --create link-flor.conf
finish systemctl daemon-reload
