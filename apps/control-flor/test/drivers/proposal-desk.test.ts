import { expect, test } from "vitest";
import { WALL } from "../a-fabric.ts";
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
  expect(own.changes).toBe(4);
});

test("a record that is whole is published at once, and one that the agent refuses for good says why", async () => {
  const line = new LineDesk();
  expect(await line.bring("web 1 k1,k3")).toBe("new");
  line.agent.refuses = "depth";
  expect(await line.bring("db 1 k1,k3")).toBe("new");
  expect(line.states.toSorted()).toEqual(["db refused k1,k3", "web published k1,k3"]);
  expect(line.desk.proposals.find(({ subject }) => subject === "db")!.reason).toBe("depth");
  // Once it would be taken, it may be brought again.
  line.agent.refuses = undefined;
  expect(await line.bring("db 1 k1,k3")).toBe("joined");
  expect(line.states.toSorted()).toEqual(["db published k1,k3", "web published k1,k3"]);
});

test("the last signature is kept where the agent is silent just then, and the record is published when it answers", async () => {
  const line = new LineDesk();
  await line.bring("web 1 k1");
  line.agent.isDeaf = true;
  expect(await line.bring("web 1 k2")).toBe("joined");
  expect(line.states).toEqual(["web waits k1,k2"]);
  expect(line.files.get(idOf("web", "1"))!.record).toBe("web 1 k1,k2\n");
  line.agent.isDeaf = false;
  line.wall += 10_000;
  await line.look();
  expect(line.states).toEqual(["web published k1,k2"]);
});

test("a refusal that may pass is told, and the record is handed in again each ten seconds", async () => {
  const line = new LineDesk();
  line.agent.refuses = "quota";
  await line.bring("web 1 k1,k2");
  expect(line.desk.proposals[0]).toMatchObject({ state: "waits", reason: "quota" });
  await line.look();
  expect(line.agent.handed).toHaveLength(1);
  line.agent.refuses = undefined;
  line.wall += 10_000;
  await line.look();
  expect(line.desk.proposals[0]).toMatchObject({ state: "published", reason: null });
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
});

test.each([
  ["published", 1, false],
  ["overtaken", 1, true],
  ["overtaken", 2, false],
])(
  "a proposal is %s once a record of epoch %i is in force by others (another one: %s)",
  async (state, epoch, isTwin) => {
    const line = new LineDesk();
    await line.bring("web 1 k1");
    await line.look(1);
    line.agent.inForce.set("web", epoch);
    line.agent.isTwin = isTwin;
    // The agent is asked again where the digest of the kind is another one.
    await line.look(1);
    expect(line.states).toEqual(["web waits k1"]);
    await line.look(2);
    expect(line.states).toEqual([`web ${state} k1`]);
    expect(line.files.get(idOf("web", "1"))!.state).toBe(state);
  },
);

test("keys that may sign are those of now: a proposal is whole once fewer have to sign", async () => {
  const line = new LineDesk();
  await line.bring("web 1 k1");
  line.agent.threshold = 1;
  await line.desk.handleDigests({ root: { count: 1, hash: "another root" } });
  expect(line.states).toEqual(["web published k1"]);
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
  await line.look();
  expect(line.states).toHaveLength(1);
  line.wall++;
  await line.look();
  expect([line.states, line.files.size]).toEqual([[], 0]);
});

test("proposals of an earlier life are there once the agent answers", async () => {
  const kept = { by: "user/alice", brought: WALL, state: "waits" as const, reason: null };
  const line = new LineDesk(
    new Map([
      [idOf("web", "1"), { ...kept, record: "web 1 k1\n" }],
      ["damaged", { ...kept, record: "damaged" }],
      ["of another record", { ...kept, record: "web 2 k1\n" }],
      [idOf("db", "1"), { ...kept, record: "db 1 k2\n", state: "refused" as const, reason: "quota" }],
    ]),
  );
  line.agent.isSilent = true;
  await line.look();
  expect(line.states).toEqual([]);
  line.agent.isSilent = false;
  await line.look();
  expect(line.states.toSorted()).toEqual(["db refused k2", "web waits k1"]);
  expect(await line.bring("web 1 k2")).toBe("joined");
});

test("65 signed records are more than are handed in at a time", async () => {
  const line = new LineDesk();
  const record = "-----BEGIN FLORENETES FACT-----\n";
  await expect(line.desk.hand(record.repeat(65))).rejects.toMatchObject({ code: "ERR_CONTROL_RECORDS_MANY" });
  expect(line.agent.handed).toEqual([]);
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
