/** Names of other holders: read, weighed, adopted. */
import { contentHash, type HeldEntry, sizeOf } from "../entry.ts";
import { NAMES_MAX } from "../limits.ts";
import { majorityOf } from "../placement.ts";
import type { Answer } from "../requests.ts";
import type { CollectionTerms } from "../terms.ts";
import { type HolderCore, workingTerms } from "./core.ts";
import { eachOf } from "./each-of.ts";
import { isHeldEntry } from "./forms.ts";
import { type Choice, type Judgement, judge } from "./judgement.ts";
import {
  ASKED_AT_ONCE,
  FETCHED_ENTRIES_MAX,
  OPEN_NAMES_MAX,
  SYNC_PAGES_MAX,
  SYNC_READ_MS,
  UNACKNOWLEDGED_PRICE,
  YOUNG_MS,
} from "./limits.ts";
import { LoneWords } from "./lone-words.ts";
import type { Report } from "./name-book.ts";

/** Looks at open names in one turn of a young holder. */
const YOUNG_LOOKS = 3;
/** Entries of one name that are asked for in one turn. */
const FETCH_ROUNDS_MAX = 3;

export class Sync {
  readonly #core: HolderCore;
  readonly #lone: LoneWords;
  /** The last open name that was looked at. */
  #openAfter = "";
  readonly #begun: number;

  constructor(core: HolderCore) {
    this.#core = core;
    this.#lone = new LoneWords(core.elapsed);
    this.#begun = core.elapsed();
  }

