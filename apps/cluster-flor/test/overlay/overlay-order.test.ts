import { OperatorError } from "@florenetes/operator-text";
import { FUZZ_TIMEOUT_MS, fuzz } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { OVERLAY_ERRORS } from "../../src/overlay/overlay-errors.ts";
import { OVERLAY_PATHS_MAX, PINNED_MAX, PINS_EACH_MAX, VERTEX_PINS_MAX } from "../../src/overlay/limits.ts";
import { keptJson, overlayJson, readOverlayOrder } from "../../src/overlay/overlay-order.ts";

const HASH = "9f".repeat(32);
const life = { startedAt: 1_764_099_000_000, id: "5be1f7005be1f700" };
const path = { name: "auto.web.c", link: "c", labels: [900], until: 5 };
const lead = { service: "web", path: "auto.web.c", until: 5 };
const route = { link: "c", labels: [203, 900], via: ["c", "d"], until: 5 };
const routed = { name: "auto.web.c", routes: [route], until: 5 };
const good = { base: 4, life, paths: [path], leads: [lead], pins: { "service/web": [HASH] } };

/** The code with which an order is refused, and its sentence. */
function refusalOf(order: unknown): string {
  try {
    readOverlayOrder(typeof order === "string" ? order : JSON.stringify(order));
    return "none";
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    expect(error.advice).not.toBe("");
    return `${error.code} ${error.message}`;
  }
}

test("an order is read, and written as it was", () => {
  const { base, life: read, overlay } = readOverlayOrder(JSON.stringify(good));
  expect(overlay.pins).toEqual(new Map([["service/web", new Set([HASH])]]));
  expect({ base, life: read, ...overlayJson(overlay) }).toEqual(good);
});

test("a lead with a standby is read and written as it was, and kept without", () => {
  const posted = {
    ...good,
    paths: [path, { ...path, name: "auto.web.d" }],
    leads: [{ ...lead, standby: "auto.web.d" }],
  };
  const { overlay } = readOverlayOrder(JSON.stringify(posted));
  expect(overlayJson(overlay)).toMatchObject({ leads: posted.leads });
  expect(keptJson(overlay)).toMatchObject({ paths: posted.paths, leads: good.leads });
  expect(JSON.stringify(keptJson(overlay))).not.toContain("standby");
});

test("a path with routes is read, and written as it was", () => {
  const avoid = { why: "capacity_limited", classes: ["bulk"] };
  const posted = { ...good, paths: [{ ...routed, routes: [route, { ...route, link: "b", avoid }] }] };
  const { overlay } = readOverlayOrder(JSON.stringify(posted));
  expect(overlayJson(overlay)).toMatchObject({ paths: posted.paths });
});

test("a path without a link and a lead without a path are in order", () => {
  const { link: _link, ...here } = path;
  expect(refusalOf({ ...good, paths: [here], leads: [{ service: "web", next: path.name, until: 5 }] })).toBe("none");
});

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

