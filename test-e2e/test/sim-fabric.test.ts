/** Fleets in virtual time: real agents make links and routes, packets walk hop by hop, and much goes wrong. `npm run sim -- --fabric` runs other ones. */
import { FORMER_ROUTES_MS } from "@florenetes/fabric-flor/src/agent/routes/limits.ts";
import { compose } from "@florenetes/routes";
import { runs } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkEqualLeases } from "../src/sim/fabric/equal-leases.ts";
import { Fleet } from "../src/sim/fabric/fleet.ts";
import { BrokenPromise, FleetChecks } from "../src/sim/fabric/fleet-checks.ts";
import type { FleetFlow } from "../src/sim/fabric/fleet-flow.ts";
import { LED_SERVICE } from "../src/sim/fabric/fleet-plan.ts";
import { unreached } from "../src/sim/fabric/fleet-reach.ts";
import type { FleetVertex } from "../src/sim/fabric/fleet-vertex.ts";
import { FleetVoids } from "../src/sim/fabric/fleet-voids.ts";
import { runAway } from "../src/sim/fabric/run-away.ts";
import { runFleet } from "../src/sim/fabric/run-fleet.ts";
import { ShareChecks } from "../src/sim/fabric/share-checks.ts";
import { shareVerifications } from "../src/sim/facts/shared-verifications.ts";

const NODES = 24;
/** A time beyond all that a seed needs on a busy machine. */
const TIMEOUT_MS = 1_800_000;
const seeds = Array.from({ length: runs(20, 3) }, (_, seed) => seed);

test.each(seeds)("a fleet keeps its promises, and heals, seed %i", { timeout: TIMEOUT_MS }, (seed) => {
  const { outcomes, forwarded, charged, shareDenied, recoveries, heardMs } = runFleet({
    seed,
    nodes: NODES,
    rounds: runs(5, 2),
  });
  expect(outcomes.get("answered")).toBeGreaterThan(1_000);
  expect(forwarded).toBeGreaterThan(1_000);
  expect(charged).toBeGreaterThan(500);
  // The full hour, relays that know no shares, and machines that come back leave hardly a packet without its permit.
  expect(shareDenied).toBeLessThan(charged / 100);
  expect([...recoveries.values()].flat().length).toBeGreaterThan(0);
  expect(heardMs.length).toBeGreaterThan(0);
});

const soakTest = test.runIf(runs(1, 0) > 0);

soakTest.each([0, 1, 2])(
  "traffic goes on for an hour without agents, and over restarts of machines, and agents that come back move nothing, seed %i",
  { timeout: TIMEOUT_MS },
  (seed) => {
    const { flows, rebooted, moved } = runAway(seed, NODES);
    expect([flows > 10, rebooted.length, moved]).toEqual([true, 2, []]);
  },
);

soakTest("traffic that ends while agents are away is seen", { timeout: TIMEOUT_MS }, () => {
  expect(() => runAway(0, NODES, (fleet) => fleet.nodes.forEach(({ fleetVertex }) => fleetVertex.move()))).toThrow(
    /route/,
  );
});

