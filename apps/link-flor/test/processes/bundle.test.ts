import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { Identities } from "../quic-link/identities.ts";
import { LinkProcess } from "./link-process.ts";

/** A bundle that `scripts/bundle.ts` has made, as it makes the program that is deployed. */
const folder = join(process.env["FLORENETES_BUNDLES"]!, "link-flor");
const code = readdirSync(folder)
  .filter((file) => file.endsWith(".js"))
  .map((file) => readFileSync(join(folder, file), "utf8"))
  .join("\n");

let link: LinkProcess | undefined;
afterEach(async () => {
  await link?.dispose();
  link = undefined;
});

test("the thread that reads large revocation lists is a file of it, and is asked for by that name", async () => {
  expect(code).toContain('new URL("./list-thread.js", import.meta.url)');
  const text = Buffer.from("no list\n");
  const task = { text, cluster: "demo", roots: [], intermediates: [], at: new Date(0), isKept: false };
  const thread = new Worker(join(folder, "list-thread.js"), { workerData: task });
  expect(await once(thread, "message")).toMatchObject([{ lists: [], refused: [{ code: expect.any(String) }] }]);
});

test("the engine that was not chosen is not loaded", async () => {
  link = await LinkProcess.start([{ cluster: "demo", identity: new Identities().issue("a") }]);
  const { name } = link.log.find(({ code }) => code === "QUIC_ENGINE")!;
  const files = readFileSync(`/proc/${link.child.pid}/maps`, "utf8");
  expect(files.includes("@matrixai/quic"), "quiche's binding").toBe(name === "portable");
});

test("a mistake of the program is shown with the places of its sources", () => {
  const source = "packages/process-kit/src/process/run-program.ts";
  const lines = readFileSync(new URL(`../../../../${source}`, import.meta.url), "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes("process.umask(process.umask()")) + 1;
  const breaks = "data:text/javascript,process.umask=()=>{throw new Error('a mistake')}";
  const { status, stderr } = spawnSync(process.execPath, ["--import", breaks, join(folder, "main.js"), "check"], {
    encoding: "utf8",
  });
  expect(stderr).toMatch(
    new RegExp(`^internal error: Error: a mistake\\n[^]* at runProgram \\(file:.*/${source}:${line}:`),
  );
  expect(status).toBe(70);
});

test("every package in it has its licence beside it", () => {
  const parts = readFileSync(join(folder, "licenses.txt"), "utf8").split(/\n-{80}\n/);
  for (const part of parts) expect(part).toMatch(/^\S+ \d[\w.-]*: \S[^\n]*\n\n[^]{400}/);
  const names = parts.map((part) => part.slice(0, part.indexOf(" ")));
  expect(names).toEqual(expect.arrayContaining(["@peculiar/asn1-x509", "pino", "prom-client", "yaml", "zod"]));
});
