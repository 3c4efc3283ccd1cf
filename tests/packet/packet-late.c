// SPDX-License-Identifier: GPL-2.0
/*
 * A sender that uses its ring slots again as soon as it may. It overwrites the bytes
 * when the kernel marks the slot as free. So a slot that is returned before the driver
 * has read its bytes shows in the packets that arrive.
 *
 * The first packets wait for a key. The command then makes the tunnel work. The next
 * packets are sent with a key, one slot after another.
 */
#define _GNU_SOURCE
#include "ends.h"
#include "ways.h"

#define ROUNDS 60
#define OVERWRITTEN 0xff

struct sent {
	uint8_t packet[PACKET_SIZE];
	size_t len;
	int sock;
	struct ring ring;
};

static void overwrite(const struct ring *ring, size_t len)
{
	memset(ring->memory + ring_data_offset(ring->version), OVERWRITTEN, len);
}

/* Whether the slot is returned. The wait is bounded, since a slot may never be. */
static bool slot_comes_back(const struct ring *ring)
{
	struct timespec end = in_ms(LOST_MS);

	while (ring_status(ring) != TP_STATUS_AVAILABLE) {
		if (!left_ms(&end))
			return false;
		sched_yield();
	}
	return true;
}

/* Sends the packet by a slot, and does not wait for the result. */
static bool put_in_slot(const struct way *way, struct sent *sent)
{
	memcpy(sent->ring.memory + ring_data_offset(sent->ring.version), sent->packet, sent->len);
	ring_request(&sent->ring, sent->len);
	return way_call(way, sent->sock, ifindex, MSG_DONTWAIT, NULL, NULL, 0) >= 0;
}

static bool open_sent(const struct way *way, struct sent *sent)
{
	sent->sock = way_open(way, ifindex);
	if (sent->sock < 0)
		fail("packet socket");
	if (!ring_open(&sent->ring, sent->sock, ring_version(way->call)))
		return true;
	close(sent->sock);
	return false;
}

static void close_sent(struct sent *sent)
{
	ring_close(&sent->ring);
	close(sent->sock);
}

/* ---- while there is no key ---- */

/* What happens to the slot before there is a key. */
enum after { WRITE_AGAIN, CLOSE_SOCKET, AFTERS };

static const char *const after_names[AFTERS] = {
	"the slot is written again", "the socket is closed",
};

static const size_t payloads[] = { 15, 1300 };

#define LATE (3 * 2 * AFTERS * 2)

static struct sent late[LATE];
static bool late_back[LATE];

static void hand_in_late(int i, enum call call, int family, enum after after, size_t payload)
{
	struct way way = { .type = SOCK_RAW, .call = call };
	const char *const *ends = addresses[family == AF_INET6];
	struct sent *sent = &late[i];

	sent->len = 0;
	if (!open_sent(&way, sent))
		return;
	sent->len = put_udp(sent->packet, family, ends[0], ends[1], i, payload, false);
	if (!put_in_slot(&way, sent))
		fail("TX_RING");
	late_back[i] = slot_comes_back(&sent->ring);
	overwrite(&sent->ring, sent->len);
	if (after == CLOSE_SOCKET)
		close_sent(sent);
}

static bool all_late(void (*each)(int, enum call, int, enum after, size_t))
{
	int i = 0;

	for (enum call call = RING1; call <= RING3; call++)
		for (int family = 0; family < 2; family++)
			for (enum after after = 0; after < AFTERS; after++)
				for (int size = 0; size < 2; size++)
					each(i++, call, family ? AF_INET6 : AF_INET, after,
					     payloads[size]);
	return i == LATE;
}

static bool late_arrived[LATE], foreign;

static void check_late(int i, enum call call, int family, enum after after, size_t payload)
{
	const char *name = call_names[call];
	int version = family == AF_INET ? 4 : 6;

	if (!late[i].len) {
		tap("ok - %s: %s IPv%d, %zu bytes, %s # SKIP the kernel has no such ring\n",
		    getenv("SCENARIO") ?: program_name, name, version, payload, after_names[after]);
		return;
	}
	point(late_back[i], "it is not", "%s IPv%d, %zu bytes, no key: the slot is returned, %s",
	      name, version, payload, after_names[after]);
	point(late_arrived[i], "it does not",
	      "%s IPv%d, %zu bytes, no key, %s: its packet arrives", name, version, payload,
	      after_names[after]);
}

static void collect_late(uint32_t number)
{
	static uint8_t buf[PACKET_SIZE];
	ssize_t len;
	int proto;

	while ((len = next_before_marker(buf, number, &proto)) > 0) {
		int i;

		/* Skip the command's own packets. */
		if ((size_t)len < 60 && buf[0] >> 4 == 4 && buf[9] != IPPROTO_UDP)
			continue;
		for (i = 0; i < LATE; i++)
			if (late[i].len == (size_t)len && !memcmp(late[i].packet, buf, len))
				break;
		if (i < LATE)
			late_arrived[i] = true;
		else if (memmem(buf, len, "\xff\xff\xff\xff\xff\xff\xff\xff", 8))
			foreign = true;
	}
	if (len < 0)
		fail("the marker is lost");
}

static void without_key(const char *command)
{
	bool all = all_late(hand_in_late);

	if (system(command))
		fail(command);
	send_marker(1);
	collect_late(1);
	point(all && !foreign, "they do", "no key: overwritten bytes do not arrive");
	all_late(check_late);
}

/* ---- with a key ---- */

static void with_key(enum call call, size_t payload)
{
	struct way way = { .type = SOCK_RAW, .call = call };
	static uint8_t buf[PACKET_SIZE];
	static struct sent sent;
	unsigned int wrong = 0, arrived = 0, stuck = 0;
	int proto;

	if (!open_sent(&way, &sent)) {
		tap("ok - %s: %s, %zu bytes, with a key # SKIP the kernel has no such ring\n",
		    getenv("SCENARIO") ?: program_name, call_names[call], payload);
		return;
	}
	for (uint32_t round = 0; round < ROUNDS; round++) {
		ssize_t len;

		sent.len = put_udp(sent.packet, AF_INET, addresses[0][0], addresses[0][1], round,
				   payload, false);
		if (!put_in_slot(&way, &sent))
			fail("TX_RING");
		if (!slot_comes_back(&sent.ring))
			stuck++;
		overwrite(&sent.ring, sent.len);
		send_marker(1000 + round);
		while ((len = next_before_marker(buf, 1000 + round, &proto)) > 0) {
			arrived++;
			wrong += (size_t)len != sent.len || memcmp(buf, sent.packet, len);
		}
		if (len < 0)
			fail("the marker is lost");
	}
	close_sent(&sent);
	snprintf((char *)buf, 100, "%u arrived, %u of them wrong; %u slots not returned", arrived,
		 wrong, stuck);
	point(arrived == ROUNDS && !wrong && !stuck, (char *)buf,
	      "%s, %zu bytes, with a key: %d slots written again at once, their packets arrive",
	      call_names[call], payload, ROUNDS);
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr,
			"usage: packet-late INTERFACE SENDER-NAMESPACE RECEIVER-NAMESPACE COMMAND\n"
			"writes ring slots again as soon as they are free, without a session and with one;\n"
			"COMMAND makes a session possible\n" USAGE_ENDS);
		return 2;
	}
	open_ends(argv);
	without_key(argv[4]);
	for (enum call call = RING1; call <= RING3; call++) {
		with_key(call, 15);
		with_key(call, 1300);
	}
	return 0;
}
