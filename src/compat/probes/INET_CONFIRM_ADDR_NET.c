// SPDX-License-Identifier: GPL-2.0
/* Does inet_confirm_addr() take a namespace? Since 3.15, not in RHEL 7; else the one of its device. */
/* stays: the shim is for the arguments of RHEL 7 */
#include <linux/inetdevice.h>

__be32 probe_INET_CONFIRM_ADDR_NET(struct net *net, struct in_device *in_dev);
__be32 probe_INET_CONFIRM_ADDR_NET(struct net *net, struct in_device *in_dev)
{
	return inet_confirm_addr(net, in_dev, 0, 0, 0);
}
