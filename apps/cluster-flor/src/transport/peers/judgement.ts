import { EXPIRY_LOOK_MS } from "@florenetes/identity";
import { NOT_IN_HEAP, nextRound } from "@florenetes/scheduling";
import { isSame } from "../../config/config-changes.ts";
import type { VertexPins } from "../../config/vertex-pins.ts";
import type { Refusal } from "../codes.ts";
import type { Hello } from "../messages.ts";
import type { Principals, Proof } from "./principals.ts";
import type { Sleeper } from "../turns.ts";

/** The properties by which a connection is judged. */
interface JudgedConnection {
  readonly state: string;
  /** The principal and the certificates that this end has shown to its peer. */
  readonly own: Proof;
  /** The principal of the other end as `<kind>/<name>`, and its proof; undefined until proven. */
  readonly peer: string | undefined;
  readonly peerProof: Proof | undefined;
  /** The hello of the other end's present life; undefined until it has come. */
  readonly peerHello: Hello | undefined;
  /** Ends the connection. */
  closeFor(refusal: Refusal, now: number): void;
}

export interface JudgementOptions {
  readonly principals: Principals;
  readonly turns: { setDeadline(sleeper: Sleeper, deadline: number): void };
  /** All connections, whatever their state. */
  readonly connections: () => Iterable<JudgedConnection>;
}

/**
 * Judges connections again after they were accepted, and ends those with unfit certificates: a revocation list names one,
 * or pins name other keys (checked when lists or pins change), or one has ended (checked once a second).
 * A connection with a certificate that has ended continues for its last streams when there is another connection of the same two
 * principals and the same life of the peer, whose certificates are all valid: that one proves that both are still who they were.
 */
export class Judgement implements Sleeper {
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;
  readonly #options: JudgementOptions;

  constructor(options: JudgementOptions, now: number) {
    this.#options = options;
    this.#sleep(now);
  }

  /** Other pins may be in force. Connections whose peers have shown keys that are not pinned any more end at once. */
  handlePins(pins: VertexPins, now: number): void {
    const { principals } = this.#options;
    if (isSame(pins, principals.pins)) return;
    principals.pins = pins;
    this.handleOtherRules(now);
  }

  /** Other lists or other pins are in force. */
  handleOtherRules(now: number): void {
    const { principals, connections } = this.#options;
    for (const connection of connections()) {
      const refusal = principals.refusalOf(connection.own, connection.peerProof);
      if (refusal !== undefined) connection.closeFor(refusal, now);
    }
  }

  handleTimeout(now: number): void {
    this.#sleep(now);
    const { principals, connections } = this.#options;
    const open = [...connections()].filter(({ state }) => state === "open");
    const ended = new Map<JudgedConnection, Refusal>();
    for (const connection of open) {
      const expired = principals.expiryOf(connection.own, connection.peerProof);
      if (expired !== undefined) ended.set(connection, expired);
    }
    if (ended.size === 0) return;
    const good = new Set(open.filter((connection) => !ended.has(connection)).map(pairOf));
    for (const [connection, expired] of ended) {
      const pair = pairOf(connection);
      if (pair === undefined || !good.has(pair)) connection.closeFor(expired, now);
    }
  }

  #sleep(now: number): void {
    this.#options.turns.setDeadline(this, nextRound(now, EXPIRY_LOOK_MS));
  }
}

/** A text for both principals and the peer's life: equal for connections that share all three; undefined before the peer's hello. */
function pairOf({ own, peer, peerHello }: JudgedConnection): string | undefined {
  if (peer === undefined || peerHello === undefined) return undefined;
  const { token, startedAt, id } = peerHello;
  return `${own.principal} ${peer} ${token} ${startedAt} ${id}`;
}
