/** Says who has to sign a record that was refused for its rights or its signatures, in words that its author can act on. Pure. */
import { Authority, type Quorum } from "./authority.ts";
import { toBeSigned } from "./envelope.ts";
import { bodyOf, type Fact } from "./fact.ts";
import { keyNamer } from "./key-names.ts";
import { isSignedBy } from "./keys.ts";
import { type AuthorityName, kindRuleOf, NODE_AUTHORITIES } from "./kinds.ts";
import { type Grounds, mayBeAuto, quorumFor, serviceAuthority } from "./rights.ts";

/** The signatures that a record has of one quorum, and lacks. */
export interface MissingSignatures {
  /** The authority, with the version of the root whose keys these are, or the node: `control`, `root of version 2`, `node b`. */
  readonly authority: string;
  /** How many keys have to sign. */
  readonly threshold: number;
  /** Keys whose signatures count, by their names in the root, `node b`, or `key <first digits of the id>`. */
  readonly signed: readonly string[];
  /** Keys that may sign, and have not. */
  readonly others: readonly string[];
}

/** Signatures that a record takes: those of this many of these keys. */
export interface AskedQuorum {
  /** Its name, in the form that `MissingSignatures` has it. */
  readonly authority: string;
  readonly threshold: number;
  /** The keys that count for this record, by their ids. */
  readonly keys: Quorum["keys"];
  /** A key for people: by its name in the root, `node b`, or `key <first digits of the id>`. */
  readonly nameOf: (id: string) => string;
}

/** The quorums that have to sign a record, by the authority of today: two for a root descriptor, one for all others, none where nobody could sign it as it is. */
export function askedQuorums(fact: Fact, grounds: Grounds): readonly AskedQuorum[] {
  const { authority } = grounds;
  if (fact.kind === "root") {
    const next = bodyOf(fact, "root") === undefined ? [] : [Authority.of(fact)];
    return [authority, ...next].map((each) =>
      askedOf(each.quorum("root", fact.issued)!, `root of version ${each.version}`, listedIn(each), false),
    );
  }
  const name = namedAuthority(fact, grounds);
  const quorum = quorumFor({ ...fact, authority: name }, grounds);
  if (quorum === undefined) return [];
  const isNode = NODE_AUTHORITIES.has(name);
  const words = isNode ? `node ${fact.issuer}` : name;
  return [askedOf(quorum, words, isNode ? () => words : listedIn(authority), mayBeAuto(fact, grounds))];
}

/**
 * The quorums that a record lacks: none where its signatures are whole or nobody could sign it as it is. It verifies each signature by a key that counts,
 * 16 at most for each quorum.
 */
export function missingSignatures(fact: Fact, grounds: Grounds): readonly MissingSignatures[] {
  return askedQuorums(fact, grounds)
    .map((asked) => lackOf(fact, asked))
    .filter(isMissing);
}

/** A sentence for each quorum: `It has 1 of 2 signatures for control (k1); k2 or k3 may sign.` */
export function describeMissing(missing: readonly MissingSignatures[]): string {
  return missing
    .map(({ authority, threshold, signed, others }) => {
      const whose = signed.length === 0 ? "" : ` (${signed.join(", ")})`;
      const who = others.length === 0 ? "no other key may sign" : `${alternatives(others)} may sign`;
      return `It has ${signed.length} of the ${threshold} signatures that ${authority} takes${whose}; ${who}.`;
    })
    .join(" ");
}

/** Names that are told one by one. */
const NAMES_TOLD_MAX = 16;

function alternatives(names: readonly string[]): string {
  const told = names.slice(0, NAMES_TOLD_MAX);
  const more = names.length - told.length;
  if (more > 0) return `${told.join(", ")} or ${more} more`;
  return told.length === 1 ? told[0]! : `${told.slice(0, -1).join(", ")} or ${told.at(-1)!}`;
}

/** The authority that has to sign: the record's own where it may, else the one that its kind has. */
function namedAuthority(fact: Fact, grounds: Grounds): string {
  if (fact.kind === "service") return serviceAuthority(fact, grounds);
  const names: readonly AuthorityName[] = kindRuleOf(fact.kind)?.authorities ?? ["control"];
  return (names as readonly string[]).includes(fact.authority) ? fact.authority : names[0]!;
}

function listedIn({ root }: Authority): AskedQuorum["nameOf"] {
  return keyNamer(Object.values(bodyOf(root, "root")!.authorities));
}

function askedOf(
  { threshold, keys }: Quorum,
  authority: string,
  nameOf: AskedQuorum["nameOf"],
  doAutoCount: boolean,
): AskedQuorum {
  const counted = [...keys].filter(([, { isAuto }]) => doAutoCount || !isAuto);
  return { authority, threshold, keys: new Map(counted), nameOf };
}

function lackOf(
  { envelope: { payload, signatures } }: Fact,
  { authority, threshold, keys, nameOf }: AskedQuorum,
): MissingSignatures {
  const octets = toBeSigned(payload);
  const isSigned = new Map(signatures.map(({ keyId, octets }) => [keyId, octets]));
  const signed: string[] = [];
  const others: string[] = [];
  for (const [id, { key }] of keys) {
    const signature = isSigned.get(id);
    const isGood = signature !== undefined && isSignedBy(key, octets, signature);
    (isGood ? signed : others).push(nameOf(id));
  }
  return { authority, threshold, signed, others };
}

function isMissing({ signed, threshold }: MissingSignatures): boolean {
  return signed.length < threshold;
}
