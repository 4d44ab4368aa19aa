import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { openAdminServer } from "../src/admin/admin-server.ts";
import type { AdminText } from "../src/admin/admin-text.ts";
import { identityMetrics, revocationMetrics } from "../src/metrics/identity-metrics.ts";
import { countSamples, type Metric, metricsRoute, processMetrics } from "../src/metrics/metrics.ts";
import { processStatus } from "../src/process/process-status.ts";

interface Status {
  readonly drops: Readonly<Record<string, number>>;
  readonly room: number;
}

const METRICS: readonly Metric<Status>[] = [
  {
    name: "drops_total",
    kind: "counter",
    help: "Packets thrown away,\nby cause",
    labels: ["by", "cause"],
    samples: ({ drops }) => countSamples(drops, "cause", { by: 'a "room"' }),
  },
  {
    name: "room",
    kind: "gauge",
    help: "Room of [a `thing`](thing.md#room) (none)",
    labels: [],
    samples: ({ room }) => [{ labels: {}, value: room }],
  },
];

async function formatMetrics<Status>(metrics: readonly Metric<Status>[], status: Status): Promise<AdminText> {
  return metricsRoute(metrics, () => status)();
}

describe("the text for Prometheus", () => {
  test("names each metric with its type, and escapes what its format asks for", async () => {
    const drops = { queueFull: 3, "back\\slash": 0, "new\nline": 1e21, "over\u202Eride": 2 };
    expect((await formatMetrics(METRICS, { drops, room: -1.5 })).text).toBe(
      [
        "# HELP florenetes_drops_total Packets thrown away,\\nby cause",
        "# TYPE florenetes_drops_total counter",
        'florenetes_drops_total{by="a \\"room\\"",cause="queueFull"} 3',
        'florenetes_drops_total{by="a \\"room\\"",cause="back\\\\slash"} 0',
        'florenetes_drops_total{by="a \\"room\\"",cause="new\\\\u{a}line"} 1e+21',
        'florenetes_drops_total{by="a \\"room\\"",cause="over\\\\u{202e}ride"} 2',
        "",
        "# HELP florenetes_room Room of a thing (none)",
        "# TYPE florenetes_room gauge",
        "florenetes_room -1.5",
        "",
      ].join("\n"),
    );
  });

  test("remembers nothing between two answers, and many at once do not meet", async () => {
    const statuses = [1, 2, 3].map((room): Status => ({ drops: { [`cause${room}`]: room }, room }));
    const texts = await Promise.all(statuses.map((status) => formatMetrics(METRICS, status)));
    for (const [index, { text: answer }] of texts.entries()) {
      const samples = answer.split("\n").filter((line) => !line.startsWith("#") && line !== "");
      const n = index + 1;
      expect(samples).toEqual([
        `florenetes_drops_total{by="a \\"room\\"",cause="cause${n}"} ${n}`,
        `florenetes_room ${n}`,
      ]);
    }
  });

  test("the same labels twice are one sample with the later value", async () => {
    const twice: Metric<number> = {
      name: "twice_total",
      kind: "counter",
      help: "-",
      labels: ["a"],
      samples: (value) => [
        { labels: { a: "x" }, value },
        { labels: { a: "x" }, value: value + 1 },
      ],
    };
    expect((await formatMetrics([twice], 4)).text).toMatch(/^florenetes_twice_total\{a="x"\} 5$/m);
  });
});

