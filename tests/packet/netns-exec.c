// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a command in a named network namespace, like "ip netns exec", with a /sys that shows
 * the devices of this namespace. It is linked statically: in an emulated machine the loader
 * of ip, which has ten libraries, takes longer than most commands.
 *
 * usage: netns-exec NAMESPACE COMMAND [ARGUMENT...]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* The status of a shell that cannot run a command. */
#define EXIT_NOT_RUN 126

static void fail(const char *what)
{
	fprintf(stderr, "netns-exec: %s: %s\n", what, strerror(errno));
	exit(EXIT_NOT_RUN);
}

int main(int argc, char **argv)
{
	char path[PATH_MAX];
	int fd;

	if (argc < 3) {
		fprintf(stderr, "usage: netns-exec NAMESPACE COMMAND [ARGUMENT...]\n");
		return EXIT_NOT_RUN;
	}
	snprintf(path, sizeof(path), "/run/netns/%s", argv[1]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		fail(path);
	/* A mount namespace whose changes do not propagate. */
	if (unshare(CLONE_NEWNS) || mount("", "/", "none", MS_SLAVE | MS_REC, NULL))
		fail("mount namespace");
	if (umount2("/sys", MNT_DETACH) || mount("sysfs", "/sys", "sysfs", 0, NULL))
		fail("/sys");
	execvp(argv[2], argv + 2);
	fail(argv[2]);
}
