import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { Agent, request } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CertificateAuthority,
  createCa,
  type IssuedIdentity,
  issueIdentity,
  makeIntermediate,
} from "@florenetes/identity/authority";
import { createLogger } from "@florenetes/process-kit";
import { nodeTime as time } from "@florenetes/scheduling";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { HttpsConfig } from "../../src/config/https-section.ts";
import { checkHttps, HttpsDoor } from "../../src/drivers/https-door.ts";
import { HANDSHAKES_OF_ONE_AT_ONCE } from "../../src/users/limits.ts";

const PATIENCE = { timeout: 30_000 };
const log = createLogger({ name: "control-flor", level: "error" });

let folder: string;
let ca: CertificateAuthority;
let alice: IssuedIdentity;
let config: HttpsConfig;
let door: HttpsDoor;
let http: Server;
/** Whether the last connection has resumed a session of TLS. */
let isReused: boolean;
const agents: Agent[] = [];
const sockets: Socket[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "https-door-"));
  ca = createCa(join(folder, "ca"), { cluster: "demo" });
  alice = ca.issue({ kind: "user", name: "alice" });
  mkdirSync(join(folder, "trust"), { mode: 0o700 });
  writeFileSync(join(folder, "trust/trust.pem"), ca.authority.rootPem);
  makeServerCertificate("shown");
  config = {
    address: { host: "127.0.0.1", port: 0 },
    certificate: join(folder, "shown.pem"),
    key: join(folder, "shown-key.pem"),
    trust: join(folder, "trust"),
    intermediates: undefined,
    revocation: { isRequired: false, graceMs: 0 },
  };
  const whoOf = new WeakMap<Socket, unknown>();
  http = createServer((message, response) => response.end(JSON.stringify(whoOf.get(message.socket))));
  http.on("take", (socket: Socket, who: unknown) => {
    whoOf.set(socket, who);
    http.emit("connection", socket);
  });
});

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  for (const socket of sockets.splice(0)) socket.destroy();
  await door?.[Symbol.asyncDispose]();
  http.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** A certificate as an operator makes it for browsers, who know nothing of the mesh. */
function makeServerCertificate(name: string): void {
  const files = ["-keyout", join(folder, `${name}-key.pem`), "-out", join(folder, `${name}.pem`)];
  const of = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...key, ...of, "-days", "2", ...files], { stdio: "pipe" });
}

async function open(changed: Partial<HttpsConfig> = {}): Promise<void> {
  config = { ...config, ...changed };
  const take = (socket: Socket, who: unknown): void => void http.emit("take", socket, who);
  const isReader = (principal: string): boolean => !principal.startsWith("service/worker");
  door = await HttpsDoor.open({ cluster: "demo", config, state: join(folder, "state"), time, log, isReader, take });
}

function agentOf(identity?: Pick<IssuedIdentity, "certificateChainPem" | "privateKeyPem">): Agent {
  const shown = identity && { cert: identity.certificateChainPem, key: Buffer.from(identity.privateKeyPem) };
  const agent = new Agent({ ...shown, keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  agents.push(agent);
  return agent;
}

/** The fingerprint of the certificate that is shown now. */
function shownNow(): Promise<string> {
  const { port } = door.address;
  return new Promise((done, fail) => {
    const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      done(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    }).on("error", fail);
  });
}

/** The door's words of whoever asks, or the error of the connection. */
function ask(agent: Agent): Promise<{ readonly principal?: string; readonly refused?: string }> {
  const { port } = door.address;
  return new Promise((done, fail) => {
    request({ host: "127.0.0.1", port, agent }, (response) => {
      let text = "";
      isReused = (response.socket as TLSSocket).isSessionReused();
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => done(JSON.parse(text) as never));
    })
      .on("error", fail)
      .end();
  });
}

