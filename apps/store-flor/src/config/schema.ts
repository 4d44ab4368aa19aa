import {
  checkedRate,
  checkedText,
  metricsField,
  type MetricsSection,
  nameField,
  pathField,
} from "@florenetes/config-file";
import { z } from "zod";
import type { StoreConfigErrorCode } from "./config-errors.ts";
import { gatewayField, type GatewaySection } from "./gateway-section.ts";
import { BUDGET_MAX, BUDGET_MIN, READERS_LIMIT_MAX } from "./limits.ts";
import { parseSize } from "./size.ts";

/** The config file of store-flor as it is written, with its defaults filled in. */
export interface StoreConfigFile {
  cluster: string;
  node: string;
  admin: string;
  control?: string | undefined;
  metrics?: MetricsSection | undefined;
  listen?: string | undefined;
  "update-store"?: { folder: string } | undefined;
  "update-cache"?: CacheSection | undefined;
  "storage-gateway"?: GatewaySection | undefined;
  limits: LimitsSection;
}

interface CacheSection {
  state: string;
  sessions: string;
  "repository-root": string;
  budget: string;
  agent?: string | undefined;
}

interface LimitsSection {
  readers: number;
  "readers-of-one": number;
  rate?: string | undefined;
  "reader-rate"?: string | undefined;
}

const size = checkedText({
  test: (text) => {
    const octets = parseSize(text);
    return octets !== undefined && octets >= BUDGET_MIN && octets <= BUDGET_MAX;
  },
  code: "ERR_STORE_SIZE" satisfies StoreConfigErrorCode,
  message: (text) => `"${text}" is no size of 100 MB to 100 TB`,
  advice: 'As "20 GB".',
});

const readers = z.int().min(1).max(READERS_LIMIT_MAX);
const limits = z.strictObject({
  readers: readers.default(64),
  "readers-of-one": readers.default(8),
  rate: checkedRate("ERR_STORE_RATE" satisfies StoreConfigErrorCode).optional(),
  "reader-rate": checkedRate("ERR_STORE_RATE" satisfies StoreConfigErrorCode).optional(),
});

export const storeConfigSchema: z.ZodType<StoreConfigFile> = z.strictObject({
  cluster: nameField,
  node: nameField,
  admin: pathField,
  control: pathField.optional(),
  metrics: metricsField,
  listen: pathField.optional(),
  "update-store": z.strictObject({ folder: pathField }).optional(),
  "update-cache": z
    .strictObject({
      state: pathField,
      sessions: pathField,
      "repository-root": pathField,
      budget: size,
      agent: pathField.optional(),
    })
    .optional(),
  "storage-gateway": gatewayField,
  limits: limits.default({ readers: 64, "readers-of-one": 8 }),
});
