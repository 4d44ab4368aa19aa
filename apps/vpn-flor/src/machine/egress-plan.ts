import { type Command, type DeviceAddress, deviceCommands, type Family, familyOf } from "./command.ts";
import { deleteRoute, type PolicyRoute, type PolicyRule, setRoute } from "./policy.ts";

/** The lower metric counts: the device's, while it is there. */
const METRICS = { device: 10, unreachable: 4_000 } as const;

export interface EgressPlanOptions {
  /** Tells several egresses of a machine apart; letters, digits, `-` and `_`. */
  readonly name: string;
  readonly device: string;
  /** In bytes. */
  readonly mtu: number;
  readonly addresses: readonly DeviceAddress[];
  /** The networks that clients have their addresses from, of both families. */
  readonly pools: readonly string[];
  /** The routing protocol that marks routes as ours. Several egresses of a machine need one each. */
  readonly protocol: number;
  /** Whether clients appear with this machine's addresses elsewhere. Without it their networks have to be routed to this machine. */
  readonly nat: boolean;
}

export interface EgressPlan {
  readonly protocol: number;
  readonly table: "main";
  /** An egress needs none. */
  readonly rules: readonly PolicyRule[];
  readonly routes: readonly PolicyRoute[];
  /** Can be run over an earlier `up`. */
  readonly up: readonly Command[];
  /** Can be run when some of it is gone. The device's addresses go with the device. */
  readonly down: readonly Command[];
}

/** The commands that make a machine the way out for the clients of a pool, and those that undo it. Forwarding itself is the operator's to allow. */
export function egressPlan(options: EgressPlanOptions): EgressPlan {
  const { device, mtu, addresses, protocol } = options;
  const routes = options.pools.flatMap((network) => routesTo(network, device));
  const table = egressTable(options.name);
  return {
    protocol,
    table: "main",
    rules: [],
    routes,
    up: [
      nft(`table ${table}\ndelete table ${table}\n${rulesetOf(options)}`),
      ...deviceCommands(device, mtu, addresses),
      ...routes.map((route) => setRoute(route, protocol)),
    ],
    down: [
      ...routes.map((route) => deleteRoute(route, protocol)),
      // A table that is not there cannot be deleted: so it is made first.
      nft(`table ${table}\ndelete table ${table}\n`),
    ],
  };
}

/** The nftables table of an egress, with its family. */
function egressTable(name: string): string {
  return `inet florenetes-vpn-${name}`;
}

/** `unreachable` holds when the device is away: answers to clients would leave by the default route otherwise. */
function routesTo(network: string, device: string): PolicyRoute[] {
  const route = { family: familyOf(network), table: "main", network } as const;
  return [
    { ...route, way: "unreachable", metric: METRICS.unreachable },
    { ...route, way: "device", device, metric: METRICS.device },
  ];
}

function nft(input: string): Command {
  return { program: "nft", args: ["-f", "-"], input };
}

/**
 * The segments of TCP are held to the way's MTU, as it is smaller through the mesh than what both ends know of, and many networks swallow the
 * messages that would tell them (RFC 4459, 3.2).
 */
function rulesetOf({ name, device, pools, nat }: EgressPlanOptions): string {
  const quoted = `"${device}"`;
  const guards = [
    // Packets that connection tracking does not know would leave with the client's own address.
    `    iifname ${quoted} ct state invalid drop`,
    `    oifname ${quoted} ct state invalid drop`,
    // Clients share an address, and only they begin connections.
    `    iifname != ${quoted} oifname ${quoted} ct state new drop`,
    // Another egress has carried the connection before, or this one in a former life: its program dials again at once, rather than after its own time.
    // A reset is answered by none, as the kernel does it.
    `    iifname ${quoted} ct state new tcp flags & (fin | syn | rst | ack) != syn reject with tcp reset`,
  ];
  const clamps = [`iifname ${quoted}`, `oifname ${quoted}`].map(
    (match) => `    ${match} tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`,
  );
  const sources = ([4, 6] as readonly Family[]).flatMap((family) => {
    const networks = pools.filter((network) => familyOf(network) === family);
    const protocol = family === 4 ? "ip" : "ip6";
    return networks.map((network) => `    oifname != ${quoted} ${protocol} saddr ${network} masquerade`);
  });
  return [
    `table ${egressTable(name)} {`,
    "  chain forward {",
    "    type filter hook forward priority filter; policy accept;",
    ...(nat ? guards : []),
    ...clamps,
    "  }",
    ...(nat ? ["  chain postrouting {", "    type nat hook postrouting priority srcnat; policy accept;"] : []),
    ...(nat ? [...sources, "  }"] : []),
    "}",
    "",
  ].join("\n");
}
