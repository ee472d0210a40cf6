#!/usr/bin/env bash
# Makes the archive of one target: the program, its licences, the README and the changelog, manual pages and completions.
# TARGET is the target of the compiler, VERSION the version, BINARY the program that was built (it must run here: it writes its
# own manual pages and completions), OUT the folder for the archive. The same files give the same bytes (SOURCE_DATE_EPOCH).
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
: "${TARGET:?}" "${VERSION:?}" "${BINARY:?}" "${OUT:?}"
fail() { echo "package: $*" >&2; exit 1; }

told="$("$BINARY" --version)"
[ "$told" = "ordain $VERSION" ] || fail "$BINARY says \`$told\`, not \`ordain $VERSION\`"
case "$TARGET" in
  *-musl)
    # A program that asks for a loader is not static, and would not run where that loader is another one.
    headers="$(readelf --program-headers "$BINARY")"
    case "$headers" in *INTERP*) fail "$BINARY is not static" ;; esac
    ;;
esac

name="ordain-$VERSION-$TARGET"
program=ordain
case "$TARGET" in *windows*) program=ordain.exe ;; esac
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
folder="$work/$name"
mkdir -p "$folder/man" "$folder/completions" "$OUT"
cp "$BINARY" "$folder/$program"
cp "$root/LICENSE-APACHE" "$root/LICENSE-MIT" "$root/README.md" "$root/CHANGELOG.md" "$folder"
"$BINARY" --quiet man --out "$folder/man"
"$BINARY" completions bash >"$folder/completions/ordain.bash"
"$BINARY" completions zsh >"$folder/completions/_ordain"
"$BINARY" completions fish >"$folder/completions/ordain.fish"
"$BINARY" completions powershell >"$folder/completions/ordain.ps1"
find "$folder" -type d -exec chmod 755 {} +
find "$folder" -type f -exec chmod 644 {} +
chmod 755 "$folder/$program"

epoch="${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}"
stamp="$(date -u -d "@$epoch" +%Y%m%d%H%M.%S 2>/dev/null || date -u -r "$epoch" +%Y%m%d%H%M.%S)"
find "$folder" -exec env TZ=UTC touch -t "$stamp" {} +

out="$(cd "$OUT" && pwd)"
cd "$work"
find "$name" | LC_ALL=C sort >files
case "$TARGET" in
  *windows*)
    archive="$name.zip"
    if command -v 7z >/dev/null; then
      7z a -bso0 -tzip "$out/$archive" "$name"
    else
      python3 -m zipfile -c "$out/$archive" "$name"
    fi
    ;;
  *)
    archive="$name.tar.gz"
    owner=(--uid 0 --gid 0 --uname root --gname root)
    case "$(tar --version)" in *GNU*) owner=(--owner=root:0 --group=root:0) ;; esac
    tar --create --format ustar "${owner[@]}" --no-recursion --file - --files-from files | gzip -n -9 >"$out/$archive"
    ;;
esac
echo "$out/$archive"
