# SPDX-License-Identifier: MIT
# Builds or finds mbedTLS: a fragment for a GNU Makefile, for any compiler.
#
# In:   CC AR CROSS_COMPILE BUILD   as usual; BUILD is the root of all products (build)
#       MBEDTLS                     empty     fetched from Debian's source package and built
#                                   system    the installed library
#                                   /path     a source tree of 3.6, built; or a prefix, used as it is
#       MBEDTLS_CONFIG              configuration header, of this folder or with a path
#       MBEDTLS_CFLAGS              code generation (-O2); firmware: -Os -mcpu=... -mthumb
#       MBEDTLS_DEFINES             -D for the configuration: -DREFLOW_TLS13=1, record sizes
# Out:  MBEDTLS_CPPFLAGS            to compile whatever includes its headers, whose own warnings never count
#       MBEDTLS_LIBS                to link, after the objects
#       MBEDTLS_READY               a file; objects that include its headers depend on it, not order-only:
#                                   a changed configuration changes the layout of its structures
#       MBEDTLS_KEY                 a word that differs whenever the above do, to name object folders by
# Goals: mbedtls                    makes it ready
#
# Objects lie in $(BUILD)/mbedtls/$(MBEDTLS_KEY), so that compilers and configurations never mix.

ifndef mbedtls_objects
# ==== Included by another Makefile ====

MBEDTLS_HERE := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
BUILD ?= build
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
MBEDTLS ?=
MBEDTLS_CONFIG ?= reflow_mbedtls_config.h
MBEDTLS_CFLAGS ?= -O2
MBEDTLS_DEFINES ?=
PKG_CONFIG ?= pkg-config

mbedtls_target := $(shell $(CC) -dumpmachine)
ifeq ($(mbedtls_target),)
$(error CC=$(CC): no such compiler)
endif
mbedtls_comma := ,
mbedtls_quote = '$(subst ','\'',$(1))'
mbedtls_sum = $(firstword $(shell { $(CC) --version; echo $(call mbedtls_quote,$(1)); } | cksum))

ifeq ($(MBEDTLS),)
mbedtls_kind := tree
mbedtls_tree := $(BUILD)/mbedtls/source
else ifeq ($(MBEDTLS),system)
mbedtls_kind := system
else ifneq ($(wildcard $(MBEDTLS)/library/ssl_tls.c),)
mbedtls_kind := tree
mbedtls_tree := $(MBEDTLS)
else ifneq ($(wildcard $(MBEDTLS)/include/mbedtls/ssl.h),)
mbedtls_kind := prefix
else
$(error MBEDTLS=$(MBEDTLS): neither a source tree (library/ssl_tls.c) nor a prefix (include/mbedtls))
endif

.PHONY: mbedtls

ifeq ($(mbedtls_kind),tree)
# ---- Built here ----

mbedtls_config := $(firstword $(wildcard $(MBEDTLS_HERE)/$(MBEDTLS_CONFIG) $(MBEDTLS_CONFIG)))
ifeq ($(mbedtls_config),)
$(error MBEDTLS_CONFIG=$(MBEDTLS_CONFIG): no such file)
endif
mbedtls_config_dir := $(patsubst %/,%,$(dir $(mbedtls_config)))
MBEDTLS_CPPFLAGS := -isystem $(mbedtls_tree)/include -isystem $(mbedtls_config_dir) \
    $(if $(filter-out $(MBEDTLS_HERE),$(mbedtls_config_dir)),-isystem $(MBEDTLS_HERE)) \
    '-DMBEDTLS_CONFIG_FILE="$(notdir $(mbedtls_config))"' $(MBEDTLS_DEFINES)
MBEDTLS_KEY := $(mbedtls_target)-$(basename $(notdir $(mbedtls_config)))-$(call \
    mbedtls_sum,$(CC) $(AR) $(MBEDTLS) $(mbedtls_config) $(MBEDTLS_CFLAGS) $(MBEDTLS_DEFINES))
mbedtls_library := $(BUILD)/mbedtls/$(MBEDTLS_KEY)/libmbedtls.a
MBEDTLS_LIBS := $(mbedtls_library)
MBEDTLS_READY := $(mbedtls_library)

ifeq ($(MBEDTLS),)
mbedtls_sources := $(BUILD)/mbedtls/fetched
$(mbedtls_sources): $(MBEDTLS_HERE)/../fetch.sh $(MBEDTLS_HERE)/source.pin
	$(MBEDTLS_HERE)/../fetch.sh $(MBEDTLS_HERE)/source.pin $(@D)
	@touch $@
else
mbedtls_sources := $(wildcard $(MBEDTLS)/library/*.[ch] $(MBEDTLS)/include/*/*.h)
endif

