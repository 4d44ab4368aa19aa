import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServerPlace } from "./server-place.ts";

/**
 * Starts OpenSSH's server, which takes one key of root's. The keys are new, but for those that its folder has already.
 *
 * @param tunnel The port at which clients see it
 * @param address The address at which it listens, and clients see it; default: loopback
 * @returns the clients' options, which know its key, and the file of its log
 */
export async function startSsh(
  place: ServerPlace,
  target: number,
  tunnel: number,
  address = "127.0.0.1",
): Promise<{ readonly options: readonly string[]; readonly log: string }> {
  const folder = join(place.folder, "ssh");
  await mkdir(folder, { mode: 0o700, recursive: true });
  const file = (name: string): string => join(folder, name);
  for (const name of ["host", "user"].filter((each) => !existsSync(file(each))))
    await place.prepare("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file(name));
  // sshd asks for this folder, which Debian's service would make.
  await mkdir("/run/sshd", { mode: 0o755, recursive: true });
  const config = [
    `ListenAddress ${address}:${target}`,
    `HostKey ${file("host")}`,
    `AuthorizedKeysFile ${file("user.pub")}`,
    `PidFile none`,
    "PermitRootLogin prohibit-password",
    "StrictModes no",
    "UsePAM no",
    "Subsystem sftp internal-sftp",
  ];
  await writeFile(file("config"), `${config.join("\n")}\n`);
  const log = file("log");
  await place.serve(target, ["/usr/sbin/sshd", "-D", "-E", log, "-f", file("config")]);
  const known = (await place.prepare("cut", "-d", " ", "-f", "1,2", file("host.pub"))).trim();
  await writeFile(file("known"), `[${address}]:${tunnel} ${known}\n`);
  const settings = [
    `UserKnownHostsFile=${file("known")}`,
    "StrictHostKeyChecking=yes",
    "BatchMode=yes",
    "IdentitiesOnly=yes",
  ];
  return { options: ["-F", "none", "-i", file("user"), ...settings.flatMap((setting) => ["-o", setting])], log };
}
