import type tls from "node:tls";
import type { MetricsTls } from "@florenetes/config-file";
import { OperatorError } from "@florenetes/operator-text";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { type PemCodes, readCaPem, readServerPem, type ServerPem } from "../filesystem/tls-files.ts";

const CODES = {
  file: "ERR_METRICS_FILE",
  exposed: "ERR_METRICS_KEY_EXPOSED",
  tls: "ERR_METRICS_TLS",
} as const satisfies PemCodes & Record<keyof PemCodes, ProcessKitErrorCode>;

/**
 * Reads what the TCP address of metrics shows its clients, and by whom they are certified.
 *
 * @throws OperatorError `ERR_METRICS_FILE`, `ERR_METRICS_KEY_EXPOSED`, `ERR_METRICS_TLS`
 */
export function readMetricsTls({ certificate, key, clientCa }: MetricsTls): tls.TlsOptions & ServerPem {
  const pem = readServerPem({ certificate, key }, CODES);
  if (clientCa === undefined) return pem;
  return { ...pem, ca: readCaPem(clientCa, CODES), requestCert: true, rejectUnauthorized: true };
}

/** Finds what keeps metrics from being told over TLS; undefined: nothing does. */
export function checkMetricsTls(
  config: { readonly tls: MetricsTls | undefined } | undefined,
): OperatorError | undefined {
  if (config?.tls === undefined) return undefined;
  try {
    readMetricsTls(config.tls);
    return undefined;
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
}
