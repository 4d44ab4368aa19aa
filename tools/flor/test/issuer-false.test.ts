import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { join } from "node:path";
import { loadCredentials } from "@florenetes/identity";
import { createCa, makeKey } from "@florenetes/identity/authority";
import { describe, expect, test } from "vitest";
import {
  ca,
  contents,
  DAY,
  DUE,
  HOUR,
  identity,
  keep,
  open,
  place,
  port,
  publicKeyOf,
  root,
  startIssuer,
  useIssuerFolder,
} from "./issuer-fixture.ts";

useIssuerFolder();

describe("a node takes nothing from", () => {
  /** Something at the issuer's address, with an identity of the cluster. */
  async function startFalse(
    principal: string,
    answer: (path: string, wish: string) => [status: number, body: string],
  ): Promise<string[]> {
    const asked: string[] = [];
    const shown = loadCredentials(identity(principal, 0));
    const server: Server = createServer(
      {
        key: Buffer.from(shown.privateKeyPem),
        cert: shown.certificateChainPem,
        requestCert: true,
        rejectUnauthorized: false,
      },
      async (incoming, response) => {
        let text = "";
        for await (const chunk of incoming) text += String(chunk);
        asked.push(text);
        const [status, body] = answer(incoming.url!, text);
        response.writeHead(status, { connection: "close" }).end(body);
      },
    );
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    open.push({ [Symbol.dispose]: () => (server.close(), server.closeAllConnections()) });
    return asked;
  }

  async function refuses(code: string, target: string): Promise<void> {
    const before = contents(target);
    const run = await keep(target);
    expect(run.err).toContain(`[${code}]`);
    expect(contents(target)).toEqual(before);
  }

  test("another service of the cluster, which hears nothing of it", async () => {
    const asked = await startFalse("service/web", () => [200, "{}"]);
    await refuses("ERR_FLOR_ISSUER_FALSE", identity("user/alice", DUE));
    expect(asked).toEqual([]);
  });

  test.each([
    ["no JSON", 200, "<html>"],
    ["no chain", 200, "{}"],
    ["a fault", 500, "{}"],
    ["a code that no issuer has", 403, JSON.stringify({ code: "ERR_\u001b[2J", text: "x" })],
    ["too much", 200, JSON.stringify({ chain: "x".repeat(100_000) })],
  ])("an issuer that answers with %s", async (_what, status, body) => {
    await startFalse("service/issuer", () => [status, body]);
    await refuses("ERR_FLOR_ISSUER_ANSWER", identity("user/alice", DUE));
  });

  /** An issuer that certifies something for the request, at some time. */
  async function startWrong(change: {
    readonly name?: string;
    readonly at?: number;
    readonly isOtherKey?: true;
  }): Promise<void> {
    await startFalse("service/issuer", (path, wish) => {
      if (path !== "/renew") return [200, JSON.stringify({ lists: "" })];
      const target = place("ids/user/alice");
      const own = publicKeyOf(readFileSync(join(target, "request/key.pem")));
      expect(wish).toContain("BEGIN CERTIFICATE REQUEST");
      const publicKeyInfo = change.isOtherKey === true ? makeKey().publicKeyInfo : own;
      const at = new Date(Date.now() + (change.at ?? 0));
      const made = ca.certify({ kind: "user", name: change.name ?? "alice", publicKeyInfo, lifeMs: HOUR }, at);
      return [200, JSON.stringify({ chain: made.certificateChainPem })];
    });
  }

  test.each([
    ["for another key", { isOtherKey: true }, "ERR_IDENTITY_BUNDLE_KEY"],
    ["for somebody else", { name: "bob" }, "ERR_IDENTITY_WRONG_NAME"],
    ["by a clock that is a day ahead", { at: DAY }, "ERR_IDENTITY_NOT_YET_VALID"],
    ["by a clock that is a day behind", { at: -DAY }, "ERR_IDENTITY_EXPIRED"],
    ["by a clock that is most of a life behind", { at: -0.8 * HOUR }, "ERR_IDENTITY_RENEWED_SHORT"],
  ] as const)("an issuer that certifies %s", async (_what, change, code) => {
    await startWrong(change);
    await refuses(code, identity("user/alice", DUE));
  });

  test.each([
    [
      "a list of another CA",
      () => createCa(place("other"), { cluster: "demo" }).makeRevocationList().pem,
      "ERR_IDENTITY_LIST_UNTRUSTED",
    ],
    ["a list that is cut off", () => root.makeRevocationList().pem.slice(0, -60), "ERR_IDENTITY_PEM_BROKEN"],
    [
      "a list from tomorrow",
      () => root.makeRevocationList({}, new Date(Date.now() + DAY)).pem,
      "ERR_IDENTITY_LIST_NOT_YET_VALID",
    ],
  ] as const)("an issuer that tells %s", async (_what, makeList, code) => {
    await startFalse("service/issuer", () => [200, JSON.stringify({ lists: makeList() })]);
    const target = identity("user/alice", 0.5);
    writeFileSync(join(target, "crl.pem"), root.makeRevocationList({}, new Date(Date.now() - 1_000)).pem);
    const before = contents(target);
    const run = await keep(target);
    expect(run.err).toMatch(/^no revocation lists from the issuer: /);
    expect({ err: run.err, files: contents(target) }).toEqual({
      err: expect.stringContaining(`[${code}]`),
      files: before,
    });
  });

  test("an issuer that tells an older list", async () => {
    const [older, newer] = [root.makeRevocationList().pem, root.makeRevocationList().pem];
    await startFalse("service/issuer", () => [200, JSON.stringify({ lists: older })]);
    const target = identity("user/alice", 0.5);
    writeFileSync(join(target, "crl.pem"), newer);
    expect(await keep(target)).toMatchObject({ code: 0, err: "", out: expect.not.stringContaining("list") });
    expect(readFileSync(join(target, "crl.pem"), "utf8")).toBe(newer);
  });

  test("an issuer that the root has revoked, by a list in its folder", async () => {
    await startIssuer();
    const target = identity("user/alice", DUE, root);
    const [intermediate] = [...root.record.certificates.values()].filter(
      ({ principal }) => principal === "spiffe://demo",
    );
    writeFileSync(join(target, "crl.pem"), root.revoke([{ serial: intermediate!.serial }]).list.pem);
    await refuses("ERR_IDENTITY_REVOKED", target);
  });
});
