// The SharedWorker: one feed for all tabs of this login and build.
// Tabs say {kind:"hello", position}, {kind:"ping"} and {kind:"bye"}; everything that the feed
// reports goes to every tab. A tab that says hello late gets what it missed, or "resync".
import { Feed } from "./js/feed.js";

const tabs = new Set();
const feed = new Feed(new URL(self.location.href).searchParams.get("live") || "/live", message => {
  for (const tab of tabs) tab.postMessage(message);
});

self.onconnect = event => {
  const tab = event.ports[0];
  tab.onmessage = ({ data }) => {
    if (data.kind === "bye") { tabs.delete(tab); return; }
    if (data.kind === "ping") { tab.postMessage({ kind: "pong" }); }
    if (!tabs.has(tab)) {
      tabs.add(tab);
      if (data.kind === "hello") for (const message of feed.join(data.position)) tab.postMessage(message);
    }
  };
  tab.start();
};
feed.start();
