/*
 *   a ───── b ───── c     a and b have a role in the organization lab, c has none: the programs of each node are told of the collections whose records it holds
 */
import { requestAdmin } from "@florenetes/process-kit";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { PATIENCE } from "../src/patience.ts";

const BODY = {
  copies: 2,
  holders: [
    { node: "a", domain: "north" },
    { node: "b", domain: "south" },
  ],
  readers: [],
  writers: ["user/alice"],
  retention: 86_400,
  unretained: ["locks"],
  "recovery-epoch": 1,
  budget: 1_000_000_000,
  recipients: [],
};
const ORGANIZATION = "org/lab";

let lab: Lab;
let fabric: FabricLab;

beforeAll(async () => {
  lab = await openLab({
    cluster: "collections",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
    services: {},
    tunnels: [],
  });
  fabric = FabricLab.prepare(lab, { services: {}, tunnels: [] });
  await lab.up();
  await fabric.up();
  const roles = ["a", "b"].map((node) => fabric.signRole(node, ORGANIZATION, "storage"));
  for (const node of ["a", "b"]) await fabric.publish(node, roles);
});
afterAll(async () => {
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

interface Told {
  readonly collections: readonly {
    readonly scope: string;
    readonly name: string;
    readonly epoch: number;
    readonly organizationBudget?: number;
  }[];
}

async function toldAt(node: string): Promise<readonly string[]> {
  const told = (await requestAdmin(fabric.adminOf(node), "/collections")) as Told;
  expect(told).toMatchObject({ cluster: "collections", node });
  return told.collections.map(({ scope, name, epoch, organizationBudget = 0 }) =>
    [scope, name, epoch, organizationBudget].join(" "),
  );
}

test("a collection is told where its record is held, with the budget of its organization, until it is taken back", async () => {
  const ofLab = fabric.sign("collection", "backups", BODY, 2, ORGANIZATION);
  await fabric.publish("a", [ofLab, fabric.sign("collection", "archive", BODY)]);
  const [archive, backups] = ["cluster archive 1 0", "org/lab backups 1 0"];
  await expect.poll(() => toldAt("b"), PATIENCE).toEqual([archive, backups]);
  await expect.poll(() => toldAt("c"), PATIENCE).toEqual([archive]);
  await fabric.publish("b", [fabric.sign("budget", "lab", { limits: [{ of: "storage", most: 2 }] })]);
  await expect.poll(() => toldAt("a"), PATIENCE).toEqual([archive, "org/lab backups 1 2097152"]);
  const more = fabric.sign("collection", "archive", { ...BODY, "recovery-epoch": 2 });
  await fabric.publish("c", [more]);
  await expect.poll(() => toldAt("a"), PATIENCE).toEqual(["cluster archive 2 0", "org/lab backups 1 2097152"]);
  await fabric.publish("a", [fabric.signVoid("collection", "archive")]);
  await expect.poll(() => toldAt("c"), PATIENCE).toEqual([]);
});

test("a record that an agent has is proposed on, and one key of storage is too few for it", async () => {
  const slot = ["propose", "collection", "backups", "--scope", ORGANIZATION, "--agent", fabric.adminOf("a")];
  const proposed = await flor("fabric", ...slot, "--retention", "2d");
  expect(proposed.stdout, proposed.stderr).toContain("BEGIN FLORENETES FACT");
  expect(proposed.stderr).toContain("warning: Of 2 holders none may be away");
  const answer = await fabric.publish("a", [fabric.sign("collection", "forged", BODY, 1)]);
  expect(answer).toMatchObject({ records: [{ outcome: "refused", reason: "quorum" }] });
});
