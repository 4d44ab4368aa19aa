import { OperatorErrors } from "@florenetes/operator-text";
import { describe, expect, test } from "vitest";
import type { ClusterConfig } from "../../src/config/cluster-config.ts";
import { parseClusterConfig } from "../../src/config/cluster-config-file.ts";
import { CONNECT_WAIT_MS, SESSIONS, SESSION_KEEP_MS, SESSION_STREAMS } from "../../src/config/limits.ts";
import { GOOD } from "./config-cases.ts";

const SOCKET = `
sessions:
  - listen: "unix:mesh.sock"
    mode: "0660"
    owner: "1000:1000"
    as: id/alice
    allow: [ root, 1001, "group:root", "group:1002" ]
    services:
      web: { path: to-d }
      near: { path: here, service: web, keep: 1min, connect-wait: 0 }
    max-sessions: 3
`;
/** The line of `listen`. */
const LINE = GOOD.split("\n").length + 2 - 1;

function read(socket: string): ClusterConfig {
  return parseClusterConfig(GOOD + socket.slice(1), "/etc/demo/b.yaml");
}

function problemOf(from: string, to: string): string {
  expect(SOCKET).toContain(from);
  try {
    read(SOCKET.replace(from, to));
  } catch (error) {
    if (!(error instanceof OperatorErrors)) throw error;
    const [{ where, code, message, advice }] = error.problems as [(typeof error.problems)[0]];
    return `${where!.line! - LINE} ${where?.key} ${code} ${message} / ${advice}`;
  }
  return "none";
}

describe("sockets of data sessions", () => {
  test("are resolved: users and groups to numbers, services to paths, defaults filled in", () => {
    expect(read(SOCKET).sessions).toEqual([
      {
        name: "unix:mesh.sock",
        listen: "/etc/demo/mesh.sock",
        mode: 0o660,
        owner: { uid: 1000, gid: 1000 },
        as: "/etc/demo/id/alice",
        allow: { users: [0, 1001], groups: [0, 1002] },
        services: [
          { name: "web", service: "web", path: 0, keepMs: SESSION_KEEP_MS, connectWaitMs: CONNECT_WAIT_MS },
          { name: "near", service: "web", path: 1, keepMs: 60_000, connectWaitMs: 0 },
        ],
        sessionsMax: 3,
        streamsMax: SESSION_STREAMS,
      },
    ]);
  });

  test("without a list are for the process's own user, root and the owner of the socket", () => {
    const own = process.geteuid!();
    const without = SOCKET.replace(/ {4}allow.*\n/, "").replace(/ {4}max.*\n/, "");
    const [socket] = read(without).sessions;
    expect(socket!.allow).toEqual({ users: [...new Set([own, 0, 1000])], groups: [] });
    expect(socket!.sessionsMax).toBe(SESSIONS);
    expect(read(without.replace(/ {4}owner.*\n/, "")).sessions[0]!.allow.users).toEqual([...new Set([own, 0])]);
  });

  test.each([
    [
      "a TCP address",
      'listen: "unix:mesh.sock"',
      'listen: "tcp://127.0.0.1:1"',
      /^0 sessions\[0\].listen ERR_CONFIG_ADDRESS data sessions/,
    ],
    [
      "a path that is not there",
      "path: to-d",
      "path: to-e",
      /^6 sessions\[0\].services.web.path ERR_CONFIG_PATH_UNKNOWN .* "to-d"/,
    ],
    [
      "another service than the path's",
      "service: web, keep",
      "service: files, keep",
      /^7 sessions\[0\].services.near ERR_CONFIG_TUNNEL_SERVICE/,
    ],
    ["a list of nobody", /allow.*/.exec(SOCKET)![0], "allow: []", /^4 sessions\[0\].allow ERR_CONFIG_ALLOW_EMPTY/],
    [
      "a user that is none",
      "root, 1001",
      "nobody-of-this-name, 1001",
      /^4 sessions\[0\].allow\[0\] ERR_CONFIG_OWNER .*no user "nobody-of-this-name"/,
    ],
    [
      "a group that is none",
      "group:1002",
      "group:none-of-this-name",
      /^4 sessions\[0\].allow\[3\] ERR_CONFIG_OWNER .*no group "none-of-this-name"/,
    ],
    [
      "a group without its word",
      "root, 1001",
      "tty, 1001",
      /^4 sessions\[0\].allow\[0\] ERR_CONFIG_OWNER .* write "group:tty"/,
    ],
    ["a mode that nobody could use", '"0660"', '"0440"', /^1 sessions\[0\].mode ERR_CONFIG_MODE/],
    ["an owner that is none", '"1000:1000"', "nobody-of-this-name", /^2 sessions\[0\].owner ERR_CONFIG_OWNER/],
    [
      "a wait that is too short",
      "connect-wait: 0",
      "connect-wait: 200ms",
      /^7 sessions\[0\].services.near.connect-wait ERR_CONFIG_DURATION 0, or/,
    ],
    ["a moment to keep", "keep: 1min", "keep: 1s", /^7 sessions\[0\].services.near.keep ERR_CONFIG_DURATION/],
    [
      "too many sessions",
      "max-sessions: 3",
      "max-sessions: 5000",
      /^8 sessions\[0\].max-sessions ERR_CONFIG_VALUE sessions at once are 1 to 1024/,
    ],
    [
      "a misspelt key",
      "max-sessions",
      "max-session",
      /^8 sessions\[0\].max-session ERR_CONFIG_UNKNOWN_KEY .*"max-sessions"/,
    ],
    ["a socket that is taken", "unix:mesh.sock", "unix:web.sock", /^0 sessions\[0\].listen ERR_CONFIG_/],
  ] as [string, string, string, RegExp][])("with %s are refused", (_name, from, to, expected) => {
    expect(problemOf(from, to)).toMatch(expected);
  });

  test("without services have nothing to open", () => {
    const none = SOCKET.slice(0, SOCKET.indexOf("    services:")) + "    services: {}\n";
    expect(() => read(none)).toThrow(OperatorErrors);
  });
});

describe("a target that speaks data sessions", () => {
  const withTarget = (target: string, more = ""): ClusterConfig =>
    parseClusterConfig(
      GOOD.replace('target: "tcp://127.0.0.1:8080"', `target: "${target}"${more}`),
      "/etc/demo/b.yaml",
    );

  test("is a path, and takes flows", () => {
    const [service] = withTarget("session+unix:run/web.sock", ", flow-idle: 30s").services;
    expect(service).toMatchObject({ target: { kind: "session", path: "/etc/demo/run/web.sock" }, flowIdleMs: 30_000 });
  });

  test.each([
    ["session+tcp://127.0.0.1:1", "", "ERR_CONFIG_ADDRESS"],
    ["session+unix:", "", "ERR_CONFIG_ADDRESS"],
    ["session+unix:web.sock", ", proxy-protocol: v2", "ERR_CONFIG_TARGET_OPTION"],
    [`session+unix:/run/${"x".repeat(110)}`, "", "ERR_SOCKET_PATH_TOO_LONG"],
  ])("%s%s is refused", (target, more, code) => {
    let codes: string[] = [];
    try {
      withTarget(target, more);
    } catch (error) {
      codes = (error as OperatorErrors).problems.map((problem) => problem.code);
    }
    expect(codes).toContain(code);
  });
});
