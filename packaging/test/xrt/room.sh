#!/bin/sh
# Runs a program with the genuine XRT and a fake NPU, in a mount namespace of its own.
#
#   packaging/test/xrt/room.sh TREE DRIVER PROGRAM [ARGUMENT...]
#
# TREE is what fetch.sh unpacked, DRIVER the fake driver's library. HARK_FAKE_NPU=xdna1|xdna2 says which NPU; for more
# of the driver's variables see driver/driver.c. HARK_PRELOAD names a library to load before the driver.
set -eu

if [ "${1:-}" != --inside ]; then
    for way in "--map-root-user --mount" --mount; do
        # Split on purpose.
        # shellcheck disable=SC2086
        unshare $way true 2>/dev/null && exec unshare $way "$0" --inside "$@"
    done
    echo "this system gives nobody a mount namespace" >&2
    exit 75
fi
shift
tree=$(readlink -f -- "$1")
driver=$(readlink -f -- "$2")
shift 2

case ${HARK_FAKE_NPU:-xdna1} in
    xdna1) address=0000:c5:00.1 device=0x1502 revision=0x00 name=RyzenAI-npu1 firmware=1.5.5.391 ;;
    xdna2) address=0000:c6:00.1 device=0x17f0 revision=0x10 name=RyzenAI-npu4 firmware=1.1.2.64 ;;
    *) echo "there is no fake NPU $HARK_FAKE_NPU" >&2; exit 2 ;;
esac

mount -t tmpfs npu /sys
device_folder=/sys/devices/pci0000:00/$address
mkdir -p "$device_folder/accel/accel0" /sys/bus/pci/devices /sys/bus/pci/drivers/amdxdna /sys/module/amdxdna
ln -s "$device_folder" /sys/bus/pci/devices/
ln -s "$device_folder" /sys/bus/pci/drivers/amdxdna/
ln -s /sys/bus/pci/drivers/amdxdna "$device_folder/driver"
for entry in vendor=0x1022 device=$device revision=$revision subsystem_vendor=0x1022 subsystem_device=$device \
    class=0x118000 device_type=0 vbnv=$name fw_version=$firmware; do
    echo "${entry#*=}" >"$device_folder/${entry%%=*}"
done

echo 0.6 >/sys/module/amdxdna/version

# A file stands in for the node. The rest of /dev that programs use is kept, in a /dev that has room for it.
mkdir -p /sys/dev
mount --rbind /dev /sys/dev
mount -t tmpfs npu /dev
for node in null zero full random urandom tty shm; do
    [ -e /sys/dev/$node ] || continue
    if [ -d /sys/dev/$node ]; then mkdir /dev/$node; else : >/dev/$node; fi
    mount --rbind /sys/dev/$node /dev/$node
done
mkdir /dev/accel
: >/dev/accel/accel0

# The tree's loader and libraries take the system's place for the program and for what it starts.
libraries=$tree/usr/lib/x86_64-linux-gnu
mount --bind "$libraries/ld-linux-x86-64.so.2" /lib64/ld-linux-x86-64.so.2
export XILINX_XRT="$tree/usr" LD_LIBRARY_PATH="$libraries" LD_PRELOAD="${HARK_PRELOAD:+$HARK_PRELOAD }$driver"
exec "$@"
