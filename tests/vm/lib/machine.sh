# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The machine that QEMU emulates for each of Debian's architectures. Sourced, never run.

# The bus is the end of the names of virtio devices in QEMU. What the processors lack saves time:
# - The emulator executes a string instruction of x86 element by element. With ERMS the kernel clears
#   and copies pages, objects and packets by bytes, and without it by words of eight bytes. LA57 adds
#   a level of page tables to each miss of the TLB.
# - Pointer authentication of arm64: the emulator computes its cipher at each call of a function.
# pseries has mitigations by default that the emulator cannot provide.
machines() {
	cat <<'TABLE'
# architecture  QEMU     -M                      -cpu                      bus     console   kernel options
amd64           x86_64   q35                     max,erms=off,la57=off     pci     ttyS0     SERIAL_8250_CONSOLE VIRTIO_PCI
i386            x86_64   q35                     max,vendor=GenuineIntel,erms=off,la57=off pci     ttyS0     SERIAL_8250_CONSOLE VIRTIO_PCI
arm64           aarch64  virt                    max,pauth=off             pci     ttyAMA0   SERIAL_AMBA_PL011_CONSOLE VIRTIO_PCI
armhf           arm      virt,highmem=off        cortex-a15                device  ttyAMA0   SERIAL_AMBA_PL011_CONSOLE VIRTIO_MMIO
riscv64         riscv64  virt                    rv64                      device  ttyS0     SERIAL_8250_CONSOLE VIRTIO_MMIO
s390x           s390x    s390-ccw-virtio         max                       ccw     ttysclp0  SCLP_VT220_CONSOLE S390_GUEST
ppc64el         ppc64    pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off power9 pci hvc0 HVC_CONSOLE VIRTIO_PCI
TABLE
}

# read_machine ARCHITECTURE: sets machine_qemu, the program; machine_type and machine_cpu, the values
# of -M and -cpu; machine_bus; machine_console, the kernel's name of the first serial port;
# machine_options, what the kernel's configuration must have for this machine.
# shellcheck disable=SC2034 # for the scripts that source this
read_machine() {
	local name qemu
	while read -r name qemu machine_type machine_cpu machine_bus machine_console machine_options; do
		[ "$name" = "$1" ] || continue
		machine_qemu=qemu-system-$qemu
		return
	done < <(machines)
	return 1
}
