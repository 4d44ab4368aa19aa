import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AdminServer, openAdminServer } from "@florenetes/process-kit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CollectionWatch } from "../../src/drivers/collection-watch.ts";
import { CollectionClients } from "../../src/drivers/collection-clients.ts";
import { AGENT_LOOK_MS } from "../../src/drivers/limits.ts";
import { MemoryClient } from "./memory-client.ts";
import { CodesLog } from "./raw-reader.ts";

const TERMS = {
  scope: "org/acme",
  name: "backups",
  epoch: 3,
  recoveryEpoch: 2,
  copies: 2,
  holders: [
    { node: "b", domain: "one" },
    { node: "c", domain: "two" },
  ],
  readers: [],
  writers: ["user/alice"],
  retention: 0,
  unretained: ["locks"],
  budget: 1_000,
  recipients: [],
};

let folder: string;
let agent: AdminServer | undefined;
let told: unknown;
let log: CodesLog;
let watch: CollectionWatch;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "collection-watch-"));
  told = { cluster: "demo", node: "a", collections: [TERMS] };
  log = new CodesLog();
  watch = new CollectionWatch({ agent: join(folder, "agent.sock"), cluster: "demo", node: "a", log });
  agent = await openAdminServer({
    path: join(folder, "agent.sock"),
    routes: { "/collections": () => told },
    actions: {},
    onError: () => undefined,
  });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  await watch.look();
});
afterEach(async () => {
  vi.useRealTimers();
  watch[Symbol.dispose]();
  await agent?.[Symbol.asyncDispose]();
  agent = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Lets the next look begin, and waits until it has found this. */
async function look(found: () => void): Promise<void> {
  await vi.advanceTimersByTimeAsync(AGENT_LOOK_MS);
  await vi.waitFor(found, { timeout: 10_000 });
}

test("what the agent tells last counts on while it tells nothing", async () => {
  expect(watch.termsOf(TERMS)).toEqual(TERMS);
  expect(watch.termsOf({ scope: "cluster", name: "backups" })).toBeUndefined();
  told = { cluster: "demo", node: "a", collections: [{ ...TERMS, epoch: 4, copies: 3, later: true }] };
  await look(() => expect(watch.termsOf(TERMS)?.copies).toBe(3));
  await agent![Symbol.asyncDispose]();
  agent = undefined;
  await look(() => expect(watch.fault).toBe("ERR_ADMIN_NOT_RUNNING"));
  expect(watch.termsOf(TERMS)?.epoch).toBe(4);
  expect(log.codes).toEqual(["COLLECTIONS_UNTOLD"]);
});

test("a record that is told no more is known on, and said to have ended until it is told again", async () => {
  const clients = new CollectionClients({ collections: [TERMS], terms: watch, open: () => new MemoryClient() });
  expect(clients.status()).toMatchObject([{ name: "backups", copies: 2, hasEnded: false }]);
  told = { cluster: "demo", node: "a", collections: [] };
  await look(() => expect(clients.status()).toMatchObject([{ name: "backups", copies: 2, hasEnded: true }]));
  expect(watch.termsOf(TERMS)).toEqual(TERMS);
  told = "hello";
  await look(() => expect(watch.fault).toBe("ERR_ADMIN_ANSWER"));
  expect(clients.status()).toMatchObject([{ hasEnded: true }]);
  told = { cluster: "demo", node: "a", collections: [{ ...TERMS, epoch: 4 }] };
  await look(() => expect(clients.status()).toMatchObject([{ copies: 2, hasEnded: false }]));
});

test.each([
  ["of an earlier recovery epoch", { ...TERMS, recoveryEpoch: 1, epoch: 9, copies: 5 }],
  ["of an earlier epoch", { ...TERMS, epoch: 2, copies: 5 }],
])("a record %s is not taken", async (_, terms) => {
  told = { cluster: "demo", node: "a", collections: [terms, { ...TERMS, name: "other" }] };
  await look(() => expect(watch.termsOf({ ...TERMS, name: "other" })).toBeDefined());
  expect(watch.termsOf(TERMS)).toEqual(TERMS);
});

test.each([
  ["of another node", { cluster: "demo", node: "b", collections: [] }],
  ["of another form", { cluster: "demo", node: "a", collections: [{ ...TERMS, holders: [] }] }],
  ["that is none", "hello"],
])("an answer %s is none", async (_, answer) => {
  told = answer;
  await look(() => expect(watch.fault).toBe("ERR_ADMIN_ANSWER"));
  expect(watch.termsOf(TERMS)).toEqual(TERMS);
});
