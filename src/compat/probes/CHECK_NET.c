// SPDX-License-Identifier: GPL-2.0
/* Is there check_net(), also without namespaces? Since 3.20, not in RHEL 7; else a shim. */
/* stays: the shim is for the reference count of RHEL 7 */
#include <net/net_namespace.h>

int probe_CHECK_NET(const struct net *net);
int probe_CHECK_NET(const struct net *net)
{
	return check_net(net);
}
