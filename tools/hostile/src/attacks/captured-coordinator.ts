import { makeSigningKey } from "@florenetes/facts/authoring";
import { agentStatus } from "../agents/fabric-status.ts";
import { CapturedCoordinator, type ForgedRecord } from "../agents/captured-coordinator.ts";
import { keyOfNode } from "../agents/stolen-agent.ts";
import { CAPTURED_MESH, CAPTURED_SCENE } from "../agents/scene.ts";
import type { Attack, Check } from "../attack.ts";
import { eventually } from "../eventually.ts";
import type { Ground } from "../ground.ts";

const HOUR_MS = 3_600_000;
/** How long a node that no longer asks is given to say something all the same. */
const LATE_MS = 5_000;
const MTU = 1_300;
/** kbit/s: twice what a relay's owner lets pass. */
const TOO_FAST = 2_000_000;
const RATE = 1_000;

/** The attacker's node beside the coordinator's, and the partition that it coordinates. */
const ACCOMPLICE = "m";
const OTHER_PARTITION = "elsewhere";
/** Coordinators whose leases for one host a node holds (docs/protocol/fabric-routes.md). */
const COORDINATORS_MAX = 8;
/** How long a record takes to be everywhere, at most. */
const KNOWN_MS_MAX = 60_000;

/** A record, the node that it is given to, and the word that the node has to say. */
interface Trial extends ForgedRecord {
  readonly to: string;
  readonly expected: string;
}

