import { createHash } from "node:crypto";
import type { KeeperOptions } from "../holder/collection-keeper.ts";
import { Holder } from "../holder/holder.ts";
import { HolderError } from "../holder-error.ts";
import type { Answer, HolderDoor, Question, TalkName } from "../requests.ts";
import type { CollectionTerms } from "../terms.ts";
import { MemoryBook } from "./memory-book.ts";
import { MemoryDisk } from "./memory-disk.ts";

/** Answers in a holder's stead; `honest` has what the holder itself would answer. */
type Liar = (question: Question, honest: () => Promise<Answer>) => Promise<Answer>;

/** A holder of a fleet, with what outlives its process. */
interface Member {
  disk: MemoryDisk;
  book: MemoryBook;
  holder: Holder;
  life: number;
  isUp: boolean;
  /** Milliseconds by which its clock on the wall is ahead. */
  skew: number;
  liar: Liar | undefined;
}

interface FleetOptions {
  readonly terms: CollectionTerms;
  /** Waits for as long as a message takes. */
  readonly hop?: () => Promise<void>;
  /** Waits for as long as somebody waits who gets no answer. */
  readonly silence?: () => Promise<void>;
  /** `after` of all holders; without it no question runs out of its time. */
  readonly after?: KeeperOptions["after"];
}

const MINUTE_MS = 60_000;

/** Holders of one collection in memory, who talk to each other, and a clock that whoever tests sets. */
export class MemoryFleet {
  /** Milliseconds, of the wall as well. */
  now = 1_800_000_000_000;
  terms: CollectionTerms;
  /** Sentences for the log. */
  readonly notices: string[] = [];
  /** Pairs of nodes, as `a b`, between which nothing passes in either direction. */
  readonly cuts: Set<string> = new Set();
  readonly #members = new Map<string, Member>();
  readonly #hop: () => Promise<void>;
  readonly #silence: () => Promise<void>;
  readonly #after: KeeperOptions["after"];
  #lives = 0;

  constructor({ terms, hop = async () => {}, silence = async () => {}, after = () => () => {} }: FleetOptions) {
    this.terms = terms;
    this.#hop = hop;
    this.#silence = silence;
    this.#after = after;
    for (const { node } of terms.holders) {
      this.add(node);
      // All begin together: nobody has to hear of others what there was before.
      this.settle(node);
    }
  }

  get nodes(): readonly string[] {
    return [...this.#members.keys()];
  }

  member(node: string): Member {
    const member = this.#members.get(node);
    if (member === undefined) throw new Error(`no member ${node}`);
    return member;
  }

  /** A holder with empty disks; whatever was there under this name is lost for good. */
  add(node: string): void {
    const skew = this.#members.get(node)?.skew ?? 0;
    const member = { disk: new MemoryDisk(), book: new MemoryBook(`book-${node}-${this.#lives}`), life: 0, isUp: true };
    this.#members.set(node, { ...member, skew, liar: undefined, holder: undefined as unknown as Holder });
    this.restart(node);
  }

  /** A holder takes what it has for all that there was, and begins anew with that. */
  settle(node: string): void {
    const { book } = this.member(node);
    book.setState("settled", book.book);
    this.restart(node);
  }

  /** The process ends, and begins anew with what its disks have. */
  restart(node: string): void {
    const member = this.member(node);
    this.#lives++;
    member.life = this.#lives;
    member.isUp = true;
    member.holder = new Holder(this.#optionsOf(node, member));
    member.holder.takeTerms(this.terms);
  }

  /** A holder's agent, and so each one's, tells these. */
  tell(terms: CollectionTerms): void {
    this.terms = terms;
    for (const { holder } of this.#members.values()) holder.takeTerms(terms);
  }

  /** How holders are asked by somebody: a principal, at a node or nowhere. */
  doorOf(asker: string, at?: string): HolderDoor {
    return {
      ask: async <Name extends TalkName>(node: string, question: Question<Name>, signal: AbortSignal) => {
        const life = this.#lifeOf(at);
        await this.#hop();
        const answer = await this.#carry(asker, at, node, question);
        await this.#hop();
        // Whoever asked may be gone meanwhile: nothing happens any more in its name.
        if (life !== this.#lifeOf(at) || this.#isCut(at, node)) return this.#none(node);
        signal.throwIfAborted();
        return answer;
      },
    };
  }

  /** All holders have so many turns of a kind each, one after the other. */
  async turns(kinds: readonly ("sync" | "repair" | "challenge" | "verify" | "collect")[], minutes = 0): Promise<void> {
    const signal = new AbortController().signal;
    for (const kind of kinds) {
      // oxlint-disable-next-line no-await-in-loop -- a test's turns follow each other
      for (const member of this.#members.values()) if (member.isUp) await member.holder[kind](signal);
    }
    this.now += minutes * MINUTE_MS;
    if (minutes > 0) this.tell(this.terms);
  }

  /** Turns of sync and repair, a minute after each other. */
  async minutes(count: number): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- a test's turns follow each other
    for (let minute = 0; minute < count; minute++) await this.turns(["sync", "repair", "repair", "collect"], 1);
  }

  async #carry<Name extends TalkName>(
    asker: string,
    at: string | undefined,
    node: string,
    question: Question<Name>,
  ): Promise<Answer<Name>> {
    const member = this.#members.get(node);
    if (member?.isUp !== true || this.#isCut(at, node)) return this.#none(node);
    const { life, holder, liar } = member;
    const honest = async (): Promise<Answer<Name>> => holder.answer(question, asker);
    const answer = liar === undefined ? await honest() : ((await liar(question as Question, honest)) as Answer<Name>);
    return member.life === life && member.isUp ? answer : this.#none(node);
  }

  async #none(node: string): Promise<never> {
    await this.#silence();
    throw new HolderError({ code: "ERR_STORAGE_UNREACHABLE", message: `Holder ${node} gives no answer.` });
  }

  #lifeOf(node: string | undefined): number {
    const member = node === undefined ? undefined : this.member(node);
    return member?.isUp === false ? -1 : (member?.life ?? 0);
  }

  #isCut(one: string | undefined, other: string): boolean {
    return this.cuts.has(`${one} ${other}`) || this.cuts.has(`${other} ${one}`);
  }

  #optionsOf(node: string, member: Member): KeeperOptions {
    let numbers = 0;
    const { scope, name } = this.terms;
    return {
      collection: { scope, name },
      node,
      disk: member.disk,
      names: member.book,
      door: this.doorOf(`service/storage.${node}`, node),
      now: () => this.now + member.skew,
      elapsed: () => this.now,
      after: this.#after,
      random: (octets) => randomOf(`${node} ${this.#lives} ${numbers++}`, octets),
      goneAfter: 10 * MINUTE_MS,
      organizationOctets: () => 0,
      pace: async () => {},
      onOtherEpoch: () => {},
      onNotice: (sentence) => this.notices.push(sentence),
    };
  }
}

/** Octets that are the same in each run. */
function randomOf(text: string, octets: number): Uint8Array {
  return createHash("sha512").update(text).digest().subarray(0, octets);
}
