/**
 * The mail of a node: it passes beacons on, and mail to and from readers; reads what is for itself; and sends its own. It performs no I/O: its owner gives it
 * what neighbours bring, with the time, and sends what `next` has for each of them. No forwarder learns who has written a letter, or what about.
 */
import type { Conduct } from "../conduct.ts";
import type { Beacon, Mail } from "../messages.ts";
import { type Answer, associatedOf, writeAnswer } from "./letter.ts";
import { CLOCK_MS, EARLY_MAX, HOPS_MAX, KEY_SIZE, LETTER_COST, MAIL_MS } from "./limits.ts";
import { isNotice, noticeOf } from "./notice.ts";
import { OpenedLetters } from "./opened-letters.ts";
import { Outbox } from "./outbox.ts";
import { OwnReader } from "./own-reader.ts";
import type { MailRefusal, PostEvent, PostOfficeOptions } from "./post-events.ts";
import { PacedPeers } from "./paced-peers.ts";
import { type BeaconVerdict, type MailTime, type Reader, Readers, type Way } from "./readers.ts";
import { type Remembered, RememberedMail } from "./remembered-mail.ts";
import { type Request, Requests } from "./requests.ts";
import { ReturnTokens } from "./return-tokens.ts";
import { makeExchangeKey, seal } from "./sealing.ts";
import { bestWay, type ReaderAndWay, shareOfWays } from "./ways.ts";

export class PostOffice {
  readonly readers: Readers;
  readonly own: OwnReader;
  readonly requests: Requests;
  /** Letters of this node: how many were sent, each try for itself, and what came of them. */
  sent = 0;
  answered = 0;
  unanswered = 0;
  /** Letters and answers of others that were passed on. */
  forwarded = 0;
  returned = 0;
  /** Letters, of this node or of others, of which is known that no answer will come over the way that they went. */
  lost = 0;
  /** Letters that this node has read, and answered. */
  read = 0;
  replied = 0;
  /** Beacons by what came of them, and mail that was refused, by the reason. */
  readonly beacons: Map<BeaconVerdict, number> = new Map();
  readonly refused: Map<MailRefusal, number> = new Map();
  readonly #options: PostOfficeOptions;
  readonly #tokens: ReturnTokens;
  readonly #remembered = new RememberedMail();
  readonly #outboxes = new Map<string, Outbox>();
  /** Neighbours by the numbers in return tokens. */
  readonly #peers: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #opened = new OpenedLetters();
  readonly #events: PostEvent[] = [];
  readonly #ready = new Set<string>();
  readonly #paced = new PacedPeers();
  /** Beacons that no record lets be believed, by the neighbours that have brought them. */
  readonly #early = new Map<string, Map<string, Beacon>>();

  constructor(options: PostOfficeOptions) {
    this.#options = options;
    this.readers = new Readers(options);
    this.own = new OwnReader(options);
    this.requests = new Requests(options);
    this.#tokens = new ReturnTokens(options.randomBytes);
  }

  /** How many mails are remembered. */
  get remembered(): number {
    return this.#remembered.size;
  }

  /** How often letters waited, as a neighbour takes no more of this node in a second. */
  get held(): number {
    return this.#paced.held;
  }

