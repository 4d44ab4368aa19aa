#!/bin/sh
# Runs systemd-resolved, with a system bus of its own, in a mount namespace and a network namespace that were made for it: nothing that it does reaches the
# machine around it. It ends with its parent.
#
#   resolver.sh PACKAGE-TREE NAMESERVER
set -eu
tree=$1 nameserver=$2

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
for folder in etc usr; do
  mkdir -p "/run/over/$folder-work"
  cp -a "$tree/$folder" "/run/over/$folder"
  mount -t overlay overlay -o "lowerdir=/$folder,upperdir=/run/over/$folder,workdir=/run/over/$folder-work" "/$folder"
done
echo 'systemd-resolve:x:994:994::/:/usr/sbin/nologin' >>/etc/passwd
echo 'systemd-resolve:x:994:' >>/etc/group
rm -f /etc/resolv.conf
echo "nameserver $nameserver" >/etc/resolv.conf
mkdir -p /run/dbus /run/systemd/resolve
chown 994:994 /run/systemd/resolve
setpriv --pdeathsig KILL dbus-daemon --system --nofork --nopidfile 2>/dev/null &
until [ -S /run/dbus/system_bus_socket ]; do sleep 0.05; done
setpriv --pdeathsig KILL "$tree/lib/systemd/systemd-resolved" 2>/dev/null &
wait
