# The two commands: `make run` and `make test`. Each does all its own set-up.
#   make run                  a playground: one remote, two clones, one daemon
#   make run CONFIG=FILE      your own configuration
#   make test                 everything: format, lint, types, imports, all tests on every Python
#   make check                the quick part of it
#   make torture MINUTES=60   attacks, for as long as you like; SEED=N, REPLAY=FILE, ROUNDS=300
#                             updates against writers, DEATHS=200 daemons killed, STORM=100000 files
#   make bench                measures, and writes docs/performance.md; BENCH="--sizes 1000 --rounds 3"
#   make dist, make deb       a wheel and an sdist, a Debian package
.DEFAULT_GOAL := help
.PHONY: help run test check bench dist deb torture tools format clean
.DELETE_ON_ERROR:

SHELL := /bin/sh
CONFIG ?=
MINUTES ?= 10
PYTHON := $(firstword $(shell sh .ci/pythons))
PYTHONS := $(shell sh .ci/pythons)
VENV := .venv
BIN := $(VENV)/bin
SOURCES := autosyncd autosyncctl tests contrib $(wildcard bench)

help:
	@sed -n '1,10s/^# \{0,1\}//p' Makefile

run: $(VENV)/.installed
	@if [ -n "$(CONFIG)" ]; then exec $(BIN)/autosyncd --config "$(CONFIG)"; \
	else exec $(BIN)/python contrib/playground.py; fi

$(VENV)/.installed: pyproject.toml .ci/environment .ci/pythons
	@sh .ci/environment "$(PYTHON)" $(VENV)

tools:
	@sh .ci/tools

check: $(VENV)/.installed
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -n auto -m "not system and not slow" tests

test: tools $(VENV)/.installed
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@sh .ci/test-all $(PYTHONS)

bench: $(VENV)/.installed
	$(BIN)/python -m bench --write $(BENCH)

dist: $(VENV)/.installed
	@rm -rf dist
	$(BIN)/python -m build --outdir dist

deb: dist
	@sh contrib/debian/build.sh $(BIN)/pip dist/*.whl

torture: tools $(VENV)/.installed
	$(BIN)/python -m tests.torture --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) \
		$(if $(REPLAY),--replay $(REPLAY)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(DEATHS),--deaths $(DEATHS)) $(if $(STORM),--storm $(STORM))

format: $(VENV)/.installed
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

clean:
	rm -rf .venv* build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
