import { problemsOf as problemsIn } from "@florenetes/config-file/testing";
import { LABEL_MIN, TrafficClass, findTableProblems } from "@florenetes/forwarding";
import { OperatorError, OperatorErrors } from "@florenetes/operator-text";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseClusterConfig } from "../../src/config/cluster-config-file.ts";
import { CONNECT_WAIT_MS, PATH_MTU_MIN } from "../../src/config/limits.ts";
import { CASES, GOOD } from "./config-cases.ts";
import { OTLP_CASES } from "./otlp-cases.ts";
import { SECOND_LABEL_CASES } from "./second-label-cases.ts";
import { TARGET_CASES } from "./target-cases.ts";

const problemsOf = (text: string): string[] => problemsIn(() => parseClusterConfig(text, "/etc/demo/b.yaml"));

function change(from: string, to: string): string {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
}

describe("a cluster vertex's config", () => {
  test.each(Object.entries({ ...CASES, ...SECOND_LABEL_CASES, ...OTLP_CASES, ...TARGET_CASES }))(
    "%s",
    (_, { from, to, expected }) => {
      const problems = problemsOf(change(from, to));
      expect(problems).toHaveLength(expected.length);
      for (const [at, each] of expected.entries()) {
        if (typeof each === "string") expect(problems[at]).toBe(each);
        else expect(problems[at]).toMatch(each);
      }
    },
  );

  test("may ask for links over QUIC alone", () => {
    const protocolOf = (text: string) => parseClusterConfig(text, "/etc/demo/b.yaml").linkProtocol;
    const withCarriers = (carriers: string) => change("vertex: b", `vertex: b\ncarriers: ${carriers}`);
    expect([GOOD, withCarriers("any"), withCarriers("quic-only")].map(protocolOf)).toEqual([
      undefined,
      undefined,
      "quic",
    ]);
  });

  test("may say for how long an unused connection is kept", () => {
    const keepOf = (text: string) => parseClusterConfig(text, "/etc/demo/b.yaml").tunnels[0]!.keepMs;
    const withKeep = (keep: string) => change("service: web, path: to-d", `service: web, path: to-d, keep: ${keep}`);
    expect([GOOD, withKeep("warm"), withKeep("5min")].map(keepOf)).toEqual([undefined, undefined, 300_000]);
  });

  test("is resolved: names to indices, paths to the file's folder, defaults filled in", () => {
    const config = parseClusterConfig(GOOD, "/etc/demo/b.yaml");
    expect(config.state).toBe("/etc/demo/state");
    expect(config.links.map(({ name, portal, tag }) => [name, portal, tag])).toEqual([
      ["a", 0, "0"],
      ["c", 0, "0"],
    ]);
    expect(config.transit).toEqual([[0, 1]]);
    expect(config.crossConnects).toEqual([{ from: { link: 0, label: 500 }, to: { link: 1, label: 501 } }]);
    expect(config.lspEnds).toEqual([{ link: 1, label: 777 }]);
    expect(config.services[0]).toMatchObject({
      identity: "/etc/demo/id/web",
      target: { kind: "tcp", host: "127.0.0.1", port: 8080 },
      tellsPrincipal: false,
      allow: ["user/alice"],
    });
    expect(config.paths).toEqual([
      { name: "to-d", link: 1, labels: [203, 900], mtu: undefined },
      { name: "here", link: undefined, labels: [900], mtu: undefined },
    ]);
    expect(config.tunnels[1]).toEqual({
      name: "unix:web.sock",
      listen: { kind: "unix", path: "/etc/demo/web.sock" },
      mode: 0o660,
      owner: { uid: 1000, gid: 1000 },
      as: "/etc/demo/id/alice",
      service: "web",
      trafficClass: TrafficClass.reliable,
      connectWaitMs: CONNECT_WAIT_MS,
      path: 1,
    });
  });

  test("may be as small as this", () => {
    const config = parseClusterConfig("cluster: demo\nvertex: a\nstate: s\nadmin: a.sock\n", "/etc/a.yaml");
    expect(config).toMatchObject({ portals: [], links: [], services: [], paths: [], tunnels: [] });
  });

  test("says how many streams an end-to-end connection takes, or leaves it at the default", () => {
    const least = "cluster: demo\nvertex: a\nstate: s\nadmin: a.sock\n";
    expect(parseClusterConfig(least, "/a.yaml").transport).toEqual({ streamsPerConnection: 50_000 });
    const text = `${least}transport: { streams-per-connection: 5000 }\n`;
    expect(parseClusterConfig(text, "/a.yaml").transport).toEqual({ streamsPerConnection: 5_000 });
    expect(parseClusterConfig(least, "/a.yaml").expiryWarningMs).toBe(30 * 86_400_000);
    expect(parseClusterConfig(`${least}expiry-warning: 12h\n`, "/a.yaml").expiryWarningMs).toBe(43_200_000);
    expect(parseClusterConfig(least, "/a.yaml").expiryGraceMs).toBe(0);
    expect(parseClusterConfig(`${least}expiry-grace: 3650d\n`, "/a.yaml").expiryGraceMs).toBe(3_650 * 86_400_000);
    const week = 7 * 86_400_000;
    expect(parseClusterConfig(least, "/a.yaml").revocation).toEqual({ isRequired: false, graceMs: week });
    const strict = `${least}revocation: required\nrevocation-grace: 0\n`;
    expect(parseClusterConfig(strict, "/a.yaml").revocation).toEqual({ isRequired: true, graceMs: 0 });
  });

  test("says whether a target is told who has connected", () => {
    const target = 'target: "tcp://127.0.0.1:8080"';
    const told = parseClusterConfig(change(target, `${target}, proxy-protocol: v2`), "/etc/b.yaml");
    expect(told.services[0]?.tellsPrincipal).toBe(true);
    expect(problemsOf(change(target, `${target}, proxy-protocol: v1`))).toHaveLength(1);
  });

  test("says of what class a tunnel is, and which classes a service takes", () => {
    const target = 'target: "tcp://127.0.0.1:8080"';
    const told = parseClusterConfig(change(target, `${target}, classes: [bulk, dns]`), "/etc/b.yaml");
    expect(told.services[0]?.classes).toEqual(new Set([TrafficClass.bulk, TrafficClass.dns]));
    expect(told.tunnels[0]?.trafficClass).toBe(TrafficClass.reliable);
    const bulk = parseClusterConfig(change('"1000:1000"', '"1000:1000", class: bulk'), "/etc/b.yaml");
    expect(bulk.tunnels[1]?.trafficClass).toBe(TrafficClass.bulk);
    for (const wrong of ["control", "fast", "4"]) {
      expect(problemsOf(change('"1000:1000"', `"1000:1000", class: ${wrong}`))).toHaveLength(1);
      expect(problemsOf(change(target, `${target}, classes: [${wrong}]`))).toHaveLength(1);
    }
    expect(problemsOf(change(target, `${target}, classes: []`))).toHaveLength(1);
  });

  test("names an owner by name", () => {
    const config = parseClusterConfig(change("1000:1000", "root"), "/etc/b.yaml");
    expect(config.tunnels[1]?.owner).toEqual({ uid: 0, gid: 0 });
  });

  test("reports mistakes of all kinds in one go, in the order of lines", () => {
    const text = change("[ a, c ]", "[ a, a ]")
      .replace("label: 102", "label: 101")
      .replace("[ 900 ] }", "[ 900 ], priority: 3 }");
    expect(problemsOf(text).map((problem) => problem.split(" ")[2])).toEqual([
      "ERR_CONFIG_LABEL_CONFLICT",
      "ERR_CONFIG_TRANSIT_SELF",
      "ERR_CONFIG_RESERVED",
    ]);
  });
});