export const capturedCoordinator: Attack = {
  name: "captured-coordinator",
  by: "coordinator",
  description:
    "Gives an origin leases that are another's, expired, wrongly signed, in another coordinator's name, of another partition or organization, for nothing that it wants, of more " +
    "coordinators than it holds, that go in a loop, too far, over a node that was taken back or links that are not there, and " +
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
    for (const trial of [...leaseTrials(ground), ...permitTrials(ground)])
      checks.push(await outcomeOf(coordinator, trial));
    checks.push(...(await tryOtherPlaces(ground, coordinator)));
    // A lease in order, over a relay that leads to the attacker's node: it stands by.
    const wrongWay = lease(ground, { labels: [ground.labels("v")["c"]!, 7], via: ["v", "h"] });
    const [taken] = await coordinator.give("a", [coordinator.sign(wrongWay)]);
    const after = await usedRoutes(ground);
    checks.push({
      isHeld: taken === "taken" && after.join() === before.join(),
      text: `a lease over a wrong way was ${taken ?? "not told of"}, and what is used stays: ${after.join(", ")}`,
    });
    checks.push(await outcomeOf(coordinator, { to: "a", ...wrongWay, epoch: 1, expected: "superseded" }));
    checks.push(...(await tryVoidNode(ground, coordinator)), await tryMany(ground, coordinator));
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

/** Gives a record, and again where the word is another one and `withinMs` is more than nothing: what the word rests on may be on its way. */
async function outcomeOf(coordinator: CapturedCoordinator, trial: Trial, withinMs = 0): Promise<Check> {
  const { to, expected, kind } = trial;
  const give = async (): Promise<string | undefined> => (await coordinator.give(to, [coordinator.sign(trial)]))[0];
  let said = await give();
  if (said !== expected && withinMs > 0) await eventually(async () => (said = await give()) === expected, withinMs);
  const isHeld = said === expected;
  return { isHeld, text: `${kind} to ${to}: ${said ?? "no word"}${isHeld ? "" : ` (${expected} was due)`}` };
}

/** An accomplice of the attacker's coordinates another partition, and a node becomes a relay whose owner lets it carry nothing. */
async function tryOtherPlaces(ground: Ground, coordinator: CapturedCoordinator): Promise<readonly Check[]> {
  const fabric = ground.fabric!;
  const key = keyOfNode(ground, ACCOMPLICE);
  const place = { key: key.key, organization: "lab", partition: OTHER_PARTITION, "trust-tier": 0 };
  const role = `${ACCOMPLICE}/route-coordinator/${OTHER_PARTITION}`;
  const others = { issuer: ACCOMPLICE, key };
  const ofLease = { to: "a", ...lease(ground, {}, `a/web/h/${ACCOMPLICE}`), ...others };
  const stranger = await outcomeOf(coordinator, { ...ofLease, expected: "issuer" });
  await fabric.publish("v", [
    fabric.sign("node", ACCOMPLICE, place),
    fabric.sign("role", role, { actions: [], services: [], depth: 0 }),
    fabric.signRole("h", "cluster", "relay"),
  ]);
  const ofPermits = { ...permits("v", ["reliable"], RATE, pairOf(ground, "v", "m", "h")), subject: `v/${ACCOMPLICE}` };
  const unoffered = permits("h", ["reliable"], RATE, pairOf(ground, "h", "v", "w"));
  return [
    stranger,
    await outcomeOf(coordinator, { ...ofLease, expected: "partition" }, KNOWN_MS_MAX),
    await outcomeOf(coordinator, { ...ofPermits, ...others, expected: "partition" }, KNOWN_MS_MAX),
    await outcomeOf(coordinator, { ...unoffered, expected: "no-offer" }, KNOWN_MS_MAX),
  ];
}

/** The accomplice is taken back: no lease leads over it. */
async function tryVoidNode(ground: Ground, coordinator: CapturedCoordinator): Promise<readonly Check[]> {
  await ground.fabric!.publish("v", [ground.fabric!.signVoid("node", ACCOMPLICE)]);
  const labels = [ground.labels("v")[ACCOMPLICE]!, 7, 8];
  const over = lease(ground, { labels, via: ["v", ACCOMPLICE, "h"] });
  return [await outcomeOf(coordinator, { to: "a", ...over, expected: "void-node" }, KNOWN_MS_MAX)];
}

/** More coordinators than a node holds leases of for one host: all are the attacker's, and all have the role. */
async function tryMany(ground: Ground, coordinator: CapturedCoordinator): Promise<Check> {
  const fabric = ground.fabric!;
  // The true one and the captured one have leased already.
  const names = Array.from({ length: COORDINATORS_MAX - 1 }, (_, index) => `x${index}`);
  const keys = names.map((name) => makeSigningKey(`node-${name}`));
  const records = names.flatMap((name, at) => [
    fabric.sign("node", name, { key: keys[at]!.key, organization: "lab", partition: "default", "trust-tier": 0 }),
    fabric.signRole(name, "cluster", "route-coordinator"),
  ]);
  await fabric.publish("v", records);
  const said: string[] = [];
  for (const [at, name] of names.entries()) {
    const expected = at < COORDINATORS_MAX - 2 ? "taken" : "full";
    const trial = { to: "a", ...lease(ground, {}, `a/web/h/${name}`), issuer: name, key: keys[at]!, expected };
    const { isHeld, text } = await outcomeOf(coordinator, trial, KNOWN_MS_MAX);
    if (!isHeld) return { isHeld, text };
    said.push(expected);
  }
  return { isHeld: true, text: `leases of ${names.length} more coordinators to a: ${said.join(", ")}` };
}

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
    { to, ...lease(ground), isBroken: true, expected: "signature" },
    { to, ...lease(ground, {}, "a/unasked/h/c"), expected: "not-asked" },
  ];
}

/** A pair of a relay's links, by its labels. */
function pairOf(ground: Ground, node: string, from: string, to: string): readonly [number, number] {
  const labels = ground.labels(node);
  return [labels[from]!, labels[to]!].sort((one, other) => one - other) as [number, number];
}

function permits(
  to: string,
  classes: readonly string[],
  rate: number,
  of: readonly [number, number],
): ForgedRecord & { readonly to: string } {
  return { to, kind: "permits", subject: `${to}/c`, body: { sets: [{ classes, pairs: [[...of, rate]] }] } };
}

function permitTrials(ground: Ground): Trial[] {
  const [vh, wh] = [pairOf(ground, "v", "m", "h"), pairOf(ground, "w", "a", "h")];
  return [
    { ...permits("v", ["reliable"], TOO_FAST, vh), expected: "rate" },
    { ...permits("w", ["droppable"], RATE, wh), expected: "class" },
    { ...permits("h", ["reliable"], RATE, pairOf(ground, "h", "v", "w")), expected: "no-role" },
    { ...permits("v", ["reliable"], RATE, vh), subject: "w/c", expected: "not-mine" },
    { ...permits("w", ["reliable"], RATE, wh), issuedIn: -2 * HOUR_MS, endsIn: -HOUR_MS, expected: "expired" },
    { ...permits("w", ["reliable"], RATE, wh), subject: "w/v", issuer: "v", expected: "unknown-key" },
  ];
}
