import { checkedText, metricsField, type MetricsSection, nameField, pathField } from "@florenetes/config-file";
import { z } from "zod";
import type { ControlConfigErrorCode } from "./config-errors.ts";
import { type HttpsSection, httpsSection } from "./https-section.ts";
import { isAsking } from "../principal.ts";
import { HOSTS_MAX, READER_NAMES_MAX, READERS_MAX } from "./limits.ts";

/** The config file of control-flor as it is written, with its defaults filled in. */
export interface ControlConfigFile {
  cluster: string;
  admin: string;
  control?: string | undefined;
  metrics?: MetricsSection | undefined;
  agent: string;
  state: string;
  listen: string;
  https?: HttpsSection | undefined;
  service?: string | undefined;
  hosts: string[];
  readers: ReaderSection[];
}

/** Principals that may ask, and for whose records. */
interface ReaderSection {
  principals: string[];
  organizations: "all" | string[];
  propose: boolean;
}

const principal = checkedText({
  test: isAsking,
  code: "ERR_CONTROL_READER_NAME" satisfies ControlConfigErrorCode,
  message: (text) => `"${text}" is neither a user nor a service`,
  advice: "As user/alice or service/backup.",
});

const host = checkedText({
  test: (text) => /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/.test(text),
  code: "ERR_CONTROL_HOST" satisfies ControlConfigErrorCode,
  message: (text) => `"${text}" is no name of a host`,
  advice: "As fabric.example.com, in small letters and without a port.",
});

const reader = z.strictObject({
  principals: z.array(principal).min(1, { error: "no principal" }).max(READER_NAMES_MAX),
  organizations: z.union([z.literal("all"), z.array(nameField).max(READER_NAMES_MAX)]).default([]),
  propose: z.boolean().default(false),
});

export const controlConfigSchema: z.ZodType<ControlConfigFile> = z.strictObject({
  cluster: nameField,
  admin: pathField,
  control: pathField.optional(),
  metrics: metricsField,
  agent: pathField,
  state: pathField,
  listen: pathField,
  https: httpsSection.optional(),
  service: nameField.optional(),
  hosts: z
    .array(host)
    .max(HOSTS_MAX, { error: `${HOSTS_MAX} hosts at most` })
    .default([]),
  readers: z
    .array(reader)
    .min(1, { error: "nobody may ask" })
    .max(READERS_MAX, { error: `${READERS_MAX} entries at most` }),
});
