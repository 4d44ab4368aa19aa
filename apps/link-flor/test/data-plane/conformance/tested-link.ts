import { createSocket } from "node:dgram";
import { once } from "node:events";
import { randomInt } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { confirmLists, IDENTITY_FILES, readListsToConfirm, writeIdentity } from "@florenetes/identity";
import type { IssuedIdentity } from "@florenetes/identity/authority";
import type { ReloadOutcome } from "@florenetes/process-kit";
import type { LinkFlorStatus } from "../../../src/admin/link-status.ts";
import { FakeVertex } from "./fake-vertex.ts";

/** Ports below those that the kernel gives to sockets that ask for any: no such socket takes one while its process is not there. Each worker
 *  of vitest has an eighth of them, so that two test files that run side by side never find the same port free. */
const PORTS = { min: 16_384, perWorker: 2_048, workers: 8 };
const firstPort = PORTS.min + (Number(process.env["VITEST_POOL_ID"]) % PORTS.workers) * PORTS.perWorker;
/** Ports that were tried here: a link vertex that listens only later, or again, finds its own still free. */
const tried = new Set<number>();
const SEND_AGAIN_MS = 100;

export interface ClusterSetting {
  readonly cluster: string;
  readonly identity: IssuedIdentity;
}

export interface LinkSettings {
  readonly listenHost?: string;
  /** Silence after which a peer is dead. Default: so long that no process of a busy machine is taken for dead. */
  readonly deadAfterMs?: number;
  /** The ports by cluster; default: free ones. */
  readonly ports?: ReadonlyMap<string, number>;
  /** More lines of every cluster's section. */
  readonly clusterLines?: readonly string[];
}

/** A link vertex under test, with a directory, a config file and cluster vertices of its own. A subclass runs the link vertex. */
export abstract class TestedLink {
  readonly directory: string = mkdtempSync(join(tmpdir(), "lf-"));
  readonly ports = new Map<string, number>();
  /** The log so far: a JSON object for each line. */
  readonly log: Record<string, unknown>[] = [];
  readonly #clusters: readonly ClusterSetting[];
  readonly #settings: LinkSettings;
  readonly #vertices: FakeVertex[] = [];

  protected constructor(clusters: readonly ClusterSetting[], settings: LinkSettings) {
    this.#clusters = clusters;
    this.#settings = settings;
  }

  /** Starts the link vertex (again). Fulfilled when its clusters are served or down. */
  abstract start(): Promise<void>;

  abstract status(): Promise<Pick<LinkFlorStatus, "clusters" | "config" | "down">>;

  /** Has the link vertex take its config file as it is now. */
  abstract takeFile(): Promise<ReloadOutcome>;

  /** Has the link vertex read its config file and identities again, without waiting for the result. */
  abstract hangUp(): void;

  /** Ends the link vertex, at once or with a farewell. */
  protected abstract end(): Promise<unknown>;

