# SPDX-License-Identifier: MIT
# Builds, tests and shows reflow. `make help` lists what there is.

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

BUILD ?= build
CROSS_COMPILE ?=
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
OBJCOPY ?= $(CROSS_COMPILE)objcopy
PYTHON ?= /usr/bin/python3
CFLAGS ?= -O2 -g
# make V=1 shows whole commands.
Q := $(if $(V),,@)
say = @printf '  %-8s %s\n' '$(1)' '$(2)'

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
    -Wundef -Wcast-qual -Wwrite-strings -Wvla -Wdate-time -Werror
# Packages of Debian: what building needs, what the demonstration needs beyond, and the tests.
BUILD_PACKAGES := $(if $(MBEDTLS),,dpkg-dev) $(if $(filter system,$(MBEDTLS)),libmbedtls-dev) \
    $(if $(JSMN),,libjsmn-dev)
DEMO_PACKAGES := $(BUILD_PACKAGES) python3 openssl
SIZE_PACKAGES := $(if $(JSMN),,libjsmn-dev) dpkg-dev gcc-arm-none-eabi libnewlib-arm-none-eabi gcc-riscv64-unknown-elf \
    picolibc-riscv64-unknown-elf python3
TEST_PACKAGES := $(DEMO_PACKAGES) $(SIZE_PACKAGES) libcmocka-dev python3-pytest nginx-light valgrind binutils \
    g++ gawk libssl-dev strace iproute2 util-linux gdb python3-pytest-xdist parallel cmake python3-kconfiglib \
    python3-yaml shellcheck mandoc pkg-config zsh curl tinyproxy-bin squid jq $(DOC_PACKAGES)
FIRMWARE_PACKAGES := $(DEMO_PACKAGES) gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm libcmocka-dev \
    python3-pytest python3-pytest-xdist
CROSS_PACKAGES := $(DEMO_PACKAGES) python3-pytest gcc-arm-linux-gnueabihf gcc-aarch64-linux-gnu gcc-mips-linux-gnu \
    gcc-riscv64-linux-gnu gcc-i686-linux-gnu musl-tools qemu-user \
    $(foreach machine,armhf arm64 mips riscv64 i386,libc6-dev-$(machine)-cross)

# ---- Dependencies --------------------------------------------------------------------------------
# jsmn is one header. It is copied out of the system's folder, which a cross compiler must not see.

JSMN ?=
JSMN_HEADER := $(firstword $(wildcard $(JSMN)/jsmn.h $(JSMN)/include/jsmn.h) \
    $(if $(JSMN),$(JSMN)/jsmn.h,/usr/include/jsmn.h))
CPPFLAGS_JSMN := -isystem $(BUILD)/jsmn

include port/mbedtls/mbedtls.mk

$(BUILD)/jsmn/jsmn.h: $(wildcard $(JSMN_HEADER))
	@mkdir -p $(@D)
	@test -f $(JSMN_HEADER) || { echo "$(JSMN_HEADER) is missing: apt-get install libjsmn-dev," \
	    "or give its folder with JSMN=/path" >&2; exit 2; }
	$(Q)cp $(JSMN_HEADER) $@

.PHONY: deps
deps: $(MBEDTLS_READY) $(BUILD)/jsmn/jsmn.h ## fetch and build mbedTLS, find jsmn

# ---- The library and the tool --------------------------------------------------------------------
# Objects lie in a folder of their own for each compiler and TLS library; the products do not, and
# are made anew when that changes.

