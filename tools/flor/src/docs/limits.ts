/** Octets of the site of the documents, which is held in memory while it is shown: twenty times what it has. */
export const SITE_SIZE_MAX = 67_108_864;
