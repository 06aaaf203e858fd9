export interface DurableObjectBinding {
  readonly binding: string;
  readonly className: string;
}

export interface WorkerdConfig {
  readonly host: string;
  readonly port: number;
  readonly storage: string;
  readonly durableObjects: readonly DurableObjectBinding[];
  /** Text bindings of `env`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Files of WebAssembly beside the bundle. */
  readonly wasm: readonly string[];
  /** Other processes that run this Worker: bindings to its entrypoint there, calls and all. */
  readonly peers?: readonly PeerBinding[] | undefined;
}

export interface PeerBinding {
  readonly binding: string;
  /** Where it listens: host and port. */
  readonly address: string;
}

/** By this name processes ask each other for calls, beside HTTP. */
const CALLS_HOST = "calls.internal";

/** JSON's escapes for what we put into strings are Cap'n Proto's, too. */
const quote = (value: string): string => JSON.stringify(value);
const list = (items: readonly string[]): string => `[${items.join(", ")}]`;

/** The text of a `workerd serve` configuration for one Worker, bundled as `worker.js` beside it. D1, R2, queues and assets do not exist there. */
export function workerdConfig(config: WorkerdConfig): string {
  const { peers = [] } = config;
  const calls = peers.length === 0 ? "" : `capnpConnectHost = ${quote(CALLS_HOST)}`;
  const external = peers.map(({ binding, address }) => `\n    (name = ${quote(binding)}, external = (address = ${quote(address)}, http = (${calls}))),`);
  const bindings = [
    ...config.durableObjects.map(({ binding, className }) => `(name = ${quote(binding)}, durableObjectNamespace = ${quote(className)})`),
    ...peers.map(({ binding }) => `(name = ${quote(binding)}, service = ${quote(binding)})`),
    ...Object.entries(config.variables).map(([name, text]) => `(name = ${quote(name)}, text = ${quote(text)})`),
  ];
  const modules = ['(name = "worker.js", esModule = embed "worker.js")', ...config.wasm.map((name) => `(name = ${quote(name)}, wasm = embed ${quote(name)})`)];
  // The class name is the unique key, so that storage is found again by whoever starts the same classes on it.
  const namespaces = config.durableObjects.map(({ className }) => `(className = ${quote(className)}, uniqueKey = ${quote(className)}, enableSql = true)`);
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    # An app's push service may be on this machine, too.
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
    (name = "storage", disk = (path = ${quote(config.storage)}, writable = true)),${external.join("")}
  ],
  sockets = [(name = "http", address = "${config.host}:${config.port}", http = (${calls}), service = "main")],
);

const main :Workerd.Worker = (
  modules = ${list(modules)},
  compatibilityDate = ${quote(config.compatibilityDate)},
  compatibilityFlags = ${list(config.compatibilityFlags.map(quote))},
  bindings = ${list(bindings)},
  durableObjectNamespaces = ${list(namespaces)},
  durableObjectStorage = (localDisk = "storage"),
);
`;
}
