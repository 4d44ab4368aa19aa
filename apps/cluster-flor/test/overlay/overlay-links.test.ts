import { LABEL_MAX, LABEL_MIN } from "@florenetes/forwarding";
import type { OperatorError } from "@florenetes/operator-text";
import { describe, expect, test } from "vitest";
import type { ClusterConfig } from "../../src/config/cluster-config.ts";
import { parseClusterConfig } from "../../src/config/cluster-config-file.ts";
import { layOver } from "../../src/config/lay-over.ts";
import { FABRIC_LINKS_MAX } from "../../src/config/limits.ts";
import { NO_OVERLAY, type OverlayLink } from "../../src/config/overlay.ts";
import { ConfigNumbers } from "../../src/config/running-config.ts";
import { pinsOfLinks } from "../../src/config/vertex-pins.ts";
import { LINK_ENDPOINTS_MAX } from "../../src/overlay/limits.ts";
import { withLabels } from "../../src/overlay/overlay-links.ts";
import { keptJson, overlayJson, readKeptOverlay, readOverlayOrder } from "../../src/overlay/overlay-order.ts";
import { OverlayState } from "../../src/overlay/overlay-state.ts";
import { FABRIC, GOOD } from "../config/config-cases.ts";

const NOW = 1_000;
const UNTIL = 2_000;
const life = { startedAt: 5, id: "00000000000000b0" };

const read = (text: string): ClusterConfig => parseClusterConfig(text, "/etc/demo/b.yaml");
const none = read(GOOD + FABRIC);
const two = read(`${GOOD + FABRIC}  links-max: 2\n`);
const near = read(`${GOOD + FABRIC}  links-max: 1024\n  dial: ["192.0.2.0/24", "127.0.0.0/8"]\n`);

const toD: OverlayLink = { name: "auto.d", peer: "d", tag: "0", endpoints: ["udp://192.0.2.9:4433"], until: UNTIL };
const fromE: OverlayLink = { name: "auto.e", peer: "e", tag: "0", endpoints: [], rate: 64_000, until: UNTIL };
const order = (links: readonly object[], more: object = {}) => {
  return JSON.stringify({ base: 0, life, paths: [], leads: [], pins: {}, links, ...more });
};

/** Posts an order with these links. Returns its code, or what has become of it. */
function judge(config: ClusterConfig, links: readonly object[], more: object = {}): string {
  try {
    const { overlay } = new OverlayState().judge(readOverlayOrder(order(links, more)), config, NOW, Math.random);
    const { leftOut } = layOver(config, overlay, NOW);
    return leftOut.length === 0 ? "taken" : leftOut.map(({ what, why }) => `${what}: ${why}`).join("; ");
  } catch (error) {
    return (error as OperatorError).code;
  }
}

test("the peer of a link is unproven until it has answered at an endpoint that the link still has", () => {
  const laid = (former: readonly OverlayLink[], ...links: readonly OverlayLink[]): unknown[] => {
    const overlay = { ...NO_OVERLAY, links: withLabels(links, former, two, Math.random) };
    return layOver(two, overlay, NOW).config.links.flatMap(({ isOverlay, isUnproven }) =>
      isOverlay === true ? [isUnproven] : [],
    );
  };
  const [endpoint] = toD.endpoints;
  const found = { ...toD, dialled: endpoint };
  expect(laid([], toD, fromE)).toEqual([true, undefined]);
  expect(laid([found], toD)).toEqual([undefined]);
  expect(laid([found], { ...toD, endpoints: [...toD.endpoints, "udp://192.0.2.10:4433"] })).toEqual([undefined]);
  expect(laid([found], { ...toD, endpoints: ["udp://192.0.2.10:4433"] })).toEqual([true]);
});

