/** Records that take something back, and when each honest node of a fleet has heard of them. */
import type { Fleet } from "./fleet.ts";
import type { FleetNode } from "./fleet-node.ts";

/** A thing that is void: a node, a service, or the role of a relay. */
export interface FleetVoid {
  readonly kind: "node" | "service" | "relay";
  readonly name: string;
}

/** A void binds so long after it was heard of. */
const BINDS_MS = 3_000;
/** Nodes are asked so often what they have heard of. */
const LOOK_MS = 100;

interface Heard {
  readonly what: FleetVoid;
  readonly id: string;
  readonly saidAt: number;
  readonly heardAt: Map<string, number>;
  /** Nodes at which it shows that what was taken back has stopped, as far as that is looked for. */
  readonly boundAt: Map<string, number>;
}

export class FleetVoids {
  readonly #fleet: Fleet;
  readonly #voids: Heard[] = [];

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#look();
  }

  /** A record was handed in at some node. */
  add(what: FleetVoid, id: string): void {
    this.#voids.push({ what, id, saidAt: this.#fleet.now, heardAt: new Map(), boundAt: new Map() });
  }

  has(kind: FleetVoid["kind"], name: string): boolean {
    return this.#voids.some(({ what }) => what.kind === kind && what.name === name);
  }

  /** Whether a node that runs has heard long ago that something is void. */
  binds(at: string, kind: FleetVoid["kind"], name: string): boolean {
    if (this.#voids.length === 0) return false;
    const { now } = this.#fleet;
    return this.#voids.some(
      ({ what, heardAt }) =>
        what.kind === kind &&
        what.name === name &&
        now > (heardAt.get(at) ?? Number.POSITIVE_INFINITY) + BINDS_MS &&
        this.#fleet.node(at).runsSince < now - BINDS_MS,
    );
  }

  /** Milliseconds from when a void node was said to be void until honest nodes had heard of it, and from then until their links to it were down. */
  figures(): { readonly heardMs: readonly number[]; readonly boundMs: readonly number[] } {
    return {
      heardMs: this.#voids.flatMap(({ saidAt, heardAt }) => [...heardAt.values()].map((at) => at - saidAt)),
      boundMs: this.#voids.flatMap(({ heardAt, boundAt }) =>
        [...boundAt].map(([node, at]) => Math.max(0, at - heardAt.get(node)!)),
      ),
    };
  }

  #look(): void {
    for (const each of this.#voids) for (const node of this.#fleet.honest) if (node.isRunning) this.#lookAt(each, node);
    this.#fleet.mesh.scheduler.after(LOOK_MS, () => this.#look());
  }

  #lookAt({ what, id, heardAt, boundAt }: Heard, node: FleetNode): void {
    const { now } = this.#fleet;
    if (!heardAt.has(node.name)) {
      if (node.agent.book?.has(id) !== true) return;
      heardAt.set(node.name, now);
    }
    if (what.kind !== "node" || boundAt.has(node.name)) return;
    if (node.fleetVertex.links.to(what.name)?.isUp !== true) boundAt.set(node.name, now);
  }
}
