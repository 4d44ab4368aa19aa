/** Members of etcd that a test starts on ports of its own, with certificates and data in a folder of its own. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { EtcdAccess } from "../../log/drivers/etcd-client.ts";

const missing = ["etcd", "openssl"].filter((program) => spawnSync(program, ["--version"]).error !== undefined);
/** Whether the programs are there; if not, this says once which tests are left out. */
export const hasEtcd: boolean = missing.length === 0;
if (!hasEtcd) process.stderr.write(`left out: logs in etcd (not installed: ${missing.join(", ")})\n`);

const LOCAL = "127.0.0.1";
const PORT_MIN = 24_000;
const PORT_MAX = 32_000;
const PORT_TRIES_MAX = 200;

export interface EtcdClusterOptions {
  readonly members: number;
  /** Octets that the database may have. */
  readonly quota?: number;
  /** Starts a member, by its place among them; default: in this process's network. */
  readonly spawn?: (argv: readonly string[], log: number, member: number) => ChildProcess;
  /** Addresses at which members serve clients beside their own. */
  readonly addresses?: readonly string[];
  /** The address of each member, where they are on machines of their own; default: 127.0.0.1 for all. */
  readonly hosts?: readonly string[];
}

interface Member {
  readonly name: string;
  readonly number: number;
  readonly host: string;
  readonly url: string;
  readonly peerUrl: string;
  child: ChildProcess | undefined;
}

export class EtcdCluster {
  readonly folder: string;
  readonly #members: readonly Member[];
  readonly #options: Required<EtcdClusterOptions>;

  private constructor(folder: string, members: readonly Member[], options: Required<EtcdClusterOptions>) {
    this.folder = folder;
    this.#members = members;
    this.#options = options;
  }

  /** Makes a cluster in an empty folder, and starts all members. */
  static async start(folder: string, options: EtcdClusterOptions): Promise<EtcdCluster> {
    const { members: count, quota = 0, spawn: start = spawnHere, addresses = [] } = options;
    const hosts = options.hosts ?? Array.from({ length: count }, () => LOCAL);
    mkdirSync(folder, { recursive: true });
    makeCertificates(folder, [...new Set([LOCAL, ...hosts, ...addresses])]);
    const ports = await freePorts(2 * count);
    const members = Array.from({ length: count }, (_, index): Member => {
      const [port, peerPort] = ports.slice(2 * index);
      const host = hosts[index]!;
      const urls = { url: `https://${host}:${port!}`, peerUrl: `https://${host}:${peerPort!}` };
      return { name: `m${index}`, number: index, host, ...urls, child: undefined };
    });
    const cluster = new EtcdCluster(folder, members, { members: count, quota, spawn: start, addresses, hosts });
    for (const member of members) cluster.begin(member.name);
    return cluster;
  }

  /**
   * The key `store` of an agent whose log is in it.
   *
   * @param from the address from which the agent asks; undefined: that of this cluster
   */
  store(from?: string): Readonly<Record<"ca" | "cert" | "key", string> & { etcd: readonly string[] }> {
    const file = (name: string): string => join(this.folder, name);
    return { etcd: this.urls(from), ca: file("ca.pem"), cert: file("client.pem"), key: file("client.key") };
  }

  /** The addresses of all members, and certificates of a client that they take. */
  access(): EtcdAccess {
    const read = (file: string): string => readFileSync(join(this.folder, file), "utf8");
    return { urls: this.urls(), ca: read("ca.pem"), cert: read("client.pem"), key: read("client.key") };
  }

  /** @param address Where the members are reached: one of `addresses`; default: each at its own */
  urls(address?: string): string[] {
    return this.#members.map(({ url }) => (address === undefined ? url : urlAt(url, address)));
  }

