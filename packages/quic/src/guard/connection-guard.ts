import { RateLimit } from "@florenetes/scheduling";
import {
  CONNECTION_IDS_MAX,
  PATH_CHALLENGES_MAX,
  PATH_CHALLENGES_PER_SECOND,
  TICKET_BYTES_MAX,
  TICKET_FRAMES_MAX,
} from "../limits.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { ConnectionLedger } from "./connection-ledger.ts";
import { type AckRanges, type FrameJudge, FrameWalker } from "./frames.ts";
import type { ProcessLedger } from "./process-ledger.ts";
import type { Violation } from "./violation.ts";

const walker = new FrameWalker();
const fine = (): undefined => undefined;
const anyFrame: FrameJudge = {
  handleAck: fine,
  handleCrypto: fine,
  handleStream: fine,
  handleReset: fine,
  handleStreamNamed: fine,
  handleNewConnectionId: fine,
  handleRetireConnectionId: fine,
  handlePathChallenge: fine,
  handleHandshakeDone: fine,
};

/**
 * Judges the frames of a connection's 1-RTT packets before the engine sees them: whether they can be read, and whether they make the
 * engine keep, answer or send more than an honest peer would. Pure.
 */
export class ConnectionGuard implements FrameJudge {
  readonly ledger: ConnectionLedger;
  readonly acknowledgements: Acknowledgements;
  /** For a client: the server has confirmed the handshake (RFC 9001, 4.1.2). */
  isHandshakeDone = false;
  readonly #isServer: boolean;
  readonly #pathChallenges = new RateLimit(PATH_CHALLENGES_MAX, PATH_CHALLENGES_PER_SECOND);
  #now = 0;
  #connectionIdsLeft: number;
  #ticketFrames = 0;

  /**
   * @param idLength of our own connection IDs: where they are empty, so are the peer's.
   * @param random numbers in [0, 1) that the peer cannot foresee.
   */
  constructor(isServer: boolean, idLength: number, process: ProcessLedger, random: () => number) {
    this.ledger = new ConnectionLedger(isServer, process);
    this.acknowledgements = new Acknowledgements(random);
    this.#isServer = isServer;
    this.#connectionIdsLeft = idLength === 0 ? 0 : CONNECTION_IDS_MAX;
  }

  /** Judges one packet's frames; undefined when they are acceptable. */
  judge(frames: Uint8Array, now: number): Violation | undefined {
    this.#now = now;
    return walker.walk(frames, this) ?? this.acknowledgements.violation;
  }

  /** Whether a packet that we have made may be lost without harm. */
  isExpendable(frames: Uint8Array): boolean {
    return walker.walk(frames, anyFrame) === undefined && walker.isExpendable;
  }

  handleAck(largest: number, ranges: AckRanges): Violation | undefined {
    return this.acknowledgements.handleAck(largest, ranges);
  }

  /** Session tickets, which only servers send, in order or nearly so. */
  handleCrypto(offset: number, length: number): Violation | undefined {
    const isTooMuch = this.#isServer || ++this.#ticketFrames > TICKET_FRAMES_MAX || offset + length > TICKET_BYTES_MAX;
    return isTooMuch ? "CRYPTO_DATA" : undefined;
  }

  handleStream(id: number, offset: number, length: number): Violation | undefined {
    return this.ledger.handleStream(id, offset, length);
  }

  handleReset(id: number): Violation | undefined {
    return this.ledger.handleReset(id);
  }

  handleStreamNamed(id: number): Violation | undefined {
    return this.ledger.handleStreamNamed(id);
  }

  handleNewConnectionId(): Violation | undefined {
    return --this.#connectionIdsLeft < 0 ? "CONNECTION_IDS" : undefined;
  }

  /** We issue one ID, which no packet that was sent to it may retire (RFC 9000, 19.16). */
  handleRetireConnectionId(): Violation | undefined {
    return "CONNECTION_IDS";
  }

  handlePathChallenge(): Violation | undefined {
    return this.#pathChallenges.take(this.#now) ? undefined : "PATH_CHALLENGES";
  }

  handleHandshakeDone(): Violation | undefined {
    this.isHandshakeDone = true;
    return undefined;
  }
}
