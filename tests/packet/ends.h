/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two ends of a tunnel in two network namespaces, for programs that send raw packets at one
 * end and watch a packet socket at the other: entering namespaces, counters, test points, and
 * packets that arrive.
 */
#ifndef ENDS_H
#define ENDS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "packet.h"

/*
 * A packet counts as lost after LOST_MS. A run without losses does not wait that long. Overtaken
 * packets arrive within LATE_MS. Both times are multiplied on a slow kernel.
 */
#define LOST_MS (5000 * slow)
#define LATE_MS (1000 * slow)
/* Longer than any packet. */
#define PACKET_SIZE (1 << 17)

#define USAGE_ENDS \
	"The interface has the same name in both namespaces. The sender's addresses are\n" \
	"192.168.241.1 and fd00:1::1. The receiver's allowed IPs include 192.168.242.0/24\n" \
	"and fd00:2::/64, which are addresses of no interface.\n"

static const char *const addresses[2][2] = {
	{ "192.168.241.1", "192.168.242.2" }, { "fd00:1::1", "fd00:2::2" },
};

static const char *program_name;
static char device[IFNAMSIZ];
static int tap_fd = STDOUT_FILENO, sender_ns, receiver_ns;
/* A packet socket at the receiver's end of the tunnel, which sees all packets that arrive. */
static int receiver;
/* The interface at the sender's end. */
static int ifindex;
static bool in_tree;
/* This kernel is that many times slower than others. */
static long slow = 1;
static unsigned int points_failed;

static inline void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_name, what, strerror(errno));
	exit(1);
}

/* ---- test points ---- */

static inline void __attribute__((format(printf, 1, 2))) tap(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vdprintf(tap_fd, format, args);
	va_end(args);
}

/* One test point; why is printed where it fails. */
static inline void __attribute__((format(printf, 3, 4)))
point(bool ok, const char *why, const char *format, ...)
{
	char name[256];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	tap("%sok - %s: %s%s\n", ok ? "" : "not ", getenv("SCENARIO") ?: program_name, name,
	    in_tree ? " # TODO in-tree: for comparison" : "");
	if (!ok) {
		tap("#   %s\n", why);
		points_failed++;
	}
}

/* ---- namespaces ---- */

static inline int namespace_of(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(path);
	return fd;
}

static inline void enter(int ns)
{
	if (setns(ns, CLONE_NEWNET))
		fail("setns");
}

static inline int control_socket(void)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (sock < 0)
		fail("socket");
	return sock;
}

static inline int ethtool(void *data)
{
	struct ifreq request = { .ifr_data = data };
	int sock = control_socket(), ret;

	memcpy(request.ifr_name, device, sizeof(device));
	ret = ioctl(sock, SIOCETHTOOL, &request);
	close(sock);
	return ret;
}

static inline void set_mtu(int mtu)
{
	struct ifreq request = { .ifr_mtu = mtu };
	int sock = control_socket();

	memcpy(request.ifr_name, device, sizeof(device));
	if (ioctl(sock, SIOCSIFMTU, &request))
		fail("SIOCSIFMTU");
	close(sock);
}

static inline void set_up(bool up)
{
	struct ifreq request = { 0 };
	int sock = control_socket();

	memcpy(request.ifr_name, device, sizeof(device));
	if (ioctl(sock, SIOCGIFFLAGS, &request))
		fail("SIOCGIFFLAGS");
	request.ifr_flags = up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, &request))
		fail("SIOCSIFFLAGS");
	close(sock);
}

/*
 * Packets that leave from different CPUs may arrive in another order: veth queues each
 * packet on the CPU that sends it. A transmit queue of the module changes its CPU after 50 ms
 * without packets, and a CPU of a VM can stand still for longer, with packets in its queue.
 */
static inline void stay_on_this_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		fail("sched_setaffinity");
}

/*
 * open_ends - take the arguments INTERFACE SENDER-NAMESPACE RECEIVER-NAMESPACE
 *
 * Afterwards the process is in the sender's namespace. GRO is off at the receiver, and
 * the process stays on one CPU, so that packets arrive unchanged and in the order in
 * which they were sent.
 */
static inline void open_ends(char **argv)
{
	struct ethtool_value gro = { .cmd = ETHTOOL_SGRO };
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int buffer = 32 << 20;

	program_name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	if (fcntl(3, F_GETFD) >= 0)
		tap_fd = 3;
	in_tree = !strcmp(getenv("MODULE_KIND") ?: "", "in-tree");
	slow = slow_factor();
	stay_on_this_cpu();
	snprintf(device, sizeof(device), "%s", argv[1]);
	sender_ns = namespace_of(argv[2]);
	receiver_ns = namespace_of(argv[3]);

	enter(receiver_ns);
	receiver = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	if (receiver < 0)
		fail("socket (needs CAP_NET_RAW)");
	at.sll_ifindex = if_nametoindex(device);
	if (!at.sll_ifindex || bind(receiver, (struct sockaddr *)&at, sizeof(at)))
		fail(device);
	if (setsockopt(receiver, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)))
		fail("SO_RCVBUFFORCE");
	if (ethtool(&gro))
		fail("ETHTOOL_SGRO");
	enter(sender_ns);
	ifindex = if_nametoindex(device);
	if (!ifindex)
		fail(device);
}

/* The counters of `ethtool -S`. */
struct counters {
	unsigned int count;
	char names[64][ETH_GSTRING_LEN];
	uint64_t values[64];
};

