# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# How QEMU runs VMs on this machine: with KVM if a kernel boots with it, else by
# emulation (TCG). /dev/kvm alone does not prove that KVM works: nested virtualization often
# lacks features that a stock kernel needs. VM_ACCEL=kvm or VM_ACCEL=tcg overrides the probe.
# Sourced, never run; find_accel needs archive.sh.

check_accel() {
	case ${VM_ACCEL:-} in
	'' | kvm | tcg) ;;
	*) printf '%s: VM_ACCEL=%s: neither kvm nor tcg\n' "${0##*/}" "$VM_ACCEL" >&2; return 1 ;;
	esac
}

# boots_with ACCEL KERNEL LOG: whether the kernel boots within 20 s. KERNEL is a folder
# that kernel.sh made. The first process is busybox's echo; when it exits, the kernel
# panics and reboots, and QEMU ends.
boots_with() {
	local mark='accel: first process'
	: >"$3"
	# The braces redirect bash's own message about a QEMU that aborts.
	{
		timeout -k 1 20 qemu-system-x86_64 -M "$(cat "$2/machine")" -cpu max -accel "$1" -smp 2 -m 512 \
			-nodefaults -display none -no-reboot -chardev "file,id=console,path=$3,append=on" \
			-serial chardev:console -kernel "$2/vmlinuz" -initrd "$2/initrd" \
			-append "console=ttyS0 panic=-1 rdinit=/bin/busybox -- echo $mark" </dev/null || :
	} >>"$3" 2>&1
	grep -q "^$mark" "$3"
}

# find_accel KERNEL: prints kvm or tcg. The result of the probe stays valid in the tests'
# cache until the machine's kernel, processor or QEMU changes.
find_accel() {
	local key result='' log known
	if [ -n "${VM_ACCEL:-}" ]; then printf '%s\n' "$VM_ACCEL"; return; fi
	if ! [ -r /dev/kvm ] || ! [ -w /dev/kvm ]; then echo tcg; return; fi
	# shellcheck disable=SC2154 # of archive.sh
	known=$test_cache/accel log=$test_cache/accel.log
	key="$(uname -r) $(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo) $(qemu-system-x86_64 --version | head -n1)"
	mkdir -p "$test_cache"
	(
		# VMs that start at the same time share one probe.
		flock 9
		[ ! -e "$known" ] || result=$(sed -n "s/^\([a-z]*\) $(sed 's/[][\\.*^$/]/\\&/g' <<<"$key")\$/\1/p" "$known")
		if [ -z "$result" ]; then
			if boots_with kvm "$1" "$log"; then result=kvm; else result=tcg; fi
			printf '%s %s\n' "$result" "$key" >"$known"
			if [ "$result" = kvm ]; then
				printf 'accel: KVM boots a kernel here and is used (remembered in %s)\n' "$known" >&2
			else
				printf 'accel: /dev/kvm exists, but a kernel does not boot with it (%s): VMs are emulated (remembered in %s)\n' \
					"$log" "$known" >&2
			fi
		fi
		printf '%s\n' "$result"
	) 9>"$known.lock"
}
