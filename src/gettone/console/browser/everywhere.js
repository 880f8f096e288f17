/* What every page loads: htmx with its event streams, and small islands. Each island is told of the page and of every
   part that comes later. Pages work without all of this. */

import "./htmx.js";
import "htmx.org/dist/ext/hx-sse.js";
import { onParts } from "./islands/parts.js";
import { startAway } from "./islands/away.js";
import { startCopying } from "./islands/copying.js";
import { startDock } from "./islands/dock.js";
import { startTimes } from "./islands/times.js";
import { startLinks } from "./islands/links.js";
import { startForms } from "./islands/forms.js";
import { startTails } from "./islands/tails.js";
import { announceIn, startAnnouncing } from "./islands/announcing.js";

startAnnouncing();
startAway();
startCopying();
startDock();
startForms();
startLinks();
startTails();
onParts(startTimes());
onParts(announceIn);