  /** Starts a member that does not run, without waiting for it. */
  begin(name: string): void {
    const member = this.#member(name);
    const { addresses, quota, spawn: start } = this.#options;
    const file = (path: string): string => join(this.folder, path);
    const argv = Object.entries({
      name,
      "data-dir": this.dataFolder(name),
      "listen-client-urls": [member.host, ...addresses].map((address) => urlAt(member.url, address)).join(),
      "advertise-client-urls": member.url,
      "listen-peer-urls": member.peerUrl,
      "initial-advertise-peer-urls": member.peerUrl,
      "initial-cluster": this.#members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(","),
      "cert-file": file("member.pem"),
      "key-file": file("member.key"),
      "trusted-ca-file": file("ca.pem"),
      "client-cert-auth": "true",
      "peer-cert-file": file("member.pem"),
      "peer-key-file": file("member.key"),
      "peer-trusted-ca-file": file("ca.pem"),
      "peer-client-cert-auth": "true",
      "quota-backend-bytes": String(quota),
    }).map(([key, value]) => `--${key}=${value}`);
    const log = openSync(file(`${name}.log`), "a");
    member.child = start(["etcd", ...argv], log, member.number);
    closeSync(log);
  }

  dataFolder(name: string): string {
    return join(this.folder, name);
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.#member(name).child?.kill(signal);
  }

  /** Ends members and waits until they are gone. */
  async end(...names: readonly string[]): Promise<void> {
    const ended = names.map(async (name) => {
      const member = this.#member(name);
      const { child } = member;
      member.child = undefined;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    });
    await Promise.all(ended);
  }

  async close(): Promise<void> {
    await this.end(...this.names());
  }

  names(): string[] {
    return this.#members.map(({ name }) => name);
  }

  #member(name: string): Member {
    return this.#members.find((member) => member.name === name)!;
  }
}

function spawnHere([command = "", ...argv]: readonly string[], log: number): ChildProcess {
  return spawn(command, argv, { stdio: ["ignore", log, log] });
}

function urlAt(url: string, address: string): string {
  return `https://${address}:${new URL(url).port}`;
}

/** Waits until an action works: etcd needs a moment to choose who leads. */
export async function eventually<Result>(action: () => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return await action();
    } catch (error) {
      if (tries === 100) throw error;
      await delay(100);
    }
  }
}

/**
 * An authority; a certificate for all members; one for clients; and a client's certificate from another authority. The JSON gateway of etcd 3.4 calls
 * its own member with the member's certificate, which so has to be a client's, too, and may have no common name.
 */
function makeCertificates(folder: string, addresses: readonly string[]): void {
  const openssl = (...argv: readonly string[]): unknown =>
    execFileSync("openssl", argv, { cwd: folder, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-x509", "-days", "2"];
  const authority = (name: string): void => {
    const extensions = ["-addext", "keyUsage=critical,keyCertSign"];
    openssl("req", ...newKey, "-subj", `/CN=${name}`, ...extensions, "-keyout", `${name}.key`, "-out", `${name}.pem`);
  };
  const leaf = (name: string, subject: string, ca: string, ...extensions: readonly string[]): void => {
    const all = ["basicConstraints=critical,CA:false", ...extensions].flatMap((one) => ["-addext", one]);
    const issuer = ["-CA", `${ca}.pem`, "-CAkey", `${ca}.key`];
    openssl("req", ...newKey, ...issuer, "-subj", subject, ...all, "-keyout", `${name}.key`, "-out", `${name}.pem`);
  };
  const names = `subjectAltName=${addresses.map((address) => `IP:${address}`).join()}`;
  authority("ca");
  authority("stranger");
  leaf("member", "/", "ca", names, "extendedKeyUsage=serverAuth,clientAuth");
  leaf("client", "/CN=fabric", "ca", "extendedKeyUsage=clientAuth");
  leaf("strange", "/CN=fabric", "stranger", "extendedKeyUsage=clientAuth");
}

/** Ports that nobody listens on, below those that the system gives to clients: a member that begins again finds its own still free. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > PORT_TRIES_MAX) throw new Error("no port of this machine is free for a member of etcd");
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, LOCAL);
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  await once(server.close(), "close");
  return true;
}
