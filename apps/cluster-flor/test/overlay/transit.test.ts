import { SHARES_PER_PAIR_MAX, TrafficClass } from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import type { ClusterConfig } from "../../src/config/cluster-config.ts";
import { parseClusterConfig } from "../../src/config/cluster-config-file.ts";
import { layOver } from "../../src/config/lay-over.ts";
import type { OverlayTransit } from "../../src/config/overlay.ts";
import { OVERLAY_TRANSIT_MAX } from "../../src/overlay/limits.ts";
import { overlayJson, readOverlayOrder } from "../../src/overlay/overlay-order.ts";
import { OverlayState } from "../../src/overlay/overlay-state.ts";
import { FABRIC, GOOD } from "../config/config-cases.ts";

const RELAY = "  relay: { classes: [ interactive, bulk ], rate: 10 Mbit/s }\n";
const NOW = 1_000_000;

const read = (text: string): ClusterConfig => parseClusterConfig(text, "/etc/demo/b.yaml");
/** Its links are a and c. The lines of `transit` go. */
const open = read(GOOD.replace(/^transit:.*\n(?: +-.*\n)*/m, "") + FABRIC + RELAY);
const written = read(GOOD + FABRIC + RELAY);

const permit = (more: Partial<OverlayTransit> = {}): OverlayTransit => {
  return { from: "a", to: "c", classes: ["bulk"], rate: 1_000_000, until: NOW + 1_000, permit: "p1", ...more };
};
const order = (transit: unknown): string =>
  JSON.stringify({ base: 0, life: { startedAt: 5, id: "00000000000000b0" }, paths: [], leads: [], pins: {}, transit });
const lay = (transit: readonly OverlayTransit[], config = open) => {
  const { config: laid, leftOut } = layOver(config, { paths: [], leads: [], pins: new Map(), transit }, NOW);
  return { permits: laid.permits, leftOut };
};

describe("an order with `transit`", () => {
  test("is read, and kept as it was posted; one without it has none", () => {
    const more = { from: "c", to: "a", classes: ["interactive", "control"], share: 4_095 } as const;
    const transit = [permit(), permit(more)];
    const { overlay } = readOverlayOrder(order(transit));
    expect(overlayJson(overlay)).toMatchObject({ transit });
    expect(readOverlayOrder(order(undefined)).overlay.transit).toBeUndefined();
    expect(new OverlayState({ generation: 1, life: { startedAt: 1, id: "" }, overlay }).nextEnd(NOW)).toBe(NOW + 1_000);
  });

  test.each([
    ["no class", permit({ classes: [] })],
    ["a class that there is not", { ...permit(), classes: ["express"] }],
    ["a rate below 0", permit({ rate: -1 })],
    ["a rate above the most", permit({ rate: 1e12 + 1 })],
    ["part of a bit", permit({ rate: 0.5 })],
    ["a name with a space", permit({ permit: "a b" })],
    ["a name that is too long", permit({ permit: "x".repeat(129) })],
    ["a member more", { ...permit(), origin: "a" }],
    ["share 0", permit({ share: 0 })],
    ["a share above the most", permit({ share: 4_096 })],
    ["part of a share", permit({ share: 0.5 })],
  ])("is refused with %s", (_, wrong) => {
    expect(() => readOverlayOrder(order([wrong]))).toThrow(/the overlay is not in order at transit/);
  });

  test("has so many permits at most", () => {
    const most = Array.from({ length: OVERLAY_TRANSIT_MAX }, () => permit());
    expect(readOverlayOrder(order(most)).overlay.transit).toHaveLength(OVERLAY_TRANSIT_MAX);
    expect(() => readOverlayOrder(order([...most, permit()]))).toThrow(/ERR_OVERLAY_FORM|not in order/);
  });

  test.each<readonly [string, readonly OverlayTransit[], ClusterConfig, string]>([
    ["without the owner's leave", [permit()], read(GOOD + FABRIC), "ERR_OVERLAY_RELAY"],
    [
      "with a class that the owner does not let pass",
      [permit({ classes: ["bulk", "dns"] })],
      open,
      "ERR_OVERLAY_RELAY",
    ],
    ["above the owner's rate in all", [permit({ rate: 9e6 }), permit({ rate: 1e6 + 1 })], open, "ERR_OVERLAY_RELAY"],
    [
      "with more shares for one pair than there may be",
      Array.from({ length: SHARES_PER_PAIR_MAX + 1 }, (_, at) => permit({ rate: 1, share: at + 1 })),
      open,
      "ERR_OVERLAY_FORM",
    ],
    ["with a link that is not there", [permit({ to: "z" })], open, "ERR_OVERLAY_LINK"],
    ["back over the same link", [permit({ to: "a" })], open, "ERR_OVERLAY_LINK"],
    ["whose end is over", [permit(), permit({ until: NOW })], open, "ERR_OVERLAY_ENDED"],
  ])("is refused %s", (_, transit, config, code) => {
    const judge = () => new OverlayState().judge(readOverlayOrder(order(transit)), config, NOW, Math.random);
    expect(judge).toThrow(expect.objectContaining({ code }) as Error);
  });

  test("is taken up to the owner's rate", () => {
    const transit = [permit({ rate: 9e6 }), permit({ rate: 1e6 })];
    expect(new OverlayState().judge(readOverlayOrder(order(transit)), open, NOW, Math.random).generation).toBe(1);
  });
});

