export function packagedEnvironment(root: string, env: NodeJS.ProcessEnv): Record<string, string>;
