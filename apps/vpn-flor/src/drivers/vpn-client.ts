import { randomInt } from "node:crypto";
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
import { formatAddress } from "../packets/addresses.ts";
import type { ClientMachine } from "./client-machine.ts";
import { ClientSession } from "./client-session.ts";
import { SessionEnded } from "./session-ended.ts";
import { lostDevice, openTun } from "./tun.ts";

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
  /** The addresses that the present session has brought; undefined: none is up. */
  assignment: Assignment | undefined;
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
    const { time } = this.#options;
    this.#stop.abort();
    this.#mtuTimer.close();
    this.#session?.leave();
    // An egress that answers the end of the stream has counted an end in peace.
    const patience = new AbortController();
    await Promise.race([this.#running, pause(CLOSE_MS, time, patience.signal)]);
    patience.abort();
    this.#session?.abandon();
    await this.#vertex?.close();
    await Promise.race([this.#running, pause(CLOSE_MS, time, new AbortController().signal)]);
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
      this.assignment = undefined;
      this.packets.setAssignment(undefined);
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
      await pause(waitMs, time, signal);
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
    this.assignment = assignment;
    this.packets.setAssignment(assignment);
    this.#retry.handleUp(now);
    sessions.up++;
    if (this.#downSince !== undefined) {
      sessions.recoveries++;
      sessions.recoveryLastMs = now - this.#downSince;
      sessions.recoveryLongestMs = Math.max(sessions.recoveryLongestMs, sessions.recoveryLastMs);
      this.#downSince = undefined;
    }
    const addresses = [assignment.v4, assignment.v6].filter((address) => address !== undefined).map(formatAddress);
    log.info({ code: "VPN_SESSION_UP", addresses }, `the session with the egress is up: ${addresses.join(", ")}`);
  }

  // ── The device ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #handlePackets(count: number): void {
    const { slab, lengths } = this.#device!;
    const now = this.#options.time.now();
    for (let i = 0, at = 0; i < count; i++) {
      const end = at + lengths[i]!;
      const trafficClass = this.packets.send(slab.subarray(at, end), now);
      if (trafficClass !== undefined && !this.packets.flows.isWhole(trafficClass))
        this.#session?.openMissing(trafficClass);
      at = end;
    }
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

/** Waits, for as long as it is not told to stop. */
function pause(ms: number, time: ProcessTime, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = time.wakeUps.timer(() => finish());
    const finish = (): void => {
      timer.close();
      signal.removeEventListener("abort", finish);
      done();
    };
    signal.addEventListener("abort", finish, { once: true });
    timer.set(time.now() + ms);
  });
}
