/** Usage: the sums of an organization and hour as the body of a record, and the word that counts where several observers have theirs. Pure. */
import { AMOUNT_MAX, USAGE_ROWS_MAX, type UsageBody, type UsageRow } from "@florenetes/facts";
import type { CarriedSum } from "./sums.ts";

/** Octets that a row has in JSON beside the relay's name, at most. */
const ROW_SIZE = 60;
const BODY_SIZE = 240;

/**
 * The body of a usage record: the rows with the most bytes, and what is left of those that have no room.
 *
 * @param sizeMax The most octets of the body in JSON
 */
export function usageBodyOf(
  sums: readonly CarriedSum[],
  about: Pick<UsageBody, "partition" | "receipts" | "missing">,
  sizeMax: number,
): UsageBody {
  const order = (a: CarriedSum, b: CarriedSum): number =>
    b.bytes - a.bytes || (a.relay < b.relay ? -1 : Number(a.relay > b.relay)) || a.class - b.class;
  const relays: UsageRow[] = [];
  let [rows, restPackets, restBytes] = [0, 0, 0];
  let size = BODY_SIZE;
  for (const { relay, class: of, packets, bytes, claimed } of sums.toSorted(order)) {
    size += ROW_SIZE + relay.length;
    if (size <= sizeMax && relays.length < USAGE_ROWS_MAX && rows === 0) {
      relays.push([relay, of, packets, bytes, claimed]);
      continue;
    }
    rows++;
    restPackets = Math.min(AMOUNT_MAX, restPackets + packets);
    restBytes = Math.min(AMOUNT_MAX, restBytes + bytes);
  }
  return { ...about, relays, rest: [rows, restPackets, restBytes] };
}

/** The bytes of a usage record together. */
export function bytesOf({ relays, rest: [, , rest] }: UsageBody): number {
  return relays.reduce((sum, [, , , bytes]) => sum + bytes, rest);
}

/** Whether the word of one observer counts before that of another one of the same organization, partition and hour: the one that has heard more nodes, and then the first by name. */
export function isBefore(
  one: { readonly observer: string; readonly receipts: number },
  other: { readonly observer: string; readonly receipts: number },
): boolean {
  return one.receipts === other.receipts ? one.observer < other.observer : one.receipts > other.receipts;
}
