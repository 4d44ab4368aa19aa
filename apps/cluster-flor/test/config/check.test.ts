import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCredentials } from "@florenetes/identity";
import { type CertificateAuthority, createCa } from "@florenetes/identity/authority";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { checkCluster } from "../../src/config/check.ts";
import type { ClusterConfig } from "../../src/config/cluster-config.ts";
import { parseClusterConfig } from "../../src/config/cluster-config-file.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-check-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let ca: CertificateAuthority;

beforeAll(() => {
  ca = createCa(join(folder, "ca"), { cluster: "demo" });
  for (const kind of ["service", "user", "vertex"] as const) {
    ca.issueInto(join(folder, kind), { kind, name: kind === "service" ? "web" : "alice" });
  }
  createCa(join(folder, "other-ca"), { cluster: "other" }).issueInto(join(folder, "foreign"), {
    kind: "user",
    name: "alice",
  });
  mkdirSync(join(folder, "run"));
  mkdirSync(join(folder, "link"));
  writeFileSync(join(folder, "file"), "");
});

/** Problems that keep the whole process from running, and problems that keep a part of it from running, together. */
async function checkAll(
  checked: ClusterConfig,
  file = join(folder, "etc", "b.yaml"),
): Promise<Awaited<ReturnType<typeof checkCluster>>> {
  const report = await checkCluster(checked, file);
  return { ...report, problems: [...report.problems, ...report.partProblems] };
}

interface Places {
  readonly admin?: string;
  readonly state?: string;
  readonly bind?: string;
  readonly connect?: string;
  readonly service?: string;
  readonly as?: string;
  readonly listen?: string;
  readonly more?: string;
}

function config(places: Places = {}): ClusterConfig {
  const { admin, state, bind, connect, service, as, listen, more } = {
    admin: "run/admin.sock",
    state: "state/deeper",
    bind: "run/florio.sock",
    connect: "link/demo.sock",
    service: "service",
    as: "user",
    listen: "unix:run/web.sock",
    more: "",
    ...places,
  };
  const text = `\
cluster: demo
vertex: b
portals: { quic: { bind: ${bind}, connect: ${connect} } }
state: ${state}
admin: ${admin}
${more}
services:
  web: { label: 900, identity: ${service}, target: "tcp://127.0.0.1:8080", allow: [ user/alice ] }
paths: { here: { labels: [ 900 ] } }
tunnels:
  - { listen: "${listen}", as: ${as}, service: web, path: here }
  - { listen: "tcp://127.0.0.1:18080", as: ${as}, service: web, path: here }
`;
  return parseClusterConfig(text, join(folder, "b.yaml"));
}

function codesOf(errors: readonly Error[]): unknown[] {
  return errors.map((error) => (error as { code?: unknown }).code);
}

