import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCa } from "@florenetes/identity";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkLinkFlor } from "../src/config/check.ts";
import { parseLinkConfig } from "../src/config/link-config-file.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-check-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  const ca = createCa(join(folder, "ca"), { cluster: "demo" });
  ca.issueInto(join(folder, "vertex"), { kind: "vertex", name: "b" });
  ca.issueInto(join(folder, "user"), { kind: "user", name: "alice" });
  mkdirSync(join(folder, "run"));
  mkdirSync(join(folder, "cluster"));
});

const GOOD = `\
state: state
admin: run/admin.sock
clusters:
  demo: { identity: vertex, listen: "udp://127.0.0.1:0", bind: run/demo.sock, connect: cluster/florio.sock }
`;

test.each<{ what: string; from: string; to: string; problems: string[]; warnings: string[] }>([
  { what: "all is well", from: "", to: "", problems: [], warnings: [] },
  { what: "no identity", from: ": vertex", to: ": nowhere", problems: ["ERR_IDENTITY_FILE_MISSING"], warnings: [] },
  { what: "a user's identity", from: ": vertex", to: ": user", problems: ["ERR_IDENTITY_WRONG_KIND"], warnings: [] },
  { what: "another cluster's", from: "demo:", to: "prod:", problems: ["ERR_IDENTITY_WRONG_CLUSTER"], warnings: [] },
  { what: "no directory", from: "run/admin", to: "no/a", problems: ["ERR_SOCKET_DIRECTORY_MISSING"], warnings: [] },
  {
    what: "no state",
    from: "state: state",
    to: "state: vertex/key.pem",
    problems: ["ERR_STATE_DIRECTORY"],
    warnings: [],
  },
  {
    what: "no cluster vertex",
    from: "cluster/f",
    to: "no/f",
    problems: [],
    warnings: ["ERR_SOCKET_DIRECTORY_MISSING"],
  },
])("with $what, check finds $problems and warns of $warnings", ({ from, to, problems, warnings }) => {
  const report = checkLinkFlor(parseLinkConfig(GOOD.replace(from, to), join(folder, "link.yaml")));
  const codesOf = (errors: readonly Error[]): unknown[] => errors.map((error) => (error as { code?: unknown }).code);
  expect(codesOf(report.problems)).toEqual(problems);
  expect(codesOf(report.warnings)).toEqual(warnings);
});
