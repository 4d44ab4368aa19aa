/*
 *   a ───── b ───── c      alice and bob on a use web on b. The vertices a and c, alice and bob get certificates of some seconds while all
 *                          runs; those of a and of alice are renewed in time.
 */
import type { Socket } from "node:net";
import type { PrincipalKind } from "@florenetes/identity";
import { type CertificateAuthority, openCa } from "@florenetes/identity/authority";
import type { Lab, ProcessName } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Counts } from "../src/counted.ts";
import { EchoMesh, say } from "../src/echo-mesh.ts";
import { expectLog, logEntries } from "../src/log-entries.ts";
import { hangUp, type Holding, replaceIdentity } from "../src/renewal.ts";

const SOON = { timeout: 20_000, interval: 50 };
/** The life of a certificate: long enough for a handshake after SIGHUP on a machine that is busy with other things. */
const LASTS_MS = 20_000;
const ENDED = { timeout: 2 * LASTS_MS, interval: 100 };
const DAY_MS = 86_400_000;

const HOLDINGS = {
  a: { node: "a", folder: "vertex", principal: "vertex/a" },
  c: { node: "c", folder: "vertex", principal: "vertex/c" },
  alice: { node: "a", folder: "user/alice", principal: "user/alice" },
  bob: { node: "a", folder: "user/bob", principal: "user/bob" },
} as const satisfies Record<string, Holding>;
type Name = keyof typeof HOLDINGS;

let mesh: EchoMesh;
let lab: Lab;
let ca: CertificateAuthority;
const held = { alice: undefined as Socket | undefined, bob: undefined as Socket | undefined };

beforeAll(async () => {
  mesh = await EchoMesh.open("expiry", { neighbours: ["c"] });
  lab = mesh.lab;
  ca = openCa(lab.caFolder);
  await lab.up();
});

afterAll(async () => {
  for (const socket of Object.values(held)) socket?.destroy();
  await mesh?.close();
});

/** Gives these principals new certificates, has them used, and waits until sessions and connections are made with them. */
async function renew(names: readonly Name[], lastsMs?: number): Promise<void> {
  const isKnown = async (): Promise<boolean> => {
    const known = await traces();
    return names.every((name) => known[name] !== undefined);
  };
  if (lastsMs !== undefined) await expect.poll(isKnown, SOON).toBe(true);
  const before = await traces();
  for (const name of names) {
    const holding = HOLDINGS[name];
    const [kind, of] = holding.principal.split("/") as [PrincipalKind, string];
    const at = lastsMs === undefined ? new Date() : new Date(Date.now() + lastsMs - DAY_MS);
    replaceIdentity(lab, holding, ca, ca.issue({ kind, name: of, days: 1 }, at));
  }
  const holders = new Map<string, readonly [string, ProcessName]>();
  for (const name of names) {
    const { node, folder } = HOLDINGS[name];
    const process = folder === "vertex" ? "link-flor" : "cluster-flor";
    holders.set(`${node} ${process}`, [node, process]);
  }
  await hangUp(lab, [...holders.values()], "IDENTITY_RELOADED");
  const isNew = async (): Promise<readonly boolean[]> => {
    const now = await traces();
    return names.map((name) => now[name] !== undefined && now[name] !== before[name]);
  };
  await expect.poll(isNew, SOON).toEqual(names.map(() => true));
}

/** The handle that tells which session carries the link of a vertex at b, and the end of the certificate that the new streams of a user have. */
async function traces(): Promise<Partial<Record<Name, unknown>>> {
  const { links } = (await lab.status("b")).clusterFlor!;
  const { connections } = (await lab.status("a")).clusterFlor!;
  const { connections: accepted } = (await lab.status("b")).clusterFlor!;
  const handle = (peer: string): unknown => links.find((row) => row["peer"] === peer && row.state === "up")?.["handle"];
  // A path whose size has just been found gives its connection a successor, too, with the present certificate.
  const endOf = (peer: string): unknown => {
    const isOpen = (id: string): boolean => connections.some((row) => row.id === id && row.state === "established");
    const open = accepted.filter(({ id, peer: of, state }) => of === peer && state === "established" && isOpen(id));
    const ends = new Set(open.map(({ peerValidUntil }) => peerValidUntil));
    return ends.size === 1 ? [...ends][0] : undefined;
  };
  return { a: handle("a"), c: handle("c"), alice: endOf("user/alice"), bob: endOf("user/bob") };
}

/** Connections that were cut short, by reason, as a tunnel or a service counts them. */
async function cutOf(node: string, rows: "tunnels" | "services", index: number): Promise<Counts> {
  const { clusterFlor } = await lab.status(node);
  const counted = clusterFlor![rows] as readonly { readonly connections: { readonly cut: Counts } }[];
  return counted[index]!.connections.cut;
}

test("all get certificates of some seconds, and streams are open with them", async () => {
  await renew(["a", "c", "alice", "bob"], LASTS_MS);
  for (const user of ["alice", "bob"] as const) {
    held[user] = mesh.dial(user);
    expect(await say(held[user])).toBe("hello");
  }
  await renew(["a", "alice"]);
});

describe("when they have ended", () => {
  test("what was made with bob's is reset at both ends, and counted", async () => {
    await expect.poll(() => held.bob!.errored, ENDED).toMatchObject({ code: "ECONNRESET" });
    const cut = async (): Promise<unknown> => [await cutOf("a", "tunnels", 1), await cutOf("b", "services", 0)];
    await expect.poll(cut, SOON).toEqual([{ EXPIRED: 1 }, { EXPIRED: 1 }]);
    for (const node of ["a", "b"]) {
      await expectLog(lab, node, "cluster-flor").toMatch(/"code":"TRANSPORT_DOWN".*"reason":"EXPIRED"/);
    }
    expect(await mesh.ask("bob")).toBe("ECONNRESET");
    expect((await lab.status("a")).clusterFlor!.tunnels[1]).toMatchObject({
      text: expect.stringContaining("our certificate has ended"),
    });
  });

  test("the link of c is down at both ends, and c says why", async () => {
    const link = async (node: string): Promise<unknown> =>
      (await lab.status(node)).clusterFlor!.links.find((row) => row["peer"] === (node === "b" ? "c" : "b"));
    await expect.poll(() => link("c"), ENDED).toMatchObject({ state: "refused", code: "EXPIRED" });
    await expect.poll(() => link("b"), SOON).toMatchObject({ code: "EXPIRED" });
    await expectLog(lab, "b", "cluster-flor").toMatch(/"code":"LINK_DOWN".*EXPIRED/);
  });

  test("what was renewed in time has not noticed: alice's stream of before is open, and a's link was never down", async () => {
    expect(await say(held.alice!)).toBe("hello");
    const downs = await logEntries(lab, "a", "cluster-flor", "LINK_DOWN");
    expect(downs).toEqual([]);
  });

  test("who gets another certificate late is back", async () => {
    await renew(["c", "bob"]);
    await expect.poll(() => mesh.ask("bob"), SOON).toBe("hello");
  });
});
