/*
 *   a ───── b       a link vertex that `flor link-vertex init` has written, twice, between two played cluster vertices
 *
 *   a ───── b       the skeleton in TypeScript, under a whole mesh
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openLab } from "@florenetes/meshlab";
import { runs } from "@florenetes/simkit";
import { choose, LINK_VERTEX_CHECKS, LinkBench, type Outcome, runChecks } from "@florenetes/vertex-kit";
import { afterAll, expect, test } from "vitest";
import { florCommand } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { hasPython, PYTHON } from "../src/link-vertices.ts";
import { curl, startFileServer } from "../src/services.ts";

const UDP = "udp://127.0.0.1:{port}";
const BENCHES = 2;
const MS_MAX = 300_000;
/** The first checks of the kit, in a soak a third of all, and those of carrying a packet. */
const COUNT = runs(33, 12);
const FIRST = [...LINK_VERTEX_CHECKS.slice(0, COUNT), ...choose(LINK_VERTEX_CHECKS, "PA-34 |PA-38 |FI-5 |LV-22 ")];

const base = mkdtempSync(join(tmpdir(), "flor-e2e-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Writes the skeleton and returns the command that starts it. */
async function init(language: string, program: readonly string[], file: string): Promise<readonly string[]> {
  const folder = join(base, language);
  const [node = "", ...args] = florCommand();
  await promisify(execFile)(node, [...args, "link-vertex", "init", folder, "--language", language]);
  return [...program, join(folder, file)];
}

const LANGUAGES = [
  ["python", PYTHON, "link_skeleton.py", hasPython("link-vertex-init")],
  ["typescript", [process.execPath], "src/link-skeleton.ts", true],
] as const;

test.each(LANGUAGES.filter(([, , , isReady]) => isReady))(
  "a skeleton in %s passes the first checks of the kit",
  { timeout: MS_MAX },
  async (language, program, file) => {
    const command = await init(language, program, file);
    const outcomes: Outcome[] = [];
    const subject = {
      command,
      unchecked: undefined,
      settings: {},
      hasCredentials: true,
      forms: { listen: UDP, endpoint: UDP },
    };
    await runChecks(() => LinkBench.open(subject), FIRST, {
      benches: BENCHES,
      triesAgain: true,
      onOutcome: (outcome) => outcomes.push(outcome),
    });
    expect(outcomes.filter(({ verdict }) => verdict !== "passed")).toEqual([]);
    expect(outcomes.length).toBeGreaterThanOrEqual(COUNT);
    if (language === "python") return;

    const port = await freePort();
    const tunnel = { node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "files", path: ["a", "b"] };
    const mesh = {
      cluster: "skeleton",
      nodes: { a: {}, b: {} },
      links: [{ between: ["a", "b"] }],
      services: { files: { node: "b", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] } },
      tunnels: [tunnel],
    };
    await using lab = await openLab(mesh, { linkVertex: command });
    await lab.up();
    await startFileServer(lab, "b", port);
    expect(await curl(lab, "a", lab.tunnels[0]!.listen.replace("tcp:", "http:") + "/who")).toBe("b");
  },
);
