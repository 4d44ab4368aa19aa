import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCredentials } from "@florenetes/identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-flor-"));
const ca = join(base, "ca");
afterAll(() => rmSync(base, { recursive: true, force: true }));

beforeAll(async () => {
  const made = await flor("ca", "init", "--cluster", "demo", "--out", ca);
  expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^cluster +demo$/m) as unknown });
  expect(made.err).toContain("ca-key.pem");
});

describe("flor ca issue", () => {
  test.each(["vertex", "user", "service"] as const)("makes a folder that a process takes: %s", async (kind) => {
    const folder = join(base, kind);
    const { code, out, err } = await flor("ca", "issue", kind, "x1", "--ca", ca, "--out", folder, "--days", "2");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const credentials = loadCredentials(folder, { cluster: "demo", kinds: [kind], name: "x1" });
    expect(out).toContain(`sha256:${credentials.fingerprint}`);
    expect(out).toContain(`spiffe://demo/${kind}/x1`);
    expect(credentials.notAfter.getTime() - Date.now()).toBeLessThan(2 * 86_400_000);
  });

  test("says when the CA ends before the certificate should", async () => {
    const { code, err } = await flor(
      "ca",
      "issue",
      "user",
      "long",
      "--ca",
      ca,
      "--out",
      join(base, "long"),
      "--days",
      "9999",
    );
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("ends before") as unknown });
  });

  test("issues Ed25519 when asked to", async () => {
    const folder = join(base, "ed");
    await flor("ca", "issue", "user", "ed", "--ca", ca, "--out", folder, "--algorithm", "ed25519");
    expect((await flor("inspect", folder)).out).toMatch(/key +ed25519/);
  });
});

describe("a mistake is answered with a stable code and exit code 2", () => {
  const out = join(base, "never");
  const cases: readonly [string, readonly string[]][] = [
    ["ERR_FLOR_USAGE", ["nonsense"]],
    ["ERR_FLOR_USAGE", ["ca"]],
    ["ERR_FLOR_USAGE", ["ca", "issue", "user", "alice", "--ca", ca]],
    ["ERR_FLOR_USAGE", ["ca", "issue", "robot", "alice", "--ca", ca, "--out", out]],
    ["ERR_FLOR_USAGE", ["ca", "issue", "user", "alice", "bob", "--ca", ca, "--out", out]],
    ["ERR_FLOR_USAGE", ["ca", "issue", "user", "alice", "--ca", ca, "--out", out, "--days", "ten"]],
    ["ERR_FLOR_USAGE", ["ca", "init", "--cluster", "demo", "--out", out, "--algorithm", "rsa"]],
    ["ERR_IDENTITY_DAYS", ["ca", "issue", "user", "alice", "--ca", ca, "--out", out, "--days", "0"]],
    ["ERR_IDENTITY_PRINCIPAL_SYNTAX", ["ca", "issue", "user", "Alice", "--ca", ca, "--out", out]],
    ["ERR_IDENTITY_PRINCIPAL_SYNTAX", ["ca", "init", "--cluster", "../x", "--out", out]],
    ["ERR_IDENTITY_FILE_MISSING", ["ca", "issue", "user", "alice", "--ca", join(base, "nowhere"), "--out", out]],
    ["ERR_IDENTITY_FOLDER_IN_USE", ["ca", "init", "--cluster", "demo", "--out", ca]],
    ["ERR_IDENTITY_FILE_MISSING", ["inspect", join(base, "nowhere")]],
    ["ERR_CONFIG_FILE_MISSING", ["mesh", "check", join(base, "nowhere.yaml")]],
  ];

  test.each(cases)("%s: %j", async (code, args) => {
    const run = await flor(...args);
    expect(run).toMatchObject({ code: 2, out: "" });
    expect(run.err).toContain(`[${code}]`);
    expect(readdirSync(base)).not.toContain("never");
  });
});

describe("flor inspect", () => {
  test("exits with 2 and names what is wrong", async () => {
    const folder = join(base, "broken");
    await flor("ca", "issue", "user", "broken", "--ca", ca, "--out", folder);
    expect(await flor("inspect", folder)).toMatchObject({ code: 0, err: "" });
    writeFileSync(join(folder, "trust.pem"), "");
    const { code, out, err } = await flor("inspect", folder);
    expect({ code, out }).toEqual({ code: 2, out: expect.stringContaining("problems: 1") as unknown });
    expect(err).toContain("trust.pem: broken PEM");
  });

  test("takes a CA folder", async () => {
    expect(await flor("inspect", ca)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^CA {2}spiffe:\/\/demo$/m) as unknown,
    });
  });
});

describe("help", () => {
  test("is shown when asked for, and when nothing is", async () => {
    const asked = await flor("--help");
    expect(asked).toMatchObject({ code: 0, err: "" });
    expect(await flor()).toEqual({ ...asked, code: 2 });
    expect(asked.out).toContain("$ flor identity request vertex a");
  });

  test.each([
    ["ca"],
    ["ca", "init"],
    ["ca", "issue"],
    ["ca", "revoke"],
    ["ca", "crl"],
    ["ca", "list"],
    ["ca", "seal"],
    ["ca", "sign"],
    ["ca", "invite"],
    ["identity"],
    ["identity", "request"],
    ["identity", "renew"],
    ["identity", "install"],
    ["inspect"],
    ["mesh"],
    ["mesh", "check"],
    ["mesh", "render"],
    ["mesh", "plan"],
  ])("is there for each command: %s %s", async (...args) => {
    const { code, out } = await flor(...args.filter((arg) => arg !== undefined), "--help");
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining(`Usage: flor ${args.join(" ").trim()}`) as unknown,
    });
  });
});

