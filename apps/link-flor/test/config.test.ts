import { parseDuration } from "@florenetes/config-file";
import { problemsOf as problemsIn } from "@florenetes/config-file/testing";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLUSTERS_MAX } from "../src/config/limits.ts";
import { parseLinkConfig } from "../src/config/link-config-file.ts";

const GOOD = `\
engine: auto
state: /var/lib/florenetes/link
admin: admin.sock
dead-after: 1.5s
clusters:
  demo: { identity: demo/vertex, listen: "udp://0.0.0.0:4433", bind: demo.sock, connect: /run/c/demo.sock }
  prod: { identity: /etc/prod/vertex, listen: "udp://[::1]:4434", bind: prod.sock, connect: /run/c/prod.sock }
`;

const problemsOf = (text: string): string[] => problemsIn(() => parseLinkConfig(text, "/etc/link.yaml"));

interface Case {
  readonly from: string;
  readonly to: string;
  readonly expected: readonly (string | RegExp)[];
}

const CASES: Readonly<Record<string, Case>> = {
  "an unknown engine": {
    from: "engine: auto",
    to: "engine: autom",
    expected: ['1 engine ERR_CONFIG_VALUE expected one of auto, native, portable, not "autom" / Did you mean "auto"?'],
  },
  "a misspelt key": {
    from: "identity: demo",
    to: "identty: demo",
    expected: [
      /^6 clusters.demo.identity ERR_CONFIG_MISSING_KEY/,
      '6 clusters.demo.identty ERR_CONFIG_UNKNOWN_KEY unknown key "identty" / Did you mean "identity"?',
    ],
  },
  "a name for an address": {
    from: "udp://0.0.0.0:4433",
    to: "udp://localhost:4433",
    expected: [/^6 clusters.demo.listen ERR_CONFIG_ADDRESS .*an IP address, not a name/],
  },
  "another protocol": {
    from: "udp://0.0.0.0:4433",
    to: "tcp://0.0.0.0:4433",
    expected: [/^6 clusters.demo.listen ERR_CONFIG_ADDRESS/],
  },
  "a cluster's name with capitals": { from: "  demo:", to: "  Demo:", expected: [/^6 clusters.Demo ERR_CONFIG_NAME/] },
  "more links than a portal holds": {
    from: "identity: demo/vertex,",
    to: "identity: demo/vertex, links-max: 4097,",
    expected: [/^6 clusters.demo.links-max ERR_CONFIG_VALUE .*4096/],
  },
  "a UDP payload that no link may have": {
    from: "identity: demo/vertex,",
    to: "identity: demo/vertex, udp-payload-max: 1199,",
    expected: [/^6 clusters.demo.udp-payload-max ERR_CONFIG_VALUE .*1200/],
  },
  "a UDP payload that the engine does not make": {
    from: "identity: demo/vertex,",
    to: "identity: demo/vertex, udp-payload-max: 16384,",
    expected: [/^6 clusters.demo.udp-payload-max ERR_CONFIG_VALUE .*16383/],
  },
  "a duration without sense": { from: "1.5s", to: "soon", expected: [/^4 dead-after ERR_CONFIG_DURATION/] },
  "a duration that is too short": { from: "1.5s", to: "299", expected: [/^4 dead-after ERR_CONFIG_DURATION/] },
  "a duration that is too long": { from: "1.5s", to: "2min", expected: [/^4 dead-after ERR_CONFIG_DURATION/] },
  "a duration that is a list": {
    from: "1.5s",
    to: "[ 1 ]",
    expected: [/^4 dead-after ERR_CONFIG_VALUE expected a duration/],
  },
  "a quiet that is too short": { from: "1.5s", to: "1.5s\nquiet: 4999ms", expected: [/^5 quiet ERR_CONFIG_DURATION/] },
  "a quiet that is too long": {
    from: "1.5s",
    to: "1.5s\nquiet: 301s",
    expected: [/^5 quiet ERR_CONFIG_DURATION a duration from 5 s to 300 s/],
  },
  "a word that is none of revocation's": {
    from: "connect: /run/c/demo.sock",
    to: "connect: /run/c/demo.sock, revocation: require",
    expected: [/^6 clusters.demo.revocation ERR_CONFIG_VALUE .*required/],
  },
  "a grace beyond ten years": {
    from: "connect: /run/c/demo.sock",
    to: "connect: /run/c/demo.sock, revocation-grace: 3651d",
    expected: [/^6 clusters.demo.revocation-grace ERR_CONFIG_DURATION a duration of at most 3650 days/],
  },
  "a warning without a unit that is known": {
    from: "connect: /run/c/demo.sock",
    to: "connect: /run/c/demo.sock, expiry-warning: 4 weeks",
    expected: [/^6 clusters.demo.expiry-warning ERR_CONFIG_DURATION/],
  },
  "a grace for certificates beyond ten years": {
    from: "connect: /run/c/demo.sock",
    to: "connect: /run/c/demo.sock, expiry-grace: 3651d",
    expected: [/^6 clusters.demo.expiry-grace ERR_CONFIG_DURATION/],
  },
  "two clusters on one address": {
    from: "udp://[::1]:4434",
    to: "udp://0.0.0.0:4433",
    expected: [/^7 clusters.prod.listen ERR_CONFIG_LISTEN_DUPLICATE cluster "demo" listens there/],
  },
  "two clusters on one port, one of them on all addresses": {
    from: "udp://[::1]:4434",
    to: "udp://10.0.0.1:4433",
    expected: [/^7 clusters.prod.listen ERR_CONFIG_LISTEN_DUPLICATE/],
  },
  "two ports that the system chooses, which is right": { from: "0.0.0.0:4433", to: "0.0.0.0:0", expected: [] },
  "one path for two sockets": {
    from: "bind: prod.sock",
    to: "bind: demo.sock",
    expected: [/^7 clusters.prod.bind ERR_CONFIG_SOCKET_DUPLICATE the socket of line 6 has this path/],
  },
  "the admin socket's path for another": {
    from: "bind: prod.sock",
    to: "bind: ./admin.sock",
    expected: [/^7 clusters.prod.bind ERR_CONFIG_SOCKET_DUPLICATE the socket of line 3/],
  },
  "a socket path of 108 bytes": {
    from: "/run/c/demo.sock",
    to: `/run/${"x".repeat(103)}`,
    expected: [/^6 clusters.demo.connect ERR_SOCKET_PATH_TOO_LONG/],
  },
};

