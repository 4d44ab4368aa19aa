/** Checkpoints as a signer makes and judges them. What a record of the kind is, and when it holds, is `judge`'s. */
import type { CheckpointBody, PolicyBody } from "../bodies.ts";
import { writeEnvelope } from "../envelope.ts";
import { bodyOf, type Fact, readFact, writePayload } from "../fact.ts";
import { keyIdOf } from "../keys.ts";
import { KINDS } from "../kinds.ts";
import { FUTURE_MS } from "../limits.ts";
import type { Checkpoint } from "./checkpoint-watch.ts";
import type { LogHead } from "./entry.ts";
import { CHECKPOINT_ENTRIES, CHECKPOINT_MS, TURN_ENTRIES, TURN_MS } from "./limits.ts";
import type { ForkEvidence, LogReader } from "./log-reader.ts";
import { differingSections, type SectionDigest } from "./section-digest.ts";

/** A signer remembers this of a log: on the disk, before the signature is made. */
export interface SignerState {
  /** The last checkpoint that it has signed, or was about to. */
  readonly signed?: SignedCheckpoint | undefined;
  /** The log has forked: nothing of it is signed any more. */
  readonly fork?: ForkEvidence | undefined;
}

export interface SignedCheckpoint {
  readonly id: string;
  readonly epoch: number;
  readonly index: number;
  readonly head: string;
}

