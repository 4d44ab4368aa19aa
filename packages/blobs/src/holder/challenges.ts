import { CHALLENGED_SHARDS_MAX } from "../limits.ts";
import { placeOf } from "../placement.ts";
import { type HolderCore, workingTerms } from "./core.ts";
import { eachOf } from "./each-of.ts";
import { ASKED_AT_ONCE, CHALLENGED_AGE_MS, REPAIR_SHARDS_MAX } from "./limits.ts";
import { proofOf } from "./shard-shelf.ts";

/** Refusals that say nothing of what a holder keeps: its record is another one than ours. */
const OTHER_RECORD: ReadonlySet<string> = new Set(["ERR_STORAGE_EPOCH", "ERR_STORAGE_COLLECTION", "ERR_STORAGE_RIGHT"]);

/** Refusals of a holder that has no time, or is not there at the moment, as while it begins anew. */
const EVASIONS: ReadonlySet<string> = new Set(["ERR_STORAGE_BUSY", "ERR_STORAGE_UNREACHABLE"]);

/** Has other holders prove that they have what they are to have. */
export class Challenges {
  readonly #core: HolderCore;

  constructor(core: HolderCore) {
    this.#core = core;
  }

  async run(signal: AbortSignal): Promise<void> {
    if (workingTerms(this.#core) === undefined) return;
    const { peers, faults } = this.#core;
    await eachOf(peers.others, ASKED_AT_ONCE, signal, (other) => faults.within(() => this.#challenge(other, signal)));
  }

  async #challenge(other: string, signal: AbortSignal): Promise<void> {
    const { peers, random, counters } = this.#core;
    const hashes = await this.#sample(other);
    if (hashes.length === 0) return;
    const nonce = Buffer.from(random(32)).toString("hex");
    const { expected, proven } = await this.#expected(nonce, hashes);
    if (proven.length === 0) return;
    const { answer, refusal } = await peers.ask(other, { op: "challenge", nonce, hashes: proven }, signal);
    if (signal.aborted || (refusal !== undefined && OTHER_RECORD.has(refusal.code))) return;
    const isEvaded = refusal !== undefined && EVASIONS.has(refusal.code);
    // A holder that answers nothing at all is gone, which is no matter of what it keeps.
    if (isEvaded && (peers.isGone(other) || !peers.noteEvasion(other))) return;
    const failed = proven.filter((hash, at) => answer?.digests[at] !== expected.get(hash));
    peers.noteChallenge(other, proven.length, failed.length);
    counters.challengesFailed += failed.length;
    counters.challengesPassed += proven.length - failed.length;
    if (failed.length > 0) await this.#mend(other, failed, signal);
  }

  /** Shards that are here for a while and that the other one is to have as well, from anywhere among all. */
  async #sample(other: string): Promise<readonly string[]> {
    const { disk, names, random, now } = this.#core;
    const from = Buffer.from(random(32)).toString("hex");
    const behind = await disk.list(from, REPAIR_SHARDS_MAX);
    const rest = behind.length < REPAIR_SHARDS_MAX ? await disk.list("", REPAIR_SHARDS_MAX - behind.length) : [];
    const settled = [...behind, ...rest].filter(({ touched }) => now() - touched >= CHALLENGED_AGE_MS);
    const both = settled.filter(({ hash }) => names.isNamed(hash) && this.#isFor(hash, other));
    return [...new Set(both.map(({ hash }) => hash))].slice(0, CHALLENGED_SHARDS_MAX);
  }

  /** Whether a shard belongs to both of us when all live: whoever has taken another's part lately may not have all of it yet. */
  #isFor(hash: string, other: string): boolean {
    const { holders = [], copies = 0 } = this.#core.held.terms ?? {};
    const owners = placeOf(hash, holders).slice(0, copies);
    return owners.includes(other) && owners.includes(this.#core.node);
  }

  async #expected(
    nonce: string,
    hashes: readonly string[],
  ): Promise<{ readonly expected: ReadonlyMap<string, string>; readonly proven: readonly string[] }> {
    const expected = new Map<string, string>();
    for (const hash of hashes) {
      // oxlint-disable-next-line no-await-in-loop -- one shard in memory at a time
      const octets = await this.#core.shelf.getIntact(hash);
      if (octets !== undefined) expected.set(hash, proofOf(nonce, octets));
    }
    return { expected, proven: [...expected.keys()] };
  }

  async #mend(other: string, hashes: readonly string[], signal: AbortSignal): Promise<void> {
    const { shelf, peers, pace, counters, notices } = this.#core;
    notices.say(
      "challenge",
      `Holder ${other} has not shown ${hashes.length} shards that it is to have: it gets them anew.`,
    );
    for (const hash of hashes) {
      // oxlint-disable-next-line no-await-in-loop -- one shard in memory at a time
      const octets = await shelf.getIntact(hash);
      if (octets === undefined) continue;
      // oxlint-disable-next-line no-await-in-loop -- the pace is for all
      await pace(octets.length, signal);
      if (signal.aborted) return;
      // oxlint-disable-next-line no-await-in-loop -- the pace is for all
      const { answer } = await peers.ask(other, { op: "put-shard", hash, octets }, signal);
      if (answer !== undefined) counters.shardsPushed++;
    }
  }
}