test("an Initial of 1200 bytes fits into the smallest path MTU with the most labels", () => {
  expect(PATH_MTU_MIN - 12 - 4 * 16).toBeGreaterThanOrEqual(1_200);
});

test("labels that pass here make a label table, and labels that do not, make none", () => {
  const label = fc.integer({ min: LABEL_MIN, max: LABEL_MIN + 12 });
  const linkLabel = fc.record({ link: fc.constantFrom("a", "c"), label });
  const crossConnect = fc.record({ a: label, c: label });
  fc.assert(
    fc.property(
      fc.tuple(label, label, label, fc.array(crossConnect, { maxLength: 2 }), fc.array(linkLabel, { maxLength: 2 })),
      ([a, c, service, crossConnects, lspEnds]) => {
        const pieces = crossConnects.map((piece) => ({
          from: { link: "a", label: piece.a },
          to: { link: "c", label: piece.c },
        }));
        const indexOf = ({ link, label }: { link: string; label: number }) => ({ link: link === "a" ? 0 : 1, label });
        const expected = findTableProblems({
          links: [
            { name: "a", label: a },
            { name: "c", label: c },
          ],
          transit: [],
          crossConnects: pieces.map(({ from, to }) => ({ from: indexOf(from), to: indexOf(to) })),
          lspEnds: lspEnds.map(indexOf),
          services: [{ name: "web", label: service }],
        });
        const text = JSON.stringify({
          cluster: "demo",
          vertex: "b",
          state: "s",
          admin: "a.sock",
          portals: { quic: { bind: "b.sock", connect: "c.sock" } },
          links: {
            a: { portal: "quic", role: "acceptor", peer: "a", label: a },
            c: { portal: "quic", role: "acceptor", peer: "c", label: c },
          },
          "cross-connects": pieces,
          "lsp-ends": lspEnds,
          services: { web: { label: service, identity: "i", target: "tcp://h:1", allow: ["user/u"] } },
        });
        expect(problemsOf(text)).toHaveLength(expected.length);
      },
    ),
    { numRuns: runs(300, 100) },
  );
});

