import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CollectionTerms, HolderError, type Piece, PIECE_SIZE_MAX } from "@florenetes/blobs";
import { gather, openNote, opened } from "@florenetes/blobs/sealing";
import { openAdminServer } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { expect, onTestFinished, test, vi } from "vitest";
import { Keeper } from "../../../src/drivers/keep/keeper.ts";
import { MemoryClient } from "../memory-client.ts";
import { CodesLog } from "../raw-reader.ts";

const PATIENCE = { timeout: 10_000, interval: 10 };
const identity = await generateIdentity();
const COLLECTION = { scope: "cluster", name: "fabric" };
const TERMS: CollectionTerms = {
  ...COLLECTION,
  epoch: 1,
  recoveryEpoch: 1,
  copies: 2,
  holders: ["b", "c"].map((node) => ({ node, domain: node })),
  readers: [],
  writers: ["user/keeper"],
  retention: 0,
  unretained: [],
  budget: 2 ** 30,
  recipients: [await identityToRecipient(identity)],
};

/** A program with numbered pieces, and a keeper of them. */
class Scene {
  readonly folder: string = mkdtempSync(join(tmpdir(), "florenetes-keeper-"));
  readonly client = new MemoryClient();
  readonly notes: string[] = [];
  /** Cursors with which it was asked. */
  readonly asked: (string | null)[] = [];
  /** Pieces that there are. */
  count = 3;
  /** An answer that it gives instead. */
  answer: unknown;