describe("an order for links", () => {
  test.each<[string, ClusterConfig, readonly object[], string]>([
    ["none where the owner says nothing", none, [toD], "ERR_OVERLAY_LINKS_MAX"],
    ["as many as the owner says", two, [toD, fromE], "taken"],
    ["one more", two, [toD, fromE, { ...fromE, name: "auto.f", peer: "f" }], "ERR_OVERLAY_LINKS_MAX"],
    ["a portal of the file", two, [{ ...toD, portal: "quic" }], "taken"],
    ["a portal that is not there", two, [{ ...toD, portal: "lte" }], "ERR_OVERLAY_LINK"],
    ["to the vertex itself", two, [{ ...toD, peer: "b" }], "ERR_OVERLAY_LINK"],
    ["twice the same link", two, [toD, { ...toD, name: "auto.d2" }], "ERR_OVERLAY_LINK"],
    ["parallel ones", two, [toD, { ...toD, name: "auto.d.lte", tag: "lte" }], "taken"],
    ["one name twice", two, [toD, { ...toD, peer: "e" }], "ERR_OVERLAY_NAME"],
    ["a name of the file's kind", two, [{ ...toD, name: "d" }], "ERR_OVERLAY_NAME"],
    ["a name that is none", two, [{ ...toD, name: "auto.D" }], "ERR_OVERLAY_FORM"],
    ["a label of the agent's choice", two, [{ ...toD, label: 99 }], "ERR_OVERLAY_FORM"],
    ["loopback", two, [{ ...toD, endpoints: ["udp://127.0.0.1:1"] }], "ERR_OVERLAY_DIAL"],
    ["loopback where the owner permits it", near, [{ ...toD, endpoints: ["udp://127.0.0.1:1"] }], "taken"],
    ["outside the prefixes", near, [{ ...toD, endpoints: ["udp://192.0.3.1:1"] }], "ERR_OVERLAY_DIAL"],
    [
      "one of several outside",
      near,
      [{ ...toD, endpoints: [...toD.endpoints, "udp://1.2.3.4:1"] }],
      "ERR_OVERLAY_DIAL",
    ],
    ["too many endpoints", near, [{ ...toD, endpoints: Array(LINK_ENDPOINTS_MAX + 1).fill("x") }], "ERR_OVERLAY_FORM"],
    ["too slow", two, [{ ...toD, rate: 63_999 }], "ERR_OVERLAY_FORM"],
    ["over already", two, [{ ...toD, until: NOW }], "ERR_OVERLAY_ENDED"],
    [
      "a link of the file",
      two,
      [{ ...toD, name: "auto.c", peer: "c" }],
      "link auto.c: link c of the config file has the same peer and tag",
    ],
  ])("%s", (_, config, links, outcome) => expect(judge(config, links)).toBe(outcome));

  test("paths may begin with them, and not with one that is nowhere", () => {
    const over = (link: string) => ({ paths: [{ name: "auto.web.d", link, labels: [900], until: UNTIL }] });
    expect(judge(two, [toD], over("auto.d"))).toBe("taken");
    expect(judge(two, [toD], over("auto.z"))).toBe("ERR_OVERLAY_LINK");
  });

  test("more links than any owner can permit are refused by their form", () => {
    const links = Array.from({ length: FABRIC_LINKS_MAX + 1 }, (_, i) => ({
      ...fromE,
      name: `auto.p${i}`,
      peer: `p${i}`,
    }));
    expect(judge(near, links)).toBe("ERR_OVERLAY_FORM");
    expect(judge(near, links.slice(1))).toBe("taken");
  });
});

describe("labels", () => {
  test("are random, none of the file's, and none twice; a link that goes on keeps its own", () => {
    const { label: taken } = two.links[0]!;
    // The first draws give a label of the file, and one that is taken by then.
    const draws = [taken, 500_000, 500_000, 600_000, 700_000].map(
      (label) => (label - LABEL_MIN + 0.5) / (LABEL_MAX + 1 - LABEL_MIN),
    );
    const first = withLabels([toD, fromE], [], two, () => draws.shift()!);
    expect(first.map(({ label }) => label)).toEqual([500_000, 600_000]);
    const renamed = { ...fromE, name: "auto.other" };
    const second = withLabels([{ ...toD, peer: "f" }, renamed], first, two, () => draws.shift()!);
    expect(second.map(({ label }) => label)).toEqual([700_000, 600_000]);
  });

  test("that the file has meanwhile leave the link out until the next order", () => {
    const [labelled] = withLabels([toD], [], two, Math.random);
    const text = `${GOOD}${FABRIC}  links-max: 2\n`.replace("label: 102 }", `label: ${labelled!.label} }`);
    const mended = read(text);
    expect(mended.links.some(({ label }) => label === labelled!.label)).toBe(true);
    expect(layOver(mended, { ...NO_OVERLAY, links: [labelled!] }, NOW).leftOut).toMatchObject([
      { what: "link auto.d" },
    ]);
    const again = withLabels([toD], [labelled!], mended, Math.random);
    expect(layOver(mended, { ...NO_OVERLAY, links: again }, NOW).leftOut).toEqual([]);
  });

  test("of 1,000 links all differ", () => {
    const links = Array.from({ length: 1_000 }, (_, i) => ({ ...fromE, name: `auto.p${i}`, peer: `p${i}` }));
    const labels = withLabels(links, [], two, Math.random).map(({ label }) => label!);
    expect(new Set(labels).size).toBe(1_000);
    expect(Math.min(...labels)).toBeGreaterThanOrEqual(LABEL_MIN);
    expect(Math.max(...labels)).toBeLessThanOrEqual(LABEL_MAX);
  });
});

