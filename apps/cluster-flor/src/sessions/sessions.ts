import assert from "node:assert";
import { SharedPlaces, type ProcessTime, type WakeUpTimer, nextRound } from "@florenetes/scheduling";
import { type NodePressure, PressureAction, PressureLevel } from "@florenetes/data-session";
import type { ServiceTarget } from "@florenetes/config-file";
import { type Credentials, formatShortPrincipal } from "@florenetes/identity";
import { type Logger, type Pressure, type RateLimitedLog, createRateLimitedLog } from "@florenetes/process-kit";
import type { SessionConfig, SessionServiceConfig } from "../config/cluster-config.ts";
import { isSame } from "../config/config-changes.ts";
import type { RunningConfig } from "../config/running-config.ts";
import { SlotMap, type Slots } from "../config/slot-map.ts";
import { openAccounts } from "../transport/datagrams/end-accounts.ts";
import { defaultLimits } from "../transport/limits.ts";
import type { OwnService } from "../transport/own/own-service.ts";
import type { Proof } from "../transport/peers/principals.ts";
import type { LocalNetwork } from "../transport/streams/local-network.ts";
import type { MemoryBudget } from "../transport/streams/memory-budget.ts";
import type { Transport } from "../transport/transport.ts";
import { DATAGRAM_OVERHEAD, OPENED_MAX, ROUND_MS } from "./limits.ts";
import { type RouteFacts, switchOf } from "./route-news.ts";
import { type OpenedPlace, SessionDoor, type SessionDoorHost, type SessionDoorOptions } from "./session-door.ts";
import { type SessionSocketStatus, sessionStatus } from "./session-status.ts";
import { SessionTarget } from "./session-target.ts";
import { SessionTrunks } from "./session-trunks.ts";

/** The sessions' part of a config. */
export type SessionsConfig = Pick<RunningConfig, "vertex" | "sessions" | "paths" | "services">;

export interface SessionsOptions {
  /** The first config. */
  readonly config: SessionsConfig;
  readonly credentials: ReadonlyMap<string, Credentials>;
  readonly time: ProcessTime;
  readonly local: LocalNetwork;
  readonly log: Logger;
  /** Streams and flows that all workloads at sockets may have open, for tests; by default `OPENED_MAX`. */
  readonly openedMax?: number;
}

const LEVELS = { nominal: PressureLevel.nominal, warning: PressureLevel.warning, critical: PressureLevel.critical };
const ACTIONS = {
  none: PressureAction.none,
  "slow-bulk": PressureAction.slowBulk,
  "refuse-new": PressureAction.openNothing,
};

/**
 * Data sessions (docs/protocol/data-session.md): sockets at which workloads open streams and flows over this vertex's trunks, and
 * workloads that serve over a session. The sessions use the transport as any workload of this process would.
 */
export class Sessions implements SessionDoorHost {
  readonly time: ProcessTime;
  readonly local: LocalNetwork;
  readonly log: RateLimitedLog;
  readonly vertex: string;
  readonly places: SharedPlaces<OpenedPlace>;
  /** Called when the workload of a service has ended its session, or takes no more streams over it. */
  onTargetGone: (service: string) => void = () => {};
  /** Serving workloads, by their services and paths. */
  readonly #targets = new Map<string, SessionTarget>();
  #doors: Slots<SessionDoor>;
  /** Doors that the config no longer has, whose last sessions go on. */
  readonly #leaving = new Set<SessionDoor>();
  #config: SessionsConfig;
  #credentials: ReadonlyMap<string, Credentials>;
  /** The principal and certificates of each folder that a socket lends. */
  readonly #own = new Map<string, Proof>();
  readonly #timer: WakeUpTimer;
  #transport: Transport | undefined;
  #pressure: NodePressure | undefined;

