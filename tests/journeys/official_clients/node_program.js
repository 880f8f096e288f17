// The same as python_program.py, over the official JavaScript client: what it prints has the same shape.
//
//     node node_program.js ADDRESS    the address where functions are called
'use strict';

const https = require('node:https');
const { setTimeout: sleep } = require('node:timers/promises');
const { TwilioServerlessApiClient } = require('@twilio-labs/serverless-api');
const { uploadAsset } = require('@twilio-labs/serverless-api/dist/api/assets');
const { uploadFunction } = require('@twilio-labs/serverless-api/dist/api/functions');
const twilio = require('twilio');

const SECONDS = 20;
const NOWHERE = 'ZS' + '0'.repeat(32);
const TOKEN = `
const { AccessToken } = require('twilio').jwt;

exports.handler = function (context, event, callback) {
  const token = new AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET, { identity: event.identity });
  token.addGrant(new AccessToken.VideoGrant({ room: event.room }));
  console.log('a token for', event.identity);
  callback(null, { token: token.toJwt() });
};
`;

async function main(address) {
  const account = twilio();
  const key = await account.newKeys.create({ friendlyName: 'program' });
  const client = twilio(key.sid, key.secret, { accountSid: account.accountSid });
  const facts = { key: { sid: key.sid, secret: key.secret } };
  facts.lives = { ...(await accountLives(account)), ...(await serviceLives(client, key)) };
  facts.pages = await pages(client);
  facts['key pages'] = await keyPages(account);
  facts.refusals = await refusals(account, client);
  facts.regional = await regional(account);
  facts.deployed = await deployed(client, key, address);
  console.log(JSON.stringify(facts));
}

async function accountLives(client) {
  const key = await client.newKeys.create({ friendlyName: 'first' });
  const signing = await client.newSigningKeys.create({ friendlyName: 'first' });
  const iam = client.iam.v1;
  const accountSid = client.accountSid;
  const iamKey = await iam.newApiKey.create({ accountSid, friendlyName: 'first' });
  const app = await client.applications.create({ friendlyName: 'calls', voiceUrl: 'https://example.com/voice' });
  const renamed = { friendlyName: 'second' };
  return {
    key: await live(key, () => client.keys.list(), client.keys(key.sid), renamed),
    'signing key': await live(signing, () => client.signingKeys.list(), client.signingKeys(signing.sid), renamed),
    'iam key': await live(iamKey, () => iam.getApiKeys.list({ accountSid }), iam.apiKey(iamKey.sid), renamed),
    application: await live(
      app,
      () => client.applications.list({ friendlyName: 'calls' }),
      client.applications(app.sid),
      { voiceUrl: 'https://example.com/other' },
    ),
  };
}

async function serviceLives(client, key) {
  const { services } = client.serverless.v1;
  const service = await services.create({ uniqueName: 'node-lives', friendlyName: 'first', includeCredentials: true });
  const there = services(service.sid);
  const environment = await there.environments.create({ uniqueName: 'staging', domainSuffix: 'staging' });
  const here = there.environments(environment.sid);
  const variable = await here.variables.create({ key: 'COLOUR', value: 'blue' });
  const func = await there.functions.create({ friendlyName: '/token' });
  const asset = await there.assets.create({ friendlyName: '/style.css' });
  const version = await upload(key, service.sid, uploadFunction, func.sid, '/token', TOKEN);
  const assetVersion = await upload(key, service.sid, uploadAsset, asset.sid, '/style.css', 'body {}');
  const versions = there.functions(func.sid).functionVersions;
  const assetVersions = there.assets(asset.sid).assetVersions;
  const content = await versions(version).functionVersionContent().fetch();
  const build = await there.builds.create({
    functionVersions: [version],
    assetVersions: [assetVersion],
    dependencies: '[]',
  });
  await awaitBuild(there, build.sid);
  return {
    variable: await live(variable, () => here.variables.list(), here.variables(variable.sid), { value: 'green' }),
    'function version': await seen(version, () => versions.list(), versions(version)),
    content: { whole: content.content === TOKEN },
    'asset version': await seen(assetVersion, () => assetVersions.list(), assetVersions(assetVersion)),
    build: await live(build, () => there.builds.list(), there.builds(build.sid)),
    function: await live(func, () => there.functions.list(), there.functions(func.sid), { friendlyName: '/other' }),
    asset: await live(asset, () => there.assets.list(), there.assets(asset.sid), { friendlyName: '/other.css' }),
    environment: await live(environment, () => there.environments.list(), here),
    service: await live(service, () => services.list(), there, { friendlyName: 'second' }),
  };
}