  /** Writes the files of the link vertex, and starts it for the first time. */
  protected async startFirst(): Promise<this> {
    const { ports, listenHost } = this.#settings;
    for (const { cluster, identity } of this.#clusters) {
      this.ports.set(cluster, ports?.get(cluster) ?? (await freePort(listenHost ?? "127.0.0.1")));
      mkdirSync(join(this.directory, cluster));
      writeIdentity(this.#identity(cluster), identity);
    }
    writeFileSync(this.configFile, this.#config());
    try {
      await this.start();
    } catch (error) {
      await this.dispose();
      throw error;
    }
    return this;
  }

  get configFile(): string {
    return join(this.directory, "link.yaml");
  }

  endpoint(cluster = "demo"): string {
    const host = this.#settings.listenHost ?? "127.0.0.1";
    return `udp://${host.includes(":") ? `[${host}]` : host}:${this.ports.get(cluster)}`;
  }

  /** @param ends Suffixes of the names of the vertex's two sockets. */
  vertex(name: string, cluster = "demo", ends = { bind: "", connect: "" }): FakeVertex {
    const bind = `${this.#socket(cluster, "vertex")}${ends.bind}`;
    const paths = { bind, connect: `${this.#socket(cluster, "link")}${ends.connect}` };
    const vertex = new FakeVertex(cluster, name, paths);
    this.#vertices.push(vertex);
    return vertex;
  }

  /** Changes the text of the config file, has the link vertex take it, and returns the outcome. */
  reload(change: (text: string) => string): Promise<ReloadOutcome> {
    const text = readFileSync(this.configFile, "utf8");
    const next = change(text);
    if (next === text) throw new Error("the text is as it was");
    writeFileSync(this.configFile, next);
    return this.takeFile();
  }

  /** The section of one more cluster, whose identity is in its folder. */
  async section({ cluster, identity }: ClusterSetting): Promise<string> {
    this.ports.set(cluster, await freePort(this.#settings.listenHost ?? "127.0.0.1"));
    mkdirSync(join(this.directory, cluster));
    writeIdentity(this.#identity(cluster), identity);
    return this.#section(cluster);
  }

  /** Puts another identity into the folder, file by file; SIGHUP is the caller's. */
  installIdentity(identity: IssuedIdentity, cluster = "demo"): void {
    const next = join(this.directory, "next");
    writeIdentity(next, identity);
    for (const file of Object.values(IDENTITY_FILES)) renameSync(join(next, file), join(this.#identity(cluster), file));
    rmSync(next, { recursive: true });
  }

  /** Marks the present revocation list as the newest, as an operator does. */
  confirmList(cluster = "demo"): void {
    confirmLists(this.#identity(cluster), readListsToConfirm(this.#identity(cluster)));
  }

  /** Moves a list into the identity folder, in the place of the one before. */
  installList(pem: string, cluster = "demo"): void {
    const next = join(this.directory, "next.pem");
    writeFileSync(next, pem);
    renameSync(next, join(this.#identity(cluster), "crl.pem"));
  }

  /** The reasons for which the link to the peer went down, in order, by the log of the link vertex: a cluster vertex that reads late is
   *  told the newest state alone. */
  downs(peer: string): unknown[] {
    return this.log.filter((line) => line["code"] === "LINK_DOWN" && line["peer"] === peer).map(({ reason }) => reason);
  }

  /** Codes that the link vertex logged for a cluster, in order. */
  codes(cluster = "demo"): unknown[] {
    return this.log.filter((line) => line["cluster"] === cluster).map(({ code }) => code);
  }

  async dispose(): Promise<void> {
    for (const vertex of this.#vertices) vertex.kill();
    await this.end();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #identity(cluster: string): string {
    return join(this.directory, cluster, "identity");
  }

  #socket(cluster: string, side: "link" | "vertex"): string {
    return join(this.directory, cluster, `${side}.sock`);
  }

  #section(cluster: string): string {
    const { clusterLines = [] } = this.#settings;
    return `
  ${cluster}:
    identity: ${this.#identity(cluster)}
    listen: "${this.endpoint(cluster)}"
    bind: ${this.#socket(cluster, "link")}
    connect: ${this.#socket(cluster, "vertex")}${clusterLines.map((line) => `\n    ${line}`).join("")}`;
  }

  #config(): string {
    const { deadAfterMs = 10_000 } = this.#settings;
    const clusters = this.#clusters.map(({ cluster }) => this.#section(cluster));
    const settings = [
      `state: ${this.directory}`,
      `admin: ${join(this.directory, "admin.sock")}`,
      `dead-after: ${deadAfterMs}`,
    ];
    return `${settings.join("\n")}\nclusters:${clusters.join("")}\n`;
  }
}

export async function freePort(host: string): Promise<number> {
  for (;;) {
    const port = firstPort + randomInt(PORTS.perWorker);
    if (tried.has(port)) continue;
    tried.add(port);
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    socket.bind(port, host);
    const isFree = await once(socket, "listening").then(
      () => true,
      () => false,
    );
    socket.close();
    if (isFree) return port;
  }
}

/** Waits until something is true; returns how long it took, in milliseconds. */
export async function until(what: string, isTrue: () => boolean, timeoutMs = 60_000): Promise<number> {
  const start = performance.now();
  while (!isTrue()) {
    if (performance.now() - start > timeoutMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((done) => setTimeout(done, 5));
  }
  return performance.now() - start;
}

/** Sends again and again until something has come, as packets may be lost between two nodes. Returns how many were taken to be sent. */
export async function sendUntil(what: string, send: () => boolean, hasCome: () => boolean): Promise<number> {
  let [sent, nextAt] = [0, Number.NEGATIVE_INFINITY];
  await until(what, () => {
    if (hasCome()) return true;
    if (performance.now() < nextAt) return false;
    nextAt = performance.now() + SEND_AGAIN_MS;
    if (send()) sent++;
    return false;
  });
  return sent;
}

/** Asks for a link at both ends. The acceptor's wish has reached its link-flor before the originator calls: an early call is refused. */
export async function wantLink(
  originator: FakeVertex,
  acceptor: FakeVertex,
  endpoint: string,
  tag = "0",
): Promise<void> {
  acceptor.accept(originator.name, tag);
  await until("the acceptor waits", () => acceptor.status(originator.name, tag) !== undefined);
  originator.originate(acceptor.name, endpoint, tag);
}

/** Waits until all attempts at the one link of a cluster of `originator` have an outcome, and equally many have come up at both ends: a busy
 *  machine may bring a second session up beside the first, which then takes over. */
export async function untilSettled(originator: TestedLink, acceptor: TestedLink, cluster = "demo"): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    const statuses = [await originator.status(), await acceptor.status()];
    const [own, other] = statuses.map(({ clusters }) => clusters.find((each) => each.cluster === cluster)!);
    const outcomes = Object.values(own!.handshakes).reduce((sum, count) => sum + count, 0);
    if (own!.links[0]!.attempts === outcomes && own!.handshakes["up"] === other!.handshakes["up"]) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error("an attempt comes to nothing");
}
