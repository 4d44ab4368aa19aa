import { createHash } from "node:crypto";
import {
  type CollectionTerms,
  type Entry,
  HolderError,
  type HolderTalk,
  type TalkName,
  type Question,
  type Answer,
} from "../../src/index.ts";
import { MemoryFleet } from "../../src/testing/index.ts";

export const ALICE = "user/alice";
export const BOB = "user/bob";

/** Alice writes, Bob reads, each node is a failure domain. */
export function termsOf(nodes: string, changes: Partial<CollectionTerms> = {}): CollectionTerms {
  return {
    scope: "cluster",
    name: "box",
    epoch: 1,
    recoveryEpoch: 1,
    copies: 3,
    holders: nodes.split("").map((node) => ({ node, domain: node })),
    readers: [BOB],
    writers: [ALICE],
    retention: 0,
    unretained: ["locks"],
    budget: 1_000_000,
    recipients: [],
    ...changes,
  };
}

export function fleetOf(nodes: string, changes: Partial<CollectionTerms> = {}): MemoryFleet {
  return new MemoryFleet({ terms: termsOf(nodes, changes) });
}

export function octetsOf(text: string): Uint8Array {
  return Buffer.from(text);
}

export function hashOf(octets: Uint8Array): string {
  return createHash("sha256").update(octets).digest("hex");
}

/** An object of one shard. */
export function liveOf(name: string, text: string, turn = 1): Entry {
  const octets = octetsOf(text);
  return { name, turn, isGone: false, shards: [{ hash: hashOf(octets), size: octets.length }] };
}

export function goneOf(name: string, turn: number): Entry {
  return { name, turn, isGone: true, shards: [] };
}

type Ask<Name extends TalkName> = { readonly op: Name } & HolderTalk[Name]["ask"] & { readonly recoveryEpoch?: number };

/** Asks a holder as somebody. */
export async function ask<Name extends TalkName>(
  fleet: MemoryFleet,
  node: string,
  asker: string,
  question: Ask<Name>,
): Promise<Answer<Name>> {
  const { scope, name, recoveryEpoch } = fleet.terms;
  const whole = { collection: { scope, name }, recoveryEpoch, ...question } as unknown as Question<Name>;
  return fleet.doorOf(asker).ask(node, whole, new AbortController().signal);
}

/** The code of what is thrown, or "done". */
export async function outcome(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return "done";
  } catch (error) {
    if (error instanceof HolderError) return error.code;
    throw error;
  }
}

/** Puts an object of one shard at these holders: the shard and the name. */
export async function putAt(fleet: MemoryFleet, nodes: string, name: string, text: string, turn = 1): Promise<void> {
  const octets = octetsOf(text);
  for (const node of nodes) {
    await ask(fleet, node, ALICE, { op: "put-shard", hash: hashOf(octets), octets });
    await ask(fleet, node, ALICE, { op: "put-entry", entry: liveOf(name, text, turn) });
  }
}

/** The state of a name at each holder, as `a:1 live`. */
export function held(fleet: MemoryFleet, name: string): string {
  return fleet.nodes
    .map((node) => {
      const entry = fleet.member(node).book.get(name);
      return entry === undefined ? `${node}:none` : `${node}:${entry.turn}${entry.isGone ? " gone" : ""}`;
    })
    .join(", ");
}

/** At which holders a shard lies, undamaged. */
export function whoHas(fleet: MemoryFleet, text: string): string {
  return fleet.nodes
    .filter((node) =>
      fleet
        .member(node)
        .disk.hashes()
        .includes(hashOf(octetsOf(text))),
    )
    .join("");
}
