/**
 * The leaders of services, as a log of `leader` records says: an entry is a coordinator's vote for a host in an epoch of the service's slot, and a host leads once enough
 * coordinators have named it in one epoch. All who read the log come to the same. Pure.
 */
import { EPOCHS_AHEAD_MAX, LEADERS_MAX } from "./limits.ts";

/** A `leader` record of the log. */
export interface LeaderVote {
  readonly slot: string;
  readonly epoch: number;
  readonly host: string;
  readonly issuer: string;
  /** By the clock of the issuer, in milliseconds since 1970: a record has an end. */
  readonly issued: number;
}

/** Whether the issuer is a coordinator by the records that are known here. `unknown`: no record says, which may be because it has not come yet. */
export type VoteStanding = "listed" | "unknown" | "refused";

export interface Leader {
  readonly host: string;
  readonly epoch: number;
  /** When this was first read here, in monotonic milliseconds. */
  readonly since: number;
  /** The service had no leader before. */
  readonly isFirst: boolean;
  /** When its record was issued, in milliseconds since 1970. */
  readonly issued: number;
}

interface Slot {
  leader: Leader | undefined;
  /** Votes of later epochs than the leader's. */
  readonly votes: LeaderVote[];
  /** The highest epoch that was read, whoever has voted: a coordinator may count here no more, and its vote elsewhere. */
  floor: number;
  /** Somebody whose vote does not count here has named another host since the leader was named: that one may have grants elsewhere. */
  isContested: boolean;
}

export class LeaderTable {
  readonly #slots = new Map<string, Slot>();
  readonly #standing: (vote: LeaderVote) => VoteStanding;
  readonly #needed: () => number;

  /** @param needed How many coordinators have to name a host */
  constructor(standing: (vote: LeaderVote) => VoteStanding, needed: () => number) {
    this.#standing = standing;
    this.#needed = needed;
  }

  /** Takes the vote of an entry of the log, in their order. Returns whether it decides who leads the service, be it the same host again. */
  handleVote(vote: LeaderVote, now: number): boolean {
    const slot = this.#slots.get(vote.slot) ?? { leader: undefined, votes: [], floor: 0, isContested: false };
    if (!this.#slots.has(vote.slot)) {
      if (this.#slots.size >= LEADERS_MAX) return false;
      this.#slots.set(vote.slot, slot);
    }
    // Whoever may vote could use up all epochs else.
    if (vote.epoch > slot.floor + EPOCHS_AHEAD_MAX) return false;
    slot.floor = Math.max(slot.floor, vote.epoch);
    const standing = this.#standing(vote);
    if (standing !== "listed" && vote.host !== slot.leader?.host) slot.isContested = true;
    if (vote.epoch <= (slot.leader?.epoch ?? 0) || standing === "refused") return false;
    // A coordinator has one vote in an epoch: its first.
    if (slot.votes.some(({ epoch, issuer }) => epoch === vote.epoch && issuer === vote.issuer)) return false;
    slot.votes.push(vote);
    return this.#count(slot, now);
  }

  /** Records that say who is a coordinator have changed. */
  review(now: number): void {
    for (const slot of this.#slots.values()) while (this.#count(slot, now));
  }

  /** Whether no vote was read. */
  get isEmpty(): boolean {
    return this.#slots.size === 0;
  }

  /** The epoch above all that were read. */
  nextEpoch(slot: string): number {
    return (this.#slots.get(slot)?.floor ?? 0) + 1;
  }

  leaderOf(slot: string): Leader | undefined {
    return this.#slots.get(slot)?.leader;
  }

  /** Somebody whom no record lists has named a leader, and may be a coordinator: until that is known, another host may have been granted the service elsewhere. */
  isDisputed(slot: string): boolean {
    if (this.#needed() > 1) return false;
    return (this.#slots.get(slot)?.votes ?? []).some((vote) => this.#standing(vote) === "unknown");
  }

  /** The vote that waits for others: the first one of the latest epoch; undefined: there is none. */
  openVote(slot: string): LeaderVote | undefined {
    const votes = this.#listed(this.#slots.get(slot)?.votes ?? []);
    const epoch = Math.max(0, ...votes.map((vote) => vote.epoch));
    return votes.find((vote) => vote.epoch === epoch);
  }

  /** Whether a coordinator has voted in an epoch. */
  hasVoted(slot: string, epoch: number, issuer: string): boolean {
    return (this.#slots.get(slot)?.votes ?? []).some((vote) => vote.epoch === epoch && vote.issuer === issuer);
  }

  #listed(votes: readonly LeaderVote[]): LeaderVote[] {
    return votes.filter((vote) => this.#standing(vote) === "listed");
  }

  #count(slot: Slot, now: number): boolean {
    const listed = this.#listed(slot.votes);
    const won = listed.find((vote) => {
      const same = listed.filter(({ epoch, host }) => epoch === vote.epoch && host === vote.host);
      return same.length >= this.#needed();
    });
    if (won === undefined) return false;
    const { host, epoch, issued } = won;
    const former = slot.leader;
    const { isContested } = slot;
    // A leader that is named again goes on as it was.
    const isSame = former?.host === host && !isContested;
    const begun = isSame
      ? { since: former.since, isFirst: former.isFirst }
      : { since: now, isFirst: former === undefined && !isContested };
    slot.leader = { host, epoch, issued, ...begun };
    slot.isContested = false;
    const left = slot.votes.filter((vote) => vote.epoch > epoch);
    slot.votes.splice(0, slot.votes.length, ...left);
    return true;
  }
}