describe("a check of what the config names", () => {
  test("finds nothing where all is well", async () => {
    expect(await checkAll(config())).toMatchObject({ problems: [], warnings: [] });
  });

  test("warns of a vertex that the identity beside the file does not stand for", async () => {
    expect((await checkAll(config(), join(folder, "b.yaml"))).warnings).toMatchObject([
      {
        code: "ERR_CONFIG_VERTEX",
        message: expect.stringMatching(/is "b" here, .* that of spiffe:\/\/demo\/vertex\/alice$/),
        where: { key: "vertex" },
      },
    ]);
    const { warnings } = await checkAll({ ...config(), vertex: "alice" }, join(folder, "b.yaml"));
    expect(warnings).toEqual([]);
  });

  test("says which QUIC engine would be taken, and why", async () => {
    vi.stubEnv("FLORENETES_ENGINE", "");
    expect((await checkAll(config({ more: "engine: portable" }))).notes).toEqual([
      "the QUIC engine is the portable one: `engine: portable` says so",
    ]);
    vi.stubEnv("FLORENETES_ENGINE", "fastest");
    expect((await checkAll(config())).problems).toMatchObject([{ code: "ERR_ENGINE_VARIABLE" }]);
    vi.unstubAllEnvs();
  });

  test.each<[string, Places, string[]]>([
    ["a service without an identity", { service: "nowhere" }, ["ERR_IDENTITY_FILE_MISSING"]],
    ["a service with a user's identity", { service: "user" }, ["ERR_IDENTITY_WRONG_KIND"]],
    ["a service with a vertex's identity", { service: "vertex" }, ["ERR_IDENTITY_WRONG_KIND"]],
    ["a tunnel with a service's identity, which is right", { as: "service" }, []],
    ["a tunnel with a vertex's identity, told once", { as: "vertex" }, ["ERR_IDENTITY_WRONG_KIND"]],
    ["an identity of another cluster", { as: "foreign" }, ["ERR_IDENTITY_WRONG_CLUSTER"]],
    ["an admin socket in no directory", { admin: "nowhere/a.sock" }, Array(2).fill("ERR_SOCKET_DIRECTORY_MISSING")],
    ["a FlorIO socket in no directory", { bind: "nowhere/f.sock" }, ["ERR_SOCKET_DIRECTORY_MISSING"]],
    ["a listener in no directory", { listen: "unix:nowhere/w.sock" }, ["ERR_SOCKET_DIRECTORY_MISSING"]],
    ["a file in a socket's place", { bind: "file" }, ["ERR_SOCKET_PATH_TAKEN"]],
    ["a file in the state directory's place", { state: "file" }, ["ERR_STATE_DIRECTORY"]],
    [
      "several mistakes",
      { admin: "nowhere/a.sock", service: "nowhere" },
      ["ERR_SOCKET_DIRECTORY_MISSING", "ERR_SOCKET_DIRECTORY_MISSING", "ERR_IDENTITY_FILE_MISSING"],
    ],
  ])("%s", async (_, places, expected) => {
    const { problems, warnings } = await checkAll(config(places));
    expect(codesOf(problems)).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  test("the sockets between the vertex and its agent: one that cannot be made is a problem, and no way to the agent a warning", async () => {
    ca.issueInto(join(folder, "fabric"), { kind: "service", name: "fabric.b" });
    const fabric = (door: string, agent: string): ClusterConfig =>
      config({
        more: `fabric: { door: ${door}, sessions: run/s.sock, identity: fabric, agent: "session+unix:${agent}" }`,
      });
    const codes = async (checked: ClusterConfig): Promise<unknown> => {
      const { problems, warnings } = await checkAll(checked);
      return [codesOf(problems), codesOf(warnings)];
    };
    expect(await codes(fabric("run/d.sock", "run/a.sock"))).toEqual([[], []]);
    expect(await codes(fabric("nowhere/d.sock", "nowhere/a.sock"))).toEqual([
      ["ERR_SOCKET_DIRECTORY_MISSING"],
      ["ERR_SOCKET_DIRECTORY_MISSING"],
    ]);
  });

  test("only warns of a link vertex that may not have started yet", async () => {
    const { problems, warnings } = await checkAll(config({ connect: "nowhere/demo.sock" }));
    expect(problems).toEqual([]);
    expect(codesOf(warnings)).toEqual(["ERR_SOCKET_DIRECTORY_MISSING"]);
  });

  test("finds a key that others can read", async () => {
    const key = join(folder, "user", "key.pem");
    chmodSync(key, 0o644);
    expect(codesOf((await checkAll(config())).problems)).toEqual(["ERR_IDENTITY_KEY_EXPOSED"]);
    chmodSync(key, 0o600);
  });

  test("tells a revocation list that is not in order, and warns of a certificate that one names", async () => {
    cpSync(join(folder, "user"), join(folder, "listed"), { recursive: true });
    const file = join(folder, "listed", "crl.pem");
    const put = (pem: string): void => writeFileSync(file, pem);
    const { pem } = ca.makeRevocationList();
    put(pem);
    expect(await checkAll(config({ as: "listed" }))).toMatchObject({ problems: [], warnings: [] });
    put(pem.replace("-----END", "-----EN"));
    expect((await checkAll(config({ as: "listed" }))).problems).toMatchObject([{ where: { file } }]);
    const { certificates } = loadCredentials(join(folder, "service"));
    put(ca.revoke([{ serial: certificates[0]!.serial }]).list.pem);
    const { problems, warnings } = await checkAll(config({ as: "listed" }));
    expect(problems).toEqual([]);
    expect(warnings).toMatchObject([{ code: "ERR_IDENTITY_REVOKED", where: { file: join(folder, "service") } }]);
  });

  test("warns where lists are required and there is none", async () => {
    const { problems, warnings } = await checkAll(config({ more: "revocation: required" }));
    expect(problems).toEqual([]);
    expect(codesOf(warnings)).toEqual(["ERR_IDENTITY_REVOCATION_MISSING", "ERR_IDENTITY_REVOCATION_MISSING"]);
  });
});
