/** The desk to which people bring proposals, signatures and signed records. It signs nothing: records hold by their signers. */
import { ApiError } from "../api/exchange.ts";
import type { HandedIn } from "../api/handed-in.ts";
import type { ToldDigests } from "../fabric/told.ts";
import type { Inspected, RecordsAgent } from "../proposals/agent-words.ts";
import { INSPECTED_AT_ONCE, PUBLISH_PAUSE_MS, RECORDS_AT_ONCE_MAX } from "../proposals/limits.ts";
import { isHearsay, type KeptProposal, ProposalBook } from "../proposals/proposal-book.ts";
import type { Pulled, PulledOutcome } from "../mail/replica-reader.ts";
import { foundIn, isEarly, isPassing, isRefusal, recordsIn, requireUse, standingOf } from "../proposals/usable.ts";

/** The disk, on which proposals outlive a restart. */
export interface ProposalStore {
  readonly write: (id: string, proposal: KeptProposal) => void;
  readonly remove: (id: string) => void;
}

export interface ProposalDeskOptions {
  readonly agent: RecordsAgent;
  readonly store: ProposalStore;
  /** Proposals of an earlier life, by the ids of their records. */
  readonly kept: ReadonlyMap<string, KeptProposal>;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Called when a proposal has come, changed or gone. */
  readonly handleChange: () => void;
}

/** A principal that brings something, and which records it may see. */
export interface Bringer {
  readonly principal: string;
  readonly isShown: (kind: string, scope: string) => boolean;
}

/** Proposals change one after the other: their callers see to that. */
export class ProposalDesk {
  readonly #options: ProposalDeskOptions;
  readonly #book = new ProposalBook();
  /** Kept proposals of which the agent has not been asked yet. */
  readonly #unread: Map<string, KeptProposal>;
  /** The digests of what a proposal's words rest on, as they were when the agent was asked for it. */
  readonly #grounds = new Map<string, string>();
  /** When a proposal with all signatures was handed to the agent last: milliseconds since 1970. */
  readonly #triedAt = new Map<string, number>();

  constructor(options: ProposalDeskOptions) {
    this.#options = options;
    this.#unread = new Map(options.kept);
  }

  get proposals(): ProposalBook["all"] {
    return this.#book.all;
  }

  /** All that are kept, by the ids of their records. */
  get kept(): ProposalBook["kept"] {
    return this.#book.kept;
  }

  /** Whether the agent was asked for all proposals of an earlier life: before that, not all are known that are kept. */
  get isWhole(): boolean {
    return this.#unread.size === 0;
  }

  /** The text of a proposal's record with all signatures that have come; undefined: there is no such proposal. */
  recordOf(id: string): string | undefined {
    return this.#book.get(id)?.record;
  }

