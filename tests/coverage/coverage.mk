# SPDX-License-Identifier: MIT
# What `make test` runs of src/: all lines, all branches both ways, and MC/DC of the pure modules.

COVERAGE_PACKAGES := $(TEST_PACKAGES) clang-19 llvm-19 libclang-rt-19-dev

# Every process writes a profile of its own (%p): one that is killed while it writes tears only that.
PROFILES := $(abspath $(BUILD))/coverage/profiles
COVERAGE_FLAGS := -O1 -g -fprofile-instr-generate=$(PROFILES)/%p-%m.profraw -fcoverage-mapping -fcoverage-mcdc

.PHONY: coverage
coverage: need-coverage $(MBEDTLS_READY) ## 100 % of lines and branches of src/ by make test alone, MC/DC of the pure modules
	@rm -rf $(PROFILES) $(BUILD)/coverage/reflow $(BUILD)/coverage/tests
	@REFLOW_INSTRUMENTED=1 $(MAKE) --no-print-directory BUILD=$(BUILD)/coverage CC=clang-19 CFLAGS='$(COVERAGE_FLAGS)' \
	    MBEDTLS=$(abspath $(or $(MBEDTLS),$(BUILD)/mbedtls/source)) test
	@mkdir -p $(BUILD)/verify
	@$(PYTHON) tests/coverage/coverage.py $(PROFILES) $(BUILD)/coverage/tests/test_* $(BUILD)/coverage/tests/cuts \
	    $(BUILD)/coverage/reflow >$(BUILD)/coverage/table.txt; status=$$?; cat $(BUILD)/coverage/table.txt; exit $$status
	@tail -n 1 $(BUILD)/coverage/table.txt >$(BUILD)/verify/coverage.txt
	@rm -rf $(PROFILES)
