/*
 *   a ══════ b ══════ c        two clusters on the same three nodes: one link-flor on each, with two UDP addresses, two vertex
 *                              identities and two CAs; and a cluster-flor for each cluster
 *
 *   All names and numbers are the same in both: nodes, service, user, labels. Only the answers of the services differ.
 */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MaliciousVertex } from "../src/attackers/malicious-vertex.ts";
import { clusterCounts, type Counts, grown, untilReported } from "../src/counted.ts";
import { executable, runToEnd } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { logEntries } from "../src/log-entries.ts";
import { now } from "../src/monotonic-clock.ts";
import { OwnProcess } from "../src/own-process.ts";
import { PATIENCE } from "../src/patience.ts";
import { QuicPeer } from "../src/quic-peer.ts";
import { certificatesInUse, hangUp } from "../src/renewal.ts";
import { bringList, revoke } from "../src/revocation.ts";
import { curl, startFileServer } from "../src/services.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

/** 0x100 and the TLS alert "unknown CA". */
const UNKNOWN_CA = 0x130;

/** The longest pause in the cluster to which nothing happens. */
const GAP_MS_MAX = 500;
/** The most rounds until one shows no pause: a burst of work elsewhere on the machine makes a pause of its own. */
const ROUNDS_MAX = 3;

let one: Lab;
let two: Lab;
/** A ping-pong in each of the two clusters. */
let mine: SteadyWorkload;
let other: SteadyWorkload;
const labs = (): readonly Lab[] => [one, two];
const closing: (() => void | Promise<void>)[] = [];

beforeAll(async () => {
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
  const [mesh, other] = ["one", "two"].map((cluster, index) => ({
    cluster,
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["c", "b"] }],
    services: Object.fromEntries(
      ["files", "steady"].map((name, service) => [
        name,
        { node: "c", target: `tcp://127.0.0.1:${ports[2 * index + service]}`, allow: ["user/alice"] },
      ]),
    ),
    tunnels: ["files", "steady"].map((service) => ({
      node: "a",
      listen: "tcp://127.0.0.1:0",
      as: "user/alice",
      service,
      path: ["a", "b", "c"],
    })),
  }));
  // The draw comes round after as many numbers as a mesh has labels, so that both meshes get the same ones.
  let draw = 0;
  const randomBelow = (): number => 1_000 + (draw++ % 6);
  one = await openLab(mesh!, { randomBelow });
  two = await openLab(other!, { beside: one, randomBelow });
  await Promise.all(labs().map((lab) => lab.up()));
  await Promise.all(
    labs().map(async (lab, index) => {
      await startFileServer(lab, "c", ports[2 * index]!, `${lab.mesh.cluster} says so`);
      await SteadyService.start(lab, "c", ports[2 * index + 1]!);
    }),
  );
});

afterAll(async () => {
  for (const workload of [mine, other]) workload?.[Symbol.dispose]();
  for (const close of closing) await close();
  await one?.down();
});

function tunnelPort(lab: Lab, service: string): number {
  return Number(new URL(lab.tunnels.find((tunnel) => tunnel.service === service)!.listen).port);
}

async function ask(lab: Lab): Promise<string> {
  return curl(lab, "a", `http://127.0.0.1:${tunnelPort(lab, "files")}/who`);
}

/** The UDP address at which the link-flor of a node takes calls for a lab's cluster. */
async function udpAddress(lab: Lab, node: string): Promise<{ host: string; port: number }> {
  const { clusters } = (await lab.status(node)).linkFlor!;
  const { listen } = clusters.find(({ cluster }) => cluster === lab.mesh.cluster)!;
  const [, host, port] = /udp:\/\/([\d.]+):(\d+)/.exec(listen)!;
  return { host: host!, port: Number(port) };
}

/** The packets that the nodes of both clusters have dropped so far instead of forwarding them, by cause. */
async function allDrops(): Promise<readonly Counts[]> {
  await Promise.all(labs().map((lab) => untilReported(lab, "b", () => ask(lab))));
  const places = labs().flatMap((lab) => lab.nodeNames.map((node) => clusterCounts(lab, node)));
  return (await Promise.all(places)).map(({ drops }) => drops.forwarding);
}

