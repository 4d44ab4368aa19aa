import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MetricsListen } from "@florenetes/config-file";
import { nodeTime } from "@florenetes/scheduling";
import { expect, onTestFinished, test, vi } from "vitest";
import { AdminText, type EventFields, type Logger, MetricsEndpoint, metricsFindings } from "../src/index.ts";

const HOST = "127.0.0.1";

/** A log, and the codes of its lines. */
function noted(): { readonly log: Logger; readonly codes: unknown[] } {
  const codes: unknown[] = [];
  const note = ({ code }: EventFields): void => void codes.push(code);
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
  return { log, codes };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const at = (port: number): MetricsListen => ({ host: HOST, port, tls: undefined });
const ask = async (port: number): Promise<number> => (await fetch(`http://${HOST}:${port}/metrics`)).status;

test("many who ask at once get one answer", async () => {
  const { log } = noted();
  const port = await freePort();
  const clock = { now: 0 };
  await using endpoint = new MetricsEndpoint({ time: { ...nodeTime, now: () => clock.now }, log });
  let made = 0;
  await endpoint.start(at(port), () => Promise.resolve(new AdminText(`made ${++made}\n`, "text/plain")));
  expect(await Promise.all(Array.from({ length: 20 }, () => ask(port)))).toEqual(Array(20).fill(200));
  expect(made).toBe(1);
  clock.now = 249;
  await ask(port);
  expect(made).toBe(1);
  clock.now = 250;
  await ask(port);
  expect(made).toBe(2);
});

test("an answer that fails is told to whoever asks and to the log, and the next one is made anew", async () => {
  const { log, codes } = noted();
  const port = await freePort();
  await using endpoint = new MetricsEndpoint({ time: nodeTime, log });
  let fails = true;
  await endpoint.start(at(port), () =>
    fails ? Promise.reject(new TypeError("my own")) : Promise.resolve(new AdminText("x\n", "text/plain")),
  );
  expect(await ask(port)).toBe(500);
  expect(codes).toEqual(["METRICS_LISTENING", "METRICS_FAILED"]);
  fails = false;
  expect(await ask(port)).toBe(200);
});

test("files that are not in order at the start are told once, and had once they are mended or named no more", async () => {
  const { log, codes } = noted();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "metrics-"));
  try {
    const key = join(folder, "key.pem");
    const tls = { certificate: join(folder, "missing.pem"), key, clientCa: undefined };
    await using endpoint = new MetricsEndpoint({ time: nodeTime, log });
    const answer = (): Promise<AdminText> => Promise.resolve(new AdminText("x\n", "text/plain"));
    expect(endpoint.status()).toBeNull();
    await endpoint.start({ ...at(port), tls }, answer);
    expect(endpoint.status()).toMatchObject({ isEncrypted: true, down: { code: "ERR_METRICS_FILE" } });
    expect(metricsFindings(endpoint.status())).toHaveLength(1);
    writeFileSync(tls.certificate, "no certificate");
    writeFileSync(key, "no key", { mode: 0o600 });
    await endpoint.take({ ...at(port), tls });
    expect(endpoint.down).toMatchObject([{ what: "metrics", code: "ERR_METRICS_TLS" }]);
    await endpoint.take({ ...at(port), tls });
    expect(codes).toEqual(["METRICS_DOWN", "METRICS_DOWN"]);
    await endpoint.take(at(port));
    expect(endpoint.down).toEqual([]);
    expect(await ask(port)).toBe(200);
    await endpoint.take(undefined);
    await expect(ask(port)).rejects.toThrow();
    expect(metricsFindings(endpoint.status())).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a certificate is warned of in the last sixth of its life, and is a fault once it has ended", async () => {
  const folder = mkdtempSync(join(tmpdir(), "metrics-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  onTestFinished(() => void vi.useRealTimers());
  const [certificate, key] = [join(folder, "metrics.pem"), join(folder, "key.pem")];
  const files = ["-keyout", key, "-out", certificate];
  const argv = ["req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "6", "-subj", "/CN=m", ...files];
  execFileSync("openssl", argv, { stdio: "pipe" });
  const tls = { certificate, key, clientCa: undefined };
  const { log } = noted();
  await using endpoint = new MetricsEndpoint({ time: nodeTime, log });
  await endpoint.start({ ...at(await freePort()), tls }, () => Promise.resolve(new AdminText("x\n", "text/plain")));
  const DAY = 86_400_000;
  const madeAt = Date.parse(endpoint.status()!.certificate!.validUntil) - 6 * DAY;
  const weightAt = (days: number): string | undefined => {
    vi.useFakeTimers({ toFake: ["Date"], now: madeAt + days * DAY });
    return metricsFindings(endpoint.status())[0]?.weight;
  };
  expect([0, 4.9, 5.1, 5.9, 6.1].map(weightAt)).toEqual([undefined, undefined, "warning", "warning", "fault"]);
  await endpoint.take(undefined);
  expect(metricsFindings(endpoint.status())).toEqual([]);
});
