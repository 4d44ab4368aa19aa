/*
 *   a ───── b        their two processes, each with a file, an identity, a socket or a directory that will not do
 *
 *   What an operator reads: the place, what is wrong, a stable code, and what to do. No process starts on bad input, and one
 *   that runs is not disturbed by another that may not.
 */
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type PrincipalKind, writeIdentity } from "@florenetes/identity";
import { type IssuedIdentity, issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import { type Lab, type ProcessName, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { executable, runToEnd } from "../src/executables.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";

const DAY_MS = 86_400_000;
const LONG_NAME = "x".repeat(110);

let lab: Lab;

beforeAll(async () => {
  lab = await openLab({
    cluster: "bad",
    nodes: { a: {}, b: {} },
    links: [{ between: ["a", "b"] }],
    services: { web: { node: "b", target: "tcp://127.0.0.1:9", allow: ["user/alice"] } },
    tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "web", path: ["a", "b"] }],
  });
});

afterAll(async () => {
  await lab?.down();
});

/** Writes a changed copy of a node's config beside it. */
function variant(node: string, name: ProcessName, change: (text: string) => string): string {
  const text = readFileSync(lab.configFile(node, name), "utf8");
  const changed = change(text);
  expect(changed, "the change has to change something").not.toBe(text);
  const file = `${lab.folder}/${node}/${name}-${crypto.randomUUID()}.yaml`;
  writeFileSync(file, changed);
  return file;
}

type Command = "check" | "run";

/** The message of an executable about a mistake that keeps it from running. */
async function refusal(
  name: ProcessName,
  command: Command,
  file: string,
  prefix: readonly string[] = [],
): Promise<string> {
  const answer = await runToEnd([...prefix, ...executable(name), command, "--config", file]);
  expect({ code: answer.code, stdout: answer.stdout }).toEqual({ code: 2, stdout: "" });
  return answer.stderr.replaceAll(/here it is [\dTZ:.-]+/g, "here it is now");
}

/** The message about a mistake, which `check` and `run` have to give alike. */
async function refusals(name: ProcessName, file: string, prefix: readonly string[] = []): Promise<string> {
  const [check, run] = await Promise.all([refusal(name, "check", file, prefix), refusal(name, "run", file, prefix)]);
  expect(run, "run says the same as check").toBe(check);
  return check;
}

/** The codes in the order in which they are told. Each problem comes with an advice. */
function codesOf(stderr: string): string[] {
  const lines = stderr.trimEnd().split("\n");
  const problems = lines.filter((line) => !line.startsWith("    "));
  expect(
    lines.filter((line) => line.startsWith("    ")),
    `an advice for each of\n${stderr}`,
  ).toHaveLength(problems.length);
  expect(stderr).not.toMatch(/internal error|^\s+at /m);
  return problems.map((line) => /\[(ERR_\w+)\]$/.exec(line)?.[1] ?? line);
}

