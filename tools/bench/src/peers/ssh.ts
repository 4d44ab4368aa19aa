import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { versionOf } from "../debian.ts";
import { type NodeName, type Place, transitsOf } from "../place.ts";
import { LOCAL_HOST, LOCAL_PORTS, SERVICE_NAMES, SERVICES, type System } from "../system.ts";
import type { Line } from "./line.ts";
import { openPeer } from "./peer.ts";

const SSHD = "/usr/sbin/sshd";
const PORT = 2222;

/**
 * `ssh -J b,c d` with local forwards: end-to-end encrypted, through the servers of b and c, over kernel TCP.
 *
 * @param ciphers Value of `Ciphers` in ssh_config; ssh's own choice when it is left out.
 */
export function openSsh(place: Place, name: string, ciphers?: string): Promise<System> {
  if (!existsSync(SSHD)) throw new Error("there is no sshd on this machine: install Debian's package openssh-server");
  return openPeer({
    place,
    prepare: (line, folder) => {
      makeKeys(folder);
      const server = [SSHD, "-D", "-e", "-f", writeServerConfig(folder)];
      const client = clientCommand(line, writeClientConfig(folder, ciphers));
      const startNode = async (node: NodeName): Promise<void> => {
        line.start(node, "ssh", node === "a" ? client : server);
        await line.untilListens(node, ...(node === "a" ? Object.values(LOCAL_PORTS) : [PORT]));
      };
      return {
        description: {
          name,
          version: `OpenSSH ${versionOf("openssh-client")}`,
          isEncryptedEndToEnd: true,
        },
        processes: () => line.processes("ssh"),
        startNode,
        recover: async () => {
          await line.kill("a", "ssh");
          await startNode("a");
        },
      };
    },
  });
}

function makeKeys(folder: string): void {
  for (const name of ["host", "user"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  writeFileSync(join(folder, "authorized_keys"), readFileSync(join(folder, "user.pub")));
  mkdirSync("/run/sshd", { recursive: true });
}

function writeServerConfig(folder: string): string {
  return writeLines(join(folder, "sshd.conf"), [
    `Port ${PORT}`,
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "StrictModes no",
    "PidFile none",
  ]);
}

function writeClientConfig(folder: string, ciphers: string | undefined): string {
  return writeLines(join(folder, "client.conf"), [
    "Host *",
    `  Port ${PORT}`,
    "  User root",
    `  IdentityFile ${join(folder, "user")}`,
    "  StrictHostKeyChecking no",
    "  UserKnownHostsFile /dev/null",
    "  LogLevel ERROR",
    "  ExitOnForwardFailure yes",
    ...(ciphers === undefined ? [] : [`  Ciphers ${ciphers}`]),
  ]);
}

function writeLines(file: string, lines: readonly string[]): string {
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

/** Each hop is named by its address on the link that leads to it, so that each node reaches its neighbours alone. */
function clientCommand(line: Line, config: string): string[] {
  const forwards = SERVICE_NAMES.flatMap((service) => [
    "-L",
    `${LOCAL_HOST}:${LOCAL_PORTS[service]}:${LOCAL_HOST}:${SERVICES[service]}`,
  ]);
  const transits = transitsOf(line.nodes).map((node) => line.address(node));
  const jumps = transits.length === 0 ? [] : ["-J", transits.join(",")];
  return ["ssh", "-F", config, "-N", ...jumps, ...forwards, line.address("d")];
}
