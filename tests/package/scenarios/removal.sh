# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Installed, removed and purged, the machine is as it was.

# All files with their sums; what depmod writes has sums, too.
snapshot() {
	find / -xdev \( -path /proc -o -path /run -o -path /mnt -o -path /tmp -o -path /dev -o -path /var/cache \
		-o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/log/apt -o -path /var/log/dpkg.log \
		-o -path /root \) -prune -o -printf '%y %m %U:%G %p\n' | sort
}
sums() { find /lib/modules /usr/src -xdev -type f -print0 | sort -z | xargs -0 sha256sum; }

# The first package with DKMS makes the machine's key for signing: not ours.
openssl req -new -x509 -nodes -newkey rsa:2048 -subj '/CN=the machine' -days 3 -outform DER \
	-keyout /var/lib/dkms/mok.key -out /var/lib/dkms/mok.pub
# What the second kernel brings and leaves is not ours either.
apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
apt_purge "linux-image-$SECOND" "linux-headers-$SECOND"
apt-get -y autoremove --purge
depmod "$FIRST"
snapshot >/tmp/before
sums >/tmp/sums-before
apt_install wireguard-dkms
ours_for "$FIRST"
point "apt remove" apt_remove wireguard-dkms
point "dpkg is consistent" consistent
point "the kernel's own module returns" own_for "$FIRST"
point "dkms status has nothing" dkms_has_nothing
point "what stays is configuration" eval \
	'[ "$(left_behind | sort | tr "\n" " ")" = "/etc/kernel/header_postinst.d/dkms-wireguard /etc/kernel/postinst.d/dkms-wireguard " ]'
point "which does no harm to a new kernel" apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
point "and says nothing" silent 'wireguard:'
apt_purge "linux-image-$SECOND" "linux-headers-$SECOND"
point "apt purge" apt_purge wireguard-dkms
apt-get -y autoremove --purge
point "nothing is left by name" nothing_left
snapshot >/tmp/after
sums >/tmp/sums-after
point "not a file more or less than before" diff /tmp/before /tmp/after
point "kernels and sources to the byte as before" cmp /tmp/sums-before /tmp/sums-after

apt_install wireguard-dkms
apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
point "purged at once, with two kernels" apt_purge wireguard-dkms
point "the kernels' own return on both" eval 'own_for "$FIRST" && own_for "$SECOND"'
point "nothing is left of two" nothing_left
