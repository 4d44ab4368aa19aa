/*
 *   a ───── b ───── c        workloads of a use a service on c without rest, while the configs of all three change
 */
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { Random } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedConfig, type MoreLines } from "../src/changed-config.ts";
import { freePort } from "../src/free-port.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

/** The number of changes. The portable engine does its work in the thread that takes configs, the native one beside it. */
const CHANGES = process.env["FLORENETES_ENGINE"] === "portable" ? 60 : 200;
const EXTRAS = [0, 1, 2];
const extraLabel = (extra: number): number => 600_000 + extra;

let lab: Lab;
let workload: SteadyWorkload;
let target: number;
let ports: number[];
let [a, b, c]: ChangedConfig[] = [];

beforeAll(async () => {
  target = await freePort();
  ports = await Promise.all(EXTRAS.map(() => freePort()));
  lab = await openLab({
    cluster: "reload",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
    services: { steady: { node: "c", target: `tcp://127.0.0.1:${target}`, allow: ["user/alice"] } },
    tunnels: [
      {
        node: "a",
        listen: "tcp://127.0.0.1:0",
        as: "user/alice",
        service: "steady",
        "connect-wait": "1min",
        path: ["a", "b", "c"],
      },
    ],
  });
  const ca = openCa(lab.caFolder);
  for (const extra of EXTRAS) {
    ca.issueInto(lab.identityFolder("c", `service/extra${extra}`), { kind: "service", name: `extra${extra}` });
  }
  await lab.up();
  await SteadyService.start(lab, "c", target);
  workload = await SteadyWorkload.start(lab, "a", Number(new URL(lab.tunnels[0]!.listen).port));
  [a, b, c] = ["a", "b", "c"].map((node) => new ChangedConfig(lab, node));
});

afterAll(async () => {
  workload?.[Symbol.dispose]();
  await lab?.down();
});

function anyOf<T>(items: readonly T[], random: Random): T[] {
  return items.filter(() => random.chance(0.5));
}

/** Links to vertices that do not exist, and tunnels over them. */
function anyLinks(random: Random): MoreLines {
  const ghosts = anyOf([0, 1, 2, 3], random).map((index) => `ghost${random.below(3)}${index}`);
  const links = ghosts.map((name, index) => {
    return `${name}: { portal: quic, role: acceptor, peer: ${name}, label: ${700_000 + 10 * index + random.below(3)} }`;
  });
  const pairs = ghosts.slice(1).map((name, index) => `- [ ${name}, ${ghosts[index]!} ]`);
  const ends = ghosts.map((name, index) => `- { link: ${name}, label: ${800_000 + index} }`);
  return {
    ...(links.length > 0 && { links, "lsp-ends": ends }),
    ...(pairs.length > 0 && { transit: pairs }),
    "transit-limit": [`packets: ${random.between(100_000, 200_000)}`],
  };
}

