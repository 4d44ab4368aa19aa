/**
 * How signers come to a checkpoint. Each puts what it has signed on the store's board; a signer that agrees with a proposal there signs it, too, and whoever sees that more
 * than half have signed one makes it a record. Pure; times are milliseconds since 1970.
 */
import { bodyOf, type Fact, keyIdOf, readFact } from "@florenetes/facts";
import {
  type Checkpoint,
  CHECKPOINT_MS,
  isCheckpointDue,
  type LogHead,
  type PostedProposal,
  POSTS_READ_MAX,
  proposeCheckpoint,
  readBoard,
  type SectionDigest,
} from "@florenetes/facts/log";
import { PROPOSAL_MS, RETRY_MS, TRIED_MAX } from "../limits.ts";
import type { LogOrder } from "./log-orders.ts";

type Signers = readonly { readonly key: string }[];

interface RoundGrounds {
  /** The log as the policy in force names it. */
  readonly log: { readonly name: string; readonly signers: Signers };
  /** The epoch of that policy. */
  readonly policy: number;
  /** The checkpoint that was accepted last. */
  readonly last: Checkpoint | undefined;
}

export interface BoardView extends RoundGrounds {
  /** The signers of the last checkpoint, where they may be others. */
  readonly former: Signers | undefined;
  readonly now: number;
}

export interface SigningView extends RoundGrounds {
  /** The last entry that was read. */
  readonly head: LogHead;
  /** The directory at that entry, now. */
  readonly sections: () => readonly SectionDigest[];
  /** All that this node holds is in the log. */
  readonly mayPropose: boolean;
  readonly now: number;
}

/** A proposal that was judged here. */
interface Tried {
  readonly outcome: string;
  readonly at: number;
}

export class CheckpointRound {
  readonly #cluster: string;
  readonly #keyIds: readonly string[];
  readonly #bornAt: number;
  readonly #tried = new Map<string, Tried>();
  #proposals: readonly PostedProposal[] = [];
  /** Ids of whole proposals that were returned. */
  readonly #offered = new Set<string>();
  #isSigning = false;
  #proposedAt: number = Number.NEGATIVE_INFINITY;
  /** The outcome of the last proposal that was judged here: `signed`, `failed`, or a fault. */
  outcome: string | undefined;
  /** How many checkpoints were signed here. */
  signed = 0;

  constructor(cluster: string, keyIds: readonly string[], bornAt: number) {
    this.#cluster = cluster;
    this.#keyIds = keyIds;
    this.#bornAt = bornAt;
  }

