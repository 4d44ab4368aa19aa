import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { setImmediate } from "node:timers/promises";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { requestAdmin } from "../src/admin/admin-client.ts";
import { openAdminServer } from "../src/admin/admin-server.ts";
import { EXIT_CODES } from "@florenetes/operator-text";
import { checkSocketToBind, checkSocketToConnect } from "../src/filesystem/socket-path.ts";

const root = mkdtempSync(join(tmpdir(), "florenetes-admin-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, "t"));
  path = join(folder, "admin.sock");
});

const routes = { "/status": () => ({ hello: "world" }) };

describe("the admin socket", () => {
  test("answers JSON and text, is 0660, and is gone when it is closed", async () => {
    const server = await openAdminServer({ path, routes: { ...routes, "/text": () => "plain\n" } });
    expect(statSync(path).mode & 0o777).toBe(0o660);
    expect(await requestAdmin(path, "/status")).toEqual({ hello: "world" });
    expect(await requestAdmin(path, "/text")).toBe("plain\n");
    await server.close();
    expect(existsSync(path)).toBe(false);
  });

  test("answers processes of those users alone that it is for, whatever the mode of its file", async () => {
    const own = process.geteuid!();
    await using _server = await openAdminServer({ path, mode: 0o666, allow: { users: [own], groups: [] }, routes });
    expect(await requestAdmin(path, "/status")).toEqual({ hello: "world" });
    const other = join(folder, "other.sock");
    const actions = { "/act": () => expect.fail("an action for a stranger") };
    await using _other = await openAdminServer({
      path: other,
      mode: 0o666,
      allow: { users: [own + 1], groups: [] },
      routes,
      actions,
    });
    const refused = new RegExp(`403.*of user ${own} may not ask here`);
    await expect(requestAdmin(other, "/status")).rejects.toThrow(refused);
    await expect(requestAdmin(other, "/act", { method: "POST" })).rejects.toThrow(refused);
    const third = join(folder, "third.sock");
    const allow = { users: [], groups: [process.getegid!()] };
    await using _third = await openAdminServer({ path: third, mode: 0o666, allow, routes });
    expect(await requestAdmin(third, "/status")).toEqual({ hello: "world" });
  });

  test("waits for a route that takes its time", async () => {
    await using _server = await openAdminServer({ path, routes: { "/slow": () => Promise.resolve([1]) } });
    expect(await requestAdmin(path, "/slow")).toEqual([1]);
  });

  test("hands what stands behind the `?` to a route", async () => {
    const asked = (query: URLSearchParams): unknown => [...query];
    await using _server = await openAdminServer({ path, routes: { "/facts": asked } });
    expect(await requestAdmin(path, "/facts?kind=service&subject=a%20b")).toEqual([
      ["kind", "service"],
      ["subject", "a b"],
    ]);
    expect(await requestAdmin(path, "/facts")).toEqual([]);
  });

  test("says so when a route is unknown, or throws, and goes on", async () => {
    const failures: [string, unknown][] = [];
    const broken = new Error("broken");
    await using _server = await openAdminServer({
      path,
      routes: {
        ...routes,
        "/broken": () => {
          throw broken;
        },
      },
      onError: (route, error) => failures.push([route, error]),
    });
    await expect(requestAdmin(path, "/nope")).rejects.toMatchObject({ code: "ERR_ADMIN_ANSWER" });
    await expect(requestAdmin(path, "/constructor")).rejects.toThrow(/404/);
    await expect(requestAdmin(path, "/broken")).rejects.toThrow(/500.*broken/);
    expect(failures).toEqual([["/broken", broken]]);
    expect(await requestAdmin(path, "/status")).toEqual({ hello: "world" });
  });

  test("acts on nothing but a POST, and answers questions on nothing but a GET", async () => {
    let acts = 0;
    const actions = { "/act": () => Promise.resolve({ acts: ++acts }) };
    await using _server = await openAdminServer({ path, routes, actions });
    const rest = "HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    expect(await rawExchange(`POST /status ${rest}`)).toMatch(/^HTTP\/1.1 405[^]*only GET/);
    expect(await rawExchange(`GET /act ${rest}`)).toMatch(/^HTTP\/1.1 405[^]*only POST/);
    expect(await rawExchange(`POST /constructor ${rest}`)).toMatch(/^HTTP\/1.1 404/);
    expect(await rawExchange(`PUT /act ${rest}`)).toMatch(/^HTTP\/1.1 405[^]*only POST/);
    expect(acts).toBe(0);
    expect(await requestAdmin(path, "/act", { method: "POST" })).toEqual({ acts: 1 });
  });

  test("survives what is no HTTP", async () => {
    await using _server = await openAdminServer({ path, routes });
    expect(await rawExchange("\u0000\u0001garbage\r\n\r\n")).toMatch(/^HTTP\/1.1 400/);
    expect(await requestAdmin(path, "/status")).toEqual({ hello: "world" });
  });

  test("a thousand clients that say nothing keep nobody out", async () => {
    await using _server = await openAdminServer({ path, routes });
    const silent: Socket[] = [];
    for (let number = 0; number < 1000; number++) silent.push(await connectSilently());
    await expect.poll(() => requestAdmin(path, "/status").catch(() => undefined)).toEqual({ hello: "world" });
    await expect.poll(() => silent.filter((client) => !client.destroyed).length).toBeLessThanOrEqual(32);
    for (const client of silent) client.destroy();
  });

  test("closes under clients that stay", async () => {
    const server = await openAdminServer({ path, routes });
    const client = connect(path);
    await once(client, "connect");
    const closed = once(client, "close");
    await server.close();
    await closed;
  });

  /** The system queues some hundred clients for a server, and refuses more until they are taken. */
  async function connectSilently(): Promise<Socket> {
    for (let attempt = 0; attempt < 10_000; attempt++) {
      const client = connect(path);
      const isConnected = await once(client, "connect").then(
        () => true,
        () => false,
      );
      if (isConnected) return client.on("error", () => {});
      await setImmediate();
    }
    throw new Error("the server takes no clients");
  }

  async function rawExchange(request: string): Promise<string> {
    const client = connect(path);
    client.end(request);
    const chunks: string[] = [];
    for await (const chunk of client) chunks.push(String(chunk));
    return chunks.join("");
  }
});

