import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makePackages } from "@florenetes/package";
import { expect, vi } from "vitest";
import { florCommand, runToEnd } from "../executables.ts";
import { oncePerRun } from "../once-per-run.ts";
import { PATIENCE_OF_PROCESSES } from "../patience.ts";
import { SystemdMachine } from "./machine.ts";

const DEBIAN_MS_MAX = 600_000;
const checkout = fileURLToPath(new URL("../../../", import.meta.url)).replace(/\/$/, "");
/**
 * Beside Debian's smallest system: what our packages name as needed, `ip`, by which machines are started and joined, and a server of ssh. The
 * machines of the tutorial have the last two.
 */
const WITH_SERVERS = "systemd,dbus,iproute2,openssh-server,curl,nginx-light";
const INSTALL = 'mount -t proc proc "$0/proc" && chroot "$0" dpkg --install --recursive /debs';
const SSHD = "/usr/sbin/sshd";
/** The program of a repacked package does not run where this file is. */
export const BROKEN = "/etc/florenetes/broken";
/** The script that sets up a repacked florenetes-node fails where this file is. */
export const FAILING = "/etc/florenetes/failing";
/** The script waits while this file is there, which is gone when the machine is booted. */
export const HELD = "/run/florenetes-held";
/** A program of a repacked package waits while this file is there, before it tells its version. */
export const HELD_LATER = "/run/florenetes-held-later";

/** The mesh of nodes that are machines: two ways from a to b. */
const MESH = `
cluster: example
nodes:
  a: {}
  r1: { address: 10.81.1.2 }
  r2: { address: 10.81.2.2 }
  b: {}
links:
  - { between: [a, r1] }
  - { between: [a, r2] }
  - { between: [b, r1], address: 10.81.3.2 }
  - { between: [b, r2], address: 10.81.4.2 }
services:
  steady: { node: b, target: "tcp://127.0.0.1:8080", allow: [user/alice] }
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: steady, connect-wait: 1min, path: [a, r1, b] }
  - { node: a, listen: "tcp://127.0.0.1:18081", as: user/alice, service: steady, connect-wait: 1min, path: [a, r2, b] }
`;
const IDENTITIES = [
  ["vertex", "a", "a/identity/vertex"],
  ["vertex", "r1", "r1/identity/vertex"],
  ["vertex", "r2", "r2/identity/vertex"],
  ["vertex", "b", "b/identity/vertex"],
  ["user", "alice", "a/identity/user/alice"],
  ["service", "steady", "b/identity/service/steady"],
] as const;
const WIRES = [
  ["a", "r1", 1],
  ["a", "r2", 2],
  ["b", "r1", 3],
  ["b", "r2", 4],
] as const;
const UNITS = ["link-flor.service", "cluster-flor@example.service"] as const;

/**
 * Makes a Debian system in a folder, without our packages. Where no mirror of Debian answers there is none, and that is said.
 *
 * @param packages what it has beside Debian's smallest system
 */
export function makeDebian(tests: string, base: string, packages: string): Promise<boolean> {
  return isThere(tests, bootstrap(base, packages));
}

/** Copies a Debian system with a server of ssh, curl and nginx, which is made once in a run, into a folder. There may be none, as with `makeDebian`. */
export function copyDebian(tests: string, base: string): Promise<boolean> {
  const made = oncePerRun("debian", (folder) => bootstrap(folder, WITH_SERVERS));
  return isThere(
    tests,
    made.then((system) => run("cp", "--archive", "--no-target-directory", system, base)),
  );
}

async function bootstrap(base: string, packages: string): Promise<void> {
  // Files of a test need not outlast a power cut.
  const hasty = "--dpkgopt=force-unsafe-io";
  const options = ["--quiet", "--variant=minbase", hasty, `--include=${packages}`, "bookworm", base];
  const { code, stderr } = await runToEnd(["mmdebstrap", ...options], DEBIAN_MS_MAX);
  if (code !== 0) throw new Error(`mmdebstrap: ${stderr}`);
}

async function isThere(tests: string, system: Promise<void>): Promise<boolean> {
  try {
    await system;
    return true;
  } catch (error) {
    process.stderr.write(`left out: ${tests} (${(error as Error).message})\n`);
    return false;
  }
}

/** The packages of this build, which are made once in a run: the folder that has them. */
export function ourPackages(): Promise<string> {
  return oncePerRun("packages", (folder) => void makePackages(checkout, folder, "quick"));
}