describe("flor mesh", () => {
  const file = join(base, "mesh.yaml");
  const text = `cluster: demo
nodes:
  a: { address: 127.0.0.1, port: 4433 }
  b: { address: 127.0.0.1, port: 4434 }
links:
  - { between: [ a, b ], originator: a }
services:
  web: { node: b, target: "tcp://127.0.0.1:8080", allow: [ user/alice ] }
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: web, path: [ a, b ] }
`;

  test("checks and renders a mesh file, twice alike", async () => {
    writeFileSync(file, text);
    expect(await flor("mesh", "check", file)).toMatchObject({
      code: 0,
      out: expect.stringContaining("2 nodes, 1 links") as unknown,
    });
    const folder = join(base, "nodes");
    const first = await flor("mesh", "render", file, "--out", folder);
    expect(first).toMatchObject({ code: 0, err: "" });
    const config = readFileSync(join(folder, "b/cluster-flor.yaml"), "utf8");
    expect(config).toContain("user/alice");
    expect(first.out).toContain("user/alice");
    expect(await flor("mesh", "render", file, "--out", folder)).toEqual(first);
    expect(readFileSync(join(folder, "b/cluster-flor.yaml"), "utf8")).toBe(config);
  });

  test("renders the files of two clusters: one link-flor for a node of both, each with the labels of its own lock file", async () => {
    const other = join(base, "other.yaml");
    writeFileSync(file, text);
    writeFileSync(other, text.replace("cluster: demo", "cluster: other"));
    const folder = join(base, "machines");
    const clash = await flor("mesh", "render", file, other, "--out", folder);
    expect(clash.code).toBe(2);
    expect(clash.err).toMatch(/other\.yaml:3.*ERR_MESH_PORT_CLASH/);
    expect(readdirSync(base)).not.toContain("machines");
    writeFileSync(
      other,
      text
        .replace("cluster: demo", "cluster: other")
        .replace("4434", "5434")
        .replace("4433", "5433")
        .replace("18080", "18081"),
    );
    expect(await flor("mesh", "check", file, other)).toMatchObject({ code: 0, err: "" });
    expect(await flor("mesh", "render", file, other, "--out", folder)).toMatchObject({ code: 0, err: "" });
    expect(readdirSync(join(folder, "b")).toSorted()).toEqual([
      "cluster-flor-demo.yaml",
      "cluster-flor-other.yaml",
      "link-flor.yaml",
    ]);
    expect(readFileSync(join(folder, "b/link-flor.yaml"), "utf8")).toMatch(/^ {2}demo:.*4434.*\n {2}other:.*5434/m);
    expect(readdirSync(base)).toContain("other.yaml.lock");
  });

  test("plans in which order nodes take another mesh, and writes what each takes", async () => {
    const line = join(base, "line.yaml");
    const folder = join(base, "line");
    const lineText = text
      .replace(
        "links:",
        "  c: { address: 127.0.0.1, port: 4435 }\nlinks:\n  - { between: [ b, c ] }\n  - { between: [ a, c ] }",
      )
      .replace("node: b, target", "node: c, target")
      .replace("path: [ a, b ]", "path: [ a, b, c ]");
    writeFileSync(line, lineText);
    expect(await flor("mesh", "plan", line, "--out", folder, "--json")).toMatchObject({ code: 0, err: "" });
    expect(readdirSync(base)).not.toContain("line.yaml.lock");
    await flor("mesh", "render", line, "--out", folder);
    expect(await flor("mesh", "plan", line, "--out", folder)).toMatchObject({
      code: 0,
      out: "demo: nothing changes",
    });
    writeFileSync(
      line,
      `${lineText}  - { node: c, listen: "tcp://127.0.0.1:18081", as: user/alice, service: ssh, path: [ c, b, a ] }\n`.replace(
        "services:",
        'services:\n  ssh: { node: a, target: "tcp://127.0.0.1:22", allow: [ user/alice ] }',
      ),
    );
    const steps = join(base, "steps");
    const { out } = await flor("mesh", "plan", line, "--out", folder, "--steps", steps);
    expect(out).toMatch(/^demo: 2 of 3 nodes change, in 2 steps\n +1\. a +change .*\n +2\. c +change /);
    const written = readFileSync(join(steps, "002-c/cluster-flor.yaml"), "utf8");
    await flor("mesh", "render", line, "--out", folder);
    expect(readFileSync(join(folder, "c/cluster-flor.yaml"), "utf8")).toBe(written);
  });

  test("renders nothing of a mesh that cannot work", async () => {
    const bad = join(base, "bad.yaml");
    writeFileSync(bad, text.replace("path: [ a, b ]", "path: [ a, c ]"));
    const folder = join(base, "bad");
    for (const args of [
      ["check", bad],
      ["render", bad, "--out", folder],
    ]) {
      const { code, err } = await flor("mesh", ...args);
      expect(code).toBe(2);
      expect(err).toMatch(/bad\.yaml:\d+/);
    }
    expect(readdirSync(base)).not.toContain("bad");
  });
});

test("flor --version tells the version of its manifest", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  expect(await flor("--version")).toMatchObject({ code: 0, out: version, err: "" });
});