describe("a path that cannot be had", () => {
  test("a second instance is refused, and the first goes on", async () => {
    await using _server = await openAdminServer({ path, routes });
    await expect(openAdminServer({ path, routes })).rejects.toMatchObject({
      code: "ERR_SOCKET_IN_USE",
      where: { file: path },
    });
    expect(await requestAdmin(path, "/status")).toEqual({ hello: "world" });
  });

  test("a socket left by a process that was killed is replaced", async () => {
    leaveStaleSocket(path);
    expect(statSync(path).isSocket()).toBe(true);
    await using _server = await openAdminServer({ path, routes });
    expect(await requestAdmin(path, "/status")).toEqual({ hello: "world" });
  });

  test("a file that is no socket is left alone", async () => {
    writeFileSync(path, "precious");
    await expect(openAdminServer({ path, routes })).rejects.toMatchObject({ code: "ERR_SOCKET_PATH_TAKEN" });
    expect(existsSync(path)).toBe(true);
  });

  test("a symbolic link is no socket, wherever it leads", async () => {
    symlinkSync(join(folder, "elsewhere"), path);
    await expect(openAdminServer({ path, routes })).rejects.toMatchObject({ code: "ERR_SOCKET_PATH_TAKEN" });
  });

  test("107 bytes are had, 108 are not", async () => {
    const longest = join(folder, "x".repeat(107 - folder.length - 1));
    await using _server = await openAdminServer({ path: longest, routes });
    expect(await requestAdmin(longest, "/status")).toEqual({ hello: "world" });
    await expect(openAdminServer({ path: `${longest}x`, routes })).rejects.toMatchObject({
      code: "ERR_SOCKET_PATH_TOO_LONG",
    });
    await expect(requestAdmin(`${longest}x`, "/status")).rejects.toMatchObject({ code: "ERR_SOCKET_PATH_TOO_LONG" });
    // The length counts bytes, not letters.
    const umlauts = join(folder, "ü".repeat(60));
    await expect(openAdminServer({ path: umlauts, routes })).rejects.toMatchObject({
      code: "ERR_SOCKET_PATH_TOO_LONG",
    });
  });

  test("a directory that is missing", async () => {
    const lost = join(folder, "nowhere", "admin.sock");
    await expect(openAdminServer({ path: lost, routes })).rejects.toMatchObject({
      code: "ERR_SOCKET_DIRECTORY_MISSING",
    });
    expect(checkSocketToBind(lost)?.code).toBe("ERR_SOCKET_DIRECTORY_MISSING");
    expect(checkSocketToConnect(lost)?.code).toBe("ERR_SOCKET_DIRECTORY_MISSING");
    expect(checkSocketToConnect(path)).toBeUndefined();
  });

  test("a directory that may not be written, or not even entered", async () => {
    chmodSync(root, 0o755);
    for (const mode of [0o500, 0o000]) {
      chmodSync(folder, mode);
      await asNobody(async () => {
        await expect(openAdminServer({ path, routes })).rejects.toMatchObject({ code: "ERR_SOCKET_DIRECTORY_DENIED" });
        if (mode === 0o000) expect(checkSocketToConnect(path)?.code).toBe("ERR_SOCKET_DIRECTORY_DENIED");
      });
    }
    chmodSync(folder, 0o700);
  });

  test.skipIf(process.getuid?.() !== 0)("a socket that another user made", async () => {
    chmodSync(root, 0o755);
    chmodSync(folder, 0o777);
    await using _server = await openAdminServer({ path, routes });
    await asNobody(async () => {
      await expect(openAdminServer({ path, routes })).rejects.toMatchObject({ code: "ERR_SOCKET_DENIED" });
      await expect(requestAdmin(path, "/status")).rejects.toMatchObject({ code: "ERR_ADMIN_DENIED" });
    });
  });
});