describe("two clusters on the same nodes", () => {
  test("have one link-flor on each node, and the same names and labels in both", async () => {
    const linkFlors = labs().map((lab) => lab.pids().filter(({ process }) => process === "link-flor"));
    expect(linkFlors[1]).toEqual(linkFlors[0]);
    expect((await one.status("b")).linkFlor!.clusters.map(({ cluster }) => cluster)).toEqual(["one", "two"]);
    const labels = labs().map((lab) =>
      ["a", "b", "c"].map((node) => readFileSync(lab.configFile(node, "cluster-flor"), "utf8").match(/label.*?\d+/g)),
    );
    expect(labels[1]).toEqual(labels[0]);
    const roots = labs().map((lab) => readFileSync(`${lab.identityFolder("b", "vertex")}/trust.pem`, "utf8"));
    expect(roots[1]).not.toBe(roots[0]);
  });

  test("carry traffic at the same time, and each workload reaches the service of its own cluster", async () => {
    // Tunnels dial as soon as their first link is up, and their packets are dropped while the second link is not.
    for (const lab of labs()) {
      const peers = async (): Promise<unknown> =>
        (await lab.status("c")).clusterFlor!.connections.map(({ peer }) => peer);
      await expect.poll(peers, PATIENCE).toEqual(["user/alice", "user/alice"]);
    }
    const before = await allDrops();
    const answers = await Promise.all([0, 1, 2, 3, 4].flatMap(() => labs().map(ask)));
    expect(answers).toEqual([0, 1, 2, 3, 4].flatMap(() => ["one says so", "two says so"]));
    const after = await allDrops();
    expect(after.map((drops, index) => grown(before[index]!, drops))).toEqual(after.map(() => ({})));
  });

  test("refuse each other's vertices, on each other's addresses", async () => {
    for (const [mine, other] of [labs(), labs().toReversed()]) {
      const { trustBundlePem } = openCa(other!.caFolder).issue({ kind: "user", name: "any" });
      const vertex = openCa(mine!.caFolder).issue({ kind: "vertex", name: "a" });
      const peer = await QuicPeer.dial(await udpAddress(other!, "b"), { ...vertex, trustBundlePem });
      closing.push(() => peer[Symbol.asyncDispose]());
      await expect.poll(() => peer.closes[0]?.code, PATIENCE).toBe(UNKNOWN_CA);
      const refusals = async (): Promise<unknown> =>
        (await other!.logs("b", "link-flor"))
          .split("\n")
          .filter((line) => line.includes("UNTRUSTED") && line.includes(`"cluster":"${other!.mesh.cluster}"`));
      await expect.poll(refusals, PATIENCE).toHaveLength(1);
    }
  });

  test("refuse each other's folders in a config, and each other's roots in a trust bundle", async () => {
    const config = readFileSync(one.configFile("b", "link-flor"), "utf8");
    const folders = labs().map((lab) => lab.identityFolder("b", "vertex"));
    const swapped = `${one.folder}/swapped.yaml`;
    writeFileSync(
      swapped,
      config.replace(folders[0]!, "?").replace(folders[1]!, folders[0]!).replace("?", folders[1]!),
    );
    const foreign = `${one.folder}/foreign.yaml`;
    const [alice, aliceOfTwo] = labs().map((lab) => lab.identityFolder("a", "user/alice"));
    writeFileSync(foreign, readFileSync(one.configFile("a", "cluster-flor"), "utf8").replaceAll(alice!, aliceOfTwo!));
    const [link, cluster] = await Promise.all(
      (
        [
          ["link-flor", swapped],
          ["cluster-flor", foreign],
        ] as const
      ).map(([name, file]) => runToEnd([...executable(name), "check", "--config", file])),
    );
    expect(link!.stderr).toContain(
      'expected cluster "one", this is vertex/b of cluster "two" [ERR_IDENTITY_WRONG_CLUSTER]',
    );
    expect(link!.stderr).toContain(
      'expected cluster "two", this is vertex/b of cluster "one" [ERR_IDENTITY_WRONG_CLUSTER]',
    );
    expect(cluster!.stderr).toContain('expected cluster "one", this is user/alice of cluster "two"');

    const trust = `${folders[1]}/trust.pem`;
    copyFileSync(trust, `${trust}.kept`);
    writeFileSync(trust, readFileSync(trust, "utf8") + readFileSync(`${folders[0]}/trust.pem`, "utf8"));
    await hangUp(two, [["b", "link-flor"]], "IDENTITY_REFUSED");
    const refused = (await certificatesInUse(two)).flatMap(({ refused }) => refused?.code ?? []);
    expect(refused).toEqual(["ERR_IDENTITY_TRUST_CLUSTER"]);
    copyFileSync(`${trust}.kept`, trust);
    await hangUp(two, [["b", "link-flor"]], "IDENTITY_UNCHANGED");
  });

  test("do not disturb each other: a cluster-flor of one is killed and comes back", async () => {
    mine = await SteadyWorkload.start(one, "a", tunnelPort(one, "steady"), ["p"]);
    other = await SteadyWorkload.start(two, "a", tunnelPort(two, "steady"), ["p"]);
    const gaps: number[] = [];
    while (gaps.length < ROUNDS_MAX && !gaps.some((gap) => gap < GAP_MS_MAX)) {
      mine.takeLongestGap();
      await two.kill("b", "cluster-flor");
      // The vertex of the same name of the other cluster takes its place: the portal is not its own.
      const stranger = strangerOnPortal();
      await expect.poll(() => stranger.stdout, PATIENCE).toMatch(/"code":"PORTAL_REFUSED".*"reason":"WRONG_CLUSTER"/);
      await stranger.endBy("SIGTERM");
      two.start("b", "cluster-flor");
      await two.waitUntilUp();
      await other.untilProgress(now());
      await mine.untilProgress(now());
      gaps.push(mine.takeLongestGap());
    }
    expect(Math.min(...gaps), `the longest pause of each round: ${gaps.map(Math.round).join(" ")}`).toBeLessThan(
      GAP_MS_MAX,
    );
    expect(await Promise.all(labs().map(ask))).toEqual(["one says so", "two says so"]);
  });

  test("let no user of the one into a service of the other", async () => {
    const b = await MaliciousVertex.replace(two, "b");
    closing.push(() => b[Symbol.dispose]());
    const [, label] = /files: \{ label: (\d+)/.exec(readFileSync(two.configFile("c", "cluster-flor"), "utf8"))!;
    const { trustBundlePem } = openCa(two.caFolder).issue({ kind: "user", name: "any" });
    const alice = { ...openCa(one.caFolder).issue({ kind: "user", name: "alice" }), trustBundlePem };
    expect(await b.connect("c", [Number(label)], alice)).toMatchObject({
      cause: "peer",
      isApplication: false,
      code: UNKNOWN_CA,
    });
    expect(await ask(one)).toBe("one says so");
  });

  test("revoke for themselves: a user and a vertex of one are over, those of the same names in the other are not", async () => {
    const list = await revoke(two, "user/alice", "vertex/a");
    mine.takeLongestGap();
    const links = async (lab: Lab): Promise<unknown> => {
      const { clusters } = (await one.status("b")).linkFlor!;
      const { links } = clusters.find(({ cluster }) => cluster === lab.mesh.cluster)!;
      return links.find(({ peer }) => peer === "a");
    };
    bringList(two, "c", list);
    await expect.poll(() => other.lost.get("p")?.reason, PATIENCE).toBe("ECONNRESET");
    bringList(two, "b", list);
    await expect.poll(() => links(two), PATIENCE).toMatchObject({ code: "REVOKED" });
    bringList(one, "b", list);
    bringList(one, "c", list);
    for (const process of ["link-flor", "cluster-flor"] as const) {
      const node = process === "link-flor" ? "b" : "c";
      const refused = async (): Promise<unknown> => (await logEntries(one, node, process, "REVOCATION_REFUSED"))[0];
      const told = { cluster: "one", reason: "ERR_IDENTITY_LIST_UNTRUSTED" };
      await expect.poll(refused, PATIENCE).toMatchObject(told);
    }
    expect(await links(one)).toMatchObject({ state: "up", code: "" });
    expect(await ask(one)).toBe("one says so");
    await mine.untilProgress(now());
  });
});

/** A cluster-flor of cluster one with the sockets of cluster two on node b. */
function strangerOnPortal(): OwnProcess {
  const portal = /portals:\n.*\n/;
  const [mine, other] = labs().map((lab) => readFileSync(lab.configFile("b", "cluster-flor"), "utf8"));
  const file = `${one.folder}/stranger.yaml`;
  const admin = `admin: ${one.folder}/stranger.sock`;
  writeFileSync(file, mine!.replace(portal, portal.exec(other!)![0]).replace(/^admin: .*$/m, admin));
  return new OwnProcess(one, "b", "cluster-flor", file);
}
