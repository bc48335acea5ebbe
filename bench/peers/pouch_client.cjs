// One pass of PouchDB: node pouch_client.cjs ADDRESS FOLDER BATCH reads FOLDER/visits.json and prints the steps as JSON.
const { readFileSync } = require('fs');
const channels = require('diagnostics_channel');
const PouchDB = require('pouchdb');

const [address, folder, batch] = process.argv.slice(2);
const sockets = [];
channels.subscribe('net.client.socket', (told) => sockets.push(told.socket));

function carried() {
  return sockets.reduce(
    (sum, socket) => ({ up: sum.up + (socket.bytesWritten || 0), down: sum.down + (socket.bytesRead || 0) }),
    { up: 0, down: 0 },
  );
}

async function step(steps, name, replicate, expected) {
  const before = carried();
  const began = process.hrtime.bigint();
  const done = await replicate();
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const after = carried();
  if (done.docs_written !== expected) throw new Error(`${name}: ${done.docs_written} instead of ${expected}`);
  steps[name] = { seconds, up: after.up - before.up, down: after.down - before.down };
}

async function pass() {
  const visits = JSON.parse(readFileSync(`${folder}/visits.json`)).map(({ id, ...rest }) => ({ _id: id, ...rest }));
  const options = { batch_size: Number(batch), batches_limit: 10 };
  const remote = new PouchDB(`${address}/visits`);
  const first = new PouchDB(`${folder}/first`);
  const second = new PouchDB(`${folder}/second`);
  await Promise.all([remote.info(), first.info(), second.info()]);
  for (let at = 0; at < visits.length; at += 1000) await first.bulkDocs(visits.slice(at, at + 1000));
  const steps = {};
  await step(steps, 'push-first', () => first.replicate.to(remote, options), visits.length);
  await step(steps, 'pull-first', () => second.replicate.from(remote, options), visits.length);
  const apart = Math.floor(visits.length / 200);
  const keys = visits.filter((_, index) => index % apart === 0).slice(0, 200).map((visit) => visit._id);
  const found = await first.allDocs({ keys, include_docs: true });
  await first.bulkDocs(found.rows.map(({ doc }) => ({ ...doc, co_ppm: doc.co_ppm + 1 })));
  await step(steps, 'push-200', () => first.replicate.to(remote, options), 200);
  await step(steps, 'pull-200', () => second.replicate.from(remote, options), 200);
  await step(steps, 'nothing', () => second.replicate.from(remote, options), 0);
  await step(steps, 'nothing-again', () => second.replicate.from(remote, options), 0);
  await Promise.all([first.close(), second.close()]);
  console.log(JSON.stringify(steps));
}

pass().then(() => process.exit(0), (problem) => { console.error(problem); process.exit(1); });
