import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { requestAdmin } from "@florenetes/process-kit";
import { serviceOfPool } from "@florenetes/wire-values";
import { z } from "zod";
import { untilSaid } from "./child-process.ts";
import { ownProgram } from "./executables.ts";
import { FabricLab } from "./fabric-lab.ts";
import type { FabricPlan } from "./fabric-plan.ts";
import type { Lab } from "./lab.ts";
import { LAB_ERRORS, labError } from "./lab-error.ts";
import { POLL_MS } from "./limits.ts";
import { drawMesh } from "./picture.ts";
import { print } from "./terminal.ts";
import { VpnProcesses } from "./vpn-processes.ts";
import { lackOfVpn, VpnWorld, WORLD } from "./vpn-world.ts";

/**
 * The mesh of the demo of a VPN: a is the client's machine, d and e are exits, b and c relay, and f composes the routes.
 *
 *                 b
 *            a ──< >── d, e ┄┄ w       f is linked to b and c; w is the world behind the exits, with a web server
 *                 c
 */
export const VPN_MESH: MeshFileInput = {
  cluster: "demo",
  nodes: { a: null, b: null, c: null, d: null, e: null, f: null },
  links: ["b", "c"].flatMap((relay) => ["a", "d", "e", "f"].map((node) => ({ between: [node, relay] }))),
};

const RELAYS = ["b", "c"] as const;
const EXITS = ["d", "e"] as const;
const COORDINATOR = "f";
const POOL = "main";
const SERVICE = serviceOfPool(POOL);
const RELAY = { classes: ["dns", "interactive", "reliable", "bulk", "droppable"], rate: "10 Gbit/s" };
/** A user that is not the one as which the mesh runs: packets of that one go past the VPN. */
const USER = 65_534;
const URL_OF_WORLD = `http://${WORLD.v4}/`;
/** How long it may take until the world answers over the VPN. */
const ANSWER_MS_MAX = 120_000;
/** A request that is lost with its exit is given up after so many seconds, and sent again. */
const CURL_S = 2;

const EXIT = `egress: { pool: ${POOL}, listen: egress.sock, addresses: [ 100.64.0.0/16, "fd00:f10::/64" ], networks: all }`;

/** The load of a host that takes nothing more, in percent (docs/protocol/facts.md, `announce`). */
const FULL = 100;
const announcements = z.object({
  facts: z.array(
    z.object({ body: z.object({ services: z.array(z.object({ service: z.string(), load: z.number() })) }) }),
  ),
});
const leasesStatus = z.object({ routes: z.object({ leases: z.array(z.object({ host: z.string() })) }) });
const egressStatus = z.object({ egress: z.object({ clients: z.number() }) });

/** @throws OperatorError `ERR_LAB_VPN`: this machine lacks something for it */
export function requireVpn(): void {
  const lack = lackOfVpn();
  if (lack !== undefined)
    throw labError("ERR_LAB_VPN", `the demo of a VPN cannot run here: ${lack}`, LAB_ERRORS.ERR_LAB_VPN.advice);
}

/** Shows a request over a VPN whose exit is found by the pool's name, and one more behind the end of that exit. */
export async function showVpn(lab: Lab, opened: AsyncDisposableStack, progress: (text: string) => void): Promise<void> {
  const fabric = opened.use(FabricLab.prepare(lab, vpnPlan(lab)));
  const world = opened.use(VpnWorld.make(lab, EXITS));
  const vpn = new DemoVpn(lab);
  // An exit that was down a moment ago is left alone for ten seconds: both are there before the mesh is.
  for (const exit of EXITS) vpn.start(exit, EXIT);
  progress("a root of three operators, of whom two have to sign, and records of all nodes");
  await Promise.all([lab.up(), serveWorld(lab, world)]);
  await fabric.up();
  progress(`records: b and c are relays, f composes routes, and d and e are exits of the pool ${POOL}`);
  const roles = RELAYS.map((relay) => fabric.signRole(relay, "cluster", "relay"));
  const coordinator = fabric.signRole(COORDINATOR, "cluster", "route-coordinator");
  await fabric.publish(COORDINATOR, [...roles, coordinator, fabric.signService(SERVICE, EXITS)]);
  progress("vpn-flor on a, which knows the name of the pool, and of no node");
  vpn.start("a", `up: { pool: ${POOL}, session: sessions.sock, mesh-user: 0 }`);
  const found = await vpn.untilAnswered();
  const first = await vpn.exitInUse();
  await untilLeased(fabric);
  print(`\n${drawMesh(lab.mesh, await lab.statuses())}`);
  print("runs     link-flor, cluster-flor and fabric-flor on all nodes, vpn-flor on a, d and e");
  print(`answer   over exit ${first}: ${found.trim()}`);
  progress(`vpn-flor of ${first} is stopped, over which a's packets go`);
  const stoppedAt = performance.now();
  await vpn.end(first, "SIGTERM");
  const again = await vpn.untilAnswered();
  const tookMs = Math.round(performance.now() - stoppedAt);
  const next = await vpn.exitInUse();
  print(`stopped  vpn-flor of ${first}: ${tookMs} ms later curl is answered over exit ${next}`);
  print(`answer   over exit ${next}: ${again.trim()}`);
  print(`try it   ${lab.commandIn("a", vpn.curl()).join(" ")}`);
}

