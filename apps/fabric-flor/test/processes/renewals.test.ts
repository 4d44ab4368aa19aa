/** Real processes with programs' keys. */
import { join } from "node:path";
import { writeRecordText } from "@florenetes/facts";
import { addSignatures, proposeRecord } from "@florenetes/facts/authoring";
import { hasEtcd } from "@florenetes/facts/testing";
import { requestAdmin } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { DAY } from "../demo-records.ts";
import { FabricProcess } from "./fabric-process.ts";
import { operators, PATIENCE, publish, startPrograms, withTwoPrograms } from "./program-processes.ts";

const now = Date.now();

/** A role for 8 days, so many of which have passed. */
function role(days: number): string {
  const body = { actions: ["relay"], services: [], depth: 0 };
  const place = { cluster: "demo", kind: "role", subject: `a/relay/r${days}` } as const;
  const times = { now: now - days * DAY, expires: now - days * DAY + 8 * DAY };
  return writeRecordText(addSignatures(proposeRecord({ ...place, ...times, body }), operators.slice(0, 2)));
}

/** Names and epochs of the roles in force. */
async function rolesOf({ folder }: FabricProcess): Promise<readonly string[]> {
  const { facts } = (await requestAdmin(join(folder, "run/admin.sock"), "/facts?kind=role")) as {
    facts: readonly { readonly subject: string; readonly epoch: number }[];
  };
  return facts.map(({ subject, epoch }) => `${subject} ${epoch}`).toSorted();
}

test("an agent with a program's key renews what is through half of its life, and nothing else", async () => {
  await using fabric = new FabricProcess("");
  await startPrograms(new Map([["a", fabric]]), "[renew]");
  await publish(fabric, role(6), role(2));
  await expect
    .poll(async () => (await fabric.status()).renewals, PATIENCE)
    .toEqual({ isListed: true, due: 0, late: 0, signed: 1, fault: null });
  expect(await rolesOf(fabric)).toEqual(["a/relay/r2 1", "a/relay/r6 2"]);
  expect(fabric.command("status").stdout).toMatch(/renewals: 1 signed here; 0 wait for signatures/);
});

test.skipIf(!hasEtcd)("two programs come together in one etcd", { timeout: 120_000 }, () =>
  withTwoPrograms("[renew]", async (a, b) => {
    await publish(a, role(6));
    for (const fabric of [a, b]) await expect.poll(() => rolesOf(fabric), PATIENCE).toEqual(["a/relay/r6 2"]);
  }),
);
