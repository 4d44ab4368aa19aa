/** Pieces of one replica's audit, to be kept elsewhere (docs/operate/storage.md, "What the fabric keeps of itself"). Pure. */
import type { Audit, AuditEntry } from "./audit.ts";
import { AUDIT_PIECE_SIZE_MAX, AUDIT_WAIT_MS } from "./limits.ts";

/** The form of it is that of a piece in `toldPiece` of the package blobs: those who ask read it by that. */
export interface AuditPiece {
  readonly name: string;
  /** To be asked with for what comes behind it. */
  readonly cursor: string;
  /** A line of JSON for each entry, the oldest first. */
  readonly text: string;
  readonly isLast: boolean;
}

const CURSOR = /^(?<audit>[0-9a-f]{16})\/(?<number>\d{1,16})\/(?<at>\d{1,16})$/;

/**
 * The entries behind a piece. A change that is under way, or was until the process ended, is waited for some minutes, and all that has come behind it, too: so an entry that is kept has its end.
 *
 * @param after the cursor of the piece; one of another audit counts as none, and so does one of an entry that another one has taken the number of
 * @param node the node of the replica
 * @param wall milliseconds since 1970
 * @returns undefined where there are none
 */
export function auditPiece(
  { id, entries }: Pick<Audit, "id" | "entries">,
  after: string,
  node: string,
  wall: number,
): AuditPiece | undefined {
  const last = lastKept({ id, entries }, after);
  const taken: AuditEntry[] = [];
  let text = "";
  let isLast = true;
  for (const entry of entries.toReversed()) {
    if (entry.number <= last) continue;
    const ageMs = wall - Date.parse(entry.at);
    if (entry.status === null && ageMs >= 0 && ageMs < AUDIT_WAIT_MS) break;
    const line = `${JSON.stringify(entry)}\n`;
    if (taken.length > 0 && text.length + line.length > AUDIT_PIECE_SIZE_MAX) {
      isLast = false;
      break;
    }
    taken.push(entry);
    text += line;
  }
  const [first, end] = [taken[0], taken.at(-1)];
  if (first === undefined || end === undefined) return undefined;
  const time = new Date(wall).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const name = `audit.${node}.${id}.${digits(first.number)}-${digits(end.number)}.${time}.jsonl`;
  return { name, cursor: `${id}/${end.number}/${Date.parse(end.at)}`, text, isLast };
}

/**
 * The number up to which all is kept. Numbers come again where the last entries were not on the disk when the process or its machine ended, as it was full: whoever went on behind the number
 * would never keep the other entries that have it now.
 */
function lastKept({ id, entries }: Pick<Audit, "id" | "entries">, after: string): number {
  const kept = CURSOR.exec(after)?.groups;
  const [newest] = entries;
  if (newest === undefined || kept?.["audit"] !== id) return 0;
  const number = Number(kept["number"]);
  // An entry that has made room for others cannot be compared.
  const entry = entries.find((each) => each.number === number);
  const isOther = entry !== undefined && Date.parse(entry.at) !== Number(kept["at"]);
  return number > newest.number || isOther ? 0 : number;
}

function digits(number: number): string {
  return String(number).padStart(12, "0");
}
