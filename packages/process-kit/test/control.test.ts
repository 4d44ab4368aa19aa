import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { requestAdmin } from "../src/admin/admin-client.ts";
import { type AdminAction, type AdminServer, type Logger, openControl } from "../src/index.ts";
import { ADMIN_BODY_SIZE_MAX } from "../src/limits.ts";
import { ConfigWorld } from "./fixtures/config-world.ts";

const root = mkdtempSync(join(tmpdir(), "florenetes-control-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let path: string;
let world: ConfigWorld;
let failures: unknown[];
beforeEach(() => {
  path = join(mkdtempSync(join(root, "t")), "control.sock");
  world = new ConfigWorld();
  failures = [];
});

function open(actions: Readonly<Record<string, AdminAction>> = {}): Promise<AdminServer> {
  const fail = (event: object): void => void failures.push(event);
  const log: Logger = { debug: fail, info: fail, warn: fail, error: fail, child: () => log };
  return openControl({ path, transactions: world.transactions, actions, log });
}

test("it is for its own user alone, and takes the file or a whole config, or says what would come of it", async () => {
  await using _control = await open();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const post = (route: string, body?: string): Promise<unknown> =>
    requestAdmin(path, route, { method: "POST", ...(body !== undefined && { body }) });
  for (const answer of [
    await post("/reload"),
    await post("/reload?dry-run"),
    await post("/identities"),
    await post("/config?dry-run", '{"word":"file"}'),
    await post("/config", "file"),
  ])
    expect(answer).toEqual({ ok: true, changes: [], down: [] });
  expect(world.done).toEqual(["load", "take file again", "load", "take file"]);
  expect(await post("/config", "größer: 1\n")).toMatchObject({ ok: true });
  expect(await requestAdmin(path, "/config")).toEqual({ word: "größer: 1\n" });
  await expect(requestAdmin(path, "/reload")).rejects.toThrow(/405/);
  world.fault = new Error("my own mistake");
  await expect(post("/config", "a")).rejects.toThrow(/500.*my own mistake/);
  expect(failures).toMatchObject([{ code: "CONTROL_ROUTE_FAILED", route: "/config" }]);
  world.fault = undefined;
  expect(await post("/reload")).toMatchObject({ ok: true });
});

test("it takes orders of the program, which do not replace its own", async () => {
  await using _control = await open({ "/records": ({ text }) => ({ text }), "/reload": () => "not this one" });
  const post = (route: string): Promise<unknown> => requestAdmin(path, route, { method: "POST", body: "hello" });
  expect(await post("/records")).toEqual({ text: "hello" });
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
  expect(world.done).toEqual(["take a", "take c", "take a"]);
});

test("a body of the largest size is taken; one that is larger, or says that it would be, is not", async () => {
  await using _control = await open();
  await requestAdmin(path, "/config", { method: "POST", body: "x".repeat(ADMIN_BODY_SIZE_MAX) });
  expect(world.used).toHaveLength(ADMIN_BODY_SIZE_MAX);
  const head = "POST /config HTTP/1.1\r\nhost: x\r\n";
  const declared = `${head}content-length: ${ADMIN_BODY_SIZE_MAX + 1}\r\n\r\n`;
  expect(await exchange(declared)).toMatch(/^HTTP\/1.1 413[^]*"SIZE"/);
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  const endless = `${head}transfer-encoding: chunked\r\n\r\n${chunk.repeat(ADMIN_BODY_SIZE_MAX / 65_536 + 1)}`;
  // A client that goes on sending may miss the answer.
  expect(await exchange(endless)).toMatch(/^(HTTP\/1.1 413|$)/);
  expect(world.done).toHaveLength(1);
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
  expect(world.done).toEqual([]);
  expect(failures).toEqual([]);
  expect(await requestAdmin(path, "/config")).toEqual({ word: "file" });
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
  await expect.poll(answer, { timeout: 30_000, interval: 100 }).toEqual({ word: "file" });
  expect(held.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(32);
  for (const client of held) client.destroy();
  expect(world.done).toEqual([]);
}, 60_000);

async function exchange(request: string): Promise<string> {
  const client = connect(path);
  client.write(request);
  const chunks: string[] = [];
  client.on("data", (chunk) => chunks.push(String(chunk)));
  await closed(client);
  return chunks.join("");
}

/** Waits until the connection is closed, which an error may precede. */
function closed(client: Socket): Promise<void> {
  return new Promise((done) => client.on("error", () => {}).once("close", () => done()));
}
