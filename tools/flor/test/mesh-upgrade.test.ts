import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { MESH, NODES } from "./mesh-status-fixture.ts";
import { type Run, flor } from "./run-flor.ts";
import { stateText, type ToldState, UPGRADED } from "./upgrade/fake-node.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-upgrade-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A command for nodes that answers each kind of script by texts in files, and notes what it is told. */
const NODE = `
import { appendFileSync, copyFileSync, existsSync, readFileSync } from "node:fs";
const [folder, node, ...words] = process.argv.slice(2);
const input = readFileSync(0, "utf8");
const note = (what) => appendFileSync(folder + "/told", node + " " + what + "\\n");
const become = (state) => copyFileSync(folder + "/" + node + "." + state, folder + "/" + node);
if (words[0] === "dd") note(words[1].split("/").slice(-2).join("/"));
else if (input.includes("--- upgrade")) {
  if (existsSync(folder + "/lost-" + node)) process.exit(255);
  process.stdout.write(readFileSync(folder + "/" + node));
} else if (input.includes("systemd-run")) {
  note("begin");
  become(existsSync(folder + "/ill-" + node) ? "returned" : "installed");
  for (const other of existsSync(folder + "/loses-" + node) ? [readFileSync(folder + "/loses-" + node, "utf8")] : [])
    copyFileSync(folder + "/" + other + ".lost", folder + "/" + other);
} else if (input.includes("apt-get --simulate")) {
  if (existsSync(folder + "/lacks-" + node)) {
    console.error("the packages need others");
    process.exit(1);
  }
} else if (/^: >.*confirmed/.test(input)) become("confirmed");
else if (/^: >.*refused/.test(input)) become("returned");
else if (input.startsWith("tail")) console.log("dpkg: no");
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(base, "t"));
  writeFileSync(join(folder, "node.mjs"), NODE);
  writeFileSync(join(folder, "mesh.yaml"), JSON.stringify(MESH));
  for (const node of NODES) {
    put(node, "", {});
    put(node, ".installed", { ...UPGRADED, upgrade: "active installed" });
    put(node, ".confirmed", { ...UPGRADED, upgrade: "inactive confirmed" });
    put(node, ".returned", { upgrade: "inactive returned" });
  }
  packages("old", ["florenetes-node_1.0_amd64.deb", "florenetes-runtime_24.0_amd64.deb", "notes.txt"]);
  packages("new", ["florenetes-node_2.0_amd64.deb", "florenetes-runtime_24.0_amd64.deb"]);
});

function put(node: string, state: string, more: Partial<ToldState>): void {
  writeFileSync(join(folder, node + state), stateText(more, node));
}

function packages(name: string, files: readonly string[]): void {
  mkdirSync(join(folder, name));
  for (const file of files) writeFileSync(join(folder, name, file), file);
}

function upgrade(...more: readonly string[]): Promise<Run> {
  const via = `${process.execPath} ${folder}/node.mjs ${folder} {node}`;
  const folders = ["--packages", join(folder, "new"), "--former", join(folder, "old")];
  return flor("mesh", "upgrade", join(folder, "mesh.yaml"), ...folders, "--via", via, "--whole-within", "1s", ...more);
}

/** The orders that the nodes were given. */
const told = (): string[] =>
  existsSync(join(folder, "told")) ? readFileSync(join(folder, "told"), "utf8").trimEnd().split("\n") : [];
const begun = (): string[] => told().filter((line) => line.endsWith(" begin"));

describe("flor mesh upgrade", () => {
  test("brings changed packages to all nodes before it begins at one, and then goes from node to node", async () => {
    const { code, out, err } = await upgrade();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /^4 of 4 nodes get 2\.0\n {4}1\. a {2}nothing of others crosses it; it has florenetes-node 1\.0\n/,
    );
    expect(out).toMatch(/4\. c {2}the ONLY WAY from a to web and 1 more: these wait[^]*all 4 nodes are upgraded$/);
    const copies = told().slice(0, 8).toSorted();
    expect(copies).toEqual(
      NODES.flatMap((node) => [
        `${node} former/florenetes-node_1.0_amd64.deb`,
        `${node} wished/florenetes-node_2.0_amd64.deb`,
      ]).map((line) => line.replace(" ", " of=").replace(" of=", " ")),
    );
    expect(told().slice(8)).toEqual(["a begin", "d begin", "b begin", "c begin"]);
    expect(await upgrade()).toMatchObject({ code: 0, out: "0 of 4 nodes get 2.0" });
  });

  test("stops at a node that goes back, and goes on from there", async () => {
    writeFileSync(join(folder, "ill-d"), "");
    const { code, err } = await upgrade();
    expect(code).toBe(1);
    expect(err).toMatch(
      /dpkg: no\n[^]*2\. d .*as it was\n +3\. b {2}not begun\n +4\. c {2}not begun\n[^]*\[ERR_FLOR_UPGRADE_STOPPED\]/,
    );
    expect(begun()).toEqual(["a begin", "d begin"]);
    rmSync(join(folder, "ill-d"));
    expect(await upgrade()).toMatchObject({ code: 0, out: expect.stringMatching(/^3 of 4 nodes get/) as unknown });
    expect(begun()).toEqual(["a begin", "d begin", "d begin", "b begin", "c begin"]);
  });

  test("has a node go back that has a link less, and begins at none that is not as it was", async () => {
    put("d", ".installed", { ...UPGRADED, upgrade: "active installed", link: "down" });
    const { code, err } = await upgrade();
    expect(code).toBe(1);
    expect(err).toMatch(/2\. d {2}has its link c of demo not up; it is back/);
    expect(begun()).toEqual(["a begin", "d begin"]);
    put("d", ".installed", { ...UPGRADED, upgrade: "active installed" });
    // While d is upgraded, b loses a link.
    writeFileSync(join(folder, "loses-d"), "b");
    put("b", ".lost", { link: "down" });
    const again = await upgrade();
    expect(again.err).toMatch(/2\. b {2}is not begun: it is not as it was, and has its link a of demo not up\n/);
    expect(begun()).toEqual(["a begin", "d begin", "d begin"]);
  });

  test("has a node go back that leaves its neighbour worse", async () => {
    writeFileSync(join(folder, "loses-d"), "c");
    put("c", ".lost", { faults: ["no path"] });
    const { code, err } = await upgrade();
    expect(code).toBe(1);
    expect(err).toMatch(/2\. d {2}has left c worse, which is not whole: no path; it is back/);
  });

  test.each<[string, string, string, () => void]>([
    ["a node that does not answer", "UNREACHABLE", "c: ", () => writeFileSync(join(folder, "lost-c"), "")],
    [
      "a node in whose place another one answers",
      "UNREACHABLE",
      "c: another one answers: b",
      () => writeFileSync(join(folder, "c"), stateText()),
    ],
    [
      "a node that says nothing of what it is asked",
      "UNREACHABLE",
      "c: it does not run",
      () => writeFileSync(join(folder, "c"), "hello\n"),
    ],
    [
      "a node at which it is not root",
      "UNPREPARED",
      "c: the command does not run as root",
      () => put("c", "", { user: "1000" }),
    ],
    [
      "a node at which another upgrade is under way",
      "UNPREPARED",
      "c: another upgrade is under way",
      () => put("c", "", { upgrade: "active returned" }),
    ],
    [
      "a node with packages of neither folder",
      "NO_WAY_BACK",
      "c has florenetes-node 1.5",
      () => put("c", "", { version: "1.5" }),
    ],
    [
      "a folder without the node's packages",
      "PACKAGES",
      "no package florenetes-node",
      () => rmSync(join(folder, "old/florenetes-node_1.0_amd64.deb")),
    ],
    [
      "a folder with a package twice",
      "PACKAGES",
      "florenetes-node twice",
      () => writeFileSync(join(folder, "old/florenetes-node_0.9_amd64.deb"), ""),
    ],
    [
      "a former folder that lacks a package",
      "NO_WAY_BACK",
      "a has florenetes-runtime 24.0",
      () => rmSync(join(folder, "old/florenetes-runtime_24.0_amd64.deb")),
    ],
    [
      "a new folder that lacks a package",
      "UNPREPARED",
      "a has florenetes-runtime",
      () => rmSync(join(folder, "new/florenetes-runtime_24.0_amd64.deb")),
    ],
    [
      "a node that lacks what the packages need",
      "UNPREPARED",
      "c: .*need others",
      () => writeFileSync(join(folder, "lacks-c"), ""),
    ],
  ])("begins nowhere with %s", async (_, code, message, spoil) => {
    spoil();
    const answer = await upgrade();
    expect(answer.err).toMatch(new RegExp(`${message}.*\\[ERR_FLOR_UPGRADE_${code}\\]`));
    expect([2, 3]).toContain(answer.code);
    expect(begun()).toEqual([]);
  });

  test("tells of nodes that ail, and changes nothing when it is only asked for the plan", async () => {
    const silent = stateText({}, "b").replace(/^\{.*$/gm, "no such process");
    writeFileSync(join(folder, "b"), silent);
    const { code, out } = await upgrade("--dry-run");
    expect(code).toBe(0);
    expect(out).toMatch(/1\. b {2}the ONLY WAY .*\n +does not answer fully already/);
    expect(told()).toEqual([]);
  });
});
