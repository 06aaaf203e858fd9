import { execFileSync } from "node:child_process";
import { installDebianPackage } from "../../../scripts/lib/debian-package.ts";
import { command } from "./command.ts";
import { type PacketConditions, packetRules } from "./rules.ts";

/** A network of its own for clients, with losses between it and the rest of the machine. */
export interface LossyNetwork {
  /** This machine as the clients see it; a server has to listen there. */
  readonly host: string;
  /** From now on. */
  set(conditions: PacketConditions): Promise<void>;
  /** The same program, run among the clients. */
  inside(file: string, args: readonly string[]): readonly [string, readonly string[]];
  /** Undoes everything; the processes inside are the caller's to end. */
  remove(): Promise<void>;
}

/** Of a laboratory's own range (RFC 2544), four addresses a network: two links, each with two ends. */
const SLOTS = 1_000;
const NAME = /^ww-(\d+)-\d+-(?:way|clients)$/;
const IN_FORCE = "1";

const made = new Set<string>();
process.on("exit", () => {
  for (const name of made) removeNow(name);
});

let count = 0;

/** Why there can be none here; undefined where there can. Installs what it needs, if that may be done. */
export async function networkMissing(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (!(await hasNft()) && !(installDebianPackage("nftables") && (await hasNft()))) return "nft is not there: install the package nftables";
  const name = `ww-${process.pid}-0-way`;
  try {
    await command("ip", ["netns", "add", name]);
    await command("ip", ["netns", "exec", name, "nft", "-f", "-"], packetRules({ clients: "a", server: "b" }, { lossUp: 10, only: "new" }, 1));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    removeNow(name);
  }
}

const hasNft = (): Promise<boolean> =>
  command("nft", ["--version"]).then(
    () => true,
    () => false,
  );

/** Clients here, server there, and a namespace between them that forwards packets or does not. */
export async function makeNetwork(): Promise<LossyNetwork> {
  await removeForgotten();
  count += 1;
  const base = `ww-${process.pid}-${count}`;
  const [way, clients] = [`${base}-way`, `${base}-clients`];
  const slot = (process.pid + count) % SLOTS;
  // Interface names have 15 characters at most.
  const links = { outer: `wwo${slot}`, server: `wws${slot}`, clients: `wwc${slot}`, inner: `wwi${slot}` };
  const [outer, server, inside, inner] = [0, 1, 2, 3].map((place) => address(slot, place)) as [string, string, string, string];
  let round = 1;
  const set = async (conditions: PacketConditions): Promise<void> => {
    round += 1;
    await command("ip", ["netns", "exec", way, "nft", "-f", "-"], packetRules({ clients: links.clients, server: links.server }, conditions, round));
  };
  made.add(way).add(clients);
  try {
    await command("ip", ["-batch", "-"], `netns add ${way}\nnetns add ${clients}\n`);
    await command("ip", ["-batch", "-"], `link add ${links.outer} type veth peer name ${links.server} netns ${way}\n`);
    await command("ip", ["-n", way, "-batch", "-"], `link add ${links.clients} type veth peer name ${links.inner} netns ${clients}\n`);
    await command("ip", ["-batch", "-"], up(links.outer, outer, `route add ${inner}/32 via ${server}`, `${server}/32`));
    await command(
      "ip",
      ["-n", way, "-batch", "-"],
      `link set lo up\n${up(links.server, server, "", `${outer}/32`)}${up(links.clients, inside, "", `${inner}/32`)}`,
    );
    await command("ip", ["-n", clients, "-batch", "-"], `link set lo up\n${up(links.inner, inner, `route add default via ${inside}`, `${inside}/32`)}`);
    await command("ip", ["netns", "exec", way, "sh", "-c", `echo ${IN_FORCE} > /proc/sys/net/ipv4/ip_forward`]);
    await set({});
  } catch (error) {
    for (const name of [way, clients]) removeNow(name);
    throw error;
  }
  return {
    host: outer,
    set,
    inside: (file, args) => ["ip", ["netns", "exec", clients, file, ...args]],
    remove: async () => {
      for (const name of [clients, way]) await command("ip", ["netns", "delete", name]);
      made.delete(way);
      made.delete(clients);
    },
  };
}

const address = (slot: number, place: number): string => {
  const number = slot * 4 + place;
  return `198.18.${number >> 8}.${number & 255}`;
};

/** One end of a link that knows its other end only. */
const up = (link: string, own: string, route: string, peer: string): string =>
  `address add ${own}/32 dev ${link}\nlink set ${link} up\nroute add ${peer} dev ${link}\n${route === "" ? "" : `${route} dev ${link}\n`}`;

/** A run that was killed could not clean up: its namespaces carry its process id. */
async function removeForgotten(): Promise<void> {
  const names = (await command("ip", ["netns", "list"])).split("\n").map((line) => line.split(" ")[0] ?? "");
  for (const name of names) {
    const owner = NAME.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) removeNow(name);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** With it go its interfaces, and their other ends. */
function removeNow(name: string): void {
  try {
    execFileSync("ip", ["netns", "delete", name], { stdio: "ignore" });
  } catch {
    // Not made, or gone.
  }
  made.delete(name);
}