describe("whatever the file holds", () => {
  /** The good file with some of its lines replaced, doubled or taken away. */
  const lines = GOOD.split("\n");
  const piece = fc.oneof(
    fc.constantFrom(...lines, "", "  x: y", "links:", "paths: []", "tunnels: {}", "services: ~", "transit: [ [ ] ]"),
    fc.string({ maxLength: 12 }),
  );
  const edits = fc.array(fc.tuple(fc.nat({ max: lines.length - 1 }), piece), { maxLength: 4 });

  test("it is a config or an operator's error with a line", () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const edited = [...lines];
        for (const [at, line] of changes) edited[at] = line;
        expectTame(edited.join("\n"));
      }),
      { numRuns: runs(1_000, 250) },
    );
  });

  test("of any value in the place of any other", () => {
    const values = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(16, "a", "quic", "tcp://127.0.0.1:1", ["a", "c"]),
    );
    const keys = [
      "cluster",
      "portals",
      "links",
      "transit",
      "cross-connects",
      "lsp-ends",
      "services",
      "paths",
      "tunnels",
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), values), (sections) => {
        expectTame(JSON.stringify({ cluster: "demo", vertex: "b", state: "s", admin: "a", ...sections }));
      }),
      { numRuns: runs(1_000, 250) },
    );
  });

  function expectTame(text: string): void {
    try {
      expect(parseClusterConfig(text, "/etc/x.yaml").cluster).toBeTypeOf("string");
    } catch (error) {
      expect(error).toBeInstanceOf(OperatorErrors);
      for (const problem of (error as OperatorErrors).problems) {
        expect(problem).toBeInstanceOf(OperatorError);
        expect(problem.code).toMatch(/^ERR_(CONFIG|SOCKET)_[A-Z_]+$/);
        expect(problem.where?.line).toBeGreaterThan(0);
      }
    }
  }
});
