/*
 *   a ──────────── b      a good link; with tag "calls" one that both originate, with tag "waits" one that both accept
 *   (web)          web, and services that nobody believes: one by another CA, one whose certificate has expired
 *
 *   c                     its cluster-flor takes itself for another vertex than its link-flor holds the identity of
 */
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, type Server, connect, createServer } from "node:net";
import { writeIdentity } from "@florenetes/identity";
import { issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { linkCounts } from "../src/counted.ts";
import { expectLog } from "../src/log-entries.ts";
import { PATIENCE } from "../src/patience.ts";
import { SHIFTABLE, shiftClock } from "../src/shift-clock.ts";

const DAY_MS = 86_400_000;

let lab: Lab;
let echo: Server;

beforeAll(async () => {
  echo = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
  await once(echo, "listening");
  const target = `tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  const names = ["web", "forged", "expired"];
  lab = await openLab(
    {
      cluster: "bad",
      nodes: { a: {}, b: {}, c: {} },
      links: [
        { between: ["a", "b"] },
        { between: ["a", "b"], tag: "calls" },
        { between: ["a", "b"], tag: "waits" },
        { between: ["b", "c"] },
      ],
      services: Object.fromEntries(names.map((name) => [name, { node: "b", target, allow: ["user/alice"] }])),
      tunnels: names.map((service) => ({
        node: "a",
        listen: "tcp://127.0.0.1:0",
        as: "user/alice",
        service,
        path: ["a", "b"],
      })),
    },
    { environment: SHIFTABLE },
  );
  shiftClock(lab, "b", -1.5);
  issueAnew();
  contradict();
  for (const node of ["a", "b", "c"]) for (const name of ["link-flor", "cluster-flor"] as const) lab.start(node, name);
  await vi.waitFor(async () => expect(await ask("web")).toBe("hello"), PATIENCE);
});

afterAll(async () => {
  await lab?.down();
  echo?.close();
});

describe("a link", () => {
  test("that both ends originate is refused at both", async () => {
    for (const node of ["a", "b"]) {
      await expect
        .poll(() => link(node, "calls"), PATIENCE)
        .toMatchObject({ state: "refused", code: "ROLE_CONFLICT", text: expect.stringContaining("originator") });
    }
  });

  test("that both ends accept waits, and asks after a while whether the other end originates", async () => {
    for (const node of ["a", "b"]) {
      await expect
        .poll(() => link(node, "waits"), PATIENCE)
        .toMatchObject({
          state: "connecting",
          code: "",
          isNeverContacted: true,
          text: expect.stringMatching(/^never contacted: is the other end an originator\?/),
        });
    }
  });
});

describe("a service's certificate", () => {
  test.each([
    ["forged", "another CA's, of the same cluster name", "unknown CA"],
    ["expired", "one that has expired", "certificate expired or not valid yet"],
  ])("%s: %s convinces nobody, and both ends say why", async (service, _, alert) => {
    expect(await ask(service)).toBe("ECONNRESET");
    const refused = async (): Promise<unknown> => {
      const { tunnels } = (await lab.status("a")).clusterFlor as unknown as {
        readonly tunnels: readonly { readonly service: string; readonly connections: { readonly refused: unknown } }[];
      };
      return tunnels.find((tunnel) => tunnel.service === service)!.connections.refused;
    };
    await expect.poll(refused, PATIENCE).toEqual({ HANDSHAKE_REFUSED: 1 });
    await expect
      .poll(() => logged("a", "TRANSPORT_DOWN", service), PATIENCE)
      .toMatchObject({
        reason: "HANDSHAKE_REFUSED",
        msg: expect.stringContaining(`the other end's certificate is not accepted here (${alert})`),
      });
    await expect
      .poll(() => logged("b", "TRANSPORT_REFUSED", service), PATIENCE)
      .toMatchObject({
        reason: "HANDSHAKE_REFUSED",
        msg: expect.stringContaining(`the other end does not accept our certificate (${alert})`),
      });
  });

  test("does no harm to the service beside it", async () => {
    expect(await ask("web")).toBe("hello");
  });
});