export interface SigningGrounds {
  readonly cluster: string;
  /** The log's name. */
  readonly log: string;
  /** SHA-256 of the signer's raw public key, in lower-case hex. */
  readonly keyId: string;
  readonly state: SignerState;
  /** The reader of the log, which began behind the checkpoint that was signed last: so whatever it has read is an extension of that one. */
  readonly reader: Pick<LogReader, "hashAt" | "forks">;
  /** The cluster's policy that is in force. */
  readonly policy: Fact | undefined;
  /** The newest checkpoint of this log that is held; undefined for none. */
  readonly last: Pick<Checkpoint, "epoch" | "index" | "issued"> | undefined;
  /** The directory at an entry and a time, as this node has it. */
  readonly sectionsAt: (index: number, time: number) => readonly SectionDigest[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The reason for which a signer does not sign. */
export type SigningFault =
  /** The octets are no checkpoint of this log. */
  | "form"
  /** The log has forked, now or once. */
  | "fork"
  /** The proposal names another policy than the one in force, or this node is none of its signers. */
  | "policy"
  /** The proposal was issued more than five minutes from now, or does not live for exactly a day. */
  | "time"
  /** A checkpoint with this epoch or a higher one was signed, or is held; or the epoch is above the time of issue. */
  | "epoch"
  /** The newest checkpoint that is held is neither five minutes nor 256 entries older. */
  | "soon"
  /** The index is below the one that was signed last. */
  | "behind"
  /** The entry is not read yet, or has another hash: the log is no extension of the one that was signed. */
  | "head"
  /** The directory is not that of this node. */
  | "sections";

/**
 * Whether a signer is to propose the next checkpoint: five minutes or 256 entries behind the last one, and later by its place among the signers.
 *
 * @param last the newest checkpoint; undefined for none
 * @param head the index of the last entry
 * @param place of this node among the signers, from 0
 * @param now milliseconds since 1970
 */
export function isCheckpointDue(
  last: { readonly index: number; readonly issued: number } | undefined,
  head: number,
  place: number,
  now: number,
): boolean {
  const { index, issued } = last ?? { index: 0, issued: 0 };
  return now - issued >= CHECKPOINT_MS + place * TURN_MS || head - index >= CHECKPOINT_ENTRIES + place * TURN_ENTRIES;
}

export interface CheckpointContent {
  readonly cluster: string;
  /** The log's name. */
  readonly log: string;
  /** The epoch of the policy that names the signers. */
  readonly policy: number;
  readonly epoch: number;
  readonly issued: number;
  readonly head: LogHead;
  readonly sections: readonly SectionDigest[];
}

/** A checkpoint that nobody has signed yet. */
export function proposeCheckpoint(content: CheckpointContent): Buffer<ArrayBuffer> {
  const { cluster, log, policy, epoch, issued, head, sections } = content;
  const body: CheckpointBody = { policy, index: head.index, head: head.hash, sections };
  const life = { issued, expires: issued + KINDS.checkpoint.life };
  const place = { cluster, kind: "checkpoint", scope: "cluster", subject: log, authority: "log" };
  const payload = writePayload({ ...place, ...life, epoch, generation: epoch, body: { ...body } });
  return writeEnvelope({ payload, signatures: [] });
}

/** A checkpoint that may be signed once the new state is on the disk, or the reason why it may not. */
export type SigningVerdict =
  | { readonly fault: SigningFault; readonly state: SignerState }
  | { readonly fault?: undefined; readonly state: SignerState; readonly fact: Fact };

/** Judges the octets of a proposal. The state is to be kept in either case, as a fork is remembered, too. */
export function judgeProposal(octets: Uint8Array, grounds: SigningGrounds): SigningVerdict {
  const { state: before, reader } = grounds;
  const fork = before.fork ?? reader.forks[0];
  const state: SignerState = fork === before.fork ? before : { ...before, fork };
  const fact = readFact(octets, grounds.cluster);
  if (typeof fact === "string") return { fault: "form", state };
  const body = bodyOf(fact, "checkpoint");
  if (body === undefined || !isCheckpointOf(fact, grounds.log)) return { fault: "form", state };
  if (fork !== undefined) return { fault: "fork", state };
  // A proposal that was signed is signed again: the earlier signature may have been lost on its way.
  const fault =
    findPolicyFault(body, grounds) ?? (fact.id === before.signed?.id ? undefined : findFault(fact, body, grounds));
  if (fault !== undefined) return { fault, state };
  return { fact, state: { signed: { id: fact.id, epoch: fact.epoch, index: body.index, head: body.head } } };
}

function findFault(
  fact: Fact,
  { index, head, sections }: CheckpointBody,
  grounds: SigningGrounds,
): SigningFault | undefined {
  const { state, reader, last, now } = grounds;
  const { signed } = state;
  const isOfNow = Math.abs(now - fact.issued) <= FUTURE_MS;
  if (!isOfNow || fact.expires - fact.issued !== KINDS.checkpoint.life) return "time";
  // An epoch far ahead would leave none for later checkpoints.
  if (fact.epoch <= Math.max(signed?.epoch ?? 0, last?.epoch ?? 0) || fact.epoch > fact.issued) return "epoch";
  // A captured signer could else have all others write to their disks, and all nodes take a checkpoint, at each look. Both times are of records: no clock of a signer counts.
  if (!isCheckpointDue(last, index, 0, fact.issued)) return "soon";
  if (index < (signed?.index ?? 0)) return "behind";
  // Whatever was signed is never contradicted, not even by what was read.
  if (index === signed?.index && head !== signed.head) return "head";
  if (reader.hashAt(index) !== head) return "head";
  return differingSections(sections, grounds.sectionsAt(index, fact.issued)).length > 0 ? "sections" : undefined;
}

function findPolicyFault(
  { policy: epoch }: CheckpointBody,
  { policy, log, keyId }: SigningGrounds,
): "policy" | undefined {
  const named: PolicyBody["log"] = policy === undefined ? undefined : bodyOf(policy, "policy")?.log;
  const isSigner = named?.name === log && named.signers.some(({ key }) => keyIdOf(key) === keyId);
  return isSigner && policy?.epoch === epoch ? undefined : "policy";
}

/** Whether a record is a checkpoint of a log, whoever has signed it. */
export function isCheckpointOf({ kind, authority, scope, subject, issuer }: Fact, log: string): boolean {
  const isPlaced = authority === "log" && scope === "cluster" && subject === log && issuer === undefined;
  return kind === "checkpoint" && isPlaced;
}
