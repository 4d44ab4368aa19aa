import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { versionOf } from "../debian.ts";
import { type NodeName, type Place, transitsOf } from "../place.ts";
import { LOCAL_PORTS, SERVICE_NAMES, SERVICES, type System } from "../system.ts";
import { killQuietly, type Line } from "./line.ts";
import { openPeer } from "./peer.ts";

const SSHD = "/usr/sbin/sshd";
const SSH_PORT = 2222;

interface SshOptions {
  readonly name: string;
  /** Value of `Ciphers` in ssh_config; ssh's own choice when it is left out. */
  readonly ciphers?: string;
}

/** `ssh -J b,c d` with local forwards: end-to-end encrypted, through the servers of b and c, over kernel TCP. */
export function openSsh(place: Place, { name, ciphers }: SshOptions): Promise<System> {
  if (!existsSync(SSHD)) throw new Error("there is no sshd on this machine: install Debian's package openssh-server");
  return openPeer({
    place,
    prepare: (line, folder) => {
      makeKeys(folder);
      const startNode = async (node: NodeName): Promise<void> => {
        if (node === "a") {
          line.start(node, "ssh", clientCommand(line, folder, ciphers));
          await line.untilListens(node, ...Object.values(LOCAL_PORTS));
        } else {
          line.start(node, "sshd", serverCommand(node, folder));
          await line.untilListens(node, SSH_PORT);
        }
      };
      return {
        description: {
          name,
          version: `OpenSSH ${versionOf("openssh-client")}`,
          topology:
            "one ssh on a with local forwards, which jumps over those between (ssh -J b,c d); sshd on all others; kernel TCP on each link",
          isEncryptedEndToEnd: true,
          limits: ["When the transit dies nothing comes back by itself: the client has to be started again."],
        },
        startNode,
        processes: () =>
          new Map(line.nodes.flatMap((node) => sshProcesses(line, node)).map((pid) => [`ssh ${pid}`, pid])),
        recover: async () => {
          for (const pid of sshProcesses(line, "a")) killQuietly(pid);
          await startNode("a");
        },
      };
    },
  });
}

function makeKeys(folder: string): void {
  for (const name of ["host", "user"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  }
  writeFileSync(join(folder, "authorized_keys"), readFileSync(join(folder, "user.pub")));
  mkdirSync("/run/sshd", { recursive: true });
}

function serverCommand(node: NodeName, folder: string): string[] {
  const config = join(folder, `sshd-${node}.conf`);
  const lines = [
    `Port ${SSH_PORT}`,
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "StrictModes no",
    `PidFile ${join(folder, `sshd-${node}.pid`)}`,
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  return [SSHD, "-D", "-e", "-f", config];
}

/** Every hop is named by its address on the link that it is reached over, so that each sees its neighbours alone. */
function clientCommand(line: Line, folder: string, ciphers: string | undefined): string[] {
  const config = join(folder, "client.conf");
  const lines = [
    "Host *",
    `  Port ${SSH_PORT}`,
    "  User root",
    `  IdentityFile ${join(folder, "user")}`,
    "  StrictHostKeyChecking no",
    "  UserKnownHostsFile /dev/null",
    "  LogLevel ERROR",
    "  ExitOnForwardFailure yes",
    ...(ciphers === undefined ? [] : [`  Ciphers ${ciphers}`]),
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  const forwards = SERVICE_NAMES.flatMap((service) => [
    "-L",
    `127.0.0.1:${LOCAL_PORTS[service]}:127.0.0.1:${SERVICES[service]}`,
  ]);
  const transits = transitsOf(line.nodes).map((node) => line.address(node));
  const jumps = transits.length === 0 ? [] : ["-J", transits.join(",")];
  return ["ssh", "-F", config, "-N", ...jumps, ...forwards, line.address("d")];
}

/** A server forks one process for each connection, and the client one for each jump. */
function sshProcesses(line: Line, node: NodeName): number[] {
  return line.processesOn(node).filter((pid) => /^sshd?$/.test(commandOf(pid)));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
