import type { NativeClusterFigures } from "@florenetes/data-plane";
import type { Credentials, Holdings } from "@florenetes/identity";
import type { Instance } from "@florenetes/wire-values";
import type { Knock, TransitReport } from "@florenetes/portal-api";
import {
  createRateLimitedLog,
  type DownPart,
  type Logger,
  PressureWatch,
  type RateLimitedLog,
} from "@florenetes/process-kit";
import type { QuicEngine } from "@florenetes/quic";
import type { VertexStatus } from "./admin/cluster-status.ts";
import { routeViews } from "./overlay/route-views.ts";
import { pathStatuses } from "./admin/path-statuses.ts";
import { VertexListeners } from "./drivers/vertex-listeners.ts";
import { isSame } from "./config/config-changes.ts";
import type { RunningConfig } from "./config/running-config.ts";
import { SlotMap, type Slots } from "./config/slot-map.ts";
import { pinsOfLinks } from "./config/vertex-pins.ts";
import { ConnectionService } from "./connection/connection-service.ts";
import type { ConnectionHandlers } from "./connection/link-portal.ts";
import { VertexJudge } from "./connection/vertex-judge.ts";
import { sumLosses } from "./connection/portal-losses.ts";
import { DropWatch } from "./forwarding/drop-watch.ts";
import { TargetWatches } from "./transport/services/target-watches.ts";
import { Forwarder } from "./forwarding/forwarder.ts";
import type { LocalDelivery, QuestionTaker, StoppedQuestion } from "./forwarding/interfaces.ts";
import { type OfferedTable, offeredTables } from "./forwarding/offered-table.ts";
import type { DataPlane, DataPlaneHandlers } from "./data-plane/data-plane.ts";
import { FabricSide } from "./overlay/fabric-side.ts";
import type { OverlaySight } from "./overlay/overlay-view.ts";
import { Sessions } from "./sessions/sessions.ts";
import type { AccessLog } from "./transport/access-records.ts";
import type { TraceSealing } from "./trace/sealing.ts";
import { Tracing } from "./trace/tracing.ts";
import { stopTransport } from "./transport/drivers/lifecycle.ts";
import { ownServiceOf } from "./transport/own/own-services.ts";
import type { TransportDrivers, TransportOptions } from "./transport/transport-options.ts";
import { defaultLimits } from "./transport/limits.ts";
import { Transport } from "./transport/transport.ts";

export interface ClusterVertexOptions {
  readonly config: RunningConfig;
  /** The holdings of every folder that a service or a tunnel of the config names. Whoever opened them closes them. */
  readonly holdings: Pick<Holdings, "credentials" | "revocations" | "roots" | "status" | "watch">;
  readonly instance: Instance;
  /** Names this vertex, in all its lives, by one of its principals towards a peer's: 32 hexadecimal digits. */
  readonly vertexToken: TransportOptions["vertexToken"];
  /** Seals answers to questions of traces, and opens them. */
  readonly sealing: TraceSealing;
  readonly engine: QuicEngine;
  readonly drivers: TransportDrivers;
  /** Whoever opened it ends it, when this is closed. */
  readonly plane: DataPlane;
  /** Is told of each workload connection that is over; undefined: nobody wants to know. */
  readonly accessLog?: AccessLog | undefined;
  readonly log: Logger;
}

/**
 * The three services, joined: connection gives frames to forwarding, forwarding gives packets that end here to transport,
 * transport gives packets that start here to forwarding, and forwarding gives packets that leave to connection.
 *
 * Whatever it has of the machine is handed in: sockets and the time (`drivers`), the data plane, identities as they are read, cryptography. The
 * executable (drivers/) hands in the real ones, and the simulation its own. It is no core all the same, as it waits: until listeners are open
 * (`VertexListeners`), and until streams have ended (`stopTransport`).
 */
