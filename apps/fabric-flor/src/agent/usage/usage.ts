/**
 * Usage, in all parts of an agent: as a node it signs receipts of what has passed it, as a coordinator it tells observers whose shares were whose, as an observer it adds up, and as a
 * reader of mail it holds what observers say. docs/protocol/fabric-usage.md says what they do. Pure.
 */
import { bodyOf, type Fact, type FactBook, type Judgement, readHourSubject } from "@florenetes/facts";
import type { Answer } from "@florenetes/feed";
import { directoryOf } from "@florenetes/routes";
import { HOUR_MS, hourOf, startOfHour } from "@florenetes/usage";
import type { AgentNews, AgentOrder } from "../agent-orders.ts";
import type { AgentRoom } from "../agent-room.ts";
import type { View } from "../door/view.ts";
import type { KeptRow } from "../kept-row.ts";
import type { AgentMail, ReceivedLetter } from "../mail/agent-mail.ts";
import type { Moment } from "../moment.ts";
import { OBSERVER_ROLE, observedBy } from "../records/observed-by.ts";
import { readRecord } from "../records/read-record.ts";
import { type OwnSigner, signOwn } from "../records/sign-own.ts";
import { POST_ANSWER_MS } from "../mail/limits.ts";
import { HOURS_OPEN, KEEP_MS, RECEIPTS_SPREAD_MS, SHARES_LOOK_MS, USAGE_BODY_MAX } from "./limits.ts";
import { keptRow, meterText, postedRow, readKept } from "./kept-usage.ts";
import { Observer } from "./observer.ts";
import { OwnReceipts } from "./own-receipts.ts";
import { RecordPost } from "../mail/record-post.ts";
import { papersOf, takeSigned } from "../mail/signed-letters.ts";
import { UsageShelf } from "./usage-shelf.ts";

export interface UsageOptions extends OwnSigner {
  readonly development: boolean;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  readonly mail: AgentMail;
  readonly coordinatorOf: (permit: string) => string | undefined;
  readonly askView: () => void;
  readonly hand: (records: readonly Uint8Array[], at: Moment) => readonly Judgement[];
  /** Shares of an hour, where this node coordinates. */
  readonly sharesOf: (hour: number, wall: number) => readonly (readonly [share: number, organization: string])[];
  /** Rows of a life before. */
  readonly kept: readonly (KeptRow & { readonly text: string })[];
  /** Secure ones. */
  readonly randomBytes: (size: number) => Uint8Array;
}

const RECEIPTS_KIND = "receipts";
const USAGE_KIND = "usage";

export class Usage implements AgentRoom {
  readonly receipts: OwnReceipts;
  readonly observer: Observer;
  readonly shelf: UsageShelf = new UsageShelf();
  /** Receipts and shares that go to observers, and usage that goes to readers. */
  readonly toObservers: RecordPost;
  readonly toReaders: RecordPost;
  readonly #options: UsageOptions;
  readonly #posts: ReadonlyMap<string, RecordPost>;
  readonly #rows: KeptRow[] = [];
  #kept: UsageOptions["kept"];
  /** The last hour whose shares were told, and when it is looked for others: monotonic. */
  #sharesHour = -1;
  #sharesAt = Number.NEGATIVE_INFINITY;
  #meterText = "";
  #keepsAt = Number.NEGATIVE_INFINITY;
  #isKeepDue = false;

