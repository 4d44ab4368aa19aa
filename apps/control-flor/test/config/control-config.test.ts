import { OperatorErrors } from "@florenetes/operator-text";
import { describe, expect, test } from "vitest";
import { isUnchanged, planChanges } from "../../src/config/config-changes.ts";
import { parseControlConfig } from "../../src/config/control-config-file.ts";
import { HOSTS_MAX, READER_NAMES_MAX, READERS_MAX } from "../../src/config/limits.ts";

const HEAD = "cluster: demo\nadmin: admin.sock\nagent: agent.sock\nstate: state\nlisten: api.sock\n";
const READERS = "readers: [{ principals: [user/alice] }]\n";

const parse = (text: string) => parseControlConfig(text, "/etc/control/control-flor.yaml");

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

describe("a config", () => {
  test("has paths from its folder on, and defaults for all but who may read", () => {
    const { written: _written, ...config } = parse(HEAD + READERS);
    expect(config).toEqual({
      cluster: "demo",
      admin: "/etc/control/admin.sock",
      control: "/etc/control/admin-control.sock",
      metrics: undefined,
      agent: "/etc/control/agent.sock",
      state: "/etc/control/state",
      listen: "/etc/control/api.sock",
      https: undefined,
      service: undefined,
      hosts: new Set(),
      readers: new Map([["user/alice", { organizations: new Set(), mayPropose: false }]]),
    });
  });

  test("gives each principal of an entry what the entry says", () => {
    const entries =
      "readers:\n  - { principals: [user/alice, service/backup], organizations: all, propose: true }\n  - { principals: [user/bob], organizations: [acme, lab] }\n";
    const all = { organizations: "all", mayPropose: true };
    expect([...parse(HEAD + entries).readers]).toEqual([
      ["user/alice", all],
      ["service/backup", all],
      ["user/bob", { organizations: new Set(["acme", "lab"]), mayPropose: false }],
    ]);
  });
});

describe("HTTPS", () => {
  const HTTPS = "https: { listen: 'tcp://[::1]:8443', certificate: a.pem, key: b.pem, trust: trust }\n";

  test("has paths from the file's folder on, and lists that are optional", () => {
    expect(parse(HEAD + READERS + HTTPS).https).toEqual({
      address: { host: "::1", port: 8_443 },
      certificate: "/etc/control/a.pem",
      key: "/etc/control/b.pem",
      trust: "/etc/control/trust",
      intermediates: undefined,
      revocation: { isRequired: false, graceMs: 7 * 86_400_000 },
    });
    const more = HTTPS.replace(" }", ", intermediates: i.pem, revocation: required, revocation-grace: 1h }");
    expect(parse(HEAD + READERS + more).https).toMatchObject({
      intermediates: "/etc/control/i.pem",
      revocation: { isRequired: true, graceMs: 3_600_000 },
    });
  });

  test("takes a restart where it is another, and no reload where it is the same", () => {
    const running = parse(HEAD + READERS + HTTPS);
    expect(planChanges(running, parse(HEAD + READERS)).restartKeys).toEqual(["https"]);
    expect(planChanges(running, parse(HEAD + READERS + HTTPS.replace("8443", "8444"))).restartKeys).toEqual(["https"]);
    expect(isUnchanged(planChanges(running, parse(HEAD + READERS + HTTPS)))).toBe(true);
  });

  test.each([
    ["tcp://fabric.example:8443", /^7 https.listen ERR_CONFIG_ADDRESS an address of HTTPS is/],
    ["unix:a.sock", /^7 https.listen ERR_CONFIG_ADDRESS/],
    ["8443", /^7 https.listen ERR_CONFIG_ADDRESS/],
  ])("is refused at %s", (listen, problem) => {
    const text = HEAD + READERS + HTTPS.replace("tcp://[::1]:8443", listen);
    expect(problemsOf(text)).toEqual([expect.stringMatching(problem)]);
  });

  test("is refused without roots", () => {
    expect(problemsOf(HEAD + READERS + HTTPS.replace(", trust: trust", ""))).toEqual([expect.stringMatching(/trust/)]);
  });
});

const list = (count: number, nameOf: (at: number) => string): string =>
  `[${Array.from({ length: count }, (_, at) => nameOf(at)).join(", ")}]`;
const lines = (count: number): string =>
  Array.from({ length: count }, (_, at) => `  - { principals: [user/u${at}] }\n`).join("");

