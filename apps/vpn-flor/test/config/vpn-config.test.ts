import { TrafficClass } from "@florenetes/forwarding";
import { OperatorErrors } from "@florenetes/operator-text";
import { describe, expect, test } from "vitest";
import { isUnchanged, planChanges } from "../../src/config/config-changes.ts";
import { CLASS_ENTRIES_MAX, NETWORKS_MAX } from "../../src/config/limits.ts";
import { parseVpnConfig } from "../../src/config/vpn-config-file.ts";
import { DEFAULT_CLASS_RULES } from "../../src/packets/traffic-classes.ts";
import { formatNetwork } from "../../src/packets/networks.ts";

const HEAD = "cluster: demo\nadmin: admin.sock\n";
const UP = "up: { pool: main, session: mesh.sock, mesh-user: 0 }\n";
const EGRESS = 'egress: { pool: main, listen: e.sock, addresses: [100.64.0.0/16, "fd00::/64"], networks: all }\n';

const parse = (text: string) => parseVpnConfig(text, "/etc/vpn/vpn-flor.yaml");

/** Each problem as `line key code message`. */
function problemsOf(text: string): string[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    const problems = error instanceof OperatorErrors ? error.problems : [error as OperatorErrors];
    return problems.map(({ where, code, message }) => `${where?.line} ${where?.key} ${code} ${message}`);
  }
}

describe("the config of a client", () => {
  test("has defaults for all but its pool and its socket", () => {
    const { end, control } = parse(HEAD + UP);
    expect(end).toMatchObject({
      kind: "up",
      pool: "main",
      service: "vpn-egress.main",
      session: "/etc/vpn/mesh.sock",
      device: "flor0",
      exclude: [],
      meshUser: 0,
      killSwitch: true,
      table: 51_900,
      priority: 5_190,
    });
    const networks = end.kind === "up" ? [end.networks, end.addresses].map((list) => list.map(formatNetwork)) : [];
    expect(networks).toEqual([
      ["0.0.0.0/0", "::/0"],
      ["100.64.0.0/10", "fc00::/7"],
    ]);
    expect(control).toBe("/etc/vpn/admin-control.sock");
  });

  test("names the mesh's user by a name of this machine, too", () => {
    expect(parse(HEAD + UP.replace("mesh-user: 0", "mesh-user: root")).end).toMatchObject({ meshUser: 0 });
  });
});

describe("the resolvers of a client", () => {
  const endOf = (keys: string) => parse(HEAD + UP.replace("}", `, ${keys} }`)).end;

  test.each([
    ["dns: [10.0.0.53]", ["~."]],
    ["dns: [10.0.0.53], networks: [10.0.0.0/8], dns-domains: ['~corp.example', lan]", ["~corp.example", "lan"]],
    ["dns: ['fd00::53'], dns-domains: ['~.']", ["~."]],
    ["dns: [10.0.0.53], exclude: [10.0.0.0/27, 'fd00::/8']", ["~."]],
    ["exclude: []", []],
  ])("are asked for the names of domains: %s", (keys, dnsDomains) => {
    expect(endOf(keys)).toMatchObject({ dnsDomains });
  });

  test.each([
    ["dns: [10.0.0.53], networks: [10.0.0.0/8]", /up.dns ERR_VPN_DNS which names/],
    ["dns-domains: ['~.']", /up.dns-domains ERR_VPN_DNS there are no resolvers/],
    ["dns: [resolver.example]", /up.dns.* ERR_VPN_DNS "resolver.example" is no address/],
    ["dns: [10.0.0.53], dns-domains: ['--help']", /ERR_VPN_DNS "--help" is no domain/],
    ["dns: [10.0.0.53], dns-domains: ['a..b']", /ERR_VPN_DNS/],
    ["dns: [10.0.0.53], dns-domains: []", /no domain: write/],
    [
      "dns: [10.0.0.53, 10.1.0.53], networks: [10.0.0.0/16], dns-domains: ['~.']",
      /up.dns\[1\] ERR_VPN_DNS the resolver 10.1.0.53 is not reached over the VPN/,
    ],
    ["dns: ['fd00::53'], networks: [0.0.0.0/0], dns-domains: ['~.']", /up.dns\[0\] ERR_VPN_DNS the resolver fd00::53/],
    ["dns: [10.0.0.53], exclude: [10.0.0.0/24]", /up.dns\[0\] ERR_VPN_DNS the resolver 10.0.0.53 is not/],
  ])("are refused: %s", (keys, expected) => {
    expect(problemsOf(HEAD + UP.replace("}", `, ${keys} }`))).toEqual([expect.stringMatching(expected)]);
  });
});

