#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Prints the -j that make needs for a build that fits into the memory: a job for each
# 256 MB that are available, and no more than the machine has processors. Prints nothing
# if MAKEFLAGS already limits the jobs to that number or fewer. "make -j" means no limit, so this
# limit applies.
#
# usage: [MEMINFO=FILE] jobs.sh [-jN] [--jobserver...]
set -eu

processors=$(nproc 2> /dev/null || echo 1)
asked='' jobserver=''
for word; do
	case $word in
	-j*) asked=${word#-j} ;;
	--jobserver*) jobserver=y ;;
	esac
done
# make before 4.2 passes on a jobserver without the number of its jobs.
[ -z "$jobserver" ] || asked=${asked:-$processors}

# Kernels before 3.14 do not say how much memory is available.
fit=$(awk '/^MemAvailable:/ { print int($2 / 262144) }' "${MEMINFO:-/proc/meminfo}" 2> /dev/null) || fit=
fit=${fit:-${asked:-$processors}}
[ "$fit" -ge 1 ] || fit=1

if [ -z "$asked" ]; then
	[ "$processors" -le "$fit" ] || processors=$fit
	echo "-j$processors"
elif [ "$asked" -gt "$fit" ]; then
	echo "-j$fit"
fi
