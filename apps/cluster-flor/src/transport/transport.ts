import { connectionHighOf, connectionLowOf, payloadOf, returnWords, type TrafficClass } from "@florenetes/labels";
import type { Credentials } from "@florenetes/identity";
import { createRateLimitedLog, greatestLoads, type PressureLoads } from "@florenetes/process-kit";
import type { QuicEngine } from "@florenetes/quic";
import assert from "node:assert";
import { readUint32 } from "@florenetes/big-endian";
import type { LocalDelivery, PacketOrigin } from "../forwarding/interfaces.ts";
import { MemoryBudget } from "./streams/memory-budget.ts";
import { ownLoads, shortageOf } from "./own-loads.ts";
import { Code } from "./codes.ts";
import type { EndConnection } from "./connections/end-connection.ts";
import type { EngineConnection } from "./connections/engine-connection.ts";
import { EndConnections, type Unfinished } from "./end-connections.ts";
import { HalfOpenLimiter } from "./services/half-open.ts";
import { LaneEnds } from "./lane/lane-ends.ts";
import type { TransportLaneEvent } from "./lane/transport-lane.ts";
import type { DatagramNetwork } from "./datagrams/datagram-network.ts";
import { openAccounts } from "./datagrams/end-accounts.ts";
import { Lives } from "./peers/lives.ts";
import { Judgement } from "./peers/judgement.ts";
import { defaultLimits, type TransportLimits } from "./limits.ts";
import type { LocalNetwork } from "./streams/local-network.ts";
import { encodeHello } from "./messages.ts";
import { ownServiceOf } from "./own/own-services.ts";
import { OriginatorConduct } from "./services/originator-conduct.ts";
import { PressureNotices } from "./connections/pressure-notices.ts";
import { PACKET_BUFFER_SIZE } from "./packets/packet-sender.ts";
import { PathSizes } from "./paths/path-sizes.ts";
import type { PathSize } from "./paths/path-size.ts";
import { Principals } from "./peers/principals.ts";
import { ProbeAnswers } from "./paths/probe-answers.ts";
import { isBesideQuic } from "./paths/probe-message.ts";
import { RefusalLimit } from "./services/refusal-limit.ts";
import { ServiceEnd, type ServiceHost } from "./services/service-end.ts";
import { StrangerDoor } from "./services/stranger-door.ts";
import { ChunkBuffer } from "./streams/relay-host.ts";
import { TransportDrops } from "./packets/transport-drops.ts";
import type { TransportLog } from "./transport-log.ts";
import type { TransportStatus } from "./transport-status.ts";
import { connectionRows, serviceStatus, tunnelStatus } from "./transport-status.ts";
import type { TransportOptions } from "./transport-options.ts";
import type { Trunk, TrunkHost } from "./tunnels/trunk.ts";
import { type Route, Trunks } from "./trunks.ts";
import { SocketClients } from "./tunnels/socket-clients.ts";
import { Tunnel } from "./tunnels/tunnel.ts";
import { type Sleeper, Turns } from "./turns.ts";

/**
 * The transport service: the ends of end-to-end connections, which this vertex's tunnels originate and its services
 * accept. Whatever comes in (packets, bytes of workloads, timeouts) marks connections; `handleFrameEnd` does what is then due.
 */
export class Transport implements LocalDelivery, TrunkHost, ServiceHost {
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

