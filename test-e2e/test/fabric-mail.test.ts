/*
 *   a ───── b ───── c     a is a control node; what is handed in at one end is in force at the other, and b holds none of it
 */
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PATIENCE } from "../src/patience.ts";

interface Status {
  readonly ends: readonly { readonly kind: string; readonly scope: string; readonly subject: string }[];
  readonly records: { readonly kinds: Readonly<Record<string, number>> };
  readonly mail: {
    readonly readers: readonly { readonly node: string; readonly way: string | null; readonly hops: number }[];
    readonly waiting: number;
    readonly answered: number;
    readonly forwarded: number;
    readonly returned: number;
  };
}

const ACME = "org/acme";

let lab: Lab;
let fabric: FabricLab;

const status = async (node: string): Promise<Status> => (await fabric.status(node)) as Status;
/** The roles of a node that are in force there, with their scopes. */
const rolesAt = async (node: string): Promise<readonly string[]> => {
  const { ends } = await status(node);
  return ends.filter(({ kind }) => kind === "role").map(({ scope, subject }) => `${scope} ${subject}`);
};
const rolesHeldAt = async (node: string): Promise<number | undefined> => (await status(node)).records.kinds["role"];

beforeAll(async () => {
  lab = await openLab({
    cluster: "mail",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
    services: {},
    tunnels: [],
  });
  fabric = FabricLab.prepare(lab, { services: {}, tunnels: [] });
  await lab.up();
  await fabric.up();
  const body = { actions: [], services: [], depth: 0 };
  await fabric.publish("a", [fabric.sign("role", "a/control-plane/default", body)]);
});
afterAll(async () => {
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

test("a role that is handed in at one end is in force at the other, over a node that cannot read it", async () => {
  await expect
    .poll(async () => (await status("c")).mail.readers, PATIENCE)
    .toMatchObject([{ node: "a", way: "b", hops: 2 }]);
  await fabric.publish("c", [fabric.signRole("a", ACME)]);
  await expect.poll(() => rolesAt("a"), PATIENCE).toContain(`${ACME} a/observer/default`);
  await expect.poll(async () => (await status("c")).mail, PATIENCE).toMatchObject({ waiting: 0 });
  const { forwarded, returned } = (await status("b")).mail;
  expect([forwarded > 0, returned > 0]).toEqual([true, true]);
  // b knows the control node, and nothing of the organization.
  expect(await rolesHeldAt("b")).toBe(1);
});

test("a node gets a role of its own that was handed in at the control node, once it asks", async () => {
  await fabric.publish("a", [fabric.signRole("c", ACME)]);
  // An agent asks within minutes; a new life of it asks at once.
  await fabric.kill("c");
  fabric.start("c");
  await expect.poll(() => rolesAt("c"), PATIENCE).toContain(`${ACME} c/observer/default`);
  // The records of its organization come, too, though no neighbour has them.
  await expect.poll(() => rolesHeldAt("c"), PATIENCE).toBe(3);
  expect(await rolesHeldAt("b")).toBe(1);
});
