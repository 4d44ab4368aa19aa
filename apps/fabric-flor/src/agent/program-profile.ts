/** The program in a node's profile: its software, and the versions of each contract between agents that it speaks. */
import { ENVELOPE_VERSION, type ProfileBody } from "@florenetes/facts";
import { LOWEST_VERSION, ROUTES_LETTER_VERSION, VERSION } from "@florenetes/feed";
import { isName } from "@florenetes/operator-text";
import { REST_VERSION } from "@florenetes/routes";

/** The contracts that an agent speaks beside its vertex. */
export function contractsOf(doesVertexKnowShares: boolean): ProfileBody["contracts"] {
  // A later version takes in the earlier ones, and that of shares needs the vertex.
  const routes = doesVertexKnowShares ? REST_VERSION : ROUTES_LETTER_VERSION;
  return [
    { of: "facts", lowest: ENVELOPE_VERSION, highest: ENVELOPE_VERSION },
    { of: "feed", lowest: LOWEST_VERSION, highest: VERSION },
    { of: "routes", lowest: ROUTES_LETTER_VERSION, highest: routes },
  ];
}

/** The software of a program that tells its version as `0.1.0 (29e035e9)`, or without a commit. A version that no profile can name is `unknown`. */
export function softwareOf(told: string): ProfileBody["software"] {
  const [, version = "", commit] = /^(\S+)(?: \(([0-9a-f]{7,40})\))?$/.exec(told) ?? [];
  return { version: isName(version) ? version : "unknown", ...(commit !== undefined && { commit }) };
}