  /** `join` has to follow. */
  constructor(options: SessionsOptions) {
    const { config, time, local, log } = options;
    this.#config = config;
    this.#credentials = options.credentials;
    this.time = time;
    this.local = local;
    this.vertex = config.vertex;
    this.places = new SharedPlaces(options.openedMax ?? OPENED_MAX);
    this.log = createRateLimitedLog(log, { now: time.now });
    this.#timer = time.wakeUps.timer(() => this.#handleRound());
    this.#doors = new SlotMap(
      [...config.sessions].map(([number, socket]) => [number, new SessionDoor(this, this.#optionsOf(socket, []))]),
    );
  }

  /** The transport is ready. */
  join(transport: Transport): void {
    this.#transport = transport;
    transport.trunks.onTurned((...turned) => {
      for (const { options } of this.doors) for (const trunks of options.services) trunks.handleTurned(...turned);
    });
    this.#proveOwn();
  }

  /**
   * Another config is in force; the transport has it already. Sessions that stay keep their streams. A removed socket
   * accepts no new sessions, and its present ones end with their last streams.
   *
   * @param credentials Those of every folder that a socket of the config lends.
   */
  reconfigure(next: SessionsConfig, credentials: ReadonlyMap<string, Credentials>): void {
    const former = this.#doors;
    this.#config = next;
    this.#credentials = credentials;
    this.#proveOwn();
    const doors = new SlotMap<SessionDoor>();
    for (const [number, socket] of next.sessions) {
      const door = former.get(number);
      if (door !== undefined && !isSame(socket, door.options.config)) this.#change(door, socket);
      doors.set(number, door ?? new SessionDoor(this, this.#optionsOf(socket, [])));
    }
    this.#doors = doors;
    for (const [number, door] of former) if (!doors.has(number)) this.#remove(door);
    const kept = new Set([...next.services.values()].map(({ name, target }) => keyOf(target, name)));
    for (const [key, target] of this.#targets) {
      if (kept.has(key)) continue;
      this.#targets.delete(key);
      target.leave();
    }
    this.begin();
  }

  /** The workload behind the target of a service that takes data sessions; undefined for any other target. */
  ownServiceOf(target: ServiceTarget, service: string): OwnService | undefined {
    const key = keyOf(target, service);
    if (target.kind !== "session" || key === undefined) return undefined;
    const workload =
      this.#targets.get(key) ?? new SessionTarget(this, { service, path: target.path, dialMs: defaultLimits.dialMs });
    this.#targets.set(key, workload);
    return workload;
  }

  /** Each door is to be opened before `begin`. */
  get doors(): Iterable<SessionDoor> {
    return this.#doors.values();
  }

  /** The sockets are open: begins the rounds of checks. */
  begin(): void {
    if ([...this.doors].length > 0) this.#arm();
  }

  /** A folder has other credentials now. */
  handleCredentials(folder: string, credentials: Credentials): void {
    if (this.#own.has(folder)) this.#own.set(folder, this.#joined.principals.own(credentials));
  }

  /** The revocation lists have changed. */
  handleRevocations(): void {
    for (const door of this.doors) door.checkPrincipal();
  }

  /** The level of the pressure on this process has changed. */
  handlePressure({ level, score, action, reasons }: Pick<Pressure, "level" | "score" | "action" | "reasons">): void {
    const pressure = { level: LEVELS[level], score: Math.round(score), action: ACTIONS[action], reasons };
    this.#pressure = level === "nominal" ? undefined : pressure;
    for (const user of [...this.doors, ...this.#targets.values()]) user.tellPressure(pressure);
  }

  /** Refuses new sessions, and new streams of present ones. */
  drain(): void {
    for (const door of this.doors) door.drain();
  }

  /** Ends all sessions. */
  close(): void {
    this.#timer.close();
    for (const user of [...this.doors, ...this.#leaving, ...this.#targets.values()]) user.close();
  }

  status(): SessionSocketStatus[] {
    return [...this.doors].map((door) => sessionStatus(door, this.#config.paths));
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

  /** @param former The door's services so far: unchanged ones are kept. */
  #optionsOf(config: SessionConfig, former: readonly SessionTrunks[]): SessionDoorOptions {
    const { name: socket, as } = config;
    const trunksOf = (service: SessionServiceConfig): SessionTrunks => {
      const before = former.find((trunks) => trunks.config.name === service.name);
      if (before?.isFor(service, as) === true) return before;
      const accounts =
        before?.accounts ?? openAccounts(this.log, { socket, service: service.name }, true, "originator");
      const trunks = new SessionTrunks(service, as, accounts, () => this.#joined);
      if (before !== undefined) trunks.follow(before);
      return trunks;
    };
    return {
      config,
      as: formatShortPrincipal(this.#credentialsOf(as).principal),
      services: config.services.map(trunksOf),
      refusal: () => this.#joined.principals.ownRefusalOf(this.#own.get(as)!),
    };
  }

  #change(door: SessionDoor, config: SessionConfig): void {
    const { services } = door.options;
    door.reconfigure(this.#optionsOf(config, services));
    const { services: next } = door.options;
    for (const trunks of services) {
      if (next.includes(trunks)) continue;
      trunks.leave();
      if (next.every(({ accounts }) => accounts !== trunks.accounts)) this.#joined.forgetAccounts(trunks.accounts);
    }
  }

  #remove(door: SessionDoor): void {
    door.drain("the vertex has this socket no more");
    for (const trunks of door.options.services) trunks.leave();
    this.#leaving.add(door);
  }

  #proveOwn(): void {
    for (const { as } of this.#config.sessions.values()) {
      this.#own.set(as, this.#joined.principals.own(this.#credentialsOf(as)));
    }
  }

  #credentialsOf(folder: string): Credentials {
    const credentials = this.#credentials.get(folder);
    assert(credentials !== undefined, `the credentials of ${folder} were not loaded`);
    return credentials;
  }

  #arm(): void {
    this.#timer.set(nextRound(this.time.now(), ROUND_MS));
  }

  #handleRound(): void {
    for (const door of this.#leaving) {
      if (door.open > 0) continue;
      this.#leaving.delete(door);
      for (const { accounts } of door.options.services) this.#joined.forgetAccounts(accounts);
    }
    for (const door of this.doors) {
      if (door.open === 0) continue;
      door.checkPrincipal();
      door.tellRoutes((trunks) => this.#factsOf(trunks));
    }
    this.#arm();
  }

  /** The state of the route to a service, by the best of its connections, as new streams go; undefined when there were none yet. */
  #factsOf(trunks: SessionTrunks): RouteFacts | undefined {
    let facts: RouteFacts | undefined;
    for (const own of trunks.all) {
      const trunk = own.standby ?? own;
      const connection = this.#joined.connectionOf(trunk);
      if (connection === undefined) {
        // Without waiting workloads none may need a connection at present; with them, no connection could be made.
        if (trunk.clients.areWaiting) facts ??= { isUp: false, roundTripMs: 0, datagramSize: 0 };
        continue;
      }
      const { rttMs: roundTripMs } = connection.stats(this.time.now());
      const datagramSize = connection.payloadMax - DATAGRAM_OVERHEAD;
      if (facts?.isUp !== true || roundTripMs < facts.roundTripMs) facts = { isUp: true, roundTripMs, datagramSize };
    }
    return facts && { ...facts, switched: switchOf(trunks.all) };
  }
}

/** Undefined when the target is no workload with data sessions. */
function keyOf(target: ServiceTarget, service: string): string | undefined {
  return target.kind === "session" ? JSON.stringify([service, target.path]) : undefined;
}
