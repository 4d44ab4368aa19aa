import { problemsOf as problemsIn } from "@florenetes/config-file/testing";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isUnchanged, planChanges } from "../src/config/config-changes.ts";
import { parseFabricConfig } from "../src/config/fabric-config-file.ts";
import { WAYS_MAX } from "../src/config/limits.ts";

const HASH = "5be1f7".padEnd(64, "0");
const GOOD = `\
cluster: demo
node: a
state: /var/lib/florenetes/fabric-demo
admin: /run/fabric/admin.sock
door: /run/cluster/fabric.sock
sessions: /run/cluster/fabric-sessions.sock
listen: agent.sock
root: sha256:${HASH}
root-file: root.fact
ways:
  d: { link: b, labels: [201, 202] }
`;

const problemsOf = (text: string): string[] => problemsIn(() => parseFabricConfig(text, "/etc/fabric/demo.yaml"));

interface Case {
  readonly from: string;
  readonly to: string;
  readonly expected: readonly (string | RegExp)[];
}

const CASES: Readonly<Record<string, Case>> = {
  "a misspelt key": {
    from: "door:",
    to: "dor:",
    expected: [
      /^1 door ERR_CONFIG_MISSING_KEY/,
      '5 dor ERR_CONFIG_UNKNOWN_KEY unknown key "dor" / Did you mean "door"?',
    ],
  },
  "a node's name with capitals": { from: "node: a", to: "node: A", expected: [/^2 node ERR_CONFIG_NAME/] },
  "a fingerprint without its kind": {
    from: "sha256:",
    to: "",
    expected: [
      /^8 root ERR_FABRIC_FINGERPRINT .*sha256: and 64 .* \/ Write it as `flor fabric init` has printed it\.$/,
    ],
  },
  "a fingerprint that is cut": { from: HASH, to: HASH.slice(1), expected: [/^8 root ERR_FABRIC_FINGERPRINT/] },
  "a fingerprint in capitals": { from: "5be1f7", to: "5BE1F7", expected: [/^8 root ERR_FABRIC_FINGERPRINT/] },
  "a store that nobody knows": {
    from: "ways:",
    to: "store: postgres\nways:",
    expected: [/^10 store ERR_CONFIG_VALUE/],
  },
  "a store without certificates": {
    from: "ways:",
    to: 'store: { etcd: ["https://192.0.2.1:2379"] }\nways:',
    expected: [/^10 store ERR_CONFIG_VALUE it is sqlite, or etcd with ca, cert and key/],
  },
  "a store without members": {
    from: "ways:",
    to: "store: { etcd: [], ca: c, cert: d, key: e }\nways:",
    expected: [/^10 store.etcd ERR_FABRIC_STORE_URLS 1 to 16 members/],
  },
  "a store without TLS": {
    from: "ways:",
    to: 'store: { etcd: ["http://192.0.2.1:2379"], ca: c, cert: d, key: e }\nways:',
    expected: [/^10 store.etcd\[0\] ERR_FABRIC_STORE_URL /],
  },
  "a signer without a key": {
    from: "ways:",
    to: "signer: { command: sign }\nways:",
    expected: [/^10 signer.key ERR_CONFIG_MISSING_KEY/],
  },
  "a signer with a passphrase and a command": {
    from: "ways:",
    to: "signer: { key: s, passphrase-file: p, command: sign }\nways:",
    expected: [/^10 signer ERR_FABRIC_SIGNER_WAY .*not both \/ Remove `passphrase-file`/],
  },
  "a signer with a rule that there is not": {
    from: "ways:",
    to: "signer: { key: s, rules: [renew, tokens, join] }\nways:",
    expected: [/^10 signer.rules/],
  },
  "a command for a shell": {
    from: "ways:",
    to: 'device: { command: "source --interval 60" }\nways:',
    expected: [/^10 device.command ERR_CONFIG_TYPE/],
  },
  "a command that is to be looked for": {
    from: "ways:",
    to: "device: { command: [source] }\nways:",
    expected: [
      /^10 device.command ERR_FABRIC_DEVICE_COMMAND an absolute path and at most 63 arguments.* \/ Write the program's path/,
    ],
  },
  "a command that is none": {
    from: "ways:",
    to: "device: { command: [] }\nways:",
    expected: [/^10 device.command ERR_FABRIC_DEVICE_COMMAND /],
  },
  "a command with an octet 0": {
    from: "ways:",
    to: 'device: { command: [/bin/source, "a\\0b"] }\nways:',
    expected: [/^10 device.command ERR_FABRIC_DEVICE_COMMAND /],
  },
  "a command with too many words": {
    from: "ways:",
    to: `device: { command: [/bin/source${", a".repeat(64)}] }\nways:`,
    expected: [/^10 device.command ERR_FABRIC_DEVICE_COMMAND /],
  },
  "a device without a source": {
    from: "ways:",
    to: "device: {}\nways:",
    expected: [/^10 device.command ERR_CONFIG_MISSING_KEY/],
  },
  "a way to itself": {
    from: "  d:",
    to: "  a:",
    expected: [/^11 ways.a ERR_FABRIC_WAY_SELF this is the node itself \/ Remove it/],
  },
  "a way without labels": { from: "[201, 202]", to: "[]", expected: [/^11 ways.d.labels ERR_FABRIC_WAY_LABELS/] },
  "a way that leaves no room for a service": {
    from: "[201, 202]",
    to: JSON.stringify(Array(16).fill(201)),
    expected: [/^11 ways.d.labels ERR_FABRIC_WAY_LABELS 1 to 15 labels/],
  },
  "a label with a meaning of its own": {
    from: "[201, 202]",
    to: "[3]",
    expected: [/^11 ways.d.labels\[0\] ERR_CONFIG_VALUE/],
  },
  "an endpoint that leads to whoever calls": {
    from: "ways:",
    to: 'endpoints: [{ id: here, endpoint: "udp://127.0.0.1:4433" }]\nways:',
    expected: [/^10 endpoints\[0\].endpoint ERR_FABRIC_ENDPOINT /],
  },
  "an endpoint of another form": {
    from: "ways:",
    to: 'endpoints: [{ id: here, endpoint: "192.0.2.1:4433" }]\nways:',
    expected: [/^10 endpoints\[0\].endpoint ERR_FABRIC_ENDPOINT /],
  },
  "endpoints with one id, and with that of each node": {
    from: "ways:",
    to: 'endpoints: [{ id: a, endpoint: "udp://192.0.2.1:1" }, { id: a, endpoint: "udp://192.0.2.2:1" }, { id: out, endpoint: "udp://192.0.2.3:1" }]\nways:',
    expected: [
      /^10 endpoints\[1\].id ERR_FABRIC_ENDPOINT the id a stands twice/,
      /^10 endpoints\[2\].id ERR_FABRIC_ENDPOINT every node has one with the id out/,
    ],
  },
  "too many endpoints": {
    from: "ways:",
    to: `endpoints: [${Array.from({ length: 16 }, (_, i) => `{ id: e${i}, endpoint: "udp://192.0.2.1:${1 + i}" }`).join(", ")}]\nways:`,
    expected: [/^10 endpoints ERR_FABRIC_ENDPOINT a node announces 15 endpoints/],
  },
  "one socket for two": {
    from: "/run/cluster/fabric-sessions.sock",
    to: "/run/cluster/fabric.sock",
    expected: [/^6 sessions ERR_CONFIG_SOCKET_DUPLICATE the socket of line 5/],
  },
  "a socket path that is too long": {
    from: "listen: agent.sock",
    to: `listen: /${"x".repeat(107)}`,
    expected: [/^7 listen ERR_SOCKET_PATH_TOO_LONG/],
  },
  "a word for a truth value": {
    from: "root-file: root.fact",
    to: "development: yes",
    expected: [/^9 development ERR_CONFIG_TYPE/],
  },
};

