/** Log in, write to one person and to a channel. Everything here is RTM 1.x. */
// biome-ignore lint/correctness/noUnusedVariables: the page calls it.
function chat(AgoraRTM) {
  const form = (id) => document.getElementById(id);
  const field = (id, name) => form(id).elements.namedItem(name).value;
  const log = (line) => {
    const entry = document.createElement("div");
    entry.textContent = line;
    document.getElementById("log").append(entry);
  };
  const attempt = (id, run) =>
    form(id).addEventListener("submit", (event) => {
      event.preventDefault();
      run().catch((error) => log(`error ${error.code} in ${id}: ${error.message}`));
    });

  let client;
  let channel;

  attempt("login", async () => {
    AgoraRTM.setParameter("WIGWAG_URL", field("login", "url"));
    client = AgoraRTM.createInstance(field("login", "appId"), { logFilter: AgoraRTM.LOG_FILTER_ERROR });
    client.on("ConnectionStateChanged", (state, reason) => log(`connection: ${state} (${reason})`));
    client.on("MessageFromPeer", ({ text }, peerId) => log(`${peerId} to me: ${text}`));
    await client.login({ uid: field("login", "uid"), token: field("login", "token") });
  });

  attempt("peer", async () => {
    const text = field("peer", "text");
    const { hasPeerReceived } = await client.sendMessageToPeer({ text }, field("peer", "peerId"));
    log(hasPeerReceived ? `delivered: ${text}` : `nobody there for: ${text}`);
  });

  attempt("join", async () => {
    channel = client.createChannel(field("join", "channelId"));
    channel.on("ChannelMessage", ({ text }, memberId) => log(`${memberId} to all: ${text}`));
    channel.on("MemberJoined", (memberId) => log(`${memberId} came`));
    channel.on("MemberLeft", (memberId) => log(`${memberId} went`));
    await channel.join();
    log(`in ${channel.channelId}: ${(await channel.getMembers()).join(", ")}`);
  });

  attempt("say", async () => {
    const text = field("say", "text");
    await channel.sendMessage({ text });
    log(`me to all: ${text}`);
  });

  attempt("logout", async () => {
    await client.logout();
    log("gone");
  });
}
