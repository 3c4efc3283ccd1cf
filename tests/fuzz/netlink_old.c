// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration interface as on an old kernel, where compat/ does the parsing. It has other
 * names than netlink_new.c, so that both are in one program.
 */
#undef HAVE_GENL_DUMPIT_INFO
#undef HAVE_GENL_DUMP_INFO
#undef HAVE_GENL_FAMILY_ID_INT
#undef HAVE_GENL_FAMILY_POLICY
#undef HAVE_GENL_NLHDR
#undef HAVE_GENL_OP_POLICY
#undef HAVE_GENL_OP_VALIDATE
#undef HAVE_GENL_RESV_START_OP
#undef HAVE_GENL_UNS_ADMIN_PERM
#undef HAVE_NETLINK_CB_CTX
#undef HAVE_NETLINK_EXT_ACK
#undef HAVE_NLA_LEN_RANGE
#undef HAVE_NLA_PUT_U64_64BIT

#define wg_netlink_family old_netlink_family
#define wg_device_levels old_device_levels
#define wg_device_policy old_device_policy
#define wg_peer_policy old_peer_policy
#define wg_allowedip_policy old_allowedip_policy
#define wg_netlink_find old_netlink_find
#define wg_netlink_module_init old_netlink_module_init
#define wg_netlink_module_exit old_netlink_module_exit
#define wg_netlink_set old_netlink_set
#define wg_netlink_dump_start old_netlink_dump_start
#define wg_netlink_dump old_netlink_dump
#define wg_netlink_dump_done old_netlink_dump_done

#include "compat/netlink.c"
#include "netlink_family.c"
#include "netlink_dump.c"
#include "netlink_set.c"
#include "netlink.c"
