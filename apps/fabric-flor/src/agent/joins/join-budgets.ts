/**
 * The budgets of organizations for joins: how many nodes, how many joins that wait, and how many that are let in within an hour. Each program counts those that it has signed itself. Pure.
 */
import { type Fact, type FactBook, type Join, type JoinQuota, limitOf } from "@florenetes/facts";
import { JOINS_COUNTED_MAX } from "../limits.ts";
import type { Moment } from "../moment.ts";
import { organizationBudget } from "../records/organization-budget.ts";

export interface JoinSight {
  readonly book: FactBook;
  /** Records of nodes in force, by their organizations. */
  readonly members: ReadonlyMap<string, readonly Fact[]>;
  /** When the joins of an organization that wait here were made, in milliseconds since 1970, but that which is asked for. */
  readonly waiting: readonly number[];
}

/** A node that this program has let in, as far as it is concerned. */
interface Signed {
  readonly node: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const HOUR_MS = 3_600_000;
/** A node whose record has not come so long after this program has signed it is no longer expected: its join has ended. */
const EXPECTED_MS = 300_000;
const SECOND_MS = 1_000;

export class JoinBudgets {
  /** By organizations, of the last hour. */
  readonly #signed = new Map<string, readonly Signed[]>();

  /** Takes note of a node that this program signs. The oldest of the organization are forgotten beyond so many. */
  handleSigned(organization: string, node: string, { wall }: Moment): void {
    for (const each of this.#signed.keys()) this.#forget(each, wall);
    const own = [...(this.#signed.get(organization) ?? []), { node, at: wall }];
    this.#signed.set(organization, own.slice(-JOINS_COUNTED_MAX));
  }

  /** How many nodes there are, and how many were let in within an hour. */
  usedOf(
    organization: string,
    members: readonly Fact[],
    { wall }: Moment,
  ): { readonly nodes: number; readonly joins: number } {
    const { counted, expected, names } = this.#ownOf(organization, members, wall);
    return { nodes: names.size + expected.length, joins: counted.length };
  }

  /**
   * Says by which limit a join may not go on; undefined: it may.
   *
   * @param isNew Whether the join does not wait yet: then those that do are counted, too
   */
  quotaOf(
    { node }: Join,
    organization: string,
    sight: JoinSight,
    isNew: boolean,
    { wall }: Moment,
  ): JoinQuota | undefined {
    const budget = organizationBudget(sight.book, organization, wall)?.body;
    if (budget === undefined) return undefined;
    const members = sight.members.get(organization) ?? [];
    const { counted, expected, names } = this.#ownOf(organization, members, wall, node);
    const seconds = (end: number): number =>
      Number.isFinite(end) ? Math.max(1, Math.ceil((end - wall) / SECOND_MS)) : 0;
    const limits: readonly [JoinQuota["of"], number, number][] = [
      ["nodes", names.size + expected.length, earliest(members.map(({ expires }) => expires))],
      ["joins", counted.length, earliest(counted.map(({ at }) => at + HOUR_MS))],
      ["candidates", isNew ? sight.waiting.length : 0, earliest(sight.waiting.map((time) => time + EXPECTED_MS))],
    ];
    for (const [of, used, end] of limits) {
      const most = limitOf(budget, of);
      if (most !== undefined && used >= most && (isNew || of !== "candidates"))
        return { of, used, most, seconds: seconds(end) };
    }
    return undefined;
  }

  /** The names of an organization's nodes, and those that this program has let in: within an hour, and of them those whose records are still expected. */
  #ownOf(organization: string, members: readonly Fact[], wall: number, except?: string) {
    const names = new Set(members.map(({ subject }) => subject));
    this.#forget(organization, wall);
    const own = (this.#signed.get(organization) ?? []).filter((each) => each.node !== except);
    const isExpected = ({ at }: Signed): boolean => wall < at + EXPECTED_MS;
    const expected = own.filter((each) => !names.has(each.node) && isExpected(each));
    const counted = own.filter((each) => names.has(each.node) || isExpected(each));
    return { names, expected, counted };
  }

  /** Forgets the joins of an organization that are an hour old. */
  #forget(organization: string, wall: number): void {
    const left = (this.#signed.get(organization) ?? []).filter(({ at }) => wall < at + HOUR_MS);
    if (left.length > 0) this.#signed.set(organization, left);
    else this.#signed.delete(organization);
  }
}

/** The first of some times, of which there may be many; Infinity: there is none. */
function earliest(times: readonly number[]): number {
  return times.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY);
}
