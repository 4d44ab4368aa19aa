/** Asks `trace` and `status` what is broken, and measures how long they take. */
import { type Lab, programArguments } from "@florenetes/meshlab";
import { expect } from "vitest";
import { PATIENCE_OF_PROCESSES } from "./patience.ts";

/** How long `trace` and `status` may take to find a fault, when the machine has time for it. */
const FOUND_MS = 5_000;
/** A terminal so wide that no line is wrapped. */
const WIDE = { COLUMNS: "10000" };

export interface Traced {
  readonly code: number;
  readonly text: string;
  readonly vertices: readonly (string | undefined)[];
  /** For each hop, whether its answer was proven. */
  readonly proofs: readonly string[];
  readonly isInTime: boolean;
}

/** Runs `cluster-flor trace` on a node. */
export async function traceFrom(lab: Lab, node: string, target: string): Promise<Traced> {
  const { code, stdout, stderr, isInTime } = await ask(lab, node, "trace", target, "--json");
  expect(stderr).toBe("");
  const report = JSON.parse(stdout) as { text: string; hops: { told: { vertex: string } | null; proof: string }[] };
  const vertices = report.hops.map(({ told }) => told?.vertex);
  const proofs = report.hops.map(({ proof }) => proof);
  return { code, text: report.text, vertices, proofs, isInTime };
}

/** Waits until a trace finds the fault, in time: the fault may not be felt at once, and a machine may be busy. */
export async function expectTraced(
  lab: Lab,
  node: string,
  target: string,
  code: number,
  text: string | RegExp,
): Promise<void> {
  const found = expect.objectContaining({ code, text: expect.stringMatching(text) as string, isInTime: true });
  await expect.poll(() => traceFrom(lab, node, target), PATIENCE_OF_PROCESSES).toEqual(found);
}

/** Waits until the status of a node's cluster-flor matches, in time. */
export async function expectStatus(lab: Lab, node: string, text: RegExp): Promise<void> {
  const told = expect.objectContaining({ stdout: expect.stringMatching(text) as string, isInTime: true });
  await expect.poll(() => ask(lab, node, "status"), PATIENCE_OF_PROCESSES).toEqual(told);
}

async function ask(
  lab: Lab,
  node: string,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string; readonly isInTime: boolean }> {
  const began = performance.now();
  const argv = [...programArguments("cluster-flor"), ...args, "--config", lab.configFile(node, "cluster-flor")];
  const { code, stdout, stderr } = await lab.exec(node, [process.execPath, ...argv], { environment: WIDE });
  return { code: code ?? -1, stdout, stderr, isInTime: performance.now() - began < FOUND_MS };
}
