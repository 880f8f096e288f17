// localhost and 127.0.0.1 are one machine and two origins: the request below needs the function's CORS headers.
const otherName = location.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
const origin = `${location.protocol}//${otherName}:${location.port}`;
const show = (id, text) => { document.getElementById(id).textContent = text; };

// The claims are read, not checked: only a holder of the API key's secret can check them.
function readClaims(token) {
  const [, claims] = token.split('.');
  const bytes = Uint8Array.from(atob(claims.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

show('origin', origin);
document.getElementById('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { path, ...parameters } = Object.fromEntries(new FormData(event.target));
  show('status', 'Asking ...');
  try {
    const response = await fetch(origin + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(parameters),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message);
    show('token', answer.token);
    show('claims', JSON.stringify(readClaims(answer.token), null, 2));
    show('status', `A token for ${answer.identity}.`);
  } catch (error) {
    show('status', `No token: ${error.message}`);
  }
});
