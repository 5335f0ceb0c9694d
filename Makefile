# Two commands on a fresh machine: `make demo` and `make test` (Python 3.11 or newer with venv, git, make).
PYTHON ?= python3
PORT ?=
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input
CODE := dashapp pages callbacks data jobs

.PHONY: demo test bench faults fmt lock lint check browser paper clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.runtime paper
	@$(PY) -m dashapp demo $(if $(PORT),--port $(PORT))

# A shell that forbids bytecode would have every process of the tests compile the whole product anew.
test check faults: export PYTHONDONTWRITEBYTECODE =

test: lint
	$(PY) -m pytest -n auto --durations=10

# The inner loop: what needs neither a browser nor a second database, and is quick.
check: lint
	$(PY) -m pytest -n auto --quick --durations=10

lint: $(VENV)/.tests browser paper
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy $(CODE)
	$(VENV)/bin/lint-imports --no-cache
	$(PY) -m deptry .

bench: $(VENV)/.tests
	$(PY) -m tests.bench $(ARGS)

faults: $(VENV)/.tests
	$(PY) -m pytest -m "faults or long or more"

fmt: $(VENV)/.tests
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# No index address in the lock files: whoever installs decides where from.
COMPILE := -m uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-emit-find-links
lock: $(VENV)/.tests
	$(PIP) uv
	$(PY) $(COMPILE) --quiet -o requirements.lock
	$(PY) $(COMPILE) --quiet --extra test -o requirements-test.lock

clean:
	rm -rf $(VENV) *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Vitrine needs Python 3.11 or newer; name one with: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps make a second run quick; a changed lock file or pyproject.toml installs again.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(PY)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.tests: requirements-test.lock pyproject.toml | $(PY)
	$(PIP) --require-hashes -r requirements-test.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.runtime

# An installed Chromium or Chrome is used; as root on Debian apt-get brings one, elsewhere playwright does.
browser: $(VENV)/.tests
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v $$name >/dev/null 2>&1 && exit 0; done; \
	if [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else $(PY) -m playwright install chromium; fi

# Pango, which sets the type of PDF reports. Without it the rest works, so nothing stops here.
paper: $(VENV)/.runtime
	@$(PY) -c 'import weasyprint' >/dev/null 2>&1 && fc-list :charset=3042 2>/dev/null | grep -q . && exit 0; \
	if [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig \
			fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji >/dev/null; \
	else echo "PDF reports need Pango and fonts; see \"On paper\" in the README." >&2; fi || true
