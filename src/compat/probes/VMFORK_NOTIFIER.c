// SPDX-License-Identifier: GPL-2.0
/* Is there register_random_vmfork_notifier()? In 6.1 with VMGENID; else VM forks are not detected. */
/* exports: register_random_vmfork_notifier unregister_random_vmfork_notifier */
#include <linux/random.h>

int probe_VMFORK_NOTIFIER(struct notifier_block *nb);
int probe_VMFORK_NOTIFIER(struct notifier_block *nb)
{
	return register_random_vmfork_notifier(nb) | unregister_random_vmfork_notifier(nb);
}
