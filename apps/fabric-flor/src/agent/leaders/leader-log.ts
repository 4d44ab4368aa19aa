/** The log in which coordinators of a partition name leaders: its chain, the votes of its entries, and the records of new ones. Pure. */
import {
  bodyOf,
  type Fact,
  type FactBook,
  floorOf,
  isSignedBy,
  keyIdOf,
  KINDS,
  readFact,
  type Signer,
  signPayload,
  slotOf,
  toBeSigned,
  writePayload,
} from "@florenetes/facts";
import { COORDINATOR_ROLE, directoryOf, isCoordinator as hasCoordinatorsRole } from "@florenetes/routes";
import { type LogHead, originOf, readEntry } from "@florenetes/facts/log";
import { roleHolders } from "../records/role-holders.ts";
import { standingOf } from "../records/standing.ts";
import { keyOfSlot, type LeaderSlot } from "./leader-slot.ts";
import { type LeaderVote, LeaderTable, type VoteStanding } from "./leader-table.ts";

export interface LeaderLogOptions {
  readonly cluster: string;
  readonly partition: string;
  readonly node: string;
  readonly key: Signer;
  readonly book: () => FactBook | undefined;
  readonly needed: () => number;
}

interface RecordVote extends LeaderVote {
  readonly fact: Fact;
}

/** The name of the log of a partition. */
export function leaderLogName(partition: string): string {
  return `leaders.${partition}`;
}

export class LeaderLog {
  readonly table: LeaderTable;
  readonly #options: LeaderLogOptions;
  #head: LogHead;
  #isBroken = false;
  /** Signatures that were looked at: whether each is by the key that the issuer has now. */
  readonly #signed = new WeakMap<LeaderVote, { readonly key: string; readonly isGood: boolean }>();
  #wall = 0;

  constructor(options: LeaderLogOptions) {
    this.#options = options;
    this.#head = originOf(options.cluster, leaderLogName(options.partition));
    this.table = new LeaderTable((vote) => this.#standing(vote as RecordVote), options.needed);
  }

  /** The last entry that was read: the next one is behind it. */
  get head(): LogHead {
    return this.#head;
  }

  /** Entries came that do not follow those before: the store is another one, or an old copy. Nobody is granted anything. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /**
   * Takes entries behind the last one.
   *
   * @param head The last entry that the store has
   * @param now Monotonic
   * @returns Octets of the records by which a service has another leader, for all to see
   */
  handleEntries(entries: readonly Uint8Array[], head: LogHead, now: number, wall: number): readonly Uint8Array[] {
    this.#wall = wall;
    const led: Uint8Array[] = [];
    for (const octets of entries) {
      const entry = readEntry(octets);
      if (entry === undefined || entry.index !== this.#head.index + 1 || entry.prior !== this.#head.hash) {
        this.#isBroken = true;
        return led;
      }
      this.#head = entry;
      const vote = this.#voteOf(entry.record);
      if (vote !== undefined && this.table.handleVote(vote, now)) led.push(entry.record);
    }
    if (head.index < this.#head.index || (head.index === this.#head.index && head.hash !== this.#head.hash))
      this.#isBroken = true;
    this.table.review(now);
    return led;
  }

  /** A record by which this coordinator names a leader. @param wall Milliseconds since 1970 */
  write({ scope, service }: LeaderSlot, host: string, epoch: number, wall: number): Uint8Array {
    const { cluster, node, key } = this.#options;
    const issued = Math.floor(wall);
    const payload = writePayload({
      cluster,
      kind: "leader",
      scope,
      subject: service,
      epoch,
      generation: 0,
      issued,
      expires: issued + KINDS.leader.life,
      authority: "route",
      issuer: node,
      body: { host },
    });
    return signPayload(payload, [key]);
  }

  #voteOf(record: Uint8Array): RecordVote | undefined {
    const fact = readFact(record, this.#options.cluster);
    if (typeof fact === "string" || fact.kind !== "leader" || fact.issuer === undefined) return undefined;
    const host = bodyOf(fact, "leader")?.host;
    if (host === undefined) return undefined;
    const slot = keyOfSlot({ scope: fact.scope, service: fact.subject });
    return { slot, epoch: fact.epoch, host, issuer: fact.issuer, issued: fact.issued, fact };
  }

  /** Its end counts for nothing here: a record that has ended still says who was granted the service. */
  #standing(vote: RecordVote): VoteStanding {
    const book = this.#options.book();
    const standing = standingOf(book, vote.issuer, this.#wall);
    if (book === undefined || standing.kind === "unknown") return "unknown";
    if (standing.kind === "void") return "refused";
    let signed = this.#signed.get(vote);
    if (signed?.key !== standing.key) {
      signed = { key: standing.key, isGood: isSigned(vote.fact, standing.key) };
      this.#signed.set(vote, signed);
    }
    if (!signed.isGood) return "refused";
    const { partition } = this.#options;
    if (isCoordinator(book, vote.issuer, partition, this.#wall)) return "listed";
    return wasTakenBack(book, vote.issuer, partition) ? "refused" : "unknown";
  }
}

/** Whether records in force make a node a coordinator of a partition. */
export function isCoordinator(book: FactBook, node: string, partition: string, wall: number): boolean {
  return (
    standingOf(book, node, wall).kind === "node" &&
    hasCoordinatorsRole(directoryOf(book, wall), node, partition, "cluster")
  );
}

/**
 * Whether a record has taken the role of a coordinator back, so that its entries fall with it. One that has merely ended says nothing: another one may be on its way
 * here, and in force elsewhere.
 */
function wasTakenBack(book: FactBook, node: string, partition: string): boolean {
  const subject = `${node}/${COORDINATOR_ROLE}/${partition}`;
  return floorOf(book.in(slotOf({ kind: "role", scope: "cluster", subject }))) > 0;
}

/** The coordinators of a partition by records in force, in the order of their names. */
export function coordinatorsOf(book: FactBook, partition: string, wall: number): string[] {
  const holders = [...roleHolders(book, COORDINATOR_ROLE, partition, wall)];
  const names = holders.filter(({ scope }) => scope === "cluster").map(({ node }) => node);
  return [...new Set(names)].filter((node) => isCoordinator(book, node, partition, wall)).toSorted();
}

function isSigned({ envelope: { payload, signatures } }: Fact, key: string): boolean {
  const own = signatures.find(({ keyId }) => keyId === keyIdOf(key));
  return own !== undefined && isSignedBy(key, toBeSigned(payload), own.octets);
}
