import { dirname } from "node:path";
import { type Beacon, type Mail, writeMessage } from "@florenetes/feed";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { type Canary, inMemory, inOctets, keyCanary, onDisk, wordCanary } from "../agents/blindness.ts";
import { certificateKey } from "../agents/announcements.ts";
import { RELAY, type FabricScene } from "../agents/scene.ts";
import { StolenAgent } from "../agents/stolen-agent.ts";
import type { Attack, Check } from "../attack.ts";
import { eventually } from "../eventually.ts";
import type { Ground } from "../ground.ts";
import { DOWNLOAD_PORT, SERVICE_PORT, TUNNEL_PORT } from "../mesh.ts";

/** Names that stand nowhere else. */
const [ORIGIN, HOST] = ["quillorigin", "vexhostnode"] as const;
const ORGANIZATION = "marigoldtenant";
const [USER, SERVICE, SOURCE] = ["jubileeuser", "kestrelledger", "kestrelsource"] as const;
/** Letters of others that the relay passes on until it has seen enough: reports come each minute, and at once where something has changed. */
const LETTERS_MIN = 4;

/**
 *     origin ── e ── v ── x ── host        e, v and x relay; c coordinates, and has a link to e
 */
const LINE: MeshFileInput = {
  cluster: "hostile",
  nodes: { [ORIGIN]: {}, e: {}, v: {}, x: {}, [HOST]: {}, c: {} },
  links: [
    [ORIGIN, "e"],
    ["e", "v"],
    ["v", "x"],
    ["x", HOST],
    ["c", "e"],
  ].map((between) => ({ between })),
};

const allow = [`user/${USER}`];
const SCENE: FabricScene = {
  plan: {
    services: {
      [SERVICE]: { allow, targets: { [HOST]: `tcp://127.0.0.1:${SERVICE_PORT}` } },
      [SOURCE]: { allow, targets: { [HOST]: `tcp://127.0.0.1:${SERVICE_PORT + 1}` } },
    },
    tunnels: [
      { node: ORIGIN, listen: `tcp://127.0.0.1:${TUNNEL_PORT}`, as: `user/${USER}`, service: SERVICE },
      { node: ORIGIN, listen: `tcp://127.0.0.1:${DOWNLOAD_PORT}`, as: `user/${USER}`, service: SOURCE },
    ],
    agents: { c: { coordinator: { partition: "default" } } },
    doors: { e: RELAY, v: RELAY, x: RELAY },
    organizations: { [ORIGIN]: ORGANIZATION, [HOST]: ORGANIZATION },
  },
  origin: ORIGIN,
  host: HOST,
  scope: `org/${ORGANIZATION}`,
  roles: [["c", "route-coordinator"] as const, ...["e", "v", "x"].map((node) => [node, "relay"] as const)],
};

export const curiousRelay: Attack = {
  name: "curious-relay",
  by: "agent of a node",
  description:
    "A relay in the middle of a route looks through the memory of its three processes, its files, and all mail that it passes on, for who talks to whom: names and keys of the " +
    "nodes beyond its neighbours, their organization, its user and its service.",
  held: "none of them is there; the same search finds them where they may be.",
  isByCommandAlone: true,
  mesh: LINE,
  fabric: SCENE,
  run: async (ground) => {
    const fabric = ground.fabric!;
    const canaries: readonly Canary[] = [
      wordCanary("the origin's name", ORIGIN),
      wordCanary("the host's name", HOST),
      wordCanary("the user's name", USER),
      wordCanary("the service's name", SERVICE),
      wordCanary("the organization's name", ORGANIZATION),
      keyCanary("the origin's key", fabric.keyOf(ORIGIN)),
      keyCanary("the host's key", fabric.keyOf(HOST)),
      keyCanary("the key of the origin's vertex", certificateKey(ground.lab.identityFolder(ORIGIN, "vertex"))),
      keyCanary(
        "the key of the service at the host",
        certificateKey(ground.lab.identityFolder(HOST, `service/${SERVICE}`)),
      ),
    ];
    const checks: Check[] = [];
    for (const [process, pid] of ground.victims) checks.push(absent(`memory of ${process}`, inMemory(pid, canaries)));
    checks.push(absent("files of the relay", onDisk(dirname(fabric.configFile("v")), canaries)));
    checks.push(present("memory of the origin's agent", inMemory(fabric.pidOf(ORIGIN)!, canaries), canaries.length));
    checks.push(present("files of the origin", onDisk(dirname(fabric.configFile(ORIGIN)), canaries), canaries.length));
    const { mails, sent } = await passOn(ground);
    checks.push(absent(`${mails.length} letters and answers that passed`, inOctets(mails, canaries)));
    checks.push({ isHeld: mails.length >= LETTERS_MIN, text: `${mails.length} letters and answers were passed on` });
    return { packets: sent.messages, bytes: sent.octets, checks };
  },
};

/** Takes the place of the relay's agent, and passes on beacons and mail between its neighbours. Returns the octets of all mail. */
async function passOn(
  ground: Ground,
): Promise<{ readonly mails: readonly Uint8Array[]; readonly sent: StolenAgent["sent"] }> {
  const mails: Uint8Array[] = [];
  const others: Readonly<Record<string, string>> = { e: "x", x: "e" };
  let agent: StolenAgent | undefined;
  const onPost = (message: Beacon | Mail, peer: string): void => {
    if (message.kind === "mail") mails.push(writeMessage(message));
    agent?.write(others[peer]!, message.kind === "beacon" ? { ...message, hops: message.hops + 1 } : message);
  };
  agent = await StolenAgent.take(ground, "v", { onPost });
  await using taken = agent;
  for (const peer of Object.keys(others)) {
    await taken.untilReadBy(peer);
    await taken.readAt(peer);
  }
  // The host's agent begins anew: it writes to its coordinator at once.
  await ground.fabric!.kill(HOST);
  ground.fabric!.start(HOST);
  await eventually(async () => mails.length >= LETTERS_MIN, PASSED_MS_MAX);
  const { sent } = taken;
  return { mails, sent };
}

const PASSED_MS_MAX = 180_000;

function absent(where: string, found: readonly string[]): Check {
  return { isHeld: found.length === 0, text: `${where}: ${found.length === 0 ? "nothing" : found.join(", ")}` };
}

function present(where: string, found: readonly string[], of: number): Check {
  return { isHeld: found.length >= of - 1, text: `${where}: ${found.length} of ${of}` };
}
