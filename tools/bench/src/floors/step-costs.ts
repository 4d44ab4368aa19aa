import { execFile } from "node:child_process";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MeasuredCheckout } from "../micro/measured-checkout.ts";
import { summarize } from "../rounds.ts";
import { datagrams, stream } from "../micro/subjects/engine.ts";
import type { PacketSizes, StepCosts } from "./cpu-floor.ts";

const ROUNDS = 5;
const ROUND_MS = 60;
const WARM_UP_MS = 150;

const run = promisify(execFile);

/** Measures the steps one after the other, each in a process that does nothing else. A few seconds. */
export async function measureStepCosts({ mesh, link, end }: PacketSizes): Promise<StepCosts> {
  const file = fileURLToPath(new URL(`programs/socket-costs${extname(import.meta.url)}`, import.meta.url));
  const { stdout } = await run(process.execPath, [...process.execArgv, file, String(mesh), String(link)]);
  const sockets = JSON.parse(stdout) as Pick<StepCosts, "florio" | "udp" | "tcp">;
  return {
    ...sockets,
    linkAes: await aesCost(link),
    endAes: await aesCost(end),
    linkEngine: await engineCost(datagrams(link).name),
    endEngine: await engineCost(stream(end).name),
  };
}

async function engineCost(subject: string): Promise<number> {
  using checkout = new MeasuredCheckout(join(import.meta.dirname, "../../../.."));
  await checkout.prepare(subject, WARM_UP_MS);
  const figures: number[] = [];
  for (let round = 0; round < ROUNDS; round++) figures.push(await checkout.round(ROUND_MS));
  return summarize(figures).median;
}

/** Takes openssl's own bench: Node's crypto makes an object for each packet, which costs more than the encryption. */
async function aesCost(bytes: number): Promise<number | null> {
  try {
    const argv = ["speed", "-mr", "-seconds", "1", "-bytes", String(bytes), "-evp", "aes-128-gcm"];
    const { stdout } = await run("openssl", argv);
    return readOpensslSpeed(stdout, bytes);
  } catch {
    return null;
  }
}

/** Nanoseconds per operation, of `openssl speed -mr`; null when it says something else. */
export function readOpensslSpeed(output: string, bytes: number): number | null {
  const bytesPerSecond = Number(/^\+F:\d+:[^:]+:([\d.]+)\s*$/m.exec(output)?.[1]);
  return bytesPerSecond > 0 ? (bytes / bytesPerSecond) * 1e9 : null;
}
