# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
rm -f $1 # lint: shellcheck SC2086
