import { describe, expect, test } from "vitest";
import { nodeBefore, whyNotWhole } from "../../src/whole/judge-node.ts";
import { type NodeState, readPackages, readProcess, readUnits } from "../../src/whole/node-state.ts";
import { aJournal } from "../a-journal.ts";

const LINK = "/run/florenetes-link/admin.sock";
const CLUSTER = "/run/florenetes-cluster-example/admin.sock";
const TOLD = new Map([
  ["/run/florenetes-link", "0.1.1 (b)"],
  ["/run/florenetes-cluster-", "0.1.1 (b)"],
]);
const { wished } = aJournal();

const packages = (version: string, status = "installed"): string =>
  `florenetes-node ${version} ${status}\nflorenetes-tools ${version} installed\nflorenetes-vpn 0.0.9 config-files\n`;
const units = (state = "active"): string =>
  `Id=cluster-flor@example.service\nActiveState=${state}\n\n` +
  `Id=link-flor.service\nActiveState=active\n\n` +
  `Id=vpn-flor@example.service\nActiveState=inactive\n\nId=store-flor@example.service\nActiveState=activating\n`;
const status = (version: string, links: Record<string, string> = {}, faults: readonly string[] = []): unknown => ({
  version,
  findings: [...faults.map((text) => ({ weight: "fault", text })), { weight: "warning", text: "it is warm" }],
  links: Object.entries(links).map(([name, state]) => ({ name, state })),
});

interface Parts {
  readonly packages: string;
  readonly units: string;
  readonly link: unknown;
  readonly cluster: unknown;
}

const PRESENT: Parts = {
  packages: packages("0.1.1"),
  units: units(),
  link: status("0.1.1 (b)"),
  cluster: status("0.1.1 (b)", { "b/1": "up", "c/1": "up" }, ["a target is down"]),
};

function stateOf(changes: Partial<Parts> = {}): NodeState {
  const parts = { ...PRESENT, ...changes };
  return {
    packages: readPackages(parts.packages),
    units: readUnits(parts.units),
    processes: new Map([
      [LINK, readProcess(parts.link)],
      [CLUSTER, readProcess(parts.cluster)],
    ]),
  };
}

const before = nodeBefore(
  stateOf({
    packages: packages("0.1.0"),
    units: units(),
    link: status("0.1.0 (a)"),
    cluster: status("0.1.0 (a)", { "b/1": "up", "c/1": "down" }, ["a target is down"]),
  }),
);

describe("a node", () => {
  test("is remembered by the units that run, the links that are up, and its faults", () => {
    expect(before).toEqual({
      units: ["link-flor.service", "cluster-flor@example.service"],
      programs: [
        { socket: LINK, links: [], faults: [] },
        { socket: CLUSTER, links: ["b/1"], faults: ["a target is down"] },
      ],
    });
  });

  test("is whole with its packages, restarted units, and all that was in order", () => {
    expect(whyNotWhole(before, stateOf(), wished, TOLD)).toBeUndefined();
    const other = status("0.1.1 (b)", { "b/1": "up" }, ["another target is down"]);
    expect(whyNotWhole(before, stateOf({ cluster: other }), wished, TOLD)).toBeUndefined();
  });

  test.for([
    [{ packages: packages("0.1.0") }, "has florenetes-node 0.1.0"],
    [{ packages: packages("0.1.1", "half-configured") }, "has florenetes-node 0.1.1, not fully installed"],
    [{ packages: "" }, "has no florenetes-node"],
    [{ units: units("failed") }, "has cluster-flor@example.service not active"],
    [{ units: "" }, "has link-flor.service not active"],
    [{ link: status("0.1.0 (a)") }, `runs 0.1.0 (a) at ${LINK}, and has 0.1.1 (b) installed`],
    [{ link: "nonsense" }, `has no answer at ${LINK} (it shows no status)`],
    [{ cluster: status("0.1.1 (b)", { "b/1": "connecting" }) }, "has its link b/1 not up, as most others"],
    [{ cluster: status("0.1.1 (b)") }, "has its link b/1 not up, as most others"],
    [
      { cluster: status("0.1.1 (b)", { "b/1": "up" }, ["a target is down", "a door is shut"]) },
      "is not whole: a door is shut",
    ],
  ] as const)("is not whole with %o", ([changes, why]) => {
    expect(whyNotWhole(before, stateOf(changes), wished, TOLD)).toBe(why);
  });

  test("is whole with half of its links, as the far end of one may have gone", () => {
    const links = { "b/1": "up", "c/1": "up" };
    const both = nodeBefore(stateOf({ cluster: status("0.1.0 (a)", links, ["a target is down"]) }));
    const one = stateOf({ cluster: status("0.1.1 (b)", { "b/1": "up", "c/1": "down" }) });
    expect(whyNotWhole(both, one, wished, TOLD)).toBeUndefined();
    const none = stateOf({ cluster: status("0.1.1 (b)", { "b/1": "down", "c/1": "down" }) });
    expect(whyNotWhole(both, none, wished, TOLD)).toBe("has its link b/1 not up, as most others");
  });

  test("is not whole while a process has no socket", () => {
    const { processes, ...rest } = stateOf();
    const gone = { ...rest, processes: new Map([...processes].slice(1)) };
    expect(whyNotWhole(before, gone, wished, TOLD)).toBe(`has no answer at ${LINK} (it has no socket)`);
  });

  test("is read from whatever the system prints", () => {
    expect(readPackages("sudo 1.9 installed 100\nflorenetes-node\n\0").size).toBe(0);
    expect(readUnits("Id=ssh service\n\nActiveState=active").size).toBe(0);
    for (const each of [undefined, null, 1, "", [], {}, { version: 1 }])
      expect(readProcess(each)).toHaveProperty("silence");
  });
});