test.each<[string, unknown, RegExp]>([
  ["no JSON", "{", /^ERR_OVERLAY_FORM the order is no JSON/],
  ["something else", "[]", /^ERR_OVERLAY_FORM/],
  ["an unknown member", { ...good, surprise: [] }, /^ERR_OVERLAY_FORM .*surprise/],
  ["a missing member", { ...good, pins: undefined }, /^ERR_OVERLAY_FORM .*pins/],
  ["a base below zero", { ...good, base: -1 }, /^ERR_OVERLAY_FORM .*base/],
  ["a life that is none", { ...good, life: { ...life, id: "x" } }, /^ERR_OVERLAY_FORM .*life.id/],
  ["a reserved label", { ...good, paths: [{ ...path, labels: [3] }] }, /^ERR_OVERLAY_FORM .*paths.0.labels/],
  [
    "seventeen labels",
    { ...good, paths: [{ ...path, labels: many(17, () => 900) }] },
    /^ERR_OVERLAY_FORM .*paths.0.labels/,
  ],
  [
    "labels and routes",
    { ...good, paths: [{ ...path, ...routed }] },
    /^ERR_OVERLAY_FORM .*a path has labels, or routes/,
  ],
  ["a link beside routes", { ...good, paths: [{ ...routed, link: "c" }] }, /^ERR_OVERLAY_FORM .*each route has a link/],
  ["neither labels nor routes", { ...good, paths: [{ ...routed, routes: undefined }] }, /^ERR_OVERLAY_FORM/],
  ["no route", { ...good, paths: [{ ...routed, routes: [] }] }, /^ERR_OVERLAY_FORM .*paths.0.routes/],
  [
    "five routes",
    { ...good, paths: [{ ...routed, routes: many(5, () => route) }] },
    /^ERR_OVERLAY_FORM .*paths.0.routes/,
  ],
  [
    "a route without a link",
    { ...good, paths: [{ ...routed, routes: [{ ...route, link: undefined }] }] },
    /^ERR_OVERLAY_FORM .*paths.0.routes.0.link/,
  ],
  [
    "a route with seventeen labels",
    { ...good, paths: [{ ...routed, routes: [{ ...route, labels: many(17, () => 900) }] }] },
    /^ERR_OVERLAY_FORM .*paths.0.routes.0.labels/,
  ],
  [
    "classes of a fenced route",
    { ...good, paths: [{ ...routed, routes: [{ ...route, avoid: { why: "fenced", classes: ["bulk"] } }] }] },
    /^ERR_OVERLAY_FORM .*paths.0.routes.0.avoid/,
  ],
  [
    "an unknown class",
    { ...good, paths: [{ ...routed, routes: [{ ...route, avoid: { why: "capacity_limited", classes: ["x"] } }] }] },
    /^ERR_OVERLAY_FORM .*paths.0.routes.0.avoid/,
  ],
  ["no label", { ...good, paths: [{ ...path, labels: [] }] }, /^ERR_OVERLAY_FORM .*paths.0.labels/],
  ["a name of the file's", { ...good, paths: [{ ...path, name: "to-c" }] }, /^ERR_OVERLAY_NAME path to-c/],
  ["a name of ours", { ...good, paths: [{ ...path, name: "auto:web" }] }, /^ERR_OVERLAY_NAME path auto:web/],
  ["a name twice", { ...good, paths: [path, path] }, /^ERR_OVERLAY_NAME path auto.web.c stands twice/],
  ["a lead to nowhere", { ...good, paths: [] }, /^ERR_OVERLAY_PATH service web is led over path auto.web.c/],
  ["a next one that is not there", { ...good, leads: [{ ...lead, next: "auto.web.z" }] }, /^ERR_OVERLAY_PATH/],
  ["a standby that is not there", { ...good, leads: [{ ...lead, standby: "auto.web.z" }] }, /^ERR_OVERLAY_PATH/],
  ["a service twice", { ...good, leads: [lead, lead] }, /^ERR_OVERLAY_PATH service web is led twice/],
  ["pins of no principal", { ...good, pins: { web: [HASH] } }, /^ERR_OVERLAY_FORM .*pins/],
  ["a hash in capitals", { ...good, pins: { "service/web": [HASH.toUpperCase()] } }, /^ERR_OVERLAY_FORM .*pins/],
  [
    "more keys of a vertex than a link takes",
    { ...good, pins: { "vertex/c": many(VERTEX_PINS_MAX + 1, () => HASH) } },
    /^ERR_OVERLAY_FORM .*a vertex has at most/,
  ],
  ["too many hashes", { ...good, pins: { "service/web": many(PINS_EACH_MAX + 1, () => HASH) } }, /^ERR_OVERLAY_FORM/],
  [
    "too many paths",
    { ...good, paths: many(OVERLAY_PATHS_MAX + 1, (n) => ({ ...path, name: `auto.web.h${n}` })) },
    /^ERR_OVERLAY_FORM/,
  ],
  [
    "too many principals",
    { ...good, pins: Object.fromEntries(many(PINNED_MAX + 1, (n) => [`user/u${n}`, []])) },
    /^ERR_OVERLAY_FORM/,
  ],
])("%s is refused, with its place", (_what, order, refusal) => {
  expect(refusalOf(order)).toMatch(refusal);
});

test("whatever is posted is an order, or gets one of the codes", { timeout: FUZZ_TIMEOUT_MS }, () => {
  const text = JSON.stringify({ ...good, leads: [{ ...lead, next: "auto.web.c" }] });
  const pieces = [
    "{",
    "}",
    "[",
    "]",
    '"',
    ",",
    ":",
    "null",
    "-1",
    "1e400",
    '"__proto__":{},',
    "auto.",
    "web",
    "9",
    "0",
  ];
  let read = 0;
  fuzz(3_000, (random) => {
    let changed = text;
    for (let change = random.between(0, 3); change > 0; change--) {
      const at = random.below(changed.length);
      changed = changed.slice(0, at) + random.pick(pieces) + changed.slice(at + random.below(4));
    }
    const code = refusalOf(changed).split(" ")[0]!;
    if (code === "none") read++;
    else expect(OVERLAY_ERRORS).toHaveProperty(code);
  });
  expect(read).toBeGreaterThan(100);
});
