# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Functions for the scenarios about the package. FIRST and SECOND are the two kernels,
# VERSION the version of package and module, NEXT the next version; share is the
# folder with the test's files. Sourced, never run.

share=${share:?}

# --- points: fd 3 is for TAP

ok() { printf 'ok - %s: %s\n' "$SCENARIO" "$1" >&3; }
not_ok() { printf 'not ok - %s: %s\n' "$SCENARIO" "$1" >&3; }
skip() { printf 'ok - %s: %s # SKIP %s\n' "$SCENARIO" "$1" "$2" >&3; }
note() { printf '# %s: %s\n' "$SCENARIO" "$1" >&3; }

# point NAME COMMAND...: passes if COMMAND and each of its steps succeed. The command runs
# outside of a condition, in which bash would ignore set -e.
point() {
	local name=$1 rc
	shift
	set +e
	(set -e; "$@")
	rc=$?
	set -e
	if [ "$rc" = 0 ]; then ok "$name"; else not_ok "$name"; fi
}
# fails COMMAND...: whether the command fails, but not because it is missing or killed
fails() {
	local rc=0
	"$@" || rc=$?
	[ "$rc" != 0 ] && [ "$rc" -lt 126 ]
}
# printed WORDS...: whether one line of the output of the last run() has all of these. They are
# fixed strings, since kernels' names have dots and plus signs.
printed() {
	local words text
	text=$(cat /tmp/output) || return 2
	for words; do text=$(grep -F -- "$words" <<<"$text") || return 1; done
}
silent() {
	local rc=0
	printed "$@" || rc=$?
	[ "$rc" = 1 ]
}
# lacks FILE PATTERN: whether the file has content and no line matches
lacks() {
	local rc=0
	grep -iE -- "$2" "$1" || rc=$?
	[ -s "$1" ] && [ "$rc" = 1 ]
}

# has WORDS: whether standard input has the string. Reads all input: grep -q would end early,
# and the writer would get SIGPIPE.
has() { grep -F -- "$1" >/dev/null; }

# run COMMAND...: keeps the output for printed() and returns the command's status
run() {
	local rc=0
	"$@" >/tmp/output 2>&1 </dev/null || rc=$?
	cat /tmp/output
	return $rc
}
apt_install() { run apt-get -y --no-install-recommends install "$@"; }
apt_remove() { run apt-get -y remove "$@"; }
apt_purge() { run apt-get -y purge "$@"; }

# add_repository URI: configures the repository as the documentation describes
add_repository() {
	mkdir -p /usr/share/keyrings
	cp "$share/repo/wireguard-dkms.gpg" /usr/share/keyrings/
	sed "s,^URIs:.*,URIs: $1," "$share/repo/wireguard-dkms.sources" \
		>/etc/apt/sources.list.d/wireguard-dkms.sources
	update_repository
}
# Updates the list of this repository only, since there is no network.
update_repository() {
	run apt-get update -o Dir::Etc::sourcelist=sources.list.d/wireguard-dkms.sources \
		-o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0
}

# --- the state of the system

# consistent: whether no package is half-installed or half-configured
consistent() {
	local odd audit
	odd=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n') || return
	odd=$(awk '!/^(ii|rc|hi) /' <<<"$odd")
	audit=$(dpkg --audit) || return
	printf '%s%s' "$odd" "$audit"
	[ -z "$odd$audit" ]
}
# DKMS 3.2 adds "(Original modules exist)".
dkms_state() { dkms status -m wireguard | grep -F "$1" | sed 's/.*: //; s/ .*//'; }
# ours_for KERNEL [VERSION]: whether modprobe would load our module on that kernel
ours_for() {
	local file
	file=$(modinfo -k "$1" -F filename wireguard) || return 1
	case $file in */updates/dkms/wireguard.ko*) ;; *) echo "found: $file"; return 1 ;; esac
	[ "$(modinfo -k "$1" -F version wireguard)" = "${2:-$VERSION}" ] &&
		modinfo -k "$1" -F vermagic wireguard | has "$1 " &&
		[ "$(dkms_state ", $1,")" = installed ]
}
own_for() {
	case $(modinfo -k "$1" -F filename wireguard) in
	"/lib/modules/$1/kernel/"* | "/usr/lib/modules/$1/kernel/"*) ;;
	*) return 1 ;;
	esac
	# Without DKMS there is no status to check.
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
# left_behind: files with our name that no other package owns. The lock in /run stays, because
# a build may hold it.
left_behind() {
	local file
	find / -xdev \( -path /proc -o -path /mnt -o -path /tmp -o -path /root -o -path /dev \
		-o -path /var/lib/dpkg -o -path /var/cache/apt -o -path /var/lib/apt -o -path /var/log/apt \
		-o -path /usr/share/keyrings -o -path /etc/apt \) -prune -o \
		-iname '*wireguard*' ! -path '*/kernel/drivers/net/wireguard*' ! -path /etc/wireguard \
		! -path /run/wireguard-dkms.lock -print |
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