test("a cluster vertex with another name than its link vertex's identity: both say so", async () => {
  const text = "this link vertex holds the credentials of c, not of d";
  const refused = { state: "refused", code: "WRONG_VERTEX", text };
  await expect.poll(async () => (await lab.status("c")).clusterFlor?.portals[0], PATIENCE).toMatchObject(refused);
  await expect.poll(async () => (await linkCounts(lab, "c")).portal, PATIENCE).toMatchObject(refused);
  await expectLog(lab, "c", "cluster-flor").toContain('"reason":"WRONG_VERTEX"');
  await expectLog(lab, "c", "link-flor").toContain('"reason":"WRONG_VERTEX"');
});

/** Issues identities that are good on both b's day and today, but for the two that are to be bad. */
function issueAnew(): void {
  const now = Date.now();
  const ago = (days: number): Date => new Date(now - days * DAY_MS);
  const cas = [0, 1].map(() => makeAuthority({ cluster: "bad" }, ago(100)));
  const write = (
    node: string,
    kind: "vertex" | "user" | "service",
    name: string,
    ca = 0,
    from = 10,
    days = 90,
  ): void => {
    const folder = lab.identityFolder(node, kind === "vertex" ? kind : `${kind}/${name}`);
    rmSync(folder, { recursive: true });
    writeIdentity(folder, issueIdentity(cas[ca]!, { kind, name, days }, ago(from)));
  };
  for (const node of ["a", "b", "c"]) write(node, "vertex", node);
  write("a", "user", "alice");
  write("b", "service", "web");
  write("b", "service", "forged", 1);
  write("b", "service", "expired", 0, 2, 1);
}

/** Lets both ends originate one link, both accept another, and c be called d. */
function contradict(): void {
  const [, toB] = /endpoint: (\S+),/.exec(config("a"))!;
  const [, toA] = /listen: (udp:[^,]+),/.exec(readFileSync(lab.configFile("a", "link-flor"), "utf8"))!;
  change("a", (text) => role(role(text, "calls", "originator", toB), "waits", "acceptor"));
  change("b", (text) => role(role(text, "calls", "originator", toA), "waits", "acceptor"));
  change("c", (text) => text.replace("vertex: c", "vertex: d"));
}

function role(text: string, tag: string, role: string, endpoint?: string): string {
  const to = endpoint === undefined ? "" : ` endpoint: ${endpoint},`;
  return text.replace(new RegExp(`role: \\w+,(.* tag: "?${tag}"?,)(?: endpoint: \\S+,)?`), `role: ${role},$1${to}`);
}

function config(node: string): string {
  return readFileSync(lab.configFile(node, "cluster-flor"), "utf8");
}

function change(node: string, edit: (text: string) => string): void {
  writeFileSync(lab.configFile(node, "cluster-flor"), edit(config(node)));
}

async function link(node: string, tag: string): Promise<unknown> {
  return (await lab.status(node)).clusterFlor?.links.find((row) => row.tag === tag);
}

/** Says "hello" over a tunnel, and returns the answer: the same word, or the code of the error. */
async function ask(service: string): Promise<string> {
  const { listen } = lab.tunnels.find((tunnel) => tunnel.service === service)!;
  const socket = connect(Number(new URL(listen).port), "127.0.0.1");
  socket.write("hello");
  const answer = await new Promise<string>((done) => {
    socket.once("data", (data) => done(data.toString()));
    socket.once("end", () => done("clean end"));
    socket.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
  socket.destroy();
  return answer;
}

/** The first log entry of a node with a code that is about a service. */
async function logged(node: string, code: string, service: string): Promise<unknown> {
  const lines = (await lab.logs(node, "cluster-flor")).trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return entries.find((entry) => entry["code"] === code && entry["service"] === service);
}