describe("a link vertex's config", () => {
  test.each(Object.entries(CASES))("%s", (_, { from, to, expected }) => {
    expect(GOOD).toContain(from);
    const problems = problemsOf(GOOD.replace(from, to));
    expect(problems).toHaveLength(expected.length);
    for (const [at, each] of expected.entries()) {
      if (typeof each === "string") expect(problems[at]).toBe(each);
      else expect(problems[at]).toMatch(each);
    }
  });

  test("is resolved: paths to the file's folder, addresses and durations read", () => {
    const strict =
      "connect: /run/c/demo.sock, revocation: required, revocation-grace: 2d, expiry-warning: 12h, expiry-grace: 1h";
    const text = `quiet: 25.9s\n${GOOD.replace("connect: /run/c/demo.sock", strict)}`;
    expect(parseLinkConfig(text, "/etc/florenetes/link.yaml")).toEqual({
      engine: "auto",
      state: "/var/lib/florenetes/link",
      admin: "/etc/florenetes/admin.sock",
      control: "/etc/florenetes/admin-control.sock",
      written: expect.objectContaining({ admin: "admin.sock", "dead-after": "1.5s", quiet: "25.9s" }),
      clusters: [
        {
          cluster: "demo",
          identity: "/etc/florenetes/demo/vertex",
          listen: { host: "0.0.0.0", port: 4433 },
          linksMax: 4_096,
          bind: "/etc/florenetes/demo.sock",
          connect: "/run/c/demo.sock",
          revocation: { isRequired: true, graceMs: 2 * 86_400_000 },
          expiryGraceMs: 3_600_000,
          expiryWarningMs: 43_200_000,
          deadAfterMs: 1_500,
          quietSeconds: 25,
        },
        {
          cluster: "prod",
          identity: "/etc/prod/vertex",
          listen: { host: "::1", port: 4434 },
          linksMax: 4_096,
          bind: "/etc/florenetes/prod.sock",
          connect: "/run/c/prod.sock",
          revocation: { isRequired: false, graceMs: 7 * 86_400_000 },
          expiryGraceMs: 0,
          expiryWarningMs: 30 * 86_400_000,
          deadAfterMs: 1_500,
          quietSeconds: 25,
        },
      ],
    });
  });

  test("has defaults", () => {
    const loud = { deadAfterMs: 1_000, quietSeconds: 0 };
    const text = GOOD.replace("engine: auto\n", "").replace("dead-after: 1.5s\n", "");
    expect(parseLinkConfig(text, "/etc/link.yaml")).toMatchObject({
      engine: "auto",
      clusters: [loud, loud],
    });
    const control = "control: /run/c.sock\n";
    expect(parseLinkConfig(`${control}${text}`, "/etc/link.yaml").control).toBe("/run/c.sock");
    const bare = text.replace("admin.sock", "admin");
    expect(parseLinkConfig(bare, "/etc/link.yaml").control).toBe("/etc/admin-control.sock");
  });

  test("serves at least one cluster", () => {
    expect(problemsOf("state: s\nadmin: a\nclusters: {}\n")).toEqual([
      expect.stringMatching(/^3 clusters ERR_CONFIG_CLUSTERS_EMPTY/),
    ]);
  });

  test("serves as many clusters as the data thread has sockets for", () => {
    const section = (i: number): string =>
      `  c${i}: { identity: c${i}, listen: "udp://[::1]:${4_000 + i}", bind: b${i}, connect: /c/${i} }\n`;
    const config = (count: number): string =>
      `state: s\nadmin: a\nclusters:\n${Array.from({ length: count }, (_, i) => section(i)).join("")}`;
    expect(parseLinkConfig(config(CLUSTERS_MAX), "/etc/link.yaml").clusters).toHaveLength(CLUSTERS_MAX);
    expect(problemsOf(config(CLUSTERS_MAX + 1))).toEqual([expect.stringMatching(/ERR_CONFIG_CLUSTERS_MANY/)]);
  });

  test("of whatever text is a config or an operator's error with a line", () => {
    const lines = GOOD.split("\n");
    const piece = fc.oneof(fc.constantFrom(...lines, "clusters: [ 1 ]", "  x: y"), fc.string({ maxLength: 12 }));
    const edits = fc.array(fc.tuple(fc.nat({ max: lines.length - 1 }), piece), { maxLength: 4 });
    fc.assert(
      fc.property(edits, (changes) => {
        const edited = [...lines];
        for (const [at, line] of changes) edited[at] = line;
        for (const problem of problemsOf(edited.join("\n"))) expect(problem).toMatch(/^\d+ .*ERR_(CONFIG|SOCKET)_/);
      }),
      { numRuns: runs(1_000, 300) },
    );
  });
});

test.each([
  [1_500, 1_500],
  ["1500ms", 1_500],
  ["1.5s", 1_500],
  ["2 min", 120_000],
  ["1500", undefined],
  ["-1s", undefined],
  ["1e3s", undefined],
  ["", undefined],
  [Number.NaN, undefined],
])("a duration of %j is %s ms", (value, expected) => {
  expect(parseDuration(value)).toBe(expected);
});
