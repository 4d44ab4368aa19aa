import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { inMemory, wordCanary } from "../agents/blindness.ts";
import { CapturedCoordinator } from "../agents/captured-coordinator.ts";
import { agentStatus } from "../agents/fabric-status.ts";
import { ACCOMPLICE_SCENE, CAPTURED_MESH, CLASSES } from "../agents/scene.ts";
import type { Attack, Check } from "../attack.ts";
import { eventually } from "../eventually.ts";
import type { Ground } from "../ground.ts";
import { TUNNEL_PORT } from "../mesh.ts";
import { workloadProgram } from "../workload/program.ts";

/** kbit/s, of the 1 Gbit/s that the relay's owner lets pass. */
const RATE = 100_000;
const MTU = 1_300;
/** Looks at the memory of each process, and kilobytes of the canary that pass before each of them. */
const LOOKS = 4;
const ECHOES = 25;

export const accompliceRelay: Attack = {
  name: "accomplice-relay",
  by: "coordinator",
  description:
    "Takes the leases that it has given back by newer ones, which all go over a relay that is the attacker's, too, and has permitted it that; then looks for what users send " +
    "in the memory of the relay's three processes.",
  held: "the packets go that way, and nothing of what they carry is there; the same search finds it at the origin.",
  isByCommandAlone: true,
  // Each look reads all pages of the programs, which count as theirs from then on.
  memoryMax: 256,
  mesh: CAPTURED_MESH,
  fabric: ACCOMPLICE_SCENE,
  run: async (ground) => {
    await using coordinator = await CapturedCoordinator.take(ground, "c", ["v"]);
    await coordinator.untilWrittenBy("a", "v");
    const led = await leadOverAccomplice(ground, coordinator);
    const word = randomBytes(24).toString("base64url");
    const canaries = [wordCanary("what users send", word)];
    const client = ground.lab.spawn("a", workloadProgram("canary-client", "127.0.0.1", TUNNEL_PORT, word));
    let echoes = 0;
    createInterface({ input: client.stdout! }).on("line", () => echoes++);
    const before = { accomplice: await passed(ground, "v"), other: await passed(ground, "w") };
    const seen = new Map<string, readonly string[]>();
    const look = (process: string, pid: number): void => {
      seen.set(process, [...(seen.get(process) ?? []), ...inMemory(pid, canaries)]);
    };
    const [origin] = ground.lab.pids().filter(({ node, process }) => node === "a" && process === "cluster-flor");
    for (let at = 1; at <= LOOKS; at++) {
      await eventually(async () => echoes >= at * ECHOES);
      for (const [process, pid] of ground.victims) look(process, pid);
      look("origin", origin!.pid);
    }
    const [accomplice, other] = [await passed(ground, "v"), await passed(ground, "w")];
    const [over, beside] = [accomplice - before.accomplice, other - before.other];
    client.kill("SIGKILL");
    const { packets, bytes } = { packets: coordinator.agent.sent.messages, bytes: coordinator.agent.sent.octets };
    return {
      packets,
      bytes,
      checks: [
        led,
        {
          isHeld: echoes >= LOOKS * ECHOES && over >= echoes && beside < over / 10,
          text: `${echoes} KB came back, ${over} packets of a passed the accomplice meanwhile, and ${beside} the other relay`,
        },
        ...[...ground.victims.keys()].map((process) => absent(process, seen.get(process)!)),
        {
          isHeld: seen.get("origin")!.length > 0,
          text: `memory of the origin's cluster-flor: found at ${seen.get("origin")!.length} of ${LOOKS} looks`,
        },
      ],
    };
  },
};

/** Has the accomplice open its links to each other for all classes, and leases over it alone whatever goes from a to h. */
async function leadOverAccomplice(ground: Ground, coordinator: CapturedCoordinator): Promise<Check> {
  const [a, v, h] = ["a", "v", "h"].map((node) => ground.labels(node));
  const pair = [v!["a"]!, v!["h"]!].sort((one, other) => one - other);
  const sets = [{ classes: CLASSES, pairs: [[...pair, 2 * RATE]] }];
  const permits = coordinator.sign({ kind: "permits", subject: "v/c", body: { sets } });
  const [permitted] = await coordinator.give("v", [permits]);
  const leases = ["web", "source"].map((service) => {
    const labels = [v!["h"]!, h![service]!];
    const route = { link: a!["v"]!, labels, via: ["v", "h"], mtu: MTU, cost: 1, why: [] };
    const body = { classes: ["reliable"], rate: RATE, routes: [route] };
    return coordinator.sign({ kind: "lease", subject: `a/${service}/h/c`, body });
  });
  const said = await coordinator.give("a", leases);
  const isLed = async (): Promise<boolean> => {
    const { leases: held } = (await agentStatus(ground, "a")).routes;
    return held.length > 0 && held.every(({ routes }) => routes.every(({ via }) => via.join() === "v,h"));
  };
  const isHeld = permitted === "taken" && said.every((word) => word === "taken") && (await eventually(isLed));
  const words = [permitted, ...said].map((word) => word ?? "no word").join(", ");
  return {
    isHeld,
    text: `permits to the accomplice and leases over it alone: ${words}${isHeld ? "" : " (not in use)"}`,
  };
}

/** Packets from a to h that a relay has passed on. */
async function passed(ground: Ground, relay: string): Promise<number> {
  const { clusterFlor } = await ground.status(relay);
  const { transit } = (clusterFlor as unknown as Forwarder).forwarding;
  return transit.find(({ inLink, outLink }) => inLink === "a" && outLink === "h")?.packets ?? 0;
}

/** The part of a cluster vertex's status that tells of transit. */
interface Forwarder {
  readonly forwarding: {
    readonly transit: readonly { readonly inLink: string; readonly outLink: string; readonly packets: number }[];
  };
}

function absent(process: string, words: readonly string[]): Check {
  const what = words.length === 0 ? "nothing" : words[0]!;
  return { isHeld: words.length === 0, text: `memory of the accomplice's ${process}, at ${LOOKS} looks: ${what}` };
}
