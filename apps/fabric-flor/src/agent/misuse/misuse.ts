/**
 * Misuse by nodes and by organizations: what costs others work and serves nobody. It is counted by whom it is, as far as that is proven, and whoever is beyond a limit is slowed, and told of. Nobody
 * is shut out here: that is for the quorum of people, by a void record. docs/operate/fabric.md has the limits. Pure.
 */
import type { AgentNews } from "../agent-orders.ts";
import type { AgentRoom } from "../agent-room.ts";
import type { Moment } from "../moment.ts";
import { type CountedName, CountedNames, slowedMs } from "./counted-names.ts";
import { MOST, NAMES_MAX, ORGANIZATIONS_COUNTED_MAX, QUIET_MOST, SLOWED_MS } from "./limits.ts";
import { MISUSE_KINDS, type MisuseKind, type Perpetrator } from "./misuse-kinds.ts";

/** Misuse as people are told of it. */
export interface ShownMisuse extends Perpetrator {
  readonly of: MisuseKind;
  /** Within the last hour, and how much of it is let pass. */
  readonly count: number;
  readonly most: number;
  /** Monotonic milliseconds; undefined: it is not slowed. */
  readonly since: number | undefined;
  readonly slowedUntil: number | undefined;
  /** For how long it was slowed within the last day, in milliseconds. */
  readonly slowedMs: number;
}

interface Table {
  readonly of: MisuseKind;
  readonly by: Perpetrator["by"];
  readonly most: number;
  readonly names: CountedNames;
}

export class Misuse implements AgentRoom {
  /** How much was counted, and how much was not done, or later, as its causer is slowed. */
  readonly counted: Map<MisuseKind, number> = new Map();
  readonly heldBack: Map<MisuseKind, number> = new Map();
  readonly #tables: readonly Table[] = MISUSE_KINDS.flatMap((of) =>
    Object.entries(MOST[of]).map(([key, most]) => {
      const by = key as Perpetrator["by"];
      return { of, by, most, names: new CountedNames(by === "organization" ? ORGANIZATIONS_COUNTED_MAX : NAMES_MAX) };
    }),
  );
  readonly #news: AgentNews[] = [];

  /** Counts what somebody has done, and slows whoever is beyond the limit. */
  count(of: MisuseKind, { by, name }: Perpetrator, { now }: Moment): void {
    this.#expire(now);
    this.counted.set(of, (this.counted.get(of) ?? 0) + 1);
    this.#add(this.#tableOf(of, by), name, now);
  }

  /**
   * Counts what a node has done for itself and for its organization. What a node does while it is slowed itself counts for itself alone, so that one node slows no other one.
   *
   * @param organization Undefined: no record says it
   */
  countNode(of: MisuseKind, node: string, organization: string | undefined, at: Moment): void {
    this.count(of, { by: "node", name: node }, at);
    const { names } = this.#tableOf(of, "node");
    if (organization === undefined || names.isSlowed(node, at.now) || names.countOf(node, at.now) === 0) return;
    this.#add(this.#tableOf(of, "organization"), organization, at.now);
  }

  /** Whether a node is slowed: by its own limit; or as its organization is beyond its, and the node is none of the quiet ones there. */
  isNodeSlowed(of: MisuseKind, node: string, organization: string | undefined, { now }: Moment): boolean {
    const nodes = this.#tableOf(of, "node").names;
    if (nodes.isSlowed(node, now)) return true;
    if (organization === undefined || !this.#tableOf(of, "organization").names.isSlowed(organization, now))
      return false;
    return nodes.countOf(node, now) > QUIET_MOST;
  }

  /** Whether something of somebody is to be looked at now: of a slowed one, once in a while. */
  mayLook(of: MisuseKind, { by, name }: Perpetrator, { now }: Moment): boolean {
    const mayLook = this.#tableOf(of, by).names.mayLook(name, now);
    if (!mayLook) this.handleHeldBack(of);
    return mayLook;
  }

  isSlowed(of: MisuseKind, { by, name }: Perpetrator, { now }: Moment): boolean {
    return this.#tableOf(of, by).names.isSlowed(name, now);
  }

  /** Something was not done, or is done later, as its causer is slowed. */
  handleHeldBack(of: MisuseKind): void {
    this.heldBack.set(of, (this.heldBack.get(of) ?? 0) + 1);
  }

  /** How many names are slowed for misuse of each kind. */
  slowed(): ReadonlyMap<MisuseKind, number> {
    return new Map(MISUSE_KINDS.map((of) => [of, this.#tables.reduce((sum, each) => sum + slowedIn(each, of), 0)]));
  }

  /** All that is counted: first who is slowed, then who was within a day, then those with the highest counts. */
  shown({ now }: Moment): readonly ShownMisuse[] {
    const all = this.#tables.flatMap((table) => [...table.names.all()].map((name) => shownOf(table, name, now)));
    const order = ({ slowedUntil, slowedMs: ms, count }: ShownMisuse): readonly number[] => [
      slowedUntil ?? 0,
      ms,
      count,
    ];
    const told = all.filter(({ count, slowedMs: ms }) => count > 0 || ms > 0);
    return told.toSorted((one, other) => compareLists(order(other), order(one)));
  }

  advance({ now }: Moment): void {
    this.#expire(now);
  }

  nextTimeout(): number {
    return Math.min(...this.#tables.map(({ names }) => names.nextTimeout()));
  }

  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  #add({ of, by, most, names }: Table, name: string, now: number): void {
    const count = names.add(name, now);
    if (count === undefined || count <= most || !names.slow(name, now)) return;
    const about = { of, [by]: name, count, most, minutes: SLOWED_MS / 60_000 };
    const text = `this ${by} has caused too much within an hour, and is slowed`;
    this.#news.push({ level: "warn", code: "MISUSE_SLOWED", about, text });
  }

  #expire(now: number): void {
    for (const { of, by, names } of this.#tables) {
      if (now < names.nextTimeout()) continue;
      for (const { name } of names.expire(now))
        this.#news.push({
          level: "info",
          code: "MISUSE_OVER",
          about: { of, [by]: name },
          text: `this ${by} is slowed no more`,
        });
    }
  }

  #tableOf(of: MisuseKind, by: Perpetrator["by"]): Table {
    return this.#tables.find((table) => table.of === of && table.by === by)!;
  }
}

function slowedIn({ of, names }: Table, kind: MisuseKind): number {
  return of === kind ? names.slowed : 0;
}

function shownOf({ of, by, most, names }: Table, counted: CountedName, now: number): ShownMisuse {
  const { name, count, slowed } = counted;
  const { from: since, until: slowedUntil } = (names.isSlowed(name, now) ? slowed.at(-1) : undefined) ?? {};
  return { of, by, name, count: count.at(now), most, since, slowedUntil, slowedMs: slowedMs(counted, now) };
}

function compareLists(one: readonly number[], other: readonly number[]): number {
  for (const [place, value] of one.entries()) if (value !== other[place]) return value - other[place]!;
  return 0;
}
