import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import type tls from "node:tls";
import type { MetricsTls } from "@florenetes/config-file";
import { OperatorError } from "@florenetes/operator-text";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { METRICS_FILE_SIZE_MAX } from "../limits.ts";

/** Read permission, or any other, of everybody. */
const EVERYBODY = 0o007;

/**
 * Reads what the TCP address of metrics shows its clients, and by whom they are certified. A group may read the key, as
 * systems let programs share one.
 *
 * @throws OperatorError `ERR_METRICS_FILE`, `ERR_METRICS_KEY_EXPOSED`, `ERR_METRICS_TLS`
 */
export function readMetricsTls({ certificate, key, clientCa }: MetricsTls): tls.TlsOptions {
  const [cert, secret] = [readPem(certificate), readPem(key, true)];
  const ca = clientCa === undefined ? undefined : readPem(clientCa);
  const { createSecureContext } = process.getBuiltinModule("node:tls");
  const clients = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
  const options = { cert, key: secret, ...clients };
  tryTls(certificate, () => createSecureContext({ cert, key: secret }));
  if (ca !== undefined) tryTls(clientCa!, () => new (process.getBuiltinModule("node:crypto").X509Certificate)(ca));
  return options;
}

/** How long a certificate that is shown to clients is valid. */
export interface CertificateTerm {
  readonly from: Date;
  readonly until: Date;
}

/** The term of the first certificate in `options`, as `readMetricsTls` returns them. */
export function termOf({ cert }: tls.TlsOptions): CertificateTerm {
  const { X509Certificate } = process.getBuiltinModule("node:crypto");
  const { validFromDate, validToDate } = new X509Certificate(cert as string);
  return { from: validFromDate, until: validToDate };
}

/** Whether a certificate is in the last sixth of its life, in which those of nodes are warned of as well. @param now Milliseconds since 1970 */
export function endsSoon({ from, until }: CertificateTerm, now: number): boolean {
  return now >= until.getTime() - (until.getTime() - from.getTime()) / 6;
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

function readPem(path: string, isSecret = false): string {
  let descriptor: number | undefined;
  try {
    // Not blocking: a named pipe in a file's place must not hold the process.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw fault("ERR_METRICS_FILE", path, "it is not a regular file", "Name a file in PEM.");
    if (stats.size > METRICS_FILE_SIZE_MAX)
      throw fault("ERR_METRICS_FILE", path, `it has ${stats.size} bytes`, "Name a file in PEM.");
    if (isSecret && (stats.mode & EVERYBODY) !== 0)
      throw fault("ERR_METRICS_KEY_EXPOSED", path, "everybody may use this private key", "Run chmod o-rwx on it.");
    return readFileSync(descriptor, "utf8");
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const { message } = error as Error;
    throw fault("ERR_METRICS_FILE", path, `it cannot be read: ${message}`, "Let the user of the process read it.");
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function tryTls(path: string, make: () => unknown): void {
  try {
    make();
  } catch (error) {
    const advice = "Name a certificate in PEM with its CAs behind it, and the key that it was made for.";
    throw fault("ERR_METRICS_TLS", path, `TLS cannot use it: ${(error as Error).message}`, advice);
  }
}

function fault(code: ProcessKitErrorCode, file: string, message: string, advice: string): OperatorError {
  return new OperatorError(code, message, { advice, where: { file } });
}
