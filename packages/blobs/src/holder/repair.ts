/** Copies of shards: given to those who lack them, taken where they lack here. */
import { hashOf } from "../hash.ts";
import type { CollectionTerms } from "../terms.ts";
import { type HolderCore, workingTerms } from "./core.ts";
import { eachOf } from "./each-of.ts";
import { ASKED_AT_ONCE, REPAIR_ROUND_MS, REPAIR_SHARDS_MAX, ROOM_MIN, UNNAMED_KEPT_MS } from "./limits.ts";
import type { KeptShard } from "./shard-disk.ts";

/** Shards between two hashes: those that lie here, and those that live names need. */
interface Stretch {
  readonly here: readonly KeptShard[];
  readonly lacking: readonly string[];
  /** The last hash; "": there are none behind. */
  readonly end: string;
}

export class Repair {
  readonly #core: HolderCore;
  #after = "";
  /** When the present round through all shards is to begin, or has begun where its pace is that of an hour. */
  #begun: number;
  /** When it has begun. */
  #started: number;
  #living = "";
  /** Shards that nobody gave, and such as others did not take, in the present round. */
  #round: Findings = { missing: 0, lacking: 0 };
  /** Findings of the last whole round. */
  findings: Readonly<Findings> = { missing: 0, lacking: 0 };

  constructor(core: HolderCore) {
    this.#core = core;
    this.#begun = core.elapsed();
    this.#started = this.#begun;
  }

