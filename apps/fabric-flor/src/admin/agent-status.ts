/** An agent, as it shows itself. Times are ISO 8601 strings, durations milliseconds, `null` is what is not known. */
import type { Fact, FactBook } from "@florenetes/facts";
import type { Agent } from "../agent/agent.ts";
import type { DoorFault } from "../agent/door/door-sync.ts";
import type { ViewAuto } from "../agent/door/view.ts";
import { linksStatus, type LinksStatus } from "./links-status.ts";
import { coordinatorStatus, type CoordinatorStatus } from "./coordinator-status.ts";
import { type OrdersStatus, ordersStatus } from "./orders-status.ts";
import { telemetryStatus, type TelemetryStatus } from "./telemetry-status.ts";
import { usageStatus, type UsageStatus } from "./usage-status.ts";
import { logStatus, type LogStatus } from "./log-status.ts";
import { mailStatus, type MailStatus } from "./mail-status.ts";
import { releaseStatus, type ReleaseStatus } from "./release-status.ts";
import { misuseStatus, type MisuseStatus } from "./misuse-questions.ts";
import { leadersStatus, type LeadersStatus } from "./leaders-status.ts";
import { routesStatus, type RoutesStatus } from "./routes-status.ts";
import type { Moment } from "../agent/moment.ts";
import { hostsOf } from "../agent/plan/used-services.ts";
import { INDEXED_KINDS, type RecordIndex } from "../agent/records/record-index.ts";
import type { ClockFault } from "../agent/watch/clock-watch.ts";
import type { EndState } from "../agent/watch/record-ends.ts";

export interface AgentStatus {
  /** The root descriptor in force. */
  readonly root: RootStatus | null;
  /** Whether this node has a record: `other-key` names a key that is not this node's. */
  readonly standing: "in-force" | "no-record" | "other-key" | "void";
  /** The records that this node rests on, the first end first: the root, its own record and roles, policies, collections that it holds. One that has ended stays until another has come. */
  readonly ends: readonly EndStatus[];
  /** Why the wall clock seems to be wrong; null: nothing says so. */
  readonly clock: ClockFault | null;
  readonly records: {
    readonly count: number;
    readonly octets: number;
    /** How many of each kind are in force. */
    readonly kinds: Readonly<Record<string, number>>;
    /** How many there are in each section; `kept` are offered to nobody. */
    readonly sections: Readonly<Record<string, number>>;
    /** How many were judged, by what came of them: `taken`, or the reason against them (facts.md). */
    readonly judged: Readonly<Record<string, number>>;
  };
  readonly neighbours: readonly NeighbourStatus[];
  readonly services: readonly ServiceStatus[];
  /** Handshakes with hosts that came to nothing, by their reasons: `unproven`, `wrong-identity`. */
  readonly failedProofs: Readonly<Record<string, number>>;
  readonly door: DoorStatus;
  /** The log of the cluster; null: the node keeps no copy, and the policy names no signers. */
  readonly log: LogStatus | null;
  /** The rule `renew` of the config's `signer`; null: it has none. */
  readonly renewals: RenewalStatus | null;
  /** The rule `tokens` of the config's `signer`; null: it has none. */
  readonly joins: JoinsStatus | null;
  /** Mail to and from control nodes, and what of others' passes here. */
  readonly mail: MailStatus;
  /** Links that this node makes by itself, and who is let in. */
  readonly links: LinksStatus;
  /** Leased routes, permits, and letters to coordinators. */
  readonly routes: RoutesStatus;
  /** The partition that this node coordinates; null: none. */
  readonly coordinator: CoordinatorStatus | null;
  readonly usage: UsageStatus;
  readonly orders: OrdersStatus;
  readonly telemetry: TelemetryStatus;
  /** The release of the channel that this node follows; null: it follows none. */
  readonly releases: ReleaseStatus | null;
  /** Services with one host at a time. */
  readonly leaders: LeadersStatus;
  /** Work that others cost without use, and who is slowed for it. */
  readonly misuse: MisuseStatus;
}

interface RenewalStatus {
  /** Whether the root lists the key as a program's. */
  readonly isListed: boolean;
  /** Renewals that are due and wait for signatures. */
  readonly due: number;
  /** How many of them are of records of whose life three quarters have passed. */
  readonly late: number;
  /** Renewals that were signed here. */
  readonly signed: number;
  /** The code of what keeps the key from signing; null: nothing. */
  readonly fault: string | null;
}

