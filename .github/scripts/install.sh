#!/usr/bin/env bash
# Puts ordain on the PATH of the steps that follow: built from the checkout in which this script stands, or the release that
# ORDAIN_VERSION names, into ORDAIN_FOLDER (default: a folder of the runner). A release's checksum must fit, and where gh is
# there, its provenance: that the release workflow of ORDAIN_REPOSITORY built it. Whatever does not fit, nothing is installed.
# ORDAIN_RELEASES_URL is where releases are, if not on GITHUB_SERVER_URL.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
root="${ORDAIN_FOLDER:-${RUNNER_TEMP:-/tmp}/ordain}"
fail() { echo "install: $*; nothing was installed" >&2; exit 1; }

target() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo x86_64-unknown-linux-musl ;;
    Linux-aarch64) echo aarch64-unknown-linux-musl ;;
    Darwin-x86_64) echo x86_64-apple-darwin ;;
    Darwin-arm64) echo aarch64-apple-darwin ;;
    MINGW*-x86_64 | MSYS*-x86_64) echo x86_64-pc-windows-msvc ;;
    *) fail "there is no release for $(uname -s) on $(uname -m)" ;;
  esac
}

fetch() {
  curl --silent --show-error --fail --location --retry 3 --output "$2" "$1" || fail "$1 could not be fetched"
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

work=""
trap '[ -z "$work" ] || rm -rf "$work"' EXIT

release() {
  local version="$1" target file base url wanted found program=ordain
  [[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "\`$version\` is no version; write one such as 0.1.0"
  target="$(target)"
  file="ordain-$version-$target.tar.gz"
  case "$target" in *windows*) file="ordain-$version-$target.zip" program=ordain.exe ;; esac
  base="${ORDAIN_RELEASES_URL:-${GITHUB_SERVER_URL:-https://github.com}/${ORDAIN_REPOSITORY:?}/releases/download}"
  url="$base/v$version"
  work="$(mktemp -d)"
  fetch "$url/SHA256SUMS" "$work/SHA256SUMS"
  fetch "$url/$file" "$work/$file"

  wanted="$(awk -v file="$file" '$2 == file || $2 == "*" file { print $1 }' "$work/SHA256SUMS")"
  [[ "$wanted" =~ ^[0-9a-f]{64}$ ]] || fail "SHA256SUMS does not name $file, or not once"
  found="$(sha256 "$work/$file")"
  [ "$found" = "$wanted" ] || fail "the checksum of $file is $found, and should be $wanted"
  if command -v gh >/dev/null; then
    gh attestation verify "$work/$file" --repo "${ORDAIN_REPOSITORY:?}" \
      --signer-workflow "$ORDAIN_REPOSITORY/.github/workflows/release.yml" >&2 ||
      fail "the provenance of $file could not be verified (gh needs GH_TOKEN for that)"
  else
    echo "install: gh is not there, so only the checksum was verified" >&2
  fi

  case "$file" in
    *.zip) unzip -q "$work/$file" -d "$work" || fail "$file cannot be unpacked" ;;
    *) tar --extract --gzip --file "$work/$file" --directory "$work" || fail "$file cannot be unpacked" ;;
  esac
  local unpacked="$work/ordain-$version-$target"
  [ "$("$unpacked/$program" --version)" = "ordain $version" ] || fail "$file does not hold ordain $version"
  mkdir -p "$root/bin"
  mv -f "$unpacked/$program" "$root/bin/$program"
  mkdir -p "$root/share"
  cp -R "$unpacked/man" "$unpacked/completions" "$root/share"
}

if [ -z "${ORDAIN_VERSION:-}" ]; then
  cargo install --quiet --locked --path "$here" --root "$root"
else
  release "$ORDAIN_VERSION"
fi
if [ -n "${GITHUB_PATH:-}" ]; then
  echo "$root/bin" >>"$GITHUB_PATH"
fi
echo "install: ordain is in $root/bin"
