/** Asks `trace` and `status` what is broken, and looks at how long they take for it. */
import { type Lab, programArguments } from "@florenetes/meshlab";
import { expect } from "vitest";
import { PATIENCE } from "./patience.ts";

/** How long it may take to ask what is broken. */
export const FOUND_MS = 5_000;
/** No line is wrapped. */
const WIDE = { COLUMNS: "10000" };

export interface Traced {
  readonly code: number;
  readonly text: string;
  readonly vertices: readonly (string | undefined)[];
  readonly ms: number;
}

/** Runs `cluster-flor trace` on a node. */
export async function traceFrom(lab: Lab, node: string, target: string): Promise<Traced> {
  const { code, stdout, stderr, ms } = await ask(lab, node, "trace", target, "--json");
  expect(stderr).toBe("");
  const report = JSON.parse(stdout) as { text: string; hops: { told: { vertex: string } | null }[] };
  const vertices = report.hops.map(({ told }) => told?.vertex);
  return { code, text: report.text, vertices, ms };
}

/** A fault may not be felt at once. From then on a trace finds it in time. */
export async function expectTraced(
  lab: Lab,
  node: string,
  target: string,
  code: number,
  text: string | RegExp,
): Promise<void> {
  const found = expect.objectContaining({ code, text: expect.stringMatching(text) as string });
  let traced: Traced | undefined;
  await expect.poll(async () => (traced = await traceFrom(lab, node, target)), PATIENCE).toEqual(found);
  expect(traced!.ms).toBeLessThan(FOUND_MS);
}

/** The status of a node's cluster-flor says it in time, from when the fault is felt. */
export async function expectStatus(lab: Lab, node: string, text: RegExp): Promise<void> {
  let ms = Number.POSITIVE_INFINITY;
  const look = async (): Promise<string> => {
    const status = await ask(lab, node, "status");
    ms = status.ms;
    return status.stdout;
  };
  await expect.poll(look, PATIENCE).toMatch(text);
  expect(ms).toBeLessThan(FOUND_MS);
}

async function ask(
  lab: Lab,
  node: string,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string; readonly ms: number }> {
  const began = performance.now();
  const argv = [...programArguments("cluster-flor"), ...args, "--config", lab.configFile(node, "cluster-flor")];
  const { code, stdout, stderr } = await lab.exec(node, [process.execPath, ...argv], { environment: WIDE });
  return { code: code ?? -1, stdout, stderr, ms: performance.now() - began };
}
