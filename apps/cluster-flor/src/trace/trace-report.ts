import type { ToldLink, ToldVertex } from "./told-vertex.ts";

/** How a trace has ended. */
export type TraceOutcome =
  /** The path leads to its end, and the service answers, if it was asked. */
  | "reached"
  /** Something on the path stops packets: `text` says what. */
  | "broken"
  /** The far end does not let this principal in, or has refused the stream for another reason. */
  | "refused"
  /** The far end is there, and its target is not. */
  | "targetDown";

/**
 * The answer of the admin socket at `/trace`, and the output of `cluster-flor trace --json`. Names and meanings are stable, new ones may
 * be added; `null` stands for what is not known.
 */
export interface TraceReport {
  /** The name that was asked for, as it was written. */
  readonly target: string;
  readonly path: string;
  /** The route of the path that was followed, as `b>d`; null: the path has one way alone. */
  readonly route: string | null;
  /** The vertex that asks. */
  readonly vertex: string;
  /** The path's first link as this vertex sees it; null: the path has none. */
  readonly firstLink: FirstLink | null;
  readonly hops: readonly TraceHop[];
  /** The outcome of a stream to the service; null: none was asked for. */
  readonly service: ServiceCheck | null;
  readonly outcome: TraceOutcome;
  /** Says for people where the path ends, and why. */
  readonly text: string;
}

export interface FirstLink extends ToldLink {
  readonly name: string;
  /** Why it is not up, with a stable code. */
  readonly code: string;
  readonly text: string;
}

/** The vertex that reads one label of the path. */
export interface TraceHop {
  /** From 1 on. */
  readonly hop: number;
  /** The label of the path that it reads. */
  readonly label: number;
  /** The vertex's report about itself; null: it has not answered. */
  readonly told: ToldVertex | null;
  /** The report of a vertex before it, which dropped the question. */
  readonly stopped: ToldVertex | null;
  /** Whether what is told was proven by the certificate of the vertex that is named. */
  readonly proof: Proof;
  /** Why it is `unverified`, `refused` or `forged`, for people; else "". */
  readonly proofText: string;
  readonly sent: number;
  readonly received: number;
  readonly rttMs: { readonly min: number; readonly mean: number; readonly max: number } | null;
  /** How much its wall clock is ahead of ours, in milliseconds, give or take half a round trip. */
  readonly clockMs: number | null;
  /** Larger questions, of the size that the links say they carry; null: there were none. */
  readonly large: { readonly size: number; readonly sent: number; readonly received: number } | null;
}

export type Proof =
  /** The answer is signed with the key of the vertex that it names, whose certificate is accepted. */
  | "signed"
  /** No vertex has signed the answer: it is a claim. */
  | "unsigned"
  /** The answer is signed, but this vertex could not judge the signature: the certificate has not come, or there are no roots. */
  | "unverified"
  /** The answer is signed with a certificate that is not accepted here: it has ended, is revoked, or is of another CA. */
  | "refused"
  /** At least one answer was changed, or is signed by another vertex than it says. Somebody on the way lies. */
  | "forged";

/** The service at the path's end, asked as a workload asks it. */
export interface ServiceCheck {
  readonly service: string;
  /** The principal that asked. */
  readonly as: string;
  /** `ANSWERED`, or why not; the names are those of status. `WAITING`: nothing has come yet. */
  readonly code: string;
  readonly text: string;
  /** Why this vertex makes no connections as that principal, such as a certificate that has ended; "" when it does. */
  readonly problem: string;
  readonly ms: number;
}
