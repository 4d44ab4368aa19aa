/** Transports in one process, joined by label tables and links in memory; workloads and targets are real sockets. */
import { randomBytes } from "node:crypto";
import {
  type CertificateId,
  type Credentials,
  issueIdentity,
  makeAuthority,
  type RevocationPolicy,
  Revocations,
} from "@florenetes/identity";
import { LabelTable, LabelVerdict, setMark } from "@florenetes/labels";
import type { Logger } from "@florenetes/process-kit";
import { quicheEngine } from "@florenetes/quic";
import { Random } from "@florenetes/simkit";
import type { PathConfig, ServiceConfig, TunnelConfig } from "../src/config/cluster-config.ts";
import { LINK_NONE, type PacketOrigin } from "../src/forwarding/interfaces.ts";
import { startTransport, stopTransport } from "../src/transport/drivers/lifecycle.ts";
import { nodeDrivers } from "../src/transport/drivers/node-drivers.ts";
import { vertexToken } from "../src/transport/drivers/vertex-token.ts";
import type { TransportLimits } from "../src/transport/limits.ts";
import type { LocalNetwork } from "../src/transport/streams/local-network.ts";
import { Transport } from "../src/transport/transport.ts";
import type { TransportOptions } from "../src/transport/transport-options.ts";

const hour = 3_600_000;
const authority = makeAuthority({ cluster: "demo" }, new Date(Date.now() - 100 * hour));
/** `cousin`: the same key certifies for another cluster, too. */
const authorities = {
  cluster: authority,
  stranger: makeAuthority({ cluster: "demo" }, new Date()),
  cousin: { ...authority, cluster: "other" },
};

export function issue(principal: string, by: keyof typeof authorities = "cluster"): Credentials {
  const [kind, name] = principal.split("/") as ["user" | "service" | "vertex", string];
  return issueIdentity(authorities[by], { kind, name }, new Date());
}

/** One that ends so long from now, cut to whole seconds, as certificates have them. */
export function issueFor(principal: string, lastsMs: number): Credentials {
  const [kind, name] = principal.split("/") as ["user" | "service" | "vertex", string];
  return issueIdentity(authority, { kind, name, days: 1 }, new Date(Date.now() + lastsMs - 86_400_000));
}

export interface Event {
  readonly code: string;
  readonly [field: string]: unknown;
}

/** Collects what is logged. */
function collectingLog(events: Event[]): Logger {
  const write = (event: Event, message: string): void => void events.push({ ...event, message });
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };
  return log;
}

/** A link in memory. Packets leave together at the end of a turn, as they do in FlorIO frames. */
export class TestLink {
  lossProbability = 0;
  delayMs = 0;
  isCut = false;
  mtu = 16_384;
  preferredMtu = 16_384;
  isWritable = true;
  packets = 0;
  /** Sees each packet, and may change it; false throws it away. */
  tap: ((packet: Uint8Array, toB: boolean) => boolean) | undefined;
  readonly #ends: readonly [TestVertex, number][];
  readonly #queues: Uint8Array[][] = [[], []];
  readonly #random = new Random(7);

  constructor(ends: readonly [TestVertex, number][]) {
    this.#ends = ends;
  }

