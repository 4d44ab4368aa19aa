/**
 * This node as an observer of telemetry: takes reports and profiles of the nodes of its partition, and tells each minute what they come to. It rests while the node does not have the
 * role. Pure.
 */
import { bodyOf, type Fact, type FactBook, type Judgement } from "@florenetes/facts";
import type { Answer } from "@florenetes/feed";
import { Fleet, type NodePlace, observationOf, ORGANIZATIONS_TOLD_MAX, type Sums } from "@florenetes/telemetry";
import type { ReceivedLetter } from "../mail/agent-mail.ts";
import { NOT_READ, reasonAgainst, ToldLetters } from "../mail/signed-letters.ts";
import type { Moment } from "../moment.ts";
import { contractsOf } from "../program-profile.ts";
import { readRecord } from "../records/read-record.ts";
import { standingOf } from "../records/standing.ts";
import { directoryOf } from "@florenetes/routes";
import { observedBy } from "../records/observed-by.ts";
import { type OwnSigner, signOwn } from "../records/sign-own.ts";
import {
  FIRST_OBSERVE_MS,
  OBSERVE_MS,
  SENDER_BURST,
  SENDER_PER_SECOND,
  SENDERS_MAX,
  SILENT_MS,
  SILENT_PHONE_MS,
} from "./limits.ts";
import { EndsClock } from "./ends-clock.ts";
import { placeOf } from "./node-place.ts";

export interface FleetObserverOptions extends OwnSigner {
  readonly development: boolean;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  /** Judges records as those that somebody has handed in. */
  readonly hand: (records: readonly Uint8Array[], at: Moment) => readonly Judgement[];
  /** An observation is signed. */
  readonly onObservation: (fact: Fact, octets: Uint8Array, at: Moment) => void;
}

const SENDERS = { burst: SENDER_BURST, perSecond: SENDER_PER_SECOND, senders: SENDERS_MAX };

export class FleetObserver {
  readonly fleet: Fleet = new Fleet({ contracts: () => contractsOf(true) });
  /** Observations that were signed. */
  signed = 0;
  /** The sums that were told last, by organizations; "": all nodes of the partition. */
  sums: ReadonlyMap<string, Sums> = new Map();
  readonly #options: FleetObserverOptions;
  readonly #letters: ToldLetters;
  /** Since when it listens, by both clocks; undefined: it does not. */
  #since: (Moment & { readonly partition: string }) | undefined;
  #observesAt = Number.POSITIVE_INFINITY;
  #epoch = 0;
  readonly #ends = new EndsClock();

  constructor(options: FleetObserverOptions) {
    this.#options = options;
    this.#letters = new ToldLetters({ ...options, bounds: SENDERS });
  }

  /** Records of nodes by what came of them. */
  get outcomes(): ReadonlyMap<string, number> {
    return this.#letters.outcomes;
  }

  /** Since when it listens, in milliseconds since 1970; undefined: it does not. */
  get since(): number | undefined {
    return this.#since?.wall;
  }