describe("permits over a config", () => {
  const { bulk, interactive } = TrafficClass;

  test("add up for one pair, whatever its direction", () => {
    const { permits, leftOut } = lay([
      permit(),
      permit({ from: "c", to: "a", classes: ["interactive"], rate: 3_000_000, permit: "p2" }),
      permit({ until: NOW }),
    ]);
    const allowance = { classes: (1 << bulk) | (1 << interactive), bitsPerSecond: 4_000_000 };
    expect(permits).toEqual([{ pair: [0, 1], allowance, ids: ["p1", "p2"] }]);
    expect(leftOut).toEqual([]);
  });

  test("add up for one share, and shares stand beside each other", () => {
    const { permits, leftOut } = lay([
      permit({ share: 7 }),
      permit(),
      permit({ from: "c", to: "a", share: 7, classes: ["interactive"], rate: 3_000_000, permit: "p2" }),
      permit({ share: 9 }),
    ]);
    expect(permits).toEqual([
      { pair: [0, 1], share: 7, allowance: { classes: 0b1_1000, bitsPerSecond: 4_000_000 }, ids: ["p1", "p2"] },
      { pair: [0, 1], allowance: { classes: 1 << bulk, bitsPerSecond: 1_000_000 }, ids: ["p1"] },
      { pair: [0, 1], share: 9, allowance: { classes: 1 << bulk, bitsPerSecond: 1_000_000 }, ids: ["p1"] },
    ]);
    expect(leftOut).toEqual([]);
  });

  test("for too many shares of one pair are left out, and told; no share has room beside them", () => {
    const shares = Array.from({ length: SHARES_PER_PAIR_MAX + 1 }, (_, at) => permit({ rate: 1, share: at + 1 }));
    const { permits, leftOut } = lay([...shares, permit()]);
    expect(permits).toHaveLength(SHARES_PER_PAIR_MAX + 1);
    expect(leftOut).toEqual([{ what: "transit a c", why: expect.stringMatching(/for 64 shares at most/) }]);
  });

  test("change nothing of a pair of the file", () => {
    const { permits, leftOut } = lay([permit()], written);
    expect(permits).toEqual([]);
    expect(leftOut).toEqual([{ what: "transit a c", why: "the config file has this pair, without limits" }]);
  });

  test("that the owner lets pass no more are left out, and told", () => {
    const lower = read(
      GOOD.replace(/^transit:.*\n(?: +-.*\n)*/m, "") + FABRIC + RELAY.replace("10 Mbit/s", "2 Mbit/s"),
    );
    const { permits, leftOut } = lay([permit(), permit({ permit: "p2" }), permit({ permit: "p3", rate: 1 })], lower);
    expect(permits).toMatchObject([{ ids: ["p1", "p2"], allowance: { bitsPerSecond: 2_000_000 } }]);
    expect(leftOut).toEqual([{ what: "transit a c", why: expect.stringMatching(/above the rate of 2000000 bit/) }]);
    expect(lay([permit()], read(GOOD + FABRIC)).permits).toEqual([]);
  });

  test("need the key `fabric`", () => {
    expect(lay([permit()], read(GOOD)).permits).toBeUndefined();
  });
});
