/**
 * The nodes of a partition, as an observer hears them: each by its newest report and profile. A node counts once, and in whatever order records come. `time` is that of a clock which
 * never goes back, in milliseconds. Pure.
 */
import type { ProfileBody, ReportBody } from "@florenetes/facts";
import { FINDINGS, type FindingName, findingsOfProfile, findingsOfReport, isImplausible } from "./findings.ts";
import { COUNTED_RATE_MAX, NODES_MAX } from "./limits.ts";
import { type Sample, Samples } from "./samples.ts";
import { GrowingSums, type Sums } from "./sums.ts";
import { addTo, countFinding, countNode, countValue, emptyTally, type Tally } from "./tally.ts";

/** A node's place by signed records. */
export interface NodePlace {
  readonly organization: string;
  readonly roles: readonly string[];
  readonly isPhone: boolean;
}

/** A record of a node that was judged. */
interface Heard<Body> {
  readonly epoch: number;
  /** By the clock that `time` is of. */
  readonly expires: number;
  readonly body: Body;
}

/** The outcome of a record; `older`: a newer one is there; `full`: there is no room for one more node. */
export type TakenAs = "taken" | "known" | "older" | "full";

interface Entry {
  reportEpoch: number;
  reportExpires: number;
  /** Measures of the report; the findings of both records are held as bits, in the order of `FINDINGS`. */
  tally: Tally;
  reportFindings: number;
  organization: string;
  roles: readonly string[];
  profileEpoch: number;
  profileExpires: number;
  profileFindings: number;
  version: string | undefined;
}

export interface FleetOptions {
  /** Contracts as this program speaks them. */
  readonly contracts: () => ProfileBody["contracts"];
  /** Nodes that are held at most; default: 65,536. */
  readonly nodesMax?: number;
}

const NONE = -1;

export class Fleet {
  readonly samples: Samples = new Samples();
  readonly #options: FleetOptions;
  readonly #nodes = new Map<string, Entry>();
  /** Lists of roles, one of each: most nodes have the same few. */
  readonly #roles = new Map<string, readonly string[]>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Nodes of which something is held. */
  get size(): number {
    return this.#nodes.size;
  }

