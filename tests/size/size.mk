# SPDX-License-Identifier: MIT
# Compiles the library as firmware does, to be measured: make -f tests/size/size.mk [MACHINES="m4 m0 rv32"]
#
# Products, under $(BUILD)/size/MACHINE/: an object and a call graph (.ci) of each module, lto/ with the same for
# link-time optimization, and the programs that are linked of them. size.py reads them. Nothing of mbedTLS, the port or
# the C library is linked: their names stay open, so that what is counted is reflow's own.

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := size
.DELETE_ON_ERROR:
.SECONDARY:

BUILD ?= build
MACHINES ?= m4 m0 rv32
compiler_m4 := arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb
compiler_m0 := arm-none-eabi-gcc -mcpu=cortex-m0 -mthumb
compiler_rv32 := riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32
headers_rv32 := --specs=picolibc.specs

# The headers of mbedTLS with all of TLS 1.2 and 1.3, for reflow's side of TLS. Nothing of it is built, and what
# is given for the build at hand says nothing here.
override CC := arm-none-eabi-gcc
override MBEDTLS :=
override MBEDTLS_CONFIG := reflow_mbedtls_config_small.h
override MBEDTLS_DEFINES := -DREFLOW_TLS13=1
include port/mbedtls/mbedtls.mk

code := -Os -ffunction-sections -fdata-sections
flags := -std=c99 -ffreestanding $(code) -Iinclude -Isrc -isystem $(BUILD)/jsmn
MODULES := $(basename $(notdir $(wildcard src/*.c)))
CORE := $(filter-out tls_%,$(MODULES))
link := -nostdlib -Wl,--gc-sections -Wl,-e,start -Wl,--unresolved-symbols=ignore-all

# What a program carries for one call more than program.c makes, and for all of them.
CALLS := reflow_retrigger reflow_start_run reflow_start_runs reflow_start_token reflow_retrigger_authorized \
    reflow_use_proxy reflow_error_text
# The same where it takes reflow's side of TLS.
TLS_CALLS := reflow_server_certificate reflow_use_ticket
$(foreach call,$(CALLS) $(TLS_CALLS),$(eval calls_$(call) := $(call)))
calls_all := $(CALLS)
PROGRAMS := minimal lto/minimal all $(CALLS) with-tls $(TLS_CALLS)

define machine
$(BUILD)/size/$(1)/%.o: src/%.c tests/size/size.mk $(mbedtls_sources) $(mbedtls_config)
	@mkdir -p $$(@D)
	@$$(compiler_$(1)) $$(headers_$(1)) $$(flags) $(MBEDTLS_CPPFLAGS) -fcallgraph-info=su -MMD -MP -c $$< -o $$@

$(BUILD)/size/$(1)/lto/%.o: src/%.c tests/size/size.mk
	@mkdir -p $$(@D)
	@$$(compiler_$(1)) $$(headers_$(1)) $$(flags) -flto -MMD -MP -c $$< -o $$@

$(BUILD)/size/$(1)/program.o $(BUILD)/size/$(1)/default.o: tests/size/size.mk
$(BUILD)/size/$(1)/program.o: tests/size/program.c
	@mkdir -p $$(@D)
	@$$(compiler_$(1)) $$(headers_$(1)) $$(flags) -MMD -MP -c $$< -o $$@
$(BUILD)/size/$(1)/default.o: tests/size/client.c
	@mkdir -p $$(@D)
	@$$(compiler_$(1)) $$(headers_$(1)) $$(flags) -MMD -MP -c $$< -o $$@
$(BUILD)/size/$(1)/smallest.o: tests/size/client.c tests/size/smallest.h tests/size/size.mk
	@mkdir -p $$(@D)
	@$$(compiler_$(1)) $$(headers_$(1)) $$(flags) '-DREFLOW_CONFIG_FILE="$$(CURDIR)/tests/size/smallest.h"' \
	    -MMD -MP -c $$< -o $$@

$(BUILD)/size/$(1)/%.elf: $(BUILD)/size/$(1)/program.o $(CORE:%=$(BUILD)/size/$(1)/%.o)
	@$$(compiler_$(1)) $$(link) $$(calls_$$*:%=-Wl,-u,%) $$(filter %.o,$$^) -lgcc -Wl,-Map=$$(@:.elf=.map) -o $$@
$(patsubst %,$(BUILD)/size/$(1)/%.elf,with-tls $(TLS_CALLS)): \
    $(patsubst %,$(BUILD)/size/$(1)/%.o,$(filter tls_%,$(MODULES)))
$(BUILD)/size/$(1)/lto/minimal.elf: $(BUILD)/size/$(1)/program.o $(CORE:%=$(BUILD)/size/$(1)/lto/%.o)
	@$$(compiler_$(1)) -flto $$(code) $$(link) $$(filter %.o,$$^) -lgcc -Wl,-Map=$$(@:.elf=.map) -o $$@

size: $(addprefix $(BUILD)/size/$(1)/,$(MODULES:=.o) default.o smallest.o $(PROGRAMS:=.elf))
endef
$(foreach one,$(MACHINES),$(eval $(call machine,$(one))))

.PHONY: size
-include $(shell find $(BUILD)/size -name '*.d' 2>/dev/null)
