/** Bytes that relays have carried for organizations, by calendar months (UTC): they outlast the records that say so, of which there may be no room for all of a month. Pure. */
import { isBefore, startOfHour, startOfMonth } from "@florenetes/usage";
import { MONTHS_SUMMED } from "./limits.ts";

/** An observer's word on an organization and hour. */
interface Word {
  readonly observer: string;
  readonly receipts: number;
  readonly bytes: number;
}

interface Month {
  /** Words by hours and partitions, and then by observers. */
  readonly slots: Map<string, Map<string, Word>>;
  /** Undefined: something has come since it was made. */
  sum: number | undefined;
}

export class MonthSums {
  /** By the beginning of each month, and then by organizations. */
  readonly #months = new Map<number, Map<string, Month>>();

  /** Takes the word of an observer, in the place of its last one. */
  take(about: { readonly hour: number; readonly organization: string; readonly partition: string } & Word): void {
    const { hour, organization, partition, observer, receipts, bytes } = about;
    const begin = startOfMonth(startOfHour(hour));
    const organizations = this.#months.get(begin) ?? new Map<string, Month>();
    this.#months.set(begin, organizations);
    const month: Month = organizations.get(organization) ?? { slots: new Map(), sum: undefined };
    organizations.set(organization, month);
    month.sum = undefined;
    const slot = `${hour} ${partition}`;
    const words = month.slots.get(slot) ?? new Map<string, Word>();
    month.slots.set(slot, words);
    words.set(observer, { observer, receipts, bytes });
    const old = [...this.#months.keys()].toSorted((a, b) => b - a).slice(MONTHS_SUMMED);
    for (const each of old) this.#months.delete(each);
  }

  /** The bytes of the month of a time: of each hour and partition by the observer whose word counts. */
  bytesOf(organization: string, wall: number): number {
    const month = this.#months.get(startOfMonth(wall))?.get(organization);
    if (month === undefined) return 0;
    month.sum ??= [...month.slots.values()].reduce((sum, words) => sum + bestOf(words).bytes, 0);
    return month.sum;
  }
}

function bestOf(words: ReadonlyMap<string, Word>): Word {
  return [...words.values()].reduce((best, word) => (isBefore(word, best) ? word : best));
}
