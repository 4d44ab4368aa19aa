/*
 *   a ───── b ───── c        workloads of a use a service on c without rest, while the configs of all three change
 */
import { type Lab, openLab } from "@florenetes/meshlab";
import { Random } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedConfig, type MoreLines } from "../src/changed-config.ts";
import { freePort } from "../src/free-port.ts";
import { now } from "../src/monotonic-clock.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const CHANGES = process.env["FLORENETES_ENGINE"] === "portable" ? 60 : 200;

let lab: Lab;
let workload: SteadyWorkload;
let b: ChangedConfig;

beforeAll(async () => {
  const port = await freePort();
  lab = await openLab({
    cluster: "reload",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
    services: { steady: { node: "c", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] } },
    tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "steady", path: ["a", "b", "c"] }],
  });
  await lab.up();
  await SteadyService.start(lab, "c", port);
  workload = await SteadyWorkload.start(lab, "a", Number(new URL(lab.tunnels[0]!.listen).port));
  b = new ChangedConfig(lab, "b");
});

afterAll(async () => {
  workload?.[Symbol.dispose]();
  await lab?.down();
});

/** Links to nobody, and what leads over them. */
function anyMore(random: Random): MoreLines {
  const portal = b.find(/portal: ([\w-]+)/);
  const ghosts = Array.from({ length: random.below(5) }, (_, index) => `ghost${random.below(3)}${index}`);
  const links = ghosts.map((name, index) => {
    return `${name}: { portal: ${portal}, role: acceptor, peer: ${name}, label: ${700_000 + 10 * index + random.below(3)} }`;
  });
  const pairs = ghosts.slice(1).map((name, index) => `- [ ${name}, ${ghosts[index]!} ]`);
  const ends = ghosts.map((name, index) => `- { link: ${name}, label: ${800_000 + index} }`);
  return { ...(links.length > 0 && { links, "lsp-ends": ends }), ...(pairs.length > 0 && { transit: pairs }) };
}

describe("a relay takes another config", () => {
  test("links, transit and LSPs come and go, and what passes through does not notice", async () => {
    const random = new Random(7);
    for (let change = 0; change < CHANGES; change++) {
      b.write({ ...anyMore(random), "transit-limit": [`packets: ${random.between(100_000, 200_000)}`] });
      expect(await b.reload()).toMatchObject({ refused: [] });
    }
    await workload.untilProgress(now());
    expect(workload.lost.size).toBe(0);
    b.write({});
    expect(await b.reload()).toMatchObject({ refused: [] });
    const { clusterFlor } = await lab.status("b");
    expect(clusterFlor!.links).toMatchObject([{ state: "up", ups: 1 }, { state: "up", ups: 1 }]);
    expect(workload.takeLongestGap()).toBeLessThan(5_000);
  });
});
