# Every target sets itself up: `make demo` and `make test` work on a fresh machine with Python 3.11, JDK 17 and make.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON311 ?= $(firstword $(shell command -v python3.11 python3 python))
PYTHON := .venv/bin/python
WORKERS ?= 2
PYTEST := $(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder
IVY_SETTINGS ?= conf/ivysettings.xml
DATA ?= ../shared/data
ENCODER := .brandpulse/training/encoder/encoder.pt
SUDO ?= $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# Workers must run the environment's Python, another Spark on this machine must not be picked up, and everything
# stays on loopback.
export PYSPARK_PYTHON := $(CURDIR)/$(PYTHON)
export PYSPARK_DRIVER_PYTHON := $(CURDIR)/$(PYTHON)
export SPARK_LOCAL_IP := 127.0.0.1
export PYTHONPATH := $(CURDIR)
export INPUT DATA
unexport SPARK_HOME SPARK_CONF_DIR PYTHONHOME

.PHONY: help setup setup-train setup-system lock lint test test-full docs screenshots demo run package train train-smoke clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make .venv and .cache/jars what the locks say (a second run only looks)
	@$(call install)

setup-train: ## The same with the packages that only training needs (6 GB)
	@$(call install,--train)

setup-system: ## Install what only some tests need: a browser, PostgreSQL (Debian)
	$(SUDO) apt-get update -qq
	$(SUDO) apt-get install -qq -y --no-install-recommends $$(grep -v '^#' requirements-system.txt)

lock: setup ## Resolve setup.py and conf/jars_roots.xml into the locks (UPGRADE=1: newest versions)
	$(PYTHON) -m tools.lock $(if $(UPGRADE),--upgrade)

lint: setup ## Format check, ruff, mypy
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

test: lint ## Lint and every quick test but of groups unchanged since they passed: what CI runs
	$(PYTEST) -m "not slow" --skip-passed

test-full: setup-train lint ## Lint and every test; records the groups that pass
	$(PYTEST) --record-passed

docs: setup ## Write docs/reference and the tables of results (a test fails when they are stale)
	$(PYTHON) -m tools.docs

screenshots: setup ## Take the pictures of the README and the guides (needs chromium and fonts-inter: make setup-system)
	mkdir -p docs/images
	BRANDPULSE_SCREENSHOTS=docs/images $(PYTHON) -m pytest -q tests/serving/dashboard/test_browser.py -k pictures

demo: setup ## Tweets to Kafka, stream, profiles, segments, MongoDB, figures (INPUT=path: your archive)
	$(PYTHON) jobs/demo.py $${INPUT:+--input "$$INPUT"}

run: setup ## The live system: stack, stream, refresh on a timer; restarts what dies
	$(PYTHON) -m stack run

package: setup ## dist/brandpulse.zip for spark-submit --py-files
	$(PYTHON) -m tools.packaging

train-smoke: setup ## A few steps of every training on generated rows; skipped while unchanged since it passed
	@if $(PYTHON) -m tests.groups training; then echo "train-smoke: skipped, has passed with the same files"; \
	else $(MAKE) setup-train && $(PYTEST) -m "train and not slow" tests/models/training; fi

train: setup-train ## Train the shipped annotators again (DATA=folder of the training sets, FLAGS=--bf16)
	$(PYTHON) jobs/train_annotator.py --data "$(DATA)" --resume --ship $(FLAGS)
	$(PYTHON) jobs/pretrain_encoder.py --data "$(DATA)" --resume $(FLAGS)
	$(PYTHON) jobs/train_entities.py --data "$(DATA)" --encoder $(ENCODER) --resume --ship $(FLAGS)

clean: ## Remove what runs and builds leave, but not .venv, the jars and the lake
	rm -rf dist build *.egg-info .demo .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# -S: no site-packages, so that looking takes a tenth of a second.
define install
	if [ -z "$(PYTHON311)" ]; then echo "setup: no Python: install Python 3.11 and put it on PATH" >&2; exit 3; fi; \
	"$(PYTHON311)" -S -m tools.install --ivy-settings "$(IVY_SETTINGS)" $(1)
endef
