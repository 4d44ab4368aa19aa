/** Proposals: records that nobody has signed yet, with the times and numbers that a person would not want to work out. */
import { isName, NAME_FORM, type OperatorError } from "@florenetes/operator-text";
import { type JsonObject, readCanonical } from "../canonical.ts";
import { type Envelope, readEnvelope, writeEnvelope } from "../envelope.ts";
import { type Fact, type FactMembers, type FormFault, readFact, writePayload } from "../fact.ts";
import { formatTime, isScope } from "../fields.ts";
import { type Bodies, type Kind, KINDS, kindRuleOf } from "../kinds.ts";
import { INTEGER_MAX } from "../limits.ts";
import { REASONS } from "../reasons.ts";
import { slotOf } from "../slots.ts";
import { authoringError } from "./authoring-error.ts";

/** The slot of a proposal, but for its kind. */
export interface ProposalPlace {
  readonly cluster: string;
  /** `cluster` (the default), or `org/<name>`. */
  readonly scope?: string | undefined;
  readonly subject: string;
}

export interface ProposalTerms {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The record that this one follows: epoch and generation are each one higher. Without it they are 1. */
  readonly after?: Fact | undefined;
  /** Instead of the one that follows. */
  readonly epoch?: number | undefined;
  /** Milliseconds since 1970; default: as `DEFAULT_LIVES_MS` says. */
  readonly expires?: number | undefined;
}

export interface Proposal<K extends Kind = Kind> extends ProposalPlace, ProposalTerms {
  readonly kind: K;
  readonly body: Bodies[K];
  /** Default: the first one that may sign this kind. */
  readonly authority?: string | undefined;
  /** The node that signs, where one does. */
  readonly issuer?: string | undefined;
}

const DAY_MS = 86_400_000;

/** How long a record lives when its author says nothing: short enough to be looked at again. Other kinds live as long as they may. */
export const DEFAULT_LIVES_MS: Readonly<Partial<Record<Kind, number>>> = {
  root: 365 * DAY_MS,
  node: 90 * DAY_MS,
  role: 7 * DAY_MS,
  token: DAY_MS,
};

/** The octets of a record without signatures. Throws ERR_FABRIC_PROPOSAL for what no reader would take, whoever signs it. */
export function proposeRecord<K extends Kind>(proposal: Proposal<K>): Buffer<ArrayBuffer> {
  const { kind, body, now, expires, authority, issuer } = proposal;
  const rule = KINDS[kind];
  const read = rule.body.safeParse(body);
  if (!read.success) throw refused(`body: ${describe(read.error.issues)}`);
  const end = expires ?? now + (DEFAULT_LIVES_MS[kind] ?? rule.life);
  if (end > now + rule.life) {
    throw refused(`a record of the kind ${kind} lives at most until ${formatTime(now + rule.life)}`);
  }
  const authorities: readonly string[] = rule.authorities;
  if (authority !== undefined && !authorities.includes(authority)) {
    throw refused(`records of the kind ${kind} are signed by ${authorities.join(", ")}, not by ${authority}`);
  }
  return write({
    ...placeOf(kind, proposal),
    ...numbersOf(kind, proposal),
    issued: now,
    expires: end,
    authority: authority ?? authorities[0]!,
    ...(issuer === undefined ? {} : { issuer }),
    body: body as unknown as JsonObject,
  });
}

export interface VoidProposal extends ProposalPlace, Omit<ProposalTerms, "expires"> {
  readonly kind: string;
}

/**
 * The octets of a record that takes back what its slot said, by the authority of the record before. It lives as long as its kind may. Throws
 * ERR_FABRIC_PROPOSAL.
 */
export function proposeVoid(proposal: VoidProposal): Buffer<ArrayBuffer> {
  const { kind, after, now } = proposal;
  const rule = kindRuleOf(kind);
  if (rule === undefined) throw refused(`"${kind}" is no kind that this version knows`);
  if (!rule.canBeVoid) throw refused(`records of the kind ${kind} cannot be void`);
  return write({
    ...placeOf(kind as Kind, proposal),
    ...numbersOf(kind as Kind, proposal),
    issued: now,
    expires: now + rule.life,
    authority: after?.authority ?? rule.authorities[0]!,
    ...(after?.issuer === undefined ? {} : { issuer: after.issuer }),
    void: true,
    body: {},
  });
}

/** Reads the octets of a record of any cluster: its form alone. */
export function readRecord(octets: Uint8Array): Fact | FormFault {
  const envelope = readEnvelope(octets);
  const cluster = typeof envelope === "string" ? undefined : clusterOf(envelope);
  return readFact(octets, cluster ?? "");
}

/** The record of octets that are in form. Throws ERR_FABRIC_RECORD. */
export function requireRecord(octets: Uint8Array, file?: string): Fact {
  const fact = readRecord(octets);
  if (typeof fact !== "string") return fact;
  throw authoringError("ERR_FABRIC_RECORD", `${REASONS[fact]} (${fact})`, file === undefined ? {} : { file });
}

function clusterOf({ payload }: Envelope): string | undefined {
  const cluster = readCanonical(payload)?.["cluster"];
  return typeof cluster === "string" ? cluster : undefined;
}

function placeOf(kind: Kind, { cluster, scope = "cluster", subject }: ProposalPlace): Placed {
  const rule = KINDS[kind];
  if (!isName(cluster)) throw refused(`"${cluster}" is no name of a cluster: a name is ${NAME_FORM}`);
  if (!isScope(scope)) throw refused(`"${scope}" is no scope: it is cluster, or org/ and a name`);
  if (scope !== "cluster" && !rule.hasOrganizations) {
    throw refused(`records of the kind ${kind} are the whole cluster's: their scope is cluster`);
  }
  if (!rule.isSubject(subject, scope)) throw refused(`"${subject}" is no subject of the kind ${kind}`);
  return { cluster, kind, scope, subject };
}

type Placed = Pick<FactMembers, "cluster" | "kind" | "scope" | "subject">;

function numbersOf(
  kind: Kind,
  { cluster, scope = "cluster", subject, after, epoch }: ProposalPlace & Omit<ProposalTerms, "now">,
): Pick<FactMembers, "epoch" | "generation"> {
  if (epoch !== undefined && (epoch < 1 || epoch > INTEGER_MAX))
    throw refused(`${epoch} is no epoch: they begin with 1`);
  if (after === undefined) return { epoch: epoch ?? 1, generation: 1 };
  if (after.cluster !== cluster || slotOf(after) !== slotOf({ kind, scope, subject })) {
    throw refused(`the record before is of another slot: ${after.cluster}, ${slotOf(after)}`);
  }
  if (epoch !== undefined && epoch <= after.epoch) {
    throw refused(`the record before has the epoch ${after.epoch}, and the epoch ${epoch} is not above it`);
  }
  return { epoch: epoch ?? after.epoch + 1, generation: after.generation + 1 };
}

/** A record that a reader would refuse for its form is never written. */
function write(members: FactMembers): Buffer<ArrayBuffer> {
  if (members.expires <= members.issued)
    throw refused(`it would end at ${formatTime(members.expires)}, before it begins`);
  let octets: Buffer<ArrayBuffer>;
  try {
    octets = writeEnvelope({ payload: writePayload(members), signatures: [] });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw refused(error.message);
  }
  const read = readRecord(octets);
  if (typeof read === "string") throw refused(`${REASONS[read]} (${read})`);
  return octets;
}

function describe(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  const [{ path, message }] = issues as [(typeof issues)[number]];
  return path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`;
}

function refused(message: string): OperatorError {
  return authoringError("ERR_FABRIC_PROPOSAL", message);
}
