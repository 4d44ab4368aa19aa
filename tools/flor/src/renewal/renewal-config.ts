import { type ConfigDocument, loadConfig, nameField, parseStreamAddress, pathField } from "@florenetes/config-file";
import { z } from "zod";
import { tcpField } from "../issuer/tcp-field.ts";

export interface RenewalConfig {
  readonly cluster: string;
  readonly issuer: { readonly host: string; readonly port: number };
  readonly identities: readonly KeptIdentity[];
}

/** An identity folder, and the control socket of the process that uses it. */
export interface KeptIdentity {
  readonly folder: string;
  readonly control: string;
}

interface RenewalConfigFile {
  cluster: string;
  issuer: string;
  identities: { folder: string; control: string }[];
}

const schema: z.ZodType<RenewalConfigFile> = z.strictObject({
  cluster: nameField,
  issuer: tcpField,
  identities: z.array(z.strictObject({ folder: pathField, control: pathField })).min(1),
});

/** Reads the config file of a node's renewals. Throws OperatorErrors with all problems, each with its line. */
export function loadRenewalConfig(file: string): Promise<RenewalConfig> {
  return loadConfig(file, schema, resolveConfig);
}

function resolveConfig(document: ConfigDocument<RenewalConfigFile>): RenewalConfig {
  const { cluster, issuer, identities } = document.value;
  const { host, port } = parseStreamAddress(issuer) as { readonly host: string; readonly port: number };
  return {
    cluster,
    issuer: { host, port },
    identities: identities.map(({ folder, control }) => ({
      folder: document.resolvePath(folder),
      control: document.resolvePath(control),
    })),
  };
}
