import { expect, test } from "vitest";
import { FABRIC, recordOf, viewOf, WALL } from "../a-fabric.ts";
import { idOf, LineDesk } from "./a-desk.ts";

const DAY_MS = 86_400_000;

test("signatures come one by one, and the record is published when no one is missing", async () => {
  const own = new LineDesk();
  expect(await own.bring("web 1 ")).toBe("new");
  expect(await own.bring("web 1 k2", { expected: idOf("web", "1"), principal: "user/bob" })).toBe("joined");
  expect(own.states).toEqual(["web waits k2"]);
  expect(own.agent.handed).toEqual([]);
  expect(await own.bring("web 1 k1")).toBe("joined");
  expect(own.states).toEqual(["web published k1,k2"]);
  expect(own.agent.handed).toEqual(["web 1 k1,k2\n"]);
  expect(own.desk.proposals[0]).toMatchObject({ by: "user/alice", missing: [], words: ["service web"] });
  expect(own.files.get(idOf("web", "1"))).toMatchObject({ state: "published", record: "web 1 k1,k2\n" });
  expect(own.changes).toBe(3);
});

test("a record that is whole is published at once, and one that the agent then refuses says why", async () => {
  const line = new LineDesk();
  expect(await line.bring("web 1 k1,k3")).toBe("new");
  expect(await line.bring("late 1 k1,k3")).toBe("new");
  expect(line.states.toSorted()).toEqual(["late refused k1,k3", "web published k1,k3"]);
  expect(line.desk.proposals.find(({ subject }) => subject === "late")!.reason).toBe("older");
});

test.each([
  ["no record", "x", {}, "ERR_CONTROL_RECORD"],
  ["a record that nobody would take", "bad-subject 1 k1", {}, "ERR_CONTROL_RECORD"],
  ["a record that is not the next one", "bad-gap 3 k1", {}, "ERR_CONTROL_CONFLICT"],
  ["a record that the bringer may not see", "web 1 k1", { sees: false }, "ERR_CONTROL_ABSENT"],
  ["signatures for no proposal", "web 1 k1", { expected: idOf("web", "1") }, "ERR_CONTROL_ABSENT"],
])("%s is refused, and nothing is kept", async (_, text, how, code) => {
  const line = new LineDesk();
  expect(await line.bring(text, how)).toBe(code);
  expect([line.states, line.files.size, line.changes]).toEqual([[], 0, 0]);
});

test.each([
  ["for other octets", "web 2 k2", "ERR_CONTROL_OTHER_RECORD"],
  ["that are there", "web 1 k1", "ERR_CONTROL_NO_NEW_SIGNATURE"],
  ["of a key that does not count", "web 1 mallory", "ERR_CONTROL_NO_NEW_SIGNATURE"],
])("signatures %s change nothing", async (_, text, code) => {
  const line = new LineDesk();
  await line.bring("web 1 k1");
  expect(await line.bring(text, { expected: idOf("web", "1") })).toBe(code);
  expect(line.states).toEqual(["web waits k1"]);
});

test("a proposal whose record is published takes no more signatures, and a problem has what is in force", async () => {
  const line = new LineDesk();
  await line.bring("web 1 k1,k2");
  await expect(line.desk.bring("web 1 k3", { principal: "user/bob", isShown: () => true })).rejects.toMatchObject({
    code: "ERR_CONTROL_CONFLICT",
    more: { inForce: { epoch: 1 } },
  });
  await expect(line.desk.bring("web 1 k3", { principal: "user/bob", isShown: () => true })).rejects.toThrow(
    /published/,
  );
});

test.each([
  [1, idOf("web", "1"), "published"],
  [1, "another", "overtaken"],
  [2, "another", "overtaken"],
])("where a record of epoch %i is in force, as %s, a proposal of epoch 1 is %s", async (epoch, id, state) => {
  const line = new LineDesk();
  await line.bring("web 1 k1");
  const service = [recordOf("web", { aliases: [], mode: "leader" as const, classes: [], hosts: [] }, { id, epoch })];
  await line.desk.handleView(viewOf({ ...FABRIC, records: { service } }));
  expect(line.states).toEqual([`web ${state} k1`]);
  expect(line.files.get(idOf("web", "1"))!.state).toBe(state);
});

test("a second record of the epoch in force is no proposal, and what is in force is told", async () => {
  const line = new LineDesk();
  line.agent.inForce.set("web", 2);
  line.agent.isTwin = true;
  await expect(line.desk.bring("web 2 k1", { principal: "user/bob", isShown: () => true })).rejects.toMatchObject({
    code: "ERR_CONTROL_CONFLICT",
    message: "a record of epoch 2 is in force, and this one has epoch 2",
    more: { inForce: { epoch: 2, proof: "p" } },
  });
});

test("a proposal is forgotten after seven days", async () => {
  const line = new LineDesk();
  await line.bring("web 1 k1");
  line.wall = WALL + 7 * DAY_MS - 1;
  await line.desk.handleView(viewOf({ records: {} }));
  expect(line.states).toHaveLength(1);
  line.wall++;
  await line.desk.handleView(viewOf({ records: {} }));
  expect([line.states, line.files.size]).toEqual([[], 0]);
});

test("proposals of an earlier life are there once the agent answers", async () => {
  const kept = { by: "user/alice", brought: WALL, state: "waits" as const, reason: null };
  const line = new LineDesk([
    { ...kept, record: "web 1 k1\n" },
    { ...kept, record: "damaged" },
    { ...kept, record: "db 1 k2\n", state: "refused", reason: "quota" },
  ]);
  line.agent.isSilent = true;
  await line.desk.handleView(viewOf({ records: {} }));
  expect(line.states).toEqual([]);
  line.agent.isSilent = false;
  await line.desk.handleView(viewOf({ records: {} }));
  expect(line.states.toSorted()).toEqual(["db refused k2", "web waits k1"]);
  expect(await line.bring("web 1 k2")).toBe("joined");
});

test("one principal has 64 proposals that wait, a replica 512", async () => {
  const line = new LineDesk();
  for (let each = 0; each < 64; each++) await line.bring(`a${each} 1 k1`);
  expect(await line.bring("a64 1 k1")).toBe("ERR_CONTROL_PROPOSALS_FULL");
  // Signatures for those that are there need no room.
  expect(await line.bring("a63 1 k2")).toBe("joined");
  for (let each = 64; each < 512; each++) await line.bring(`b${each} 1 k1`, { principal: `user/u${each}` });
  expect(await line.bring("b512 1 k1", { principal: "user/last" })).toBe("ERR_CONTROL_PROPOSALS_FULL");
});
