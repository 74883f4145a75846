# SPDX-License-Identifier: MIT
# Small faults, one at a time, that the unit tests have to notice.

MUTATION_PACKAGES := $(TEST_PACKAGES)
# One mutant of so many, chosen by its words: a change somewhere else does not choose others.
EVERY ?= 8
MUTATION_FLAGS = -std=c99 $(CPPFLAGS_ALL) -D_DEFAULT_SOURCE -D_GNU_SOURCE $(WIDE) -Itests/unit -Itests/hostile

.PHONY: mutation
mutation: need-mutation ## break src/ in small ways and see the unit tests notice (EVERY=1: all ways, FILES=...)
	@$(MAKE) --no-print-directory $(UNIT) all
	@mkdir -p $(BUILD)/verify
	@MUTATION_BUILD=$(abspath $(BUILD)) MUTATION_CC='$(CC)' MUTATION_LIBS='$(LIBS)' \
	    MUTATION_OBJECTS=$(abspath $(OBJ))/tests/unit \
	    MUTATION_FLAGS=$(call mbedtls_quote,$(MUTATION_FLAGS)) \
	    $(PYTHON) tests/mutation/mutation.py --every $(EVERY) $(FILES) >$(BUILD)/mutation.txt; \
	    status=$$?; cat $(BUILD)/mutation.txt; exit $$status
	@tail -n 1 $(BUILD)/mutation.txt >$(BUILD)/verify/mutation.txt
