# What the scripts beside this one share: calls to GitHub's API with the job's own token, and reports that are edited in place.
# Source it. Needs curl and jq, and the variables GITHUB_REPOSITORY and REPORT_TOKEN (GITHUB_API_URL where it is not github.com).
# Texts of others (names, branches, reports) are always data of jq, never part of a command.

api_url="${GITHUB_API_URL:-https://api.github.com}"
report_login="${REPORT_LOGIN:-github-actions[bot]}"

# api METHOD PATH [FILE]: sends FILE as JSON, prints the answer; fails where GitHub refuses.
api() {
  local body=()
  [ $# -lt 3 ] || body=(--data-binary "@$3")
  curl --silent --show-error --fail-with-body --retry 3 --request "$1" \
    --header "Authorization: Bearer $REPORT_TOKEN" --header "Accept: application/vnd.github+json" \
    --header "X-GitHub-Api-Version: 2022-11-28" "${body[@]}" "$api_url$2"
}

encoded() { jq --null-input --raw-output --arg text "$1" '$text | @uri'; }

# comment NUMBER MARKER FILE: one comment of ours that begins with the marker, edited in place.
comment() {
  local number="$1" marker="$2" file="$3" page=1 id="" answer count
  while :; do
    answer="$(api GET "/repos/$GITHUB_REPOSITORY/issues/$number/comments?per_page=100&page=$page")"
    id="$(jq --raw-output --arg marker "$marker" --arg login "$report_login" \
      'map(select(.user.login == $login and (.body // "" | startswith($marker)))) | .[0].id // empty' <<<"$answer")"
    count="$(jq length <<<"$answer")"
    if [ -n "$id" ] || [ "$count" -lt 100 ]; then break; fi
    page=$((page + 1))
  done
  local body
  body="$(mktemp)"
  jq --null-input --arg marker "$marker" --rawfile text "$file" '{body: ($marker + "\n" + $text)}' >"$body"
  if [ -n "$id" ]; then
    api PATCH "/repos/$GITHUB_REPOSITORY/issues/comments/$id" "$body" >/dev/null
  else
    api POST "/repos/$GITHUB_REPOSITORY/issues/$number/comments" "$body" >/dev/null
  fi
  rm -f "$body"
}
