# SPDX-License-Identifier: MIT
# Builds the firmware under test: make -f tests/firmware/firmware.mk [TLS13=1] [LTO=0]
#
# Products: $(BUILD)/firmware/tls12.elf and .map, or tls13.elf; with LTO=0 named NAME-plain. An image that
# exceeds its ceilings, FLASH_SIZE and RAM_SIZE, does not link.

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := firmware
.DELETE_ON_ERROR:

BUILD ?= build
TLS13 ?= 0
LTO ?= 1
CROSS := arm-none-eabi-
CC := $(CROSS)gcc
AR := $(CROSS)gcc-ar

ifeq ($(TLS13),1)
NAME := tls13
FLASH_SIZE := 130K
RAM_SIZE := 56K
ARENA_SIZE := 27648
STACK_SIZE := 5120
TICKET_SIZE := 1536
else
NAME := tls12
FLASH_SIZE := 100K
RAM_SIZE := 48K
ARENA_SIZE := 22528
STACK_SIZE := 4096
TICKET_SIZE := 512
endif
ANCHORS_SIZE := 2560
# TICKET_SIZE: where the image has TLS 1.3, mbedTLS keeps the server's certificate in sessions of TLS 1.2.
# Held to no ceiling: only its map is looked at.
ifneq ($(LTO),1)
NAME := $(NAME)-plain
FLASH_SIZE := 4M
endif

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
    -Wundef -Wcast-qual -Wwrite-strings -Wvla -Werror
CODE := -Os -g -mcpu=cortex-m3 -mthumb -ffunction-sections -fdata-sections $(if $(filter 1,$(LTO)),-flto=auto)

MBEDTLS_CONFIG ?= reflow_mbedtls_config_small.h
MBEDTLS_CFLAGS := $(CODE)
MBEDTLS_DEFINES := -DREFLOW_TLS13=$(TLS13) $(MORE_MBEDTLS)
LWIP_CFLAGS := $(CODE)
LWIP_DEFINES := '-DREFLOW_LWIPOPTS_FILE="firmware_lwipopts.h"' -isystem tests/firmware
include port/mbedtls/mbedtls.mk
include port/lwip/lwip.mk

OBJ := $(BUILD)/firmware/obj-$(NAME)-$(LTO)-$(MBEDTLS_KEY)-$(LWIP_KEY)
SOURCES := $(wildcard src/*.c tests/firmware/*.c port/lwip/*.c)
SOURCES := $(filter-out tests/firmware/test_% tests/firmware/loop_%,$(SOURCES))
OBJECTS := $(SOURCES:%.c=$(OBJ)/%.o)

cpp_flags := -DREFLOW_MAX_TICKET=$(TICKET_SIZE) -Iinclude -Isrc -Iport/lwip -Itests/firmware -isystem $(BUILD)/jsmn $(MBEDTLS_CPPFLAGS) $(LWIP_CPPFLAGS)
c_flags := -std=c99 -pedantic $(WARNINGS) $(CODE) -ffreestanding
$(OBJ)/tests/firmware/%.o: c_flags += -DARENA_SIZE=$(ARENA_SIZE) -DANCHORS_SIZE=$(ANCHORS_SIZE)
$(OBJ)/tests/firmware/bytes.o: c_flags += -fno-lto -fno-tree-loop-distribute-patterns
ld_flags := $(CODE) -nostdlib -Ttests/firmware/mps2.ld -Wl,--gc-sections \
    -Wl,--defsym=FLASH_SIZE=$(FLASH_SIZE),--defsym=RAM_SIZE=$(RAM_SIZE),--defsym=STACK_SIZE=$(STACK_SIZE) \
    -Wl,--wrap=mbedtls_calloc

$(OBJ)/%.o: %.c $(MBEDTLS_READY) $(LWIP_READY) $(BUILD)/jsmn/jsmn.h tests/firmware/firmware.mk
	@mkdir -p $(@D)
	@$(CC) $(cpp_flags) $(c_flags) -MMD -MP -c $< -o $@

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)

$(BUILD)/firmware/$(NAME).elf: $(OBJECTS) tests/firmware/mps2.ld
	@echo "  LINK     $@"
	@$(CC) $(ld_flags) $(OBJECTS) $(MBEDTLS_LIBS) $(LWIP_LIBS) -lgcc -Wl,-Map=$(@:.elf=.map) -o $@

.PHONY: firmware
firmware: $(BUILD)/firmware/$(NAME).elf
