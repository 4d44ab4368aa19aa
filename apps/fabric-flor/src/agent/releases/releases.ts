/**
 * The release that this node follows: takes the record in force of its channel, what is installed, and what update-flor says, and has the packages fetched that the node is to have.
 * docs/protocol/releases.md says what it does. Pure: its owner fetches, and tells what came of it.
 */
import {
  bodyOf,
  type BookEvent,
  type DeviceProfile,
  type Fact,
  type FactBook,
  type InstalledBody,
  type ReleaseBody,
  slotOf,
  writeEnvelope,
} from "@florenetes/facts";
import type { FabricConfigErrorCode } from "../../config/config-errors.ts";
import type { AgentNews, AgentOrder } from "../agent-orders.ts";
import type { AgentRoom } from "../agent-room.ts";
import type { Moment } from "../moment.ts";
import { isPhone } from "../records/is-phone.ts";
import { type Decision, decide, nextDecision, nodeVersion } from "./decision.ts";
import { FetchPace } from "./fetch-pace.ts";
import { COPIES_MAX, REFUSED_AGAIN_MS, UNANSWERED_MS } from "./limits.ts";
import type { FetchResult, ReleaseOrder, SeenSoftware } from "./release-orders.ts";
import type { UpdateOutcome } from "./update-status.ts";

export interface ReleasesOptions {
  readonly node: string;
  /** The channel that the node follows; undefined: none, as its config names none. */
  readonly channel: string | undefined;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  readonly device: () => DeviceProfile;
}

/** State of a node with regard to its release, as people are shown it. */
export interface ReleaseState extends Pick<InstalledBody, "state" | "code"> {
  /** The reason why the node waits; undefined: it does not. */
  readonly why: "stage" | "device" | "turn" | undefined;
}

/** The release that is on its way to this node. */
interface Taken {
  readonly record: string;
  readonly pace: FetchPace;
  /** `due`: it is fetched when its time comes; `fetching`; `ready`: the order is written; `refused`: nothing is tried for a while. */
  phase: "due" | "fetching" | "ready" | "refused";
  /** When the phase began: monotonic. */
  since: number;
  /** Code of what came of the last try; undefined: nothing is wrong. */
  code: string | undefined;
  /** The time of update-flor's last word when the order was written: that is no answer to it. */
  answeredAt: number | undefined;
}

const UNANSWERED: FabricConfigErrorCode = "ERR_FABRIC_RELEASE_UNANSWERED";
/** The end of update-flor's code where a power cut or a restart has come between: nothing stands in the way of the next try. */
const INTERRUPTED = "_INTERRUPTED";
const NOTHING: SeenSoftware = { packages: undefined, update: undefined, fault: undefined };
const NEVER = Number.POSITIVE_INFINITY;

export class Releases implements AgentRoom {
  /** Fetches that were begun, that came to an end, and that failed. */
  fetches = 0;
  fetched = 0;
  failures = 0;
  readonly #options: ReleasesOptions;
  readonly #orders: ReleaseOrder[] = [];
  readonly #news: AgentNews[] = [];
  #seen: SeenSoftware = NOTHING;
  #taken: Taken | undefined;
  #state: ReleaseState | undefined;
  /** Whether something may be in the spool. */
  #isSpooled = true;
  /** Whether something may be on its way, or ordered: a life before may have left it. */
  #isUnderWay = true;
  #isStale = true;
  /** When the decision may be another one: by the wall clock. */
  #decidesAt = NEVER;

  constructor(options: ReleasesOptions) {
    this.#options = options;
  }

  get channel(): string | undefined {
    return this.#options.channel;
  }

  /** State of the node; undefined: it follows no channel, or nothing is known of its software yet. */
  get state(): ReleaseState | undefined {
    return this.#state;
  }

  /** The version that the node has; undefined: nobody says so. */
  get version(): string | undefined {
    const { packages, update } = this.#seen;
    return nodeVersion(packages ?? []) ?? update?.installed?.version;
  }

  /** The release in force of the node's channel. */
  release({ wall }: Moment): { readonly fact: Fact; readonly body: ReleaseBody } | undefined {
    const { channel, book } = this.#options;
    const fact = channel === undefined ? undefined : book()?.inForce("release", "cluster", channel, wall);
    const body = fact === undefined ? undefined : bodyOf(fact, "release");
    return fact === undefined || body === undefined ? undefined : { fact, body };
  }