  constructor(options: UsageOptions) {
    this.#options = options;
    this.#kept = options.kept;
    const { mail, node } = options;
    const papers = ({ wall }: Moment): readonly Uint8Array[] => papersOf(options.book(), node, wall);
    this.toObservers = new RecordPost({ mail, kind: RECEIPTS_KIND, readers: (at) => this.#observers(at), papers });
    const others = (at: Moment): readonly string[] => mail.readersOf(USAGE_KIND, at).filter((name) => name !== node);
    this.toReaders = new RecordPost({ mail, kind: USAGE_KIND, readers: others, papers: () => [] });
    this.#posts = new Map([
      [RECEIPTS_KIND, this.toObservers],
      [USAGE_KIND, this.toReaders],
    ]);
    this.receipts = new OwnReceipts({
      ...options,
      onReceipt: (subject, octets, hour, { wall }) => {
        const [high = 0, low = 0] = options.randomBytes(2);
        const from = wall + Math.floor((RECEIPTS_SPREAD_MS * (256 * high + low)) / 65_536);
        this.toObservers.add(subject, octets, from, startOfHour(hour + 1 + HOURS_OPEN));
        // A life that has closed the hour, and does not know it, would sign another receipt of it.
        [this.#isKeepDue, this.#keepsAt] = [true, Number.NEGATIVE_INFINITY];
      },
    });
    this.observer = new Observer({ ...options, onUsage: (fact, octets, at) => this.#handleSigned(fact, octets, at) });
    const kind = { answerMs: POST_ANSWER_MS };
    mail.register(RECEIPTS_KIND, {
      ...kind,
      role: OBSERVER_ROLE,
      onLetter: (letter, at) => this.observer.handleLetter(letter, at),
      onDone: (done, at) => this.toObservers.handleDone(done, at),
    });
    mail.register(USAGE_KIND, {
      ...kind,
      onLetter: (letter, at) => this.#handleUsage(letter, at),
      onDone: (done, at) => this.toReaders.handleDone(done, at),
    });
  }

  handleView(view: View, at: Moment): void {
    this.#restore(at);
    this.receipts.handleView(view, at);
    this.#isKeepDue = true;
  }

  advance(at: Moment): void {
    if (this.#options.book() === undefined) return;
    this.#restore(at);
    this.receipts.advance(at);
    this.#tellShares(at);
    this.observer.advance(at);
    this.toObservers.advance(at);
    this.toReaders.advance(at);
    this.#keep(at);
  }

  nextTimeout(at: Moment): number {
    if (this.#options.book() === undefined) return Number.POSITIVE_INFINITY;
    return Math.min(
      Math.max(at.now, this.#sharesAt),
      this.receipts.nextTimeout(at),
      this.observer.nextTimeout(at),
      this.toObservers.nextTimeout(at),
      this.toReaders.nextTimeout(at),
      this.#isKeepDue ? Math.max(at.now, this.#keepsAt) : Number.POSITIVE_INFINITY,
    );
  }

  pollNews(): AgentNews | undefined {
    return this.observer.pollNews();
  }

  pollOrder(): AgentOrder | undefined {
    for (let change = this.observer.pollChange(); change !== undefined; change = this.observer.pollChange())
      this.#rows.push(keptRow(change));
    for (let change = this.shelf.pollChange(); change !== undefined; change = this.shelf.pollChange())
      this.#rows.push(keptRow({ ...change, name: `usage ${change.name}` }));
    for (const [kind, post] of this.#posts)
      for (let row = post.pollChange(); row !== undefined; row = post.pollChange())
        this.#rows.push(postedRow(kind, row));
    return this.#rows.length === 0 ? undefined : { kind: "keep-usage", rows: this.#rows.splice(0) };
  }

  /** Reads a record that the shelf holds. */
  read(octets: Uint8Array): ReturnType<typeof bodyOf<"usage">> {
    const fact = this.#read(octets);
    return fact === undefined ? undefined : bodyOf(fact, "usage");
  }

  /** The observers of this node's partition. */
  #observers(at: Moment): readonly string[] {
    const book = this.#options.book();
    const partition = book && directoryOf(book, at.wall).node(this.#options.node)?.partition;
    if (partition === undefined) return [];
    const { mail } = this.#options;
    return mail.readersOf(RECEIPTS_KIND, at).filter((name) => observedBy(book!, name, at.wall) === partition);
  }

  /** Takes what an observer has signed, from itself. */
  #handleUsage(letter: ReceivedLetter, at: Moment): Answer {
    const book = this.#options.book();
    const partition = book && observedBy(book, letter.node, at.wall);
    const word = (fact: Fact): string | undefined => {
      if (fact.kind !== "usage") return "kind";
      if (fact.issuer !== letter.node) return "not-mine";
      // An observer of another partition, or of an organization alone, takes no hour of those who observe this one.
      if (partition === undefined || bodyOf(fact, "usage")!.partition !== partition) return "partition";
      return readHourSubject(fact.subject)!.hour > hourOf(at.wall) ? "future" : undefined;
    };
    const take = (fact: Fact, octets: Uint8Array): string => this.shelf.take(fact, octets);
    return takeSigned(letter, this.#options, { word, take }, at);
  }

  #handleSigned(fact: Fact, octets: Uint8Array, { wall }: Moment): void {
    this.shelf.take(fact, octets);
    this.toReaders.add(`${fact.scope} ${fact.subject}`, octets, wall, wall + HOURS_OPEN * HOUR_MS);
  }

  /** Tells observers whose shares were whose in the hour that is over. A coordinator that was started a moment ago knows of none yet. */
  #tellShares(at: Moment): void {
    if (at.now < this.#sharesAt) return;
    const last = hourOf(at.wall) - 1;
    this.#sharesAt = at.now + Math.min(SHARES_LOOK_MS, startOfHour(last + 2) - at.wall);
    // A clock that was ahead has told hours that come once more.
    this.#sharesHour = Math.min(this.#sharesHour, last);
    for (let hour = Math.max(this.#sharesHour + 1, last - HOURS_OPEN); hour <= last; hour++) {
      const shares = this.#options.sharesOf(hour, at.wall);
      if (shares.length > 0) this.#tellSharesOf(hour, shares, at);
    }
  }

  #tellSharesOf(hour: number, shares: ReturnType<UsageOptions["sharesOf"]>, at: Moment): void {
    this.#sharesHour = hour;
    const body = { shares: fitting(shares) };
    const subject = `${hour}/${this.#options.node}`;
    const octets = signOwn(this.#options, { kind: "shares", subject, body }, at.wall);
    this.toObservers.add(`shares ${hour}`, octets, at.wall, startOfHour(hour + 1 + HOURS_OPEN));
  }

  #keep({ now }: Moment): void {
    if (!this.#isKeepDue || now < this.#keepsAt) return;
    this.#isKeepDue = false;
    this.#keepsAt = now + KEEP_MS;
    const text = meterText(this.receipts.kept);
    if (text === this.#meterText || text === undefined) return;
    this.#meterText = text;
    this.#rows.push({ name: "meter", text });
  }

  /** Goes on where a life before was, once there is a root. */
  #restore(at: Moment): void {
    if (this.#kept.length === 0 || this.#options.book() === undefined) return;
    const { meter, receipts, usage, posted } = readKept(this.#kept);
    this.#kept = [];
    for (const { kind, row } of posted) this.#posts.get(kind)?.restore(row);
    if (meter !== undefined) this.receipts.restore(meter);
    for (const octets of receipts) this.observer.restore(octets, at);
    for (const octets of usage) {
      const fact = this.#read(octets);
      if (fact?.kind !== "usage") continue;
      this.shelf.restore(fact, octets);
      if (fact.issuer === this.#options.node) this.observer.restoreSigned(fact);
    }
  }

  #read(octets: Uint8Array): Fact | undefined {
    return readRecord(octets, this.#options.cluster);
  }
}

type Shares = ReturnType<UsageOptions["sharesOf"]>;

/** Octets that a share has in JSON beside the name of its organization, at most. */
const SHARE_SIZE = 12;

/** The shares that a record has room for: those of this hour stand in front. */
function fitting(shares: Shares): Shares {
  let size = 0;
  return shares.filter(([, organization]) => {
    size += SHARE_SIZE + organization.length;
    return size <= USAGE_BODY_MAX;
  });
}
