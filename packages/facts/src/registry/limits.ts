/** Records of one service that were active and have not ended: older ones go. */
export const FALLBACKS_MAX = 2;