describe("links of the overlay beside those of the file", () => {
  const labelled = withLabels(
    [{ ...toD, endpoints: [...toD.endpoints, "udp://192.0.2.10:1"] }, fromE],
    [],
    two,
    Math.random,
  );
  const overlay = { ...NO_OVERLAY, links: labelled };

  test("run behind them, by role; agents of their peers are neighbours, too", () => {
    const { config } = layOver(two, overlay, NOW);
    expect(config.links.slice(0, two.links.length)).toEqual(two.links);
    expect(config.links.slice(two.links.length)).toEqual([
      {
        name: "auto.d",
        portal: 0,
        role: "originator",
        peer: "d",
        tag: "0",
        endpoint: "udp://192.0.2.9:4433",
        endpoints: ["udp://192.0.2.9:4433", "udp://192.0.2.10:1"],
        label: labelled[0]!.label,
        isOverlay: true,
        isUnproven: true,
      },
      {
        name: "auto.e",
        portal: 0,
        role: "acceptor",
        peer: "e",
        tag: "0",
        endpoint: undefined,
        rate: 64_000,
        label: labelled[1]!.label,
        isOverlay: true,
      },
    ]);
    expect(config.services.at(-1)!.allow).toContain("service/fabric.d");
    expect(config.sessions.at(-1)!.services.map(({ name, service }) => [name, service])).toContainEqual([
      "auto.d",
      "fabric.d",
    ]);
    expect(config.transit, "nothing passes over them but by the file's word").toEqual(two.transit);
  });

  test("end with their time, and are gone with the key `fabric`", () => {
    expect(layOver(two, overlay, UNTIL).config.links).toEqual(two.links);
    expect(layOver(read(GOOD), overlay, NOW).config.links).toHaveLength(two.links.length);
  });

  test("stay within bounds that the owner has narrowed since", () => {
    expect(layOver(none, overlay, NOW).leftOut.map(({ what }) => what)).toEqual(["link auto.d", "link auto.e"]);
    const elsewhere = read(`${GOOD + FABRIC}  links-max: 2\n  dial: ["198.51.100.0/24"]\n`);
    expect(layOver(elsewhere, overlay, NOW).leftOut.map(({ what }) => what)).toEqual(["link auto.d"]);
  });

  test("pins of the overlay bind their peers, unless the file has a link to the same one", () => {
    const keys = new Map(["vertex/d", "vertex/c"].map((who) => [who, new Set(["9f"])]));
    const parallel = { ...fromE, name: "auto.c.lte", peer: "c", tag: "lte", label: 77_777 };
    const { config } = layOver(near, { ...overlay, pins: keys, links: [...labelled, parallel] }, NOW);
    expect(pinsOfLinks(config.pins, config.links)).toEqual(new Map([["vertex/d", new Set(["9f"])]]));
    expect(pinsOfLinks({ keys, bindAll: true }, config.links)).toEqual(keys);
    expect(pinsOfLinks(config.pins, near.links)).toBeUndefined();
  });

  test("the endpoint that has answered is called first after a restart, as long as the order has it", () => {
    const state = new OverlayState({ generation: 1, life, overlay });
    expect(state.noteDialled("auto.z", "udp://192.0.2.10:1")).toBeUndefined();
    const noted = state.noteDialled("auto.d", "udp://192.0.2.10:1")!;
    expect(state.noteDialled("auto.d", "udp://192.0.2.10:1"), "told once").toBeUndefined();
    const kept = readKeptOverlay(JSON.stringify({ base: noted.generation, life, ...keptJson(noted.overlay) })).overlay;
    expect(kept).toEqual(noted.overlay);
    expect(layOver(two, kept, NOW).config.links.at(-2)!.endpoint).toBe("udp://192.0.2.10:1");
    const next = state.judge(
      { base: 1, life, overlay: { ...NO_OVERLAY, links: [toD] } },
      two,
      NOW,
      Math.random,
    ).overlay;
    expect(layOver(two, next, NOW).config.links.at(-1)).toMatchObject({
      endpoint: toD.endpoints[0],
      label: labelled[0]!.label,
    });
  });

  test("are told as they were posted, and kept with their labels; without links both are as ever", () => {
    expect(overlayJson(overlay)).toMatchObject({ links: [{ ...toD, endpoints: expect.anything() }, fromE] });
    expect(JSON.stringify(overlayJson(overlay))).not.toContain('label"');
    expect(JSON.stringify(keptJson(overlay))).toContain(`"label":${labelled[0]!.label}`);
    for (const json of [overlayJson, keptJson])
      expect(Object.keys(json(NO_OVERLAY))).toEqual(["paths", "leads", "pins"]);
  });

  test("70,000 links come and go in one life, and none has the number of one before it", () => {
    const numbers = new ConfigNumbers();
    const [dNumber, former] = [new Set<number>(), new Set<number>()];
    for (let round = 0; round < 70; round++) {
      const links = Array.from({ length: 1_000 }, (_, i) => {
        return { ...fromE, name: `auto.p${i}`, peer: `p${round}.${i}`, label: 700_000 + i };
      });
      const running = numbers.place(layOver(near, { ...NO_OVERLAY, links: [labelled[0]!, ...links] }, NOW).config);
      numbers.retain(running);
      for (const [number, { peer }] of running.links) {
        if (peer === "d") dNumber.add(number);
        else if (!peer.startsWith("p")) continue;
        else if (former.has(number)) expect.fail(`${number} has come before`);
        else former.add(number);
      }
    }
    expect([dNumber.size, former.size]).toEqual([1, 70_000]);
  });
});
