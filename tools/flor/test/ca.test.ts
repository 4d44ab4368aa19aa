import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkRevocationLists, loadCredentials, readCertificatePem } from "@florenetes/identity";
import { openCa } from "@florenetes/identity/authority";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor, type Run } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-flor-ca-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const ca = join(base, "ca");
const list = join(ca, "crl.pem");
const serials: Record<string, string> = {};

/** Issues an identity, and remembers its serial number under the name of its folder. */
async function issue(folder: string, kind: string, name: string, ...more: readonly string[]): Promise<void> {
  const { code, out } = await flor("ca", "issue", kind, name, "--ca", ca, "--out", join(base, folder), ...more);
  expect(code).toBe(0);
  serials[folder] = /^serial +(\w+)$/m.exec(out)![1]!;
}

function isRevoked(folder: string): boolean {
  const credentials = loadCredentials(join(base, folder));
  const [found] = checkRevocationLists(readFileSync(list, "utf8"), credentials, new Date());
  return found!.serials.has(credentials.certificates[0]!.serial);
}

beforeAll(async () => {
  expect(await flor("ca", "init", "--cluster", "demo", "--out", ca)).toMatchObject({ code: 0 });
  await issue("alice", "user", "alice");
  await issue("alice-2", "user", "alice", "--days", "20");
  await issue("bob", "user", "bob");
  await issue("web", "service", "web");
});

test("flor ca init keeps the folder out of git", () => {
  expect(readFileSync(join(ca, ".gitignore"), "utf8")).toBe("*\n");
});

describe("flor ca list", () => {
  test("shows what was issued, what ends first at the top", async () => {
    const { code, out, err } = await flor("ca", "list", "--ca", ca);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^CA of +demo$/m);
    expect(out).toMatch(/^list +none was made yet$/m);
    const rows = out.split("\n").filter((line) => line.endsWith("  good"));
    expect(rows).toHaveLength(3);
    expect(out).toMatch(new RegExp(`^ {2}user/alice +${serials["alice"]} .* good; a newer one was issued$`, "m"));
    expect(rows[0]).toMatch(new RegExp(`^ {2}user/alice +${serials["alice-2"]} +.*\\(in 20 d\\) +good$`));
  });

  test("shows what ends soon", async () => {
    expect((await flor("ca", "list", "--ca", ca, "--expiring", "30d")).out).toContain("certificates: 1\n");
    expect((await flor("ca", "list", "--ca", ca, "--expiring", "1d")).out).toContain("no certificates of that kind");
    expect(await flor("ca", "list", "--ca", ca, "--expiring", "soon")).toMatchObject({ code: 2, out: "" });
  });
});