  // ── Neighbours ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A neighbour reads here, and takes beacons and mail: it gets the beacons that are known, and those that say the same no more often than it wants. */
  handleServed(peer: string, { now, wall }: MailTime, beaconMs = 0): void {
    const known = this.#outboxes.get(peer);
    if (this.#options.standing(peer, wall) === "void") {
      this.handleGone(peer, { now, wall });
      return;
    }
    if (known?.isServed === true) return;
    if (!this.#numbers.has(peer)) this.#numbers.set(peer, this.#peers.push(peer) - 1);
    const outbox = known ?? new Outbox(now);
    outbox.serve(beaconMs);
    this.#outboxes.set(peer, outbox);
    for (const reader of this.readers.known(now)) if (reader.ways[0]?.peer !== peer) this.#offer(reader, outbox);
    if (this.own.beacon !== undefined) outbox.putBeacon(this.own.beacon);
    this.#ready.add(peer);
  }

  /**
   * A neighbour's agent may have ended, or the way to it is broken: letters that were given to it, and whose answers have not come, go another way; those who have brought
   * them are told. What waits to be given to it goes on waiting.
   */
  handleLost(peer: string, at: MailTime): void {
    this.requests.handlePeerLost(peer, at.now);
    for (const [id, mail] of this.#remembered.givenTo(peer, at.now)) this.#handleLostLetter(id, mail);
  }

  /** No link leads to a neighbour at present: what was given to it is lost, and letters go no way over it until it brings beacons again. */
  handleCutOff(peer: string, at: MailTime): void {
    this.readers.handlePeerGone(peer);
    this.handleLost(peer, at);
  }

  /** A neighbour does not read here at present: what waits for it goes on waiting, for a minute at the most. */
  handleUnserved(peer: string): void {
    const outbox = this.#outboxes.get(peer);
    if (outbox !== undefined) outbox.isServed = false;
    this.#ready.delete(peer);
    this.#paced.release(peer);
  }

  /** A neighbour is none any more. */
  handleGone(peer: string, at: MailTime): void {
    this.handleCutOff(peer, at);
    this.handleUnserved(peer);
    this.#outboxes.delete(peer);
    this.#early.delete(peer);
  }

  /** Records have changed: who reads mail, or a neighbour's standing. */
  handleRecords(at: MailTime): void {
    this.readers.handleRecords(at.wall);
    const early = [...this.#early];
    this.#early.clear();
    for (const [peer, beacons] of early) for (const beacon of beacons.values()) this.#handleBeacon(beacon, peer, at);
  }

  /** How many verifications a message waits for, before anything is done for it. Mail waits for none: it is dropped where it may cost none. */
  costOf(message: Beacon | Mail, at: MailTime): number {
    return message.kind === "beacon" && this.readers.look(message, at) === "news" ? 1 : 0;
  }

  /** Takes a message of a neighbour. None is a fault: records of an honest neighbour may be others, and keys with them. */
  handle(message: Beacon | Mail, peer: string, conduct: Conduct, at: MailTime): void {
    if (message.kind === "beacon") {
      this.#handleBeacon(message, peer, at);
      return;
    }
    const refusal =
      message.reader === ""
        ? this.#handleAnswer(message, peer, conduct, at)
        : this.#handleLetter(message, peer, conduct, at);
    if (refusal !== undefined) this.refused.set(refusal, (this.refused.get(refusal) ?? 0) + 1);
  }

  /** The next message for a neighbour that reads here; undefined: none waits. */
  next(peer: string, now: number): Beacon | Mail | undefined {
    const outbox = this.#outboxes.get(peer);
    const message = outbox?.next(now);
    if (message === undefined && outbox !== undefined && outbox.opensAt(now) !== Number.POSITIVE_INFINITY)
      this.#paced.hold(peer, outbox.opensAt(now));
    return message;
  }

  /** A neighbour for whom something waits since the last call. */
  pollReady(): string | undefined {
    for (const peer of this.#ready) {
      this.#ready.delete(peer);
      return peer;
    }
    return undefined;
  }

  // ── The owner's own mail ────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether there is a way to a reader with this role, a bit of `Offer`: to the one of this name, or to any. */
  hasWay(offer: number, at: MailTime, to?: string): boolean {
    return this.#pick({ offer, to }, at) !== undefined;
  }

  /** The neighbour over which letters go to a reader, the first time; undefined: none takes any. */
  wayTo(node: string, { now }: MailTime): string | undefined {
    return this.#waysOf(this.readers.get(node, now))[0]?.peer;
  }

  /** Sends a letter. A `done` event of this number tells what came of it. Undefined: too many wait for their answers. */
  send(request: Request, at: MailTime): number | undefined {
    const number = this.requests.add(request, at.now);
    this.#sendDue(at);
    return number;
  }

  /** Answers a letter. Nothing happens where it has ended, or was answered. */
  answer(number: number, answer: Answer, { now }: MailTime): void {
    const opened = this.#opened.close(number);
    if (opened === undefined || now >= opened.until) return;
    const { cluster, randomBytes } = this.#options;
    const { mail, from, answerKey, until } = opened;
    const sealer = makeExchangeKey(randomBytes(KEY_SIZE));
    const associated = associatedOf({ cluster, id: mail.id, end: mail.end, reader: "" });
    const sealed = seal("florenetes mail answer 1", answerKey, sealer, associated, writeAnswer(answer));
    if (sealed === undefined) return;
    const { id, end, tokens } = mail;
    const back: Mail = { kind: "mail", id, end, reader: "", key: sealer.publicKey, tokens, sealed };
    if (this.#put(from, back, "", until)) this.replied++;
  }

  /**
   * Has a letter wait until there is something to tell its sender, in room of its own, so that it stands in no other one's way. Returns false, and leaves it where it
   * is, where the neighbour that has brought it has no room for more of them.
   */
  park(number: number): boolean {
    return this.#opened.park(number);
  }

  handleTimeout(at: MailTime): void {
    const beacon = this.own.poll(at);
    if (beacon !== undefined) {
      for (const [peer, outbox] of this.#outboxes) {
        if (!outbox.isServed) continue;
        outbox.putBeacon(beacon);
        this.#ready.add(peer);
      }
    }
    for (const peer of this.#paced.releaseDue(at.now)) this.#ready.add(peer);
    this.#opened.expire(at.now);
    this.#sendDue(at);
  }

  /** When `handleTimeout` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    return Math.min(this.own.beaconsAt, this.requests.nextTimeout(), this.#paced.nextTimeout());
  }

  pollEvent(): PostEvent | undefined {
    return this.#events.shift();
  }

  #handleBeacon(beacon: Beacon, peer: string, at: MailTime): void {
    const hops = this.readers.get(beacon.node, at.now)?.beacon.hops;
    const isVoid = this.#options.standing(peer, at.wall) === "void";
    const verdict = isVoid ? "void" : this.readers.handle(beacon, peer, at);
    this.beacons.set(verdict, (this.beacons.get(verdict) ?? 0) + 1);
    if (verdict === "unknown") this.#keepEarly(beacon, peer);
    if (verdict !== "news" && verdict !== "copy") return;
    const reader = this.readers.get(beacon.node, at.now)!;
    this.requests.handleKey(beacon.node, reader.beacon.key, at.now);
    // A neighbour that says too many hops would have the beacon end early: a copy by a shorter way goes on, too. It can be shorter 7 times.
    if (verdict === "copy" && reader.beacon.hops === hops) return;
    for (const [other, outbox] of this.#outboxes) {
      if (!outbox.isServed || this.readers.isKnownTo(other, reader, peer) || !this.#offer(reader, outbox)) continue;
      this.#ready.add(other);
    }
  }

  /** Records of a new reader come by the same streams as its beacons, and later: what was too early is looked at again. */
  #keepEarly(beacon: Beacon, peer: string): void {
    const beacons = this.#early.get(peer) ?? new Map<string, Beacon>();
    if (beacons.size >= EARLY_MAX && !beacons.has(beacon.node)) return;
    this.#early.set(peer, beacons.set(beacon.node, beacon));
  }

  /** Puts a reader's beacon into an outbox, unless it has come as far as it may. */
  #offer({ beacon }: Reader, outbox: Outbox): boolean {
    if (beacon.hops >= HOPS_MAX) return false;
    outbox.putBeacon({ ...beacon, hops: beacon.hops + 1 });
    return true;
  }

  #handleLetter(mail: Mail, peer: string, conduct: Conduct, at: MailTime): MailRefusal | undefined {
    const { now, wall } = at;
    const standing = this.#options.standing(peer, wall);
    if (standing === "void") return "void";
    const allowance = standing === "node" ? conduct.mails : conduct.candidateMails;
    if (!allowance.isOpen(now)) return "too-often";
    allowance.charge(1, now);
    if (mail.end <= wall - CLOCK_MS || mail.end > wall + MAIL_MS + CLOCK_MS) return "time";
    const before = this.#remembered.get(mail.id, now);
    // The letter has gone in a circle: whoever has brought it would wait for an answer in vain.
    if (before !== undefined && before.from !== peer) this.#putNotice(peer, mail, peer, before.until);
    if (before !== undefined || this.requests.has(mail.id)) return "copy";
    if (!this.#remembered.hasRoom(peer, now)) return "full";
    if (mail.reader === this.#options.node) return this.#read(mail, peer, conduct, at);
    const to = this.#wayFor(mail, peer, now);
    const number = this.#numbers.get(peer);
    const until = now + MAIL_MS;
    if (to === undefined || number === undefined) {
      // Whoever has brought it believes that a way leads on from here: the last one is gone since, and it is told so.
      if (this.readers.get(mail.reader, now) !== undefined)
        this.#handleLostLetter(mail.id, this.#remembered.add(mail.id, { ...mail, from: peer, to: "", until }));
      return "no-way";
    }
    const tokens = this.#tokens.push(mail.tokens, number, mail);
    if (!this.#put(to, { ...mail, tokens }, peer, until)) return "full";
    this.#remembered.add(mail.id, { from: peer, to, until, end: mail.end });
    this.forwarded++;
    return undefined;
  }

  #read(mail: Mail, from: string, conduct: Conduct, { now, wall }: MailTime): MailRefusal | undefined {
    if (this.own.offers === 0) return "sealed";
    if (!this.#opened.hasRoom(from)) return "full";
    if (!conduct.mayOpenLetter(now)) return "too-often";
    conduct.chargeMail(LETTER_COST, now);
    const letter = this.own.open(mail, wall);
    // A letter that was read is remembered until no clock takes it any more, or a copy would be read again; others would fill the table.
    const until = now + mail.end - wall + CLOCK_MS;
    this.#remembered.add(mail.id, {
      from,
      to: "",
      end: mail.end,
      until: letter === undefined ? Math.min(until, now + MAIL_MS) : until,
    });
    if (letter === undefined) return "sealed";
    this.read++;
    const number = this.#opened.add({ mail, from, answerKey: letter.answerKey, until: now + MAIL_MS });
    this.#events.push({ kind: "letter", number, letter, from, conduct });
    return undefined;
  }

  #handleAnswer(mail: Mail, peer: string, conduct: Conduct, { now }: MailTime): MailRefusal | undefined {
    if (isNotice(mail)) return this.#handleNotice(mail, peer, now);
    if (this.requests.has(mail.id)) {
      conduct.chargeMail(1, now);
      const done = this.requests.handleAnswer(mail);
      if (done === undefined) return "sealed";
      this.answered++;
      this.#events.push({ kind: "done", ...done });
      return undefined;
    }
    const remembered = this.#remembered.get(mail.id, now);
    if (remembered === undefined || remembered.isAnswered || remembered.to !== peer) return "copy";
    const popped = this.#tokens.pop(mail.tokens, mail);
    const back = popped === undefined ? undefined : this.#peers[popped.neighbour];
    if (popped === undefined || back === undefined) return "no-token";
    this.#remembered.handleAnswered(mail.id, remembered);
    if (!this.#put(back, { ...mail, tokens: popped.tokens }, peer, remembered.until)) return "full";
    this.returned++;
    return undefined;
  }

  /** A neighbour says that the answer to a letter which was given to it will not come. */
  #handleNotice({ id }: Mail, peer: string, now: number): MailRefusal | undefined {
    if (this.requests.wasGiven(id, peer)) {
      this.lost++;
      this.requests.handleLost(id, now);
      return undefined;
    }
    const remembered = this.#remembered.get(id, now);
    return remembered?.to === peer && this.#handleLostLetter(id, remembered) ? undefined : "copy";
  }

  /** Tells the neighbour that has brought a letter that it is lost: once, and without a token, as it was here. Returns whether that is news. */
  #handleLostLetter(id: string, mail: Remembered): boolean {
    if (!this.#remembered.handleLost(id, mail)) return false;
    this.lost++;
    this.#putNotice(mail.from, { id, end: mail.end }, mail.to, mail.until);
    return true;
  }

  /** Tells a neighbour that it waits for the answer to a letter in vain. */
  #putNotice(peer: string, mail: Pick<Mail, "id" | "end">, from: string, until: number): void {
    this.#put(peer, noticeOf(mail, this.#tokens.none(), this.#options.randomBytes), from, until);
  }

  /** The neighbour to which a letter is passed on, of those that read here: its reader itself, or else the one that brought the reader's newest beacon first, as a rule. */
  #wayFor({ reader, id }: Mail, from: string, now: number): string | undefined {
    const ways = (this.readers.get(reader, now)?.ways ?? []).map(({ peer }) => peer);
    const others = ways.filter((peer) => peer !== from && this.#outboxes.has(peer));
    const served = others.filter((peer) => this.#outboxes.get(peer)!.isServed);
    return shareOfWays(served.length > 0 ? served : others, reader, id);
  }

  #waysOf(reader: Reader | undefined): readonly Way[] {
    return reader?.ways.filter(({ peer }) => this.#outboxes.get(peer)?.isServed === true) ?? [];
  }

  #pick(request: Pick<Request, "offer" | "to">, { now, wall }: MailTime): ReaderAndWay | undefined {
    const readers = this.readers.known(now).filter(({ beacon }) => beacon.end > wall);
    return bestWay(readers, request, (reader) => this.#waysOf(reader));
  }

  #sendDue(at: MailTime): void {
    const pick = (request: Request): ReaderAndWay | undefined => this.#pick(request, at);
    for (let due = this.requests.pollDue(at, pick); due !== undefined; due = this.requests.pollDue(at, pick)) {
      if (!("mail" in due)) {
        this.unanswered++;
        this.#events.push({ kind: "done", ...due });
        continue;
      }
      this.sent++;
      const until = at.now + MAIL_MS;
      // Two neighbours that bring the letter back are not to see that it was written here: it is dropped as any that was passed on.
      this.#remembered.add(due.mail.id, { from: "", to: "", until, end: due.mail.end });
      this.#put(due.peer, { ...due.mail, tokens: this.#tokens.none() }, "", until);
    }
  }

  /** Has mail wait for a neighbour; false: there is no room, or it never read here. */
  #put(peer: string, mail: Mail, from: string, until: number): boolean {
    const outbox = this.#outboxes.get(peer);
    if (outbox === undefined || !outbox.hasRoom(from, mail.sealed.length)) return false;
    outbox.putMail(mail, from, until);
    if (outbox.isServed) this.#ready.add(peer);
    return true;
  }
}
