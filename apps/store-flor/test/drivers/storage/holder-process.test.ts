/** store-flor itself as a holder: killed while it writes, started again, stopped in order. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CollectionTerms } from "@florenetes/blobs";
import { HttpDoor } from "@florenetes/blobs/wire";
import { type AdminServer, openAdminServer, requestAdmin } from "@florenetes/process-kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StoreFlorStatus } from "../../../src/admin/store-status.ts";
import { connectAs } from "../raw-reader.ts";

const PROGRAM = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const SHARD_SIZE = 300_000;
/** Octets that it counts for, in whole blocks. */
const SHARD_FOOTPRINT = 303_104;
const AT = { collection: { scope: "cluster", name: "backup" }, recoveryEpoch: 0 };
const TERMS: CollectionTerms = {
  ...AT.collection,
  epoch: 1,
  recoveryEpoch: 0,
  copies: 2,
  holders: ["a", "b"].map((node) => ({ node, domain: node })),
  readers: [],
  writers: ["user/alice"],
  retention: 0,
  unretained: [],
  budget: 1e9,
  recipients: [],
};
const never = new AbortController().signal;

let folder: string;
let agent: AdminServer;
let child: ChildProcess | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holder-process-"));
  mkdirSync(join(folder, "state"));
  writeFileSync(
    join(folder, "store-flor.yaml"),
    `cluster: demo
node: a
admin: admin.sock
listen: store.sock
storage: { state: state, tunnels: tunnels, agent: agent.sock, budget: 1 GB }
limits: { readers: 64, readers-of-one: 16 }
`,
  );
  agent = await openAdminServer({
    path: join(folder, "agent.sock"),
    routes: { "/collections": () => ({ cluster: "demo", node: "a", collections: [TERMS] }) },
    actions: {},
    onError: () => undefined,
  });
});
afterEach(async () => {
  await stop("SIGKILL");
  await agent[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const options = ["--conditions=@florenetes/source", PROGRAM, "run", "--config", join(folder, "store-flor.yaml")];
  const started = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
  child = started;
  let text = "";
  for await (const chunk of started.stdout) {
    text += String(chunk);
    if (text.includes("READY")) break;
  }
  expect(text).toContain("READY");
}

/** Ends the process. Resolves with its exit code. */
async function stop(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
  const ending = child;
  child = undefined;
  if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return null;
  const ended = once(ending, "exit") as Promise<[number | null]>;
  ending.kill(signal);
  return (await ended)[0];
}

function newDoor(): HttpDoor {
  return new HttpDoor({ connect: async () => connectAs(join(folder, "store.sock"), "user/alice") });
}

test("a process that is killed while it writes has all that it has acknowledged, and nothing by halves", async () => {
  const acknowledged = new Map<string, Buffer>();
  for (let life = 0; life < 2; life++) {
    await start();
    using door = newDoor();
    let isKilled = false;
    const write = async (): Promise<void> => {
      while (!isKilled) {
        const octets = randomBytes(SHARD_SIZE);
        const hash = createHash("sha256").update(octets).digest("hex");
        try {
          await door.ask("a", { op: "put-shard", ...AT, hash, octets }, never);
          acknowledged.set(hash, octets);
        } catch {
          return;
        }
        if (acknowledged.size >= 12 * (life + 1)) {
          isKilled = true;
          await stop("SIGKILL");
        }
      }
    };
    await Promise.all([1, 2, 3, 4].map(write));
  }
  await start();
  using door = newDoor();
  expect(readdirSync(join(folder, "state/cluster/backup/incoming"))).toEqual([]);
  for (const [hash, octets] of acknowledged) {
    const got = await door.ask("a", { op: "get-shard", ...AT, hash }, never);
    expect(Buffer.from(got.octets).equals(octets)).toBe(true);
  }
  const status = (await requestAdmin(join(folder, "admin.sock"), "/status")) as StoreFlorStatus;
  const held = status.storage?.collections[0]?.held;
  expect(held?.held).toBe(status.storage?.octets);
  // Some that were being written when it was killed may be there, whole.
  expect(held!.held / SHARD_FOOTPRINT).toBeGreaterThanOrEqual(acknowledged.size);
  expect(held!.held % SHARD_FOOTPRINT).toBe(0);
  expect(await stop("SIGTERM")).toBe(0);
}, 90_000);
