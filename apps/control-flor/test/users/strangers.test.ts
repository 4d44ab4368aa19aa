import { describe, expect, test } from "vitest";
import {
  HANDSHAKES_AT_ONCE,
  HANDSHAKES_OF_ONE_AT_ONCE,
  HANDSHAKES_OF_ONE_PER_SECOND,
  NETWORKS_REMEMBERED_MAX,
  STRANGERS_MAX,
} from "../../src/users/limits.ts";
import { Strangers } from "../../src/users/strangers.ts";

const address = (network: number): string => `10.${network >> 16}.${(network >> 8) & 255}.${network & 255}`;
/** Lets a number of connections in from one address, at a pace that it may have. */
function fill(strangers: Strangers<string>, name: string, from: string, count: number): string[] {
  const left: string[] = [];
  for (let at = 0; at < count; at++) {
    const admission = strangers.handleConnected(`${name} ${at}`, from, at * 1_000);
    if (admission === "too-much") throw new Error("the pace is too high");
    if (admission.leaving !== undefined) left.push(admission.leaving);
  }
  return left;
}

describe("strangers", () => {
  test("have places, and the network that has most of them loses its oldest", () => {
    const strangers = new Strangers<string>();
    expect(fill(strangers, "few", "192.0.2.1", 3)).toEqual([]);
    expect(fill(strangers, "many", "192.0.2.2", STRANGERS_MAX - 1)).toEqual(["many 0", "many 1"]);
    expect(strangers.size).toBe(STRANGERS_MAX);
    expect(strangers.handleConnected("other", "192.0.2.3", 1e9)).toEqual({ leaving: "many 2" });
    strangers.handleLeft("many 3");
    expect(strangers.handleConnected("next", "192.0.2.3", 1e9)).toEqual({ leaving: undefined });
  });

  test.each([
    ["one address of IPv4", () => "192.0.2.1"],
    ["the same in a socket of IPv6", (at: number) => (at % 2 === 0 ? "192.0.2.1" : "::ffff:192.0.2.1")],
    ["one /64", (at: number) => `2001:db8:0:1:${at.toString(16)}::1`],
    ["one /64, with zeros left out", (at: number) => `2001:db8::${(at + 1).toString(16)}`],
  ])("of %s begin some handshakes at once, and some each second", (_, from) => {
    const strangers = new Strangers<number>();
    const begun = Array.from({ length: 2 * HANDSHAKES_OF_ONE_AT_ONCE }, (_, at) =>
      strangers.handleConnected(at, from(at), 0),
    );
    expect(begun.filter((admission) => admission !== "too-much")).toHaveLength(HANDSHAKES_OF_ONE_AT_ONCE);
    const later = Array.from({ length: 100 }, (_, at) => strangers.handleConnected(1_000 + at, from(at), 1_000));
    expect(later.filter((admission) => admission !== "too-much")).toHaveLength(HANDSHAKES_OF_ONE_PER_SECOND);
    expect(strangers.handleConnected(-1, "203.0.113.1", 1_000)).not.toBe("too-much");
  });

  test("of other networks of IPv6 have a pace of their own", () => {
    const strangers = new Strangers<number>();
    for (let at = 0; at < 2 * HANDSHAKES_OF_ONE_AT_ONCE; at++) strangers.handleConnected(at, "2001:db8:0:1::1", 0);
    expect(strangers.handleConnected(-1, "2001:db8:0:1::2", 0)).toBe("too-much");
    expect(strangers.handleConnected(-2, "2001:db8:0:2::1", 0)).not.toBe("too-much");
    expect(strangers.handleConnected(-3, "2001:db8::1", 0)).not.toBe("too-much");
  });

  test("of all networks together begin so many", () => {
    const strangers = new Strangers<number>();
    const begun = Array.from({ length: 2 * HANDSHAKES_AT_ONCE }, (_, at) =>
      strangers.handleConnected(at, address(at), 0),
    );
    expect(begun.filter((admission) => admission !== "too-much")).toHaveLength(HANDSHAKES_AT_ONCE);
    expect(strangers.size).toBe(STRANGERS_MAX);
  });

  test("of any number of networks are remembered in bounded room", () => {
    const strangers = new Strangers<number>();
    for (let at = 0; at < HANDSHAKES_OF_ONE_AT_ONCE; at++) strangers.handleConnected(at, "192.0.2.1", 0);
    expect(strangers.handleConnected(-1, "192.0.2.1", 0)).toBe("too-much");
    for (let at = 0; at < NETWORKS_REMEMBERED_MAX; at++) strangers.handleConnected(at, address(at), 0);
    // The network is forgotten, and begins anew.
    expect(strangers.handleConnected(-2, "192.0.2.1", 60_000)).not.toBe("too-much");
  });
});
