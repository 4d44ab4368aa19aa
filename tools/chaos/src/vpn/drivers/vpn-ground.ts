import { type Lab, VpnWorld } from "@florenetes/meshlab";
import { CLIENT, EXITS, NAMED, POOLS } from "../terrain.ts";
import { INNER } from "../wireguard.ts";

const UPLINK = "uplink";
/** The counters of packets at the client that are not the mesh's. */
const TABLE = "inet leaks";
/** A message of the neighbour discovery (RFC 4861), or of multicast listeners: the system's own. */
const OWN =
  "icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-report, mld2-listener-report } return";

/** Counts all that leaves by the uplink, and what leaves by a wire to a relay for somewhere else than that. A lab's wires are in 10.77.0.0/16. */
const LEAKS = `table ${TABLE} {
  counter outside { }
  chain out {
    type filter hook postrouting priority 300
    oifname { "lo", "flor0" } return
    oifname "${INNER}*" return
    ${OWN}
    oifname "${UPLINK}" counter name outside
    oifname != "${UPLINK}" ip daddr != 10.77.0.0/16 counter name outside
    oifname != "${UPLINK}" meta nfproto ipv6 counter name outside
  }
}`;

/** Connection tracking passes over the named network, so that no address is translated for it. */
const UNTRACKED = `table inet named {
  chain in {
    type filter hook prerouting priority raw
    ip daddr ${NAMED.v4} notrack
    ip saddr ${NAMED.v4} notrack
    ip6 daddr ${NAMED.v6} notrack
    ip6 saddr ${NAMED.v6} notrack
  }
}`;

const SILENCE = `table inet silent { chain in { type filter hook prerouting priority raw - 1; iifname "world" drop; }; }`;

/** The world behind both exits, the machine behind the client's uplink, and what is counted there. */
export class VpnGround implements Disposable {
  readonly #world: VpnWorld;

  private constructor(world: VpnWorld) {
    this.#world = world;
  }

  static make(lab: Lab): VpnGround {
    const ground = new VpnGround(VpnWorld.make(lab, EXITS));
    try {
      ground.#prepare();
      return ground;
    } catch (error) {
      ground[Symbol.dispose]();
      throw error;
    }
  }

  /** The words that lead a server into the world. */
  get within(): readonly string[] {
    return ["ip", "netns", "exec", this.#world.namespaceOf("w")];
  }

  /** Packets that have left the client outside of the VPN and the mesh. */
  leaks(): number {
    const ruleset = this.#world.run(CLIENT, "nft", "list", "table", ...TABLE.split(" "));
    return Number(/packets (\d+)/.exec(ruleset)?.[1] ?? Number.NaN);
  }

  countAnew(): void {
    this.#world.run(CLIENT, "nft", "reset", "counters", "table", ...TABLE.split(" "));
  }

  /** The answers of the world come back by this exit. */
  leadBack(exit: string): void {
    this.#world.leadBack(exit, ...POOLS);
  }

  /** Nothing comes to an exit from the world any more. */
  silence(exit: string): void {
    this.#world.run(exit, "nft", SILENCE);
  }

  hearAgain(exit: string): void {
    this.#world.run(exit, "nft", "delete table inet silent");
  }

  [Symbol.dispose](): void {
    this.#world[Symbol.dispose]();
  }

  #prepare(): void {
    const world = this.#world;
    world.add("u");
    world.wire([CLIENT, UPLINK, "192.0.2.2", "2001:db8:1::2"], ["u", "user", "192.0.2.1", "2001:db8:1::1"]);
    world.ip(CLIENT, "route add default via 192.0.2.1");
    world.ip(CLIENT, "-6 route add default via 2001:db8:1::1");
    world.addAddresses(NAMED.v4, NAMED.v6);
    for (const exit of EXITS) world.run(exit, "nft", UNTRACKED);
    world.run(CLIENT, "nft", LEAKS);
  }
}
