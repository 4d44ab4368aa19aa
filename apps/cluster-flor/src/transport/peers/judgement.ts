import { EXPIRY_LOOK_MS } from "@florenetes/identity";
import { notInHeap } from "@florenetes/timing";
import type { Refusal } from "../connections/connection-role.ts";
import type { EndConnection } from "../connections/end-connection.ts";
import type { Principals } from "./principals.ts";
import type { Sleeper, Turns } from "../turns.ts";

export interface JudgementOptions {
  readonly principals: Principals;
  readonly turns: Pick<Turns<EndConnection>, "setDeadline">;
  /** All of them, whatever their state. */
  readonly connections: () => Iterable<EndConnection>;
}

/**
 * Looks at connections again after they were accepted, and ends those whose certificates are not fit any more: a revocation list
 * names one (looked at when the lists change), or one has ended (once a second).
 *
 * A connection with a certificate that has ended goes on for its last streams beside another one of the same two principals and
 * the same life of the peer whose certificates are all good: that one has proven that they are still who they were.
 */
export class Judgement implements Sleeper {
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = notInHeap;
  readonly #options: JudgementOptions;

  constructor(options: JudgementOptions, now: number) {
    this.#options = options;
    this.#sleep(now);
  }

  handleRevocations(now: number): void {
    const { principals, connections } = this.#options;
    for (const connection of connections()) {
      const revoked = principals.revocationOf(connection.own, connection.peerProof);
      if (revoked !== undefined) connection.refuse(revoked, now);
    }
  }

  handleTimeout(now: number): void {
    this.#sleep(now);
    const { principals, connections } = this.#options;
    const open = [...connections()].filter(({ state }) => state === "open");
    const ended = new Map<EndConnection, Refusal>();
    for (const connection of open) {
      const expired = principals.expiryOf(connection.own, connection.peerProof);
      if (expired !== undefined) ended.set(connection, expired);
    }
    if (ended.size === 0) return;
    const good = new Set(open.filter((connection) => !ended.has(connection)).map(pairOf));
    for (const [connection, expired] of ended) {
      const pair = pairOf(connection);
      if (pair === undefined || !good.has(pair)) connection.refuse(expired, now);
    }
  }

  #sleep(now: number): void {
    this.#options.turns.setDeadline(this, now + EXPIRY_LOOK_MS);
  }
}

/** Who talks to whom, the peer in which life; undefined before its hello. */
function pairOf({ own, peer, peerInstance }: EndConnection): string | undefined {
  if (peer === undefined || peerInstance === undefined) return undefined;
  const { token, startedAt, id } = peerInstance;
  return `${own.principal} ${peer} ${token} ${startedAt} ${id}`;
}
