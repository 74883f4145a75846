# SPDX-License-Identifier: MIT
# Builds the contract test of the lwIP port for this machine: make -f tests/firmware/contract.mk
#
# Product: $(BUILD)/firmware/test_port_lwip, with the sanitizers' checks in lwIP as well.

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := contract
.DELETE_ON_ERROR:

BUILD ?= build
CHECKS := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-sanitize=alignment
LWIP_CFLAGS := $(CHECKS)
LWIP_DEFINES := '-DREFLOW_LWIPOPTS_FILE="loop_lwipopts.h"' -isystem tests/firmware
include port/lwip/lwip.mk

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
    -Wundef -Wcast-qual -Wwrite-strings -Wvla -Werror
SOURCES := $(wildcard port/lwip/*.c tests/firmware/loop_*.c) tests/firmware/test_port_lwip.c tests/unit/port_contract.c
OBJECTS := $(SOURCES:%.c=$(BUILD)/firmware/contract-$(LWIP_KEY)/%.o)

$(BUILD)/firmware/contract-$(LWIP_KEY)/%.o: %.c $(LWIP_READY) tests/firmware/contract.mk
	@mkdir -p $(@D)
	@$(CC) -std=c99 -pedantic $(WARNINGS) -D_DEFAULT_SOURCE -Iinclude -Iport/lwip -Itests/unit -Itests/firmware \
	    $(LWIP_CPPFLAGS) $(CHECKS) -MMD -MP -c $< -o $@

-include $(OBJECTS:.o=.d)

$(BUILD)/firmware/test_port_lwip: $(OBJECTS)
	@echo "  LINK     $@"
	@$(CC) $(CHECKS) $(OBJECTS) $(LWIP_LIBS) -lcmocka -o $@

.PHONY: contract
contract: $(BUILD)/firmware/test_port_lwip
