#!/usr/bin/env bash
# Loads the demonstration city into instance/ when it is not there yet, and serves it.
# Usage: demo.sh PORT
set -euo pipefail
cd "$(dirname "$0")/.."
port=$1
flask=".venv/bin/flask --app wsgi"
export KUULUU_PUBLIC_URL=${KUULUU_PUBLIC_URL:-http://127.0.0.1:$port}
$flask db upgrade
$flask demo load
$flask demo show --port "$port"
exec scripts/serve.sh "$port"
