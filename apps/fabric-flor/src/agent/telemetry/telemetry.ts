/**
 * Telemetry, in all parts of an agent: as a node it tells observers of itself what it tells coordinators, as an observer it adds up, and as a reader of mail it holds what observers
 * say. docs/protocol/fabric-telemetry.md says what they do. Pure.
 */
import { bodyOf, type Fact, readObservationSubject } from "@florenetes/facts";
import type { Answer } from "@florenetes/feed";
import { directoryOf } from "@florenetes/routes";
import type { AgentRoom } from "../agent-room.ts";
import type { AgentMail, ReceivedLetter } from "../mail/agent-mail.ts";
import type { Moment } from "../moment.ts";
import type { Shown } from "../routes/route-post.ts";
import { POST_ANSWER_MS } from "../mail/limits.ts";
import { OBSERVER_ROLE, observedBy } from "../records/observed-by.ts";
import { RecordPost } from "../mail/record-post.ts";
import { papersOf, takeSigned } from "../mail/signed-letters.ts";
import { EndsClock } from "./ends-clock.ts";
import { FleetObserver, type FleetObserverOptions } from "./fleet-observer.ts";
import {
  LOOK_MS,
  OBSERVERS_TOLD_MAX,
  SILENT_MS,
  SILENT_PHONE_MS,
  TELL_MS,
  TELL_SPREAD_MS,
  UNKNOWN_READER_MS,
} from "./limits.ts";
import { type HeldObservation, ObservationShelf } from "./observation-shelf.ts";

export interface TelemetryOptions extends Omit<FleetObserverOptions, "onObservation"> {
  readonly mail: AgentMail;
  /** Records that coordinators are to have: the newest report, profile, and the node's papers. */
  readonly shown: () => readonly Shown[];
  /** Whether the node rests, so that its reports are few. */
  readonly isResting: (at: Moment) => boolean;
  /** Secure ones. */
  readonly randomBytes: (size: number) => Uint8Array;
}

const TELEMETRY_KIND = "telemetry";
const OBSERVATION_KIND = "observation";
/** Kinds of the node's records that observers are told; a report is the reason for a letter. */
const TOLD_KINDS: ReadonlySet<string> = new Set(["report", "profile"]);

export class Telemetry implements AgentRoom {
  readonly observer: FleetObserver;
  readonly shelf: ObservationShelf = new ObservationShelf();
  readonly toObservers: RecordPost;
  readonly toReaders: RecordPost;
  readonly #options: TelemetryOptions;
  readonly #ends = new EndsClock();
  #observers: readonly string[] = [];
  #looksAt = Number.NEGATIVE_INFINITY;
  /** The report that observers were told last, and when the next may be: monotonic. */
  #told: string | undefined;
  #tellsAt: number | undefined;
  #isDue = false;

  constructor(options: TelemetryOptions) {
    const { mail, node } = options;
    this.#options = options;
    const papers = ({ wall }: Moment): readonly Uint8Array[] => papersOf(options.book(), node, wall);
    // Readers that are upgraded know these letters a moment later.
    const pauses = { unknownMs: UNKNOWN_READER_MS };
    this.toObservers = new RecordPost({
      mail,
      kind: TELEMETRY_KIND,
      readers: () => this.#observers,
      papers,
      ...pauses,
    });
    const others = (at: Moment): readonly string[] =>
      mail.readersOf(OBSERVATION_KIND, at).filter((name) => name !== node);
    this.toReaders = new RecordPost({ mail, kind: OBSERVATION_KIND, readers: others, papers: () => [], ...pauses });
    this.observer = new FleetObserver({
      ...options,
      onObservation: (fact, octets, at) => {
        this.#hold(fact, octets, at);
        this.toReaders.add(`${fact.scope} ${fact.subject}`, octets, at.wall, fact.expires);
      },
    });
    const kind = { answerMs: POST_ANSWER_MS };
    mail.register(TELEMETRY_KIND, {
      ...kind,
      role: OBSERVER_ROLE,
      onLetter: (letter, at) => this.observer.handleLetter(letter, at),
      onDone: (done, at) => this.toObservers.handleDone(done, at),
    });
    mail.register(OBSERVATION_KIND, {
      ...kind,
      onLetter: (letter, at) => this.#handleObservation(letter, at),
      onDone: (done, at) => this.toReaders.handleDone(done, at),
    });
  }

