/**
 * The records that a node holds. What is offered is judged, and held when it is accepted; what the book says of today follows the keys of today:
 * each time they change, by a new root or as the grace of an old one ends, and with each policy, every slot is looked at again before it is asked for anything, and
 * the others in turns.
 *
 * Rows of our own file are believed no more than a neighbour: restored records are verified in the same way, at first use or in turns. So a file
 * that somebody has edited says nothing that its signatures do not say, and a start with all the records that a node may hold blocks nothing.
 */
import type { Authority } from "../authority.ts";
import { isOfRoot } from "../envelope.ts";
import { type Fact, readFact } from "../fact.ts";
import { judge, type JudgeOptions, type Judgement } from "../judge.ts";
import { isDelivered, type Kind } from "../kinds.ts";
import type { Reason } from "../reasons.ts";
import { type HeldFacts, quorumFor } from "../rights.ts";
import { floorOf, inForce, rivalsOf, slotOf } from "../slots.ts";
import type { BookEvent, EndCause, Row, RowChange } from "./book-events.ts";
import { dropWrong, mergeInto } from "./copies.ts";
import { HeldFact, ownCopy } from "./held-fact.ts";
import { HeldRoots } from "./held-roots.ts";
import { SLOTS_A_TURN } from "./limits.ts";
import { ROOM_LIMITS, type RoomLimits } from "./room.ts";
import { isPublicRole, type RowSection, type Section, sectionOf, type SectionView } from "./sections.ts";
import { Shelf } from "./shelf.ts";
import { forgottenOf, type Held, type Slot, surplusOf } from "./slot.ts";
import { fitsPolicy, hasGround, isByQuorum, isSignedByProgram, seenByJudge } from "./standing.ts";
import { dropUncounted, findSuspension } from "./uncounted.ts";

export interface FactBookOptions {
  /** The root descriptor of this node's pin, which `trustRoot` has accepted. */
  readonly root: Fact;
  /** The name of this node: the papers that it offers are its own. */
  readonly node: string;
  /** The node's config says `development: true`. */
  readonly development: boolean;
  /** How long roots by recovery keys have waited before a restart, or did when they were taken, in milliseconds by their ids. */
  readonly ran?: ReadonlyMap<string, number>;
  /** Default: those of `limits.ts`. */
  readonly limits?: RoomLimits;
}

export class FactBook implements HeldFacts {
  readonly #options: FactBookOptions;
  readonly #roots: HeldRoots;
  readonly #shelf: Shelf;
  readonly #view: SectionView;
  readonly #events: BookEvent[] = [];
  #used: ReadonlySet<string> = new Set();
  /** Counts the changes of keys and policies: slots of an earlier era are looked at before they are believed. */
  #era = 1;
  #eraEnds: number = Number.POSITIVE_INFINITY;
  /** Slots that may be of an earlier era. */
  #turns: Iterator<Slot> | undefined;
  #now = 0;

  constructor(options: FactBookOptions) {
    this.#options = options;
    this.#shelf = new Shelf(options.limits ?? ROOM_LIMITS);
    this.#roots = new HeldRoots(options.root, options.ran ?? new Map(), this.#shelf, this.#events);
    this.#view = { node: options.node, isPublic: (node) => this.#isPublic(node) };
  }

  /** The authority of today: the last root that was taken, and the keys that count by it. */
  get authority(): Authority {
    return this.#roots.chain.authority;
  }

  /** Root descriptors, from the pinned one to that of today. */
  get roots(): readonly Fact[] {
    return this.#roots.chain.facts;
  }

  /** Roots by recovery keys: those that wait, and how long the node has run with each, to be kept over a restart. */
  get recovery(): Pick<HeldRoots, "waiting" | "ran"> {
    return this.#roots;
  }

  /** How many records are held, later roots included. */
  get size(): number {
    return this.#shelf.room.records;
  }

  /** Octets of these records. */
  get octets(): number {
    return this.#shelf.room.octets;
  }

