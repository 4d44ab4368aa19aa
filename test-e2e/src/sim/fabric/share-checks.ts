/** Promises of shares in a fleet: two organizations never have the same one at a coordinator, and relays are permitted a share only where leases of that share lead. */
import { bodyOf, readFact } from "@florenetes/facts";
import { pairKey } from "@florenetes/routes";
import type { Fleet } from "./fleet.ts";
import { BrokenPromise } from "./fleet-checks.ts";

/** Permits come before their leases, which leave within this time, or are taken back. */
const ISSUED_MS = 25_000;
const LOOK_MS = 1_000;
/** A coordinator that was started anew takes nothing back for a minute, and relays hear of it with their next letter. */
const TAKEN_BACK_MS = 130_000;
/** Former shares are permitted this rate, in kbit/s, for far ends that are quiet. */
const FORMER_RATE = 64;

export class ShareChecks {
  readonly #fleet: Fleet;
  /** Coordinator, relay, pair and share of all leases that were seen. */
  readonly #leased = new Set<string>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Looks at the leases of all coordinators. */
  look(): void {
    const { plan } = this.#fleet;
    for (const name of plan.coordinators) {
      const node = this.#fleet.node(name);
      if (!node.isRunning) continue;
      const owners = new Map<number, string>();
      for (const { origin, leased } of node.agent.coordinator.work?.leases.shown(node.at) ?? []) {
        if (leased === undefined) continue;
        const share = leased.share ?? 0;
        for (const { relay, from, to } of leased.routes.flatMap(({ pairs }) => pairs))
          this.#leased.add(`${name} ${relay} ${pairKey(from, to)} ${share}`);
        if (share === 0) continue;
        const organization = plan.organizations.get(origin)!;
        const owner = owners.get(share) ?? organization;
        owners.set(share, owner);
        if (owner !== organization)
          throw new BrokenPromise("share", `at ${name} ${owner} and ${organization} have ${share}`);
      }
    }
  }

  /** Lets time pass for leases that are on their way, and looks at what relays were permitted before. */
  checkPermits(): void {
    const permitted = [...this.#permitted()];
    for (let ms = 0; ms < ISSUED_MS; ms += LOOK_MS) {
      this.look();
      this.#fleet.mesh.runFor(LOOK_MS);
    }
    // An origin may go over to another coordinator while a lease is on its way: what relays were permitted for it is taken back then.
    const lostAt = (): string | undefined => {
      const still = new Set(this.#permitted());
      return permitted.find((each) => !this.#leased.has(each) && still.has(each));
    };
    for (let ms = 0; ms < TAKEN_BACK_MS && lostAt() !== undefined; ms += LOOK_MS) {
      this.look();
      this.#fleet.mesh.runFor(LOOK_MS);
    }
    const lost = lostAt();
    if (lost !== undefined) throw new BrokenPromise("share", `no lease leads where one is permitted: ${lost}`);
  }

  *#permitted(): Generator<string> {
    const { honest, wall } = this.#fleet;
    for (const node of honest) {
      for (const octets of node.keptRoutes.permits) {
        const fact = readFact(octets, "demo");
        if (typeof fact === "string" || fact.expires < wall) continue;
        for (const { share = 0, pairs } of bodyOf(fact, "permits")?.sets ?? [])
          for (const [from, to, rate] of pairs)
            if (share !== 0 && rate > FORMER_RATE) yield `${fact.issuer} ${node.name} ${pairKey(from, to)} ${share}`;
      }
    }
  }
}
