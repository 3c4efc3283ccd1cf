# SPDX-License-Identifier: GPL-2.0
#
# All targets that users and scripts call; "make help" lists them. The kbuild of the
# target kernel builds the module from src/.

KDIR ?= /lib/modules/$(shell uname -r)/build
VERSION := $(shell sed -n 's/^.define WIREGUARD_VERSION "\(.*\)"/\1/p' src/version.h)

# Recipes have these paths in quotes.
$(if $(findstring ',$(CURDIR)$(OUT)$(KDIR)),$(error wireguard: a path with an \
	apostrophe cannot be built: $(CURDIR) OUT=$(OUT) KDIR=$(KDIR)))

# The module is built in src/, or with OUT=DIR in a copy of it, so that one checkout,
# which may be read-only, serves several kernels at the same time.
module-dir := $(if $(OUT),$(abspath $(OUT)),$(CURDIR)/src)
# Expanded when it is used: MAKEFLAGS has -j only while a recipe runs. make passes the
# jobserver on if the recipe begins with "+".
module-make = $(MAKE) $(shell sh src/compat/jobs.sh $(filter -j% --jobserver%,$(MAKEFLAGS))) \
	--no-print-directory -C $(abspath $(KDIR)) M=$(module-dir) $(module-tools)
# The kernel's makefile takes gcc by default. DKMS and users may give the compiler, or single tools.
module-tools = $(if $(LLVM)$(filter command,$(origin CC)),,$(foreach tool, \
	$(shell sh src/compat/toolchain.sh '$(abspath $(KDIR))'), \
	$(if $(filter command,$(origin $(firstword $(subst =, ,$(tool))))),,$(tool))))
# All sources of the module, without files that a build generates.
source-files = find src -name generated -prune -o -type f \
	\( -name '*.[chS]' -o -name 'Kbuild*' -o -name '*.sh' \) ! -name '*.mod.c' -print

.PHONY: help module probe-report deb repo stage package-tree install uninstall modules_install clean \
	demo vm-test check check-all check-matrix check-arch check-debug check-chaos check-planted soak unit fuzz \
	bench bench-crypto lint counters

help:
	@echo 'WireGuard $(VERSION), a kernel module for the installed kernel'
	@echo
	@echo '  make module        build src/wireguard.ko'
	@echo '  make deb           build dist/wireguard-dkms_$(VERSION)_all.deb'
	@echo '  make repo KEY=KEY  signed apt repository in dist/repo; REPO=DIR, URI=where machines find it'
	@echo '  make install       without apt: sources to /usr/src, module built by DKMS, wireguard-dkms(8) (root)'
	@echo '  make uninstall     remove what make install has installed (root)'
	@echo '  make modules_install'
	@echo '                     without DKMS: build, and install for the kernel of KDIR (root)'
	@echo '  make demo          install the package in a Debian root, boot it in a VM, show a tunnel (root)'
	@echo '  make vm-test T="device raw-send"'
	@echo '                     build the module and run single VM scenarios; VM_OPTIONS="--dyndbg"'
	@echo '  make check         static checks, unit tests, short fuzzing, the package, most VM scenarios (root)'
	@echo '  make check KDIR=DIR BZIMAGE=FILE'
	@echo '                     the same on a kernel (4.4 or newer) that was built in DIR'
	@echo '  make check-all     check and all parts below, for a nightly run (root; many hours)'
	@echo '  make check-matrix  builds and VM scenarios on all kernels of tests/kernels.list (root; hours)'
	@echo '  make check-arch ARCH="arm64 s390x"'
	@echo '                     builds for kernels of other architectures, and VM scenarios on one kernel of each;'
	@echo '                     default: all of them (root)'
	@echo '  make check-debug   VM scenarios on kernels with KASAN, lockdep, KCSAN ... (root; hours)'
	@echo '  make check-chaos SEEDS=3'
	@echo '                     VM scenarios in random environments; CHAOS_SEED=N, SCENARIOS="..." (root)'
	@echo '  make check-planted each planted bug of tests/planted/ is noticed; PLANTED="..." (root)'
	@echo '  make soak HOURS=8  traffic, faults and configuration changes in a VM; MINUTES=10, SEED=N (root)'
	@echo '  make unit          unit tests only'
	@echo '  make fuzz          fuzzers only, SECONDS_EACH=60; ends with their coverage'
	@echo '  make bench         compare speed with the in-tree module, in a VM (root)'
	@echo '  make bench-crypto  compare the speed of the cryptography with OpenSSL and others, on the host'
	@echo '  make lint          compiler warnings, static analysers, checkpatch, shellcheck'
	@echo '  make counters      write the table of counters in docs/TROUBLESHOOTING.md from src/stats.h'
	@echo '  make probe-report  list the API differences of the kernel and their replacements'
	@echo '  make clean         remove the files that these targets make in the tree'
	@echo
	@echo 'Options: KDIR=DIR          kernel headers or build tree'
	@echo '                           ($(KDIR))'
	@echo '         CRYPTO=KIND       kernel, vendored, or auto: the faster one (auto)'
	@echo '         PROBE_OFF="NAMES" build the fallbacks of these probes'
	@echo '         OUT=DIR           build the module there and not in src/'
	@echo '         VM_ACCEL=KIND     kvm or tcg; default: KVM if a kernel boots with it, else TCG'

check-dirs:
	@case '$(CURDIR)$(OUT)' in *[[:space:]:]*) \
		echo 'wireguard: kbuild accepts no path with a space or a colon: $(CURDIR)$(OUT)' >&2; \
		exit 1 ;; \
	esac
	@case '$(subst ','\'',$(CRYPTO))' in auto | kernel | vendored | '') ;; *) \
		echo 'wireguard: CRYPTO=$(subst ','\'',$(CRYPTO)) is not supported: use auto, kernel or vendored' >&2; \
		exit 1 ;; \
	esac
	@sh src/compat/check-kdir.sh '$(abspath $(KDIR))'
