/* One-time links carry their secret behind `#`, which browsers send to nobody. Their page puts it into its form: a form
   with `data-hash-field` names the field, `data-hash-send` sends it at once. Without this, the field asks for it. */

export function startLinks() {
  const form = document.querySelector("form[data-hash-field]");
  const secret = location.hash.slice(1);
  if (form && secret && !document.getElementById(secret)) {
    form.elements.namedItem(form.dataset.hashField).value = secret;
    // Out of the address, so that it is not copied along with it, nor kept in the history.
    history.replaceState(history.state, "", location.pathname + location.search);
    if (form.dataset.hashSend !== undefined) form.requestSubmit();
  }
  forgetSaid();
}

/** What was said once is not said again by a reload. */
function forgetSaid() {
  const address = new URL(location.href);
  if (!address.searchParams.has("said")) return;
  address.searchParams.delete("said");
  history.replaceState(history.state, "", address);
}
