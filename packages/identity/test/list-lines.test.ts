import { expect, test } from "vitest";
import type { RevocationStatus } from "../src/revocation/revocation-event.ts";
import { revocationLines } from "../src/revocation/list-lines.ts";

const status: RevocationStatus = { mode: "optional", graceMs: 0, lists: [], refused: [], doubts: [] };
const list = {
  issuer: "CN=demo CA",
  number: "7",
  entries: 2,
  thisUpdate: "2026-11-20T10:00:00.000Z",
  nextUpdate: "2026-12-20T10:00:00.000Z",
  isExpired: false,
  state: "valid" as const,
  isKept: true,
};

test("lists are shown to people by issuer, number, size and end", () => {
  const soon = { ...list, state: "expires-soon" as const };
  const lists = [
    list,
    soon,
    { ...list, number: "8", entries: 1, isExpired: true, state: "expired" as const, isKept: false },
  ];
  const refused = [
    {
      file: "/etc/a/crl.pem",
      code: "ERR_IDENTITY_REVOKED" as const,
      text: "it is old",
      at: "2026-11-20T11:00:00.000Z",
    },
  ];
  expect(revocationLines({ ...status, lists, refused })).toEqual([
    "revocation list 7 of CN=demo CA: 2 certificates, ends 2026-12-20T10:00:00.000Z",
    "revocation list 7 of CN=demo CA: 2 certificates, ENDS SOON 2026-12-20T10:00:00.000Z",
    "revocation list 8 of CN=demo CA: 1 certificate, ENDED 2026-12-20T10:00:00.000Z, NOT KEPT in the state folder",
    "a revocation list was refused: ERR_IDENTITY_REVOKED: it is old (/etc/a/crl.pem, at 2026-11-20T11:00:00.000Z)",
  ]);
});

test("that there is none is shown, louder where there must be one", () => {
  expect(revocationLines(status)).toEqual(["revocation lists: none"]);
  expect(revocationLines({ ...status, mode: "required" })).toEqual(["revocation lists: REQUIRED, and none is there"]);
});