  /**
   * Puts a row of the node's own file back, before anything is offered, and in the order of the rows. Roots are judged at once; all other
   * records are verified when they are asked for, or in turns of `handleTimeout`. A row that does not hold is to be deleted: `pollChange` says so.
   */
  restore({ id, section, octets }: Row, now: number): void {
    this.#advance(now);
    const fact = readFact(octets, this.authority.cluster);
    if (typeof fact === "string" || fact.id !== id)
      return this.#refuseRow(id, typeof fact === "string" ? fact : "body");
    if (isDelivered(fact)) return this.#refuseRow(id, "delivered");
    if (fact.kind === "root") {
      const { version } = this.authority;
      const reason = this.#roots.restore(fact, octets, judge(octets, this.#grounds()));
      if (reason !== undefined) this.#refuseRow(id, reason);
      if (this.authority.version !== version) this.#beginEra(now);
      return;
    }
    if (this.#shelf.byId(id) !== undefined) return;
    const slot = this.#shelf.open(fact);
    slot.era = 0;
    this.#shelf.add(slot, { fact: new HeldFact(fact, octets), section, right: 0, wrong: 0 });
    this.#turns ??= this.#shelf.values();
  }

  /**
   * Judges the octets of a record, and holds it when it is accepted. The octets are copied. Another copy of a held record is accepted when it adds
   * signatures that count: its row is put behind all others.
   */
  offer(octets: Uint8Array, now: number): Judgement {
    this.#advance(now);
    const judgement = judge(octets, this.#grounds());
    if (judgement.isAccepted ? judgement.fact.kind === "root" : isOfRoot(octets))
      return this.#offerRoot(octets, judgement);
    if (!judgement.isAccepted) return judgement.reason === "duplicate" ? this.#merge(octets) : judgement;
    if (isDelivered(judgement.fact)) return { isAccepted: false, reason: "delivered" };
    const fact = new HeldFact(judgement.fact, ownCopy(octets));
    const reason = this.#take(fact, judgement.equivocal);
    return reason === undefined ? { ...judgement, fact } : { isAccepted: false, reason };
  }

  /** Against what a record is judged at present, where nothing is to be held: for a look at what `offer` would say. */
  grounds(now: number): JudgeOptions {
    this.#advance(now);
    return this.#grounds();
  }

  /** The node has run for so many more milliseconds: roots by recovery keys wait for that. */
  handleRan(ms: number, now: number): void {
    this.#advance(now);
    if (this.#roots.handleRan(ms)) this.#beginEra(now);
  }

  /** All records of a slot that count by today's keys and have their ground, whether they have ended or not. */
  in(slot: string): readonly Fact[] {
    const found = this.#shelf.get(slot);
    return found === undefined ? [] : this.#standing(found).map(({ fact }) => fact);
  }

  /** Whether a record with this id is held: there is no need to ask for it. */
  has(id: string): boolean {
    return this.#shelf.byId(id) !== undefined || this.#roots.get(id) !== undefined || id === this.roots[0]!.id;
  }

  /** The octets of a record for a neighbour that may have a section: undefined where it stands in another one, has ended or does not count. */
  offered(id: string, section: RowSection, now: number): Uint8Array | undefined {
    this.#advance(now);
    const root = this.#roots.get(id);
    if (root !== undefined) return section === "entry" ? root.octets : undefined;
    const slot = this.#shelf.byId(id);
    const held = slot === undefined ? undefined : this.#standing(slot).find(({ fact }) => fact.id === id);
    return held?.section === section && now < held.fact.expires ? held.fact.octets : undefined;
  }

  /** The record of a slot that is in force. */
  inForce(kind: Kind, scope: string, subject: string, now: number): Fact | undefined {
    this.#advance(now);
    return inForce(this.in(slotOf({ kind, scope, subject })), now);
  }

  /** All records of a kind that are in force, in no order. Nothing may be offered while they are read. */
  *all(kind: Kind, now: number): Generator<Fact, void> {
    this.#advance(now);
    for (const slot of this.#shelf.ofKind(kind)) {
      const fact = inForce(this.in(slot.name), now);
      if (fact !== undefined) yield fact;
    }
  }

  /** All records that count but roots, void and ended ones too, as `all`. Those that wait for their turn are verified at once. */
  *held(now: number): Generator<Fact, void> {
    this.#advance(now);
    for (const slot of this.#shelf.values()) yield* this.in(slot.name);
  }

  /** Void records of a node's roles in organizations: whoever loses the last role there gets its section no more, and hears of it by these. */
  voidRolesOf(node: string): readonly Fact[] {
    return this.rolesOf(node).filter(({ scope, void: isVoid }) => scope !== "cluster" && isVoid === true);
  }

  /** All records of a node's roles that count, in whatever scope: void and ended ones too. */
  rolesOf(node: string): readonly Fact[] {
    return this.#shelf.rolesOf(node).flatMap(({ name }) => this.in(name));
  }

  /** The sections that a neighbour may have: a candidate, whose `node` record is not in force, has `entry` alone. */
  sectionsOf(reader: string, now: number): readonly Section[] {
    if (this.inForce("node", "cluster", reader, now) === undefined) return ["entry"];
    const roles = this.#shelf.rolesOf(reader).filter(({ scope }) => scope !== "cluster");
    const scopes = roles.filter(({ name }) => inForce(this.in(name), now) !== undefined).map(({ scope }) => scope);
    return ["entry", "public", "papers", ...(new Set(scopes) as Set<Section>)];
  }

  /** Records of services that are in use, by their ids: they are kept when newer ones come, until they end. Others than these are let go. */
  use(ids: Iterable<string>): void {
    const before = this.#used;
    this.#used = new Set(ids);
    for (const id of before) {
      const slot = this.#used.has(id) ? undefined : this.#shelf.byId(id);
      if (slot !== undefined) this.#trim(slot);
    }
  }

  /** When `handleTimeout` is due, in milliseconds since 1970: 0 while records wait for their turn, Infinity for never. */
  nextTimeout(): number {
    return this.#turns === undefined ? Math.min(this.#shelf.ends.next, this.#eraEnds) : 0;
  }

  /** Lets go of what has ended, and verifies some of the records that wait for it. */
  handleTimeout(now: number): void {
    this.#advance(now);
    for (let count = 0; count < SLOTS_A_TURN; count++) {
      const slot = this.#shelf.ends.popDue(now);
      if (slot === undefined) break;
      this.#forget(slot);
    }
    for (let count = 0; count < SLOTS_A_TURN && this.#turns !== undefined;) {
      const { value, done } = this.#turns.next();
      if (done === true) this.#turns = undefined;
      else if (value.era !== this.#era) {
        this.#settle(value);
        count++;
      }
    }
  }

  pollEvent(): BookEvent | undefined {
    return this.#events.shift();
  }

  /** The next change of the rows that are to be kept. A row is put again, behind all others, when it changes its section. */
  pollChange(): RowChange | undefined {
    return this.#shelf.pollChange();
  }

  /** @param held Default: all records that count */
  #grounds(held: HeldFacts = this): JudgeOptions {
    return { authority: this.authority, held, now: this.#now, development: this.#options.development };
  }

  #advance(now: number): void {
    this.#now = now;
    if (now >= this.#eraEnds) this.#beginEra(now);
  }

  #beginEra(now: number): void {
    this.#eraEnds = this.authority.nextChange(now);
    this.#lookAtAll();
  }

  /** Has every slot looked at again before it is believed, but one. */
  #lookAtAll(except?: Slot): void {
    this.#era++;
    if (except !== undefined) except.era = this.#era;
    this.#turns = this.#shelf.values();
  }

  #offerRoot(octets: Uint8Array, judgement: Judgement): Judgement {
    const { version } = this.authority;
    const result = this.#roots.offer(octets, judgement, (copy) => judge(copy, this.#grounds()));
    if (this.authority.version !== version) this.#beginEra(this.#now);
    return result;
  }

  #take(fact: HeldFact, equivocal: readonly string[]): Reason | undefined {
    const slot = this.#shelf.open(fact);
    if (slot.held.length === 0) slot.era = this.#era;
    const quorum = quorumFor(fact, this.#grounds())!;
    if (isSignedByProgram(fact, quorum)) dropWrong(fact, quorum.keys);
    const reason = findSuspension(slot, fact, quorum) ?? this.#makeRoom(slot, fact);
    if (reason !== undefined) {
      this.#shelf.close(slot);
      return reason;
    }
    const held: Held = { fact, section: "kept", ...seenByJudge(fact, quorum) };
    this.#shelf.add(slot, held);
    this.#shelf.put(held, sectionOf(fact, this.#view));
    this.#events.push({ kind: "taken", fact });
    if (equivocal.length > 0) this.#events.push({ kind: "equivocation", fact, others: equivocal });
    this.#review(slot, "voided", fact);
    return undefined;
  }

  /** Adds the signatures of another copy of a record that is held. */
  #merge(octets: Uint8Array): Judgement {
    const duplicate: Judgement = { isAccepted: false, reason: "duplicate" };
    const { id } = readFact(octets, this.authority.cluster) as Fact;
    const held = this.#shelf.byId(id)?.held.find(({ fact }) => fact.id === id);
    const quorum = held === undefined ? undefined : quorumFor(held.fact, this.#grounds());
    if (held === undefined || quorum === undefined) return duplicate;
    const before = held.fact.octets.length;
    if (!mergeInto(held, octets, quorum.keys)) return duplicate;
    this.#shelf.room.octets += held.fact.octets.length - before;
    this.#shelf.version++;
    this.#shelf.put(held, held.section);
    return { isAccepted: true, fact: held.fact, equivocal: [] };
  }

  /** Lets go of what need not be kept beside a new record of the slot. Records of quorums go before those of nodes, which make room for them. */
  #makeRoom(slot: Slot, fact: HeldFact): Reason | undefined {
    const { room } = this.#shelf;
    const facts = [...rivalsOf(fact, this.in(slot.name)), fact];
    const surplus = surplusOf(facts, (id) => this.#used.has(id), this.#grounds());
    if (surplus.has(fact) || (!isByQuorum(fact) && !room.mayIssue(slot, fact))) return "quota";
    const gone = slot.held.filter((held) => surplus.has(held.fact) || !facts.includes(held.fact));
    while (!room.hasRoom(fact.octets.length, gone)) {
      const first = isByQuorum(fact) ? room.first(slot) : undefined;
      if (first === undefined) return "full";
      this.#shelf.drop(first.slot, first.held);
      this.#review(first.slot, "room");
    }
    for (const held of gone) this.#shelf.drop(slot, held);
    return undefined;
  }

  /**
   * Records of a slot that count by today's keys, and have their ground. Agents ask for the same ones all the time: what was found holds until something that is held changes,
   * or ends.
   */
  #standing(slot: Slot): readonly Held[] {
    this.#settle(slot);
    if (slot.held.length === 0) return slot.held;
    const now = this.#now;
    const { found } = slot;
    const isKnown = found?.era === this.#era && found.version === this.#shelf.version;
    if (isKnown && found.from <= now && now < found.until) return found.held;
    const grounds = this.#grounds(this.#byQuorums);
    const held = slot.held.filter(
      (each) => (isByQuorum(each.fact) || hasGround(each.fact, grounds, each)) && fitsPolicy(each.fact, grounds),
    );
    const until = Math.min(this.#shelf.ends.next, this.#eraEnds, this.authority.root.expires);
    slot.found = { held, era: this.#era, version: this.#shelf.version, from: now, until };
    return held;
  }

  /**
   * Grounds are records that quorums have signed: the judge lets no others be one. To look at these alone ends the search for the ground of a
   * ground, also in a file that somebody has edited.
   */
  readonly #byQuorums: HeldFacts = {
    in: (name) => {
      const slot = this.#shelf.get(name);
      if (slot === undefined) return [];
      this.#settle(slot);
      return slot.held.map(({ fact }) => fact).filter(isByQuorum);
    },
  };

  /** Looks at a slot by the keys of today, unless that has been done. */
  #settle(slot: Slot): void {
    if (slot.era === this.#era) return;
    const isRestored = slot.era === 0;
    slot.era = this.#era;
    const dropped = dropUncounted(slot, this.#shelf, this.#roots.chain, this.#now);
    for (const id of dropped) {
      if (isRestored) this.#events.push({ kind: "row-refused", id, reason: "unknown-key" });
    }
    this.#trim(slot);
    if (isRestored) slot.current = inForce(this.in(slot.name), this.#now);
    this.#review(slot, dropped.length > 0 ? "keys" : "ground");
  }

  /** Lets go of what the slot need not keep. */
  #trim(slot: Slot): void {
    const facts = slot.held.map(({ fact }) => fact);
    const surplus = surplusOf(facts, (id) => this.#used.has(id), this.#grounds());
    for (const held of slot.held.filter(({ fact }) => surplus.has(fact))) this.#shelf.drop(slot, held);
  }

  #forget(slot: Slot): void {
    const { fallen } = slot;
    for (const held of forgottenOf(slot.held, this.#now)) this.#shelf.drop(slot, held);
    if (fallen !== undefined && this.#now >= slot.fallenEnd) this.#shelf.drop(slot, fallen);
    this.#review(slot, "ended");
  }

  /** Says what is in force of a slot from now on, where that has changed, and looks at what rests on it. */
  #review(slot: Slot, why: EndCause, taken?: Fact): void {
    // To ask for what it rests on may bring a review of this very slot: what was told last is read behind that.
    const after = inForce(this.in(slot.name), this.#now);
    const before = slot.current;
    slot.current = after;
    this.#place(slot);
    this.#shelf.ends.set(slot, slot.nextEnd(this.#now));
    this.#shelf.close(slot);
    if (before === after) return;
    if (after === undefined)
      this.#events.push({ kind: "ended", fact: before!, why: this.#causeOf(slot, before!, why) });
    else if (after !== taken) this.#tellAgain(slot, after);
    if (slot.kind === "policy") this.#lookAtAll(slot);
    for (const dependent of this.#shelf.dependentsOf(slot, after ?? before!)) this.#review(dependent, "ground");
  }

  /** Neighbours have read on meanwhile: the row is put behind all others. */
  #tellAgain(slot: Slot, fact: Fact): void {
    const held = slot.held.find((held) => held.fact === fact)!;
    this.#shelf.put(held, held.section);
    this.#events.push({ kind: "again", fact });
  }

  #causeOf(slot: Slot, { epoch, expires }: Fact, why: EndCause): EndCause {
    if (this.#now >= expires) return "ended";
    return floorOf(slot.held.map(({ fact }) => fact)) >= epoch ? "voided" : why;
  }

  /** Puts the rows of records anew that stand in another section now. */
  #place(slot: Slot): void {
    for (const held of slot.held) {
      const section = sectionOf(held.fact, this.#view);
      if (held.section !== section) this.#shelf.put(held, section);
    }
  }

  #isPublic(node: string): boolean {
    const roles = this.#shelf.rolesOf(node).filter((slot) => isPublicRole(slot));
    return roles.some(({ name }) => inForce(this.in(name), this.#now) !== undefined);
  }

  #refuseRow(id: string, reason: Reason): void {
    this.#shelf.dropRow(id);
    this.#events.push({ kind: "row-refused", id, reason });
  }
}
