#!/bin/sh
# Becomes the first process of a machine that has systemd; nothing that it does reaches the machine around it. To be started in namespaces of
# its own (pid, mount, uts, ipc, cgroup, net). Its files are those of the machine around it (/), or of another root, below those of an
# install: in memory, as all that is written; or on a disk, which is a folder of the machine around it and stays as a machine has left it that lost its power.
#
#   boot.sh EMPTY-FOLDER ROOT INSTALLED-ROOT CHECKOUT UNITS [DISK]
set -eu
memory=$1 base=$2 installed=$3 checkout=$4 units=$5 disk=${6:-}

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$memory"
mkdir "$memory/root"
disk=${disk:-$memory}
mkdir -p "$disk/work"
[ -e "$disk/upper" ] || cp -a "$installed" "$disk/upper"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$disk/upper,workdir=$disk/work" "$memory/root"
cd "$memory/root"
mount -t proc proc proc
# The kernel's settings belong to the machine around it.
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount --rbind /dev dev
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=1777 tmpfs var/tmp
mkdir -p ".$checkout"
mount --rbind "$checkout" ".$checkout"
mkdir tmp/around
pivot_root . tmp/around
cd /
umount -l /tmp/around
rmdir /tmp/around

ip link set lo up
# The users are made as an operator makes them: docs/operate/systemd.md. Packages make them by themselves.
if [ "$base" = / ]; then
  systemd-sysusers link-flor.conf cluster-flor.conf florenetes-issuer.conf
  systemd-tmpfiles --create link-flor.conf
elif [ -e /usr/lib/tmpfiles.d/link-flor.conf ]; then
  # Debian does so each time it boots.
  systemd-tmpfiles --create link-flor.conf
fi

# systemd looks for units only here and where ours are, so that it starts nothing else of the machine around it.
mkdir -p /run/systemd/system
cd /run/systemd/system
for target in sysinit basic network nss-lookup multi-user timers time-sync; do
  printf '[Unit]\nDescription=empty\n' >$target.target
done
for target in shutdown umount final; do
  printf '[Unit]\nDescription=empty\nDefaultDependencies=no\n' >$target.target
done
printf '[Unit]\nDescription=the units that are tested\nAllowIsolate=yes\nWants=%s\n' "$units" >tested.target
for unit in link-flor.service cluster-flor@.service cluster-flor-prepare@.service fabric-flor@.service vpn-flor@.service control-flor@.service store-flor@.service \
  update-flor.service florenetes-update-undo.service \
  florenetes-issuer@.service florenetes-keep@.service florenetes-keep-vertex@.service \
  florenetes-lists@.service florenetes-lists-vertex@.service; do
  mkdir $unit.d
  printf '[Service]\nStandardOutput=append:/run/%%n.log\nStandardError=inherit\n' >$unit.d/log.conf
done
packaged=
[ "$base" = / ] || packaged=:/lib/systemd/system
exec env -i PATH="$PATH" container=other SYSTEMD_UNIT_PATH=/run/systemd/system:/etc/systemd/system:/usr/local/lib/systemd/system$packaged \
  /lib/systemd/systemd --system --unit=tested.target --show-status=no
