import { checkedText, metricsField, type MetricsSection, nameField, pathField } from "@florenetes/config-file";
import { ENDPOINTS_MAX, RANK_MAX } from "@florenetes/facts";
import { LABEL_COUNT_MAX, LABEL_MAX, LABEL_MIN } from "@florenetes/forwarding";
import { z } from "zod";
import type { FabricConfigErrorCode } from "./config-errors.ts";
import { COMMAND_WORDS_MAX, STORE_URLS_MAX, WAYS_MAX } from "./limits.ts";

/** The config file of an agent as it is written, with its defaults filled in. */
export interface FabricConfigFile {
  cluster: string;
  node: string;
  state: string;
  admin: string;
  control?: string | undefined;
  metrics?: MetricsSection | undefined;
  api?: string | undefined;
  door: string;
  sessions: string;
  listen: string;
  root: string;
  "root-file"?: string | undefined;
  "seeds-file"?: string | undefined;
  development: boolean;
  store?: "sqlite" | StoreSection | undefined;
  coordinator?: CoordinatorSection | undefined;
  signer?: SignerSection | undefined;
  ways: Record<string, WaySection>;
  endpoints: EndpointSection[];
  price: number;
  metered: boolean;
  device?: DeviceSection | undefined;
  updates?: UpdatesSection | undefined;
  "otlp-metrics"?: OtlpMetricsSection | undefined;
}

/** The releases that the node follows, and where it fetches them. */
export interface UpdatesSection {
  channel: string;
  /** The socket of data sessions of a cluster vertex, with the services of caches and stores. */
  sessions: string;
  "repository-root": string;
  status: string;
}

/** The collector that an observer sends the sums of its partition to. */
interface OtlpMetricsSection {
  endpoint: string;
  ca?: string | undefined;
}

/** The source of what the device is like that the node runs on. */
export interface DeviceSection {
  /** The program, and its arguments. */
  command: string[];
}

/** A place at which others reach this node, in the form in which it is announced. */
export interface EndpointSection {
  id: string;
  endpoint: string;
  carrier: string;
  reach: "local" | "public";
  segment?: string | undefined;
  provider?: string | undefined;
  priority: number;
  weight: number;
}

/** The way to a node: a link, and the labels that lead from its far end to the node. */
export interface WaySection {
  link: string;
  labels: number[];
}

/** A log in etcd. */
export interface StoreSection {
  etcd: string[];
  ca: string;
  cert: string;
  key: string;
}

/** The partition that the node coordinates while records give it the role. */
export interface CoordinatorSection {
  partition: string;
  store?: "sqlite" | StoreSection | undefined;
}

/** The key by which the agent signs as one of a quorum. */
export interface SignerSection {
  key: string;
  "passphrase-file"?: string | undefined;
  command?: string | undefined;
  rules?: SignerRule[] | undefined;
}

/**
 * A written rule by which a program's key signs: `renew` signs again what people have signed, unchanged, at half of its life; `tokens` signs nodes of the lowest trust tier that
 * come with a token of people's; `releases` raises the stage of a release by the rule that people have written into it.
 */
export type SignerRule = (typeof SIGNER_RULES)[number];

const SIGNER_RULES = ["renew", "tokens", "releases"] as const;

/** The labels of a way leave room for that of the service. */
const WAY_LABELS_MAX: number = LABEL_COUNT_MAX - 1;
/** An announcement says beside these that the node calls by itself. */
const OWN_ENDPOINTS_MAX: number = ENDPOINTS_MAX - 1;
const FINGERPRINT = /^sha256:[0-9a-f]{64}$/;

const fingerprint = checkedText({
  test: (text) => FINGERPRINT.test(text),
  code: "ERR_FABRIC_FINGERPRINT" satisfies FabricConfigErrorCode,
  message: "a fingerprint is sha256: and 64 hexadecimal digits in small letters",
  advice: "Write it as `flor fabric init` has printed it.",
});

const way = z.strictObject({
  link: nameField,
  labels: z
    .array(z.int().min(LABEL_MIN).max(LABEL_MAX))
    .refine((labels) => labels.length >= 1 && labels.length <= WAY_LABELS_MAX, {
      error: `1 to ${WAY_LABELS_MAX} labels`,
      params: {
        code: "ERR_FABRIC_WAY_LABELS" satisfies FabricConfigErrorCode,
        advice: "Write the labels that lead from the link's far end to the node. A neighbour needs no way.",
      },
    }),
});

const memberUrl = checkedText({
  test: isMemberUrl,
  code: "ERR_FABRIC_STORE_URL" satisfies FabricConfigErrorCode,
  message: "the address of a member is https:// with a host and a port, and nothing behind them",
  advice: "Write it as the member's --advertise-client-urls has it, for example https://192.0.2.1:2379.",
});

