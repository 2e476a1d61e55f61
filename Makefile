# Prefect, Airflow 3 and Airflow 2 cannot be installed together, so each has its own environment under
# .venvs/, beside one for each Python that the core supports. uv builds them; pip only fetches uv.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON ?= python3
INTERPRETERS := $(shell PYTHON='$(PYTHON)' .ci/find-python)
interpreter = $(patsubst $1=%,%,$(filter $1=%,$(INTERPRETERS)))

SUPPORTED := 3.10 3.11 3.12 3.13
FOUND := $(foreach version,$(INTERPRETERS),$(firstword $(subst =, ,$(version))))
MISSING := $(filter-out $(FOUND),$(SUPPORTED))
# The demo shares keys between Prefect and Airflow 3, and a key holds the version of Python.
ENGINE := $(firstword $(FOUND))
AIRFLOW_2 := $(firstword $(filter-out 3.13,$(FOUND)))

UV := .venvs/tools/bin/uv
CONSTRAINTS := .ci/constraints
CORE := $(filter $(FOUND:%=core-%),$(SUPPORTED:%=core-%))
ENVIRONMENTS := lint $(CORE) prefect prefect-oldest airflow-3 airflow-2
PARTS := lint $(CORE:%=test-%) test-engines

export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export AIRFLOW__CORE__LOAD_EXAMPLES := False
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED := False

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][-a-z0-9.X]*:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "Pythons found: $(sort $(FOUND))$(if $(MISSING),; missing: $(MISSING))"

.PHONY: demo
demo: .venvs/prefect/.ready .venvs/airflow-3/.ready ## run one pipeline in Prefect and in Airflow 3 on one cache
	PYTHONPATH=flows .venvs/prefect/bin/python -m demo \
	    --prefect .venvs/prefect/bin/python --airflow .venvs/airflow-3/bin/python

.PHONY: test
test: ## lint, then test in every environment; prints the seconds each part took
	@$(MAKE) --no-print-directory -j2 environments; \
	times="environments $$SECONDS s"; failed=; \
	for part in $(PARTS); do \
	    began=$$SECONDS; outcome=; \
	    $(MAKE) --no-print-directory $$part || { failed+=" $$part"; outcome=" FAILED"; }; \
	    times+=$$'\n'"$$part $$((SECONDS - began)) s$$outcome"; \
	done; \
	echo "$$times"; \
	$(if $(MISSING),echo "not tested; no such Python here: $(MISSING)";) \
	[ -z "$$failed" ]

.PHONY: test-core
test-core: $(CORE:%=test-%) ## test the core on each Python found; test-core-3.X for one
	@$(if $(MISSING),echo "not tested; no such Python here: $(MISSING)",true)

# What a server says, and whether a row can be measured, does not depend on the Python.
EVERYWHERE := --without-servers --ignore tests/benchmarks

# Nor do stores and codecs change between the oldest and the newest Python: there, what keys are made
# of is enough.
BETWEEN := $(filter-out core-$(ENGINE) $(firstword $(CORE)) $(lastword $(CORE)),$(CORE))
BESIDES_KEYS := --ignore tests/conformance --ignore tests/integration

options = $(if $(filter core-$(ENGINE),$1),,$(EVERYWHERE)) $(if $(filter $(BETWEEN),$1),$(BESIDES_KEYS))

.PHONY: $(CORE:%=test-%)
$(CORE:%=test-%): test-%: .venvs/%/.ready .venvs/azurite/.ready
	.venvs/$*/bin/python -m pytest -n auto tests $(call options,$*) \
	    --ignore tests/integration/prefect_engine --ignore tests/integration/airflow_engine

ifneq ($(filter core-3.11,$(CORE)),)
test-core-3.11: .venvs/core-3.11/.torch
endif

# Engines wait for most of their time, each for its own processes: two of them fit beside each other.
.PHONY: test-engines
test-engines: ## test the adapters with every engine
	@$(MAKE) --no-print-directory --output-sync=target --keep-going -j2 \
	    test-prefect test-airflow-3 test-prefect-oldest test-airflow-2

.PHONY: test-prefect test-prefect-oldest
test-prefect: ## test the Prefect adapter
test-prefect-oldest: ## test the Prefect adapter with the oldest Prefect that it takes

# With the oldest is tested what depends on the version of Prefect. Our own parts do not: words for
# mistakes, credentials, what is kept on S3, guides. Deployments, databases, runners and further processes
# of pools do, and take minutes.
test-prefect-oldest: skipped := -m "not newest" $(addprefix --ignore tests/integration/prefect_engine/test_,\
    $(addsuffix .py,block_credentials database deployment guide guide_blocks mistakes register runners\
    speed stored_size what_counts))

# A file's tests share what they look at, so one worker has all of them. What takes long comes first.
test-prefect test-prefect-oldest: test-%: .venvs/%/.ready
	PREFECT_HOME=$(CURDIR)/.venvs/$*/home .venvs/$*/bin/python -m pytest \
	    -n 2 --dist loadfile --no-loadscope-reorder \
	    $(if $(filter prefect,$*),tests/test_documentation.py) tests/integration/prefect_engine $(skipped)

