import { type Command, type Family, familyOf } from "./command.ts";
import { BEGINNINGS_DIVISOR, CLOSED_REMEMBERED_S, COUNTED_ADDRESSES_MAX } from "./limits.ts";

export interface EgressRulesetOptions {
  /** Tells several egresses of a machine apart; letters, digits, `-` and `_`. */
  readonly name: string;
  readonly device: string;
  /** The networks that clients have their addresses from, of both families. */
  readonly pools: readonly string[];
  /** Whether clients appear with this machine's addresses elsewhere. Without it their networks have to be routed to this machine. */
  readonly nat: boolean;
  /** Connections of a client at a time, of each version of IP; undefined: they are not counted. */
  readonly connections: number | undefined;
}

const FAMILIES: readonly Family[] = [4, 6];
/** The counter of the first packets of connections that were refused, and its chain. */
const REFUSED = "refused";

/** Makes the table of an egress, in the place of one that is there. */
export function setTable(options: EgressRulesetOptions): Command {
  const table = egressTable(options.name);
  return nft(`table ${table}\ndelete table ${table}\n${rulesetOf(options)}`);
}

/** Removes the table, which need not be there: one that is not cannot be deleted, so it is made first. */
export function deleteTable(name: string): Command {
  const table = egressTable(name);
  return nft(`table ${table}\ndelete table ${table}\n`);
}

/** Tells how many connections were refused since the table was made. `readRefused` reads its output. */
export function askRefused(name: string): Command {
  return { program: "nft", args: ["-j", "list", "counter", ...egressTable(name).split(" "), REFUSED] };
}

/** Reads the output of `askRefused`; undefined: it is none. */
export function readRefused(output: string): number | undefined {
  const { nftables = [] } = JSON.parse(output) as { readonly nftables?: readonly { readonly counter?: unknown }[] };
  const counter = nftables.find((each) => each.counter !== undefined)?.counter as { packets?: unknown } | undefined;
  return typeof counter?.packets === "number" ? counter.packets : undefined;
}

/**
 * The most connections of a client that the kernel knows of, of one version of IP: those that it had when it began to close them, as many that it begins at once,
 * and those that it begins while the kernel remembers the first (TIME_WAIT), though these count no more.
 */
export function trackedMax(connections: number): number {
  return 2 * connections + CLOSED_REMEMBERED_S * beginningsOf(connections);
}

/** Connections that a client may begin in a second, behind those at once. */
function beginningsOf(connections: number): number {
  return Math.ceil(connections / BEGINNINGS_DIVISOR);
}

/** The nftables table of an egress, with its family. */
function egressTable(name: string): string {
  return `inet florenetes-vpn-${name}`;
}

function nft(input: string): Command {
  return { program: "nft", args: ["-f", "-"], input };
}

/**
 * The segments of TCP are held to the way's MTU, as it is smaller through the mesh than what both ends know of, and many networks swallow the
 * messages that would tell them (RFC 4459, 3.2).
 */
function rulesetOf({ name, device, pools, nat, connections }: EgressRulesetOptions): string {
  const quoted = `"${device}"`;
  const clamps = [`iifname ${quoted}`, `oifname ${quoted}`].map(
    (match) => `    ${match} tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`,
  );
  return [
    `table ${egressTable(name)} {`,
    ...(connections === undefined ? [] : countingOf(connections)),
    "  chain forward {",
    "    type filter hook forward priority filter; policy accept;",
    ...(nat ? guardsOf(quoted) : []),
    // Each packet of a datagram's sender whom nobody answers is `new`, and the first alone is not confirmed.
    ...(connections === undefined ? [] : [`    iifname ${quoted} ct status & confirmed == 0 jump begin`]),
    ...clamps,
    "  }",
    ...(nat ? translationOf(quoted, pools) : []),
    "}",
    "",
  ].join("\n");
}

/** Rules for packets by what connection tracking knows of them. */
function guardsOf(device: string): string[] {
  return [
    // Packets that connection tracking does not know would leave with the client's own address.
    `    iifname ${device} ct state invalid drop`,
    `    oifname ${device} ct state invalid drop`,
    // Clients share an address, and only they begin connections.
    `    iifname != ${device} oifname ${device} ct state new drop`,
    // Another egress has carried the connection before, or this one in a former life: its program dials again at once, rather than after its own time.
    // A reset is answered by none, as the kernel does it.
    `    iifname ${device} ct state new tcp flags & (fin | syn | rst | ack) != syn reject with tcp reset`,
  ];
}

/**
 * Sets and chains that count a client's connections by its address, which the egress has checked. Connections that have been closed are not among
 * the open ones, though the kernel knows of them for two more minutes; so their beginnings are limited, too. That also bounds the work: the kernel
 * goes through all connections of a client when one begins. Elements go with the connections, or when the client has begun none for so long that it may
 * begin all at once again. A set that was full would count nobody more: it has room for many times the clients of an egress.
 */
function countingOf(connections: number): string[] {
  const each = beginningsOf(connections);
  const set = (name: string, family: Family, more: string): string =>
    `  set ${name}${family} { type ipv${family}_addr; size ${COUNTED_ADDRESSES_MAX}; flags dynamic${more}; }`;
  const count = (way: string, name: string, limit: string): string[] =>
    FAMILIES.map((family) => `    ${way} @${name}${family} { ${protocolOf(family)} saddr ${limit} } goto ${REFUSED}`);
  return [
    `  counter ${REFUSED} { }`,
    ...FAMILIES.flatMap((family) => [
      set("begun", family, `,timeout; timeout ${BEGINNINGS_DIVISOR}s`),
      set("open", family, ""),
    ]),
    `  chain ${REFUSED} {`,
    `    counter name ${REFUSED}`,
    "    meta l4proto tcp reject with tcp reset",
    "    reject with icmpx admin-prohibited",
    "  }",
    "  chain begin {",
    ...count("update", "begun", `limit rate over ${each}/second burst ${connections} packets`),
    ...count("add", "open", `ct count over ${connections}`),
    "  }",
  ];
}

function translationOf(device: string, pools: readonly string[]): string[] {
  const sources = FAMILIES.flatMap((family) =>
    pools
      .filter((network) => familyOf(network) === family)
      .map((network) => `    oifname != ${device} ${protocolOf(family)} saddr ${network} masquerade`),
  );
  return ["  chain postrouting {", "    type nat hook postrouting priority srcnat; policy accept;", ...sources, "  }"];
}

function protocolOf(family: Family): string {
  return family === 4 ? "ip" : "ip6";
}