  /**
   * Asks the agent again for proposals whose grounds have changed: they may be published or overtaken by now, and other keys may have to sign. What has all
   * signatures is published. A silent agent is asked again with the next digests.
   */
  async handleDigests(kinds: ToldDigests["kinds"]): Promise<void> {
    const { store, wallClock, handleChange } = this.#options;
    const over = this.#book.expire(wallClock());
    for (const id of over) this.#forget(id);
    for (const id of over) store.remove(id);
    if (over.length > 0) handleChange();
    try {
      await this.#readKept(kinds);
      await this.#inspectAgain(kinds);
      for (const id of this.#book.whole) await this.#publish(id);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "ERR_CONTROL_AGENT_SILENT") throw error;
    }
  }

  /**
   * Takes a proposal, or signatures for one that is there, and publishes it where no signature is missing.
   *
   * @param text the record as text, or copies of it
   * @param expected the id of the proposal that the signatures are for; undefined: a record that may be new
   * @returns the id of its record, and whether the proposal is new
   * @throws ApiError ERR_CONTROL_RECORD, ERR_CONTROL_OTHER_RECORD, ERR_CONTROL_CONFLICT, ERR_CONTROL_NO_NEW_SIGNATURE, ERR_CONTROL_PROPOSALS_FULL, ERR_CONTROL_ABSENT, ERR_CONTROL_AGENT_SILENT
   */
  async bring(
    text: string,
    { principal, isShown }: Bringer,
    expected?: string,
  ): Promise<{ readonly id: string; readonly isNew: boolean }> {
    const { agent, wallClock } = this.#options;
    const brought = foundIn(await agent.inspect(text));
    const { id, kind, scope } = brought;
    const former = this.#book.get(expected ?? id);
    if (!isShown(kind, scope) || (expected !== undefined && former === undefined)) {
      throw new ApiError("ERR_CONTROL_ABSENT", "there is no such proposal, or none that you may see");
    }
    if (expected !== undefined && id !== expected) {
      throw new ApiError("ERR_CONTROL_OTHER_RECORD", `the proposal is the record ${expected}, and these sign ${id}`);
    }
    requireUse(brought);
    const joined = former === undefined ? brought : foundIn(await agent.inspect(`${former.record}${brought.record}`));
    if (former?.state === "waits" && joined.record === former.record) {
      throw new ApiError(
        "ERR_CONTROL_NO_NEW_SIGNATURE",
        `it is signed by ${joined.signed.join(", ") || "nobody"} as before`,
      );
    }
    if (former === undefined && !this.#book.hasRoomFor(principal)) {
      throw new ApiError("ERR_CONTROL_PROPOSALS_FULL", "there are as many proposals as there may be");
    }
    const { by = principal, toldBy = null, broughtAt = null, brought: at = wallClock() } = former ?? {};
    // Signatures are kept before the agent is asked to take the record: it may be silent just then.
    this.#keep({ by, toldBy, broughtAt, brought: at, state: "waits", reason: null, record: joined.record }, joined);
    this.#triedAt.delete(id);
    if (joined.isWhole) await this.#publish(id);
    return { id, isNew: former === undefined };
  }

  /**
   * Takes a proposal, or signatures for one that is there, of another replica: all is judged as if somebody had brought it here, and nothing is believed but who is said to have brought it
   * first, and when.
   */
  async takeTold({ from: toldBy, id, by, broughtAt, brought, text, replaces }: Pulled): Promise<PulledOutcome> {
    try {
      const { agent, store, wallClock } = this.#options;
      const told = foundIn(await agent.inspect(text));
      if (told.id !== id) return "other-record";
      if (isEarly(told)) return "early";
      requireUse(told);
      const former = this.#book.get(id);
      if (former !== undefined && former.state !== "waits") return "known";
      const joined = former === undefined ? told : foundIn(await agent.inspect(`${former.record}${told.record}`));
      const isConfirmed = former !== undefined && broughtAt === toldBy && isHearsay(former, toldBy);
      if (joined.record === former?.record && !isConfirmed) return "known";
      if (former === undefined) {
        const isReplaced = replaces !== undefined && this.#book.drop(replaces);
        const gone = isReplaced ? [replaces] : this.#book.makeRoomForTold();
        if (gone === undefined) return "full";
        for (const each of gone) this.#forget(each);
        for (const each of gone) store.remove(each);
      }
      const word = { by, toldBy, broughtAt, brought: Math.min(brought, wallClock()) };
      const kept = former === undefined || isConfirmed ? word : former;
      this.#keep({ ...kept, state: "waits", reason: null, record: joined.record }, joined);
      this.#triedAt.delete(id);
      if (joined.isWhole) await this.#publish(id);
      if (former === undefined) return "taken";
      return joined.record === former.record ? "confirmed" : "signed";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "ERR_CONTROL_AGENT_SILENT") return "silent";
      return error.code === "ERR_CONTROL_CONFLICT" ? "conflict" : "record";
    }
  }

