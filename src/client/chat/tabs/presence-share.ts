/** Which tabs watch whom: the service knows of one login, and forgets whom the last of them has left. */
export class PresenceShare {
  readonly #watchers = new Map<string, Set<string>>();

  watch(tab: string, users: readonly string[]): void {
    for (const user of users) {
      const tabs = this.#watchers.get(user) ?? new Set();
      this.#watchers.set(user, tabs.add(tab));
    }
  }

  /** Those of them whom nobody watches any more. */
  leave(tab: string, users: readonly string[]): string[] {
    return users.filter((user) => {
      const tabs = this.#watchers.get(user);
      tabs?.delete(tab);
      if (tabs !== undefined && tabs.size > 0) return false;
      this.#watchers.delete(user);
      return true;
    });
  }

  gone(tab: string): string[] {
    return this.leave(
      tab,
      [...this.#watchers].filter(([, tabs]) => tabs.has(tab)).map(([user]) => user),
    );
  }
}
