// SPDX-License-Identifier: GPL-2.0
/*
 * Sends UDP datagrams as fast as possible, or at a steady rate, from a range of source addresses
 * in turn, local ones or not, by a raw socket that takes the IP header from here. A file holds
 * the messages, which are sent in turn.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "packet.h"

enum {
	BATCH = 64,
	HEADERS = sizeof(struct iphdr) + sizeof(struct udphdr),
	/* The interval at which a rate is checked for messages that are due. */
	TICK_NS = 4000000,
};

struct flood {
	struct in_addr first;
	unsigned int sources;
	struct sockaddr_in to;
	unsigned int from_port;
	const uint8_t *messages;
	size_t size;
	size_t count;
	unsigned long sent;
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* The headers of message number n. */
static void put_headers(uint8_t *at, const struct flood *flood, unsigned long n)
{
	struct iphdr ip = {
		.version = 4, .ihl = 5, .tot_len = htons(HEADERS + flood->size),
		.ttl = 64, .protocol = IPPROTO_UDP, .daddr = flood->to.sin_addr.s_addr,
		.saddr = htonl(ntohl(flood->first.s_addr) + n % flood->sources),
	};
	/* Over IPv4 a checksum of zero means that there is none. */
	struct udphdr udp = {
		.source = htons(flood->from_port), .dest = flood->to.sin_port,
		.len = htons(sizeof(udp) + flood->size),
	};

	/* The kernel fills in the header's checksum. */
	memcpy(at, &ip, sizeof(ip));
	memcpy(at + sizeof(ip), &udp, sizeof(udp));
}

/* Sends up to a batch. A message that the device's full queue drops counts as sent. */
static bool send_some(int sock, struct flood *flood, unsigned int some)
{
	static uint8_t headers[BATCH][HEADERS];
	static struct iovec parts[BATCH][2];
	static struct mmsghdr messages[BATCH];
	unsigned int i, done = 0;
	int ret;

	for (i = 0; i < some; i++) {
		put_headers(headers[i], flood, flood->sent + i);
		parts[i][0] = (struct iovec){ headers[i], HEADERS };
		parts[i][1] = (struct iovec){
			(void *)(flood->messages + (flood->sent + i) % flood->count * flood->size),
			flood->size,
		};
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &flood->to, .msg_namelen = sizeof(flood->to),
			.msg_iov = parts[i], .msg_iovlen = 2,
		};
	}
	while (done < some) {
		ret = sendmmsg(sock, messages + done, some - done, 0);
		if (ret < 0 && errno != ENOBUFS && errno != EINTR)
			return false;
		done += ret < 0 ? errno == ENOBUFS : (unsigned int)ret;
	}
	flood->sent += some;
	return true;
}

/* The number of messages that are due. With a rate it is computed from the start of the run. */
static unsigned long due(double rate, double since, unsigned long sent)
{
	unsigned long wanted;

	if (!rate)
		return BATCH;
	wanted = rate * since;
	return wanted > sent ? wanted - sent : 0;
}

static bool run(int sock, struct flood *flood, double rate, double seconds, unsigned long limit)
{
	double begin = now(), since = 0;
	unsigned long some;

	while (!ended && (!seconds || since < seconds) && (!limit || flood->sent < limit)) {
		some = due(rate, since, flood->sent);
		if (limit && some > limit - flood->sent)
			some = limit - flood->sent;
		if (!some)
			nanosleep(&(struct timespec){ 0, TICK_NS }, NULL);
		else if (!send_some(sock, flood, some > BATCH ? BATCH : some))
			return false;
		since = now() - begin;
	}
	printf("sent %lu in %.3f s\n", flood->sent, since);
	return true;
}

static bool map_messages(struct flood *flood, const char *name)
{
	struct stat st;
	int fd = open(name, O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		return false;
	flood->count = flood->size ? st.st_size / flood->size : 0;
	if (!flood->count) {
		errno = EINVAL;
		return false;
	}
	flood->messages = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return flood->messages != MAP_FAILED;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: flood [option ...] SOURCE DESTINATION PORT FILE SIZE\n"
		"sends the messages in FILE, of SIZE bytes each, by UDP over IPv4\n"
		"  --sources N    from N addresses in turn, SOURCE the first (1)\n"
		"  --from-port P  from this port (40000)\n"
		"  --rate N       N messages a second (as many as possible)\n"
		"  --seconds S    for S seconds (until a signal ends it)\n"
		"  --count N      N messages in all\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "sources", required_argument, NULL, 'n' },
		{ "from-port", required_argument, NULL, 'p' },
		{ "rate", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 's' },
		{ "count", required_argument, NULL, 'c' },
		{ }
	};
	struct flood flood = { .sources = 1, .from_port = 40000 };
	struct sigaction action = { .sa_handler = on_signal };
	double rate = 0, seconds = 0;
	unsigned long limit = 0;
	const int room = 64 << 20;
	int option, sock;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'n': flood.sources = strtoul(optarg, NULL, 0); break;
		case 'p': flood.from_port = strtoul(optarg, NULL, 0); break;
		case 'r': rate = strtod(optarg, NULL); break;
		case 's': seconds = strtod(optarg, NULL); break;
		case 'c': limit = strtoul(optarg, NULL, 0); break;
		default: return usage();
		}
	}
	argv += optind;
	flood.to.sin_family = AF_INET;
	if (argc - optind != 5 || !flood.sources ||
	    inet_pton(AF_INET, argv[0], &flood.first) != 1 ||
	    inet_pton(AF_INET, argv[1], &flood.to.sin_addr) != 1)
		return usage();
	flood.to.sin_port = htons(strtoul(argv[2], NULL, 0));
	flood.size = strtoul(argv[4], NULL, 0);
	if (!map_messages(&flood, argv[3])) {
		fprintf(stderr, "flood: %s: %s\n", argv[3], strerror(errno));
		return 1;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sock = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	/* The flood must not wait for space in the send buffer. */
	if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) ||
	    !run(sock, &flood, rate, seconds, limit)) {
		fprintf(stderr, "flood: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
