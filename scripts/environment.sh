#!/usr/bin/env bash
# Makes .venv hold exactly the packages of a hashed requirements file, and compiles translations.
# Needs Python 3.11; finds or installs uv, falls back to pip. Usage: environment.sh requirements.txt
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=$1
python=${PYTHON:-python3.11}
command -v "$python" >/dev/null || python=python3
"$python" - <<'PY' || { echo "Kuuluu needs Python 3.11 or newer." >&2; exit 1; }
import sys
sys.exit(sys.version_info < (3, 11))
PY

make_tools() {
    # A small environment of its own for uv, from pip where pip is to be had.
    if "$python" -c "import ensurepip" 2>/dev/null; then
        "$python" -m venv .venv/tools
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing python3-venv ..."
        apt-get -qq update && apt-get -qq install -y python3-venv >/dev/null
        "$python" -m venv .venv/tools
    else
        echo "Python has no pip here. Install it first: apt-get install python3-venv" >&2
        exit 1
    fi
    .venv/tools/bin/python -m pip -q --disable-pip-version-check install uv 2>/dev/null ||
        .venv/tools/bin/python -m pip -q install uv
}

mkdir -p .venv
digest=$(cat "$wanted" | sha256sum | cut -c1-64)
if [ "$(cat ".venv/installed" 2>/dev/null)" != "$wanted $digest" ] &&
   { [ "$wanted" != requirements.txt ] || [ "$(cut -d' ' -f1 .venv/installed 2>/dev/null)" != requirements-dev.txt ]; }; then
    uv=$(command -v uv || true)
    if [ -z "$uv" ]; then
        [ -x .venv/tools/bin/uv ] || make_tools
        uv=.venv/tools/bin/uv
    fi
    echo "installing the packages of $wanted ..."
    [ -x .venv/bin/python ] || "$uv" venv -q --allow-existing --python "$python" .venv
    VIRTUAL_ENV=$PWD/.venv "$uv" pip sync -q --require-hashes "$wanted"
    echo "$wanted $digest" > .venv/installed
fi
for po in translations/*/LC_MESSAGES/messages.po; do
    [ "$po" -ot "${po%.po}.mo" ] || .venv/bin/pybabel -q compile -f -i "$po" -o "${po%.po}.mo"
done
