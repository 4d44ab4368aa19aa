import { isOperatorError } from "@florenetes/operator-text";
import { type Logger, requestAdmin } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import { USAGE_HOURS, USAGE_HOURS_AHEAD, USAGE_ROWS_MAX } from "../fabric/limits.ts";
import { HOUR_MS, type ToldUsage, type ToldUsages, toldUsages } from "../fabric/told-usage.ts";
import { type KnownUsage, NO_USAGE, UsageBook } from "../fabric/usage-book.ts";
import {
  AGENT_PAGE_SIZE_MAX,
  AGENT_PAGES_MAX,
  PAUSE_PER_LOOK,
  USAGE_HOURS_AGAIN,
  USAGE_HOURS_BACK,
  USAGE_LOOK_MS,
  USAGE_WHOLE_MS,
} from "./limits.ts";
import { isUnknownRoute } from "./unknown-route.ts";

export interface UsageReaderOptions {
  /** Path of the agent's admin socket. */
  readonly path: string;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** The agent is of a version that knows no usage. */
class UnknownRouteError extends Error {}

/** Asks the node's agent for usage: the newest hours each minute, and older ones behind them, once an hour. */
export class UsageReader implements Disposable {
  readonly #options: UsageReaderOptions;
  readonly #book = new UsageBook();
  #known: KnownUsage = NO_USAGE;
  #fault: string | null = NO_USAGE.fault;
  /** The reason that was logged; undefined: usage was read, or not asked for yet. */
  #logged: string | undefined;
  /** The hour up to which all newer ones were asked for; undefined: none was. */
  #readTo: number | undefined;
  /** The last hour of those that are asked for next, on the way back; undefined: all were. */
  #back: number | undefined;
  /** When the way back begins anew: monotonic milliseconds. */
  #wholeAt = -Infinity;
  #pages = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: UsageReaderOptions) {
    this.#options = options;
  }

  /** Gives one object as long as nothing is other. */
  get known(): KnownUsage {
    const { rows, since: hour } = this.#book;
    const since = hour === undefined ? null : new Date(hour * HOUR_MS).toISOString();
    const [former, fault] = [this.#known, this.#fault];
    if (former.rows !== rows || former.since !== since || former.fault !== fault) this.#known = { rows, since, fault };
    return this.#known;
  }

  /** Asks for the first time, and from then on by itself. Never rejects. */
  async start(): Promise<void> {
    const { now } = this.#options.time;
    const begunAt = now();
    await this.look();
    if (this.#isOver) return;
    this.#timer = setTimeout(() => void this.start(), Math.max(USAGE_LOOK_MS, PAUSE_PER_LOOK * (now() - begunAt)));
  }

  /** Asks once. Never rejects. */
  async look(): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#look();
      if (this.#isOver) return;
      if (this.#logged !== undefined) log.info({ code: "USAGE_READ" }, "usage is read again");
      this.#logged = undefined;
      this.#fault = null;
    } catch (error) {
      if (!this.#isOver) this.#handleFailure(error);
    }
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #handleFailure(error: unknown): void {
    const isOld = error instanceof UnknownRouteError;
    const reason = isOld ? "VERSION" : isOperatorError(error) ? error.code : "ERR_ADMIN_ANSWER";
    if (this.#logged !== reason)
      this.#options.log.warn({ code: "USAGE_UNREAD", reason, err: error }, "usage cannot be read");
    this.#logged = reason;
    this.#fault = isOld
      ? "the agent of this replica's node is of a version that tells no usage"
      : `the agent of this replica's node has not said what is newest (${reason})`;
  }

  async #look(): Promise<void> {
    const { time } = this.#options;
    this.#pages = 0;
    const hour = Math.floor(time.wallClock().getTime() / HOUR_MS);
    const newest = Math.min(this.#book.newest ?? hour, this.#readTo ?? hour);
    const from = newest - USAGE_HOURS_AGAIN;
    await this.#readHours(from, hour + USAGE_HOURS_AHEAD, hour);
    this.#readTo = hour;
    if (time.now() >= this.#wholeAt) {
      this.#wholeAt = time.now() + USAGE_WHOLE_MS;
      this.#back = from - 1;
    }
    await this.#readBack(hour);
  }

  /** Asks for older hours until all were asked for, or older rows have no room. */
  async #readBack(hour: number): Promise<void> {
    const oldest = hour - USAGE_HOURS + 1;
    while (this.#back !== undefined && !this.#isOver) {
      const from = Math.max(oldest, this.#back - USAGE_HOURS_BACK + 1);
      if (from <= this.#back) await this.#readHours(from, this.#back, hour);
      this.#back = from > oldest && this.#book.since! <= from ? from - 1 : undefined;
    }
  }

  /** Reads all pages of some hours in a row. Those of an hour are taken together, once the next one has begun. */
  async #readHours(from: number, to: number, now: number): Promise<void> {
    const query = `/usage?from=${timeOf(from)}&to=${timeOf(to)}`;
    const cursors = new Set<string>();
    let [first, waiting]: [number, ToldUsage[]] = [from, []];
    for (let after: string | null | undefined; after !== null;) {
      const page = await this.#ask(after === undefined ? query : `${query}&after=${encodeURIComponent(after)}`);
      if (page.next !== null && cursors.has(page.next)) throw new Error("the pages of usage go round in a circle");
      waiting.push(...page.usage.filter(({ hour }) => hour >= first && hour <= to));
      const last = waiting.at(-1)?.hour ?? first;
      if (page.next !== null && last > first) {
        this.#book.handleHours(first, last - 1, waiting, now);
        [first, waiting] = [last, waiting.filter(({ hour }) => hour >= last)];
      }
      const rows = waiting.reduce((sum, { relays }) => sum + relays.length + 1, 0);
      if (rows > USAGE_ROWS_MAX) throw new Error(`an hour has more than ${USAGE_ROWS_MAX} rows`);
      after = page.next;
      if (after !== null) cursors.add(after);
    }
    this.#book.handleHours(first, to, waiting, now);
  }

  /** @throws UnknownRouteError */
  async #ask(route: string): Promise<ToldUsages> {
    if (++this.#pages > AGENT_PAGES_MAX) throw new Error("the pages of usage have no end");
    const options = { sizeMax: AGENT_PAGE_SIZE_MAX, isAnswer: isUnknownRoute };
    const told = await requestAdmin(this.#options.path, route, options);
    if (isUnknownRoute(told)) throw new UnknownRouteError("it knows no usage");
    return toldUsages.parse(told);
  }
}

function timeOf(hour: number): string {
  return new Date(hour * HOUR_MS).toISOString();
}
