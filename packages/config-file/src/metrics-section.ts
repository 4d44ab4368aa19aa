/** The section `metrics`, which the config files of all programs have. */
import { z } from "zod";
import { checkedText } from "./checked-fields.ts";
import type { ConfigDocument } from "./config-document.ts";
import type { ConfigFileErrorCode } from "./error-codes.ts";
import { type HostPort, isLoopback, parseIpAddress } from "./network-address.ts";
import { pathField } from "./vertex-fields.ts";

/** The section in the form of the file. */
export interface MetricsSection {
  listen: string;
  tls?: { certificate: string; key: string; "client-ca"?: string | undefined } | undefined;
}

/** The TCP address at which Prometheus may ask for metrics. */
export interface MetricsListen extends HostPort {
  /** Files in PEM; undefined: in plain HTTP. */
  readonly tls: MetricsTls | undefined;
}

export interface MetricsTls {
  /** The certificate, and the intermediate CAs behind it. */
  readonly certificate: string;
  readonly key: string;
  /** The CAs of which clients need a certificate; undefined: clients need none. */
  readonly clientCa: string | undefined;
}

const listen = checkedText({
  test: (text) => parseIpAddress(text) !== undefined,
  code: "ERR_CONFIG_ADDRESS" satisfies ConfigFileErrorCode,
  message: "an address of metrics is tcp://address:port or tcp://[ipv6]:port",
  advice: 'As "tcp://127.0.0.1:9464"; an IP address, not a name.',
});

export const metricsField: z.ZodOptional<z.ZodType<MetricsSection>> = z
  .strictObject({
    listen,
    tls: z.strictObject({ certificate: pathField, key: pathField, "client-ca": pathField.optional() }).optional(),
  })
  .optional();

/** Resolves the section. Other machines that read metrics in plain HTTP are a problem of the file. */
export function resolveMetrics(
  document: ConfigDocument<{ metrics?: MetricsSection | undefined }>,
): MetricsListen | undefined {
  const { metrics } = document.value;
  if (metrics === undefined) return undefined;
  const address = parseIpAddress(metrics.listen)!;
  const { tls } = metrics;
  if (tls === undefined && !isLoopback(address.host)) {
    const code: ConfigFileErrorCode = "ERR_CONFIG_METRICS_PLAIN";
    const message = `other machines can reach ${address.host}, and would read the metrics unencrypted`;
    const advice = "Listen on 127.0.0.1, or add `tls` with a `certificate` and its `key`.";
    document.problem(["metrics", "listen"], code, message, advice);
  }
  if (tls === undefined) return { ...address, tls };
  const clientCa = tls["client-ca"];
  return {
    ...address,
    tls: {
      certificate: document.resolvePath(tls.certificate),
      key: document.resolvePath(tls.key),
      clientCa: clientCa === undefined ? undefined : document.resolvePath(clientCa),
    },
  };
}
