import { existsSync } from "node:fs";
import type { SystemdMachine } from "./machine.ts";

const TUN = "/dev/net/tun";

/** Whether the system has TUN devices. Otherwise says on standard error which tests are left out. */
export function hasTun(tests: string): boolean {
  if (existsSync(TUN)) return true;
  process.stderr.write(`left out: ${tests} (there is no ${TUN})\n`);
  return false;
}

/** Gives a machine a node of the device that all may open, as udev makes it: the one of the system around may be root's alone. */
export async function openTun(machine: SystemdMachine): Promise<void> {
  await machine.do("mount", "-t", "tmpfs", "tmpfs", "/dev/net");
  await machine.do("mknod", "--mode=666", TUN, "c", "10", "200");
}
