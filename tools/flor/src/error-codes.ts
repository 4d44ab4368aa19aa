/** Every code of this tool itself: what it means, and what to do about it, in a line each. */
export const FLOR_ERRORS = {
  ERR_FLOR_USAGE: {
    meaning: "A command, option or argument is not there, is unknown, or cannot be understood.",
    advice: "Add --help to the command to see what it takes.",
  },
} as const;
