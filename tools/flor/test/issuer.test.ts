import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request, type RequestOptions } from "node:https";
import { join } from "node:path";
import { type Credentials, loadCredentials } from "@florenetes/identity";
import { createCa, RenewingFolder } from "@florenetes/identity/authority";
import { openAdminServer, reloadOutcome } from "@florenetes/process-kit";
import { describe, expect, test } from "vitest";
import {
  ca,
  contents,
  DAY,
  DUE,
  EARLY,
  HOUR,
  identity,
  keep,
  open,
  OVERDUE,
  place,
  port,
  publicKeyOf,
  root,
  startIssuer,
  useIssuerFolder,
} from "./issuer-fixture.ts";

useIssuerFolder();

describe("a node", () => {
  test("renews what is due, with another key, and leaves the rest", async () => {
    await startIssuer();
    const [due, early] = [identity("user/alice", DUE), identity("vertex/a", EARLY)];
    const [dueBefore, earlyBefore] = [loadCredentials(due), contents(early)];
    const run = await keep(due, early);
    expect(run).toMatchObject({ code: 0, err: "" });
    expect(run.out).toMatch(/^user\/alice: renewed, ends .*\nvertex\/a: ends .*, is renewed from .* on$/);
    const after = loadCredentials(due);
    expect(after.keyHash).not.toBe(dueBefore.keyHash);
    expect(after.validUntil.getTime()).toBeGreaterThan(Date.now() + 0.9 * HOUR);
    expect(contents(early)).toEqual(earlyBefore);
    expect(existsSync(join(due, "request"))).toBe(false);
    // Nothing is due now.
    expect((await keep(due, early)).out).not.toContain("renewed, ends");
  });

  test("renews what the root has issued, too", async () => {
    await startIssuer();
    const target = identity("service/web", DUE, root);
    expect((await keep(target)).code).toBe(0);
    expect(loadCredentials(target).certificates).toHaveLength(2);
  });

  test("keeps its identity while nothing answers, and says from five sixths on when it ends", async () => {
    const [due, overdue] = [identity("user/alice", DUE), identity("user/bob", OVERDUE, ca, 100 * DAY)];
    const before = [contents(due), contents(overdue)];
    const first = await keep(due);
    expect(first).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^user\/alice is not renewed: .*_UNREACHABLE\]/),
    });
    const day = new Date(Date.now() + 10 * DAY - 1_000).toISOString().slice(0, 10);
    const second = await keep(overdue);
    expect(second.code).toBe(1);
    expect(second.err).toMatch(
      new RegExp(
        `warning: user/bob ends on ${day} at .*, in 9 days, and is not renewed \\[ERR_FLOR_RENEWAL_OVERDUE\\]`,
      ),
    );
    expect([contents(due), contents(overdue)]).toEqual(before);
    // The request waits: the next run brings the same one.
    const request = readFileSync(join(due, "request/request.pem"), "utf8");
    await keep(due);
    expect(readFileSync(join(due, "request/request.pem"), "utf8")).toBe(request);
    await startIssuer();
    expect((await keep(due, overdue)).code).toBe(0);
  });

  test("is told why the issuer refuses", async () => {
    await startIssuer();
    const target = identity("user/alice", DUE);
    ca.revoke([{ principal: { cluster: "demo", kind: "user", name: "alice" } }]);
    const before = contents(target);
    expect(await keep(target)).toMatchObject({ err: expect.stringContaining("[ERR_ISSUER_REVOKED]") });
    // The node hears of the list that names it.
    expect(contents(target)).toEqual({ ...before, "crl.pem": readFileSync(place("issuer-ca/crl.pem"), "utf8") });
  });
});

describe("the process of an identity", () => {
  let reloads: number;

  async function startProcess(refused: () => string | undefined): Promise<void> {
    reloads = 0;
    const reload = () => {
      reloads++;
      const file = refused();
      return reloadOutcome(file === undefined ? {} : { refused: [{ file, code: "ERR_IDENTITY_EXPIRED", text: "no" }] });
    };
    const options = { path: place("control.sock"), mode: 0o600, routes: {}, actions: { "/identities": reload } };
    open.push(await openAdminServer({ ...options, onError: (_route, error) => expect.unreachable(String(error)) }));
  }

  test("is asked once to use all that was renewed", async () => {
    await startIssuer();
    await startProcess(() => undefined);
    expect((await keep(identity("user/alice", DUE), identity("user/bob", DUE))).code).toBe(0);
    expect(reloads).toBe(1);
  });

  test("is given an identity of another CA than before, whose first list it may take", async () => {
    await startIssuer();
    await startProcess(() => undefined);
    const target = identity("user/alice", DUE, root);
    expect((await keep(target)).code).toBe(0);
    expect(readFileSync(join(target, "crl-numbers"), "utf8")).toMatch(/^[0-9a-f]{64} 0\n$/);
  });

  test("that refuses one of two gets the former one back, and is told so", async () => {
    await startIssuer();
    const [alice, bob] = [identity("user/alice", DUE), identity("user/bob", DUE)];
    await startProcess(() => (reloads === 1 ? alice : undefined));
    const before = contents(alice);
    const run = await keep(alice, bob);
    expect(run.err).toContain("[ERR_FLOR_RENEWAL_NOT_USED]");
    expect(run.out).toContain("user/bob: renewed");
    expect(contents(alice)).toEqual(before);
    expect(reloads).toBe(2);
  });

  test("is asked by the next run, where one was cut short behind the install", async () => {
    await startIssuer();
    await startProcess(() => undefined);
    const target = identity("user/alice", DUE);
    const renewing = new RenewingFolder(target, "demo", new Date());
    renewing.request();
    const pem = readFileSync(join(target, "request/key.pem"));
    const publicKeyInfo = publicKeyOf(pem);
    const next = ca.certify({ kind: "user", name: "alice", publicKeyInfo, lifeMs: HOUR });
    renewing.install(renewing.check(next.certificateChainPem, new Date()));
    expect((await keep(target)).out).toMatch(/^user\/alice: renewed/);
    expect({ reloads, isPending: existsSync(join(target, "request")) }).toEqual({ reloads: 1, isPending: false });
  });
});

