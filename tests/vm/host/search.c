// SPDX-License-Identifier: GPL-2.0
/*
 * search FILE: finds pieces of secrets in the memory of a VM.
 *
 * Standard input has one secret a line, in hex. The search is for pieces of eight
 * bytes at any address, so that it finds a secret that was overwritten in part. In
 * 2 GiB of other bytes a piece occurs by chance once in a few thousand million runs.
 * Prints for each piece found: number of the secret, number of the piece, offset.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE 8
#define MAX_PIECES 4096
#define BLOCK 4096

static uint64_t pieces[MAX_PIECES];
static int secret_of[MAX_PIECES], number_of[MAX_PIECES], count;
/* Whether any piece has these lowest 16 bits. */
static uint8_t possible[1 << 16];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void read_secrets(void)
{
	char line[1024], *at;
	unsigned int byte;
	uint8_t piece[PIECE];
	int secret, i;

	for (secret = 0; fgets(line, sizeof(line), stdin); secret++) {
		for (at = line; strlen(at) > 2 * PIECE; at += 2 * PIECE) {
			for (i = 0; i < PIECE; i++) {
				if (sscanf(at + 2 * i, "%2x", &byte) != 1)
					die("not hex");
				piece[i] = byte;
			}
			if (count == MAX_PIECES) {
				errno = E2BIG;
				die("secrets");
			}
			memcpy(&pieces[count], piece, PIECE);
			secret_of[count] = secret;
			number_of[count] = (at - line) / (2 * PIECE);
			possible[(uint16_t)pieces[count]] = 1;
			count++;
		}
	}
}

static void look_at(const uint8_t *memory, off_t at, off_t end)
{
	uint64_t word;
	int i;

	for (; at + PIECE <= end; at++) {
		memcpy(&word, memory + at, PIECE);
		if (!possible[(uint16_t)word])
			continue;
		for (i = 0; i < count; i++) {
			if (word == pieces[i])
				printf("%d %d %lld\n", secret_of[i], number_of[i], (long long)at);
		}
	}
}

int main(int argc, char **argv)
{
	static const uint8_t zeros[BLOCK];
	off_t from, to, at, size, end;
	uint8_t *memory;
	int fd;

	if (argc != 2)
		return 2;
	read_secrets();
	fd = open(argv[1], O_RDONLY);
	if (fd < 0)
		die(argv[1]);
	size = lseek(fd, 0, SEEK_END);
	memory = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	/* Skip holes (most of the file) and blocks of zeros (much of the rest). */
	for (to = 0; (from = lseek(fd, to, SEEK_DATA)) >= 0;) {
		to = lseek(fd, from, SEEK_HOLE);
		for (at = from; at < to; at += BLOCK) {
			if (!memcmp(memory + at, zeros, BLOCK))
				continue;
			/* A piece may cross the border between two blocks. */
			end = at + BLOCK + PIECE - 1;
			look_at(memory, at, end < size ? end : size);
		}
	}
	if (errno != ENXIO)
		die("lseek");
	return 0;
}
