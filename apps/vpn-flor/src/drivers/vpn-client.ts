import { randomInt } from "node:crypto";
import { type TrafficClass, TRAFFIC_CLASS_NAMES, type WorkloadClassName } from "@florenetes/forwarding";
import {
  connectSession,
  type WorkloadFlow,
  type WorkloadSession,
  type WorkloadStream,
} from "@florenetes/data-session/workload";
import type { TunDevice } from "@florenetes/native";
import type { Logger } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import { type Assignment, judgeAssignment } from "../client/assignment.ts";
import { ClientPackets } from "../client/client-packets.ts";
import { DeviceMtu } from "../client/device-mtu.ts";
import { ASSIGNED_MS, CLOSE_MS } from "../client/limits.ts";
import { SessionRetry } from "../client/session-retry.ts";
import type { UpConfig } from "../config/vpn-config.ts";
import { ClientExchange } from "../connect-ip/client-exchange.ts";
import { REFUSED_PAUSE_MS, SHARDS } from "../flows/limits.ts";
import { formatAddress } from "../packets/addresses.ts";
import type { ClientMachine } from "./client-machine.ts";
import { lostDevice, openTun } from "./tun.ts";
import { SessionEnded } from "./session-ended.ts";

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
 *
 *     connecting ──the stream is open──▶ asking ──addresses──▶ up ──lost, refused──▶ waiting ──▶ connecting
 */
export class VpnClient implements AsyncDisposable {
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
  /** What the present session has brought; undefined: none is up. */
  assignment: Assignment | undefined;
  /** The last exchange with an egress. */
  exchange: ClientExchange = new ClientExchange();
  readonly #retry = new SessionRetry();
  readonly #stop = new AbortController();
  readonly #mtuTimer: WakeUpTimer;
  /** When the next flow of a class may be opened. */
  readonly #openAt = new Map<TrafficClass, number>();
  readonly #opening = new Set<TrafficClass>();
  #device: TunDevice | undefined;
  #session: WorkloadSession | undefined;
  #downSince: number | undefined;
  #isOver: Promise<void> | undefined;

  constructor(options: VpnClientOptions) {
    this.#options = options;
    this.#mtuTimer = options.time.wakeUps.timer(() => this.#handleMtuDue());
  }

