import { checkSocketPaths, type ConfigDocument, loadConfig, nameField, pathField } from "@florenetes/config-file";
import { z } from "zod";

/** A section of the config file, with the keys of docs/protocol/link-vertex.md. */
export interface ClusterConfig {
  readonly cluster: string;
  /** The vertex's name in the cluster; undefined: the identity has it. */
  readonly vertex: string | undefined;
  readonly identity: string;
  readonly listen: string;
  readonly bind: string;
  readonly connect: string;
  /** A directory for what has to outlive the process. */
  readonly state: string;
}

interface ConfigFile {
  state: string;
  clusters: Record<
    string,
    { vertex?: string | undefined } & Record<"identity" | "listen" | "bind" | "connect", string>
  >;
}

/** Unknown keys are allowed: another link vertex may have them. */
const schema: z.ZodType<ConfigFile> = z.looseObject({
  state: pathField,
  clusters: z
    .record(
      nameField,
      z.looseObject({
        vertex: nameField.optional(),
        identity: pathField,
        listen: z.string().min(1),
        bind: pathField,
        connect: pathField,
      }),
    )
    .refine((clusters) => Object.keys(clusters).length > 0, { error: "no cluster to serve" }),
});

/** @throws OperatorErrors with all mistakes of the file, each with its line */
export function loadClusterConfigs(file: string): Promise<readonly ClusterConfig[]> {
  return loadConfig(file, schema, resolve);
}

function resolve(document: ConfigDocument<ConfigFile>): readonly ClusterConfig[] {
  const path = (text: string): string => document.resolvePath(text);
  const state = path(document.value.state);
  const configs = Object.entries(document.value.clusters).map(([cluster, { vertex, listen, ...paths }]) => {
    const { identity, bind, connect } = paths;
    return { cluster, vertex, listen, state, identity: path(identity), bind: path(bind), connect: path(connect) };
  });
  checkSocketPaths(
    document,
    configs.flatMap(({ cluster, bind, connect }) => [
      [["clusters", cluster, "bind"], bind] as const,
      [["clusters", cluster, "connect"], connect] as const,
    ]),
  );
  return configs;
}
