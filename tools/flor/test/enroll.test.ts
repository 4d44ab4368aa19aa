/** A new node that gets its first certificate with a token, from an issuer in this process. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { loadCredentials } from "@florenetes/identity";
import { createCa, openRequest, readTokenText, writeTokenText } from "@florenetes/identity/authority";
import { describe, expect, test } from "vitest";
import { ca, place, port, root, startIssuer, useIssuerFolder } from "./issuer-fixture.ts";
import { flor, type Run } from "./run-flor.ts";

useIssuerFolder();

const alice = { cluster: "demo", kind: "user", name: "alice" } as const;
const ADDRESS = (): string => `tcp://127.0.0.1:${port}`;
const makeToken = async (name = "a", ...more: readonly string[]): Promise<string> => {
  const run = await flor("ca", "token", "vertex", name, "--ca", place("issuer-ca"), "--issuer", ADDRESS(), ...more);
  expect(run).toMatchObject({ code: 0 });
  return run.out;
};
const enroll = (token: string, into = place("new")): Promise<Run> => flor("identity", "enroll", token, "--into", into);
const refused = (code: string): object => ({ err: expect.stringContaining(`[${code}]`) });

function post(path: string, body: string): Promise<{ readonly status: number | undefined; readonly body: unknown }> {
  return new Promise((done, fail) => {
    const options = { host: "127.0.0.1", port, path, method: "POST", agent: false, rejectUnauthorized: false };
    const outgoing = request(options, async (response) => {
      let text = "";
      for await (const chunk of response) text += String(chunk);
      done({ status: response.statusCode, body: JSON.parse(text) });
    });
    outgoing.once("error", fail);
    outgoing.end(body);
  });
}

describe("a token", () => {
  test("gets a new node the identity of its name, which is the issuer's to renew, with the lists that count", async () => {
    await startIssuer();
    ca.issueInto(place("eve"), { kind: "user", name: "eve" });
    ca.revoke([{ principal: { ...alice, name: "eve" } }]);
    const token = await makeToken();
    expect(readFileSync(place("issuer-ca/tokens.json"), "utf8")).not.toContain(token);
    expect(await enroll(token)).toMatchObject({ code: 0, out: expect.stringContaining("vertex/a") });
    const { principal, trustBundlePem, certificates } = loadCredentials(place("new"));
    expect(principal).toEqual({ cluster: "demo", kind: "vertex", name: "a" });
    expect(trustBundlePem).toBe(root.authority.certificatePem);
    expect(certificates).toHaveLength(2);
    expect(readFileSync(join(place("new"), "crl.pem"), "utf8")).toContain("X509 CRL");
    expect(existsSync(join(place("new"), "request"))).toBe(false);
    expect(ca.record.certificatesOf("spiffe://demo/vertex/a")).toHaveLength(1);
  });

  test("has the new node take the first list of each of its CAs, which may come later", async () => {
    await startIssuer();
    expect(await enroll(await makeToken())).toMatchObject({ code: 0 });
    expect(existsSync(join(place("new"), "crl.pem"))).toBe(false);
    expect(readFileSync(join(place("new"), "crl-numbers"), "utf8")).toMatch(/^(?:[0-9a-f]{64} 0\n){2}$/);
  });

  test("works from a file, too", async () => {
    await startIssuer();
    writeFileSync(place("token"), `${await makeToken()}\n`);
    expect(await enroll(place("token"))).toMatchObject({ code: 0 });
  });

  test("is used once, but by the key that had it again: its answer may have been lost", async () => {
    await startIssuer();
    const token = await makeToken();
    const { principal, secret } = readTokenText(token)!;
    const wish = { secret: Buffer.from(secret).toString("base64url"), request: openRequest(place("new"), principal) };
    expect(await post("/enroll", JSON.stringify(wish))).toMatchObject({ status: 200 });
    expect(await enroll(token, place("other"))).toMatchObject(refused("ERR_ISSUER_TOKEN"));
    expect(existsSync(join(place("other"), "chain.pem"))).toBe(false);
    expect(await enroll(token)).toMatchObject({ code: 0 });
    // An identity that is in place is not overwritten.
    const before = readFileSync(join(place("new"), "key.pem"));
    expect(await enroll(await makeToken())).toMatchObject(refused("ERR_IDENTITY_FOLDER_IN_USE"));
    expect(readFileSync(join(place("new"), "key.pem"))).toEqual(before);
  });

  test("ends, and is for one principal and one cluster", async () => {
    await startIssuer();
    const token = readTokenText(await makeToken())!;
    const other = writeTokenText({ ...token, principal: alice });
    expect(await enroll(other)).toMatchObject(refused("ERR_ISSUER_PRINCIPAL"));
    const foreign = createCa(place("foreign"), { cluster: "demo" });
    const wrongRoot = writeTokenText({ ...token, rootFingerprint: foreign.authority.fingerprint });
    expect(await enroll(wrongRoot, place("third"))).toMatchObject(refused("ERR_FLOR_ISSUER_FALSE"));
    expect(existsSync(place("third"))).toBe(false);
    const tokens = JSON.parse(readFileSync(place("issuer-ca/tokens.json"), "utf8")) as { expiresAt: string }[];
    for (const each of tokens) each.expiresAt = new Date(Date.now() - 1).toISOString();
    writeFileSync(place("issuer-ca/tokens.json"), JSON.stringify(tokens));
    expect(await enroll(writeTokenText(token), place("third"))).toMatchObject(refused("ERR_ISSUER_TOKEN"));
  });

  test("is worth nothing once its principal is revoked", async () => {
    await startIssuer();
    ca.issueInto(place("former"), { kind: "vertex", name: "a" });
    const token = await makeToken();
    ca.revoke([{ principal: { ...alice, kind: "vertex", name: "a" } }]);
    expect(await enroll(token)).toMatchObject(refused("ERR_ISSUER_REVOKED"));
    expect(await enroll(await makeToken())).toMatchObject({ code: 0 });
  });

  test.each(["", "flor-enroll-", "flor-enroll-AAAA", "flor-token-abc", "no file"])(
    "that is none is told without being shown: %j",
    async (text) => {
      const run = await enroll(text === "" ? " " : text);
      expect(run).toMatchObject({ err: expect.stringContaining("[ERR_FLOR_ENROLLMENT_TOKEN]") });
      expect(run.err).not.toContain("flor-enroll-AAAA");
    },
  );

  test("is made for a time from a minute to a week", async () => {
    for (const life of ["59s", "8d", "x"]) {
      const args = ["--ca", place("issuer-ca"), "--issuer", ADDRESS(), "--life", life];
      expect(await flor("ca", "token", "vertex", "a", ...args)).toMatchObject({ code: 2 });
    }
    await makeToken("a", "--life", "7d");
  });
});

describe("an issuer", () => {
  test("tells strangers its roots, and has no certificate for who guesses", async () => {
    await startIssuer();
    expect(await post("/roots", "")).toEqual({ status: 200, body: { roots: root.authority.certificatePem } });
    const before = ca.record.certificates.size;
    for (const secret of ["", "AAAA", "A".repeat(22), "A".repeat(40_000)]) {
      const wish = JSON.stringify({ secret, request: "x" });
      expect(await post("/enroll", wish)).toMatchObject({ status: 403, body: { code: "ERR_ISSUER_TOKEN" } });
    }
    for (const wish of ["", "null", "[]", '{"secret":1,"request":""}']) {
      expect(await post("/enroll", wish)).toMatchObject({ status: 403, body: { code: "ERR_ISSUER_REQUEST" } });
    }
    const { secret } = readTokenText(await makeToken())!;
    const wish = JSON.stringify({ secret: Buffer.from(secret).toString("base64url"), request: "x" });
    expect(await post("/enroll", wish)).toMatchObject({ status: 403, body: { code: "ERR_ISSUER_REQUEST" } });
    expect(ca.record.certificates.size).toBe(before);
  });

  test("whose tokens are damaged takes none, and renews", async () => {
    await startIssuer();
    const token = await makeToken();
    writeFileSync(place("issuer-ca/tokens.json"), "[{}]");
    expect(await enroll(token)).toMatchObject(refused("ERR_ISSUER_TOKEN"));
    const args = ["--ca", place("issuer-ca"), "--issuer", ADDRESS()];
    expect(await flor("ca", "token", "vertex", "a", ...args)).toMatchObject(refused("ERR_IDENTITY_TOKENS"));
  });
});
