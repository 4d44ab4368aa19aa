/** Whole agents that follow a channel: what they tell their coordinator, and what that makes of a release that is handed in. */
import { bodyOf, type DeviceProfile, type Judgement, type ReleaseBody, writeRecordText } from "@florenetes/facts";
import type { AdminAnswer } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { nodeQuestions } from "../../../src/admin/node-questions.ts";
import { recordOrders } from "../../../src/admin/record-orders.ts";
import { releaseQuestions } from "../../../src/admin/release-questions.ts";
import { leavingRecords } from "../../../src/agent/releases/compat.ts";
import type { SeenSoftware } from "../../../src/agent/releases/release-orders.ts";
import { DAY, DemoCluster } from "../../demo-records.ts";
import { startLeasedMesh } from "../leased-mesh.ts";
import type { SimMesh, SimNode } from "../simulated-nodes.ts";
import { CONTRACTS, PRESENT, presentAt, releaseBody, UPDATE } from "./release-scene.ts";

const BORN = Date.parse("2026-11-25T12:00:00.000Z") - DAY;
const SEEN: SeenSoftware = { packages: PRESENT, update: UPDATE, fault: undefined };
const DEVICE: DeviceProfile = { charging: true, network: "wired", metered: false, foreground: true };

function start(): { readonly mesh: SimMesh; readonly cluster: DemoCluster } {
  const cluster = new DemoCluster(BORN);
  const mesh = startLeasedMesh(["a"], ["d"], () => ({ updates: { channel: "stable" } }), cluster);
  mesh.until(
    "the coordinator has the profiles of all nodes",
    () => mesh.node("b").agent.coordinator.work?.profiles.size === 4,
  );
  return { mesh, cluster };
}

function releases({ agent, at }: SimNode): Record<string, unknown> {
  return releaseQuestions(agent, () => at)["/releases"]!(new URLSearchParams({ channel: "stable" })) as never;
}

/** Hands a release in at a node. */
function handIn(node: SimNode, record: Uint8Array): AdminAnswer {
  const { agent, at } = node;
  const order = recordOrders({
    hand: (records) => {
      let judgements: readonly Judgement[] = [];
      node.do(() => (judgements = agent.handleRecords(records, at)));
      return judgements;
    },
    cluster: "demo",
    bookOf: () => agent.book,
    wallClock: () => at.wall,
    leaving: (records) => leavingRecords(records, "demo", () => agent.livingContracts(at.wall)),
  });
  return order["/records"]!({ text: writeRecordText(record), query: new URLSearchParams() }) as AdminAnswer;
}

const outcomeOf = (
  answer: AdminAnswer,
): { readonly outcome: string; readonly reason?: string; readonly text?: string } =>
  (answer.body as { readonly records: readonly never[] }).records[0]!;

test("a coordinator hears within seconds what its nodes have, and how they are with the release", () => {
  const { mesh, cluster } = start();
  const [a, b] = [mesh.node("a"), mesh.node("b")];
  a.do((agent) => agent.handleSoftware(SEEN, a.at));
  b.take(cluster.release(releaseBody()));
  mesh.until("a has the release", () => a.agent.releases.release(a.at) !== undefined, 20_000);
  const told = (): unknown => bodyOf(b.agent.coordinator.work!.installed.of("a")!, "installed");
  mesh.until(
    "b hears that a waits for its turn, or fetches",
    () => b.agent.coordinator.work!.installed.of("a") !== undefined,
    20_000,
  );
  mesh.until("a fetches", () => (told() as { readonly state: string }).state === "fetching", 90_000);
  expect(told()).toEqual({
    channel: "stable",
    version: "0.1.0",
    release: { epoch: 1, version: "0.1.1" },
    state: "fetching",
  });
  a.do((agent) => agent.handleSoftware({ ...SEEN, packages: presentAt("0.1.1") }, a.at));
  mesh.until("b hears that a has it", () => (told() as { readonly state: string }).state === "current", 20_000);
  expect(releases(b)).toMatchObject({
    own: { channel: "stable", state: null, release: { version: "0.1.1", stage: 10_000 } },
    coordinator: {
      heard: 4,
      releases: [{ channel: "stable", version: "0.1.1", epoch: 1, inStage: 4, whole: 1, back: 0 }],
      versions: [{ channel: "stable", version: "0.1.1", told: 1, states: { current: 1 } }],
      nodes: [],
    },
    rule: null,
  });
  expect(releases(a)).toMatchObject({ own: { version: "0.1.1", state: "current" }, coordinator: null });
  const asked = nodeQuestions(b.agent, { cluster: "demo", databaseId: "00" }, () => b.at)["/node"]!(
    new URLSearchParams({ name: "a" }),
  );
  expect(asked).toMatchObject({ capabilities: { installed: { version: "0.1.1", state: "current" } } });
});

