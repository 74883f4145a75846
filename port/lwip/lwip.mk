# SPDX-License-Identifier: MIT
# Finds or fetches lwIP, and builds it: a fragment for a GNU Makefile, for any compiler.
#
# In:   CC AR CROSS_COMPILE BUILD   as usual; BUILD is the root of all products (build)
#       LWIP                        empty     fetched from Debian's source package
#                                   /path     a source tree of lwIP 2.2
#       LWIP_CFLAGS                 code generation (-Os)
#       LWIP_DEFINES                -D and -I for lwipopts.h: -DREFLOW_LWIPOPTS_FILE='"mine.h"' -Ifolder
# Out:  LWIP_CPPFLAGS               to compile whatever includes its headers
#       LWIP_LIBS                   to link, after the objects
#       LWIP_READY                  a file; objects that include its headers depend on it
# Goals: lwip                       makes it ready
#
# Objects lie in a folder named after all of these, so that compilers and options never mix.

ifndef lwip_objects
# ==== Included by another Makefile ====

LWIP_HERE := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
BUILD ?= build
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
LWIP ?=
LWIP_CFLAGS ?= -Os
LWIP_DEFINES ?=

lwip_quote = '$(subst ','\'',$(1))'
lwip_tree := $(if $(LWIP),$(LWIP),$(BUILD)/lwip/source)
LWIP_CPPFLAGS := -isystem $(lwip_tree)/src/include -isystem $(LWIP_HERE) $(LWIP_DEFINES)
LWIP_KEY := $(shell $(CC) -dumpmachine)-$(firstword $(shell { $(CC) --version; \
    echo $(call lwip_quote,$(CC) $(AR) $(LWIP_CPPFLAGS) $(LWIP_CFLAGS)); } | cksum))
LWIP_LIBS := $(BUILD)/lwip/$(LWIP_KEY)/liblwip.a
LWIP_READY := $(LWIP_LIBS)

ifeq ($(LWIP),)
lwip_sources := $(BUILD)/lwip/fetched
$(lwip_sources): $(LWIP_HERE)/../fetch.sh $(LWIP_HERE)/source.pin
	$(LWIP_HERE)/../fetch.sh $(LWIP_HERE)/source.pin $(@D)
	@touch $@
else
lwip_sources := $(wildcard $(LWIP)/src/core/*.c)
endif

# The sources are only there once they are fetched: a second make finds and compiles them, and knows
# what has changed since; it is quick when nothing has.
.PHONY: lwip FORCE
$(LWIP_LIBS): $(lwip_sources) FORCE
	@mkdir -p $(@D)
	@$(MAKE) -s --no-print-directory -f $(LWIP_HERE)/lwip.mk $@ lwip_objects=$(@D) \
	    lwip_tree=$(lwip_tree) CC=$(call lwip_quote,$(CC)) AR=$(call lwip_quote,$(AR)) \
	    lwip_flags=$(call lwip_quote,$(LWIP_CPPFLAGS) $(LWIP_CFLAGS))

lwip: $(LWIP_READY)

else
# ==== Started by the rule above, with the sources in place ====

ifeq ($(wildcard $(lwip_tree)/src/core/altcp.c),)
$(error $(lwip_tree) is not a source tree of lwIP 2.2)
endif

# What the options leave out compiles to nothing, so all of it is compiled.
lwip_c := $(wildcard $(addprefix $(lwip_tree)/src/,core/*.c core/ipv4/*.c core/ipv6/*.c netif/ethernet.c))
lwip_o := $(addprefix $(lwip_objects)/,$(notdir $(lwip_c:.c=.o)))

vpath %.c $(sort $(dir $(lwip_c)))

$(lwip_objects)/liblwip.a: $(lwip_o)
	@rm -f $@
	@echo "  lwIP     $@"
	@$(AR) rcs $@ $^

# -MD and not -MMD: lwipopts.h is found through -isystem.
$(lwip_objects)/%.o: %.c $(MAKEFILE_LIST)
	@$(CC) $(lwip_flags) -w -ffunction-sections -fdata-sections -MD -MP -c -o $@ $<

-include $(lwip_o:.o=.d)
endif
