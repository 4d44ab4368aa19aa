/*
 *   a ┄┄┄┄┄ b ───── c     b is the seed. No file has a link of a, which has a record, or of d, which has a token: they know of the seed, and link themselves to it
 *   d ┄┄┄┄┄┘
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, startFileServer } from "../src/services.ts";

interface View {
  readonly links: readonly { readonly name: string; readonly peer: string; readonly state: string }[];
  readonly overlay: {
    readonly links?: readonly { readonly peer: string; readonly rate?: number; readonly until: number }[];
  };
}

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "florenetes-joins-"));
let lab: Lab;
let fabric: FabricLab;
const ports: Record<"a" | "d", number> = { a: 0, d: 0 };

const view = async (node: string): Promise<View> => (await requestAdmin(fabric.doorOf(node), "/view")) as View;
const stateOf = async (node: string, peer: string): Promise<string | undefined> =>
  (await view(node)).links.find((link) => link.peer === peer)?.state;
const orderOf = async (
  node: string,
  peer: string,
): Promise<NonNullable<View["overlay"]["links"]>[number] | undefined> =>
  (await view(node)).overlay.links?.find((link) => link.peer === peer);
const standingOf = async (node: string): Promise<string> =>
  ((await fabric.status(node)) as { standing: string }).standing;

beforeAll(async () => {
  const target = await freePort();
  ports.a = await freePort();
  ports.d = await freePort();
  lab = await openLab({
    cluster: "joining",
    nodes: { a: {}, b: {}, c: {}, d: {} },
    links: [{ between: ["b", "c"] }],
    services: {},
    tunnels: [],
  });
  const door = { "links-max": 8, dial: ["127.0.0.0/8"] };
  const first = { "seeds-file": join(lab.folder, "first.fact"), "root-file": undefined };
  fabric = FabricLab.prepare(lab, {
    development: true,
    services: { web: { allow: ["user/alice"], targets: { b: `tcp://127.0.0.1:${target}` } } },
    tunnels: (["a", "d"] as const).map((node) => {
      return { node, listen: `tcp://127.0.0.1:${ports[node]}`, as: "user/alice", service: "web" };
    }),
    programs: ["b"],
    agents: { a: first, d: first },
    doors: { a: door, b: door, d: door },
  });
  await startFileServer(lab, "b", target);
  await lab.up();
  const endpoint = (await lab.status("b")).linkFlor!.clusters[0]!.listen;
  const published = { id: "b", endpoint, carrier: "quic", reach: "public" as const, priority: 0, weight: 1 };
  fabric.writeSeeds([{ node: "b", key: fabric.keyOf("b"), endpoints: [published] }]);
  for (const node of ["b", "c"]) fabric.start(node);
  await fabric.untilReady("b", "c");
  await fabric.publish("b", [
    ...["b", "c"].map((node) => fabric.signNode(node)),
    fabric.signRole("b", "cluster", "control-plane"),
    fabric.signRole("b", "cluster", "relay"),
    fabric.signService("web", ["b"]),
  ]);
  await fabric.publish("c", [fabric.signNode("c")]);
});
afterAll(async () => {
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
  rmSync(folder, { recursive: true, force: true });
});

test("a node with an approved record and the seeds links itself to one, and finds a service", async () => {
  fabric.start("a");
  await fabric.untilReady("a");
  await fabric.publish("a", [fabric.signNode("a")]);
  await expect.poll(() => stateOf("a", "b"), PATIENCE).toBe("up");
  await expect.poll(() => askWho(lab, "a", ports.a), PATIENCE).toBe("b");
  // Both ends go on without their agents: the order is as long as the record of the other node.
  const isLong = async (node: string, peer: string): Promise<boolean> =>
    ((await orderOf(node, peer))?.until ?? 0) > Date.now() + HOUR_MS;
  await expect.poll(() => isLong("a", "b"), PATIENCE).toBe(true);
  await expect.poll(() => isLong("b", "a"), PATIENCE).toBe(true);
  expect((await orderOf("b", "a"))!.rate).toBeUndefined();
  // The endpoint of a is written nowhere: b has seen it.
  const { listen } = (await lab.status("a")).linkFlor!.clusters[0]!;
  const announced = async (): Promise<string> =>
    JSON.stringify(await requestAdmin(fabric.adminOf("b"), "/facts?kind=announce&subject=a"));
  await expect.poll(announced, PATIENCE).toContain(listen);
});

test("a node with a token is let in as a candidate, joins by mail, and finds a service", async () => {
  fabric.start("d");
  await fabric.untilReady("d");
  await expect.poll(() => stateOf("d", "b"), PATIENCE).toBe("up");
  expect(await orderOf("b", "d")).toMatchObject({ rate: 64_000 });
  const place = ["--cluster", "joining", "--organization", "lab", "--partition", "default"];
  const made = await flor("fabric", "token", "new", ...place, "--json");
  const { token, subject } = JSON.parse(made.stdout) as { token: string; subject: string };
  writeFileSync(join(folder, "token.txt"), token, { mode: 0o600 });
  await fabric.publish("b", [fabric.sign("token", subject, { organization: "lab", partition: "default", count: 1 })]);
  // The seed's beacon shows the way for mail.
  const readers = async (): Promise<readonly object[]> =>
    ((await fabric.status("d")) as { mail: { readers: readonly object[] } }).mail.readers;
  await expect.poll(readers, PATIENCE).toMatchObject([{ node: "b", hops: 1 }]);
  const joined = await flor("fabric", "join", join(folder, "token.txt"), "--agent", fabric.adminOf("d"));
  expect(joined, joined.stderr + joined.stdout).toMatchObject({ code: 0 });
  await expect.poll(() => standingOf("d"), PATIENCE).toBe("in-force");
  await expect.poll(() => askWho(lab, "d", ports.d), PATIENCE).toBe("b");
  await expect.poll(async () => (await orderOf("b", "d"))?.rate, PATIENCE).toBeUndefined();
});

test("all goes on while the agents are dead, and comes back without any change after a restart of them", async () => {
  const before = await orderOf("a", "b");
  for (const node of ["a", "b"]) await fabric.kill(node);
  expect(await askWho(lab, "a", ports.a)).toBe("b");
  for (const node of ["a", "b"]) fabric.start(node);
  await fabric.untilReady("a", "b");
  await expect.poll(() => standingOf("a"), PATIENCE).toBe("in-force");
  expect(await askWho(lab, "a", ports.a)).toBe("b");
  expect([await stateOf("a", "b"), await orderOf("a", "b")]).toEqual(["up", before]);
});
