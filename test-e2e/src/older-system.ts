/** A Linux with an older C library than that of the machine on which packages are made, and little else: no systemd, no dpkg, no network. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runToEnd } from "./executables.ts";

/** Debian 11 has glibc 2.31. */
const SYSTEM = ["--quiet", "--variant=extract", "--include=coreutils,dash,libc6,libgcc-s1,libstdc++6", "bullseye"];
const NAMESPACES = ["--mount", "--pid", "--net", "--fork", "--kill-child"];
const ENTER = 'ip link set lo up && mount -t proc proc "$0/proc" && exec chroot "$0" /bin/sh -ec "$1"';

/** Makes the system in a folder. Where no mirror of Debian has it there is none, and that is said. */
export function makeOlderSystem(tests: string, root: string): boolean {
  const { status, stderr } = spawnSync("mmdebstrap", [...SYSTEM, root], { encoding: "utf8" });
  if (status !== 0) process.stderr.write(`left out: ${tests} (mmdebstrap: ${stderr})\n`);
  else mkdirSync(join(root, "proc"), { recursive: true });
  return status === 0;
}

/** Runs a shell script in the system, as root, with processes and a loopback of its own; all that it has started ends with it. */
export async function runInOlderSystem(root: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await runToEnd(["unshare", ...NAMESPACES, "sh", "-c", ENTER, root, script]);
  if (code !== 0) throw new Error(`the script ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}
