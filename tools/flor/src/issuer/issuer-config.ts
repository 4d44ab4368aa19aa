import {
  checkedDuration,
  type ConfigDocument,
  type ConfigFileErrorCode,
  loadConfig,
  nameField,
  parseDuration,
  parseStreamAddress,
  pathField,
  trustFields,
  type TrustSection,
} from "@florenetes/config-file";
import { RENEWED_LIFE_MS, RENEWED_LIFE_MS_MAX, RENEWED_LIFE_MS_MIN } from "@florenetes/identity/authority";
import { z } from "zod";
import { tcpField } from "./tcp-field.ts";

export interface IssuerConfig {
  readonly cluster: string;
  /** Folder of the CA that issues. */
  readonly ca: string;
  /** Folder of the roots and lists by which nodes are judged. */
  readonly trust: string;
  /** Folder for what the issuer has to remember: the lists that it has seen. */
  readonly state: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Admin socket of the fabric's agent, which knows the nodes; undefined: nobody is asked. */
  readonly agent?: string | undefined;
  readonly lifeMs: number;
  readonly isListRequired: boolean;
  readonly listGraceMs: number;
  readonly warningMs: number;
}

interface IssuerConfigFile extends Pick<TrustSection, "revocation" | "revocation-grace" | "expiry-warning"> {
  cluster: string;
  ca: string;
  trust: string;
  state: string;
  listen: string;
  agent?: string | undefined;
  life: number | string;
}

export const issuerConfigSchema: z.ZodType<IssuerConfigFile> = z.strictObject({
  cluster: nameField,
  ca: pathField,
  trust: pathField,
  state: pathField,
  listen: tcpField,
  agent: pathField.optional(),
  life: checkedDuration({
    min: RENEWED_LIFE_MS_MIN,
    max: RENEWED_LIFE_MS_MAX,
    range: "of 1 min to 365 days",
    code: "ERR_CONFIG_DURATION" satisfies ConfigFileErrorCode,
    advice: "As `30d` or `12h`.",
  }).default(RENEWED_LIFE_MS),
  revocation: trustFields.revocation,
  "revocation-grace": trustFields["revocation-grace"],
  "expiry-warning": trustFields["expiry-warning"],
});

/** Reads the config file of an issuer. Throws OperatorErrors with all problems, each with its line. */
export function loadIssuerConfig(file: string): Promise<IssuerConfig> {
  return loadConfig(file, issuerConfigSchema, resolveConfig);
}

function resolveConfig(document: ConfigDocument<IssuerConfigFile>): IssuerConfig {
  const { value } = document;
  const { host, port } = parseStreamAddress(value.listen) as { readonly host: string; readonly port: number };
  return {
    cluster: value.cluster,
    ca: document.resolvePath(value.ca),
    trust: document.resolvePath(value.trust),
    state: document.resolvePath(value.state),
    listen: { host, port },
    agent: value.agent === undefined ? undefined : document.resolvePath(value.agent),
    lifeMs: parseDuration(value.life)!,
    isListRequired: value.revocation === "required",
    listGraceMs: parseDuration(value["revocation-grace"])!,
    warningMs: parseDuration(value["expiry-warning"])!,
  };
}