const store = z.union(
  [
    z.literal("sqlite"),
    z.strictObject({
      etcd: z.array(memberUrl).refine((urls) => urls.length >= 1 && urls.length <= STORE_URLS_MAX, {
        error: `1 to ${STORE_URLS_MAX} members`,
        params: {
          code: "ERR_FABRIC_STORE_URLS" satisfies FabricConfigErrorCode,
          advice: "Name the members of one etcd, as a rule three.",
        },
      }),
      ca: pathField,
      cert: pathField,
      key: pathField,
    }),
  ],
  { error: "it is sqlite, or etcd with ca, cert and key" },
);

const signer = z
  .strictObject({
    key: pathField,
    "passphrase-file": pathField.optional(),
    command: z.string().min(1).optional(),
    rules: z.array(z.enum(SIGNER_RULES)).max(SIGNER_RULES.length).optional(),
  })
  .refine((written) => written["passphrase-file"] === undefined || written.command === undefined, {
    error: "a key is opened by a passphrase, or is a command's: not both",
    params: {
      code: "ERR_FABRIC_SIGNER_WAY" satisfies FabricConfigErrorCode,
      advice: "Remove `passphrase-file` where `command` signs.",
    },
  });

const command = z.array(z.string()).refine(isCommand, {
  error: `an absolute path and at most ${COMMAND_WORDS_MAX - 1} arguments, without an octet 0`,
  params: {
    code: "ERR_FABRIC_DEVICE_COMMAND" satisfies FabricConfigErrorCode,
    advice: "Write the program's path and each argument as an item of its own: no shell reads them.",
  },
});

const rank = z.int().min(0).max(RANK_MAX).default(0);
const endpoint = z.strictObject({
  id: nameField,
  endpoint: z.string(),
  carrier: nameField.default("quic"),
  reach: z.enum(["local", "public"]).default("public"),
  segment: nameField.optional(),
  provider: nameField.optional(),
  priority: rank,
  weight: rank,
});

const collectorField = z.string().refine((text) => collectorOf(text) !== undefined, {
  error: "an endpoint of metrics is an http or https URL without a user and without a fragment",
  params: {
    code: "ERR_FABRIC_OTLP_METRICS" satisfies FabricConfigErrorCode,
    advice: 'As "http://127.0.0.1:4318/v1/metrics".',
  },
});

export const fabricConfigSchema: z.ZodType<FabricConfigFile> = z.strictObject({
  cluster: nameField,
  node: nameField,
  state: pathField,
  admin: pathField,
  control: pathField.optional(),
  metrics: metricsField,
  api: pathField.optional(),
  door: pathField,
  sessions: pathField,
  listen: pathField,
  root: fingerprint,
  "root-file": pathField.optional(),
  "seeds-file": pathField.optional(),
  development: z.boolean().default(false),
  store: store.optional(),
  coordinator: z.strictObject({ partition: nameField.default("default"), store: store.optional() }).optional(),
  signer: signer.optional(),
  ways: z
    .record(nameField, way)
    .refine((ways) => Object.keys(ways).length <= WAYS_MAX, {
      error: `an agent keeps ${WAYS_MAX} ways at most`,
      params: {
        code: "ERR_FABRIC_WAYS_MANY" satisfies FabricConfigErrorCode,
        advice: "Leave out nodes whose services nobody uses here.",
      },
    })
    .default({}),
  endpoints: z
    .array(endpoint)
    .refine((endpoints) => endpoints.length <= OWN_ENDPOINTS_MAX, {
      error: `a node announces ${OWN_ENDPOINTS_MAX} endpoints of its own at most`,
      params: {
        code: "ERR_FABRIC_ENDPOINT" satisfies FabricConfigErrorCode,
        advice: "Leave out those by which fewest others reach the node.",
      },
    })
    .default([]),
  price: rank,
  metered: z.boolean().default(false),
  device: z.strictObject({ command }).optional(),
  updates: z
    .strictObject({
      channel: nameField,
      sessions: pathField,
      "repository-root": pathField,
      status: pathField.default("/var/lib/florenetes/update/status.json"),
    })
    .optional(),
  "otlp-metrics": z.strictObject({ endpoint: collectorField, ca: pathField.optional() }).optional(),
});

function isCommand(words: readonly string[]): boolean {
  const isWhole = words.length <= COMMAND_WORDS_MAX && !words.some((word) => word.includes("\0"));
  return isWhole && words[0]?.startsWith("/") === true;
}

function isMemberUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" && url.host !== "" && (text === url.origin || text === `${url.origin}/`);
}

/** The URL of a collector; undefined: the text is none. */
export function collectorOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  return url.username === "" && url.password === "" && url.hash === "" ? url : undefined;
}
