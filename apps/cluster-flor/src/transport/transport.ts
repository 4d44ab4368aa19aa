import type { Credentials } from "@florenetes/identity";
import { type Counts, createRateLimitedLog, type PressureLoads } from "@florenetes/process-kit";
import type { QuicEngine } from "@florenetes/quic";
import assert from "node:assert";
import { readUint32 } from "@florenetes/wire-values";
import { accessRecords } from "./access-records.ts";
import type { LocalDelivery, PacketOrigin } from "../forwarding/interfaces.ts";
import { Arrivals } from "./arrivals.ts";
import { MemoryBudget } from "./streams/memory-budget.ts";
import { ownLoads, shortageOf } from "./own-loads.ts";
import type { EndConnection } from "./connections/end-connection.ts";
import type { EngineConnection } from "./connections/engine-connection.ts";
import { EndConnections, type Unfinished } from "./end-connections.ts";
import { HalfOpenLimiter } from "./services/half-open.ts";
import type { TransportPlane, TransportPlaneHost } from "./data-plane/transport-plane.ts";
import type { EndAccounts } from "./datagrams/end-accounts.ts";
import type { DatagramNetwork } from "./datagrams/datagram-network.ts";
import { Lives } from "./peers/lives.ts";
import { Judgement } from "./peers/judgement.ts";
import { defaultLimits, type TransportLimits } from "./limits.ts";
import type { LocalNetwork } from "./streams/local-network.ts";
import { encodeHello, type HelloTerms } from "./messages.ts";
import { ownServiceOf } from "./own/own-services.ts";
import { OriginatorConduct } from "./services/originator-conduct.ts";
import { PressureNotices } from "./connections/pressure-notices.ts";
import { PACKET_BUFFER_SIZE } from "./packets/packet-sender.ts";
import { PathReach } from "./path-reach.ts";
import { PathSizes } from "./paths/path-sizes.ts";
import type { PathSize } from "./paths/path-size.ts";
import { Principals } from "./peers/principals.ts";
import { ProbeAnswers } from "./paths/probe-answers.ts";
import { RoundTrips } from "./paths/round-trips.ts";
import { RouteUses } from "./route-uses.ts";
import { RefusalLimit } from "./services/refusal-limit.ts";
import type { ServiceEnd, ServiceHost } from "./services/service-end.ts";
import type { ServedService, Serving } from "./services/serving.ts";
import { ServiceGrants } from "./service-grants.ts";
import { ServiceSet } from "./service-set.ts";
import { StrangerDoor } from "./services/stranger-door.ts";
import type { AccessSink } from "./streams/access-sink.ts";
import { ChunkBuffer } from "./streams/relay-host.ts";
import { TransportDrops } from "./packets/transport-drops.ts";
import type { TransportLog } from "./transport-log.ts";
import { type TransportStatus, transportStatus } from "./transport-status.ts";
import type { NextTransportConfig, TransportConfig, TransportNews, TransportOptions } from "./transport-options.ts";
import type { Trunk } from "./tunnels/trunk.ts";
import type { ClientsOwner, TrunkClients } from "./tunnels/trunk-clients.ts";
import type { TrunkHost } from "./tunnels/trunk-host.ts";
import { type TrunkUse, Trunks } from "./trunks.ts";
import { TunnelSet } from "./tunnel-set.ts";
import type { Tunnel } from "./tunnels/tunnel.ts";
import { type Sleeper, Turns } from "./turns.ts";

/**
 * The transport service: the ends of end-to-end connections, which this vertex's tunnels originate and its services accept. Each
 * event (packets, bytes of workloads, timeouts) only marks connections; `handleFrameEnd` then does what is due.
 */
