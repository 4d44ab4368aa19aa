/** Receipts: the rows of an hour as the bodies of records, in as many parts as they need, and back. Pure. */
import { type OwnRow, type PassedRow, RECEIPT_PARTS_MAX, RECEIPT_ROWS_MAX, type ReceiptBody } from "@florenetes/facts";
import type { HourRows, Own, Passed } from "./rows.ts";

type Row = { readonly kind: "passed"; readonly row: Passed } | { readonly kind: "own"; readonly row: Own };

/** Names of coordinators that one part has. */
const COORDINATORS_MAX = 64;

/**
 * The bodies of a receipt: those with the most bytes go first, and each says how many rows are in none, as there may be so many parts. An hour in which nothing has passed has one, too: it says just that.
 *
 * @param sizeMax The most octets of a body in JSON
 */
export function writeReceipt({ passed, own, left: missing }: HourRows, sizeMax: number): readonly ReceiptBody[] {
  const rows: Row[] = [
    ...passed.map((row) => ({ kind: "passed", row }) as const),
    ...own.map((row) => ({ kind: "own", row }) as const),
  ];
  rows.sort((a, b) => bytesOf(b) - bytesOf(a));
  const parts = [new Part(sizeMax)];
  let left = missing;
  for (const row of rows) {
    if (parts.at(-1)!.add(row)) continue;
    if (parts.length < RECEIPT_PARTS_MAX) parts.push(new Part(sizeMax));
    if (!parts.at(-1)!.add(row)) left++;
  }
  return parts.map((part) => ({ ...part.body, left }));
}

/** The rows of a receipt out of its parts, in whatever order. Rows of one name in several parts stand beside each other. */
export function readReceipt(bodies: Iterable<ReceiptBody>): HourRows {
  const rows: { passed: Passed[]; own: Own[]; left: number } = { passed: [], own: [], left: 0 };
  for (const { peers, coordinators, passed, own, left } of bodies) {
    rows.left = Math.max(rows.left, left);
    for (const [from, to, by, share, of, packets, bytes] of passed) {
      const coordinator = by === 0 ? undefined : coordinators[by - 1];
      rows.passed.push({ from: peers[from]!, to: peers[to]!, coordinator, share, class: of, packets, bytes });
    }
    for (const [peer, share, of, sentPackets, sentBytes, packets, bytes] of own)
      rows.own.push({ peer: peers[peer]!, share, class: of, sentPackets, sentBytes, packets, bytes });
  }
  return rows;
}

/** Octets that a row, and a name that is new with it, have in JSON at most. */
const ROW_SIZE = 96;
const BODY_SIZE = 80;

class Part {
  readonly #sizeMax: number;
  readonly #peers = new Map<string, number>();
  readonly #coordinators = new Map<string, number>();
  readonly #passed: PassedRow[] = [];
  readonly #own: OwnRow[] = [];
  #size = BODY_SIZE;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get body(): Omit<ReceiptBody, "left"> {
    return {
      peers: [...this.#peers.keys()],
      coordinators: [...this.#coordinators.keys()],
      passed: this.#passed,
      own: this.#own,
    };
  }

  /** Returns whether there was room. */
  add({ kind, row }: Row): boolean {
    const rows = kind === "passed" ? this.#passed : this.#own;
    const peers = kind === "passed" ? [row.from, row.to] : [row.peer];
    const coordinator = kind === "passed" ? row.coordinator : undefined;
    const newPeers = [...new Set(peers)].filter((name) => !this.#peers.has(name));
    const isNew = coordinator !== undefined && !this.#coordinators.has(coordinator);
    const names = [...newPeers, ...(isNew ? [coordinator] : [])];
    const size = names.reduce((sum, name) => sum + name.length + 3, ROW_SIZE);
    const isFull =
      rows.length >= RECEIPT_ROWS_MAX ||
      this.#peers.size + newPeers.length > RECEIPT_ROWS_MAX ||
      (isNew && this.#coordinators.size >= COORDINATORS_MAX);
    if (isFull || this.#size + size > this.#sizeMax) return false;
    this.#size += size;
    for (const name of newPeers) this.#peers.set(name, this.#peers.size);
    if (isNew) this.#coordinators.set(coordinator, this.#coordinators.size);
    if (kind === "own") {
      const { peer, share, sentPackets, sentBytes, packets, bytes } = row;
      this.#own.push([this.#peers.get(peer)!, share, row.class, sentPackets, sentBytes, packets, bytes]);
    } else {
      const by = coordinator === undefined ? 0 : this.#coordinators.get(coordinator)! + 1;
      const { from, to, share, packets, bytes } = row;
      this.#passed.push([this.#peers.get(from)!, this.#peers.get(to)!, by, share, row.class, packets, bytes]);
    }
    return true;
  }
}

function bytesOf({ kind, row }: Row): number {
  return kind === "passed" ? row.bytes : row.sentBytes + row.bytes;
}
