import { agentStatus } from "../agents/fabric-status.ts";
import { CapturedCoordinator, type ForgedRecord } from "../agents/captured-coordinator.ts";
import { CAPTURED_MESH, CAPTURED_SCENE } from "../agents/scene.ts";
import type { Attack, Check } from "../attack.ts";
import type { Ground } from "../ground.ts";

const HOUR_MS = 3_600_000;
/** How long a node that no longer asks is given to say something all the same. */
const LATE_MS = 5_000;
const MTU = 1_300;
/** kbit/s: twice what a relay's owner lets pass. */
const TOO_FAST = 2_000_000;
const RATE = 1_000;

/** A record, the node that it is given to, and the word that the node has to say. */
interface Trial extends ForgedRecord {
  readonly to: string;
  readonly expected: string;
}

export const capturedCoordinator: Attack = {
  name: "captured-coordinator",
  by: "coordinator",
  description:
    "Gives an origin leases that are another's, expired, in another coordinator's name, of an organization, that go in a loop, too far or over links that are not there, and " +
    "over a relay that leads to the attacker; gives relays permits beyond what their owners offer: who takes them is led astray, or carries for anybody.",
  held: "each is refused with its reason, the lease in use stays, and requests go on.",
  isByCommandAlone: true,
  mesh: CAPTURED_MESH,
  fabric: CAPTURED_SCENE,
  run: async (ground) => {
    await using coordinator = await CapturedCoordinator.take(ground, "c", ["v"]);
    await coordinator.untilWrittenBy("a", "v", "w", "h");
    const before = await usedRoutes(ground);
    const checks: Check[] = [];
    for (const trial of [...leaseTrials(ground), ...permitTrials(ground)]) {
      const { to, expected, kind } = trial;
      const [said] = await coordinator.give(to, [coordinator.sign(trial)]);
      checks.push({
        isHeld: said === expected,
        text: `${kind} to ${to}: ${said ?? "no word"}${said === expected ? "" : ` (${expected} was due)`}`,
      });
    }
    // A lease in order, over a relay that leads to the attacker's node: it stands by.
    const misrouted = coordinator.sign(lease(ground, { labels: [ground.labels("v")["c"]!, 7], via: ["v", "h"] }));
    const [taken] = await coordinator.give("a", [misrouted]);
    const after = await usedRoutes(ground);
    checks.push({
      isHeld: taken === "taken" && after.join() === before.join(),
      text: `a lease over a wrong way was ${taken ?? "not told of"}, and what is used stays: ${after.join(", ")}`,
    });
    await ground.fabric!.publish("v", [ground.fabric!.signVoid("role", "c/route-coordinator/default")]);
    const [late] = await coordinator.give("a", [coordinator.sign(lease(ground))], LATE_MS);
    checks.push({
      isHeld: late === undefined || late === "issuer",
      text: `a lease after its role was taken back: ${late ?? "its letters have ended"}`,
    });
    const { packets, bytes } = { packets: coordinator.agent.sent.messages, bytes: coordinator.agent.sent.octets };
    return { packets, bytes, checks };
  },
};

/** The routes of a's leases of the true coordinator, and of these the one in use. */
async function usedRoutes(ground: Ground): Promise<readonly string[]> {
  const { leases } = (await agentStatus(ground, "a")).routes;
  return leases
    .map(
      ({ service, coordinator, routes }) =>
        `${service} by ${coordinator} over ${routes.map(({ via }) => via[0]).join("|")}`,
    )
    .toSorted();
}

function lease(ground: Ground, more: object = {}, subject = "a/web/h/c"): ForgedRecord {
  const [a, v, h] = ["a", "v", "h"].map((node) => ground.labels(node)) as [Labels, Labels, Labels];
  const route = { link: a["v"]!, labels: [v["h"]!, h["web"]!], via: ["v", "h"], mtu: MTU, cost: 1, why: [], ...more };
  return { kind: "lease", subject, body: { classes: ["reliable"], rate: RATE, routes: [route] } };
}

type Labels = Readonly<Record<string, number>>;

function leaseTrials(ground: Ground): Trial[] {
  const to = "a";
  const far = ["v", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "h"];
  return [
    { to, ...lease(ground, {}, "w/web/h/c"), expected: "not-mine" },
    { to, ...lease(ground, {}, "a/web/h/v"), issuer: "v", expected: "unknown-key" },
    { to, ...lease(ground, {}, "a/web/h/v"), expected: "subject" },
    { to, ...lease(ground), issuedIn: -2 * HOUR_MS, endsIn: -HOUR_MS, expected: "expired" },
    { to, ...lease(ground), issuedIn: HOUR_MS, endsIn: HOUR_MS + 600_000, expected: "future" },
    { to, ...lease(ground), endsIn: 10 * HOUR_MS, expected: "lifetime" },
    { to, ...lease(ground), scope: "org/other", expected: "organization" },
    { to, ...lease(ground, { via: ["v", "w"] }), expected: "host" },
    { to, ...lease(ground, { via: ["v", "v", "h"], labels: [1, 2, 3] }), expected: "loop" },
    { to, ...lease(ground, { via: far, labels: far.map((_, at) => at + 16) }), expected: "too-long" },
    { to, ...lease(ground, { link: 77 }), expected: "first-link" },
    { to, kind: "lease", subject: "a/web/h/v", isVoid: true, body: {}, expected: "subject" },
  ];
}

function permitTrials(ground: Ground): Trial[] {
  const pair = (node: string, from: string, to: string): readonly [number, number] => {
    const labels = ground.labels(node);
    return [labels[from]!, labels[to]!].sort((one, other) => one - other) as [number, number];
  };
  const permits = (relay: string, classes: readonly string[], rate: number, of: readonly [number, number]) =>
    ({
      to: relay,
      kind: "permits",
      subject: `${relay}/c`,
      body: { sets: [{ classes, pairs: [[...of, rate]] }] },
    }) as const;
  const [vh, wh] = [pair("v", "m", "h"), pair("w", "a", "h")];
  return [
    { ...permits("v", ["reliable"], TOO_FAST, vh), expected: "rate" },
    { ...permits("w", ["droppable"], RATE, wh), expected: "class" },
    { ...permits("h", ["reliable"], RATE, pair("h", "v", "w")), expected: "no-role" },
    { ...permits("v", ["reliable"], RATE, vh), subject: "w/c", expected: "not-mine" },
    { ...permits("w", ["reliable"], RATE, wh), issuedIn: -2 * HOUR_MS, endsIn: -HOUR_MS, expected: "expired" },
    { ...permits("w", ["reliable"], RATE, wh), subject: "w/v", issuer: "v", expected: "unknown-key" },
  ];
}
