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
    meaning: "A path of an overlay whose name does not begin with `auto.`, stands twice, or is one of the config file.",
    advice: "The config file wins: rename its path, if the overlay should have the name.",
  },
  ERR_OVERLAY_LINK: {
    meaning: "A path of an overlay that begins with a link which the config file does not have.",
    advice: "The agent reads the view again.",
  },
  ERR_OVERLAY_ROUTE: {
    meaning:
      "A path of an overlay with a route that goes in a circle, does not begin at the neighbour of its link, has more or fewer labels than vertices, leads to another host than the others, or is there twice; or all of whose routes are fenced.",
    advice: "A lease with such a route is wrong: the message names the route.",
  },
  ERR_OVERLAY_PATH: {
    meaning: "A lead of an overlay that names a path which is not in it, or two leads for one service.",
    advice: "The agent posts paths and leads together.",
  },
  ERR_OVERLAY_ENDED: {
    meaning: "A path or lead of an overlay whose end is in the past.",
    advice: "Compare the clocks of the agent and of cluster-flor: they run on one machine.",
  },
} as const;

export type OverlayErrorCode = keyof typeof OVERLAY_ERRORS;
