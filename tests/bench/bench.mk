# SPDX-License-Identifier: MIT
# What reflow costs, beside curl and wrk. Ceilings are in tests/bench/ceilings.txt.

BENCH_PACKAGES := $(DEMO_PACKAGES) nginx-light iproute2 util-linux curl ca-certificates wrk strace valgrind
BENCH_CHECK_PACKAGES := $(filter-out iproute2 wrk,$(BENCH_PACKAGES))

# The loader takes a part of what a process costs. glibc warns that names are looked up with its shared parts even so.
$(BUILD)/bench/reflow: $(CLI) $(BUILD)/libreflow.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) -static -Wl,--no-warnings $(CLI) $(BUILD)/libreflow.a $(LIBS) -o $@

.PHONY: need-bench-check bench bench-check bench-figures
need-bench-check:
	@tests/need.sh $(BENCH_CHECK_PACKAGES)

# All parts are run, whatever became of those before, so that all is told at once.
bench_run = status=0; run() { echo; part=$$1; shift; CC='$(CC)' $(PYTHON) tests/bench/$$part.py \
    --program $(BUILD)/reflow "$$@" || status=1; }
bench_out := --out $(BUILD)/bench
bench_static := --static $(BUILD)/bench/reflow

bench: need-bench ## one re-trigger and many beside curl and wrk; growth with the number of runs; --jobs at 50 ms
	@$(MAKE) --no-print-directory all $(BUILD)/bench/reflow
	@$(bench_run); run one_run $(bench_out) $(bench_static); run further_runs $(bench_out) $(bench_static); \
	    run growth $(bench_out); run many_runs $(bench_out); run jobs_scaling $(bench_out) $(BENCH); exit $$status

bench-check: need-bench-check ## of these, what repeats: memory, system calls, sends, instructions
	@$(MAKE) --no-print-directory all
	@$(bench_run); run one_run --check; run further_runs --check; exit $$status

bench-figures: ## what make bench has found into README.md, and the charts
	@$(PYTHON) tests/bench/chart.py $(BUILD)/bench
	@cd $(BUILD)/bench && { cat one_run.md; echo; echo '![shares of what curl takes](tests/bench/bench.svg)'; echo; \
	    cat further_runs.md; echo; cat growth.md; echo; echo '![growth](tests/bench/growth.svg)'; echo; \
	    echo '| | |'; echo '| --- | --- |'; cat many_runs.md jobs_scaling.md; } >../bench.md
	@cp $(BUILD)/bench/bench.svg $(BUILD)/bench/growth.svg tests/bench
	@tests/readme.py bench $(BUILD)/bench.md
