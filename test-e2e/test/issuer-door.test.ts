/*
 *   a ── b ── c ── issuer     All identities of a end. It can reach nothing but the UDP port at which b's link vertex listens, whose door leads to
 *        └ door               b's own tunnel to the issuer. It comes back by its timer, and the port is one for all: nobody opens another one.
 */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { say } from "../src/echo-mesh.ts";
import { endedIdentity, useUntil } from "../src/ended-identity.ts";
import { flor } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { IssuerProcess, writeKeepConfig } from "../src/issuer-process.ts";
import { PATIENCE, PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import type { Holding } from "../src/renewal.ts";

const OF_A: readonly Holding[] = [
  { node: "a", folder: "vertex", principal: "vertex/a" },
  { node: "a", folder: "user/alice", principal: "user/alice" },
];
/** Until the identities of a end: long enough to have them used before on a machine that is busy. */
const LASTS_MS = 30_000;

let lab: Lab;
let echo: Server;
let issuer: IssuerProcess;
let keepOfA: string;
let doorOfB: string;
let endsAt: number;

beforeAll(async () => {
  echo = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
  await once(echo, "listening");
  const issuerPort = await freePort();
  lab = await openLab({
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
  });
  const config = lab.configFile("b", "link-flor");
  const written = readFileSync(config, "utf8");
  const [key, listen] = /listen: (udp:[^,]+),/.exec(written)!;
  doorOfB = listen!;
  writeFileSync(config, written.replace(key, `${key} ended-door: "${lab.tunnels[1]!.listen}",`));
  issuer = await IssuerProcess.make(lab, "issuer", "1h", { port: issuerPort });
  issuer.trustRoot();
  keepOfA = writeKeepConfig(lab, "a", OF_A, [`tcp://127.0.0.1:${await freePort()}`]);
  addDoor(keepOfA);
  await lab.up();
  await issuer.start();
});

afterAll(async () => {
  issuer?.[Symbol.dispose]();
  await lab?.down();
  echo?.close();
});

/** Writes b's door into a config file of renewals. */
function addDoor(file: string): void {
  const config = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...config, doors: [doorOfB] }));
}

async function ask(): Promise<string> {
  const socket = connect(Number(new URL(lab.tunnels[0]!.listen).port), "127.0.0.1");
  const heard = await say(socket.on("error", () => undefined));
  socket.destroy();
  return heard;
}

test("a's identities end: its links and connections are down", async () => {
  endsAt = Date.now() + LASTS_MS;
  await useUntil(lab, issuer.ca, "a", OF_A, endsAt);
  await expect.poll(ask, PATIENCE).toBe("hello");
  await expect.poll(() => Date.now(), { ...PATIENCE, timeout: 2 * LASTS_MS }).toBeGreaterThan(endsAt + 1_000);
  await expect.poll(async () => (await ask()) === "hello", PATIENCE).toBe(false);
});

/** quiche takes no certificate that has ended. */
const isPortable = process.env["FLORENETES_ENGINE"] === "portable";

test.skipIf(isPortable)(
  "a comes back through the door of its neighbour's link vertex, and has its link at once",
  async () => {
    // Doors are for certificates: each run says that it has no lists from the issuer, as a reaches that by nothing else.
    const keep = async (): Promise<number | null> => (await flor("identity", "keep", "--config", keepOfA)).code;
    await expect.poll(keep, PATIENCE_OF_PROCESSES).toBe(0);
    await expect.poll(ask, PATIENCE).toBe("hello");
  },
);

test.skipIf(isPortable)("a user comes back by itself, whose node keeps its vertex elsewhere", async () => {
  // The CA of the issuer is there since the test began, and was good when the certificate ended.
  const bobEndsAt = Date.now() + 1_000;
  const bob = endedIdentity(lab, issuer, "bob", "user/bob", Date.now() - bobEndsAt);
  await expect.poll(() => Date.now(), PATIENCE).toBeGreaterThan(bobEndsAt + 1_000);
  const text = JSON.parse(readFileSync(bob.config, "utf8")) as object;
  const nowhere = `tcp://127.0.0.1:${await freePort()}`;
  writeFileSync(bob.config, JSON.stringify({ ...text, issuer: nowhere }));
  const shut = await bob.keep();
  expect({ ...shut }).toMatchObject({ code: 1, stderr: expect.stringContaining("[ERR_FLOR_RENEWAL_OVERDUE]") });
  addDoor(bob.config);
  await expect.poll(async () => (await bob.keep()).code, PATIENCE_OF_PROCESSES).toBe(0);
});
