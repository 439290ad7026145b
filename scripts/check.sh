#!/usr/bin/env bash
# The quick checks: style, types, templates, translations.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check .
.venv/bin/ruff format --check -q .
.venv/bin/mypy
.venv/bin/djlint app --lint --quiet
