import { randomBytes } from "node:crypto";
import type { Judgement } from "@florenetes/facts";
import { bootMilliseconds } from "@florenetes/native";
import { createRateLimitedLog, type Logger, type RateLimitedLog } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import { Agent, type AgentOptions } from "../agent/agent.ts";
import type { AgentOrder } from "../agent/agent-orders.ts";
import type { OrderWork } from "../agent/orders/order-work.ts";
import type { HandedIn } from "../agent/joins/join-mail.ts";
import type { Moment } from "../agent/moment.ts";
import type { Way } from "../agent/plan/ways.ts";
import type { SignerRule } from "../config/schema.ts";
import { askDoor } from "./door-client.ts";
import type { StoreConfig, UpdatesConfig } from "../config/fabric-config.ts";
import { type ProgramSigner, rulesOf, signRecords, type SignOrder } from "./program-signing.ts";
import { LeaderDriver } from "./leader-driver.ts";
import { FeedStreams } from "./feed-streams.ts";
import type { KeptFiles } from "./kept-files.ts";
import { LetterCarrier } from "./letter-carrier.ts";
import type { Machine } from "./machine.ts";
import { machineAddresses } from "./machine-addresses.ts";
import { DeviceDriver } from "./device-driver.ts";
import { machineLoad } from "./machine-load.ts";
import { LogDriver, type LogDriverOptions } from "./log-driver.ts";
import { ReleaseDriver } from "./release-driver.ts";

export interface AgentDriverOptions extends Omit<
  AgentOptions,
  "databaseId" | "log" | "leaders" | "renewer" | "stager" | "admitter" | "updates" | "randomBytes"
> {
  readonly files: AgentFiles;
  /** Tells the load and the addresses of the machine; default: the machine itself does. */
  readonly machine?: Machine | undefined;
  /** Paths of the cluster vertex's sockets. */
  readonly door: string;
  readonly sessions: string;
  /** The log's part: default: the node keeps no copy, and signs no checkpoints. */
  readonly logCopy?: LogPart;
  /** The partition that the node coordinates, and the store of its leaders; default: it names none. */
  readonly leaderStore?: { readonly partition: string; readonly config: StoreConfig } | undefined;
  /** A program's key by which the agent signs as its rules say; default: none. */
  readonly signer?: ProgramSigner | undefined;
  /** The command that says what the device is like; default: Linux says it. */
  readonly device?: { readonly command: readonly string[] } | undefined;
  /** The state folder: packages of releases come there. Default: none, where the node follows no releases. */
  readonly state?: string;
  /** The releases that the node follows; default: none. */
  readonly updates?: UpdatesConfig | undefined;
  readonly time: ProcessTime;
  /** A clock that nobody sets, and that goes on while the machine sleeps, in milliseconds; default: that of the system (CLOCK_BOOTTIME). */
  readonly bootClock?: () => number;
  readonly log: Logger;
}

/** The files of an agent, as far as its driver uses them. */
export type AgentFiles = Pick<
  KeptFiles,
  | "databaseId"
  | "fault"
  | "read"
  | "store"
  | "writeAgain"
  | "keep"
  | "keepRoutes"
  | "keepLeases"
  | "keepUsage"
  | "keepOutcomes"
  | "keepOrders"
  | "keepLinks"
>;

/** The clocks are compared at most so often. */
const CLOCK_LOOK_MS = 1_000;

/** The part that a node has in the log. */
export interface LogPart {
  /** The state folder. */
  readonly state: string;
  /** Undefined: the node keeps no copy. */
  readonly store: StoreConfig | undefined;
  readonly keys: LogDriverOptions["keys"];
}

/** After a write that has failed, the next try. */
const WRITE_AGAIN_MS = 5_000;

