import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCa } from "@florenetes/identity/authority";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { checkLinkFlor } from "../src/config/check.ts";
import { parseLinkConfig } from "../src/config/link-config-file.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-check-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  const ca = createCa(join(folder, "ca"), { cluster: "demo" });
  ca.issueInto(join(folder, "vertex"), { kind: "vertex", name: "b" });
  ca.issueInto(join(folder, "user"), { kind: "user", name: "alice" });
  ca.issueInto(join(folder, "service"), { kind: "service", name: "b" });
  const revoked = ca.issueInto(join(folder, "revoked"), { kind: "vertex", name: "b" });
  const { pem } = ca.revoke([{ serial: revoked.serial }]).list;
  writeFileSync(join(folder, "revoked", "crl.pem"), pem);
  ca.issueInto(join(folder, "listed"), { kind: "vertex", name: "b" });
  writeFileSync(join(folder, "listed", "crl.pem"), pem);
  ca.issueInto(join(folder, "broken"), { kind: "vertex", name: "b" });
  writeFileSync(join(folder, "broken", "crl.pem"), pem.replace("-----END", "-----EN"));
  ca.issueInto(join(folder, "foreign"), { kind: "vertex", name: "b" });
  const stranger = createCa(join(folder, "stranger"), { cluster: "demo" });
  writeFileSync(join(folder, "foreign", "crl.pem"), stranger.makeRevocationList().pem);
  mkdirSync(join(folder, "run"));
  mkdirSync(join(folder, "cluster"));
});

const GOOD = `\
state: state
admin: run/admin.sock
clusters:
  demo: { identity: vertex, listen: "udp://127.0.0.1:0", bind: run/demo.sock, connect: cluster/florio.sock }
`;

interface Case {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  /** Codes of problems of the whole process. */
  readonly problems?: readonly string[];
  /** Codes of problems of the cluster. */
  readonly parts?: readonly string[];
  readonly warnings?: readonly string[];
}

test.each<Case>([
  { what: "all is well", from: "", to: "" },
  { what: "no identity", from: ": vertex", to: ": nowhere", parts: ["ERR_IDENTITY_FILE_MISSING"] },
  { what: "a user's identity", from: ": vertex", to: ": user", parts: ["ERR_IDENTITY_WRONG_KIND"] },
  { what: "a service's", from: ": vertex", to: ": service", parts: ["ERR_IDENTITY_WRONG_KIND"] },
  { what: "its own name", from: "{ identity", to: "{ vertex: b, identity" },
  {
    what: "another vertex's name",
    from: "{ identity",
    to: "{ vertex: a, identity",
    parts: ["ERR_IDENTITY_WRONG_NAME"],
  },
  { what: "another cluster's", from: "demo:", to: "prod:", parts: ["ERR_IDENTITY_WRONG_CLUSTER"] },
  { what: "a list", from: ": vertex", to: ": listed" },
  { what: "a broken list", from: ": vertex", to: ": broken", parts: ["ERR_IDENTITY_PEM_BROKEN"] },
  {
    what: "a foreign list",
    from: ": vertex",
    to: ": foreign",
    parts: ["ERR_IDENTITY_LIST_UNTRUSTED"],
  },
  { what: "a revoked identity", from: ": vertex", to: ": revoked", warnings: ["ERR_IDENTITY_REVOKED"] },
  {
    what: "no list where one is required",
    from: ": vertex",
    to: ": vertex, revocation: required",
    warnings: ["ERR_IDENTITY_REVOCATION_MISSING"],
  },
  { what: "no directory", from: "run/admin", to: "no/a", problems: Array(2).fill("ERR_SOCKET_DIRECTORY_MISSING") },
  { what: "no directory for FlorIO", from: "run/demo", to: "no/d", parts: ["ERR_SOCKET_DIRECTORY_MISSING"] },
  {
    what: "no state",
    from: "state: state",
    to: "state: vertex/key.pem",
    problems: ["ERR_STATE_DIRECTORY"],
  },
  {
    what: "no cluster vertex",
    from: "cluster/f",
    to: "no/f",
    warnings: ["ERR_SOCKET_DIRECTORY_MISSING"],
  },
])("with $what, check finds $problems and $parts, and warns of $warnings", async ({ from, to, ...expected }) => {
  const report = await checkLinkFlor(parseLinkConfig(GOOD.replace(from, to), join(folder, "link.yaml")));
  const codesOf = (errors: readonly Error[]): unknown[] => errors.map((error) => (error as { code?: unknown }).code);
  expect(codesOf(report.problems)).toEqual(expected.problems ?? []);
  expect(codesOf(report.partProblems)).toEqual(expected.parts ?? []);
  expect(codesOf(report.warnings)).toEqual(expected.warnings ?? []);
});

test("check says which QUIC engine would be taken, and why", async () => {
  vi.stubEnv("FLORENETES_ENGINE", "");
  const config = parseLinkConfig(`engine: portable\n${GOOD}`, join(folder, "link.yaml"));
  expect((await checkLinkFlor(config)).notes).toEqual([
    "the QUIC engine is the portable one: `engine: portable` says so",
  ]);
  vi.stubEnv("FLORENETES_ENGINE", "fastest");
  expect((await checkLinkFlor(config)).problems).toMatchObject([{ code: "ERR_ENGINE_VARIABLE" }]);
  vi.unstubAllEnvs();
});

test.each([
  ["its identity", "nowhere", "key.pem"],
  ["a list", "broken", "crl.pem"],
])("a problem with %s tells the file, and which line of the config leads to it", async (_, identity, file) => {
  const config = parseLinkConfig(GOOD.replace(": vertex", `: ${identity}`), join(folder, "link.yaml"));
  expect((await checkLinkFlor(config)).partProblems).toMatchObject([
    {
      where: { file: join(folder, identity, file) },
      advice: expect.stringMatching(/ It is `identity` of cluster demo\.$/),
    },
  ]);
});
