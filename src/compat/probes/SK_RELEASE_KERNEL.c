// SPDX-License-Identifier: GPL-2.0
/* Is there sk_release_kernel()? Before 4.2, in RHEL 7; else sock_release() keeps the namespace's references. */
/* exports: sk_release_kernel */
#include <net/sock.h>

void probe_SK_RELEASE_KERNEL(struct sock *sk);
void probe_SK_RELEASE_KERNEL(struct sock *sk)
{
	sk_release_kernel(sk);
}