  /** The node's own word about its software, as coordinators are to have it; undefined: nothing is known yet. */
  installed(at: Moment): InstalledBody | undefined {
    const { channel } = this.#options;
    const { version } = this;
    if (channel === undefined || version === undefined || this.#state === undefined) return undefined;
    const release = this.release(at);
    const { state, code } = this.#state;
    return {
      channel,
      version,
      ...(release !== undefined && { release: { epoch: release.fact.epoch, version: release.body.version } }),
      state,
      ...(code !== undefined && { code }),
    };
  }

  /** Takes what the machine has now, and what update-flor says. */
  handleSeen(seen: SeenSoftware): void {
    this.#seen = seen;
    this.#isStale = true;
  }

  /** The device is another one, or its charger or network. */
  handleDevice(): void {
    this.#isStale = true;
  }

  /** Lets go of what was fetched, so that the release is fetched once more. */
  handleRefetch(): void {
    this.#clear();
    this.#isStale = true;
  }

  handleBook(event: BookEvent): void {
    if (event.kind === "row-refused" || !RELEVANT.has(event.fact.kind)) return;
    this.#isStale = true;
  }

  /** Takes what came of a fetch. */
  handleFetched({ record, fault }: FetchResult, at: Moment): void {
    const taken = this.#taken;
    this.#isStale = true;
    if (taken === undefined || taken.record !== record || taken.phase !== "fetching") return;
    taken.since = at.now;
    taken.code = fault?.code;
    if (fault === undefined) {
      this.fetched++;
      taken.phase = "ready";
      taken.pace.handleSuccess();
      this.#tell("info", "RELEASE_FETCHED", {}, "the packages of the release are here, and update-flor has its order");
      return;
    }
    this.failures++;
    taken.phase = fault.isFinal ? "refused" : "due";
    taken.pace.handleFailure(at.now);
    if (!fault.isFinal) this.#tell("warn", "RELEASE_NOT_FETCHED", { reason: fault.code }, fault.text);
  }

  advance(at: Moment): void {
    if (this.#options.channel === undefined) return;
    if (!this.#isStale && at.wall < this.#decidesAt && at.now < this.#dueAt()) return;
    this.#isStale = false;
    this.#decidesAt = NEVER;
    const before = this.#state;
    this.#state = this.#look(at);
    this.#tellState(before, at);
  }

  nextTimeout({ now, wall }: Moment): number {
    if (this.#options.channel === undefined) return NEVER;
    if (this.#isStale) return now;
    return Math.max(now, Math.min(this.#dueAt(), now + this.#decidesAt - wall));
  }

  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  pollOrder(): AgentOrder | undefined {
    const order = this.#orders.shift();
    return order === undefined ? undefined : { kind: "release", order };
  }

  // ── Within ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #look(at: Moment): ReleaseState | undefined {
    const { packages, update, fault } = this.#seen;
    const release = this.release(at);
    if (packages === undefined) {
      this.#stop();
      return fault === undefined ? undefined : { state: "refused", code: fault, why: undefined };
    }
    if (release === undefined) {
      this.#clear();
      return plain("current");
    }
    const { fact, body } = release;
    const { node, channel, book, device } = this.#options;
    const phone = isPhone(book()!, node, at.wall) ? device() : undefined;
    const grounds = { node, channel: channel!, body, packages, update, phone, wall: at.wall };
    const decision = decide(grounds);
    this.#decidesAt = nextDecision(body, update, at.wall);
    // Without update-flor's word nobody knows from which versions the node went back.
    if (decision.kind === "take" && fault !== undefined)
      return this.#follow({ kind: "refused", code: fault }, fact, at);
    return this.#follow(decision, fact, at);
  }

  #follow(decision: Decision, fact: Fact, at: Moment): ReleaseState {
    switch (decision.kind) {
      case "current":
        this.#clear();
        return plain("current");
      case "installing":
        this.#taken = undefined;
        return plain("installing");
      case "waiting":
        this.#stop();
        return { state: "waiting", code: undefined, why: decision.why };
      case "back":
        this.#clear();
        return { state: "back", code: decision.code, why: undefined };
      case "refused":
        this.#stop();
        return { state: "refused", code: decision.code, why: undefined };
      default:
        return this.#take(decision, fact, at);
    }
  }

  #take(decision: Extract<Decision, { readonly kind: "take" }>, fact: Fact, at: Moment): ReleaseState {
    if (this.#taken?.record !== fact.id) {
      this.#stop();
      const pace = new FetchPace(this.#options.node, fact.id, at.now);
      this.#taken = { record: fact.id, pace, phase: "due", since: at.now, code: undefined, answeredAt: undefined };
    }
    const taken = this.#taken;
    this.#takeAnswer(taken, at);
    if (at.now >= this.#dueAt() && taken.phase !== "ready") this.#fetch(taken, decision, fact, at);
    if (taken.phase === "ready" && at.now >= taken.since + UNANSWERED_MS) {
      taken.code = UNANSWERED;
      // An order that was lost is given again.
      if (at.now >= taken.since + REFUSED_AGAIN_MS) this.#fetch(taken, decision, fact, at);
    }
    const { phase, code } = taken;
    if (phase === "due" && code === undefined) return { state: "waiting", code, why: "turn" };
    return { state: phase === "due" ? "fetching" : phase, code, why: undefined };
  }

  /** Takes what update-flor has said to the order of this release. */
  #takeAnswer(taken: Taken, { now }: Moment): void {
    const last = this.#answerTo(taken);
    // A version from which the node went back for good is none that it takes.
    if (last === undefined || last.outcome === "whole") return;
    taken.answeredAt = last.at;
    taken.since = now;
    taken.code = last.code;
    taken.phase = last.code?.endsWith(INTERRUPTED) === true ? "due" : "refused";
    if (taken.phase === "due") taken.pace.handleFailure(now);
  }

  #answerTo({ record, answeredAt }: Taken): UpdateOutcome | undefined {
    const last = this.#seen.update?.last;
    return last?.record === record && last.at !== answeredAt ? last : undefined;
  }

  #fetch(
    taken: Taken,
    { packages, former }: Extract<Decision, { readonly kind: "take" }>,
    fact: Fact,
    at: Moment,
  ): void {
    if (taken.phase === "fetching") return;
    taken.phase = "fetching";
    taken.since = at.now;
    this.fetches++;
    this.#isSpooled = true;
    this.#isUnderWay = true;
    this.#orders.push({
      kind: "fetch",
      record: fact.id,
      releases: this.#copiesFor(fact).map(({ envelope }) => writeEnvelope(envelope)),
      roots: this.#options.book()!.roots.map(({ envelope }) => writeEnvelope(envelope)),
      packages,
      former,
    });
  }

  /** A record behind those of its slot with a lower epoch: what people have signed is among them, by which a record of programs is judged. */
  #copiesFor(fact: Fact): readonly Fact[] {
    const others = this.#options.book()!.in(slotOf(fact));
    const below = others.filter((other) => other.void !== true && other.epoch < fact.epoch);
    return [...below.toSorted((a, b) => a.epoch - b.epoch).slice(-COPIES_MAX), fact];
  }

