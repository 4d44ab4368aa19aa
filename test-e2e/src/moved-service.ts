import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readRecordTexts } from "@florenetes/facts";
import type { FabricLab, Lab } from "@florenetes/meshlab";
import { expect } from "vitest";
import { flor } from "./executables.ts";

/** Moves a service by the operators' command, which asks the agent of the new host, and hands in there what they have signed. */
export async function moveService(
  lab: Lab,
  fabric: FabricLab,
  service: string,
  from: string,
  to: string,
): Promise<void> {
  const out = join(lab.folder, `${service}-${from}-${to}.fact`);
  const words = [service, "--from", from, "--to", to, "--agent", fabric.adminOf(to), "--out", out];
  expect(await flor("fabric", "service", "move", ...words)).toMatchObject({ code: 0, stderr: "" });
  const [proposal] = readRecordTexts(readFileSync(out, "utf8"))!;
  expect(await fabric.publish(to, [fabric.signProposal(proposal!)])).toMatchObject({ records: [{ outcome: "taken" }] });
}
