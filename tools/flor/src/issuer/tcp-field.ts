import { checkedText, type ConfigFileErrorCode, parseStreamAddress } from "@florenetes/config-file";
import type { z } from "zod";

/** The address of an issuer. */
export const tcpField: z.ZodString = checkedText({
  test: (text) => parseStreamAddress(text)?.kind === "tcp",
  code: "ERR_CONFIG_ADDRESS" satisfies ConfigFileErrorCode,
  message: "an address is tcp://host:port",
  advice: "As tcp://issuer.example:4434, with an IPv6 address in brackets.",
});
