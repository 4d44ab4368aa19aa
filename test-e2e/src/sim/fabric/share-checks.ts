/** Promises of shares in a fleet: two organizations never have the same one at a coordinator, and relays are permitted a share only where leases of that share lead. */
import { bodyOf, readFact } from "@florenetes/facts";
import { pairKey } from "@florenetes/routes";
import type { Fleet } from "./fleet.ts";
import { BrokenPromise } from "./fleet-checks.ts";
import type { FleetNode } from "./fleet-node.ts";

/**
 * Permits come before their leases. A lease or a route that does not leave is given up 20 s after it was composed, permits are looked at each 10 s for pairs that no lease needs, and may wait for
 * 5 s behind the ones before them, or be sent again then.
 */
const TAKEN_BACK_MS = 40_000;

export class ShareChecks {
  readonly #fleet: Fleet;
  /** Coordinator, relay, pair and share of all leases that were ever given. */
  readonly #leased = new Set<string>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Looks at the leases of a coordinator, which has given one just now: the next one may take its place soon. */
  look(node: FleetNode): void {
    const { plan } = this.#fleet;
    const owners = new Map<number, string>();
    for (const { origin, leased } of node.agent.coordinator.work?.leases.shown(node.at) ?? []) {
      if (leased === undefined) continue;
      const share = leased.share ?? 0;
      for (const { relay, from, to } of leased.routes.flatMap(({ pairs }) => pairs))
        this.#leased.add(`${node.name} ${relay} ${pairKey(from, to)} ${share}`);
      if (share === 0) continue;
      const organization = plan.organizations.get(origin)!;
      const owner = owners.get(share) ?? organization;
      owners.set(share, owner);
      if (owner !== organization)
        throw new BrokenPromise("share", `at ${node.name} ${owner} and ${organization} have ${share}`);
    }
  }

  /** Looks at what relays were permitted before, when the time has passed in which it leads somewhere, or is taken back. */
  checkPermits(): void {
    const permitted = [...this.#permitted()];
    this.#fleet.mesh.runFor(TAKEN_BACK_MS);
    const still = new Set(this.#permitted());
    const lost = permitted.find((each) => !this.#leased.has(each) && still.has(each));
    if (lost !== undefined) throw new BrokenPromise("share", `no lease leads where one is permitted: ${lost}`);
  }

  *#permitted(): Generator<string> {
    const { honest, wall } = this.#fleet;
    for (const node of honest) {
      for (const octets of node.keptRoutes.permits) {
        const fact = readFact(octets, "demo");
        if (typeof fact === "string" || fact.expires < wall) continue;
        for (const { share = 0, pairs } of bodyOf(fact, "permits")?.sets ?? [])
          for (const [from, to] of pairs)
            if (share !== 0) yield `${fact.issuer} ${node.name} ${pairKey(from, to)} ${share}`;
      }
    }
  }
}
