import { parseConfig } from "@florenetes/config-file";
import { Document, isCollection, isMap, visit } from "yaml";
import { z } from "zod";

/**
 * The config of one node's cluster-flor: the parts that have to fit with those of other nodes. All else is kept as it
 * is: cluster-flor checks it.
 */
export interface NodeConfig {
  readonly vertex: string;
  readonly links: Readonly<Record<string, NodeLink>>;
  readonly transit: readonly (readonly [string, string])[];
  readonly "cross-connects": readonly { readonly from: LinkLabelEntry; readonly to: LinkLabelEntry }[];
  readonly "lsp-ends": readonly LinkLabelEntry[];
  readonly services: Readonly<Record<string, Labelled & { readonly allow: readonly string[] }>>;
  readonly paths: Readonly<Record<string, { readonly link?: string | undefined; readonly labels: readonly number[] }>>;
  readonly tunnels: readonly {
    readonly listen: string;
    readonly as: string;
    readonly service: string;
    readonly path: string;
  }[];
  readonly sessions: readonly {
    readonly listen: string;
    readonly as: string;
    readonly services: Readonly<Record<string, { readonly path: string; readonly service?: string | undefined }>>;
  }[];
}

/** A link or service, with its labels. */
export interface Labelled {
  readonly label: number;
  readonly "second-label"?: number | undefined;
}

interface NodeLink extends Labelled {
  readonly role: "originator" | "acceptor";
  readonly peer: string;
  readonly tag?: string | undefined;
  readonly endpoint?: string | undefined;
}

export interface LinkLabelEntry {
  readonly link: string;
  readonly label: number;
}

const linkLabel = z.object({ link: z.string(), label: z.number() });

const labels = { label: z.number(), "second-label": z.number().optional() };

const nodeConfigSchema: z.ZodType<NodeConfig> = z.looseObject({
  vertex: z.string(),
  links: z
    .record(
      z.string(),
      z.looseObject({
        role: z.enum(["originator", "acceptor"]),
        peer: z.string(),
        tag: z.string().optional(),
        endpoint: z.string().optional(),
        ...labels,
      }),
    )
    .default({}),
  transit: z.array(z.tuple([z.string(), z.string()])).default([]),
  "cross-connects": z.array(z.object({ from: linkLabel, to: linkLabel })).default([]),
  "lsp-ends": z.array(linkLabel).default([]),
  services: z.record(z.string(), z.looseObject({ ...labels, allow: z.array(z.string()).default([]) })).default({}),
  paths: z.record(z.string(), z.looseObject({ link: z.string().optional(), labels: z.array(z.number()) })).default({}),
  tunnels: z
    .array(z.looseObject({ listen: z.string(), as: z.string(), service: z.string(), path: z.string() }))
    .default([]),
  sessions: z
    .array(
      z.looseObject({
        listen: z.string(),
        as: z.string(),
        services: z.record(z.string(), z.looseObject({ path: z.string(), service: z.string().optional() })),
      }),
    )
    .default([]),
});

/**
 * Reads a rendered `cluster-flor.yaml`.
 *
 * @throws OperatorErrors (`ERR_CONFIG_…`) when it does not have the form of one
 */
export function parseNodeConfig(text: string, file: string): NodeConfig {
  return parseConfig(text, file, nodeConfigSchema).value;
}

/** Writes a config as a file: sections in blocks, with one entry to a line, as people write them. Empty sections are left out. */
export function formatNodeConfig(config: NodeConfig, comment: string): string {
  return formatSections(
    Object.fromEntries(
      Object.entries(config).filter(([, value]) => typeof value !== "object" || Object.keys(value ?? {}).length > 0),
    ),
    comment,
  );
}

/** Writes a config file with a comment at its head. */
export function formatSections(config: object, comment: string): string {
  const document = new Document(config, { aliasDuplicateObjects: false });
  document.commentBefore = comment;
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === "string" && !isPlainForAll(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  if (isMap(document.contents)) {
    for (const { value } of document.contents.items) {
      if (!isCollection(value)) continue;
      for (const item of value.items) {
        const entry = isMap(value) ? (item as { value: unknown }).value : item;
        if (isCollection(entry)) entry.flow = true;
      }
    }
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/**
 * Whether a text may stand without quotes. Link vertices of other authors may read it with YAML 1.1, where `on` is true
 * and `a?b` is no text within braces.
 */
function isPlainForAll(text: string): boolean {
  return /^[a-z/][\w./:-]*$/i.test(text) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(text);
}
