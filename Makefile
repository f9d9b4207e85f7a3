# make demo   a live Customer 360 at http://127.0.0.1:4000 (another port: PORT=4001 make demo)
# make stack  several gateways behind nginx, with Redis and PostgreSQL (deploy/README.md)
# make test   the whole test suite, on all cores (some of it: make test ARGS=tests/plan)
# make check  format, lint, types, house rules, tests
# make bench  what the gateway's parts cost, in one table (tests/benchmarks/README.md)
# make explorer  GraphiQL and the code editor of the page, by npm (make demo tries it once)
# make soak   load and chaos against a whole stack: make soak MINUTES=5 (tests/README.md)
# make fuzz   look for inputs that break a promise: make fuzz SECONDS=600 (tests/README.md)
# make sbom   what the gateway is made of, as CycloneDX: dist/headwater.cdx.json
# make audit  known vulnerabilities of what is locked, where the index has that data
# make lock   resolve the dependencies anew (maintainers)

PORT ?= 4000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCKED := install --quiet --require-hashes
DEV_LOCK := tests/requirements.lock

FIRST ?= 4300

.PHONY: demo explorer stack test check bench soak fuzz sbom audit lock clean install-dev
.DEFAULT_GOAL := demo

demo: $(VENV)/.page
	@exec $(BIN)/headwater demo --port $(PORT)

explorer: $(VENV)/.runtime
	$(BIN)/python -m gateway.explorer.building

# A convenience, tried once for each state of its sources: without npm or network the
# page has PyPI's GraphiQL.
$(VENV)/.page: $(VENV)/.runtime $(wildcard gateway/explorer/npm/*)
	@! command -v npm >/dev/null || echo "Building the page's GraphiQL with npm"
	@! command -v npm >/dev/null || $(BIN)/python -m gateway.explorer.building || true
	@touch $@

# nginx at port FIRST, everything else in the 59 behind it; ARGS="--gateways 3 --workers 1".
stack: $(VENV)/.dev
	@exec $(BIN)/python -m tests.stack --first $(FIRST) $(ARGS)

# All of them on all cores; some files, as in `make test ARGS=tests/plan`, in one process.
# With compiled modules kept: the tests start the command often.
test: $(VENV)/.dev
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest \
		$(or $(ARGS),-n auto --dist worksteal)

install-dev: $(VENV)/.dev

check: $(VENV)/.dev
	$(BIN)/python tests/check.py

bench: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks $(ARGS)

MINUTES ?= 5
soak: $(VENV)/.dev
	@$(BIN)/python -m tests.load.soak --minutes $(MINUTES) $(ARGS)

SECONDS ?= 300
fuzz: $(VENV)/.dev
	@nice $(BIN)/python -m tests.fuzzing --seconds $(SECONDS) $(ARGS)

sbom: $(VENV)/.dev
	@$(BIN)/python -m tests.supply.sbom dist/headwater.cdx.json

audit: $(VENV)/.dev
	@$(BIN)/python -m tests.supply.audit

# PYTHON=... chooses one. Else the first from 3.11 on that was built with optimizations, as
# a distribution's and Docker's are: pyenv's plain build takes up to a seventh more CPU.
NEW = import sys; sys.exit(sys.version_info < (3, 11))
FAST = import ensurepip, sys, sysconfig; \
	told = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or ""); \
	sys.exit(sys.version_info < (3, 11) or not (told or sys.base_prefix == "/usr"))
PYTHONS = $(or $(PYTHON),python3 python3.13 python3.12 python3.11 /usr/bin/python3)
FIND_PYTHON = for fit in '$(FAST)' '$(NEW)'; do for python in $(PYTHONS); do \
	"$$python" -c "$$fit" 2>/dev/null && break 2; python=; done; done; \
	[ -n "$$python" ] || { echo "Headwater needs Python 3.11 or newer; name yours with PYTHON=..., as in: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }

$(VENV)/.made:
	@if [ -e $(BIN)/python ]; then echo "$(VENV) is there, but was not made by this Makefile, which would empty it. Move it away, or keep it by: touch $@" >&2; exit 1; fi
	@$(FIND_PYTHON); echo "Making $(VENV) with $$($$python --version) ($$(command -v $$python))"; \
	"$$python" -m venv --clear $(VENV) && touch $@

# Installed as they are locked; then this checkout itself, editable, with no download.
$(VENV)/.runtime: $(VENV)/.made requirements.lock pyproject.toml
	@echo "Installing what the gateway needs (once)"
	@$(PIP) $(LOCKED) -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q gateway
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime $(DEV_LOCK)
	@echo "Installing what the tests need (once)"
	@$(PIP) $(LOCKED) -r $(DEV_LOCK)
	@touch $@

# The hashes must be the public index's own, whatever this machine's pip is told.
COMPILE = env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL -u PIP_INDEX_URL \
	PIP_CONFIG_FILE=/dev/null $(VENV)/lock/bin/pip-compile --quiet --upgrade \
	--generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	--strip-extras --allow-unsafe
DEV_NAMES = import tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")

# On the oldest Python we support: its dependencies are a superset of the others'.
# deploy/otlp.lock is what the image has besides: the exporter of traces.
# together.in is what the extras (botocore) need of what we need ourselves.
lock: $(VENV)/.made
	$(BIN)/python -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip install --quiet pip-tools
	echo 'python-dateutil<3' > $(VENV)/together.in
	$(COMPILE) -c $(VENV)/together.in --build-deps-for editable -o requirements.lock pyproject.toml
	$(BIN)/python -c '$(DEV_NAMES)' > $(VENV)/dev.in
	$(COMPILE) -c requirements.lock -o $(DEV_LOCK) $(VENV)/dev.in
	echo opentelemetry-exporter-otlp-proto-http > $(VENV)/otlp.in
	$(COMPILE) --no-annotate -c $(DEV_LOCK) -o deploy/otlp.lock $(VENV)/otlp.in

clean:
	rm -rf $(VENV) .headwater build dist