async function live(made, listing, resource, change) {
  const facts = await seen(made.sid, listing, resource);
  if (change) {
    const changed = await resource.update(change);
    facts.changed = Object.entries(change).every(([name, value]) => changed[name] === value);
  }
  facts.deleted = await resource.remove();
  facts['listed after'] = (await listing()).some((each) => each.sid === made.sid);
  facts.gone = await refusal(() => resource.fetch());
  return facts;
}

async function seen(sid, listing, resource) {
  const fetched = await resource.fetch();
  return {
    listed: (await listing()).some((each) => each.sid === sid),
    fetched: fetched.sid === sid,
    dated: fetched.dateCreated instanceof Date && !Number.isNaN(fetched.dateCreated.getTime()),
  };
}

async function pages(client) {
  const { services } = client.serverless.v1;
  const service = await services.create({ uniqueName: 'node-pages', friendlyName: 'Pages' });
  const { functions } = services(service.sid);
  for (let number = 0; number < 7; number += 1) await functions.create({ friendlyName: `/${number}` });
  const first = await functions.page({ pageSize: 3 });
  const second = await first.nextPage();
  const third = await second.nextPage();
  const streamed = [];
  await functions.each({ pageSize: 4, callback: (each) => streamed.push(each) });
  await until(() => streamed, () => streamed.length === 7);
  return {
    all: names(await functions.list({ pageSize: 3 })),
    some: names(await functions.list({ limit: 5, pageSize: 2 })),
    'more than a page may have': names(await functions.list({ limit: 5000 })),
    streamed: names(streamed),
    first: names(first.instances),
    second: names(second.instances),
    third: names(third.instances),
    'after the third': (await third.nextPage()) ?? null,
    back: names((await second.previousPage()).instances),
  };
}

async function keyPages(client) {
  const made = [];
  for (let number = 0; number < 5; number += 1) {
    made.push((await client.newKeys.create({ friendlyName: `page ${number}` })).sid);
  }
  const first = await client.keys.page({ pageSize: 2 });
  const second = await first.nextPage();
  const back = sids((await second.previousPage()).instances);
  const listed = sids(await client.keys.list({ pageSize: 2 }));
  const firstSids = sids(first.instances);
  const secondSids = sids(second.instances);
  return {
    complete: made.every((sid) => listed.includes(sid)) && new Set(listed).size === listed.length,
    sizes: [firstSids.length, secondSids.length],
    followed: String(listed.slice(0, 4)) === String([...firstSids, ...secondSids]),
    back: String(back) === String(firstSids),
  };
}

async function refusals(account, client) {
  const { services } = client.serverless.v1;
  await services.create({ uniqueName: 'node-taken', friendlyName: 'x' });
  const stranger = twilio(account.accountSid, '0'.repeat(32));
  return {
    missing: await refusal(() => services(NOWHERE).fetch()),
    invalid: await refusal(() => services.create({ uniqueName: 'no such name!', friendlyName: 'x' })),
    taken: await refusal(() => services.create({ uniqueName: 'node-taken', friendlyName: 'x' })),
    'empty build': await refusal(() => services('node-taken').builds.create()),
    stranger: await refusal(() => stranger.serverless.v1.services('node-taken').fetch()),
    'keys with a key': await refusal(() => client.newKeys.create()),
  };
}

async function refusal(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof twilio.RestException)) throw error;
    return { status: error.status, code: error.code, message: error.message };
  }
  return null;
}

