# shellcheck shell=bash
# shellcheck disable=SC2016 # for eval, or the inner shell
# SPDX-License-Identifier: GPL-2.0
#
# The module does not build, because of an error in our sources or in the kernel's headers.
# All packages are configured, other kernels keep their module, and the command prints the
# reason and the path of the log.
# begins: installed

main=/usr/src/wireguard-$VERSION/src/main.c
cp "$main" /tmp/main.c
echo '#error "injected into main.c"' >>"$main"
point "a new kernel is installed though the module does not build" \
	apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
point "dpkg is consistent" consistent
point "the hook prints that the module was not built, and the reason" printed \
	"wireguard: the module was NOT built for $SECOND: " 'injected into main.c'
point "the hook prints the path of the log" printed "log: /var/log/wireguard-dkms/$SECOND.log"
point "the hook prints which module the kernel uses" printed "$SECOND uses the module that it comes with"
point "the log has the compiler's error" has 'injected into main.c' <"/var/log/wireguard-dkms/$SECOND.log"
point "the old kernel's module stays" ours_for "$FIRST"
point "modprobe finds the kernel's own module on the new kernel" own_for "$SECOND"
run wireguard-dkms status
point "status prints the path of the log" printed "$SECOND: not built: see /var/log/wireguard-dkms/$SECOND.log"
point "wireguard-dkms build fails for the same reason" eval \
	'fails run wireguard-dkms build && printed "NOT built for $SECOND: " injected'
cp /tmp/main.c "$main"
point "the build succeeds after the repair" eval 'run wireguard-dkms build && ours_for "$SECOND"'
point "a successful build removes the log" eval '[ ! -e "/var/log/wireguard-dkms/$SECOND.log" ]'

# An error in a header of the kernel that every source includes.
header() { readlink -f "/lib/modules/$SECOND/source/$1"; }
file=$(header include/linux/netdevice.h)
cp "$file" /tmp/header
echo 'this is no C;' >>"$file"
point "with a broken header the package can be reinstalled" apt_install --reinstall wireguard-dkms
point "dpkg is consistent then" consistent
point "the reason is one line" eval '[ "$(grep -c "NOT built for $SECOND" /tmp/output)" = 1 ]'
note "$(grep "NOT built for $SECOND" /tmp/output)"
if [ "$file" -ef "/lib/modules/$FIRST/source/include/linux/netdevice.h" ]; then
	skip "the other kernel's module is built" "both kernels share this header"
else
	point "the other kernel's module is built" ours_for "$FIRST"
fi
cp /tmp/header "$file"
# An error in a header that only the probes of one API include.
file=$(header include/net/udp_tunnel.h)
cp "$file" /tmp/header
echo 'this is no C;' >>"$file"
point "with a probe's header broken wireguard-dkms build fails" fails run wireguard-dkms build "$SECOND"
point "the message names the API" printed "NOT built for $SECOND: setup_udp_tunnel_sock() has a prototype on this kernel that this module does not support"
cp /tmp/header "$file"
point "the module is built after the repair" eval 'run wireguard-dkms build && ours_for "$SECOND" && ours_for "$FIRST"'

# A kernel that does not export what the module needs.
symvers=$(readlink -f "/lib/modules/$SECOND/build")/Module.symvers
cp "$symvers" /tmp/symvers
awk '$2 != "udp_tunnel_xmit_skb"' /tmp/symvers >"$symvers"
rm "/lib/modules/$SECOND/updates/dkms"/wireguard.ko*
point "without an export that the module needs wireguard-dkms build fails" fails run wireguard-dkms build "$SECOND"
point "the message names the missing symbol" printed \
	"NOT built for $SECOND: kernel $SECOND does not export what the module needs: " 'missing: udp_tunnel_xmit_skb'
cp /tmp/symvers "$symvers"
