/*
 *   a ── b ── c ── issuer     All identities of a end while its machine is off. The issuer is a service on c: a has no way to it but the tunnel that its
 *        └ door               neighbour b has for such nodes. It comes back by its timer, and nothing else of the mesh can be reached through the door.
 */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { request } from "node:https";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { json, text } from "node:stream/consumers";
import { makeKey, readRequestFile, renewIdentity } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { runs } from "@florenetes/simkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { say } from "../src/echo-mesh.ts";
import { endedIdentity, type EndedIdentity, useUntil } from "../src/ended-identity.ts";
import { flor, florCommand } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { IssuerProcess, writeKeepConfig } from "../src/issuer-process.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE, PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import type { Holding } from "../src/renewal.ts";
import { SHIFTABLE, shiftClock } from "../src/shift-clock.ts";

const OF_A: readonly Holding[] = [
  { node: "a", folder: "vertex", principal: "vertex/a" },
  { node: "a", folder: "user/alice", principal: "user/alice" },
];
const HOUR_MS = 3_600_000;
/** Until the identities of a end: long enough to have them used before on a machine that is busy. */
const LASTS_MS = 30_000;
/** Knocks of one that has ended, and how many of them at a time. */
const KNOCKS = runs(1_000, 200);
const AT_ONCE = 20;

let lab: Lab;
let echo: Server;
let issuer: IssuerProcess;
let agent: HttpServer;
let keepOfA: string;
let endsAt: number;
/** Copies of a that no thief may come back with: its key of before, and its certificate over a key of the thief's own. */
let older: EndedIdentity;
let stranger: EndedIdentity;
/** Nodes whose record is in force, as the agent at the issuer says. */
const nodes = new Set(["a", "b", "c"]);

beforeAll(async () => {
  echo = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
  await once(echo, "listening");
  const issuerPort = await freePort();
  lab = await openLab(
    {
      cluster: "ended",
      nodes: { a: {}, b: {}, c: {} },
      links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
      services: {
        web: { node: "c", target: `tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`, allow: ["user/alice"] },
        issuer: { node: "c", target: `tcp://127.0.0.1:${issuerPort}`, allow: ["user/door"] },
      },
      tunnels: [
        { node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "web", path: ["a", "b", "c"] },
        { node: "b", listen: "tcp://127.0.0.1:0", as: "user/door", service: "issuer", path: ["b", "c"] },
      ],
    },
    { environment: SHIFTABLE },
  );
  const socket = join(lab.folder, "agent.sock");
  agent = createHttpServer(({ url }, response) => {
    const name = new URL(url!, "http://agent").searchParams.get("name")!;
    const isNode = nodes.has(name);
    response.writeHead(isNode ? 200 : 400, { "content-type": "application/json" });
    const refusal = {
      code: "ERR_FABRIC_NODE",
      message: `the record of the node ${name} was taken back`,
      advice: "none",
    };
    const told = { cluster: "ended", node: name, identity: { standing: "in-force" } };
    response.end(JSON.stringify(isNode ? told : refusal));
  }).listen(socket);
  issuer = await IssuerProcess.make(lab, "issuer", "1h", { port: issuerPort, agent: socket });
  issuer.trustRoot();
  keepOfA = writeKeepConfig(lab, "a", OF_A, [lab.tunnels[1]!.listen]);
  await lab.up();
});

afterAll(async () => {
  issuer?.[Symbol.dispose]();
  agent?.close();
  await lab?.down();
  echo?.close();
});

async function ask(): Promise<string> {
  const socket = connect(Number(new URL(lab.tunnels[0]!.listen).port), "127.0.0.1");
  const heard = await say(socket.on("error", () => undefined));
  socket.destroy();
  return heard;
}

function keyOf({ node, folder }: Holding): string {
  return readFileSync(`${lab.identityFolder(node, folder)}/key.pem`, "utf8");
}

test("a's identities end while nobody can renew them: its links and connections are down, and stay so", async () => {
  endsAt = Date.now() + LASTS_MS;
  [older, stranger] = [
    endedIdentity(lab, issuer, "older", "vertex/a"),
    endedIdentity(lab, issuer, "stranger", "vertex/a"),
  ];
  await useUntil(lab, issuer.ca, "a", OF_A, endsAt);
  await expect.poll(ask, PATIENCE).toBe("hello");
  await expect.poll(() => Date.now(), { ...PATIENCE, timeout: 2 * LASTS_MS }).toBeGreaterThan(endsAt + 1_000);
  await expect.poll(async () => (await ask()) === "hello", PATIENCE).toBe(false);
  const { code, stderr } = await flor("identity", "keep", "--config", keepOfA);
  expect(code, stderr).toBe(1);
  expect(stderr).toMatch(/vertex\/a has ended on .*\[ERR_FLOR_RENEWAL_OVERDUE\]/);
});

