/** Sources that stall or lie, and processes that are killed. */
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { downloadTarget, RepositoryReader } from "../src/index.ts";
import { codeOf, NODE_PACKAGE, NOW, PlayedSource, sha256 } from "./made-repository.ts";
import { begin, expectGoesOn, never, SECOND, useFolder } from "./reading.ts";

const base = useFolder();
afterEach(() => void vi.useRealTimers());

describe("slow retrieval", () => {
  test("a refresh whose source stalls ends in time, and one that is called off at once", async () => {
    const made = await begin();
    const { reading, repository } = made;
    const stalling = new PlayedSource(() => Buffer.from("x"));
    stalling.pieces = () => ["stall"];
    const hasty = new RepositoryReader({
      folder: reading.folder,
      firstRoot: repository.firstRoot,
      now: () => NOW,
      refreshMs: 20,
    });
    expect(await codeOf(hasty.refresh(stalling, never))).toBe("ERR_RELEASE_TOO_SLOW");
    const reason = new Error("stopped");
    await expect(reading.reader.refresh(stalling, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expectGoesOn(made);
  });

  test("a download that trickles or stalls is left, and its part is gone on with", async () => {
    const { repository, reading } = await begin();
    const target = (await reading.reader.target(NODE_PACKAGE))!;
    const file = join(reading.folder, "package.deb");
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const slow = repository.source();
    slow.pieces = (_, octets) => [octets.subarray(0, 4), "stall"];
    const ended = codeOf(downloadTarget(target, slow, file, { signal: never }));
    await vi.waitFor(() => expect(readFileSync(file, "utf8")).toBe("the "), { timeout: 10_000 });
    vi.advanceTimersByTime(20_000);
    expect(await ended).toBe("ERR_RELEASE_TOO_SLOW");
    const next = repository.source();
    await downloadTarget(target, next, file, { signal: never });
    expect(next.asked).toEqual([`${target.path} from 4`]);
    expect(readFileSync(file, "utf8")).toBe("the first package");
  });
});

describe("malicious mirrors", () => {
  test("a part of a liar does not make an honest source look false", async () => {
    const { repository, reading } = await begin();
    const target = (await reading.reader.target(NODE_PACKAGE))!;
    const file = join(reading.folder, "package.deb");
    writeFileSync(file, "lies");
    const honest = repository.source();
    await downloadTarget(target, honest, file, { signal: never });
    expect(honest.asked).toEqual([`${target.path} from 4`, target.path]);
    expect(readFileSync(file, "utf8")).toBe("the first package");
  });

  test("a source without the files, or in the middle of a publication, is told from one that is whole", async () => {
    const made = await begin();
    const { repository, reading } = made;
    expect(await reading.refresh(new PlayedSource(() => undefined))).toBe("ERR_RELEASE_SOURCE");
    repository.publishTargets([[NODE_PACKAGE, SECOND]]);
    expect(await reading.refresh(repository.source({ "metadata/2.targets.json": undefined }))).toBe(
      "ERR_RELEASE_SOURCE",
    );
    await expectGoesOn(made);
  });
});

test("a reader that is killed between any two of its writes goes on", async () => {
  const made = await begin();
  const { reading, repository } = made;
  const before = mkdtempSync(join(base, "before-"));
  cpSync(reading.folder, before, { recursive: true });
  await expectGoesOn(made);
  const order = ["2.targets.json", "2.snapshot.json", "timestamp.json", "trusted.json"];
  for (let count = 0; count <= order.length; count++) {
    const folder = mkdtempSync(join(base, "killed-"));
    cpSync(before, folder, { recursive: true });
    for (const name of order.slice(0, count)) cpSync(join(reading.folder, name), join(folder, name));
    writeFileSync(join(folder, ".timestamp.json.new"), "a part");
    const reader = new RepositoryReader({ folder, firstRoot: repository.firstRoot, now: () => NOW });
    expect(await reader.target(NODE_PACKAGE)).toBeDefined();
    expect(await codeOf(reader.refresh(repository.source(), never))).toBeUndefined();
    expect(await reader.target(NODE_PACKAGE)).toMatchObject({ length: SECOND.length });
  }
});

test("octets that are changed at random are refused with a code, or change nothing", { timeout: 60_000 }, async () => {
  const { repository } = await begin();
  repository.publishRoot(repository.operators);
  repository.publishTargets([[NODE_PACKAGE, SECOND]]);
  const paths = [
    "metadata/2.root.json",
    "metadata/timestamp.json",
    "metadata/2.snapshot.json",
    "metadata/2.targets.json",
  ];
  const change = fc.record({
    path: fc.constantFrom(...paths),
    at: fc.nat(2_000),
    octets: fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(",", "{", '"', "1", "\\u0000").map((text) => Buffer.from(text)),
    ),
    removed: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ path, at, octets, removed }) => {
      const whole = repository.files.get(path)!;
      const place = at % whole.length;
      const changed = Buffer.concat([whole.subarray(0, place), octets, whole.subarray(place + removed)]);
      const folder = mkdtempSync(join(base, "changed-"));
      const reader = new RepositoryReader({ folder, firstRoot: repository.firstRoot, now: () => NOW });
      const code = await codeOf(reader.refresh(repository.source({ [path]: changed }), never));
      if (code !== undefined) expect(code).toMatch(/^ERR_RELEASE_[A-Z_]+$/);
      else expect(await reader.target(NODE_PACKAGE)).toMatchObject({ sha256: sha256(SECOND) });
    }),
    { numRuns: 60 },
  );
});
