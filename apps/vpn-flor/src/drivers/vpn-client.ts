import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connectSession, type WorkloadSession } from "@florenetes/data-session/workload";
import type { TunDevice } from "@florenetes/native";
import type { Logger } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { Assignment } from "../client/assignment.ts";
import { ClientPackets } from "../client/client-packets.ts";
import { DeviceMtu } from "../client/device-mtu.ts";
import { CLOSE_MS, MOVE_MS, WATCH_MS } from "../client/limits.ts";
import { SessionRetry } from "../client/session-retry.ts";
import { SessionWatch } from "../client/session-watch.ts";
import type { UpConfig } from "../config/vpn-config.ts";
import type { AdvertisedRange } from "../connect-ip/capsules.ts";
import { addressesOf, formatAddress } from "../packets/addresses.ts";
import type { ClientMachine } from "./client-machine.ts";
import { ClientSession } from "./client-session.ts";
import { SessionEnded } from "./session-ended.ts";
import { forEachPacket, lostDevice, openTun } from "./tun.ts";

/** 32 bits. */
const SEEDS = 2 ** 32;

export interface VpnClientOptions {
  readonly config: UpConfig;
  readonly machine: ClientMachine;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** Counts of sessions with an egress. */
export interface SessionCounts {
  tried: number;
  /** Sessions that had their addresses. */
  up: number;
  /** Sessions that were given up for another one, which was up already. */
  moved: number;
  /** Sessions that ended or did not come up, by the code of their end. */
  readonly ended: Map<string, number>;
  /** The code of the last end. */
  lastEnd: string | undefined;
  /** Times from the end of a session to the next one that was up, in milliseconds. */
  recoveries: number;
  recoveryLastMs: number;
  recoveryLongestMs: number;
}

/**
 * The client's end of a VPN: a device, and a session with an egress of the pool, which is made anew for as long as it takes. The device, its routes and the
 * kill switch stay meanwhile.
 */
export class VpnClient {
  readonly #options: VpnClientOptions;
  readonly packets: ClientPackets = new ClientPackets(randomInt(SEEDS));
  readonly mtu: DeviceMtu = new DeviceMtu();
  readonly sessions: SessionCounts = {
    tried: 0,
    up: 0,
    moved: 0,
    ended: new Map(),
    lastEnd: undefined,
    recoveries: 0,
    recoveryLastMs: 0,
    recoveryLongestMs: 0,
  };
  /** Resolves with the error that has taken the device away: the process ends by it, and its supervisor starts it anew. */
  readonly lost: PromiseWithResolvers<Error> = Promise.withResolvers<Error>();
  readonly #retry = new SessionRetry();
  readonly #stop = new AbortController();
  readonly #mtuTimer: WakeUpTimer;
  #device: TunDevice | undefined;
  /** The data session with the cluster vertex, over which the next session is opened. */
  #vertex: WorkloadSession | undefined;
  #session: ClientSession | undefined;
  readonly #watch = new SessionWatch();
  readonly #watchTimer: WakeUpTimer;
  #isWatching = false;
  /** A session that is tried beside the present one: resolves with it once it is up, or with nothing. */
  #successor: Promise<ClientSession | undefined> | undefined;
  #downSince: number | undefined;
  /** The code of the end that people were told of last; undefined: a session was up since. */
  #told: string | undefined;
  #running: Promise<void> | undefined;

  constructor(options: VpnClientOptions) {
    this.#options = options;
    this.#watchTimer = options.time.wakeUps.timer(() => this.#look());
    this.#mtuTimer = options.time.wakeUps.timer(() => this.#changeMtu((now) => this.mtu.handleTimeout(now)));
  }

  /** The addresses that the present session has brought; undefined: none is up. */
  get assignment(): Assignment | undefined {
    return this.packets.assignment;
  }

  /** The ranges that the egress leads to, as it said last. */
  get routes(): readonly AdvertisedRange[] {
    return this.#session?.exchange.routes ?? [];
  }