describe("users over HTTPS", () => {
  test("are whom their certificates name; a service is one, too", async () => {
    await open();
    expect(await ask(agentOf(alice))).toMatchObject({ principal: "user/alice" });
    expect(await ask(agentOf(ca.issue({ kind: "service", name: "backup" })))).toMatchObject({
      principal: "service/backup",
    });
    expect(door.status()).toMatchObject({ connections: 2, refused: {}, certificate: { state: "valid" } });
  });

  test("go on with resumed sessions as themselves, and not where they were revoked meanwhile", async () => {
    await open();
    const agent = agentOf(alice);
    const again = async () => {
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
      await vi.waitFor(() => expect(door.status().connections).toBe(0), PATIENCE);
      return ask(agent);
    };
    expect(await ask(agent)).toEqual({ principal: "user/alice" });
    expect(await again()).toEqual({ principal: "user/alice" });
    expect(isReused).toBe(true);
    writeFileSync(join(folder, "trust/crl.pem"), ca.revoke([{ serial: alice.serial }]).list.pem);
    await door.reread();
    expect(await again()).toEqual({ principal: "user/alice", refused: expect.stringContaining("revoked") });
  });

  test("are cut off with their root, or with the intermediate CA that the config names no more", async () => {
    const issuer = makeIntermediate(ca.authority, { days: 30 }, new Date());
    const bob = issueIdentity(issuer, { kind: "user", name: "bob" }, new Date());
    writeFileSync(join(folder, "issuers.pem"), issuer.intermediatesPem);
    await open({ intermediates: join(folder, "issuers.pem") });
    const [ours, others] = [agentOf(alice), agentOf(bob)];
    expect(await ask(ours)).toEqual({ principal: "user/alice" });
    expect(await ask(others)).toEqual({ principal: "user/bob" });
    writeFileSync(join(folder, "issuers.pem"), ca.authority.rootPem);
    await door.reread();
    await vi.waitFor(() => expect(door.status().connections).toBe(1), PATIENCE);
    writeFileSync(
      join(folder, "trust/trust.pem"),
      createCa(join(folder, "next"), { cluster: "demo" }).authority.rootPem,
    );
    await door.reread();
    await vi.waitFor(() => expect(door.status().connections).toBe(0), PATIENCE);
    expect((await ask(ours)).refused).toContain("not trusted");
  });

  test("who are no readers take no user's place", async () => {
    await open();
    expect(await ask(agentOf(ca.issue({ kind: "service", name: "worker" })))).toEqual({ principal: "service/worker" });
    expect(door.status().connections).toBe(0);
  });

  test.each<[string, () => IssuedIdentity | undefined, string, RegExp]>([
    ["no certificate", () => undefined, "NO_CERTIFICATE", /shows no certificate/],
    ["that of a vertex", () => ca.issue({ kind: "vertex", name: "a" }), "WRONG_KIND", /vertex\/a/],
    [
      "a certificate of another cluster",
      () => createCa(join(folder, "other"), { cluster: "other" }).issue({ kind: "user", name: "alice" }),
      "UNTRUSTED",
      /is not trusted/,
    ],
    [
      "one of another CA that names this cluster",
      () => createCa(join(folder, "false"), { cluster: "demo" }).issue({ kind: "user", name: "alice" }),
      "UNTRUSTED",
      /is not trusted/,
    ],
    [
      "one that has ended",
      () => ca.issue({ kind: "user", name: "alice", days: 1 }, new Date(Date.now() - 3 * 86_400_000)),
      "CERTIFICATE_REFUSED",
      /ended|valid/,
    ],
  ])("are told why they are refused: %s", async (_, identity, code, text) => {
    await open();
    const { refused } = await ask(agentOf(identity()));
    expect(refused).toMatch(text);
    expect(Object.keys(door.status().refused)).toEqual([code]);
    expect(door.status().connections).toBe(0);
  });

  test("of an intermediate CA are known where the config names it", async () => {
    const { authority } = ca;
    const issuer = makeIntermediate(authority, { days: 30 }, new Date());
    const bob = issueIdentity(issuer, { kind: "user", name: "bob" }, new Date());
    await open();
    expect((await ask(agentOf(bob))).refused).toBeDefined();
    writeFileSync(join(folder, "issuers.pem"), issuer.intermediatesPem);
    await door[Symbol.asyncDispose]();
    await open({ intermediates: join(folder, "issuers.pem") });
    expect(await ask(agentOf(bob))).toMatchObject({ principal: "user/bob" });
    expect(await ask(agentOf(alice))).toMatchObject({ principal: "user/alice" });
  });

  test("are cut off with the list that names them, and others go on", async () => {
    await open();
    const [ours, others] = [agentOf(alice), agentOf(ca.issue({ kind: "user", name: "bob" }))];
    await ask(ours);
    await ask(others);
    writeFileSync(join(folder, "trust/crl.pem"), ca.revoke([{ serial: alice.serial }]).list.pem);
    expect(await door.reread()).toEqual([]);
    await vi.waitFor(() => expect(door.status().connections).toBe(1), PATIENCE);
    expect((await ask(ours)).refused).toContain("revoked");
    expect(await ask(others)).toMatchObject({ principal: "user/bob" });
    expect(door.status().refused).toEqual({ REVOKED: 1 });
  });

  test("are cut off when their certificates end", async () => {
    const brief = ca.issue({ kind: "user", name: "brief", days: 1 }, new Date(Date.now() - 86_400_000 + 3_000));
    await open();
    expect(await ask(agentOf(brief))).toMatchObject({ principal: "user/brief" });
    await vi.waitFor(() => expect(door.status().connections).toBe(0), PATIENCE);
  });
});

