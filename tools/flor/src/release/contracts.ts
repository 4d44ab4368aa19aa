import { ENVELOPE_VERSION, type ReleaseBody } from "@florenetes/facts";
import { LOWEST_VERSION, ROUTES_LETTER_VERSION, VERSION } from "@florenetes/feed";
import { REST_VERSION } from "@florenetes/routes";
import { InvalidArgumentError } from "commander";

type Contracts = ReleaseBody["contracts"];

/** The contracts between programs that those of this build speak: a release of another build names its own. */
export const OWN_CONTRACTS: Contracts = [
  { of: "facts", lowest: ENVELOPE_VERSION, highest: ENVELOPE_VERSION },
  { of: "feed", lowest: LOWEST_VERSION, highest: VERSION },
  { of: "routes", lowest: ROUTES_LETTER_VERSION, highest: REST_VERSION },
];

/** Reads `of:lowest:highest`, and adds it to those before. */
export function collectContract(text: string, contracts: Contracts = []): Contracts {
  const [, of, lowest, highest] = /^([^:]+):(\d{1,9}):(\d{1,9})$/.exec(text) ?? [];
  if (of === undefined) throw new InvalidArgumentError("NAME:LOWEST:HIGHEST is needed, as feed:1:3.");
  return [...contracts, { of, lowest: Number(lowest), highest: Number(highest) }];
}
