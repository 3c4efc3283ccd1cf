# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The repository over HTTP. apt refuses a repository that was tampered with.

cp -r /mnt/share/repo /srv/repo
python3 -m http.server --bind 127.0.0.1 --directory /srv/repo 8080 &
server=$!
for ((i = 0; i < 100; i++)); do
	if (exec 4<>/dev/tcp/127.0.0.1/8080) 2>/dev/null; then break; fi
	sleep 0.1
done
rm -f /var/lib/apt/lists/*wireguard* /var/lib/apt/lists/*_repo_*
point "apt update over HTTP" add_repository http://127.0.0.1:8080
point "apt install over HTTP" apt_install wireguard-dkms
point "the package comes from the repository" eval \
	'apt-cache policy wireguard-dkms | has "http://127.0.0.1:8080"'
point "the module is installed" ours_for "$FIRST"

# A changed list, then a changed package.
sed -i 's/^Description: .*/Description: something else/' /srv/repo/dists/stable/main/binary-*/Packages
gzip -9nkf /srv/repo/dists/stable/main/binary-*/Packages
rm -rf /var/lib/apt/lists/*127.0.0.1*
point "a changed list is refused" eval 'fails update_repository || printed "E: "'
rm -rf /srv/repo && cp -r /mnt/share/repo /srv/repo
rm -rf /var/lib/apt/lists/*127.0.0.1*
update_repository
apt_purge wireguard-dkms
rm -f /var/cache/apt/archives/wireguard-dkms_*
printf x >>/srv/repo/pool/main/w/wireguard-dkms/wireguard-dkms_"$VERSION"_all.deb
point "a changed package is refused" fails apt_install wireguard-dkms
rm -f /usr/share/keyrings/wireguard-dkms.gpg
rm -rf /var/lib/apt/lists/*127.0.0.1*
point "without its key the repository is not trusted" eval 'fails update_repository || printed "NO_PUBKEY"'
kill "$server"
