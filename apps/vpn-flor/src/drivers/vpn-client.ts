import { randomInt } from "node:crypto";
import { connectSession, type WorkloadSession } from "@florenetes/data-session/workload";
import type { TunDevice } from "@florenetes/native";
import type { Logger } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { Assignment } from "../client/assignment.ts";
import { ClientPackets } from "../client/client-packets.ts";
import { DeviceMtu } from "../client/device-mtu.ts";
import { WATCH_MS } from "../client/limits.ts";
import { SessionWatch } from "../client/session-watch.ts";
import type { UpConfig } from "../config/vpn-config.ts";
import type { AdvertisedRange } from "../connect-ip/capsules.ts";
import { addressesOf, formatAddress } from "../packets/addresses.ts";
import type { PacketClasses } from "../packets/traffic-classes.ts";
import type { ClientMachine } from "./client-machine.ts";
import { ClientSession } from "./client-session.ts";
import type { SessionEnded } from "./session-ended.ts";
import { type SessionCounts, SessionKeeper } from "./session-keeper.ts";
import { DeviceWriter } from "./device-writer.ts";
import { cutterOf, forEachPiece, lostDevice, openSegments, openTun } from "./tun.ts";

/** 32 bits. */
const SEEDS = 2 ** 32;

export interface VpnClientOptions {
  readonly config: UpConfig;
  readonly machine: ClientMachine;
  readonly classes: PacketClasses;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/**
 * The client's end of a VPN: a device, and a session with an egress of the pool, which is made anew for as long as it takes. The device, its routes and the
 * kill switch stay meanwhile.
 */
export class VpnClient {
  readonly #options: VpnClientOptions;
  readonly packets: ClientPackets;
  readonly mtu: DeviceMtu = new DeviceMtu();
  /** Resolves with the error that has taken the device away: the process ends by it, and its supervisor starts it anew. */
  readonly lost: PromiseWithResolvers<Error> = Promise.withResolvers<Error>();
  readonly #keeper: SessionKeeper<ClientSession>;
  readonly #mtuTimer: WakeUpTimer;
  readonly #segments = openSegments();
  #device: TunDevice | undefined;
  readonly #origins = { mesh: Symbol("mesh"), self: Symbol("self") };
  #writer: DeviceWriter<symbol> | undefined;
  /** The data session with the cluster vertex, over which the next session is opened. */
  #vertex: WorkloadSession | undefined;
  readonly #watch = new SessionWatch();
  readonly #watchTimer: WakeUpTimer;
  #isWatching = false;
  #isStopped = false;
  /** The code of the end that people were told of last; undefined: a session was up since. */
  #told: string | undefined;
  #running: Promise<void> | undefined;

  constructor(options: VpnClientOptions) {
    this.#options = options;
    this.packets = new ClientPackets(options.classes, cutterOf(this.#segments), randomInt(SEEDS));
    this.#keeper = new SessionKeeper({
      open: (onUp) => this.#openSession(onUp),
      onUp: (session) => this.#handleUp(session),
      onDown: () => this.#handleDown(),
      onRetry: (end, waitMs) => this.#handleRetry(end, waitMs),
      time: options.time,
      random: () => Math.random(),
    });
    this.#watchTimer = options.time.wakeUps.timer(() => this.#look());
    this.#mtuTimer = options.time.wakeUps.timer(() => this.#changeMtu((now) => this.mtu.handleTimeout(now)));
  }

  /** The addresses that the present session has brought; undefined: none is up. */
  get assignment(): Assignment | undefined {
    return this.packets.assignment;
  }

  /** The ranges that the egress leads to, as it said last. */
  get routes(): readonly AdvertisedRange[] {
    return this.#keeper.present?.exchange.routes ?? [];
  }

  get sessions(): SessionCounts {
    return this.#keeper.counts;
  }

  /** Makes the device and its routes, and begins to look for an egress. @throws OperatorError `ERR_VPN_…` */
  async start(): Promise<void> {
    const { config, machine } = this.#options;
    this.#device = openTun(
      config.device,
      this.#segments,
      (count) => this.#handlePieces(count),
      (errno) => this.lost.resolve(lostDevice(config.device, errno)),
    );
    this.#writer = new DeviceWriter<symbol>({
      device: this.#device,
      segments: this.#segments,
      judge: (origin, packet, count) =>
        origin === this.#origins.self || this.packets.receive(packet, this.#options.time.now(), count),
      onRefused: (count) => this.packets.drop("device", count),
    });
    await machine.begin();
    this.#running = this.#keeper.run();
  }

  /** Ends session and device, and opens the machine again: what it had before counts from then on. */
  async stop(): Promise<void> {
    await this.close();
    await this.#options.machine.clear();
  }

  /** Ends session and device. Rules and routes stay, and with them the kill switch. */
  async close(): Promise<void> {
    this.#isStopped = true;
    this.#mtuTimer.close();
    this.#watchTimer.close();
    await this.#keeper.stop();
    await this.#vertex?.close();
    await this.#running;
    this.#device?.close();
  }

  // ── Sessions ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #openSession(onUp: (session: ClientSession) => void): Promise<ClientSession> {
    const { config, machine, time } = this.#options;
    return ClientSession.open({
      config,
      session: await this.#connect(),
      packets: this.packets,
      time,
      setAddresses: async (assignment) => {
        // A session that comes up late changes nothing on a machine that is opened again.
        if (!this.#isStopped) await machine.setAddresses(assignment);
      },
      onUp,
      onHeard: (session) => {
        if (session === this.#keeper.present) this.#watch.handleHeard();
      },
      onElsewhere: (session) => {
        if (session === this.#keeper.present && this.#watch.mayMove(time.now())) this.#keeper.move();
      },
      onPacket: (packet) => this.#writer!.add(this.#origins.mesh, packet),
    });
  }

  /** Looks at the session while packets are sent. */
  #look(): void {
    const now = this.#options.time.now();
    const step = this.#watch.poll(now);
    if (step === "ask") this.#keeper.present?.ask();
    else if (step === "move") this.#keeper.move();
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

  #handleUp(session: ClientSession): void {
    const assignment = session.assignment!;
    this.packets.assignment = assignment;
    this.packets.handleUp(session.flows);
    this.#watch.handleHeard();
    this.#told = undefined;
    const addresses = addressesOf(assignment).map(formatAddress);
    this.#options.log.info(
      { code: "VPN_SESSION_UP", addresses },
      `the session with the egress is up: ${addresses.join(", ")}`,
    );
  }

  #handleDown(): void {
    this.packets.assignment = undefined;
    this.#watch.handleHeard();
  }

  /** Tells of an end. Tries that end as the one before are counted, and not told again. */
  #handleRetry({ code, message }: SessionEnded, waitMs: number): void {
    if (this.#told !== code)
      this.#options.log.warn(
        { code: "VPN_SESSION_ENDED", reason: code, waitMs },
        `the session with the egress has ended: ${message}`,
      );
    this.#told = code;
  }

  // ── The device ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #handlePieces(count: number): void {
    const { packets } = this;
    const now = this.#options.time.now();
    forEachPiece(this.#device!, count, (piece) => {
      const trafficClass = packets.send(piece, now);
      if (trafficClass === undefined) {
        const answer = packets.pollAnswer();
        if (answer !== undefined) this.#writer!.add(this.#origins.self, answer);
        return;
      }
      this.#watch.handleSent(now);
      if (!packets.flows.isWhole(trafficClass)) this.#keeper.present?.openMissing(trafficClass);
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
