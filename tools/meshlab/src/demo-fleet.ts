import { writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { endChild, untilSaid } from "./child-process.ts";
import { startHosts } from "./demo-facts.ts";
import { FleetLooks, untilTrue } from "./demo-fleet-looks.ts";
import { MACHINE_AGENT, startMachine, updateStatusOf, versionOf } from "./demo-fleet-machines.ts";
import { DemoReleases } from "./demo-fleet-releases.ts";
import { AgentsClock } from "./demo-fleet-usage.ts";
import { downloadOver } from "./demo-stream.ts";
import { ownProgram } from "./executables.ts";
import { FabricLab } from "./fabric-lab.ts";
import type { FabricPlan } from "./fabric-plan.ts";
import type { Lab } from "./lab.ts";
import { LAB_ERRORS, labError } from "./lab-error.ts";
import { print } from "./terminal.ts";

/** The link that both tenants share: so little that it, and not a busy machine, is what there is too little of. */
const SHARED = "8 Mbit/s";
const UPLINK = "20 Mbit/s";
/**
 * The mesh of the demo of a fleet: nine nodes of three organizations and of those who run the fleet.
 *
 *     a (red) ──┐
 *               r ══ 8 Mbit/s ══ q ──┬── h     a and b use service web of h over the relays r and q; c does so over the phone p, and over s
 *     b (blue) ─┘                    │   │     once that relays, too
 *     c (green) ──── p, s ───────────────┘     k composes the routes, s has the store of packages, s and h observe
 *
 * k is linked to r, q and p; s and p are linked to q.
 */
export const FLEET_MESH: MeshFileInput = {
  cluster: "demo",
  nodes: { a: null, b: null, c: null, r: null, q: null, p: null, h: null, k: null, s: null },
  links: [
    { between: ["a", "r"] },
    { between: ["b", "r"] },
    { between: ["r", "q"], rate: SHARED },
    { between: ["q", "h"] },
    { between: ["c", "s"] },
    { between: ["c", "p"] },
    { between: ["p", "h"], rate: UPLINK },
    { between: ["s", "h"] },
    { between: ["p", "q"] },
    { between: ["k", "r"] },
    { between: ["k", "q"] },
    { between: ["k", "p"] },
    { between: ["s", "q"] },
  ],
};

const TENANTS = { a: "red", b: "blue", c: "green" } as const;
const PHONE = "p";
const RELAYS = ["r", "q"] as const;
const COORDINATOR = "k";
const STORE = "s";
const OBSERVERS = ["s", "h"] as const;
const RELAY = { classes: ["dns", "interactive", "reliable", "bulk", "droppable"], rate: "1 Gbit/s" };
const PORTS = { service: 8_080, tunnel: 18_080 };
const URL_OF_WEB = `http://127.0.0.1:${PORTS.tunnel}/`;

const VERSIONS = { first: "0.1.0", next: "0.1.1", bad: "0.1.2" } as const;
const ALL = 10_000;
/** At 20 of 100 one of the nine nodes takes the version 0.1.2 (docs/protocol/releases.md, Stages): the store's. */
const FIRST_STAGE = 2_000;

const GREEDY_STREAMS = 8;
/** Bytes by which a rate is measured, and those that go before it. */
const MEASURED_BYTES = 4_000_000;
const BEFORE_BYTES = 1_000_000;
const LONG_BYTES = 900_000_000;
const PHONE_BYTES = 16_000_000;
/** A phone begins to relay at 50 %, and does so down to 45 % (docs/protocol/fabric-scoring.md). */
const BATTERY = { enough: 80, low: 44 } as const;
const DEVICE = { network: "wifi", metered: false, foreground: true };

/** @throws OperatorError `ERR_LAB_FLEET`: this machine lacks something for it */
export function requireFleet(): void {
  const lack = lackOfFleet();
  if (lack !== undefined)
    throw labError("ERR_LAB_FLEET", `the demo of a fleet cannot run here: ${lack}`, LAB_ERRORS.ERR_LAB_FLEET.advice);
}

function lackOfFleet(): string | undefined {
  if (process.geteuid?.() !== 0) return "needs root";
  const missing = ["ip", "unshare", "nsenter", "mount", "dpkg", "dpkg-deb", "apt-get"].filter(
    (name) => spawnSync(name, ["--version"]).error !== undefined,
  );
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`;
}

/** Shows a day of a fleet, in minutes. */
export async function showFleet(
  lab: Lab,
  opened: AsyncDisposableStack,
  progress: (text: string) => void,
): Promise<void> {
  await new FleetStory(lab, opened, progress).tell();
}

class FleetStory {
  readonly #lab: Lab;
  readonly #progress: (text: string) => void;
  readonly #releases: DemoReleases;
  readonly #fabric: FabricLab;
  readonly #looks: FleetLooks;
  readonly #clock: AgentsClock | undefined;

  constructor(lab: Lab, opened: AsyncDisposableStack, progress: (text: string) => void) {
    this.#lab = lab;
    this.#progress = progress;
    this.#releases = new DemoReleases(lab, STORE);
    this.#clock = AgentsClock.prepare(lab);
    this.#sayBattery(BATTERY.enough, true);
    this.#fabric = opened.use(FabricLab.prepare(lab, this.#plan()));
    this.#looks = new FleetLooks(this.#fabric);
  }

  async tell(): Promise<void> {
    await this.#comeUp();
    await this.#showTenants();
    await this.#showPhone();
    await this.#showReleases();
    await this.#showUsage();
    print(`try it   ${this.#lab.commandIn("a", ["curl", URL_OF_WEB]).join(" ")}`);
  }

  // ── The nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #comeUp(): Promise<void> {
    const lab = this.#lab;
    const began = performance.now();
    this.#progress("nine machines, each with packages of its own; nothing of them is installed on this one");
    const firstPackage = await this.#releases.begin(VERSIONS.first);
    const { fingerprint } = this.#fabric;
    const repositoryRoot = this.#releases.root;
    const machines = lab.nodeNames.map((node) => {
      const spool = join(this.#folderOf(node), "fabric-state/updates");
      const admin = this.#fabric.adminOf(node);
      return startMachine(lab, node, { admin, spool, firstPackage, fingerprint, repositoryRoot });
    });
    const servers = startHosts(lab, { h: PORTS.service }).map((server) => untilSaid(server, "the web server on h"));
    await Promise.all([...machines, ...servers, lab.up()]);
    this.#progress("their agents start; a root of three operators, of whom two have to sign, and records of all nodes");
    await this.#fabric.up();
    const sign = (node: string, role: string): Buffer => this.#fabric.signRole(node, "cluster", role);
    await this.#fabric.publish(COORDINATOR, [
      ...[...RELAYS, PHONE].map((node) => sign(node, "relay")),
      sign(PHONE, "mobile-edge"),
      this.#fabric.sign("policy", "cluster", { tiers: [{ role: "mobile-edge", tier: 0 }] }),
      ...OBSERVERS.map((node) => sign(node, "observer")),
      sign(COORDINATOR, "route-coordinator"),
      this.#fabric.signService("web", ["h"]),
      this.#fabric.signService("update-store", [STORE]),
    ]);
    await untilTrue("a and b have routes to web", async () => {
      const ways = await Promise.all(["a", "b"].map((node) => this.#looks.waysOf(node, "web")));
      return ways.every((each) => each.length > 0);
    });
    const links = lab.mesh.links.length;
    print(
      `nodes    nine are up, with ${links} links, agents and leased routes, after ${seconds(performance.now() - began)}`,
    );
    print(
      "         a is red's, b is blue's, c is green's; r and q relay, p is a phone, h hosts web, k composes routes, s has packages",
    );
  }

  #plan(): FabricPlan {
    const { nodeNames } = this.#lab;
    const fetching = { services: ["update-store"] };
    const updatesOf = (node: string): Record<string, unknown> => ({
      channel: "stable",
      sessions: join(this.#folderOf(node), "sessions.sock"),
      "repository-root": this.#releases.root,
      status: updateStatusOf(this.#lab, node),
    });
    const own: Readonly<Record<string, object>> = {
      [COORDINATOR]: { coordinator: { partition: "default" } },
      [PHONE]: { device: { command: [...ownProgram(), "demo-device", this.#batteryFile] } },
    };
    return {
      development: true,
      agentProgram: MACHINE_AGENT,
      services: {
        web: { allow: ["user/alice"], targets: { h: `tcp://127.0.0.1:${PORTS.service}` } },
        "update-store": {
          allow: nodeNames.map((node) => `service/fabric.${node}`),
          targets: { [STORE]: `unix:${this.#releases.socket}` },
          keys: { "proxy-protocol": "v2" },
        },
      },
      tunnels: Object.keys(TENANTS).map((node) => {
        return { node, listen: `tcp://127.0.0.1:${PORTS.tunnel}`, as: "user/alice", service: "web", class: "bulk" };
      }),
      sessions: Object.fromEntries(nodeNames.map((node) => [node, { as: `service/fabric.${node}`, ...fetching }])),
      connectWait: "1min",
      organizations: TENANTS,
      updateKeys: this.#releases.updateKeys,
      agents: Object.fromEntries(nodeNames.map((node) => [node, { ...own[node], updates: updatesOf(node) }])),
      doors: Object.fromEntries([...RELAYS, PHONE, STORE].map((relay) => [relay, { relay: RELAY }])),
    };
  }

  #folderOf(node: string): string {
    return dirname(this.#lab.configFile(node, "cluster-flor"));
  }

  // ── Two tenants ───────────────────────────────────────────────────────────────────────────────────────────────────

  async #showTenants(): Promise<void> {
    await untilTrue("relays tell red and blue apart", async () => {
      const shares = await Promise.all(["a", "b"].map((node) => this.#looks.shareOf(node, "web")));
      return shares.every((share) => share !== undefined);
    });
    this.#progress(`blue downloads from web over r and q, whose link carries ${SHARED}`);
    const blue = this.#download("b");
    const alone = await this.#ratesOver((carried) => carried.blue);
    this.#progress(`red takes all it can: ${GREEDY_STREAMS} downloads at once, beside blue's one`);
    const red = Array.from({ length: GREEDY_STREAMS }, () => this.#download("a"));
    const beside = await this.#ratesOver((carried) => carried.red);
    await Promise.all([blue, ...red].map((client) => endChild(client, "a download", "SIGKILL")));
    print(`tenants  blue alone: ${mbit(alone.blue)} of ${SHARED}, by one download`);
    print(
      `         red beside it, by ${GREEDY_STREAMS}: red ${mbit(beside.red)}, blue ${mbit(beside.blue)}: blue still has its share`,
    );
    if (beside.blue < beside.red / 2)
      throw labError("ERR_LAB_REQUEST", "blue has less than half of what red has", "This is a mistake of the mesh.");
  }

  #download(node: string): ReturnType<Lab["spawn"]> {
    const argv = [...ownProgram(), "demo-download", `${URL_OF_WEB}bytes/${LONG_BYTES}`];
    return this.#lab.spawn(node, argv, { stdio: "ignore" });
  }

  /** Bits per second that q has passed on from h for red and for blue, as it counts them itself, once the one that begins last has got something. */
  async #ratesOver(last: (carried: Carried) => number): Promise<{ readonly red: number; readonly blue: number }> {
    const start = await this.#carried();
    const sum = ({ red, blue }: Carried): number => red + blue;
    let before = start;
    await untilTrue("downloads have begun", async () => {
      before = await this.#carried();
      return last(before) - last(start) > BEFORE_BYTES;
    });
    let after = before;
    await untilTrue("enough has come", async () => {
      after = await this.#carried();
      return sum(after) - sum(before) > MEASURED_BYTES;
    });
    const took = (after.at - before.at) / 1_000;
    return { red: (8 * (after.red - before.red)) / took, blue: (8 * (after.blue - before.blue)) / took };
  }

  async #carried(): Promise<Carried> {
    const [red, blue] = await Promise.all(["a", "b"].map((node) => this.#looks.shareOf(node, "web")));
    const bytes = await this.#looks.carried("q", "h");
    return { at: performance.now(), red: bytes.get(red ?? 0) ?? 0, blue: bytes.get(blue ?? 0) ?? 0 };
  }

  // ── A phone ───────────────────────────────────────────────────────────────────────────────────────────────────────

  async #showPhone(): Promise<void> {
    this.#progress(
      `${PHONE} relays because its owner and the policy let it; its uplink has to be good for a while first`,
    );
    await untilTrue("all gates of the phone are open", async () => {
      return (await this.#looks.shutGates(COORDINATOR, PHONE)).length === 0;
    });
    // A phone tells at once that it was unplugged, and its coordinator looks at it then.
    this.#sayBattery(BATTERY.enough, false);
    const openedMs = await untilTrue("c is led over the phone", () => this.#isLedOver([PHONE]));
    this.#progress(`one record more: ${STORE} relays, too, so that c has two ways`);
    await this.#fabric.publish(COORDINATOR, [this.#fabric.signRole(STORE, "cluster", "relay")]);
    await untilTrue("c has two ways", () => this.#isLedOver([PHONE, STORE]));
    print(
      `phone    ${PHONE} is unplugged, battery ${BATTERY.enough} %: it relays, and c is led over it ${seconds(openedMs)} later; behind one record more ${STORE} stands by`,
    );
    let movedMs = 0;
    this.#progress(`c downloads over the phone, and its battery falls to ${BATTERY.low} %`);
    const came = await downloadOver(this.#lab, "c", `${URL_OF_WEB}bytes/${PHONE_BYTES}`, async () => {
      this.#sayBattery(BATTERY.low, false);
      movedMs = await untilTrue("no lease of c is over the phone", async () => {
        const ways = await this.#looks.waysOf("c", "web");
        return ways.length > 0 && ways.every((way) => !way.startsWith(`${PHONE}>`));
      });
    });
    const shut = (await this.#looks.shutGates(COORDINATOR, PHONE)).filter((gate) => gate.startsWith("phone-"));
    print(
      `         battery ${BATTERY.low} %: ${shut.join(", ")} is shut, and ${seconds(movedMs)} later c's leases are over ${STORE} alone`,
    );
    print(
      `         the download went on: ${came.bytes / 1e6} MB, ${came.pauseMs.toFixed(0)} ms without a byte at most; SHA-256 ${came.sha256.slice(0, 16)}…, equal; 0 streams lost`,
    );
  }

  /** Whether c's leases go over these first nodes, in this order, and over no other one, and it has found a good route over each. */
  async #isLedOver(nodes: readonly string[]): Promise<boolean> {
    const leased = (await this.#looks.waysOf("c", "web")).map((way) => way.split(">")[0]);
    const good = (await this.#fabric.routesOf("c")).filter(
      ({ path, failure }) => path.includes(".web.") && failure === null,
    );
    return (
      [...new Set(leased)].join() === nodes.join() &&
      nodes.every((node) => good.some(({ route }) => route.startsWith(`${node}>`)))
    );
  }

  get #batteryFile(): string {
    return join(this.#lab.folder, "device.json");
  }

  #sayBattery(battery: number, charging: boolean): void {
    writeFileSync(this.#batteryFile, JSON.stringify({ ...DEVICE, battery, charging }));
  }

  // ── Releases ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #showReleases(): Promise<void> {
    const { first, next, bad } = VERSIONS;
    const agent = this.#fabric.controlOf(COORDINATOR);
    const all = this.#lab.nodeNames.length;
    this.#progress(
      `people sign release ${next} for all nodes; these fetch it from ${STORE} within a minute, one after the other`,
    );
    await this.#releases.release({ version: next, brought: "agent", former: first, stage: ALL }, agent);
    // A phone takes packages while it is charged.
    this.#sayBattery(BATTERY.low, true);
    const takenMs = await untilTrue(`all nodes have release ${next}`, async () => {
      return (await this.#looks.progressOf(next, COORDINATOR)).whole === all;
    });
    print(`release  ${next}: all nine nodes have it, the last one ${seconds(takenMs)} after it was signed`);
    this.#progress(`people sign release ${bad}, whose agent does not run, for a fifth of the nodes`);
    await this.#releases.release(
      { version: bad, brought: "nothing that runs", former: next, stage: FIRST_STAGE },
      agent,
    );
    this.#progress(`release ${bad} is at its first stage: ${STORE} takes it, is not whole with it, and goes back`);
    const backMs = await untilTrue(`a node went back from ${bad}`, async () => {
      return (await this.#looks.progressOf(bad, COORDINATOR)).back > 0;
    });
    const { inStage, whole, back } = await this.#looks.progressOf(bad, COORDINATOR);
    await this.#releases.stop(agent);
    await untilTrue("all nodes have the release before", async () => {
      const versions = await Promise.all(this.#lab.nodeNames.map((node) => versionOf(this.#lab, node)));
      return versions.every((version) => version === next);
    });
    print(
      `release  ${bad}: ${inStage} of nine nodes was to take it, ${whole} is whole with it, ${back} went back after ${seconds(backMs)}; people stopped it`,
    );
    print(`         all nine nodes have ${next}, as dpkg says on each of them`);
  }

  // ── Usage ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #showUsage(): Promise<void> {
    if (this.#clock === undefined) {
      print("usage    is told at the end of each hour: with Debian's package libfaketime the demo shows it at once");
      return;
    }
    this.#progress(
      "the hour ends by the clocks of all agents: relays and ends sign what they carried, and observers add it up",
    );
    const organizations = Object.values(TENANTS);
    const told = await this.#clock.endHour(this.#fabric, { observers: OBSERVERS, reader: COORDINATOR, organizations });
    print(`usage    flor fabric usage, for this hour:\n${told.replaceAll(/^/gm, "         ")}`);
  }
}

interface Carried {
  readonly at: number;
  readonly red: number;
  readonly blue: number;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function mbit(bits: number): string {
  return `${(bits / 1e6).toFixed(1)} Mbit/s`;
}