ifneq ($(OUT),)
	@mkdir -p '$(OUT)'
	@cd src && find . -name generated -prune -o -type f \
		\( -name '*.[chS]' -o -name 'Kbuild*' -o -name '*.sh' \) ! -name '*.mod.c' \
		-print | sort > '$(module-dir)/.sources.new'
	@# Remove copies of sources that src/ no longer has.
	@cd '$(module-dir)' && { [ ! -e .sources ] || comm -23 .sources .sources.new | xargs -r rm -f; } && \
		mv .sources.new .sources
	@cd src && xargs cp -u --preserve=mode,timestamps --parents -t '$(module-dir)' \
		< '$(module-dir)/.sources'
endif
.PHONY: check-dirs

module: check-dirs
	+@$(module-make) modules

probe-report: check-dirs
	+@$(module-make) modules WG_PROBES_ONLY=y > /dev/null
	@sed -n 's/.*UTS_RELEASE "\(.*\)"/Kernel \1/p' $(KDIR)/include/generated/utsrelease.h
	@sh src/compat/probe.sh report $(module-dir)/compat/generated/config.h src/compat/probes

# The content of /usr/src/wireguard-VERSION except dkms.conf: sources, no tests.
stage:
	@[ -n '$(DIR)' ] || { echo 'usage: make stage DIR=TARGET' >&2; exit 1; }
	@mkdir -p '$(DIR)'
	@$(source-files) | xargs cp --preserve=mode,timestamps --parents -t '$(DIR)'
	@cp --preserve=mode,timestamps Makefile LICENSE '$(DIR)'

# The source tree of the package.
package-tree: stage
	@cp -a dkms.conf README.md debian tools '$(DIR)'

# dpkg writes to the parent of the tree that it builds, so it gets a copy in build/.
deb-tree := build/deb/wireguard-$(VERSION)
deb-changelog := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog 2>/dev/null)
deb:
	@command -v dpkg-buildpackage > /dev/null || { \
		echo 'wireguard: no dpkg-buildpackage: apt install build-essential debhelper dkms dh-dkms' >&2; \
		exit 1; }
	@missing=$$(dpkg-checkbuilddeps debian/control 2>&1) || { \
		echo "wireguard: $${missing##*: }: not installed: apt install build-essential debhelper dkms dh-dkms" >&2; \
		exit 1; }
	@[ '$(deb-changelog)' = '$(VERSION)' ] || { \
		echo 'wireguard: debian/changelog is at $(deb-changelog), src/version.h at $(VERSION): dch -v $(VERSION)' >&2; \
		exit 1; }
	@mkdir -p build dist
	@flock build $(MAKE) --no-print-directory deb-build
	@echo dist/wireguard-dkms_$(VERSION)_all.deb

# One at a time in a checkout.
deb-build:
	@rm -rf build/deb
	@$(MAKE) --no-print-directory package-tree DIR=$(deb-tree)
	@cd $(deb-tree) && MAKEFLAGS= dpkg-buildpackage -us -uc -b > ../build.log 2>&1 || { \
		tail -n 20 ../build.log >&2; \
		echo 'wireguard: dpkg-buildpackage failed (build/deb/build.log)' >&2; exit 1; }
	@mv build/deb/wireguard-dkms_$(VERSION)_all.deb dist/ && rm -rf build/deb
