import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flor } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-judge-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const trust = join(base, "trust");
const chainOf = (name: string): string => join(base, name, "chain.pem");
const judge = (name: string, ...options: readonly string[]) =>
  flor("identity", "judge", chainOf(name), "--trust", trust, ...options);

beforeAll(async () => {
  const ca = join(base, "ca");
  await flor("ca", "init", "--cluster", "demo", "--out", ca);
  await flor("ca", "init", "--cluster", "demo", "--out", join(base, "ca-2"));
  for (const name of ["a", "b"]) await flor("ca", "issue", "vertex", name, "--ca", ca, "--out", join(base, name));
  await flor("ca", "issue", "vertex", "a", "--ca", join(base, "ca-2"), "--out", join(base, "stranger"));
  await flor("ca", "revoke", "vertex/b", "--ca", ca);
  mkdirSync(trust);
  cpSync(join(ca, "ca.pem"), join(trust, "trust.pem"));
});

test("a chain that is accepted is named, with its end", async () => {
  const run = await judge("a");
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toMatch(/^accepted +spiffe:\/\/demo\/vertex\/a\ngood until +\d{4}-/);
});

test.each([
  ["a", ["--expect", "vertex/b"], "WRONG_NAME"],
  ["a", ["--expect", "user/a"], "WRONG_KIND"],
  ["a", ["--at", "2000-01-01"], "CERTIFICATE_REFUSED"],
  ["b", ["--crl", join(base, "ca", "crl.pem")], "REVOKED"],
  ["stranger", [], "UNTRUSTED"],
] as const)("the chain of %s is refused with %j: %s", async (name, options, code) => {
  const run = await judge(name, ...options, "--json");
  expect(run.code).toBe(1);
  expect(JSON.parse(run.out)).toMatchObject({ isAccepted: false, code });
  expect((await judge(name, ...options)).out).toMatch(new RegExp(`^refused +${code}\nreason +`));
});

test("without its list, nobody is revoked; with one in the folder, who it names", async () => {
  expect(JSON.parse((await judge("b", "--json")).out)).toMatchObject({
    isAccepted: true,
    principal: "spiffe://demo/vertex/b",
  });
  const withList = join(base, "with-list");
  cpSync(trust, withList, { recursive: true });
  cpSync(join(base, "ca", "crl.pem"), join(withList, "crl.pem"));
  const run = await flor("identity", "judge", chainOf("b"), "--trust", withList);
  expect(run).toMatchObject({ code: 1, out: expect.stringContaining("REVOKED") as string });
});

test.each([
  [["--trust", join(base, "nowhere")], "ERR_IDENTITY_FILE_MISSING"],
  [["--trust", trust, "--crl", join(base, "nowhere")], "ERR_IDENTITY_FILE_MISSING"],
  [["--trust", trust, "--at", "soon"], "ERR_FLOR_USAGE"],
  [["--trust", trust, "--expect", "spiffe://other/vertex/a"], "ERR_IDENTITY_TRUST_CLUSTER"],
] as const)("without what it judges by (%j) there is no verdict: %s", async (options, code) => {
  const run = await flor("identity", "judge", chainOf("a"), ...options);
  expect(run).toMatchObject({ code: 2, out: "", err: expect.stringContaining(code) as string });
});

test("a file that is no chain gets no verdict", async () => {
  writeFileSync(join(base, "note"), "hello");
  const run = await flor("identity", "judge", join(base, "note"), "--trust", trust);
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining("ERR_IDENTITY_PEM_BROKEN") as string });
});
