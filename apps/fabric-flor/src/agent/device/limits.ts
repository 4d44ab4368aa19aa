/** Time between two changes of its device that the agent is told. */
export const CHANGE_MS = 1_000;
