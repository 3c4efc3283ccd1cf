# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Debian's archive, for any suite: its address, package lists and packages.
# Nothing here touches the machine's own apt state: lists are kept in the tests'
# cache. Sourced, never run.

# depmod, debugfs and mke2fs are in folders that a user's PATH lacks on Debian.
PATH=$PATH:/usr/sbin:/sbin

test_cache=${XDG_CACHE_HOME:-$HOME/.cache}/wireguard-dkms-tests

# cache_enter LOCK NAME: sets out to the folder of that name in the cache. If the folder
# is complete, prints it and ends the script. Otherwise returns with the lock held, so
# that only one process makes the folder.
cache_enter() {
	out=$test_cache/$2
	# A cache that another user has made serves as it is.
	if [ -e "$out/complete" ] && ! [ -w "$test_cache" ]; then
		printf '%s\n' "$out"
		exit 0
	fi
	mkdir -p "$test_cache"
	exec 9>"$test_cache/$1.lock"
	if ! flock -n 9; then
		printf '%s: waiting for another run, which makes %s-* in %s\n' "${0##*/}" "$1" "$test_cache" >&2
		flock 9
	fi
	[ -e "$out/complete" ] || return 0
	touch "$out/complete"
	printf '%s\n' "$out"
	exit 0
}

# cache_work: sets work to a folder in the cache that is removed when the script ends.
cache_work() {
	work=$(mktemp -d "$test_cache/making.XXXXXX")
	trap 'rm -rf --one-file-system "$work"' EXIT
	trap 'exit 130' INT TERM
}

# cache_keep PREFIX DIR: moves the finished DIR to $out, and expires other folders.
cache_keep() {
	touch "$2/complete"
	rm -rf "$out"
	mv "$2" "$out"
	expire_cache "$1"
}

# expire_cache PREFIX: removes folders that were not used for two weeks. Each use
# touches the file "complete".
expire_cache() {
	local mark
	find "$test_cache" -mindepth 2 -maxdepth 2 -path "$test_cache/$1-*/complete" -mtime +14 |
		while read -r mark; do rm -rf "${mark%/complete}"; done
}

# archive_uri SUITE: the archive that this machine installs from, so that a mirror
# configured here also serves the other suites.
archive_uri() {
	local uri='' kind=main
	case $1 in *-security) kind=security ;; esac
	# shellcheck disable=SC2016 # apt puts in what $(...) stands for
	uri=$(apt-get indextargets --format '$(ORIGIN)|$(CREATED_BY)|$(RELEASE)|$(REPO_URI)' 2>/dev/null |
		awk -F'|' -v kind="$kind" '$1 == "Debian" && $2 == "Packages" &&
			($3 ~ /-security$/) == (kind == "security") { print $4; exit }')
	case $kind in
	security) printf '%s\n' "${uri:-http://deb.debian.org/debian-security}" ;;
	*) printf '%s\n' "${uri:-http://deb.debian.org/debian}" ;;
	esac
}

# archive_sources SUITE[/i386]... | SUITE:ARCH...: lines for a sources.list: of amd64, with /i386
# of both architectures, with :ARCH of this architecture only
archive_sources() {
	local suite architectures
	for suite; do
		architectures=amd64
		case $suite in
		*/i386) architectures=amd64,i386 ;;
		*:*) architectures=${suite#*:} ;;
		esac
		suite=${suite%/i386} suite=${suite%:*}
		printf 'deb [arch=%s signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
			"$architectures" "$(archive_uri "$suite")" "$suite"
	done
}

# archive_settings: this machine's apt settings for reaching an archive: proxies, and
# whether expired lists of a mirror are accepted.
archive_settings() {
	apt-config dump --format '%f "%v";%n' Acquire 2>/dev/null |
		grep -E '^Acquire::(https?::[Pp]roxy(::[^ ]*)?|Check-Valid-Until) "[^"]' || :
}

# archive_root_options: sets root_options, mmdebstrap's options for all roots: no
# recommended packages, no documentation, this machine's apt settings, no initramfs.
archive_root_options() {
	local line
	# shellcheck disable=SC2016 # $1 is for mmdebstrap's hooks
	root_options=(
		--mode=root --variant=apt
		--aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Retries "3"'
		--dpkgopt='path-exclude=/usr/share/man/*'
		--dpkgopt='path-exclude=/usr/share/doc/*'
		--dpkgopt='path-exclude=/usr/share/locale/*'
		--essential-hook='mkdir -p "$1/etc/kernel/postinst.d" "$1/etc/initramfs-tools"'
		--essential-hook='echo "do_symlinks = no" >"$1/etc/kernel-img.conf"'
	)
	while read -r line; do root_options+=("--aptopt=$line"); done < <(archive_settings)
}

# archive_lists SUITE[/i386] | SUITE:ARCH: prints the folder of these lists. Each set of
# architectures has a folder, because apt removes lists that sources.list does not name.
archive_lists() {
	local name=${1/:/-}
	printf '%s\n' "$test_cache/lists-${name/\//+}"
}

# archive_options SUITE[/i386] | SUITE:ARCH: sets apt_options so that apt uses these lists only.
# The newest version that apt finds is then the newest in SUITE.
archive_options() {
	local dir native=amd64 foreign=i386
	dir=$(archive_lists "$1")
	case $1 in *:*) native=${1#*:} foreign=$native ;; esac
	mkdir -p "$dir"/{state/lists/partial,archives/partial,etc}
	: >>"$dir/status"
	apt_options=(
		-oDir::Etc="$dir/etc" -oDir::Etc::sourcelist="$dir/etc/sources.list"
		-oDir::Etc::sourceparts=/dev/null
		-oDir::Etc::preferences=/dev/null -oDir::Etc::preferencesparts=/dev/null
		-oDir::State="$dir/state" -oDir::State::status="$dir/status"
		-oDir::Cache="$dir" -oDir::Cache::archives="$dir/archives"
		-oAPT::Architecture="$native" -oAPT::Architectures::="$native"
		-oAPT::Architectures::="$foreign"
		-oAcquire::Languages=none -oAcquire::Retries=3 -oAPT::Sandbox::User=root
	)
}

