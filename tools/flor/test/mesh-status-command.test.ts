import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { openAdminServer } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bundled } from "./bundled.ts";
import { clusterStatus, linkStatus, MESH, NODES } from "./mesh-status-fixture.ts";
import { flor } from "./run-flor.ts";

let base: string;
let file: string;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "florenetes-mesh-"));
  file = join(base, "mesh.yaml");
  writeFileSync(file, JSON.stringify(MESH));
});

afterAll(() => rmSync(base, { recursive: true, force: true }));

const FLOR = [bundled("flor")];

/** Reads on until the output matches. */
async function untilSaid(from: Readable, what: RegExp): Promise<void> {
  let said = "";
  for await (const chunk of from.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (what.test(said)) return;
  }
  throw new Error(`it said no more than: ${said}`);
}

/** Writes a program that prints the status, into the folder of a node. */
function writeProgram(node: string, name: string, status: object): void {
  mkdirSync(join(base, node), { recursive: true });
  const script = `#!/bin/sh\ncat <<'END'\n${JSON.stringify(status)}\nEND\n`;
  writeFileSync(join(base, node, name), script, { mode: 0o755 });
}

test("it runs a command for each node, and shows one picture of what they tell", async () => {
  for (const node of NODES) {
    writeProgram(node, "cluster-flor", clusterStatus(node));
    writeProgram(node, "link-flor", linkStatus(node));
  }
  const via = `env PATH=${base}/{node}:/usr/bin:/bin`;
  const whole = await flor("mesh", "status", file, "--via", via);
  expect(whole).toMatchObject({
    code: 0,
    err: "",
    out: expect.stringMatching(/^whole: cluster demo, 4 nodes/) as string,
  });

  rmSync(join(base, "c", "link-flor"));
  const broken = await flor("mesh", "status", file, "--via", via);
  expect(broken.code).toBe(1);
  expect(broken.out).toMatch(/^NOT WHOLE: 1 of 4 nodes\. First: node c: link-flor does not answer/);
  for (const line of broken.out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);

  expect(await flor("mesh", "status", file, "--via", via, "--quiet")).toEqual({ code: 1, out: "", err: "" });
  const json = await flor("mesh", "status", file, "--via", via, "--json");
  expect(JSON.parse(json.out)).toMatchObject({ cluster: "demo", isWhole: false, findings: [{ node: "c" }] });
});

test("it asks again and again, and shows what has changed, until it is ended", async () => {
  for (const node of NODES) {
    writeProgram(node, "cluster-flor", clusterStatus(node));
    writeProgram(node, "link-flor", linkStatus(node));
  }
  const via = ["--via", `env PATH=${base}/{node}:/usr/bin:/bin`];
  const watch = spawn(process.execPath, [...FLOR, "mesh", "status", file, ...via, "--watch", "0.1"]);
  try {
    await untilSaid(watch.stdout, /^whole: [^]*^whole: /m);
    rmSync(join(base, "c", "link-flor"));
    await untilSaid(watch.stdout, /^NOT WHOLE: .*node c: link-flor/m);
  } finally {
    watch.kill();
    await once(watch, "exit");
  }
});

test("with nodes that do not answer it shows the others after 2 s, and all when the time is over", async () => {
  for (const node of NODES) {
    writeProgram(node, "cluster-flor", clusterStatus(node));
    writeProgram(node, "link-flor", linkStatus(node));
  }
  writeFileSync(join(base, "reach"), `#!/bin/sh\n[ "$1" = c ] && exec sleep 600\nPATH=${base}/$1:$PATH exec sh\n`, {
    mode: 0o755,
  });
  const args = ["mesh", "status", file, "--via", `${base}/reach {node}`, "--timeout", "60"];
  const child = spawn(process.execPath, [...FLOR, ...args]);
  try {
    await untilSaid(child.stdout, /^NOT WHOLE: [^]*^ +a +whole [^]*Waiting for c …/m);
  } finally {
    child.kill();
    await once(child, "exit");
  }
  const { code, out } = await flor(...args.slice(0, -1), "3");
  expect(code).toBe(1);
  const [soFar, all] = out.split("Waiting for c …");
  expect(soFar).toMatch(/^ +a +whole /m);
  expect(all!.replaceAll(/\n +/g, " ")).toMatch(/node c: no answer \(no answer within 3 s\)/);
});

test("left to itself it asks by ssh, at the address that the mesh file has or else by name", async () => {
  writeFileSync(join(base, "ssh"), '#!/bin/sh\necho "$@" >&2; exit 255\n', { mode: 0o755 });
  vi.stubEnv("PATH", `${base}:${process.env["PATH"]}`);
  const { out } = await flor("mesh", "status", file, "--json").finally(() => vi.unstubAllEnvs());
  const { nodes } = JSON.parse(out) as { nodes: { clusterFlor: { reason: string } }[] };
  expect(nodes.map(({ clusterFlor }) => clusterFlor.reason)).toEqual(
    ["a", "b.test", "c.test", "d.test"].map((host) => `the command ended with 255: -o BatchMode=yes -- ${host} sh`),
  );
});

test("it asks at sockets, each by its pattern; without {program} cluster-flor alone", async () => {
  const servers: AsyncDisposable[] = [];
  try {
    for (const node of NODES.filter((name) => name !== "d")) {
      const path = join(base, `${node}.sock`);
      servers.push(await openAdminServer({ path, routes: { "/status": () => clusterStatus(node) } }));
    }
    const { code, out } = await flor("mesh", "status", file, "--via", `unix:${base}/{node}.sock`);
    expect(code).toBe(1);
    expect(out.replaceAll(/\n +/g, " ")).toMatch(
      /^NOT WHOLE: .*First: node d: no answer \(\S+d\.sock: there is no admin socket\)/,
    );
    const both = await flor("mesh", "status", file, "--via", `unix:${base}/{node}.sock?{program}`, "--json");
    expect(JSON.parse(both.out)).toMatchObject({ nodes: NODES.map((node) => ({ node, state: "silent" })) });
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]();
  }
});

test("a time that is none is refused", async () => {
  const { code, err } = await flor("mesh", "status", file, "--timeout", "soon");
  expect(code).toBe(2);
  expect(err).toMatch(/ERR_FLOR_USAGE/);
});
