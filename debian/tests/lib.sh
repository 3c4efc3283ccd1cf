# shellcheck shell=sh
# Functions that the tests share; sourced, never run.

kernel=$(uname -r)

# Builds the module for the running kernel and loads it. Skips the test without the
# kernel's headers, which autopkgtest's machines may lack.
need_module()
{
	if ! [ -e "/lib/modules/$kernel/build/include" ]; then
		echo "no headers for $kernel: apt install linux-headers-$kernel"
		exit 77
	fi
	wireguard-dkms build "$kernel"
	modprobe wireguard
}

# Two namespaces, connected by a veth pair and a tunnel over it.
two_peers()
{
	ip netns add peer-a
	ip netns add peer-b
	trap 'ip netns del peer-a; ip netns del peer-b' EXIT
	ip link add cable-a netns peer-a type veth peer name cable-b netns peer-b
	key_a=$(wg genkey) key_b=$(wg genkey)
	configure_peer a 1 "$key_a" "$(echo "$key_b" | wg pubkey)" 2
	configure_peer b 2 "$key_b" "$(echo "$key_a" | wg pubkey)" 1
}

configure_peer() # NAME NUMBER PRIVATE-KEY PEER'S-PUBLIC-KEY PEER'S-NUMBER
{
	ip -n "peer-$1" link set lo up
	ip -n "peer-$1" address add "192.0.2.$2/24" dev "cable-$1"
	ip -n "peer-$1" link set "cable-$1" up
	ip -n "peer-$1" link add wg0 type wireguard
	echo "$3" | ip netns exec "peer-$1" wg set wg0 listen-port 51820 private-key /dev/stdin \
		peer "$4" endpoint "192.0.2.$5:51820" allowed-ips "198.51.100.$5/32,2001:db8::$5/128"
	ip -n "peer-$1" address add "198.51.100.$2/24" dev wg0
	ip -n "peer-$1" address add "2001:db8::$2/64" dev wg0 nodad
	ip -n "peer-$1" link set wg0 up
}
