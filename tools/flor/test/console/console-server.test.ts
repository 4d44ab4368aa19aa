import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { LiveSections, markup, type Sections, UNREAD_MAX } from "@florenetes/console";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openConsole } from "../../src/console/console-server.ts";
import { FORM_SIZE_MAX, PAGES_AT_ONCE } from "../../src/console/limits.ts";
import { TraceDesk } from "../../src/console/trace-desk.ts";
import type { TraceAnswer } from "../../src/console/trace-report.ts";
import { BROWSERS_AT_ONCE, type LoopbackServer } from "../../src/loopback-server.ts";
import { EXPECTED } from "../mesh-status-fixture.ts";
import { flor } from "../run-flor.ts";

const EVERY_MS = 5;

let texts: Record<string, string>;
let looks: number;
let sections: LiveSections;
let server: LoopbackServer;
let address: URL;
/** Nodes that were asked for a trace, and what they answer. */
let traced: string[];
let traceAnswer: Promise<TraceAnswer>;

beforeEach(async () => {
  texts = { verdict: "whole", map: "" };
  looks = 0;
  sections = new LiveSections(() => {
    looks++;
    return Promise.resolve(new Map(Object.entries(texts).map(([id, text]) => [id, markup`${text}`])) as Sections);
  }, EVERY_MS);
  traced = [];
  traceAnswer = Promise.resolve({ silence: "<i>nothing</i>" });
  const ask = ({ node, name }: { readonly node: string; readonly name: string }): Promise<TraceAnswer> => {
    traced.push(`${node} ${name}`);
    return traceAnswer;
  };
  const traces = new TraceDesk(EXPECTED, ask, () => 0);
  const ids = ["verdict", "map"];
  server = await openConsole({ cluster: "<b>", sectionIds: ids, sections, everyMs: EVERY_MS, traces, port: 0 });
  address = new URL(server.address);
});
afterEach(async () => {
  sections[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

async function open(
  path: string,
  method = "GET",
  headers: Readonly<Record<string, string>> = {},
  body = "",
): Promise<[ClientRequest, IncomingMessage]> {
  const all = { host: address.host, ...headers };
  const asked = request({ host: "127.0.0.1", port: address.port, path, method, headers: all, agent: false });
  asked.on("error", () => {}).end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.on("error", () => {});
  return [asked, response];
}

async function ask(
  path: string,
  method?: string,
  headers?: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answer> {
  const [, response] = await open(path, method, headers, body);
  let text = "";
  for await (const part of response.setEncoding("utf8")) text += String(part);
  return { status: response.statusCode!, headers: response.headers, text };
}

/** Follows the events of a page. */
async function follow(): Promise<{ readonly events: string[]; readonly leave: () => void }> {
  const [asked, response] = await open(`${address.pathname}events`);
  expect(response.headers["content-type"]).toBe("text/event-stream");
  const events: string[] = [];
  response.setEncoding("utf8").on("data", (text: string) => {
    events.push(...text.split("\n\n").filter((event) => event.startsWith("event: sections")));
  });
  return { events, leave: () => void asked.destroy() };
}

test("a page, its style and its script come from the console alone, and nobody asks the nodes for that", async () => {
  const page = await ask(address.pathname);
  expect(page).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8" } });
  expect(page.text).toContain("<title>&lt;b&gt; – Florenetes</title>");
  expect(page.headers["content-security-policy"]).toMatch(
    /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/,
  );
  for (const [name, type] of [
    ["console.css", "text/css"],
    ["console.js", "text/javascript"],
  ] as const) {
    const file = await ask(`${address.pathname}${name}`);
    expect(file).toMatchObject({ status: 200, headers: { "content-type": `${type}; charset=utf-8` } });
  }
  expect(looks).toBe(0);
});

test("the address is known without its last slash, too", async () => {
  const bare = address.pathname.slice(0, -1);
  expect(await ask(bare)).toMatchObject({ status: 308, headers: { location: address.pathname } });
});

test("a page is not cut off by others, who open connections and say nothing", async () => {
  const { events, leave } = await follow();
  await expect.poll(() => events).toHaveLength(1);
  const strangers = Array.from({ length: 2 * BROWSERS_AT_ONCE }, () =>
    connect(Number(address.port), "127.0.0.1").on("error", () => {}),
  );
  await Promise.all(strangers.map((socket) => once(socket, "connect")));
  texts["verdict"] = "later";
  await expect.poll(() => events).toHaveLength(2);
  leave();
  for (const socket of strangers) socket.destroy();
});

test("a first event may be larger than what may wait", async () => {
  texts["map"] = "x".repeat(UNREAD_MAX + 1);
  const [asked, response] = await open(`${address.pathname}events`);
  let length = 0;
  response.on("data", (part: Buffer) => (length += part.length));
  await expect.poll(() => length).toBeGreaterThan(UNREAD_MAX);
  asked.destroy();
});

test.each<[number, () => Promise<Answer>]>([
  [404, () => ask("/")],
  [404, () => ask("/AAAAAAAAAAAAAAAAAAAAAA/")],
  [404, () => ask("/%00/events")],
  [404, () => ask(`${address.pathname}../../etc/passwd`)],
  [405, () => ask(address.pathname, "POST")],
  [421, () => ask(address.pathname, "GET", { host: "evil.example" })],
])("others are refused with %d, and learn nothing", async (status, asked) => {
  const answer = await asked();
  expect(answer.status).toBe(status);
  expect(answer.text).not.toContain("Florenetes");
});

test("a page is told what changes, and nodes are asked as long as somebody looks", async () => {
  const one = await follow();
  await expect.poll(() => one.events).toEqual(['event: sections\ndata: {"verdict":"whole","map":""}']);
  texts["verdict"] = "line\nbreak";
  await expect.poll(() => one.events.at(-1)).toBe('event: sections\ndata: {"verdict":"line\\nbreak"}');
  const other = await follow();
  await expect.poll(() => other.events).toEqual(['event: sections\ndata: {"verdict":"line\\nbreak","map":""}']);
  one.leave();
  other.leave();
  await expect.poll(() => sections.pages).toBe(0);
  const before = looks;
  await sleep(10 * EVERY_MS);
  expect(looks).toBe(before);
  const again = await follow();
  await expect.poll(() => looks).toBeGreaterThan(before);
  again.leave();
});

test("so many pages are kept up to date, and no more", async () => {
  const pages = await Promise.all(Array.from({ length: PAGES_AT_ONCE }, follow));
  expect(await ask(`${address.pathname}events`)).toMatchObject({ status: 503 });
  pages[0]!.leave();
  await expect.poll(() => sections.pages).toBe(PAGES_AT_ONCE - 1);
  const next = await follow();
  for (const page of [...pages, next]) page.leave();
});

test("a page that can unpack is sent what is packed, in time", async () => {
  texts["map"] = "map ".repeat(10_000);
  const [asked, response] = await open(`${address.pathname}events`, "GET", { "accept-encoding": "gzip, br" });
  expect(response.headers["content-encoding"]).toBe("gzip");
  let [packed, text] = [0, ""];
  response.on("data", (part: Buffer) => (packed += part.length));
  response.pipe(createGunzip()).on("data", (part: Buffer) => (text += part.toString()));
  await expect.poll(() => text).toContain(`"map":"${texts["map"]}"`);
  expect(packed).toBeLessThan(text.length / 20);
  texts["verdict"] = "another";
  await expect.poll(() => text).toContain('{"verdict":"another"}');
  asked.destroy();
});

test.each(["", "gzip"])(
  "a page that does not read is told no more, and later what is newest; packed by %j",
  async (encoding) => {
    const [asked, response] = await open(`${address.pathname}events`, "GET", { "accept-encoding": encoding });
    const written: string[] = [];
    for (let turn = 0; turn < 40; turn++) {
      written.push(randomBytes((3 * UNREAD_MAX) / 16).toString("base64"));
      texts["map"] = written.at(-1)!;
      const before = looks;
      await expect.poll(() => looks, { interval: 1 }).toBeGreaterThan(before + 1);
    }
    let text = "";
    (encoding === "" ? response : response.pipe(createGunzip())).on(
      "data",
      (part: Buffer) => (text += part.toString()),
    );
    await expect.poll(() => text.includes(written.at(-1)!)).toBe(true);
    expect(written.filter((each) => text.includes(each)).length).toBeLessThan(30);
    asked.destroy();
  },
);

function press(body: string): Promise<Answer> {
  return ask(`${address.pathname}trace`, "POST", {}, body);
}

test("a path is traced when somebody presses the button, and not by looking at the page", async () => {
  const page = await ask(`${address.pathname}trace`);
  expect(page.text).toContain('<form method="post" action="trace">');
  expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'; .*form-action 'self'/);
  expect(traced).toEqual([]);
  const answer = await press("target=0");
  expect(traced).toEqual(["a tcp://127.0.0.1:18080"]);
  expect(answer.text).toContain("NO ANSWER of a: &lt;i&gt;nothing&lt;/i&gt;");
  expect(answer.text).toContain('<option value="0" selected>a: tunnel tcp://127.0.0.1:18080 to service web');
});

test.each(["", "target=", "target=-1", "target=99", "target=0x0", "target=constructor", "target=1e0", "other=0"])(
  "a form that names no target asks no node: %j",
  async (body) => {
    expect(await press(body)).toMatchObject({ status: 400, text: expect.stringContaining("NOT ASKED") as string });
    expect(traced).toEqual([]);
  },
);

test("a form that is too large is not read", async () => {
  expect(await press(`target=0&x=${"x".repeat(FORM_SIZE_MAX)}`)).toMatchObject({ status: 413 });
  expect(traced).toEqual([]);
});

test("others cannot have a path traced", async () => {
  expect((await ask("/AAAAAAAAAAAAAAAAAAAAAA/trace", "POST", {}, "target=0")).status).toBe(404);
  const foreign = await ask(`${address.pathname}trace`, "POST", { host: "evil.example" }, "target=0");
  expect(foreign.status).toBe(421);
  expect(traced).toEqual([]);
});

test("one trace runs at a time, and some in a while", async () => {
  let finish: (answer: TraceAnswer) => void = () => {};
  traceAnswer = new Promise((done) => (finish = done));
  const first = press("target=0");
  await expect.poll(() => traced).toHaveLength(1);
  expect(await press("target=0")).toMatchObject({ status: 429, text: expect.stringContaining("NOT ASKED") as string });
  finish({ silence: "" });
  expect((await first).status).toBe(200);
  const statuses: number[] = [];
  for (let each = 0; each < 10; each++) statuses.push((await press("target=0")).status);
  expect(statuses).toEqual([200, 200, 200, 200, 429, 429, 429, 429, 429, 429]);
});

test("a port that another process has is told", async () => {
  const traces = new TraceDesk(
    EXPECTED,
    () => traceAnswer,
    () => 0,
  );
  const options = { cluster: "demo", sectionIds: [], sections, everyMs: EVERY_MS, traces, port: Number(address.port) };
  await expect(openConsole(options)).rejects.toMatchObject({
    code: "ERR_FLOR_CONSOLE_LISTEN",
    message: expect.stringContaining("EADDRINUSE") as string,
  });
});

test("who comes later is not shown what nobody has looked at since", async () => {
  const first = await follow();
  await expect.poll(() => first.events).toHaveLength(1);
  first.leave();
  await expect.poll(() => sections.pages).toBe(0);
  texts["verdict"] = "new";
  const next = await follow();
  await expect.poll(() => next.events).toHaveLength(1);
  expect(next.events[0]).toContain('"verdict":"new"');
  next.leave();
});

test.each([
  [["console", "no-such-file.yaml"], "no-such-file.yaml"],
  [["console", "mesh.yaml", "--every", "0"], "from 1 to 3600"],
  [["console", "mesh.yaml", "--port", "65536"], "from 0 to 65535"],
])("a command line that cannot work is told: %j", async (args, text) => {
  expect(await flor(...args)).toMatchObject({ code: 2, err: expect.stringContaining(text) });
});
