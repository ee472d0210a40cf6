#!/usr/bin/env bash
# Says what differs: SARIF for code scanning, and one rolling issue that is edited only when something changed and closed when
# nothing differs. One observation serves both. POLICY: the folder. SARIF: the file to write.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/github.sh"
title="ordain: what differs from the policy"
work="$(mktemp -d)"

code=0
ordain snapshot --policy "$POLICY" --out "$work/snapshot.json" || code=$?
[ "$code" = 0 ] || [ "$code" = 3 ] || exit "$code"
drift() { ordain drift --policy "$POLICY" --snapshot "$work/snapshot.json" --public-only --quiet --format "$1"; }
code=0
drift json >"$work/drift.json" || code=$?
[ "$code" != 1 ] || exit 1
# The first run has written the job's summary; once is enough.
unset GITHUB_STEP_SUMMARY GITHUB_OUTPUT
drift markdown >"$work/report.md" || true
drift sarif >"$SARIF" || true

# What differs, and not when it was looked at or what that cost.
state="$(jq --sort-keys --compact-output '
  [.changes[] | {id, after}] + [.findings[] | select(.verdict != "waived" and .verdict != "not_applicable" and .verdict != "compliant") | {id, verdict, message}]
  ' "$work/drift.json" | sha256sum | cut -d " " -f 1)"
marker="<!-- ordain:drift $state -->"
mine="$(api GET "/repos/$GITHUB_REPOSITORY/issues?state=open&per_page=100&creator=$(encoded "$report_login")" |
  jq --arg title "$title" 'map(select(.title == $title and .pull_request == null)) | .[0] // empty')"
number="$(jq --raw-output '.number // empty' <<<"${mine:-null}")"
if [ "$code" = 0 ]; then
  if [ -n "$number" ]; then
    jq --null-input '{state: "closed"}' >"$work/issue.json"
    api PATCH "/repos/$GITHUB_REPOSITORY/issues/$number" "$work/issue.json" >/dev/null
  fi
  exit 0
fi
if [ -n "$number" ] && jq --exit-status --arg marker "$marker" '.body // "" | startswith($marker)' <<<"$mine" >/dev/null; then
  echo "Nothing changed since issue #$number was written."
  exit 0
fi
jq --null-input --arg title "$title" --arg marker "$marker" --rawfile text "$work/report.md" \
  '{title: $title, body: ($marker + "\n" + $text)}' >"$work/issue.json"
if [ -n "$number" ]; then
  api PATCH "/repos/$GITHUB_REPOSITORY/issues/$number" "$work/issue.json" >/dev/null
else
  api POST "/repos/$GITHUB_REPOSITORY/issues" "$work/issue.json" >/dev/null
fi