/** Packages that `repack` has made of ours, once in a run. Their link-flor does not run where the file `BROKEN` is. */
export function newerPackages(): Promise<string> {
  const isBroken = `[ ! -e ${BROKEN} ] || exit 1`;
  return oncePerRun("newer-packages", async (folder) => repack(await ourPackages(), folder, "next", isBroken));
}

/** Still newer packages, whose link-flor runs nowhere. */
export function worsePackages(): Promise<string> {
  return oncePerRun("worse-packages", async (folder) => repack(await ourPackages(), folder, "worse", "exit 1"));
}

/** Puts the packages of a folder into a Debian system that does not run. */
export function installInto(base: string, packages: string): void {
  cpSync(packages, join(base, "debs"), { recursive: true });
  run("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", INSTALL, base);
  rmSync(join(base, "debs"), { recursive: true });
}

/**
 * Makes packages of others that have a higher version and tell so; `FAILING`, `HELD` and `HELD_LATER` say more. The package of Node.js stays as it is.
 *
 * @param suffix the end of the version
 * @param first the first line of the script that starts link-flor
 */
function repack(from: string, to: string, suffix: string, first: string): void {
  for (const name of readdirSync(from).filter((each) => each.endsWith(".deb"))) {
    const tree = `${to}.tree`;
    run("dpkg-deb", "--raw-extract", join(from, name), tree);
    const control = join(tree, "DEBIAN/control");
    const text = readFileSync(control, "utf8");
    const [, version, commit = ""] = /^Version: (.*\+git\d+\.(\w+)(?:\.changed)?)$/m.exec(text) ?? [];
    if (version === undefined) {
      cpSync(join(from, name), join(to, name));
    } else {
      writeFileSync(control, text.replaceAll(version, `${version}.${suffix}`));
      tellAnother(tree, commit, first);
      run(
        "dpkg-deb",
        "--root-owner-group",
        "-Znone",
        "--build",
        tree,
        join(to, name.replace(version, `${version}.${suffix}`)),
      );
    }
    rmSync(tree, { recursive: true });
  }
}

/** Has the programs of a package tell another commit, without the code that was compiled of the former texts. */
function tellAnother(tree: string, commit: string, first: string): void {
  const files = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) {
    const file = join(parentPath, name);
    if (name.endsWith(".cjs.code")) rmSync(file);
    else if (name.endsWith(".cjs"))
      writeFileSync(file, readFileSync(file, "utf8").replaceAll(commit, commit.split("").toReversed().join("")));
    else if (file === join(tree, "usr/bin/link-flor")) begin(file, first);
    else if (file === join(tree, "usr/bin/control-flor")) begin(file, `while [ -e ${HELD_LATER} ]; do sleep 0.1; done`);
    else if (name === "postinst" && existsSync(join(tree, "usr/bin/link-flor")))
      begin(file, `[ ! -e ${FAILING} ] || exit 1\nwhile [ -e ${HELD} ]; do sleep 0.1; done`);
  }
}

/** Puts lines behind the first one of a script. */
function begin(script: string, lines: string): void {
  writeFileSync(script, readFileSync(script, "utf8").replace("\n", `\n${lines}\n`));
}

/** Four machines with packages, joined by wires, and a mesh over them. Each is reached by ssh, without a network. */
export class PackagedMesh implements AsyncDisposable {
  readonly machines: ReadonlyMap<string, SystemdMachine>;
  /** The mesh file. */
  readonly file: string;
  /** The words of `ssh` that lead to `{node}`. */
  readonly via: string;

  private constructor(folder: string, machines: ReadonlyMap<string, SystemdMachine>) {
    this.machines = machines;
    this.file = join(folder, "mesh.yaml");
    this.via = `ssh -F ${join(folder, "ssh")} {node}`;
  }