  /** Makes the device and its routes, and begins to look for an egress. @throws OperatorError `ERR_VPN_…` */
  async start(): Promise<void> {
    const { config, machine } = this.#options;
    this.#device = openTun(
      config.device,
      (count) => this.#handlePackets(count),
      (errno) => this.lost.resolve(lostDevice(config.device, errno)),
    );
    await machine.begin();
    this.#running = this.#run();
  }

  /** Ends session and device, and opens the machine again: what it had before counts from then on. */
  async stop(): Promise<void> {
    await this.close();
    await this.#options.machine.clear();
  }

  /** Ends session and device. Rules and routes stay, and with them the kill switch. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#mtuTimer.close();
    this.#watchTimer.close();
    this.#session?.leave();
    // An egress that answers the end of the stream has counted an end in peace.
    await settled(this.#running, CLOSE_MS);
    this.#session?.abandon();
    await this.#vertex?.close();
    await settled(this.#running, CLOSE_MS);
    this.#device?.close();
  }

  // ── Sessions ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #run(): Promise<void> {
    const { log, time } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.sessions.tried++;
      const end = await this.#runSession().catch((error: unknown) => SessionEnded.of(error));
      this.packets.assignment = undefined;
      if (signal.aborted) return;
      this.#countEnd(end);
      const waitMs = this.#retry.handleEnd(end.code, time.now(), Math.random());
      // Tries that end as the one before are counted, and not told again.
      if (this.#told !== end.code)
        log.warn(
          { code: "VPN_SESSION_ENDED", reason: end.code, waitMs },
          `the session with the egress has ended: ${end.message}`,
        );
      this.#told = end.code;
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Runs one session, and those that take its place, until the last one ends. */
  async #runSession(): Promise<SessionEnded> {
    let session = await this.#openSession();
    this.#session = session;
    if (this.#stop.signal.aborted) session.abandon();
    for (;;) {
      const end = await session.over;
      if (this.#session === session && this.assignment !== undefined) {
        this.#downSince = this.#options.time.now();
        this.packets.assignment = undefined;
      }
      const successor = await this.#successor;
      this.#successor = undefined;
      if (successor === undefined) return end;
      session = successor;
    }
  }

  async #openSession(onUp?: (session: ClientSession) => void): Promise<ClientSession> {
    const { config, machine, time } = this.#options;
    return ClientSession.open({
      config,
      session: await this.#connect(),
      packets: this.packets,
      time,
      setAddresses: (assignment) => machine.setAddresses(assignment),
      onUp: (assignment, session) => {
        this.#handleUp(assignment, session);
        onUp?.(session);
      },
      onHeard: (session) => {
        if (session === this.#session) this.#watch.handleHeard();
      },
      onElsewhere: (session) => {
        if (session === this.#session && this.#watch.mayMove(time.now())) this.#move();
      },
      onPacket: (packet) => {
        if (this.#device!.write(packet) !== 0) this.packets.drop("device");
      },
    });
  }

  /** Tries another session beside the present one, which goes on until the other one is up. */
  #move(): void {
    if (this.#successor !== undefined || this.#stop.signal.aborted) return;
    const former = this.#session;
    this.sessions.tried++;
    this.#successor = this.#succeed().then(
      (successor) => {
        if (successor === undefined) this.#successor = undefined;
        else if (former !== undefined) void leave(former);
        return successor;
      },
      () => (this.#successor = undefined),
    );
  }

  /** Opens a session, and waits until it is up. Returns nothing when it has ended before. */
  async #succeed(): Promise<ClientSession | undefined> {
    const isUp = Promise.withResolvers<ClientSession>();
    const session = await this.#openSession(isUp.resolve);
    const { wakeUps, now } = this.#options.time;
    const patience = wakeUps.timer(() => session.abandon(new SessionEnded("SILENT", "it did not come up in time")));
    patience.set(now() + MOVE_MS);
    const upOrOver = await Promise.race([isUp.promise, session.over]);
    patience.close();
    if (upOrOver instanceof SessionEnded) {
      this.#countEnd(upOrOver);
      return undefined;
    }
    this.sessions.moved++;
    return session;
  }

  #countEnd({ code }: SessionEnded): void {
    this.sessions.ended.set(code, (this.sessions.ended.get(code) ?? 0) + 1);
    this.sessions.lastEnd = code;
  }

