# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the scenarios about the package are written with. FIRST and SECOND are the
# two kernels, VERSION the package's and the module's version, NEXT its
# successor's; share is the folder that the test brings along. Sourced, never run.

share=${share:?}

# --- points: fd 3 is for TAP

ok() { printf 'ok - %s: %s\n' "$SCENARIO" "$1" >&3; }
not_ok() { printf 'not ok - %s: %s\n' "$SCENARIO" "$1" >&3; }
skip() { printf 'ok - %s: %s # SKIP %s\n' "$SCENARIO" "$1" "$2" >&3; }
note() { printf '# %s: %s\n' "$SCENARIO" "$1" >&3; }

# point NAME COMMAND...: COMMAND succeeds, and so does each step of it. As a condition it
# would go on after one that failed.
point() {
	local name=$1 rc
	shift
	set +e
	(set -e; "$@")
	rc=$?
	set -e
	if [ "$rc" = 0 ]; then ok "$name"; else not_ok "$name"; fi
}
# fails COMMAND...: by itself, and not for want of the command
fails() {
	local rc=0
	"$@" || rc=$?
	[ "$rc" != 0 ] && [ "$rc" -lt 126 ]
}
# said WORDS...: what ran last said all of these on one line; they are no patterns,
# as kernels' names have dots and plus signs.
said() {
	local words text
	text=$(cat /tmp/said) || return 2
	for words; do text=$(grep -F -- "$words" <<<"$text") || return 1; done
}
silent() {
	local rc=0
	said "$@" || rc=$?
	[ "$rc" = 1 ]
}
# lacks FILE PATTERN: the file is there, and no line of it matches
lacks() {
	local rc=0
	grep -iE -- "$2" "$1" || rc=$?
	[ -s "$1" ] && [ "$rc" = 1 ]
}

# has WORDS: standard input does; read to its end: grep -q would kill who writes it.
has() { grep -F -- "$1" >/dev/null; }

# run COMMAND...: keeps what it says for said(); its status is the command's.
run() {
	local rc=0
	"$@" >/tmp/said 2>&1 </dev/null || rc=$?
	cat /tmp/said
	return $rc
}
apt_install() { run apt-get -y --no-install-recommends install "$@"; }
apt_remove() { run apt-get -y remove "$@"; }
apt_purge() { run apt-get -y purge "$@"; }

# add_repository URI: as the documentation says to
add_repository() {
	mkdir -p /usr/share/keyrings
	cp "$share/repo/wireguard-dkms.gpg" /usr/share/keyrings/
	sed "s,^URIs:.*,URIs: $1," "$share/repo/wireguard-dkms.sources" \
		>/etc/apt/sources.list.d/wireguard-dkms.sources
	update_repository
}
# The lists of the other sources stay as they are: there is no network.
update_repository() {
	run apt-get update -o Dir::Etc::sourcelist=sources.list.d/wireguard-dkms.sources \
		-o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0
}

# --- what is asked of the system

# No package is half of anything.
consistent() {
	local odd audit
	odd=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n') || return
	odd=$(awk '!/^(ii|rc|hi) /' <<<"$odd")
	audit=$(dpkg --audit) || return
	printf '%s%s' "$odd" "$audit"
	[ -z "$odd$audit" ]
}
# DKMS 3.2 adds "(Original modules exist)".
dkms_says() { dkms status -m wireguard | grep -F "$1" | sed 's/.*: //; s/ .*//'; }
# ours_for KERNEL [VERSION]: what modprobe would load there
ours_for() {
	local file
	file=$(modinfo -k "$1" -F filename wireguard) || return 1
	case $file in */updates/dkms/wireguard.ko*) ;; *) echo "found: $file"; return 1 ;; esac
	[ "$(modinfo -k "$1" -F version wireguard)" = "${2:-$VERSION}" ] &&
		modinfo -k "$1" -F vermagic wireguard | has "$1 " &&
		[ "$(dkms_says ", $1,")" = installed ]
}
own_for() {
	case $(modinfo -k "$1" -F filename wireguard) in
	"/lib/modules/$1/kernel/"* | "/usr/lib/modules/$1/kernel/"*) ;;
	*) return 1 ;;
	esac
	# Without DKMS there is nothing that it has.
	command -v dkms >/dev/null || return 0
	local text
	text=$(dkms status -m wireguard) || return
	case $text in *", $1,"*) return 1 ;; esac
}
dkms_has_nothing() {
	local text
	text=$(dkms status -m wireguard) || return
	[ -z "$text" ]
}
# left_behind: files with our name that no other package owns
left_behind() {
	local file
	find / -xdev \( -path /proc -o -path /mnt -o -path /tmp -o -path /root -o -path /dev \
		-o -path /var/lib/dpkg -o -path /var/cache/apt -o -path /var/lib/apt -o -path /var/log/apt \
		-o -path /usr/share/keyrings -o -path /etc/apt \) -prune -o \
		-iname '*wireguard*' ! -path '*/kernel/drivers/net/wireguard*' ! -path /etc/wireguard -print |
		while read -r file; do
			dpkg-query -S "$file" 2>/dev/null | grep -v '^wireguard-dkms:' >/dev/null ||
				printf '%s\n' "$file"
		done
}
nothing_left() {
	local left
	left=$(left_behind) || return
	printf '%s' "$left"
	[ -z "$left" ]
}
