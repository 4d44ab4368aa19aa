/** The error codes of control-flor's HTTPS, with their rows in docs/operate/errors.md. */
export const CONTROL_HTTPS_ERRORS = {
  ERR_CONTROL_HTTPS_LISTEN: {
    meaning: "The address of `https` cannot be listened on; the message says why.",
    advice:
      "Free the address, choose another port, or wait until the machine has the address. The unit tries it again.",
  },
  ERR_CONTROL_HTTPS_FILE: {
    meaning: "The certificate, key or CAs of `https` cannot be read, or are no file that one can be in.",
    advice: "Let the user of the process read it.",
  },
  ERR_CONTROL_HTTPS_KEY_EXPOSED: {
    meaning: "Everybody on this machine may read the private key of `https`.",
    advice: "Take that away: `chmod o-rwx`. If others have read it, make a new key and a new certificate.",
  },
  ERR_CONTROL_HTTPS_TLS: {
    meaning: "What is in the files of `https` cannot be used for TLS: no PEM, or the key of another certificate.",
    advice: "Name a certificate in PEM with its CAs behind it, and the key that it was made for.",
  },
} as const;

export type ControlHttpsErrorCode = keyof typeof CONTROL_HTTPS_ERRORS;
