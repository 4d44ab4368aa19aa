/** Answers letters of the kind `papers` at a control node: judges what is shown, and gives the sender what it has to have, and lacks. Pure. */
import {
  copyIdOf,
  type Fact,
  type FactBook,
  inForce,
  type Judgement,
  readEnvelope,
  slotOf,
  writeEnvelope,
} from "@florenetes/facts";
import {
  type Answer,
  ANSWERED_SIZE_MAX,
  fitRecords,
  HELD_MAX,
  Outcome,
  readPapers,
  shortIdOf,
  writePapersAnswer,
} from "@florenetes/feed";
import type { Moment } from "../moment.ts";
import type { HeldRecords } from "../records/held-records.ts";
import { organizationsOf, standingOf } from "../records/standing.ts";
import type { ReceivedLetter } from "./agent-mail.ts";

export interface PapersDeskOptions {
  readonly records: HeldRecords;
  /** Judges records as those that somebody has handed in. */
  readonly hand: (records: readonly Uint8Array[], at: Moment) => readonly Judgement[];
}

export class PapersDesk {
  readonly #options: PapersDeskOptions;

  constructor(options: PapersDeskOptions) {
    this.#options = options;
  }

  /** Whoever sends a letter may hand records in. Papers are for the key of the sender's node record alone. */
  answer({ node, key, body, conduct }: ReceivedLetter, at: Moment): Answer {
    const letter = readPapers(body);
    if (letter === undefined) return { outcome: Outcome.malformed, body: new Uint8Array(0) };
    const { records } = this.#options;
    const news = letter.shown.filter((octets) => !records.has(copyIdOf(octets)));
    const judgements = this.#options.hand(news, at);
    const signatures = news.reduce((sum, octets, place) => sum + verifiedIn(octets, judgements[place]), 0);
    conduct.chargeMail(signatures, at.now);
    const judged = letter.shown.map((octets) => wordOf(judgements[news.indexOf(octets)]));
    const standing = standingOf(records.book, node, at.wall);
    if (standing.kind !== "node" || standing.key !== key)
      return { outcome: Outcome.unknownSender, body: writePapersAnswer({ judged, records: [], hasMore: false }) };
    const held = new Set([...letter.held, ...letter.shown.map((octets) => shortIdOf(copyIdOf(octets)))]);
    const lacking = lackingOf(papersOf(records, node, at.wall), held);
    const { fit, hasMore } = fitRecords(lacking, ANSWERED_SIZE_MAX);
    return { outcome: Outcome.answered, body: writePapersAnswer({ judged, records: fit, hasMore }) };
  }
}

/** A copy of a record that a node has to have. */
export interface Paper {
  /** The id of the copy. */
  readonly id: string;
  /** Undefined: it does not count any more. */
  readonly octets: () => Uint8Array | undefined;
}

/** Records that a node has to have: its own `node` record and roles, and those of its organizations. The own ones come first. */
export function papersOf(records: HeldRecords, node: string, wall: number): readonly Paper[] {
  const { book } = records;
  return book === undefined
    ? []
    : [...ownPapersOf(records, node, wall), ...organizationPapers(records, book, node, wall)];
}

/** Records about a node itself that it has to have: its `node` record and roles. */
export function ownPapersOf({ book }: HeldRecords, node: string, wall: number): readonly Paper[] {
  if (book === undefined) return [];
  return ownPapers(book, node, wall).map(({ envelope }): Paper => {
    const octets = writeEnvelope(envelope);
    return { id: copyIdOf(octets), octets: () => octets };
  });
}

/** The `node` record and the roles of a node that are in force, and the void ones that stand in their way. */
export function ownPapers(book: FactBook, node: string, wall: number): readonly Fact[] {
  const all = [...book.in(slotOf({ kind: "node", scope: "cluster", subject: node })), ...book.rolesOf(node)];
  return all.filter((fact) => {
    const isVoid = fact.void === true && wall < fact.expires;
    return isVoid || inForce(book.in(slotOf(fact)), wall) === fact;
  });
}

/** Records of the organizations in which a node has a role, as far as one letter can say that it has them. */
function organizationPapers(records: HeldRecords, book: FactBook, node: string, wall: number): readonly Paper[] {
  const rows = organizationsOf(book, node, wall).flatMap((scope) => records.rows(scope, 0, HELD_MAX));
  return rows.slice(0, HELD_MAX).map(({ id }) => ({ id, octets: () => records.record(id) }));
}

/** Papers whose short ids are not held, one at a time: an answer has room for few, and there may be a thousand. */
export function* lackingOf(papers: readonly Paper[], held: ReadonlySet<string>): Generator<Uint8Array> {
  for (const { id, octets } of papers) {
    const found = held.has(shortIdOf(id)) ? undefined : octets();
    if (found !== undefined) yield found;
  }
}

/** Undefined: the record is held. */
function wordOf(judgement: Judgement | undefined): string {
  if (judgement === undefined) return "duplicate";
  return judgement.isAccepted ? "taken" : judgement.reason;
}

/** Signatures that the judge may have verified: whoever only passes a letter on is not charged for what cost nothing. */
function verifiedIn(octets: Uint8Array, judgement: Judgement | undefined): number {
  const envelope = readEnvelope(octets);
  if (typeof envelope === "string" || judgement === undefined) return 1;
  const { payload, signatures } = envelope;
  // A root is held against the quorums of the root here, of recovery, and its own.
  if (Buffer.from(payload).includes('"kind":"root"')) return 3 * signatures.length + 1;
  const isVerified = judgement.isAccepted || VERIFIED_REASONS.has(judgement.reason);
  return isVerified ? Math.max(1, signatures.length) : 1;
}

/** Records that are refused for any other reason are refused before their signatures are looked at, or have none that count. */
const VERIFIED_REASONS: ReadonlySet<string> = new Set([
  "duplicate",
  "signature",
  "quorum",
  "delivered",
  "quota",
  "full",
]);
