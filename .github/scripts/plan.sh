#!/usr/bin/env bash
# Plans a packed proposal and reports it: one comment that is edited in place, and a check with annotations at the lines of the
# policy. The proposal is read as data; the policy in BASE says which organisations are asked.
#
# PROPOSAL, BASE: the packed policy, and the folder of the one before. HEAD_SHA, HEAD_OWNER, HEAD_BRANCH: the proposal's head.
# FORK: true where it comes from another repository. Credentials of ordain; REPORT_TOKEN for the report.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/github.sh"
cd "$(mktemp -d)"

head="$(encoded "$HEAD_OWNER:$HEAD_BRANCH")"
number="$(api GET "/repos/$GITHUB_REPOSITORY/pulls?state=open&head=$head" |
  jq --raw-output --arg sha "$HEAD_SHA" 'map(select(.head.sha == $sha)) | .[0].number // empty')"
if [ -z "$number" ]; then
  echo "No open pull request has this head any more; there is nothing to report to."
  exit 0
fi

trust=--untrusted
[ "$FORK" = true ] || trust=--orgs-of-base
code=0
ordain plan --policy "$PROPOSAL" --base "$BASE" "$trust" --public-only --format markdown --out plan.json >report.md 2>notes.txt || code=$?
cat notes.txt >&2
if [ ! -s plan.json ]; then
  {
    printf '### ordain: the proposal cannot be planned\n\n```text\n'
    tr '`' "'" <notes.txt | head -c 20000
    printf '\n```\n'
  } >report.md
  echo '{"changes":[],"findings":[],"refused":[]}' >plan.json
fi
comment "$number" "<!-- ordain:plan -->" report.md

jq --arg sha "$HEAD_SHA" --argjson code "$code" --rawfile report report.md --arg folder "${POLICY_PATH:-policy}" '
  def said: if .verdict then .verdict else "change" end;
  [(.changes + .findings)[] | select(.introduced != false and .source != null)]
  | group_by([.source.file, .source.line])
  | map({
      path: ($folder + "/" + .[0].source.file),
      start_line: .[0].source.line,
      end_line: .[0].source.line,
      annotation_level: (if any(.[]; said == "violation" or said == "unknown") then "warning" else "notice" end),
      message: (([group_by(said)[] | "\(length) \(.[0] | said)"] | join(", ")) + ": " + ([.[].setting] | unique | .[0:5] | join(", ")))
    }) as $annotations
  | {
      name: "ordain plan", head_sha: $sha, status: "completed",
      conclusion: (if $code == 1 then "failure" elif $code == 3 then "neutral" else "success" end),
      output: {title: ($report | split("\n")[0] | ltrimstr("### ordain: ")), summary: $report[0:60000], annotations: $annotations[0:50]}
    }
  ' plan.json >check.json
# A plan beyond a limit would be refused by apply.
if jq --exit-status '.refused | length > 0' plan.json >/dev/null; then
  jq '.conclusion = "failure"' check.json >refused.json && mv refused.json check.json
fi
api POST "/repos/$GITHUB_REPOSITORY/check-runs" check.json >/dev/null
