import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import { FolderSource } from "@florenetes/releases";
import { nodeTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CacheMetadata } from "../../src/drivers/cache-metadata.ts";
import { REFRESH_AGAIN_MS, REFRESH_MS } from "../../src/drivers/limits.ts";
import { octetsOf, SignedRepository, targetOf } from "./a-repository.ts";
import { CodesLog } from "./raw-reader.ts";

const [FIRST, SECOND] = [targetOf(octetsOf(10), "0.1.0"), targetOf(octetsOf(20), "0.1.1")];

let folder: string;
let repository: SignedRepository;
let now: number;
let log: CodesLog;
let asked: number;
let isDown: boolean;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cache-metadata-"));
  repository = new SignedRepository(join(folder, "published"));
  repository.publish([FIRST]);
  log = new CodesLog();
  [now, asked, isDown] = [0, 0, false];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(): CacheMetadata {
  return new CacheMetadata({
    state: join(folder, "state"),
    firstRoot: readFileSync(join(repository.folder, "metadata/1.root.json")),
    sources: {
      refresh: async (reader, signal, _isEnough, kind) => {
        asked++;
        expect(kind).toBe("store");
        if (isDown) throw new OperatorError("ERR_RELEASE_SOURCES", "nobody answers", { advice: "" });
        await reader.refresh(new FolderSource(repository.folder), signal);
      },
    },
    time: { ...nodeTime, now: () => now },
    log,
    signal: new AbortController().signal,
  });
}

async function read(metadata: CacheMetadata, name: string): Promise<string | undefined> {
  const file = await metadata.open(`metadata/${name}`);
  const text = await file?.handle.readFile("utf8");
  await file?.release();
  return text;
}

test("metadata is asked for once for all who read it, and again a minute later", async () => {
  const metadata = open();
  const names = ["1.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"];
  const texts = await Promise.all(names.map((name) => read(metadata, name)));
  const published = names.map((name) => readFileSync(join(repository.folder, "metadata", name), "utf8"));
  expect(texts).toEqual(published);
  expect(await read(metadata, "2.root.json")).toBeUndefined();
  now = REFRESH_MS - 1;
  await read(metadata, "timestamp.json");
  expect(asked).toBe(1);
  repository.publish([FIRST, SECOND]);
  now = REFRESH_MS;
  expect(await read(metadata, "2.targets.json")).toContain(SECOND.name);
  expect(asked).toBe(2);
  // Whoever has begun with the former timestamp comes to its end.
  expect(await read(metadata, "1.targets.json")).toBeDefined();
  for (const _ of [1, 2, 3]) {
    now += REFRESH_MS;
    await read(metadata, "timestamp.json");
  }
  expect(readdirSync(join(folder, "state/copies"))).toHaveLength(2);
});

test("a target that is new is known after a refresh, another hash under its name is none", async () => {
  const metadata = open();
  expect(await metadata.target(FIRST.name, FIRST.sha256)).toEqual(FIRST);
  expect(await metadata.target(FIRST.name, SECOND.sha256)).toBeUndefined();
  repository.publish([FIRST, SECOND]);
  expect(await metadata.target(SECOND.name, SECOND.sha256)).toBeUndefined();
  now = REFRESH_MS;
  expect(await metadata.target(SECOND.name, SECOND.sha256)).toEqual(SECOND);
});

test("without a store there is nothing at first, what is known later, and what another life of the process knew", async () => {
  isDown = true;
  const first = open();
  await expect(read(first, "timestamp.json")).rejects.toMatchObject({ code: "ERR_STORE_FETCH" });
  isDown = false;
  now = REFRESH_AGAIN_MS;
  const text = await read(first, "timestamp.json");
  expect(text).toBeDefined();
  isDown = true;
  now += REFRESH_MS;
  expect(await read(first, "timestamp.json")).toBe(text);
  expect(log.codes).toEqual(["METADATA_STALE", "METADATA_CURRENT", "METADATA_STALE"]);
  const second = open();
  expect(await read(second, "timestamp.json")).toBe(text);
  expect(await second.target(FIRST.name, FIRST.sha256)).toEqual(FIRST);
  expect(second.fault).toBe("ERR_RELEASE_SOURCES");
});
