import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeTime } from "@florenetes/timing";
import { afterAll, beforeEach, expect, test } from "vitest";
import { requestAdmin } from "../src/admin/admin-client.ts";
import { type AdminServer, type ConfigTaker, type Logger, openControl, reloadOutcome, Reloads } from "../src/index.ts";
import { ADMIN_BODY_SIZE_MAX } from "../src/limits.ts";

const root = mkdtempSync(join(tmpdir(), "florenetes-control-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

let path: string;
let taken: string[];
let failures: unknown[];
beforeEach(() => {
  path = join(mkdtempSync(join(root, "t")), "control.sock");
  taken = [];
  failures = [];
});

function open(): Promise<AdminServer> {
  const note = (call: string): ReturnType<Reloads["reload"]> => {
    if (call.endsWith("bug")) return Promise.reject(new Error("my own mistake"));
    taken.push(call);
    return Promise.resolve(reloadOutcome({}));
  };
  const fail = (event: object): void => void failures.push(event);
  const log: Logger = { debug: fail, info: fail, warn: fail, error: fail, child: () => log };
  const taker: ConfigTaker = {
    source: "file",
    written: { admin: "a" },
    reload: (isDryRun) => note(isDryRun ? "plan" : "reload"),
    apply: (text, isDryRun) => note(`${isDryRun ? "plan" : "apply"} ${text}`),
  };
  return openControl({ path, reloads: new Reloads({ taker, time: nodeTime, log: quiet }), log });
}

test("it is for its own user alone, and takes the file or a whole config, or says what would come of it", async () => {
  await using _control = await open();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const post = (route: string, body?: string): Promise<unknown> =>
    requestAdmin(path, route, { method: "POST", ...(body !== undefined && { body }) });
  for (const answer of [
    await post("/reload"),
    await post("/reload?dry-run"),
    await post("/config?dry-run", '{"a":1}'),
    await post("/config", "größer: 1\n"),
  ])
    expect(answer).toEqual({ ok: true, changes: [], down: [] });
  expect(taken).toEqual(["reload", "plan", 'plan {"a":1}', "apply größer: 1\n"]);
  expect(await requestAdmin(path, "/config")).toEqual({ admin: "a" });
  await expect(requestAdmin(path, "/reload")).rejects.toThrow(/405/);
  await expect(post("/config", "bug")).rejects.toThrow(/500.*my own mistake/);
  expect(failures).toMatchObject([{ code: "CONTROL_ROUTE_FAILED", route: "/config" }]);
  expect(await post("/reload")).toMatchObject({ ok: true });
});

test("a config that has to be confirmed stays when it is, and goes when it is not wanted", async () => {
  await using _control = await open();
  const post = (route: string, body = ""): Promise<unknown> => requestAdmin(path, route, { method: "POST", body });
  const refused = (code: string): object => ({ ok: false, refused: [{ code }] });
  expect(await post("/config/confirm")).toMatchObject(refused("ERR_CONFIG_NOT_WAITING"));
  expect(await post("/config/back")).toMatchObject(refused("ERR_CONFIG_NOT_WAITING"));
  for (const within of ["", "0s", "2h", "soon"])
    await expect(post(`/config?confirm-within=${within}`, "a")).rejects.toMatchObject({ code: "ERR_USAGE" });
  expect(await post("/config?confirm-within=1h", "a")).toMatchObject({ ok: true });
  expect(await post("/config", "b")).toMatchObject(refused("ERR_CONFIG_UNCONFIRMED"));
  expect(await post("/config/confirm", "b")).toMatchObject(refused("ERR_CONFIG_OTHER_WAITING"));
  expect(await post("/config/confirm", "a")).toMatchObject({ ok: true });
  expect(await post("/config?confirm-within=1h", "c")).toMatchObject({ ok: true });
  expect(await post("/config/back")).toMatchObject({ ok: true });
  expect(taken).toEqual(["apply a", "apply c", 'apply {"admin":"a"}']);
});

test("a body of the largest size is taken; one that is larger, or says that it would be, is not", async () => {
  await using _control = await open();
  await requestAdmin(path, "/config", { method: "POST", body: "x".repeat(ADMIN_BODY_SIZE_MAX) });
  expect(taken.map((call) => call.length)).toEqual(["apply ".length + ADMIN_BODY_SIZE_MAX]);
  const head = "POST /config HTTP/1.1\r\nhost: x\r\n";
  const declared = `${head}content-length: ${ADMIN_BODY_SIZE_MAX + 1}\r\n\r\n`;
  expect(await exchange(declared)).toMatch(/^HTTP\/1.1 413[^]*"SIZE"/);
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  const endless = `${head}transfer-encoding: chunked\r\n\r\n${chunk.repeat(ADMIN_BODY_SIZE_MAX / 65_536 + 1)}`;
  // One that goes on sending may miss the answer.
  expect(await exchange(endless)).toMatch(/^(HTTP\/1.1 413|$)/);
  expect(taken).toHaveLength(1);
  expect(failures).toEqual([]);
});

test("who goes in the middle of a body, or sends it byte by byte, changes nothing", async () => {
  await using _control = await open();
  const head = "POST /config HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n";
  const gone = connect(path).on("error", () => {});
  gone.write(`${head}clusters`);
  await once(gone, "connect");
  gone.destroy();
  const slow = connect(path);
  slow.write(head);
  const drip = setInterval(() => slow.write("x"), 100);
  let said = "";
  slow.on("data", (chunk) => (said += String(chunk)));
  await closed(slow);
  clearInterval(drip);
  expect(said).toMatch(/^(HTTP\/1.1 408|$)/);
  expect(taken).toEqual([]);
  expect(failures).toEqual([]);
  expect(await requestAdmin(path, "/config")).toEqual({ admin: "a" });
}, 60_000);

test("many that hold bodies back keep nobody out for long, and are not kept", async () => {
  await using _control = await open();
  const held: Socket[] = [];
  for (let number = 0; number < 200; number++) {
    const client = connect(path).on("error", () => {});
    client.write("POST /config HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nx");
    held.push(client);
  }
  const answer = (): Promise<unknown> => requestAdmin(path, "/config").catch(() => undefined);
  await expect.poll(answer, { timeout: 30_000, interval: 100 }).toEqual({ admin: "a" });
  expect(held.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(32);
  for (const client of held) client.destroy();
  expect(taken).toEqual([]);
}, 60_000);

async function exchange(request: string): Promise<string> {
  const client = connect(path);
  client.write(request);
  const chunks: string[] = [];
  client.on("data", (chunk) => chunks.push(String(chunk)));
  await closed(client);
  return chunks.join("");
}

/** An error comes before it. */
function closed(client: Socket): Promise<void> {
  return new Promise((done) => client.on("error", () => {}).once("close", () => done()));
}
