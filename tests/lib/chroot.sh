# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs commands such as apt and DKMS in a Debian root at the speed of this machine, as
# in a container. Sourced, never run; needs root.

# in_root ROOT SHARE MOUNT... -- COMMAND...: mounts a root ("mount MOUNT... ROOT") and
# runs COMMAND in it. The folder SHARE is at /mnt/share there, read-only. The folder that
# the variable COMPILER_CACHE names, if it is set, is at /mnt/ccache. The mounts, the
# processes and the network, which has a loopback only, end with the command, and all
# that it wrote is then in what was mounted.
in_root() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --pid --net --ipc --uts --fork --kill-child --propagation private bash -euc '
		root=$1 share=$2
		shift 2
		options=()
		while [ "$1" != -- ]; do
			options+=("$1")
			shift
		done
		shift
		mount "${options[@]}" "$root"
		ip link set lo up
		mount -t proc proc "$root/proc"
		mount -t tmpfs -o mode=1777 tmp "$root/tmp"
		mount -t tmpfs -o mode=755 dev "$root/dev"
		for node in null zero full random urandom tty; do
			: >"$root/dev/$node"
			mount --bind "/dev/$node" "$root/dev/$node"
		done
		ln -s /proc/self/fd "$root/dev/fd"
		mkdir -p "$root/mnt/share" "$root/dev/shm"
		mount --bind -o ro "$share" "$root/mnt/share"
		if [ "${COMPILER_CACHE:-}" ]; then
			mkdir -p "$root/mnt/ccache"
			mount --bind "$COMPILER_CACHE" "$root/mnt/ccache"
		fi
		rc=0
		chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive INITRD=No "$@" || rc=$?
		# Unmount now: the end of the namespace would unmount it asynchronously.
		kill -KILL -1 2>/dev/null || :
		for ((i = 0; i < 100; i++)); do
			! umount -R "$root" 2>/dev/null || exit "$rc"
			sleep 0.1
		done
		umount -R "$root"
		' bash "$@"
}