export class ClusterVertex implements ConnectionHandlers, LocalDelivery, QuestionTaker, DataPlaneHandlers {
  readonly connection: ConnectionService;
  readonly forwarder: Forwarder;
  readonly transport: Transport;
  readonly sessions: Sessions;
  readonly tracing: Tracing;
  readonly fabric: FabricSide;
  readonly #options: ClusterVertexOptions;
  #config: RunningConfig;
  /** The label tables that link vertices have been offered last, by portal. */
  #offered: Slots<OfferedTable>;
  readonly #limitedLog: RateLimitedLog;
  readonly #pressure: PressureWatch;
  readonly #drops: DropWatch;
  readonly #targets: TargetWatches;
  readonly #judge: VertexJudge;
  readonly #listeners: VertexListeners;
  readonly #startedAt: string;

  /** Opens the FlorIO ports. @throws FlorioError, LabelError */
  constructor(options: ClusterVertexOptions) {
    this.#options = options;
    const { config, holdings, instance, drivers, plane, log } = options;
    this.#config = config;
    const { now } = drivers;
    this.#startedAt = drivers.wallClock().toISOString();
    this.#listeners = new VertexListeners({ wakeUps: drivers.wakeUps, now, log });
    this.#limitedLog = createRateLimitedLog(log.child({ service: "forwarding" }), { now });
    const offered = (this.#offered = offeredTables(config, new SlotMap()));
    this.#judge = new VertexJudge({ config: () => this.#config, holdings, time: drivers });
    this.connection = new ConnectionService({
      config,
      judge: this.#judge,
      offered,
      instance,
      time: drivers,
      log: log.child({ service: "connection" }),
      handlers: this,
      plane,
    });
    try {
      this.forwarder = new Forwarder({
        config,
        offered,
        output: this.connection.links,
        delivery: this,
        questions: this,
        afterTurn: (action) => drivers.wakeUps.soon(action),
        now,
        seed: Buffer.from(drivers.randomBytes(4)).readUInt32LE(),
        onGuessing: (link) => this.onGuessing(link),
      });
      this.sessions = new Sessions({
        config,
        credentials: holdings.credentials,
        time: drivers,
        local: drivers.local,
        log: log.child({ service: "sessions" }),
      });
      this.transport = new Transport({
        config,
        credentials: holdings.credentials,
        revocations: holdings.revocations,
        engine: options.engine,
        accessLog: options.accessLog,
        origin: this.forwarder,
        instance: { ...instance, vertex: config.vertex },
        vertexToken: options.vertexToken,
        log: log.child({ service: "transport" }),
        drivers,
        openPlane: (host) => plane.openTransportPlane(host, this),
        limits: config.transport,
        news: () => this.fabric,
        ownServiceOf: (target, service) => this.sessions.ownServiceOf(target, service) ?? ownServiceOf(target),
      });
      this.sessions.join(this.transport);
      this.fabric = new FabricSide(config, this.transport, () => this.connection.portals.values());
      this.tracing = new Tracing({
        config: () => this.#config,
        links: this.connection.links,
        forwarder: this.forwarder,
        transport: this.transport,
        signer: this.connection,
        judge: this.#judge,
        time: drivers,
        sealing: options.sealing,
        randomBytes: drivers.randomBytes,
        log: this.#limitedLog,
      });
      this.#targets = new TargetWatches({
        services: () => this.transport.services,
        refresh: () => this.transport.refreshCounts(),
        local: drivers.local,
        time: drivers,
        onNews: () => this.fabric.handleTargets(),
      });
      this.#drops = new DropWatch({
        time: drivers,
        log: this.#limitedLog,
        links: () => this.#config.links,
        forwarder: () => {
          this.#takeCarried();
          return this.forwarder;
        },
      });
      this.#pressure = new PressureWatch({
        time: drivers,
        log,
        loads: () => this.transport.loads(),
        isQuiet: () => this.connection.isQuiet,
        onTransition: (pressure) => {
          this.transport.notices.handleLevel(pressure);
          this.sessions.handlePressure(pressure);
        },
      });
    } catch (error) {
      this.connection.close();
      throw error;
    }
  }

  /** Opens the listeners of tunnels and the sockets of data sessions. @throws OperatorError when one cannot be opened */
  start(): Promise<void> {
    const { transport, sessions } = this;
    sessions.onTargetGone = (service) => this.#targets.handleDoubt(service);
    this.#options.holdings.watch({
      handleCredentials: (folder, credentials) => {
        transport.handleCredentials(folder, credentials);
        sessions.handleCredentials(folder, credentials);
        this.#handleJudgeNews();
      },
      handleRevocations: () => {
        transport.handleRevocations();
        sessions.handleRevocations();
        this.#handleJudgeNews();
      },
    });
    return this.#listeners.open(transport.tunnels, sessions.doors).then(() => {
      transport.connect();
      sessions.begin();
      this.fabric.start();
      this.#targets.start();
    });
  }

  /**
   * Takes another config, in which all that stays has the numbers that it had, in one turn. All that both configs have runs on. Resolves when
   * each listener that is new was tried once.
   *
   * @param credentials Those of every folder that a service, a tunnel or a socket of sessions of the config names.
   * @throws LabelError when its labels do not make a table; then all is as it was
   */
  reconfigure(config: RunningConfig, credentials: ReadonlyMap<string, Credentials>): Promise<void> {
    const offered = offeredTables(config, this.#offered);
    this.forwarder.reconfigure(config, offered);
    this.#offered = offered;
    this.#options.plane.reconfigure(config);
    const areOtherRules = !isSame(judgingRules(config), judgingRules(this.#config));
    this.#config = config;
    if (areOtherRules) this.#handleJudgeNews();
    const lost = this.connection.reconfigure(config, offered);
    const limits = { ...defaultLimits, ...config.transport };
    this.transport.reconfigure({ ...config, transport: limits }, credentials);
    this.sessions.reconfigure(config, credentials);
    this.transport.trunks.handleConfig();
    this.fabric.reconfigure(config);
    for (const link of lost) this.transport.handleLinkWritable(link);
    return this.#listeners.open(this.transport.tunnels, this.sessions.doors);
  }

  /** Takes no new streams, and gives the open ones up to `drainMs` to end. */
  stop(drainMs: number): Promise<void> {
    this.#listeners.close();
    this.sessions.drain();
    const { wakeUps } = this.#options.drivers;
    return stopTransport(this.transport, drainMs, wakeUps, () => this.sessions.close());
  }

  /** Takes leave of the link vertices and lets go of the sockets. */
  close(): void {
    this.#listeners.close();
    this.#pressure.close();
    this.#drops.close();
    this.#targets.close();
    this.tracing.traces.close();
    this.connection.close();
  }

  /** Parts of the config that the machine does not let run at present; they are tried again. */
  down(): DownPart[] {
    const down: DownPart[] = [];
    for (const { name, state, code, text } of this.connection.status()) {
      if (state === "waiting" && code.startsWith("ERR_")) down.push({ what: `portal ${name}`, code, text });
    }
    return [...down, ...this.#listeners.down(this.transport.tunnels, this.sessions.doors)];
  }

  status(): VertexStatus {
    const { instance, holdings, drivers } = this.#options;
    const config = this.#config;
    const carried = this.#takeCarried();
    this.connection.links.handleCarried(carried.links);
    const framesNoLink = carried.ports.map(({ port, framesNoLink }): [number, number] => [port, framesNoLink]);
    const portals = this.connection.status(new Map(framesNoLink));
    const { drops: forwardingDrops, ...forwarding } = this.forwarder.snapshot();
    const { drops, ...transport } = this.transport.status();
    const healths = this.#targets.healths();
    return {
      vertex: config.vertex,
      cluster: config.cluster,
      principal: this.connection.principal === undefined ? null : `vertex/${this.connection.principal}`,
      instance: instance.id,
      startedAt: this.#startedAt,
      portals,
      links: this.connection.links.status((portal) => config.portals.get(portal)?.name, drivers.now()),
      forwarding,
      paths: pathStatuses(config, this.transport, this.connection.links, drivers.now()),
      ...transport,
      services: transport.services.map((service) => ({ ...service, health: healths.get(service.name) ?? null })),
      traces: this.tracing.answers.counts,
      sessions: this.sessions.status(),
      ...holdings.status(),
      pressure: this.#pressure.status(),
      drops: { forwarding: forwardingDrops, transport: drops, florio: sumLosses(portals) },
    };
  }

  /** The part of this vertex that the control agent may see. */
  overlaySight(): Omit<OverlaySight, "state" | "leftOut" | "relay" | "bounds" | "grants"> {
    const [{ instance, holdings, plane, drivers }, config, { connection }] = [this.#options, this.#config, this];
    const routes = [...routeViews(config.paths, this.transport.routes, drivers.now())];
    const [forwarding, usedPaths] = [this.forwarder.sight(plane.figures()), this.transport.routes.paths];
    const seen = { routes, usedPaths, ...forwarding, healths: this.#targets.healths(), now: drivers.now() };
    return { config, instance: instance.id, side: this.fabric, credentials: holdings.credentials, connection, ...seen };
  }

  // ── From connection ─────────────────────────────────────────────────────────────────────────────────────────────────

  onFrame(link: number, frame: Uint8Array): void {
    this.forwarder.handleFrame(link, frame);
  }

  onLinkUp(link: number, endpoint: string | undefined): void {
    this.transport.handleLinkUp(link);
    this.fabric.handleLinkUp(link, endpoint);
  }

  onLinkSize(link: number): void {
    this.transport.handleLinkSize(link);
    this.fabric.handleLinks();
  }

  onLinkNews(): void {
    this.fabric.handleLinks();
  }

  onLinkWritable(link: number): void {
    this.transport.handleLinkWritable(link);
  }

  onKnock(portal: number, knock: Knock): void {
    this.fabric.handleKnock(portal, knock);
  }

  onTransitReport(portal: number, instance: string, report: TransitReport): void {
    this.forwarder.handleTransitReport(portal, instance, report);
  }

  // ── From forwarding ─────────────────────────────────────────────────────────────────────────────────────────────────

  deliverToService(service: number, packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.transport.deliverToService(service, packet, start, end, inLink);
  }

  handleQuestion(question: StoppedQuestion): void {
    this.tracing.answers.handleQuestion(question);
  }

  deliverToConnection(packet: Uint8Array, start: number, end: number, inLink: number): void {
    if (this.tracing.traces.handlePacket(packet, start, end)) return;
    this.transport.deliverToConnection(packet, start, end, inLink);
  }

  handleFrameEnd(): void {
    this.transport.handleFrameEnd();
  }

  // ── From the data plane ─────────────────────────────────────────────────────────────────────────────────────────────

  onPacket(inLink: number, service: number | undefined, packet: Uint8Array, isGuessing: boolean): void {
    this.forwarder.handleDelivered(inLink, service, packet, isGuessing);
  }

  onQuestion(question: StoppedQuestion): void {
    this.tracing.answers.handleQuestion(question);
  }

  onGuessing(number: number): void {
    const link = this.#config.links.get(number);
    if (link === undefined) return;
    this.#limitedLog.warn(
      { code: "LABELS_GUESSED", link: link.name },
      "many different labels came over this link that mean nothing here: somebody behind it tries them out, or has a config of long ago",
      String(number),
    );
  }

  onTurnEnd(): void {
    this.transport.handleFrameEnd();
  }

  #handleJudgeNews(): void {
    this.#judge.handleChange();
    this.connection.handleJudgeNews();
  }

  /** Tells forwarding what the data plane has counted until now. */
  #takeCarried(): NativeClusterFigures {
    const carried = this.#options.plane.figures();
    this.forwarder.handleCarried(carried);
    return carried;
  }
}

/** The part of a config by which peers are judged for link vertices that ask. */
function judgingRules({ expiryGraceMs, pins, links }: RunningConfig): unknown {
  return [expiryGraceMs, pinsOfLinks(pins, links.values())];
}
