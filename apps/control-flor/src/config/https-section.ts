import {
  checkedText,
  type ConfigDocument,
  type ConfigFileErrorCode,
  type HostPort,
  parseDuration,
  parseIpAddress,
  pathField,
  trustFields,
  type TrustSection,
} from "@florenetes/config-file";
import type { RevocationPolicy } from "@florenetes/identity";
import { z } from "zod";

/** The section in the form of the file. */
export interface HttpsSection extends Pick<TrustSection, "revocation" | "revocation-grace"> {
  listen: string;
  certificate: string;
  key: string;
  trust: string;
  intermediates?: string | undefined;
}

/** The address at which users ask without a node of the mesh: over HTTPS, by the certificates of their identities. */
export interface HttpsConfig {
  readonly address: HostPort;
  /** Files in PEM that browsers are shown: the certificate with the CAs behind it, and its key. */
  readonly certificate: string;
  readonly key: string;
  /** Folder of the roots and revocation lists by which users are judged. */
  readonly trust: string;
  /** File of the CAs between these roots and the users' certificates; undefined: the roots issue them. */
  readonly intermediates: string | undefined;
  readonly revocation: RevocationPolicy;
}

const listen = checkedText({
  test: (text) => parseIpAddress(text) !== undefined,
  code: "ERR_CONFIG_ADDRESS" satisfies ConfigFileErrorCode,
  message: "an address of HTTPS is tcp://address:port or tcp://[ipv6]:port",
  advice: 'As "tcp://192.0.2.7:8443"; an IP address, not a name.',
});

/** The form of the section `https`. */
export const httpsSection: z.ZodType<HttpsSection> = z.strictObject({
  listen,
  certificate: pathField,
  key: pathField,
  trust: pathField,
  intermediates: pathField.optional(),
  revocation: trustFields.revocation,
  "revocation-grace": trustFields["revocation-grace"],
});

/** Resolves the section. Undefined: the file has none. */
export function resolveHttps(document: ConfigDocument<{ https?: HttpsSection | undefined }>): HttpsConfig | undefined {
  const { https } = document.value;
  if (https === undefined) return undefined;
  return {
    address: parseIpAddress(https.listen)!,
    certificate: document.resolvePath(https.certificate),
    key: document.resolvePath(https.key),
    trust: document.resolvePath(https.trust),
    intermediates: https.intermediates === undefined ? undefined : document.resolvePath(https.intermediates),
    revocation: {
      isRequired: https.revocation === "required",
      graceMs: parseDuration(https["revocation-grace"])!,
    },
  };
}