  send(from: TestVertex, packet: Uint8Array): void {
    const direction = this.#ends[0]![0] === from ? 0 : 1;
    this.packets++;
    if (this.isCut || this.#random.chance(this.lossProbability)) return;
    if (packet.length > this.mtu) return;
    const copy = packet.slice();
    if (packet.length > this.preferredMtu) setMark(copy, 0);
    if (this.tap !== undefined && !this.tap(copy, direction === 0)) return;
    const queue = this.#queues[direction]!;
    if (queue.push(copy) > 1) return;
    if (this.delayMs > 0) setTimeout(() => this.#deliver(direction), this.delayMs);
    else setImmediate(() => this.#deliver(direction));
  }

  /** Hands in a packet, which seems to come over the link from the end that is not `to`. */
  inject(to: TestVertex, packet: Uint8Array): void {
    const [vertex, link] = this.#ends.find(([vertex]) => vertex === to)!;
    vertex.handlePackets([packet], link);
  }

  #deliver(direction: number): void {
    const [vertex, link] = this.#ends[1 - direction]!;
    vertex.handlePackets(this.#queues[direction]!.splice(0), link);
  }
}

export interface VertexOptions {
  readonly name: string;
  readonly transit?: readonly (readonly [number, number])[];
  readonly services?: readonly (Partial<ServiceConfig> & { name: string; label: number })[];
  readonly paths?: readonly (Partial<PathConfig> & { name: string; labels: readonly number[] })[];
  readonly tunnels?: readonly (Partial<TunnelConfig> & { as: string; service: string; path: number })[];
  readonly limits?: Partial<TransportLimits>;
  readonly policy?: Partial<RevocationPolicy>;
  readonly expiryGraceMs?: number;
  readonly local?: LocalNetwork;
  /** Identities other than those of the folders' names. */
  readonly credentials?: Readonly<Record<string, Credentials>>;
}

export class TestVertex implements PacketOrigin {
  readonly events: Event[] = [];
  readonly options: VertexOptions;
  readonly links: TestLink[] = [];
  /** Its lists; one that is put there is in force after `transport.handleRevocations`. */
  readonly revocations: Revocations;
  readonly #known = new Map<string, Credentials>();
  readonly #secret = randomBytes(32);
  /** The wall clock that a vertex reads at its start, in milliseconds. */
  startedAt: () => number = Date.now;
  #transport: Transport | undefined;
  #table: LabelTable | undefined;
  drops: number[] = [];
  /** By how much its wall clock is wrong. */
  clockOffMs = 0;
  /** Whether labels are guessed from wherever packets come. */
  isGuessed = false;

  constructor(options: VertexOptions) {
    this.options = options;
    this.revocations = new Revocations({ isRequired: false, graceMs: 0, ...options.policy });
  }

  get transport(): Transport {
    return this.#transport!;
  }

  /** Starts, or after `kill` starts again, with the ports that it had. */
  async start(): Promise<void> {
    const { services = [], paths = [], tunnels = [], limits = {}, local } = this.options;
    const labels = this.links.map((_, index) => ({ name: `l${index}`, label: 100 + index }));
    const ports = this.#ports;
    const config: TransportOptions["config"] = {
      cluster: "demo",
      expiryGraceMs: this.options.expiryGraceMs ?? 0,
      links: labels.map(({ name, label }) => ({
        name,
        label,
        portal: 0,
        role: "originator",
        peer: "x",
        tag: "0",
        endpoint: undefined,
      })),
      services: services.map((service) => ({
        identity: `service/${service.name}`,
        target: { kind: "tcp", host: "127.0.0.1", port: 1 },
        allow: ["user/alice"],
        ...service,
      })),
      paths: paths.map((path) => ({ link: 0, mtu: 1_280, ...path })),
      tunnels: tunnels.map((tunnel, index) => ({
        name: `tunnel ${index}`,
        listen: { kind: "tcp", host: "127.0.0.1", port: ports[index] ?? 0 },
        mode: undefined,
        owner: undefined,
        ...tunnel,
      })),
    };
    this.#table = new LabelTable({
      links: labels,
      transit: this.options.transit ?? [],
      crossConnects: [],
      lspEnds: [],
      services: config.services,
    });
    for (const folder of [...config.services.map(({ identity }) => identity), ...config.tunnels.map(({ as }) => as)]) {
      if (!this.#known.has(folder)) this.#known.set(folder, this.options.credentials?.[folder] ?? issue(folder));
    }
    this.#transport = new Transport({
      config,
      credentials: this.#known,
      revocations: this.revocations,
      engine: quicheEngine,
      origin: this,
      instance: { vertex: this.options.name, startedAt: this.startedAt(), id: randomBytes(8).toString("hex") },
      vertexToken: (own, peer) => vertexToken(this.#secret, own, peer),
      log: collectingLog(this.events),
      drivers: {
        ...nodeDrivers(),
        wallClock: () => new Date(Date.now() + this.clockOffMs),
        ...(local === undefined ? {} : { local }),
      },
      limits,
    });
    await startTransport(this.#transport);
    this.#ports = this.#transport.ports;
  }

  /** Puts credentials into a folder, to be read at the next start. */
  hold(folder: string, credentials: Credentials): void {
    this.#known.set(folder, credentials);
  }

  /** A list comes that names these, and what the one before it named. */
  revoke(...credentials: readonly Credentials[]): void {
    for (const { certificates } of credentials) this.#revoked.push(...certificates);
    this.takeList(new Date(Date.now() + 3_600_000));
  }

  /** A new list of the same. */
  takeList(nextUpdate: Date): void {
    const [list] = this.revocations.lists;
    const { issuer } = issue("user/anybody").certificates[0]!;
    this.revocations.put({
      issuer,
      issuerName: "O=demo",
      number: (list?.number ?? 0n) + 1n,
      thisUpdate: new Date(Date.now() - 3_600_000),
      nextUpdate,
      serials: new Set(this.#revoked.map(({ serial }) => serial)),
      der: new Uint8Array(0),
    });
    this.#transport?.handleRevocations();
  }

  /** Reads the credentials in use of a folder, if `hold` did not change it since. */
  credentialsOf(folder: string): Credentials {
    return this.#known.get(folder)!;
  }

  readonly #revoked: CertificateId[] = [];
  #ports: readonly (number | undefined)[] = [];

  port(tunnel = 0): number {
    return this.#ports[tunnel]!;
  }

  /** Without a word to anybody, as a killed process. */
  kill(): void {
    const links = this.links.splice(0);
    this.#transport!.drain();
    this.#transport!.close();
    this.#transport!.end();
    this.links.push(...links);
    this.#transport = undefined;
  }

  async stop(drainMs = 0): Promise<void> {
    if (this.#transport !== undefined) await stopTransport(this.#transport, drainMs);
    this.#transport = undefined;
  }

  flush(): void {}

  sendFromHere(outLink: number, packet: Uint8Array, start: number, end: number): boolean {
    if (outLink === LINK_NONE) {
      this.#handlePacket(packet, start, end, LINK_NONE);
      return true;
    }
    this.links[outLink]?.send(this, packet.subarray(start, end));
    return true;
  }

  isUp(outLink: number): boolean {
    return outLink === LINK_NONE || this.links[outLink]?.isCut === false;
  }

  isWritable(outLink: number): boolean {
    return outLink === LINK_NONE || this.links[outLink]?.isWritable !== false;
  }

  mtu(outLink: number): number {
    return this.isUp(outLink) ? this.links[outLink]!.mtu : 0;
  }

  isGuessing(): boolean {
    return this.isGuessed;
  }

  preferredMtu(outLink: number): number {
    return this.isUp(outLink) ? this.links[outLink]!.preferredMtu : 0;
  }

  handlePackets(packets: readonly Uint8Array[], inLink: number): void {
    if (this.#transport === undefined) return;
    for (const packet of packets) this.#handlePacket(packet, 0, packet.length, inLink);
    this.#transport?.flush();
  }

  #handlePacket(packet: Uint8Array, start: number, end: number, inLink: number): void {
    const table = this.#table!;
    switch (table.process(packet, start, end, inLink)) {
      case LabelVerdict.forward:
        this.links[table.outLink]?.send(this, packet.subarray(start, end));
        return;
      case LabelVerdict.deliverToService:
        return this.#transport?.deliverToService(table.service, packet, start, end, inLink);
      case LabelVerdict.deliverToConnection:
        return this.#transport?.deliverToConnection(packet, start, end, inLink);
      case LabelVerdict.drop:
        this.drops.push(table.dropCause);
    }
  }
}

/** Joins the vertices in a row; each one's first link leads to the one before it, but the first's, which leads on. */
export function joinInRow(...vertices: readonly TestVertex[]): TestLink[] {
  const links: TestLink[] = [];
  for (let i = 0; i + 1 < vertices.length; i++) {
    const [left, right] = [vertices[i]!, vertices[i + 1]!];
    const link = new TestLink([
      [left, left.links.length],
      [right, right.links.length],
    ]);
    left.links.push(link);
    right.links.push(link);
    links.push(link);
  }
  return links;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Waits until the condition holds; throws after `ms`. */
export async function eventually(condition: () => boolean, ms = 5_000): Promise<void> {
  const until = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > until) throw new Error(`not within ${ms} ms: ${condition.toString()}`);
    await sleep(5);
  }
}

/** Undone in reverse order after each test. */
export class Cleanup {
  readonly #undo: (() => unknown)[] = [];

  add<Thing extends { close(): unknown } | { stop(): unknown }>(thing: Thing): Thing {
    this.#undo.push(() => ("close" in thing ? thing.close() : thing.stop()));
    return thing;
  }

  async run(): Promise<void> {
    for (const undo of this.#undo.splice(0).toReversed()) await undo();
  }
}

export interface Pair {
  readonly a: TestVertex;
  readonly b: TestVertex;
  readonly link: TestLink;
}

export interface PairOptions {
  readonly a?: Partial<VertexOptions>;
  readonly b?: Partial<VertexOptions>;
  /** Nothing is waited for. */
  readonly isCold?: boolean;
  readonly isCut?: boolean;
  /** Credentials that a list of `a` names from the start. */
  readonly revoked?: readonly Credentials[];
}

/** A tunnel on `a`, over one link, to service `web` on `b`; both running, the connection warm. */
export async function pair(
  cleanup: Cleanup,
  target: { kind: "tcp"; host: string; port: number },
  options: PairOptions = {},
): Promise<Pair> {
  const a = new TestVertex({
    name: "a",
    paths: [{ name: "to-b", labels: [900] }],
    tunnels: [{ as: "user/alice", service: "web", path: 0 }],
    ...options.a,
  });
  const b = new TestVertex({ name: "b", services: [{ name: "web", label: 900, target }], ...options.b });
  const [link] = joinInRow(a, b);
  if (options.isCut === true) link!.isCut = true;
  if (options.revoked !== undefined) a.revoke(...options.revoked);
  cleanup.add(b);
  cleanup.add(a);
  await b.start();
  await a.start();
  if (options.isCold !== true) await warm(a);
  return { a, b, link: link! };
}

/** Waits until the far end has answered on every tunnel's connection. */
export async function warm(vertex: TestVertex): Promise<void> {
  await eventually(
    () => vertex.events.filter(({ code }) => code === "TRANSPORT_UP").length >= (vertex.options.tunnels?.length ?? 0),
  );
}
