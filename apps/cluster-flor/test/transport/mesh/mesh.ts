/** Transports in one process, joined by their forwarding and links in memory. */
import { FIRST_PACKET, nextPacket, packetEnd } from "@florenetes/florio";
import { type CertificateId, type Credentials, Revocations } from "@florenetes/identity";
import type { Logger } from "@florenetes/process-kit";
import type { ServiceConfig } from "../../../src/config/cluster-config.ts";
import { noFigures } from "../../../src/data-plane/no-figures.ts";
import type { ExchangedStatus } from "../../../src/forwarding/exchanged-status.ts";
import { Forwarder } from "../../../src/forwarding/forwarder.ts";
import type { LinkOutput } from "../../../src/forwarding/interfaces.ts";
import { ListenerKeeper } from "../../../src/transport/drivers/listener-keeper.ts";
import { startTransport, stopTransport } from "../../../src/transport/drivers/lifecycle.ts";
import { vertexToken } from "../../../src/transport/drivers/vertex-token.ts";
import { defaultLimits } from "../../../src/transport/limits.ts";
import { PortablePlane } from "../../../src/transport/data-plane/portable/portable-plane.ts";
import { Transport } from "../../../src/transport/transport.ts";
import type { TransportDrivers } from "../../../src/transport/transport-options.ts";
import { issue } from "./identities.ts";
import { type MeshConfig, meshConfig, type VertexOptions } from "./mesh-config.ts";
import { type LinkEnd, TestLink } from "./mesh-link.ts";
import type { Carriage, TransportWorld } from "../worlds/world.ts";

export type { VertexOptions } from "./mesh-config.ts";

const stopMsMax = 60_000;
/** A process takes this long to start, so that no two of its lives begin in one millisecond. */
const startMs = 10;

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

/** A node's forwarding and transport, in all its lives. */
export class TestVertex implements LinkOutput, LinkEnd {
  readonly events: Event[] = [];
  options: VertexOptions;
  readonly listeners: ListenerKeeper;
  readonly links: TestLink[] = [];
  /** The vertex's revocation lists; a list that a test puts there is in force after `transport.handleRevocations`. */
  readonly revocations: Revocations;
  readonly #known = new Map<string, Credentials>();
  readonly #world: TransportWorld;
  readonly #drivers: TransportDrivers;
  readonly #secret: Uint8Array;
  #transport: Transport | undefined;
  #forwarder: Forwarder | undefined;
  /** If undefined, the process itself carries its packets. */
  #carriage: Carriage | undefined;
  /** The error of the vertex's wall clock, in milliseconds. */
  clockOffMs = 0;

