import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import { readWorkerConfig } from "../../scripts/lib/worker-config.ts";
import { startWorkerd, type Workerd } from "../../scripts/lib/workerd.ts";
import type { RemoteInvitation } from "../../src/rtm/remote-invitation.ts";
import { fresh, service } from "../support/accounts.ts";
import { freePort } from "../support/free-port.ts";
import { closeRtm, next, rtmUser } from "../support/rtm.ts";

describe("the service is killed", () => {
  let server: Workerd;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "wigwag-invitations-"));
    const { entry, durableObjects, variables, compatibilityFlags } = readWorkerConfig(join(root, "wrangler.toml"));
    server = await startWorkerd({
      entry,
      directory,
      port: await freePort(),
      durableObjects,
      compatibilityFlags,
      variables: {
        ...variables,
        WIGWAG_SECRET: "kill-test-kill-test-kill-test-kill-test",
        WIGWAG_DEV_APP_ID: service().app,
        WIGWAG_DEV_APP_CERTIFICATE: service().certificate,
        WIGWAG_DEV_API_KEY: service().apiKey,
      },
    });
  });
  afterEach(() => closeRtm());
  afterAll(async () => {
    await server?.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Two users and an invitation that has reached its callee. */
  async function rung(scale = 1) {
    const [ada, bob] = await Promise.all(["ada", "bob"].map((name) => rtmUser(name, { uid: fresh(name), url: server.url, scale })));
    if (ada === undefined || bob === undefined) throw new Error("two were asked for");
    const local = ada.client.createLocalInvitation(bob.uid);
    local.content = "hello";
    const coming = new Promise<RemoteInvitation>((resolve) => bob.client.once("RemoteInvitationReceived", resolve));
    const received = next(local, "LocalInvitationReceivedByPeer");
    local.send();
    const [remote] = await Promise.all([coming, received]);
    return { ada, bob, local, remote };
  }

  it("[RI17] while an invitation rings: an answer given meanwhile arrives", { timeout: 40_000 }, async () => {
    const { local, remote } = await rung();
    const outcome = [next(local, "LocalInvitationAccepted"), next(remote, "RemoteInvitationAccepted")] as const;
    await server.kill();
    remote.response = "yes";
    remote.accept();
    await server.restart();
    expect(await Promise.all(outcome)).toEqual([["yes"], []]);
    expect([local.state, remote.state]).toEqual(["ACCEPTED_BY_REMOTE", "ACCEPTED"]);
  });

  it("[RI17] a cancellation made meanwhile arrives, too", { timeout: 40_000 }, async () => {
    const { local, remote } = await rung();
    const outcome = [next(local, "LocalInvitationCanceled"), next(remote, "RemoteInvitationCanceled")] as const;
    await server.kill();
    local.cancel();
    await server.restart();
    expect(await Promise.all(outcome)).toEqual([[], ["hello"]]);
  });

  it("[RI17] its time ends on both sides all the same", { timeout: 40_000 }, async () => {
    const { local, remote } = await rung(0.1);
    const outcome = [next(local, "LocalInvitationFailure"), next(remote, "RemoteInvitationFailure")] as const;
    await server.kill();
    await server.restart();
    expect(await Promise.all(outcome)).toEqual([["INVITATION_EXPIRE"], ["INVITATION_EXPIRE"]]);
  });
});