  /** Looks at the session while packets are sent. */
  #look(): void {
    const now = this.#options.time.now();
    const step = this.#watch.poll(now);
    if (step === "ask") this.#session?.ask();
    else if (step === "move") this.#move();
    this.#isWatching = this.#watch.isQuiet;
    if (this.#isWatching) this.#watchTimer.set(now + WATCH_MS);
  }

  /** The data session with the cluster vertex: the one that there is, or a new one. */
  async #connect(): Promise<WorkloadSession> {
    const { config } = this.#options;
    if (this.#vertex !== undefined && !this.#vertex.closed) return this.#vertex;
    const vertex = await connectSession(config.session, { name: "vpn-flor" });
    this.#vertex = vertex;
    vertex.on("route", ({ service, datagramSize }) => {
      if (service === config.service) this.#changeMtu((now) => this.mtu.handleRoute(datagramSize, now));
    });
    // The vertex gives up this data session, and has another one for what comes next.
    vertex.on("goAway", () => {
      if (this.#vertex === vertex) this.#vertex = undefined;
    });
    return vertex;
  }

  #handleUp(assignment: Assignment, session: ClientSession): void {
    const { log, time } = this.#options;
    const { sessions } = this;
    const now = time.now();
    this.#session = session;
    this.packets.assignment = assignment;
    this.packets.change(session.flows);
    this.#watch.handleHeard();
    this.#retry.handleUp(now);
    this.#told = undefined;
    sessions.up++;
    if (this.#downSince !== undefined) {
      sessions.recoveries++;
      sessions.recoveryLastMs = now - this.#downSince;
      sessions.recoveryLongestMs = Math.max(sessions.recoveryLongestMs, sessions.recoveryLastMs);
      this.#downSince = undefined;
    }
    const addresses = addressesOf(assignment).map(formatAddress);
    log.info({ code: "VPN_SESSION_UP", addresses }, `the session with the egress is up: ${addresses.join(", ")}`);
  }

  // ── The device ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #handlePackets(count: number): void {
    const { packets } = this;
    const now = this.#options.time.now();
    forEachPacket(this.#device!, count, (packet) => {
      const trafficClass = packets.send(packet, now);
      if (trafficClass === undefined) return;
      this.#watch.handleSent(now);
      if (!packets.flows.isWhole(trafficClass)) this.#session?.openMissing(trafficClass);
    });
    if (this.#isWatching || !this.#watch.isQuiet) return;
    this.#isWatching = true;
    this.#watchTimer.set(now + WATCH_MS);
  }

  /** Lets something change the MTU, and gives the device the one that comes of it. */
  #changeMtu(change: (now: number) => void): void {
    const { machine, log, time } = this.#options;
    const before = this.mtu.value;
    change(time.now());
    if (this.mtu.dueAt !== undefined) this.#mtuTimer.set(this.mtu.dueAt);
    if (this.mtu.value === before) return;
    machine.setMtu(this.mtu.value).catch((error: unknown) => {
      log.warn({ code: "VPN_MTU_NOT_SET", mtu: this.mtu.value, err: error }, "the device's MTU could not be set");
    });
  }
}

/** Waits until something is settled, and for so many milliseconds at most. */
async function settled(awaited: Promise<unknown> | undefined, ms: number): Promise<void> {
  const patience = new AbortController();
  await Promise.race([awaited, sleep(ms, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
}

/** Ends a session whose place another one has taken: in peace, where its egress answers. */
async function leave(session: ClientSession): Promise<void> {
  session.leave();
  await settled(session.over, CLOSE_MS);
  session.abandon();
}