test("the admin socket gives it under the type that Prometheus asks for", async () => {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-metrics-"));
  try {
    const path = join(folder, "admin.sock");
    const answer = metricsRoute(METRICS, () => ({ drops: {}, room: 1 }));
    await using _server = await openAdminServer({ path, routes: { "/metrics": answer } });
    const response = await new Promise<IncomingMessage>((done, fail) => {
      request({ socketPath: path, path: "/metrics", agent: false }, done).once("error", fail).end();
    });
    expect(response.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await text(response)).toMatch(/^florenetes_room 1$/m);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a process tells its start and what it uses", async () => {
  const startedAt = "2026-11-20T10:00:00.500Z";
  const process = { ...processStatus(), openFilesMax: null };
  const metrics = processMetrics<{ startedAt: string; process: typeof process }>("x-flor", () => "demo");
  const { text: answer } = await formatMetrics(metrics, { startedAt, process });
  const labels = '{process="x-flor",cluster="demo"}';
  expect(answer).toContain(`florenetes_process_start_time_seconds${labels} 1795168800.5\n`);
  expect(answer).toContain(`florenetes_process_resident_memory_bytes${labels} ${process.rssBytes}\n`);
  expect(answer).toContain("# TYPE florenetes_process_max_fds gauge");
  expect(answer).not.toContain("florenetes_process_max_fds{");
});

test("identities tell the ends and states of their certificates", async () => {
  const certificate = { serial: "0a", notAfter: "2026-11-20T10:00:00.000Z" };
  const status = {
    principal: "user/alice",
    refused: { code: "ERR_IDENTITY_EXPIRED" },
    certificates: [
      { ...certificate, role: "leaf", state: "expires-soon" },
      { ...certificate, role: "intermediate", state: "revoked" },
      { ...certificate, role: "root", state: "expired" },
    ],
  };
  const metrics = identityMetrics<typeof status>("x-flor", (identity) => [{ cluster: "demo", status: identity }]);
  const { text: answer } = await formatMetrics(metrics, status);
  const samples = answer.split("\n").filter((line) => !line.startsWith("#") && line !== "");
  const who = 'process="x-flor",cluster="demo",principal="user/alice"';
  expect(samples).toEqual([
    ...["leaf", "intermediate", "root"].map(
      (role) =>
        `florenetes_certificate_not_after_timestamp_seconds{${who},role="${role}",serial="0a"} ${Date.parse(certificate.notAfter) / 1_000}`,
    ),
    `florenetes_certificate_warned{${who},role="leaf",serial="0a"} 1`,
    `florenetes_certificate_warned{${who},role="intermediate",serial="0a"} 0`,
    `florenetes_certificate_warned{${who},role="root",serial="0a"} 1`,
    `florenetes_certificate_revoked{${who},role="leaf",serial="0a"} 0`,
    `florenetes_certificate_revoked{${who},role="intermediate",serial="0a"} 1`,
    `florenetes_certificate_revoked{${who},role="root",serial="0a"} 0`,
    `florenetes_identity_reload_refused{${who}} 1`,
  ]);
});

test("revocation lists tell their number, their size and their end, and what was refused", async () => {
  const status = {
    lists: [
      { issuer: "CN=demo CA", number: "7", entries: 2_000, nextUpdate: "2026-11-20T10:00:00.000Z", state: "expired" },
    ],
    refused: [{}, {}],
    doubts: [{}],
  };
  const metrics = revocationMetrics<typeof status>("x-flor", (lists) => [{ cluster: "demo", status: lists }]);
  const { text: answer } = await formatMetrics(metrics, status);
  const who = 'process="x-flor",cluster="demo"';
  expect(answer.split("\n").filter((line) => !line.startsWith("#") && line !== "")).toEqual([
    `florenetes_revocation_list_number{${who},issuer="CN=demo CA"} 7`,
    `florenetes_revocation_list_entries{${who},issuer="CN=demo CA"} 2000`,
    `florenetes_revocation_list_next_update_timestamp_seconds{${who},issuer="CN=demo CA"} ${Date.parse("2026-11-20T10:00:00.000Z") / 1_000}`,
    `florenetes_revocation_list_warned{${who},issuer="CN=demo CA"} 1`,
    `florenetes_revocation_refusals{${who}} 2`,
    `florenetes_revocation_doubts{${who}} 1`,
  ]);
});
