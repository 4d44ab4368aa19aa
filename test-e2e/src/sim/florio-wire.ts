import { type FlorioHandlers, memoryFlorioPair, type MemoryFlorioPort } from "@florenetes/florio";
import { FlorioLedger, type WireEnd } from "./florio-ledger.ts";
import type { Life, Scheduler } from "@florenetes/simkit";

/** How often a port tries to connect, and how often a connected port checks its connection. */
const CONNECT_INTERVAL_MS = 100;

/** The life of the process that has a port now. */
interface PortOwner {
  readonly life: Life;
  readonly handlers: FlorioHandlers;
  isTurnPlanned: boolean;
}

/** The two FlorIO ports of a portal, whose owners can be killed and started, each by itself. */
export class FlorioWire {
  /** If true, nothing arrives, and no socket notices. */
  isCut = false;
  readonly #owners: Partial<Record<WireEnd, PortOwner>> = {};
  readonly pair;
  readonly ledger: FlorioLedger;

  /** @param socketFrames How many frames a socket holds. */
  constructor(socketFrames?: number) {
    this.pair = memoryFlorioPair(this.#handlers("cluster"), this.#handlers("link"), {
      ...(socketFrames !== undefined && { socketFrames }),
      onActivity: (port) => this.#planTurn(port),
    });
    this.ledger = new FlorioLedger({ cluster: this.pair.a, link: this.pair.b });
  }

  /** Gives a port to a process; its former process is dead. */
  hold(end: WireEnd, life: Life, handlers: FlorioHandlers): void {
    this.#owners[end] = { life, handlers, isTurnPlanned: false };
  }

  /** Takes a port from the process that had it, and that was killed. */
  release(end: WireEnd): void {
    delete this.#owners[end];
    this.ledger.handleKill(end);
    this.#portOf(end).kill();
  }

  /** Connects the two ports whenever they can be connected, from now on: not before the survivor of a restart has found its partner gone. */
  keepConnecting(scheduler: Scheduler): void {
    const { a, b } = this.pair;
    if (this.#areBothRunning && !a.isConnected && !b.isConnected) this.pair.connect();
    for (const end of ["cluster", "link"] as const) if (this.#isRunning(end)) this.#portOf(end).look();
    scheduler.after(CONNECT_INTERVAL_MS, () => this.keepConnecting(scheduler));
  }

  /** Whether both processes run, and hear each other once their ports are connected. */
  get isUndisturbed(): boolean {
    return this.#areBothRunning && !this.isCut;
  }

  get #areBothRunning(): boolean {
    return this.#isRunning("cluster") && this.#isRunning("link");
  }

  #isRunning(end: WireEnd): boolean {
    return this.#owners[end]?.life.isStandingStill === false;
  }

  #handlers(end: WireEnd): FlorioHandlers {
    const owner = (): FlorioHandlers | undefined => this.#owners[end]?.handlers;
    const reachable = (): FlorioHandlers | undefined => (this.isCut ? undefined : owner());
    return {
      onData: (handle, frame) => reachable()?.onData(handle, frame),
      onControl: (message) => reachable()?.onControl(message),
      onConnected: () => owner()?.onConnected(),
      onDisconnected: () => owner()?.onDisconnected(),
      onWritable: () => owner()?.onWritable(),
      onDoubt: () => owner()?.onDoubt?.(),
    };
  }

  #portOf(end: WireEnd): MemoryFlorioPort {
    return end === "cluster" ? this.pair.a : this.pair.b;
  }

  #planTurn(port: MemoryFlorioPort): void {
    const owner = this.#owners[port === this.pair.a ? "cluster" : "link"];
    if (owner === undefined || owner.isTurnPlanned) return;
    owner.isTurnPlanned = true;
    owner.life.soon(() => {
      owner.isTurnPlanned = false;
      this.ledger.checkWaiting(port);
      port.runTurn();
    });
  }
}
