/* htmx where its extensions look for it. They are scripts of the old kind, and ask for a global. */

import htmx from "htmx.org/dist/htmx.esm.js";

// Policy forbids eval: nothing here uses hx-on, trigger filters or js: values. Requests may wait for a deploy.
htmx.config.defaultTimeout = 600_000;
htmx.config.includeIndicatorCSS = false;
window.htmx = htmx;
