/**
 * Nodes that have written to this coordinator: the letter of each that waits, and what it is to be given. A record goes in the place of that before it of the same
 * slot, and is sent again until it is acknowledged. Pure.
 */
import {
  type Answer,
  ANSWERED_SIZE_MAX,
  type Ask,
  ASKS_MAX,
  Budget,
  fitRecords,
  Outcome,
  writeRoutesAnswer,
} from "@florenetes/feed";
import { Deadlines, NOT_IN_HEAP, type Timed } from "@florenetes/scheduling";
import { forgetOldest } from "../forget-oldest.ts";
import type { Moment } from "../moment.ts";
import {
  CALLS_ASKED_MAX,
  CALLS_ASKED_MS,
  GUEST_HOSTS_MAX,
  GUEST_MS,
  GUESTS_MAX,
  LETTERS_BURST,
  LETTERS_PER_SECOND,
  SEND_AGAIN_MS,
  SENDS_MAX,
  TELL_MS,
  TELLS,
} from "./limits.ts";
import type { SignedRecord } from "./route-signer.ts";

export interface GuestsOptions {
  /** This coordinator. */
  readonly node: string;
  /** Whether a node may rest, by what it says of itself: it is told that this coordinator knows of that. */
  readonly mayRest: (node: string) => boolean;
  /** Answers a letter that waits. */
  readonly answer: (number: number, answer: Answer, at: Moment) => void;
  /** The papers of a host as they are now. */
  readonly papersOf: (host: string, at: Moment) => readonly Uint8Array[];
  /** The name of the papers as they are now: another one where any of them is another. */
  readonly papersId: (papers: readonly Uint8Array[]) => string;
  /** The announcement of a host as it is now; undefined: none is in force. */
  readonly announcementOf: (host: string, at: Moment) => Announcement | undefined;
}

export interface Announcement {
  readonly octets: Uint8Array;
  /** The services that take nothing more, as one text. */
  readonly full: string;
}

interface Given {
  readonly record: SignedRecord;
  /** The host whose papers go with it. */
  readonly host: string | undefined;
  sends: number;
  /** Monotonic milliseconds. */
  sentAt: number;
}

/** An announcement that a guest is to have beside what it was given. */
interface Telling {
  readonly announcement: Announcement;
  /** How often it is still sent: nobody acknowledges it. */
  readonly left: number;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** A host of a guest's leases: what the guest was told of it, and is to be told. */
interface GuestHost {
  /** The name of the papers that it was given. */
  papers: string | undefined;
  /** The services that take nothing more, as it was told last. */
  full: string | undefined;
  /** When it was told that last beside leases, in monotonic milliseconds. */
  toldAt: number;
  telling: Telling | undefined;
}

interface Guest extends Timed {
  readonly node: string;
  readonly budget: Budget;
  /** The letter that waits, and until when. */
  open: { readonly number: number; readonly until: number } | undefined;
  /** Records that are not acknowledged, by their slots. */
  readonly given: Map<string, Given>;
  /** Hosts of its leases, the one that was spoken of last at the end. */
  readonly hosts: Map<string, GuestHost>;
  /** Nodes that it is asked to call, and those that it was: until when it is not asked again. */
  readonly toCall: Set<string>;
  readonly called: Map<string, number>;
  heardAt: number;
  /** When it is to be answered: monotonic; Infinity: it is given nothing. */
  answerAt: number;
}

const NEVER = Number.POSITIVE_INFINITY;
const NOTHING_TOLD: Readonly<GuestHost> = {
  papers: undefined,
  full: undefined,
  toldAt: Number.NEGATIVE_INFINITY,
  telling: undefined,
};
const NO_BODY = new Uint8Array(0);
const NOTHING: Answer = nothingWith([]);

export class Guests {
  /** Letters that were refused as their sender has sent too many, and records that were never acknowledged. */
  tooMany = 0;
  unacknowledged = 0;
  readonly #options: GuestsOptions;
  readonly #guests = new Map<string, Guest>();
  /** When letters that wait are to be answered: nearly every node has one, and a turn looks at those alone that are due. */
  readonly #due = new Deadlines<Guest>();
  /** By this ask a coordinator says that it knows of nodes that rest. */
  readonly #restAsk: Ask;
  readonly #resting: Answer;

  constructor(options: GuestsOptions) {
    this.#options = options;
    this.#restAsk = { kind: "rest", node: options.node };
    this.#resting = nothingWith([this.#restAsk]);
  }

  get size(): number {
    return this.#guests.size;
  }