/** Does what an agent says, and tells it what happens. */
export class AgentDriver implements AsyncDisposable {
  readonly agent: Agent;
  readonly letters: LetterCarrier;
  readonly device: DeviceDriver;
  readonly #files: AgentFiles;
  readonly #streams: FeedStreams;
  readonly #time: ProcessTime;
  readonly #bootClock: () => number;
  readonly #machine: Machine;
  readonly #log: Logger;
  readonly #limited: RateLimitedLog;
  readonly #timer: WakeUpTimer;
  /** Streams that are to be flushed once all rows are on disk. */
  readonly #held = new Set<number>();
  readonly #cluster: string;
  readonly #signer: ProgramSigner | undefined;
  #logPart: LogPart | undefined;
  #logDriver: LogDriver | undefined;
  readonly #leaderDriver: LeaderDriver;
  readonly #releaseDriver: ReleaseDriver;
  #door: string;
  #sessions: string;
  #writesAgainAt: number = Number.POSITIVE_INFINITY;
  #clockLookAt: number = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: AgentDriverOptions) {
    const { files, door, sessions, time, bootClock = bootMilliseconds, log, logCopy, signer, ...others } = options;
    const { machine = { load: machineLoad(), addresses: machineAddresses(log) }, ...more } = others;
    const { leaderStore, device, state = "", updates, ...agentOptions } = more;
    this.#files = files;
    this.#door = door;
    this.#sessions = sessions;
    this.#time = time;
    this.#bootClock = bootClock;
    this.#log = log;
    this.#machine = machine;
    this.#cluster = options.cluster;
    this.#signer = signer;
    this.#logPart = logCopy;
    // Neighbours and signers could write as much of it as they like.
    this.#limited = createRateLimitedLog(log, { now: time.now });
    this.#timer = time.wakeUps.timer(() => this.#handleTimeout());
    const keyIds = (logCopy?.keys ?? []).map(({ keyId }) => keyId);
    const kept = { store: logCopy?.store?.kind, keyIds };
    this.#leaderDriver = new LeaderDriver({
      cluster: options.cluster,
      state: logCopy?.state ?? "",
      store: logCopy === undefined ? undefined : leaderStore,
      door: () => this.#door,
      onResult: (result) => this.#do((agent) => agent.handleLeaders(result, this.#at())),
    });
    this.agent = new Agent(
      {
        ...agentOptions,
        ...rulesOf(signer),
        leaders: leaderStore,
        updates,
        databaseId: files.databaseId,
        randomBytes,
        log: kept,
      },
      files.read(),
      this.#at(),
    );
    this.device = new DeviceDriver({
      command: device?.command,
      metered: options.metered ?? false,
      time,
      log,
      onFacts: (facts) => this.#do((agent) => agent.handleDevice(facts, this.#at())),
    });
    this.#releaseDriver = new ReleaseDriver({
      state,
      updates,
      time,
      onSeen: (seen) => this.#do((agent) => agent.handleSoftware(seen, this.#at())),
      onFetched: (result) => this.#do((agent) => agent.handleFetched(result, this.#at())),
    });
    this.letters = new LetterCarrier({ tell: (act) => this.#do((agent) => act(agent, this.#at())) });
    this.#logDriver = this.#openLog();
    this.#streams = new FeedStreams({
      sessions: () => this.#sessions,
      onAccepted: (caller) => this.#do((agent) => agent.handleAccepted(caller, this.#at())),
      onBytes: (stream, bytes) => this.#do((agent) => agent.handleBytes(stream, bytes, this.#at())),
      onClosed: (stream, fault) => this.#do((agent) => agent.handleClosed(stream, fault, this.#at())),
      // Nothing more is read while what has come cannot be written: it would be kept in memory.
      isPaused: (stream) => this.#files.fault !== undefined || this.agent.isPaused(stream),
      pollTransmit: (stream) => this.#pollTransmit(stream),
      onFlushed: () => this.#do(() => undefined),
    });
  }

  /** Begins to work. @throws OperatorError `ERR_SOCKET_…` */
  async start(listen: string): Promise<void> {
    await this.#streams.listen(listen);
    this.device.start();
    this.#releaseDriver.start();
    this.#do(() => undefined);
  }

  /** Judges records that somebody has handed in. */
  handleRecords(records: readonly Uint8Array[]): readonly Judgement[] {
    return this.#do((agent) => agent.handleRecords(records, this.#at()));
  }

  /** Judges a join that somebody has handed in. */
  handleJoin(join: Uint8Array): HandedIn {
    return this.#do((agent) => agent.handleJoin(join, this.#at()));
  }

  /** Octets of entries of the node's copy of the log (`LogDriver.read`). @returns undefined where it keeps none, or none is open @throws LogError */
  async readLog(from: number, count: number): Promise<readonly Uint8Array[] | undefined> {
    return this.#logDriver?.read(from, count);
  }

  /** Posts of signers beside that copy (`LogDriver.posts`). @returns undefined where it keeps none, or none is open @throws LogError */
  async readPosts(keyIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
    return this.#logDriver?.posts(keyIds);
  }

  /** Keeps the log in another store from now on, or in none. */
  async moveLog(store: StoreConfig | undefined): Promise<void> {
    if (this.#logPart === undefined) return;
    await this.#logDriver?.[Symbol.asyncDispose]();
    this.#logPart = { ...this.#logPart, store };
    this.#logDriver = this.#openLog();
    this.#do((agent) => agent.log.handleStoreKept(store?.kind));
  }

  /** Takes what a reload may change. */
  async reconfigure(door: string, sessions: string, ways: ReadonlyMap<string, Way>): Promise<void> {
    this.#door = door;
    this.#do((agent) => agent.handleWays(ways, this.#at()));
    if (sessions === this.#sessions) return;
    this.#sessions = sessions;
    await this.#streams.moveSession();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer.close();
    this.#leaderDriver[Symbol.dispose]();
    this.letters[Symbol.dispose]();
    await this.device[Symbol.asyncDispose]();
    await this.#releaseDriver[Symbol.asyncDispose]();
    await this.#logDriver?.[Symbol.asyncDispose]();
    await this.#streams[Symbol.asyncDispose]();
  }

  #openLog(): LogDriver | undefined {
    const { store, state, keys } = this.#logPart ?? { store: undefined };
    if (store === undefined) return undefined;
    const onTold = (): void => this.#do((agent) => agent.handleTimeout(this.#at()));
    return new LogDriver({
      agent: this.agent,
      cluster: this.#cluster,
      state,
      store,
      keys,
      at: () => this.#at(),
      onTold,
    });
  }

  #at(): Moment {
    return { now: this.#time.now(), wall: this.#time.wallClock().getTime() };
  }

  #handleTimeout(): void {
    if (this.#time.now() >= this.#writesAgainAt) this.#writeAgain();
    this.#do((agent) => agent.handleTimeout(this.#at()));
  }

  /** Tells the agent something, and does what it says. */
  #do<Result>(tell: (agent: Agent) => Result): Result {
    this.#lookAtClock();
    const result = tell(this.agent);
    if (this.#isClosed) return result;
    for (let order = this.agent.pollOrder(); order !== undefined; order = this.agent.pollOrder()) this.#perform(order);
    const at = this.#at();
    const next = Math.min(this.agent.nextTimeout(at), this.#writesAgainAt);
    // Timers may come a little early.
    if (next !== Number.POSITIVE_INFINITY) this.#timer.set(Math.max(next, at.now + 1));
    return result;
  }

  /** Times of neighbours are compared next, perhaps: before that the agent has to know whether the clock was set. */
  #lookAtClock(): void {
    if (this.#time.now() < this.#clockLookAt) return;
    // This clock first: a process that is stopped in between takes it for an earlier time, and its grants end sooner.
    const boot = this.#bootClock();
    const at = this.#at();
    this.#clockLookAt = at.now + CLOCK_LOOK_MS;
    this.agent.handleBootClock(boot, at);
    this.agent.routes.own.load = this.#machine.load();
    this.agent.handleAddresses(this.#machine.addresses(), at);
  }

  #perform(order: AgentOrder): void {
    switch (order.kind) {
      case "ask":
        void askDoor(this.#door, order.request).then((result) =>
          this.#do((agent) => agent.handleDoor(result, this.#at())),
        );
        return undefined;
      case "open":
        return this.#streams.open(order.stream, order.link);
      case "flush":
        return this.#streams.flush(order.stream);
      case "reset":
        return this.#streams.reset(order.stream, order.code, order.text);
      case "store":
        if (!this.#files.store(order.changes)) this.#planWrite();
        return undefined;
      case "keep":
        return this.#files.keep(order.papers);
      case "keep-routes":
        return this.#files.keepRoutes(order.routes);
      case "keep-leases":
        return this.#files.keepLeases(order.rows);
      case "keep-usage":
        return this.#files.keepUsage(order.rows);
      case "keep-outcomes":
        return this.#files.keepOutcomes(order.rows);
      case "order":
        return this.#performOrder(order.work);
      case "keep-links":
        return this.#files.keepLinks(order.rows);
      case "log":
        return this.#logDriver?.perform(order.order);
      case "leaders":
        return this.#leaderDriver.perform(order.order);
      case "release":
        return this.#releaseDriver.perform(order.order);
      case "letters":
        return this.letters.perform(order.order);
      case "program":
        if (order.order.kind === "sign") void this.#sign(order.rule, order.order);
        else this.#logDriver?.performProgram(order.rule, order.order);
        return undefined;
      case "tell": {
        const { level, code, about, text } = order.news;
        const source = String(about["peer"] ?? about["service"] ?? about["subject"] ?? "");
        return this.#limited[level]({ code, ...about }, text, source);
      }
    }
  }

  /** The agent is told in a turn of its own, as it is in the midst of giving orders. */
  #performOrder(work: OrderWork): void {
    if (work.kind === "keep") {
      const fault = this.#files.keepOrders(work.text);
      queueMicrotask(() => this.#do((agent) => agent.handleOrderKept(work.number, fault, this.#at())));
      return;
    }
    const told = (fault: { readonly text: string } | undefined): void =>
      this.#do((agent) => agent.handleOrderHanded(fault, this.#at()));
    const done = this.#releaseDriver.performOrder(work);
    if (work.kind === "hand-over") void done.then(told);
  }

  async #sign(rule: SignerRule, order: SignOrder): Promise<void> {
    const { signed, fault } = await signRecords(this.#signer!, order);
    this.#do((agent) => agent.handleSigned(rule, signed, fault, this.#at()));
  }

  /** Neighbours are told of no row that may be gone after a crash: its number would be another record's. */
  #pollTransmit(stream: number): Uint8Array | undefined {
    if (this.#files.fault === undefined) return this.agent.pollTransmit(stream, this.#at());
    this.#held.add(stream);
    return undefined;
  }

  #planWrite(): void {
    if (this.#writesAgainAt === Number.POSITIVE_INFINITY) {
      const { code: reason = "", text = "" } = this.#files.fault ?? {};
      this.#log.error({ code: "RECORDS_NOT_WRITTEN", reason }, `records could not be written: ${text}`);
    }
    this.#writesAgainAt = this.#time.now() + WRITE_AGAIN_MS;
  }

  #writeAgain(): void {
    this.#writesAgainAt = Number.POSITIVE_INFINITY;
    if (!this.#files.writeAgain()) return this.#planWrite();
    this.#log.info({ code: "RECORDS_WRITTEN" }, "records are written again");
    for (const stream of this.#held) this.#streams.flush(stream);
    this.#held.clear();
  }
}
