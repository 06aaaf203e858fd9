/** What a network between clients and server does to packets. */
export interface PacketConditions {
  /** Packets lost of a hundred, in each direction. */
  readonly lossUp?: number;
  readonly lossDown?: number;
  /** Nothing gets through in this direction. */
  readonly partition?: "up" | "down" | "both";
  /** Of which connections all this is true: `new` are those that begin from now on. */
  readonly only?: "new" | "established";
}

/** The interfaces of the network's middle: packets from clients go up. */
export interface Interfaces {
  readonly clients: string;
  readonly server: string;
}

const TABLE = "inet wigwag_lab";

/**
 * The nftables rules for it. They stand in the middle, where packets are forwarded: a packet that its own machine drops
 * is known to be lost, and TCP would try again at once. `round` marks the connections that began since these rules.
 */
export function packetRules({ clients, server }: Interfaces, { lossUp = 0, lossDown = 0, partition, only }: PacketConditions, round: number): string {
  const which = only === undefined ? "" : `ct mark ${only === "new" ? "==" : "!="} ${round} `;
  const drop = (from: string, percent: number, blocked: boolean): string[] => {
    if (blocked) return [`iifname "${from}" ${which}counter drop`];
    return percent === 0 ? [] : [`iifname "${from}" ${which}numgen random mod 100 < ${percent} counter drop`];
  };
  const lines = [
    "type filter hook forward priority 0; policy accept;",
    `iifname "${clients}" tcp flags & (syn | ack) == syn ct mark set ${round}`,
    ...drop(clients, lossUp, partition === "up" || partition === "both"),
    ...drop(server, lossDown, partition === "down" || partition === "both"),
  ];
  return `table ${TABLE}\ndelete table ${TABLE}\ntable ${TABLE} {\n  chain forward {\n    ${lines.join("\n    ")}\n  }\n}\n`;
}
