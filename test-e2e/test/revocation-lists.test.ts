/*
 *   a ───── b        alice and bob on a use web on b, which requires revocation lists. Bob is revoked by the second one.
 *
 *   Lists that are missing, bad, ended or old, in both processes of b: lists in force stay in force, and both processes
 *   say which lists they did not take.
 */
import { rmSync } from "node:fs";
import type { Socket } from "node:net";
import { parseShortPrincipal } from "@florenetes/identity";
import { type CertificateAuthority, createCa } from "@florenetes/identity/authority";
import { type Lab, type ProcessName, requireLists } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EchoMesh, type EchoUser, say } from "../src/echo-mesh.ts";
import { expectLog, logEntries } from "../src/log-entries.ts";
import { PATIENCE } from "../src/patience.ts";
import { countLogged, hangUp, replaceIdentity } from "../src/renewal.ts";
import { bringList, listsInForce, revocationStatuses } from "../src/revocation.ts";

const DAY_MS = 86_400_000;
const PROCESSES: readonly ProcessName[] = ["link-flor", "cluster-flor"];

let mesh: EchoMesh;
let lab: Lab;
let ca: CertificateAuthority;
/** A connection of alice's that stays open. */
let held: Socket;
/** Lists of the CA, in their order: the first names nobody, the second names bob. */
let empty: string;
let withBob: string;

beforeAll(async () => {
  mesh = await EchoMesh.open("lists");
  lab = mesh.lab;
  ca = createCa(`${lab.folder}/older-ca`, { cluster: "lists" }, ago(30));
  issueAnew();
  requireLists(lab, "b");
  for (const node of ["a", "b"]) for (const process of PROCESSES) lab.start(node, process);
  await lab.untilReady();
});

afterAll(async () => {
  held?.destroy();
  await mesh?.close();
});

describe("revocation: required", () => {
  test("without a list b takes no link; with one for its vertex alone, a link, and nobody into its service", async () => {
    const link = async (node: string) => (await lab.status(node)).clusterFlor!.links[0];
    await expect.poll(() => link("a"), PATIENCE).toMatchObject({ state: "refused", code: "REVOCATION_UNKNOWN" });
    await expectLog(lab, "b", "link-flor").toMatch(/"code":"SESSION_REFUSED".*"reason":"REVOCATION_UNKNOWN"/);
    for (const process of PROCESSES)
      await expect.poll(async () => countLogged(await lab.logs("b", process), "REVOCATION_MISSING"), PATIENCE).toBe(1);

    empty = ca.makeRevocationList().pem;
    bringList(lab, "b", empty, "vertex");
    await expect.poll(inForce, PATIENCE).toEqual(["1", ""]);
    bringList(lab, "a", empty); // an originator with other lists asks again at once
    await expect.poll(() => link("b"), PATIENCE).toMatchObject({ state: "up" });
    expect(await ask("alice")).toBe("ECONNRESET");
    await expect
      .poll(async () => (await lab.status("a")).clusterFlor!.tunnels[0], PATIENCE)
      .toMatchObject({ connections: { refused: { REVOCATION_UNKNOWN: expect.any(Number) } } });
    await expectLog(lab, "b", "cluster-flor").toMatch(/"reason":"REVOCATION_UNKNOWN"/);
  });

  test("with a list, who is not on it comes in, and who is does not", async () => {
    bringList(lab, "b", empty);
    await expect.poll(inForce, PATIENCE).toEqual(["1", "1"]);
    await expect.poll(() => ask("bob"), PATIENCE).toBe("hello");
    held = mesh.dial("alice");
    expect(await say(held)).toBe("hello");
    withBob = ca.revoke([{ principal: parseShortPrincipal("user/bob", "lists") }]).list.pem;
    await take(withBob, "2");
    expect(await ask("bob")).toBe("ECONNRESET");
  });
});

describe("a list that is not taken", () => {
  /** Changes one letter of the signature. */
  const tampered = (): string =>
    withBob.replace(/(\w)(\w{9}.*\n-----END)/, (_, letter, rest) => (letter === "A" ? "B" : "A") + rest);
  const ofAnother = (cluster: string): string =>
    createCa(`${lab.folder}/ca-of-${cluster}`, { cluster }).makeRevocationList().pem;

  test.each<[string, () => string, string]>([
    ["with another signature", tampered, "ERR_IDENTITY_LIST_UNTRUSTED"],
    ["of another CA of the cluster's name", () => ofAnother("lists"), "ERR_IDENTITY_LIST_UNTRUSTED"],
    ["of another cluster", () => ofAnother("others"), "ERR_IDENTITY_LIST_UNTRUSTED"],
    ["that is cut off", () => withBob.slice(0, withBob.length / 2), "ERR_IDENTITY_PEM_BROKEN"],
    ["of an older number", () => empty, "ERR_IDENTITY_LIST_OLDER"],
  ])("%s leaves the one in force, and is told by both processes", async (_what, text, code) => {
    const before = await refusals();
    bringList(lab, "b", text());
    const newest = async () => (await refusals()).map((told, process) => told.slice(before[process]!.length).at(-1));
    await expect.poll(newest, PATIENCE).toMatchObject([
      { level: "error", reason: code },
      { level: "error", reason: code },
    ]);
    expect(await inForce()).toEqual([`2 ${code}`, `2 ${code}`]);
    expect([await say(held), await ask("alice"), await ask("bob")]).toEqual(["hello", "hello", "ECONNRESET"]);
  });

  test("is forgotten when the right one is there again", async () => {
    await take(withBob, "2");
    expect(await ask("alice")).toBe("hello");
  });
});