OBJ := $(BUILD)/obj/$(MBEDTLS_KEY)
CORE := $(patsubst src/%.c,$(OBJ)/src/%.o,$(wildcard src/*.c))
POSIX := $(patsubst %.c,$(OBJ)/%.o,$(wildcard port/posix/*.c port/mbedtls/*.c))
CLI := $(patsubst src/%.c,$(OBJ)/src/%.o,$(wildcard src/cli/*.c))

CPPFLAGS_ALL := -Iinclude -Isrc -Iport/posix -Iport/mbedtls $(CPPFLAGS_JSMN) $(MBEDTLS_CPPFLAGS) $(CPPFLAGS)
# Not where they were made: the same products from every folder.
CFLAGS_ALL := -std=c99 -pedantic $(WARNINGS) -ffunction-sections -fdata-sections -fdebug-prefix-map=$(CURDIR)=. $(CFLAGS)
LIBS := $(MBEDTLS_LIBS) -pthread
# Bound at once: a lazy binding saves registers on the stack, with pieces of a secret in them.
LINK := $(CC) $(CFLAGS_ALL) -Wl,--gc-sections -Wl,-z,relro,-z,now $(LDFLAGS)

# Where glibc's time ends in 2038 and its files at 2 GB, it is asked for wider ones. Nothing that mbedTLS
# lays out with a time_t in it passes between it and these sources.
WIDE := -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
$(OBJ)/port/posix/%.o $(OBJ)/src/cli/%.o: CPPFLAGS_ALL += -D_POSIX_C_SOURCE=200809L $(WIDE)
$(OBJ)/src/cli/options.o: CPPFLAGS_ALL += -D_GNU_SOURCE

# Whoever asks for other flags gets other objects.
FLAGS := $(CPPFLAGS_ALL) $(CFLAGS_ALL)
$(OBJ)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' >$@

$(OBJ)/%.o: %.c $(MBEDTLS_READY) $(BUILD)/jsmn/jsmn.h $(OBJ)/flags Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)

.PHONY: FORCE
$(BUILD)/variant: FORCE
	@mkdir -p $(@D)
	@echo '$(OBJ) $(CFLAGS_ALL) $(LDFLAGS)' | cmp -s - $@ || echo '$(OBJ) $(CFLAGS_ALL) $(LDFLAGS)' >$@

$(BUILD)/libreflow.a: $(CORE) $(POSIX) $(BUILD)/variant
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcsD $@ $(CORE) $(POSIX)

# One relocatable object in which nothing is visible but what begins with reflow_.
$(BUILD)/reflow.o: $(CORE) $(BUILD)/variant
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -r -nostdlib $(CORE) -o $@
	$(Q)$(OBJCOPY) --wildcard --keep-global-symbol='reflow_*' $@

$(BUILD)/reflow: $(CLI) $(BUILD)/libreflow.a
	$(call say,LINK,$@)
	$(Q)$(LINK) $(CLI) $(BUILD)/libreflow.a $(LIBS) -o $@

.PHONY: all print-libs print-cppflags
print-libs:
	@echo $(LIBS)
print-cppflags:
	@echo $(CPPFLAGS_ALL)
all: $(BUILD)/libreflow.a $(BUILD)/reflow.o $(BUILD)/reflow ## the library, the one object, the tool

# ---- Installing ----------------------------------------------------------------------------------

include port/install/install.mk
include port/install/debian.mk

# ---- Tests ---------------------------------------------------------------------------------------

UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))

# What tests share. fake_tls takes the place of the real TLS in the tests that name it, and in no other.
HELPERS := $(patsubst %.c,$(OBJ)/%.o,$(filter-out tests/unit/test_% %/fake_tls.c,\
    $(wildcard tests/unit/*.c)))
FAKED := $(filter $(BUILD)/tests/test_client% $(BUILD)/tests/test_retrigger%,$(UNIT))
$(FAKED): $(OBJ)/tests/unit/fake_tls.o
$(addsuffix /test_fence_cli,$(BUILD)/tests $(BUILD)/one): $(filter-out %/main.o,$(CLI))
$(BUILD)/tests/libhelpers.a: $(HELPERS) $(BUILD)/variant
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $(HELPERS)

$(BUILD)/tests/test_%: $(OBJ)/tests/unit/test_%.o $(BUILD)/tests/libhelpers.a $(BUILD)/libreflow.a
	$(call say,LINK,$@)
	$(Q)$(LINK) $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -lcmocka $(TEST_LIBS) -o $@
$(filter $(BUILD)/tests/test_tls%,$(UNIT)): TEST_LIBS := -lssl -lcrypto
$(OBJ)/tests/%.o: CPPFLAGS_ALL += -D_DEFAULT_SOURCE $(WIDE) -Itests/unit -Itests/hostile
$(OBJ)/tests/unit/test_port_zephyr.o: CPPFLAGS_ALL += -Iport/sockets -Iport/zephyr -Itests/unit/zephyr
# ESP-IDF has <sys/poll.h> where POSIX has <poll.h>; musl has both and warns of the first.
$(OBJ)/tests/unit/test_port_esp_idf.o: CPPFLAGS_ALL += -Iport/sockets -Iport/esp-idf/reflow -Itests/unit/esp_idf -Wno-cpp

# The hostile programs: cuts.c has friends, the others stand alone.
HOSTILE := $(addprefix $(BUILD)/tests/,cuts recorder stepper)
HOSTILE_FRIENDS := $(patsubst %.c,$(OBJ)/%.o,$(wildcard tests/hostile/cut_*.c))
$(BUILD)/tests/cuts: $(HOSTILE_FRIENDS)
$(BUILD)/tests/cuts: TEST_LIBS := -lcmocka -lssl -lcrypto
$(HOSTILE): $(BUILD)/tests/%: $(OBJ)/tests/hostile/%.o $(BUILD)/tests/libhelpers.a \
    $(BUILD)/libreflow.a
	$(call say,LINK,$@)
	$(Q)$(LINK) $(filter %.o,$^) $(filter %.a,$^) $(LIBS) $(TEST_LIBS) -o $@
.SECONDARY:

.PHONY: test test-unit test-e2e
need-%:
	@tests/need.sh $($(shell echo $* | tr a-z A-Z)_PACKAGES)

test: need-test ## unit and end-to-end tests
	@$(MAKE) --no-print-directory -j$$(nproc) $(UNIT) $(HOSTILE) all
	@KILL_EVERY=7 $(MAKE) --no-print-directory -j2 --output-sync=target test-unit test-hostile SUITES='cuts power journal'
	@$(MAKE) --no-print-directory test-e2e

test-unit: $(UNIT) all
	@tests/unit/run.sh $(UNIT)

E2E := tests/e2e
test-e2e: all
	@REFLOW_BIN=$(abspath $(BUILD)/reflow) REFLOW_BUILD=$(abspath $(BUILD)) \
	    REFLOW_MAKE='CC=$(CC) MBEDTLS=$(MBEDTLS) BUILD=$(BUILD)' $(PYTHON) -m pytest -q -n 3 --dist loadfile $(E2E) $(PYTEST)

.PHONY: test-hostile
test-hostile: need-test ## all hostile tests, or SUITES=..., in one table: lies 0, duplicates 0, crashes 0
	@$(MAKE) --no-print-directory $(HOSTILE) $(BUILD)/tests/test_client_cuts all
	@$(PYTHON) tests/hostile/run.py $(BUILD) $(SUITES)

# A Cortex-M3 in QEMU that does the main job, in two images: TLS 1.2, and 1.3 as well.
# mbedTLS with an input buffer of 4 KB, as a firmware has it; compiled once, under $(BUILD)/small.
.PHONY: test-small
test-small: need-test $(MBEDTLS_READY) ## records that may not fit: a second build of mbedTLS
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/small MBEDTLS=$(abspath $(or $(MBEDTLS),$(BUILD)/mbedtls/source)) \
	    MBEDTLS_DEFINES='-DMBEDTLS_SSL_IN_CONTENT_LEN=4096 -DMBEDTLS_SSL_OUT_CONTENT_LEN=2048 \
	    -DMBEDTLS_SSL_RECORD_SIZE_LIMIT' $(BUILD)/small/tests/test_tls_small
	@tests/unit/run.sh $(BUILD)/small/tests/test_tls_small

# A user's CC= or MBEDTLS=system is not for the cross compiler.
firmware_make = $(MAKE) --no-print-directory -f tests/firmware/firmware.mk BUILD=$(BUILD) CROSS_COMPILE= \
    CC=arm-none-eabi-gcc AR=arm-none-eabi-gcc-ar MBEDTLS=$(if $(wildcard $(MBEDTLS)/library/ssl_tls.c),$(MBEDTLS))
.PHONY: firmware firmware-test firmware-figures
firmware: $(BUILD)/jsmn/jsmn.h
	+@$(firmware_make) TLS13=0
	+@$(firmware_make) TLS13=1

firmware-test: need-firmware ## the firmware in QEMU against the simulated service, power cuts, the lwIP port
	+@$(MAKE) --no-print-directory firmware
	+@$(MAKE) --no-print-directory -f tests/firmware/contract.mk BUILD=$(BUILD)
	@$(BUILD)/firmware/test_port_lwip
	@REFLOW_BUILD=$(abspath $(BUILD)) $(PYTHON) -m pytest -q -n 2 tests/firmware $(PYTEST)

firmware-figures: need-firmware ## flash and RAM of the firmware by part, its arena and stack; into README.md as well
	+@$(MAKE) --no-print-directory firmware
	+@$(firmware_make) TLS13=0 LTO=0
	+@$(firmware_make) TLS13=1 LTO=0
	@{ echo '```'; REFLOW_BUILD=$(abspath $(BUILD)) $(PYTHON) tests/firmware/figures.py; echo '```'; } \
	    >$(BUILD)/firmware.md
	@cat $(BUILD)/firmware.md
	@tests/readme.py firmware $(BUILD)/firmware.md

.PHONY: demo
demo: need-demo ## see the main job done against a simulated service
	@$(MAKE) --no-print-directory $(BUILD)/reflow
	@tests/sim/demo.sh $(BUILD)/reflow

# ---- One file ------------------------------------------------------------------------------------
# The unit tests run on it as well. Some put functions of their own in the place of the library's: for them calls
# between its functions may lead elsewhere (-fPIC), and its names are weak.

.PHONY: amalgamation test-amalgamation
amalgamation: $(BUILD)/reflow.c ## the library as one file: build/reflow.c and build/reflow.h
$(BUILD)/reflow.c: $(wildcard include/*.h src/*.[ch]) tests/amalgamate.py
	$(call say,WRITE,$@)
	$(Q)$(PYTHON) tests/amalgamate.py $(@D)

$(OBJ)/one/reflow.o: $(BUILD)/reflow.c $(MBEDTLS_READY) $(BUILD)/jsmn/jsmn.h Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_JSMN) $(MBEDTLS_CPPFLAGS) $(CPPFLAGS) $(CFLAGS_ALL) -fPIC -c $< -o $@
	$(Q)$(OBJCOPY) --wildcard --weaken-symbol='reflow_*' $@

UNIT_ONE := $(UNIT:$(BUILD)/tests/%=$(BUILD)/one/%)
$(FAKED:$(BUILD)/tests/%=$(BUILD)/one/%): $(OBJ)/tests/unit/fake_tls.o
$(filter $(BUILD)/one/test_tls%,$(UNIT_ONE)): TEST_LIBS := -lssl -lcrypto
$(BUILD)/one/test_%: $(OBJ)/tests/unit/test_%.o $(OBJ)/one/reflow.o $(BUILD)/tests/libhelpers.a $(POSIX)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(LINK) $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -lcmocka $(TEST_LIBS) -o $@

test-amalgamation: $(UNIT_ONE) ## the unit tests on that file
	@tests/unit/run.sh $(UNIT_ONE)

# ---- Other machines, other sizes -----------------------------------------------------------------

.PHONY: cross-test config-test
cross-test: need-cross ## build for six machines and run there: unit tests, verified re-triggers
	@$(MAKE) --no-print-directory deps
	@$(PYTHON) tests/cross/run.py $(MACHINES)

config-test: need-test ## each size of reflow_config.h at its smallest and largest
	@$(MAKE) --no-print-directory deps
	@$(PYTHON) tests/cross/sizes.py $(CC) $(filter-out -I%,$(CPPFLAGS_ALL)) $(CFLAGS_ALL)

# ---- Proof ---------------------------------------------------------------------------------------


# ---- Figures and documentation ---------------------------------------------------------------------

.PHONY: size error-table
size: $(BUILD)/jsmn/jsmn.h ## flash by module, a client's memory, the deepest stack: Cortex-M4, M0 and RISC-V
	@tests/need.sh $(SIZE_PACKAGES)
	@$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j2) -f tests/size/size.mk >&2
	@$(PYTHON) tests/size/size.py $(BUILD)

error-table: $(BUILD)/libreflow.a ## README's table of errors, from the one in reflow.h
	@$(CC) -std=c99 -Iinclude tests/error_table.c $(BUILD)/libreflow.a -o $(BUILD)/error_table
	@$(BUILD)/error_table

.PHONY: readme
readme: ## put the printed tables into README.md (or, with CHECK=--check, compare)
	@$(MAKE) --no-print-directory $(BUILD)/libreflow.a >&2
	@$(MAKE) -s --no-print-directory error-table | grep '^|' >$(BUILD)/errors.md
	@{ echo '```' && $(MAKE) -s --no-print-directory size && echo '```'; } >$(BUILD)/size.md
	@tests/readme.py $(CHECK) errors $(BUILD)/errors.md size $(BUILD)/size.md
	@cmp -s $(BUILD)/size/flash.svg tests/size/flash.svg || $(if $(CHECK),{ echo "tests/size/flash.svg is old: \
	    run make readme" >&2; exit 1; },cp $(BUILD)/size/flash.svg tests/size/flash.svg)

include tests/doc/doc.mk
include tests/tutorials/tutorials.mk

# ---- Care ----------------------------------------------------------------------------------------

C_FILES := $(wildcard include/*.h src/*.[ch] src/cli/*.[ch] port/posix/*.[ch] port/mbedtls/reflow_memory.[ch] port/template/*.[ch] \
    port/sockets/*.[ch] port/zephyr/*.[ch] port/esp-idf/reflow/*.[ch] tests/unit/zephyr/zephyr/*.h \
    tests/unit/zephyr/zephyr/*/*.h tests/unit/esp_idf/*.h tests/unit/esp_idf/*/*.h \
    tests/unit/*.[ch] tests/fuzz/*.[ch] tests/fuzz/aborting/*.h tests/fuzz/differential/*.c tests/hostile/*.[ch] \
    tests/bench/*.c port/lwip/*.[ch] port/lwip/arch/*.h tests/firmware/*.[ch] tests/size/*.c tests/lint/*.c \
    tests/sanitize/*.c tests/proofs/*.[ch] tests/mbedtls4/*.c tests/mbedtls4/include/mbedtls/*.h)

.PHONY: format clean help
format: ## lay the sources out as .clang-format says
	@clang-format -i $(C_FILES)

clean: ## remove all products, the fetched sources among them
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

# ---- Proof ---------------------------------------------------------------------------------------
# Each part in its own folder; it leaves a line of figures in $(BUILD)/verify.

include tests/lint/lint.mk
include tests/mutation/mutation.mk
include tests/fuzz/fuzz.mk
include tests/sanitize/sanitize.mk
include tests/coverage/coverage.mk
include tests/mbedtls4/mbedtls4.mk
include tests/proofs/proofs.mk
include tests/deb/deb.mk

# ---- Benchmarks ----------------------------------------------------------------------------------

include tests/bench/fleet.mk

# In the order of their cost, so that what fails is seen early.
VERIFY := complexity lint lint-firmware misra test-tutorials test-deb test-mbedtls4 fuzz-smoke fuzz-check test-msan \
    test-memcheck test-allocations mutation coverage test-sanitize prove
.PHONY: verify
verify: ## all of these, and one table of their figures (VERIFY=...: only those)
	@tests/verify.py $(BUILD) $(VERIFY)

# ---- Benchmarks ----------------------------------------------------------------------------------

include tests/bench/bench.mk
include tests/bench/rtt.mk
include tests/bench/handshake.mk
