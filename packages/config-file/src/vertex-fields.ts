/** Fields that the config files of both vertices have. */
import { isName, NAME_FORM } from "@florenetes/operator-text";
import { z } from "zod";
import { checkedDuration, checkedText } from "./checked-fields.ts";
import type { ConfigFileErrorCode } from "./error-codes.ts";
import { LONG_DURATION_MS_MAX } from "./limits.ts";

export const nameField: z.ZodString = checkedText({
  test: isName,
  code: "ERR_CONFIG_NAME" satisfies ConfigFileErrorCode,
  message: `a name is ${NAME_FORM}`,
  advice: "Write it in small letters.",
});

/** A path, relative or absolute: `ConfigDocument.resolvePath` makes it absolute. */
export const pathField: z.ZodString = z
  .string()
  .min(1, { error: "an empty path" })
  .refine((text) => !text.includes("\0"), { error: "a zero in a path" });

/** The control socket's path where the file names none: beside the admin socket. */
export function defaultControlPath(admin: string): string {
  return `${admin.replace(/\.sock$/, "")}-control.sock`;
}

const longDuration = checkedDuration({
  min: 0,
  max: LONG_DURATION_MS_MAX,
  range: `of at most ${LONG_DURATION_MS_MAX / 86_400_000} days`,
  code: "ERR_CONFIG_DURATION" satisfies ConfigFileErrorCode,
  advice: "As `7d`, `12h` or `90min`.",
});

/** Which QUIC engine a process runs with. */
export const engineField: z.ZodDefault<z.ZodEnum<{ auto: "auto"; native: "native"; portable: "portable" }>> = z
  .enum(["auto", "native", "portable"])
  .default("auto");

type DurationField = z.ZodDefault<z.ZodType<number | string>>;

/** How long what a certificate or a revocation list says holds beyond its end, and when its end is warned of. */
export const trustFields: {
  revocation: z.ZodDefault<z.ZodEnum<{ optional: "optional"; required: "required" }>>;
  "revocation-grace": DurationField;
  "expiry-grace": DurationField;
  "expiry-warning": DurationField;
} = {
  revocation: z.enum(["optional", "required"]).default("optional"),
  "revocation-grace": longDuration.default("7d"),
  "expiry-grace": longDuration.default("0s"),
  "expiry-warning": longDuration.default("30d"),
};

/** The fields that `trustFields` read. */
export interface TrustSection {
  revocation: "optional" | "required";
  "revocation-grace": number | string;
  "expiry-grace": number | string;
  "expiry-warning": number | string;
}