test("whoever holds a copy of an older key, is revoked, or was taken back by the fabric does not come back", async () => {
  await issuer.start();
  const revoked = endedIdentity(lab, issuer, "revoked", "vertex/revoked");
  nodes.add("revoked");
  const revoking = await flor("ca", "revoke", "vertex/revoked", "--ca", issuer.ca.folder);
  expect(revoking.code, revoking.stderr).toBe(0);
  const taken = endedIdentity(lab, issuer, "taken", "vertex/taken");
  writeFileSync(join(stranger.folder, "key.pem"), makeKey().pem);
  for (const [{ keep }, code] of [
    [older, "ERR_ISSUER_ENDED_KEY"],
    [revoked, "ERR_ISSUER_REVOKED"],
    [taken, "ERR_ISSUER_NODE"],
    [stranger, "ERR_IDENTITY_KEY_MISMATCH"],
  ] as const) {
    const { code: exit, stderr } = await keep();
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringContaining(`[${code}]`) });
  }
});

test("a node whose clock is ahead says nothing to the issuer, and keeps what it has", async () => {
  const { identity, folder, config } = endedIdentity(lab, issuer, "ahead", "user/carol", -HOUR_MS / 2);
  shiftClock(lab, "b", 1);
  const argv = [...florCommand(), "identity", "keep", "--config", config];
  const child = lab.spawn("b", argv, { stdio: ["ignore", "ignore", "pipe"] });
  const [stderr] = await Promise.all([text(child.stderr!), once(child, "exit")]);
  shiftClock(lab, "b", 0);
  expect(child.exitCode).toBe(1);
  expect(stderr).toMatch(/user\/carol is not renewed: .*\[ERR_FLOR_ISSUER_FALSE\]/);
  expect(readFileSync(join(folder, "chain.pem"), "utf8")).toBe(identity.certificateChainPem);
  expect(issuer.ca.record.certificatesOf("spiffe://ended/user/carol")).toHaveLength(1);
});

test("a's machine starts again after the end: its timer has it whole again, through its neighbour's door", async () => {
  const keys = OF_A.map(keyOf);
  for (const name of ["link-flor", "cluster-flor"] as const) {
    await lab.kill("a", name);
    lab.start("a", name);
  }
  const begun = now();
  const keep = async (): Promise<unknown> => {
    const { code, stderr } = await flor("identity", "keep", "--config", keepOfA);
    return { code, stderr };
  };
  await expect.poll(keep, PATIENCE_OF_PROCESSES).toEqual({ code: 0, stderr: "" });
  const kept = now();
  await expect.poll(ask, PATIENCE).toBe("hello");
  const back = now();
  process.stderr.write(
    `a has its certificates after ${Math.round(kept - begun)} ms, and answers ${Math.round(back - kept)} ms later\n`,
  );
  expect(OF_A.map(keyOf)).toEqual(keys);
  const listed = await flor("ca", "list", "--ca", issuer.ca.folder);
  for (const { principal } of OF_A) expect(listed.stdout).toContain(principal);
});

test("hundreds of knocks get a few certificates, cost the issuer little, and keep nobody else from theirs", async () => {
  const { folder } = endedIdentity(lab, issuer, "often", "vertex/b");
  const { file } = renewIdentity(folder, { isKeepingKey: true });
  const [cert, key, wish] = ["chain.pem", "key.pem", "request/request.pem"].map((name) =>
    readFileSync(join(folder, name), "utf8"),
  );
  expect(readRequestFile(file).principal.name).toBe("b");
  const knock = async (): Promise<string> => {
    const { hostname: host, port } = new URL(issuer.address);
    const outgoing = request({
      host,
      port,
      path: "/renew-ended",
      method: "POST",
      agent: false,
      cert,
      key,
      rejectUnauthorized: false,
    });
    outgoing.end(JSON.stringify({ chain: cert, request: wish }));
    const [response] = (await once(outgoing, "response")) as [AsyncIterable<Buffer>];
    const { code, chain } = (await json(response)) as { readonly code?: string; readonly chain?: string };
    return chain === undefined ? (code ?? "none") : "given";
  };
  await knock();
  const before = memoryOf(issuer.pid);
  const answers: string[] = [];
  const worker = async (): Promise<void> => {
    while (answers.length < KNOCKS) answers.push(await knock());
  };
  const others = endedIdentity(lab, issuer, "others", "user/bob");
  const [{ code, stderr }] = await Promise.all([others.keep(), ...Array.from({ length: AT_ONCE }, worker)]);
  expect(code, stderr).toBe(0);
  expect(new Set(answers)).toEqual(new Set(["given", "ERR_ISSUER_RATE"]));
  expect(answers.filter((each) => each === "given").length).toBeLessThan(4);
  const megabytes = (memoryOf(issuer.pid) - before) / 1_048_576;
  process.stderr.write(`${answers.length} knocks: ${Math.round(megabytes)} MB more\n`);
  expect(megabytes).toBeLessThan(128);
});

/** Resident memory of a process in bytes. */
function memoryOf(pid: number): number {
  const [, kilobytes = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return 1_024 * Number(kilobytes);
}
