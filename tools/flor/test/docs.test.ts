import { mkdtempSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SITE_SIZE_MAX } from "../src/docs/limits.ts";
import { readSite } from "../src/docs/read-site.ts";
import { openSiteServer } from "../src/docs/site-server.ts";
import { BROWSERS_AT_ONCE, type LoopbackServer, REQUEST_SIZE_MAX } from "../src/loopback-server.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "florenetes-docs-"));
  writeFileSync(join(folder, "secret.html"), "secret");
  const site = join(folder, "site");
  mkdirSync(join(site, "docs"), { recursive: true });
  for (const [path, text] of [
    ["index.html", "start"],
    ["docs/index.html", "<p>documents"],
    ["docs/bench.svg", "<svg/>"],
    ["style.css", "p {}"],
    ["a file.bin", "\0"],
  ] as const)
    writeFileSync(join(site, path), text);
  symlinkSync("../secret.html", join(site, "linked.html"));
  symlinkSync("..", join(site, "above"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the site's server", () => {
  let server: LoopbackServer;
  let port: number;
  beforeEach(async () => {
    server = await openSiteServer(readSite(join(folder, "site")));
    port = Number(new URL(server.address).port);
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const ask = (path: string, method = "GET", headers: Record<string, string> = {}): Promise<Answer> =>
    new Promise((done, fail) => {
      const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (text += part));
        response.on("end", () => done({ status: response.statusCode!, headers: response.headers, text }));
      });
      asked.on("error", fail).end();
    });

  /** Sends octets that no client of HTTP would send; returns all that comes back until the end. */
  const send = (octets: string): Promise<string> =>
    new Promise((done) => {
      let text = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(octets, "latin1"));
      socket.setEncoding("latin1");
      socket.on("data", (part: string) => (text += part));
      socket.on("error", () => {});
      socket.on("close", () => done(text));
    });

  test("shows files with their types, and lets them load from the site alone", async () => {
    expect(server.address).toBe(`http://127.0.0.1:${port}/`);
    for (const [path, text, type] of [
      ["/", "start", "text/html; charset=utf-8"],
      ["/index.html?q=%zz", "start", "text/html; charset=utf-8"],
      ["/docs/", "<p>documents", "text/html; charset=utf-8"],
      ["/style.css", "p {}", "text/css; charset=utf-8"],
      ["/a%20file.bin", "\0", "application/octet-stream"],
    ] as const) {
      const answer = await ask(path);
      expect(answer).toMatchObject({ status: 200, text });
      expect(answer.headers["content-type"]).toBe(type);
      expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'self'; /);
      expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    }
    expect((await ask("/docs/bench.svg")).headers["content-security-policy"]).toMatch(/^default-src 'none'; /);
  });

  test("answers HEAD without a body, and no other method", async () => {
    const { status, headers, text } = await ask("/", "HEAD");
    expect({ status, length: headers["content-length"], text }).toEqual({ status: 200, length: "5", text: "" });
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]) {
      const answer = await ask("/", method);
      expect(answer.status, method).toBe(405);
      expect(answer.headers["allow"]).toBe("GET, HEAD");
    }
    expect(await send(`CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)).not.toContain("200");
  });

  test.each([
    "/../secret.html",
    "/docs/../../secret.html",
    "/%2e%2e/secret.html",
    "/docs/%2E%2E/%2e%2e/secret.html",
    "/..%2fsecret.html",
    "/..%5csecret.html",
    "/%252e%252e/secret.html",
    "//secret.html",
    "/index.html%00.png",
    "/%00",
    "/%",
    "/%ff",
    "/linked.html",
    "/above/secret.html",
    "/above/site/index.html",
    "/docs",
    "/INDEX.HTML",
    "/__proto__",
    "/constructor",
    "http://127.0.0.1/index.html",
    "*",
  ])("has nothing at %s", async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain("secret");
    expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'self'; /);
  });

  test("has nothing at a path of any length", async () => {
    for (const part of ["a/", "../", "%2e%2e/", "%00"])
      expect((await ask(`/${part.repeat(8_000 / part.length)}secret.html`)).status, part).toBe(404);
  });

  test("refuses requests that are longer than any of a browser, and what is no request", async () => {
    expect(await send(`GET /${"a".repeat(2 * REQUEST_SIZE_MAX)} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    expect(await send("\x16\x03\x01\x00\x00\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await send(`GET index.html HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await send("GET / HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect((await ask("/")).status).toBe(200);
  });

  test("is no site for pages of another host, whose name leads to this machine", async () => {
    for (const host of ["rebound.invalid", `rebound.invalid:${port}`, "127.0.0.1", "localhost:1"])
      expect((await ask("/", "GET", { host })).status, host).toBe(421);
    expect((await ask("/", "GET", { host: `localhost:${port}` })).status).toBe(200);
  });

  test("serves a browser while many connections stand still: the oldest end", async () => {
    const ended = new Set<number>();
    const idle: Socket[] = [];
    for (let index = 0; index < 2 * BROWSERS_AT_ONCE; index++) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {}).once("close", () => ended.add(index));
      idle.push(socket);
      await new Promise((done) => socket.once("connect", done));
    }
    expect((await ask("/")).text).toBe("start");
    await expect.poll(() => ended.size).toBeGreaterThanOrEqual(BROWSERS_AT_ONCE);
    expect(ended.has(2 * BROWSERS_AT_ONCE - 1)).toBe(false);
    for (const socket of idle) socket.destroy();
  });
});

describe("a folder is no site", () => {
  const fails = (place: string, message: RegExp): void =>
    expect(() => readSite(place)).toThrow(
      expect.objectContaining({ code: "ERR_FLOR_NO_SITE", message: expect.stringMatching(message) }),
    );

  test("that is not there, or has no first page", () => {
    fails(join(folder, "nowhere"), /ENOENT/);
    fails(join(folder, "site/docs/bench.svg"), /ENOTDIR/);
    fails(folder, /no index\.html/);
  });

  test("that is larger than any site", () => {
    const large = join(folder, "large");
    mkdirSync(large);
    writeFileSync(join(large, "index.html"), "");
    truncateSync(join(large, "index.html"), SITE_SIZE_MAX + 1);
    fails(large, /at most/);
  });
});