# is_offline LOG: whether the only errors of this "apt-get -q update" are that the archive, or the
# proxy, cannot be reached. If the network is unreachable, apt prints the same "E:" line as for a
# release that the archive has removed, so the reasons below "Err:" lines count, too.
is_offline() {
	local at='[^ ]+ \([^ ()]+\)' phrase reasons error errors
	phrase="Temporary failure resolving '[^']+'|Could not resolve '[^']+'"
	phrase+="|Could not connect to $at, connection timed out"
	phrase+="|(Could not connect|Cannot initiate the connection) to $at\. - connect \([0-9]+: [^()]+\)"
	reasons=$(awk '/^[^ ]/ { error = /^Err:/; next } error { sub(/^ +/, ""); print }' "$1")
	# With several addresses there is a phrase for each.
	phrase="(($phrase) ?)+"
	[ -n "$reasons" ] && ! grep -qvE "^$phrase\$" <<<"$reasons" || return 1
	error="Failed to fetch [^ ]+  $phrase|Some index files failed to download\. .*"
	error+="|The repository '[^']+' (does not have|no longer has) a Release file\."
	errors=$(grep '^E:' "$1") && ! grep -qvE "^E: ($error)\$" <<<"$errors"
}

# archive_update SUITE[/i386] | SUITE:ARCH: updates these lists. If the archive cannot be reached,
# lists of an update in the last 30 days serve, with a message. Several processes can call it at
# the same time: apt does not wait for its lock on lists, so this function has one, which guards
# the log, too. Readers never see an incomplete sources.list, with which apt would have no packages.
archive_update() {
	local dir error
	local -a apt_options
	dir=$(archive_lists "$1")
	archive_options "$1"
	(
		flock 8 || exit 1
		: >"$dir/log" || exit 1
		archive_sources "$1" >"$dir/etc/sources.list.new" &&
			mv "$dir/etc/sources.list.new" "$dir/etc/sources.list" || exit 1
		# By default apt-get ignores that an archive cannot be reached.
		if LC_ALL=C apt-get "${apt_options[@]}" -oAPT::Update::Error-Mode=any -q update >"$dir/log" 2>&1; then
			touch "$dir/updated"
			exit
		fi
		error=$(grep -m 1 '^E:' "$dir/log") || :
		if [ -n "$(find "$dir/updated" -mtime -30 2>/dev/null)" ] && is_offline "$dir/log"; then
			printf 'archive: the package lists of %s cannot be updated, those of %s are used (%s)\n' \
				"$1" "$(date -r "$dir/updated" +%F)" "$(sed -n '/^Err:/{n;s/^ *//p;q}' "$dir/log")" >&2
			exit
		fi
		printf '%s\n' "${error:-archive: apt-get update has failed: $dir/log}" >&2
		exit 1
	) 8>"$dir/updating"
}

# archive_update_old SUITE[/i386] | SUITE:ARCH: updates these lists if they are older than a week
archive_update_old() {
	local dir
	dir=$(archive_lists "$1")
	(
		# apt allows one process.
		flock 9
		[ -n "$(find "$dir/updated" -mtime -7 2>/dev/null)" ] || archive_update "$1"
	) 9>"$dir.lock"
}

# archive_cache SUITE[/i386] | SUITE:ARCH COMMAND...: apt-cache on these lists
archive_cache() {
	local -a apt_options
	archive_options "$1"
	shift
	apt-cache "${apt_options[@]}" "$@"
}

# archive_field SUITE[/i386] | SUITE:ARCH PACKAGE FIELD: prints a field of the newest version
archive_field() {
	archive_cache "$1" show --no-all-versions "$2" |
		awk -v field="$3:" '$1 == field { sub("^[^ ]* ", ""); print; exit }'
}

# archive_download SUITE[/i386] | SUITE:ARCH DIR PACKAGE...: downloads the newest .debs and checks
# them against the signed lists. The status is 2 if the archive, which is reachable, no longer has
# files that are in the lists.
archive_download() {
	local suite=$1 dir=$2 errors
	local -a apt_options
	shift 2
	archive_options "$suite"
	if (cd "$dir" && LC_ALL=C apt-get "${apt_options[@]}" -qq download "$@" >apt.log 2>&1); then return; fi
	errors=$(grep '^E: Failed to fetch' "$dir/apt.log") || :
	grep -m 1 '^E:' "$dir/apt.log" >&2 || :
	[ -n "$errors" ] || return 1
	! grep -qvE '  (404  |File not found)' <<<"$errors" || return 1
	return 2
}

# archive_download_with_dependencies SUITE:ARCH DIR PACKAGE...: downloads the newest .debs of these
# packages and of all that they depend on. A package may be one of apt's patterns.
archive_download_with_dependencies() {
	local suite=$1 dir=$2
	local -a apt_options
	shift 2
	archive_options "$suite"
	mkdir -p "$dir/partial"
	LC_ALL=C apt-get "${apt_options[@]}" -oDir::Cache::archives="$dir" --no-install-recommends \
		-qq -y --download-only install "$@" >"$dir/apt.log" 2>&1 || {
		grep -m 1 '^E:' "$dir/apt.log" >&2
		return 1
	}
}
