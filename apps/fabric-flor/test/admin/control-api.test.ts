import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@florenetes/process-kit";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { openControlApi } from "../../src/admin/control-api.ts";
import { refuseUnsigned } from "../../src/admin/unsigned-change.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-api-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const note = (): void => undefined;
const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
let count = 0;

/** A control API whose answers take `tookMs` by a clock that stands still otherwise. */
async function open(tookMs = 0): Promise<{ readonly path: string; readonly later: (ms: number) => void }> {
  let now = 0;
  const path = join(folder, `api-${++count}.sock`);
  const spend = <Answer>(answer: Answer): Answer => {
    now += tookMs;
    return answer;
  };
  const server = await openControlApi({
    path,
    routes: { "/facts": (query) => spend({ asked: query.get("kind") }) },
    actions: { "/records": ({ text }) => spend({ length: text.length }) },
    refuseChange: () => refuseUnsigned(undefined),
    now: () => now,
    log,
  });
  onTestFinished(() => server.close());
  return { path, later: (ms) => void (now += ms) };
}

function ask(path: string, method: string, route: string, body = ""): Promise<{ status: number; text: string }> {
  return new Promise((done, fail) => {
    const outgoing = request({ socketPath: path, path: route, method, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.once("end", () => done({ status: response.statusCode!, text }));
    });
    outgoing.once("error", fail);
    outgoing.end(body);
  });
}

test("it reads, takes records, and shows nothing else of the process", async () => {
  const { path } = await open();
  expect(await ask(path, "GET", "/facts?kind=node")).toEqual({ status: 200, text: '{"asked":"node"}\n' });
  expect(await ask(path, "POST", "/records", "one")).toEqual({ status: 200, text: '{"length":3}\n' });
  for (const route of ["/status", "/metrics", "/config", "/"])
    expect((await ask(path, "GET", route)).status, route).toBe(404);
});

test.each([
  ["POST", "/facts"],
  ["PUT", "/records"],
  ["DELETE", "/facts?kind=node&subject=b"],
  ["PATCH", "/facts"],
  ["POST", "/reload"],
  ["POST", "/config"],
])("%s %s changes nothing, and is told what it takes", async (method, route) => {
  const { path } = await open();
  const { status, text } = await ask(path, method, route, "{}");
  expect(status).toBe(403);
  expect(text).toContain("nothing changes here without a signed record");
});

test("whoever asks without end costs a burst, and a share of the time", async () => {
  const { path, later } = await open(100);
  const statuses: number[] = [];
  for (let asked = 0; asked < 20; asked++) statuses.push((await ask(path, "GET", "/facts")).status);
  expect(statuses.filter((status) => status === 200).length).toBeLessThan(8);
  expect(statuses.at(-1)).toBe(429);
  later(2_000);
  expect((await ask(path, "POST", "/records", "x")).status).toBe(200);
});

test("a body that is too large is refused", async () => {
  const { path } = await open();
  // The answer comes before the body, which need not be sent at all.
  const socket = connect(path);
  onTestFinished(() => void socket.destroy());
  socket.write("POST /records HTTP/1.1\r\nhost: x\r\ncontent-length: 1048577\r\n\r\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
});

test("connections that say nothing, and such as send half a record, keep nobody out", async () => {
  const { path } = await open();
  const idle: Socket[] = [];
  onTestFinished(() => idle.forEach((socket) => socket.destroy()));
  for (let opened = 0; opened < 64; opened++) {
    const socket = connect(path).on("error", () => undefined);
    await new Promise((done) => socket.once("connect", done).once("close", done));
    if (opened % 2 === 0) socket.write("POST /records HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf");
    idle.push(socket);
  }
  await expect
    .poll(
      () =>
        ask(path, "GET", "/facts").then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 5_000 },
    )
    .toBe(200);
});