  /** @param base a Debian system with our packages */
  static async start(folder: string, base: string): Promise<PackagedMesh> {
    await putConfigs(folder);
    await succeed("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key"));
    const machines = new Map<string, SystemdMachine>();
    const mesh = new PackagedMesh(folder, machines);
    try {
      for (const node of ["a", "r1", "r2", "b"]) {
        const root = join(folder, "roots", node);
        mkdirSync(join(root, "etc/ssh"), { recursive: true });
        cpSync(join(folder, "key.pub"), join(root, "etc/ssh/tested_keys"));
        machines.set(node, await SystemdMachine.boot(root, [], base));
      }
      writeFileSync(join(folder, "ssh"), clientConfig(folder, base, machines));
      for (const machine of machines.values()) {
        await machine.do("systemd-tmpfiles", "--create", "link-flor.conf");
        await machine.do("mkdir", "-p", "/run/sshd");
      }
      for (const [one, other, net] of WIRES)
        await machines
          .get(one)!
          .wire(
            { name: one, address: `10.81.${net}.1/30` },
            { machine: machines.get(other)!, name: other, address: `10.81.${net}.2/30` },
          );
      for (const machine of machines.values()) await machine.run("systemctl", "enable", "--now", ...UNITS);
      await mesh.untilLinked();
      return mesh;
    } catch (error) {
      await mesh[Symbol.asyncDispose]();
      throw error;
    }
  }

  node(name: string): SystemdMachine {
    return this.machines.get(name)!;
  }

  /** Waits until the units of all nodes are active, and all links up. */
  async untilLinked(): Promise<void> {
    await vi.waitFor(async () => {
      for (const machine of this.machines.values())
        for (const unit of UNITS)
          expect(await machine.unit(unit)).toMatchObject({ ActiveState: "active", StatusText: "2 of 2 links up" });
    }, PATIENCE_OF_PROCESSES);
  }

  /** The version of the package florenetes-node at each node. */
  async versions(): Promise<Record<string, string>> {
    const query = ["dpkg-query", "--showformat=${Version}", "--show", "florenetes-node"];
    const versions = [...this.machines].map(async ([name, machine]) => [name, await machine.do(...query)] as const);
    return Object.fromEntries(await Promise.all(versions));
  }

  /** The processes of each node's units. */
  async processes(): Promise<Record<string, string>> {
    const entries = [...this.machines].map(async ([name, machine]) => {
      const units = await Promise.all(UNITS.map((unit) => machine.unit(unit)));
      return [name, units.map(({ MainPID }) => MainPID).join(" ")] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of this.machines.values()) await machine[Symbol.asyncDispose]();
  }
}

/** Puts configs and identities of the nodes below a folder: `roots` has the root of each machine. */
export async function putConfigs(folder: string): Promise<void> {
  const [file, nodes, ca] = ["mesh.yaml", "nodes", "ca"].map((name) => join(folder, name)) as [string, string, string];
  writeFileSync(file, MESH);
  const flor = (...args: readonly string[]): Promise<void> => succeed(...florCommand(), ...args);
  await flor("ca", "init", "--cluster", "example", "--out", ca);
  await flor("mesh", "render", file, "--out", nodes);
  for (const [kind, name, to] of IDENTITIES)
    await flor("ca", "issue", kind, name, "--ca", ca, "--out", join(nodes, to));
  for (const node of ["a", "r1", "r2", "b"]) {
    const etc = join(folder, "roots", node, "etc/florenetes");
    cpSync(join(nodes, node, "identity"), join(etc, "example"), { recursive: true });
    cpSync(join(nodes, node, "cluster-flor.yaml"), join(etc, "example/cluster-flor.yaml"));
    cpSync(join(nodes, node, "link-flor.yaml"), join(etc, "link-flor.yaml"));
  }
}

/** Each connection of ssh has a server of its own in the machine, which it speaks to by pipes. */
function clientConfig(folder: string, base: string, machines: ReadonlyMap<string, SystemdMachine>): string {
  const [kind, key] = readFileSync(join(base, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8").split(" ");
  writeFileSync(join(folder, "known"), `machine ${kind} ${key}\n`);
  const options = ["AuthorizedKeysFile=/etc/ssh/tested_keys", "StrictModes=no", "UsePAM=no", "LogLevel=QUIET"].map(
    (each) => `-o ${each}`,
  );
  return [
    ...[...machines].flatMap(([name, { entry }]) => [
      `Host ${name}`,
      `  ProxyCommand ${entry.join(" ")} ${SSHD} -i ${options.join(" ")}`,
    ]),
    "Host *",
    "  User root",
    "  HostKeyAlias machine",
    `  IdentityFile ${join(folder, "key")}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${join(folder, "known")}`,
    "  BatchMode yes",
    "  LogLevel ERROR",
    "",
  ].join("\n");
}

async function succeed(...argv: readonly string[]): Promise<void> {
  const { code, stderr } = await runToEnd(argv);
  expect(code, `${argv.join(" ")}: ${stderr}`).toBe(0);
}

function run(...argv: readonly string[]): void {
  const { status, stderr } = spawnSync(argv[0]!, argv.slice(1), { encoding: "utf8" });
  expect(status, stderr).toBe(0);
}
