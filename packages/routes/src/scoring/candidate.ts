/** All that a score is made of: facts about one candidate for one purpose, each with where it comes from. */
import type { DeviceProfile, LinkFigures, ReportBody } from "@florenetes/facts";
import type { PhoneWord } from "./phone-watch.ts";

/** Purposes, and the roles of which one makes a node a candidate. */
export const PURPOSE_ROLES = {
  relay: ["relay"],
  exit: ["exit"],
  replica: ["storage"],
  endpoint: ["entry", "relay"],
} as const;
export type Purpose = keyof typeof PURPOSE_ROLES;

export interface Candidate {
  readonly purpose: Purpose;
  readonly records: CandidateRecords;
  /** Undefined: its owner offers nothing for the purpose. */
  readonly offer?: { readonly price?: number | undefined } | undefined;
  /** The owner lets the node be used for the purpose. */
  readonly optsIn?: boolean | undefined;
  /** Undefined: there is none. */
  readonly report?: CandidateReport | undefined;
  /** The word of a watch over a phone; undefined: nothing was seen of it. */
  readonly phone?: PhoneWord | undefined;
  /** When it was last too full for more, in milliseconds since 1970; undefined: never, as far as the asker has seen. */
  readonly tooFullAt?: number | undefined;
  readonly asker: CandidateAsker;
}

/** All that records of the control quorum say. No report has a place for any of it. */
export interface CandidateRecords {
  /** A role for the purpose is in force. */
  readonly hasRole: boolean;
  readonly tier: number;
  readonly organization: string;
  readonly partition: string;
  /** The role `mobile-edge` is in force. */
  readonly isMobile: boolean;
  /** The tier that the policy asks of phones; undefined: it lets no phone carry for others. */
  readonly phoneTier?: number | undefined;
}

/** The candidate's own report, in the units of a report. A member that is missing counts as its worst value. */
export interface CandidateReport {
  /** When it came, in milliseconds since 1970 by the asker's clock: that of the candidate may be wrong. */
  readonly cameAt?: number | undefined;
  readonly load?: { readonly [Each in keyof ReportBody["load"]]?: number | undefined } | undefined;
  /** The charge in percent. Of a node that is no phone a missing one says that the node runs on none. */
  readonly battery?: number | undefined;
  readonly metered?: boolean | undefined;
  /** Counts for phones alone. */
  readonly device?: DeviceProfile | undefined;
  readonly nat?: ReportBody["nat"] | undefined;
  /** An endpoint of the node is reached. */
  readonly hasGoodEndpoint?: boolean | undefined;
  /** The best of its links that both ends tell. */
  readonly link?: CandidateLink | undefined;
}

/** Figures of a link, in the units of `LinkFigures`. */
export interface CandidateLink {
  readonly roundTrip?: number | undefined;
  readonly jitter?: number | undefined;
  readonly loss?: number | undefined;
  readonly rate?: number | undefined;
  readonly queue?: number | undefined;
  readonly breaks?: number | undefined;
}

/** All that the asker knows without the candidate. */
export interface CandidateAsker {
  readonly organization: string;
  readonly partition: string;
  /** How much the asker doubts the candidate. */
  readonly doubts: number;
  /** How much of the candidate's offer is planned, in percent. */
  readonly planned: number;
}

/** A link of a report as a candidate has it. */
export function candidateLink([roundTrip, jitter, loss, rate, queue, , breaks]: LinkFigures): CandidateLink {
  return { roundTrip, jitter, loss, rate, queue, breaks };
}
