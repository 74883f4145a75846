# SPDX-License-Identifier: MIT
# The packages for Debian: a fragment for the Makefile. What they are made of is in port/debian.
#
# In:   MBEDTLS                     not given  the system's, as Debian has it: offline, and its fixes come with it
#                                   empty      compiled in, as elsewhere: fetched, with TLS 1.3; or a /path to a tree
# Goals: deb                        reflow, libreflow-dev and their source: $(BUILD)/deb

DEB_PACKAGES := dpkg-dev debhelper libjsmn-dev libmbedtls-dev
DEB ?= $(BUILD)/deb
DEB_TREE := $(DEB)/reflow-$(install_version)
deb_mbedtls := $(if $(filter file,$(origin MBEDTLS)),,$(mbedtls_tree))

# What was said to this make is not for the packages': dpkg has flags of its own.
deb_environment := $(foreach name,MAKEFLAGS MFLAGS MAKELEVEL BUILD CC AR CFLAGS CPPFLAGS LDFLAGS JSMN,-u $(name)) \
    MBEDTLS=$(if $(deb_mbedtls),port/mbedtls/source,system)
deb_sources := Makefile README.md include port src tests
deb_copy := tar -c --mode=u=rwX,go=rX --exclude=__pycache__ --exclude='.*'

.PHONY: deb
deb: need-deb $(if $(deb_mbedtls),$(mbedtls_sources)) ## the Debian packages reflow and libreflow-dev, into build/deb
	@$(if $(filter prefix,$(mbedtls_kind)),echo 'make deb: MBEDTLS=$(MBEDTLS) is neither empty nor system nor a tree' >&2; exit 2)
	@rm -rf $(DEB) && umask 022 && mkdir -p $(DEB_TREE)$(if $(deb_mbedtls),/port/mbedtls/source)
	@$(deb_copy) $(deb_sources) | tar -xp -C $(DEB_TREE)
	@mv $(DEB_TREE)/port/debian $(DEB_TREE)/debian
	$(if $(deb_mbedtls),@$(deb_copy) -C $(deb_mbedtls) include library 3rdparty | tar -xp -C $(DEB_TREE)/port/mbedtls/source)
	@cd $(DEB_TREE) && env $(deb_environment) dpkg-buildpackage --no-sign >../log 2>&1 || { tail -n 40 ../log; exit 1; }
	@ls $(DEB)/*.deb