/** Tunnels to services that may exist, over paths of their own. */
function tunnelsTo(extras: readonly number[], random: Random): MoreLines {
  const [, transit] = /labels: \[ (\d+), /.exec(a!.find(/([^]*)/))!;
  const as = lab.identityFolder("a", "user/alice");
  return {
    paths: EXTRAS.map((extra) => `extra${extra}: { link: b, labels: [ ${transit!}, ${extraLabel(extra)} ] }`),
    tunnels: extras.map((extra) => {
      const to = random.chance(0.7) ? extra : random.pick(EXTRAS);
      return `- { listen: "tcp://127.0.0.1:${ports[extra]!}", as: ${as}, service: extra${to}, path: extra${to} }`;
    }),
  };
}

function services(extras: readonly number[], random: Random): MoreLines {
  return {
    services: extras.map((extra) => {
      const identity = lab.identityFolder("c", `service/extra${extra}`);
      const allow = random.pick(["user/alice", "user/bob", "user/alice, user/bob"]);
      return `extra${extra}: { label: ${extraLabel(extra)}, identity: ${identity}, target: "tcp://127.0.0.1:${target}", allow: [ ${allow} ] }`;
    }),
  };
}

const alsoBob = (text: string): string => text.replace("[ user/alice ]", "[ user/alice, user/bob ]");

describe("while workloads talk", () => {
  test("links, transit, LSPs, tunnels, paths, services and lists of principals come and go, and they do not notice", async () => {
    const random = new Random(7);
    for (let change = 0; change < CHANGES; change++) {
      const changed = random.pick([a!, b!, b!, c!]);
      if (changed === a) a.write(tunnelsTo(anyOf(EXTRAS, random), random));
      else if (changed === b) b.write(anyLinks(random));
      else c!.write(services(anyOf(EXTRAS, random), random), random.chance(0.5) ? alsoBob : undefined);
      expect(await changed.reload()).toMatchObject({ ok: true, down: [] });
    }
    await workload.untilProgress(now());
    expect(workload.lost.size).toBe(0);
    for (const { clusterFlor } of (await lab.statuses()).values()) {
      const links = clusterFlor!.links.filter(({ peer }) => !peer.startsWith("ghost"));
      expect(links.map(({ state }) => state)).toEqual(links.map(() => "up"));
    }
    expect(workload.takeLongestGap()).toBeLessThan(10_000);
  });

  test("a tunnel, its path and its service are used as soon as they are there", async () => {
    const sure = { chance: () => true, pick: ([first]: readonly string[]) => first } as unknown as Random;
    b!.write({});
    c!.write(services([1], sure));
    a!.write(tunnelsTo([1], sure));
    for (const config of [c!, b!, a!]) expect(await config.reload()).toMatchObject({ ok: true });
    using extra = await SteadyWorkload.start(lab, "a", ports[1]!, ["p"]);
    await extra.untilProgress(now());
    expect(await a!.reload()).toMatchObject({ ok: true, changes: [] });
    expect(extra.lost.size).toBe(0);
  });

  test("a text that is wrong is refused with its line, and one that needs a restart with its key", async () => {
    b!.write({}, (text) => text.replace("role: acceptor", "role: acceptr"));
    expect(await b!.reload()).toMatchObject({ ok: false, changes: [], refused: [{ line: 10 }] });
    b!.write({}, (text) => text.replace("vertex: b", "vertex: x"));
    expect(await b!.reload()).toMatchObject({ refused: [{ code: "ERR_RESTART_NEEDED", key: "vertex" }] });
    await expect
      .poll(async () => (await lab.status("b")).clusterFlor!["config"], PATIENCE)
      .toMatchObject({
        source: "file",
        fileState: "differs",
      });
    b!.write({});
    await lab.kill("b", "cluster-flor", "SIGHUP");
    await expect
      .poll(async () => (await lab.status("b")).clusterFlor!["config"], PATIENCE)
      .toMatchObject({
        fileState: "same",
      });
  });

  test("a tunnel whose address is taken is down alone, until that is free", async () => {
    const busy = lab.spawn("a", ["python3", "-m", "http.server", "--bind", "127.0.0.1", String(ports[2]!)]);
    const listens = async (): Promise<number | null> =>
      (await lab.exec("a", ["curl", "--silent", `http://127.0.0.1:${ports[2]!}/`])).code;
    await expect.poll(listens, PATIENCE).toBe(0);
    a!.write(tunnelsTo([2], { chance: () => true } as unknown as Random));
    expect(await a!.reload()).toMatchObject({
      ok: false,
      changes: expect.arrayContaining([{ kind: "tunnel", name: `tcp://127.0.0.1:${ports[2]!}`, change: "added" }]),
      down: [{ code: "ERR_TUNNEL_ADDRESS_IN_USE" }],
    });
    busy.kill("SIGKILL");
    await expect.poll(async () => (await lab.status("a")).clusterFlor!["down"], PATIENCE).toEqual([]);
    await workload.untilProgress(now());
  });

  test("a principal that is listed no more is cut at once", async () => {
    c!.write({}, (text) => text.replace("[ user/alice ]", "[ user/bob ]"));
    expect(await c!.reload()).toMatchObject({ ok: true });
    await expect.poll(() => workload.lost.size, PATIENCE).toBe(3);
  });
});
