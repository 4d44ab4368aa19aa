import { createHmac } from "node:crypto";
import type { Prove } from "../addresses/path-message.ts";

/** HMAC-SHA-256. */
export const prove: Prove = (key, message) => createHmac("sha256", key).update(message).digest();