/*
 * The counters in the present namespace of the process. There are none if the driver has none,
 * like the in-tree one.
 */
static inline void read_counters(struct counters *c)
{
	static union {
		struct ethtool_gstrings head;
		uint8_t room[sizeof(struct ethtool_gstrings) + sizeof(c->names)];
	} names;
	static union {
		struct ethtool_stats head;
		uint8_t room[sizeof(struct ethtool_stats) + sizeof(c->values)];
	} values;
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	c->count = 0;
	if (ethtool(&info) || !info.n_stats)
		return;
	if (info.n_stats > 64) {
		errno = E2BIG;
		fail("ethtool -S");
	}
	names.head.cmd = ETHTOOL_GSTRINGS;
	names.head.string_set = ETH_SS_STATS;
	names.head.len = info.n_stats;
	values.head.cmd = ETHTOOL_GSTATS;
	values.head.n_stats = info.n_stats;
	if (ethtool(&names) || ethtool(&values))
		fail("ethtool -S");
	c->count = info.n_stats;
	memcpy(c->names, names.head.data, c->count * sizeof(c->names[0]));
	memcpy(c->values, values.head.data, c->count * sizeof(c->values[0]));
}

static inline uint64_t counter(const char *name)
{
	struct counters c;

	read_counters(&c);
	for (unsigned int i = 0; i < c.count; i++)
		if (!strcmp(c.names[i], name))
			return c.values[i];
	return 0;
}

/* Writes the counters of the two ends that have changed since the last call. */
static inline void print_counters(char *text, size_t size)
{
	static struct counters last[2];
	struct counters now;
	size_t at = 0;

	text[0] = 0;
	for (int end = 0; end < 2; end++) {
		enter(end ? receiver_ns : sender_ns);
		read_counters(&now);
		for (unsigned int i = 0; i < now.count && at < size; i++)
			if (now.values[i] != last[end].values[i])
				at += snprintf(text + at, size - at, " %s: %s +%llu;",
					       end ? "receiver" : "sender", now.names[i],
					       (unsigned long long)(now.values[i] -
								    last[end].values[i]));
		last[end] = now;
	}
	enter(sender_ns);
}

/* ---- packets that arrive ---- */

#define MS_NS 1000000
#define SEC_NS (1000 * MS_NS)

static inline struct timespec in_ms(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms % 1000 * MS_NS;
	t.tv_sec += ms / 1000 + t.tv_nsec / SEC_NS;
	t.tv_nsec %= SEC_NS;
	return t;
}

static inline int left_ms(const struct timespec *end)
{
	struct timespec now;
	long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (end->tv_sec - now.tv_sec) * 1000 + (end->tv_nsec - now.tv_nsec) / MS_NS;
	return ms < 0 ? 0 : ms;
}

/* The next packet that arrives at the other end, and its protocol. -1 when the time is up. */
static inline ssize_t next_packet(uint8_t *buf, const struct timespec *end, int *proto)
{
	for (;;) {
		struct pollfd fd = { .fd = receiver, .events = POLLIN };
		struct sockaddr_ll from;
		socklen_t from_len = sizeof(from);
		ssize_t len;

		len = recvfrom(receiver, buf, PACKET_SIZE, MSG_DONTWAIT, (struct sockaddr *)&from,
			       &from_len);
		if (len < 0) {
			if (poll(&fd, 1, left_ms(end)) <= 0)
				return -1;
			continue;
		}
		if (from.sll_pkttype == PACKET_OUTGOING)
			continue;
		*proto = ntohs(from.sll_protocol);
		return len;
	}
}

/* When the marker arrives, all packets before it have arrived or never will. */
#define MARKER_PAYLOAD 24

static inline void send_marker(uint32_t number)
{
	static int sock = -1;
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = ifindex, .sll_protocol = htons(ETH_P_IP),
	};
	uint8_t packet[128];
	size_t len;

	if (sock < 0)
		sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	len = put_udp(packet, AF_INET, addresses[0][0], addresses[0][1], 0, MARKER_PAYLOAD, false);
	memcpy(packet + len - MARKER_PAYLOAD, "MARK", 4);
	memcpy(packet + len - MARKER_PAYLOAD + 4, &number, sizeof(number));
	if (sock < 0 || sendto(sock, packet, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		fail("marker");
}

static inline bool is_marker(const uint8_t *packet, size_t len, uint32_t number)
{
	const uint8_t *payload = packet + len - MARKER_PAYLOAD;

	return len == sizeof(struct iphdr) + sizeof(struct udphdr) + MARKER_PAYLOAD &&
	       !memcmp(payload, "MARK", 4) && !memcmp(payload + 4, &number, sizeof(number));
}

/*
 * The next packet that arrives before marker number, which has been sent: its length, 0 at the
 * marker, -1 if the marker is lost.
 */
static inline ssize_t next_before_marker(uint8_t *buf, uint32_t number, int *proto)
{
	struct timespec end = in_ms(LOST_MS);
	ssize_t len = next_packet(buf, &end, proto);

	return len > 0 && is_marker(buf, len, number) ? 0 : len;
}

/* How many packets arrive after the marker. The next form would take them for its own. */
static inline unsigned int late_packets(void)
{
	static uint8_t buf[PACKET_SIZE];
	struct timespec end = in_ms(LATE_MS);
	unsigned int count = 0;
	int proto;

	while (next_packet(buf, &end, &proto) > 0)
		count++;
	return count;
}

#endif
