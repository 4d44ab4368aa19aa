import { checkedRate, metricsField, type MetricsSection, nameField, pathField } from "@florenetes/config-file";
import { z } from "zod";
import type { StoreConfigErrorCode } from "./config-errors.ts";
import { gatewayField, type GatewaySection } from "./gateway-section.ts";
import { keepField, type KeepSection } from "./keep-section.ts";
import { READERS_LIMIT_MAX } from "./limits.ts";
import { budgetField, storageField, type StorageSection } from "./storage-section.ts";

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
  storage?: StorageSection | undefined;
  "storage-gateway"?: GatewaySection | undefined;
  keep?: KeepSection | undefined;
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
      budget: budgetField,
      agent: pathField.optional(),
    })
    .optional(),
  storage: storageField,
  "storage-gateway": gatewayField,
  keep: keepField,
  limits: limits.default({ readers: 64, "readers-of-one": 8 }),
});
