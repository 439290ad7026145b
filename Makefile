# Kuuluu. `make help` lists what there is.
SHELL := /bin/bash
PORT ?= 8000
PYTHON ?= python3.11
FLASK := .venv/bin/flask --app wsgi

.PHONY: help setup demo serve test check bench vendor messages clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/\1|\2/' | column -t -s '|'

setup: .venv/ready ## Make the environment in .venv, nothing else

.venv/ready: requirements.txt requirements-dev.txt scripts/environment.sh translations/fi/LC_MESSAGES/messages.po translations/sv/LC_MESSAGES/messages.po
	@PYTHON="$(PYTHON)" scripts/environment.sh requirements.txt
	@touch .venv/ready

demo: setup ## Load the demonstration city if need be and serve it
	@scripts/demo.sh $(PORT)

serve: setup ## Serve the municipality of this folder
	@scripts/serve.sh $(PORT)

test: ## Everything that must hold: checks, unit, PostgreSQL and browser tests
	@PYTHON="$(PYTHON)" scripts/test.sh

check: ## Only the quick checks: ruff, mypy, djlint, translations
	@scripts/check.sh

bench: ## Measure the pages beside a bare Flask, and the count beside its literal reference
	@PYTHON="$(PYTHON)" scripts/environment.sh requirements-dev.txt
	@.venv/bin/python -m bench

vendor: ## Fetch the vendored scripts again and compare their sums
	@scripts/vendor.sh

messages: ## Collect the texts of the interface into translations/
	@.venv/bin/pybabel -q extract -F babel.cfg -k _l -k lazy_gettext --no-location --sort-output --project=Kuuluu --copyright-holder=Kuuluu -o translations/messages.pot app
	@for lang in fi sv; do .venv/bin/pybabel -q update -N --no-wrap -i translations/messages.pot -d translations -l $$lang; done

clean: ## Remove the environment and caches; the database in instance/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
