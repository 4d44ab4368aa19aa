import { OperatorError } from "@florenetes/operator-text";

/** The codes with which the door refuses an overlay, each with its row of docs/operate/errors.md. */
export const OVERLAY_ERRORS = {
  ERR_OVERLAY_FORM: {
    meaning: "An overlay that is no JSON of the form of docs/protocol/fabric-door.md.",
    advice: "The message says where. The agent and cluster-flor may be of different versions.",
  },
  ERR_OVERLAY_BASE: {
    meaning: "An overlay that was made from another one than that in force.",
    advice: "The agent reads the view again, and posts anew.",
  },
  ERR_OVERLAY_LIFE: {
    meaning: "An overlay of an earlier life of the agent than the one that has set the overlay in force.",
    advice: "Two agents speak at one door: stop one of them.",
  },
  ERR_OVERLAY_NAME: {
    meaning:
      "A path or link of an overlay whose name does not begin with `auto.`, stands twice, or is one of the config file.",
    advice: "The config file wins: rename its path or link, if the overlay should have the name.",
  },
  ERR_OVERLAY_LINK: {
    meaning:
      "A path of an overlay that begins with a link which neither the config file nor the overlay has; or a link of an overlay to the vertex itself, with a portal that is not there, or with the peer and tag of another one; or `transit` with a link that is not there, or with one twice.",
    advice: "The agent reads the view again.",
  },
  ERR_OVERLAY_ROUTE: {
    meaning:
      "A path of an overlay with a route that goes in a circle, does not begin at the neighbour of its link, has more or fewer labels than vertices, leads to another host than the others, or is there twice; or all of whose routes are fenced.",
    advice: "A lease with such a route is wrong: the message names the route.",
  },
  ERR_OVERLAY_RELAY: {
    meaning:
      "`transit` of an overlay that the owner does not let pass: the config file has no `fabric.relay`, or less than all permits together ask for.",
    advice: "The message says what is beyond it. The owner decides: `relay` of the key `fabric`.",
  },
  ERR_OVERLAY_LINKS_MAX: {
    meaning: "An overlay with more links than the owner permits.",
    advice: "Raise `links-max` of the key `fabric`, which is 0 without it, if the agent may open links.",
  },
  ERR_OVERLAY_DIAL: {
    meaning:
      "A link of an overlay with an endpoint that is no IP address with a port, or that the owner does not permit to be called.",
    advice:
      "Add the prefix to `dial` of the key `fabric`, if the agent may have the vertex call there. Loopback is permitted by that alone.",
  },
  ERR_OVERLAY_PATH: {
    meaning: "A lead of an overlay that names a path which is not in it, or two leads for one service.",
    advice: "The agent posts paths and leads together.",
  },
  ERR_OVERLAY_GRANT: {
    meaning:
      "A grant for a service that has no `leader: fabric` in the config file, two for one service, or one that lasts for longer than a grant may.",
    advice:
      "The agent reads the view again. Grants end by the clock CLOCK_BOOTTIME, in milliseconds: agent and cluster-flor have to run on one machine, in one time namespace.",
  },
  ERR_OVERLAY_ENDED: {
    meaning: "A path, link, lead, permit or grant whose end is in the past.",
    advice: "Compare the clocks of the agent and of cluster-flor: they run on one machine.",
  },
} as const;

export type OverlayErrorCode = keyof typeof OVERLAY_ERRORS;

export function overlayError(code: OverlayErrorCode, message: string): OperatorError {
  return new OperatorError(code, message, { advice: OVERLAY_ERRORS[code].advice });
}