  /** Whether a report of a node is there that has not ended. */
  hears(node: string, time: number): boolean {
    return time < (this.#nodes.get(node)?.reportExpires ?? 0);
  }

  /** Whether this very record of a node is held: there is no need to look at it again. */
  holds(kind: "report" | "profile", node: string, epoch: number, time: number): boolean {
    const entry = this.#nodes.get(node);
    if (entry === undefined) return false;
    const [held, expires] =
      kind === "report" ? [entry.reportEpoch, entry.reportExpires] : [entry.profileEpoch, entry.profileExpires];
    return held === epoch && time < expires;
  }

  takeReport(
    node: string,
    report: Heard<ReportBody> & Pick<Sample, "octets" | "takenAt">,
    place: NodePlace,
    time: number,
  ): TakenAs {
    const entry = this.#entry(node);
    if (entry === undefined) return "full";
    const { epoch, expires, body, octets, takenAt } = report;
    const came = standing(epoch, entry.reportEpoch, entry.reportExpires, time);
    if (came !== "taken") return came;
    const found = findingsOfReport(node, body);
    entry.reportEpoch = epoch;
    entry.reportExpires = expires;
    entry.tally = tallyOfReport(body, place.isPhone);
    entry.reportFindings = bitsOf(found);
    entry.organization = place.organization;
    entry.roles = this.#sameRoles(place.roles);
    const findings = findingsOf(entry.reportFindings | entry.profileFindings);
    this.samples.take({ node, octets, findings, takenAt }, this.#nodes.size);
    return "taken";
  }

  takeProfile(node: string, profile: Heard<ProfileBody>, time: number): TakenAs {
    const entry = this.#entry(node);
    if (entry === undefined) return "full";
    const { epoch, expires, body } = profile;
    const came = standing(epoch, entry.profileEpoch, entry.profileExpires, time);
    if (came !== "taken") return came;
    entry.profileEpoch = epoch;
    entry.profileExpires = expires;
    entry.profileFindings = bitsOf(findingsOfProfile(body, this.#options.contracts()));
    entry.version = body.software.version;
    return "taken";
  }

  /** Lets go of all. */
  clear(): void {
    this.#nodes.clear();
    this.samples.clear();
  }

  /** Lets go of what has ended, and of nodes that are no more. */
  forget(time: number, isNode: (node: string) => boolean): void {
    for (const [node, entry] of this.#nodes) {
      const isOver = time >= entry.reportExpires && time >= entry.profileExpires;
      if (isOver || !isNode(node)) this.#nodes.delete(node);
    }
    this.samples.forget((node) => this.hears(node, time));
  }

  /**
   * Adds up the nodes whose reports have not ended, by organizations: "" is all of them.
   *
   * @param silent Nodes of the partition by records, of which no report is there
   */
  sum(silent: Iterable<NodePlace>, time: number): Map<string, Sums> {
    const byOrganization = new Map<string, GrowingSums>([["", new GrowingSums()]]);
    const add = (organization: string, ...node: Parameters<GrowingSums["addNode"]>): void => {
      byOrganization.get("")!.addNode(...node);
      const own = byOrganization.get(organization) ?? new GrowingSums();
      byOrganization.set(organization, own);
      own.addNode(...node);
    };
    for (const entry of this.#nodes.values()) {
      if (time >= entry.reportExpires) continue;
      const knowsProfile = time < entry.profileExpires;
      const bits = entry.reportFindings | (knowsProfile ? entry.profileFindings : 0);
      const tally = emptyTally();
      addTo(tally, entry.tally);
      if (bits !== 0) countNode(tally, "unwell");
      for (const finding of findingsOf(bits)) countFinding(tally, finding);
      add(entry.organization, tally, entry.roles, knowsProfile ? entry.version : undefined);
    }
    for (const { organization, roles, isPhone } of silent) {
      const tally = emptyTally();
      countNode(tally, "silent");
      if (isPhone) countNode(tally, "phones");
      add(organization, tally, roles, undefined);
    }
    return byOrganization;
  }

  #entry(node: string): Entry | undefined {
    const known = this.#nodes.get(node);
    if (known !== undefined) return known;
    if (this.#nodes.size >= (this.#options.nodesMax ?? NODES_MAX)) return undefined;
    const entry: Entry = {
      reportEpoch: NONE,
      reportExpires: 0,
      tally: NOTHING,
      reportFindings: 0,
      organization: "",
      roles: [],
      profileEpoch: NONE,
      profileExpires: 0,
      profileFindings: 0,
      version: undefined,
    };
    this.#nodes.set(node, entry);
    return entry;
  }

  #sameRoles(roles: readonly string[]): readonly string[] {
    const name = roles.join(" ");
    const known = this.#roles.get(name) ?? roles;
    // The combinations of roles that records give are few; should they be many, none is held twice for long.
    if (this.#roles.size >= ROLE_LISTS_MAX) this.#roles.clear();
    this.#roles.set(name, known);
    return known;
  }
}

const NOTHING: Tally = emptyTally();
const ROLE_LISTS_MAX = 1_024;

function standing(epoch: number, heldEpoch: number, heldExpires: number, time: number): TakenAs {
  // A record that has ended stands in the way of none: a node whose clock was ahead is heard again.
  if (time >= heldExpires || epoch > heldEpoch) return "taken";
  return epoch === heldEpoch ? "known" : "older";
}

function tallyOfReport({ links, load, battery, offer }: ReportBody, isPhone: boolean): Tally {
  const tally = emptyTally();
  countNode(tally, "heard");
  if (isPhone) countNode(tally, "phones");
  if (offer !== undefined) countNode(tally, "relays");
  countValue(tally, "cpu", load.cpu);
  countValue(tally, "memory", load.memory);
  countValue(tally, "sockets", load.sockets);
  if (battery !== undefined) countValue(tally, "battery", battery);
  countValue(tally, "links", links.length);
  for (const link of links) {
    if (isImplausible(link)) continue;
    const [roundTrip, jitter, loss, rate, queue] = link.figures;
    countValue(tally, "round-trip", roundTrip);
    countValue(tally, "jitter", jitter);
    countValue(tally, "loss", loss);
    countValue(tally, "rate", Math.min(rate, COUNTED_RATE_MAX));
    countValue(tally, "queue", queue);
  }
  return tally;
}

function bitsOf(findings: readonly FindingName[]): number {
  return findings.reduce((bits, finding) => bits | (1 << FINDINGS.indexOf(finding)), 0);
}

function findingsOf(bits: number): readonly FindingName[] {
  return FINDINGS.filter((_, at) => (bits & (1 << at)) !== 0);
}