describe("an issuer", () => {
  interface Answer {
    readonly status: number | undefined;
    readonly body: string;
  }

  function ask(shown: Credentials | undefined, body: string, options: RequestOptions = {}): Promise<Answer> {
    return new Promise((done, fail) => {
      const own = shown && { cert: shown.certificateChainPem, key: Buffer.from(shown.privateKeyPem) };
      const outgoing = request(
        {
          port,
          host: "127.0.0.1",
          path: "/renew",
          method: "POST",
          agent: false,
          rejectUnauthorized: false,
          ...own,
          ...options,
        },
        (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.on("end", () => done({ status: response.statusCode, body: text }));
          response.on("error", fail);
        },
      );
      outgoing.on("error", fail);
      outgoing.end(body);
    });
  }

  test("answers strangers and nonsense with a code, and goes on", async () => {
    await startIssuer();
    const alice = loadCredentials(identity("user/alice", DUE));
    const wish = JSON.stringify({ chain: alice.certificateChainPem, request: "x" });
    expect(await ask(undefined, wish)).toMatchObject({
      status: 403,
      body: expect.stringContaining("ERR_ISSUER_CERTIFICATE"),
    });
    // The chain of somebody else, without the key.
    const other = createCa(place("other"), { cluster: "demo" }).issue({ kind: "user", name: "alice" });
    expect(await ask(other, wish)).toMatchObject({
      status: 403,
      body: expect.stringContaining("ERR_ISSUER_CERTIFICATE"),
    });
    expect(await ask(alice, wish)).toMatchObject({ status: 403, body: expect.stringContaining("ERR_ISSUER_REQUEST") });
    for (const body of ["", "null", "[]", "{", '{"chain":1,"request":2}', '{"chain":"x","request":"x"}']) {
      expect(await ask(alice, body)).toMatchObject({
        status: 403,
        body: expect.stringContaining("ERR_ISSUER_REQUEST"),
      });
    }
    expect(await ask(alice, "x".repeat(70_000)).catch(() => ({ status: 413 }))).toMatchObject({ status: 413 });
    expect(await ask(alice, wish, { path: "/other" })).toMatchObject({ status: 404 });
    expect(await ask(alice, "", { method: "GET" })).toMatchObject({ status: 405 });
    await expect(ask(alice, wish, { maxVersion: "TLSv1.2" })).rejects.toThrow();
    expect((await keep(identity("user/alice", DUE))).code).toBe(0);
  });

  test("has lists of the root in force within seconds, and revokes what came from what they name", async () => {
    await startIssuer();
    const [alice, bob] = [identity("user/alice", DUE, root), identity("user/bob", DUE, root)];
    expect((await keep(alice, bob)).code).toBe(0);
    const renewed = loadCredentials(alice).certificates[0]!.serial;
    writeFileSync(
      place("trust/crl.pem"),
      root.revoke([{ principal: { cluster: "demo", kind: "user", name: "alice" } }]).list.pem,
    );
    await expect.poll(() => ca.record.revocations.has(renewed), { timeout: 20_000, interval: 100 }).toBe(true);
    expect(readFileSync(place("issuer-ca/crl.pem"), "utf8")).toContain("X509 CRL");
    const answer = await ask(
      loadCredentials(alice),
      JSON.stringify({ chain: loadCredentials(alice).certificateChainPem, request: "" }),
    );
    expect(answer.status).toBe(403);
    expect([...ca.record.revocations.keys()]).toEqual([renewed]);
  });

  test("tells the lists that it has, and each node takes those that are newer, also one that names itself", async () => {
    await startIssuer();
    const [alice, bob] = [identity("user/alice", EARLY), identity("user/bob", EARLY, root)];
    expect((await keep(alice, bob)).out).not.toContain("list");
    writeFileSync(
      place("trust/crl.pem"),
      root.revoke([{ principal: { cluster: "demo", kind: "user", name: "bob" } }]).list.pem,
    );
    ca.revoke([{ principal: { cluster: "demo", kind: "user", name: "alice" } }]);
    // Whoever is good hears of both lists, for all folders of the node.
    const good = identity("vertex/a", EARLY);
    expect((await keep(good, alice, bob)).out.match(/: a newer revocation list is there/g)).toHaveLength(3);
    for (const folder of [good, alice, bob]) {
      const text = readFileSync(join(folder, "crl.pem"), "utf8");
      expect(text.match(/BEGIN X509 CRL/g)).toHaveLength(2);
    }
    expect((await keep(good, alice, bob)).out).not.toContain("list");
  });

  test("that cannot write its record gives out nothing", async () => {
    await startIssuer();
    const target = identity("user/alice", DUE);
    rmSync(place("issuer-ca/record.jsonl"));
    mkdirSync(place("issuer-ca/record.jsonl"));
    expect((await keep(target)).err).toContain("[ERR_ISSUER_BUSY]");
  });
});
