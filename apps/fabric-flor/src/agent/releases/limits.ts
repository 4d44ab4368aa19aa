/** Bounds of what an agent does for releases. */

/** Nodes fetch a release within so long behind the moment from which they may, each at its own time: by its name. */
export const FETCH_SPREAD_MS = 60_000;
/** A fetch that has failed is tried again after so long … */
export const FETCH_AGAIN_MS = 30_000;
/** … and then each time after twice as long, up to this. */
export const FETCH_AGAIN_MS_MAX = 600_000;
/** An order that update-flor has refused is given again after so long: what stood in its way may be gone. */
export const REFUSED_AGAIN_MS = 3_600_000;
/** An order that update-flor has not begun within so long is told as unanswered. */
export const UNANSWERED_MS = 600_000;
/** Octets of update-flor's status file. */
export const STATUS_SIZE_MAX = 65_536;
/** Packages of ours that one machine has. */
export const INSTALLED_MAX = 64;
/** Time between two looks at update-flor's status file. */
export const STATUS_LOOK_MS = 5_000;
/** Octets that stay free on the disk behind a fetch. */
export const FREE_LEFT = 33_554_432;
/** Records of a slot that go with the one in force to update-flor, which reads eight of them. */
export const COPIES_MAX = 7;
/** Nodes that went back or refuse which one answer names. */
export const TOLD_NODES_MAX = 64;
/** Nodes that a release could not speak to which a refusal names. */
export const LEFT_NAMED_MAX = 16;
/** A program looks so often whether the nodes of a stage are whole … */
export const STAGES_LOOK_MS = 5_000;
/** … of so many channels. */
export const CHANNELS_RAISED_MAX = 16;
