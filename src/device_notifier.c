// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel events that concern all interfaces: exits of network namespaces, suspend and
 * hibernation, forks of the virtual machine.
 */
#include "device_ops.h"

#include <linux/list.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include "handshake_io.h"
#include "peer.h"

/*
 * First half of a namespace exit, for a device that was created in an exiting namespace
 * (orphaned) or is in one (own_netns_exits). Return: whether wg_netns_exit_finish() must follow.
 */
static bool wg_netns_exit_start(struct wg_device *device)
{
	struct net *creating_net = rtnl_dereference(device->sockets.creating_net);
	bool orphaned = creating_net && !check_net(creating_net);
	bool own_netns_exits = !device->netns_quiesced && !check_net(dev_net(device->dev));
	struct wg_peer *peer;

	if (!orphaned && !own_netns_exits)
		return false;
	mutex_lock(&device->config);
	if (orphaned) {
		pr_debug("%s: sockets closed, because the namespace in which the device was created ends\n",
			 device->dev->name);
		netif_carrier_off(device->dev);
		RCU_INIT_POINTER(device->sockets.creating_net, NULL);
	}
	if (own_netns_exits) {
		list_for_each_entry(peer, &device->peers, list)
			wg_timers_disable(&peer->timers);
	}
	wg_sockets_detach(&device->sockets);
	mutex_unlock(&device->config);
	device->netns_exit_pending = true;
	device->own_netns_exits = own_netns_exits;
	return true;
}

/* Second half. The caller has waited for a grace period after wg_netns_exit_start(). */
static void wg_netns_exit_finish(struct wg_device *device)
{
	struct wg_peer *peer;

	mutex_lock(&device->config);
	wg_sockets_release(&device->sockets);
	list_for_each_entry(peer, &device->peers, list)
		wg_endpoint_release(&peer->endpoint);
	mutex_unlock(&device->config);
	device->netns_exit_pending = false;
	device->netns_quiesced |= device->own_netns_exits;
}

/*
 * Any number of namespaces exit together. An interface that was created in one of them loses
 * its sockets, wherever the interface is now. The core deletes the interfaces that are in
 * these namespaces after this callback, and wg_stop() then does not wait for a grace period.
 *
 * One RTNL section with one grace period serves all namespaces and interfaces. .exit_rtnl
 * would cost a grace period for each namespace. Pernet exit callbacks run in reverse order of
 * registration, so this one runs before those of default_device_ops and of the protocols,
 * which sockets and routes need.
 */
static void wg_netns_exit_batch(struct list_head *ending)
{
	struct wg_device *device;
	bool any = false;

	rtnl_lock();
	list_for_each_entry(device, &wg_devices, list)
		any |= wg_netns_exit_start(device);
	if (any) {
		synchronize_net();
		list_for_each_entry(device, &wg_devices, list) {
			if (device->netns_exit_pending)
				wg_netns_exit_finish(device);
		}
	}
	rtnl_unlock();
}

static struct pernet_operations wg_pernet_ops = { .exit_batch = wg_netns_exit_batch };

/* Calls @what for all peers of all interfaces, under RTNL and config. */
static void wg_for_each_peer(void (*what)(struct wg_peer *peer))
{
	struct wg_device *device;
	struct wg_peer *peer;

	rtnl_lock();
	list_for_each_entry(device, &wg_devices, list) {
		mutex_lock(&device->config);
		list_for_each_entry(peer, &device->peers, list) {
			what(peer);
			cond_resched();
		}
		mutex_unlock(&device->config);
	}
	rtnl_unlock();
}

/* Ends the sessions of all peers of all interfaces. */
static void wg_forget_all_keys(void)
{
	wg_for_each_peer(wg_peer_forget_keys);
	/*
	 * Batches under way hold keys: synchronize_net() waits for those encrypted in softirq,
	 * flush_workqueue() for those of the workers. A packet that is already encrypted is
	 * identical in each copy of the memory, so sending it twice reveals nothing.
	 */
	synchronize_net();
	flush_workqueue(wg_crypt_wq);
	/* RCU callbacks wipe the keypairs. */
	rcu_barrier();
}

