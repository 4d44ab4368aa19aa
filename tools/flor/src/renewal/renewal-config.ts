import {
  checkedDuration,
  checkedText,
  type ConfigDocument,
  type ConfigFileErrorCode,
  loadConfig,
  nameField,
  parseDatagramTarget,
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
  /** The address is that of a neighbour's link vertex, whose door leads to the issuer: whoever asks shows its certificate there, too. */
  readonly isDoor?: boolean;
}

export interface RenewalConfig {
  readonly cluster: string;
  /** The issuers of the cluster: the first one that answers renews. */
  readonly issuers: readonly IssuerPlace[];
  /** Neighbours whose doors lead to an issuer, for when no issuer is reached otherwise. */
  readonly doors: readonly IssuerPlace[];
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
  doors?: string[] | undefined;
  identities: { folder: string; control: string }[];
  "stale-after": number | string;
}

const ISSUERS_MAX = 8;
const DOORS_MAX = 8;
const STALE_AFTER_MS = 3_600_000;
const STALE_AFTER_MS_MIN = 10_000;
const STALE_AFTER_MS_MAX: number = 30 * 86_400_000;

const doorField = checkedText({
  test: (text) => parseDatagramTarget(text) !== undefined,
  code: "ERR_CONFIG_ADDRESS" satisfies ConfigFileErrorCode,
  message: "a door is udp://host:port",
  advice: "As udp://192.0.2.7:4433: the address of a neighbour's link vertex whose config has `ended-door`.",
});

export const renewalConfigSchema: z.ZodType<RenewalConfigFile> = z.strictObject({
  cluster: nameField,
  issuer: z.union([tcpField, z.array(tcpField).min(1).max(ISSUERS_MAX)]),
  doors: z.array(doorField).max(DOORS_MAX).optional(),
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
  return loadConfig(file, renewalConfigSchema, resolveConfig);
}

function resolveConfig(document: ConfigDocument<RenewalConfigFile>): RenewalConfig {
  const { cluster, issuer, doors = [], identities, "stale-after": staleAfter } = document.value;
  return {
    cluster,
    issuers: [issuer].flat().map(placeOf),
    doors: doors.map(doorOf),
    staleAfterMs: parseDuration(staleAfter)!,
    identities: identities.map(({ folder, control }) => ({
      folder: document.resolvePath(folder),
      control: document.resolvePath(control),
    })),
  };
}

function doorOf(address: string): IssuerPlace {
  const { host, port } = parseDatagramTarget(address)!;
  return { host, port, isDoor: true };
}

function placeOf(address: string): IssuerPlace {
  const { host, port } = parseStreamAddress(address) as IssuerPlace;
  return { host, port };
}