.PHONY: test-airflow-3 test-airflow-2
test-airflow-3: ## test the Airflow adapter with Airflow 3
test-airflow-2: ## test the Airflow adapter with Airflow 2
test-airflow-3 test-airflow-2: test-%: .venvs/%/.ready
	AIRFLOW_HOME=$(CURDIR)/.venvs/$*/home \
	    .venvs/$*/bin/python -m pytest tests/integration/airflow_engine tests/test_documentation.py

# Rows of Airflow's tasks need it, and it cannot be where Prefect is.
BENCH := $(if $(filter airflow,$(firstword $(ROWS))),airflow-3,bench)

.PHONY: bench
bench: .venvs/$(BENCH)/.ready ## measure speed beside other hashers; ROWS=values for one part
	.venvs/$(BENCH)/bin/python -m tests.benchmarks $(ROWS)

.PHONY: lint
lint: .venvs/lint/.ready ## check style, format, layers and types
	.venvs/lint/bin/ruff check .
	.venvs/lint/bin/ruff format --check .
	.venvs/lint/bin/lint-imports
	.venvs/lint/bin/mypy

.PHONY: format
format: .venvs/lint/.ready ## format the code and mend what ruff can
	.venvs/lint/bin/ruff check --fix-only .
	.venvs/lint/bin/ruff format .

.PHONY: environments
environments: $(ENVIRONMENTS:%=.venvs/%/.ready) ## build every environment

.venvs/tools/.ready: $(CONSTRAINTS)/tools.txt
	$(PYTHON) -m venv .venvs/tools
	.venvs/tools/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@

core-needs := --extra azure --extra fast --extra frames --extra gcs --extra redis --extra s3 --extra tensors \
    --group data --group servers --group test --group workers
prefect-needs := --extra prefect --group data --group engine-prefect --group test
prefect-oldest-needs := --extra prefect --group data --group engine-prefect-oldest --group test
bench-needs := --extra prefect --extra fast --extra frames --extra s3 --extra tensors --group data --group engine-prefect --group bench
airflow-3-needs := --extra airflow --group data --group engine-airflow-3 --group test
airflow-2-needs := --extra airflow --group data --group engine-airflow-2 --group test
lint-needs := --extra frames --extra s3 --group data --group lint

# $1 environment, $2 its constraints and needs, $3 Python version
define environment
.venvs/$1/.ready: pyproject.toml $(CONSTRAINTS)/$2.txt .venvs/tools/.ready
	@$(if $3,true,echo "no Python that $1 can use was found" >&2; exit 1)
	$(UV) venv -q --allow-existing --python $(call interpreter,$3) .venvs/$1
	$(UV) pip install -q --exact --python .venvs/$1/bin/python -c $(CONSTRAINTS)/$2.txt \
	    --editable . --requirements pyproject.toml $($2-needs)
	@touch $$@
endef
$(foreach version,$(FOUND),$(eval $(call environment,core-$(version),core,$(version))))
$(foreach name,lint prefect prefect-oldest airflow-3 bench,$(eval $(call environment,$(name),$(name),$(ENGINE))))
$(eval $(call environment,airflow-2,airflow-2,$(AIRFLOW_2)))

# torch's usual build takes gigabytes. The small one is in few registries: without it the tests of
# tensors are skipped.
.venvs/core-3.11/.torch: .venvs/core-3.11/.ready $(CONSTRAINTS)/torch.txt
	@.venvs/tools/bin/python -m pip --python .venvs/core-3.11/bin/python install -q --only-binary :all: \
	    --disable-pip-version-check -c $(CONSTRAINTS)/core.txt -r $(CONSTRAINTS)/torch.txt 2>/dev/null \
	    || echo "not tested: torch; pip finds no such build here"
	@touch $@

# The Azure server is a Node program. Without npm, or where npm does not find it, its tests are skipped.
AZURITE := 3.37.0
.venvs/azurite/.ready: Makefile
	@mkdir -p $(@D)
	@npm install --prefix $(@D) --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
	    --loglevel error azurite@$(AZURITE) >/dev/null 2>&1 \
	    || echo "not tested: Azure; npm does not install its server here"
	@touch $@

compile = $(UV) pip compile -q $(UPGRADE) --universal --python-version 3.10 --no-header --no-annotate \
	--no-emit-index-url --output-file $(CONSTRAINTS)/$1.txt

# The data libraries' versions are part of keys, so every environment has the same ones. The three left
# out are in no key, and the newest that the data libraries take are too new for S3, Airflow and the
# oldest Prefect.
.PHONY: constraints
constraints: .venvs/tools/.ready ## pin each environment anew; UPGRADE=--upgrade takes newer versions
	$(call compile,data) --no-emit-package packaging --no-emit-package python-dateutil \
	    --no-emit-package pytz --group data >/dev/null
	$(foreach name,core prefect prefect-oldest airflow-3 airflow-2 bench lint,\
	    $(call compile,$(name)) -c $(CONSTRAINTS)/data.txt pyproject.toml $($(name)-needs) >/dev/null;)

.PHONY: clean
clean: ## remove the environments and everything that tools leave behind
	rm -rf .venvs .demo .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find orchestra_cache dags flows tests -name __pycache__ -type d -prune -exec rm -rf {} +
