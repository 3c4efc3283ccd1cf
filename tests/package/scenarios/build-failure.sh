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

# The kernel's side: a header that the probes read, and one that only the driver does.
for header in include/linux/netdevice.h include/net/udp_tunnel.h; do
	file=$(readlink -f "/lib/modules/$SECOND/source/$header" || :)
	[ -e "$file" ] || file=$(find /usr/src/linux-headers-"${SECOND%%-cloud*}"*common* -path "*/$header" | head -n1)
	cp "$file" /tmp/header
	echo 'this is no C;' >>"$file"
	point "with a broken $header the package can be installed again" \
		apt_install --reinstall wireguard-dkms
	point "dpkg is consistent with a broken $header" consistent
	point "the reason is one line, $header" eval \
		'[ "$(grep -c "NOT built for $SECOND" /tmp/said)" = 1 ]'
	note "$(grep "NOT built for $SECOND" /tmp/said)"
	if [ "$file" -ef "/lib/modules/$FIRST/source/$header" ]; then
		skip "the other kernel's is built, $header" "the two have this header in common"
	else
		point "the other kernel's is built, $header" ours_for "$FIRST"
	fi
	cp /tmp/header "$file"
	point "once repaired, it succeeds, $header" eval 'run wireguard-dkms build && ours_for "$SECOND"'
done