  /** True: too few others were heard, and it is to come again soon. */
  async run(signal: AbortSignal): Promise<boolean> {
    if (workingTerms(this.#core) === undefined) return false;
    const { youth } = this.#core;
    this.#dropFormer();
    await Promise.all(this.#core.peers.others.map((node) => this.#read(node, signal)));
    // A young holder looks again at once at what it could not have: then it has what others told.
    for (let look = 0; look === 0 || (look < YOUNG_LOOKS && youth.isYoung); look++) {
      const terms = workingTerms(this.#core);
      // oxlint-disable-next-line no-await-in-loop -- the second look sees what the first has done
      if (terms !== undefined && (!youth.isYoung || this.#hasHeardEnough())) await this.#settle(terms, signal);
    }
    if (youth.isYoung && this.#openAfter === "" && this.#hasHeardEnough()) youth.end();
    return youth.isYoung;
  }

  /** Whether so many others were heard that one of them has each entry that a majority with this holder ever had. */
  #hasHeardEnough(): boolean {
    const { peers, elapsed } = this.#core;
    const heard = peers.others.filter((node) => peers.isHeard(node)).length;
    const holders = peers.others.length + 1;
    if (heard > holders - majorityOf(holders)) return true;
    return elapsed() - this.#begun >= YOUNG_MS && heard + 1 >= majorityOf(holders);
  }

  /** Reports of a node that holds the collection no more do not count. */
  #dropFormer(): void {
    const { names, peers } = this.#core;
    const others = new Set(peers.others);
    const former = names.reporters().find((node) => !others.has(node));
    if (former === undefined) return;
    names.dropReports(former);
    names.setState(cursorKey(former), undefined);
  }

  async #read(node: string, signal: AbortSignal): Promise<void> {
    const { names, peers, elapsed } = this.#core;
    const until = elapsed() + SYNC_READ_MS;
    for (let page = 0; page < SYNC_PAGES_MAX && elapsed() < until && !signal.aborted; page++) {
      const cursor = readCursor(names.state(cursorKey(node)));
      // oxlint-disable-next-line no-await-in-loop -- each page begins where the one before ended
      const { answer } = await peers.ask(node, { op: "list-changes", ...cursor }, signal);
      const terms = workingTerms(this.#core);
      if (answer === undefined || terms === undefined) return;
      const goesOn = names.within(() => this.#take(node, cursor, answer, terms));
      if (!goesOn) return;
      if (answer.isAll) peers.noteHeard(node);
      if (answer.isAll) return;
    }
  }

  /** Takes a page. False: it makes no sense, or the holder has told as many names as it may. */
  #take(node: string, cursor: Cursor, page: Answer<"list-changes">, terms: CollectionTerms): boolean {
    const { names, counters } = this.#core;
    const isAnew = page.book !== cursor.book;
    const isBack = !isAnew && page.last < cursor.since;
    if (isAnew || isBack) names.dropReports(node);
    if (isBack) names.setState(cursorKey(node), undefined);
    // Its book was put back to an earlier day: all is read anew in the next turn.
    if (isBack) return false;
    const isStuck = !page.isAll && page.last <= (isAnew ? 0 : cursor.since);
    if (!Number.isSafeInteger(page.last) || isStuck) {
      counters.malformed++;
      return false;
    }
    for (const entry of page.entries) {
      if (!isHeldEntry(entry)) counters.malformed++;
      else if (!this.#report(node, entry, terms)) return false;
    }
    names.setState(cursorKey(node), JSON.stringify({ book: page.book, since: page.last }));
    return true;
  }

  /** Notes what a holder tells of a name, and goes by it. False: it has told as many as it may. */
  #report(node: string, entry: HeldEntry, terms: CollectionTerms): boolean {
    if (!this.#note(node, entry)) return false;
    const judgement = this.#judge(entry.name, terms);
    const [first] = judgement.choices;
    // Others may yet tell something newer in this turn: until all were asked, only a majority counts.
    if (first?.ground === "majority") this.#weigh(entry.name, entry, terms, new Set());
    else this.#core.names.setOpen(entry.name, !judgement.isSettled);
    return true;
  }

  #note(node: string, entry: HeldEntry): boolean {
    const { names, now, notices } = this.#core;
    const held = names.reports(entry.name).find((report) => report.node === node);
    if (held === undefined && names.countReports(node) >= NAMES_MAX) {
      notices.say("names", `Holder ${node} tells more than ${NAMES_MAX} names: the rest is not read.`);
      return false;
    }
    const { turn, isGone, written } = entry;
    const content = contentHash(entry);
    const isAsBefore = held?.turn === turn && held.content === content;
    names.putReport(entry.name, { node, turn, isGone, content, written, told: isAsBefore ? held.told : now() });
    return true;
  }

  /**
   * Goes by what is told of a name.
   *
   * @param refused contents that a bound forbids; more are added
   * @returns Who is to be asked for the entry that is to be taken and is not at hand
   */
  #weigh(
    name: string,
    atHand: HeldEntry | undefined,
    terms: CollectionTerms,
    refused: Set<string>,
  ): Report | undefined {
    const { names, counters, random } = this.#core;
    const judgement = this.#judge(name, terms);
    names.setOpen(name, !judgement.isSettled);
    const known = [atHand, names.get(name)].filter((entry) => entry !== undefined);
    for (const choice of judgement.choices) {
      const { reports } = choice;
      const { content } = reports[0]!;
      const isSpent = choice.ground !== "majority" && reports.length === 1 && this.#lone.isSpent(reports[0]!.node);
      if (refused.has(content) || isSpent) continue;
      const entry = known.find((one) => contentHash(one) === content);
      if (entry === undefined) return reports[random(1)[0]! % reports.length];
      if (this.#isAllowed(choice, entry, terms)) {
        this.#adopt(choice, entry);
        return undefined;
      }
      refused.add(content);
      counters.entriesHeldBack++;
    }
    return undefined;
  }

  #judge(name: string, terms: CollectionTerms): Judgement {
    const { names, peers, now, youth } = this.#core;
    const { others } = peers;
    const reports = names.reports(name).filter(({ node }) => others.includes(node));
    const unheard = others.filter((node) => !peers.isHeard(node));
    const { isYoung } = youth;
    return judge({ ours: names.get(name), reports, holders: terms.holders.length, unheard, isYoung, now: now() });
  }

  #isAllowed({ ground, reports }: Choice, entry: HeldEntry, terms: CollectionTerms): boolean {
    const { names } = this.#core;
    const sums = names.sums();
    const held = names.get(entry.name);
    if (held === undefined && sums.names >= NAMES_MAX) return false;
    if (ground === "majority") return true;
    if (held !== undefined && contentHash(held) === contentHash(entry)) return true;
    const octets = sizeOf(entry);
    if ((held === undefined || held.isGone) && sums.octets + octets > terms.budget) return false;
    const price = ground === "unacknowledged" ? UNACKNOWLEDGED_PRICE : 1;
    return reports.length > 1 || this.#lone.take(reports[0]!.node, price, octets, terms.budget);
  }

  #adopt({ turn }: Choice, entry: HeldEntry): void {
    const { names, counters, wanted, now } = this.#core;
    names.put({ ...entry, turn, written: this.#writtenOf(entry) }, now());
    names.setOpen(entry.name, true);
    for (const { hash } of entry.shards) wanted.add(hash);
    counters.entriesAdopted++;
  }

  /**
   * When the content was written: as this holder knows it already, whatever others say; else the latest time that anybody tells, so that one clock that is behind
   * ends no retention. A clock that is ahead prolongs it by nothing from now on.
   */
  #writtenOf(entry: HeldEntry): number {
    const { names, now } = this.#core;
    const content = contentHash(entry);
    const held = names.get(entry.name);
    if (held !== undefined && contentHash(held) === content) return held.written;
    const reports = names.reports(entry.name).filter((report) => report.content === content);
    return Math.min(now(), Math.max(entry.written, ...reports.map(({ written }) => written)));
  }

  /** Looks at open names again, and asks for such entries as are to be taken. */
  async #settle(terms: CollectionTerms, signal: AbortSignal): Promise<void> {
    const { names, elapsed } = this.#core;
    const open = names.openNames(this.#openAfter, OPEN_NAMES_MAX);
    const missing: { readonly name: string; readonly report: Report }[] = [];
    let looked = 0;
    names.within(() => {
      for (const name of open) {
        if (missing.length === FETCHED_ENTRIES_MAX) break;
        looked++;
        const report = this.#weigh(name, undefined, terms, new Set());
        if (report !== undefined) missing.push({ name, report });
      }
    });
    const until = elapsed() + SYNC_READ_MS;
    await eachOf(missing, ASKED_AT_ONCE, signal, async ({ name, report }) => {
      if (elapsed() < until) await this.#fetch(name, report, signal);
    });
    this.#openAfter = looked < OPEN_NAMES_MAX && looked === open.length ? "" : open[looked - 1]!;
  }

  /** Asks for an entry, and for the next best one where a bound forbids it. */
  async #fetch(name: string, report: Report, signal: AbortSignal): Promise<void> {
    const { peers, counters, names } = this.#core;
    const refused = new Set<string>();
    let asked: Report | undefined = report;
    for (let round = 0; asked !== undefined && round < FETCH_ROUNDS_MAX; round++) {
      const node: string = asked.node;
      // oxlint-disable-next-line no-await-in-loop -- the next best one is asked for only where this one is forbidden
      const { answer } = await peers.ask(node, { op: "get-entry", name }, signal);
      const terms = workingTerms(this.#core);
      const entry = answer?.entry ?? undefined;
      if (entry === undefined || terms === undefined) return;
      if (!isHeldEntry(entry) || entry.name !== name) {
        counters.malformed++;
        return;
      }
      asked = names.within((): Report | undefined =>
        this.#note(node, entry) ? this.#weigh(name, entry, terms, refused) : undefined,
      );
    }
  }
}

interface Cursor {
  readonly book: string;
  readonly since: number;
}

function cursorKey(node: string): string {
  return `cursor ${node}`;
}

/** How far a holder's changes were read, as this holder wrote it down. */
function readCursor(text: string | undefined): Cursor {
  if (text === undefined) return { book: "", since: 0 };
  const { book, since } = JSON.parse(text) as Cursor;
  return { book, since };
}
