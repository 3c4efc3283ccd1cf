#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots a Debian kernel under QEMU with a WireGuard module, runs scenarios in the VM and prints
# TAP. The module or package has to be built before. Without --write the root image does not
# change. A second disk has what the job needs; results come out through virtio ports. The
# kernel's console goes to a file, which is searched for complaints.

set -euo pipefail

# In braces, so that bash reads the whole script first: an edit while a VM runs has no effect.
{
usage() {
	cat <<'USAGE'
usage: tests/vm/run.sh (--module KO | --deb FILE | --in-tree) [option ...] [scenario ...]
  --module KO     test this wireguard.ko (built for the VM's kernel)
  --deb FILE      put this package on the input disk as /mnt/in/pkg/
  --in-tree       test the kernel's own module, for comparison
  --exec CMD      run a shell command in the VM instead of scenarios
  --shell         an interactive shell in the VM instead of scenarios
  --systemd       boot with systemd (scenarios that need it do so anyway)
  --pair          with --exec or --shell: boot a second VM, with the in-tree module
  --log DIR       keep logs there (default build/vm/last)
  --limit S       wall-clock limit of a boot in seconds (default 900)
  --slow N        multiply all time limits, that of --limit too, by N
  --dyndbg        switch on the module's debug lines in the kernel log
  --params 'P'    module parameters
  --chaos SEED    vary the environment of each scenario by this seed (see lib/chaos.py); the
                  variable CHAOS_SEED does the same. No scenario: all fast ones that take part
  --env 'N=V'     a variable for scenarios (ROUNDS, FUZZ_SEED, ...); may be repeated
  --append 'A'    more words for the kernel's command line
  --kernel-dir D  boot the kernel in this folder, made by kernel.sh. If it is of another
                  architecture, --root names a root of that one (tests/arch/boot.sh does it)
  --kernel R      boot the root with this kernel in it (default: the newest 6.1)
  --root DIR      boot the root in this folder (root.ext4, and its kernel in kver)
  --write         what the VM changes in that root stays
  --put DIR       what is in this folder is at /mnt/in/put in the VM
  --secure-boot   by UEFI with Secure Boot, the kernel signed by the test key that
                  comes with Debian's ovmf
  --selftest F    use this netns.sh, not the one of Debian's linux-source-6.1
  --smp N, --mem MB, --list
VM_ACCEL=kvm or VM_ACCEL=tcg: how QEMU runs the VM (default: KVM where it boots a kernel,
which is tried once per machine)
USAGE
}
die() { printf 'run.sh: %s\n' "$*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/lib/archive.sh
source "$here/../lib/archive.sh"
# shellcheck source=tests/lib/accel.sh
source "$here/../lib/accel.sh"
# shellcheck source=tests/lib/options.sh
source "$here/../lib/options.sh"
# shellcheck source=tests/lib/out.sh
source "$here/../lib/out.sh"
# shellcheck source=tests/vm/lib/machine.sh
source "$here/lib/machine.sh"
# shellcheck source=tests/vm/lib/heads.sh
source "$here/lib/heads.sh"
# shellcheck source=tests/arch/architectures.sh
source "$here/../arch/architectures.sh"
kind='' module='' deb='' job=scenarios command='' boot='' pair='' log='' limit=900
dyndbg='' params='' append='' smp=2 mem=1536 kver='' kernel='' selftest=''
root='' write='' put='' secure='' slow=1 chaos='' varied='' jobs='' own_smp='' in_tree=''
scenarios=() environment=()
take_number() { # VARIABLE OPTION VALUE
	[[ $3 =~ ^[1-9][0-9]{0,6}$ ]] || die "$2 needs a number from 1 to 9999999: $3"
	printf -v "$1" %s "$3"
}
while [ $# -gt 0 ]; do
	case $1 in
	--params | --append) [ $# -gt 1 ] || die "$1 needs a value" ;;
	--module | --deb | --exec | --log | --limit | --slow | --chaos | --env | --smp | --mem | --kernel | \
		--kernel-dir | --root | --put | --selftest) need_value "$@" ;;
	esac
	case $1 in
	--module) kind=ours module=$2; shift ;;
	--deb) deb=$2; shift ;;
	--in-tree) kind=in-tree in_tree=1 ;;
	--exec) jobs+=1 job=exec command=$2; shift ;;
	--shell) jobs+=1 job=shell ;;
	--systemd) boot=systemd ;;
	--pair) pair=1 ;;
	--log) log=$2; shift ;;
	--limit) take_number limit "$1" "$2"; shift ;;
	--slow) take_number slow "$1" "$2"; shift ;;
	--dyndbg) dyndbg=1 ;;
	--params) params=$2; shift ;;
	--append) append=$2; shift ;;
	--chaos) chaos=$2; shift ;;
	--env)
		[[ $2 =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || die "--env $2: not NAME=VALUE"
		environment+=("$2")
		shift
		;;
	--smp) take_number smp "$1" "$2"; own_smp=1; shift ;;
	--mem) take_number mem "$1" "$2"; shift ;;
	--kernel) kver=$2; shift ;;
	--kernel-dir) kernel=$2; shift ;;
	--root) root=$2; shift ;;
	--write) write=1 ;;
	--put) put=$2; shift ;;
	--secure-boot) secure=1 ;;
	--selftest) selftest=$2; shift ;;
	--list)
		scenario_names "$here/scenarios"
		exit 0
		;;
	-h | --help) usage; exit 0 ;;
	-*) usage >&2; die "unknown option $1" ;;
	*) scenarios+=("$1") ;;
	esac
	shift