describe("the config of an egress", () => {
  test("has what clients get, and what they reach", () => {
    const { end } = parse(HEAD + EGRESS.replace("networks: all", "networks: [10.0.0.0/8], rate: 8 Mbit/s, nat: false"));
    expect(end).toMatchObject({ kind: "egress", nat: false, bitsPerSecond: 8_000_000, clients: 1_024, deny: [] });
    expect(end.networks.map(formatNetwork)).toEqual(["10.0.0.0/8"]);
  });

  test("has the addresses that are asked whether the world is there", () => {
    const text = EGRESS.replace("networks: all", 'networks: all, probe: ["192.0.2.1:443", "[2001:db8::1]:53"]');
    expect(parse(HEAD + text).end).toMatchObject({
      probe: [
        { host: "192.0.2.1", port: 443 },
        { host: "2001:db8::1", port: 53 },
      ],
    });
    expect(parse(HEAD + EGRESS).end).toMatchObject({ probe: [] });
  });

  test.each([
    ["", 2_048],
    [", connections: 100", 100],
    [", nat: false", undefined],
    [", nat: false, connections: 100", 100],
  ])("counts a client's connections behind NAT, or where that is asked for: %s", (keys, connections) => {
    expect(parse(HEAD + EGRESS.replace("networks: all", `networks: all${keys}`)).end).toMatchObject({ connections });
  });
});

describe("the classes of packets", () => {
  const { bulk, dns, droppable, interactive, reliable } = TrafficClass;
  const rulesOf = (keys: string) => parse(`${HEAD}classes: { ${keys} }\n${UP}`).classes;

  test("are those that the page tells where nothing is said", () => {
    expect(parse(HEAD + UP).classes).toBe(DEFAULT_CLASS_RULES);
    expect(rulesOf("")).toEqual(DEFAULT_CLASS_RULES);
  });

  test("are said by names and numbers of code points, and go before those that are there", () => {
    const { dscp, ports } = rulesOf(
      "dscp: { EF: reliable, 18: bulk, AF11: dns, VA: interactive, LE: droppable, CS0: bulk }",
    );
    const said = [46, 18, 10, 44, 1, 0, 34].map((number) => dscp.get(number));
    expect(said).toEqual([reliable, bulk, dns, interactive, droppable, bulk, interactive]);
    expect(ports).toEqual(DEFAULT_CLASS_RULES.ports);
  });

  test("are said by ports and ranges of ports", () => {
    const { ports } = rulesOf("ports: { 22: reliable, 16384-16386: interactive, 65535: bulk }");
    const said = [22, 53, 16_383, 16_384, 16_385, 16_386, 16_387, 65_535].map((number) => ports.get(number));
    expect(said).toEqual([reliable, dns, undefined, interactive, interactive, interactive, undefined, bulk]);
  });

  test("say how much makes a connection bulk, or that nothing does", () => {
    expect(rulesOf("bulk-after: 1000000").bulkBytes).toBe(1_000_000);
    expect(rulesOf("bulk-after: never").bulkBytes).toBe(Infinity);
  });

  test.each([
    ["dscp: { EF: control }", /classes.dscp.EF ERR_CONFIG_/],
    ["dscp: { ef: bulk }", /classes.dscp.ef ERR_VPN_CLASS "ef" is no code point/],
    ["dscp: { 64: bulk }", /ERR_VPN_CLASS "64" is no code point/],
    ["dscp: { AF14: bulk }", /ERR_VPN_CLASS "AF14"/],
    ["dscp: { EF: bulk, 46: dns }", /classes.dscp.EF ERR_VPN_CLASS code point 46 is in two entries/],
    ["ports: { 0: bulk }", /ERR_VPN_CLASS "0" is neither a port/],
    ["ports: { 65536: bulk }", /ERR_VPN_CLASS "65536"/],
    ["ports: { 20-10: bulk }", /ERR_VPN_CLASS "20-10"/],
    ["ports: { 10-20: bulk, 20-30: dns }", /ERR_VPN_CLASS port 20 is in two entries/],
    ["bulk-after: 10", /classes.bulk-after/],
    ["bulk-after: 1000000001", /classes.bulk-after/],
    ["shards: 3", /classes.*shards/],
  ])("are refused: %s", (keys, expected) => {
    expect(problemsOf(`${HEAD}classes: { ${keys} }\n${UP}`)).toEqual([expect.stringMatching(expected)]);
  });

  test("have as many entries as may be there, and no more", () => {
    const textOf = (count: number) =>
      [`${HEAD}classes:`, "  ports:", ...Array.from({ length: count }, (_, at) => `    ${at + 1}: bulk`), UP].join(
        "\n",
      );
    expect(parse(textOf(CLASS_ENTRIES_MAX)).classes.ports.get(CLASS_ENTRIES_MAX)).toBe(bulk);
    expect(problemsOf(textOf(CLASS_ENTRIES_MAX + 1))).toEqual([
      expect.stringContaining(`${CLASS_ENTRIES_MAX} entries at most`),
    ]);
  });
});

