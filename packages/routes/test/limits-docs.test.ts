/** The numbers, parts and reasons in docs/protocol/fabric-routes.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SHARE_MAX } from "@florenetes/facts";
import { COST_PARTS } from "../src/costs.ts";
import * as limits from "../src/limits.ts";
import { ROUTE_REASONS } from "../src/reasons.ts";
import { SHARES_VERSION } from "../src/shares.ts";

const n = (value: number): string => value.toLocaleString("en");
/** A share as words have it. */
const PARTS: Readonly<Record<number, string>> = { 3: "third", 4: "quarter" };

/** How far leases that are renewed may fill a share, but for those of the lowest rate. */
function keptPercents(): string {
  const steps = [...limits.FILL_PERCENT, limits.FILL_PERCENT_MIN];
  const kept = steps.slice(1).map((step, at) => `${Math.floor((steps[at]! + step) / 2)} %`);
  return `${kept.slice(0, -1).join(", ")} and ${kept.at(-1)}`;
}

/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readFileSync(join(import.meta.dirname, "../../../docs/protocol/fabric-routes.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);

test.each([
  `whose MTU is below ${n(limits.MTU_MIN)} bytes`,
  `tenths of a millisecond, from ${limits.ROUND_TRIP_FLOOR / 1_000} ms to ${limits.ROUND_TRIP_CEILING / 1_000_000} s`,
  `doubled for ${limits.RATE_ENOUGH / 1_000} Mbit/s`,
  `sockets above ${limits.LOAD_FREE} percent`,
  `trust tier is below ${limits.TIER_ENOUGH}`,
  `route of at most ${limits.LINKS_MAX} links`,
  `is waited for ${limits.PATIENCE_MS / 1_000} seconds, where another route is ready`,
  `Should it acknowledge within ${limits.ISSUE_MS / 1_000} seconds`,
  `a route has more than ${limits.LINKS_MAX} links`,
  `of ${limits.COORDINATORS_MAX} at most (\`full\`)`,
  `(${n(limits.HOLD_SECONDS)} where it says nothing)`,
  `within the last ${limits.SILENT_MS / 1_000} seconds`,
  `measures more than ${n(limits.ROUTE_LOSS_MAX)} millionths lost`,
  `${limits.DOUBT_BREAKS} for each time that the origin [doubts it]`,
  `doubts the relay more, ${limits.DOUBTS_MAX} times at most`,
  `so do ${limits.DOUBT_MS / 60_000} minutes without another one`,
  `${limits.LEASE_RATE_MIN} kbit/s`,
  `permitted for ${limits.FORMER_SHARE_MS / 60_000} minutes more, at ${limits.LEASE_RATE_MIN} kbit/s`,
  `does not say \`routes\` up to version ${SHARES_VERSION}`,
  `number from 1 to ${n(SHARE_MAX)} that stands`,
  `${limits.FILL_PERCENT.map((percent) => `${percent} %`).join(", ")} and ${limits.FILL_PERCENT_MIN} %`,
  `what the next lower rate may fill (${keptPercents()})`,
  `third and fourth may fill ${limits.MORE_ROUTES_PERCENT} % of that`,
  `costs less by ${limits.BETTER_PERCENT} % and by ${limits.BETTER_POINTS / 100} ms`,
  `the rate is doubled, up to ${limits.MORE_STEPS_MAX} times`,
  `planned to more than a ${PARTS[limits.MORE_PART]} of its share. It keeps that rate up to a ${PARTS[limits.MORE_KEPT_PART]}.`,
])("docs/protocol/fabric-routes.md says: %s", (sentence) => expect(page).toContain(sentence));

test("docs/protocol/fabric-routes.md has all reasons, in the order of the code", () => {
  const places = Object.keys(ROUTE_REASONS)
    .filter((reason) => reason !== "superseded" && reason !== "full")
    .map((reason) => page.indexOf(`\`${reason}\``, page.indexOf("## The origin's check")));
  expect(places).not.toContain(-1);
  expect(places.toSorted((a, b) => a - b)).toEqual(places);
});

test.each(Object.entries(COST_PARTS))("docs/protocol/fabric-routes.md has the part %s", (part, { weight }) => {
  expect(page).toMatch(new RegExp(`\\| \`${part}\` \\|[^|]*\\|[^|]*\\| ${n(weight)} \\|`));
});
