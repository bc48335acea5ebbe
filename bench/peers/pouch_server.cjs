// A server of the CouchDB protocol on loopback: express-pouchdb over LevelDB, without log, users or web pages.
// node pouch_server.cjs PORT FOLDER, with NODE_PATH where the packages are.
const [port, folder] = process.argv.slice(2);
const Database = require('pouchdb').defaults({ prefix: `${folder}/` });
const couch = require('express-pouchdb')(Database, {
  mode: 'minimumForPouchDB', inMemoryConfig: true, logPath: '/dev/null',
});
require('express')().use('/', couch).listen(Number(port), '127.0.0.1');
