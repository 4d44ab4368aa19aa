/** Questions for the records that are in force, at the admin socket. */
import {
  bodyOf,
  type Fact,
  type FactBook,
  keyNamer,
  type Kind,
  KINDS,
  writeEnvelope,
  writeRecordText,
} from "@florenetes/facts";
import type { AdminRoute } from "@florenetes/process-kit";

/** Records of one answer, … */
const FACTS_TOLD_MAX = 1_000;
/** … and about how many characters they have as JSON: whoever does not read his answer has it kept here. */
const FACTS_SIZE_MAX = 1_048_576;

/** A record in force: what it says, why it counts, and the record itself, which anybody can verify. */
interface FactAnswer {
  readonly id: string;
  readonly kind: string;
  readonly scope: string;
  readonly subject: string;
  readonly epoch: number;
  readonly generation: number;
  readonly issued: string;
  readonly expires: string;
  readonly authority: string;
  readonly issuer: string | null;
  readonly body: unknown;
  /** Why it is in force. */
  readonly reason: string;
  /** The record as text. */
  readonly proof: string;
}

/** `GET /facts`, with `?kind=…` and `&subject=…`: records in force, at most 1,000 and about a mebibyte, and how many more there are. */
export function factQuestions(
  bookOf: () => FactBook | undefined,
  wallClock: () => number,
): Readonly<Record<string, AdminRoute>> {
  return {
    "/facts": (query) => {
      const book = bookOf();
      const now = wallClock();
      const facts = book === undefined ? [] : found(book, query, now);
      const told = book === undefined ? [] : [...toldOf(facts, book)];
      return { facts: told, left: facts.length - told.length };
    },
  };
}

/** The first of these facts, as far as an answer has room; one of them always. */
function* toldOf(facts: readonly Fact[], book: FactBook): Generator<FactAnswer> {
  let size = 0;
  for (const fact of facts.slice(0, FACTS_TOLD_MAX)) {
    const answer = answerOf(fact, book);
    const length = JSON.stringify(answer).length;
    if (size > 0 && size + length > FACTS_SIZE_MAX) return;
    size += length;
    yield answer;
  }
}

function found(book: FactBook, query: URLSearchParams, now: number): readonly Fact[] {
  const kind = query.get("kind");
  const subject = query.get("subject");
  const kinds = (Object.keys(KINDS) as Kind[]).filter((each) => kind === null || each === kind);
  const facts = kinds.flatMap((each) => (each === "root" ? [book.authority.root] : [...book.all(each, now)]));
  return facts.filter((fact) => subject === null || fact.subject === subject);
}

function answerOf(fact: Fact, book: FactBook): FactAnswer {
  return {
    id: fact.id,
    kind: fact.kind,
    scope: fact.scope,
    subject: fact.subject,
    epoch: fact.epoch,
    generation: fact.generation,
    issued: new Date(fact.issued).toISOString(),
    expires: new Date(fact.expires).toISOString(),
    authority: fact.authority,
    issuer: fact.issuer ?? null,
    body: fact.body,
    reason: reasonOf(fact, book),
    proof: writeRecordText(writeEnvelope(fact.envelope)),
  };
}

function reasonOf({ authority, issuer, envelope }: Fact, book: FactBook): string {
  const { authorities } = bodyOf(book.authority.root, "root")!;
  const quorum = authority in authorities ? authorities[authority as keyof typeof authorities] : undefined;
  const nameOf = keyNamer([quorum]);
  const signers = envelope.signatures.map(({ keyId }) => nameOf(keyId));
  if (issuer !== undefined) return `it is the newest of its slot, and signed by node ${issuer}`;
  const needed = quorum === undefined ? "" : `, ${quorum.threshold} of ${quorum.keys.length} needed`;
  return `it is the newest of its slot, and signed for ${authority} by ${signers.join(", ")}${needed}`;
}
