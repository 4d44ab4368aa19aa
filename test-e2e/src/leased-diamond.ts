import { FabricLab, type FabricPlan, type Lab, type LabOptions, openLab } from "@florenetes/meshlab";
import { freePort } from "./free-port.ts";
import { startFileServer } from "./services.ts";

/** Agents lease routes to a file server, the service `web` on d, over relays that stand beside each other:
 *
 *            ┌──── b ────┐
 *        a ──┤           ├── d
 *            └──── c ────┘
 */
export interface LeasedDiamond {
  readonly lab: Lab;
  readonly fabric: FabricLab;
}

export interface LeasedDiamondPlan {
  readonly cluster: string;
  /** The relay that composes the leases, too. */
  readonly coordinator: "b" | "c";
  /** The rate that each relay lets pass. */
  readonly rate: string;
  /** `web` has one host at a time, and the coordinator keeps who that is, and a copy of the log. */
  readonly isLed?: boolean;
  /** Tunnels of a to `web`, each at its port of the loopback. */
  readonly tunnels: readonly { readonly port: number; readonly class?: string }[];
}

/** Starts all of it. Routes are leased a while later. Leaves nothing behind when it fails. */
export async function openLeasedDiamond(plan: LeasedDiamondPlan, options: LabOptions = {}): Promise<LeasedDiamond> {
  const { cluster, coordinator, rate, isLed = false, tunnels } = plan;
  const target = await freePort();
  const lab = await openLab(
    {
      cluster,
      nodes: { a: {}, b: {}, c: {}, d: {} },
      links: [{ between: ["a", "b"] }, { between: ["a", "c"] }, { between: ["b", "d"] }, { between: ["c", "d"] }],
      services: {},
      tunnels: [],
    },
    options,
  );
  const relay = { relay: { classes: ["dns", "interactive", "reliable", "bulk", "droppable"], rate } };
  const fabricPlan: FabricPlan = {
    services: {
      web: { allow: ["user/alice"], targets: { d: `tcp://127.0.0.1:${target}` }, ...(isLed && { leader: "fabric" }) },
    },
    ...(isLed && { stores: { [coordinator]: "sqlite" } }),
    tunnels: tunnels.map(({ port, ...more }) => {
      return { node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web", ...more };
    }),
    agents: { [coordinator]: { coordinator: { partition: "default", ...(isLed && { store: "sqlite" }) } } },
    doors: { b: relay, c: relay },
  };
  const fabric = FabricLab.prepare(lab, fabricPlan);
  try {
    await startFileServer(lab, "d", target);
    await lab.up();
    await fabric.up();
    const roles = [[coordinator, "route-coordinator"] as const, ["b", "relay"] as const, ["c", "relay"] as const];
    await fabric.publish(
      coordinator,
      roles.map(([node, role]) => fabric.signRole(node, "cluster", role)),
    );
    await fabric.publish("a", [fabric.signService("web", ["d"])]);
    return { lab, fabric };
  } catch (error) {
    await fabric[Symbol.asyncDispose]();
    await lab.down();
    throw error;
  }
}
