import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { DataSession } from "./data-session.ts";
import { BYTES_UNREAD_MAX, CLOSING_MS, TRANSMIT_SIZE_MIN } from "./limits.ts";
import type { SessionEvent } from "./session-events.ts";

/**
 * Rounds of events and writes in one turn: an owner that answers each event with something to send gets another turn,
 * after all other work of the process.
 */
const ROUNDS = 4;

/** The byte stream under a session. */
export interface SessionWire {
  /** True: the bytes were sent, and the buffer is free again. False: the wire keeps the buffer for good. */
  write(bytes: Uint8Array): boolean;
  /** Whether the wire holds so much that writers wait until it has drained. */
  readonly isFull: boolean;
  pause(): void;
  /** Starts, or goes on, reading. */
  resume(): void;
  /** Ends the wire cleanly, after all written bytes. */
  end(): void;
  /** Ends the wire at once. No events follow. */
  destroy(): void;
}

export interface SessionTurnsOptions {
  readonly session: DataSession;
  readonly wire: SessionWire;
  readonly time: Pick<ProcessTime, "now" | "wakeUps">;
  /** Gets each event, one after the other; it may call the session as it likes. */
  readonly onEvent: (event: SessionEvent) => void;
  /** A turn is over: bytes may have been received and sent. */
  readonly onTurn?: () => void;
  /** The wire is over, too: nothing follows. */
  readonly onGone?: () => void;
}

/**
 * The driver's duty for a session (`DataSession`) over any wire: the session reads, writes and looks at the clock in
 * turns of the event loop. Callers of the session call `plan` afterwards.
 */
export class SessionTurns {
  readonly #options: SessionTurnsOptions;
  readonly #timer: WakeUpTimer;
  #out = new Uint8Array(TRANSMIT_SIZE_MIN);
  /** Received bytes that were not handled yet. */
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #isPaused = false;
  #isPlanned = false;
  /** When a session that is over leaves its wire, whatever its peer does; Infinity while it goes on. */
  #leaveAt = Number.POSITIVE_INFINITY;
  #hasEnded = false;
  #isOver = false;

  constructor(options: SessionTurnsOptions) {
    this.#options = options;
    this.#timer = options.time.wakeUps.timer(() => this.#handleTimer());
    options.wire.resume();
    this.plan();
  }

  /** Plans a turn soon: the session has something to do. */
  plan(): void {
    if (this.#isPlanned || this.#isOver) return;
    this.#isPlanned = true;
    this.#options.time.wakeUps.soon(() => {
      this.#isPlanned = false;
      this.#turn();
    });
  }

  /** Whether all received bytes were handled: what follows on the wire is not in anybody's hands yet. */
  get hasReadAll(): boolean {
    return this.#unread.length === 0 && !this.#isOver;
  }

  /** Sends what the session has to send now, as far as the wire accepts it: the process is about to end. */
  flush(): void {
    this.#turn();
  }

  // ── From the wire ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The session keeps the bytes. */
  handleBytes(bytes: Uint8Array): void {
    // Bytes after the end are thrown away, so that the peer reads our last frame before its own writes fail.
    if (this.#isOver || this.#options.session.isClosed) return;
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    // The bytes wait for a turn that is planned; a wire with many bytes waits, too.
    if (this.#unread.length > 1 || this.#isPlanned) {
      if (this.#unreadBytes >= BYTES_UNREAD_MAX) this.#pause();
      this.plan();
    } else this.#turn();
  }

  handleDrain(): void {
    this.#turn();
  }

  /** The peer has ended the byte stream, or is gone. */
  handleEnd(): void {
    if (this.#isOver) return;
    while (this.#unread.length > 0 && !this.#options.session.isClosed) {
      this.#read();
      this.#tell();
    }
    this.#options.session.handleEnd();
    this.#turn();
  }

  /** The wire is gone: nothing can be read or written any more. */
  handleGone(): void {
    if (this.#isOver) return;
    this.handleEnd();
    this.#leave();
  }

  // ── Turns ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #turn(): void {
    if (this.#isOver) return;
    const { session, onTurn } = this.#options;
    this.#read();
    let hasMore = true;
    for (let round = 0; hasMore && round < ROUNDS; round++) {
      this.#tell();
      hasMore = this.#write();
    }
    const isIdle = this.#unread.length === 0;
    if (isIdle && this.#isPaused && !this.#isOver) this.#resume();
    if (hasMore || !isIdle) this.plan();
    if (session.isClosed) this.#close(hasMore);
    else this.#timer.set(session.nextTimeout());
    onTurn?.();
  }

  #read(): void {
    const { session, time } = this.#options;
    const bytes = this.#unread[0];
    if (bytes === undefined) return;
    const taken = session.handleBytes(bytes, time.now());
    this.#unreadBytes -= taken;
    if (taken < bytes.length) this.#unread[0] = bytes.subarray(taken);
    else this.#unread.shift();
    if (this.#unread.length > 0) this.#pause();
  }

  #tell(): void {
    const { session, onEvent } = this.#options;
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) onEvent(event);
  }

  /** Writes as much as the wire accepts. True: there may be more events or bytes. */
  #write(): boolean {
    const { session, wire } = this.#options;
    let hasWritten = false;
    while (!wire.isFull && !this.#isOver) {
      const size = session.pollTransmit(this.#out);
      if (size === 0) break;
      hasWritten = true;
      const isFree = wire.write(this.#out.subarray(0, size));
      if (!isFree) this.#out = new Uint8Array(TRANSMIT_SIZE_MIN);
    }
    return hasWritten;
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#options.wire.pause();
  }

  #resume(): void {
    this.#isPaused = false;
    this.#options.wire.resume();
  }

  #handleTimer(): void {
    const { session, wire, time } = this.#options;
    const now = time.now();
    if (now >= this.#leaveAt) {
      wire.destroy();
      return this.#leave();
    }
    session.handleTimeout(now);
    this.#turn();
  }

  /**
   * Ends a session that is over: its last frame is sent, and then the wire ends. After a moment the wire is destroyed
   * even if the peer has not closed it.
   */
  #close(hasMore: boolean): void {
    const { wire, time } = this.#options;
    if (this.#isOver) return;
    if (this.#leaveAt === Number.POSITIVE_INFINITY) {
      this.#leaveAt = time.now() + CLOSING_MS;
      this.#unread = [];
      this.#unreadBytes = 0;
      if (this.#isPaused) this.#resume();
    }
    this.#timer.set(this.#leaveAt);
    if (hasMore || wire.isFull || this.#hasEnded) return;
    this.#hasEnded = true;
    wire.end();
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#unread = [];
    this.#timer.close();
    this.#options.onGone?.();
  }
}