describe("the config file", () => {
  test("is read with its defaults, and relative paths start at its folder", () => {
    expect(parseFabricConfig(GOOD, "/etc/fabric/demo.yaml")).toMatchObject({
      cluster: "demo",
      node: "a",
      control: "/run/fabric/admin-control.sock",
      listen: "/etc/fabric/agent.sock",
      fingerprint: HASH,
      rootFile: "/etc/fabric/root.fact",
      development: false,
      ways: new Map([["d", { link: "b", labels: [201, 202] }]]),
    });
    const least = GOOD.replace(/^root-file[^]*/m, "");
    expect(parseFabricConfig(least, "/etc/fabric/demo.yaml")).toMatchObject({ rootFile: undefined, ways: new Map() });
  });

  test.each(Object.entries(CASES))("with %s is refused", (_, { from, to, expected }) => {
    expect(GOOD).toContain(from);
    const problems = problemsOf(GOOD.replace(from, to));
    expect(problems).toEqual(expected.map((each) => (typeof each === "string" ? each : expect.stringMatching(each))));
  });

  test("is the same again when it is written out", () => {
    const name = fc.stringMatching(/^[b-z][a-z0-9]{0,8}$/);
    const labels = fc.array(fc.integer({ min: 16, max: 1_048_575 }), { minLength: 1, maxLength: 15 });
    const ways = fc.dictionary(name, fc.record({ link: name, labels }), { maxKeys: 8 });
    fc.assert(
      fc.property(ways, fc.boolean(), (ways, development) => {
        const { written } = parseFabricConfig(GOOD, "/etc/fabric/demo.yaml");
        const text = JSON.stringify({ ...written, ways, development });
        const config = parseFabricConfig(text, "/etc/fabric/demo.yaml");
        expect([Object.fromEntries(config.ways), config.development]).toEqual([{ ...ways }, development]);
        expect(parseFabricConfig(JSON.stringify(config.written), "/etc/fabric/demo.yaml")).toEqual(config);
      }),
      { numRuns: runs(500, 50) },
    );
  });

  test("has room for so many ways, and no more", () => {
    const ways = (count: number): string =>
      GOOD.replace(/ways:[^]*/, "ways:\n") +
      Array.from({ length: count }, (_, at) => `  n${at}: { link: b, labels: [16] }\n`).join("");
    expect(problemsOf(ways(WAYS_MAX))).toEqual([]);
    expect(problemsOf(ways(WAYS_MAX + 1))).toEqual([expect.stringMatching(/^10 ways ERR_FABRIC_WAYS_MANY/)]);
  });
});

