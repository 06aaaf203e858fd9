/** What `workerd --experimental` has for tests. */
declare module "workerd:unsafe" {
  const unsafe: {
    evictAllDurableObjects(options: { webSockets: "hibernate" | "close" }): Promise<void>;
    abortAllDurableObjects(): Promise<void>;
  };
  export default unsafe;
}
