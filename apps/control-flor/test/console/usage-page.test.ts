import { TREND_ROWS_MAX } from "@florenetes/console";
import { expect, test } from "vitest";
import { wantedRows } from "../../src/api/usage-routes.ts";
import { USAGE_DRAWN_MAX } from "../../src/console/limits.ts";
import { keptOf } from "../../src/console/page-links.ts";
import { readUsageQuery, usagePage } from "../../src/console/usage-page.ts";
import { type KnownUsage, NO_USAGE } from "../../src/fabric/usage-book.ts";
import { HOUR, knownOf, usageOf } from "../fabric/a-usage.ts";
import { cellsOf } from "./cells.ts";

const relay = usageOf().relays[0]!;
const USAGE = knownOf(
  usageOf({ hour: HOUR - 24, relays: [{ ...relay, claimed: 1_000 }], missing: 1 }),
  usageOf(),
  usageOf({ observer: "o2", receipts: 1, relays: [{ ...relay, bytes: 9e9 }] }),
  usageOf({ organization: null, relays: [], rest: { relays: 2, packets: 3, bytes: 999 } }),
);

/** The page as it is asked for. */
function draw(usage: KnownUsage = USAGE, query = ""): string {
  const parameters = new URLSearchParams(query);
  const asked = readUsageQuery(parameters);
  const told = "told by the agent of c";
  return usagePage({
    ...usage,
    ...asked,
    cluster: "demo",
    rows: wantedRows(usage, asked),
    kept: keptOf(parameters),
    told,
  });
}

const linkIn = (page: string, text: string): string | undefined =>
  new RegExp(`<a href="([^"]+)">${text}</a>`).exec(page)?.[1]?.replaceAll("&amp;", "&");

test("usage has a sum for each organization with a line by day, and below each day, the newest first", () => {
  const page = draw();
  expect(cellsOf(page)).toEqual([
    ["acme", "6.0 kB", "24", "456 B"],
    ["(none)", "999 B", "3", ""],
    ["2026-11-28", "(none)", "999 B", "3", ""],
    ["2026-11-28", "acme", "3.0 kB", "12", "456 B"],
    ["2026-11-27", "acme", "3.0 kB", "12", ""],
  ]);
  expect(page).toContain('aria-label="by day from 2026-11-27 to 2026-11-28, at most 3.0 kB"');
  expect(page).toContain(
    "Since 2026-11-24 08:00: 7.0 kB in 27 packets count that relays have carried, told by the agent of c.",
  );
  expect(page).not.toContain("<script");
});

test("what is claimed beyond is told, and of how many hours nodes were not heard", () => {
  expect(draw()).toContain("CLAIMED BEYOND: relays say that they have carried 456 B more, which do not count.");
  expect(draw()).toContain("MISSING: in 1 of 3 hours of an organization nodes were not heard");
  const page = draw(knownOf(usageOf({ relays: [{ ...relay, claimed: 0 }] })));
  expect(page).not.toMatch(/CLAIMED BEYOND: |MISSING: |NOT WHOLE/);
});

test.each([
  [
    "by=relay&per=month",
    [
      ["r1", "6.0 kB"],
      ["(not named)", "999 B"],
      ["2026-11", "(not named)"],
      ["2026-11", "r1"],
    ],
  ],
  [
    "by=class&organization=acme&per=hour",
    [
      ["bulk", "6.0 kB"],
      ["2026-11-28 12:00", "bulk"],
      ["2026-11-27 12:00", "bulk"],
    ],
  ],
  [
    "organization=&by=organization",
    [
      ["(none)", "999 B"],
      ["2026-11-28", "(none)"],
    ],
  ],
  [
    "relay=r1&to=2026-11-27T23:00:00Z",
    [
      ["acme", "3.0 kB"],
      ["2026-11-27", "acme"],
    ],
  ],
])("?%s has these sums", (query, expected) => {
  expect(cellsOf(draw(USAGE, query)).map((cells) => cells.slice(0, 2))).toEqual(expected);
});

test("links lead to other sums of the same rows, to the usage of a name, and to the rows that count as CSV", () => {
  const page = draw(USAGE, "organization=acme&per=hour&from=2026-11-01T00:00:00Z&limit=1");
  const from = "from=2026-11-01T00%3A00%3A00Z";
  expect(linkIn(page, "by relay")).toBe(`usage?organization=acme&per=hour&${from}&limit=1&by=relay`);
  expect(linkIn(page, "per day")).toBe(`usage?organization=acme&per=day&${from}&limit=1`);
  expect(linkIn(page, "as CSV")).toBe(`v1/usage.csv?organization=acme&${from}&counted=true`);
  expect(linkIn(page, "all usage")).toBe("usage");
  expect([linkIn(page, "by organization"), linkIn(page, "per hour")]).toEqual([undefined, undefined]);
  expect(linkIn(draw(), "acme")).toBe("usage?organization=acme&by=relay");
  expect(linkIn(draw(), "\\(none\\)")).toBe("usage?organization=&by=relay");
});

test("pages of the lower table lead on and back", () => {
  const stepsIn = (page: string): readonly unknown[] => cellsOf(page).slice(2);
  const first = draw(USAGE, "limit=2");
  const second = draw(USAGE, linkIn(first, "older")!.slice("usage?".length));
  expect([...stepsIn(first), ...stepsIn(second)]).toEqual(stepsIn(draw()));
  expect([linkIn(second, "older"), linkIn(second, "newer"), linkIn(first, "newer")]).toEqual([
    undefined,
    "usage?limit=2",
    undefined,
  ]);
});

test("usage that nobody has told is said to be unknown", () => {
  const page = draw(NO_USAGE);
  expect(page).toContain("Nothing is known: 0 B in 0 packets count");
  expect(page).toContain("NOT WHOLE: the agent has not been asked yet.");
  expect(page).not.toContain("<table>");
});

test("names are text, whatever they hold", () => {
  const evil = "\"><img src=x onerror='alert(1)'>";
  const relays = [{ ...relay, relay: evil, class: evil }];
  for (const by of ["organization", "relay", "class"])
    expect(draw(knownOf(usageOf({ organization: evil, partition: evil, relays })), `by=${by}`)).not.toContain("<img");
});

test("a page of thousands of names and hours is bounded", () => {
  const told = Array.from({ length: 100 }, (_, at) =>
    usageOf({
      hour: HOUR - at,
      relays: Array.from({ length: 300 }, (__, of) => ({ ...relay, relay: `r${of}`, bytes: of })),
    }),
  );
  const page = draw({ ...knownOf(...told) }, "by=relay&per=hour&limit=50");
  expect(cellsOf(page)).toHaveLength(TREND_ROWS_MAX + 50);
  expect(page).toContain("200 more with fewer bytes have no line; the lower table has all.");
  expect(page.length).toBeLessThan(400_000);
});

test("a line has the newest steps of time, so many at most", () => {
  const told = [HOUR - 99, HOUR].map((hour) => usageOf({ hour }));
  const known = knownOf(...told);
  const earlier = { ...known.rows[0]!, hour: "2026-11-01T00:00:00.000Z" };
  const page = draw({ ...known, rows: [earlier, ...known.rows] }, "per=hour");
  expect(page).toContain(`viewBox="0 0 ${(USAGE_DRAWN_MAX - 1) * 2} 20"`);
});