describe("a question to a process that does not answer", () => {
  test("that is not there", async () => {
    await expect(requestAdmin(path, "/status")).rejects.toMatchObject({
      code: "ERR_ADMIN_NOT_RUNNING",
      exitCode: EXIT_CODES.unreachable,
    });
    await expect(requestAdmin(join(folder, "no", "where"), "/status")).rejects.toMatchObject({
      code: "ERR_ADMIN_NOT_RUNNING",
    });
  });

  test("that was killed", async () => {
    leaveStaleSocket(path);
    await expect(requestAdmin(path, "/status")).rejects.toMatchObject({ code: "ERR_ADMIN_NOT_RUNNING" });
  });

  test("that hangs", async () => {
    const silent = await listen(createServer());
    await expect(requestAdmin(path, "/status", { timeoutMs: 50 })).rejects.toMatchObject({ code: "ERR_ADMIN_TIMEOUT" });
    silent.close();
  });

  test.each([
    ["no HTTP", "hello\r\n\r\n"],
    ["no JSON", "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1\r\n\r\n{"],
    ["an answer cut off", "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"],
  ])("that answers %s", async (_, answer) => {
    const stranger = await listen(createServer((socket) => socket.once("data", () => socket.end(answer))));
    await expect(requestAdmin(path, "/status")).rejects.toMatchObject({ code: "ERR_ADMIN_ANSWER" });
    stranger.close();
  });

  async function listen(server: Server): Promise<Server> {
    server.listen(path);
    await once(server, "listening");
    return server;
  }
});

/** Runs tests as the user nobody: root may do everything, so that nothing would be denied. */
async function asNobody(run: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return await run();
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([65_534]);
  process.setegid?.(65_534);
  process.seteuid?.(65_534);
  try {
    await run();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}

/** Leaves the socket's file, as a process does that ends without closing its socket. */
function leaveStaleSocket(at: string): void {
  const script = `require("node:net").createServer().listen(${JSON.stringify(at)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
}
