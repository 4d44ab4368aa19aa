/*
 *            ┌── b ──┬── c ┄┄┐
 *   u ┄┄ a ──┤       ╳       ├┄┄ w      two egresses of one pool, and two relays; agents lease the routes
 *            └── e ──┴── d ┄┄┘
 */
import { FabricLab, openLab } from "@florenetes/meshlab";
import { VpnGround } from "./vpn-ground.ts";

const RELAYS = ["b", "e"] as const;
/** Nodes that are an egress each, once vpn-flor runs there. */
export const EGRESSES = ["c", "d"] as const;
export const POOL = "vpn-egress.main";

/** A VPN whose egresses are found over a fabric: a is the client's node, which knows the pool's name alone. */
export interface VpnFabric extends AsyncDisposable {
  readonly ground: VpnGround;
  readonly fabric: FabricLab;
  /** The socket of data sessions at which the client finds the mesh. */
  readonly session: string;
}

export async function openVpnFabric(): Promise<VpnFabric> {
  const folder = VpnGround.makeFolder();
  const lab = await openLab(
    {
      cluster: "vpn",
      nodes: Object.fromEntries(["a", ...RELAYS, ...EGRESSES].map((node) => [node, {}])),
      links: RELAYS.flatMap((relay) => ["a", ...EGRESSES].map((end) => ({ between: [relay, end] }))),
      services: {},
      tunnels: [],
    },
    { mode: "netns" },
  );
  const relay = { relay: { classes: ["dns", "interactive", "reliable", "bulk", "droppable"], rate: "1 Gbit/s" } };
  const targets = Object.fromEntries(EGRESSES.map((node) => [node, `session+unix:${folder}/egress-${node}.sock`]));
  const fabric = FabricLab.prepare(lab, {
    services: { [POOL]: { allow: ["user/alice"], targets, keys: { "flow-idle": "10s" } } },
    tunnels: [],
    sessions: { a: { as: "user/alice", services: [POOL] } },
    agents: { b: { coordinator: { partition: "default" } } },
    doors: Object.fromEntries(RELAYS.map((node) => [node, relay])),
  });
  const ground = await VpnGround.around(lab, folder, EGRESSES);
  const dispose = async (): Promise<void> => {
    await fabric[Symbol.asyncDispose]();
    await ground[Symbol.asyncDispose]();
  };
  try {
    await fabric.up();
    const roles = [["b", "route-coordinator"] as const, ...RELAYS.map((node) => [node, "relay"] as const)];
    await fabric.publish(
      "b",
      roles.map(([node, role]) => fabric.signRole(node, "cluster", role)),
    );
    await fabric.publish("a", [fabric.signService(POOL, EGRESSES)]);
  } catch (error) {
    await dispose();
    throw error;
  }
  const session = lab.configFile("a", "cluster-flor").replace(/[^/]+$/, "sessions.sock");
  return { ground, fabric, session, [Symbol.asyncDispose]: dispose };
}
