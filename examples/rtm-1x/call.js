/** Call somebody, and answer who calls. Everything here is RTM 1.x. */
// biome-ignore lint/correctness/noUnusedVariables: the page calls it.
function call(AgoraRTM) {
  const form = (id) => document.getElementById(id);
  const field = (id, name) => form(id).elements.namedItem(name).value;
  const log = (line) => {
    const entry = document.createElement("div");
    entry.textContent = line;
    document.getElementById("log").append(entry);
  };
  const attempt = (id, run) =>
    form(id).addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await run(event.submitter.value);
      } catch (error) {
        log(`error ${error.code} in ${id}: ${error.message}`);
      }
    });

  let client;
  let outgoing;
  let incoming;

  function ring(invitation) {
    incoming = invitation;
    log(`${invitation.callerId} calls: ${invitation.content}`);
    invitation.on("RemoteInvitationAccepted", () => log(`in a call with ${invitation.callerId}`));
    invitation.on("RemoteInvitationRefused", () => log(`I refused ${invitation.callerId}`));
    invitation.on("RemoteInvitationCanceled", () => log(`${invitation.callerId} rings no more`));
    invitation.on("RemoteInvitationFailure", (reason) => log(`the call of ${invitation.callerId} failed: ${reason}`));
  }

  attempt("login", async () => {
    AgoraRTM.setParameter("WIGWAG_URL", field("login", "url"));
    client = AgoraRTM.createInstance(field("login", "appId"));
    client.on("RemoteInvitationReceived", ring);
    await client.login({ uid: field("login", "uid"), token: field("login", "token") });
    log("ready");
  });

  attempt("place", () => {
    const invitation = client.createLocalInvitation(field("place", "calleeId"));
    invitation.content = field("place", "content");
    invitation.on("LocalInvitationReceivedByPeer", () => log(`it rings at ${invitation.calleeId}`));
    invitation.on("LocalInvitationAccepted", (response) => log(`${invitation.calleeId} accepts: ${response}`));
    invitation.on("LocalInvitationRefused", (response) => log(`${invitation.calleeId} refuses: ${response}`));
    invitation.on("LocalInvitationCanceled", () => log(`I call ${invitation.calleeId} no more`));
    invitation.on("LocalInvitationFailure", (reason) => log(`the call to ${invitation.calleeId} failed: ${reason}`));
    outgoing = invitation;
    invitation.send();
  });

  attempt("cancel", () => outgoing.cancel());

  attempt("answer", (answer) => {
    incoming.response = field("answer", "response");
    if (answer === "accept") incoming.accept();
    else incoming.refuse();
  });
}
