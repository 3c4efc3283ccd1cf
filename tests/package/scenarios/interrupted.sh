# shellcheck shell=bash
# shellcheck disable=SC2016 # for eval, or the inner shell
# SPDX-License-Identifier: GPL-2.0
#
# A full disk, and a kill at several moments of a build: dpkg recovers, a rerun
# succeeds, and what is removed later leaves nothing.

mkdir -p /var/lib/dkms
mount -t tmpfs -o size=1m full /var/lib/dkms
point "with the disk full the package can be installed" apt_install wireguard-dkms
point "dpkg is consistent with a full disk" consistent
point "it says what is full" printed "NOT built for $FIRST: " "No space left"
point "the kernel's own module serves" own_for "$FIRST"
mount -o remount,size=1g /var/lib/dkms
point "with room, a rerun succeeds" eval 'run wireguard-dkms build && ours_for "$FIRST"'
apt_purge wireguard-dkms

# kill_at NAME CONDITION [VARIABLE=VALUE]: kills apt and all below it once CONDITION holds.
kill_at() {
	local name=$1 i
	env "${@:3}" setsid apt-get -y --no-install-recommends install wireguard-dkms >/tmp/killed 2>&1 </dev/null &
	local apt=$!
	for ((i = 0; i < 6000; i++)); do
		! eval "$2" || break
		if ! kill -0 "$apt" 2>/dev/null; then break; fi
		sleep 0.02
	done
	point "killed $name: in time" kill -0 "$apt"
	# All but this shell and the first process of the namespace. Until they are
	# gone dpkg's database is locked.
	kill -KILL -- -1 || :
	wait "$apt" || :
	while pgrep -x 'apt-get|dpkg' >/dev/null; do sleep 0.05; done
}
moment() {
	local name=$1
	kill_at "$@"
	point "killed $name: dpkg configures what is left" run dpkg --configure -a
	point "killed $name: apt has nothing to complain of" apt_install wireguard-dkms
	point "killed $name: dpkg is consistent" consistent
	point "killed $name: the module is there" ours_for "$FIRST"
	apt_purge wireguard-dkms
	point "killed $name: removed, the kernel's own serves" own_for "$FIRST"
	point "killed $name: nothing is left" nothing_left
}

# Where the kill interrupts the compilation, it kills a compiler and not a compiler cache.
kill_at "before it is purged" '[ -n "$(find /var/lib/dkms/wireguard/*/build/src -name "*.o" 2>/dev/null)" ]' \
	CCACHE_DISABLE=1
point "killed before it is purged: dpkg --purge" run dpkg --purge wireguard-dkms
point "killed before it is purged: dpkg is consistent" consistent
point "killed before it is purged: the kernel's own serves" own_for "$FIRST"
point "killed before it is purged: nothing is left" nothing_left

moment "while it compiles" \
	'[ -n "$(find /var/lib/dkms/wireguard/*/build/src -name "*.o" 2>/dev/null | tail -n +20)" ]' \
	CCACHE_DISABLE=1
moment "while DKMS keeps the result" \
	'[ -d "/var/lib/dkms/wireguard/$VERSION/$FIRST" ]'
moment "once the module is copied" \
	'ls "/lib/modules/$FIRST/updates/dkms"/wireguard.ko* >/dev/null 2>&1'
