/** Whoever wants to change something without a signed record is refused, and told whose signatures it takes. Pure. */
import { bodyOf, type FactBook } from "@florenetes/facts";
import { AdminAnswer } from "@florenetes/process-kit";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";

/** @param book The records that are held; undefined while there is no root */
export function refuseUnsigned(book: FactBook | undefined): AdminAnswer {
  const code: FabricConfigErrorCode = "ERR_FABRIC_UNSIGNED";
  const message = `nothing changes here without a signed record: ${book === undefined ? NO_ROOT : quorumsOf(book)}`;
  const advice = "Make the record with `flor fabric propose`, have it signed, and hand it in by `POST /records`.";
  return new AdminAnswer(403, { code, message, advice });
}

const NO_ROOT = "this node has no root yet, which says whose signatures count";

/** `control takes 2 signatures of alice, bob, carol; root takes 2 of …`. */
function quorumsOf({ authority }: FactBook): string {
  const { authorities } = bodyOf(authority.root, "root")!;
  const quorums = Object.entries(authorities).flatMap(([name, list]) =>
    list === undefined ? [] : [{ name, ...list }],
  );
  return quorums
    .map(
      ({ name, threshold, keys }) =>
        `${name} takes ${threshold} signatures, of ${keys.map((key) => key.name).join(", ")}`,
    )
    .join("; ");
}
