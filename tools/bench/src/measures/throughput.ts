import { cpuSeconds } from "@florenetes/meshlab";
import { findProgram } from "../debian.ts";
import type { Figures } from "../figures.ts";
import { SERVICES, type System } from "../system.ts";
import { machineSeconds } from "./machine.ts";
import { run, startServer } from "./programs.ts";

const READY_MS_MAX = 5_000;

interface Bulk {
  readonly streams: number;
  readonly seconds: number;
  /** Seconds before `seconds`, which are not counted. */
  readonly settleSeconds: number;
  /** Mbit/s; null: no limit. */
  readonly limit: number | null;
}

/**
 * Measures throughput with iperf3 from a to d. CPU time is that of the system's own processes; if the system is the kernel, that of the
 * whole machine. Processes that begin during the run are not counted.
 */
export async function measureThroughput(
  system: System,
  streams: 1 | 8,
  { seconds, settleSeconds }: { readonly seconds: number; readonly settleSeconds: number },
): Promise<Figures> {
  const pids = [...system.processes().values()];
  const used = (): number =>
    pids.length === 0 ? machineSeconds() : pids.reduce((sum, pid) => sum + (cpuSeconds(pid) ?? 0), 0);
  const before = used();
  const bulk = await withBulk(system, { streams, seconds, settleSeconds, limit: null });
  const spent = used() - before;
  return {
    [`Mbit/s, ${streams}`]: bulk.bits_per_second / 1e6,
    [`CPU s per GB, ${streams}`]: spent / (bulk.bytes / 1e9),
  };
}

/** Runs a bulk transfer from a to d, and something beside it; returns what arrived, when both have ended. */
export async function withBulk(
  system: System,
  { streams, seconds, settleSeconds, limit }: Bulk,
  meanwhile?: () => Promise<void>,
): Promise<{ readonly bytes: number; readonly bits_per_second: number }> {
  const { lab, host, ports } = system;
  const iperf = findProgram("iperf3");
  const bind = ["--bind", host, "--port", String(SERVICES.iperf)];
  using server = startServer(system, [...iperf, "--server", "--one-off", "--forceflush", ...bind]);
  if (!(await server.untilSays("listening", READY_MS_MAX))) throw new Error(`iperf3 does not listen: ${server.said()}`);
  const length = ["--time", String(seconds), "--omit", String(settleSeconds), "--parallel", String(streams)];
  const rate = limit === null ? [] : ["--bitrate", `${limit}M`];
  const client = [...iperf, "--client", host, "--port", String(ports.iperf), "--json", ...length, ...rate];
  const running = run(lab, "a", client, seconds + settleSeconds);
  const [output] = await Promise.all([running, meanwhile?.()]);
  const { end, error } = JSON.parse(output) as {
    readonly end: { readonly sum_received?: { readonly bytes: number; readonly bits_per_second: number } };
    readonly error?: string;
  };
  if (end.sum_received === undefined) throw new Error(`iperf3 did not come to its end: ${error ?? "no reason given"}`);
  return end.sum_received;
}
