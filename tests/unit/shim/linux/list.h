/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: doubly linked lists, each removal and insertion checked. */
#ifndef SHIM_LINUX_LIST_H
#define SHIM_LINUX_LIST_H

#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/types.h>

#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void shim_list_insert(struct list_head *entry,
				    struct list_head *prev,
				    struct list_head *next)
{
	SHIM_CHECK(prev->next == next && next->prev == prev, "list is corrupt");
	entry->next = next;
	entry->prev = prev;
	prev->next = entry;
	next->prev = entry;
}

static inline void shim_list_unlink(struct list_head *entry)
{
	SHIM_CHECK(entry->next && entry->prev, "list entry removed twice");
	SHIM_CHECK(entry->prev->next == entry && entry->next->prev == entry,
		   "list is corrupt");
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	shim_list_insert(entry, head, head->next);
}

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	shim_list_insert(entry, head->prev, head);
}

static inline void list_del(struct list_head *entry)
{
	shim_list_unlink(entry);
	entry->next = NULL;
	entry->prev = NULL;
}

static inline void list_del_init(struct list_head *entry)
{
	shim_list_unlink(entry);
	INIT_LIST_HEAD(entry);
}

static inline void list_move(struct list_head *entry, struct list_head *head)
{
	shim_list_unlink(entry);
	list_add(entry, head);
}

static inline void list_move_tail(struct list_head *entry,
				  struct list_head *head)
{
	shim_list_unlink(entry);
	list_add_tail(entry, head);
}

/* Moves all of @list to the front of @head, and leaves @list empty. */
static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	struct list_head *at = head, *entry;

	while (!list_empty(list)) {
		entry = list->next;
		list_move(entry, at);
		at = entry;
	}
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(head, type, member) \
	list_entry((head)->next, type, member)
/*
 * The list member of an entry. At the end of a loop @pos is computed from the head, which on
 * armhf may be aligned less than an entry is. So the member is not accessed through @pos.
 */
#define shim_list_of(pos, member) \
	((struct list_head *)((char *)(pos) + offsetof(__typeof__(*(pos)), member)))
#define list_next_entry(pos, member) \
	list_entry(shim_list_of(pos, member)->next, __typeof__(*(pos)), member)
#define list_first_entry_or_null(head, type, member) \
	(list_empty(head) ? NULL : list_first_entry(head, type, member))
#define list_last_entry(head, type, member) \
	list_entry((head)->prev, type, member)
#define list_is_last(entry, head) ((entry)->next == (head))
#define list_is_singular(head) (!list_empty(head) && (head)->next == (head)->prev)
#define list_for_each_entry_from(pos, head, member) \
	for (; shim_list_of(pos, member) != (head); pos = list_next_entry(pos, member))
#define list_for_each_entry(pos, head, member) \
	for (pos = list_first_entry(head, __typeof__(*pos), member); \
	     shim_list_of(pos, member) != (head); pos = list_next_entry(pos, member))
#define list_for_each_entry_safe(pos, n, head, member) \
	for (pos = list_first_entry(head, __typeof__(*pos), member), \
	     n = list_next_entry(pos, member); \
	     shim_list_of(pos, member) != (head); \
	     pos = n, n = list_next_entry(n, member))

#endif
