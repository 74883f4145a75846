# SPDX-License-Identifier: MIT
# What `make cross-test` builds for one machine: the project's own Makefile, with cmocka from its source and all
# linked statically.   make -f tests/cross/cross.mk BUILD=... CROSS_COMPILE=... LEFT_OUT='test_...' cross

CMOCKA := build/cross/cmocka/source
CPPFLAGS += -isystem $(CMOCKA)/include
LDFLAGS += -static -L$(BUILD)/cmocka
# There is no OpenSSL for these machines: run.py leaves out the tests that need what is left out here.
override HELPERS = $(patsubst %.c,$(OBJ)/%.o,$(filter-out tests/unit/test_% %/fake_tls.c %/openssl_peer.c %/tls_world.c,\
    $(wildcard tests/unit/*.c)))

include Makefile

CROSS_UNIT := $(filter-out $(addprefix $(BUILD)/tests/,$(LEFT_OUT)),$(UNIT))
CMOCKA_ORDER := $(if $(shell $(CC) -dM -E -x c /dev/null | grep '__BYTE_ORDER__ __ORDER_BIG'),-DWORDS_BIGENDIAN)

.PHONY: cross
cross: $(BUILD)/libreflow.a $(BUILD)/reflow.o $(BUILD)/reflow $(BUILD)/machine $(CROSS_UNIT)

$(BUILD)/machine: tests/cross/machine.c Makefile
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(WIDE) $(LDFLAGS) $< -o $@

$(CROSS_UNIT): $(BUILD)/cmocka/libcmocka.a
$(BUILD)/cmocka/libcmocka.a: $(CMOCKA)/src/cmocka.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -w -O2 -I$(CMOCKA)/include -DHAVE_SIGNAL_H -DHAVE_STRINGS_H -DHAVE_INTTYPES_H -DHAVE_MALLOC_H \
	    -DHAVE_STRSIGNAL -DHAVE_SIGLONGJMP -DHAVE_STRUCT_TIMESPEC -DHAVE_CLOCK_REALTIME \
	    -DHAVE_GCC_THREAD_LOCAL_STORAGE -DWORDS_SIZEOF_VOID_P=__SIZEOF_POINTER__ $(CMOCKA_ORDER) \
	    -c $< -o $(@D)/cmocka.o
	$(Q)$(AR) rcs $@ $(@D)/cmocka.o
