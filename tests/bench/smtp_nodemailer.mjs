// The peer that a team would take from npm: COUNT messages through nodemailer with a pool of connections.
//   node smtp_nodemailer.mjs PORT COUNT CONNECTIONS TEXT HTML
// Its sockets get TCP_NODELAY, without which it waits 40 ms a message for acknowledgements.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import nodemailer from 'nodemailer';

const [port, count, connections] = process.argv.slice(2, 5).map(Number);
const [text, html] = process.argv.slice(5).map((path) => readFileSync(path, 'utf8'));
const transport = nodemailer.createTransport({
  host: '127.0.0.1', port, pool: true, maxConnections: connections, maxMessages: Infinity,
  secure: false, ignoreTLS: true,
  getSocket(options, done) {
    const connection = connect({ host: '127.0.0.1', port, noDelay: true });
    connection.once('connect', () => done(null, { connection })).once('error', done);
  },
});
let next = 0;
async function lane() {
  while (next < count) {
    const i = next++;
    await transport.sendMail({
      from: '"Ekbacka kommun" <info@ekbacka.example>', to: `"Åsa Ek" <p${i}@ekbacka.example>`,
      subject: 'Vad vet vi om informationssäkerhet?', text: text.replace('@LINK@', `k/${i}`),
      html: html.replaceAll('@LINK@', `k/${i}`),
    });
  }
}
await Promise.all(Array.from({ length: 2 * connections }, lane));
transport.close();
