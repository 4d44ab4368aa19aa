import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AdminServer, openAdminServer } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ROLE_KEPT_MS, AGENT_LOOK_MS } from "../../src/drivers/limits.ts";
import { RoleWatch } from "../../src/drivers/role-watch.ts";
import { CodesLog } from "./raw-reader.ts";

const ROLE = { role: "update-cache", scope: "cluster", effect: "acts" };

let folder: string;
let agent: AdminServer | undefined;
let node: unknown;
let now: number;
let log: CodesLog;
let watch: RoleWatch;

async function startAgent(): Promise<void> {
  const routes = { "/node": () => node };
  agent = await openAdminServer({ path: join(folder, "agent.sock"), routes, actions: {}, onError: () => undefined });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "role-watch-"));
  node = { cluster: "demo", node: "b", roles: [ROLE] };
  now = 0;
  log = new CodesLog();
  const time = { ...nodeTime, now: () => now };
  watch = new RoleWatch({ agent: join(folder, "agent.sock"), cluster: "demo", node: "b", time, log });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(async () => {
  vi.useRealTimers();
  watch[Symbol.dispose]();
  await agent?.[Symbol.asyncDispose]();
  agent = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Lets the next look begin, and waits until what it finds is this. */
async function look(isInForce: boolean): Promise<void> {
  now += AGENT_LOOK_MS;
  await vi.advanceTimersByTimeAsync(AGENT_LOOK_MS);
  await vi.waitFor(() => expect(watch.isInForce).toBe(isInForce), { timeout: 10_000 });
}

test("the role is held and lost at the next look, and the log says so once", async () => {
  expect(watch.isInForce).toBe(false);
  await startAgent();
  await watch.start();
  expect(watch.isInForce).toBe(true);
  node = { cluster: "demo", node: "b", roles: [{ ...ROLE, role: "relay" }] };
  await look(false);
  node = { cluster: "demo", node: "b", roles: [{ ...ROLE, effect: "unused" }] };
  await look(true);
  expect(log.codes).toEqual(["ROLE_HELD", "ROLE_LOST", "ROLE_HELD"]);
});

test.each([
  ["of an organization", { ...ROLE, scope: "org/acme" }],
  ["by which the node does not act", { ...ROLE, effect: "idle" }],
  ["of another kind", { ...ROLE, role: "relay" }],
])("a role %s is none", async (_, role) => {
  node = { cluster: "demo", node: "b", roles: [role] };
  await startAgent();
  await watch.start();
  expect(watch.isInForce).toBe(false);
  expect(watch.fault).toBeUndefined();
});

test("an agent that is restarted changes nothing, one that stays away ends the role", async () => {
  await startAgent();
  await watch.start();
  await agent![Symbol.asyncDispose]();
  agent = undefined;
  await look(true);
  await vi.waitFor(() => expect(watch.fault).toBe("ERR_ADMIN_NOT_RUNNING"), { timeout: 10_000 });
  now += ROLE_KEPT_MS;
  expect(watch.isInForce).toBe(false);
});

test.each([
  ["of another node", { cluster: "demo", node: "c", roles: [ROLE] }],
  ["of another cluster", { cluster: "other", node: "b", roles: [ROLE] }],
  ["without roles", { cluster: "demo", node: "b" }],
  ["that says nothing", null],
])("an agent %s gives no role", async (_, told) => {
  node = told;
  await startAgent();
  await watch.start();
  expect(watch.isInForce).toBe(false);
  expect(watch.fault).toBe("ERR_ADMIN_ANSWER");
});