  /** Whether a letter of a node may be read: it has not sent too many, and there is room for it. */
  mayWrite(node: string, { now }: Moment): boolean {
    const known = this.#guests.get(node);
    if (known === undefined && this.#guests.size >= GUESTS_MAX) return false;
    const guest = known ?? newGuest(node, now);
    this.#guests.set(node, guest);
    guest.heardAt = now;
    if (!guest.budget.isOpen(now)) {
      this.tooMany++;
      return false;
    }
    guest.budget.charge(1, now);
    return true;
  }

  /** Has a node be given a record, in the place of that before it of the slot. */
  give(node: string, slot: string, record: SignedRecord, host?: string): void {
    const guest = this.#guests.get(node);
    if (guest === undefined) return;
    guest.given.delete(slot);
    guest.given.set(slot, { record, host, sends: 0, sentAt: Number.NEGATIVE_INFINITY });
    guest.answerAt = Number.NEGATIVE_INFINITY;
    this.#plan(guest);
  }

  /** Has a node be asked to call another one, whose papers go with it: each pair once in a while, and so many at a time. */
  askToCall(node: string, peer: string, { now }: Moment): void {
    const guest = this.#guests.get(node);
    if (guest === undefined) return;
    for (const [other, until] of guest.called) if (now >= until) guest.called.delete(other);
    if (guest.called.has(peer) || guest.called.size >= CALLS_ASKED_MAX) return;
    guest.called.set(peer, now + CALLS_ASKED_MS);
    guest.toCall.add(peer);
    guest.answerAt = Number.NEGATIVE_INFINITY;
    this.#plan(guest);
  }

  /** A host of a node's leases has announced itself: the node hears of it where other services take nothing more than it was told. */
  handleAnnounced(node: string, host: string, announcement: Announcement): void {
    const guest = this.#guests.get(node);
    if (guest === undefined) return;
    const { full, telling, toldAt } = guest.hosts.get(host) ?? NOTHING_TOLD;
    const isOther = announcement.full !== full;
    if (!isOther && telling === undefined) return;
    // A host that says again what the guest was told last has that alone repeated.
    const [left, at] = isOther ? [TELLS, toldAt + TELL_MS] : [TELLS - 1, toldAt + SEND_AGAIN_MS];
    hostOf(guest, host).telling = { announcement, left, at };
    guest.answerAt = Math.min(guest.answerAt, at);
    this.#plan(guest);
  }

  /** A node has spoken of a record. */
  handleAcknowledged(node: string, id: string): void {
    const given = this.#guests.get(node)?.given;
    for (const [slot, { record }] of given ?? []) if (record.id === id) given!.delete(slot);
  }

  /** Answers a letter, at once where there is something to be given or the letter does not wait. */
  handleLetter(node: string, number: number, wait: number, at: Moment): Answer | "parked" {
    const guest = this.#guests.get(node)!;
    if (guest.open !== undefined) this.#options.answer(guest.open.number, this.#nothingFor(guest), at);
    guest.open = undefined;
    const answer = this.#answerOf(guest, at);
    const isOver = answer !== undefined || wait === 0;
    if (!isOver) guest.open = { number, until: at.now + 1_000 * wait };
    this.#plan(guest);
    return isOver ? (answer ?? this.#nothingFor(guest)) : "parked";
  }

  /** Forgets what a node is to be given, as it is none any more. */
  handleGone(node: string): void {
    const guest = this.#guests.get(node);
    if (guest === undefined) return;
    this.#guests.delete(node);
    this.#due.remove(guest);
  }

  /** Answers letters for whose senders there is something, and those that have waited long enough. */
  advance(at: Moment): void {
    const due: Guest[] = [];
    for (let guest = this.#due.popDue(at.now); guest !== undefined; guest = this.#due.popDue(at.now)) due.push(guest);
    for (const guest of due) {
      const open = guest.open!;
      const answer = this.#answerOf(guest, at);
      if (answer !== undefined || at.now >= open.until) {
        guest.open = undefined;
        this.#options.answer(open.number, answer ?? this.#nothingFor(guest), at);
      }
      this.#plan(guest);
    }
  }

  /** Lets go of nodes that have been silent for long. */
  expire({ now }: Moment): void {
    for (const [node, { heardAt }] of this.#guests) if (now >= heardAt + GUEST_MS) this.handleGone(node);
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    return this.#due.next;
  }

  #nothingFor({ node }: Guest): Answer {
    return this.#options.mayRest(node) ? this.#resting : NOTHING;
  }

  /** Finds out when the letter of a guest is to be answered. */
  #plan(guest: Guest): void {
    const { open, answerAt } = guest;
    if (open === undefined) this.#due.remove(guest);
    else this.#due.set(guest, Math.min(open.until, answerAt));
  }

  /** The answer with all that is to be given now and that it has room for; undefined: that is nothing. */
  #answerOf(guest: Guest, at: Moment): Answer | undefined {
    const due = [...guest.given].filter(([slot, given]) => this.#isDue(guest, slot, given, at));
    const { papersOf, papersId, announcementOf } = this.#options;
    const withPapers = new Set<string>();
    const wanted: { readonly octets: Uint8Array; readonly take: () => void }[] = [];
    for (const [, given] of due) {
      wanted.push({ octets: given.record.octets, take: () => take(given, at) });
      if (given.host === undefined) continue;
      const { host } = given;
      const papers = papersOf(host, at);
      const id = papersId(papers);
      if (guest.hosts.get(host)?.papers === id || withPapers.has(host)) continue;
      withPapers.add(host);
      const { full = "" } = announcementOf(host, at) ?? {};
      const note = (): void => void Object.assign(hostOf(guest, host), { papers: id, full, telling: undefined });
      for (const octets of papers) wanted.push({ octets, take: note });
    }
    for (const [host, { telling }] of guest.hosts) {
      // The papers that go with a lease have the announcement.
      if (telling === undefined || at.now < telling.at || withPapers.has(host)) continue;
      wanted.push({ octets: telling.announcement.octets, take: () => tell(guest, host, telling, at) });
    }
    const asks = [...guest.toCall].map((peer): Ask => ({ kind: "call", node: peer }));
    for (const peer of guest.toCall) for (const octets of papersOf(peer, at)) wanted.push({ octets, take: () => {} });
    guest.toCall.clear();
    const { fit, hasMore } = fitRecords(
      wanted.map(({ octets }) => octets),
      ANSWERED_SIZE_MAX,
    );
    const told = new Set(fit);
    for (const each of wanted) if (told.has(each.octets)) each.take();
    const left = [...guest.given.values()].map(({ sentAt }) => Math.max(at.now, sentAt + SEND_AGAIN_MS));
    const again = [...guest.hosts.values()].map(({ telling }) => Math.max(at.now, telling?.at ?? NEVER));
    guest.answerAt = Math.min(NEVER, ...left, ...again);
    if (fit.length === 0 && asks.length === 0) return undefined;
    // A node that is to call as many others as an answer may name does not rest.
    if (asks.length < ASKS_MAX && this.#options.mayRest(guest.node)) asks.push(this.#restAsk);
    return { outcome: Outcome.answered, body: writeRoutesAnswer({ records: fit, hasMore, asks }) };
  }

  /** Whether a record is to be sent now. One that was sent too often, or has ended, is let go of. */
  #isDue({ given: all }: Guest, slot: string, given: Given, { now, wall }: Moment): boolean {
    if (now < given.sentAt + SEND_AGAIN_MS) return false;
    if (given.sends < SENDS_MAX && wall < given.record.expires) return true;
    all.delete(slot);
    this.unacknowledged++;
    return false;
  }
}

/** The answer to a letter that is not read as its sender has sent too many. */
export const BUSY: Answer = { outcome: Outcome.busy, body: NO_BODY };

function take(given: Given, { now }: Moment): void {
  given.sends++;
  given.sentAt = now;
}

function tell(guest: Guest, host: string, { announcement, left }: Telling, { now }: Moment): void {
  const again = { announcement, left: left - 1, at: now + SEND_AGAIN_MS };
  const telling = left > 1 ? again : undefined;
  Object.assign(hostOf(guest, host), { full: announcement.full, toldAt: now, telling });
}

/** Finds a host of a guest, which goes to the end: beyond so many the one that was spoken of longest ago is forgotten. */
function hostOf({ hosts }: Guest, host: string): GuestHost {
  const known = hosts.get(host) ?? { ...NOTHING_TOLD };
  hosts.delete(host);
  hosts.set(host, known);
  forgetOldest(hosts, GUEST_HOSTS_MAX);
  return known;
}

function nothingWith(asks: readonly Ask[]): Answer {
  return { outcome: Outcome.answered, body: writeRoutesAnswer({ records: [], hasMore: false, asks }) };
}

function newGuest(node: string, now: number): Guest {
  const budget = new Budget(LETTERS_BURST, LETTERS_PER_SECOND, now);
  const fresh = {
    node,
    open: undefined,
    given: new Map(),
    hosts: new Map(),
    toCall: new Set<string>(),
    called: new Map(),
    answerAt: Number.POSITIVE_INFINITY,
    deadline: Number.POSITIVE_INFINITY,
    heapIndex: NOT_IN_HEAP,
  };
  return { budget, ...fresh, heardAt: now };
}
