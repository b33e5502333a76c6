#!/usr/bin/env bash
# Do what a stranger does: clone, `make demo`, open the live order. Prints how long it took; fails after 60 s.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
limit=${LIMIT:-60}
folder=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
demo=
cleanup() {
  if [ -n "$demo" ]; then kill -TERM "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT
git clone -q "$root" "$folder/porchlight"
cd "$folder/porchlight"
began=$(date +%s.%N)
make --no-print-directory demo PORT="$port" >"$folder/guide.txt" 2>&1 &
demo=$!
while :; do
  took=$(python3 -c "import sys, time; print(f'{time.time() - float(sys.argv[1]):.1f}')" "$began")
  if ! kill -0 "$demo" 2>/dev/null; then cat "$folder/guide.txt"; echo "make demo ended by itself"; exit 1; fi
  link=$(grep -oE "http://localhost:$port/o/[A-Za-z0-9_-]+/" "$folder/guide.txt" | head -1 || true)
  if [ -n "$link" ] && curl -fsS -o "$folder/page.html" "$link"; then break; fi
  if [ "${took%.*}" -ge "$limit" ]; then cat "$folder/guide.txt"; echo "no live order page after $limit s"; exit 1; fi
  sleep 0.5
done
grep -q '<h1' "$folder/page.html"
echo "a live order page $took s after make demo (limit $limit s)"
