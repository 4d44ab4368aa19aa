/** Nodes on their way in: joins that wait for the signatures of programs. Pure. */
import { admittedNode, type Fact, type Join, type JoinJudgement, readEnvelope } from "@florenetes/facts";
import type { Work } from "../programs/work.ts";

/** A join that may be taken by its token. */
export type Admissible = Pick<Extract<JoinJudgement, { outcome: "admissible" }>, "join" | "token">;

/** A node on its way in. */
export interface Waiting {
  join: Join;
  /** The record of its token. */
  token: Fact;
  work: Work;
  /** When it was shown here first, in monotonic milliseconds. */
  readonly since: number;
}

/** Nodes that most programs have signed come first, and then those that have asked first. */
export function inOrder(all: Iterable<Waiting>): Waiting[] {
  return [...all].toSorted(
    (a, b) =>
      b.work.signed.size - a.work.signed.size ||
      a.join.time - b.join.time ||
      (placeOf(a.join) < placeOf(b.join) ? -1 : 1),
  );
}

/** The name of a join: whoever asks again with a newer one is the same. */
export function placeOf({ token, node, key }: Join): string {
  return `${token} ${node} ${key}`;
}

/** The payload of the record that follows. */
export function payloadOf(token: Fact, join: Join): Uint8Array {
  const envelope = readEnvelope(admittedNode(token, join));
  if (typeof envelope === "string") throw new TypeError("the record of a node has a payload");
  return envelope.payload;
}