describe("a list that has ended", () => {
  test("binds for what it names, lets others in for a week, and is told", async () => {
    await take(ca.makeRevocationList({ days: 1 }, ago(3)).pem, "3");
    for (const process of PROCESSES)
      await expect.poll(async () => countLogged(await lab.logs("b", process), "REVOCATION_EXPIRED"), PATIENCE).toBe(1);
    for (const { lists } of await statuses()) expect(lists).toMatchObject([{ isExpired: true }]);
    expect([await say(held), await ask("alice"), await ask("bob")]).toEqual(["hello", "hello", "ECONNRESET"]);
  });

  test("lets no handshake pass after that, and ends nothing", async () => {
    await take(ca.makeRevocationList({ days: 1 }, ago(10)).pem, "4");
    // An end with another certificate makes new connections and sessions. A refusal of a kind that came often a moment ago is not logged.
    const refused = async () => {
      await renewEnds();
      return [
        (await logEntries(lab, "b", "link-flor", "SESSION_REFUSED")).at(-1)?.["text"],
        (await logEntries(lab, "b", "cluster-flor", "TRANSPORT_REFUSED")).at(-1)?.["msg"],
      ];
    };
    const text = expect.stringMatching(/list 4 of .* ended at \S+, and here it is/);
    await expect.poll(refused, { ...PATIENCE, interval: 2_000 }).toEqual([text, text]);
    expect([await say(held), await ask("alice"), await ask("bob")]).toEqual(["hello", "hello", "ECONNRESET"]);
    await take(ca.makeRevocationList({ days: 1 }).pem, "5");
  });
});

describe("after a restart", () => {
  test("the list of the highest number binds, though the folders have an older one", async () => {
    // A list is in force a moment before it is on the disk.
    const areKept = async () => (await statuses()).every(({ lists }) => lists.every(({ isKept }) => isKept));
    await expect.poll(areKept, PATIENCE).toBe(true);
    for (const process of PROCESSES) await lab.kill("b", process);
    bringList(lab, "b", empty);
    for (const process of PROCESSES) lab.start("b", process);
    await expect.poll(inForce, PATIENCE).toEqual(["5 ERR_IDENTITY_LIST_OLDER", "5 ERR_IDENTITY_LIST_OLDER"]);
    await expect.poll(() => ask("alice"), PATIENCE).toBe("hello");
    expect(await ask("bob")).toBe("ECONNRESET");
  });
});

/** Replaces the identities of a's ends. */
async function renewEnds(): Promise<void> {
  for (const [folder, principal] of [
    ["user/alice", "user/alice"],
    ["vertex", "vertex/a"],
  ] as const)
    replaceIdentity(lab, { node: "a", folder, principal }, ca);
  await hangUp(
    lab,
    PROCESSES.map((process) => ["a", process]),
    "IDENTITY_RELOADED",
  );
}

function ago(days: number): Date {
  return new Date(Date.now() - days * DAY_MS);
}

/** Issues all identities by a CA that is some time old, so that its lists may have ended. */
function issueAnew(): void {
  for (const [node, folder, kind, name] of [
    ["a", "vertex", "vertex", "a"],
    ["b", "vertex", "vertex", "b"],
    ["a", "user/alice", "user", "alice"],
    ["a", "user/bob", "user", "bob"],
    ["b", "service/web", "service", "web"],
  ] as const) {
    rmSync(lab.identityFolder(node, folder), { recursive: true });
    ca.issueInto(lab.identityFolder(node, folder), { kind, name, days: 60 }, ago(20));
  }
}

/** Puts a list into all folders of b, and waits until both processes say the expected of it. */
async function take(list: string, expected: string): Promise<void> {
  bringList(lab, "b", list);
  await expect.poll(inForce, PATIENCE).toEqual([expected, expected]);
}

function ask(user: EchoUser): Promise<string> {
  return mesh.ask(user);
}

function statuses(): ReturnType<typeof revocationStatuses> {
  return revocationStatuses(lab, "b");
}

function inForce(): Promise<readonly string[]> {
  return listsInForce(lab, "b");
}

/** The refusals of lists in the logs of both of b's processes. */
async function refusals(): Promise<readonly Awaited<ReturnType<typeof logEntries>>[]> {
  return Promise.all(PROCESSES.map((process) => logEntries(lab, "b", process, "REVOCATION_REFUSED")));
}