done
check_accel || exit 1
[ -z "$module" ] || [ -z "$in_tree" ] || die "--module and --in-tree are two modules: choose one"
[ -z "$deb" ] || kind=${kind:-none}
[ -n "$kind" ] || { usage >&2; die "say --module KO, --deb FILE or --in-tree"; }
if [ "$job" = scenarios ]; then
	[ -z "$pair" ] || die "--pair needs --exec or --shell: scenarios that need a second VM boot it"
	if [ -z "$chaos" ]; then chaos=${CHAOS_SEED:-}; fi
	if [ -n "$chaos" ] && [ -n "$own_smp$boot" ]; then
		die "--chaos chooses processors and boot: leave out --smp and --systemd"
	fi
else
	[ "$jobs" = 1 ] || die "--exec and --shell: give one of them, once"
	[ ${#scenarios[@]} = 0 ] || die "--$job runs no scenarios: ${scenarios[*]}"
	[ -z "$chaos" ] || die "--chaos varies scenarios, --$job runs none"
	[ -z "$pair" ] || [ -z "$boot" ] || die "--pair and --systemd: choose one"
fi
[[ $chaos =~ ^[0-9]{0,9}$ ]] || die "the seed is not a number of up to nine digits: $chaos"
[ -z "$module" ] || [ -f "$module" ] || die "no such file: $module (make module?)"
[ -z "$deb" ] || [ -f "$deb" ] || die "no such file: $deb (make deb?)"
[ -z "$selftest" ] || [ -f "$selftest" ] || die "no such file: $selftest"
[ -z "$put" ] || [ -d "$put" ] || die "no such folder: $put"
[ -z "$root" ] || [ -e "$root/root.ext4" ] || die "no root.ext4 in the folder $root"
[ -z "$root" ] || [ -z "$kver" ] || die "--root has its own kernel: leave out --kernel"
[[ $kver =~ ^([0-9]+\.[0-9]+\.[0-9]+[^/[:space:]]*-amd64)?$ ]] ||
	die "--kernel needs the release of a Debian kernel, such as 6.1.0-57-cloud-amd64: $kver"
for s in ${scenarios[@]+"${scenarios[@]}"}; do
	scenario_file "$here/scenarios" "$s" >/dev/null || die "no scenario $s; --list lists them"
done
twice=$(printf '%s\n' ${scenarios[@]+"${scenarios[@]}"} | sort | uniq -d)
[ -z "$twice" ] || die "named twice: $twice"
[ -z "$kernel" ] || [ -e "$kernel/complete" ] || die "$kernel is no folder of kernel.sh's"
arch=amd64
[ -z "$kernel" ] || arch=$(cat "$kernel/arch")
[ "$arch" = amd64 ] || [ -n "$root" ] || die "$kernel is of $arch: --root has to name a root of that architecture"
read_machine "$arch" || die "$kernel has a kernel of $arch: tests/vm/lib/machine.sh has no such machine"
for tool in "$machine_qemu" mke2fs; do
	command -v "$tool" >/dev/null || die "$tool is missing: run tests/setup.sh as root"
done
# Whether the kernel in this folder comes with one.
has_module() { [ -e "$1/lib/modules/$(cat "$1/kver")/kernel/drivers/net/wireguard/wireguard.ko" ]; }
[ -z "$write" ] || [ -n "$root" ] || die "--write without --root: the tests' own root is not written to"
root=${root:-$("$here/root.sh" ${kver:+"$kver"})}
if [ "$arch" = amd64 ]; then
	root_kernel=$("$here/kernel.sh" --root "$root")
	kernel=${kernel:-$root_kernel}
else
	root_kernel=$kernel
fi
kver=$(cat "$kernel/kver")
if [ "$job" = shell ] && [ "$machine_type" != q35 ]; then
	die "--shell needs the second serial port of amd64: use --exec"
fi
if [ "$kind" = in-tree ] && ! has_module "$kernel"; then
	die "$kver has no wireguard.ko of its own"
fi
if [ -n "$module" ] && ! modinfo -F vermagic "$module" | grep -q "^$kver "; then
	die "$module is built for $(modinfo -F vermagic "$module" | cut -d' ' -f1), the VM runs $kver"
fi

named=${scenarios[*]-}
header() { scenario_field "$here/scenarios" "$@"; }
vary() { python3 -B "$here/lib/chaos.py" "$@"; }
if [ "$job" = scenarios ] && [ -n "$chaos" ]; then
	[ ${#scenarios[@]} = 0 ] || vary check "${scenarios[@]}" || exit 1
	if [ ${#scenarios[@]} = 0 ]; then
		# An assignment, since set -e does not apply to a process substitution.
		list=$(vary list)
		mapfile -t scenarios <<<"$list"
	fi
fi
if [ "$job" = scenarios ] && [ ${#scenarios[@]} = 0 ]; then
	for s in $(scenario_names "$here/scenarios"); do
		# Scenarios with "speed: soak" run only if they are named.
		[ "$(header "$s" speed)" = soak ] || scenarios+=("$s")
	done
fi

packet=$top/build/packet
[ "$arch" = amd64 ] || packet+=-$arch
log=${log:-$top/build/vm/last}
take_out "$log"
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-vm.XXXXXX")
pids=()
# shellcheck disable=SC2317 # called by the trap
finish() {
	if [ ${#pids[@]} != 0 ]; then
		kill "${pids[@]}" 2>/dev/null || :
		wait "${pids[@]}" 2>/dev/null || :
	fi
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# The emulator finds translated code by its virtual address, too: at random addresses each start of
# a program translates the program and its libraries again.
accelerator=tcg
[ "$arch" != amd64 ] || accelerator=$(find_accel "$root_kernel")
case $accelerator in
kvm) accel=(-accel kvm) processor=max tuning='' ;;
*)
	accel=(-accel 'tcg,thread=multi') processor=$machine_cpu tuning='norandmaps '
	# The emulator executes vector instructions some seven times more slowly than the portable code, so
	# that traffic is lost. The scenario simd loads the module with each set.
	if [ -n "$module" ] && modinfo -F parm "$module" | grep -q '^simd:'; then
		params="simd=none${params:+ $params}"
	fi
	;;
esac
# Words for the kernels of x86. Kernels that accept tsc_early_khz do not measure the frequency of
# the time stamp counter. On a busy machine the measurement goes wrong.
if [ "$machine_type" = q35 ]; then
	tsc_khz=$(python3 -B "$here/host/tsc_khz.py")
	tuning="tsc=reliable no_timer_check ${tsc_khz:+tsc_early_khz=$tsc_khz }$tuning"
fi

number=0 passed=0 failed=0 skipped=0 environment_line='' tap=/dev/null

# The head of a scenario has the least number of its points, "# plan: N", so that one that ends
# early does not pass. Skips do not count. Plans hold for our module on Debian's kernel that the
# root has, and for 6.1 of other architectures, unless IPv6 is off at boot; elsewhere one skip may
# replace many points. A scenario with "# module:" has a plan only if it was named, since others run
# without its module.
planned=
if [ "$kind" = ours ] && [ "$kernel" = "$root_kernel" ]; then
	case $arch/$kver in amd64/* | */6.1.*) planned=1 ;; esac
fi
declare -A points_of=() looked_at=()
look_at_plan() { # NAME: it has ended
	local plan='' count=${points_of[$1]:-0}
	looked_at[$1]=1
	[ "$planned" ] && scenario_file "$here/scenarios" "$1" >/dev/null || return 0
	[[ " $varied " != *" ipv6-off "* ]] || return 0
	[ -z "$(header "$1" module)" ] || [[ " $named " = *" $1 "* ]] || return 0
	if [ -n "$chaos" ] || [[ " ${environment[*]-} " = *" RAW_FORMS=distinct "* ]]; then
		plan=$(header "$1" 'plan with distinct forms')
	fi
	plan=${plan:-$(header "$1" plan)}
	if [ "$count" -lt "${plan:-0}" ]; then
		point "not ok - $1: its plan is $plan points, there were $count without skips"
	fi
}

# Gives each TAP line of the guest its number, counts, and prints.
relay() {
	local line rest name
	while IFS= read -r line; do
		line=${line%$'\r'}
		case $line in
		"ok "* | "not ok "*)
			rest=${line#*ok }
			number=$((number + 1)) name=${rest#- }
			name=${name%%: *}
			case $line in
			*"# SKIP"*) ;;
			*) points_of[$name]=$((${points_of[$name]:-0} + 1)) ;;
			esac
			printf '%sok %d %s\n' "${line%%ok *}" "$number" "$rest"
			case $line in
			*"# SKIP"*) skipped=$((skipped + 1)) ;;
			"not ok "*"# TODO"*) skipped=$((skipped + 1)) ;;
			"ok "*) passed=$((passed + 1)) ;;
			*)
				failed=$((failed + 1))
				[ -z "$environment_line" ] || printf '#   %s\n' "${environment_line#\# }"
				;;
			esac
			;;
		"# end of output") return ;;
		"# exit "*) exit_code=${line#\# exit } ;;
		*) printf '%s\n' "$line" ;;
		esac
		case $line in
		"# guest: up after "*) came_up=1; look_at_clock "$line" ;;
		"# guest: done"*) ended=1 ;;
		"# chaos: "*) environment_line=$line ;;
		esac
		printf '%s\n' "$line" >>"$tap"
		[[ ! $line =~ ^#\ ([a-z0-9-]+):\ [0-9.]+\ s,\ busy ]] || look_at_plan "${BASH_REMATCH[1]}"
	done
}
point() { relay <<<"$1"; }

# Older kernels measure the frequency of their clock, and a wrong result makes it run too fast. The
# VM then ends and is booted again.
look_at_clock() {
	local up=${1#*after } took=$((SECONDS - boot_began))
	up=${up%%.*}
	if [ "$up" -gt $((2 * took + 10)) ]; then
		runs_away="$up s in $took s"
		kill "${pids[0]}"
	fi
}

# Relays until the VM, a process of this shell, has ended. This shell also opens the FIFO
# for writing, so that reading does not block if qemu dies before it opens the FIFO.
relay_until() {
	local pid=$1
	exec 8<>"$work/out"
	(
		while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
		# By its name the FIFO would become a file, if the script removes $work at this time.
		echo '# end of output' >&8
	) &
	relay <&8
	exec 8<&-
}

# Makes the content of /lib/modules in the VM, with our module. Runs depmod on the host,
# because it takes 7 s in the VM. If the VM tests the package, DKMS runs depmod there and
# needs all modules, which are in the root: then this adds nothing.
put_modules() { # DIR KERNEL KIND
	local dir=$1 kver
	kver=$(cat "$2/kver")
	[ "$3" != none ] || [ "$2" != "$root_kernel" ] || return 0
	cp -r "$2/lib/modules" "$dir"
	[ "$3" = ours ] || return 0
	mkdir "$dir/$kver/updates"
	# Without debug information, as DKMS installs it: a thirtieth of the file, which the VM reads at
	# each load.
	"$(cross_of "$arch")objcopy" --strip-debug "$module" "$dir/$kver/updates/wireguard.ko"
	mkdir "$work/base" "$work/base/lib"
	mv "$dir" "$work/base/lib/"
	depmod -b "$work/base" "$kver"
	mv "$work/base/lib/modules" "$dir"
	rm -r "$work/base"
}

# make_disk FILE KERNEL KIND JOB SCENARIOS: the input disk of one VM.
make_disk() {
	local file=$1 d=$work/in.d
	rm -rf "$d"
	mkdir -p "$d"
	cp -r "$here" "$d/vm"
	# The scenarios authority and alike test tables of these pages.
	cp -r "$top/docs" "$d/docs"
	if [ -d "$packet" ]; then
		flock -s "$packet" cp -r "$packet" "$d/packet"
	fi
	put_modules "$d/modules" "$2" "$3"
	if [ -n "$deb" ]; then
		mkdir "$d/pkg"
		cp "$deb" "$d/pkg/"
	fi
	if [ -e "$work/netns.sh" ]; then cp "$work/netns.sh" "$d/"; fi
	[ -z "$put" ] || cp -rL "$put" "$d/put"
	{
		printf 'KVER=%q\nMODULE_KIND=%q\nJOB=%q\n' "$(cat "$2/kver")" "$3" "$4"
		printf 'SCENARIOS=%q\nEXEC=%q\nLIMIT=%q\n' "$5" "$command" "$((limit * slow))"
		printf 'DYNDBG=%q\nMODULE_PARAMS=%q\nSLOW=%q\n' "$dyndbg" "$params" "$slow"
		[ -z "$chaos" ] || printf 'CHAOS_SEED=%q\nCHAOS_BOOT=%q\n' "$chaos" "$varied"
		[ ${#environment[@]} = 0 ] || printf 'export %q\n' "${environment[@]}"
	} >"$d/job.env"
	rm -f "$file"
	mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$d" "$file" \
		"$(($(du -sm "$d" | cut -f1) + 8))M" >/dev/null
}

# qemu_args DISK KERNEL LOGDIR BOOT: sets the array args. The guest ends the VM by a reboot,
# at which qemu exits (-no-reboot), because not every kernel can switch a machine off.
qemu_args() {
	local init='vminit=/mnt/in/vm/guest/init' machine cpus=$smp image=$2/vmlinuz keep=on cpu=$processor
	local entropy=(-device "virtio-rng-$machine_bus")
	read -r machine <"$2/machine"
	# Without ACPI the kernel finds the processors in a table that lists sockets only.
	if [ "$machine" = pc ]; then cpus="$smp,sockets=$smp,cores=1,threads=1"; fi
	if [ "$4" = systemd ]; then
		init='systemd.run=/mnt/in/vm/guest/run systemd.run_success_action=reboot-force systemd.run_failure_action=reboot-force'
	fi
	case $4 in
	fips) init+=' fips=1' ;;
	ipv6-off) init+=' ipv6.disable=1' ;;
	seedless)
		init+=' random.trust_cpu=off random.trust_bootloader=off'
		cpu+=,rdrand=off,rdseed=off entropy=()
		;;
	esac
	[ -z "$write" ] || keep=off
	if [ -n "$secure" ]; then
		machine+=,smm=on image=$work/vmlinuz.signed
		sign_kernel "$2/vmlinuz" "$image"
		cp /usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd "$work/vars.fd"
	fi
	# shellcheck disable=SC2054 # the commas are qemu's
	args=(
		"$machine_qemu" -M "$machine" -cpu "$cpu" "${accel[@]}"
		-smp "$cpus" -m "$mem" -nodefaults -display none -no-reboot
		-kernel "$image" -initrd "$2/initrd"
		-append "console=$machine_console panic=-1 loglevel=7 printk.devkmsg=on log_buf_len=8M slab_nomerge net.ifnames=0 mitigations=off $tuning$init vmlimit=$((30 * slow)) $append"
		-drive "file=$root/root.ext4,format=raw,if=none,id=root,snapshot=$keep,cache=unsafe"
		-device "virtio-blk-$machine_bus,drive=root,serial=root"
		-drive "file=$1,format=raw,if=none,id=in,readonly=on"
		-device "virtio-blk-$machine_bus,drive=in,serial=in"
		${entropy[@]+"${entropy[@]}"}
		-chardev "file,id=console,path=$3/kernel.log,append=on" -serial chardev:console
		-device "virtio-serial-$machine_bus"
		-chardev "file,id=files,path=$3/files.tar.gz"
		-device virtserialport,chardev=files,name=files
	)
	# The variables of Secure Boot are written in system management mode only.
	# shellcheck disable=SC2054
	[ -z "$secure" ] || args+=(
		-global driver=cfi.pflash01,property=secure,value=on -global ICH9-LPC.disable_s3=1
		-drive "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"
		-drive "if=pflash,format=raw,file=$work/vars.fd"
	)
}

# The test firmware accepts this key for what it boots. The kernel takes the key from the
# firmware and accepts it for modules. Its password is public.
sign_kernel() { # IMAGE SIGNED
	openssl rsa -in /usr/share/ovmf/PkKek-1-snakeoil.key -passin pass:snakeoil \
		-out "$work/snakeoil.key" 2>/dev/null
	sbsign --key "$work/snakeoil.key" --cert /usr/share/ovmf/PkKek-1-snakeoil.pem \
		--output "$2" "$1" >"$work/sbsign.log" 2>&1 ||
		die "the kernel cannot be signed: $(tail -n1 "$work/sbsign.log")"
}

# boot NAME BOOT SCENARIOS
boot_one() {
	local name=$1 how=$2 list=$3 dir=$log/$1 try boot_began runs_away scenario
	# An earlier boot left a console log there.
	if [ -e "$dir" ] && [ ! -e "$dir/kernel.log" ] && ! rmdir "$dir" 2>/dev/null; then
		die "$dir is no folder of an earlier run: --log another folder"
	fi
	rm -rf "$dir"
	mkdir -p "$dir"
	tap=$dir/out.tap
	make_disk "$work/in.img" "$kernel" "$kind" "$job" "$list"
	for try in 1 2 3; do
		came_up='' ended='' runs_away='' boot_began=$SECONDS
		# The file must exist even if qemu does not start.
		: >"$dir/kernel.log"
		qemu_args "$work/in.img" "$kernel" "$dir" "$how"
		if [ "$job" = shell ]; then
			args+=(-chardev "file,id=out,path=$dir/shell.tap" -serial stdio)
		else
			mkfifo "$work/out"
			args+=(-chardev "file,id=out,path=$work/out")
		fi
		args+=(-device 'virtserialport,chardev=out,name=out')
		if [ "$how" = host ]; then args=(env SLOW="$slow" python3 -B "$here/host/bench.py" "$dir" "${args[@]}"); fi
		if [ "$how" = pair ]; then start_partner "$dir"; args+=("${link_args[@]}"); fi
		if [ "$job" = shell ]; then
			"${args[@]}"
			return
		fi
		timeout -k 5 "$((limit * slow))" "${args[@]}" </dev/null >/dev/null 2>"$dir/qemu.err" &
		pids=("$!" ${partner:+"$partner"})
		relay_until "${pids[0]}"
		local rc=0
		wait "${pids[0]}" || rc=$?
		[ -z "${partner:-}" ] || { kill "$partner" 2>/dev/null || :; wait "$partner" 2>/dev/null || :; }
		pids=() partner=''
		rm -f "$work/out"
		# TAP lines that the guest wrote to the console, after its port was lost.
		relay < <(sed -n 's/^\[ *[0-9.]*\] vmtest-tap: //p' "$dir/kernel.log")
		# QEMU did not start: no point of the guest, and nothing on its console.
		if [ "$rc" != 0 ] && [ "$rc" != 124 ] && [ ! -s "$dir/kernel.log" ]; then
			point "not ok - $name: QEMU starts (exit $rc): $(tail -n 1 "$dir/qemu.err")"
			return
		fi
		# A kernel that dies before its first process is a fault of the emulator.
		if [ "$try" = 1 ] && [ -z "$came_up" ] && [ "$rc" != 124 ] &&
			! grep -q 'Run /init as init process' "$dir/kernel.log"; then
			point "# $name: the kernel died before its first process, booting once more"
			mv "$dir/kernel.log" "$dir/kernel.died.log"
			continue
		fi
		if [ -n "$runs_away" ] && [ "$try" != 3 ]; then
			point "# $name: the clock in the VM ran $runs_away, booting once more"
			continue
		fi
		break
	done
	if [ -s "$dir/files.tar.gz" ]; then
		mkdir -p "$dir/files"
		tar -xzf "$dir/files.tar.gz" -C "$dir/files" 2>/dev/null || :
	fi
	if [ -z "$ended" ]; then
		if [ "$rc" = 124 ]; then
			point "not ok - $name: VM finished within $((limit * slow)) s"
		else
			point "not ok - $name: VM ran to its end (qemu exit $rc)"
		fi
		tail -n 30 "$dir/kernel.log" "$dir/qemu.err" | sed 's/^/#   /'
	else
		[ -s "$dir/kernel.log" ] || point "not ok - $name: the kernel's console log has lines"
		# Scenarios whose last line, with the time, did not come.
		for scenario in $list; do
			[ -n "${looked_at[$scenario]:-}" ] || look_at_plan "$scenario"
		done
	fi
	# The guest searches its log after each scenario. This also finds later messages, such as
	# the last ones of a kernel that died.
	look_at_log "$dir" "$name: no complaint in the kernel's console log" ''
	if [ -e "$dir/peer/kernel.log" ]; then
		look_at_log "$dir/peer" "$name: no complaint in the partner's console log" 'partner: '
	fi
}

look_at_log() { # DIR POINT PREFIX
	local rc=0
	"$here/lib/complaints" <"$1/kernel.log" >"$1/complaints" 2>&1 || rc=$?
	# A status above 1: the log could not be searched.
	if [ "$rc" != 1 ]; then
		point "not ok - $2"
		head -n 10 "$1/complaints" | sed "s/^/#   $3/"
	elif [ "$job" = scenarios ] && [ -z "$3" ]; then
		point "ok - $2"
	fi
}

# Starts the second VM of a pair. It runs the root's kernel, because not every kernel has an
# in-tree module, and an agent that executes the commands of the scenarios. One Ethernet cable
# connects the two VMs.
start_partner() {
	local dir=$1/peer keep_args=("${args[@]}")
	mkdir -p "$dir"
	make_disk "$work/in-peer.img" "$root_kernel" in-tree agent ''
	qemu_args "$work/in-peer.img" "$root_kernel" "$dir" plain
	args+=(-chardev "file,id=out,path=$dir/out.tap" -device 'virtserialport,chardev=out,name=out'
		-netdev "dgram,id=n0,local.type=unix,local.path=$work/b.sock,remote.type=unix,remote.path=$work/a.sock"
		-device "virtio-net-$machine_bus,netdev=n0,mac=52:54:00:00:00:02")
	rm -f "$work"/[ab].sock
	timeout -k 5 "$((limit * slow))" "${args[@]}" </dev/null >/dev/null 2>"$dir/qemu.err" &
	partner=$!
	args=("${keep_args[@]}")
	link_args=(-netdev "dgram,id=n0,local.type=unix,local.path=$work/a.sock,remote.type=unix,remote.path=$work/b.sock"
		-device "virtio-net-$machine_bus,netdev=n0,mac=52:54:00:00:00:01")
}

# The self-test is not part of this tree. It is taken from Debian's source package at run
# time, and is kept in the cache under the version of the package.
fetch_selftest() {
	local tar=/usr/src/linux-source-6.1.tar.xz version cached
	if [ -n "$selftest" ]; then
		cp "$selftest" "$work/netns.sh"
		return
	fi
	[ -e "$tar" ] || return 0
	version=$(dpkg-query -W -f '${Version}' linux-source-6.1 2>/dev/null || echo unknown)
	cached=$(dirname "$root")/netns-$version.sh
	if [ ! -s "$cached" ]; then
		# Another run may do the same at the same time.
		tar -xJOf "$tar" --occurrence=1 \
			linux-source-6.1/tools/testing/selftests/wireguard/netns.sh >"$work/netns.sh"
		cp "$work/netns.sh" "$cached.$$"
		mv "$cached.$$" "$cached"
	fi
	cp "$cached" "$work/netns.sh"
}
for s in ${scenarios[@]+"${scenarios[@]}"}; do
	if [ "$(header "$s" needs)" = netns.sh ]; then fetch_selftest; fi
done

if [ "$job" != scenarios ]; then
	# A line "# exit N" of the guest has the command's status. Without that line the VM died.
	exit_code=1
	boot_one "$job" "${pair:+pair}${boot:-}" ''
	[ "$job" != shell ] || exit 0
	if [ "$exit_code" = 0 ] && [ "$failed" != 0 ]; then exit_code=1; fi
	exit "$exit_code"
fi

plain=() systemd=() pairs=() hosts=() fips=() seedless=() ipv6_off=() last=()
for s in "${scenarios[@]}"; do
	reason=$(header "$s" machine)
	if [ -n "$reason" ] && [ "${reason%% *}" != "$arch" ]; then
		point "ok - $s: runs on $arch # SKIP ${reason#* -- }"
		continue
	fi
	if [ "$(header "$s" order)" = last ]; then last+=("$s"); continue; fi
	case $(header "$s" boot) in
	systemd) systemd+=("$s") ;;
	pair) pairs+=("$s") ;;
	host) hosts+=("$s") ;;
	fips) fips+=("$s") ;;
	seedless) seedless+=("$s") ;;
	ipv6-off) ipv6_off+=("$s") ;;
	*) if [ -n "$boot" ]; then systemd+=("$s"); else plain+=("$s"); fi ;;
	esac
