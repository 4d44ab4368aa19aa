/** The section `otlp-traces`: the collector that spans of workload connections are sent to. */
import {
  type ConfigDocument,
  type ConfigFileErrorCode,
  checkedText,
  isLoopback,
  pathField,
} from "@florenetes/config-file";
import { z } from "zod";
import type { ClusterConfigErrorCode } from "./config-errors.ts";

/** The section in the form of the file. */
export interface OtlpSection {
  endpoint: string;
  ca?: string | undefined;
}

/** The collector of spans. */
export interface OtlpTracesConfig {
  /** An http or https URL; the first leads to this machine. */
  readonly endpoint: string;
  /** The CAs that may have signed the collector's certificate, a file in PEM; undefined: those that Node.js brings. */
  readonly ca: string | undefined;
}

export const otlpField: z.ZodOptional<z.ZodType<OtlpSection>> = z
  .strictObject({
    endpoint: checkedText({
      test: (text) => collectorOf(text) !== undefined,
      code: "ERR_CONFIG_ADDRESS" satisfies ConfigFileErrorCode,
      message: "an endpoint of traces is an http or https URL without a user and without a fragment",
      advice: 'As "http://127.0.0.1:4318/v1/traces".',
    }),
    ca: pathField.optional(),
  })
  .optional();

/** Resolves the section. Spans that would cross a network in plain HTTP are a problem of the file. */
export function resolveOtlp(
  document: ConfigDocument<{ "otlp-traces"?: OtlpSection | undefined }>,
): OtlpTracesConfig | undefined {
  const section = document.value["otlp-traces"];
  if (section === undefined) return undefined;
  const { protocol, hostname } = collectorOf(section.endpoint)!;
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol === "http:" && host !== "localhost" && !isLoopback(host)) {
    const code: ClusterConfigErrorCode = "ERR_CONFIG_TRACES_PLAIN";
    const message = `spans would go to ${host} unencrypted, with the names of principals and services`;
    document.problem(
      ["otlp-traces", "endpoint"],
      code,
      message,
      "Write https, or send them to a collector on 127.0.0.1.",
    );
  }
  const { endpoint, ca } = section;
  return { endpoint, ca: ca === undefined ? undefined : document.resolvePath(ca) };
}

function collectorOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  return url.username === "" && url.password === "" && url.hash === "" ? url : undefined;
}