  /** The vertex is stopped with its world. */
  constructor(world: TransportWorld, options: VertexOptions) {
    this.options = options;
    this.#world = world;
    const drivers = world.drivers();
    this.#drivers = {
      ...drivers,
      wallClock: () => new Date(world.wallClock().getTime() + this.clockOffMs),
      local: options.local ?? drivers.local,
    };
    this.#secret = drivers.randomBytes(32);
    this.listeners = new ListenerKeeper(drivers);
    world.add(this);
    this.revocations = new Revocations({ isRequired: false, graceMs: 0, ...options.policy });
  }

  get transport(): Transport {
    return this.#transport!;
  }

  /** Starts, or after `kill` starts again, with the ports that it had. */
  async start(): Promise<void> {
    await this.#world.sleep(startMs);
    const { wakeUps, randomBytes, now } = this.#drivers;
    const config = this.#config();
    const limits = { ...defaultLimits, ...this.options.limits };
    const carriage = await this.#world.carry?.(
      {
        links: this.links,
        send: (link, packet) => this.links[link]!.send(this, packet),
        onPacket: (...packet) => this.#forwarder?.handleDelivered(...packet),
        onTurnEnd: () => this.#transport?.handleFrameEnd(),
      },
      { ...config, transport: limits },
    );
    this.#carriage = carriage;
    const openPlane = this.options.openPlane ?? carriage?.openPlane;
    const makeForwarder = (of: MeshConfig): Forwarder =>
      new Forwarder({
        config: of,
        output: this,
        delivery: {
          deliverToService: (...packet) => transport.deliverToService(...packet),
          deliverToConnection: (...packet) => transport.deliverToConnection(...packet),
          handleFrameEnd: () => transport.handleFrameEnd(),
        },
        afterTurn: (action) => wakeUps.soon(action),
        now,
        seed: Buffer.from(randomBytes(4)).readUInt32LE(),
        onGuessing: () => {},
      });
    let forwarder = (this.#forwarder = makeForwarder(config));
    this.#forwardBy = (of) => (this.#forwarder = forwarder = makeForwarder(of));
    const transport = new Transport({
      config,
      credentials: this.#known,
      revocations: this.revocations,
      engine: this.#world.engine,
      origin: {
        sendFromHere: (...packet) => forwarder.sendFromHere(...packet),
        isGuessing: (...packet) => forwarder.isGuessing(...packet),
        flush: () => forwarder.flush(),
        isUp: (link) => forwarder.isUp(link),
        isWritable: (...link) => forwarder.isWritable(...link),
        mtu: (link) => forwarder.mtu(link),
        preferredMtu: (link) => forwarder.preferredMtu(link),
        quietSeconds: (link) => forwarder.quietSeconds(link),
      },
      instance: {
        vertex: this.options.name,
        startedAt: this.#drivers.wallClock().getTime(),
        id: Buffer.from(randomBytes(8)).toString("hex"),
      },
      vertexToken: (own, peer) => vertexToken(this.#secret, own, peer),
      log: collectingLog(this.events),
      drivers: this.#drivers,
      openPlane: openPlane ?? ((host) => new PortablePlane(host)),
      limits: this.options.limits ?? {},
      ...(this.options.ownService !== undefined && { ownServiceOf: () => this.options.ownService }),
    });
    this.#transport = transport;
    await startTransport(this.#transport);
    this.#notePorts();
  }

  /**
   * Takes another config; its lists have holes in the place of things that are gone. Resolves when its listeners are open.
   *
   * @param follow Has uses that are no tunnels follow the config.
   */
  async reconfigure(changed: Partial<VertexOptions>, follow: () => void = () => {}): Promise<void> {
    this.options = { ...this.options, ...changed };
    const config = this.#config();
    this.#forwardBy(config);
    const transport = { ...defaultLimits, ...this.options.limits };
    this.#carriage?.plane.reconfigure({ ...config, transport });
    this.transport.reconfigure({ ...config, transport }, this.#known);
    follow();
    this.transport.trunks.handleConfig();
    let isOpen = false;
    const opening = this.listeners.open(this.transport.tunnels).finally(() => (isOpen = true));
    await this.#world.until(() => isOpen);
    await opening;
    this.#notePorts();
  }

  #notePorts(): void {
    for (const { number, port } of this.transport.tunnels) this.#ports[number] = port;
  }

  #config(): MeshConfig {
    const config = meshConfig(this.options, this.links.length, this.#ports);
    const folders = [...config.services.values()].map(({ identity }) => identity);
    for (const folder of [...folders, ...[...config.tunnels.values()].map(({ as }) => as)]) {
      if (!this.#known.has(folder)) this.#known.set(folder, this.options.credentials?.[folder] ?? issue(folder));
    }
    return config;
  }

  /** Puts credentials into a folder, to be read at the next start. */
  hold(folder: string, credentials: Credentials): void {
    this.#known.set(folder, credentials);
  }

  /** Puts a list in force that names these credentials and all that the list before it named. */
  revoke(...credentials: readonly Credentials[]): void {
    for (const { certificates } of credentials) this.#revoked.push(...certificates);
    this.takeList(new Date(Date.now() + 3_600_000));
  }

  /** Puts a list in force that names the same certificates as the list before it. */
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

  /** The credentials of a folder: the ones that `hold` has put there last, or else the first ones. */
  credentialsOf(folder: string): Credentials {
    return this.#known.get(folder)!;
  }

  readonly #revoked: CertificateId[] = [];
  readonly #ports: (number | undefined)[] = [];
  #forwardBy: (config: MeshConfig) => void = () => {};

  port(tunnel = 0): number {
    return this.#ports[tunnel]!;
  }

  /** Ends the vertex without a word to anybody, as a killed process. */
  kill(): void {
    this.#forwarder = undefined;
    const transport = this.#transport!;
    this.#transport = undefined;
    this.#carriage?.silence();
    transport.drain();
    transport.close();
    transport.end();
    this.#endCarriage();
  }

  async stop(drainMs = 0): Promise<void> {
    if (this.#transport === undefined) return;
    let isOver = false;
    const stopping = stopTransport(this.#transport, drainMs, this.#drivers.wakeUps).finally(() => (isOver = true));
    await this.#world.until(() => isOver, stopMsMax);
    await stopping;
    this.#transport = this.#forwarder = undefined;
    this.#endCarriage();
  }

  #endCarriage(): void {
    this.#carriage?.close();
    this.#carriage = undefined;
  }

  /** The vertex's own packets over its links. */
  exchanged(): readonly ExchangedStatus[] {
    return this.#forwarder!.sight(this.#carriage?.plane.figures() ?? noFigures).exchanged;
  }

  /** Takes a frame that has come on a link. */
  handleFrame(link: number, frame: Uint8Array): void {
    if (this.#carriage === undefined) this.#forwarder?.handleFrame(link, frame);
    else this.#carriage.handleFrame(link, frame);
  }

  handleLink(link: number): void {
    this.#carriage?.handleLink(link);
  }

  // Methods of LinkOutput, for the forwarder:

  isUp(link: number): boolean {
    return !this.links[link]!.isCut;
  }

  isWritable(link: number): boolean {
    return this.links[link]!.isWritable;
  }

  mtu(link: number): number {
    return this.isUp(link) ? this.links[link]!.mtu : 0;
  }

  quietSeconds(): number {
    return this.options.quietSeconds ?? 0;
  }

  preferredMtu(link: number): number {
    return this.isUp(link) ? this.links[link]!.preferredMtu : 0;
  }

  sendPacket(link: number, packet: Uint8Array, start: number, end: number): boolean {
    if (this.#carriage !== undefined) return this.#carriage.sendPacket(link, packet, start, end);
    if (this.#forwarder !== undefined) this.links[link]!.send(this, packet.subarray(start, end));
    return true;
  }

  sendFrame(link: number, frame: Uint8Array): boolean {
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      this.sendPacket(link, frame, at, packetEnd(frame, at));
    }
    return true;
  }

  flush(): void {}
}

/** Joins the vertices in a row; each one's first link leads to the one before it, but the first's, which leads on. */
export function joinInRow(world: TransportWorld, ...vertices: readonly TestVertex[]): TestLink[] {
  const links: TestLink[] = [];
  for (let i = 0; i + 1 < vertices.length; i++) {
    const [left, right] = [vertices[i]!, vertices[i + 1]!];
    const link = new TestLink(world, [
      [left, left.links.length],
      [right, right.links.length],
    ]);
    left.links.push(link);
    right.links.push(link);
    links.push(link);
  }
  return links;
}

export interface Pair {
  readonly a: TestVertex;
  readonly b: TestVertex;
  readonly link: TestLink;
}

export type PairVertices = Readonly<Partial<Record<"a" | "b", Partial<VertexOptions>>>>;

export interface PairOptions extends PairVertices {
  /** If true, `pair` does not wait for the connection. */
  readonly isCold?: boolean;
  readonly isCut?: boolean;
  /** Credentials that a list of `a` names from the start. */
  readonly revoked?: readonly Credentials[];
}

/** A tunnel on `a`, over one link, to service `web` on `b`; neither runs yet. */
export function pairAtRest(world: TransportWorld, target: ServiceConfig["target"], options: PairVertices = {}): Pair {
  const a = new TestVertex(world, {
    name: "a",
    paths: [{ name: "to-b", labels: [900] }],
    tunnels: [{ as: "user/alice", service: "web", path: 0 }],
    ...options.a,
  });
  const b = new TestVertex(world, { name: "b", services: [{ name: "web", label: 900, target }], ...options.b });
  const [link] = joinInRow(world, a, b);
  return { a, b, link: link! };
}

/** A pair of which both run, and whose connection is warm. */
export async function pair(
  world: TransportWorld,
  target: ServiceConfig["target"],
  options: PairOptions = {},
): Promise<Pair> {
  const { a, b, link } = pairAtRest(world, target, options);
  if (options.isCut === true) link.isCut = true;
  if (options.revoked !== undefined) a.revoke(...options.revoked);
  await b.start();
  await a.start();
  if (options.isCold !== true) await warm(world, a);
  return { a, b, link };
}

/** Waits until the far end has answered on every tunnel's connection. */
export async function warm(world: TransportWorld, vertex: TestVertex): Promise<void> {
  await world.until(
    () =>
      vertex.events.filter(({ code }) => code === "TRANSPORT_UP").length >=
      (vertex.options.tunnels ?? []).filter((tunnel) => tunnel !== undefined).length,
  );
}
