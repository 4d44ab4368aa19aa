/** The grounds on which leases and permits are checked, and are good: records of the book, and when their coordinators were heard. Pure. */
import { type Fact, type FactBook, type JudgeOptions } from "@florenetes/facts";
import {
  directoryOf,
  heldUntil,
  isCoordinator,
  RELAY_ROLE,
  SILENT_MS,
  type Standing,
  standingOf,
} from "@florenetes/routes";
import type { View, ViewLink } from "../door/view.ts";
import type { Moment } from "../moment.ts";
import { clusterPolicy } from "../records/cluster-policy.ts";
import { readRecord } from "../records/read-record.ts";
import { standingOf as nodeStanding } from "../records/standing.ts";

export interface RouteGroundsOptions {
  readonly cluster: string;
  readonly node: string;
  readonly development: boolean;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  /** When a coordinator was heard last, in monotonic milliseconds; undefined: not in this life of the process. */
  readonly heardAt: (coordinator: string, at: Moment) => number | undefined;
  /** Whether a link of the overlay, by its name, is still wanted here. */
  readonly isOrdered: (link: string) => boolean;
}

export class RouteGrounds {
  readonly #options: RouteGroundsOptions;
  /** Since when each coordinator has been heard without a silence, and when it was heard last: both monotonic. */
  readonly #heard = new Map<string, { since: number; last: number }>();

  constructor(options: RouteGroundsOptions) {
    this.#options = options;
  }

  get node(): string {
    return this.#options.node;
  }

  get book(): FactBook | undefined {
    return this.#options.book();
  }

  /** When a coordinator was heard last, in monotonic milliseconds; undefined: not of late. */
  heardAt(coordinator: string, at: Moment): number | undefined {
    return this.#options.heardAt(coordinator, at);
  }

  /** The partition of this node; undefined: it has no record in force. */
  partition(now: number): string | undefined {
    return this.book && directoryOf(this.book, now).node(this.node)?.partition;
  }

  /** The nodes with the role that leases routes in the cluster to the partition of this node. */
  coordinators(candidates: Iterable<string>, now: number): string[] {
    const partition = this.partition(now);
    if (partition === undefined) return [];
    return [...candidates].filter((name) => this.#isCoordinator(name, partition, "cluster", now)).sort();
  }

  /** The grounds of the judge; undefined: there is no root yet. */
  judgeOptions(now: number): JudgeOptions | undefined {
    const { book } = this;
    const { development } = this.#options;
    return book === undefined ? undefined : { authority: book.authority, held: book, now, development };
  }

  /**
   * The grounds on which a record that was kept over a restart is checked: it was taken before it ended, and is to be judged by that time.
   */
  judgeKept(octets: Uint8Array, now: number): JudgeOptions | undefined {
    const fact = this.read(octets);
    return fact === undefined ? undefined : this.judgeOptions(Math.min(now, fact.expires - 1));
  }

  /** The members of a record, which nobody has judged; undefined: it is none. */
  read(octets: Uint8Array): Fact | undefined {
    return readRecord(octets, this.#options.cluster);
  }

  isVoid(node: string, now: number): boolean {
    return nodeStanding(this.book, node, now).kind === "void";
  }

  /** Whether permits are good at present: as other records of a coordinator, and where this node may relay. */
  permitsStanding(permits: Fact, at: Moment): Standing {
    const partition = this.partition(at.wall);
    const { book, node } = this;
    const mayRelay =
      book !== undefined &&
      partition !== undefined &&
      directoryOf(book, at.wall).hasRole(node, RELAY_ROLE, partition, permits.scope);
    return mayRelay ? this.standingOf(permits, at) : "void";
  }

  /** Whether a record of a coordinator is good at present. */
  standingOf({ expires, issuer = "", scope }: Fact, at: Moment): Standing {
    const { book } = this;
    const heard = this.#answersSince(issuer, at);
    const partition = this.partition(at.wall);
    const hasRole = partition !== undefined && this.#isCoordinator(issuer, partition, scope, at.wall);
    return standingOf(expires, {
      now: at.wall,
      heard: heard === undefined ? undefined : at.wall - (at.now - heard),
      checkpoint: this.#checkpoint(book, at.wall),
      ...this.#hold(at.wall),
      isVoid: this.isVoid(issuer, at.wall) || !hasRole,
    });
  }

  /**
   * When a coordinator was heard last, once it has been heard for as long as a silence is. One that has come back needs time to renew what was held meanwhile.
   */
  #answersSince(coordinator: string, at: Moment): number | undefined {
    const last = this.#options.heardAt(coordinator, at);
    if (last === undefined) return undefined;
    const known = this.#heard.get(coordinator);
    const heard = known === undefined || last - known.last > SILENT_MS ? { since: last, last } : { ...known, last };
    this.#heard.set(coordinator, heard);
    return at.now - heard.since < SILENT_MS ? undefined : last;
  }

  /** When a coordinator counts as silent, should it be heard no more, in milliseconds since 1970; Infinity: it is silent. */
  silentAt(coordinator: string, at: Moment): number {
    const last = this.#options.heardAt(coordinator, at);
    return last === undefined || !this.isHeard(coordinator, at) ? Infinity : at.wall + last + SILENT_MS - at.now;
  }

  /** The links of a view that routes may begin with: those of the overlay that this node orders no more go as soon as the vertex reads that. */
  linksOf({ links }: Pick<View, "links">): readonly ViewLink[] {
    return links.filter(({ name, overlay }) => !overlay || this.#options.isOrdered(name));
  }

  /** Whether a coordinator is not silent. */
  isHeard(coordinator: string, at: Moment): boolean {
    const last = this.#options.heardAt(coordinator, at);
    return last !== undefined && at.now - last < SILENT_MS;
  }

  /** Whether a coordinator that was silent is heard again, and had no time yet to renew what is held. */
  isBack(coordinator: string, at: Moment): boolean {
    return this.isHeard(coordinator, at) && this.#answersSince(coordinator, at) === undefined;
  }

  /** The last moment at which a record may be good, in milliseconds since 1970: for whoever goes on without an agent. */
  heldUntil({ expires }: Fact, now: number): number {
    return heldUntil(expires, this.#hold(now));
  }

  #hold(now: number): { readonly policySeconds: number | undefined } {
    return { policySeconds: clusterPolicy(this.book, now)?.hold };
  }

  /** When the newest checkpoint was issued; undefined: the policy names no log. One that is missing is as old as can be. */
  #checkpoint(book: FactBook | undefined, now: number): number | undefined {
    if (clusterPolicy(this.book, now)?.log === undefined) return undefined;
    return Math.max(0, ...[...(book?.all("checkpoint", now) ?? [])].map(({ issued }) => issued));
  }

  #isCoordinator(name: string, partition: string, scope: string, now: number): boolean {
    return this.book !== undefined && isCoordinator(directoryOf(this.book, now), name, partition, scope);
  }
}
