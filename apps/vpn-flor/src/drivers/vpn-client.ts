import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { connectSession, type WorkloadSession } from "@florenetes/data-session/workload";
import type { TunDevice } from "@florenetes/native";
import type { Logger } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { Assignment } from "../client/assignment.ts";
import { ClientPackets } from "../client/client-packets.ts";
import { DeviceMtu } from "../client/device-mtu.ts";
import { CLOSE_MS } from "../client/limits.ts";
import { SessionRetry } from "../client/session-retry.ts";
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
  #downSince: number | undefined;
  #running: Promise<void> | undefined;

  constructor(options: VpnClientOptions) {
    this.#options = options;
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
    let told: string | undefined;
    while (!signal.aborted) {
      this.sessions.tried++;
      const end = await this.#runSession().catch((error: unknown) => SessionEnded.of(error));
      if (this.assignment !== undefined) {
        this.#downSince = time.now();
        told = undefined;
      }
      this.packets.assignment = undefined;
      if (signal.aborted) return;
      this.sessions.ended.set(end.code, (this.sessions.ended.get(end.code) ?? 0) + 1);
      this.sessions.lastEnd = end.code;
      const waitMs = this.#retry.handleEnd(end.code, time.now(), Math.random());
      // Tries that end as the one before are counted, and not told again.
      if (told !== end.code)
        log.warn(
          { code: "VPN_SESSION_ENDED", reason: end.code, waitMs },
          `the session with the egress has ended: ${end.message}`,
        );
      told = end.code;
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Runs one session, until it ends. */
  async #runSession(): Promise<SessionEnded> {
    const { config, machine, time } = this.#options;
    const session = await ClientSession.open({
      config,
      session: await this.#connect(),
      packets: this.packets,
      time,
      setAddresses: (assignment) => machine.setAddresses(assignment),
      onUp: (assignment) => this.#handleUp(assignment),
      onPacket: (packet) => {
        if (this.#device!.write(packet) !== 0) this.packets.drop("device");
      },
    });
    this.#session = session;
    if (this.#stop.signal.aborted) session.abandon();
    return session.over;
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

  #handleUp(assignment: Assignment): void {
    const { log, time } = this.#options;
    const { sessions } = this;
    const now = time.now();
    this.packets.assignment = assignment;
    this.#retry.handleUp(now);
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
      if (trafficClass !== undefined && !packets.flows.isWhole(trafficClass)) this.#session?.openMissing(trafficClass);
    });
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
async function settled(awaited: Promise<void> | undefined, ms: number): Promise<void> {
  const patience = new AbortController();
  await Promise.race([awaited, sleep(ms, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
}