describe("between two configs", () => {
  const parse = (from = "", to = "") => parseFabricConfig(GOOD.replace(from, to), "/etc/fabric/demo.yaml");

  test.each([
    ["cluster: demo", "cluster: prod", "cluster"],
    ["node: a", "node: b", "node"],
    ["fabric-demo", "fabric-prod", "state"],
    ["admin: /run/fabric/admin.sock", "admin: x.sock\ncontrol: /run/fabric/admin-control.sock", "admin"],
    ["root-file", "control: c.sock\nroot-file", "control"],
    ["listen: agent.sock", "listen: other.sock", "listen"],
    ["5be1f7", "5be1f8", "root"],
    ["root-file", "development: true\nroot-file", "development"],
    ["root-file", "price: 50\nroot-file", "price"],
    ["root-file", "metered: true\nroot-file", "metered"],
  ])("%s and %s, a change takes a restart", (from, to, key) => {
    expect(planChanges(parse(), parse(from, to))).toMatchObject({ restartKeys: [key], changes: [] });
  });

  test.each([
    ["/run/cluster/fabric.sock", "door.sock", { kind: "setting", name: "door", change: "changed" }],
    ["/run/cluster/fabric-sessions.sock", "s.sock", { kind: "setting", name: "sessions", change: "changed" }],
    ["root-file: root.fact\n", "", { kind: "setting", name: "root-file", change: "changed" }],
    ["labels: [201, 202]", "labels: [201]", { kind: "way", name: "d", change: "changed" }],
    ["d: { link: b, labels: [201, 202] }", "{}", { kind: "way", name: "d", change: "removed" }],
    ["  d:", "  e: { link: b, labels: [16] }\n  d:", { kind: "way", name: "e", change: "added" }],
  ])("%s and %s, a change is made at once", (from, to, change) => {
    const plan = planChanges(parse(), parse(from, to));
    expect(plan.restartKeys).toEqual([]);
    expect(plan.changes).toMatchObject([change]);
    expect(isUnchanged(plan)).toBe(false);
  });

  test("that say the same in other words nothing changes", () => {
    expect(isUnchanged(planChanges(parse(), parse("cluster: demo\nnode: a", "node: a\ncluster: demo")))).toBe(true);
  });
});