  readonly #options: TransportOptions;
  readonly #turns: Turns<EngineConnection>;
  readonly #connections = new EndConnections();
  readonly notices: PressureNotices = new PressureNotices(() => this.#connections.all());
  readonly #services: readonly ServiceEnd[];
  readonly #trunks: Trunks;
  readonly #tunnels: readonly Tunnel[];
  readonly #door: StrangerDoor;
  readonly #probeAnswers: ProbeAnswers;
  readonly #paths: PathSizes;
  readonly #drops = new TransportDrops();
  readonly #judgement: Judgement;
  readonly #lane: LaneEnds | undefined;

  constructor(options: TransportOptions) {
    const { config, drivers } = options;
    this.#options = options;
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
    this.principals = new Principals({
      cluster: config.cluster,
      wallClock: drivers.wallClock,
      now: drivers.now,
      expiryGraceMs: config.expiryGraceMs,
      revocations: options.revocations,
      connectionsMax: this.limits.acceptedPerPrincipalMax,
    });
    this.#turns = new Turns({
      ...drivers,
      perTurn: this.limits.connectionsPerTurn,
      onFlushed: () => this.origin.flush(),
    });
    const connections = (): Iterable<EndConnection> => this.#connections.all();
    this.#judgement = new Judgement({ principals: this.principals, turns: this.#turns, connections }, this.now());
    this.#door = new StrangerDoor({
      engine: this.engine,
      origin: this.origin,
      halfOpen: this.halfOpen,
      refusalLimit: this.refusalLimit,
      drops: this.#drops,
      resetsPerSecond: this.limits.resetsPerSecond,
      retrySecret: drivers.randomBytes(32),
      hasRoom: () => this.#connections.accepted < this.limits.acceptedMax,
    });
    this.#probeAnswers = new ProbeAnswers(this.origin, this.#drops, this.limits.probeAnswersPerSecond);
    this.#paths = new PathSizes(config.paths, {
      limits: this.limits,
      packetOrigin: this.origin,
      newId: () => this.newConnectionId(),
      setDeadline: (path, deadline) => this.setDeadline(path, deadline),
    });
    const owns = config.services.map(({ target, name }) => (options.ownServiceOf ?? ownServiceOf)(target, name));
    const serviceAccounts = config.services.map(({ name, target }, index) => {
      return openAccounts(limited, { service: name }, target.kind === "udp" || owns[index]?.dialFlow !== undefined);
    });
    const tunnelAccounts = config.tunnels.map(({ name, service, listen }) => {
      return openAccounts(limited, { tunnel: name, service }, listen.kind === "udp");
    });
    this.#lane =
      drivers.lane &&
      new LaneEnds({
        lane: drivers.lane,
        tunnelConfigs: config.tunnels,
        ...this.limits,
        tunnelAccounts,
        serviceAccounts,
        onLeft: (connection) => this.#connections.remove(connection),
      });
    this.#services = config.services.map((service, index) => {
      const more = { accounts: serviceAccounts[index]!, own: owns[index] };
      return new ServiceEnd(this, index, service, this.#credentialsOf(service.identity), more);
    });
    for (const service of this.#services) this.#lane?.tellService(service);
    this.#trunks = new Trunks(this, {
      paths: config.paths,
      sizes: this.#paths,
      credentialsOf: (folder) => this.#credentialsOf(folder),
      clientsOf: (owner) => this.#lane?.clientsOf(owner) ?? new SocketClients(this, owner),
    });
    this.#tunnels = config.tunnels.map((tunnel, index) => {
      const accounts = tunnelAccounts[index]!;
      return new Tunnel(tunnel, this.#trunks.for(tunnel, accounts.flows?.drops), accounts);
    });
  }

  /** Each is to be opened before `connect`. */
  get tunnels(): readonly Tunnel[] {
    return this.#tunnels;
  }

  /** The trunk of a route, whose clients may open streams of this process. One that is new is to be asked for before `connect`. */
  trunkFor(route: Route): Trunk {
    return this.#trunks.for(route);
  }

  /** The connection on which a trunk opens streams now, if there is one. */
  connectionOf(trunk: Trunk): EndConnection | undefined {
    return this.#connections.openOf(trunk);
  }

  /** Opens a connection for each (principal, service, path, class, way with datagrams) whose tunnels keep one warm. */
  connect(): void {
    for (const link of this.#options.config.links.keys()) this.#paths.handleLink(link, this.now());
    for (const trunk of this.#trunks) trunk.start(this.now());
  }

  /** A folder has other credentials now. New connections use them; open ones go on until successors have taken over. */
  handleCredentials(folder: string, credentials: Credentials): void {
    for (const service of this.#services) {
      if (service.config.identity === folder) service.handleCredentials(credentials);
    }
    for (const trunk of this.#trunks) {
      if (trunk.options.identity === folder) trunk.handleCredentials(credentials, this.now());
    }
  }

  /** The revocation lists have changed. What was made with a certificate that they name ends at once, and nothing else. */
  handleRevocations(): void {
    const now = this.now();
    for (const trunk of this.#trunks) trunk.handleRevocations(now);
    this.#judgement.handleRevocations(now);
  }

  /** Takes no new streams from now on. */
  drain(): void {
    for (const tunnel of this.#tunnels) tunnel.close();
    for (const service of this.#services) {
      service.stop();
      this.#lane?.tellService(service);
    }
    for (const trunk of this.#trunks) trunk.stop();
  }

  /** The work that is left while a transport drains. */
  get unfinished(): Unfinished {
    const left = this.#connections.unfinished(this.origin, this.now());
    if (left !== "nothing") return left;
    return this.budget.held + (this.#lane?.memoryHeld ?? 0) > 0 ? "bytes" : "nothing";
  }

  /**
   * Ends all connections, and says so to the peers. Returns those whose peers lose something by it, and would wait for long if
   * they missed the news.
   */
  close(): EndConnection[] {
    const now = this.now();
    const isMissed = ({ streamsOpen, way }: EndConnection): boolean => streamsOpen > 0 && this.origin.isUp(way.outLink);
    const missed = [...this.#connections.all()].filter(isMissed);
    for (const connection of this.#connections.all()) connection.close(Code.stopping, "", now);
    // Connections that are marked after so many turns have packets that cannot leave now.
    for (let turns = 0; turns < 16 && this.#turns.hasWork; turns++) this.#turns.run();
    return missed;
  }

  /** Nothing is sent or timed from now on. */
  end(): void {
    this.#turns.stop();
  }

  deliverToService(index: number, packet: Uint8Array, start: number, end: number, inLink: number): void {
    const idHigh = connectionHighOf(packet, start);
    const idLow = connectionLowOf(packet, start);
    const service = this.#services[index];
    assert(service !== undefined, `there is no service ${index}`);
    const payload = packet.subarray(payloadOf(packet, start), end);
    const now = this.now();
    const isProbe = isBesideQuic(payload);
    const connection = isProbe ? undefined : this.#connections.acceptedOf(idHigh, idLow);
    if (connection !== undefined) this.#countLate(connection);
    if (connection === undefined) {
      if (!this.#door.isOpen(packet, start, inLink)) return;
      if (isProbe) return this.#probeAnswers.handlePacket(packet, start, end, inLink, now);
      const way = { outLink: inLink, words: returnWords(packet, start) };
      this.#door.handlePacket({ service, idHigh, idLow, way, payload }, now);
    } else if (this.#connections.serviceOf(connection) !== service) {
      this.#drops.wrongService++;
    } else {
      connection.handlePacket(packet, start, end, inLink, now);
    }
  }

  deliverToConnection(packet: Uint8Array, start: number, end: number, inLink: number): void {
    const now = this.now();
    if (isBesideQuic(packet.subarray(payloadOf(packet, start), end))) {
      if (!this.#paths.handlePacket(packet, start, end, now)) this.#drops.unexpectedAnswer++;
      return;
    }
    const connection = this.#connections.originatedOf(connectionHighOf(packet, start), connectionLowOf(packet, start));
    if (connection === undefined) {
      this.#drops.unknownConnection++;
      return;
    }
    this.#countLate(connection);
    connection.handlePacket(packet, start, end, inLink, now);
  }

  handleFrameEnd(): void {
    this.#turns.run();
  }

  /** Something happened in the data thread. */
  handleLaneEvent(event: TransportLaneEvent): void {
    this.#lane?.handleEvent(event, this.now());
  }

  handleLinkWritable(link: number): void {
    this.#turns.handleLinkWritable(link);
  }

  /** The link has changed its state, its size or the size that it prefers. */
  handleLinkSize(link: number): void {
    this.#paths.handleLink(link, this.now());
  }

  handleLinkUp(link: number): void {
    this.#paths.handleLink(link, this.now());
    this.#turns.handleLinkWritable(link);
    for (const connection of this.#connections.all()) if (connection.way.outLink === link) connection.handleLinkUp();
    for (const trunk of this.#trunks) trunk.handleLinkUp(link, this.now());
  }

  /** The size of a path, by its index in the config. */
  pathSize(path: number): PathSize {
    return this.#paths.of(path);
  }

  /** Ports of the tunnels, in the order of the config: what the system chose where the config says 0. */
  get ports(): readonly (number | undefined)[] {
    return this.#tunnels.map((tunnel) => tunnel.port);
  }

  status(): TransportStatus {
    const now = this.now();
    const lane = this.#lane?.drops;
    this.#lane?.update();
    return {
      tunnels: this.#tunnels.map((tunnel) => tunnelStatus(tunnel, this.#options.config.paths)),
      services: this.#services.map(serviceStatus),
      connections: connectionRows(this.#connections, this.#options.config.links, now),
      drops: {
        ...this.#drops.toJSON(lane),
        unauthenticated: this.#connections.packetsIgnored + (lane?.["unauthenticated"] ?? 0),
      },
      violations: this.#options.engine.violations,
    };
  }

  /** How near this is to its limits; to be asked once a second. */
  loads(): PressureLoads {
    return greatestLoads([ownLoads(this, this.#connections.accepted), this.#lane?.loads(this.now()) ?? {}]);
  }

  // ServiceHost, TrunkHost and ConnectionHost:

  get shortage(): string | undefined {
    return shortageOf(this.budget, this.local);
  }

  helloFor(own: string, peer: string, trafficClass: TrafficClass, isUncut: boolean): Uint8Array {
    const { instance, vertexToken } = this.#options;
    return this.notices.behind(encodeHello({ ...instance, token: vertexToken(own, peer), trafficClass, isUncut }));
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
    if (this.#lane === undefined) return;
    this.#turns.forget(connection);
    const adopted = this.#lane.adopt(connection, role);
    this.#connections.replace(connection, adopted);
    role.handleHandedOver(connection, adopted);
  }

  forget(connection: EngineConnection): void {
    this.#turns.forget(connection);
    this.#connections.remove(connection);
  }

  /** Packets for an ended connection are counted; at most they repeat its CONNECTION_CLOSE. */
  #countLate(connection: EndConnection): void {
    if (connection.state === "closing") this.#drops.connectionOver++;
  }

  #credentialsOf(folder: string): Credentials {
    const credentials = this.#options.credentials.get(folder);
    assert(credentials !== undefined, `the credentials of ${folder} were not loaded`);
    return credentials;
  }
}
