/*
 *   a ───── b ───── c     b hosts a service of the organization acme; a has a role in it, and c has none at first
 */
import { type Socket, connect } from "node:net";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { say } from "../src/echo-mesh.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";

interface Status {
  readonly services: readonly object[];
  readonly records: { readonly kinds: Readonly<Record<string, number>> };
  readonly neighbours: readonly { readonly peer: string; readonly cursors: Readonly<Record<string, number>> }[];
}
interface View {
  readonly overlay: { readonly leads: readonly object[]; readonly paths: readonly object[] };
}
type User = "a" | "c";

const ACME = "org/acme";

let lab: Lab;
let fabric: FabricLab;
let ports: Readonly<Record<User, number>>;

const dial = (node: User): Socket => connect(ports[node], "127.0.0.1").on("error", () => undefined);
const ask = async (node: User): Promise<string> => {
  const socket = dial(node);
  const heard = await say(socket);
  socket.destroy();
  return heard;
};
const status = async (node: User): Promise<Status> => (await fabric.status(node)) as Status;
const overlay = async (node: User): Promise<View["overlay"]> => {
  return ((await requestAdmin(fabric.doorOf(node), "/view")) as View).overlay;
};
/** The sections that a node has read at b. */
const sections = async (node: User): Promise<readonly string[]> => {
  const neighbour = (await status(node)).neighbours.find(({ peer }) => peer === "b");
  return Object.keys(neighbour?.cursors ?? {});
};

beforeAll(async () => {
  ports = { a: await freePort(), c: await freePort() };
  lab = await openLab({
    cluster: "organizations",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
    services: {},
    tunnels: [],
  });
  const tunnelOn = (node: User) => {
    return { node, listen: `tcp://127.0.0.1:${ports[node]}`, as: `user/at-${node}`, service: "web" };
  };
  fabric = FabricLab.prepare(lab, {
    services: { web: { allow: ["user/at-a", "user/at-c"], targets: { b: "self:echo" } } },
    tunnels: [tunnelOn("a"), tunnelOn("c")],
  });
  await lab.up();
  await fabric.up();
});
afterAll(async () => {
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

test("a service of an organization is found and used by a node with a role there", async () => {
  const roles = [fabric.signRole("a", ACME), fabric.signRole("b", ACME)];
  await fabric.publish("b", [...roles, fabric.signService("web", ["b"], 2, ACME)]);
  await expect.poll(() => ask("a"), PATIENCE).toBe("hello");
  // The vertex leads streams to a proven host before its agent has heard of the proof.
  await expect
    .poll(async () => (await status("a")).services, PATIENCE)
    .toMatchObject([{ service: "web", scope: ACME, active: { epoch: 1 }, path: "auto.web.b" }]);
  await expect.poll(() => sections("a"), PATIENCE).toContain(ACME);
});

test("a node without a role there has neither its records nor a lead, though it knows the host", async () => {
  // A later record of the cluster has come by the same stream: what c was to get of the organization would have come before it.
  await fabric.publish("b", [fabric.signService("mail", ["b"])]);
  await expect.poll(async () => (await status("c")).records.kinds["service"], PATIENCE).toBe(1);
  await expect.poll(async () => (await status("c")).records.kinds["announce"], PATIENCE).toBe(2);
  expect(await sections("c")).not.toContain(ACME);
  expect((await status("c")).records.kinds).toMatchObject({ role: 0 });
  expect((await status("c")).services).toMatchObject([{ scope: "cluster", active: null, candidate: null }]);
  expect(await overlay("c")).toMatchObject({ leads: [], paths: [] });
  expect(await ask("c")).not.toBe("hello");
});

test("a role lets the node in, and its end ends what is open", async () => {
  await fabric.publish("b", [fabric.signRole("c", ACME)]);
  await expect.poll(() => ask("c"), PATIENCE).toBe("hello");
  const held = dial("c");
  expect(await say(held)).toBe("hello");
  const ended = new Promise((done) => held.once("close", done));
  await fabric.publish("b", [fabric.signVoid("role", "c/observer/default", ACME)]);
  await ended;
  await expect.poll(() => overlay("c"), PATIENCE).toMatchObject({ leads: [], paths: [] });
  expect([await ask("c"), await ask("a")]).toEqual([expect.not.stringMatching(/^hello$/), "hello"]);
});
