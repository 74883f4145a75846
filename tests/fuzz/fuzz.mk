# SPDX-License-Identifier: MIT
# Fuzzing: libFuzzer targets (tests/fuzz/fuzz_NAME.c), a comparison with Python's parsers, and the check that each
# target finds a fault. All sources are compiled anew, instrumented, under $(BUILD)/fuzz.

FUZZ_PACKAGES := $(if $(JSMN),,libjsmn-dev) clang-19 libclang-rt-19-dev llvm-19 python3
FUZZ_CC ?= clang-19
FUZZ := $(BUILD)/fuzz
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_PROGRAMS := $(addprefix $(FUZZ)/,$(FUZZ_NAMES))

# In front of cmocka's header stands one of our own: a fake's assertion that fails is a find.
FUZZ_COMPILE := $(FUZZ_CC) -std=c99 -pedantic $(WARNINGS) -Wno-unused-function -O1 -g \
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -D_GNU_SOURCE $(WIDE) \
    -Itests/fuzz/aborting -Itests/fuzz -Itests/unit -Iinclude -Isrc -Isrc/cli $(CPPFLAGS_JSMN)
FUZZ_LINK := $(FUZZ_CC) -fsanitize=address,undefined -Wl,--wrap=write

# The client's TLS is a fake; of the tool only what needs no TLS is fuzzed.
FUZZ_SOURCES := $(filter-out src/tls_mbedtls%,$(wildcard src/*.c)) $(addprefix src/cli/,console.c interrupt.c \
    journal.c journal_file.c journal_index.c journal_line.c option_value.c options.c proxy_choice.c shard.c when.c)
FUZZ_HELPERS := $(filter-out tests/fuzz/fuzz_%,$(wildcard tests/fuzz/*.c)) tests/unit/fake_port.c tests/unit/fake_tls.c
fuzz_objects = $(patsubst %.c,$(FUZZ)/obj/%.o,$(1))

$(FUZZ)/obj/%.o: %.c $(BUILD)/jsmn/jsmn.h tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(FUZZ_COMPILE) -MMD -MP -c $< -o $@

-include $(shell find $(FUZZ)/obj -name '*.d' 2>/dev/null)

$(FUZZ)/libsources.a: $(call fuzz_objects,$(FUZZ_SOURCES) $(FUZZ_HELPERS))
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

$(FUZZ_PROGRAMS): $(FUZZ)/%: $(FUZZ)/obj/tests/fuzz/fuzz_%.o $(FUZZ)/libsources.a
	$(call say,LINK,$@)
	$(Q)$(FUZZ_LINK) -fsanitize=fuzzer $^ -o $@

# What a Python script compares with Python's own parsers.
$(FUZZ)/verdicts: $(call fuzz_objects,tests/fuzz/differential/verdicts.c) $(FUZZ)/libsources.a
	$(call say,LINK,$@)
	$(Q)$(FUZZ_LINK) $^ -o $@

.PHONY: need-fuzz fuzz-programs fuzz fuzz-smoke fuzz-check fuzz-differential
need-fuzz:
	@tests/need.sh $(FUZZ_PACKAGES)
fuzz-programs: $(FUZZ_PROGRAMS) $(FUZZ)/verdicts
fuzz_run = $(PYTHON) tests/fuzz/run.py $(BUILD)

fuzz: need-fuzz ## fuzz TARGETS=... (default: all) for SECONDS=... each (default: 300); keeps what it finds
	@$(MAKE) -s --no-print-directory fuzz-programs
	@$(fuzz_run) fuzz $(or $(SECONDS),300) $(TARGETS)

fuzz-smoke: need-fuzz ## all fuzz targets, 60 seconds together, and the comparison with Python's parsers
	@$(MAKE) -s --no-print-directory fuzz-programs
	@$(fuzz_run) smoke $(or $(SECONDS),60)
	@$(MAKE) -s --no-print-directory fuzz-differential

fuzz-differential: need-fuzz ## HTTP and JSON against Python's own parsers: every difference has its rule
	@$(MAKE) -s --no-print-directory $(FUZZ)/verdicts
	@$(PYTHON) tests/fuzz/differential/compare.py $(BUILD)

fuzz-check: need-fuzz ## break the sources on purpose: each target must find its fault within 10 seconds
	@$(MAKE) -s --no-print-directory fuzz-programs
	@FUZZ_COMPILE='$(FUZZ_COMPILE)' FUZZ_LINK='$(FUZZ_LINK)' $(fuzz_run) check 10
