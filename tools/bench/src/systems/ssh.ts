import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installedVersion } from "../debian.ts";
import { type Line, makeLine } from "../line.ts";
import { type NodeName, type Place, transitsOf } from "../place.ts";
import { killQuietly, makeOwnFolder } from "../sweep.ts";
import { LOCAL_PORTS, OUTAGE_MS, SERVICE_NAMES, SERVICES, type System } from "../system.ts";
import { until } from "../until.ts";

const SSHD = "/usr/sbin/sshd";
const SSH_PORT = 2222;
const READY_WITHIN_MS = 10_000;

interface SshOptions {
  readonly name: string;
  /** As ssh_config has it; ssh's own choice when it is left out. */
  readonly ciphers?: string;
}

/** `ssh -J b,c d` with local forwards: end-to-end encrypted, through the servers of b and c, over kernel TCP. */
export async function openSsh(place: Place, { name, ciphers }: SshOptions): Promise<System> {
  if (!existsSync(SSHD)) throw new Error("there is no sshd on this machine: install Debian's package openssh-server");
  const line = await makeLine("ssh", { place, forwards: false });
  const folder = makeOwnFolder("ssh");
  const servers = new Map<string, ChildProcess>();
  let client: ChildProcess | undefined;
  const dispose = async (): Promise<void> => {
    client?.kill("SIGTERM");
    for (const pid of sshProcesses(line)) killQuietly(pid);
    for (const server of servers.values()) server.kill("SIGKILL");
    await sleep(100);
    line[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    makeKeys(folder);
    for (const node of line.nodes.slice(1)) servers.set(node, startServer(line, node, folder));
    await sleep(300);
    client = startClient(line, folder, ciphers);
    await untilForwarding(line, client);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    description: {
      name,
      version: `OpenSSH ${installedVersion("openssh-client")}`,
      topology:
        "one ssh on a with local forwards, which jumps over those between (ssh -J b,c d); sshd on all others; kernel TCP on each link",
      links: place.links,
      isEncryptedEndToEnd: true,
      limits: ["When the transit dies nothing comes back by itself: the client has to be started again."],
    },
    serverHost: "127.0.0.1",
    target: (service) => ({ host: "127.0.0.1", port: LOCAL_PORTS[service] }),
    spawn: (node, argv) => line.spawn(node, argv),
    processes: () => new Map([...sshProcesses(line)].map((pid) => [`ssh ${pid}`, pid])),
    faults: ["transit restarted", "transit killed for 2 s", "wire cut for 2 s"],
    strike: async (fault) => {
      if (fault === "wire cut for 2 s") return line.cut(OUTAGE_MS);
      for (const pid of sshProcesses(line, ["b"])) killQuietly(pid);
      if (fault === "transit killed for 2 s") await sleep(OUTAGE_MS);
      servers.set("b", startServer(line, "b", folder));
    },
    recover: async () => {
      client?.kill("SIGTERM");
      for (const pid of sshProcesses(line, ["a"])) killQuietly(pid);
      await sleep(500);
      client = startClient(line, folder, ciphers);
      await untilForwarding(line, client);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function makeKeys(folder: string): void {
  for (const name of ["host", "user"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  }
  writeFileSync(join(folder, "authorized_keys"), readFileSync(join(folder, "user.pub")));
  chmodSync(folder, 0o700);
  mkdirSync("/run/sshd", { recursive: true });
}

function startServer(line: Line, node: NodeName, folder: string): ChildProcess {
  const config = join(folder, `sshd-${node}.conf`);
  writeFileSync(
    config,
    [
      `Port ${SSH_PORT}`,
      `HostKey ${join(folder, "host")}`,
      `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "UsePAM no",
      "StrictModes no",
      `PidFile ${join(folder, `sshd-${node}.pid`)}`,
      "",
    ].join("\n"),
  );
  const argv = ["netns", "exec", line.namespace(node), SSHD, "-D", "-e", "-f", config];
  return spawn("ip", argv, { stdio: "ignore" });
}

/** Every hop is named by its address on the link that it is reached over, so that each sees its neighbours alone. */
function startClient(line: Line, folder: string, ciphers: string | undefined): ChildProcess {
  const config = join(folder, "client.conf");
  writeFileSync(
    config,
    [
      "Host *",
      `  Port ${SSH_PORT}`,
      "  User root",
      `  IdentityFile ${join(folder, "user")}`,
      "  StrictHostKeyChecking no",
      "  UserKnownHostsFile /dev/null",
      "  LogLevel ERROR",
      "  ExitOnForwardFailure yes",
      ...(ciphers === undefined ? [] : [`  Ciphers ${ciphers}`]),
      "",
    ].join("\n"),
  );
  const forwards = SERVICE_NAMES.flatMap((service) => [
    "-L",
    `127.0.0.1:${LOCAL_PORTS[service]}:127.0.0.1:${SERVICES[service]}`,
  ]);
  const transits = transitsOf(line.nodes).map((node) => line.address(node));
  const jumps = transits.length === 0 ? [] : ["-J", transits.join(",")];
  const argv = ["ssh", "-F", config, "-N", ...jumps, ...forwards, line.address("d")];
  return spawn("ip", ["netns", "exec", line.namespace("a"), ...argv], { stdio: ["ignore", "ignore", "inherit"] });
}

async function untilForwarding(line: Line, client: ChildProcess): Promise<void> {
  const forwards = (): boolean => {
    if (client.exitCode !== null) throw new Error(`ssh -J ended with ${client.exitCode} before it forwarded`);
    const listening = line.run("a", "ss", "-Hltn");
    return Object.values(LOCAL_PORTS).every((port) => listening.includes(`127.0.0.1:${port} `));
  };
  await until(forwards, READY_WITHIN_MS, "ssh -J does not forward");
}

/** The ssh and sshd processes inside the line's namespaces (a server forks one for each connection). */
function sshProcesses(line: Line, nodes: readonly NodeName[] = line.nodes): number[] {
  const found: number[] = [];
  for (const node of nodes) {
    const pids = execFileSync("ip", ["netns", "pids", line.namespace(node)], { encoding: "utf8" });
    for (const pid of pids.split("\n").filter(Boolean).map(Number)) {
      if (/^sshd?$/.test(commandOf(pid))) found.push(pid);
    }
  }
  return found;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