describe("a mistake is told with its line", () => {
  test.each([
    [
      "vertex/c is no reader",
      "readers: [{ principals: [vertex/c] }]\n",
      /^6 readers\[0\]\.principals\[0\] ERR_CONTROL_READER_NAME "vertex\/c" is neither/,
    ],
    ["nor is a name with markup", 'readers: [{ principals: ["user/<b>"] }]\n', /^6 .* ERR_CONTROL_READER_NAME/],
    [
      "a principal in two entries",
      "readers:\n  - { principals: [user/alice] }\n  - { principals: [user/bob, user/alice] }\n",
      /^8 readers\[1\]\.principals\[1\] ERR_CONTROL_READER_NAME user\/alice is named more than once/,
    ],
    [
      "a principal twice in an entry",
      "readers: [{ principals: [user/a, user/a] }]\n",
      /^6 readers\[0\]\.principals\[1\] ERR_CONTROL_READER_NAME/,
    ],
    [
      "a host with a port",
      `${READERS}hosts: ["fabric.example.com:80"]\n`,
      /^7 hosts\[0\] ERR_CONTROL_HOST "fabric.example.com:80" is no name/,
    ],
    ["a service that can be none", `${READERS}service: org/acme\n`, /^7 service ERR_CONFIG_/],
    ["a host in capitals", `${READERS}hosts: [Fabric]\n`, /^7 hosts\[0\] ERR_CONTROL_HOST/],
    ["any host", `${READERS}hosts: ["*"]\n`, /^7 hosts\[0\] ERR_CONTROL_HOST/],
    ["nobody", "readers: []\n", /^6 readers ERR_CONFIG_\w+ nobody may ask/],
    [
      "an entry for nobody",
      "readers: [{ principals: [] }]\n",
      /^6 readers\[0\]\.principals ERR_CONFIG_\w+ no principal/,
    ],
    ["no readers", "", / readers ERR_CONFIG_/],
    [
      "an organization that cannot be one",
      'readers: [{ principals: [user/a], organizations: ["a b"] }]\n',
      /^6 readers\[0\]\.organizations/,
    ],
    ["a key that there is not", `${READERS}reader: 1\n`, /^7 reader ERR_CONFIG_/],
    ["a socket with two purposes", READERS.concat("control: agent.sock\n"), /^[37] \w+ ERR_CONFIG_/],
    [
      "more hosts than there may be",
      `${READERS}hosts: ${list(HOSTS_MAX + 1, (at) => `h${at}`)}\n`,
      /^7 hosts ERR_CONFIG_\w+ 64 hosts at most/,
    ],
    [
      "more entries than there may be",
      `readers:\n${lines(READERS_MAX + 1)}`,
      /^[67] readers ERR_CONFIG_\w+ 256 entries at most/,
    ],
    [
      "more principals than an entry may have",
      `readers: [{ principals: ${list(READER_NAMES_MAX + 1, (at) => `user/u${at}`)} }]\n`,
      /^6 readers\[0\]\.principals ERR_CONFIG_/,
    ],
  ])("%s", (_, text, problem) => {
    expect(problemsOf(HEAD + text)).toEqual([expect.stringMatching(problem)]);
  });
});

describe("changes", () => {
  const running = parse(HEAD + READERS);

  test("readers, hosts and the service are taken by a reload, and told", () => {
    const changed = `${HEAD}${READERS.replace("alice", "bob")}hosts: [fabric]\nservice: control-api\n`;
    const plan = planChanges(running, parse(changed));
    expect(plan.restartKeys).toEqual([]);
    expect(plan.changes.map(({ name }) => name)).toEqual(["hosts", "service", "readers"]);
    expect(isUnchanged(plan)).toBe(false);
    expect(isUnchanged(planChanges(running, parse(HEAD + READERS)))).toBe(true);
  });

  test("rights count as a part of readers", () => {
    const next = parse(HEAD + READERS.replace("[user/alice]", "[user/alice], organizations: all"));
    expect(planChanges(running, next).changes.map(({ name }) => name)).toEqual(["readers"]);
  });

  test.each(["cluster", "admin", "agent", "state", "listen"])("%s takes a restart", (key) => {
    const other = HEAD.replace(new RegExp(`^${key}: .*$`, "m"), `${key}: other`) + READERS;
    // The control socket stands beside the admin socket.
    expect(planChanges(running, parse(other)).restartKeys).toContain(key);
  });
});
