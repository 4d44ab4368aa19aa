import type { LocalSocket, LocalSocketOwner } from "@florenetes/cluster-flor/src/transport/streams/local-network.ts";

/** What a workload hears of its connection. The bytes are its to keep. */
export interface Workload {
  handleData(bytes: Uint8Array): void;
  handleEnd(): void;
  handleReset(): void;
}

/** A workload's connection in memory, which is never full. The transport service has one side, `workload` the other. */
export class MemorySocket implements LocalSocket {
  owner: LocalSocketOwner | undefined;
  readonly isFull = false;
  readonly held = 0;
  readonly #soon: (action: () => void) => void;
  readonly #workload: (socket: MemorySocket) => Workload;
  #hears: Workload | undefined;
  readonly #toOwner: Uint8Array[] = [];
  #isPaused = true;
  #isFinished = false;
  #isFinishTold = false;
  #isEnded = false;
  #isGone = false;

  /** @param soon Calls when all that is ready now has been handled. */
  constructor(soon: (action: () => void) => void, workload: (socket: MemorySocket) => Workload) {
    this.#soon = soon;
    this.#workload = workload;
  }

  // ── The workload's side ─────────────────────────────────────────────────────────────────────────────────────────────

  send(bytes: Uint8Array): void {
    this.#toOwner.push(bytes);
    this.#soon(() => this.#pump());
  }

  finish(): void {
    this.#isFinished = true;
    this.#soon(() => this.#pump());
  }

  // ── The transport's side ────────────────────────────────────────────────────────────────────────────────────────────

  write(bytes: Uint8Array): boolean {
    this.#listener.handleData(bytes.slice());
    return true;
  }

  end(): void {
    this.#isEnded = true;
    this.#listener.handleEnd();
    this.#soon(() => this.#pump());
  }

  reset(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#listener.handleReset();
  }

  pause(): void {
    this.#isPaused = true;
  }

  probe(): void {}

  resume(): void {
    this.#isPaused = false;
    this.#soon(() => this.#pump());
  }

  get #listener(): Workload {
    return (this.#hears ??= this.#workload(this));
  }

  #pump(): void {
    while (!this.#isPaused && !this.#isGone && this.#toOwner.length > 0) {
      this.owner?.handleLocalData(this.#toOwner.shift()!);
    }
    if (this.#isPaused || this.#isGone || this.#toOwner.length > 0) return;
    if (this.#isFinished && !this.#isFinishTold) {
      this.#isFinishTold = true;
      this.owner?.handleLocalEnd();
    }
    if (!this.#isFinishTold || !this.#isEnded) return;
    this.#isGone = true;
    this.owner?.handleLocalClose(true);
  }
}