describe("the files of HTTPS", () => {
  test("are read again, and one that is not in order leaves the former ones in use", async () => {
    await open();
    const before = door.status().certificate.validUntil;
    const first = await shownNow();
    writeFileSync(config.certificate, "no certificate");
    expect(await door.reread()).toMatchObject([{ code: "ERR_CONTROL_HTTPS_TLS" }]);
    expect(await shownNow()).toBe(first);
    expect(door.status().certificate.validUntil).toBe(before);
    makeServerCertificate("shown");
    expect(await door.reread()).toEqual([]);
    expect(await shownNow()).not.toBe(first);
  });

  test.each<[string, (config: HttpsConfig) => void, string]>([
    ["no key", ({ key }) => rmSync(key), "ERR_CONTROL_HTTPS_FILE"],
    ["a key for everybody", ({ key }) => execFileSync("chmod", ["644", key]), "ERR_CONTROL_HTTPS_KEY_EXPOSED"],
    ["a certificate that is none", ({ certificate }) => writeFileSync(certificate, "x"), "ERR_CONTROL_HTTPS_TLS"],
    ["no roots", ({ trust }) => rmSync(join(trust, "trust.pem")), "ERR_IDENTITY_FILE_MISSING"],
  ])("are checked, and keep the program from starting: %s", async (_, spoil, code) => {
    spoil(config);
    expect(checkHttps(config, "demo")).toMatchObject([{ code }]);
    await expect(open()).rejects.toMatchObject({ code });
  });

  test("an address that is taken is told", async () => {
    await open();
    const other = { ...config, address: door.address };
    const own = { cluster: "demo", state: join(folder, "s"), time, log, isReader: () => true };
    const opening = HttpsDoor.open({ ...own, config: other, take: () => undefined });
    await expect(opening).rejects.toMatchObject({ code: "ERR_CONTROL_HTTPS_LISTEN" });
  });
});

describe("strangers", () => {
  function connectRaw(localPort?: number): Socket {
    const socket = connectTcp({
      port: door.address.port,
      host: "127.0.0.1",
      ...(localPort && { localPort, localAddress: "127.0.0.1" }),
    });
    sockets.push(socket);
    return socket.on("error", () => undefined);
  }

  test("that say nothing keep no user out, and are few", async () => {
    await open();
    const user = agentOf(alice);
    await ask(user);
    const ended = new Set<Socket>();
    // The slower they come, the more of them may begin.
    for (let count = 0; count < 20 * HANDSHAKES_OF_ONE_AT_ONCE && ended.size < 50; count++) {
      const socket = connectRaw();
      socket.on("close", () => ended.add(socket));
      await once(socket, "connect");
    }
    expect(ended.size).toBeGreaterThanOrEqual(50);
    await vi.waitFor(() => expect(door.status().refused["TOO_MUCH"]).toBe(ended.size), PATIENCE);
    expect(await ask(user)).toMatchObject({ principal: "user/alice" });
    await vi.waitFor(
      async () => expect(await ask(agentOf(alice))).toMatchObject({ principal: "user/alice" }),
      PATIENCE,
    );
  });

  test("that reset a connection and come again from the same port are counted once each", async () => {
    await open();
    const again = await vi.waitFor(async () => {
      const first = connectRaw();
      await once(first, "connect");
      const { localPort } = first;
      first.resetAndDestroy();
      const next = connectRaw(localPort);
      await once(next, "connect");
      return next;
    }, PATIENCE);
    // An end that does not know of the connection would wait for it.
    await door[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(again.closed).toBe(true), PATIENCE);
  });

  test("and users are let go at the end, whatever they are about", async () => {
    await open();
    await ask(agentOf(alice));
    await ask(agentOf());
    await ask(agentOf(ca.issue({ kind: "service", name: "worker" })));
    const silent = connectRaw();
    await once(silent, "connect");
    await door[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(silent.closed).toBe(true), PATIENCE);
  });
});
