/* lint: spdx no line with the licence */
#ifndef WG_PLANTED_H
#define WG_PLANTED_H

struct wg_planted {
	struct wg_planted __rcu *next;
	spinlock_t lock;
	__be32 wire;
	u32 value;
};

int wg_planted_value(struct wg_planted *planted);
u32 wg_planted_wire(const struct wg_planted *planted);
bool wg_planted_next(const struct wg_planted *planted);
int wg_planted_locked(struct wg_planted *planted, int value);
void wg_planted_clear(struct wg_planted *planted);
int wg_planted_uninitialised(int which);
int wg_planted_leak(size_t len);
int wg_planted_freed(void);
bool wg_planted_below(u32 value);
int wg_planted_count(size_t count);
int wg_planted_index(int index);
size_t wg_planted_newer(size_t n);

#endif