interface JoinsStatus {
  /** Whether the root lists the key as a program's. */
  readonly isListed: boolean;
  /** Whether as many programs as have to sign can meet: one alone, or by the board of a store. */
  readonly canMeet: boolean;
  /** Whether this program signs nothing until it has read the log wholly. */
  readonly isBehind: boolean;
  /** Tokens in force. */
  readonly tokens: number;
  /** Nodes that wait for signatures. */
  readonly waiting: number;
  /** Records of nodes that were signed here. */
  readonly signed: number;
  /** Joins that were handed in here and refused, by the reasons. */
  readonly refused: Readonly<Record<string, number>>;
  /** The code of what keeps the key from signing; null: nothing. */
  readonly fault: string | null;
}

export interface EndStatus {
  readonly kind: string;
  readonly scope: string;
  readonly subject: string;
  readonly epoch: number;
  readonly expires: string;
  readonly endsInMs: number;
  readonly state: EndState;
}

interface RootStatus {
  readonly version: number;
  readonly id: string;
  readonly isDevelopment: boolean;
  readonly issued: string;
  readonly expires: string;
  readonly ageMs: number;
  readonly endsInMs: number;
  /** Next versions that recovery keys have signed: each is in force when the node has run for so long. */
  readonly waiting: readonly { readonly version: number; readonly id: string; readonly leftMs: number }[];
}

export interface NeighbourStatus {
  readonly peer: string;
  /** A link to it that is up. */
  readonly link: string | null;
  /**
   * `reading`: this agent reads at the neighbour's. `opening`: a stream is on its way. `waiting`: one has failed, and is tried again. `muted`: it has
   * made too many faults. `down`: no link to it is up.
   */
  readonly state: "reading" | "opening" | "waiting" | "muted" | "down";
  /** Whether the neighbour reads here. */
  readonly isServed: boolean;
  /** The row of its database up to which each section was read. */
  readonly cursors: Readonly<Record<string, number>>;
  readonly taken: number;
  readonly refused: number;
  readonly mutedForMs: number | null;
  /** Why the last stream ended, or why it is muted; "": no fault. */
  readonly fault: string;
  /** Its wall clock less ours, when it greeted. */
  readonly clockAheadMs: number | null;
}

export interface ServiceStatus {
  /** The name by which it is wanted here. */
  readonly service: string;
  /** `cluster`, or `org/` and the name of the organization whose service it is. */
  readonly scope: string;
  /** The name that it proves. */
  readonly proves: string;
  readonly active: RecordStatus | null;
  readonly candidate: RecordStatus | null;
  readonly fallbacks: readonly RecordStatus[];
  readonly isVoid: boolean;
  /** The path that new streams take, and the one that is to be proven, or has failed and is left alone for a while. */
  readonly path: string | null;
  readonly next: string | null;
  /** The state of `next`, as the cluster vertex knows it, and why. */
  readonly state: ViewAuto["state"];
  readonly text: string;
}

export interface RecordStatus {
  readonly id: string;
  readonly epoch: number;
  readonly generation: number;
  readonly expires: string;
  readonly hosts: readonly string[];
}

interface DoorStatus {
  /** Why it does not answer; null: it does. */
  readonly away: DoorFault | null;
  /** Why it does not take the overlay; null: it does, or was not asked. */
  readonly refused: DoorFault | null;
  /** The generation of the overlay in force. */
  readonly generation: number | null;
  /** Whether that is the one that records come to. */
  readonly isInSync: boolean;
  readonly posted: number;
  readonly refusals: number;
  readonly paths: number;
  /** Parts of the overlay that the operator's file does not let in. */
  readonly leftOut: readonly { readonly what: string; readonly why: string }[];
  /** Services for which there was no room in it. */
  readonly noRoom: readonly string[];
}

export function agentStatus(agent: Agent, at: Moment): AgentStatus {
  const { book } = agent;
  return {
    root: book === undefined ? null : rootStatus(book, at.wall),
    standing: agent.nodeFault ?? "in-force",
    ends: endStatus(agent, at.wall),
    clock: agent.watch.clockFault(at.wall) ?? null,
    records: {
      count: book?.size ?? 0,
      octets: book?.octets ?? 0,
      kinds: book === undefined ? {} : kindCounts(agent.records.index, at.wall),
      sections: agent.records.sections,
      judged: Object.fromEntries(agent.judged),
    },
    neighbours: neighbourStatus(agent, at.now),
    services: serviceStatus(agent),
    failedProofs: Object.fromEntries(agent.planner.failedProofs),
    door: doorStatus(agent),
    log: logStatus(agent.log, at.wall),
    renewals: renewalStatus(agent, at.wall),
    joins: joinsStatus(agent, at.wall),
    mail: mailStatus(agent, at),
    links: linksStatus(agent, at),
    routes: routesStatus(agent, at),
    coordinator: coordinatorStatus(agent, at),
    usage: usageStatus(agent, at),
    orders: ordersStatus(agent),
    telemetry: telemetryStatus(agent, at),
    releases: releaseStatus(agent, at),
    leaders: leadersStatus(agent, at),
    misuse: misuseStatus(agent),
  };
}

