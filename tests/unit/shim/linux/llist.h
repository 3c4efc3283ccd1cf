/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the types of lists without locks; nothing walks one. */
#ifndef SHIM_LINUX_LLIST_H
#define SHIM_LINUX_LLIST_H

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#endif
