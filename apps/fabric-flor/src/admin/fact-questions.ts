/** Questions for the records that are in force, at the admin socket. */
import {
  bodyOf,
  type Fact,
  type FactBook,
  keyNamer,
  KINDS,
  slotOf,
  writeEnvelope,
  writeRecordText,
} from "@florenetes/facts";
import { isName } from "@florenetes/operator-text";
import type { AdminRoute } from "@florenetes/process-kit";
import type { HeldRecords } from "../agent/records/held-records.ts";
import { INDEXED_KINDS } from "../agent/records/record-index.ts";
import { type FactFields, factFields } from "./fact-fields.ts";
import { afterError, pageOf } from "./page.ts";

/** Records of one answer. */
const FACTS_TOLD_MAX = 1_000;

/** A record in force: what it says, why it counts, and the record itself, which anybody can verify. */
interface FactAnswer extends FactFields {
  /** Why it is in force. */
  readonly reason: string;
  /** The record as text. */
  readonly proof: string;
}

/**
 * `GET /facts`, with `?kind=…`, `&scope=…` and `&subject=…`: records in force in the order of their slots, at most 1,000 and about a mebibyte, and how many more there are. `&after=…`, the `next` of an
 * answer, asks for those behind it: pages neither miss nor repeat a slot that stays. Throws ERR_FABRIC_AFTER.
 */
export function factQuestions(
  records: Pick<HeldRecords, "book" | "index">,
  wallClock: () => number,
): Readonly<Record<string, AdminRoute>> {
  return {
    "/facts": (query) => {
      const { book } = records;
      const after = readAfter(query.get("after"));
      if (book === undefined) return { facts: [], left: 0, next: null };
      const found = foundIn(records.index, query, after?.kind, wallClock());
      const { told, left, last } = pageOf(found, {
        after: after === undefined ? undefined : slotOf(after),
        most: FACTS_TOLD_MAX,
        keyOf: ([slot]) => slot,
        answerOf: ([, fact]) => answerOf(fact, book),
      });
      return { facts: told, left, next: last === undefined ? null : textOf(last[1]) };
    },
  };
}

type Placed = Pick<Fact, "kind" | "scope" | "subject">;

/** Records that the query asks for, with the names of their slots, of the kinds from `first` on. */
function* foundIn(
  index: HeldRecords["index"],
  query: URLSearchParams,
  first: string | undefined,
  now: number,
): Generator<readonly [slot: string, fact: Fact], void> {
  const [kind, scope, subject] = ["kind", "scope", "subject"].map((name) => query.get(name));
  for (const each of INDEXED_KINDS) {
    if ((kind !== null && each !== kind) || (first !== undefined && each < first)) continue;
    for (const entry of index.records(each, now)) {
      const [, fact] = entry;
      if ((scope === null || fact.scope === scope) && (subject === null || fact.subject === subject)) yield entry;
    }
  }
}

/** `KIND/SCOPE/SUBJECT`. */
function textOf({ kind, scope, subject }: Placed): string {
  return `${kind}/${scope}/${subject}`;
}

/** Reads the name of a slot that a record may have. Throws ERR_FABRIC_AFTER. */
function readAfter(after: string | null): Placed | undefined {
  if (after === null) return undefined;
  const [, name, scope, organization, subject] = SLOT_FORM.exec(after) ?? [];
  const kind = INDEXED_KINDS.find((each) => each === name);
  const isSlot =
    kind !== undefined &&
    (organization === undefined || (KINDS[kind].hasOrganizations && isName(organization))) &&
    KINDS[kind].isSubject(subject!, scope!);
  if (!isSlot) throw afterError(after, "KIND/SCOPE/SUBJECT");
  return { kind, scope: scope!, subject: subject! };
}

const SLOT_FORM = /^([a-z]+)\/(cluster|org\/([^/]+))\/(.+)$/;

function answerOf(fact: Fact, book: FactBook): FactAnswer {
  return {
    ...factFields(fact),
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
