/*
 *   a ───── b ─×─── c ───×─ d        × somebody on the wire, who hears all and sends to b and to d as if c did
 *
 *   A ping-pong from a to d goes on meanwhile. None of the attacker's packets has an effect, and each kind is counted by its cause.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Counts, grown, linkCounts } from "../src/counted.ts";
import { fileDigest } from "../src/file-contents.ts";
import { areInstalled } from "../src/installed.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE, downloadDigest, startFileServer } from "../src/services.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const RECORDED = 120;
const SIZE = 2 * MEGABYTE;

/** The counters of link-flor for packets that did nothing. */
const CAUSES = [
  "droppedUnauthenticated",
  "droppedSessionOver",
  "droppedUnknownConnection",
  "droppedNotQuic",
  "droppedBadToken",
  "resets",
  "retries",
  "versionNegotiations",
];

const isReady = isRoot && areInstalled("attack-wire", "python3", "ip");

describe.skipIf(!isReady)("an attacker on the wire", () => {
  let lab: Lab;
  let workload: SteadyWorkload;
  let linksAtFirst: unknown;

  beforeAll(async () => {
    lab = await openLab(
      {
        cluster: "wire",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: {
          steady: { node: "d", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] },
          files: { node: "d", target: "tcp://127.0.0.1:8081", allow: ["user/alice"] },
        },
        tunnels: ["steady", "files"].map((service, index) => ({
          node: "a",
          listen: `tcp://127.0.0.1:${18_001 + index}`,
          as: "user/alice",
          service,
          path: ["a", "b", "c", "d"],
        })),
      },
      { mode: "netns" },
    );
    await lab.up();
    await SteadyService.start(lab, "d", 8080);
    await startFileServer(lab, "d", 8081);
    workload = await SteadyWorkload.start(lab, "a", 18_001, ["p"]);
    linksAtFirst = await links();
    // The attacker sends from addresses that do not exist; the system must not hold its packets up for that.
    const open = "for file in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $file; done";
    for (const node of ["b", "d"]) await lab.exec(node, ["sh", "-c", open]);
  });

  afterAll(async () => {
    workload?.[Symbol.dispose]();
    await lab?.down();
  });

  test.each(["b", "d"])("gets nothing through to %s, and is counted by cause", async (victim) => {
    const address = (await linkCounts(lab, "c")).links.find(({ peer }) => peer === victim)!.peerAddress!;
    const attacker = startAttacker(lab, victim, new URL(address).hostname);
    await attacker.until("recorded");
    const before = await linkCounts(lab, victim);
    const sent = JSON.parse(await attacker.attack()) as Counts;

    expect(sent["forged"]).toBeGreaterThan(RECORDED / 2);
    const lost = (kinds: readonly string[], counters: readonly string[], growth: Counts): number =>
      Math.max(0, sum(sent, kinds) - sum(growth, counters));
    const check = async (): Promise<Counts> => {
      const growth = grown(before.udp, (await linkCounts(lab, victim)).udp);
      return {
        unauthenticated: lost(
          ["replayed", "changed", "forged", "fromElsewhere", "fromNowhere"],
          ["droppedUnauthenticated"],
          growth,
        ),
        unknown: lost(["unknownConnection"], ["droppedUnknownConnection"], growth),
        reset: lost(["answeredByReset"], ["resets"], growth),
        notQuic: lost(["empty", "notQuic"], ["droppedNotQuic"], growth),
        retry: lost(["firstPacket"], ["retries"], growth),
        badToken: lost(["firstPacketWithToken"], ["droppedBadToken"], growth),
        version: lost(["otherVersion"], ["versionNegotiations"], growth),
        any: lost(Object.keys(sent), CAUSES, growth),
      };
    };
    const none = { unauthenticated: 0, unknown: 0, reset: 0, notQuic: 0, retry: 0, badToken: 0, version: 0, any: 0 };
    await expect.poll(check, PATIENCE).toEqual(none);

    const after = await linkCounts(lab, victim);
    expect(grown(before.handshakes, after.handshakes), "no session came or went").toEqual({});
    expect(after.links.find(({ peer }) => peer === "c")!.peerAddress, "no link has moved").toBe(
      before.links.find(({ peer }) => peer === "c")!.peerAddress,
    );
    await workload.untilProgress(now());
    expect(workload.takeLongestGap()).toBeLessThan(2_000);
  });

  test("afterwards all is as before: the links of the start, and a download arrives whole", async () => {
    expect(await downloadDigest(lab, "a", 18_002, SIZE)).toBe(fileDigest(SIZE));
    expect(await links()).toEqual(linksAtFirst);
    await workload.untilProgress(now());
  });

  /** Every end of every link: a link that went down and up again would have another handle, and have come up more often. */
  async function links(): Promise<unknown> {
    const rows = [...(await lab.statuses())].flatMap(([node, { clusterFlor }]) =>
      clusterFlor!.links.map((link) => ({ node, state: link.state, handle: link["handle"], ups: link["ups"] })),
    );
    expect(rows.map(({ state }) => state)).toEqual(Array(6).fill("up"));
    return rows;
  }
});

/** Starts the attacker at c, on its wire to a neighbour. */
function startAttacker(lab: Lab, neighbour: string, address: string) {
  const program = fileURLToPath(new URL("../src/attackers/wire_attacker.py", import.meta.url));
  const { pid } = lab.pids().find(({ node }) => node === neighbour)!;
  const child = lab.spawn("c", ["python3", "-B", program, address, String(pid), String(RECORDED)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! });
  const next = async (): Promise<string> => {
    const timeout = AbortSignal.timeout(PATIENCE_MS);
    return ((await once(lines, "line", { signal: timeout })) as [string])[0];
  };
  return {
    until: async (line: string): Promise<void> => expect(await next()).toBe(line),
    attack: (): Promise<string> => {
      child.stdin!.write("\n");
      return next();
    },
  };
}

function sum(counts: Counts, names: readonly string[]): number {
  return names.reduce((total, name) => total + (counts[name] ?? 0), 0);
}
