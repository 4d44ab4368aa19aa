import { type ConfigDocument, loadConfig, parseDuration } from "@florenetes/config-file";
import { type UpdateConfigFile, updateConfigSchema } from "./schema.ts";

/** The checked configuration of update-flor. The file's own form is in `schema.ts`. */
export interface UpdateConfig {
  readonly cluster: string;
  readonly node: string;
  /** The channel whose releases the machine takes. */
  readonly channel: string;
  /** The folder into which the agent puts releases. */
  readonly spool: string;
  /** update-flor's own folder. */
  readonly state: string;
  /** The id of the root descriptor that is trusted first: SHA-256 in lower-case hex. */
  readonly fingerprint: string;
  /** The file with the first root of the repository. */
  readonly repositoryRoot: string;
  readonly wholeWithinMs: number;
}

/**
 * Reads the config file of update-flor, and checks all that can be checked without other files.
 *
 * @throws OperatorErrors with all problems (docs/operate/errors.md), each with its line
 */
export function loadUpdateConfig(file: string): Promise<UpdateConfig> {
  return loadConfig(file, updateConfigSchema, resolveUpdateConfig);
}

function resolveUpdateConfig(document: ConfigDocument<UpdateConfigFile>): UpdateConfig {
  const { value } = document;
  return {
    cluster: value.cluster,
    node: value.node,
    channel: value.channel,
    spool: document.resolvePath(value.spool),
    state: document.resolvePath(value.state),
    fingerprint: value.root.slice("sha256:".length),
    repositoryRoot: document.resolvePath(value["repository-root"]),
    wholeWithinMs: parseDuration(value["whole-within"])!,
  };
}
