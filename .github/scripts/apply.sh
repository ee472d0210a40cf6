#!/usr/bin/env bash
# Applies the policy that was merged, keeps the journal, and tells the merged pull request what came of it.
# POLICY: its folder. JOURNAL: the file to write. LIMIT_MAX: bounds that no merged policy can raise, such as "deletions=5 loosening=0".
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/github.sh"

bounds=()
for bound in ${LIMIT_MAX:-}; do bounds+=(--limit-max "$bound"); done
report="$(mktemp)"
code=0
ordain apply --policy "$POLICY" --yes --public-only "${bounds[@]}" --journal "$JOURNAL" --format markdown >"$report" || code=$?
# Of what it did, ordain has written the job's summary itself, with more room than a comment has.
if [ ! -s "$report" ]; then
  if [ "$code" = 0 ]; then
    echo "### ordain: nothing had to be changed" >"$report"
  else
    printf '### ordain: nothing was changed (exit %s)\n\nThe log of the run says why.\n' "$code" >"$report"
  fi
  cat "$report" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
number="$(api GET "/repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls" |
  jq --raw-output 'map(select(.merged_at != null)) | .[0].number // empty')"
[ -z "$number" ] || comment "$number" "<!-- ordain:apply -->" "$report"
exit "$code"