describe("flor ca revoke", () => {
  test("revokes nothing for a name that is misspelt, and tells what was probably meant", async () => {
    const revoke = (...targets: readonly string[]) => flor("ca", "revoke", ...targets, "--ca", ca);
    const cases: readonly [readonly string[], string, string][] = [
      [["user/bob", "user/alcie"], "ERR_IDENTITY_NOT_ISSUED", 'Did you mean "user/alice"?'],
      [["user/web"], "ERR_IDENTITY_NOT_ISSUED", "service/web"],
      [["--serial", serials["bob"]!.slice(0, 8)], "ERR_IDENTITY_NOT_ISSUED", serials["bob"]!],
      [["--serial", "41ff"], "ERR_IDENTITY_NOT_ISSUED", "--unrecorded"],
      [["--serial", "bob"], "ERR_IDENTITY_SERIAL", "hex"],
      [["bob"], "ERR_IDENTITY_PRINCIPAL_SYNTAX", "<kind>/<name>"],
      [["spiffe://other/user/bob"], "ERR_IDENTITY_NOT_ISSUED", "user/bob"],
      [[], "ERR_FLOR_USAGE", "principal"],
      [["user/bob", "--reason", "boredom"], "ERR_FLOR_USAGE", "key-compromise"],
    ];
    for (const [targets, code, hint] of cases) {
      const run = await revoke(...targets);
      expect(run).toMatchObject({ code: 2, out: "" });
      expect(run.err).toContain(`[${code}]`);
      expect(run.err).toContain(hint);
    }
    expect((await flor("ca", "list", "--ca", ca, "--revoked")).out).toContain("no certificates of that kind");
  });

  test("revokes what a principal has, tells each, makes the list, and says where to bring it", async () => {
    const { code, out, err } = await flor("ca", "revoke", "user/alice", "--ca", ca, "--reason", "key-compromise");
    expect(code).toBe(0);
    for (const folder of ["alice", "alice-2"]) {
      expect(out).toMatch(new RegExp(`^revoked {2}user/alice {2}serial ${serials[folder]} {2}valid until 20`, "m"));
    }
    expect(out).toMatch(/^list +number 1, of 2 revoked certificates$/m);
    expect(err).toContain(list);
    await issue("alice-3", "user", "alice");
    expect(["alice", "alice-2", "alice-3", "bob"].map(isRevoked)).toEqual([true, true, false, false]);
  });

  test("says what was revoked already", async () => {
    const { out } = await flor("ca", "revoke", "--serial", serials["alice"]!.toUpperCase(), "--ca", ca);
    expect(out).toMatch(/^revoked already {2}user\/alice .*key-compromise\)$/m);
    expect(out).toMatch(/^list +number 2, of 2 revoked certificates$/m);
  });

  test("takes the serial number of another tool's certificate, when told to", async () => {
    const { code, out } = await flor("ca", "revoke", "--serial", "0xFF17", "--unrecorded", "--ca", ca);
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^revoked {2}not in the record {2}serial 00ff17$/m) as unknown,
    });
  });

  test("is seen in the list of what there is", async () => {
    const { out, err } = await flor("ca", "list", "--ca", ca, "--revoked");
    expect(err).toBe("");
    expect(out).toMatch(/user\/alice .* revoked 20.*, key-compromise$/m);
    expect(out).toMatch(/\(not in the record\) +00ff17 +- +revoked 20.*, unspecified$/m);
    const json = JSON.parse((await flor("ca", "list", "--ca", ca, "--json")).out) as Record<string, unknown>;
    expect(json).toMatchObject({
      ca: { cluster: "demo", key: "plain" },
      certificates: expect.arrayContaining([
        expect.objectContaining({
          serial: serials["alice"],
          principal: "spiffe://demo/user/alice",
          revoked: { at: expect.any(String) as unknown, reason: "key-compromise", isListed: true },
        }),
        expect.objectContaining({ serial: serials["bob"], revoked: null }),
      ]) as unknown,
      lists: [{ number: 1 }, { number: 2 }, { number: 3, entries: 3 }],
    });
  });
});

describe("flor ca crl", () => {
  test("makes the next list, also into another file", async () => {
    const out = join(base, "copy.pem");
    const run = await flor("ca", "crl", "--ca", ca, "--days", "7", "--out", out);
    expect(run).toMatchObject({ code: 0, out: expect.stringMatching(/^list +number 4, /m) as unknown });
    expect(run.err).toContain(out);
    expect(readFileSync(out, "utf8")).toBe(readFileSync(list, "utf8"));
    expect((await flor("ca", "list", "--ca", ca)).out).toMatch(/^list +number 4 .*\(in 7 d\)$/m);
  });

  test("says that the list is there, when it cannot be written elsewhere", async () => {
    const run = await flor("ca", "crl", "--ca", ca, "--out", base);
    expect(run).toMatchObject({
      code: 2,
      out: expect.stringMatching(/^list +number 5, [^]*^file +.*crl.pem$/m) as unknown,
    });
    expect(run.err).toContain("ERR_IDENTITY_WRITE_FAILED");
    expect((await flor("ca", "list", "--ca", ca)).err).toBe("");
  });

  test("is what `flor ca list` asks for when crl.pem is not the newest", async () => {
    const before = readFileSync(list);
    await flor("ca", "crl", "--ca", ca);
    writeFileSync(list, before);
    expect((await flor("ca", "list", "--ca", ca)).err).toContain("crl.pem is not list 6");
  });
});