  /** The key of this node that a list of signers has, and its place in it. */
  own(signers: Signers): { readonly keyId: string; readonly place: number } | undefined {
    const place = signers.findIndex(({ key }) => this.#keyIds.includes(keyIdOf(key)));
    return place === -1 ? undefined : { keyId: keyIdOf(signers[place]!.key), place };
  }

  /** The ids of the keys whose posts are to be read: those of today's signers, and then of former ones, as many as one look may have. */
  askedKeys(signers: Signers, former: Signers): readonly string[] {
    return [...new Set([...signers, ...former].map(({ key }) => keyIdOf(key)))].slice(0, POSTS_READ_MAX);
  }

  /**
   * Takes a board. Returns a proposal that more than half of the signers have signed, and more than half of the former ones, as a record: each once, as a book that has
   * refused it would do so at each look.
   */
  read(posts: ReadonlyMap<string, Uint8Array>, { log, policy, last, former, now }: BoardView): Uint8Array | undefined {
    const all = [...log.signers, ...(former ?? []).filter(({ key }) => log.signers.every((each) => each.key !== key))];
    const proposals = readBoard(posts, { cluster: this.#cluster, log: log.name, signers: all });
    this.#proposals = proposals.filter(({ fact }) => now < fact.expires);
    const whole = this.#proposals.find(
      ({ fact, keyIds }) =>
        fact.body["policy"] === policy &&
        fact.epoch > (last?.epoch ?? 0) &&
        !this.#offered.has(fact.id) &&
        isMajority(keyIds, log.signers) &&
        isMajority(keyIds, former ?? log.signers),
    );
    if (whole === undefined) return undefined;
    this.#offered.add(whole.fact.id);
    if (this.#offered.size > TRIED_MAX) this.#offered.delete(this.#offered.keys().next().value!);
    return whole.record;
  }

  /** The proposal that this node is to judge and sign next: one of the board, or its own where it is time for one. */
  poll(view: SigningView): LogOrder | undefined {
    const own = this.own(view.log.signers);
    if (own === undefined || this.#isSigning) return undefined;
    const open = this.#proposals.filter(
      ({ fact }) => fact.epoch > (view.last?.epoch ?? 0) && isOfTime(fact, view.last),
    );
    const wanted = open.find(({ fact, keyIds }) => !keyIds.includes(own.keyId) && this.#mayTry(fact.id, view.now));
    if (wanted !== undefined) return this.#sign(own.keyId, wanted.record);
    const isOpen = open.some(({ fact, keyIds }) => keyIds.includes(own.keyId) && view.now - fact.issued < PROPOSAL_MS);
    if (isOpen || !view.mayPropose || !this.#isDue(view, own.place)) return undefined;
    this.#proposedAt = view.now;
    const { log, policy, head, now } = view;
    // The time as the epoch: signers need not know of each other's proposals for theirs to be above them.
    const epoch = Math.max(now, (view.last?.epoch ?? 0) + 1);
    const content = {
      cluster: this.#cluster,
      log: log.name,
      policy,
      epoch,
      issued: now,
      head,
      sections: view.sections(),
    };
    return this.#sign(own.keyId, proposeCheckpoint(content));
  }

  /** `outcome`: `signed`, `failed`, or the fault for which it was not signed. */
  handleSigned(id: string, outcome: string, now: number): void {
    this.#isSigning = false;
    this.outcome = outcome;
    if (outcome === "signed") this.signed++;
    this.#tried.delete(id);
    this.#tried.set(id, { outcome, at: now });
    if (this.#tried.size > TRIED_MAX) this.#tried.delete(this.#tried.keys().next().value!);
  }

  #isDue({ last, head, now }: SigningView, place: number): boolean {
    if (head.index === 0 || now - this.#proposedAt < PROPOSAL_MS) return false;
    // Signers of a log without a checkpoint take turns, too.
    return isCheckpointDue(last ?? { index: 0, issued: this.#bornAt - CHECKPOINT_MS }, head.index, place, now);
  }

  #mayTry(id: string, now: number): boolean {
    const tried = this.#tried.get(id);
    return tried === undefined || (AGAIN.has(tried.outcome) && now - tried.at >= RETRY_MS);
  }

  #sign(keyId: string, proposal: Uint8Array): LogOrder | undefined {
    const fact = readFact(proposal, this.#cluster);
    if (typeof fact === "string") return undefined;
    this.#isSigning = true;
    return { kind: "sign", keyId, id: fact.id, proposal };
  }
}

/** Outcomes that may be others a little later: more was read, or a disk or a command works again. `signed`: the post has not come to the board. */
const AGAIN: ReadonlySet<string> = new Set(["head", "sections", "failed", "signed"]);

/** Proposals that cross each other are honest, and the later one comes too soon behind the checkpoint that the first has become: no signer is asked for it. */
function isOfTime(fact: Fact, last: Checkpoint | undefined): boolean {
  return isCheckpointDue(last, bodyOf(fact, "checkpoint")?.index ?? 0, 0, fact.issued);
}

function isMajority(keyIds: readonly string[], signers: Signers): boolean {
  return 2 * signers.filter(({ key }) => keyIds.includes(keyIdOf(key))).length > signers.length;
}
