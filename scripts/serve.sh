#!/usr/bin/env bash
# Serves with gunicorn on 127.0.0.1 and runs the jobs (mail, clocks, seals) beside it.
# Usage: serve.sh PORT
set -euo pipefail
cd "$(dirname "$0")/.."
port=$1
.venv/bin/flask --app wsgi db upgrade
.venv/bin/flask --app wsgi jobs run &
jobs=$!
trap 'kill "$jobs" 2>/dev/null || true' EXIT
trap 'exit 0' INT TERM
.venv/bin/gunicorn --config deploy/gunicorn.py --bind "127.0.0.1:$port" wsgi:app &
web=$!
trap 'kill "$web" "$jobs" 2>/dev/null || true; wait "$web" 2>/dev/null || true' EXIT
wait "$web"