  /** When something is due for the release that is on its way: monotonic. */
  #dueAt(): number {
    const taken = this.#taken;
    if (taken === undefined) return NEVER;
    switch (taken.phase) {
      case "due":
        return taken.pace.dueAt;
      case "ready":
        return taken.since + (taken.code === undefined ? UNANSWERED_MS : REFUSED_AGAIN_MS);
      case "refused":
        return taken.since + REFUSED_AGAIN_MS;
      default:
        return NEVER;
    }
  }

  /** Nothing is fetched any more; what is here already stays for the next time. */
  #stop(): void {
    this.#taken = undefined;
    if (this.#isUnderWay) this.#orders.push({ kind: "stop" });
    this.#isUnderWay = false;
  }

  #clear(): void {
    this.#taken = undefined;
    this.#isUnderWay = false;
    if (this.#isSpooled) this.#orders.push({ kind: "clear" });
    this.#isSpooled = false;
  }

  #tellState(before: ReleaseState | undefined, at: Moment): void {
    const state = this.#state;
    if (state === undefined || (state.state === before?.state && state.code === before.code)) return;
    const version = this.release(at)?.body.version ?? "";
    const about = { version, ...(state.code !== undefined && { reason: state.code }) };
    if (state.state === "current" && before !== undefined && version !== "")
      this.#tell("info", "RELEASE_TAKEN", about, "the node has the release");
    else if (state.state === "back")
      this.#tell(
        "error",
        "RELEASE_BACK",
        about,
        "the node was not whole with the release, and has gone back to the former packages",
      );
    else if (state.state === "refused")
      this.#tell("warn", "RELEASE_REFUSED", about, "the node does not take the release");
    else if (state.code === UNANSWERED)
      this.#tell(
        "warn",
        "RELEASE_UNANSWERED",
        about,
        "update-flor has not begun: is it installed, and its path unit enabled?",
      );
  }

  #tell(level: AgentNews["level"], code: AgentNews["code"], about: AgentNews["about"], text: string): void {
    this.#news.push({ level, code, about: { channel: this.#options.channel!, ...about }, text });
  }
}

/** Kinds of records on which the decision rests: the release, and whether the node is a phone. */
const RELEVANT: ReadonlySet<string> = new Set(["release", "role", "node", "root"]);

function plain(state: ReleaseState["state"]): ReleaseState {
  return { state, code: undefined, why: undefined };
}