test("a node that says that it is another one is not believed, and one that floods is slowed as with any letter", () => {
  const { mesh } = start();
  const [a, b] = [mesh.node("a"), mesh.node("b")];
  for (let turn = 0; turn < 200; turn++) {
    const version = `0.${turn}`;
    a.do((agent) => agent.handleSoftware({ ...SEEN, packages: presentAt(version) }, a.at));
    a.do((agent) => agent.handleDevice({ ...DEVICE, foreground: turn % 2 === 0 }, a.at));
  }
  mesh.until("b hears of a", () => b.agent.coordinator.work!.installed.of("a") !== undefined, 30_000);
  const before = b.agent.coordinator.reported.get("taken")!;
  for (let turn = 0; turn < 60; turn++) {
    a.do((agent) => agent.handleSoftware({ ...SEEN, packages: presentAt(`1.${turn}`) }, a.at));
    mesh.runFor(1_000);
  }
  // A change is told each 5 s at most, whatever changes.
  expect(b.agent.coordinator.reported.get("taken")! - before).toBeLessThan(60);
  expect([...b.agent.coordinator.work!.installed.at(b.at.wall)].map(({ subject }) => subject)).toEqual(["a"]);
});

const without = (contract: string): Partial<ReleaseBody> => ({
  contracts: CONTRACTS.filter(({ of }) => of !== contract),
});

test("a coordinator refuses a release whose programs could not speak to nodes that live, and names them", () => {
  const { mesh, cluster } = start();
  const b = mesh.node("b");
  const answer = handIn(b, cluster.release(releaseBody(without("routes"))));
  expect(answer.status).toBe(409);
  expect(outcomeOf(answer)).toMatchObject({
    outcome: "refused",
    reason: "compat",
    text: expect.stringContaining("could not speak to a, b, c, d:"),
  });
  expect(b.agent.releases.release(b.at)).toBeUndefined();
  const named = cluster.release(releaseBody({ ...without("routes"), leaves: ["a", "b", "c", "d"] }));
  expect(outcomeOf(handIn(b, named))).toMatchObject({ outcome: "taken" });
  const stop = cluster.release(releaseBody({ ...without("routes"), stage: 0 }), { epoch: 2 });
  expect(outcomeOf(handIn(b, stop))).toMatchObject({ outcome: "taken" });
});

test("any other agent holds its own contracts against it", () => {
  const { mesh, cluster } = start();
  const a = mesh.node("a");
  const bad = cluster.release(releaseBody({ ...without("feed"), leaves: ["b", "c", "d"] }));
  expect(outcomeOf(handIn(a, bad))).toMatchObject({
    reason: "compat",
    text: expect.stringContaining("could not speak to a:"),
  });
  const good = cluster.release(releaseBody({ ...without("feed"), leaves: ["a"] }));
  expect(outcomeOf(handIn(a, good))).toMatchObject({ outcome: "taken" });
});

test("one that comes by the feed is held, as a quorum has signed it, and told", () => {
  const { mesh, cluster } = start();
  const [a, b] = [mesh.node("a"), mesh.node("b")];
  a.take(cluster.release(releaseBody({ ...without("routes"), leaves: ["a"] })));
  mesh.until("b has it", () => b.agent.releases.release(b.at) !== undefined, 20_000);
  const news = b.news.find(({ code }) => code === "RELEASE_INCOMPATIBLE");
  expect(news).toMatchObject({ level: "warn", about: { channel: "stable", version: "0.1.1" } });
  expect(news!.text).toContain("b, c, d");
});
