// SPDX-License-Identifier: GPL-2.0
/*
 * The module: the order of initialisation, and of the exit in reverse.
 */
#include <linux/fips.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/wireguard.h>
#include <net/genetlink.h>
#include <net/rtnetlink.h>
#include "crypto.h"
#include "device_ops.h"
#include "handshake.h"
#include "netlink.h"
#include "peer.h"
#include "crypt_queue.h"
#include "peer_tx.h"
#include "session.h"
#include "version.h"

static bool fips_allow;
module_param(fips_allow, bool, 0444);
MODULE_PARM_DESC(fips_allow,
		 "Load in FIPS mode, which does not allow the cryptography of WireGuard");

static int __init wg_module_init(void)
{
	int ret;

	if (fips_enabled && !fips_allow) {
		pr_err("Not loaded: the kernel is in FIPS mode, which does not allow ChaCha20Poly1305, Curve25519 and BLAKE2s. The module parameter fips_allow=1 overrides this.\n");
		return -EOPNOTSUPP;
	}
	ret = wg_crypto_selftest();
	if (ret)
		return ret;
	wg_handshake_module_init();
	ret = wg_session_module_init();
	if (ret)
		return ret;
	ret = wg_batch_module_init();
	if (ret)
		goto err_session;
	ret = wg_peer_tx_module_init();
	if (ret)
		goto err_batch;
	ret = wg_peer_module_init();
	if (ret)
		goto err_peer_tx;
	ret = wg_device_module_init();
	if (ret)
		goto err_peer;
	ret = wg_netlink_module_init();
	if (ret)
		goto err_device;
	pr_info("version " WIREGUARD_VERSION " is ready, crypto backend %s\n", wg_crypto_backend());
	return 0;

err_device:
	wg_device_module_exit();
err_peer:
	wg_peer_module_exit();
err_peer_tx:
	wg_peer_tx_module_exit();
err_batch:
	wg_batch_module_exit();
err_session:
	wg_session_module_exit();
	return ret;
}

static void __exit wg_module_exit(void)
{
	wg_netlink_module_exit();
	wg_device_module_exit();
	/* Wait for the RCU callbacks that free peers and keypairs. */
	rcu_barrier();
	wg_peer_module_exit();
	wg_peer_tx_module_exit();
	wg_batch_module_exit();
	wg_session_module_exit();
}

module_init(wg_module_init);
module_exit(wg_module_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("WireGuard secure network tunnel");
MODULE_AUTHOR("The wireguard-dkms authors");
MODULE_VERSION(WIREGUARD_VERSION);
MODULE_INFO(crypto, WG_CRYPTO_BACKEND);
#ifdef WG_CRYPTO_VECTOR
MODULE_INFO(vector, WG_CRYPTO_VECTOR);
#endif
#ifdef WG_TEST_NO_INFERENCE
MODULE_INFO(for_tests_only, "does not infer the protocol of packets on transmit");
#endif
#ifdef WG_TEST_LIMITS
MODULE_INFO(for_tests_only, "has low limits of messages, peers and indices");
#endif
MODULE_ALIAS_RTNL_LINK(KBUILD_MODNAME);
MODULE_ALIAS_GENL_FAMILY(WG_GENL_NAME);