function vpnPlan(lab: Lab): FabricPlan {
  const targets = Object.fromEntries(
    EXITS.map((node) => [node, `session+unix:${join(folderOf(lab, node), "egress.sock")}`]),
  );
  return {
    services: { [SERVICE]: { allow: ["user/alice"], targets } },
    tunnels: [],
    sessions: { a: { as: "user/alice", services: [SERVICE] } },
    agents: { [COORDINATOR]: { coordinator: { partition: "default" } } },
    doors: Object.fromEntries(RELAYS.map((relay) => [relay, { relay: RELAY }])),
  };
}

/** The folder of a node's configs and sockets. */
function folderOf(lab: Lab, node: string): string {
  return dirname(lab.configFile(node, "cluster-flor"));
}

/**
 * Waits until a has routes to all exits, and each of these announces that it takes clients, which it does ten seconds after it was found down: before, a could not
 * go over to the other one.
 *
 * @throws OperatorError `ERR_LAB_TIMEOUT`
 */
async function untilLeased(fabric: FabricLab): Promise<void> {
  const deadline = performance.now() + ANSWER_MS_MAX;
  for (;;) {
    const { leases } = leasesStatus.parse(await fabric.status("a")).routes;
    const areTaking = await Promise.all(EXITS.map((exit) => isTaking(fabric, exit)));
    if (EXITS.every((exit, at) => areTaking[at] === true && leases.some(({ host }) => host === exit))) return;
    if (performance.now() > deadline)
      throw labError("ERR_LAB_TIMEOUT", "a has no routes to both exits", "Is the machine very busy?");
    await sleep(POLL_MS);
  }
}

/** Whether an exit announces that its program has room. */
async function isTaking(fabric: FabricLab, exit: string): Promise<boolean> {
  const told = await requestAdmin(fabric.adminOf(exit), `/facts?kind=announce&subject=${exit}`);
  const [fact] = announcements.parse(told).facts;
  return fact?.body.services.some(({ service, load }) => service === SERVICE && load < FULL) === true;
}

/** Starts the world's web server, and waits until it listens. It ends with the lab. @throws OperatorError as `untilSaid` */
async function serveWorld(lab: Lab, world: VpnWorld): Promise<void> {
  const argv = ["ip", "netns", "exec", world.namespaceOf("w"), ...ownProgram(), "demo-service", WORLD.v4, "80", "w"];
  const server = lab.spawn(EXITS[0], argv, { stdio: ["ignore", "pipe", "inherit"] });
  await untilSaid(server, "the world's web server");
}

/** A user's program over the VPN of a lab. */
class DemoVpn extends VpnProcesses {
  readonly #lab: Lab;

  constructor(lab: Lab) {
    super(lab);
    this.#lab = lab;
  }

  /** The words that ask the world's web server, as a user's program does. */
  curl(): readonly string[] {
    const user = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"];
    return [...user, "curl", "--silent", "--show-error", "--max-time", String(CURL_S), URL_OF_WORLD];
  }

  /** Asks the world until it answers. @throws OperatorError `ERR_LAB_REQUEST`, `ERR_LAB_PROCESS_DIED` */
  async untilAnswered(): Promise<string> {
    const deadline = performance.now() + ANSWER_MS_MAX;
    for (;;) {
      const { code, stdout, stderr } = await this.#lab.exec("a", this.curl());
      if (code === 0) return stdout;
      this.requireAlive();
      if (performance.now() > deadline)
        throw labError(
          "ERR_LAB_REQUEST",
          `no answer from the world over the VPN: ${stderr.trim()}`,
          `The logs of vpn-flor are ${this.nodes.map((node) => this.logFile(node)).join(", ")}.`,
        );
      await sleep(POLL_MS);
    }
  }

  /** The exit that has a's session. @throws OperatorError `ERR_LAB_TIMEOUT`, `ERR_LAB_PROCESS_DIED` */
  async exitInUse(): Promise<string> {
    const deadline = performance.now() + ANSWER_MS_MAX;
    while (performance.now() < deadline) {
      for (const exit of EXITS) {
        const status = await this.status(exit).catch(() => undefined);
        if ((egressStatus.safeParse(status).data?.egress.clients ?? 0) > 0) return exit;
      }
      this.requireAlive();
      await sleep(POLL_MS);
    }
    throw labError("ERR_LAB_TIMEOUT", "no exit has a session with a", "Is the machine very busy?");
  }
}
