/*
 *   b ───── a ───── c     an agent on each node; a service on b and on c, the control API of c, and tunnels on a whose paths are the overlay's
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ChangedConfig } from "../src/changed-config.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, curl, startFileServer } from "../src/services.ts";

const NODES = ["a", "b", "c"] as const;
const LABEL = 700_000;

interface Status {
  readonly key: string;
  readonly findings: readonly { readonly weight: string; readonly text: string }[];
  readonly neighbours: readonly { readonly peer: string; readonly state: string; readonly isServed: boolean }[];
  readonly services: readonly { readonly active: { readonly epoch: number } | null }[];
}

let lab: Lab;
let port: number;
let apiPort: number;
/** The operators' folder of keys and records. */
let fabric: string;

const bundles = process.env["FLORENETES_BUNDLES"]!;
const main = (program: string): string => join(bundles, program, "main.js");
const folderOf = (node: string): string => join(lab.folder, `fabric-${node}`);
const flor = async (...words: readonly string[]): Promise<string> => {
  const { stdout } = await lab.exec("a", [process.execPath, main("flor"), "fabric", ...words]);
  return stdout;
};
const status = async (node: string): Promise<Status> =>
  (await requestAdmin(join(folderOf(node), "admin.sock"), "/status")) as Status;
const ask = (): Promise<string> => askWho(lab, "a", port);

/** Has two of three operators sign what was proposed, and hands it to one node's agent. */
async function publish(file: string, node: string): Promise<string> {
  for (const operator of ["alice", "bob"]) await flor("sign", file, "--key", join(fabric, operator));
  return flor("publish", file, "--agent", join(folderOf(node), "admin.sock"));
}

function startAgent(node: string): void {
  lab.spawn(node, [process.execPath, main("fabric-flor"), "run", "--config", join(folderOf(node), "fabric.yaml")]);
}

beforeAll(async () => {
  [port, apiPort] = [await freePort(), await freePort()];
  lab = await openLab({
    cluster: "agents",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["a", "c"] }],
    services: {},
    tunnels: [],
  });
  fabric = join(lab.folder, "operators");
  const made = await flor("init", "--cluster", "agents", "--operators", "alice,bob,carol", "--out", fabric);
  const [root] = /sha256:[0-9a-f]{64}/.exec(made)!;
  const ca = openCa(lab.caFolder);
  ca.issueInto(lab.identityFolder("a", "user/alice"), { kind: "user", name: "alice" });
  for (const node of NODES) {
    const folder = folderOf(node);
    mkdirSync(folder);
    const agent = lab.identityFolder(node, `service/fabric.${node}`);
    ca.issueInto(agent, { kind: "service", name: `fabric.${node}` });
    const services: string[] = [];
    if (node !== "a") {
      const identity = lab.identityFolder(node, "service/web");
      ca.issueInto(identity, { kind: "service", name: "web" });
      const target = await freePort();
      await startFileServer(lab, node, target);
      services.push(
        `web: { label: ${LABEL}, identity: ${identity}, target: "tcp://127.0.0.1:${target}", allow: [ user/alice ] }`,
      );
    }
    if (node === "c") {
      const identity = lab.identityFolder(node, "service/control-api");
      ca.issueInto(identity, { kind: "service", name: "control-api" });
      services.push(
        `control-api: { label: ${LABEL + 1}, identity: ${identity}, target: "unix:${folder}/api.sock", allow: [ user/alice ] }`,
      );
    }
    const tunnelTo = (service: string, listen: number): string =>
      `- { listen: "tcp://127.0.0.1:${listen}", as: ${lab.identityFolder("a", "user/alice")}, service: ${service}, path: auto }`;
    new ChangedConfig(lab, node).write({
      fabric: [
        `door: ${folder}/door.sock`,
        `sessions: ${folder}/sessions.sock`,
        `identity: ${agent}`,
        `agent: session+unix:${folder}/agent.sock`,
      ],
      ...(services.length > 0 && { services }),
      ...(node === "a" && { tunnels: [tunnelTo("web", port), tunnelTo("control-api", apiPort)] }),
    });
    const config = {
      cluster: "agents",
      node,
      state: "state",
      admin: "admin.sock",
      ...(node === "c" && { api: "api.sock" }),
      door: "door.sock",
      sessions: "sessions.sock",
      listen: "agent.sock",
      root,
      "root-file": join(fabric, "root.fact"),
    };
    writeFileSync(join(folder, "fabric.yaml"), JSON.stringify(config));
    startAgent(node);
  }
  await lab.up();
});
afterAll(async () => {
  await lab?.down();
});