/** Each promise is broken on purpose: a check that cannot fail says nothing. */
describe("a broken promise is seen:", () => {
  const checks = new FleetChecks();
  const fleet = new Fleet({ seed: 1, nodes: NODES, packetMs: 500, isPeaceful: true }, checks.watch);
  checks.fleet = fleet;
  const voids = new FleetVoids(fleet);
  checks.voids = voids;
  let stopSharing = (): void => undefined;

  beforeAll(() => {
    stopSharing = shareVerifications();
    fleet.start();
    fleet.mesh.runFor(90_000);
    expect(unreached(fleet, voids).lacking).toEqual([]);
  }, TIMEOUT_MS);
  afterAll(() => stopSharing());

  interface LeasedFlow {
    readonly vertex: FleetVertex;
    readonly flow: FleetFlow;
    readonly relay: string;
  }

  /** The flow whose packets a relay sends on, with its origin, that was answered last. */
  function leasedFlow(): LeasedFlow {
    let newest: LeasedFlow | undefined;
    for (const { fleetVertex: vertex } of fleet.nodes)
      for (const flow of vertex.flows.values()) {
        const names = flow.route?.name.split(">") ?? [];
        if (names.length > 1 && flow.answeredAt > (newest?.flow.answeredAt ?? fleet.now - 2_000))
          newest = { vertex, flow, relay: names[0]! };
      }
    if (newest === undefined) throw new Error("no packet goes over a relay");
    return newest;
  }

  function brokenWithin(ms: number): string | undefined {
    try {
      fleet.mesh.runFor(ms);
      return undefined;
    } catch (error) {
      if (error instanceof BrokenPromise) return error.promise;
      throw error;
    }
  }

  test("none is while nothing is spoiled", () => {
    expect(brokenWithin(2_000)).toBeUndefined();
    expect(checkEqualLeases(fleet)).toBeGreaterThan(0);
  });

  test("two organizations have one share", () => {
    const shares = new ShareChecks(fleet);
    const look = (): void => fleet.plan.coordinators.forEach((name) => shares.look(fleet.node(name)));
    look();
    const all = fleet.plan.coordinators.flatMap((name) => {
      const { agent, at } = fleet.node(name);
      const leases = [...agent.coordinator.work!.leases.shown(at)].flatMap(({ origin, leased }) => {
        return leased?.share === undefined ? [] : [{ origin, of: `${name} ${leased.share}` }];
      });
      return leases;
    });
    const { origin } = all.find((one) => all.some((each) => each.of === one.of && each.origin !== one.origin))!;
    const { organizations } = fleet.plan;
    const before = organizations.get(origin)!;
    organizations.set(origin, "another");
    expect(look).toThrow(/share: at/);
    organizations.set(origin, before);
  });

  test("a relay is permitted a share where no lease leads", () => {
    // These checks were told of no lease.
    const shares = new ShareChecks(fleet);
    expect(() => shares.checkPermits()).toThrow(/no lease leads where one is permitted/);
  });

  test("coordinators of equal input differ", () => {
    let count = 0;
    const differing: typeof compose = (want, options) => {
      const found = compose(want, options);
      return typeof found === "string" ? found : { ...found, rate: ++count };
    };
    expect(() => checkEqualLeases(fleet, differing)).toThrow(/equal leases/);
  });

  test("a packet comes to a vertex twice", () => {
    const { vertex, flow } = leasedFlow();
    const walk = { outcome: "unknownLabel", visited: [vertex, vertex], service: undefined, roundTripMs: 0 };
    expect(() => checks.handleWalk(vertex, flow, flow.route!, walk)).toThrow(/circle/);
  });

  test("an origin has no route though a host is there", () => {
    const { vertex, flow } = leasedFlow();
    flow.answeredAt = Number.NEGATIVE_INFINITY;
    expect(unreached(fleet, voids).lacking).toEqual([`${vertex.name} to ${flow.service}`]);
  });

  test("a relay sends on what its owner does not offer", () => {
    const relay = fleet.node(leasedFlow().relay).fleetVertex;
    const { view } = relay;
    relay.view = { ...view, relay: null };
    expect(brokenWithin(1_000)).toBe("offer");
    relay.view = { ...relay.view, relay: view.relay };
  });

  test("a packet follows a lease that its origin does not have", () => {
    // The origin whose packet has broken the promise before sends nothing any more: others are answered meanwhile.
    fleet.mesh.runFor(1_000);
    const { vertex } = leasedFlow();
    fleet.node(vertex.name).loseState();
    expect(brokenWithin(FORMER_ROUTES_MS), "streams wait on its routes").toBeUndefined();
    expect(brokenWithin(3_000)).toBe("lease");
  });

  test("a relay sends on what no permit lets pass", () => {
    // The origin that has lost its leases may send to other services yet: each of its packets breaks the promise of before once.
    for (let flows = 0; flows < 8 && brokenWithin(1_000) === "lease"; flows++);
    const { relay } = leasedFlow();
    fleet.node(relay).loseState();
    expect(brokenWithin(1_000)).toBe("permit");
  });

  test("what is void is used on", () => {
    const { flow, vertex } = leasedFlow();
    const [held] = fleet.node(vertex.name).agent.book!.all("policy", vertex.wall);
    // All have this record, and it takes nothing back.
    voids.add({ kind: "service", name: flow.service }, held!.id);
    // The relay that has lost its permits breaks its promise meanwhile, too.
    const broken = new Set(Array.from({ length: 40 }, () => brokenWithin(200)));
    expect(broken).toContain("void");
  });

  test("two hosts serve what has a leader", () => {
    const serve = (name: string): void => {
      const { fleetVertex } = fleet.node(name);
      const grants = [{ service: LED_SERVICE, until: fleetVertex.boot + 5_000 }];
      fleetVertex.performGrants({ kind: "grant", order: { life: { startedAt: 1, id: "1" }, grants } });
    };
    expect(() => fleet.plan.services.get(LED_SERVICE)!.forEach(serve)).toThrow(/leader/);
  });
});