  static async open(): Promise<Scene> {
    const scene = new Scene();
    onTestFinished(() => rmSync(scene.folder, { recursive: true, force: true }));
    const put = scene.client.put.bind(scene.client);
    scene.client.put = async (name, octets, options) => {
      const entry = await put(name, octets, options);
      scene.notes.push((await options.note?.())!);
      return entry;
    };
    const server = await openAdminServer({
      path: join(scene.folder, "agent.sock"),
      routes: { "/pieces/log": (query) => scene.#answer(query.get("after")) },
      actions: {},
      onError: () => undefined,
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    return scene;
  }

  keeper(): Keeper {
    const keeper = new Keeper({
      config: {
        agent: join(this.folder, "agent.sock"),
        control: undefined,
        what: ["log"],
        state: join(this.folder, "state"),
        collection: COLLECTION,
      },
      cluster: "demo",
      node: "a",
      clientOf: () => this.client,
      termsOf: () => TERMS,
      time: nodeTime,
      log: new CodesLog(),
    });
    onTestFinished(() => keeper[Symbol.asyncDispose]());
    keeper.start();
    return keeper;
  }

  /** Names and texts of all that is kept, in the order in which it was put. */
  async kept(): Promise<readonly (readonly [string, string])[]> {
    const entries = [...this.client.entries.values()];
    const signal = new AbortController().signal;
    return Promise.all(
      entries.map(async (entry, at) => {
        const text = await gather(opened(this.client.read(entry, { signal }), [identity]));
        return [(await openNote(this.notes[at]!, [identity]))!.name, text.toString()] as const;
      }),
    );
  }

  #answer(after: string | null): unknown {
    this.asked.push(after);
    if (this.answer !== undefined) return this.answer;
    const number = Number(after ?? 0) + 1;
    const piece = number > this.count ? null : pieceOf(number, number === this.count);
    return { cluster: "demo", node: "a", fault: null, piece };
  }
}

function pieceOf(number: number, isLast = true): Piece {
  return { name: `log.${number}.txt`, cursor: String(number), text: `piece ${number}\n`, isLast };
}

const whole = (keeper: Keeper, count = 3) =>
  vi.waitFor(() => expect(keeper.status().kinds[0]!.last?.name).toBe(`log.${count}.txt`), PATIENCE);
const failed = (keeper: Keeper, code: string) =>
  vi.waitFor(() => expect(keeper.status().kinds[0]!.fault?.code).toBe(code), PATIENCE);

test("pieces are kept one after the other, sealed, and a keeper that begins anew goes on behind the last one", async () => {
  const scene = await Scene.open();
  const keeper = scene.keeper();
  await whole(keeper);
  expect(await scene.kept()).toEqual([1, 2, 3].map((number) => [`log.${number}.txt`, `piece ${number}\n`]));
  expect(Buffer.concat([...scene.client.shards.values()]).toString("latin1")).not.toContain("piece");
  expect(keeper.status().kinds[0]).toMatchObject({ pieces: 3, failures: 0, last: { name: "log.3.txt" } });
  await keeper[Symbol.asyncDispose]();
  scene.count = 4;
  await whole(scene.keeper(), 4);
  expect(scene.asked).toEqual([null, "1", "2", "3"]);
  expect((await scene.kept()).map(([name]) => name)).toEqual(["log.1.txt", "log.2.txt", "log.3.txt", "log.4.txt"]);
});

test.each([
  ["damaged", "{"],
  [
    "that of others",
    JSON.stringify({ collection: "cluster/other", kept: { log: { cursor: "2", name: "x", keptAt: 1 } } }),
  ],
  ["of another form", JSON.stringify({ collection: "cluster/fabric", kept: { log: { cursor: 2 } } })],
  [
    "of a time that there is not",
    JSON.stringify({ collection: "cluster/fabric", kept: { log: { cursor: "2", name: "x", keptAt: 8.64e15 + 1 } } }),
  ],
  ["too large", " ".repeat(100_000)],
])("a file of cursors that is %s has all kept anew", async (_, text) => {
  const scene = await Scene.open();
  await (await keptWhole(scene))[Symbol.asyncDispose]();
  writeFileSync(join(scene.folder, "state/kept.json"), text);
  await whole(scene.keeper());
  expect((await scene.kept()).map(([name]) => name)).toEqual([1, 2, 3, 1, 2, 3].map((number) => `log.${number}.txt`));
  expect(readFileSync(join(scene.folder, "state/kept.json"), "utf8")).toContain('"cursor":"3"');
});

async function keptWhole(scene: Scene): Promise<Keeper> {
  const keeper = scene.keeper();
  await whole(keeper);
  return keeper;
}

test("a folder that cannot be made, as on a full disk, keeps nothing from being kept, and is told", async () => {
  const scene = await Scene.open();
  writeFileSync(join(scene.folder, "state"), "");
  const keeper = scene.keeper();
  await whole(keeper);
  expect(scene.client.entries.size).toBe(3);
  expect(keeper.status().fileFault).toBe("EEXIST");
});

test("holders that are away leave the cursor where it is, and are told", async () => {
  const scene = await Scene.open();
  scene.client.onAsked = () => {
    throw new HolderError({ code: "ERR_STORAGE_MAJORITY", message: "nobody answers" });
  };
  const keeper = scene.keeper();
  await failed(keeper, "ERR_STORAGE_MAJORITY");
  expect(keeper.status().kinds[0]).toMatchObject({ last: null, pieces: 0, failures: 1, failuresInRow: 1 });
  await keeper[Symbol.asyncDispose]();
  scene.client.onAsked = () => undefined;
  await whole(scene.keeper());
  expect(scene.asked.slice(0, 2)).toEqual([null, null]);
});

const TOLD = { cluster: "demo", node: "a", fault: null };
test.each<readonly [string, unknown, string]>([
  ["no answer of this kind", { hello: 1 }, "ERR_STORE_PIECE"],
  ["that of another node", { ...TOLD, node: "z", piece: pieceOf(1) }, "ERR_STORE_PIECE"],
  ["that of another cluster", { ...TOLD, cluster: "z", piece: pieceOf(1) }, "ERR_STORE_PIECE"],
  ["a piece of a name that leads elsewhere", { ...TOLD, piece: { ...pieceOf(1), name: "../log" } }, "ERR_STORE_PIECE"],
  [
    "a piece of a cursor that nobody can ask with",
    { ...TOLD, piece: { ...pieceOf(1), cursor: "\ud800" } },
    "ERR_STORE_PIECE",
  ],
  ["a piece that is empty", { ...TOLD, piece: { ...pieceOf(1), text: "" } }, "ERR_STORE_PIECE"],
  [
    "a piece that is too large",
    { ...TOLD, piece: { ...pieceOf(1), text: "x".repeat(PIECE_SIZE_MAX + 1) } },
    "ERR_STORE_PIECE",
  ],
  ["an answer that is far too large", { ...TOLD, more: "x".repeat(3 * PIECE_SIZE_MAX) }, "ERR_ADMIN_ANSWER"],
  ["a reason for which there is nothing", { ...TOLD, fault: "no copy", piece: null }, "ERR_STORE_SOURCE"],
])("a source that answers %s has nothing kept", async (_, answer, code) => {
  const scene = await Scene.open();
  scene.answer = answer;
  const keeper = scene.keeper();
  await failed(keeper, code);
  expect(scene.client.entries.size).toBe(0);
});

test("a source that gives one piece again and again has it kept once", async () => {
  const scene = await Scene.open();
  scene.answer = { ...TOLD, piece: pieceOf(1, false) };
  await failed(scene.keeper(), "ERR_STORE_PIECE");
  expect(scene.client.entries.size).toBe(1);
});

test("several keepers of one source each keep all of it", async () => {
  const scene = await Scene.open();
  const one = scene.keeper();
  await whole(one);
  rmSync(join(scene.folder, "state"), { recursive: true });
  await whole(scene.keeper());
  expect(scene.client.entries.size).toBe(6);
});
