#!/bin/sh
# The pictures of the README, made by the program itself from the demo: scripts/pictures.sh COUNTY RUN OUT [row,col,rows,cols]
set -eu
county=${1:?the folder of a county}
run=${2:?the folder of its scan}
out=${3:?where the pictures go}
window=${4:-} # the part shown; without it the most telling one
mkdir -p "$out"
cargo run --release --locked --example pictures -- "$county/before.tif" "$county/after.tif" "$run" "$out/demo.png" \
  ${window:+"$window"}
echo "$out/demo.png"

# The page as a browser shows it.
for browser in chromium chromium-browser google-chrome; do
  if command -v "$browser" >/dev/null 2>&1; then
    profile=$(mktemp -d)
    trap 'rm -rf "$profile"' EXIT
    # Browsers refuse their sandbox to root.
    set --
    [ "$(id -u)" -ne 0 ] || set -- --no-sandbox
    "$browser" --headless --disable-gpu --disable-quic --no-first-run --disable-background-networking \
      --disable-component-update --disable-sync --user-data-dir="$profile" "$@" \
      --window-size=1366,900 --screenshot="$out/report.png" \
      "file://$(cd "$run" && pwd)/report.html" >/dev/null 2>&1
    echo "$out/report.png"
    exit 0
  fi
done
echo "no chromium: $out/report.png is left as it is" >&2
