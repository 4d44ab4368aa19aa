/** The name of the link protocol QUIC, over which all links are encrypted and authenticated. */
export const QUIC_PROTOCOL = "quic";

/** Stable codes of the Portal API itself; those of links are the link protocol's own. docs/protocol/portal-api.md lists both. */
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
  /** Answers to a link vertex that asks about a peer. */
  notJudged: "NOT_JUDGED",
  invalidQuestion: "INVALID_QUESTION",
  /** Answers to requests for a signature. */
  signInvalid: "SIGN_INVALID",
  signLimited: "SIGN_LIMITED",
  /** Why a link vertex takes no label table. */
  transitInvalid: "TRANSIT_INVALID",
  transitFull: "TRANSIT_FULL",
  /** An Attach was answered with a version that was not offered, or without an attachment. */
  invalidAnswer: "INVALID_ANSWER",
  /** A link is refused though its link vertex calls it up: the status breaks a rule. */
  invalidState: "INVALID_STATE",
  /** A partner is refused because it speaks another version of FlorIO. */
  florioVersion: "FLORIO_VERSION",
  /** A link vertex is not used: the links that it would carry run over another protocol than they must. */
  wrongLinkProtocol: "WRONG_LINK_PROTOCOL",
  /** A link with pinned keys is not asked for: its link vertex would take any key. */
  pinsUnsupported: "PINS_UNSUPPORTED",
  /** Reasons why a cluster vertex is detached, at either side, and why its links are down meanwhile. */
  portalGone: "PORTAL_GONE",
  portalSilent: "PORTAL_SILENT",
  portalReplaced: "PORTAL_REPLACED",
  portalDetached: "PORTAL_DETACHED",
  detachAsked: "DETACH_ASKED",
} as const;
export type PortalCode = (typeof PortalCode)[keyof typeof PortalCode];
