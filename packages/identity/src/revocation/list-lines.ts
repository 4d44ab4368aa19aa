import type { RevocationStatus } from "./revocation-event.ts";

const ENDS = { valid: "ends", "expires-soon": "ENDS SOON", expired: "ENDED" };

/** The revocation lists in force and those that were refused, for people: a line each. */
export function revocationLines({ mode, lists, refused }: RevocationStatus): string[] {
  const inForce = lists.map(({ issuer, number, entries, nextUpdate, state, isKept }) => {
    const names = `${entries} ${entries === 1 ? "certificate" : "certificates"}`;
    const end = `${ENDS[state]} ${nextUpdate}`;
    return `revocation list ${number} of ${issuer}: ${names}, ${end}${isKept ? "" : ", NOT KEPT in the state folder"}`;
  });
  const none = mode === "required" ? "REQUIRED, and none is there" : "none";
  return [
    ...(lists.length === 0 ? [`revocation lists: ${none}`] : inForce),
    ...refused.map(({ file, code, text, at }) => `a revocation list was refused: ${code}: ${text} (${file}, at ${at})`),
  ];
}
