/** The desk to which people bring proposals, signatures and signed records. It signs nothing: records hold by their signers. */
import type { FabricView } from "../fabric/fabric-view.ts";
import { ApiError } from "../api/exchange.ts";
import type { HandedIn } from "../api/handed-in.ts";
import type { Inspected, RecordsAgent } from "../proposals/agent-words.ts";
import { type KeptProposal, ProposalBook } from "../proposals/proposal-book.ts";
import { foundIn, isRefusal, requireUse } from "../proposals/usable.ts";

/** The disk, on which proposals outlive a restart. */
export interface ProposalStore {
  readonly write: (id: string, proposal: KeptProposal) => void;
  readonly remove: (id: string) => void;
}

export interface ProposalDeskOptions {
  readonly agent: RecordsAgent;
  readonly store: ProposalStore;
  /** Proposals of an earlier life. */
  readonly kept: readonly KeptProposal[];
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
  #unread: readonly KeptProposal[];

  constructor(options: ProposalDeskOptions) {
    this.#options = options;
    this.#unread = options.kept;
  }

  get proposals(): ProposalBook["all"] {
    return this.#book.all;
  }

  /** The text of a proposal's record with all signatures that have come; undefined: there is no such proposal. */
  recordOf(id: string): string | undefined {
    return this.#book.get(id)?.record;
  }

  /** Takes what is in force now: proposals may have been published or overtaken elsewhere. Never rejects. */
  async handleView(view: FabricView): Promise<void> {
    const { store, wallClock, handleChange } = this.#options;
    const isRead = await this.#readKept();
    const over = this.#book.expire(wallClock());
    for (const id of over) store.remove(id);
    const changed = this.#book.handleView(view);
    for (const id of changed) store.write(id, this.#book.get(id)!);
    if (isRead || over.length + changed.length > 0) handleChange();
  }

  /** Asks the agent for the proposals of an earlier life. A record that it does not know any more as one is left out. */
  async #readKept(): Promise<boolean> {
    const { agent } = this.#options;
    const before = this.#unread.length;
    while (this.#unread.length > 0) {
      const [kept] = this.#unread;
      try {
        const inspected = await agent.inspect(kept!.record);
        if (!isRefusal(inspected)) this.#book.set(kept!, inspected);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // A silent agent is asked again with the next view.
        if (error.code === "ERR_CONTROL_AGENT_SILENT") break;
      }
      this.#unread = this.#unread.slice(1);
    }
    return this.#unread.length < before;
  }

  /**
   * Takes a proposal, or signatures for one that is there, and publishes it where no signature is missing.
   *
   * @param text the record as text, or copies of it
   * @param expected the id of the proposal that the signatures are for; undefined: a record that may be new
   * @returns the id of its record, and whether the proposal is new
   * @throws ApiError ERR_CONTROL_RECORD, ERR_CONTROL_OTHER_RECORD, ERR_CONTROL_CONFLICT, ERR_CONTROL_NO_NEW_SIGNATURE, ERR_CONTROL_PROPOSALS_FULL, ERR_CONTROL_ABSENT
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
    if (former !== undefined && former.state !== "waits") {
      throw new ApiError("ERR_CONTROL_CONFLICT", `the proposal is ${former.state}`, {}, { inForce: brought.inForce });
    }
    requireUse(brought);
    const joined = former === undefined ? brought : foundIn(await agent.inspect(`${former.record}${brought.record}`));
    if (former !== undefined && joined.record === former.record) {
      throw new ApiError(
        "ERR_CONTROL_NO_NEW_SIGNATURE",
        `it is signed by ${joined.signed.join(", ") || "nobody"} as before`,
      );
    }
    if (former === undefined && !this.#book.hasRoomFor(principal)) {
      throw new ApiError("ERR_CONTROL_PROPOSALS_FULL", "there are as many proposals as there may be");
    }
    const { by = principal, brought: at = wallClock() } = former ?? {};
    const waiting: KeptProposal = { by, brought: at, state: "waits", reason: null, record: joined.record };
    this.#keep(joined.isWhole ? await this.#publish(waiting) : waiting, joined);
    return { id, isNew: former === undefined };
  }

  /** Hands signed records to the agent. */
  async hand(text: string): Promise<HandedIn> {
    return this.#options.agent.hand(text);
  }

  async #publish(waiting: KeptProposal): Promise<KeptProposal> {
    const { records } = await this.#options.agent.hand(waiting.record);
    const [outcome] = records;
    if (outcome !== undefined && outcome.outcome !== "refused") return { ...waiting, state: "published" };
    return { ...waiting, state: "refused", reason: outcome?.reason ?? "" };
  }

  #keep(kept: KeptProposal, inspected: Inspected): void {
    const { store, handleChange } = this.#options;
    this.#book.set(kept, inspected);
    store.write(inspected.id, kept);
    handleChange();
  }
}
