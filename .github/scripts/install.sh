#!/usr/bin/env bash
# Puts ordain on the PATH of the steps that follow: built from the checkout in which this script stands, or the release that
# ORDAIN_VERSION names, whose checksum must fit.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
root="${RUNNER_TEMP:-/tmp}/ordain"
mkdir -p "$root/bin"
if [ -z "${ORDAIN_VERSION:-}" ]; then
  cargo install --quiet --locked --path "$here" --root "$root"
else
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) target=x86_64-unknown-linux-musl ;;
    Linux-aarch64) target=aarch64-unknown-linux-musl ;;
    Darwin-arm64) target=aarch64-apple-darwin ;;
    *) echo "there is no release for $(uname -s) on $(uname -m)" >&2; exit 1 ;;
  esac
  file="ordain-$target.tar.gz"
  base="${GITHUB_SERVER_URL:-https://github.com}/${ORDAIN_REPOSITORY:?}/releases/download/v$ORDAIN_VERSION"
  cd "$root"
  curl --silent --show-error --fail --location --remote-name "$base/$file" --remote-name "$base/$file.sha256"
  sha256sum --check --strict "$file.sha256"
  tar --extract --gzip --file "$file" --directory bin ordain
fi
echo "$root/bin" >>"$GITHUB_PATH"
