import { describe, expect, test } from "vitest";
import type { Pulled } from "../../src/mail/replica-reader.ts";
import { TOLD_MAX } from "../../src/proposals/limits.ts";
import { WALL } from "../a-fabric.ts";
import { idOf, LineDesk } from "./a-desk.ts";

const DAY_MS = 86_400_000;

/** A proposal of an earlier life, but for its record. */
const KEPT = {
  by: "user/alice",
  toldBy: null,
  broughtAt: null,
  brought: WALL,
  state: "waits" as const,
  reason: null,
};

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
  const line = new LineDesk(
    new Map([
      [idOf("web", "1"), { ...KEPT, record: "web 1 k1\n" }],
      ["damaged", { ...KEPT, record: "damaged" }],
      ["of another record", { ...KEPT, record: "web 2 k1\n" }],
      [idOf("db", "1"), { ...KEPT, record: "db 1 k2\n", state: "refused" as const, reason: "quota" }],
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

test("proposals of an earlier life that were published meanwhile say so", async () => {
  const line = new LineDesk(
    new Map([
      [idOf("web", "1"), { ...KEPT, record: "web 1 k1\n" }],
      [idOf("db", "1"), { ...KEPT, record: "db 1 k1\n" }],
    ]),
  );
  line.agent.inForce.set("web", 1);
  line.agent.inForce.set("db", 2);
  await line.look();
  expect(line.states.toSorted()).toEqual(["db overtaken k1", "web published k1"]);
});

test.each(["future", "authority", "gap", "quota"])(
  "a proposal of an earlier life that would be refused for `%s` just now waits on",
  async (reason) => {
    const line = new LineDesk(new Map([[idOf("web", "1"), { ...KEPT, record: "web 1 k1\n" }]]));
    line.agent.fault = reason;
    await line.look();
    expect(line.desk.proposals).toMatchObject([{ state: "waits", reason }]);
    expect(line.files.get(idOf("web", "1"))).toMatchObject({ state: "waits", reason });
    line.agent.fault = undefined;
    // A clock that was behind changes no digest.
    line.wall += 60_000;
    await line.look(reason === "future" ? 0 : 1);
    expect(line.desk.proposals).toMatchObject([{ state: "waits", reason: null }]);
    expect(await line.bring("web 1 k2")).toBe("joined");
    expect(line.states).toEqual(["web published k1,k2"]);
  },
);

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

describe("a proposal of another replica", () => {
  const told = (subject: string, signers: string, rest: Partial<Pulled> = {}): Pulled => ({
    from: "d",
    id: idOf(subject, "1"),
    broughtAt: "d",
    brought: WALL - 1_000,
    by: "user/bob",
    text: `${subject} 1 ${signers}\n`,
    replaces: undefined,
    ...rest,
  });

  test("is kept as if it had been brought here, with what that replica says of it", async () => {
    const line = new LineDesk();
    expect(await line.desk.takeTold(told("web", "k1"))).toBe("taken");
    expect(line.desk.proposals).toMatchObject([{ by: "user/bob", toldBy: "d", broughtAt: "d", state: "waits" }]);
    expect(line.desk.proposals[0]!.brought).toBe(new Date(WALL - 1_000).toISOString());
    expect(line.files.get(idOf("web", "1"))).toMatchObject({ toldBy: "d", record: "web 1 k1\n" });
    expect(await line.desk.takeTold(told("web", "k1"))).toBe("known");
    expect(await line.bring("web 1 k2")).toBe("joined");
    expect(line.states).toEqual(["web published k1,k2"]);
    expect(line.agent.handed).toEqual(["web 1 k1,k2\n"]);
  });

  test("brings signatures for one that was brought here, which stays that; with the last of them it is published", async () => {
    const line = new LineDesk();
    await line.bring("web 1 k1");
    expect(await line.desk.takeTold(told("web", "k2", { brought: 0 }))).toBe("signed");
    expect(line.desk.proposals).toMatchObject([{ by: "user/alice", toldBy: null, state: "published" }]);
    expect(line.desk.proposals[0]!.brought).toBe(new Date(WALL).toISOString());
    expect(await line.desk.takeTold(told("web", "k1,k2,k3"))).toBe("conflict");
  });

  test("is the word of the replica to which it was brought, once that tells of it itself", async () => {
    const line = new LineDesk();
    await line.desk.takeTold(told("web", "k1", { from: "e", by: "user/eve", brought: 1 }));
    expect(line.desk.proposals).toMatchObject([{ by: "user/eve", toldBy: "e", broughtAt: "d" }]);
    expect(await line.desk.takeTold(told("web", "k1"))).toBe("confirmed");
    expect(line.desk.proposals).toMatchObject([{ by: "user/bob", toldBy: "d", broughtAt: "d" }]);
    expect(line.files.get(idOf("web", "1"))).toMatchObject({ toldBy: "d", brought: WALL - 1_000 });
    expect(await line.desk.takeTold(told("web", "k1"))).toBe("known");
    // Others change nothing any more.
    expect(await line.desk.takeTold(told("web", "k1", { from: "e", by: "user/eve" }))).toBe("known");
    expect(await line.desk.takeTold(told("web", "k1", { from: "e", broughtAt: "e" }))).toBe("known");
    expect(line.desk.proposals).toMatchObject([{ by: "user/bob", toldBy: "d" }]);
  });

  test("is kept no longer than one that is brought now, whatever that replica says", async () => {
    const line = new LineDesk();
    await line.desk.takeTold(told("web", "k1", { brought: WALL + 100 * DAY_MS }));
    expect(line.desk.proposals[0]!.ends).toBe(new Date(WALL + 7 * DAY_MS).toISOString());
  });

  test.each<[string, Pulled, string]>([
    ["no record", told("web", "k1", { text: "x" }), "record"],
    ["another record than it was said to be", told("web", "k1", { text: "db 1 k1\n" }), "other-record"],
    ["a record that nobody would take", told("bad-subject", "k1"), "record"],
    ["not the next of its slot", told("bad-older", "k1"), "conflict"],
    ["of the future", told("bad-future", "k1"), "early"],
    ["of a quorum that is not known yet", told("bad-authority", "k1"), "early"],
    ["behind a version that has not come", told("bad-gap", "k1"), "early"],
  ])("is not kept where it is %s", async (_, pulled, outcome) => {
    const line = new LineDesk();
    expect(await line.desk.takeTold(pulled)).toBe(outcome);
    expect([line.states, line.files.size, line.changes]).toEqual([[], 0, 0]);
  });

  test("adds no signature that the agent does not find good", async () => {
    const line = new LineDesk();
    await line.bring("web 1 k1");
    expect(await line.desk.takeTold(told("web", "mallory"))).toBe("known");
    expect(line.states).toEqual(["web waits k1"]);
  });

  test("is neither taken nor given up while the agent is silent", async () => {
    const line = new LineDesk();
    line.agent.isSilent = true;
    expect(await line.desk.takeTold(told("web", "k1"))).toBe("silent");
    expect(line.states).toEqual([]);
  });

  test("takes no place of those that people bring here, and theirs are kept out by none of them", async () => {
    const line = new LineDesk();
    for (let at = 0; at < TOLD_MAX; at++)
      expect(await line.desk.takeTold(told(`t${at}`, "k1", { by: "user/alice" }))).toBe("taken");
    expect(await line.desk.takeTold(told("more", "k1"))).toBe("full");
    for (let at = 0; at < 64; at++) expect(await line.bring(`a${at} 1 k1`)).toBe("new");
    expect(await line.bring("a64 1 k1")).toBe("ERR_CONTROL_PROPOSALS_FULL");
  });

  test("takes the place of another one where it may, or of the oldest that waits no more", async () => {
    const line = new LineDesk();
    for (let at = 0; at < TOLD_MAX; at++) await line.desk.takeTold(told(`t${at}`, "k1", { brought: WALL - at }));
    expect(await line.desk.takeTold(told("first", "k1", { replaces: idOf("t7", "1") }))).toBe("taken");
    expect(line.files.has(idOf("t7", "1"))).toBe(false);
    for (const each of ["t3", "t9"]) await line.bring(`${each} 1 k2`);
    expect(await line.desk.takeTold(told("second", "k1"))).toBe("taken");
    expect([line.files.has(idOf("t9", "1")), line.files.has(idOf("t3", "1"))]).toEqual([false, true]);
    expect(line.desk.proposals).toHaveLength(TOLD_MAX);
  });
});
