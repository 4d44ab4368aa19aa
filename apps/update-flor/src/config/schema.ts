import { checkedDuration, checkedText, nameField, pathField } from "@florenetes/config-file";
import { z } from "zod";
import type { UpdateErrorCode } from "../update-errors.ts";

/** The config file of update-flor as it is written, with its defaults filled in. */
export interface UpdateConfigFile {
  cluster: string;
  node: string;
  channel: string;
  spool: string;
  state: string;
  root: string;
  "repository-root": string;
  "whole-within": number | string;
}

const CODE: UpdateErrorCode = "ERR_UPDATE_CONFIG";
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

const fingerprint = checkedText({
  test: (text) => /^sha256:[0-9a-f]{64}$/.test(text),
  code: CODE,
  message: (text) => `"${text}" is no fingerprint of a root descriptor`,
  advice: "As sha256: and 64 hex digits, as `flor fabric init` has printed it.",
});
const duration = checkedDuration({
  min: SECOND_MS,
  max: HOUR_MS,
  range: "of 1 s to 1 h",
  code: CODE,
  advice: "As `60s` or `2min`.",
});

export const updateConfigSchema: z.ZodType<UpdateConfigFile> = z.strictObject({
  cluster: nameField,
  node: nameField,
  channel: nameField,
  spool: pathField,
  state: pathField.default("/var/lib/florenetes/update"),
  root: fingerprint,
  "repository-root": pathField,
  "whole-within": duration.default("60s"),
});