/*
 * The kernel takes an image of the memory after PM_HIBERNATION_PREPARE, and the machine
 * continues to send while the image is written. A session in the image would use the same
 * counters again after the image is restored. Therefore no session exists between
 * PM_HIBERNATION_PREPARE and PM_POST_HIBERNATION. The same applies to suspend, unless
 * wg_keeps_sessions_over_suspend().
 */
static void wg_end_sessions(enum wg_session_block why)
{
	wg_sessions_block(why);
	wg_forget_all_keys();
}

static void wg_resume_sessions(enum wg_session_block why)
{
	/*
	 * No session is left after wg_end_sessions(). But if the module was loaded after the
	 * PREPARE event, wg_end_sessions() was not called, and the image may contain sessions.
	 */
	wg_forget_all_keys();
	wg_sessions_unblock(why);
	wg_for_each_peer(wg_device_start_peer);
}

/*
 * Systems with autosleep, such as phones, suspend so often that a handshake after each resume
 * would cost too much. Unlike hibernation, suspend makes no copy of the memory, so keeping
 * the keys is safe.
 */
static bool wg_keeps_sessions_over_suspend(void)
{
	return IS_ENABLED(CONFIG_PM_AUTOSLEEP) || IS_ENABLED(CONFIG_PM_USERSPACE_AUTOSLEEP) ||
	       IS_ENABLED(CONFIG_ANDROID);
}

static int wg_on_pm_event(struct notifier_block *nb, unsigned long action, void *data)
{
	switch (action) {
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		wg_end_sessions(WG_BLOCK_HIBERNATION);
		break;
	case PM_SUSPEND_PREPARE:
		if (!wg_keeps_sessions_over_suspend())
			wg_end_sessions(WG_BLOCK_SUSPEND);
		break;
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		wg_resume_sessions(WG_BLOCK_HIBERNATION);
		break;
	case PM_POST_SUSPEND:
		if (!wg_keeps_sessions_over_suspend())
			wg_resume_sessions(WG_BLOCK_SUSPEND);
		break;
	default:
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block wg_pm_notifier = { .notifier_call = wg_on_pm_event };

static void wg_forget_cookie_secrets(void)
{
	struct wg_device *device;

	rtnl_lock();
	list_for_each_entry(device, &wg_devices, list)
		wg_cookie_checker_forget(&device->checker);
	rtnl_unlock();
}

/*
 * Two copies of this machine may now run with the same counters, ephemeral keys and cookie
 * secrets. Neither copy may use them again. Sessions still receive, and the reply to a
 * received packet begins a handshake. The kernel has already reseeded its random generator.
 */
static int wg_on_vm_fork(struct notifier_block *nb, unsigned long action, void *data)
{
	/* First: the loops below may wait for RTNL, while other CPUs send. */
	wg_session_retire_all();
	wg_for_each_peer(wg_peer_retire_keys);
	wg_forget_cookie_secrets();
	wg_for_each_peer(wg_device_start_peer);
	return NOTIFY_DONE;
}

static struct notifier_block wg_vm_fork_notifier = { .notifier_call = wg_on_vm_fork };

int __init wg_notifier_module_init(void)
{
	int ret;

	ret = register_pm_notifier(&wg_pm_notifier);
	if (ret)
		return ret;
	ret = register_random_vmfork_notifier(&wg_vm_fork_notifier);
	if (ret)
		goto err_pm;
	ret = register_pernet_device(&wg_pernet_ops);
	if (ret)
		goto err_vm_fork;
	return 0;

err_vm_fork:
	unregister_random_vmfork_notifier(&wg_vm_fork_notifier);
err_pm:
	unregister_pm_notifier(&wg_pm_notifier);
	return ret;
}

void wg_notifier_module_exit(void)
{
	unregister_pernet_device(&wg_pernet_ops);
	unregister_random_vmfork_notifier(&wg_vm_fork_notifier);
	unregister_pm_notifier(&wg_pm_notifier);
}
