#!/usr/bin/env bash
# All checks and tests. What is missing on this machine is installed where that is allowed, else
# skipped with one line; with CI=true a skip is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v chromium >/dev/null || [ -n "${KUULUU_CHROMIUM:-}" ] || missing+=(chromium)
ldconfig -p 2>/dev/null | grep -q libvoikko || missing+=(libvoikko1 voikko-fi)
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${missing[*]} ..."
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y "${missing[@]}" >/dev/null
elif [ ${#missing[@]} -gt 0 ]; then
    echo "skipping what needs ${missing[*]}: get it with apt-get install ${missing[*]}"
    [ "${CI:-}" != true ] || { echo "CI needs ${missing[*]}" >&2; exit 1; }
fi

scripts/environment.sh requirements-dev.txt
scripts/check.sh
exec .venv/bin/python -m pytest -n "${KUULUU_TEST_WORKERS:-auto}" --timeout=300 "$@"
