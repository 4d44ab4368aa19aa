/** Metrics of a lab's processes over TCP, as their configs ask for it. */
import { readFileSync, writeFileSync } from "node:fs";
import { type ReloadOutcome, requestAdmin } from "@florenetes/process-kit";
import { freePort } from "./free-port.ts";

/** The section `metrics` of a config. */
export interface MetricsSection {
  readonly listen: string;
  readonly tls?: { readonly certificate: string; readonly key: string; readonly "client-ca"?: string };
}

/** Gives the config file of a running process this section, or takes it away, and has the file taken. */
export async function tellAt(configFile: string, metrics: MetricsSection | undefined): Promise<ReloadOutcome> {
  const text = readFileSync(configFile, "utf8").replace(/^metrics: .*\n/m, "");
  writeFileSync(configFile, metrics === undefined ? text : `metrics: ${JSON.stringify(metrics)}\n${text}`);
  const admin = /^admin: "?([^"\n]+)"?$/m.exec(text)![1]!;
  const control = admin.replace(/[.]sock$/, "-control.sock");
  return (await requestAdmin(control, "/reload", { method: "POST", timeoutMs: 30_000 })) as ReloadOutcome;
}

/** Has running processes tell metrics in plain HTTP; returns their ports. Throws where one cannot. */
export async function tellPlain(...configFiles: readonly string[]): Promise<number[]> {
  return Promise.all(
    configFiles.map(async (file) => {
      const port = await freePort();
      const outcome = await tellAt(file, { listen: `tcp://127.0.0.1:${port}` });
      if (!outcome.ok) throw new Error(JSON.stringify(outcome));
      return port;
    }),
  );
}