.PHONY: deb-build

REPO ?= dist/repo
repo: deb
	@tools/make-repo.sh --key '$(KEY)' $(if $(URI),--uri '$(URI)') '$(REPO)' \
		dist/wireguard-dkms_$(VERSION)_all.deb

# The same folder as that of the package. KERNEL is the kernel to build for.
KERNEL ?= $(shell uname -r)
dkms-source := /usr/src/wireguard-$(VERSION)
install:
	@command -v dkms > /dev/null || { \
		echo 'wireguard: no dkms: install it, or use make modules_install' >&2; exit 1; }
	@[ ! -e /var/lib/dpkg/info/wireguard-dkms.list ] || { \
		echo 'wireguard: the package wireguard-dkms is installed: apt remove wireguard-dkms' >&2; \
		exit 1; }
	@$(MAKE) --no-print-directory -s uninstall
	@$(MAKE) --no-print-directory stage DIR=$(dkms-source)
	@cp --preserve=mode,timestamps dkms.conf $(dkms-source)
	@install -D -m 755 tools/wireguard-dkms /usr/local/sbin/wireguard-dkms
	@install -D -m 644 tools/wireguard-dkms.8 /usr/local/share/man/man8/wireguard-dkms.8
	@/usr/local/sbin/wireguard-dkms build '$(KERNEL)'

uninstall:
	@[ ! -e /var/lib/dpkg/info/wireguard-dkms.list ] || { \
		echo 'wireguard: the package wireguard-dkms is installed: apt remove wireguard-dkms' >&2; \
		exit 1; }
	@for conf in /usr/src/wireguard-[0-9]*/dkms.conf; do \
		[ -e "$$conf" ] || continue; \
		source=$${conf%/dkms.conf}; \
		[ ! -e "/var/lib/dkms/wireguard/$${source##*/wireguard-}" ] || \
			dkms remove -m wireguard -v "$${source##*/wireguard-}" --all; \
		rm -rf "$$source"; \
	done
	@# The lock in /run stays: a build may hold it, and another one waits for that file.
	@rm -rf /usr/local/sbin/wireguard-dkms /usr/local/share/man/man8/wireguard-dkms.8 \
		/var/log/wireguard-dkms

# kbuild's own target, into updates/, which depmod prefers to kernel/. INSTALL_MOD_PATH
# works. With a distribution's headers, which have no System.map and no key, kbuild does
# not run depmod and complains about the key.
modules_install: module
	+@$(module-make) INSTALL_MOD_DIR=updates modules_install \
		$(if $(wildcard $(KDIR)/certs/signing_key.pem),,CONFIG_MODULE_SIG_ALL=)
	@depmod $(if $(INSTALL_MOD_PATH),-b '$(INSTALL_MOD_PATH)') \
		"$$(modinfo -F vermagic '$(module-dir)/wireguard.ko' | cut -d' ' -f1)"

demo:
	@tests/demo.sh

vm-test:
	@tests/vm-test.sh

# make exports variables from its command line, so check.sh sees KDIR only if it is given
# there, and not this file's default.
check:
	@tests/check.sh

check-all:
	@tests/all.sh

check-matrix:
	@tests/matrix.sh

check-arch:
	@tests/arch.sh

check-debug:
	@tests/debug.sh

check-chaos:
	@tests/chaos.sh

check-planted:
	@tests/planted.sh

soak:
	@tests/soak.sh

unit:
	@$(MAKE) --no-print-directory -C tests/unit check

fuzz:
	@$(MAKE) --no-print-directory -C tests/fuzz check
	@$(MAKE) --no-print-directory -C tests/fuzz coverage

bench:
	@tests/bench/run.sh

bench-crypto:
	@tests/bench/crypto.sh

lint:
	@tests/lint.sh '$(abspath $(KDIR))'

counters:
	@tests/counters.py

clean:
	@find src -name '*.[ch]' -prune -o -type f \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '.*.cmd' -o -name '.*.d' -o -name '*.i' -o -name '*.s' -o -name '*.symvers' \
		-o -name 'modules.order' -o -name 'Module.symvers' \) -exec rm -f {} +
	@find src -name '*.mod.c' -exec rm -f {} +
	@rm -rf src/compat/generated src/.tmp_versions build dist
	@for tests in tests/unit tests/fuzz; do \
		[ ! -e $$tests/Makefile ] || $(MAKE) -s --no-print-directory -C $$tests clean; \
	done