function renewalStatus({ renewals }: Agent, wall: number): RenewalStatus | null {
  const { hasRule, isListed, signed, fault } = renewals;
  return hasRule ? { isListed, ...renewals.waiting(wall), signed, fault: fault ?? null } : null;
}

function joinsStatus({ joins, book }: Agent, wall: number): JoinsStatus | null {
  const { hasRule, isListed, canMeet, isBehind, waiting, signed, refused, fault } = joins;
  if (!hasRule) return null;
  const tokens = book === undefined ? 0 : [...book.all("token", wall)].length;
  const counts = { tokens, waiting, signed, refused: Object.fromEntries(refused) };
  return { isListed, canMeet, isBehind, ...counts, fault: fault ?? null };
}

function endStatus({ watch }: Agent, now: number): readonly EndStatus[] {
  return watch.ends(now).map(({ fact: { kind, scope, subject, epoch, expires }, state }) => ({
    kind,
    scope,
    subject,
    epoch,
    expires: new Date(expires).toISOString(),
    endsInMs: expires - now,
    state,
  }));
}

function rootStatus({ authority, recovery }: FactBook, now: number): RootStatus {
  const { root, isDevelopment, version } = authority;
  return {
    version,
    id: root.id,
    isDevelopment,
    issued: new Date(root.issued).toISOString(),
    expires: new Date(root.expires).toISOString(),
    ageMs: now - root.issued,
    endsInMs: root.expires - now,
    waiting: recovery.waiting.map(({ fact: { epoch, id }, leftMs }) => ({ version: epoch, id, leftMs })),
  };
}

function kindCounts(index: RecordIndex, now: number): Record<string, number> {
  const kinds = INDEXED_KINDS.filter((kind) => kind !== "root");
  return Object.fromEntries(kinds.map((kind) => [kind, index.records(kind, now).size]));
}

function neighbourStatus({ feeds }: Agent, now: number): readonly NeighbourStatus[] {
  return [...feeds.neighbours].map((neighbour): NeighbourStatus => {
    const { peer, conduct, reading, isGreeted, cursors, taken, refused, clockAheadMs } = neighbour;
    const link = feeds.linkTo(peer) ?? null;
    const isMuted = conduct.isMuted(now);
    const state = reading === undefined ? (link === null ? "down" : "waiting") : isGreeted ? "reading" : "opening";
    return {
      peer,
      link,
      state: isMuted ? "muted" : state,
      isServed: feeds.isServed(peer),
      cursors: Object.fromEntries((cursors?.cursors ?? []).map(({ section, sequence }) => [section, sequence])),
      taken,
      refused,
      mutedForMs: isMuted ? conduct.mutedUntil - now : null,
      fault: isMuted ? neighbour.muteReason : (neighbour.fault ?? ""),
      clockAheadMs: clockAheadMs ?? null,
    };
  });
}

function serviceStatus({ planner, door }: Agent): readonly ServiceStatus[] {
  return planner.services.wanted.map(({ name, scope, service: proves, isVoid, state, failure }) => {
    const { active, candidate, fallbacks } = state;
    const auto = door.view?.auto.find(({ service }) => service === name);
    // A host that failed is on no lead until it is tried again.
    const tried = auto?.next === null ? (failure ?? auto) : auto;
    return {
      service: name,
      scope,
      proves,
      active: active === undefined ? null : recordStatus(active),
      candidate: candidate === undefined ? null : recordStatus(candidate),
      fallbacks: fallbacks.map(recordStatus),
      isVoid,
      path: auto?.path ?? null,
      next: tried?.next ?? null,
      state: tried?.state ?? "none",
      text: tried?.text ?? "",
    };
  });
}

function recordStatus(record: Fact): RecordStatus {
  const { id, epoch, generation, expires } = record;
  return { id, epoch, generation, expires: new Date(expires).toISOString(), hosts: hostsOf(record) };
}

function doorStatus({ door, planner }: Agent): DoorStatus {
  const { view, away, refused, isInSync, posted, refusals } = door;
  return {
    away: away ?? null,
    refused: refused ?? null,
    generation: view?.generation ?? null,
    isInSync,
    posted,
    refusals,
    paths: view?.overlay.paths.length ?? 0,
    leftOut: view?.leftOut ?? [],
    noRoom: planner.leftOut,
  };
}