async function regional(account) {
  const client = twilio(account.username, account.password, { region: 'ie1', edge: 'dublin' });
  const { services } = client.serverless.v1;
  return {
    url: (await services('node-pages').fetch()).url.split('/v1')[0],
    paged: (await services('node-pages').functions.list({ pageSize: 3 })).length,
  };
}

async function deployed(client, key, address) {
  const { services } = client.serverless.v1;
  const service = await services.create({ uniqueName: 'node-program', friendlyName: 'Program', includeCredentials: true });
  const there = services(service.sid);
  const environment = await there.environments.create({ uniqueName: 'dev', domainSuffix: 'dev' });
  const here = there.environments(environment.sid);
  await here.variables.create({ key: 'API_KEY', value: key.sid });
  await here.variables.create({ key: 'API_SECRET', value: key.secret });
  const func = await there.functions.create({ friendlyName: '/token' });
  const version = await upload(key, service.sid, uploadFunction, func.sid, '/token', TOKEN);
  const asset = await there.assets.create({ friendlyName: '/hello.txt' });
  const assetVersion = await upload(key, service.sid, uploadAsset, asset.sid, '/hello.txt', 'hello\n');
  const build = await there.builds.create({ functionVersions: [version], assetVersions: [assetVersion] });
  const status = await awaitBuild(there, build.sid);
  const deployment = await here.deployments.create({ buildSid: build.sid });
  const answer = await ask(address, environment.domainName, '/token', 'identity=alice&room=one');
  return {
    status,
    token: JSON.parse(answer).token,
    asset: await ask(address, environment.domainName, '/hello.txt'),
    deployment: await seen(deployment.sid, () => here.deployments.list(), here.deployments(deployment.sid)),
    served: (await here.fetch()).buildSid === build.sid,
    again: await refusal(() => here.deployments.create({ buildSid: build.sid })),
    deleted: await refusal(() => there.builds(build.sid).remove()),
    log: await logOf(here, func.sid),
  };
}

// The client has no method for it: this is what Twilio's toolkit uploads with.
function upload(key, service, send, sid, path, content) {
  const config = { username: key.sid, password: key.secret };
  const file = { name: path.slice(1), filePath: path.slice(1), path, access: 'public', content, sid };
  return send(file, service, new TwilioServerlessApiClient(config), config);
}

function awaitBuild(service, sid) {
  return until(
    async () => (await service.builds(sid).buildStatus().fetch()).status,
    (status) => status !== 'building',
  );
}

async function ask(address, host, path, form) {
  const answer = await until(
    () => send(address + path, host, form),
    ({ status }) => status === 200,
  );
  return answer.text;
}

// Node's `fetch` sends no Host but its own. An empty name: what answers at the address has to be told by its address.
function send(url, host, form) {
  return new Promise((resolve, reject) => {
    const headers = form ? { host, 'content-type': 'application/x-www-form-urlencoded' } : { host };
    const options = { method: form ? 'POST' : 'GET', headers, servername: '' };
    const request = https.request(url, options, async (response) => {
      let text = '';
      for await (const piece of response.setEncoding('utf8')) text += piece;
      resolve({ status: response.statusCode, text });
    });
    request.on('error', reject);
    request.end(form);
  });
}

async function logOf(environment, functionSid) {
  const [line] = await until(
    () => environment.logs.list({ functionSid }),
    (lines) => lines.length === 1,
  );
  const fetched = await environment.logs(line.sid).fetch();
  return { message: line.message, level: line.level, fetched: fetched.message === line.message };
}

async function until(look, fits) {
  const end = Date.now() + SECONDS * 1000;
  for (;;) {
    const found = await look();
    if (fits(found)) return found;
    if (Date.now() > end) throw new Error(`waited in vain: ${JSON.stringify(found)}`);
    await sleep(50);
  }
}

const names = (things) => things.map((each) => each.friendlyName);
const sids = (things) => things.map((each) => each.sid);

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
