/** Stable codes of the Portal API itself; those of links are the link protocol's own. docs/portal-api.md lists both. */
export const PortalCode = {
  /** Answers to Attach. */
  wrongCluster: "WRONG_CLUSTER",
  wrongVertex: "WRONG_VERTEX",
  versionUnsupported: "VERSION_UNSUPPORTED",
  /** Answers to requests about links. */
  notAttached: "NOT_ATTACHED",
  invalidWish: "INVALID_WISH",
  tooManyLinks: "TOO_MANY_LINKS",
  unimplemented: "UNIMPLEMENTED",
  /** Why a link is refused that its link vertex calls up. */
  invalidState: "INVALID_STATE",
  /** Why a partner is refused that speaks another version of FlorIO. */
  florioVersion: "FLORIO_VERSION",
  /** Why a cluster vertex is detached, and carries nothing on any link. */
  portalGone: "PORTAL_GONE",
  portalSilent: "PORTAL_SILENT",
  portalReplaced: "PORTAL_REPLACED",
  portalDetached: "PORTAL_DETACHED",
  detachAsked: "DETACH_ASKED",
} as const;
export type PortalCode = (typeof PortalCode)[keyof typeof PortalCode];