  /** True: there is more to do at once. */
  async run(signal: AbortSignal): Promise<boolean> {
    const terms = workingTerms(this.#core);
    if (terms === undefined) return false;
    const { wanted, peers, disk } = this.#core;
    peers.isFullHere = (await disk.room()) < ROOM_MIN;
    this.#noteLiving(terms);
    const first = wanted.take(REPAIR_SHARDS_MAX);
    await this.#pullAll(first, signal);
    if (this.#isAhead()) return !wanted.isEmpty;
    if (this.#after === "") this.#started = this.#core.elapsed();
    const stretch = await this.#stretch();
    await this.#give(stretch.here, terms, signal);
    await this.#pullAll(stretch.lacking, signal);
    if (!signal.aborted) this.#advance(stretch.end);
    return !wanted.isEmpty || wanted.owed > 0 || !this.#isAhead();
  }

  /** All shards are looked at as fast as may be once somebody lives no more, or again. */
  #noteLiving({ holders, copies }: CollectionTerms): void {
    const { peers, wanted } = this.#core;
    const living = holders.filter(({ node }) => peers.isLiving(node) && !peers.isFull(node));
    const now = `${copies} ${living.map(({ node }) => node).join(" ")}`;
    if (now === this.#living) return;
    this.#living = now;
    wanted.wantAll();
  }

  /** Whether as much of the round is done as its time asks for. */
  #isAhead(): boolean {
    const { wanted, elapsed } = this.#core;
    return wanted.owed <= 0 && partOf(this.#after) > (elapsed() - this.#begun) / REPAIR_ROUND_MS;
  }

  async #stretch(): Promise<Stretch> {
    const { disk, names } = this.#core;
    const here = await disk.list(this.#after, REPAIR_SHARDS_MAX);
    const named = names.namedShards(this.#after, REPAIR_SHARDS_MAX);
    const ends = [here, named].filter((page) => page.length === REPAIR_SHARDS_MAX).map((page) => page.at(-1)!.hash);
    const end = ends.toSorted((a, b) => (a < b ? -1 : 1))[0] ?? "";
    const isWithin = ({ hash }: { readonly hash: string }): boolean => end === "" || hash <= end;
    const present = new Set(here.map(({ hash }) => hash));
    const lacking = named.filter((ref) => isWithin(ref) && !present.has(ref.hash)).map(({ hash }) => hash);
    return { here: here.filter((kept) => isWithin(kept) && names.isNamed(kept.hash)), lacking, end };
  }

  #advance(end: string): void {
    const { wanted, elapsed } = this.#core;
    wanted.owed = Math.max(0, wanted.owed - (partOf(end === "" ? "g" : end) - partOf(this.#after)));
    // Rounding leaves a little of a whole round.
    if (wanted.owed < 1e-9) wanted.owed = 0;
    this.#after = end;
    if (end !== "") return;
    this.#begun = Math.max(this.#started + REPAIR_ROUND_MS, elapsed());
    this.findings = this.#round;
    this.#round = { missing: 0, lacking: 0 };
  }

  /** Gives shards that lie here to whoever lacks them, where it falls to us; what is here in excess for a day goes. */
  async #give(here: readonly KeptShard[], terms: CollectionTerms, signal: AbortSignal): Promise<void> {
    const { peers, node, faults } = this.#core;
    const living = new Map(here.map(({ hash }) => [hash, peers.livingFor(hash)]));
    const asked = new Map<string, string[]>();
    for (const { hash } of here) {
      // Everyone before us, so as to know whether it falls to us, and enough behind.
      const places = living.get(hash)!;
      const count = Math.max(places.indexOf(node), terms.copies + places.filter((other) => peers.isFull(other)).length);
      for (const other of places.slice(0, count))
        if (other !== node) asked.set(other, [...(asked.get(other) ?? []), hash]);
    }
    const having = await this.#whoHas(asked, signal);
    await eachOf(here, ASKED_AT_ONCE, signal, (kept) =>
      faults.within(() => this.#giveOne(kept, living.get(kept.hash)!, having, signal)),
    );
  }

  /** Asks each holder which shards it has. A holder that gave no answer is missing. */
  async #whoHas(
    asked: ReadonlyMap<string, readonly string[]>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Said>> {
    const said = new Map<string, Said>();
    await eachOf([...asked], ASKED_AT_ONCE, signal, async ([other, hashes]) => {
      const { answer } = await this.#core.peers.ask(other, { op: "have-shards", hashes }, signal);
      if (answer?.has.length !== hashes.length) return;
      said.set(other, { asked: new Set(hashes), has: new Set(hashes.filter((_, at) => answer.has[at])) });
    });
    return said;
  }

  async #giveOne(
    { hash }: KeptShard,
    living: readonly string[],
    said: ReadonlyMap<string, Said>,
    signal: AbortSignal,
  ): Promise<void> {
    const { node, peers } = this.#core;
    const hasIt = (other: string): boolean => other === node || said.get(other)?.has.has(hash) === true;
    const owners = peers.belongsTo(living, hasIt);
    if (living.find((other) => hasIt(other)) === node) {
      const lacking = owners.filter((other) => !hasIt(other) && said.get(other)?.asked.has(hash) === true);
      await this.#push(hash, lacking, signal);
    }
    const isComplete = owners.length === this.#core.held.terms?.copies && owners.every((other) => hasIt(other));
    if (isComplete && !owners.includes(node)) await this.#letGo(hash);
  }

  async #push(hash: string, others: readonly string[], signal: AbortSignal): Promise<void> {
    const { shelf, peers, pace, counters } = this.#core;
    if (others.length === 0) return;
    const octets = await shelf.getIntact(hash);
    if (octets === undefined) return;
    for (const other of others) {
      // oxlint-disable-next-line no-await-in-loop -- the pace is for all
      await pace(octets.length, signal);
      if (signal.aborted) return;
      // oxlint-disable-next-line no-await-in-loop -- the pace is for all
      const { answer } = await peers.ask(other, { op: "put-shard", hash, octets }, signal);
      if (answer === undefined) this.#round.lacking++;
      else counters.shardsPushed++;
    }
  }

  async #letGo(hash: string): Promise<void> {
    const { shelf, now } = this.#core;
    await shelf.removeIf(hash, (touched) => now() - touched >= UNNAMED_KEPT_MS);
  }

  async #pullAll(hashes: readonly string[], signal: AbortSignal): Promise<void> {
    await eachOf(hashes, ASKED_AT_ONCE, signal, (hash) => this.#core.faults.within(() => this.#pull(hash, signal)));
  }

  /** Takes a shard from whoever has it, if it belongs here and is not here. */
  async #pull(hash: string, signal: AbortSignal): Promise<void> {
    const { names, peers, node, disk, held, counters, shelf } = this.#core;
    if (!names.isNamed(hash) || (await disk.find(hash)) !== undefined) return;
    const living = peers.livingFor(hash);
    if (!peers.belongsTo(living, () => false).includes(node)) return;
    for (const other of [...living.filter((one) => one !== node), ...held.former]) {
      // oxlint-disable-next-line no-await-in-loop -- the next one is asked where this one has not given it
      const octets = await this.#fetch(hash, other, signal);
      if (signal.aborted) return;
      if (octets === undefined) continue;
      // oxlint-disable-next-line no-await-in-loop -- the last one that is asked
      await shelf.put(hash, octets, undefined);
      counters.shardsPulled++;
      return;
    }
    this.#round.missing++;
  }

  async #fetch(hash: string, other: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { peers, pace } = this.#core;
    const { answer } = await peers.ask(other, { op: "get-shard", hash }, signal);
    if (answer === undefined) return undefined;
    await pace(answer.octets.length, signal);
    if (hashOf(answer.octets) === hash) return answer.octets;
    peers.noteFailure(other);
    return undefined;
  }
}

interface Findings {
  missing: number;
  lacking: number;
}

interface Said {
  readonly asked: ReadonlySet<string>;
  readonly has: ReadonlySet<string>;
}

/** Which part of all hashes lies up to this one. */
function partOf(hash: string): number {
  if (hash === "") return 0;
  return hash === "g" ? 1 : Number.parseInt(hash.slice(0, 12), 16) / 2 ** 48;
}
