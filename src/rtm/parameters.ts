const parameters = new Map<string, unknown>();

/**
 * Sets a parameter of the whole module. `WIGWAG_URL`: where the service is · `WIGWAG_WEBSOCKET`: a WebSocket class, on
 * platforms without one · `WIGWAG_RECONNECT_MS`: the longest pause between attempts to connect again · `WIGWAG_TIME_SCALE`:
 * multiplies time-outs, for tests. Others are kept and mean nothing.
 *
 * @example AgoraRTM.setParameter("WIGWAG_URL", "https://signal.example.com");
 */
export function setParameter(name: string, value: unknown): void {
  parameters.set(name, value);
}

export function getParameter(name: string): unknown {
  return parameters.get(name);
}
