#!/usr/bin/env bash
# Publishes a release: first as a draft, with every file; only once all are there does anybody see it. TAG is the tag, FILES the
# folder with the archives and SHA256SUMS, NOTES the text. Needs gh with GH_TOKEN.
set -euo pipefail
: "${TAG:?}" "${FILES:?}" "${NOTES:?}"
(cd "$FILES" && sha256sum --check --strict --quiet SHA256SUMS)
gh release create "$TAG" --draft --verify-tag --title "$TAG" --notes-file "$NOTES"
gh release upload "$TAG" "$FILES"/*
gh release edit "$TAG" --draft=false
