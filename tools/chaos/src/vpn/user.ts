/** The users of the client's machine: link-flor's is the one whose packets go past the VPN. */
const PROGRAMS = 65_534;
export const MESH = 65_533;

/** The words that run a program as another user, who may read all files: those of the lab, and a checkout in root's folder. */
const as = (...ids: readonly string[]): readonly string[] => [
  "setpriv",
  ...ids,
  "--clear-groups",
  "--inh-caps=+dac_override",
  "--ambient-caps=+dac_override",
];

export const AS_USER: readonly string[] = as(`--reuid=${PROGRAMS}`, `--regid=${PROGRAMS}`);
/** Its sockets are those of the mesh's user; what it may do with files is asked of the real user, to whom the lab's folders belong. */
export const AS_MESH: readonly string[] = as("--ruid=0", `--euid=${MESH}`);
