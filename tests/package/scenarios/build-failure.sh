# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The module does not build, for reasons of the kernel's headers and of ours: dpkg
# stays configured, other kernels keep theirs, the reason and the log are named.
# begins: installed

main=/usr/src/wireguard-$VERSION/src/main.c
cp "$main" /tmp/main.c
echo '#error "injected into main.c"' >>"$main"
point "a new kernel is installed though the module does not build" \
	apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
point "dpkg is consistent" consistent
point "it says that it was not built, and why" said \
	"wireguard: the module was NOT built for $SECOND: " 'injected into main.c'
point "it names the log" said "the log: /var/log/wireguard-dkms/$SECOND.log"
point "and what serves" said "the module that comes with $SECOND serves there"
point "the log tells more" has 'injected into main.c' <"/var/log/wireguard-dkms/$SECOND.log"
point "the old kernel's module stays" ours_for "$FIRST"
point "the kernel's own is found on the new one" own_for "$SECOND"
run wireguard-dkms status
point "status names the log" said "$SECOND: not built: see /var/log/wireguard-dkms/$SECOND.log"
point "wireguard-dkms build fails for the same reason" eval \
	'fails run wireguard-dkms build && said "NOT built for $SECOND: " injected'
cp /tmp/main.c "$main"
point "once repaired, it succeeds" eval 'run wireguard-dkms build && ours_for "$SECOND"'
point "and the log is gone" eval '[ ! -e "/var/log/wireguard-dkms/$SECOND.log" ]'

# The kernel's side: a header that all that is compiled reads.
header() { readlink -f "/lib/modules/$SECOND/source/$1"; }
file=$(header include/linux/netdevice.h)
cp "$file" /tmp/header
echo 'this is no C;' >>"$file"
point "with a broken header the package can be installed again" apt_install --reinstall wireguard-dkms
point "dpkg is consistent then" consistent
point "the reason is one line" eval '[ "$(grep -c "NOT built for $SECOND" /tmp/said)" = 1 ]'
note "$(grep "NOT built for $SECOND" /tmp/said)"
if [ "$file" -ef "/lib/modules/$FIRST/source/include/linux/netdevice.h" ]; then
	skip "the other kernel's is built" "the two have this header in common"
else
	point "the other kernel's is built" ours_for "$FIRST"
fi
cp /tmp/header "$file"
# And one that, of the probes, only those of one API read.
file=$(header include/net/udp_tunnel.h)
cp "$file" /tmp/header
echo 'this is no C;' >>"$file"
point "with a probe's header broken wireguard-dkms build fails" fails run wireguard-dkms build "$SECOND"
point "and names the API" said "NOT built for $SECOND: setup_udp_tunnel_sock() has no form that is known here"
cp /tmp/header "$file"
point "once repaired, it is built" eval 'run wireguard-dkms build && ours_for "$SECOND" && ours_for "$FIRST"'
