// `npm start`: says what there is to try, then is `selfheal run --with-parent --dashboard`, in this same process.
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

// DASHBOARD_PORT=0: any that is free; the page itself says which.
const dashboard = process.env.DASHBOARD_PORT || (await firstFree(4040))

console.error(`
  A marketplace on its own PostgreSQL, kept running by selfheal: http://localhost:${process.env.PORT || 3000} in a few seconds.
  What runs, what breaks and what heals it, on a page: http://127.0.0.1:${dashboard}

  Break it, in another terminal, and watch the page and the lines below:
    npm run break -- database     the database is stopped: buying and selling pause, looking goes on   (or: database-hang)
    npm run break -- provider-a   a payment provider is down: the second takes the orders   (or: provider-a-charges-then-hangs)
    npm run break -- restore      all is whole again, and comes back by itself
    npm run break -- crash        kill -9 of the serving process   (or: throw, reject, hang, leak, exit, stop, poller, compute)
    npx selfheal status           what runs, what is paused and why, what was healed
    npx selfheal journal          every trouble and every healing, with its cause
    npx selfheal drill crash      the same under load, with a verdict and figures
  Ctrl-C ends everything.
`)
const bin = new URL('../../bin/selfheal.js', import.meta.url)
// The command as it would be in a shell: what it starts of its own kind it starts by the same words.
process.argv.splice(1, process.argv.length, fileURLToPath(bin), 'run', '--with-parent', '--dashboard', `127.0.0.1:${dashboard}`)
await import(bin.href)

/** Two that start at the same moment may find the same: then the second page is tried again until the port is free. */
function firstFree(port) {
  return new Promise((resolve, reject) => {
    const tried = createServer()
    tried.once('error', error => (error.code === 'EADDRINUSE' && port < 4060 ? resolve(firstFree(port + 1)) : reject(error)))
    tried.listen(port, '127.0.0.1', () => tried.close(() => resolve(port)))
  })
}