  /** Makes the device and its routes, and begins to look for an egress. @throws OperatorError `ERR_VPN_…` */
  async start(): Promise<void> {
    const { config, machine, time } = this.#options;
    this.#device = openTun(
      config.device,
      (count) => this.#handlePackets(count),
      (errno) => this.lost.resolve(lostDevice(config.device, errno)),
    );
    await machine.begin();
    this.#downSince = time.now();
    this.#isOver = this.#run();
  }

  /** The error that took the device away: the process ends by it, and its supervisor starts it anew. */
  readonly lost: PromiseWithResolvers<Error> = Promise.withResolvers<Error>();

  async [Symbol.asyncDispose](): Promise<void> {
    const { time } = this.#options;
    this.#stop.abort();
    this.#mtuTimer.close();
    // An egress that answers the end of the stream has counted it as an end in peace.
    await Promise.race([this.#isOver, pause(CLOSE_MS, time, new AbortController().signal)]);
    await this.#session?.close().catch(() => {});
    await this.#isOver;
    this.#device?.close();
    await this.#options.machine.clear();
  }

  // ── Sessions ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #run(): Promise<void> {
    const { log, time } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.sessions.tried++;
      const end = await this.#runSession().catch((error: unknown) => SessionEnded.of(error));
      if (this.assignment !== undefined) this.#downSince = time.now();
      this.assignment = undefined;
      this.packets.setAssignment(undefined);
      if (signal.aborted) return;
      this.sessions.ended.set(end.code, (this.sessions.ended.get(end.code) ?? 0) + 1);
      this.sessions.lastEnd = end.code;
      const waitMs = this.#retry.handleEnd(end.code, Math.random());
      log.warn(
        { code: "VPN_SESSION_ENDED", reason: end.code, waitMs },
        `the session with the egress has ended: ${end.message}`,
      );
      await pause(waitMs, time, signal);
    }
  }

  /** Runs one session, until it ends. */
  async #runSession(): Promise<SessionEnded> {
    const { config, time } = this.#options;
    if (this.#session === undefined || this.#session.closed) {
      this.#session = await connectSession(config.session, { name: "vpn-flor" });
      this.#session.on("route", ({ service, datagramSize }) => {
        if (service === config.service) this.#handleRoute(datagramSize);
      });
    }
    const stream = await this.#session.open(config.service, { class: "interactive" });
    const flows = new AbortController();
    const exchange = new ClientExchange();
    try {
      return await new Promise<SessionEnded>((done) => {
        const late = time.wakeUps.timer(() => {
          if (this.assignment === undefined) done(new SessionEnded("SILENT", "it has assigned no address in time"));
        });
        late.set(time.now() + ASSIGNED_MS);
        stream.on("data", (bytes: Buffer) => {
          const fault = exchange.handleBytes(bytes);
          if (fault !== undefined) return done(new SessionEnded("CAPSULES", `its capsules are not in order: ${fault}`));
          this.#handleAssigned(exchange, flows.signal).catch((error: unknown) => done(SessionEnded.of(error)));
        });
        stream.on("error", (error) => done(SessionEnded.of(error)));
        stream.on("end", () => done(new SessionEnded("DONE", "it has ended the session")));
        stream.on("close", () => {
          late.close();
          done(SessionEnded.of(stream.errored ?? undefined));
        });
        this.#stop.signal.addEventListener("abort", () => stream.end(), { once: true, signal: flows.signal });
        stream.write(exchange.begin());
      });
    } finally {
      // The shards first, then the session: nothing of it is sent when nobody listens.
      flows.abort();
      endStream(stream);
    }
  }

  async #handleAssigned(exchange: ClientExchange, signal: AbortSignal): Promise<void> {
    const { config, machine, log, time } = this.#options;
    this.exchange = exchange;
    if (exchange.addresses === undefined || signal.aborted) return;
    const assignment = judgeAssignment(exchange.addresses, config.addresses);
    if (typeof assignment === "string")
      throw new SessionEnded("ADDRESSES", `it assigns what this machine does not take: ${assignment}`);
    await machine.setAddresses(assignment);
    if (signal.aborted) return;
    const isNew = this.assignment === undefined;
    this.assignment = assignment;
    this.packets.setAssignment(assignment);
    if (!isNew) return;
    this.#retry.handleUp();
    this.sessions.up++;
    this.#noteRecovery(time.now());
    const addresses = [assignment.v4, assignment.v6].filter((address) => address !== undefined).map(formatAddress);
    log.info({ code: "VPN_SESSION_UP", addresses }, `the session with the egress is up: ${addresses.join(", ")}`);
    signal.addEventListener("abort", () => this.#closeFlows(), { once: true });
    this.#openAt.clear();
    for (const trafficClass of SHARDS.keys()) this.#openMissing(trafficClass);
  }

  #noteRecovery(now: number): void {
    const { sessions } = this;
    if (sessions.up > 1) {
      sessions.recoveries++;
      sessions.recoveryLastMs = now - this.#downSince!;
      sessions.recoveryLongestMs = Math.max(sessions.recoveryLongestMs, sessions.recoveryLastMs);
    }
  }

  // ── Flows ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Opens the flows that a class lacks, unless one of it was refused a moment ago. */
  #openMissing(trafficClass: TrafficClass): void {
    const { time } = this.#options;
    if (this.assignment === undefined || this.#opening.has(trafficClass)) return;
    if (time.now() < (this.#openAt.get(trafficClass) ?? 0)) return;
    this.#opening.add(trafficClass);
    void this.#openFlows(trafficClass).finally(() => this.#opening.delete(trafficClass));
  }

  async #openFlows(trafficClass: TrafficClass): Promise<void> {
    const { config } = this.#options;
    const session = this.#session!;
    const name = TRAFFIC_CLASS_NAMES[trafficClass] as WorkloadClassName;
    for (let shard = this.packets.flows.free(trafficClass); shard !== undefined;) {
      let flow: WorkloadFlow;
      try {
        flow = await session.openFlow(config.service, { class: name });
      } catch {
        return;
      }
      if (this.assignment === undefined) return flow.close();
      this.#join(flow, trafficClass, shard);
      shard = this.packets.flows.free(trafficClass);
    }
  }

  #join(flow: WorkloadFlow, trafficClass: TrafficClass, shard: number): void {
    const { packets } = this;
    const { time } = this.#options;
    packets.flows.add(trafficClass, shard, flow);
    flow.on("datagram", (datagram) => {
      packets.flows.noteReceived(trafficClass, shard, datagram.length);
      const packet = packets.receive(datagram, time.now());
      if (packet !== undefined && this.#device!.write(packet) !== 0) packets.drop("device");
    });
    flow.on("close", (error) => {
      packets.flows.remove(flow);
      if (error !== undefined) this.#openAt.set(trafficClass, time.now() + REFUSED_PAUSE_MS);
    });
  }

  #closeFlows(): void {
    for (const flow of this.packets.flows.flows) (flow as WorkloadFlow).close();
  }

  // ── The device ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #handlePackets(count: number): void {
    const { slab, lengths } = this.#device!;
    const now = this.#options.time.now();
    for (let i = 0, at = 0; i < count; i++) {
      const end = at + lengths[i]!;
      const trafficClass = this.packets.send(slab.subarray(at, end), now);
      if (trafficClass !== undefined && !this.packets.flows.isWhole(trafficClass)) this.#openMissing(trafficClass);
      at = end;
    }
  }

  #handleRoute(datagramSize: number): void {
    const { time } = this.#options;
    const before = this.mtu.value;
    this.mtu.handleRoute(datagramSize, time.now());
    if (this.mtu.dueAt !== undefined) this.#mtuTimer.set(this.mtu.dueAt);
    if (this.mtu.value !== before) this.#setMtu();
  }

  #handleMtuDue(): void {
    const before = this.mtu.value;
    this.mtu.handleTimeout(this.#options.time.now());
    if (this.mtu.value !== before) this.#setMtu();
  }

  #setMtu(): void {
    const { machine, log } = this.#options;
    machine.setMtu(this.mtu.value).catch((error: unknown) => {
      log.warn({ code: "VPN_MTU_NOT_SET", mtu: this.mtu.value, err: error }, "the device's MTU could not be set");
    });
  }
}

/** Ends a stream in peace where it can be: a reset would be told as a failure. */
function endStream(stream: WorkloadStream): void {
  stream.on("error", () => {});
  stream.end();
  if (!stream.destroyed) stream.resume();
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
