/** The attacks that the TUF specification lists (1.5.2): each is refused with a code, and the reader goes on with a source that is good. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { downloadTarget } from "../src/index.ts";
import { makeSnapshot, makeTargets, makeTimestamp } from "../src/authoring/index.ts";
import { makeKey, signed } from "../src/testing/signed-metadata.ts";
import { codeOf, DAY_MS, NODE_PACKAGE, NOW } from "./made-repository.ts";
import { begin, expectGoesOn, never, SECOND, useFolder } from "./reading.ts";

useFolder();

describe("arbitrary software", () => {
  test.each(["timestamp", "snapshot", "targets"])("a %s of a stranger is refused", async (role) => {
    const made = await begin();
    const { repository, reading } = made;
    const { operators, online } = repository;
    const strangers = [makeKey(), makeKey(), makeKey()];
    if (role === "targets") repository.operators = strangers;
    else repository.online = strangers[0]!;
    repository.publishTargets([[NODE_PACKAGE, Buffer.from("a stranger's package")]]);
    Object.assign(repository, { operators, online });
    if (role === "snapshot") repository.publishTimestamp();
    expect(await reading.refresh()).toBe("ERR_RELEASE_SIGNATURES");
    await expectGoesOn(made);
  });

  test("a root needs the quorum of the one before, and its own", async () => {
    const made = await begin();
    const { repository, reading } = made;
    const before = repository.operators;
    const next = [makeKey(), makeKey(), makeKey()];
    repository.operators = next;
    for (const signers of [next, before, [before[0]!, ...next], [...before, next[0]!]]) {
      repository.versions.root = 1;
      repository.publishRoot(signers);
      expect(await reading.refresh()).toBe("ERR_RELEASE_SIGNATURES");
    }
    repository.versions.root = 1;
    repository.publishRoot([before[0]!, before[2]!, next[1]!, next[2]!]);
    expect(await reading.refresh()).toBe("ERR_RELEASE_SIGNATURES"); // The targets are still those of the keys before.
    await expectGoesOn(made);
    expect(reading.trusted()).toMatchObject({ root: 2 });
  });

  test("a package with other octets is thrown away", async () => {
    const { repository, reading } = await begin();
    const target = (await reading.reader.target(NODE_PACKAGE))!;
    const file = join(reading.folder, "package.deb");
    const source = repository.source();
    source.pieces = (_, octets) => [Buffer.alloc(octets.length, 7)];
    expect(await codeOf(downloadTarget(target, source, file, { signal: never }))).toBe("ERR_RELEASE_TARGET");
    expect(readdirSync(reading.folder)).not.toContain("package.deb");
    await downloadTarget(target, repository.source(), file, { signal: never });
    expect(readFileSync(file, "utf8")).toBe("the first package");
  });
});

describe("endless data", () => {
  test.each(["2.root", "timestamp", "2.snapshot", "2.targets"])("%s.json that never ends is left", async (name) => {
    const made = await begin();
    const { repository, reading } = made;
    repository.publishTargets([[NODE_PACKAGE, SECOND]]);
    const path = `metadata/${name}.json`;
    let given = 0;
    const source = repository.source({ [path]: repository.files.get(path) ?? Buffer.of() });
    source.pieces = (asked, octets) => (asked === path ? endless((size) => (given += size)) : [octets]);
    expect(await reading.refresh(source)).toBe("ERR_RELEASE_TOO_LONG");
    expect(given).toBeLessThan(2_000_000);
    await expectGoesOn(made);
  });

  test("a package that never ends is thrown away", async () => {
    const { repository, reading } = await begin();
    const target = (await reading.reader.target(NODE_PACKAGE))!;
    const source = repository.source();
    source.pieces = () => endless(() => undefined);
    const file = join(reading.folder, "package.deb");
    expect(await codeOf(downloadTarget(target, source, file, { signal: never }))).toBe("ERR_RELEASE_TOO_LONG");
    expect(readdirSync(reading.folder)).not.toContain("package.deb");
  });

  test("a chain of more roots than one refresh takes goes on with the next one", { timeout: 60_000 }, async () => {
    const { repository, reading } = await begin();
    for (let count = 0; count < 300; count++) repository.publishRoot(repository.operators.slice(1));
    expect(await reading.refresh()).toBe("ERR_RELEASE_ROOTS");
    expect(await reading.refresh()).toBeUndefined();
    expect(reading.trusted()).toMatchObject({ root: 301 });
  });
});

function* endless(count: (size: number) => void): Generator<Buffer> {
  const chunk = Buffer.alloc(4_096, " ");
  for (;;) {
    count(chunk.length);
    yield chunk;
  }
}

describe("extraneous dependencies and wrong software", () => {
  test("a name that the targets have not is nothing, whatever a source has", async () => {
    const { repository, reading } = await begin();
    repository.files.set("targets/more_1_all.deb", Buffer.from("more"));
    for (const name of ["more_1_all.deb", "__proto__", "constructor", "", "../root.json"])
      expect(await reading.reader.target(name)).toBeUndefined();
  });

  test("one package in the place of another one is thrown away", async () => {
    const { repository, reading } = await begin();
    const other = "florenetes-vpn_0.1.0_amd64.deb";
    repository.publishTargets([
      [NODE_PACKAGE, Buffer.from("the node's")],
      [other, Buffer.from("for a vpn!")],
    ]);
    expect(await reading.refresh()).toBeUndefined();
    const [target, swapped] = [(await reading.reader.target(NODE_PACKAGE))!, (await reading.reader.target(other))!];
    const source = repository.source({ [target.path]: repository.files.get(swapped.path)! });
    const file = join(reading.folder, "package.deb");
    expect(await codeOf(downloadTarget(target, source, file, { signal: never }))).toBe("ERR_RELEASE_TARGET");
  });

  test("delegations are no way around the quorum", async () => {
    const made = await begin();
    const { repository, reading } = made;
    const targets = makeTargets({ version: ++repository.versions.targets, expires: NOW + DAY_MS }, []);
    targets.signed.unrecognizedFields["delegations"] = { keys: {}, roles: [] };
    repository.files.set("metadata/2.targets.json", signed(targets, repository.operators));
    repository.publishSnapshot();
    expect(await reading.refresh()).toBe("ERR_RELEASE_FORM");
    await expectGoesOn(made);
  });
});

describe("freeze", () => {
  test("metadata that has come to its end is not used, by the reader's clock", async () => {
    const made = await begin();
    const { reading, repository } = made;
    reading.now = NOW + 7 * DAY_MS - 1;
    expect(await reading.refresh()).toBeUndefined();
    reading.now = NOW + 7 * DAY_MS;
    expect(await reading.refresh()).toBe("ERR_RELEASE_EXPIRED");
    expect(await codeOf(reading.reader.target(NODE_PACKAGE))).toBe("ERR_RELEASE_EXPIRED");
    expect(await reading.open().target(NODE_PACKAGE)).toBeUndefined();
    repository.expires = reading.now + 7 * DAY_MS;
    await expectGoesOn(made);
  });

  test.each([
    ["snapshot", 8],
    ["targets", 91],
    ["root", 401],
  ])("a fresh timestamp does not hide that the %s has ended", async (_, days) => {
    const { reading, repository } = await begin();
    reading.now = NOW + days * DAY_MS;
    repository.expires = reading.now + DAY_MS;
    if (days > 8) repository.publishSnapshot();
    else repository.publishTimestamp();
    expect(await reading.refresh()).toBe("ERR_RELEASE_EXPIRED");
  });
});

describe("rollback", () => {
  test("an earlier state as a whole is refused, by a process that has started again, too", async () => {
    const made = await begin();
    const { reading, repository } = made;
    const earlier = repository.source();
    await expectGoesOn(made);
    expect(await reading.refresh(earlier)).toBe("ERR_RELEASE_ROLLED_BACK");
    reading.open();
    expect(await reading.refresh(earlier)).toBe("ERR_RELEASE_ROLLED_BACK");
    expect(await reading.refresh(repository.source())).toBeUndefined();
  });

  test("earlier targets under a new snapshot are refused, and an earlier snapshot under a new timestamp", async () => {
    const made = await begin();
    const { reading, repository } = made;
    await expectGoesOn(made);
    const good = repository.source();
    repository.versions.targets = 1;
    repository.publishSnapshot();
    expect(await reading.refresh()).toBe("ERR_RELEASE_ROLLED_BACK");
    repository.versions.snapshot = 1;
    repository.publishTimestamp();
    expect(await reading.refresh()).toBe("ERR_RELEASE_ROLLED_BACK");
    expect(await reading.refresh(good)).toBeUndefined();
  });

  test.each(["timestamp.json", "2.snapshot.json", "2.targets.json", "trusted.json"])(
    "it is refused where %s is damaged, and the damage mends itself",
    async (name) => {
      const made = await begin();
      const { reading, repository } = made;
      const earlier = repository.source();
      await expectGoesOn(made);
      for (const damage of ["", "{", '{"signed":{}}']) {
        writeFileSync(join(reading.folder, name), damage);
        reading.open();
        expect(await reading.refresh(earlier)).toBe("ERR_RELEASE_ROLLED_BACK");
        expect(await reading.refresh()).toBeUndefined();
        expect(await reading.open().target(NODE_PACKAGE)).toMatchObject({ length: SECOND.length });
      }
    },
  );

  test("a root that was seen is not forgotten, though its file is damaged and a source has it no more", async () => {
    const { reading, repository } = await begin();
    const earlier = repository.source();
    repository.publishRoot(repository.operators);
    expect(await reading.refresh()).toBeUndefined();
    rmSync(join(reading.folder, "2.root.json"));
    expect(await reading.refresh(earlier)).toBe("ERR_RELEASE_ROLLED_BACK");
    expect(await reading.refresh()).toBeUndefined();
  });
});

describe("fast-forward", () => {
  test.each(["online", "snapshotKey"] as const)(
    "a new root with another key (%s) brings the readers back",
    async (which) => {
      const { reading, repository } = await begin();
      // Whoever has the online key gives versions that nobody comes to by going on.
      repository.versions = { ...repository.versions, snapshot: 2 ** 40, timestamp: 2 ** 40 };
      repository.publishSnapshot();
      expect(await reading.refresh()).toBeUndefined();
      repository.versions = { ...repository.versions, snapshot: 1, timestamp: 1 };
      repository.publishSnapshot();
      expect(await reading.refresh()).toBe("ERR_RELEASE_ROLLED_BACK");
      repository[which] = makeKey();
      repository.publishRoot(repository.operators);
      repository.publishSnapshot();
      // A process that ends once it has taken the root forgets nothing that matters.
      const { timestamp, ...others } = repository.versions;
      expect(await reading.refresh(repository.source({ "metadata/timestamp.json": undefined }))).toBe(
        "ERR_RELEASE_SOURCE",
      );
      reading.open();
      expect(await reading.refresh()).toBeUndefined();
      expect(reading.trusted()).toMatchObject({ ...others, timestamp });
    },
  );
});

describe("mix and match", () => {
  test("files of two states do not go together", async () => {
    const made = await begin();
    const { reading, repository } = made;
    const first = new Map(repository.files);
    repository.publishTargets([[NODE_PACKAGE, SECOND]]);
    const olderSnapshot = repository.source({ "metadata/2.snapshot.json": first.get("metadata/1.snapshot.json") });
    expect(await reading.refresh(olderSnapshot)).toBe("ERR_RELEASE_MIXED");
    const olderTargets = repository.source({ "metadata/2.targets.json": first.get("metadata/1.targets.json") });
    expect(await reading.refresh(olderTargets)).toBe("ERR_RELEASE_MIXED");
    await expectGoesOn(made);
  });

  test("a version that the other file does not name is refused where it names no hash, too", async () => {
    const { reading, repository } = await begin();
    const { versions, files, online } = repository;
    const octets = files.get("metadata/1.targets.json")!;
    const snapshot = makeSnapshot({ version: 2, expires: NOW + DAY_MS }, { version: 1, octets });
    files.set("metadata/3.snapshot.json", signed(snapshot, [online]));
    const timestamp = makeTimestamp({ version: ++versions.timestamp, expires: NOW + DAY_MS }, { version: 3, octets });
    Object.assign(timestamp.signed.snapshotMeta, { length: undefined, hashes: undefined });
    files.set("metadata/timestamp.json", signed(timestamp, [online]));
    expect(await reading.refresh()).toBe("ERR_RELEASE_MIXED");
  });
});

describe("key compromises", () => {
  test("one operator's key, or that of snapshots, makes no software", async () => {
    const { repository, reading } = await begin();
    repository.threshold = 1;
    repository.publishTargets([[NODE_PACKAGE, SECOND]]);
    expect(await reading.refresh()).toBe("ERR_RELEASE_SIGNATURES");
  });

  test("keys that a root leaves out count no more, whatever becomes of the refresh that brought it", async () => {
    const { repository, reading } = await begin();
    const thief = repository.online;
    repository.online = makeKey();
    repository.publishRoot(repository.operators);
    repository.publishTimestamp();
    expect(await reading.refresh(repository.source({ "metadata/timestamp.json": Buffer.of(1) }))).toBe(
      "ERR_RELEASE_FORM",
    );
    repository.online = thief;
    repository.publishSnapshot();
    reading.open();
    expect(await reading.refresh(repository.source({ "metadata/2.root.json": undefined }))).toBe(
      "ERR_RELEASE_SIGNATURES",
    );
  });
});