describe("a config file", () => {
  test("with mistakes of cluster-flor's: all are told at once, with line, key and advice", async () => {
    const file = variant("a", "cluster-flor", (text) =>
      text
        .replace(/label: \d+/, "label: 7")
        .replace("paths:", "  c: { portal: quic, role: originator, peer: c, label: nine }\npahts: {}\npaths:")
        .replace(/labels: \[.*\]/, "labels: [ 1048576, 900 ], priority: 1"),
    );
    const text = await refusals("cluster-flor", file);
    expect(codesOf(text)).toEqual([
      "ERR_CONFIG_LABEL_RANGE",
      "ERR_CONFIG_TYPE",
      "ERR_CONFIG_UNKNOWN_KEY",
      "ERR_CONFIG_LABEL_RANGE",
      "ERR_CONFIG_RESERVED",
    ]);
    expect(text).toContain('unknown key "pahts" [ERR_CONFIG_UNKNOWN_KEY]\n    Did you mean "paths"?');
    expect(text).toMatch(/cluster-flor-[\w-]+\.yaml:\d+:\d+: links\.b\.label: a label is 16 to 1048575, not 7 \[/);
  });

  test("with names that lead nowhere, what is there twice, and a socket path that is too long", async () => {
    const file = variant("b", "cluster-flor", (text) => {
      const label = /web: \{ label: (\d+)/.exec(text)![1]!;
      return text
        .replace(/admin: .*/, `admin: /tmp/${LONG_NAME}`)
        .replace(/(a: \{ )portal: quic(.*)label: \d+/, `$1portal: quik$2label: ${label}`)
        .replace(/$/, "paths:\n  on: { link: b, labels: [ 100, 900 ] }\n");
    });
    const text = await refusals("cluster-flor", file);
    expect(codesOf(text).toSorted()).toEqual([
      "ERR_CONFIG_LABEL_CONFLICT",
      "ERR_CONFIG_LINK_UNKNOWN",
      "ERR_CONFIG_PORTAL_UNKNOWN",
      "ERR_SOCKET_PATH_TOO_LONG",
    ]);
    expect(text).toContain('Did you mean "quic"?');
    expect(text).toMatch(/that is the label|which is that of/);
  });

  test("with mistakes of link-flor's", async () => {
    const file = variant("a", "link-flor", (text) =>
      `engin: auto\n${text}`.replace(/listen: \S+,/, "listen: udp://localhost:4433,"),
    );
    const text = await refusals("link-flor", file);
    expect(codesOf(text)).toEqual(["ERR_CONFIG_UNKNOWN_KEY", "ERR_CONFIG_ADDRESS"]);
    expect(text).toContain('Did you mean "engine"?');
  });

  test("that is not there, is a directory, says a key twice, or is no YAML", async () => {
    const twice = variant("a", "cluster-flor", (text) => `${text}vertex: a\n`);
    const broken = variant("a", "link-flor", (text) => text.replace("clusters:", "clusters: ["));
    const texts = await Promise.all([
      refusal("cluster-flor", "run", `${lab.folder}/nothing.yaml`),
      refusal("link-flor", "check", lab.folder),
      refusal("cluster-flor", "check", twice),
      refusal("link-flor", "run", broken),
    ]);
    expect(texts.flatMap(codesOf)).toEqual([
      "ERR_CONFIG_FILE_MISSING",
      "ERR_CONFIG_FILE_DIRECTORY",
      "ERR_CONFIG_DUPLICATE_KEY",
      "ERR_CONFIG_YAML",
    ]);
  });
});

describe("an identity", () => {
  const now = new Date();
  const ago = (days: number): Date => new Date(now.getTime() - days * DAY_MS);

  /** Writes the identity of a principal with one flaw. The order of the keys is that of the tests' expectations. */
  const flaws: Record<string, (folder: string, cluster: string, kind: "vertex" | "service") => void> = {
    ERR_IDENTITY_WRONG_KIND: (folder, cluster) => writeIdentity(folder, issue(cluster, "user")),
    ERR_IDENTITY_WRONG_CLUSTER: (folder, _, kind) => writeIdentity(folder, issue("another", kind)),
    ERR_IDENTITY_UNTRUSTED: (folder, cluster, kind) => {
      const { trustBundlePem } = issue(cluster, kind);
      writeIdentity(folder, { ...issue(cluster, kind), trustBundlePem });
    },
    ERR_IDENTITY_EXPIRED: (folder, cluster, kind) => writeIdentity(folder, issue(cluster, kind, ago(2))),
    ERR_IDENTITY_NOT_YET_VALID: (folder, cluster, kind) => writeIdentity(folder, issue(cluster, kind, ago(-1))),
    ERR_IDENTITY_KEY_MISMATCH: (folder, cluster, kind) => {
      const { privateKeyPem } = issue(cluster, kind);
      writeIdentity(folder, { ...issue(cluster, kind), privateKeyPem });
    },
    ERR_IDENTITY_KEY_EXPOSED: (folder, cluster, kind) => {
      writeIdentity(folder, issue(cluster, kind));
      chmodSync(`${folder}/key.pem`, 0o640);
    },
    ERR_IDENTITY_FILE_MISSING: (folder, cluster, kind) => {
      writeIdentity(folder, issue(cluster, kind));
      rmSync(`${folder}/chain.pem`);
    },
    ERR_IDENTITY_PEM_BROKEN: (folder, cluster, kind) => {
      const identity = issue(cluster, kind);
      writeIdentity(folder, { ...identity, certificateChainPem: identity.certificateChainPem.slice(0, 200) });
    },
  };

  /** Issues an identity by a CA of its own. */
  function issue(cluster: string, kind: PrincipalKind, at = now): IssuedIdentity {
    return issueIdentity(makeAuthority({ cluster }, ago(100)), { kind, name: "web", days: 1 }, at);
  }

  test("of a vertex, with each flaw: link-flor tells all at once, and whose they are", async () => {
    const folder = `${lab.folder}/flawed-vertices`;
    mkdirSync(folder);
    const clusters = Object.entries(flaws).map(([code, write], index) => {
      write(`${folder}/${code}`, `bad${index}`, "vertex");
      const run = `${lab.folder}/a/run`;
      return `  bad${index}: { identity: ${folder}/${code}, listen: "udp://127.0.0.1:${20_000 + index}", bind: ${run}-link/${index}.sock, connect: ${run}-cluster/${index}.sock }\n`;
    });
    const file = variant("a", "link-flor", (text) =>
      text.replace(/clusters:\n(.*\n)+/, `clusters:\n${clusters.join("")}`),
    );
    // The process would run, but all of its clusters would be down.
    const text = await refusal("link-flor", "check", file);
    expect(codesOf(text)).toEqual(Object.keys(flaws));
    Object.keys(flaws).forEach((code, index) => {
      expect(text).toContain(`${folder}/${code}/`);
      expect(text).toContain(`It is \`identity\` of cluster bad${index}.`);
    });
    expect(text).toMatch(/it was valid until \d{4}-\d\d-\d\dT.*, and here it is now \[ERR_IDENTITY_EXPIRED\]/);
  });

  test("of services and a tunnel, with each flaw: so does cluster-flor", async () => {
    const folder = `${lab.folder}/flawed-services`;
    mkdirSync(folder);
    const codes = [...Object.keys(flaws), "ERR_IDENTITY_WRONG_NAME"];
    const services = codes.map((code, index) => {
      const write = flaws[code] ?? flaws["ERR_IDENTITY_KEY_EXPOSED"]!;
      write(`${folder}/${code}`, "bad", "service");
      const name = code === "ERR_IDENTITY_WRONG_NAME" ? "shop" : `web${index}`;
      return {
        name,
        text: `  ${name}: { label: ${700 + index}, identity: ${folder}/${code}, target: "tcp://127.0.0.1:9", allow: [ user/x ] }\n`,
      };
    });
    chmodSync(`${folder}/ERR_IDENTITY_WRONG_NAME/key.pem`, 0o600);
    const expired = `${folder}/ERR_IDENTITY_EXPIRED`;
    const rest = `paths:\n  far: { link: a, labels: [ 900 ] }\ntunnels:\n  - { listen: "tcp://127.0.0.1:1", as: ${folder}/early, service: far, path: far }\n`;
    flaws["ERR_IDENTITY_NOT_YET_VALID"]!(`${folder}/early`, "bad", "service");
    const file = variant("b", "cluster-flor", (text) =>
      text.replace(/services:\n(.*\n)+/, `services:\n${services.map(({ text }) => text).join("")}${rest}`),
    );
    // The process would run, but these parts would be down.
    const text = await refusal("cluster-flor", "check", file);
    expect(codesOf(text)).toEqual([...codes, "ERR_IDENTITY_NOT_YET_VALID"]);
    for (const { name } of services) expect(text).toContain(`It is \`identity\` of service ${name}.`);
    expect(text).toContain(`${expired}/chain.pem: certificate spiffe://bad/service/web`);
    expect(text).toContain("It is `as` of the tunnel tcp://127.0.0.1:1.");
  });
});

describe("a place", () => {
  test("that a running process has: the second one is refused, and the first goes on", async () => {
    await startBoth();
    const before = lab.pids();
    // The second process is like the first in everything, and then in its admin socket only.
    const ownFlorio = (text: string): string => text.replace(/bind: (\S+)\.sock/, "bind: $1-2.sock");
    const ownUdp = (text: string): string => text.replace(/listen: udp:\/\/([\d.]+):\d+/, "listen: udp://$1:0");
    const runs: [ProcessName, string][] = [
      ["link-flor", lab.configFile("a", "link-flor")],
      ["link-flor", variant("a", "link-flor", (text) => ownUdp(ownFlorio(text)))],
      ["cluster-flor", lab.configFile("a", "cluster-flor")],
      ["cluster-flor", variant("a", "cluster-flor", ownFlorio)],
    ];
    const answers = await Promise.all(
      runs.map(([name, file]) => runToEnd([...executable(name), "run", "--config", file])),
    );
    expect(answers.map(({ code }) => code)).toEqual(Array(4).fill(2));
    expect(answers.map(({ stderr }) => codesOf(stderr)[0])).toEqual(Array(4).fill("ERR_SOCKET_IN_USE"));
    expect(lab.pids()).toEqual(before);
    const { linkFlor, clusterFlor } = await lab.status("a");
    expect(linkFlor!.clusters).toHaveLength(1);
    expect(clusterFlor!.portals[0]!.state).toBe("attached");
  });

  test("whose owner was killed: its socket files are replaced without a word", async () => {
    for (const name of ["link-flor", "cluster-flor"] as const) await lab.kill("a", name);
    expect(statSync(`${lab.folder}/a/run-cluster/admin.sock`).isSocket()).toBe(true);
    await startBoth();
    expect(await lab.logs("a", "cluster-flor")).not.toContain("ERR_");
    for (const name of ["link-flor", "cluster-flor"] as const) await lab.kill("a", name, "SIGTERM");
  });

  test("that another program has: a file in a socket's place", async () => {
    writeFileSync(`${lab.folder}/a/run-link/admin.sock`, "precious");
    const socket = await refusal("link-flor", "run", lab.configFile("a", "link-flor"));
    expect(codesOf(socket)).toEqual(["ERR_SOCKET_PATH_TAKEN"]);
    expect(readFileSync(`${lab.folder}/a/run-link/admin.sock`, "utf8")).toBe("precious");
    rmSync(`${lab.folder}/a/run-link/admin.sock`);
  });

  test("in a directory that does not exist", async () => {
    const link = variant("a", "link-flor", (text) => text.replace(/bind: \S+\//, "bind: /nowhere/"));
    const cluster = variant("a", "cluster-flor", (text) => text.replace(/admin: \S+\//, "admin: /nowhere/"));
    const texts = await Promise.all([refusal("link-flor", "check", link), refusal("cluster-flor", "run", cluster)]);
    // The control socket stands beside the admin socket.
    expect(texts.map(codesOf)).toEqual([1, 2].map((count) => Array(count).fill("ERR_SOCKET_DIRECTORY_MISSING")));
  });

  test.skipIf(!isRoot)("in directories of another user", async () => {
    const NOBODY = 65_534;
    const folders = ["run-link", "run-cluster", "state-link", "state-cluster", "identity"];
    for (const folder of folders) {
      chownSync(`${lab.folder}/a/${folder}`, NOBODY, NOBODY);
      chmodSync(`${lab.folder}/a/${folder}`, 0o700);
    }
    // Root without root's rights is a user like any other, who can still read this checkout.
    const prefix = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"];
    const [link, cluster, status] = await Promise.all([
      refusal("link-flor", "check", lab.configFile("a", "link-flor"), prefix),
      refusal("cluster-flor", "check", lab.configFile("a", "cluster-flor"), prefix),
      runToEnd([...prefix, ...executable("link-flor"), "status", "--config", lab.configFile("a", "link-flor")]),
    ]);
    expect(new Set(codesOf(link))).toEqual(
      new Set(["ERR_SOCKET_DIRECTORY_DENIED", "ERR_STATE_DIRECTORY", "ERR_IDENTITY_FILE_UNREADABLE"]),
    );
    expect(new Set(codesOf(cluster))).toEqual(new Set(codesOf(link)));
    expect([status.code, ...codesOf(status.stderr)]).toEqual([3, "ERR_ADMIN_DENIED"]);
    for (const folder of folders) chownSync(`${lab.folder}/a/${folder}`, 0, 0);
  });
});

async function startBoth(): Promise<void> {
  for (const name of ["link-flor", "cluster-flor"] as const) lab.start("a", name);
  await expect.poll(async () => (await lab.status("a")).clusterFlor?.portals[0]?.state, PATIENCE).toBe("attached");
}
