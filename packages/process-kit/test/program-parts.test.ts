import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { OperatorError } from "@florenetes/operator-text";
import { afterAll, expect, test } from "vitest";
import { requestAdmin } from "../src/admin/admin-client.ts";
import { checkProcess, type Logger, openStatusSocket, tellingLines } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-parts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const problem = (code: string): OperatorError => new OperatorError(code, "no", { advice: "Mend it." });

test("a check has what every process needs first, then what a program found, without what is in order", () => {
  const sockets = { admin: join(folder, "admin"), control: join(folder, "control") };
  const fine = checkProcess({ ...sockets, state: folder }, { problems: [], notes: ["noted"] });
  expect(fine.isStateUsable).toBe(true);
  const [part, warning] = [problem("ERR_TEST_PART"), problem("ERR_TEST_WARNING")];
  expect(fine.report([undefined, part], [warning, undefined])).toEqual({
    problems: [],
    partProblems: [part],
    warnings: [warning],
    notes: ["noted"],
  });
  const nowhere = join(folder, "nowhere", "x");
  const file = join(folder, "file");
  writeFileSync(file, "");
  const engine = problem("ERR_TEST_ENGINE");
  const broken = checkProcess({ admin: nowhere, control: nowhere, state: file }, { problems: [engine], notes: [] });
  expect(broken.isStateUsable).toBe(false);
  expect(broken.report([], []).problems.map((error) => (error as OperatorError).code)).toEqual([
    "ERR_TEST_ENGINE",
    "ERR_SOCKET_DIRECTORY_MISSING",
    "ERR_SOCKET_DIRECTORY_MISSING",
    "ERR_STATE_DIRECTORY",
  ]);
});

test("a program's socket answers with its status, what is found of it and what can be measured, and tells a mistake", async () => {
  const failures: object[] = [];
  const fail = (event: object): void => void failures.push(event);
  const log: Logger = { debug: fail, info: fail, warn: fail, error: fail, child: () => log };
  let beats = 3;
  await using server = await openStatusSocket({
    path: join(folder, "status"),
    status: () => (beats > 3 ? Promise.reject(new Error("my own mistake")) : Promise.resolve({ beats })),
    judge: ({ beats, process }) => [
      { weight: "fault", about: "part", text: `${beats} of ${process.pid}`, advice: "Mend it." },
    ],
    metrics: [
      {
        kind: "gauge",
        name: "beats",
        help: "Beats.",
        labels: ["findings"],
        samples: ({ beats, findings }) => [{ labels: { findings: String(findings.length) }, value: beats }],
      },
    ],
    actions: { "/beat": ({ text: body }) => ({ body }) },
    log,
  });
  const status = await requestAdmin(server.path, "/status");
  expect(status).toMatchObject({ beats: 3, process: { pid: process.pid } });
  expect(status).toMatchObject({ findings: [{ text: `3 of ${process.pid}` }] });
  expect(await requestAdmin(server.path, "/beat", { method: "POST", body: "b" })).toEqual({ body: "b" });
  expect(await metricsOf(server.path)).toContain('florenetes_beats{findings="1"} 3');
  beats = 4;
  await expect(requestAdmin(server.path, "/status")).rejects.toThrow(/500/);
  expect(failures).toMatchObject([{ code: "ADMIN_ROUTE_FAILED", route: "/status" }]);
});

test("people are told where secrets and packets are written", () => {
  expect(tellingLines({ secretsFile: null, qlog: null })).toEqual([]);
  const qlog = { folder: "/tmp/qlog", files: 2, bytesLost: 0 };
  expect(tellingLines({ secretsFile: "/tmp/keys", qlog })).toEqual([
    "SECRETS of all connections are written to /tmp/keys",
    "all PACKETS are told in /tmp/qlog: 2 files, 0 B lost",
  ]);
});

async function metricsOf(path: string): Promise<string> {
  const asked = request({ socketPath: path, path: "/metrics", agent: false }).end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return text(answer);
}