export class Transport implements LocalDelivery, TrunkHost<Trunk>, ServiceHost, TransportPlaneHost {
  readonly origin: PacketOrigin;
  readonly engine: QuicEngine;
  readonly limits: TransportLimits;
  readonly log: TransportLog;
  readonly local: LocalNetwork;
  readonly datagrams: DatagramNetwork;
  readonly now: () => number;
  readonly soon: (call: () => void) => void;
  readonly budget: MemoryBudget;
  readonly chunk: ChunkBuffer = new ChunkBuffer();
  readonly out: Uint8Array = new Uint8Array(PACKET_BUFFER_SIZE);
  readonly halfOpen: HalfOpenLimiter;
  readonly lives: Lives<EndConnection> = new Lives();
  readonly principals: Principals;
  readonly conduct: OriginatorConduct;
  readonly refusalLimit: RefusalLimit;
  readonly roundTrips: RoundTrips = new RoundTrips();
  readonly access: AccessSink | undefined;
  readonly #options: TransportOptions;
  readonly #turns: Turns<EngineConnection>;
  readonly #connections = new EndConnections();
  readonly notices: PressureNotices = new PressureNotices(() => this.#connections.all());
  readonly services: ServiceSet;
  readonly grants: ServiceGrants;
  readonly trunks: Trunks;
  readonly #tunnels: TunnelSet;
  readonly #arrivals: Arrivals;
  readonly #paths: PathSizes;
  readonly #users = () => ({ connections: this.#connections, paths: this.#paths, trunks: this.trunks });
  readonly routes: RouteUses = new RouteUses(this.#users, () => this.news?.handleRoutes());
  readonly reach: PathReach = new PathReach(this.#users);
  readonly #drops = new TransportDrops();
  readonly #judgement: Judgement;
  readonly #plane: TransportPlane;
  #config: TransportConfig;
  #credentials: ReadonlyMap<string, Credentials>;

  constructor(options: TransportOptions) {
    const { config, drivers } = options;
    this.#options = options;
    this.#config = config;
    this.#credentials = options.credentials;
    this.access = accessRecords({ ...options, linksOf: () => this.#config.links }, this.#connections);
    this.origin = options.origin;
    this.engine = options.engine;
    this.limits = { ...defaultLimits, ...options.limits };
    this.local = drivers.local;
    this.datagrams = drivers.datagrams;
    this.now = drivers.now;
    this.soon = (call) => drivers.wakeUps.soon(call);
    const limited = createRateLimitedLog(options.log, { now: drivers.now });
    this.log = { info: options.log.info.bind(options.log), warn: options.log.warn.bind(options.log), limited };
    this.budget = new MemoryBudget(this.limits.memoryMax);
    this.halfOpen = new HalfOpenLimiter(this.limits);
    this.conduct = new OriginatorConduct(this.limits);
    this.refusalLimit = new RefusalLimit(this.limits);
    const rules = { cluster: config.cluster, expiryGraceMs: config.expiryGraceMs, pins: config.pins };
    this.principals = new Principals({
      ...drivers,
      ...rules,
      revocations: options.revocations,
      connectionsMax: this.limits.acceptedPerPrincipalMax,
    });
    const { connectionsPerTurn: perTurn } = this.limits;
    this.grants = new ServiceGrants({ bootNow: drivers.now, ...drivers, services: () => this.services });
    this.#turns = new Turns({ ...drivers, perTurn, onBegin: this.grants.check, onFlushed: () => this.origin.flush() });
    const judged = { principals: this.principals, turns: this.#turns, connections: () => this.#connections.all() };
    this.#judgement = new Judgement(judged, this.now());
    const { engine, origin, halfOpen, refusalLimit } = this;
    const rooms = { engine, origin, halfOpen, refusalLimit };
    const door = new StrangerDoor({
      ...rooms,
      drops: this.#drops,
      resetsPerSecond: this.limits.resetsPerSecond,
      retrySecret: drivers.randomBytes(32),
      hasRoom: () => this.#connections.accepted < this.limits.acceptedMax,
    });
    this.#paths = new PathSizes(config.paths, {
      limits: this.limits,
      packetOrigin: this.origin,
      newId: () => this.newConnectionId(),
      setDeadline: (path, deadline) => this.setDeadline(path, deadline),
      onRouteNews: () => this.news?.handleRoutes(),
    });
    this.#plane = options.openPlane(this);
    const credentialsOf = (folder: string): Credentials => this.#credentialsOf(folder);
    this.services = new ServiceSet({ host: this, ownServiceOf: options.ownServiceOf ?? ownServiceOf, credentialsOf });
    this.services.reconfigure(config.services, this.now());
    const parts = { connections: this.#connections, services: this.services, paths: this.#paths, drops: this.#drops };
    this.#arrivals = new Arrivals({
      ...parts,
      door,
      probeAnswers: new ProbeAnswers(this.origin, this.#drops, this.limits.probeAnswersPerSecond),
      now: this.now,
    });
    this.trunks = new Trunks(this, { sizes: this.#paths, config: () => this.#config, credentialsOf });
    this.#tunnels = new TunnelSet({ trunks: this.trunks, plane: this.#plane, log: limited });
    this.#tunnels.reconfigure(config.tunnels);
  }

  /** Each tunnel is to be opened before `connect`. */
  get tunnels(): Iterable<Tunnel> {
    return this.#tunnels;
  }

  /** The trunk of a use, whose clients may open streams of this process until the use leaves it. */
  join(use: TrunkUse): Trunk {
    return this.trunks.join(use);
  }

  /** No more streams are opened by that use. Open streams go on. */
  leave(trunk: Trunk, use: TrunkUse): void {
    this.trunks.leave(trunk, use);
  }

  /**
   * Another config is in force, in which each number keeps its meaning. Unchanged parts go on, with their counts. Open
   * streams of changed parts go on where they are; only streams that the config no longer allows, and those to removed
   * services, end at once.
   *
   * @param credentials Those of every folder that a service or tunnel of the config names.
   * @returns The tunnels that are to be listened on.
   */
  reconfigure(next: NextTransportConfig, credentials: ReadonlyMap<string, Credentials>): Tunnel[] {
    const now = this.now();
    this.#config = next;
    this.#credentials = credentials;
    Object.assign(this.limits, next.transport);
    this.#paths.reconfigure(next.paths, now);
    this.services.reconfigure(next.services, now);
    this.grants.handleServices();
    const down = this.#tunnels.reconfigure(next.tunnels);
    this.#setGrace(next.expiryGraceMs, now);
    this.#judgement.handlePins(next.pins, now);
    for (const trunk of this.trunks) {
      trunk.start(now);
      trunk.handleOtherRules(now);
    }
    return down;
  }

  /** The connection on which a trunk opens streams now, if there is one. */
  connectionOf(trunk: Trunk): EndConnection | undefined {
    return this.#connections.openOf(trunk);
  }

  /** Opens a connection for each (principal, service, path, class, way with datagrams) whose tunnels keep one warm. */
  connect(): void {
    this.#paths.start(this.now());
    for (const trunk of this.trunks) trunk.start(this.now());
  }

  /** A folder has other credentials now. New connections use them; open ones go on until they have successors. */
  handleCredentials(folder: string, credentials: Credentials): void {
    for (const service of this.services) {
      if (service.config.identity === folder) service.handleCredentials(credentials);
    }
    for (const trunk of this.trunks) {
      if (trunk.options.identity === folder) trunk.handleCredentials(credentials, this.now());
    }
  }

  /** The revocation lists have changed. Exactly the connections with a listed certificate end at once. */
  handleRevocations(): void {
    const now = this.now();
    for (const trunk of this.trunks) trunk.handleOtherRules(now);
    this.#judgement.handleOtherRules(now);
  }

  /** Refuses new streams from now on. */
  drain(): void {
    for (const tunnel of this.#tunnels) tunnel.close();
    this.services.stop();
    for (const trunk of this.trunks) trunk.stop();
  }

  /** Bytes of streams that wait in this process. */
  get bytesHeld(): number {
    return this.#plane.bytesHeld;
  }

  /** The work that is left while a transport drains. */
  get unfinished(): Unfinished {
    const left = this.#connections.unfinished(this.origin, this.now());
    return left === "nothing" && this.bytesHeld > 0 ? "bytes" : left;
  }

  /**
   * Ends all connections, and tells the peers. Returns those whose peers lose something by it, and would wait for long
   * if they missed the end.
   */
  close(): EndConnection[] {
    const missed = this.#connections.closeAll(this.origin, this.now());
    // Connections that are still marked after so many turns have packets that no link accepts now.
    for (let turns = 0; turns < 16 && this.#turns.hasWork; turns++) this.#turns.run();
    return missed;
  }

  /** Sends and times nothing from now on. */
  end(): void {
    this.grants.close();
    this.#turns.stop();
  }

  deliverToService(index: number, packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.#arrivals.deliverToService(index, packet, start, end, inLink);
  }

  deliverToConnection(packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.#arrivals.deliverToConnection(packet, start, end, inLink);
  }

  handleFrameEnd(): void {
    this.#turns.run();
  }

  handleLinkWritable(link: number): void {
    this.#turns.handleLinkWritable(link);
  }

  /** The state, the size or the preferred size of a link has changed. */
  handleLinkSize(link: number): void {
    this.#paths.handleLink(link, this.now());
  }

  handleLinkUp(link: number): void {
    this.#paths.handleLink(link, this.now());
    this.#turns.handleLinkWritable(link);
    for (const connection of this.#connections.all()) if (connection.way.outLink === link) connection.handleLinkUp();
    for (const trunk of this.trunks) trunk.handleLinkUp(link, this.now());
  }

  /** The size of a path, by its number in the config. */
  pathSize(path: number): PathSize {
    return this.#paths.of(path);
  }

  /** Makes the counts of tunnels, services and sockets of sessions as new as can be. Returns what the plane has dropped. */
  refreshCounts(): Counts {
    return this.#plane.refreshCounts();
  }

  /** No more streams are counted by these accounts. */
  forgetAccounts(accounts: EndAccounts): void {
    this.#plane.forgetAccounts(accounts);
  }

  status(): TransportStatus {
    const [config, tunnels, services, connections] = [this.#config, this.#tunnels, this.services, this.#connections];
    const counts = { drops: this.#drops, planeDrops: this.refreshCounts(), violations: this.engine.violations };
    return transportStatus({ config, tunnels, services, connections, ...counts }, this.now());
  }

  /** The loads of the transport service; to be asked once a second. */
  loads(): PressureLoads {
    for (const watch of [this.reach, this.routes]) watch.update(this.now());
    return { ...ownLoads(this, this.#connections.accepted), ...this.#plane.loads(this.now()) };
  }

  // ServiceHost, TrunkHost, ConnectionHost and TransportPlaneHost:

  clientsOf(owner: ClientsOwner): TrunkClients {
    return this.#plane.clientsOf(owner);
  }

  servingOf(service: ServedService): Serving {
    return this.#plane.servingOf(service);
  }

  get news(): TransportNews | undefined {
    return this.#options.news?.();
  }

  get shortage(): string | undefined {
    return shortageOf(this.budget, this.local);
  }

  helloFor(own: string, peer: string, terms: HelloTerms): Uint8Array {
    const { instance, vertexToken } = this.#options;
    return this.notices.behind(encodeHello({ ...instance, token: vertexToken(own, peer), ...terms }));
  }

  newConnectionId(): { idHigh: number; idLow: number } {
    const bytes = this.#options.drivers.randomBytes(8);
    return { idHigh: readUint32(bytes, 0), idLow: readUint32(bytes, 4) };
  }

  addOriginated(connection: EngineConnection, trunk: Trunk): void {
    this.#connections.addOriginated(connection, trunk);
  }

  addAccepted(connection: EngineConnection, service: ServiceEnd): void {
    this.#connections.addAccepted(connection, service);
  }

  mark(connection: EngineConnection): void {
    this.#turns.mark(connection);
  }

  waitForLink(connection: EngineConnection, link: number): void {
    this.#turns.wait(connection, link);
  }

  setDeadline(sleeper: Sleeper, deadline: number): void {
    this.#turns.setDeadline(sleeper, deadline);
  }

  handleGreeted(connection: EngineConnection): void {
    const role = this.#connections.trunkOf(connection) ?? this.#connections.serviceOf(connection)!;
    const carried = this.#plane.carry(connection, role);
    this.#connections.replace(connection, carried);
    role.handleHandedOver(connection, carried);
  }

  forget(connection: EngineConnection): void {
    this.#turns.forget(connection);
    this.handleGone(connection);
  }

  handleGone(connection: EndConnection): void {
    const trunk = this.#connections.trunkOf(connection);
    this.#connections.remove(connection);
    if (trunk !== undefined) this.trunks.handleGone(trunk);
  }

  /** Connections keep the grace that they were made with: so each gets a successor, but those of sockets of sessions that are about to go. */
  #setGrace(expiryGraceMs: number, now: number): void {
    if (expiryGraceMs === this.principals.expiryGraceMs) return;
    this.principals.expiryGraceMs = expiryGraceMs;
    for (const service of this.services) service.handleCredentials(this.#credentialsOf(service.config.identity));
    for (const trunk of this.trunks) {
      const credentials = this.#credentials.get(trunk.options.identity);
      if (credentials !== undefined) trunk.handleCredentials(credentials, now);
    }
  }

  #credentialsOf(folder: string): Credentials {
    const credentials = this.#credentials.get(folder);
    assert(credentials !== undefined, `the credentials of ${folder} were not loaded`);
    return credentials;
  }
}
