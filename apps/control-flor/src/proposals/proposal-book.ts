/** Proposals: records that wait for signatures of people, and what has become of them. */
import { z } from "zod";
import { compareTexts } from "../fabric/compare-texts.ts";
import type { ProposalResource } from "../fabric/resources.ts";
import type { Inspected } from "./agent-words.ts";
import { PROPOSAL_LIFE_MS, PROPOSALS_MAX, PROPOSALS_OF_ONE_MAX, TOLD_MAX } from "./limits.ts";

/** A proposal as it is kept on the disk. The agent says all else of its record anew. */
export interface KeptProposal {
  /** The principal that has brought it first. */
  readonly by: string;
  /** The replica that has told of it, and whose word `by` is; null: it was brought here. */
  readonly toldBy: string | null;
  /** The replica to which it was brought, as that one says; null: this one, or that one says none. */
  readonly broughtAt: string | null;
  /** When: milliseconds since 1970. */
  readonly brought: number;
  readonly state: ProposalResource["state"];
  /** Why the agent has refused it; null: it has not. */
  readonly reason: string | null;
  /** The record as text, with all signatures that have come. */
  readonly record: string;
}

/** The year 9999: no clock shows a later one. */
const TIME_MAX = 253_402_300_799_999;

export const keptForm: z.ZodType<KeptProposal> = z.object({
  by: z.string(),
  toldBy: z.string().nullable().default(null),
  broughtAt: z.string().nullable().default(null),
  brought: z.int().min(0).max(TIME_MAX),
  state: z.enum(["waits", "published", "overtaken", "refused"]),
  reason: z.string().nullable(),
  record: z.string(),
});

/** Whether a proposal is said to have been brought to a replica, and that one has not said so itself. */
export function isHearsay({ broughtAt, toldBy }: Pick<KeptProposal, "broughtAt" | "toldBy">, replica: string): boolean {
  return broughtAt === replica && toldBy !== replica;
}

interface Entry {
  readonly kept: KeptProposal;
  readonly inspected: Inspected;
}

export class ProposalBook {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /** Proposals, the newest first, as readers get them. */
  get all(): readonly ProposalResource[] {
    const all = [...this.#entries.values()].map(resourceOf);
    return all.toSorted((a, b) => compareTexts(b.brought, a.brought) || compareTexts(a.id, b.id));
  }

  get(id: string): KeptProposal | undefined {
    return this.#entries.get(id)?.kept;
  }

  /** All that are kept, by the ids of their records. */
  get kept(): ReadonlyMap<string, KeptProposal> {
    return new Map([...this.#entries].map(([id, { kept }]) => [id, kept]));
  }

  /** Whether there is room for a further proposal of a principal, whatever other replicas say that it has brought. */
  hasRoomFor(principal: string): boolean {
    const own = [...this.#entries.values()].filter(
      ({ kept }) => kept.by === principal && kept.toldBy === null && kept.state === "waits",
    );
    return this.#entries.size < PROPOSALS_MAX && own.length < PROPOSALS_OF_ONE_MAX;
  }

  /**
   * Makes room for a proposal that another replica tells, where there are as many of these as there may be: the oldest that waits no more goes. Returns the ids of those that have gone;
   * undefined: there is no room.
   */
  makeRoomForTold(): readonly string[] | undefined {
    const told = [...this.#entries].filter(([, { kept }]) => kept.toldBy !== null);
    if (told.length < TOLD_MAX && this.#entries.size < PROPOSALS_MAX) return [];
    const done = told.filter(([, { kept }]) => kept.state !== "waits");
    const [oldest] = done.toSorted(([, a], [, b]) => a.kept.brought - b.kept.brought);
    if (oldest === undefined) return undefined;
    this.#entries.delete(oldest[0]);
    return [oldest[0]];
  }

  /** Removes one that is there. */
  drop(id: string): boolean {
    return this.#entries.delete(id);
  }

  set(kept: KeptProposal, inspected: Inspected): void {
    this.#entries.set(inspected.id, { kept, inspected });
  }

  /** Removes what is over: ids of proposals whose seven days, or whose record's life, have passed. */
  expire(wall: number): readonly string[] {
    const over = [...this.#entries].filter(([, { kept, inspected }]) => wall >= endOf(kept, inspected));
    for (const [id] of over) this.#entries.delete(id);
    return over.map(([id]) => id);
  }

  /** Ids of proposals that wait for nobody: they have all signatures. */
  get whole(): readonly string[] {
    const waiting = [...this.#entries].filter(([, { kept }]) => kept.state === "waits");
    return waiting.filter(([, { inspected }]) => inspected.isWhole).map(([id]) => id);
  }

  /** Changes a proposal that is there. */
  change(id: string, kept: KeptProposal): void {
    const { inspected } = this.#entries.get(id)!;
    this.#entries.set(id, { kept, inspected });
  }
}

function endOf({ brought }: KeptProposal, { expires }: Inspected): number {
  return Math.min(brought + PROPOSAL_LIFE_MS, Date.parse(expires));
}

function resourceOf({ kept, inspected }: Entry): ProposalResource {
  const { id, kind, scope, subject, epoch, expires, payload, words, signed, missing, inForce } = inspected;
  const { by, toldBy, broughtAt, brought, state, reason } = kept;
  return {
    id,
    kind,
    scope,
    subject,
    epoch,
    expires,
    by,
    toldBy,
    broughtAt,
    brought: new Date(brought).toISOString(),
    ends: new Date(endOf(kept, inspected)).toISOString(),
    state,
    reason,
    words,
    payload,
    signed,
    missing: state === "waits" ? missing : [],
    inForce: inForce === null ? null : { id: inForce.id, epoch: inForce.epoch, generation: inForce.generation },
  };
}
