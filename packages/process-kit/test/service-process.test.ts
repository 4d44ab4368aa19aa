import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeTime as time } from "@florenetes/scheduling";
import { afterAll, expect, test, vi } from "vitest";
import { requestAdmin, runService, type ServiceWork } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-service-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = {
  cluster: "demo",
  admin: join(folder, "admin.sock"),
  control: join(folder, "control.sock"),
  written: { word: "first" },
};
type Config = typeof config;
interface Plan {
  readonly restartKeys: readonly string[];
  readonly changes: readonly [];
  readonly next: Config;
}

/** A service whose work notes what is done with it. */
function service(lost: Promise<Error>): { readonly done: string[]; readonly ended: Promise<void> } {
  const done: string[] = [];
  const work: ServiceWork<Plan, { readonly word: string }> = {
    start: async () => void done.push("start"),
    handleConfig: ({ next }) => void done.push(`take ${next.written.word}`),
    status: () => ({ word: "own" }),
    statusLine: () => "works",
    stop: async () => void done.push("stop"),
    [Symbol.asyncDispose]: async () => void done.push("dispose"),
    lost,
  };
  const ended = runService<Config, Plan, { readonly word: string }>({
    name: "demo-flor",
    version: "0.1.0",
    instance: { id: "ab", startedAt: 0 },
    config,
    file: join(folder, "demo.yaml"),
    load: async () => ({ ...config, written: { word: "second" } }),
    parse: () => config,
    plan: (_, next) => ({ restartKeys: [], changes: [], next }),
    isUnchanged: () => false,
    judge: () => [],
    metrics: [],
    work: () => work,
    stopping: "ends its work",
    time,
  });
  return { done, ended };
}

test("a service tells its status, goes by another config at SIGHUP, and ends its work at SIGTERM", async () => {
  const { done, ended } = service(new Promise(() => undefined));
  await vi.waitFor(() => expect(done).toEqual(["start"]), 10_000);
  expect(await requestAdmin(config.admin, "/status")).toMatchObject({
    instance: "ab",
    startedAt: "1970-01-01T00:00:00.000Z",
    cluster: "demo",
    word: "own",
    findings: [],
  });
  process.kill(process.pid, "SIGHUP");
  await vi.waitFor(() => expect(done).toContain("take second"), 10_000);
  process.kill(process.pid, "SIGTERM");
  await ended;
  expect(done.slice(-2)).toEqual(["stop", "dispose"]);
});

test("a service whose work is lost ends with the reason, and gives up what it holds without a stop", async () => {
  const { done, ended } = service(Promise.resolve(new Error("the device has gone")));
  await expect(ended).rejects.toThrow("the device has gone");
  expect(done).toEqual(["start", "dispose"]);
  await expect(requestAdmin(config.admin, "/status")).rejects.toThrow();
});
