import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { flor } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-apply-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A command for nodes that notes its words and its stdin, and fails at the node that a file names. */
const NODE = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
const [folder, node, host, program, command] = process.argv.slice(2);
appendFileSync(folder + "/asked", [node, host, program, command].join(" ") + "\\n");
const text = readFileSync(0, "utf8");
if (node === "e" && !existsSync(folder + "/e-runs")) {
  writeFileSync(folder + "/e-runs", "");
  process.exit(3);
}
if (command === "apply" && existsSync(folder + "/ill-" + node)) {
  console.error("NOT WHOLE");
  process.exit(1);
}
if (command === "confirm") appendFileSync(folder + "/" + node + "-" + program, text);
`;

const mesh = (path: string): string => `cluster: demo
nodes: { a: {}, b: { address: 192.0.2.2 }, c: { address: 192.0.2.3 }, d: { address: 192.0.2.4 } }
links:
  - { between: [a, b] }
  - { between: [b, c] }
  - { between: [a, c] }
  - { between: [c, d] }
services:
  web: { node: d, target: "tcp://127.0.0.1:8080", allow: [user/alice] }
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: web, path: ${path} }
`;

let folder: string;
let file: string;
let out: string;
beforeEach(async () => {
  folder = mkdtempSync(join(base, "t"));
  [file, out] = [join(folder, "mesh.yaml"), join(folder, "out")];
  writeFileSync(join(folder, "node.mjs"), NODE);
  writeFileSync(file, mesh("[a, b, c, d]"));
  await flor("mesh", "render", file, "--out", out);
});

function apply(...more: readonly string[]): ReturnType<typeof flor> {
  const via = `${process.execPath} ${folder}/node.mjs ${folder} {node} {host}`;
  return flor("mesh", "apply", file, "--out", out, "--via", via, ...more);
}

function asked(): string[] {
  const lines = readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
  rmSync(join(folder, "asked"));
  return lines;
}

function configs(): Record<string, string> {
  return Object.fromEntries(
    ["a", "b", "c", "d"].map((node) => [node, readFileSync(join(out, node, "cluster-flor.yaml"), "utf8")]),
  );
}

describe("flor mesh apply", () => {
  test("makes the steps of the plan by way of a command, keeps what each node has, and can return", async () => {
    const before = configs();
    expect(await apply()).toMatchObject({ code: 0, out: "nothing changes" });
    writeFileSync(file, mesh("[a, c, d]"));
    expect(await apply()).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringMatching(/all 4 steps are made$/) as unknown,
    });
    const steps = ["c 192.0.2.3", "a a", "b 192.0.2.2", "c 192.0.2.3"];
    expect(asked()).toEqual(steps.flatMap((place) => [`${place} cluster-flor apply`, `${place} cluster-flor confirm`]));
    const after = configs();
    expect(after).not.toEqual(before);
    await flor("mesh", "render", file, "--out", join(folder, "fresh"));
    expect(readFileSync(join(folder, "fresh/c/cluster-flor.yaml"), "utf8")).toBe(after["c"]);
    expect(await apply()).toMatchObject({ code: 0, out: "nothing changes" });
    expect(await apply("--back")).toMatchObject({ code: 0, err: "" });
    expect(configs()).toEqual(before);
    expect(await apply("--back")).toMatchObject({
      code: 2,
      err: expect.stringContaining("ERR_FLOR_APPLY_NO_FORMER") as unknown,
    });
  });

  test("stops at a node that is not whole, goes on from there, and returns from there to where all began", async () => {
    const before = configs();
    writeFileSync(file, mesh("[a, c, d]"));
    writeFileSync(join(folder, "ill-b"), "");
    const { code, err } = await apply();
    expect(code).toBe(1);
    expect(err).toMatch(
      /3\. b .* is back at the former one\n {7}NOT WHOLE\n +4\. c .* not begun\n[^]*\[ERR_FLOR_APPLY_STOPPED\]/,
    );
    asked();
    await apply();
    expect(asked()).toEqual(["b 192.0.2.2 cluster-flor apply"]);
    expect(await apply("--back")).toMatchObject({ code: 0 });
    expect(configs()).toEqual(before);
    rmSync(join(folder, "ill-b"));
    expect(await apply()).toMatchObject({ code: 0 });
    expect(readdirSync(out)).toContain(".former");
  });

  test("asks before it breaks tunnels", async () => {
    const flipped = mesh("[a, b, c, d]").replace("between: [b, c]", "between: [b, c], originator: c");
    writeFileSync(file, flipped);
    expect(await apply()).toMatchObject({ code: 2, err: expect.stringContaining("ERR_FLOR_APPLY_BREAKS") as unknown });
    expect(await apply("--breaking")).toMatchObject({ code: 0 });
  });

  test("says what a new node needs, and waits for it", async () => {
    const more = mesh("[a, b, e, d]")
      .replace("d: {", "e: { address: 192.0.2.5 }, d: {")
      .replace("- { between: [c, d] }", "- { between: [c, d] }\n  - { between: [b, e] }\n  - { between: [e, d] }")
      .replace("  web:", '  wiki: { node: e, target: "tcp://127.0.0.1:80", allow: [user/bob] }\n  web:');
    writeFileSync(file, more);
    const steps = join(folder, "steps");
    const plan = await flor("mesh", "plan", file, "--out", out, "--steps", steps);
    const [, number] = /^ +(\d+)\. e +start /m.exec(plan.out)!;
    const place = join(steps, `${number!.padStart(3, "0")}-e`);
    expect(plan.out).toContain(`  e is new to demo. What it needs before its step:
    the identity vertex/e, in /etc/florenetes/demo/vertex
    the identity service/wiki, in /etc/florenetes/demo/service/wiki
    ${place}/link-flor.yaml, as /etc/florenetes/link-flor.yaml
    ${place}/cluster-flor.yaml, as /etc/florenetes/demo/cluster-flor.yaml
    systemctl enable --now link-flor cluster-flor@demo`);
    expect(readdirSync(place).toSorted()).toEqual(["cluster-flor.yaml", "link-flor.yaml"]);
    const { code, out: said } = await apply("--start-within", "1min");
    expect(code).toBe(0);
    expect(said).toContain(`${out}/.new/demo/e/link-flor.yaml, as /etc/florenetes/link-flor.yaml`);
    expect(said).toMatch(
      /e {2}cluster-flor {2}start {2}is waited for[^]*e {2}cluster-flor {2}start {2}taken, and confirmed/,
    );
    expect(readdirSync(join(out, "e")).toSorted()).toEqual(["cluster-flor.yaml", "link-flor.yaml"]);
    expect(readdirSync(out)).not.toContain(".new");
    expect(asked().findIndex((line) => line.startsWith("e "))).toBeLessThan(6);
  });

  test("says which identities nodes that run already need now", async () => {
    const more = mesh("[a, b, c, d]")
      .replace("  web:", '  wiki: { node: d, target: "tcp://127.0.0.1:80", allow: [user/al] }\n  web:')
      .replace(
        "tunnels:",
        'tunnels:\n  - { node: a, listen: "tcp://127.0.0.1:18081", as: user/al, service: wiki, path: [a, b, c, d] }',
      );
    writeFileSync(file, more);
    const needs = (node: string, principal: string): string => `${node} needs before its step:
  the identity ${principal}, in /etc/florenetes/demo/${principal}
  flor unit prepare demo, as root: the unit's user gets what root has put there`;
    const plan = await flor("mesh", "plan", file, "--out", out);
    for (const [node, principal] of [
      ["a", "user/al"],
      ["d", "service/wiki"],
    ] as const)
      expect(plan.out).toContain(needs(node, principal).replaceAll(/^/gm, "  "));
    expect(plan.out).not.toMatch(/b needs|user\/alice, in/);
    const { plans } = JSON.parse((await flor("mesh", "plan", file, "--out", out, "--json")).out) as {
      plans: { newIdentities: { node: string }[] }[];
    };
    expect(plans[0]!.newIdentities.map(({ node }) => node)).toEqual(["a", "d"]);
    const { code, out: said } = await apply();
    expect(code).toBe(0);
    expect(said).toContain(needs("d", "service/wiki"));
  });

  test("says which agents come, change and go, and leaves these to whoever runs the node", async () => {
    const fabric = (nodes: string): string => `fabric: { root: "sha256:${"5b".repeat(32)}", nodes: [${nodes}] }\n`;
    writeFileSync(file, mesh("auto") + fabric("a, d"));
    const { out: plan } = await flor("mesh", "plan", file, "--out", out);
    for (const node of ["a", "d"]) expect(plan).toContain(`agent takes another config at ${node}: bring`);
    expect(plan).toContain("the identity service/fabric.a, in /etc/florenetes/demo/service/fabric.a");
    expect(await apply()).toMatchObject({ code: 0, out: expect.stringContaining("fabric-flor@demo") as unknown });
    expect(readFileSync(join(out, "a/fabric-flor.yaml"), "utf8")).toContain("node: a\n");
    expect((await flor("mesh", "plan", file, "--out", out)).out).toContain("nothing changes");
    writeFileSync(file, mesh("[a, b, c, d]"));
    const { out: said } = await apply();
    expect(said).toContain("a runs no agent any more: `systemctl disable --now fabric-flor@demo`");
    expect(readdirSync(join(out, "a"))).not.toContain("fabric-flor.yaml");
    expect((await flor("mesh", "plan", file, "--out", out)).out).toContain("nothing changes");
  });

  test("has link-flors take their configs first", async () => {
    writeFileSync(file, mesh("[a, b, c, d]").replace("192.0.2.3 }", "192.0.2.3, port: 4434 }"));
    expect(await apply()).toMatchObject({ code: 0 });
    expect(asked().slice(0, 2)).toEqual(["c 192.0.2.3 link-flor apply", "c 192.0.2.3 link-flor confirm"]);
    expect(readFileSync(join(out, "c/link-flor.yaml"), "utf8")).toContain("4434");
  });

  test.each([
    ["--confirm-within", "10s"],
    ["--whole-within", "soon"],
    ["--start-within", "soon"],
    ["--configs", "/etc/a b"],
    ["--configs", "etc"],
  ])("takes no %s %s", async (...more) => {
    expect(await apply(...more)).toMatchObject({ code: 2, err: expect.stringContaining("ERR_FLOR_USAGE") as unknown });
  });
});
