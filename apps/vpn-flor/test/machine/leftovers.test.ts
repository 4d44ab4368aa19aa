import { describe, expect, test } from "vitest";
import { clientPlan } from "../../src/machine/client-plan.ts";
import { leftoverCommands, readRoutes, readRules } from "../../src/machine/leftovers.ts";
import { CLIENT } from "./fixtures/options.ts";

// Output of iproute2 6.1 on a machine with a client whose device is `v0`, and with rules and routes of others.
const RULES_4 = `[{"priority":0,"src":"all","table":"255"},{"priority":5000,"src":"all","fwmark":"0x5","table":"77","protocol":"4"},{"priority":5190,"src":"all","uid_start":970,"uid_end":970,"table":"254","protocol":"86"},{"priority":5191,"src":"all","uid_start":970,"uid_end":970,"action":"7","protocol":"86"},{"priority":5192,"src":"all","table":"254","suppress_prefixlen":0,"protocol":"86"},{"priority":5193,"src":"all","table":"51900","protocol":"86"},{"priority":5300,"src":"all","fwmark":"0x6","table":"78","protocol":"86"},{"priority":32766,"src":"all","table":"254"},{"priority":32767,"src":"all","table":"253"}]`;
const RULES_6 = RULES_4.replace(/,\{"priority":32767.*\}\]$/, "]");
const ROUTES_4 = `[{"dst":"default","dev":"v0","protocol":"86","scope":"253","metric":10,"flags":["linkdown"]},{"type":"7","dst":"default","protocol":"86","metric":4000,"flags":[]},{"dst":"198.18.0.0/16","gateway":"192.0.2.9","dev":"v0","protocol":"86","metric":7,"flags":["linkdown"]},{"dst":"198.18.0.0/15","gateway":"192.0.2.9","dev":"v0","protocol":"4","metric":7,"flags":["linkdown"]},{"type":"9","dst":"203.0.113.0/24","protocol":"86","metric":1,"flags":[]},{"type":"9","dst":"203.0.113.7","protocol":"86","metric":1,"flags":[]},{"type":"6","dst":"203.0.114.0/24","protocol":"86","metric":1,"flags":[]},{"type":"8","dst":"203.0.115.0/24","protocol":"4","metric":1,"flags":[]}]`;
const ROUTES_6 = `[{"type":"9","dst":"2001:db8:7::/48","dev":"lo","protocol":"86","metric":1,"flags":[],"pref":"medium"},{"dst":"default","dev":"v0","protocol":"86","metric":10,"flags":["linkdown"],"pref":"medium"},{"type":"7","dst":"default","dev":"lo","protocol":"86","metric":4000,"flags":[],"pref":"medium"}]`;

const rules = [...readRules(4, RULES_4), ...readRules(6, RULES_6)];
const routes = [...readRoutes(4, 51_900, ROUTES_4), ...readRoutes(6, 51_900, ROUTES_6)];

/** The commands as they are typed. */
const leftovers = (kept: Parameters<typeof leftoverCommands>[2]): string[] =>
  leftoverCommands(rules, routes, kept).map(({ args }) => args.join(" "));

const plan = clientPlan({
  ...CLIENT,
  device: "v0",
  // Spelled in other ways than the kernel does.
  exclude: ["203.0.113.0/24", "203.0.113.7/32", "2001:DB8:7:0::/48"],
});

describe("leftovers", () => {
  test("are all that is ours, and nothing of others", () => {
    const ruleCommands = (family: number): string[] => [
      `-${family} rule delete priority 5193 lookup 51900 protocol 86`,
      `-${family} rule delete priority 5192 lookup main suppress_prefixlength 0 protocol 86`,
      `-${family} rule delete priority 5191 uidrange 970-970 unreachable protocol 86`,
      `-${family} rule delete priority 5190 uidrange 970-970 lookup main protocol 86`,
    ];
    expect(leftovers({ protocol: 86, table: 51_900, rules: [], routes: [] })).toEqual([
      ...ruleCommands(6),
      ...ruleCommands(4),
      "-4 route delete default dev v0 table 51900 metric 10 protocol 86",
      "-4 route delete unreachable default table 51900 metric 4000 protocol 86",
      "-4 route delete throw 203.0.113.0/24 table 51900 metric 1 protocol 86",
      "-4 route delete throw 203.0.113.7 table 51900 metric 1 protocol 86",
      "-6 route delete throw 2001:db8:7::/48 table 51900 metric 1 protocol 86",
      "-6 route delete default dev v0 table 51900 metric 10 protocol 86",
      "-6 route delete unreachable default table 51900 metric 4000 protocol 86",
    ]);
  });

  test("are none of what a plan has, however that spells its networks", () => {
    expect(leftovers(plan)).toEqual([]);
  });

  test.each<[string, Partial<typeof plan>, string[]]>([
    ["another protocol", { protocol: 87, rules: [], routes: [] }, []],
    [
      "a plan without an exception",
      { routes: plan.routes.filter(({ network }) => network !== "203.0.113.7/32") },
      ["-4 route delete throw 203.0.113.7 table 51900 metric 1 protocol 86"],
    ],
    [
      "a plan with another user",
      { rules: plan.rules.filter(({ user, table, family }) => user === undefined || table === "main" || family === 4) },
      ["-6 rule delete priority 5191 uidrange 970-970 unreachable protocol 86"],
    ],
    [
      "a plan with another device",
      { routes: plan.routes.map((route) => (route.device === undefined ? route : { ...route, device: "v1" })) },
      [
        "-4 route delete default dev v0 table 51900 metric 10 protocol 86",
        "-6 route delete default dev v0 table 51900 metric 10 protocol 86",
      ],
    ],
  ])("of %s", (_, change, commands) => {
    expect(leftovers({ ...plan, ...change })).toEqual(commands);
  });

  test.each(["", " \n", "[]"])("an empty table, printed as %j, has none", (json) => {
    expect(readRoutes(4, 51_900, json)).toEqual([]);
    expect(readRules(4, json)).toEqual([]);
  });

  test.each([
    ["{", SyntaxError],
    ["{}", TypeError],
    ["[1]", TypeError],
    ["[null]", TypeError],
  ])("what is no list of iproute2's is an error: %s", (json, error) => {
    expect(() => readRules(4, json)).toThrow(error);
    expect(() => readRoutes(4, 51_900, json)).toThrow(error);
  });

  test.each([
    { uid_start: 970, uid_end: 971 },
    { suppress_prefixlen: 8 },
    { iif: "lo" },
    { src: "10.0.0.0" },
    { action: "8", table: undefined },
    { not: null },
  ])("a rule of another form is not ours, whatever its protocol: %j", (change) => {
    const rule = { priority: 5_190, src: "all", uid_start: 970, uid_end: 970, table: "254", protocol: "86", ...change };
    const found = readRules(4, JSON.stringify([rule]));
    expect(found).toMatchObject([{ priority: 5_190, protocol: "86", rule: undefined }]);
    expect(leftoverCommands(found, [], { protocol: 86, table: 51_900, rules: [], routes: [] })).toEqual([]);
  });
});