describe("a config is refused", () => {
  test.each<[string, string, RegExp]>([
    ["without an end", HEAD, /^\d+ \S* ?ERR_VPN_ROLE neither `up` nor `egress` is there/],
    ["with both ends", HEAD + UP + EGRESS, /ERR_VPN_ROLE both `up` and `egress` are there/],
    ["for a network that is none", HEAD + UP.replace("}", ", networks: [10.0.0.0/33] }"), /^3 up.networks\S* \S+ .*/],
    [
      "for bits behind a prefix",
      HEAD + UP.replace("}", ", exclude: [10.0.0.1/8] }"),
      /^3 up.exclude\[0\] ERR_VPN_NETWORK bits behind the prefix of "10.0.0.1\/8" are set/,
    ],
    [
      "for a name that no device has",
      HEAD + UP.replace("}", ", device: a-name-of-16-chars }"),
      /^3 up.device ERR_VPN_DEVICE_NAME/,
    ],
    [
      "for a name that a shell would read",
      HEAD + UP.replace("}", ", device: 'a;b' }"),
      /^3 up.device ERR_VPN_DEVICE_NAME/,
    ],
    [
      "for a user that is not there",
      HEAD + UP.replace("mesh-user: 0", "mesh-user: nobody-of-that-name"),
      /^3 up.mesh-user ERR_VPN_USER this machine has no user "nobody-of-that-name"/,
    ],
    [
      "for two networks of a version",
      HEAD + EGRESS.replace('"fd00::/64"', "10.0.0.0/8"),
      /^3 egress.addresses ERR_VPN_POOL/,
    ],
    [
      "for a network without room",
      HEAD + EGRESS.replace("100.64.0.0/16", "100.64.0.0/31"),
      /^3 egress.addresses ERR_VPN_POOL/,
    ],
    [
      "for an IPv6 network that is too small",
      HEAD + EGRESS.replace("fd00::/64", "fd00::/65"),
      /^3 egress.addresses ERR_VPN_POOL/,
    ],
    ["for no addresses", HEAD + EGRESS.replace('100.64.0.0/16, "fd00::/64"', ""), /^3 egress.addresses ERR_VPN_POOL/],
    ["for a rate that is none", HEAD + EGRESS.replace("}", ", rate: 1 bit/s }"), /^3 egress.rate ERR_CONFIG_RATE/],
    ["for a name", HEAD + EGRESS.replace("}", ", probe: ['example.org:443'] }"), /^3 egress.probe.* ERR_VPN_PROBE/],
    ["for an address without a port", HEAD + EGRESS.replace("}", ", probe: [192.0.2.1] }"), /ERR_VPN_PROBE/],
    ["for port 0", HEAD + EGRESS.replace("}", ", probe: ['192.0.2.1:0'] }"), /ERR_VPN_PROBE/],
    [
      "for too many addresses that are asked",
      HEAD + EGRESS.replace("}", `, probe: [${Array.from({ length: 9 }, () => "'192.0.2.1:1'").join(", ")}] }`),
      /^3 egress.probe \S+ 8 addresses at most/,
    ],
    ["for a socket that two have", HEAD + EGRESS.replace("e.sock", "admin.sock"), /ERR_CONFIG_SOCKET_DUPLICATE/],
    ["for a key that is not known", `${HEAD}${UP}downn: 1\n`, /^4 \S* ?\S+ .*downn/],
    [
      "for too many networks",
      HEAD +
        UP.replace(
          "}",
          `, exclude: [${Array.from({ length: NETWORKS_MAX + 1 }, (_, at) => `10.${at >> 8}.${at & 255}.0/24`).join(", ")}] }`,
        ),
      /^3 up.exclude \S+ 256 networks at most/,
    ],
  ])("%s", (_, text, expected) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(expected)]);
  });
});

describe("another config", () => {
  test("takes a restart where the end differs, and none for its metrics", () => {
    const running = parse(HEAD + UP);
    expect(isUnchanged(planChanges(running, parse(`# the same\n${HEAD}${UP}`)))).toBe(true);
    const other = parse(HEAD + UP.replace("}", ", device: flor1 }"));
    expect(planChanges(running, other).restartKeys).toEqual(["up"]);
    const measured = parse(`${HEAD}metrics: { listen: "tcp://127.0.0.1:9999" }\n${UP}`);
    expect(planChanges(running, measured).restartKeys).toEqual([]);
    const classed = planChanges(running, parse(`${HEAD}classes: { ports: { 9: bulk } }\n${UP}`));
    expect(classed).toMatchObject({ restartKeys: [], changes: [{ name: "classes", change: "changed" }] });
    expect(isUnchanged(classed)).toBe(false);
  });
});
