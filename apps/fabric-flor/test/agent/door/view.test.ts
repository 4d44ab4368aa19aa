import { describe, expect, test } from "vitest";
import { isSameOverlay, type Overlay } from "../../../src/agent/door/overlay.ts";
import { readEvents, readView } from "../../../src/agent/door/view.ts";
import { upLink, viewOf } from "../views.ts";

const OVERLAY = {
  paths: [
    {
      name: "auto.web.d",
      routes: [
        { link: "b", labels: [203, 900], via: ["b", "d"], until: 5 },
        {
          link: "c",
          labels: [304, 900],
          via: ["c", "d"],
          until: 6,
          avoid: { why: "capacity_limited", classes: ["bulk", "dns"] },
        },
      ],
      until: 6,
    },
    { name: "auto.web.b", link: "b", labels: [900], until: 5 },
  ],
  leads: [{ service: "web", path: "auto.web.d", until: 6 }],
  pins: { "service/web": ["bb", "aa"] },
  links: [{ name: "auto.d", peer: "d", endpoints: ["udp://192.0.2.1:1", "udp://192.0.2.2:1"], until: 5 }],
  transit: [{ from: "b", to: "c", classes: ["bulk", "dns"], rate: 64_000, permit: "p1", until: 5 }],
} as const satisfies Overlay;

describe("two overlays are the same", () => {
  test("in whatever order their parts are, and whether what is usual is said or not", () => {
    const [route, other] = OVERLAY.paths[0].routes;
    const same: Overlay = {
      transit: [{ ...OVERLAY.transit[0], classes: ["dns", "bulk"] }],
      links: [{ ...OVERLAY.links[0], tag: "0" }],
      pins: { "service/web": ["aa", "bb"] },
      leads: OVERLAY.leads,
      paths: [
        OVERLAY.paths[1],
        {
          ...OVERLAY.paths[0],
          routes: [route, { ...other, avoid: { why: "capacity_limited", classes: ["dns", "bulk"] } }],
        },
      ],
    };
    expect(isSameOverlay(OVERLAY, same)).toBe(true);
    const bare = { paths: [], leads: [], pins: {} };
    expect(isSameOverlay(bare, { ...bare, links: [], transit: [] })).toBe(true);
  });

  test.each<[string, Partial<Overlay>]>([
    ["transit for a share", { transit: [{ ...OVERLAY.transit[0], share: 7 }] }],
    [
      "a route with a share",
      {
        paths: [
          { ...OVERLAY.paths[0], routes: [{ ...OVERLAY.paths[0].routes[0], share: 7 }, OVERLAY.paths[0].routes[1]] },
          OVERLAY.paths[1],
        ],
      },
    ],
    [
      "other routes",
      { paths: [{ ...OVERLAY.paths[0], routes: OVERLAY.paths[0].routes.slice(0, 1) }, OVERLAY.paths[1]] },
    ],
    [
      "routes in another order",
      { paths: [{ ...OVERLAY.paths[0], routes: OVERLAY.paths[0].routes.toReversed() }, OVERLAY.paths[1]] },
    ],
    [
      "a route that is avoided no more",
      {
        paths: [
          { ...OVERLAY.paths[0], routes: OVERLAY.paths[0].routes.map((route) => ({ ...route, avoid: undefined })) },
          OVERLAY.paths[1],
        ],
      },
    ],
    [
      "endpoints in another order",
      { links: [{ ...OVERLAY.links[0], endpoints: OVERLAY.links[0].endpoints.toReversed() }] },
    ],
    ["another rate of a link", { links: [{ ...OVERLAY.links[0], rate: 64_000 }] }],
    ["another class that passes", { transit: [{ ...OVERLAY.transit[0], classes: ["bulk"] }] }],
    ["another permit", { transit: [{ ...OVERLAY.transit[0], permit: "p2" }] }],
  ])("but not with %s", (_, changes) => {
    expect(isSameOverlay(OVERLAY, { ...OVERLAY, ...changes })).toBe(false);
  });
});

describe("a view is read", () => {
  const view = viewOf({
    links: [
      {
        ...upLink("b"),
        figures: { roundTripMs: 1.5, jitterMs: 0, loss: 0.01, rate: null, queue: 0, mtu: 1_350, breaks: 2 },
      },
    ],
    routes: [
      {
        path: "auto.web.d",
        route: "b>d",
        inUse: ["bulk"],
        failure: null,
        measured: { roundTripMs: 3, loss: 0 },
        rate: 800,
      },
    ],
    transit: [
      {
        from: "b",
        to: "c",
        share: 7,
        permits: ["p1"],
        rate: 1,
        classes: { bulk: { packets: 1, bytes: 2, denied: 3 } },
      },
    ],
    exchanged: [{ link: "b", share: 7, classes: { bulk: { sentPackets: 1, sentBytes: 2, packets: 3, bytes: 4 } } }],
    relay: { classes: ["bulk"], rate: 1_000 },
    overlay: OVERLAY,
  });

  test("as it was written", () => {
    expect(readView({ schema: 1, ...view })).toEqual(view);
  });

  test("of a vertex that knows less: nothing is known of the rest", () => {
    const { routes: _1, transit: _2, relay: _3, links: _4, shares: _5, exchanged: _6, ...less } = view;
    const read = readView({ ...less, links: [{ name: "b", peer: "b", state: "up" }] })!;
    expect(read).toMatchObject({ routes: [], transit: [], relay: null, shares: false });
    expect(read.links).toEqual([{ ...upLink("b"), label: undefined }]);
    expect(read.exchanged).toBeUndefined();
  });

  test("of a vertex that knows more: members and figures of later versions are passed over", () => {
    const read = readView({ ...view, more: 1, links: [{ ...upLink("b"), figures: { speed: 1 }, more: 1 }] })!;
    expect(read.links).toEqual([upLink("b")]);
  });

  test.each([
    ["no object", 7],
    ["no links", { ...view, links: undefined }],
    ["a state that is none", { ...view, links: [{ ...upLink("b"), state: "asleep" }] }],
  ])("not where it is %s", (_, answer) => {
    expect(readView(answer)).toBeUndefined();
  });
});

test("of events knocks and switches are read, and all others say that something has happened", () => {
  const knock = { n: 1, kind: "knock", portal: "quic", peer: "d", tag: "0", key: "9f", address: null, agoMs: 7 };
  const turn = {
    n: 2,
    kind: "switch",
    path: "auto.web.d",
    from: "b>d",
    to: "c>d",
    class: "bulk",
    reason: "timeout",
    recoveryMs: 300,
  };
  const events = [knock, turn, { n: 3, kind: "links" }, { n: 4, kind: "knock" }, { n: 5, kind: "later", x: 1 }];
  const other = [3, 4, 5].map((n) => ({ n, kind: "other" }));
  expect(readEvents({ instance: "i", next: 5, lost: false, events })?.events).toEqual([knock, turn, ...other]);
  expect(readEvents({ instance: "i", next: 5, lost: false, events: [{ n: 1 }] })).toBeUndefined();
});
