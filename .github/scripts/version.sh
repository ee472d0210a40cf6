#!/usr/bin/env bash
# Holds the tag of a release against Cargo.toml and the changelog, says the version to the steps that follow, and writes what the
# changelog says of it to the file NOTES. TAG is the tag, such as v0.1.0.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
: "${TAG:?}" "${NOTES:?}"
fail() { echo "version: $*" >&2; exit 1; }

version="$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)"
[ -n "$version" ] || fail "Cargo.toml names no version"
[ "$TAG" = "v$version" ] || fail "the tag is $TAG, and Cargo.toml says $version"
awk -v head="## [$version]" 'index($0, head) == 1 { on = 1; next } /^## / { on = 0 } on' CHANGELOG.md >"$NOTES"
grep -q '[^[:space:]]' "$NOTES" || fail "CHANGELOG.md says nothing of $version"
echo "version=$version" >>"${GITHUB_OUTPUT:-/dev/stdout}"