  /**
   * Hands signed records to the agent: as many at a time as an agent takes of anybody.
   *
   * @throws ApiError ERR_CONTROL_RECORDS_MANY, ERR_CONTROL_AGENT_SILENT
   */
  async hand(text: string): Promise<HandedIn> {
    if (recordsIn(text) > RECORDS_AT_ONCE_MAX) {
      throw new ApiError("ERR_CONTROL_RECORDS_MANY", `there are more than ${RECORDS_AT_ONCE_MAX} records`);
    }
    return this.#options.agent.hand(text);
  }

  /** Asks the agent for the proposals of an earlier life. A record that it does not know as one is left out. */
  async #readKept(kinds: ToldDigests["kinds"]): Promise<void> {
    const { agent } = this.#options;
    for (const [id, kept] of [...this.#unread].slice(0, INSPECTED_AT_ONCE)) {
      const inspected = await agent.inspect(kept.record);
      this.#unread.delete(id);
      if (isRefusal(inspected) || inspected.id !== id) continue;
      // A record may have been published or overtaken meanwhile.
      const now = kept.state === "waits" ? { ...kept, ...standingOf(inspected) } : kept;
      this.#keep(now, inspected);
      this.#grounds.set(id, this.#groundsOf(inspected.kind, now.reason, kinds));
    }
  }

  async #inspectAgain(kinds: ToldDigests["kinds"]): Promise<void> {
    const isOld = ({ id, kind, reason }: ProposalBook["all"][number]): boolean =>
      this.#grounds.get(id) !== this.#groundsOf(kind, reason, kinds);
    const old = this.#book.all.filter((proposal) => proposal.state === "waits" && isOld(proposal));
    for (const { id, kind } of old.slice(0, INSPECTED_AT_ONCE)) {
      const kept = this.#book.get(id)!;
      const inspected = await this.#options.agent.inspect(kept.record);
      const standing = isRefusal(inspected) ? kept : standingOf(inspected);
      this.#grounds.set(id, this.#groundsOf(kind, standing.reason, kinds));
      if (!isRefusal(inspected)) this.#keep({ ...kept, ...standing }, inspected);
    }
  }

  /** Hands a proposal with all signatures to the agent. A refusal that may pass is told, and it is handed in again after a while. */
  async #publish(id: string): Promise<void> {
    const { agent, wallClock } = this.#options;
    const now = wallClock();
    if (now - (this.#triedAt.get(id) ?? Number.NEGATIVE_INFINITY) < PUBLISH_PAUSE_MS) return;
    this.#triedAt.set(id, now);
    const kept = this.#book.get(id)!;
    const [outcome] = await agent.hand(kept.record).then(({ records }) => records, noneWhereSilent);
    if (outcome === undefined) return;
    const { reason = "" } = outcome;
    if (outcome.outcome !== "refused") this.#set(id, { ...kept, state: "published", reason: null });
    else this.#set(id, { ...kept, state: isPassing(reason) ? "waits" : "refused", reason });
  }

  /** A record's words rest on those of its own kind, on the keys, and on policies; one that is of the future, on the time, too. */
  #groundsOf(kind: string, reason: string | null, kinds: ToldDigests["kinds"]): string {
    const minute = reason === "future" ? [String(Math.floor(this.#options.wallClock() / 60_000))] : [];
    return [...[kind, "root", "policy"].map((name) => kinds[name]?.hash ?? ""), ...minute].join(" ");
  }

  #keep(kept: KeptProposal, inspected: Inspected): void {
    this.#book.set(kept, inspected);
    this.#options.store.write(inspected.id, kept);
    this.#options.handleChange();
  }

  #set(id: string, kept: KeptProposal): void {
    this.#book.change(id, kept);
    this.#options.store.write(id, kept);
    this.#options.handleChange();
  }

  #forget(id: string): void {
    this.#grounds.delete(id);
    this.#triedAt.delete(id);
  }
}

/** A record that a silent agent was handed is handed in again with the next digests. */
function noneWhereSilent(error: unknown): HandedIn["records"] {
  if (error instanceof ApiError && error.code === "ERR_CONTROL_AGENT_SILENT") return [];
  throw error;
}