done
plain+=(${last[@]+"${last[@]}"})
# One VM for each set of changes at boot.
boot_varied() {
	local count=0 words more factor list base=$append base_slow=$slow
	vary boot "$chaos" "$kernel/config" "${plain[@]}" >"$work/boots" 2>"$work/drawn" ||
		die "--chaos: $(tail -n1 "$work/drawn")"
	relay <"$work/drawn"
	while IFS=$'\t' read -r smp factor words more list <&7; do
		varied=${words#-}
		append="$base ${more#-}" slow=$((base_slow * factor))
		boot_one "varied-$count" plain "$list"
		count=$((count + 1))
	done 7<"$work/boots"
}
if [ -n "$chaos" ]; then
	boot_varied
elif [ ${#plain[@]} != 0 ]; then
	boot_one plain plain "${plain[*]}"
fi
[ ${#systemd[@]} = 0 ] || boot_one systemd systemd "${systemd[*]}"
[ ${#hosts[@]} = 0 ] || boot_one host host "${hosts[*]}"
[ ${#fips[@]} = 0 ] || boot_one fips fips "${fips[*]}"
[ ${#seedless[@]} = 0 ] || boot_one seedless seedless "${seedless[*]}"
[ ${#ipv6_off[@]} = 0 ] || boot_one ipv6-off ipv6-off "${ipv6_off[*]}"
[ ${#pairs[@]} = 0 ] || boot_one pair pair "${pairs[*]}"
printf '1..%d\n' "$number"
printf '# %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
printf '# logs: %s\n' "$log"
[ "$failed" = 0 ]
exit
}
