# shellcheck shell=bash
# shellcheck disable=SC2016 # for eval, or the inner shell
# SPDX-License-Identifier: GPL-2.0
#
# After installation, removal and purge the machine is as it was.

# snapshot lists all files. sums has the checksums of kernels and sources, depmod's files included.
snapshot() {
	find / -xdev \( -path /proc -o -path /run -o -path /mnt -o -path /tmp -o -path /dev -o -path /var/cache \
		-o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/log/apt -o -path /var/log/dpkg.log \
		-o -path /root \) -prune -o -printf '%y %m %U:%G %p\n' | sort
}
sums() { find /lib/modules /usr/src -xdev -type f -print0 | sort -z | xargs -0 sha256sum; }

# The first DKMS package on a machine makes its signing key. That key stays.
openssl req -new -x509 -nodes -newkey rsa:2048 -subj '/CN=the machine' -days 3 -outform DER \
	-keyout /var/lib/dkms/mok.key -out /var/lib/dkms/mok.pub
# Files that the second kernel leaves are not ours either.
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
point "only configuration files stay" eval \
	'[ "$(left_behind | sort | tr "\n" " ")" = "/etc/kernel/header_postinst.d/dkms-wireguard /etc/kernel/postinst.d/dkms-wireguard " ]'
point "a new kernel can be installed with these files" apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
point "these files print nothing" silent 'wireguard:'
apt_purge "linux-image-$SECOND" "linux-headers-$SECOND"
point "apt purge" apt_purge wireguard-dkms
apt-get -y autoremove --purge
point "no file with our name is left" nothing_left
snapshot >/tmp/after
sums >/tmp/sums-after
point "the list of files is as before" diff /tmp/before /tmp/after
point "kernels and sources have the same content as before" cmp /tmp/sums-before /tmp/sums-after

apt_install wireguard-dkms
apt_install "linux-image-$SECOND" "linux-headers-$SECOND"
point "apt purge without remove, with two kernels" apt_purge wireguard-dkms
point "both kernels' own modules return" eval 'own_for "$FIRST" && own_for "$SECOND"'
point "no file with our name is left from two kernels" nothing_left