describe("a sealed CA", () => {
  const sealed = join(base, "sealed");
  const file = join(base, "passphrase");
  const other = join(base, "passphrase-2");
  const issueTo = (name: string, ...more: readonly string[]): Promise<Run> =>
    flor("ca", "issue", "user", name, "--ca", sealed, "--out", join(base, `sealed-${name}`), ...more);

  test("asks for its passphrase for everything that takes its key, and for nothing else", async () => {
    writeFileSync(file, "correct horse\n", { mode: 0o600 });
    writeFileSync(other, "battery staple\n", { mode: 0o600 });
    const made = await flor("ca", "init", "--cluster", "demo", "--out", sealed, "--ca-passphrase-file", file);
    expect(made).toMatchObject({ code: 0, err: expect.stringContaining("and its passphrase") as unknown });
    expect(readFileSync(join(sealed, "ca-key.pem"), "utf8")).toContain("SEALED CA KEY");
    expect(await issueTo("a", "--ca-passphrase-file", file)).toMatchObject({ code: 0, err: "" });
    // The test has no terminal.
    for (const run of [
      await issueTo("b"),
      await flor("ca", "revoke", "user/a", "--ca", sealed),
      await flor("ca", "crl", "--ca", sealed),
    ]) {
      expect(run).toMatchObject({ code: 2, err: expect.stringContaining("ERR_FLOR_NO_TERMINAL") as unknown });
    }
    const wrong = await issueTo("b", "--ca-passphrase-file", other);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("PASSPHRASE_WRONG") as unknown });
    const shown = await flor("ca", "list", "--ca", sealed);
    expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/^key +sealed/m) as unknown });
  }, 30_000);

  test("can be sealed later, and anew", async () => {
    const folder = join(base, "plain");
    await flor("ca", "init", "--cluster", "demo", "--out", folder);
    const seal = (...more: readonly string[]): Promise<Run> => flor("ca", "seal", "--ca", folder, ...more);
    expect(await seal("--passphrase-file", file)).toMatchObject({ code: 0 });
    expect(await seal("--ca-passphrase-file", file, "--passphrase-file", other)).toMatchObject({ code: 0 });
    expect(openCa(folder, "battery staple").authority.cluster).toBe("demo");
    expect(statSync(join(folder, "ca-key.pem")).mode & 0o777).toBe(0o600);
  }, 30_000);

  test("is not sealed with nothing", async () => {
    writeFileSync(file, "\n");
    const run = await flor("ca", "init", "--cluster", "demo", "--out", join(base, "no"), "--ca-passphrase-file", file);
    expect(run).toMatchObject({ code: 2, err: expect.stringContaining("ERR_IDENTITY_PASSPHRASE]") as unknown });
  });
});

test("flor ca issue --trust puts another root of the cluster beside the CA's own", async () => {
  const next = join(base, "next");
  await flor("ca", "init", "--cluster", "demo", "--out", next);
  await issue("both", "vertex", "a", "--trust", join(next, "ca.pem"));
  expect(readCertificatePem(readFileSync(join(base, "both/trust.pem"), "utf8"))).toEqual(
    [ca, next].flatMap((folder) => readCertificatePem(readFileSync(join(folder, "ca.pem"), "utf8"))),
  );
  const key = join(next, "ca-key.pem");
  const refused = await flor("ca", "issue", "vertex", "a", "--ca", ca, "--out", join(base, "never"), "--trust", key);
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("ERR_IDENTITY_PEM_BROKEN") as unknown });
});