# The sources are only there once they are fetched: a second make finds and compiles them.
$(mbedtls_library): $(mbedtls_sources) $(wildcard $(MBEDTLS_HERE)/*.h) $(mbedtls_config) \
    $(MBEDTLS_HERE)/mbedtls.mk
	@mkdir -p $(@D)
	@echo "  mbedTLS  $(@D)"
	@$(MAKE) --no-print-directory -f $(MBEDTLS_HERE)/mbedtls.mk $@ mbedtls_objects=$(@D) \
	    mbedtls_tree=$(mbedtls_tree) CC=$(call mbedtls_quote,$(CC)) AR=$(call mbedtls_quote,$(AR)) \
	    mbedtls_flags=$(call mbedtls_quote,$(MBEDTLS_CPPFLAGS) $(MBEDTLS_CFLAGS))
	@touch $@

else
# ---- Installed ----
# What is cryptography in mbedTLS is a library of its own in 4: TF-PSA-Crypto.

ifeq ($(mbedtls_kind),system)
mbedtls_names := mbedtls mbedx509 $(shell $(PKG_CONFIG) --atleast-version=4 mbedtls 2>/dev/null && echo tfpsacrypto || echo mbedcrypto)
MBEDTLS_CPPFLAGS := $(shell $(PKG_CONFIG) --cflags mbedtls 2>/dev/null)
MBEDTLS_LIBS := $(or $(shell $(PKG_CONFIG) --libs $(mbedtls_names) 2>/dev/null),$(mbedtls_names:%=-l%))
else
mbedtls_lib := $(patsubst %/,%,$(dir $(firstword $(foreach dir,lib lib64 lib/$(mbedtls_target),\
    $(wildcard $(MBEDTLS)/$(dir)/libmbedtls.a $(MBEDTLS)/$(dir)/libmbedtls.so)))))
mbedtls_names := mbedtls mbedx509 $(if $(wildcard $(mbedtls_lib)/libtfpsacrypto.*),tfpsacrypto,mbedcrypto)
MBEDTLS_CPPFLAGS := -isystem $(MBEDTLS)/include
MBEDTLS_LIBS := $(if $(wildcard $(mbedtls_lib)/libmbedtls.a),$(mbedtls_names:%=$(mbedtls_lib)/lib%.a),\
    -L$(mbedtls_lib) -Wl$(mbedtls_comma)-rpath$(mbedtls_comma)$(mbedtls_lib) $(mbedtls_names:%=-l%))
endif
MBEDTLS_KEY := $(mbedtls_target)-$(mbedtls_kind)-$(call mbedtls_sum,$(CC) $(MBEDTLS))
MBEDTLS_READY := $(BUILD)/mbedtls/$(MBEDTLS_KEY)/ready

$(MBEDTLS_READY):
	@mkdir -p $(@D)
	@echo '#include <mbedtls/ssl.h>' | $(CC) $(MBEDTLS_CPPFLAGS) -E - >$@.i || { rm -f $@.i; \
	    echo 'MBEDTLS=$(MBEDTLS): no mbedTLS headers; on Debian: apt-get install libmbedtls-dev' >&2; exit 2; }
	@rm $@.i
	@touch $@
endif

mbedtls: $(MBEDTLS_READY)

else
# ==== Started by the rule above, with the sources in place ====

mbedtls_version := $(shell sed -n 's/^.define MBEDTLS_VERSION_STRING  *"\(.*\)"/\1/p' \
    $(mbedtls_tree)/include/mbedtls/build_info.h 2>/dev/null)
ifeq ($(filter 3.6.%,$(mbedtls_version)),)
$(error $(mbedtls_tree) is mbedTLS $(or $(mbedtls_version),2), and only 3.6 is built here: build and install it with its \
    own build system, then give its prefix as MBEDTLS)
endif
ifeq ($(wildcard $(mbedtls_tree)/library/psa_crypto_driver_wrappers.h),)
$(error $(mbedtls_tree) lacks generated files: run "make generated_files" in it)
endif

# What the configuration leaves out compiles to nothing, so all of it is compiled.
mbedtls_c := $(wildcard $(addprefix $(mbedtls_tree)/,library/*.c 3rdparty/p256-m/*.c 3rdparty/p256-m/p256-m/*.c \
    3rdparty/everest/library/everest.c 3rdparty/everest/library/x25519.c \
    3rdparty/everest/library/Hacl_Curve25519_joined.c))
mbedtls_o := $(addprefix $(mbedtls_objects)/,$(notdir $(mbedtls_c:.c=.o)))

# Ciphers are short loops over each block of a record: where speed is asked for at all, they get all of it.
# With -O3 a request of 2,000 bytes is sealed with 52,000 instructions instead of 69,000, with SSSE3's shuffle 35,000.
# What aesni.c holds only runs where the processor has AES-NI, and with it SSSE3.
ifneq ($(filter -O2 -O3,$(mbedtls_flags)),)
$(addprefix $(mbedtls_objects)/,aes.o aesni.o aesce.o cipher.o cipher_wrap.o gcm.o): mbedtls_fast := -O3
ifneq ($(filter x86_64-% i386-% i486-% i586-% i686-%,$(shell $(CC) -dumpmachine)),)
$(mbedtls_objects)/aesni.o: mbedtls_fast += -mssse3
endif
endif

mbedtls_include := $(addprefix -I$(mbedtls_tree)/,include library 3rdparty/p256-m/p256-m/include \
    3rdparty/p256-m/p256-m/include/p256-m 3rdparty/p256-m/p256-m_driver_interface \
    3rdparty/everest/include 3rdparty/everest/include/everest 3rdparty/everest/include/everest/kremlib)

vpath %.c $(sort $(dir $(mbedtls_c)))

$(mbedtls_objects)/libmbedtls.a: $(mbedtls_o)
	@rm -f $@
	@$(AR) rcsD $@ $^

# -MD and not -MMD: the configuration is found through -isystem.
$(mbedtls_objects)/%.o: %.c $(MAKEFILE_LIST)
	@$(CC) $(mbedtls_flags) $(mbedtls_include) $(mbedtls_fast) -w -ffunction-sections -fdata-sections -MD -MP -c -o $@ $<

-include $(mbedtls_o:.o=.d)
endif
