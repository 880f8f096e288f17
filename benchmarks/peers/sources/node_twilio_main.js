'use strict';
/** The token function on Node's own HTTP server; arguments: the folder that npm `twilio` is installed in, a port. */

const http = require('node:http');
const { createRequire } = require('node:module');

const [folder, port] = process.argv.slice(2);
const { AccessToken } = createRequire(`${folder}/`)('twilio').jwt;
const { ACCOUNT_SID, API_KEY, API_SECRET } = process.env;

http
  .createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const { identity } = JSON.parse(Buffer.concat(parts).toString());
      const token = new AccessToken(ACCOUNT_SID, API_KEY, API_SECRET, { identity });
      token.addGrant(new AccessToken.VideoGrant({ room: 'r' }));
      const body = JSON.stringify({ token: token.toJwt() });
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
      response.end(body);
    });
  })
  .listen(Number(port), '127.0.0.1');