  /** Takes a letter of the kind `telemetry`, whose signature is by the key that it names. */
  handleLetter(letter: ReceivedLetter, at: Moment): Answer {
    const partition = this.#listen(at);
    if (partition === undefined) return NOT_READ;
    const begin = (): ((fact: Fact, octets: Uint8Array) => string) => {
      const place = placeOf(this.#options.book()!, letter.node, partition, at.wall);
      return (fact, octets) => this.#take(fact, octets, { node: letter.node, place }, at);
    };
    return this.#letters.take(letter, begin, at);
  }

  advance(at: Moment): void {
    const book = this.#options.book();
    const partition = this.#listen(at);
    if (book !== undefined && partition !== undefined && at.now >= this.#observesAt) this.#observe(book, partition, at);
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    return this.#since === undefined ? Number.POSITIVE_INFINITY : this.#observesAt;
  }

  /** Begins and ends with the role, and with each partition: nodes of another one are in no sum. Returns the partition. */
  #listen(at: Moment): string | undefined {
    const book = this.#options.book();
    const partition = book && observedBy(book, this.#options.node, at.wall);
    if (this.#since?.partition === partition) return partition;
    this.fleet.clear();
    this.sums = new Map();
    this.#since = partition === undefined ? undefined : { ...at, partition };
    this.#observesAt = at.now + FIRST_OBSERVE_MS;
    return partition;
  }

  /** Returns what came of a record: `taken`, `known`, or the reason against it. */
  #take(
    fact: Fact,
    octets: Uint8Array,
    of: { readonly node: string; readonly place: NodePlace | undefined },
    at: Moment,
  ): string {
    const { node, place } = of;
    const { wall } = at;
    const time = this.#ends.at(at);
    if (fact.kind !== "report" && fact.kind !== "profile") return "kind";
    if (fact.issuer !== node || fact.subject !== node) return "not-mine";
    if (place === undefined) return "partition";
    // A profile comes with each report, and is the same for minutes: its signature is not verified again.
    if (this.fleet.holds(fact.kind, node, fact.epoch, time)) return "known";
    const reason = reasonAgainst(fact, this.#options, at);
    if (reason !== undefined) return reason;
    // A node's clock may be wrong by minutes: it is heard for as long as its word lives.
    const life = { epoch: fact.epoch, expires: time + fact.expires - fact.issued };
    if (fact.kind === "profile") return this.fleet.takeProfile(node, { ...life, body: bodyOf(fact, "profile")! }, time);
    const report = { ...life, body: bodyOf(fact, "report")!, octets, takenAt: wall };
    return this.fleet.takeReport(node, report, place, time);
  }

  #observe(book: FactBook, partition: string, at: Moment): void {
    const { wall } = at;
    const time = this.#ends.at(at);
    // The wall clock may have been put back since then: nobody listens since a time that is yet to come.
    const since = Math.max(0, Math.floor(wall - (at.now - this.#since!.now)));
    this.#observesAt = at.now + OBSERVE_MS;
    const directory = directoryOf(book, wall);
    const isHere = (node: string): boolean =>
      standingOf(book, node, wall).kind === "node" && directory.node(node)?.partition === partition;
    this.fleet.forget(time, isHere);
    this.sums = this.fleet.sum(this.#silent(book, partition, at), time);
    const told = [...this.sums].toSorted(([a, left], [b, right]) => {
      if (a === "" || b === "") return a === "" ? -1 : 1;
      return nodesOf(right) - nodesOf(left) || (a < b ? -1 : 1);
    });
    this.#epoch = Math.max(this.#epoch + 1, Math.floor(wall));
    for (const [organization, sums] of told.slice(0, ORGANIZATIONS_TOLD_MAX + 1)) {
      const scope = organization === "" ? "cluster" : `org/${organization}`;
      const body = observationOf(sums, since);
      const subject = `${partition}/${this.#options.node}`;
      const octets = signOwn(this.#options, { kind: "observation", scope, subject, body, epoch: this.#epoch }, wall);
      this.signed++;
      this.#options.onObservation(readRecord(octets, this.#options.cluster)!, octets, at);
    }
  }

  /** Nodes of the partition by records, of which no report has come for three of their periods. */
  *#silent(book: FactBook, partition: string, at: Moment): Generator<NodePlace, void> {
    const { now, wall } = at;
    const time = this.#ends.at(at);
    const listensMs = now - this.#since!.now;
    if (listensMs < SILENT_MS) return;
    for (const { subject } of book.all("node", wall)) {
      if (this.fleet.hears(subject, time)) continue;
      const place = placeOf(book, subject, partition, wall);
      if (place !== undefined && (!place.isPhone || listensMs >= SILENT_PHONE_MS)) yield place;
    }
  }
}

function nodesOf({ all: [heard = 0, silent = 0] }: Sums): number {
  return heard + silent;
}