  /** Whether somebody observes this node's partition, as far as it knows. */
  get isObserved(): boolean {
    return this.#observers.length > 0;
  }

  advance(at: Moment): void {
    if (this.#options.book() === undefined) return;
    if (at.now >= this.#looksAt) {
      this.#looksAt = at.now + LOOK_MS;
      this.#observers = this.#observersNow(at);
      this.shelf.forget(this.#ends.at(at));
    }
    this.#tell(at);
    this.observer.advance(at);
    for (const post of [this.toObservers, this.toReaders]) {
      post.advance(at);
      // A minute later all of it is old: nothing is kept over a restart.
      while (post.pollChange() !== undefined);
    }
  }

  /** When `advance` is due. Nothing wakes a node for the sake of a look. */
  nextTimeout(at: Moment): number {
    if (this.#options.book() === undefined) return Number.POSITIVE_INFINITY;
    return Math.min(
      this.#isDue ? Math.max(at.now, this.#tellsAt ?? at.now) : Number.POSITIVE_INFINITY,
      Math.max(at.now, this.observer.nextTimeout()),
      this.toObservers.nextTimeout(at),
      this.toReaders.nextTimeout(at),
    );
  }

  /** Observations that are held, and the time by which these come and end. */
  heldAt(at: Moment): { readonly held: readonly HeldObservation[]; readonly time: number } {
    const time = this.#ends.at(at);
    return { held: this.shelf.all(time), time };
  }

  /** Tells observers the newest report and what belongs to it: once a minute at most, and never without a new one. */
  #tell(at: Moment): void {
    this.#isDue = false;
    // Whoever asks for the newest report has it signed.
    if (!this.isObserved) return;
    const shown = this.#options.shown();
    const report = shown.find(({ id }) => id.startsWith("report "));
    if (report === undefined || report.id === this.#told) return;
    this.#isDue = true;
    this.#tellsAt ??= at.now + Math.floor((TELL_SPREAD_MS * this.#options.randomBytes(1)[0]!) / 256);
    if (at.now < this.#tellsAt) return;
    this.#isDue = false;
    this.#told = report.id;
    this.#tellsAt = at.now + TELL_MS;
    const until = at.wall + (this.#options.isResting(at) ? SILENT_PHONE_MS : SILENT_MS);
    for (const { id, octets } of shown) {
      const [kind = ""] = id.split(" ");
      // A profile goes with each report: an observer that was started anew has none.
      if (TOLD_KINDS.has(kind)) this.toObservers.add(kind, octets, at.wall, until);
    }
  }

  /** The observers of this node's partition. */
  #observersNow(at: Moment): readonly string[] {
    const book = this.#options.book()!;
    const partition = directoryOf(book, at.wall).node(this.#options.node)?.partition;
    if (partition === undefined) return [];
    const known = this.#options.mail.readersOf(TELEMETRY_KIND, at).toSorted();
    return known.filter((name) => observedBy(book, name, at.wall) === partition).slice(0, OBSERVERS_TOLD_MAX);
  }

  /** Takes what an observer has signed, from itself. */
  #handleObservation(letter: ReceivedLetter, at: Moment): Answer {
    const book = this.#options.book();
    const partition = book && observedBy(book, letter.node, at.wall);
    const word = ({ kind, issuer, subject }: Fact): string | undefined => {
      if (kind !== "observation") return "kind";
      if (issuer !== letter.node) return "not-mine";
      // An observer of another partition, or of an organization alone, takes no place of those who observe this one.
      return readObservationSubject(subject)?.partition === partition ? undefined : "partition";
    };
    const take = (fact: Fact, octets: Uint8Array): string => this.#hold(fact, octets, at);
    return takeSigned(letter, this.#options, { word, take }, at);
  }

  #hold(fact: Fact, octets: Uint8Array, at: Moment): string {
    const body = bodyOf(fact, "observation")!;
    if (body.since > fact.issued) return "since";
    return this.shelf.take(fact, body, octets.length, this.#ends.at(at));
  }
}