test("agents read each other as soon as they run, and say what they lack", async () => {
  for (const node of NODES) {
    await expect
      .poll(async () => (await status(node)).neighbours, PATIENCE)
      .toEqual(
        NODES.filter((peer) => (node === "a") !== (peer === "a")).map((peer) =>
          expect.objectContaining({ peer, state: "reading", isServed: true }),
        ),
      );
    const { key, findings } = await status(node);
    expect(findings.map(({ text }) => text)).toContain(`node ${node} has no record in force`);
    const file = join(fabric, `node-${node}.fact`);
    await flor(
      "propose",
      "node",
      node,
      "--cluster",
      "agents",
      "--key",
      key,
      "--organization",
      "acme",
      "--partition",
      "north",
      "--out",
      file,
    );
    expect(await publish(file, node)).toMatch(/^taken/);
  }
});

test("one record, handed to c's agent as a file, moves a service from b to c", async () => {
  const [first, second] = [join(fabric, "web.fact"), join(fabric, "web-2.fact")];
  await flor("propose", "service", "web", "--cluster", "agents", "--host", "b", "--out", first);
  expect(await publish(first, "c")).toMatch(/^taken/);
  await expect.poll(ask, PATIENCE).toBe("b");
  await flor("propose", "service", "web", "--after", first, "--host", "c", "--out", second);
  expect(await publish(second, "c")).toMatch(/^taken/);
  await expect.poll(ask, PATIENCE).toBe("c");
  await expect.poll(async () => (await status("a")).services[0]?.active?.epoch, PATIENCE).toBe(2);
});

test("the control API of c is a service: a reads a record with its proof there, and hands in signed ones alone", async () => {
  const api = `http://127.0.0.1:${apiPort}`;
  const file = join(fabric, "api.fact");
  await flor("propose", "service", "control-api", "--cluster", "agents", "--host", "c", "--out", file);
  expect(await publish(file, "c")).toMatch(/^taken/);
  const ask = async (...words: readonly string[]): Promise<string> =>
    (await lab.exec("a", ["curl", "--silent", "--max-time", "5", "--write-out", "%{http_code}", ...words])).stdout;
  await expect.poll(() => ask(`${api}/facts?kind=service&subject=web`), PATIENCE).toMatch(/200$/);
  const { facts } = JSON.parse(await curl(lab, "a", `${api}/facts?kind=service&subject=web`)) as {
    readonly facts: readonly { readonly epoch: number; readonly proof: string }[];
  };
  expect(facts).toMatchObject([{ epoch: 2 }]);
  const proof = join(fabric, "proof.fact");
  writeFileSync(proof, facts[0]!.proof);
  expect(await flor("inspect", proof, "--root", join(fabric, "root.fact"))).toContain("it holds");

  const third = join(fabric, "web-3.fact");
  await flor("propose", "service", "web", "--after", join(fabric, "web-2.fact"), "--host", "b", "--out", third);
  // Whoever asks often is told to wait (429): on a busy machine a few answers are as much as that.
  const answers = (words: readonly string[], expected: RegExp): Promise<void> =>
    expect.poll(() => ask(...words), PATIENCE).toMatch(expected);
  const record = ["--data-binary", `@${third}`, `${api}/records`];
  await answers(record, /signatures that control takes; .*may sign.*403$/s);
  await answers(["--data", '{"web":"b"}', `${api}/records`], /ERR_FABRIC_UNSIGNED.*403$/s);
  await answers(["--request", "POST", `${api}/reload`], /403$/);
  await answers([`${api}/status`], /404$/);
  for (const operator of ["alice", "bob"]) await flor("sign", third, "--key", join(fabric, operator));
  await answers(record, /"taken".*200$/s);
  await expect.poll(() => askWho(lab, "a", port), PATIENCE).toBe("b");
  await expect.poll(async () => (await status("a")).findings, PATIENCE).toEqual([]);
});
