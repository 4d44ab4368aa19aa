import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { hmac } from "../src/index.ts";

test.each(["sha256", "sha384"] as const)(
  "%s: the codes are those of node:crypto, for keys and messages of any length",
  (hash) => {
    for (const keyLength of [0, 1, 32, 48, 64, 128, 129, 1_000]) {
      for (const length of [0, 1, 13, 64, 200, 5_000]) {
        const [key, message] = [Buffer.alloc(keyLength, keyLength), Buffer.alloc(length, 7)];
        expect(hmac(hash, key, message)).toEqual(createHmac(hash, key).update(message).digest());
      }
    }
  },
);
