import assert from "node:assert";
import { type NodePressure, PressureAction, PressureLevel } from "@florenetes/data-session";
import type { ServiceTarget } from "@florenetes/config-file";
import { type Credentials, formatShortPrincipal } from "@florenetes/identity";
import { type Logger, type Pressure, type RateLimitedLog, createRateLimitedLog } from "@florenetes/process-kit";
import { type ProcessTime, type WakeUpTimer, nextRound } from "@florenetes/timing";
import type { ClusterConfig, SessionConfig, SessionServiceConfig } from "../config/cluster-config.ts";
import { openAccounts } from "../transport/datagrams/end-accounts.ts";
import { defaultLimits } from "../transport/limits.ts";
import type { OwnService } from "../transport/own/own-service.ts";
import type { Proof } from "../transport/peers/principals.ts";
import type { LocalNetwork } from "../transport/streams/local-network.ts";
import type { MemoryBudget } from "../transport/streams/memory-budget.ts";
import type { Transport } from "../transport/transport.ts";
import { DATAGRAM_OVERHEAD, ROUND_MS } from "./limits.ts";
import type { RouteFacts } from "./route-news.ts";
import { SessionDoor, type SessionDoorHost } from "./session-door.ts";
import { type SessionSocketStatus, sessionStatus } from "./session-status.ts";
import { SessionTarget } from "./session-target.ts";
import { SessionTrunks } from "./session-trunks.ts";

export interface SessionsOptions {
  readonly config: Pick<ClusterConfig, "vertex" | "sessions" | "paths">;
  readonly credentials: ReadonlyMap<string, Credentials>;
  readonly time: ProcessTime;
  readonly local: LocalNetwork;
  readonly log: Logger;
}

const LEVELS = { nominal: PressureLevel.nominal, warning: PressureLevel.warning, critical: PressureLevel.critical };
const ACTIONS = {
  none: PressureAction.none,
  "slow-bulk": PressureAction.slowBulk,
  "refuse-new": PressureAction.openNothing,
};

/**
 * Data sessions (docs/data-session.md): sockets at which workloads open streams and flows over this vertex's trunks, and workloads that serve
 * over one. It stands above the transport, whose streams it opens and answers as any workload of this process would.
 */
export class Sessions implements SessionDoorHost {
  readonly time: ProcessTime;
  readonly local: LocalNetwork;
  readonly log: RateLimitedLog;
  readonly vertex: string;
  readonly #options: SessionsOptions;
  readonly #targets: SessionTarget[] = [];
  readonly #doors: readonly SessionDoor[];
  /** The principal and certificates of each folder that a socket lends. */
  readonly #own = new Map<string, Proof>();
  readonly #timer: WakeUpTimer;
  #transport: Transport | undefined;
  #pressure: NodePressure | undefined;

  /** `join` has to follow. */
  constructor(options: SessionsOptions) {
    const { config, time, local, log } = options;
    this.#options = options;
    this.time = time;
    this.local = local;
    this.vertex = config.vertex;
    this.log = createRateLimitedLog(log, { now: time.now });
    this.#timer = time.wakeUps.timer(() => this.#handleRound());
    this.#doors = config.sessions.map((socket) => this.#doorOf(socket));
  }

  /** The transport is there. */
  join(transport: Transport): void {
    this.#transport = transport;
    for (const { as } of this.#options.config.sessions) {
      this.#own.set(as, transport.principals.own(this.#credentialsOf(as)));
    }
  }

  /** The workload behind the target of a service that takes data sessions; undefined for any other target. */
  ownServiceOf(target: ServiceTarget, service: string): OwnService | undefined {
    if (target.kind !== "session") return undefined;
    const workload = new SessionTarget(this, { service, path: target.path, dialMs: defaultLimits.dialMs });
    this.#targets.push(workload);
    return workload;
  }

  /** Each is to be opened before `begin`. */
  get doors(): readonly SessionDoor[] {
    return this.#doors;
  }

  /** The sockets are open. */
  begin(): void {
    if (this.#doors.length > 0) this.#arm();
  }

  /** A folder has other credentials now. */
  handleCredentials(folder: string, credentials: Credentials): void {
    if (this.#own.has(folder)) this.#own.set(folder, this.#joined.principals.own(credentials));
  }

  /** The revocation lists have changed. */
  handleRevocations(): void {
    for (const door of this.#doors) door.checkPrincipal();
  }

  /** The level of the pressure on this process has changed. */
  handlePressure({ level, score, action, reasons }: Pick<Pressure, "level" | "score" | "action" | "reasons">): void {
    const pressure = { level: LEVELS[level], score: Math.round(score), action: ACTIONS[action], reasons };
    this.#pressure = level === "nominal" ? undefined : pressure;
    for (const user of [...this.#doors, ...this.#targets]) user.tellPressure(pressure);
  }

  /** Takes no new sessions, nor streams of those that there are. */
  drain(): void {
    for (const door of this.#doors) door.drain();
  }

  /** Ends all sessions. */
  close(): void {
    this.#timer.close();
    for (const user of [...this.#doors, ...this.#targets]) user.close();
  }

  status(): SessionSocketStatus[] {
    return this.#doors.map((door) => sessionStatus(door, this.#options.config.paths));
  }

  // SessionDoorHost:

  get budget(): MemoryBudget {
    return this.#joined.budget;
  }

  get shortage(): string | undefined {
    return this.#joined.shortage;
  }

  get pressure(): NodePressure | undefined {
    return this.#pressure;
  }

  get #joined(): Transport {
    assert(this.#transport !== undefined, "the transport is joined before anything happens");
    return this.#transport;
  }

  #doorOf(config: SessionConfig): SessionDoor {
    const trunksOf = (service: SessionServiceConfig): SessionTrunks => {
      const accounts = openAccounts(this.log, { socket: config.name, service: service.name }, true);
      return new SessionTrunks(service, config.as, accounts, (route) => this.#joined.join(route));
    };
    return new SessionDoor(this, {
      config,
      as: formatShortPrincipal(this.#credentialsOf(config.as).principal),
      services: config.services.map(trunksOf),
      refusal: () => this.#joined.principals.ownRefusalOf(this.#own.get(config.as)!),
    });
  }

  #credentialsOf(folder: string): Credentials {
    const credentials = this.#options.credentials.get(folder);
    assert(credentials !== undefined, `the credentials of ${folder} were not loaded`);
    return credentials;
  }

  #arm(): void {
    this.#timer.set(nextRound(this.time.now(), ROUND_MS));
  }

  #handleRound(): void {
    for (const door of this.#doors) {
      if (door.open === 0) continue;
      door.checkPrincipal();
      door.tellRoutes((trunks) => this.#factsOf(trunks));
    }
    this.#arm();
  }

  /** How the way to a service is: by the best of its connections. Undefined: there were none yet. */
  #factsOf(trunks: SessionTrunks): RouteFacts | undefined {
    let facts: RouteFacts | undefined;
    for (const trunk of trunks.all) {
      const connection = this.#joined.connectionOf(trunk);
      if (connection === undefined) {
        // Nobody needs one at present, or it cannot be had.
        if (trunk.clients.areWaiting) facts ??= { isUp: false, roundTripMs: 0, datagramSize: 0 };
        continue;
      }
      const { rttMs: roundTripMs } = connection.stats();
      const datagramSize = connection.payloadMax - DATAGRAM_OVERHEAD;
      if (facts?.isUp !== true || roundTripMs < facts.roundTripMs) facts = { isUp: true, roundTripMs, datagramSize };
    }
    return facts;
  }
}
