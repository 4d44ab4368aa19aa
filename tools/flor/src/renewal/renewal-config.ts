import {
  checkedDuration,
  type ConfigDocument,
  type ConfigFileErrorCode,
  loadConfig,
  nameField,
  parseDuration,
  parseStreamAddress,
  pathField,
} from "@florenetes/config-file";
import { z } from "zod";
import { tcpField } from "../issuer/tcp-field.ts";

/** The address of an issuer. */
export interface IssuerPlace {
  readonly host: string;
  readonly port: number;
}

export interface RenewalConfig {
  readonly cluster: string;
  /** The issuers of the cluster: the first one that answers renews. */
  readonly issuers: readonly IssuerPlace[];
  readonly identities: readonly KeptIdentity[];
  /** A node that follows the lists warns when it has not heard from the issuer for so long. */
  readonly staleAfterMs: number;
}

/** An identity folder, and the control socket of the process that uses it. */
export interface KeptIdentity {
  readonly folder: string;
  readonly control: string;
}

interface RenewalConfigFile {
  cluster: string;
  issuer: string | string[];
  identities: { folder: string; control: string }[];
  "stale-after": number | string;
}

const ISSUERS_MAX = 8;
const STALE_AFTER_MS = 3_600_000;
const STALE_AFTER_MS_MIN = 10_000;
const STALE_AFTER_MS_MAX: number = 30 * 86_400_000;

const schema: z.ZodType<RenewalConfigFile> = z.strictObject({
  cluster: nameField,
  issuer: z.union([tcpField, z.array(tcpField).min(1).max(ISSUERS_MAX)]),
  identities: z.array(z.strictObject({ folder: pathField, control: pathField })).min(1),
  "stale-after": checkedDuration({
    min: STALE_AFTER_MS_MIN,
    max: STALE_AFTER_MS_MAX,
    range: "of 10 s to 30 days",
    code: "ERR_CONFIG_DURATION" satisfies ConfigFileErrorCode,
    advice: "As `1h` or `1d`.",
  }).default(STALE_AFTER_MS),
});

/** Reads the config file of a node's renewals. Throws OperatorErrors with all problems, each with its line. */
export function loadRenewalConfig(file: string): Promise<RenewalConfig> {
  return loadConfig(file, schema, resolveConfig);
}

function resolveConfig(document: ConfigDocument<RenewalConfigFile>): RenewalConfig {
  const { cluster, issuer, identities, "stale-after": staleAfter } = document.value;
  return {
    cluster,
    issuers: [issuer].flat().map(placeOf),
    staleAfterMs: parseDuration(staleAfter)!,
    identities: identities.map(({ folder, control }) => ({
      folder: document.resolvePath(folder),
      control: document.resolvePath(control),
    })),
  };
}

function placeOf(address: string): IssuerPlace {
  const { host, port } = parseStreamAddress(address) as IssuerPlace;
  return { host, port };
}
